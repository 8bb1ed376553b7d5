"""New workbooks by XlsxWriter, whose texts stay the texts they are, whatever they look like."""

from __future__ import annotations

from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings, SharedStringTable
from xlsxwriter.worksheet import Worksheet

from workbook_tool.excel.ooxml.markup import legal, markup


class FormSheet(Worksheet):  # type: ignore[misc]
    """A worksheet whose formulas are written as they are, with results that may be the empty text."""

    def number_of(self, text: str) -> int:
        """The number of a text among those of the workbook; it may be asked while the sheet is written."""
        number: int = self.str_table.number_of(text)
        return number

    def _write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> int:
        # The one way of all texts into cells; charts repeat them.
        written: int = super()._write_string(row, col, legal(string), cell_format)
        return written

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        # Our formulas use no function younger than 2010. XlsxWriter would look for forty names in
        # each of them, and would also find those names inside their texts.
        return formula.removeprefix("=")

    def _xml_formula_element(self, formula: str, result: Any, attributes: Any) -> None:
        # XlsxWriter writes an empty result as a number without a value, which any reader must
        # take for "never calculated".
        more = [("t", "str")] if result == "" else []
        said = legal(result) if isinstance(result, str) else result
        super()._xml_formula_element(formula, said, [*attributes, *more])


class NewWorkbook(Workbook):  # type: ignore[misc]  # XlsxWriter ships no types
    """A workbook to be written.

    Args:
        out: A path or an open binary file.
        options: As XlsxWriter has them.
    """

    worksheet_class = FormSheet

    def __init__(self, out: str | BinaryIO, options: dict[str, Any]) -> None:
        plain = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        super().__init__(out, options | plain)
        self.str_table = _Texts()

    def _get_packager(self) -> Packager:
        return _Packager()


class _Texts(SharedStringTable):  # type: ignore[misc]
    """The texts of a workbook, to which any may be added until they are written."""

    def number_of(self, text: str) -> int:
        number: int | None = self.string_table.get(text)
        if number is None:
            number = self.string_table[text] = self.unique_count
            self.string_array.append(text)
            self.unique_count += 1
        return number

    def _get_shared_string_index(self, string: str) -> int:
        self.count += 1
        return self.number_of(string)

    def _sort_string_data(self) -> None:
        # They are in order, and more may come.
        pass


class _WrittenTexts(SharedStrings):  # type: ignore[misc]
    """XlsxWriter would write a text that begins and ends like runs of rich text as markup."""

    def _write_si(self, string: str) -> None:
        kept = "" if string == string.strip() else ' xml:space="preserve"'
        self.fh.write(f"<si><t{kept}>{markup(string)}</t></si>")


class _Packager(Packager):  # type: ignore[misc]
    def _write_shared_strings_file(self) -> None:
        texts = self.workbook.str_table
        if texts.count:
            part = _WrittenTexts()
            part.string_table = texts
            part._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            part._assemble_xml_file()
