"""The cells that calculate themselves: which they are, and what their formulas say.

Every rule that says what a total must be is also the template's formula for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from workbook_tool.excel.template.live_plan import FILLED, SheetPlan
from workbook_tool.excel.template.paper import Layout, Line, Tab
from workbook_tool.forms.expressions import Aggregate, Expression, NoFormula, compile_rule, to_excel
from workbook_tool.model import FormField, Pack, Rule, Table

ALL, DETAIL = "all", "明细"

GUIDE = "填报说明"
"""The first sheet of every workbook: how to fill it."""
_MUST = re.compile(r"IF\(COUNT\(([^()]+)\)=")
_ADDRESS = re.compile(r"(?:'(?:[^']|'')+'!)?[A-Z]{1,3}[0-9]+(?::[A-Z]{1,3}[0-9]+)?")

At = tuple[str, int, int]
"""Tab, row and column."""


@dataclass(frozen=True)
class Papers:
    """All the sheets of a workbook that is being written.

    Attributes:
        plans: Where each sheet keeps its live checks; empty for a workbook without.
        words: Gives the range that keeps a list of texts.
    """

    pack: Pack
    tabs: Sequence[Tab]
    plans: Mapping[str, SheetPlan]
    words: Callable[[tuple[str, ...]], str]


@dataclass(frozen=True)
class Area:
    """Cells that a formula reads."""

    tab: str
    top: int
    left: int
    bottom: int
    right: int

    def address(self, from_tab: str, fixed: bool = False) -> str:
        """As a formula on that tab writes it; with its rows fixed it stays what it is in a copied line."""
        first = xl_rowcol_to_cell(self.top, self.left, row_abs=fixed)
        last = xl_rowcol_to_cell(self.bottom, self.right, row_abs=fixed)
        cells = first if first == last else f"{first}:{last}"
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


def calculated_cells(papers: Papers) -> dict[At, Calculated]:
    """Every cell that calculates itself, but not those for which a value is given.

    Where several rules speak of one cell, the first is its formula.
    """
    cells: dict[At, Calculated] = {}
    for rule in papers.pack.rules:
        # where a rule holds only under a condition, the cell is typed
        if rule.total and not rule.when:
            for cell in _cells_of(rule, papers):
                cells.setdefault(cell.at, cell)
    return cells


def _cells_of(rule: Rule, papers: Papers) -> Iterator[Calculated]:
    compiled = compile_rule(rule, papers.pack)
    for tab in papers.tabs:
        if tab.layout.sheet.name != compiled.table.sheet.name:
            continue
        for label, expression in compiled.verdicts.items():
            for at, line in rule_targets(tab, compiled.table, rule, label):
                given = tab.layout.contents.speaks_of(rule.on, label, line)
                place = TabPlace(papers, tab, rule.on, line)
                cell = None if given else _calculated(place, at, label, expression)
                if cell:
                    yield cell


def rule_targets(tab: Tab, table: Table, rule: Rule, label: str) -> Iterator[tuple[At, Line | None]]:
    """The cells a rule speaks of on one tab, each with its line."""
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

    Args:
        papers: The workbook.
        tab: The tab the cell is on.
        frame: The frame of the record at hand.
        line: Its line; None for a form.
        copied: Whether the formula goes along when the line is copied: then all but the line's own
            cells keep their rows.

    Attributes:
        areas: Every area that was asked for, but those that only say which lines are used.
    """

    def __init__(self, papers: Papers, tab: Tab, frame: str, line: Line | None, copied: bool = False) -> None:
        self.pack, self.tabs, self.plans = papers.pack, papers.tabs, papers.plans
        self.tab, self.frame, self.line = tab, frame, line
        self.words, self.copied = papers.words, copied
        self.areas: list[Area] = []

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        """One cell: of the record at hand, of a form, or of a fixed row."""
        tab, row, column = self._spot(frame, field, key)
        area = Area(tab, row, column, row, column)
        self.areas.append(area)
        return area.address(self.tab.name, self._fixed(frame, key))

    def compared(self, frame: str, field: str, key: str | None = None) -> str | None:
        """Beside the cell, in its line, where the sheet has a column for it."""
        plan = self.plans.get(self.pack.tables[frame].sheet.name)
        column = plan.compared.get((frame, field)) if plan else None
        if column is None:
            return None
        tab, row, _ = self._spot(frame, field, key)
        return Area(tab, row, column, row, column).address(self.tab.name, self._fixed(frame, key))

    def _fixed(self, frame: str, key: str | None) -> bool:
        """Whether a cell keeps its row when the line of the formula is copied."""
        return self.copied and (frame != self.frame or key is not None or self.line is None)

    def _spot(self, frame: str, field: str, key: str | None) -> At:
        """Tab, row and column of one cell."""
        tabs = self._tabs(frame)
        if len(tabs) != 1:
            raise NoFormula("这张表有几份，没有单个的格子")
        layout = tabs[0].layout
        if frame in layout.cells:
            return tabs[0].name, *layout.cells[frame][field]
        lines = [line for line in layout.lines[frame] if line.key == key] if key else [self.line]
        if (frame != self.frame and not key) or not lines or lines[0] is None:
            raise NoFormula("没有这一行")
        return tabs[0].name, lines[0].row, self._column(layout, frame, field)

    def column(self, frame: str, field: str, key: str | None = None) -> str | tuple[str, ...]:
        """The rows of a column that are not totals; inserted rows are within them."""
        areas = [a for tab in self._tabs(frame) for a in self._areas(tab, frame, field, key)]
        if not areas:
            raise NoFormula("这张表没有可以相加的行")
        self.areas += areas
        return self._one_or_many(areas)

    def key_column(self, frame: str, key: str | None = None) -> str | tuple[str, ...] | None:
        """The cells that are filled in every line that is used; None where every line counts."""
        table = self.pack.tables[frame]
        plan = self.plans.get(table.sheet.name)
        if table.kind == "table" and not is_open(table):
            return None
        if table.kind == "table":
            return _joined([self._contents(tab, table, key) for tab in self._tabs(frame)])
        column = plan.sums.get(FILLED) if plan else None
        if column is None:
            return None
        areas = [Area(tab.name, 0, column, 0, column) for tab in self._tabs(frame)]
        return self._one_or_many(areas)

    def _contents(self, tab: Tab, table: Table, key: str | None) -> list[str]:
        """For each run of rows all that is filled in a row, as one text."""
        columns = [tab.layout.columns[table.name][f.label] for f in table.fields if not f.static]
        runs = [list(runs_of(tab, table, column, key)) for column in columns]
        lines = zip(*runs, strict=True)
        return ["&".join(area.address(self.tab.name, self.copied) for area in line) for line in lines]

    def across(self, node: Aggregate) -> str | None:
        """The first row of all tabs, where each tab of a repeated sheet keeps its part of a sum."""
        plan = self.plans.get(self.pack.tables[node.frame].sheet.name)
        column = plan.sums.get(node) if plan else None
        return None if column is None else over_all_tabs(self.tabs, column)

    def _one_or_many(self, areas: Sequence[Area]) -> str | tuple[str, ...]:
        found = tuple(a.address(self.tab.name, self.copied) for a in areas)
        return found[0] if len(found) == 1 else found

    def _tabs(self, frame: str) -> list[Tab]:
        sheet = self.pack.tables[frame].sheet.name
        if sheet == self.tab.layout.sheet.name:
            return [self.tab]
        return [t for t in self.tabs if t.layout.sheet.name == sheet]

    def _areas(self, tab: Tab, frame: str, field: str, key: str | None) -> Iterator[Area]:
        layout = tab.layout
        if frame in layout.cells:
            row, column = layout.cells[frame][field]
            yield Area(tab.name, row, column, row, column)
            return
        yield from runs_of(tab, self.pack.tables[frame], self._column(layout, frame, field), key)

    def _column(self, layout: Layout, frame: str, field: str) -> int:
        """Where a field stands in every line, also one that is printed once for several."""
        plan = self.plans.get(layout.sheet.name)
        said = plan.printed.get((frame, field)) if plan else None
        return layout.columns[frame][field] if said is None else said


def runs_of(tab: Tab, table: Table, column: int, key: str | None = None) -> Iterator[Area]:
    """The runs of rows that are not totals; the last of an open table goes down to its closing row."""
    layout = tab.layout
    rows = [x.row for x in layout.lines[table.name] if (not x.total if key is None else x.key == key)]
    if key is None and is_open(table) and rows and rows[-1] + 1 == layout.closing[table.name]:
        rows.append(layout.closing[table.name])
    while rows:
        run = [r for n, r in enumerate(rows) if r == rows[0] + n]
        yield Area(tab.name, run[0], column, run[-1], column)
        rows = rows[len(run) :]


def cell_at(row: int, column: int) -> str:
    """The address of a cell."""
    return str(xl_rowcol_to_cell(row, column))


def over_all_tabs(tabs: Sequence[Tab], column: int) -> str:
    """A cell of the first row on every tab of the workbook, from the instructions to the last.

    LibreOffice reads such a range only without quotes, which names of letters and digits do not
    need in any spreadsheet.
    """
    first, last = GUIDE, tabs[-1].name
    sheets = f"{first}:{last}"
    if not last.isidentifier():
        sheets = "'" + sheets.replace("'", "''") + "'"
    return f"{sheets}!{xl_rowcol_to_cell(0, column, row_abs=True, col_abs=True)}"


def _joined(runs: Sequence[Sequence[str]]) -> str | tuple[str, ...]:
    found = tuple(text for some in runs for text in some)
    return found[0] if len(found) == 1 else found


def is_open(table: Table) -> bool:
    """Whether the table has lines that may stay blank."""
    return table.free_rows > 0 or any(r.slots > 1 for r in table.rows)
