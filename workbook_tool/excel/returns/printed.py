"""What the template prints beside and above the cells to be filled, against what a return says there.

Titles, labels, headers, units and notes; of the words in a table's rows `imprint` speaks. Rows and
columns may have been put in, so a text that is not at its place is sought by the hidden map, and
one that stands anywhere else on the sheet was not changed. A text that is gone deceives nobody:
only another in its place is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from workbook_tool.excel.locate import SheetMap, Stamp
from workbook_tool.excel.returns.cells import Raw, SheetCells
from workbook_tool.excel.returns.imprint import shown
from workbook_tool.excel.template.layout import lay_out
from workbook_tool.excel.template.paper import Layout, Spot
from workbook_tool.forms.expressions import normal
from workbook_tool.model import Pack, PackError, Sheet

_NAMES = ("label", "header", "unit", "group")
"""Where another text makes another figure of what stands beside or below it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A printed text that says something else now.

    Attributes:
        row: Where it stands.
        column: Where it stands.
        names: Whether it says what a cell holds, and is no title or note.
    """

    row: int
    column: int
    printed: str
    found: Raw
    names: bool


class PrintedTexts:
    """What the sheets of a pack print: the texts around the cells to be filled, and those in the tables."""

    def __init__(self, pack: Pack):
        self._pack = pack
        self._layout = lru_cache(maxsize=None)(self._laid_out)

    def _laid_out(self, name: str) -> tuple[Layout, tuple[Spot, ...], tuple[Spot, ...]] | None:
        try:
            layout = lay_out(self._pack, self._pack.sheet(name))
        except PackError:  # a form that cannot be drawn has no template either
            return None
        locked = tuple(s for s in layout.spots if s.role != "value" and s.text is not None)
        return layout, tuple(s for s in locked if s.role != "printed" and isinstance(s.text, str)), locked

    def changed(self, sheet: Sheet, cells: SheetCells, stamp: Stamp, place: SheetMap) -> list[Changed]:
        """The texts of a sheet that were changed; of a column or row that is gone, that alone is told."""
        known = self._layout(sheet.name)
        if known is None:
            return []
        layout, spots, _ = known
        missing = [s for s in spots if cells.value(s.top + 1, s.left + 1) != s.text]
        if not missing:
            return []
        return list(_changed(layout, spots, missing, _Moved(layout, cells, stamp), place))

    def among(
        self, some: Set[tuple[int, int]], sheet: Sheet, cells: SheetCells, stamp: Stamp
    ) -> Iterator[tuple[int, int]]:
        """Those of some cells in which the template prints what stands there."""
        known = self._layout(sheet.name)
        if known is None:
            return
        layout, spots, locked = known
        in_place = all(cells.value(s.top + 1, s.left + 1) == s.text for s in spots)
        if in_place and not any((s.top + 1, s.left + 1) in some for s in locked):
            return
        moved = _Moved(layout, cells, stamp)
        for spot in locked:
            at = (moved.row(spot.top) or 0, moved.column(spot.left) or 0)
            if at in some and normal(shown(cells.value(*at))) == normal(shown(spot.text)):
                yield at


def _changed(
    layout: Layout, spots: Sequence[Spot], missing: Sequence[Spot], moved: _Moved, place: SheetMap
) -> Iterator[Changed]:
    lost: list[tuple[Spot, int, int]] = []
    for spot in missing:
        row, column = moved.row(spot.top), moved.column(spot.left)
        there = moved.cells.value(row or 0, column or 0)
        if row and column and there is not None and normal(shown(there)) != normal(str(spot.text)):
            lost.append((spot, row, column))
    if not lost:
        return
    printed = {normal(str(s.text)) for s in spots}
    elsewhere = _spare(moved.cells, [s for s in spots if all(s is not one for one, _, _ in lost)])
    for spot, row, column in lost:
        found, text = moved.cells.value(row, column), normal(str(spot.text))
        if elsewhere[text] > 0:
            elsewhere[text] -= 1
        elif normal(shown(found)) not in printed and _is_there(spot, layout, place):
            yield Changed(row, column, str(spot.text), found, spot.role in _NAMES)


def _spare(cells: SheetCells, found: Sequence[Spot]) -> Counter[str]:
    """How often each text stands on the sheet besides those printed texts that were found."""
    there = Counter(
        normal(value) for line in cells.rows.values() for value in line.values() if isinstance(value, str)
    )
    there.subtract(normal(str(s.text)) for s in found)
    return there


def _is_there(spot: Spot, layout: Layout, place: SheetMap) -> bool:
    """Whether the field that a text belongs to still has its place."""
    if spot.field is None:
        return True
    for block in layout.sheet.blocks:
        if spot.field in block.fields:
            frame = layout.sheet.frame_of(block)
            table = place.tables.get(frame)
            return spot.field.label in (table.columns if table else place.forms.get(frame, {}))
    return False


class Alignment:
    """Where the rows and columns of one tab stand on another, by the hidden maps of both.

    Args:
        cells: The tab that is known.
        stamp: Where its map is.
        other: The tab on which they are sought.
        other_stamp: Where the map of that is.
    """

    def __init__(self, cells: SheetCells, stamp: Stamp, other: SheetCells, other_stamp: Stamp):
        self._rows = _matched(_down(cells, stamp), _down(other, other_stamp))
        self._columns = _matched(_across(cells, stamp), _across(other, other_stamp))

    def of(self, row: int, column: int) -> tuple[int, int] | None:
        """The cell on the other tab."""
        there = _near(self._rows, row), _near(self._columns, column)
        return (there[0], there[1]) if there[0] and there[1] else None


def _down(cells: SheetCells, stamp: Stamp) -> dict[int, str]:
    """The marks of the rows, the stamp among them."""
    return {r: v for r, line in cells.rows.items() if isinstance(v := line.get(stamp.column), str)}


def _across(cells: SheetCells, stamp: Stamp) -> dict[int, str]:
    """The marks of the columns, the stamp among them."""
    return {c: v for c, v in cells.rows.get(stamp.row, {}).items() if isinstance(v, str)}


class _Moved:
    """Where the rows and columns of the blank template stand in a return, by the hidden map."""

    def __init__(self, layout: Layout, cells: SheetCells, stamp: Stamp):
        self.cells = cells
        self._rows = _matched(_joined(layout.row_tokens), _down(cells, stamp))
        self._columns = _matched(_joined(layout.column_tokens), _across(cells, stamp))
        self._map = (stamp.row, stamp.column)

    def row(self, number: int) -> int | None:
        """The row, counted from 1, of a row of the layout, counted from 0; None where the map is."""
        row = _near(self._rows, number)
        return row if row != self._map[0] else None

    def column(self, number: int) -> int | None:
        """The column, likewise."""
        column = _near(self._columns, number)
        return column if column != self._map[1] else None


def _joined(tokens: Mapping[int, Sequence[str]]) -> dict[int, str]:
    return {number: ";".join(some) for number, some in tokens.items()}


def _matched(tokens: Mapping[int, str], there: Mapping[int, str]) -> dict[int, int]:
    """Place here -> place there, for equal marks in their order."""
    waiting: dict[str, list[int]] = {}
    for number in sorted(there, reverse=True):
        waiting.setdefault(there[number], []).append(number)
    found: dict[int, int] = {}
    for number in sorted(tokens):
        same = waiting.get(tokens[number])
        if same:
            found[number] = same.pop()
    return found


def _near(known: Mapping[int, int], number: int) -> int | None:
    """Where something stands that is as far from the next known place below, or above, as before."""
    after = min((n for n in known if n >= number), default=None)
    near = after if after is not None else max(known, default=None)
    if near is None:
        return None
    found = known[near] + number - near
    return found if found > 0 else None
