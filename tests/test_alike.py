"""Formulas written once for a whole column are the formulas that were written in each line."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from xlsxwriter import Workbook

from workbook_tool import make
from workbook_tool.excel import blank
from workbook_tool.excel.template.alike import share
from workbook_tool.forms.load import load_pack

ALIKE = (
    'IF(LEN(TRIM(A{row}))=0,"","B3和A1不是地址"&SUM(B{row}:$C{row},$D$1,B$1:B$9))',
    "IF(ISNUMBER(A{row}),A{row}*100,IF(ISTEXT(B{row}),LEN(B{row}),NA()))",
)
APART = (
    "IF(ISNUMBER(A{row}),A{row}*100,IF(ISTEXT('另 一表'!B{row}),1,NA()))",
    "IF(ISNUMBER(A$1),ROW(A{other})+1000000000000,A{row})",
)
LINES = range(3, 9)


def formulas(workbook: bytes) -> dict[tuple[str, str], object]:
    """Every formula, as another library reads it."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    }


def shared_in(workbook: bytes) -> int:
    """How many formulas refer to another."""
    return sum(content.count(b't="shared"') for content in _parts(workbook).values())


def _parts(workbook: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(workbook)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def written() -> bytes:
    """Columns of formulas that are alike, and of some that only look so."""
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as workbook:
        sheet, _ = workbook.add_worksheet("表"), workbook.add_worksheet("另 一表")
        for line in LINES:
            for column, formula in enumerate(ALIKE + APART, 5):
                sheet.write_formula(line - 1, column, "=" + formula.format(row=line, other=line * 2))
    return buffer.getvalue()


def test_the_same_formulas_are_read_back(written: bytes) -> None:
    found = share(written, {"xl/worksheets/sheet1.xml": 5})
    assert formulas(found) == formulas(written)
    assert shared_in(found) == len(ALIKE) * len(LINES)


def test_columns_before_the_first_and_other_sheets_are_left(written: bytes) -> None:
    assert shared_in(share(written, {"xl/worksheets/sheet1.xml": 9})) == 0
    assert _parts(share(written, {})) == _parts(written)


@pytest.mark.parametrize("name", ["national/2020-project"])
def test_a_template_says_what_it_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pack, plain, shared = load_pack(name), BytesIO(), BytesIO()
    make.new(pack, shared)
    monkeypatch.setattr(blank, "share", lambda workbook, live: workbook)
    make.new(pack, plain)
    assert formulas(shared.getvalue()) == formulas(plain.getvalue())
    assert shared_in(shared.getvalue()) > 100
