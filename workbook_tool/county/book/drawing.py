"""Listings drawn into worksheets: looks, heights, links, notes, print set-up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbook_tool.county.book import looks
from workbook_tool.county.book.listing import Cell, Colour, Column, Kind, Listing
from workbook_tool.excel.ooxml.markup import legal
from workbook_tool.excel.ooxml.new_workbook import FormSheet
from workbook_tool.excel.template.appearance import Formats, set_up_page, small
from workbook_tool.excel.template.measure import TALLEST, height_of, lines_of
from workbook_tool.model import Pack

WIDEST = 130.0
"""How many characters of a wide list its title and sentences spread over."""

WIDE_SCALE = 55
"""Percent, at which a list that is wider than a page is printed."""

MOST_LINKS = 60_000
"""A worksheet holds 65,530 links; beyond, cells are plain."""

LONGEST_LINK = 1_800
"""Of 2,079 characters that Excel takes, before some are escaped."""


class Drawing:
    """The workbook in the making."""

    def __init__(self, workbook: Workbook, pack: Pack, title: str) -> None:
        self.workbook, self.pack, self.title = workbook, pack, title
        self.formats = Formats(workbook)

    def add_sheet(self, name: str, *, landscape: bool = True, kind: type[Worksheet] = FormSheet) -> Worksheet:
        """A worksheet set up for printing."""
        sheet = self.workbook.add_worksheet(name, kind)
        set_up_page(self.pack, sheet, landscape=landscape)
        sheet.set_header(f"&L{small(self.title)}&R{small(name)}")
        return sheet

    def draw(self, listing: Listing) -> Worksheet:
        """Write a listing into a worksheet of its own."""
        sheet = self.add_sheet(listing.name)
        _Pen(self, sheet, listing).draw()
        return sheet


class _Pen:
    def __init__(self, drawing: Drawing, sheet: Worksheet, listing: Listing) -> None:
        self.make = drawing.formats.make
        self.sheet, self.listing = sheet, listing
        self.links = 0
        self._style = cache(self._made)

    def draw(self) -> None:
        listing, sheet = self.listing, self.sheet
        for number, column in enumerate(listing.columns):
            sheet.set_column(number, number, column.width)
        self._top()
        self._header()
        for row, line in enumerate(listing.rows, listing.first):
            self._line(row, line)
        if not listing.rows:
            self._across(listing.first, Cell(listing.nothing), looks.body("text"))
            sheet.set_row(listing.first - 1, 24)
        for row, line in enumerate(listing.totals, listing.last + 1):
            self._line(row, line, total=True)
        self._flags()
        sheet.freeze_panes(listing.header, listing.fixed)
        if listing.rows:
            sheet.autofilter(listing.header - 1, 0, listing.last - 1, len(listing.columns) - 1)
        sheet.repeat_rows(listing.header - 1)
        sheet.fit_to_pages(listing.pages, 0)
        if listing.pages != 1:
            sheet.set_print_scale(WIDE_SCALE)  # instead of fitting: it may take several pages
            sheet.repeat_columns(0, listing.fixed - 1)

    # --- above the list ---

    def _top(self) -> None:
        self._across(1, Cell(self.listing.title), looks.TITLE)
        self.sheet.set_row(0, 30)
        for row, says in enumerate(self.listing.says, 2):
            self._across(row, Cell(says.text, says.formula), looks.SAYS)
            self.sheet.set_row(row - 1, height_of(lines_of(says.text, self._room())) - 2)

    def _room(self) -> float:
        return sum(c.width for c in self.listing.columns[: self._spread() + 1])

    def _spread(self) -> int:
        """The last column (from 0) that a sentence spreads over."""
        room = 0.0
        for number, column in enumerate(self.listing.columns):
            room += column.width
            if room > WIDEST:
                return max(number - 1, self.listing.fixed)
        return len(self.listing.columns) - 1

    def _across(self, row: int, cell: Cell, look: dict[str, object]) -> None:
        style = self.make(look)
        if (last := self._spread()) > 0:
            self.sheet.merge_range(row - 1, 0, row - 1, last, "", style)
        if cell.formula:
            formula = self.listing.placed(cell.formula, row)
            self.sheet.write_formula(row - 1, 0, formula, style, cell.value)
        else:
            self.sheet.write_string(row - 1, 0, str(cell.value), style)

    def _header(self) -> None:
        row, style = self.listing.header - 1, self.make(looks.HEAD)
        for number, column in enumerate(self.listing.columns):
            self.sheet.write_string(row, number, column.head, style)
        most = max(lines_of(c.head, c.width - 2) for c in self.listing.columns)  # beside the filter's arrow
        self.sheet.set_row(row, max(height_of(most), 24))

    # --- the list ---

    def _line(self, row: int, line: Sequence[Cell], *, total: bool = False) -> None:
        for number, (cell, column) in enumerate(zip(line, self.listing.columns, strict=True)):
            self._cell(row, number, cell, column, total)
        wrapped = [
            lines_of(cell.value, column.width - (2 if column.kind == "text" else 0))
            for cell, column in zip(line, self.listing.columns, strict=True)
            if isinstance(cell.value, str)
        ]
        self.sheet.set_row(row - 1, min(max(height_of(max(wrapped, default=1)), 20), TALLEST))

    def _cell(self, row: int, number: int, cell: Cell, column: Column, total: bool) -> None:
        kind = cell.kind or column.kind
        linked = bool(cell.link) and self._link(row, number, cell)
        style, at = self._style(kind, cell.colour, linked, total), (row - 1, number)
        if cell.formula:
            value = "" if cell.value is None else cell.value
            self.sheet.write_formula(*at, self.listing.placed(cell.formula, row), style, value)
        elif cell.value is None:
            self.sheet.write_blank(*at, None, style)
        elif isinstance(cell.value, str):
            self.sheet.write_string(*at, cell.value, style)
        else:
            self.sheet.write_number(*at, cell.value, style)
        if cell.note:
            size = {"x_scale": 2.0, "font_size": 9, "author": ""}
            self.sheet.write_comment(*at, legal(cell.note), size)

    def _made(self, kind: Kind, colour: Colour | None, linked: bool, total: bool) -> Format:
        return self.make(looks.total(kind) if total and not colour else looks.body(kind, colour, linked))

    def _link(self, row: int, number: int, cell: Cell) -> bool:
        """Put a link on the cell, over which its value is then written."""
        self.links += 1
        if self.links > MOST_LINKS or not cell.link or len(cell.link) > LONGEST_LINK:
            return False
        self.sheet.write_url(row - 1, number, cell.link, None, "")
        return True

    def _flags(self) -> None:
        listing = self.listing
        for flag in listing.flags if listing.rows else ():
            letter = listing.letter(flag.column)
            self.sheet.conditional_format(
                f"{letter}{listing.first}:{letter}{listing.last}",
                {
                    "type": "formula",
                    "criteria": "=" + listing.placed(flag.formula, listing.first),
                    "format": self.make(looks.COLOURS[flag.colour]),
                },
            )
