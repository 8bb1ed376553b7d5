"""What stands on one tab of a returned workbook, as the file has it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workbook_tool.excel.ooxml.references import column_number
from workbook_tool.excel.returns.conditional import Condition

Raw = str | float | bool | None
"""What a cell holds: CellError and Uncalculated are kinds of str; a blank cell is None."""

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.ASCII)


@dataclass(slots=True)
class SheetCells:
    """What stands on one tab.

    Attributes:
        rows: row -> column -> value; only what is not blank.
        formulas: row -> column -> formula as the formula bar shows it, with its "=".
        dates: (row, column) of the numbers that are shown as dates.
        merged: The merged areas as the file writes them: A1:B2.
        hidden_rows: The hidden rows that hold something, those without height among them.
        hidden_columns: First and last column of each hidden run.
        styled: Cells that hold something and have a watched style, with its number.
        lists: The drop-down lists: the cells as the file writes them, and where the choices stand.
        protected: Whether the sheet is protected.
        conditions: The conditional formats that may hide something.
    """

    rows: dict[int, dict[int, Raw]] = field(default_factory=dict)
    formulas: dict[int, dict[int, str]] = field(default_factory=dict)
    dates: set[tuple[int, int]] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    styled: dict[tuple[int, int], str] = field(default_factory=dict)
    lists: list[tuple[str, str]] = field(default_factory=list)
    protected: bool = False
    conditions: list[Condition] = field(default_factory=list)

    def value(self, row: int, column: int) -> Raw:
        """What the cell holds; None where it is blank."""
        line = self.rows.get(row)
        return line.get(column) if line else None

    @property
    def merges(self) -> list[tuple[int, int, int, int]]:
        """First row, first column, last row, last column of each merged area."""
        areas = []
        for match in map(_AREA.fullmatch, self.merged):
            if match:
                left, top, right, bottom = match.groups()
                areas.append((int(top), column_number(left), int(bottom), column_number(right)))
        return areas

    @property
    def extent(self) -> tuple[int, int, int, int] | None:
        """First row, first column, last row, last column of what is not blank; None for no cell."""
        if not self.rows:
            return None
        return (
            min(self.rows), min(min(line) for line in self.rows.values()),
            max(self.rows), max(max(line) for line in self.rows.values()),
        )  # fmt: skip
