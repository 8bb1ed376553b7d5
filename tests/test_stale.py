"""Saved results that their formulas no longer give, and formulas that give the wrong total."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import yaml

from smallpack import batch_of, pack_with
from workbook_tool.checks.overwritten import check_overwritten
from workbook_tool.checks.rules import check_rules
from workbook_tool.checks.stale import up_to_date
from workbook_tool.model import Batch, Frame

MESSAGE = "{本项}填{填报}，应为{应为}。"
PACK = pack_with(
    {"code": "列", "on": "收入", "rows": "汇总", "fields": ["合计", "拨款", "其他"], "total": "sum(本项)",
     "message": MESSAGE},
    {"code": "行", "on": "收入", "fields": ["合计"], "total": "拨款 + 其他", "message": MESSAGE},
    {"code": "分", "on": "打分", "rows": "总分", "fields": ["得分"], "total": "sum(得分)", "message": MESSAGE},
    {"code": "额", "on": "项目", "fields": ["总额"], "total": "资金[合计].计划", "message": MESSAGE},
    {"code": "相等", "on": "支出", "rows": "汇总", "fields": ["合计"], "check": "合计 == 收入[汇总].合计"},
    {"code": "有时", "on": "支出", "fields": ["结余"], "when": "人员 > 5", "total": "合计 - 人员", "message": MESSAGE},
)  # fmt: skip

# 收入: B 单位, C 合计, D 拨款, E 其他; row 3 is the total, the units follow
BOOK = """
收入:
  - {单位: 汇总, 合计: "=SUM(C4:C8) -> 30", 拨款: "=SUM(D4:D8) -> 20", 其他: "=SUM(E4:E8) -> 10"}
  - {单位: 甲, 合计: "=D4+E4 -> 14", 拨款: 10, 其他: 4}
  - {单位: 乙, 合计: "=D5+E5 -> 16", 拨款: 10, 其他: 6}
支出: [{单位: 汇总, 合计: 30}]
"""


def changed(**cells: Any) -> dict[str, Any]:
    """The book with some cells of 收入 changed: 汇总_拨款=21."""
    book: dict[str, Any] = yaml.safe_load(BOOK)
    for name, value in cells.items():
        row, _, field = name.partition("_")
        next(line for line in book["收入"] if line["单位"] == row)[field] = value
    return book


def lines(drafts: Frame, batch: Batch) -> list[tuple[str, str, str, Any, Any]]:
    units = {name: frame[frame.columns[5]].tolist() for name, frame in batch.frames.items()}
    return [
        (d["code"], units[d["frame"]][d["record"]], d["field"], d["value"], d["expected"])
        for d in drafts.to_dict("records")
    ]


def told(book: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """What is found stale, what totals are wrong, and what rules say besides."""
    batch = batch_of(PACK, book)
    now, totals, wrong, stale = up_to_date(batch, PACK)
    _, broken = check_rules(now, totals, PACK)
    return tuple(lines(drafts, batch) for drafts in (stale, wrong, broken))  # type: ignore[return-value]


def messages(book: Any) -> list[str]:
    found: list[str] = up_to_date(batch_of(PACK, book), PACK)[2]["message"].tolist()
    return found


def test_formulas_that_give_what_stands_there_are_not_told() -> None:
    batch = batch_of(PACK, BOOK)
    now, _, wrong, stale = up_to_date(batch, PACK)
    assert now is batch
    assert wrong.empty and stale.empty


def test_a_stale_total_is_told_instead_of_its_rule_and_every_rule_sees_the_right_figure() -> None:
    book = changed(汇总_合计="=SUM(C4:C8) -> 29")
    assert told(book) == ([("格式-13", "全部汇总", "合计", "29", "30")], [], [])
    _, _, _, stale = up_to_date(batch_of(PACK, book), PACK)
    line = stale.iloc[0]
    assert (line["severity"], line["difference"]) == ("error", "-1")
    assert line["message"] == (
        "“合计”是公式“=SUM(C4:C8)”，文件里存的结果是29，没有更新，按公式重新计算应为30。"
        "请用 Excel 或 WPS 打开，重新计算并保存后再上报。"
    )


def test_all_that_waits_for_a_stale_cell_is_worked_out_again() -> None:
    book = changed(甲_拨款=11)
    book["支出"][0]["合计"] = 31
    assert told(book) == (
        [("格式-13", "全部汇总", "合计", "30", "31"), ("格式-13", "甲", "合计", "14", "15"),
         ("格式-13", "全部汇总", "拨款", "20", "21")],
        [],
        [],
    )  # fmt: skip


def test_a_stale_total_whose_formula_is_wrong_too_is_told_for_both() -> None:
    stale, wrong, _ = told(changed(汇总_合计="=C4 -> 29"))
    assert stale == [("格式-13", "全部汇总", "合计", "29", "14")]
    assert wrong == [("列", "全部汇总", "合计", "14", "30")]


def test_a_blank_that_a_formula_should_fill() -> None:
    assert told(changed(汇总_拨款='=IF(COUNT(D4:D8)=0,"",SUM(D4:D8)) -> '))[:2] == (
        [("格式-13", "全部汇总", "拨款", None, "20")], [],
    )  # fmt: skip
    assert (
        "文件里存的结果是空白"
        in up_to_date(batch_of(PACK, changed(汇总_拨款='=IF(COUNT(D4:D8)=0,"",SUM(D4:D8)) -> ')), PACK)[3][
            "message"
        ].iloc[0]
    )


def test_a_figure_that_a_formula_now_leaves_blank() -> None:
    book = changed(甲_拨款='=IF(E4>100,1,"") -> 10')
    assert told(book)[0] == [
        ("格式-13", "全部汇总", "合计", "30", "20"),
        ("格式-13", "甲", "合计", "14", "4"),
        ("格式-13", "全部汇总", "拨款", "20", "10"),
        ("格式-13", "甲", "拨款", "10", None),
    ]


def test_a_clerks_own_formula_in_an_ordinary_cell() -> None:
    book = changed(甲_拨款="=4+6 -> 9")
    assert told(book) == ([("格式-13", "甲", "拨款", "9", "10")], [], [])
    assert told(changed(甲_拨款="=4+6 -> 10")) == ([], [], [])
    assert told(changed(甲_拨款="=外部!A1+6 -> 10")) == ([], [], [])


def test_a_total_that_is_right_by_chance() -> None:
    stale, wrong, _ = told(changed(汇总_合计="=SUM(C4:C4) -> 30"))
    assert stale == [("格式-13", "全部汇总", "合计", "30", "14")]
    assert wrong == [("列", "全部汇总", "合计", "14", "30")]


def test_dust_is_no_difference() -> None:
    book = changed(甲_拨款="=0.1+0.2 -> 0.30000000000000004")
    batch = batch_of(PACK, book)
    assert up_to_date(batch, PACK)[3]["field"].tolist() != ["拨款"]


def test_formulas_that_wait_for_each_other_are_left_alone() -> None:
    assert told(changed(甲_合计="=C5+1 -> 14", 乙_合计="=C4+1 -> 16"))[0] == []


def test_formulas_without_end_are_given_up_in_time() -> None:
    units = [{"单位": f"单位{n}", "合计": 1, "拨款": "=SUM(D4:E900) -> 1"} for n in range(600)]
    start = time.process_time()
    assert up_to_date(batch_of(PACK, {"收入": units}), PACK)[3].empty
    assert time.process_time() - start < 10


def test_a_guard_over_cells_outside_the_form_is_believed_where_the_rule_agrees() -> None:
    formula = '=IF(COUNT(E4:E8)=0,"",IFERROR(ROUND(IF(SUMPRODUCT((Z4:Z8)*(1-ISNUMBER(E4:E8)))>0,NA(),SUM(E4:E8)),6),""))'
    assert told(changed(汇总_其他=f"{formula} -> 9"))[0] == [("格式-13", "全部汇总", "其他", "9", "10")]
    short = formula.replace("SUM(E4:E8)),6", "SUM(E4:E4)),6")
    assert told(changed(汇总_其他=f"{short} -> 9"))[0] == []


def test_a_text_among_the_addends() -> None:
    batch = batch_of(PACK, changed(汇总_其他="=SUM(E4:E8) -> 4", 汇总_合计="=SUM(C4:C8) -> 24"))
    flags = batch.unreadable["收入"].copy()
    flags.loc[2, "其他"] = True
    _, _, wrong, stale = up_to_date(replace(batch, text_numbers={"收入": flags}), PACK)
    assert [m for m in wrong["message"] if m.endswith("是以文本存放的数字，求和时被漏掉了。")]
    assert "其他" not in stale["field"].tolist()


def test_a_text_that_counts_as_a_number_beside_a_stale_result() -> None:
    """Only what is stale for certain is told, not what the text does to the sums over it."""
    guarded = '=IF(COUNT(E4:E8)<2,"",SUM(E4:E8)) -> 10'
    batch = batch_of(PACK, changed(汇总_其他=guarded, 汇总_拨款="=SUM(D4:D8) -> 19"))
    flags = batch.unreadable["收入"].copy()
    flags.loc[2, "其他"] = True
    _, _, wrong, stale = up_to_date(replace(batch, text_numbers={"收入": flags}), PACK)
    assert stale["field"].tolist() == ["拨款"]
    assert wrong.empty


# ---- a formula that is wrong itself ----


@pytest.mark.parametrize(
    ("formula", "result", "says"),
    [
        ("=SUM(C4:C4)", 14, "公式“=SUM(C4:C4)”少加了C5。"),
        ("=C4+C5+C5", 46, "公式“=C4+C5+C5”重复加了C5。"),
        ("=C4-C5", -2, "公式“=C4-C5”弄反了加减号的是C5。"),
        ("=SUM(C4:C5)+12.5", 42.5, "公式“=SUM(C4:C5)+12.5”另外加了12.5。"),
        ("=SUM(C4:D5)", 50, "公式“=SUM(C4:D5)”多加了D4、D5。"),
        ("=C4", 14, "公式“=C4”少加了C5。"),
        ("=C4+E4", 18, "公式“=C4+E4”少加了C5，多加了E4。"),
        ("=C5+支出!C3", 46, "公式“=C5+支出!C3”少加了C4，多加了“支出”C3。"),
        ("=MAX(C4:C5)*2", 32, "这个数是公式“=MAX(C4:C5)*2”算出来的，请检查公式。"),
        ("=ROUND(C4+C5,-2)", 0, "这个数是公式“=ROUND(C4+C5,-2)”算出来的，请检查公式。"),
    ],
)  # fmt: skip
def test_a_formula_that_is_wrong_is_quoted(formula: str, result: float, says: str) -> None:
    found = messages(changed(汇总_合计=f"{formula} -> {result}"))
    assert [m for m in found if m.endswith(says)], found


def test_many_cells_left_out_are_counted() -> None:
    book = changed(汇总_合计="=C4 -> 14")
    book["收入"] += [{"单位": name, "合计": 1, "拨款": 1} for name in "丙丁戊"]
    assert any("少加了C5、C6、C7等4格。" in m for m in messages(book))


def test_a_formula_that_cannot_be_worked_out_is_not_blamed() -> None:
    (found,) = messages(changed(汇总_合计="=VLOOKUP(B4,B4:C8,2) -> 29"))
    assert found == "合计填29，应为30。"


def test_a_formula_that_another_rule_finds_right_is_not_blamed() -> None:
    book = changed(汇总_合计="=D3+E3 -> 32", 汇总_其他=12)
    found = messages(book)
    assert [m for m in found if "公式“" in m] == []


# ---- typed over ----

TYPED = "这一格在模板里是公式，被改成了填写的数。"


def noticed(book: Any) -> list[dict[str, Any]]:
    now, totals, _, _ = up_to_date(batch_of(PACK, book), PACK)
    return check_overwritten(now, totals, PACK).to_dict("records")  # type: ignore[return-value]


def test_totals_with_formulas_are_not_typed() -> None:
    assert noticed(BOOK) == []


def test_typed_totals_that_are_right_are_one_notice_at_the_first() -> None:
    (line,) = noticed(changed(汇总_其他=10, 汇总_合计=30, 乙_合计=16, 甲_合计=14))
    assert (line["code"], line["severity"], line["frame"], line["record"], line["field"]) == (
        "格式-12", "note", "收入", 0, "合计",
    )  # fmt: skip
    assert line["related"] == (("收入", 0, "其他"), ("收入", 1, "合计"), ("收入", 2, "合计"))
    assert line["message"] == (
        "模板里自动计算的格子有4处填成了数字（“收入”C3、“收入”E3、“收入”C4等），数目都对，不用改。"
        "以后请保留公式，不要在上面填数。"
    )


def test_a_typed_total_that_is_wrong_says_so_itself() -> None:
    book = changed(汇总_其他=11)
    assert noticed(book) == []
    assert [m.endswith(TYPED) for m in messages(book)] == [True]


def test_what_the_template_does_not_calculate_may_be_typed() -> None:
    book = changed()
    book["支出"] = [
        {"单位": "汇总", "合计": 30, "人员": 10, "结余": 20},
        {"单位": "甲", "合计": 9, "人员": 9, "结余": 1},
    ]
    assert noticed(book) == []
    assert not any(m.endswith(TYPED) for m in messages(book))


def test_a_blank_total_was_not_typed() -> None:
    book = changed(汇总_拨款=None)
    assert noticed(book) == []
    assert not any(m.endswith(TYPED) for m in messages(book))


@pytest.mark.parametrize("typed", [10, 11])
def test_a_typed_total_of_which_nothing_can_be_told_is_told_apart(typed: int) -> None:
    right, unproven = noticed(changed(汇总_其他=typed, 甲_其他="?", 乙_合计=16))
    assert (right["code"], right["record"], right["field"]) == ("格式-12", 2, "合计")
    assert (unproven["code"], unproven["severity"], unproven["record"], unproven["field"]) == (
        "格式-14", "explain", 0, "其他",
    )  # fmt: skip
    assert unproven["message"] == (
        "模板里自动计算的格子有1处填成了数字（“收入”E3），要用来核对的数缺少或读不出来，现在不知道对不对。"
        "请先改正那些数，再把这里改回公式。"
    )


def test_a_total_that_one_sum_proves_wrong_is_not_called_unproven() -> None:
    unproven = changed(汇总_合计=30, 乙_合计="?")  # the row gives 30; the column's sum cannot be told
    assert [line["code"] for line in noticed(unproven)] == ["格式-14"]
    wrong = changed(汇总_合计=31, 乙_合计="?")
    assert noticed(wrong) == []
    assert [m.endswith(TYPED) for m in messages(wrong)] == [True]


def test_forms_and_fixed_rows() -> None:
    book = changed()
    book |= {
        "打分": [{"行": "管理·制度", "得分": 3}, {"行": "安全", "得分": 4}, {"行": "总分", "得分": 7}],
        "项目": [
            {"项目名称": "甲", "总额": "=C13 -> 5", "资金": [{"行": "合计", "计划": 5}]},
            {"项目名称": "乙", "总额": 5, "资金": [{"行": "合计", "计划": 5}]},
        ],
    }  # fmt: skip
    (line,) = noticed(book)
    assert (line["frame"], line["field"], line["related"]) == ("打分", "得分", (("项目", 1, "总额"),))
    assert "（“打分”D5、“项目1”D2）" in line["message"]


def test_each_workbook_has_its_own_notice_and_its_own_stale_cells() -> None:
    books = [
        BOOK,
        changed(汇总_其他=10),
        changed(甲_拨款=11),
        changed(汇总_合计="=C4 -> 14"),
        changed(乙_拨款="=2*6 -> 10"),
    ]
    now, totals, wrong, stale = up_to_date(batch_of(PACK, *books), PACK)  # type: ignore[arg-type]
    together = [stale, wrong, check_overwritten(now, totals, PACK)]
    alone = []
    for number, book in enumerate(books):
        now, totals, wrong, stale = up_to_date(batch_of(PACK, book), PACK)  # type: ignore[arg-type]
        drafts = [stale, wrong, check_overwritten(now, totals, PACK)]
        alone += [frame.assign(submission=number) for frame in drafts]

    def said(drafts: list[Frame]) -> list[list[Any]]:
        return sorted(pd.concat(drafts)[["submission", "code", "field", "message"]].to_numpy().tolist())

    assert said(together) == said(alone)
