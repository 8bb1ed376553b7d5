"""Sums of the rows that bear the name of the row a rule is about: `… == 本行`."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from smallpack import batch_of, pack_with
from workbook_tool.forms.expressions import (
    NoFormula,
    cells,
    compile_expression,
    evaluate,
    in_words,
    to_excel,
)
from workbook_tool.model import PackError

PACK = pack_with()
FEN = PACK.fen

FIRST = """
收入: [{单位: 汇总, 合计: 9}, {单位: 一所, 合计: 4}, {单位: 二所, 合计: 5}, {合计: 1}]
支出: [{单位: "一 所", 合计: 3}, {单位: 二所, 合计: 2}, {单位: 二所, 合计: 2.5}, {单位: 三所}]
项目:
  - {所属: 一所, 总额: 5, 资金: [{行: 中央, 支出: 4}, {行: 省, 支出: 1}, {行: 合计, 支出: 5}]}
  - {所属: 二所, 总额: 7, 资金: [{行: 省, 支出: 7}]}
  - {所属: "一所 ", 总额: 2, 资金: [{行: 省, 支出: 2}]}
"""
SECOND = """
收入: [{单位: 一所, 合计: 4}, {单位: 四所, 合计: 4}]
支出: []
项目: [{总额: 5, 资金: [{行: 省, 支出: 1}]}, {所属: 一所, 总额: "?", 资金: [{行: 省, 支出: 2}]}]
"""
THIRD = "{收入: [{单位: 一所, 合计: 4}], 支出: [{单位: 一所, 合计: 6}]}"
BATCH = batch_of(PACK, FIRST, SECOND, THIRD)
BY_UNIT = "sum(项目.资金.支出, 项目.所属 == 本行)"


def answers(text: str, on: str = "收入") -> list[list[Any]]:
    """The values of a workbook's rows, for each workbook."""
    found = evaluate(compile_expression(text, PACK, on), BATCH, PACK)
    groups = found.groupby(BATCH.frames[on]["submission"])
    return [[None if pd.isna(v) else v / FEN for v in values] for _, values in groups]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 汇总 and the row without a name; then a project whose unit is blank; then no project at all
        (BY_UNIT, [[0, 7, 7, None], [None, None, None], [0, 0]]),
        ("sum(项目.资金.支出, 项目.所属 == 本行 and 来源 == '省')", [[0, 3, 7, None], [None] * 3, [0, 0]]),
        ("sum(项目.资金.支出, 支出 > 1 and 项目.所属 == 本行)", [[0, 6, 7, None], [0, 2, 0], [0, 0]]),
        ("sum(项目.总额, 所属 == 本行)", [[0, 7, 7, None], [None] * 3, [0, 0]]),
        ("sum(支出.合计, 支出.单位 == 本行)", [[0, 3, 4.5, None], [0, 0, 0], [0, 6]]),
        ("max(支出.合计, 支出.单位 == 本行)", [[None, 3, 2.5, None], [None] * 3, [None, 6]]),
        ("first(支出.合计, 支出.单位 == 本行)", [[None, 3, 2, None], [None] * 3, [None, 6]]),
    ],
)
def test_each_row_has_the_sum_of_its_own(text: str, expected: list[list[Any]]) -> None:
    assert answers(text) == expected


def test_rows_may_be_counted_and_compared() -> None:
    found = evaluate(compile_expression("合计 == sum(支出.合计, 单位 == 本行)", PACK, "收入"), BATCH, PACK)
    assert [None if pd.isna(v) else v for v in found.iloc[:4]] == [False, False, False, None]
    count = evaluate(
        compile_expression("count(支出.单位 == '二所', 单位 == 本行)", PACK, "收入"), BATCH, PACK
    )
    assert count.iloc[1:3].tolist() == [0, 2]


def test_one_workbook_is_a_batch_of_one() -> None:
    together = answers(BY_UNIT)
    for number, book in enumerate((FIRST, SECOND, THIRD)):
        alone = evaluate(compile_expression(BY_UNIT, PACK, "收入"), batch_of(PACK, book), PACK)
        assert [None if pd.isna(v) else v / FEN for v in alone] == together[number]


def test_the_cells_are_those_of_the_rows_that_bear_the_name() -> None:
    found = cells(compile_expression(BY_UNIT, PACK, "收入"), BATCH, PACK, 1)
    frame = BATCH.frames["项目.资金"]
    assert [(frame["instance"][c.record], frame["key"][c.record]) for c in found] == [
        (0, "中央"), (0, "省"), (2, "中央"), (2, "省"),
    ]  # fmt: skip


class Sheet:
    """Columns by their names."""

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        return f"{frame}!{field}1"

    def column(self, frame: str, field: str, key: str | None = None) -> str:
        return f"{frame}!{field}:{field}"

    def key_column(self, frame: str, key: str | None = None) -> str:
        return f"{frame}!K:K"

    def words(self, words: tuple[str, ...]) -> str | None:
        return None

    def compared(self, frame: str, field: str, key: str | None = None) -> None:
        return None

    def across(self, node: Any) -> None:
        return None


def test_as_a_formula() -> None:
    text = to_excel(compile_expression("sum(支出.项目, 单位 == 本行)", PACK, "收入"), Sheet())
    assert "EXACT(" in text and "收入!单位1" in text and "支出!单位:单位" in text
    with pytest.raises(NoFormula, match="复制的表"):
        to_excel(compile_expression(BY_UNIT, PACK, "收入"), Sheet())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BY_UNIT, "“项目·资金”各行中“项目”的所属与本行同名的支出之和"),
        (
            "count(支出.合计, 单位 == 本行 and 合计 > 1)",
            "“支出”各行中单位与本行同名、符合（合计 ＞ 1万元）的合计已填写的个数",
        ),
    ],
)
def test_in_words(text: str, expected: str) -> None:
    assert in_words(compile_expression(text, PACK, "收入")) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sum(支出.合计, 单位 != 本行)", "只能写在 sum、count 等函数的条件里"),
        ("sum(支出.合计, 单位 == 本行 or 合计 > 1)", "只能写在"),
        ("sum(支出.合计, 单位 == 本行 and 单位 == 本行)", "只写一次"),
        ("sum(支出.合计, 合计 == 本行)", "左边应是文字"),
        ("单位 == 本行", "只能写在"),
    ],
)
def test_where_it_cannot_be_written(text: str, says: str) -> None:
    with pytest.raises(PackError, match=says):
        compile_expression(text, PACK, "收入")
