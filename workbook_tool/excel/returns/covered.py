"""What stands under merged cells, where nobody sees it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.excel.returns.choices import Area

Cell = tuple[int, int]

LARGE, _LARGEST = 1000, 200_000
"""Cells of an area, and of all merged ones, that are looked at one by one."""

_MOST_LARGE = 50
"""How many larger ones are looked at; no form has one."""


def under_merges(cells: SheetCells) -> Iterator[Cell]:
    """The cells that hold something and are covered by a merged area."""
    covered, large = _coverings(tuple(cells.merged))
    for row, line in cells.rows.items():
        hidden = covered.get(row, _NOWHERE)
        if not hidden.isdisjoint(line):
            yield from ((row, column) for column in sorted(hidden.intersection(line)))
        for top, left, bottom, right in large:
            if top <= row <= bottom:
                yield from ((row, c) for c in sorted(line) if left <= c <= right and (row, c) != (top, left))


_NOWHERE: frozenset[int] = frozenset()


@lru_cache(maxsize=256)
def _coverings(merged: tuple[str, ...]) -> tuple[dict[int, frozenset[int]], tuple[Area, ...]]:
    """By row the columns that merged areas cover, and the areas that are too large for that.

    The returns of one template merge alike, so that it is worked out once for them.
    """
    rows: dict[int, set[int]] = {}
    large: list[Area] = []
    size = 0
    for area in SheetCells(merged=list(merged)).merges:
        top, left, bottom, right = area
        more = (bottom - top + 1) * (right - left + 1)
        if more > LARGE or size > _LARGEST or more < 1:
            large = [*large, area][:_MOST_LARGE]
            continue
        size += more
        for row in range(top, bottom + 1):
            rows.setdefault(row, set()).update(range(left + (row == top), right + 1))
    return {row: frozenset(columns) for row, columns in rows.items()}, tuple(large)
