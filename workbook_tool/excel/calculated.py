"""The cells that calculate themselves: which they are, and what their formulas say.

Every rule that says what a total must be is also the template's formula for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_range

from workbook_tool.excel.paper import Line, Tab
from workbook_tool.forms.expressions import Expression, NoFormula, compile_rule, to_excel
from workbook_tool.model import FormField, Pack, Rule, Table

ALL, DETAIL = "all", "明细"
_MUST = re.compile(r"IF\(COUNT\(([^()]+)\)=")
_ADDRESS = re.compile(r"(?:'(?:[^']|'')+'!)?[A-Z]{1,3}[0-9]+(?::[A-Z]{1,3}[0-9]+)?")

At = tuple[str, int, int]
"""Tab, row and column."""


@dataclass(frozen=True)
class Area:
    """Cells that a formula reads."""

    tab: str
    top: int
    left: int
    bottom: int
    right: int

    def address(self, from_tab: str) -> str:
        """As a formula on that tab writes it."""
        cells = xl_range(self.top, self.left, self.bottom, self.right)
        quoted = self.tab.replace("'", "''")
        return cells if self.tab == from_tab else f"'{quoted}'!{cells}"


@dataclass(frozen=True)
class Calculated:
    """A cell with a formula.

    Attributes:
        at: Where it stands.
        formula: Without its equals sign.
        expression: What it says.
        areas: The cells it reads.
        needs_number: Whether it shows nothing while no number stands in its areas.
        must: The cells that must all hold numbers before it shows anything.
    """

    at: At
    frame: str
    field: FormField
    line: Line | None
    formula: str
    expression: Expression
    areas: tuple[Area, ...]
    needs_number: bool
    must: tuple[Area, ...] = ()


def calculated_cells(pack: Pack, tabs: Sequence[Tab]) -> dict[At, Calculated]:
    """Every cell that calculates itself, but not those for which a value is given.

    Where several rules speak of one cell, the first is its formula.
    """
    cells: dict[At, Calculated] = {}
    for rule in pack.rules:
        # where a rule holds only under a condition, the cell is typed
        if rule.total and not rule.when:
            for cell in _cells_of(rule, pack, tabs):
                cells.setdefault(cell.at, cell)
    return cells


def _cells_of(rule: Rule, pack: Pack, tabs: Sequence[Tab]) -> Iterator[Calculated]:
    compiled = compile_rule(rule, pack)
    for tab in tabs:
        if tab.layout.sheet.name != compiled.table.sheet.name:
            continue
        for label, expression in compiled.verdicts.items():
            for at, line in _targets(tab, compiled.table, rule, label):
                given = tab.layout.contents.speaks_of(rule.on, label, line)
                place = TabPlace(pack, tabs, tab, rule.on, line)
                cell = None if given else _calculated(place, at, label, expression)
                if cell:
                    yield cell


def _targets(tab: Tab, table: Table, rule: Rule, label: str) -> Iterator[tuple[At, Line | None]]:
    """The cells a rule speaks of on one tab."""
    layout = tab.layout
    if table.kind == "form":
        yield (tab.name, *layout.cells[table.name][label]), None
        return
    for line in layout.lines[table.name]:
        if rule.rows in (ALL, line.key) or (rule.rows == DETAIL and not line.total):
            yield (tab.name, line.row, layout.columns[table.name][label]), line


def _calculated(place: TabPlace, at: At, label: str, expression: Expression) -> Calculated | None:
    """The formula of one cell; None where a formula cannot say it."""
    try:
        text = to_excel(expression, place)
    except NoFormula:
        return None
    field = place.pack.tables[place.frame].by_label[label]
    if field.type == "percent":
        text = f'IFERROR(({text})/100,"")'
    needs_number = expression.kind in ("amount", "points", "number") and not text.startswith("IF(COUNT(")
    # the writer may ask for more places than it then writes
    written = set(_ADDRESS.findall(text))
    areas = tuple(a for a in dict.fromkeys(place.areas) if a.address(at[0]) in written)
    guard = _MUST.match(text)
    counted = set(_ADDRESS.findall(guard[1])) if guard else set()
    must = tuple(a for a in areas if a.address(at[0]) in counted)
    needs_number = needs_number and bool(areas)
    if needs_number:
        text = f'IF(COUNT({",".join(a.address(at[0]) for a in areas)})=0,"",{text})'
    return Calculated(at, place.frame, field, place.line, text, expression, areas, needs_number, must)


class TabPlace:
    """Where values stand, seen from one cell; see `forms.expressions.Place`.

    Attributes:
        areas: Every area that was asked for, but those that only say which lines are used.
    """

    def __init__(self, pack: Pack, tabs: Sequence[Tab], tab: Tab, frame: str, line: Line | None) -> None:
        self.pack, self.tabs, self.tab, self.frame, self.line = pack, tabs, tab, frame, line
        self.areas: list[Area] = []

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        """One cell: of the record at hand, of a form, or of a fixed row."""
        tabs = self._tabs(frame)
        if len(tabs) != 1:
            raise NoFormula("这张表有几份，没有单个的格子")
        layout = tabs[0].layout
        if frame in layout.cells:
            row, column = layout.cells[frame][field]
        else:
            lines = [line for line in layout.lines[frame] if line.key == key] if key else [self.line]
            if (frame != self.frame and not key) or not lines or lines[0] is None:
                raise NoFormula("没有这一行")
            row, column = lines[0].row, layout.columns[frame][field]
        area = Area(tabs[0].name, row, column, row, column)
        self.areas.append(area)
        return area.address(self.tab.name)

    def column(self, frame: str, field: str, key: str | None = None) -> str | tuple[str, ...]:
        """The rows of a column that are not totals; inserted rows are within them."""
        areas = [a for tab in self._tabs(frame) for a in self._areas(tab, frame, field, key)]
        if not areas:
            raise NoFormula("这张表没有可以相加的行")
        self.areas += areas
        return _one_or_many(areas, self.tab)

    def key_column(self, frame: str, key: str | None = None) -> str | tuple[str, ...] | None:
        """The cells that are filled in every line that is used; None where every line counts."""
        table = self.pack.tables[frame]
        label = used_by(table)
        if label is None:
            return None
        areas = [a for tab in self._tabs(frame) for a in self._areas(tab, frame, label, key)]
        return _one_or_many(areas, self.tab)

    def _tabs(self, frame: str) -> list[Tab]:
        sheet = self.pack.tables[frame].sheet.name
        if sheet == self.tab.layout.sheet.name:
            return [self.tab]
        return [t for t in self.tabs if t.layout.sheet.name == sheet]

    def _areas(self, tab: Tab, frame: str, field: str, key: str | None) -> Iterator[Area]:
        """The runs of rows on one tab; the last of an open table goes down to its closing row."""
        layout = tab.layout
        if frame in layout.cells:
            row, column = layout.cells[frame][field]
            yield Area(tab.name, row, column, row, column)
            return
        column = layout.columns[frame][field]
        rows = [x.row for x in layout.lines[frame] if (not x.total if key is None else x.key == key)]
        if key is None and _open(self.pack.tables[frame]) and rows and rows[-1] + 1 == layout.closing[frame]:
            rows.append(layout.closing[frame])
        while rows:
            run = [r for n, r in enumerate(rows) if r == rows[0] + n]
            yield Area(tab.name, run[0], column, run[-1], column)
            rows = rows[len(run) :]


def _open(table: Table) -> bool:
    """Whether the table has lines that may stay blank."""
    return table.free_rows > 0 or any(r.slots > 1 for r in table.rows)


def used_by(table: Table) -> str | None:
    """The field by which a line, or a copy of a form, is known to be used; None where all are."""
    if table.kind == "table" and not _open(table):
        return None
    required = [f.label for f in table.fields if f.required and f.type == "text" and not f.static]
    inputs = [f.label for f in table.fields if not f.static]
    return table.key or next(iter((required if table.kind == "form" else []) + inputs), None)


def _one_or_many(areas: Sequence[Area], tab: Tab) -> str | tuple[str, ...]:
    found = tuple(a.address(tab.name) for a in areas)
    return found[0] if len(found) == 1 else found
