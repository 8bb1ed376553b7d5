"""Whatever a department writes, a new workbook holds it as a text, and can be opened."""

from __future__ import annotations

import io
from typing import BinaryIO

import openpyxl
import pytest

from workbook_tool.excel.ooxml.new_workbook import FormSheet, NewWorkbook
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.returns.books import read_book

TEXTS = {
    "甲": "甲",
    "": None,
    " 前后 ": " 前后 ",
    "甲\r\n乙\r丙": "甲\n乙\n丙",
    "<b>&amp;</b>": "<b>&amp;</b>",
    "<r><t>红</t></r>": "<r><t>红</t></r>",
    "<r>&<未完</r>": "<r>&<未完</r>",
    "<r><f>1+1</f></r>": "<r><f>1+1</f></r>",
    "=1+1": "=1+1",
    "https://example.org": "https://example.org",
    "007": "007",
    "_x0041_": "_x0041_",
    "_x003D_1+1": "_x003D_1+1",
    "a\x00\x01b": "a\ufffd\ufffdb",
    "a\ud800b\uffff": "a\ufffdb\ufffd",
    "长" * 40_000: "长" * 32_767,
}


class Late(FormSheet):
    """A sheet whose second row names a text only while it is being written."""

    def __init__(self) -> None:
        super().__init__()
        self.later: list[str] = []

    def _write_rows(self) -> None:
        super()._write_rows()
        for row, text in enumerate(self.later, 2):
            self.fh.write(f'<row r="{row}"><c r="A{row}" t="s"><v>{self.number_of(text)}</v></c></row>')


def values(content: BinaryIO) -> list[object]:
    package = Package.open(content.read())
    cells = read_book(package).tabs[0].cells
    return [cells.value(row, 1) for row in (1, 2, 3)]


@pytest.mark.parametrize(("text", "read"), TEXTS.items(), ids=[ascii(t[:20]) for t in TEXTS])
def test_a_text_stays_a_text(text: str, read: str | None) -> None:
    out = io.BytesIO()
    with NewWorkbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表", Late)
        sheet.write_string(0, 0, text)
        sheet.later = [text, "另一句"]
    out.seek(0)
    assert values(out) == [read, read, "另一句"]
    cell = openpyxl.load_workbook(out)["表"]["A1"]
    assert cell.data_type in ("s", "n")
    assert cell.hyperlink is None


def test_a_result_of_a_formula_is_a_text_too() -> None:
    out = io.BytesIO()
    with NewWorkbook(out, {"in_memory": True}) as book:
        book.add_worksheet("表").write_formula(0, 0, '="甲"', None, "<r>\x01\ud800</r>")
    out.seek(0)
    assert values(out)[0] == "<r>\ufffd\ufffd</r>"
