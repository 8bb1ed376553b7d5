"""A worksheet's tree, changed in place: cells found or put in where they belong, children in order.

Rows and cells may come without `r`, with another prefix, and in sheets without any rows at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

from lxml import etree

from workbook_tool.excel.marks.held import BLANK, Held
from workbook_tool.excel.ooxml.package import Element, local_name
from workbook_tool.excel.ooxml.parts import whole_number
from workbook_tool.excel.ooxml.texts import rich_text, unescape
from workbook_tool.findings import column_letters

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_ORDER = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
    "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells "
    "phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup "
    "headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing "
    "legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst"
).split()
_RANK = {name: number for number, name in enumerate(_ORDER)}
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_NO_TEXT = 1 << 40

Position = tuple[int, int]
Area = tuple[int, int, int, int]


@lru_cache(maxsize=4096)
def position(address: str) -> Position:
    """Row and column of an address: B2 -> (2, 2).

    Raises:
        ValueError: It is no address of a cell.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not the address of a cell")
    row, column = int(match[2]), column_number(match[1])
    if row > _LAST_ROW or column > _LAST_COLUMN:
        raise ValueError(f"{address!r} is outside the sheet")
    return row, column


@lru_cache(maxsize=8192)
def area_of(reference: str) -> Area | None:
    """First row, first column, last row, last column of B2:C4 or of B2; None where it is no area."""
    first, _, last = reference.partition(":")
    try:
        return (*position(first), *position(last or first))
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def _column_of(address: str) -> int | None:
    """The column of an address; None where it is none."""
    given = _ADDRESS.fullmatch(address)
    return column_number(given[1]) if given else None


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """The 1-based number of a column: A -> 1, AB -> 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def address_of(row: int, column: int, *, absolute: bool = False) -> str:
    """The address of a cell: (2, 2) -> B2, or $B$2."""
    mark = "$" if absolute else ""
    return f"{mark}{column_letters(column)}{mark}{row}"


class Grid:
    """The cells of one worksheet.

    Args:
        root: The worksheet's tree, which is changed.
        strings: Gives the `si` element of a shared text by its number.
    """

    def __init__(self, root: Element, strings: Callable[[int], Element | None]):
        self.root, self._strings = root, strings
        self._q = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
        self._cells: dict[int, dict[int, Element]] = {}

    def q(self, name: str) -> str:
        """The name in the sheet's namespace."""
        return self._q + name

    @cached_property
    def _data(self) -> Element:
        found = self.root.find(self.q("sheetData"))
        return found if found is not None else self.insert("sheetData")

    @cached_property
    def _rows(self) -> dict[int, Element]:
        rows: dict[int, Element] = {}
        number = 0
        for row in self._data.iterchildren(self.q("row")):
            number = whole_number(row.get("r"), number + 1)
            rows[number] = row
        return rows

    def row(self, number: int) -> Element | None:
        """The row's element, where the sheet has one."""
        return self._rows.get(number)

    def cells_in(self, number: int) -> dict[int, Element]:
        """The cells of a row by column."""
        if number not in self._cells:
            found: dict[int, Element] = {}
            column = 0
            row = self._rows.get(number)
            for cell in row.iterchildren(self.q("c")) if row is not None else ():
                column = _column_of(cell.get("r") or "") or column + 1
                found[column] = cell
            self._cells[number] = found
        return self._cells[number]

    def find(self, row: int, column: int) -> Element | None:
        """The cell's element, where the sheet has one."""
        return self.cells_in(row).get(column)

    def cell(self, row: int, column: int) -> Element:
        """The cell's element, put in where the sheet has none, looking as the blank place did."""
        found = self.find(row, column)
        if found is not None:
            return found
        line = self._rows.get(row)
        if line is None:
            line = self._new_row(row)
        cells = self.cells_in(row)
        fresh = etree.Element(self.q("c"), r=address_of(row, column))
        style = self._blank_style(line, column)
        if style:
            fresh.set("s", style)
        later = [c for c in cells if c > column]
        if later:
            cells[min(later)].addprevious(fresh)
        elif cells:
            cells[max(cells)].addnext(fresh)
        else:
            line.insert(0, fresh)
        line.attrib.pop("spans", "")  # only a hint, and no longer a true one
        cells[column] = fresh
        self._stretch_dimension(row, column)
        return fresh

    def held(self, row: int, column: int) -> Held:
        """What the cell holds, as the file says it."""
        cell = self.find(row, column)
        if cell is None:
            return BLANK
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell.find(self.q("is")))
        value = cell.findtext(self.q("v")) or ""
        if kind == "str":
            return Held("text", unescape(value)) if value else BLANK
        value = value.strip()
        if kind == "s":
            return _text(self._strings(whole_number(value, _NO_TEXT)))
        return _plain(kind, value) if value else BLANK

    @cached_property
    def merges(self) -> dict[Position, Area]:
        """The merged areas by their anchor: first row, first column, last row, last column."""
        found: dict[Position, Area] = {}
        for merge in self.root.iterfind(f"{self.q('mergeCells')}/{self.q('mergeCell')}"):
            area = area_of(merge.get("ref") or "")
            if area is not None:
                found[area[:2]] = area
        return found

    def anchor(self, row: int, column: int) -> Position:
        """The cell that shows what this one shows: the anchor of its merged area, or itself."""
        for top, left, bottom, right in (*self._flat.get(row, ()), *self._tall):
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return row, column

    @cached_property
    def _flat(self) -> dict[int, list[Area]]:
        """The merged areas of one row, by it: most of them."""
        found: dict[int, list[Area]] = {}
        for area in self.merges.values():
            if area[0] == area[2]:
                found.setdefault(area[0], []).append(area)
        return found

    @cached_property
    def _tall(self) -> list[Area]:
        """The merged areas of several rows."""
        return [area for area in self.merges.values() if area[0] < area[2]]

    def area(self, row: int, column: int) -> Area:
        """The merged area that the anchor stands for, or the cell alone."""
        return self.merges.get((row, column), (row, column, row, column))

    def existing(self, area: Area) -> Iterator[Element]:
        """The cells of an area that the sheet has an element for."""
        top, left, bottom, right = area
        if (top, left) == (bottom, right):
            cell = self.find(top, left)
            if cell is not None:
                yield cell
            return
        for number in [r for r in self._rows if top <= r <= bottom]:
            for column, cell in self.cells_in(number).items():
                if left <= column <= right:
                    yield cell

    def across(self, column: int, pixels: float) -> tuple[int, int]:
        """The column, and the pixels into it, that lie so many pixels right of a column's left edge."""
        widths = self._widths
        while column < _LAST_COLUMN and pixels > widths.get(column, self._default_width):
            pixels -= widths.get(column, self._default_width)
            column += 1
        return column, int(pixels)

    def down(self, row: int, pixels: float) -> tuple[int, int]:
        """The row, and the pixels into it, that lie so many pixels below a row's upper edge."""
        while row < _LAST_ROW and pixels > self._height(row):
            pixels -= self._height(row)
            row += 1
        return row, int(pixels)

    @cached_property
    def _default_width(self) -> float:
        layout = self.root.find(self.q("sheetFormatPr"))
        given = _float(layout.get("defaultColWidth")) if layout is not None else None
        return max(given * 7 + 5 if given else 64.0, 1.0)

    @cached_property
    def _default_height(self) -> float:
        layout = self.root.find(self.q("sheetFormatPr"))
        given = _float(layout.get("defaultRowHeight")) if layout is not None else None
        return max(given * 4 / 3 if given else 20.0, 1.0)

    @cached_property
    def _widths(self) -> dict[int, float]:
        """The widths in pixels of the columns that have their own."""
        widths: dict[int, float] = {}
        for span in self.root.iterfind(f"{self.q('cols')}/{self.q('col')}"):
            first, last = whole_number(span.get("min"), 1), whole_number(span.get("max"))
            width = _float(span.get("width"))
            pixels = 0.0 if span.get("hidden") in ("1", "true") else (width or 8.43) * 7 + 5
            for column in range(first, min(last, first + 255) + 1):
                widths[column] = pixels
        return widths

    def _height(self, row: int) -> float:
        line = self._rows.get(row)
        if line is None:
            return self._default_height
        if line.get("hidden") in ("1", "true"):
            return 0.0
        return (_float(line.get("ht")) or self._default_height * 3 / 4) * 4 / 3

    def insert(self, name: str) -> Element:
        """A new child of the worksheet, after those that come before it in the schema."""
        fresh = etree.Element(self.q(name))
        for child in self.root:
            if child.tag.__class__ is str and _RANK.get(local_name(child), -1) > _RANK[name]:
                child.addprevious(fresh)
                return fresh
            if local_name(child) == "AlternateContent" and _RANK[name] <= _RANK["oleObjects"]:
                child.addprevious(fresh)  # Excel wraps controls in it, which come after
                return fresh
        self.root.append(fresh)
        return fresh

    def insert_format(self) -> Element:
        """A new conditional format before the sheet's own: some programs go by the order in the file."""
        first = self.root.find(self.q("conditionalFormatting"))
        if first is None:
            return self.insert("conditionalFormatting")
        fresh = etree.Element(self.q("conditionalFormatting"))
        first.addprevious(fresh)
        return fresh

    def _new_row(self, number: int) -> Element:
        fresh = etree.Element(self.q("row"), r=str(number))
        later = [r for r in self._rows if r > number]
        if later:
            self._rows[min(later)].addprevious(fresh)
        else:
            self._data.append(fresh)
        self._rows[number] = fresh
        return fresh

    def _blank_style(self, row: Element, column: int) -> str | None:
        if row.get("customFormat") in ("1", "true") and row.get("s"):
            return row.get("s")
        for span in self.root.iterfind(f"{self.q('cols')}/{self.q('col')}"):
            if whole_number(span.get("min")) <= column <= whole_number(span.get("max")):
                return span.get("style")
        return None

    def _stretch_dimension(self, row: int, column: int) -> None:
        dimension = self.root.find(self.q("dimension"))
        if dimension is None:
            return
        area = area_of(dimension.get("ref") or "")
        if area is None:
            return
        top, left, bottom, right = area
        first = address_of(min(top, row), min(left, column))
        last = address_of(max(bottom, row), max(right, column))
        dimension.set("ref", f"{first}:{last}")


def _text(item: Element | None) -> Held:
    text = rich_text(item) if item is not None else None
    return Held("text", text) if text else BLANK


def _float(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _plain(kind: str, value: str) -> Held:
    if kind == "b":
        return Held("boolean", "TRUE" if value == "1" else "FALSE")
    if kind == "e":
        return Held("error", value)
    return Held("number" if _float(value) is not None else "text", value)
