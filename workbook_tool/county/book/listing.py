"""A sheet of the consolidated workbook as plain data: what it says, its columns and its lines.

Listings are made from the county without any library; `listing_sheet` draws them. They know where
each of their cells will stand, so that formulas and charts on other sheets can point there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbook_tool.findings import column_letters

Kind = Literal["text", "centred", "amount", "count", "points", "percent"]
Colour = Literal["error", "explain", "note", "good", "none", "unknown", "differs"]
Value = str | float | int | None


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        value: What is shown; the calculated value where there is a formula. None is a blank cell.
        formula: Without the equals sign; {r} is its own row, {first} and {last} those of the lines.
        link: Where a click leads: `internal:'表'!A1`, `external:…` or a URL.
        note: Shown when the mouse rests on the cell.
        kind: How it is written where that is not as its column says.
    """

    value: Value
    formula: str | None = None
    colour: Colour | None = None
    link: str | None = None
    note: str | None = None
    kind: Kind | None = None


@dataclass(frozen=True)
class Column:
    """A column; `width` in half-width characters."""

    head: str
    kind: Kind
    width: float


@dataclass(frozen=True)
class Says:
    """A sentence above the list; with a formula it follows what an officer changes."""

    text: str
    formula: str | None = None


@dataclass(frozen=True)
class Flag:
    """Cells of a column that are coloured for as long as a formula holds; {r} is the first row."""

    column: str
    formula: str
    colour: Colour


@dataclass(frozen=True)
class Listing:
    """A sheet with one list.

    Attributes:
        name: The tab.
        about: What is found here, for the table of contents.
        nothing: What is said where there is no line.
        fixed: How many columns stay in view, and are repeated on every printed page.
        rows: The lines; a filter can be put on them.
        totals: Lines below, outside the filter.
        pages: How many pages wide it is printed; 0 for as many as it takes.
    """

    name: str
    title: str
    about: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    nothing: str = "没有。"
    says: Sequence[Says] = ()
    totals: Sequence[Sequence[Cell]] = ()
    flags: Sequence[Flag] = ()
    fixed: int = 2
    pages: int = 1
    _letters: dict[str, str] = field(default_factory=dict)

    @property
    def header(self) -> int:
        """The row of the headings, from 1: below title and sentences."""
        return 2 + len(self.says)

    @property
    def first(self) -> int:
        """The row of the first line."""
        return self.header + 1

    @property
    def last(self) -> int:
        """The row of the last line; that of the sentence where there is none."""
        return self.header + max(len(self.rows), 1)

    def letter(self, head: str) -> str:
        """The letters of a column."""
        if not self._letters:
            self._letters.update((c.head, column_letters(n)) for n, c in enumerate(self.columns, 1))
        return self._letters[head]

    def range(self, head: str) -> str:
        """The lines of a column, for a formula on another sheet."""
        letter = self.letter(head)
        return f"{quoted_tab(self.name)}!${letter}${self.first}:${letter}${self.last}"

    def total(self, head: str, number: int = 0) -> str:
        """A cell of a line below the list."""
        return f"{quoted_tab(self.name)}!${self.letter(head)}${self.last + 1 + number}"

    def placed(self, formula: str, row: int) -> str:
        """The formula as it stands in a row."""
        return (
            formula.replace("{r}", str(row))
            .replace("{first}", str(self.first))
            .replace("{last}", str(self.last))
        )


def quoted_tab(name: str) -> str:
    """The name of a tab as formulas write it."""
    return "'" + name.replace("'", "''") + "'"


def cells(*values: Value | Cell) -> list[Cell]:
    """A line of cells."""
    return [value if isinstance(value, Cell) else Cell(value) for value in values]


def to_tab(name: str, cell: str = "A1") -> str:
    """A link to a cell of this workbook."""
    return f"internal:{quoted_tab(name)}!{cell}"
