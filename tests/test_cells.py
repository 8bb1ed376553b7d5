"""Cells as they stand in the file: one small table of XML against what is read."""

from __future__ import annotations

import tracemalloc

import pytest
from lxml import etree

import workbook_tool.excel.ooxml.sheet_xml
from workbook_tool.excel.ooxml.archive import Limits, Refused
from workbook_tool.excel.ooxml.package import MAIN, MAIN_STRICT
from workbook_tool.excel.ooxml.references import shift
from workbook_tool.excel.ooxml.styles import Styles, is_date_format, iso_date, read_styles
from workbook_tool.excel.ooxml.texts import normalise, not_blank, read_strings
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.excel.returns.sheet_reader import read_sheet
from workbook_tool.model import CellError, Uncalculated

STRINGS = ["收入", None, "甲\n乙"]


def sheet(rows: str, more: str = "", namespace: str = MAIN) -> bytes:
    return f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData>{more}</worksheet>'.encode()


def cells(rows: str, more: str = "", dates: str = "", **how: object) -> SheetCells:
    return read_sheet(sheet(rows, more), STRINGS, Styles(frozenset(dates.split())), **how)  # type: ignore[arg-type]


def one(cell: str) -> object:
    """What a single cell at B2 holds, given its XML from the attributes on."""
    return cells(f'<row r="2"><c r="B2"{cell}</c></row>').value(2, 2)


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ("><v>12.5</v>", 12.5),
        ("><v>-1.5E-3</v>", -0.0015),
        (' t="n"><v> 7 </v>', 7.0),
        ("><v>0.1</v>", 0.1),
        (' t="s"><v>0</v>', "收入"),
        (' t="s"><v>1</v>', None),
        (' t="s"><v></v>', None),
        (' t="s"><v/>', None),
        (' t="str"><f>A1</f><v>甲</v>', "甲"),
        (' t="str"><f>A1</f><v></v>', None),
        (' t="str"><v>_x000D_a_x005F_x000D_</v>', "\ra_x000D_"),
        (' t="str"><v>_xD83D__xDE00_</v>', "😀"),
        (' t="inlineStr"><is><t>甲</t></is>', "甲"),
        (' t="inlineStr"><is><r><t>甲</t></r><r><rPr/><t>乙</t></r><rPh><t>x</t></rPh></is>', "甲乙"),
        (' t="inlineStr"><is><t xml:space="preserve"> \u3000\u00a0\u200b</t></is>', None),
        (' t="b"><v>1</v>', True),
        (' t="b"><v>0</v>', False),
        (' t="e"><v>#DIV/0!</v>', CellError("#DIV/0!")),
        (' t="e"><f>1/0</f><v>#DIV/0!</v>', CellError("#DIV/0!")),
        ("><f>SUM(A1:A3)</f>", Uncalculated("=SUM(A1:A3)")),
        ("><f>SUM(A1:A3)</f><v/>", Uncalculated("=SUM(A1:A3)")),
        ("><f>SUM(A1:A3)</f><v>3</v>", 3.0),
        (' s="1"/>'.replace("/>", ">"), None),
        # What is no number stays a text, to be found as a mistake in its cell.
        ("><v>1_000</v>", "1_000"),
        ("><v>nan</v>", "nan"),
        ("><v>1e999</v>", "1e999"),
        ("><v>１２</v>", "１２"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_what_it_is(xml: str, value: object) -> None:
    found = one(xml)
    assert (type(found), found) == (type(value), value)


def test_a_formula_is_kept_beside_its_value() -> None:
    read = cells('<row r="2"><c r="B2"><f>A1*2</f><v>4</v></c><c r="C2" t="str"><f>""</f><v></v></c></row>')
    assert read.rows == {2: {2: 4.0}}
    assert read.formulas == {2: {2: "=A1*2", 3: '=""'}}


def test_a_shared_formula_reads_in_every_cell_as_it_would_there() -> None:
    read = cells(
        '<row r="2"><c r="C2"><f t="shared" ref="C2:C4" si="0">A2+$B$1</f><v>1</v></c></row>'
        '<row r="3"><c r="C3"><f t="shared" si="0"/><v>2</v></c></row>'
        '<row r="4"><c r="C4"><f t="shared" si="0"/></c></row>'
    )
    assert read.formulas == {2: {3: "=A2+$B$1"}, 3: {3: "=A3+$B$1"}, 4: {3: "=A4+$B$1"}}
    assert read.value(4, 3) == Uncalculated("=A4+$B$1")


@pytest.mark.parametrize(
    ("formula", "moved"),
    [
        ("A1+$A$1+$A1+A$1", "B2+$A$1+$A2+B$1"),
        ('IF(A1="A1",B2,"")', 'IF(B2="A1",C3,"")'),
        ("'A1 表'!A1+表A1!A1", "'A1 表'!B2+表A1!B2"),
        ("SUM(A:A)+SUM($1:1)", "SUM(B:B)+SUM($1:2)"),
        ("LOG10(A1)+A1.b+Name1", "LOG10(B2)+A1.b+Name1"),
        ("表[A1]+XFD1048576", "表[A1]+#REF!"),
    ],
)
def test_references_move_with_a_formula(formula: str, moved: str) -> None:
    assert shift(formula, 1, 1) == moved


def test_cells_and_rows_without_an_address_are_counted() -> None:
    read = cells(
        "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/>"
        '<row><c r="C3"><v>3</v></c><c><v>4</v></c><c r="G3"/><c><v>8</v></c></row>'
    )
    assert read.rows == {1: {1: 1.0, 3: 3.0}, 3: {3: 3.0, 4: 4.0, 8: 8.0}}


@pytest.mark.parametrize("namespace", [MAIN, MAIN_STRICT])
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_both_namespaces_and_any_prefix(namespace: str, prefix: str) -> None:
    declared = f'xmlns:{prefix[:-1]}="{namespace}"' if prefix else f'xmlns="{namespace}"'
    part = (
        f"<{prefix}worksheet {declared}>"
        f'<{prefix}cols><{prefix}col min="1" max="2" hidden="1"/></{prefix}cols>'
        f'<{prefix}sheetData><{prefix}row r="5" hidden="true"><{prefix}c r="B5"><{prefix}f>1+1</{prefix}f>'
        f"<{prefix}v>2</{prefix}v></{prefix}c></{prefix}row></{prefix}sheetData>"
        f'<{prefix}mergeCells><{prefix}mergeCell ref="B5:C$6"/></{prefix}mergeCells></{prefix}worksheet>'
    )
    read = read_sheet(part.encode())
    assert (read.rows, read.formulas) == ({5: {2: 2.0}}, {5: {2: "=1+1"}})
    assert (read.hidden_rows, read.hidden_columns, read.merges) == ({5}, [(1, 2)], [(5, 2, 6, 3)])


def test_the_claimed_dimension_does_not_count() -> None:
    part = sheet('<row r="9"><c r="D9"><v>1</v></c></row>').replace(
        b"<sheetData>", b'<dimension ref="A1"/><sheetData>'
    )
    assert read_sheet(part).extent == (9, 4, 9, 4)


def test_a_sheet_without_cells_has_no_extent() -> None:
    assert cells("").extent is None


def test_utf_16_parts_are_read() -> None:
    part = (
        '<?xml version="1.0" encoding="UTF-16"?>' + sheet('<row r="1"><c r="A1"><v>1</v></c></row>').decode()
    )
    assert read_sheet(part.encode("utf-16")).rows == {1: {1: 1.0}}


def test_numbers_shown_as_dates_are_known_by_their_style() -> None:
    read = cells(
        '<row r="1"><c r="A1" s="3"><v>45376</v></c><c r="B1" s="4"><v>45376</v></c>'
        '<c r="C1" t="d"><v>2024-03-25T12:00:00</v></c><c r="D1" s="3" t="s"><v>0</v></c></row>',
        dates="3",
    )
    assert read.dates == {(1, 1), (1, 3)}
    assert read.rows == {1: {1: 45376.0, 2: 45376.0, 3: 45376.5, 4: "收入"}}


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy-mm-dd", True), ('yyyy"年"m"月"d"日"', True), ("[$-804]aaaa", True), ("[h]:mm:ss", True),
        ("mm:ss.0", True), ("[$-F800]dddd\\,\\ mmmm", True), ("yyyy年m月", True), ("e", True),
        ("General", False), ("0.00%", False), ("#,##0.00;[Red]-#,##0.00", False), ("0.00E+00", False),
        ('0.00"万元"', False), ('#,##0 "days"', False), ("[DBNum2][$-804]General", False),
        ("G/通用格式", False), ("0!.0000", False), ("_ * #,##0.00_ ", False), ("@", False),
        ("\\d0", False), ("0;d", False),
    ],
)  # fmt: skip
def test_date_formats_are_told_by_their_codes(code: str, is_date: bool) -> None:
    assert is_date_format(code) is is_date


def test_built_in_and_own_date_styles() -> None:
    root = etree.fromstring(
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy/m/d"/>'
        '<numFmt numFmtId="14" formatCode="0.0"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="31"/><xf numFmtId="14"/><xf/></cellXfs>'
        "</styleSheet>"
    )
    assert read_styles(root) == {"1", "2"}


@pytest.mark.parametrize(
    ("serial", "since_1904", "day"),
    [
        (45376.0, False, "2024-03-25"),
        (45376.75, False, "2024-03-25"),
        (1.0, False, "1900-01-01"),
        (59.0, False, "1900-02-28"),
        (60.0, False, None),
        (61.0, False, "1900-03-01"),
        (0.5, False, None),
        (-1.0, False, None),
        (43914.0, True, "2024-03-25"),
        (0.0, True, "1904-01-01"),
        (1e300, False, None),
    ],
)
def test_day_numbers(serial: float, since_1904: bool, day: str | None) -> None:
    assert iso_date(serial, since_1904) == day


def test_shared_texts_join_runs_and_leave_out_phonetic_guides() -> None:
    root = etree.fromstring(
        f'<sst xmlns="{MAIN}" count="9" uniqueCount="4294967295"><si><t>甲</t></si><si><t> </t></si><si/>'
        '<si><r><t>粗</t></r><r><t xml:space="preserve"> 细</t></r><rPh><t>cu</t></rPh></si>'
        "<si><t>_x4E00_</t><phoneticPr/></si></sst>"
    )
    assert read_strings(root) == ["甲", None, None, "粗 细", "一"]
    with pytest.raises(Refused, match="超过2条"):
        read_strings(root, most=2)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="1"><c r="A1" t="s"><v>3</v></c></row>', "text-number"),
        ('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>', "text-number"),
        ('<row r="1"><c r="A1" t="s"><v>٣</v></c></row>', "text-number"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"/>', "address"),
        ('<row r="1"/><row r="1"/>', "address"),
        ('<row r="0"/>', "address"),
        ('<row r="1048577"/>', "address"),
        ('<row r="１"/>', "address"),
        ('<row r="x"/>', "address"),
        ('<row r="1"><c r="B2"><v>1</v></c></row>', "address"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "address"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "address"),
        ('<row r="1"><c r="ZZZZZZZ99999999999"><v>1</v></c></row>', "address"),
        ('<row r="1"><c r="Ａ1"><v>1</v></c></row>', "address"),
        ('<row r="1"><c r="11"><v>1</v></c></row>', "address"),
        ('<row r="1"><c r="XFD1"/><c><v>1</v></c></row>', "address"),
        ('<row r="1"><c r="A1"><v>1</v></c>', "damaged"),
    ],
)
def test_a_damaged_sheet_is_refused(rows: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        cells(rows)
    assert refused.value.code == code


def test_a_lower_case_address_is_read() -> None:
    assert cells('<row r="1"><c r="b1"><v>1</v></c></row>').rows == {1: {2: 1.0}}


def test_limits_on_cells() -> None:
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>1</v></c><c s="1"/></row>' for r in range(1, 11))
    assert len(cells(rows, limits=Limits(tags=20, filled=10)).rows) == 10
    for limits in (Limits(tags=19), Limits(filled=9)):
        with pytest.raises(Refused, match="超出正常工作簿的范围"):
            cells(rows, limits=limits)
    with pytest.raises(Refused, match="合并单元格"):
        cells("", '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>', limits=Limits(merges=0))


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read row by row what would be read at once, as if it were large."""
    monkeypatch.setattr(workbook_tool.excel.ooxml.sheet_xml, "_TREE_BYTES", 1 << 13)
    monkeypatch.setattr(workbook_tool.excel.ooxml.sheet_xml, "_CHUNK", 1 << 10)


def formatted(rows: int) -> bytes:
    """A sheet of formatted rows, with a value in each tenth."""
    styled = "".join(f'<c r="{c}%d" s="1"/>' for c in "ABCDEFGH")
    lines = (
        f'<row r="{r}">{styled.replace("%d", str(r))}'
        + (f'<c r="I{r}"><f>A{r}</f><v>{r}</v></c>' if r % 10 == 0 else "")
        + "</row>"
        for r in range(1, rows + 1)
    )
    return sheet("".join(lines), '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>')


@pytest.mark.usefixtures("streaming")
def test_a_large_sheet_is_read_row_by_row_to_the_same_cells() -> None:
    part = formatted(300)
    read = read_sheet(part)
    assert read.rows == {r: {9: float(r)} for r in range(10, 301, 10)}
    assert read.formulas[10] == {9: "=A10"}
    assert read.merges == [(1, 1, 2, 2)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"</worksheet>", b"", "damaged"),
        (b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', "dtd"),
        (b'<row r="200">', b'<row r="7">', "address"),
        (b"<sheetData>", b"<sheetData><row>" + b"<c/>" * 5000 + b"</row>", "too-many-cells"),
    ],
)
@pytest.mark.usefixtures("streaming")
def test_a_large_damaged_sheet_is_refused(old: bytes, new: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_sheet(formatted(300).replace(old, new, 1))
    assert refused.value.code == code


@pytest.mark.slow
def test_formatted_empty_cells_cost_no_memory() -> None:
    part = formatted(200_000)
    tracemalloc.start()
    read_sheet(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(part)


def test_blank_and_names() -> None:
    assert not_blank("\u2060\t ") is None
    assert not_blank(" 甲 ") == " 甲 "
    assert normalise("（一）部门 名称:ＡＢ") == "一部门名称AB"
