"""A sheet on paper: spots that are printed or filled, row heights, and the tokens of the hidden map.

Rows and columns count from 0 here; row 0 and column 0 are the hidden map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from workbook_tool.excel.template.measure import TALLEST, height_of, lines_of
from workbook_tool.model import FixedRow, FormField, Pack, PackError, Sheet

Value = str | int | float | bool | Decimal | date | None
Row = Mapping[str, Value]
Role = Literal["title", "subtitle", "unit", "heading", "group", "header", "label", "printed", "value", "note"]

BODY, TITLE = 10.5, 18.0
"""Font sizes in points."""


@dataclass(frozen=True)
class Contents:
    """What is to be written into one tab; empty for a blank template.

    Attributes:
        forms: frame -> label -> value.
        rows: frame -> key of the fixed row (None for free rows) -> its lines, each label -> value.
    """

    forms: Mapping[str, Row] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str | None, Sequence[Row]]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing at all is given."""
        rows = [row for table in self.rows.values() for lines in table.values() for row in lines]
        return all(v is None for row in [*self.forms.values(), *rows] for v in row.values())

    def lines(self, frame: str, key: str | None) -> Sequence[Row]:
        """The lines given for a fixed row, or for the free rows."""
        return self.rows.get(frame, {}).get(key, ())

    def value(self, frame: str, label: str, line: Line | None = None) -> Value:
        """What is given for a cell; None where nothing is."""
        if line is None:
            return self.forms.get(frame, {}).get(label)
        given = self.lines(frame, line.key)
        return given[line.number].get(label) if line.number < len(given) else None

    def speaks_of(self, frame: str, label: str, line: Line | None = None) -> bool:
        """Whether the data name a cell, if only to leave it blank where a formula would stand."""
        if line is None:
            return label in self.forms.get(frame, {})
        given = self.lines(frame, line.key)
        return line.number < len(given) and label in given[line.number]


@dataclass(frozen=True)
class Line:
    """One row of a table on paper.

    Attributes:
        key: The fixed row's key; None for a free row.
        number: Which of the lines under that key, from 0.
        row: Its row on the sheet.
        fixed: The fixed row it belongs to.
    """

    key: str | None
    number: int
    row: int
    fixed: FixedRow | None = None

    @property
    def total(self) -> bool:
        """Whether the line adds up others."""
        return self.fixed is not None and self.fixed.total

    def prints(self, label: str) -> str | int | float | None:
        """What the template prints in that column."""
        return self.fixed.labels.get(label) if self.fixed else None


@dataclass(frozen=True)
class Spot:
    """A cell or a merged area: something printed, or a place for a value."""

    role: Role
    top: int
    left: int
    bottom: int
    right: int
    text: str | int | float | None = None
    frame: str = ""
    field: FormField | None = None
    line: Line | None = None

    @property
    def merged(self) -> bool:
        """Whether it covers more than one cell."""
        return (self.top, self.left) != (self.bottom, self.right)


@dataclass
class Layout:
    """One sheet on paper.

    Attributes:
        spots: In the order of drawing, never overlapping.
        heights: row -> points.
        row_tokens: row -> what stands in the hidden first column.
        column_tokens: column -> what stands in the hidden first row.
        lines: frame -> the rows of that table from first to last.
        closing: frame -> the thin row that ends the table.
        columns: frame -> label -> column of that table's field.
        cells: frame -> label -> (row, column) of a form's value.
        repeat: First and last row to print on every page, where the sheet is one table.
    """

    pack: Pack
    sheet: Sheet
    contents: Contents
    spots: list[Spot] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    row_tokens: dict[int, list[str]] = field(default_factory=dict)
    column_tokens: dict[int, list[str]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    closing: dict[str, int] = field(default_factory=dict)
    columns: dict[str, dict[str, int]] = field(default_factory=dict)
    cells: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    repeat: tuple[int, int] | None = None
    row: int = 1

    @property
    def last_column(self) -> int:
        """The last column of the grid."""
        return len(self.sheet.grid)

    def width(self, left: int, right: int) -> float:
        """The width of some columns in characters."""
        return sum(self.sheet.grid[left - 1 : right])

    def needed(self, spot: Spot) -> float:
        """The height that a spot's text wants, in points."""
        text = spot.text
        lines = spot.field.lines if spot.field and spot.role == "value" else 1
        if spot.role == "value" and spot.field:
            text = _shown(self.contents.value(spot.frame, spot.field.label, spot.line))
        if isinstance(text, str) and text:
            lines = max(lines, lines_of(text, self.width(spot.left, spot.right)))
        return height_of(lines)

    def put(self, spot: Spot) -> None:
        """Place a spot; a value also enters the hidden map."""
        self.spots.append(spot)

    def advance(self, *heights: float) -> None:
        """Give the next rows their heights and move the cursor below them."""
        for height in heights:
            self.heights[self.row] = min(max(height, self.heights.get(self.row, 0.0)), TALLEST)
            self.row += 1

    def mark(self, row: int, column: int | None, *parts: str) -> None:
        """Enter a token in the hidden column, and in the hidden row where a column is given."""
        token = "/".join(parts)
        if ";" in token:
            raise PackError(f"名称“{token}”中不能有分号")
        self.row_tokens.setdefault(row, []).append(token)
        if column is not None:
            self.mark_column(column, token)

    def mark_column(self, column: int, token: str) -> None:
        """Enter a token in the hidden row."""
        tokens = self.column_tokens.setdefault(column, [])
        if token not in tokens:
            tokens.append(token)


@dataclass(frozen=True)
class Tab:
    """One sheet of the workbook to be written: its name in the file, and what stands where."""

    name: str
    instance: int
    layout: Layout


def with_unit(field_: FormField, unit: str | None) -> str:
    """The printed label, with its unit where the label does not say it already."""
    return f"{field_.printed}({unit})" if unit and unit not in field_.printed else field_.printed


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else ""
