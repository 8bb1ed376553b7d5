"""What an auditor sees in a returned workbook besides its figures: what is hidden, and what was altered.

Hidden values still count, as every program that adds up the returns would count them; they are told
with their cells, so that somebody looks at them. What the template itself hides, its map and its
live checks, is no value of a department and never told. An alteration that mends itself, since the
pack is believed and not the file, is told once a sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from workbook_tool.excel.locate import SheetMap
from workbook_tool.excel.returns.books import Book, Tab
from workbook_tool.excel.returns.cells import Raw, SheetCells
from workbook_tool.excel.returns.choices import Area, choices_of, sources_for
from workbook_tool.excel.returns.conditional import disguised
from workbook_tool.excel.returns.covered import LARGE, under_merges
from workbook_tool.excel.returns.imprint import shown
from workbook_tool.excel.returns.looks import shown as shown_by_format
from workbook_tool.excel.returns.outside import reaches
from workbook_tool.excel.returns.printed import PrintedTexts
from workbook_tool.excel.template.appearance import CALCULATED
from workbook_tool.findings import column_letters
from workbook_tool.forms.expressions import normal
from workbook_tool.model import CellError, FormField, Pack, Severity, Sheet, Uncalculated

HIDDEN_SHEET, HIDDEN_LINES, FAINT, OTHERWISE, COVERED = "文件-18", "文件-20", "文件-21", "文件-22", "文件-23"
ELSEWHERE, ACTIVE, LISTS, WORDS = "文件-24", "文件-26", "文件-27", "文件-28"
DISGUISED, OPENED = "文件-33", "文件-34"

_NAMED = 3
"""Cells that a sentence names."""

_RELATED = 50
"""Further cells that a finding lists."""

_QUOTED = 40
"""How much of a long text a sentence repeats."""

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """Something seen in a workbook: a finding without its submission.

    Attributes:
        words: What the sentence needs besides the tab's name.
        tab: The tab; None for the whole workbook.
        cells: Its cells, the one where the finding stands first.
        frame: A frame of the sheet, by which findings are put in the order of the form.
        severity: Where it is not the usual one of that notice.
    """

    code: str
    words: Mapping[str, object]
    tab: str | None = None
    cells: tuple[str, ...] = ()
    frame: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A cell to be filled, with its field."""

    frame: str
    field: FormField


@dataclass
class View:
    """A tab of the form, and where its values stand.

    Attributes:
        filled: Whether a clerk entered anything.
    """

    sheet: Sheet
    tab: Tab
    place: SheetMap
    filled: bool
    frame: str = field(init=False)

    def __post_init__(self) -> None:
        self.frame = self.sheet.frame_of(self.sheet.blocks[0])

    @property
    def cells(self) -> SheetCells:
        """What stands on it."""
        return self.tab.cells

    @cached_property
    def _forms(self) -> dict[Cell, tuple[str, str]]:
        return {at: (frame, label) for frame, some in self.place.forms.items() for label, at in some.items()}

    @cached_property
    def _tables(self) -> list[tuple[str, int, int, dict[int, str]]]:
        return [
            (frame, min(t.marked), t.end, {column: label for label, column in t.columns.items()})
            for frame, t in self.place.tables.items()
            if t.marked
        ]

    def at(self, row: int, column: int, fields: Mapping[tuple[str, str], FormField]) -> Place | None:
        """The field that a cell holds; None where it holds none that a department fills."""
        found = self._forms.get((row, column))
        if found is None:
            found = next(
                ((f, labels[column]) for f, first, end, labels in self._tables
                 if first <= row < end and column in labels),
                None,
            )  # fmt: skip
        known = fields.get(found) if found else None
        return Place(found[0], known) if found and known else None


class Auditor:
    """Looks at the tabs of workbooks that were made from a pack."""

    def __init__(self, pack: Pack):
        self._pack = pack
        self._printed = PrintedTexts(pack)
        self._fields = {
            (name, f.label): f for name, table in pack.tables.items() for f in table.fields if not f.static
        }
        self._given = [at for at, f in self._fields.items() if f.given]
        self._labels = {
            name: {(row.key, label) for row in table.rows for label in row.labels}
            for name, table in pack.tables.items()
        }
        self._lists = {
            sheet.name: [
                (table.name, f)
                for table in pack.tables.values()
                if table.sheet.name == sheet.name
                for f in table.fields
                if f.choices
            ]
            for sheet in pack.sheets
        }

    def look_at(self, book: Book, view: View) -> Iterator[Sight]:
        """What there is to tell of one tab."""
        yield from self._hidden_sheet(view)
        yield from self._hidden_lines(view)
        yield from self._looks(book, view)
        yield from self._disguised(view)
        yield from self._covered(view)
        yield from self._reaching_out(book, view)
        stamp = view.tab.stamp
        if stamp is not None and not view.place.by_headers and stamp.edition == self._pack.edition:
            yield from self._changed_lists(book, view)
            yield from self._changed_words(view)
            yield from self._opened(book, view)

    # --- what is hidden ---

    def _hidden_sheet(self, view: View) -> Iterator[Sight]:
        if view.tab.state != "visible" and view.filled:
            very = view.tab.state == "veryHidden"
            how = "深度隐藏，右键菜单里也看不到" if very else "隐藏"
            yield Sight(HIDDEN_SHEET, {"how": how}, view.tab.name, frame=view.frame)

    def _hidden_lines(self, view: View) -> Iterator[Sight]:
        """Hidden rows and columns, but for those of the map, where a department's values stand."""
        cells, stamp = view.cells, view.tab.stamp
        own = (stamp.row, stamp.column) if stamp else (0, 0)
        rows = cells.hidden_rows - {own[0]}
        columns = [run for run in cells.hidden_columns if run != (own[1], own[1])]
        mapped = {at[3] for at in view.place.places}
        hidden = {c for c in mapped if any(first <= c <= last for first, last in columns)} - {own[1]}
        if not rows and not hidden:
            return
        found: list[Cell] = []
        for row in sorted(cells.rows) if hidden else sorted(rows):
            for column in sorted(cells.rows.get(row, ())) if row in rows else sorted(hidden):
                value = cells.value(row, column)
                if _counts(value) and row != own[0] and self._is_entered(view, row, column):
                    found.append((row, column))
        if found:
            lines = [_named("第{}行", sorted({r for r, _ in found} & rows), str)]
            lines.append(_named("{}列", sorted({c for _, c in found} & hidden), column_letters))
            yield self._sight(HIDDEN_LINES, view, found, what="和".join(filter(None, lines)))

    def _is_entered(self, view: View, row: int, column: int) -> bool:
        """Whether a cell is one that a department fills, and not one where the template prints."""
        at = view.at(row, column, self._fields)
        if at is None:
            return False
        table = view.place.tables.get(at.frame)
        key = table.rows.get(row) if table else None
        return key is None or (key, at.field.label) not in self._labels[at.frame]

    def _looks(self, book: Book, view: View) -> Iterator[Sight]:
        """Text in the colour of its ground, and formats that show another value."""
        faint: list[Cell] = []
        other: dict[bool, list[Cell]] = {False: [], True: []}
        said: dict[Cell, str] = {}
        for (row, column), number in view.cells.styled.items():
            look = book.looks[number]
            if not look.hides:
                continue
            value = view.cells.value(row, column)
            at = view.at(row, column, self._fields)
            if at is None or value is None or isinstance(value, (bool, CellError, Uncalculated)):
                continue
            if look.faint and self._is_entered(view, row, column):
                faint.append((row, column))
            if at.field.type == "date" and not isinstance(value, str):
                continue
            seen = shown_by_format(look.code, value)
            if seen is not None:
                other[seen.rounded].append((row, column))
                said[row, column] = seen.text.strip() or "空白"
        if faint:
            yield self._sight(FAINT, view, faint)
        for rounded, cells in other.items():
            if cells:
                value = _cut(shown(view.cells.value(*cells[0])))
                severity = Severity.NOTE if rounded else None
                yield self._sight(
                    OTHERWISE,
                    view,
                    cells,
                    severity=severity,
                    cell=_address(cells[0]),
                    value=value,
                    shown=_cut(said[cells[0]]),
                )

    def _disguised(self, view: View) -> Iterator[Sight]:
        """What a conditional format hides, or would hide."""
        found: set[Cell] = set()
        for cell, condition in disguised(view.cells.rows, view.cells.conditions):
            value = view.cells.value(*cell)
            if cell in found or value is None or isinstance(value, (bool, CellError, Uncalculated)):
                continue
            hidden = condition.disguise.hides(value) and condition.may_hold(value) and _counts(value)
            if hidden and self._is_entered(view, *cell):
                found.add(cell)
        if found:
            yield self._sight(DISGUISED, view, sorted(found))

    def _covered(self, view: View) -> Iterator[Sight]:
        """What stands under merged cells, where nobody sees it."""
        found: dict[bool, list[Cell]] = {True: [], False: []}
        for row, column in under_merges(view.cells):
            at = view.at(row, column, self._fields)
            stamp = view.tab.stamp
            in_map = stamp is not None and (row == stamp.row or column == stamp.column)
            if in_map or (at is None and self._is_static(view, row, column)):
                continue
            found[at is not None and self._is_entered(view, row, column)].append((row, column))
        for counted, cells in found.items():
            if cells:
                says = "核对和汇总都算了它" if counted else "核对时没有用它"
                value = _cut(shown(view.cells.value(*cells[0])))
                severity = None if counted else Severity.NOTE
                yield self._sight(COVERED, view, cells, severity=severity, value=value, says=says)

    def _is_static(self, view: View, row: int, column: int) -> bool:
        """Whether the template prints there; of equal printed words one cell shows them all."""
        return any(
            min(t.marked, default=0) <= row < t.end and t.columns.get(f.label) == column
            for frame, t in view.place.tables.items()
            for f in self._pack.tables[frame].fields
            if f.static
        )

    # --- what was altered ---

    def _reaching_out(self, book: Book, view: View) -> Iterator[Sight]:
        """Formulas that take their value from outside of the workbook."""
        found: dict[tuple[str, str, bool], list[Cell]] = {}
        for row, line in view.cells.formulas.items():
            for column, formula in line.items():
                reach = reaches(formula)
                if reach is not None:
                    entered = view.at(row, column, self._fields) is not None
                    kind, what = reach[0], book.outside.name_of(reach[1])
                    found.setdefault((kind, what, entered), []).append((row, column))
        for (kind, what, entered), cells in found.items():
            code = ELSEWHERE if kind == "file" else ACTIVE
            severity = None if entered and kind != "link" else Severity.NOTE
            yield self._sight(code, view, sorted(cells), severity=severity, what=what)

    def _changed_lists(self, book: Book, view: View) -> Iterator[Sight]:
        """Drop-down lists that offer something else; one that is gone costs nothing."""
        for frame, known in self._lists[view.sheet.name] if view.cells.lists else ():
            for source, at in sources_for(view.cells.lists, _column_of(view.place, frame, known.label)):
                now = choices_of(source, lambda sheet, area: _texts_in(book, view.tab, sheet, area))
                if now is None or sorted(map(normal, now)) != sorted(map(normal, known.choices)):
                    expected = _listed(known.choices)
                    value = _cut(f"={source}") if now is None else _listed(now)
                    yield self._sight(LISTS, view, [at], label=known.printed, expected=expected, value=value)
                    break

    def _changed_words(self, view: View) -> Iterator[Sight]:
        assert view.tab.stamp
        found = self._printed.changed(view.sheet, view.cells, view.tab.stamp, view.place)
        if found:
            first, *_ = found = sorted(found, key=lambda c: (not c.names, c.row, c.column))
            severity = None if first.names else Severity.NOTE
            printed, value = _cut(first.printed), _cut(shown(first.found))
            where, cell = [(c.row, c.column) for c in found], _address((first.row, first.column))
            yield self._sight(WORDS, view, where, severity=severity, cell=cell, printed=printed, value=value)

    def _opened(self, book: Book, view: View) -> Iterator[Sight]:
        """Cells that the template locks and this file does not; without protection none is locked.

        A formula may as well be the department's own, in a cell that we left open with a figure in
        it: one of the template is known by its colour.
        """
        cells = view.cells
        open_ = {at for at, number in cells.styled.items() if book.looks[number].unlocked}
        if not (open_ and cells.protected):
            return
        assert view.tab.stamp
        found = set(self._printed.among(open_, view.sheet, cells, view.tab.stamp))
        formulas = {(row, column) for row, line in cells.formulas.items() for column in line}
        found |= {at for at in formulas & open_ if book.looks[cells.styled[at]].ground == CALCULATED[1:]}
        for frame, label in self._given:
            place, table = view.place.forms.get(frame, {}).get(label), view.place.tables.get(frame)
            rows = table.rows if table and label in table.columns else ()
            found |= open_ & {*((row, table.columns[label]) for row in rows if table), place or (0, 0)}
        if found:
            yield self._sight(OPENED, view, sorted(found))

    def _sight(
        self,
        code: str,
        view: View,
        cells: Sequence[Cell],
        *,
        severity: Severity | None = None,
        **words: object,
    ) -> Sight:
        addresses = tuple(map(_address, cells[: _RELATED + 1]))
        named = "、".join(addresses[:_NAMED]) + ("等" if len(cells) > _NAMED else "")
        words |= {"count": len(cells), "cells": named}
        return Sight(code, words, view.tab.name, addresses, view.frame, severity)


def _address(cell: Cell) -> str:
    return f"{column_letters(cell[1])}{cell[0]}"


def _named(pattern: str, numbers: Sequence[int], word: Callable[[int], str]) -> str:
    """Some rows or columns by name; nothing where there are none."""
    some = "、".join(map(word, numbers[:_NAMED]))
    return pattern.format(some) + ("等" if len(numbers) > _NAMED else "") if numbers else ""


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


def _listed(choices: Sequence[str]) -> str:
    return _cut("、".join(choices)) or "空白"


def _counts(value: Raw) -> bool:
    """Whether it changes anything when it is not seen."""
    return value is not None and value != 0


def _column_of(place: SheetMap, frame: str, label: str) -> Area | None:
    """The cells of a field: one of a form, a column of a table."""
    at = place.forms.get(frame, {}).get(label)
    if at:
        return (*at, *at)
    table = place.tables.get(frame)
    column = table.columns.get(label) if table else None
    if table is None or column is None or not table.rows:
        return None
    return min(table.rows), column, max(table.rows), column


def _texts_in(book: Book, own: Tab, sheet: str | None, area: Area) -> list[str] | None:
    """What stands in the cells of an area; None where it is too large, or the sheet is not there."""
    tab = (
        own if sheet is None else next((t for t in book.tabs if t.name.casefold() == sheet.casefold()), None)
    )
    top, left, bottom, right = area
    if tab is None or (bottom - top + 1) * (right - left + 1) > LARGE:
        return None
    values = (
        tab.cells.value(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
    )
    return [shown(value) for value in values if value is not None]
