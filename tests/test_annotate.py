"""The marked copy: what a clerk sees in it, that it can be marked again, and that marks come out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from anatomy import faults, parts_of
from recipes import RECIPES, SHEET
from reviewed import FINDINGS, LONG, PACK, assessment, finding, workbook
from workbook_tool.excel.annotate import annotate, annotated, strip
from workbook_tool.excel.marks.held import TOKEN, Held, quoted, unchanged
from workbook_tool.excel.marks.marks import Mark, mark_cells
from workbook_tool.excel.marks.notes import BEGIN, END
from workbook_tool.excel.marks.tabs import our_tabs
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.ooxml.markup import clean
from workbook_tool.excel.ooxml.output import OutputError, write_file
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.stylesheet import NAMED


@pytest.fixture(scope="module")
def copy() -> bytes:
    return annotated(Package.open(workbook()), assessment(), PACK, 0).save()


@pytest.fixture(scope="module")
def book(copy: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(copy))


def rules_on(sheet: Worksheet, cell: str) -> list[Any]:
    return [r for area in sheet.conditional_formatting if str(area.sqref) == cell for r in area.rules]


# --- marks ---


def test_a_mark_keeps_number_format_and_lock(book: Workbook) -> None:
    cell = book["收入"]["C4"]
    assert cell.fill.fgColor.rgb == "FFFFC7CE"
    assert cell.border.left.style == "medium"
    assert (cell.number_format, cell.protection.locked) == ("0.00", False)


@pytest.mark.parametrize(
    ("sheet", "cell", "colour"),
    [
        ("收入", "C4", "FFFFC7CE"),  # an error and something to explain: the error shows
        ("收入", "C5", "FFDDEBF7"),
        ("概况", "C4", "FFFFEB9C"),  # found on D4, marked at the anchor of the merged area
        ("打分", "C3", "FFFFC7CE"),
        ("打分", "C4", "FFFFE699"),
    ],
)
def test_colours_say_how_much_it_weighs(book: Workbook, sheet: str, cell: str, colour: str) -> None:
    assert book[sheet][cell].fill.fgColor.rgb == colour


def test_live_formats_come_before_the_template_s_own(book: Workbook) -> None:
    first, second = rules_on(book["收入"], "C4")
    bars = [r for area in book["收入"].conditional_formatting for r in area.rules if r.type == "dataBar"]
    assert max(first.priority, second.priority) < min(r.priority for r in bars)
    assert TOKEN in first.formula[0]
    assert "2437.73" in first.formula[0]


def test_a_score_is_coloured_but_not_live(book: Workbook) -> None:
    assert rules_on(book["打分"], "C3") == []


def test_notes_say_everything_and_keep_what_was_there(book: Workbook) -> None:
    note = book["收入"]["C4"].comment
    assert note is not None
    before, _, ours = note.text.partition(BEGIN)
    assert before.strip() == "科室：此数含结转"
    assert "收入-01" in ours
    assert "收入-03" in ours
    assert ours.endswith(END)


def test_a_score_without_data_gets_a_note(book: Workbook) -> None:
    note = book["打分"]["C4"].comment
    assert note is not None
    assert "无依据" in note.text
    assert "缺数" in note.text


def test_the_structure_has_no_fault(copy: bytes) -> None:
    assert not faults(copy) - faults(workbook())


# --- 审核意见 and 评分复核 ---


def test_new_sheets_come_last_and_the_workbook_opens_on_the_opinion(book: Workbook) -> None:
    assert book.sheetnames == ["收入", "概况", "打分", "说明", "审核意见", "评分复核"]
    assert book.active is not None
    assert book.active.title == "审核意见"
    assert [s.title for s in book if s.sheet_view.tabSelected] == ["审核意见"]


def listed(book: Workbook) -> dict[str, list[Any]]:
    """The findings of 审核意见 by code."""
    rows = list(book["审核意见"].iter_rows(min_row=2, values_only=True))
    start = next(i for i, row in enumerate(rows) if row[1] == "代码")
    return {str(row[1]): list(row) for row in rows[start + 1 :]}


def test_every_finding_is_a_row(book: Workbook) -> None:
    rows = listed(book)
    assert list(rows) == [f["code"] for f in FINDINGS]
    assert rows["收入-01"][2:9] == ["错误", "收入", "C4", "2437.73", "2437.74", "-0.01", "合计应为2437.74。"]


def test_a_row_leads_to_its_cell(book: Workbook) -> None:
    cells = [cell for row in book["审核意见"].iter_rows() for cell in row if cell.hyperlink]
    links = {cell.hyperlink.location for cell in cells if cell.hyperlink}
    assert {"'收入'!C4", "'概况'!D4", "'收入'!A1"} <= links


def test_text_that_looks_like_a_formula_stays_text(book: Workbook) -> None:
    message = listed(book)["打分-01"][8]
    sheet = book["审核意见"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == message)
    assert cell.data_type == "s"
    assert cell.number_format == "@"


def test_states_and_counts_have_their_values_already(copy: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(copy), data_only=True)["审核意见"]
    states = [row[9] for row in sheet.iter_rows(values_only=True) if row[1] in {f["code"] for f in FINDINGS}]
    assert states == ["供参考", "未改", "未改", "供参考", "未改", "未改", "未改", "未改"]
    assert sheet["A4"].value == "还剩 6 处未改"
    counts = {sheet.cell(row, 1).value: sheet.cell(row, 4).value for row in (7, 8, 9)}
    assert counts == {"错误：必须改正": 4, "需说明：改正或说明": 2, "提示：供参考": 2}


def test_scores_are_listed_with_the_points_at_stake(copy: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(copy), data_only=True)["评分复核"]
    rows = [list(row) for row in sheet.iter_rows(min_row=7, values_only=True)]
    assert rows[0] == [1, "控制率", 5, 5, 4, "不一致", 1, "超1%。", "打分 C3"]
    assert rows[1][:8] == [2, "完成率", 5, 5, None, "无依据", 5, "缺数。"]


def test_sheets_print_on_a4_across_with_their_header_repeated(book: Workbook) -> None:
    for title in ("审核意见", "评分复核"):
        sheet = book[title]
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.print_title_rows
        assert sheet.row_dimensions[1].hidden


def test_a_workbook_without_findings_says_so() -> None:
    copy = annotated(Package.open(workbook()), assessment([]), PACK, 0).save()
    sheet = openpyxl.load_workbook(io.BytesIO(copy))["审核意见"]
    said = {cell.value for row in sheet.iter_rows() for cell in row}
    assert "没有发现需要修改的地方。" in said


def test_a_sheet_of_that_name_stays(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book.create_sheet("审核意见")["A1"] = "科室自己的"
    book.save(tmp_path / "a.xlsx")
    annotate(tmp_path / "a.xlsx", assessment(), PACK, tmp_path / "b.xlsx")
    names = openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames
    assert names[-3:] == ["审核意见", "审核意见(2)", "评分复核"]


# --- again, and out again ---


def test_stripping_gives_back_the_very_bytes(copy: bytes) -> None:
    assert parts_of(unmarked(Package.open(copy)).save()) == parts_of(workbook())


def test_marking_twice_is_marking_once(copy: bytes) -> None:
    assert annotated(Package.open(copy), assessment(), PACK, 0).save() == copy


def test_marking_is_deterministic(copy: bytes) -> None:
    assert annotated(Package.open(workbook()), assessment(), PACK, 0).save() == copy


def edited(copy: bytes) -> bytes:
    """The copy after a clerk has changed a value in it."""
    package = Package.open(copy)
    part = package.sheets[0].part
    package.replace(part, package.read(part).replace(b"<v>2437.73</v>", b"<v>2437.74</v>"))
    return package.save()


def everything(workbook: bytes) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Value, look and note of every cell."""
    seen = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook)):
        for cell in (c for row in sheet.iter_rows() for c in row):
            sides = [getattr(cell.border, s).style for s in ("left", "right", "top", "bottom")]
            colour = cell.fill.fgColor.rgb if cell.fill.patternType else None
            note = cell.comment.text.strip() if cell.comment else None
            look = (colour, *sides, cell.number_format, cell.protection.locked, cell.font.b, cell.style)
            seen[sheet.title, cell.coordinate] = (cell.value, *look, note)
    return seen


def test_stripping_an_edited_copy_keeps_the_edit_and_nothing_of_ours(copy: bytes) -> None:
    stripped = unmarked(Package.open(edited(copy))).save()
    before, after = everything(workbook()), everything(stripped)
    changed = {place for place in before if before[place] != after.get(place)}
    assert changed == {("收入", "C4")}
    assert after["收入", "C4"][0] == 2437.74
    assert after["收入", "C4"][1:] == before["收入", "C4"][1:]
    assert before.keys() == after.keys()
    content = b"".join(parts_of(stripped).values())
    assert not any(sign.encode() in content for sign in (TOKEN, NAMED, BEGIN, "workbook-tool|审核"))
    assert not faults(stripped) - faults(workbook())


def test_what_the_clerk_wrote_beside_our_note_stays(copy: bytes) -> None:
    package = Package.open(copy)
    for name in package.names:
        if "comments" in name and END.encode() in package.read(name):
            package.replace(name, package.read(name).replace(END.encode(), f"{END}科室：已核对".encode()))
    stripped = everything(unmarked(package).save())
    assert stripped["打分", "C4"][-1] == "科室：已核对"
    assert stripped["收入", "C4"][-1] == "科室：此数含结转科室：已核对"


def test_an_edited_copy_is_marked_anew(copy: bytes) -> None:
    again = annotated(Package.open(edited(copy)), assessment(), PACK, 0).save()
    book = openpyxl.load_workbook(io.BytesIO(again))
    assert book.sheetnames == ["收入", "概况", "打分", "说明", "审核意见", "评分复核"]
    assert len(rules_on(book["收入"], "C4")) == 2
    assert str(book["收入"]["C4"].comment.text).count(BEGIN) == 1
    assert "2437.74" in rules_on(book["收入"], "C4")[0].formula[0]


def test_the_review_sheets_are_known_when_renamed(copy: bytes) -> None:
    renamed = Package.open(copy)
    content = renamed.read(renamed.workbook)
    renamed.replace(renamed.workbook, content.replace("审核意见".encode(), "局里的意见".encode()))
    assert [tab.name for tab in our_tabs(renamed)] == ["局里的意见", "评分复核"]


# --- unusual workbooks ---


def test_a_signature_is_dropped_in_the_copy_and_said(tmp_path: Path) -> None:
    package = Package.open(RECIPES["signature"]())
    assert package.signed
    copy = annotated(package, assessment([]), PACK, 0).save()
    assert not Package.open(copy).signed
    assert not faults(copy)
    sheet = openpyxl.load_workbook(io.BytesIO(copy))["审核意见"]
    assert any(row[1] == "文件-11" for row in sheet.iter_rows(values_only=True))
    assert unmarked(Package.open(copy)).signed


def test_a_thread_of_comments_is_left_alone() -> None:
    package = Package.open(RECIPES["thread of comments"]())
    mark_cells(package, {SHEET: {"B2": Mark("error", "不对"), "C3": Mark("error", "不对")}})
    sheet = openpyxl.load_workbook(io.BytesIO(package.save()))[SHEET]
    assert sheet["B2"].fill.fgColor.rgb == "FFFFC7CE"
    assert BEGIN not in sheet["B2"].comment.text
    assert BEGIN in sheet["C3"].comment.text


def rewritten(edit: Callable[[str], str]) -> bytes:
    """A plain workbook with its sheet's XML changed."""
    package = Package.open(RECIPES["calculated value"]())
    part = package.sheets[0].part
    package.replace(part, edit(package.read(part).decode()).encode())
    return package.save()


UNUSUAL: dict[str, Callable[[str], str]] = {
    "no references": lambda xml: re.sub(r' r="[A-Z]*\d+"', "", xml),
    "no rows": lambda xml: re.sub(r"<sheetData>.*</sheetData>", "<sheetData/>", xml, flags=re.DOTALL),
    "another prefix": lambda xml: re.sub(r"<(/?)(?=[a-z])", r"<\1x:", xml).replace(' xmlns="', ' xmlns:x="'),
    "merged": lambda xml: xml.replace(
        "<pageMargins", '<mergeCells><mergeCell ref="A1:D4"/></mergeCells><pageMargins'
    ),
    "wrong dimension": lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml),
    "columns": lambda xml: xml.replace(
        "<sheetData>", '<cols><col min="1" max="9" width="9"/></cols><sheetData>'
    ),
}


@pytest.mark.parametrize("edit", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_sheets_are_marked(edit: Callable[[str], str]) -> None:
    original = rewritten(edit)
    package = Package.open(original)
    mark_cells(package, {SHEET: {"B2": Mark("error", "不对"), "ZZ20": Mark("note", "看看")}})
    copy = package.save()
    assert not faults(copy) - faults(original)
    sheet = openpyxl.load_workbook(io.BytesIO(copy))[SHEET]
    anchor = "A1" if sheet.merged_cells.ranges else "B2"
    assert sheet[anchor].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["ZZ20"].fill.fgColor.rgb == "FFDDEBF7"


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    said = [finding("收入-01", "error", "收入", "C4", "坏\x00\x1f字")]
    copy = annotated(Package.open(workbook()), assessment(said), PACK, 0).save()
    assert "坏\ufffd\ufffd字" in listed(openpyxl.load_workbook(io.BytesIO(copy)))["收入-01"][8]


@pytest.mark.parametrize(
    ("text", "written"),
    [("\ud800", "\ufffd"), ("a\r\nb", "a\nb"), ("_x0041_", "_x005F_x0041_"), ("长" * 40_000, "长" * 32_767)],
)
def test_a_text_is_cleaned_for_a_cell(text: str, written: str) -> None:
    assert clean(text) == written


# --- live formulas ---


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (Held("number", "2437.7300000000001"), "$B$2=2437.73"),
        (Held("number", "1e-7"), "$B$2=1E-07"),
        (Held("text", '他说"好"\n再见'), '"他说""好"""&CHAR(10)&"再见"'),
        (Held("blank"), "LEN(TRIM("),
        (Held("error", "#N/A"), "ISERROR($B$2)"),
        (Held("boolean", "TRUE"), "$B$2=TRUE"),
    ],
)
def test_a_formula_says_what_the_cell_held(held: Held, says: str) -> None:
    assert says in unchanged("$B$2", held)


@pytest.mark.parametrize("text", [LONG, "长" * 40_000, "表情😀" * 200])
def test_formulas_stay_within_excel_s_limits(text: str) -> None:
    formula = unchanged("'一张名字很长的工作表一张名字很长的工作表'!$AB$1234", Held("text", text))
    assert len(formula) < 8192
    assert all(len(piece) <= 255 for piece in re.findall(r'"((?:[^"]|"")*)"', formula))


def test_quoting_nothing_gives_an_empty_text() -> None:
    assert quoted("") == '""'


# --- writing ---


def test_the_original_is_only_read_and_the_copy_is_whole(tmp_path: Path) -> None:
    source, out, back = (tmp_path / n for n in ("a.xlsx", "b.xlsx", "c.xlsx"))
    source.write_bytes(workbook())
    source.chmod(0o444)
    annotate(source, assessment(), PACK, out)
    strip(out, back)
    assert source.read_bytes() == workbook()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx", "c.xlsx"]


def test_a_copy_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "b.xlsx").mkdir()
    with pytest.raises(OutputError) as problem:
        write_file(tmp_path / "b.xlsx", b"x")
    assert problem.value.filename == str(tmp_path / "b.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["b.xlsx"]
