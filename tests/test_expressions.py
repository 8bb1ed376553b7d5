"""The rule language: names, kinds, three answers, many workbooks at once, formulas, words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallpack import batch_of, pack_with
from workbook_tool.forms.expressions import (
    NoFormula,
    cells,
    compile_expression,
    evaluate,
    in_words,
    to_excel,
)
from workbook_tool.model import Batch, PackError

PACK = pack_with()

FIRST = """
情况: {名称: 某局, 编制: 80, 实有: 77, 预算: 50, 决算: 45, 比率: 95, 日期: "2023-05-01", 自评: 6.5,
       说明: 比上年 2023 年好}
收入:
  - {单位: 汇总, 合计: 30.3, 拨款: 20.1, 其他: 10.2}
  - {单位: 局机关, 合计: 20.2, 拨款: 20.1, 其他: 0.1, 结转: 1}
  - {单位: 一中心, 合计: 10.1, 其他: 10.1}
支出:
  - {单位: 汇总, 合计: 30.3, 人员: 30.3}
  - {单位: "局 机关", 合计: 20.2, 人员: 20, 项目: 0.2}
  - {单位: 一中, 合计: 10.1, 人员: 10.1}
打分:
  - {行: 管理·制度, 得分: 3}
  - {行: 安全, 得分: 3.5}
  - {行: 总分, 得分: 6.5}
项目:
  - 项目名称: 甲
    所属: 局机关
    总额: 5
    资金: [{行: 中央, 计划: 5, 支出: 4}, {行: 合计, 计划: 5, 支出: 4}]
    指标: [{行: 数量, 内容: 培训, 数值: 28}, {行: 数量, 内容: 走访, 数值: 2}, {行: 质量, 内容: 合格}]
  - 项目名称: 乙
    所属: 一中心
    总额: 7
    资金: [{行: 省, 计划: 7, 支出: "?"}]
"""
SECOND = """
情况: {名称: 别局, 编制: "?", 预算: 0, 决算: 0}
收入: [{单位: 局机关, 合计: 1, 拨款: "?"}, {单位: 同名, 合计: 2}, {单位: 同名, 合计: 3}]
支出: [{单位: 局机关, 合计: 1}, {单位: 同名, 合计: 5}]
打分: []
"""
BOTH = batch_of(PACK, FIRST, SECOND)


def answers(text: str, on: str, batch: Batch = BOTH, item: str | None = None) -> list[Any]:
    found = evaluate(compile_expression(text, PACK, on, item), batch, PACK)
    assert found.index.equals(batch.frames[on].index)
    return [None if pd.isna(v) else v for v in found.tolist()]


FEN = PACK.fen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("编制 - 实有", [3.0, None]),
        ("决算 / 预算 == 0.9", [True, None]),
        ("决算 / 预算 * 100", [90.0, None]),
        ("决算 <= 50", [True, True]),
        ("决算 == 45.000001", [False, False]),
        ("预算 + 1.5", [51.5 * FEN, 1.5 * FEN]),
        ("-预算", [-50 * FEN, 0]),
        ("预算 * 1.1", [55 * FEN, 0]),
        ("预算 / 3", [16_666_667, 0]),
        ("预算 * 9000000000000", [None, 0]),
        ("预算 / 0.0000000000001", [None, 0]),
        ("自评 + 0.5", [70_000, None]),
        ("自评 / 10", [6_500, None]),
        ("0 <= 自评 <= 6.5", [True, None]),
        ("比率 >= 95", [True, None]),
        ("年度", [2023.0, 2023.0]),
        ("预算 <= 上限", [True, True]),
        ("决算 >= 预算 * 比例", [True, True]),
        ("abs(决算 - 预算)", [5 * FEN, 0]),
        ("round(自评)", [70_000, None]),
        ("round(预算 / 3, 2)", [16_670_000, 0]),
        ("min(预算, 决算, 100)", [45 * FEN, 0]),
        ("max(编制, 实有)", [80.0, None]),
        ("名称 == '某 局'", [True, False]),
        ("名称 in ['某局', '他局']", [True, False]),
        ("自评 in [6, 6.5]", [True, None]),
        ("年度 in 说明", [True, None]),
        ("'上年' in 说明", [True, None]),
        ("叫法 in 说明", [False, None]),
        ("样字 not in 说明", [True, None]),
        ("日期 < '2023-06-01'", [True, None]),
        ("年度 in 日期", [True, None]),
        ("blank(说明)", [False, True]),
        ("blank(编制)", [False, None]),
        ("实有 > 0 and 编制 > 0", [True, None]),
        ("预算 > 100 and 编制 > 0", [False, False]),
        ("预算 >= 0 or 编制 > 0", [True, True]),
        ("not 编制 > 100", [True, None]),
        ("(预算 > 1) == (决算 > 1)", [True, True]),
        ("编制 < 实有 or blank(实有) and 预算 == 0", [False, True]),
    ],
)
def test_single_values(text: str, expected: list[Any]) -> None:
    assert answers(text, "情况") == expected


@pytest.mark.parametrize(
    ("text", "on", "expected"),
    [
        ("sum(收入.拨款)", "情况", [20.1 * FEN, None]),
        ("sum(收入.其他)", "情况", [10.2 * FEN, 0]),
        ("sum(收入.结转)", "情况", [None, None]),  # a blank that is not 0
        ("count(收入.结转)", "情况", [1.0, 0.0]),
        ("count(收入)", "情况", [2.0, 3.0]),
        ("count(收入, 合计 > 2)", "情况", [2.0, 1.0]),
        ("count(收入.合计 > 2)", "情况", [2.0, 1.0]),
        ("sum(收入.合计, 收入.单位 == '局机关')", "情况", [20.2 * FEN, FEN]),
        ("sum(收入.合计 - 收入.其他)", "情况", [20.1 * FEN, 6 * FEN]),
        ("sum(收入.合计 * 2) / sum(收入.合计)", "情况", [2.0, 2.0]),
        ("max(收入.合计)", "情况", [20.2 * FEN, 3 * FEN]),
        ("min(收入.合计, 单位 != '局机关')", "情况", [10.1 * FEN, 2 * FEN]),
        ("first(收入.单位)", "情况", ["局机关", "局机关"]),
        ("first(收入.合计, 单位 == '同名')", "情况", [None, 2 * FEN]),
        ("any(收入.拨款 > 20)", "情况", [True, None]),
        ("any(收入.合计 > 0)", "情况", [True, True]),
        ("all(收入.拨款 > 20)", "情况", [False, False]),
        ("all(收入.合计 > 0)", "情况", [True, True]),
        ("收入[汇总].合计", "情况", [30.3 * FEN, None]),
        ("收入['一中心'].合计", "情况", [10.1 * FEN, None]),
        ("打分['管理·制度'].得分", "情况", [30_000, None]),
        ("打分[管理·制度].得分 <= 打分[管理·制度].分值", "情况", [True, None]),
        ("sum(打分.分值)", "情况", [70_000, 70_000]),
        ("all(打分.得分 <= 打分.分值)", "情况", [True, None]),
        ("count(项目)", "情况", [2.0, 0.0]),
        ("sum(项目.总额)", "情况", [12 * FEN, 0]),
        ("sum(项目.资金.支出)", "情况", [None, 0]),
        ("sum(项目.资金.支出, 项目.所属 == '局机关')", "情况", [4 * FEN, 0]),
        ("sum(项目.资金.计划, 项目.所属 in 收入.单位 and 来源 != '省')", "情况", [5 * FEN, 0]),
        ("sum(本项)", "收入", [30.3 * FEN] * 3 + [6 * FEN] * 4),
        ("合计 == 拨款 + 其他", "收入", [True, True, True, None, None, False, False]),
        ("单位 in 支出.单位", "收入", [False, True, False, False, True, True, True]),
        ("支出[单位].合计", "收入", [30.3 * FEN, 20.2 * FEN, None, None, FEN, 5 * FEN, 5 * FEN]),
        ("收入[单位].合计", "支出", [30.3 * FEN, 20.2 * FEN, None, None, FEN, None]),
        ("收入[行].合计 - 合计", "支出", [0, 0, None, None, 0, None]),
        ("行 == '汇总'", "打分", [False, False, False] * 2),
        ("总额 == sum(资金.计划)", "项目", [True, True]),
        ("sum(资金.支出)", "项目", [4 * FEN, None]),
        ("资金[合计].计划", "项目", [5 * FEN, 0]),
        ("项目.资金[省].计划", "项目", [0, 7 * FEN]),
        ("sum(指标[数量].数值)", "项目", [30.0, 0.0]),
        ("count(指标.数值, 类别 == '质量')", "项目", [0.0, 0.0]),
        ("计划 <= 项目.总额", "项目.资金", [True, True, True, True, True, True]),
        ("支出 / 计划 * 100 >= 比例 * 100", "项目.资金", [None, False, False, None, None, None]),
        ("情况.预算", "项目.资金", [50 * FEN] * 6),
    ],
)
def test_many_records(text: str, on: str, expected: list[Any]) -> None:
    assert answers(text, on, item="合计" if on == "收入" else None) == expected


def test_item_stands_for_each_field_also_in_other_tables() -> None:
    assert answers("本项 == 支出[单位].本项", "收入", item="合计") == [
        True,
        True,
        None,
        None,
        True,
        False,
        False,
    ]


def test_a_lost_table_is_unknown_not_zero() -> None:
    lost = batch_of(PACK, "情况: {名称: 甲}")
    assert answers("sum(收入.其他)", "情况", lost) == [None]
    assert answers("名称 in 收入.单位", "情况", lost) == [None]
    assert answers("sum(项目.总额)", "情况", lost) == [0]


@pytest.mark.parametrize(
    ("text", "on", "says"),
    [
        ("预算数 > 0", "情况", "没有“预算数”这个栏目，也没有这个参数，是否应为“预算”"),
        ("收人.合计 > 0", "情况", "没有“收人”这张表，是否应为“收入”"),
        ("sum(收入.拨欵)", "情况", "“收入”没有“拨欵”这一栏，是否应为“拨款”"),
        ("打分[管理·制订].得分", "情况", "没有“管理·制订”这一行，是否应为“管理·制度”"),
        ("summ(收入.合计)", "情况", "没有“summ”这个函数，是否应为“sum”"),
        ("预算 + 自评", "情况", "金额和分数不能放在一起"),
        ("预算 + 编制", "情况", "金额和数不能放在一起"),
        ("预算 * 决算", "情况", "金额和金额不能相乘"),
        ("编制 / 预算", "情况", "数和金额不能相除"),
        ("预算 / 0", "情况", None),
        ("1 / 0", "情况", "除数是 0"),
        ("round(决算, 11)", "情况", "小数位数，最多10"),
        ("预算 < 1e999", "情况", "数太大，最大是"),
        ("预算 < 1000000000 * 1000000000", "情况", "数太大，最大是"),
        ("叫法", "情况", "是一组值，只能写在 in"),
        ("自评 in ['甲']", "情况", "分数不会是这组值里的一个"),
        ("叫法 in ['甲']", "情况", "一组值不会是这组值里的一个"),
        ("收入[收入[名称].单位].合计", "情况", "方括号里不能再按名称取一行"),
        ("+".join(["预算"] * 200), "情况", "表达式太长"),
        ("-" * 5000 + "预算", "情况", "表达式太长"),
        ("预算\0", "情况", "写法有误"),
        ("名称 + 1", "情况", "是文字，不能计算"),
        ("名称 == 1", "情况", "不能放在一起"),
        ("not 预算", "情况", "应是一个判断"),
        ("收入.合计 > 0", "情况", "不止一个值"),
        ("收入.合计 > 0", "收入", "不止一个值"),
        ("项目.总额 > 0", "情况", "不止一个值"),
        ("项目.资金[省].计划", "情况", "可以有好几张"),
        ("指标[数量].数值", "项目", "可以有好几行"),
        ("sum(预算)", "情况", "不是一张表的栏目"),
        ("sum(收入.单位)", "情况", "不能汇总文字"),
        ("sum(收入.合计, 支出.合计 > 0)", "情况", "不止一个值"),
        ("sum(支出.合计, 拨款 > 0)", "收入", "不能引用“收入”本行的“拨款”"),
        ("sum(收入.合计 - 支出.合计)", "情况", "一次只能汇总一张表"),
        ("blank(预算 + 1)", "情况", "应是一个栏目"),
        ("本项 > 0", "情况", "不能用“本项”"),
        ("预算 ＝ 1", "情况", "写法有误"),
        ("收入 > 0", "情况", "“收入”是一张表"),
        ("__import__('os')", "情况", "没有“__import__”这个函数"),
        ("(lambda: 1)()", "情况", "没有"),
        ("名称.upper()", "情况", "没有“名称.upper”这个函数"),
        ("[预算 for 预算 in 名称]", "情况", "不能这样写"),
        ("预算 ** 2", "情况", "四则运算"),
        ("预算 is 1", "情况", "不能用 is"),
        ("True", "情况", "不能写“True”"),
    ],
)
def test_mistakes_of_a_pack_author(text: str, on: str, says: str | None) -> None:
    if says is None:
        assert answers(text, on) == [None, None]
        return
    with pytest.raises(PackError) as mistake:
        compile_expression(text, PACK, on, None)
    assert says in mistake.value.message


def test_what_an_expression_says_of_itself() -> None:
    expression = compile_expression("决算 <= sum(收入.合计) and not blank(名称)", PACK, "情况", None)
    assert expression.kind == "boolean"
    assert expression.references == (("情况", "决算"), ("收入", "合计"), ("情况", "名称"))


def test_cells_and_how_often_they_are_added() -> None:
    expression = compile_expression("拨款 + 其他 - 2 * 结转", PACK, "收入", None)
    found = {(c.frame, c.record, c.field): c.weight for c in cells(expression, BOTH, PACK, 1)}
    assert found == {("收入", 1, "拨款"): 1, ("收入", 1, "其他"): 1, ("收入", 1, "结转"): -2}
    column = compile_expression("sum(本项)", PACK, "收入", "其他")
    assert [c.record for c in cells(column, BOTH, PACK, 0)] == [1, 2]
    ratio = compile_expression("合计 / 收入[单位].合计", PACK, "支出", None)
    assert [c.weight for c in cells(ratio, BOTH, PACK, 1)] == [None, None]


amounts = st.decimals(-99999, 99999, places=6)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), st.decimals("0.001", 10, places=3))
@settings(max_examples=40, deadline=None)
def test_money_is_exact(rows: list[tuple[Decimal, Decimal]], factor: Decimal) -> None:
    book = {"收入": [{"单位": f"甲{n}", "合计": a, "拨款": b} for n, (a, b) in enumerate(rows)]}
    batch = batch_of(PACK, book)
    a, b = rows[0]
    assert answers("sum(合计)", "收入", batch)[1] == sum(x for x, _ in rows) * FEN
    assert answers("合计 - 拨款 * 3", "收入", batch)[1] == (a - 3 * b) * FEN
    assert answers("合计 < 拨款", "收入", batch)[1] == (a < b)
    product = (a * factor * FEN).quantize(Decimal(1), ROUND_HALF_UP)
    assert answers(f"合计 * {factor}", "收入", batch)[1] == product
    if b:
        quotient = (a / b).quantize(Decimal("1e-10"), ROUND_HALF_UP)
        assert answers("合计 / 拨款", "收入", batch)[1] == pytest.approx(float(quotient), abs=1e-9, rel=1e-12)


cell = st.one_of(st.none(), st.just("?"), st.sampled_from(["0", "1", "2.5", "14.83"]))
name = st.sampled_from(["局机关", "一中心", "二中心", None])
line = st.fixed_dictionaries({"单位": name, "合计": cell, "拨款": cell, "其他": cell, "结转": cell})
source = st.fixed_dictionaries({"行": st.sampled_from(["中央", "省"]), "计划": cell, "支出": cell})
project = st.fixed_dictionaries(
    {
        "总额": cell,
        "所属": name,
        "资金": st.lists(
            st.fixed_dictionaries({"行": st.sampled_from(["中央", "省"]), "计划": cell, "支出": cell}),
            max_size=2,
        ),
    }
)
book = st.fixed_dictionaries(
    {},
    optional={
        "情况": st.fixed_dictionaries({"名称": name, "预算": cell, "决算": cell}),
        "收入": st.lists(line, max_size=4),
        "项目": st.lists(project, max_size=3),
    },
)
SOME = [
    ("预算 == sum(收入.合计)", "情况"),
    ("预算 / 决算 >= 0.9 or blank(名称)", "情况"),
    ("any(收入.拨款 > 2) and all(收入.其他 < 10)", "情况"),
    ("first(收入.合计)", "情况"),
    ("max(收入.合计, 拨款 > 0)", "情况"),
    ("sum(项目.资金.支出, 项目.所属 in 收入.单位)", "情况"),
    ("名称 in 收入.单位", "情况"),
    ("合计 - sum(合计) == 收入[单位].其他", "收入"),
    ("sum(资金.计划) <= 总额", "项目"),
    ("计划 + 情况.预算", "项目.资金"),
]


@given(st.lists(book, min_size=2, max_size=4))
@settings(max_examples=20, deadline=None)
def test_many_workbooks_are_judged_as_each_alone(books: list[dict[str, Any]]) -> None:
    together = batch_of(PACK, *books)
    alone = [batch_of(PACK, one) for one in books]
    for text, on in SOME:
        assert answers(text, on, together) == [a for one in alone for a in answers(text, on, one)], text


class Sheet:
    """Places of the small pack for formulas: every table from row 5, totals above."""

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        return f"{frame}!{field}" + (f"#{key}" if key else "")

    def column(self, frame: str, field: str, key: str | None = None) -> str:
        return f"{frame}!{field}:{field}" + (f"#{key}" if key else "")

    def key_column(self, frame: str, key: str | None = None) -> str | None:
        return f"{frame}!K:K" if frame in ("收入", "支出") else None

    def compared(self, frame: str, field: str, key: str | None = None) -> None:
        return None

    def across(self, node: Any) -> None:
        return None

    def words(self, words: tuple[str, ...]) -> None:
        return None


USED = "SUMPRODUCT((LEN(TRIM(收入!K:K))>0)*(1-ISNUMBER(收入!结转:结转)))"


@pytest.mark.parametrize(
    ("text", "on", "formula"),
    [
        ("拨款 + 其他", "收入", "ROUND(N(收入!拨款)+N(收入!其他),6)"),
        ("sum(拨款)", "收入", "ROUND(SUM(收入!拨款:拨款),6)"),
        ("合计 - 结转", "收入", 'IF(COUNT(收入!合计,收入!结转)=2,ROUND(收入!合计-收入!结转,6),"")'),
        (
            "合计 - (拨款 + 其他)",
            "收入",
            'IF(COUNT(收入!合计)=1,ROUND(收入!合计-(N(收入!拨款)+N(收入!其他)),6),"")',
        ),
        ("sum(结转)", "收入", f'IFERROR(ROUND(IF({USED}>0,NA(),SUM(收入!结转:结转)),6),"")'),
        (
            "sum(打分.得分)",
            "情况",
            'IFERROR(ROUND(IF(ROWS(打分!得分:得分)-COUNT(打分!得分:得分)>0,NA(),SUM(打分!得分:得分)),4),"")',
        ),
        ("决算 <= 上限", "情况", "ROUND(IF(ISNUMBER(情况!决算),情况!决算,NA())-100,6)<=0"),
        (
            "blank(名称)",
            "情况",
            'LEN(TRIM(CLEAN(SUBSTITUTE(SUBSTITUTE(情况!名称,"\u3000",""),"\u00a0",""))))=0',
        ),
    ],
)
def test_formulas(text: str, on: str, formula: str) -> None:
    assert to_excel(compile_expression(text, PACK, on, None), Sheet()) == formula


def test_what_no_formula_says() -> None:
    with pytest.raises(NoFormula):
        to_excel(compile_expression("first(收入.合计)", PACK, "情况", None), Sheet())


@pytest.mark.parametrize(
    ("text", "on", "words"),
    [
        ("合计 == 拨款 + 其他", "收入", "合计 ＝ 拨款 ＋ 其他"),
        ("合计 - (拨款 + 其他) <= 上限", "收入", "合计 － （拨款 ＋ 其他） ≤ 上限（100万元）"),
        ("sum(合计)", "收入", "本表各行合计之和"),
        ("预算 == 收入[汇总].合计", "情况", "预算 ＝ “收入”表“汇总”行的合计"),
        (
            "not blank(说明) and 叫法 not in 说明",
            "情况",
            "说明已填写，且说明不包含叫法（“机关”、“本级”）之一",
        ),
        ("blank(说明) or 预算 > 0 and 决算 > 0", "情况", "说明没有填写，或（预算 ＞ 0，且决算 ＞ 0）"),
        (
            "abs(预算 - 决算) > 0 and 样字 == 说明",
            "情况",
            "（预算 － 决算）的绝对值 ＞ 0，且样字（“示例”） ＝ 说明",
        ),
        ("count(收入, 合计 > 2) == 1", "情况", "“收入”各行中符合（合计 ＞ 2万元）的个数 ＝ 1"),
        ("名称 in 收入.单位", "情况", "名称属于“收入”表的单位"),
        ("结余 == 收入[单位].合计 - 合计", "支出", "结余 ＝ “收入”表中单位同名一行的合计 － 合计"),
    ],
)
def test_words(text: str, on: str, words: str) -> None:
    assert in_words(compile_expression(text, PACK, on, None)) == words
