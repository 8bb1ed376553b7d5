"""The template as a workbook: the map, what may be typed where, formulas, and how it prints."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from templateform import template_form
from workbook_tool.excel.blank import write_blank
from workbook_tool.excel.fill import fill
from workbook_tool.excel.template.addressee import Addressee
from workbook_tool.excel.template.appearance import small
from workbook_tool.excel.template.guide import describe
from workbook_tool.model import Pack, PackError

PACK = template_form()


def blank(pack: Pack = PACK, **more: Any) -> Workbook:
    out = BytesIO()
    write_blank(pack, out, **more)
    return openpyxl.load_workbook(out)


BOOK = blank()


def validation(sheet: Worksheet, cell: str) -> DataValidation | None:
    return next((v for v in sheet.data_validations.dataValidation if cell in v.sqref), None)


def formulas(sheet: Worksheet) -> dict[str, str]:
    cells = [c for row in sheet.iter_rows() for c in row]
    return {c.coordinate: c.value for c in cells if isinstance(c.value, str) and c.value.startswith("=")}


# ---- the map


def test_every_sheet_is_stamped() -> None:
    assert [(s.title, s["A1"].value) for s in blank(addressee=Addressee(code="0042"))] == [
        ("填报说明", "workbook-tool|test/1|填报说明|0042"),
        ("概况", "workbook-tool|test/1|概况|0042"),
        ("收入", "workbook-tool|test/1|收入|0042"),
        ("项目1", "workbook-tool|test/1|项目|0042"),
        ("项目2", "workbook-tool|test/1|项目|0042"),
        ("说明", "workbook-tool|test/1|说明|0042"),
    ]


def test_the_map_is_hidden() -> None:
    for sheet in BOOK:
        assert sheet.row_dimensions[1].hidden
        assert sheet.column_dimensions["A"].hidden


def test_the_map_of_a_table() -> None:
    sheet = BOOK["收入"]
    assert [c.value for c in sheet[1][1:]] == ["收入/机构", "收入/合计", "收入/拨款", "收入/其他"]
    assert [sheet.cell(r, 1).value for r in range(6, 11)] == ["收入/汇总", *["收入/*"] * 3, "收入/."]


def test_a_form_value_stands_where_row_and_column_agree() -> None:
    sheet = BOOK["概况"]
    row = next(c.row for c in sheet["A"] if "概况/编制" in str(c.value).split(";"))
    column = next(c.column for c in sheet[1] if "概况/编制" in str(c.value).split(";"))
    assert sheet.cell(row, int(column or 0) - 1).value == "编制(人)"


def test_department_and_code_are_entered() -> None:
    sheet = blank(addressee=Addressee("某县人社局", "0042"))["概况"]
    assert (sheet["C3"].value, sheet["E3"].value) == ("某县人社局", "0042")


def test_copies_of_a_repeated_sheet() -> None:
    assert blank(projects=4).sheetnames == [
        "填报说明",
        "概况",
        "收入",
        "项目1",
        "项目2",
        "项目3",
        "项目4",
        "说明",
    ]


# ---- what may be typed


def test_only_inputs_are_unlocked() -> None:
    income, project = BOOK["收入"], BOOK["项目1"]
    unlocked = {c.coordinate for row in income.iter_rows() for c in row if not c.protection.locked}
    assert unlocked == {"B7", "D7", "E7", "B8", "D8", "E8", "B9", "D9", "E9"}
    assert project["B7"].protection.locked, "a printed label"
    assert not project["D7"].protection.locked


def test_protection_lets_rows_and_columns_be_formatted_and_rows_inserted() -> None:
    for sheet in BOOK.worksheets[1:]:
        p = sheet.protection
        assert p.sheet
        assert p.password is None
        assert (p.formatRows, p.formatColumns, p.insertRows, p.deleteRows) == (False, False, False, True)


@pytest.mark.parametrize(
    ("sheet", "cell", "kind", "says"),
    [
        ("概况", "C3", "textLength", "必填。\n不超过 50 字。\n填全称。"),
        ("概况", "C4", "whole", "填整数，单位为人，只填数字。不能是负数。"),
        ("概况", "E4", "decimal", "填百分数，如 95%。应在 0% 至 100% 之间。"),
        ("概况", "C6", "list", "请从下拉列表中选择。"),
        ("概况", "E6", "date", "请填日期，写成 2024-03-25 的形式。"),
        ("收入", "D8", "decimal", "只填数字，单位为万元，不要写单位。不能是负数。"),
        ("项目1", "E15", "decimal", "填分数，只填数字。不大于 4。"),
        ("项目1", "E16", "decimal", "填分数，只填数字。不大于 6。"),
    ],
)
def test_what_may_be_typed_and_what_is_said(sheet: str, cell: str, kind: str, says: str) -> None:
    rule = validation(BOOK[sheet], cell)
    assert rule
    assert (rule.type, rule.prompt) == (kind, says)
    assert rule.error


def test_a_pattern_is_said_where_it_cannot_be_checked() -> None:
    rule = validation(BOOK["概况"], "E3")
    assert rule
    assert (rule.type, rule.prompt) == (None, "只由数字组成。")


def test_percentages_are_fractions_in_the_cell() -> None:
    rule = validation(BOOK["概况"], "E4")
    assert rule
    assert (rule.formula1, rule.formula2) == ("0", "1")
    assert BOOK["概况"]["E4"].number_format.startswith("0.00%")


def test_long_texts_only_warn() -> None:
    rule = validation(BOOK["概况"], "C5")
    assert rule
    assert (rule.errorStyle, rule.formula1) == ("warning", "300")


def test_a_column_has_one_validation_for_all_its_rows() -> None:
    rule = validation(BOOK["收入"], "D7")
    assert rule
    assert str(rule.sqref) == "D7:D9"


def test_long_lists_of_choices_stand_on_the_first_sheet() -> None:
    choices = [f"第{n}种情形及其具体说明" for n in range(60)]
    book = blank(template_form(("choices: [甲, 乙]", f"choices: [{', '.join(choices)}]")))
    rule = validation(book["概况"], "C6")
    assert rule
    assert rule.formula1 == "'填报说明'!$I$2:$I$61"
    assert [c.value for c in book["填报说明"]["I"][1:61]] == choices
    assert book["填报说明"].column_dimensions["I"].hidden


def test_help_hangs_at_the_header_of_a_table_and_evidence_at_its_criterion() -> None:
    assert BOOK["收入"]["C4"].comment.text.strip() == "各项之和。"
    assert BOOK["项目1"]["C15"].comment.text.strip() == "佐证材料：批复文件"


def test_texts_too_long_for_a_prompt_are_cut() -> None:
    rule = validation(blank(template_form(("填全称。", "填" * 400)))["概况"], "C3")
    assert rule
    assert len(rule.prompt or "") == 255


# ---- formulas


def test_totals_are_formulas_over_all_rows_and_rows_still_to_come() -> None:
    found = formulas(BOOK["收入"])
    assert set(found) == {"C6", "C7", "C8", "C9", "D6", "E6"}
    assert "SUM(D7:D10)" in found["D6"], "from the first row to the closing row"
    assert "D8" in found["C8"]
    assert "E8" in found["C8"]


def test_an_empty_form_shows_no_zeros() -> None:
    out = BytesIO()
    write_blank(PACK, out)
    with zipfile.ZipFile(out) as parts:
        for name in parts.namelist():
            cells = re.findall(rb"<c [^>]*><f>.*?</c>", parts.read(name))
            assert all(b't="str"' in c and b"<v></v>" in c for c in cells), "empty, but calculated"


def test_filled_formulas_carry_their_values() -> None:
    out = BytesIO()
    data = [{"机构": "甲", "拨款": 2437.73, "其他": 14.83}, {"机构": "乙", "拨款": 0.1, "其他": 0.2}]
    fill({"收入": data}, PACK, out)
    sheet = openpyxl.load_workbook(out, data_only=True)["收入"]
    assert [sheet[c].value for c in ("C6", "D6", "E6", "C7", "C8", "C9")] == [
        2452.86, 2437.83, 15.03, 2452.56, 0.3, None
    ]  # fmt: skip


def test_a_given_total_replaces_its_formula_and_others_reckon_with_it() -> None:
    out = BytesIO()
    fill({"收入": [{"机构": "汇总", "拨款": 7}, {"机构": "甲", "拨款": 5}]}, PACK, out)
    sheet = openpyxl.load_workbook(out)["收入"]
    assert sheet["D6"].value == 7
    assert not sheet["D6"].protection.locked, "a clerk can mend it"
    values = openpyxl.load_workbook(out, data_only=True)["收入"]
    assert (values["C6"].value, values["C7"].value) == (7, 5)


def test_a_text_among_numbers_counts_as_nothing_as_in_a_spreadsheet() -> None:
    out = BytesIO()
    fill({"收入": [{"机构": "甲", "拨款": "92万元", "其他": 1}]}, PACK, out)
    assert openpyxl.load_workbook(out, data_only=True)["收入"]["C7"].value == 1


def without_results(path: Path, out: Path) -> Path:
    """The workbook with its formulas as if never calculated, so that an office program must."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = re.sub(rb'(?: t="str")?><f>(.*?)</f><v>[^<]*</v>', rb"><f>\1</f>", old.read(name))
            new.writestr(name, text)
    return out


@pytest.mark.thorough
def test_an_office_program_comes_to_the_same_results(
    office: Callable[[Path, str], Path], pack: Pack, tmp_path: Path
) -> None:
    from packcases import base_of

    path = tmp_path / "filled.xlsx"
    fill(base_of(pack), pack, path)
    again = office(without_results(path, tmp_path / "bare.xlsx"), "xlsx")
    ours, theirs = (openpyxl.load_workbook(p, data_only=True) for p in (path, again))
    compared = 0
    for sheet in openpyxl.load_workbook(path):
        for cell in formulas(sheet):
            a, b = ours[sheet.title][cell].value or "", theirs[sheet.title][cell].value or ""
            assert a == (pytest.approx(b, abs=1e-9) if isinstance(b, float) else b), (sheet.title, cell)
            compared += 1
    assert compared > 20


# ---- how it looks


def test_pages_are_a4_one_wide_with_the_header_repeated() -> None:
    sheet = BOOK["收入"]
    assert sheet.page_setup.paperSize == 9
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$4:$5"
    assert sheet.freeze_panes == "A6"
    assert "test/1" in str(sheet.oddFooter)


@pytest.mark.parametrize(
    ("text", "written"),
    [("部门决算", "&9部门决算"), ("2023年度", "&9 2023年度"), ("A&B", "&9A&&B"), ("", "&9")],
)
def test_no_code_of_headers_swallows_a_title(text: str, written: str) -> None:
    assert small(text) == written


def test_the_first_sheet_says_how_to_fill() -> None:
    texts = [c.value for row in BOOK["填报说明"].iter_rows(min_row=2) for c in row if c.value]
    said = "\n".join(map(str, texts))
    for words in (
        "金额填万元。",
        "浅黄",
        "“项目”要填几张就有几张",
        "在“说明”表中照抄编号",
        "插入复制的单元格",
    ):
        assert words in said
    links = [c.hyperlink.location for row in BOOK["填报说明"].iter_rows() for c in row if c.hyperlink]
    assert links == ["'概况'!A2", "'收入'!A2", "'项目1'!A2", "'说明'!A2"]


def test_what_a_sheet_asks_for() -> None:
    assert describe(PACK.sheet("收入")) == "机构、合计、拨款、其他。"
    assert describe(PACK.sheet("项目")) == "每项一张，张数不限。名称；指标；打分。"


def test_the_bytes_depend_on_the_pack_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    write_blank(PACK, one)
    write_blank(PACK, str(two))
    assert one.read_bytes() == two.read_bytes()


def test_a_sheet_name_that_excel_refuses_is_a_mistake_of_the_pack() -> None:
    with pytest.raises(PackError, match="不能用作 Excel 的表名"):
        blank(template_form(("- name: 说明", "- name: 说明/其他"), explanations=None))


def test_every_sheet_of_the_shipped_form_can_be_laid_out(pack: Pack) -> None:
    book = blank(pack, projects=3)
    assert len(book.sheetnames) == len(pack.sheets) + 1 + 2 * sum(s.repeats for s in pack.sheets)
