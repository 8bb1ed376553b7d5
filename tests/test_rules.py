"""Rules over a batch: outcomes, the words of a finding, and what only follows from something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallpack import batch_of, pack_with, rule_of
from workbook_tool.checks.rules import check_message, check_rules
from workbook_tool.checks.totals import recompute
from workbook_tool.model import Frame, Pack, PackError


def checked(pack: Pack, *books: str) -> tuple[Frame, Frame]:
    batch = batch_of(pack, *books)
    totals, _ = recompute(batch, pack)
    return check_rules(batch, totals, pack)


def one(rule: str, *books: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The outcomes and findings of a single rule."""
    outcomes, drafts = checked(pack_with(rule), *books)
    found = [{str(name): value for name, value in line.items()} for line in drafts.to_dict("records")]
    return outcomes["outcome"].tolist(), found


def test_a_comparison_says_what_it_expected() -> None:
    rule = """
    on: 情况
    fields: [决算]
    check: 决算 <= 预算 * 比例
    message: "{本项}填{填报}万元，最多{应为}万元，超{相差}万元；{年度}年预算{预算}。"
    """
    outcomes, found = one(
        rule, "情况: {预算: 50, 决算: 45}", "情况: {预算: 50, 决算: 46.5}", "情况: {预算: 50}"
    )
    assert outcomes == ["pass", "fail", "unknown"]
    assert [(f["submission"], f["value"], f["expected"], f["difference"]) for f in found] == [
        (1, "46.5", "45", "1.5")
    ]
    assert found[0]["message"] == "决算填46.5万元，最多45万元，超1.5万元；2023年预算50。"
    assert found[0]["related"] == (("情况", 1, "预算"),)


@pytest.mark.parametrize(
    ("check", "field", "expected", "off"),
    [
        ("预算 == 决算", "决算", "50", "-5"),
        ("预算 == 决算", "预算", "45", "5"),
        ("比率 >= 98", "比率", "98%", "-3%"),
        ("0 <= 自评 <= 5", "自评", "5", "1.5"),
        ("编制 >= 实有 and 名称 == '他局'", "名称", "他局", None),
        ("预算 != 50", "预算", None, None),
        ("预算 == 决算", "名称", None, None),
        ("决算 > 60 or 预算 > 60", "预算", None, None),
    ],
)
def test_expected_and_difference(check: str, field: str, expected: str | None, off: str | None) -> None:
    book = "情况: {名称: 某局, 编制: 80, 实有: 77, 预算: 50, 决算: 45, 比率: 95, 自评: 6.5}"
    _, found = one(f"{{on: 情况, fields: [{field}], check: {check!r}}}", book)
    assert (found[0]["expected"], found[0]["difference"]) == (expected, off)


BOOK = """
收入: [{单位: 汇总}, {单位: 局机关}, {单位: 2、工伤保险}, {单位: 就业}]
支出: [{单位: 汇总}, {单位: 局 机关}, {单位: 2、工伤}, {单位: 无关的一个}]
"""


def test_a_name_that_is_not_there_is_told_with_the_nearest() -> None:
    rule = """
    on: 支出
    rows: 明细
    fields: [单位]
    check: 单位 in 收入.单位
    message: "“{填报}”不在收入表中[，是否应为“{应为}”？]请改成一致。"
    """
    outcomes, found = one(rule, BOOK)
    assert outcomes == ["fail"]
    assert [f["message"] for f in found] == [
        "“2、工伤”不在收入表中，是否应为“2、工伤保险”？请改成一致。",
        "“无关的一个”不在收入表中请改成一致。",
    ]


def test_this_item_is_checked_field_by_field() -> None:
    rule = """
    on: 收入
    rows: 明细
    fields: [拨款, 其他, 结转]
    check: not blank(本项)
    message: "{行}的{本项}没有填"
    """
    outcomes, found = one(rule, "收入: [{单位: 甲, 拨款: 1, 结转: '?'}]")
    assert outcomes == ["fail"]
    assert [f["message"] for f in found] == ["甲的其他收入没有填"]


def test_a_rule_without_item_is_told_once_with_its_other_fields_beside() -> None:
    _, found = one("{on: 情况, fields: [预算, 决算], check: 预算 == 决算}", "情况: {预算: 1, 决算: 2}")
    assert [(f["field"], f["related"]) for f in found] == [("预算", (("情况", 0, "决算"),))]


@pytest.mark.parametrize(
    ("book", "outcome"),
    [
        ("情况: {说明: 有, 预算: 1}", "pass"),
        ("情况: {说明: 有, 预算: -1}", "fail"),
        ("情况: {预算: -1}", "pass"),
        ("情况: {说明: 有, 预算: '?'}", "unknown"),
        ("情况: {编制: '?', 预算: -1}", "pass"),
        ("收入: []", "unknown"),
    ],
)
def test_when_leaves_records_out(book: str, outcome: str) -> None:
    assert one("{on: 情况, when: not blank(说明), fields: [预算], check: 预算 >= 0}", book)[0] == [outcome]


def test_unknown_condition_leaves_out_and_is_no_pass() -> None:
    outcomes, found = one(
        "{on: 情况, when: 编制 > 0, fields: [预算], check: 预算 >= 0}", "情况: {编制: '?', 预算: -1}"
    )
    assert (outcomes, found) == (["unknown"], [])


def test_one_failing_row_outweighs_unknown_ones() -> None:
    rule = "{on: 收入, rows: 明细, fields: [合计], check: 合计 >= 0}"
    assert one(rule, "收入: [{单位: 甲}, {单位: 乙, 合计: -1}, {单位: 丙, 合计: 1}]")[0] == ["fail"]
    assert one(rule, "收入: [{单位: 甲}, {单位: 丙, 合计: 1}]")[0] == ["unknown"]


def test_an_unreadable_cell_is_not_told_again() -> None:
    outcomes, found = one("{on: 情况, fields: [编制], check: not blank(名称)}", "情况: {编制: '?'}")
    assert (outcomes, found) == (["unknown"], [])


TOTALS = (
    {"code": "合", "on": "支出", "fields": ["合计"], "total": "人员 + 项目"},
    {
        "code": "余",
        "on": "支出",
        "rows": "明细",
        "fields": ["结余"],
        "check": "结余 == 收入[单位].合计 - 合计",
    },
)


def test_what_only_follows_from_a_wrong_total_is_not_told() -> None:
    book = "{收入: [{单位: 甲, 合计: 10}], 支出: [{单位: 甲, 合计: 9, 人员: 3, 项目: 5, 结余: 2}]}"
    pack = pack_with(*TOTALS)
    outcomes, drafts = checked(pack, book)
    assert dict(zip(outcomes["rule"], outcomes["outcome"], strict=True)) == {"合": "fail", "余": "fail"}
    assert drafts.empty
    _, drafts = checked(pack, book.replace("结余: 2", "结余: 7"))
    assert drafts["code"].tolist() == ["余"]


def test_outcomes_of_totals_come_from_totals() -> None:
    books = ["支出: [{单位: 甲, 合计: 8, 人员: 3, 项目: 5}]", "支出: [{单位: 甲, 合计: 9, 人员: 3, 项目: 5}]",
             "支出: [{单位: 甲, 合计: '?', 人员: 3, 项目: 5}]", "收入: []"]  # fmt: skip
    outcomes, _ = checked(pack_with(TOTALS[0]), *books)
    assert outcomes["outcome"].tolist() == ["pass", "fail", "unknown", "unknown"]


PYTHON = """
def twice(batch, pack, rule):
    frame = batch.frames[rule.on]
    doubled = frame[frame["单位"].duplicated() & frame["单位"].notna()]
    return [{"record": int(r), "expected": "另一个名称"} for r in doubled.index]
"""


def test_functions_of_the_pack(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(PYTHON, encoding="utf-8")
    rule = {
        "on": "收入",
        "rows": "明细",
        "fields": ["单位"],
        "python": "twice",
        "message": "“{填报}”重复，改为{应为}",
    }
    pack = pack_with(rule).model_copy(update={"folder": tmp_path})
    outcomes, drafts = checked(pack, "收入: [{单位: 甲}, {单位: 乙}]", "收入: [{单位: 丙}, {单位: 丙}]")
    assert outcomes["outcome"].tolist() == ["pass", "fail"]
    assert drafts["message"].tolist() == ["“丙”重复，改为另一个名称"]
    with pytest.raises(PackError, match="没有函数“thrice”"):
        checked(pack_with(rule | {"python": "thrice"}).model_copy(update={"folder": tmp_path}), "收入: []")
    with pytest.raises(PackError, match="没有"):
        checked(pack_with(rule), "收入: []")


def test_a_message_names_only_what_there_is() -> None:
    pack = pack_with()
    check_message(rule_of("{on: 收入, fields: [合计], check: 合计 > 0, message: '{行}{合计}{填报}'}"), pack)
    for message, says in (("{合記}", "“{合記}”不存在，是否应为“合计”"), ("{合计", "花括号不成对")):
        rule = rule_of(f"{{on: 收入, fields: [合计], check: 合计 > 0, message: {message!r}}}")
        with pytest.raises(PackError, match=says):
            check_message(rule, pack)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{on: 收人, fields: [合计], check: 合计 > 0}", "没有“收人”这张表，是否应为“收入”"),
        ("{on: 收入, fields: [合记], check: 合计 > 0}", "没有“合记”这一栏，是否应为“合计”"),
        ("{on: 收入, rows: 汇计, fields: [合计], check: 合计 > 0}", "没有“汇计”这一行，是否应为“汇总”"),
        ("{on: 收入, fields: [合计], check: 合计 + 1}", "check 应是一个判断"),
        ("{on: 收入, fields: [合计], when: 合计, check: 合计 > 1}", "when 应是一个判断"),
        ("{on: 收入, fields: [合计], total: 合计 / 拨款}", "“合计”是金额，算式“合计 / 拨款”得到的是数"),
    ],
)
def test_mistakes_in_a_rule(rule: str, says: str) -> None:
    with pytest.raises(PackError, match=f"规则 规则-01：.*{says}"):
        checked(pack_with(rule), "收入: []")


units = st.sampled_from(["局机关", "2、工伤", "2、工伤保险", None])
amounts = st.sampled_from([None, "?", 1, 2.5, -3])
income = st.fixed_dictionaries({"单位": units, "合计": amounts})
spending = st.fixed_dictionaries({"单位": units, "合计": amounts, "人员": amounts, "结余": amounts})
books = st.fixed_dictionaries(
    {}, optional={"收入": st.lists(income, max_size=3), "支出": st.lists(spending, max_size=3)}
)
MANY = pack_with(
    *TOTALS,
    "{code: 名, on: 支出, fields: [单位], check: 单位 in 收入.单位, message: '{填报}[应为{应为}]'}",
    "{code: 数, on: 支出, rows: 汇总, fields: [单位], check: count(单位) == count(收入.单位)}",
    "{code: 项, on: 收入, fields: [合计, 拨款], when: 行 != '局机关', check: 本项 >= 0, message: '{行}'}",
)


@given(st.lists(books, min_size=2, max_size=4))
@settings(max_examples=15, deadline=None)
def test_many_workbooks_are_judged_as_each_alone(many: list[Any]) -> None:
    outcomes, drafts = checked(MANY, *many)
    columns = ["submission", "code", "frame", "field", "value", "expected", "message"]
    judged, told = [], []
    for number, book in enumerate(many):
        alone, findings = checked(MANY, book)
        judged += [(number, r, o) for r, o in zip(alone["rule"], alone["outcome"], strict=True)]
        told += findings.assign(submission=number)[columns].astype(str).to_numpy().tolist()
    together = zip(outcomes["submission"], outcomes["rule"], outcomes["outcome"], strict=True)
    assert sorted(together) == sorted(judged)
    assert sorted(drafts[columns].astype(str).to_numpy().tolist()) == sorted(told)
