"""The cells of a sheet as they stand in the file, in one pass over its XML.

A blank cell is never kept, so that formatting a million empty cells costs time but no memory, and
the `<dimension>` a sheet claims is not read: some programs write a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from lxml import etree

from workbook_tool.excel.ooxml.archive import Limits, Refused
from workbook_tool.excel.ooxml.references import LAST_COLUMN, LAST_ROW, column_number, shift
from workbook_tool.excel.ooxml.sheet_xml import (
    MEND,
    elements,
    settings_in,
    too_many_filled,
    too_many_tags,
    too_much,
)
from workbook_tool.excel.ooxml.styles import Styles
from workbook_tool.excel.ooxml.texts import not_blank, rich_text, unescape
from workbook_tool.excel.returns.cells import Raw, SheetCells
from workbook_tool.excel.returns.choices import read_lists
from workbook_tool.excel.returns.conditional import Disguise, read_conditions
from workbook_tool.excel.returns.looks import is_nothing
from workbook_tool.model import CellError, Uncalculated
from workbook_tool.settings import in_force

_LONGEST_FORMULA = 8192
"""How much of a formula is looked at: no office program writes a longer one."""

_DIGITS = "0123456789"
_NUMBER_CHARACTERS = _DIGITS + ".-+eE"


EdgeOf = Callable[[Mapping[int, Raw]], int | None]
"""Takes what stands in the first row; None where every column counts."""


def read_sheet(
    content: bytes,
    strings: Sequence[str | None] = (),
    styles: Styles | None = None,
    limits: Limits | None = None,
    *,
    name: str = "",
    edge_of: EdgeOf | None = None,
    disguises: Mapping[str, Disguise] | None = None,
) -> SheetCells:
    """Everything on one sheet, from the XML of its part.

    Args:
        content: The part.
        strings: The workbook's shared texts.
        styles: The workbook's date styles.
        limits: How much to look at before the file is refused.
        name: The part's name, for the sentence of a refusal.
        edge_of: Tells from the first row the last column that anybody will ask for.
        disguises: The differential styles that may hide something.

    Raises:
        Refused: The part is no well-formed sheet, or larger than any return.
    """
    limits = limits or in_force(Limits)
    reader = _SheetReader(strings, styles or Styles(), limits, edge_of)
    reader.disguises = disguises or {}

    def edge(first_row: etree._Element) -> int | None:
        alone = _SheetReader(strings, reader._styles, limits, None)
        alone.take(first_row)
        return edge_of(alone.cells.rows.get(1, {})) if edge_of else None

    rows, settings = elements(content, name, limits, edge if edge_of else None)
    for element in rows:
        reader.take(element)
    if settings:
        read = _kept_settings if len(settings) <= _KEPT_BYTES else _read_settings
        reader.add(read(settings, name, limits, frozenset(reader.disguises.items())))
    return reader.cells


def _read_settings(
    content: bytes, name: str, limits: Limits, disguises: frozenset[tuple[str, Disguise]]
) -> SheetCells:
    """What follows the cells of a sheet: its merges, lists, conditional formats and protection."""
    reader = _SheetReader((), Styles(), limits, None)
    reader.disguises = dict(disguises)
    for element in settings_in(content, name):
        reader.take(element)
    return reader.cells


_KEPT_BYTES = 64 << 10
_kept_settings = lru_cache(maxsize=128)(_read_settings)
"""They are the same in most returns of one template."""


class _SheetReader:
    """Takes the elements of a sheet one by one and keeps what is not blank."""

    def __init__(self, strings: Sequence[str | None], styles: Styles, limits: Limits, edge_of: EdgeOf | None):
        self.cells = SheetCells()
        self._edge, self._edge_of = LAST_COLUMN, edge_of
        self._strings, self._styles, self._limits = strings, styles, limits
        self._dates, self._watched = styles.dates, styles.watched
        self._tags = self._filled = self._row = self._copied = self._rules = 0
        self._shared: dict[str | None, tuple[int, int, str]] = {}
        self.disguises: Mapping[str, Disguise] = {}
        self._positions_of: etree._Element | None = None
        self._positions: dict[etree._Element, int] = {}
        self._takers: dict[str, Callable[[etree._Element], None]] = {
            "cols": self._take_columns,
            "mergeCells": self._take_merges,
            "sheetProtection": self._take_protection,
            "dataValidations": self._take_lists,
            "conditionalFormatting": self._take_conditions,
            "extLst": self._take_extensions,
        }
        self._row_tag = self._cell_tag = self._value_tag = self._formula_tag = self._text_tag = ""

    def add(self, settings: SheetCells) -> None:
        """Take what was read apart from the cells."""
        self.cells.merged += settings.merged
        self.cells.lists += settings.lists
        self.cells.conditions += settings.conditions
        self.cells.protected |= settings.protected

    def take(self, element: etree._Element) -> None:
        if element.tag == self._row_tag:
            self._take_row(element)
            return
        namespace, _, name = element.tag.rpartition("}")
        if name == "row":
            self._row_tag, self._cell_tag, self._value_tag, self._formula_tag, self._text_tag = (
                f"{namespace}}}{tag}" for tag in ("row", "c", "v", "f", "is")
            )
            self._take_row(element)
        else:
            self._takers[name](element)

    def _take_row(self, row: etree._Element) -> None:  # noqa: PLR0912 - a call for each cell costs more
        """Keep what is not blank; the loop that most of the time of reading goes to."""
        number = self._number_of(row)
        suffix = str(number)
        digits = len(suffix)
        strings, value_tag, edge, watched = self._strings, self._value_tag, self._edge, self._watched
        line: dict[int, Raw] = {}
        for cell in row:
            parts = len(cell)
            if not parts:
                continue
            reference = cell.get("r")
            if reference is not None and reference.endswith(suffix):
                column = _COLUMNS[reference[:-digits]]
            else:
                column = self._position(row, cell)
            if column > edge:
                continue
            if column in line:
                raise _bad_address(reference)
            value: Raw
            first = cell[0]
            kind = cell.get("t")
            if parts == 1 and first.tag == value_tag:
                text = first.text
                if kind == "s" and text in _NUMBERS and _NUMBERS[text] < len(strings):
                    value = strings[_NUMBERS[text]]
                else:
                    value = self._value(kind, text, cell, number, column) if text else None
            else:
                value = self._read_cell(cell, kind, number, column)
            if value is not None:
                line[column] = value
                if watched and cell.get("s", "0") in watched:
                    self.cells.styled[number, column] = cell.get("s", "0")
        self._count(row)
        if line:
            self._keep(number, line)
            self._note_hidden(row, number)

    def _note_hidden(self, row: etree._Element, number: int) -> None:
        if row.get("hidden") in _TRUE or is_nothing(row.get("ht")):
            self.cells.hidden_rows.add(number)

    def _position(self, row: etree._Element, cell: etree._Element) -> int:
        """The column of a cell that does not name it: the one after the cell before."""
        if cell.get("r") is not None:
            raise _bad_address(cell.get("r"))
        if self._positions_of is not row:
            self._positions_of, self._positions = row, {}
            column = 0
            for one in row.iterchildren(self._cell_tag):
                reference = one.get("r")
                column = _column_of(reference) if reference else column + 1
                self._positions[one] = column
        column = self._positions.get(cell, 0)
        if not 1 <= column <= LAST_COLUMN:
            raise _bad_address(None)
        return column

    def _count(self, row: etree._Element) -> None:
        self._tags += len(row)
        if self._tags > self._limits.tags:
            raise too_many_tags(self._limits.tags)

    def _keep(self, number: int, line: dict[int, Raw]) -> None:
        self._filled += len(line)
        if self._filled > self._limits.filled:
            raise too_many_filled(self._limits.filled)
        self.cells.rows[number] = line
        if number == 1 and self._edge_of:
            self._edge = self._edge_of(line) or LAST_COLUMN

    def _number_of(self, row: etree._Element) -> int:
        """The row's number; where it does not say, its first cell's, or the one after the last."""
        text = row.get("r")
        if text is None:
            first = row[0].get("r") if len(row) else None
            number = _row_of(first) if first else self._row + 1
        elif text in _NUMBERS:
            number = _NUMBERS[text]
        elif text.isascii() and text.isdigit() and len(text) < 8:
            number = int(text)
        else:
            raise _bad_address(text)
        if not self._row < number <= LAST_ROW:
            raise _bad_address(text)
        self._row = number
        return number

    def _read_cell(self, cell: etree._Element, kind: str | None, row: int, column: int) -> Raw:
        """A cell that holds more than a value: a formula, or its text itself."""
        value: Raw = None
        formula: str | None = None
        calculated = False
        for part in cell:
            tag = part.tag
            if tag == self._value_tag:
                text = part.text
                calculated = bool(text) or kind == "str"
                if text:
                    value = self._value(kind, text, cell, row, column)
            elif tag == self._formula_tag:
                formula = self._formula(part, row, column)
                self.cells.formulas.setdefault(row, {})[column] = formula
            elif tag == self._text_tag and kind == "inlineStr":
                value = rich_text(part)
        if formula is not None and not calculated:
            return Uncalculated(formula)
        return value

    def _value(self, kind: str | None, text: str, cell: etree._Element, row: int, column: int) -> Raw:
        value: Raw
        if kind == "s":
            value = self._shared_text(text)
        elif kind is None or kind == "n":
            value = _number(text)
            if cell.get("s") in self._dates and isinstance(value, float):
                self.cells.dates.add((row, column))
        elif kind == "b":
            value = text.strip() in ("1", "true")
        elif kind == "e":
            value = CellError(text.strip())
        elif kind == "d":
            value = self._styles.day_number(text)
            if isinstance(value, float):
                self.cells.dates.add((row, column))
        else:
            value = not_blank(unescape(text) if "_x" in text else text)
        return value

    def _shared_text(self, text: str) -> str | None:
        number = _NUMBERS.get(text)
        if number is None:
            text = text.strip()
            if not text:
                return None
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        if not 0 <= number < len(self._strings):
            raise Refused("text-number", f"文件中有单元格指向不存在的文本，内容已损坏，无法读取。{MEND}")
        return self._strings[number]

    def _formula(self, element: etree._Element, row: int, column: int) -> str:
        text = (element.text or "")[:_LONGEST_FORMULA]
        if element.get("t") == "shared":
            group = element.get("si")
            if text:
                self._shared[group] = (row, column, text)
            elif group in self._shared:
                first_row, first_column, text = self._shared[group]
                self._copied += len(text)
                if self._copied > self._limits.copied:
                    raise too_much("一张工作表中的公式过多过长")
                text = shift(text, row - first_row, column - first_column)
        return "=" + text

    def _take_merges(self, element: etree._Element) -> None:
        if len(self.cells.merged) + len(element) > self._limits.merges:
            raise too_much(f"一张工作表中的合并单元格超过{self._limits.merges}处")
        self.cells.merged += [merge.get("ref") or "" for merge in element.iterchildren("{*}mergeCell")]

    def _take_columns(self, element: etree._Element) -> None:
        for run in element.iterchildren("{*}col"):
            ends = (run.get("min") or "", run.get("max") or "")
            hidden = run.get("hidden") in _TRUE or is_nothing(run.get("width"), 0.3)
            if hidden and all(e.isascii() and e.isdigit() for e in ends):
                first, last = (min(int(e[:6]), LAST_COLUMN) for e in ends)
                self.cells.hidden_columns.append((first, last))

    def _take_protection(self, element: etree._Element) -> None:
        self.cells.protected = element.get("sheet") in _TRUE

    def _take_lists(self, element: etree._Element) -> None:
        self.cells.lists += read_lists(element)

    def _take_conditions(self, element: etree._Element) -> None:
        self._rules += sum(1 for _ in element.iter("{*}cfRule"))
        if self._rules > self._limits.conditions:
            raise too_much(f"一张工作表中的条件格式超过{self._limits.conditions}条")
        self.cells.conditions += read_conditions(element, self.disguises)

    def _take_extensions(self, element: etree._Element) -> None:
        self._take_lists(element)
        self._take_conditions(element)


_TRUE = ("1", "true")

_NUMBERS = {str(n): n for n in range(10_000)}
"""The numbers of shared texts as they are written: a look-up is quicker than `int`."""


def _number(text: str) -> str | float | None:
    """The number as the file has it; text that is none stays text, to be found as a mistake.

    Python's own grammar is wider (1_000, nan, full-width digits), hence the look at the characters.
    """
    if text.strip(_NUMBER_CHARACTERS):
        text = text.strip()
        if text.strip(_NUMBER_CHARACTERS):
            return not_blank(text)
    try:
        number = float(text)
    except ValueError:
        return not_blank(text)
    return number if math.isfinite(number) else text


class _Columns(dict[str, int]):
    """The columns by their letters; refuses what is none, and so never holds more than there are."""

    def __missing__(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            raise _bad_address(letters)
        number = column_number(letters)
        if number > LAST_COLUMN:
            raise _bad_address(letters)
        self[letters] = number
        return number


_COLUMNS = _Columns()


def _column_of(reference: str) -> int:
    return _COLUMNS[reference.rstrip(_DIGITS)]


def _row_of(reference: str) -> int:
    digits = reference[len(reference.rstrip(_DIGITS)) :]
    if not digits or len(digits) > 7 or not 1 <= int(digits) <= LAST_ROW:
        raise _bad_address(reference)
    return int(digits)


def _bad_address(reference: str | None) -> Refused:
    shown = (reference or "")[:20]
    return Refused("address", f"文件中单元格的位置“{shown}”不合规或重复，内容已损坏，无法读取。{MEND}")
