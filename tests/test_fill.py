"""Data of labels and values finds its places, keeps its types, and says where it does not fit."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from packcases import base_of
from templateform import template_form
from workbook_tool.excel.blank import write_blank
from workbook_tool.excel.fill import FillError, fill, place
from workbook_tool.excel.read import read
from workbook_tool.model import Pack

PACK = template_form()


def filled(data: dict[str, Any], pack: Pack = PACK, *, values: bool = False) -> Workbook:
    out = BytesIO()
    fill(data, pack, out)
    return openpyxl.load_workbook(out, data_only=values)


def rows(data: Any, frame: str = "收入") -> Any:
    sheet = frame.split(".", maxsplit=1)[0]
    return place({sheet: data}, PACK)[sheet][0].rows[frame]


def test_a_form_is_filled_by_its_labels() -> None:
    sheet = filled({"概况": {"单位": "某局", "编制": 12, "日期": date(2024, 3, 25)}})["概况"]
    assert (sheet["C3"].value, sheet["C4"].value) == ("某局", 12)
    assert sheet["E6"].value.date() == date(2024, 3, 25)


@pytest.mark.parametrize(
    "value", ["92万元", "=1+1", "0012", "http://a.cn", " 前后有空格 ", "１２", "_x0041_", "第一行\n第二行"]
)
def test_a_text_stays_the_text_it_is(value: str) -> None:
    cell = filled({"收入": [{"机构": "甲", "拨款": value}]})["收入"]["D7"]
    assert (cell.value, cell.data_type) == (value, "s")


@pytest.mark.parametrize("value", [0, 2437.73, -14.83, 1e-6, True])
def test_a_number_stays_a_number(value: float) -> None:
    cell = filled({"收入": [{"机构": "甲", "拨款": value}]})["收入"]["D7"]
    assert cell.value == value
    assert type(cell.value) is type(value)


def test_the_total_row_is_found_by_its_key_or_its_printed_name() -> None:
    for name in ("汇总", "全部机构汇总", " 汇 总 "):
        assert rows([{"机构": name, "拨款": 5}, {"机构": "甲", "拨款": 5}]) == {
            "汇总": [{"拨款": 5}],
            None: [{"机构": "甲", "拨款": 5}],
        }


def test_a_fixed_row_is_found_by_what_it_prints_or_by_its_key() -> None:
    by_label = {"项": "质量", "目标": "好"}
    by_both = {"类": "产出", "项": "质量", "目标": "好"}
    by_key = {"行": "质量", "目标": "好"}
    for row in (by_label, by_both, by_key):
        assert rows({"指标": [row]}, "项目.指标") == {"质量": [{"目标": "好"}]}


def test_a_number_that_is_printed_counts_as_a_label() -> None:
    assert rows({"打分": [{"一级": "投入", "分值": 4, "得分": 3}]}, "项目.打分") == {"投入·甲": [{"得分": 3}]}


def test_lines_go_into_slots_in_order() -> None:
    given = [{"项": "数量", "目标": n} for n in ("一", "二", "三")]
    assert [r["目标"] for r in rows({"指标": given}, "项目.指标")["数量"]] == ["一", "二", "三"]
    sheet = filled({"项目": [{"指标": given}]})["项目1"]
    assert [sheet.cell(r, 1).value for r in range(7, 11)] == ["项目.指标/数量"] * 3 + ["项目.指标/质量"]


def test_more_rows_than_the_form_offers_make_the_sheet_longer() -> None:
    sheet = filled({"收入": [{"机构": f"{n}"} for n in range(6)]})["收入"]
    marks = [sheet.cell(r, 1).value for r in range(6, 14)]
    assert marks == ["收入/汇总", *["收入/*"] * 6, "收入/."]


def test_a_repeated_sheet_takes_a_list_and_keeps_its_blank_copies() -> None:
    one = filled({"项目": [{"名称": "一"}]})
    assert (one["项目1"]["C3"].value, one["项目2"]["C3"].value) == ("一", None)
    three = filled({"项目": [{"名称": n} for n in "一二三"]})
    assert three["项目3"]["C3"].value == "三"


def test_the_code_enters_the_stamp() -> None:
    book = filled({"概况": {"编码": "430682"}})
    assert book["收入"]["A1"].value == "workbook-tool|test/1|收入|430682"


def test_nothing_given_is_the_blank_template() -> None:
    blank, empty = BytesIO(), BytesIO()
    write_blank(PACK, blank)
    fill({}, PACK, empty)
    assert blank.getvalue() == empty.getvalue()


def test_the_same_data_gives_the_same_bytes() -> None:
    data = {"概况": {"单位": "某局"}, "收入": [{"机构": "甲", "拨款": 1}]}
    one, two = BytesIO(), BytesIO()
    fill(data, PACK, one)
    fill(data, PACK, two)
    assert one.getvalue() == two.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"收 入表": []}, "没有工作表“收 入表”。最接近的是“收入”"),
        ({"概况": {"单位名": "某局"}}, "“概况”中没有“单位名”。最接近的是“单位”"),
        ({"概况": ["某局"]}, "“概况”的内容应是“栏目：值”的形式"),
        ({"收入": [{"机构": "甲", "拔款": 1}]}, "“收入第1行”中没有“拔款”。最接近的是“拨款”"),
        ({"收入": {"收入": {"机构": "甲"}}}, "内容应是一行一行的列表"),
        ({"收入": ["甲"]}, "“收入第1行”应是“栏目：值”的形式"),
        ({"收入": [{"机构": "汇总"}, {"机构": "汇总"}]}, "“汇总”这一行给了两次"),
        (
            {"项目": [{"指标": [{"项": "数目", "目标": "1"}]}]},
            "“数目”）在表中没有对应的固定行。最接近的是“数量”",
        ),
        ({"项目": [{"指标": [{"类": "产出", "目标": "1"}]}]}, "不止对应一行：数量、质量"),
        ({"项目": [{"指标": [{"目标": "1"}]}]}, "没有写明是哪一行"),
        ({"项目": [{"指标": [{"行": "数", "目标": "1"}]}]}, "没有“数”。最接近的是“数量”"),
        ({"项目": [{"名称": "一"}, {"名字": "二"}]}, "“项目2”中没有“名字”。最接近的是“名称”"),
        ({"概况": {"单位": "文" * 32_768}}, "“概况.单位”有 32768 字，一个格子最多 32767 字"),
        ({"概况": {"单位": ["某局"]}}, "“概况.单位”的值应是文字、数字或日期"),
        ({"概况": {"编制": float("nan")}}, "“概况.编制”的值 nan 不是一个数"),
        ([], "数据应是"),
    ],
)
def test_data_that_does_not_fit_is_told_with_its_place(data: Any, says: str) -> None:
    with pytest.raises(FillError) as told:
        fill(data, PACK, BytesIO())
    assert says in str(told.value)


# ---- what is filled is what is read


def test_the_reader_finds_what_was_filled(tmp_path: Path) -> None:
    data = {
        "概况": {"单位": "某局", "编制": 12, "日期": date(2024, 3, 25), "综述": "第一段\n第二段"},
        "收入": [{"机构": "汇总", "拨款": "92万元"}, *({"机构": f"{n}", "拨款": n} for n in range(5))],
        "项目": [
            {"名称": "一", "指标": [{"项": "数量", "目标": n} for n in "甲乙丙"]},
            {"名称": "二", "打分": [{"二级": "甲", "得分": 4}, {"二级": "乙", "得分": 5.5}]},
        ],
    }
    path = tmp_path / "filled.xlsx"
    fill(data, PACK, path)
    batch, drafts = read([path], PACK)
    assert drafts.empty
    form = batch.frames["概况"].iloc[0]
    assert [form[f] for f in ("单位", "编制", "日期", "综述")] == ["某局", 12, "2024-03-25", "第一段\n第二段"]
    income = batch.frames["收入"]
    assert list(income["拨款"]) == ["92万元", 0, 1, 2, 3, 4]
    assert list(income["合计"]) == [None, 0, 1, 2, 3, 4], "a text has no sum; the rows have theirs"
    goals = batch.frames["项目.指标"]
    assert list(goals["目标"].dropna()) == ["甲", "乙", "丙"]
    scores = batch.frames["项目.打分"]
    assert list(scores["得分"].dropna()) == [4, 5.5]


def test_the_shipped_base_data_comes_back(pack: Pack, tmp_path: Path) -> None:
    data = base_of(pack)
    path = tmp_path / "base.xlsx"
    fill(data, pack, path)
    batch, drafts = read([path], pack)
    assert drafts.empty
    asked = 0
    for sheet, tabs in place(data, pack).items():
        for instance, contents in enumerate(tabs):
            for frame, row in contents.forms.items():
                found = batch.frames[frame][lambda f, i=instance: f["instance"] == i].iloc[0]
                for label, value in row.items():
                    wanted = value.isoformat() if isinstance(value, date) else value
                    assert found[label] == wanted, (sheet, label)
                    asked += 1
    assert asked > 50


PRINTABLE = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp"))
TEXTS = st.text(PRINTABLE, min_size=1, max_size=20)
NUMBERS = st.integers(-(10**9), 10**9).map(lambda n: n / 100)


@settings(max_examples=25, deadline=None)
@given(
    form=st.fixed_dictionaries({}, optional={"单位": TEXTS, "概述": TEXTS, "编制": st.integers(0, 10**6)}),
    lines=st.lists(st.tuples(TEXTS, NUMBERS | TEXTS, NUMBERS), max_size=6),
)
def test_any_values_come_back(form: dict[str, Any], lines: list[tuple[str, Any, float]]) -> None:
    lines = [line for line in lines if line[0] not in ("汇总", "全部机构汇总")]
    rows_ = [{"机构": name, "拨款": a, "其他": b} for name, a, b in lines]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "filled.xlsx"
        fill({"概况": form, "收入": rows_}, PACK, path)
        batch, _ = read([path], PACK)
    found = batch.frames["概况"].iloc[0]
    assert {k: found[k] for k in form} == form
    units = batch.frames["收入"].iloc[1:]
    assert list(zip(units["机构"], units["拨款"], units["其他"], strict=True)) == lines


def test_the_same_data_gives_the_same_bytes_each_time() -> None:
    made = [BytesIO() for _ in range(2)]
    for out in made:
        fill({"概况": {"单位": "某局"}}, PACK, out)
    assert made[0].getvalue() == made[1].getvalue()
