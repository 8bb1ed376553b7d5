"""What follows the cells of a sheet is read apart, once for many files: as if it were read with the cells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook_tool.excel.ooxml.archive import Limits, Refused
from workbook_tool.excel.ooxml.package import MAIN
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.excel.returns.conditional import Disguise
from workbook_tool.excel.returns.sheet_reader import read_sheet

CELLS = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
LIST = '<dataValidation type="list" sqref="B{n}"><formula1>"甲,乙"</formula1></dataValidation>'
RULE = '<cfRule type="expression" dxfId="0" priority="{n}"><formula>1</formula></cfRule>'
SETTINGS = (
    '<sheetProtection sheet="1"/>', '<mergeCells><mergeCell ref="A{n}:B{n}"/></mergeCells>',
    f"<dataValidations>{LIST}</dataValidations>",
    f'<conditionalFormatting sqref="A{{n}}">{RULE}</conditionalFormatting>',
    '<extLst><ext><x14:dataValidations xmlns:x14="urn:x14"><x14:dataValidation type="list"><x14:formula1>'
    "<f>甲!$A$1:$A$3</f></x14:formula1><sqref>C{n}</sqref></x14:dataValidation></x14:dataValidations></ext></extLst>",
    '<sheetProtection sheet="0"/>', "<pageMargins left='1>2'/>", '<hyperlinks><hyperlink ref="A{n}"/></hyperlinks>',
)  # fmt: skip
HIDING = {"0": Disguise(faint=True)}


def sheet(settings: str, head: str = f'<worksheet xmlns="{MAIN}">') -> bytes:
    return f"{head}{CELLS}{settings}</worksheet>".encode()


def read(content: bytes, disguises: dict[str, Disguise] | None = None) -> SheetCells:
    return read_sheet(content, disguises=HIDING if disguises is None else disguises)


@given(st.lists(st.tuples(st.sampled_from(SETTINGS), st.integers(1, 9)), max_size=6))
def test_settings_are_read_as_with_the_cells(drawn: list[tuple[str, int]]) -> None:
    settings = "".join(text.format(n=number) for text, number in drawn)
    # a comment keeps a sheet in one piece
    assert read(sheet(settings)) == read(sheet(settings + "<!-- -->"))


@pytest.mark.parametrize(
    "head",
    [f'<worksheet xmlns="{MAIN}">', f"<worksheet  xmlns='{MAIN}' >", f'\ufeff<worksheet xmlns="{MAIN}">',
     f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}" xmlns:x="urn:x" x:y="1">',
     f'<worksheet xmlns="{MAIN}" xmlns:x="urn:x" x:y="a>b">', f'<worksheet xmlns="{MAIN}"><sheetPr filterMode="1"/>'],
)  # fmt: skip
def test_heads_as_programs_write_them(head: str) -> None:
    found = read(sheet('<mergeCells><mergeCell ref="A1:B1"/></mergeCells>', head))
    assert (found.rows, found.merged) == ({1: {1: 1.0}}, ["A1:B1"])


@pytest.mark.parametrize(
    "settings",
    ["<mergeCells>", "</worksheet>", '<mergeCells><mergeCell ref="A1:B1"></mergeCells>', "<x:y/>", "<a b=1/>",
     "<f>&nbsp;</f>", "\x01"],
)  # fmt: skip
def test_damaged_settings_are_refused(settings: str) -> None:
    with pytest.raises(Refused, match="已损坏"):
        read(sheet(settings))


def test_a_second_block_of_cells_is_read() -> None:
    found = read(sheet('<sheetData><row r="2"><c r="A2"><v>7</v></c></row></sheetData>'))
    assert found.rows == {1: {1: 1.0}, 2: {1: 7.0}}


def test_the_same_settings_count_anew_in_every_workbook() -> None:
    content = sheet(SETTINGS[3].format(n=1) + SETTINGS[1].format(n=1))
    assert [c.where for c in read(content).conditions] == ["A1"]
    assert read(content, {}).conditions == []
    assert [c.where for c in read(content).conditions] == ["A1"]
    with pytest.raises(Refused, match="合并单元格超过"):
        read_sheet(content, limits=replace(Limits(), merges=0))


def test_a_reader_owns_what_it_gives() -> None:
    content = sheet(SETTINGS[1].format(n=1))
    read(content).merged.append("Z1:Z2")
    assert read(content).merged == ["A1:B1"]
