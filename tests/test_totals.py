"""Declared totals against recomputed ones: what is told, what is not, and the likely cause."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smallpack import batch_of, pack_with
from workbook_tool.checks.totals import recompute
from workbook_tool.model import Batch

TYPED = "这一格在模板里是公式，被改成了填写的数。"
MESSAGE = "{行}的{本项}填{报}，应为{应为}，相差{相差}。".replace("{报}", "{填报}")
PACK = pack_with(
    {"code": "列", "on": "收入", "rows": "汇总", "fields": ["合计", "拨款", "其他"], "total": "sum(本项)",
     "message": MESSAGE},
    {"code": "行", "on": "收入", "fields": ["合计"], "total": "拨款 + 其他", "message": MESSAGE},
    {"code": "余", "on": "支出", "fields": ["结余"], "total": "收入[单位].合计 - 合计", "message": MESSAGE},
    {"code": "分", "on": "打分", "rows": "总分", "fields": ["得分"], "total": "sum(得分)"},
)  # fmt: skip

RIGHT = """
收入:
  - {单位: 汇总, 合计: 30.3, 拨款: 20.1, 其他: 10.2}
  - {单位: 局机关, 合计: 20.2, 拨款: 20.1, 其他: 0.1}
  - {单位: 一中心, 合计: 10.1, 其他: 10.1}
打分: [{行: 管理·制度, 得分: 3}, {行: 安全, 得分: 3.5}, {行: 总分, 得分: 6.5}]
"""


def changed(**cells: object) -> dict[str, Any]:
    """The right book with some cells of 收入 changed: 汇总_拨款=21 for the row 汇总."""
    book: dict[str, Any] = yaml.safe_load(RIGHT)
    for name, value in cells.items():
        row, _, field = name.partition("_")
        next(line for line in book["收入"] if line["单位"] == row)[field] = value
    return book


def told(batch: Batch) -> list[tuple[Any, ...]]:
    _, drafts = recompute(batch, PACK)
    units = batch.frames["收入"]["单位"].tolist()
    return [
        (d["code"], units[d["record"]], d["field"], d["difference"], d["severity"])
        for d in drafts.to_dict("records")
    ]


def messages(book: object) -> list[str]:
    """What is said, but for that the totals of these books are typed."""
    _, drafts = recompute(batch_of(PACK, book), PACK)  # type: ignore[arg-type]
    return [m.removesuffix(TYPED) for m in drafts["message"].tolist()]


def test_right_totals_are_listed_and_not_told() -> None:
    totals, drafts = recompute(batch_of(PACK, RIGHT), PACK)
    assert drafts.empty
    assert totals["outcome"].tolist() == ["pass"] * 7
    first = totals[["rule", "frame", "field", "declared", "computed", "difference"]].iloc[0]
    assert list(first) == ["列", "收入", "合计", 30_300_000, 30_300_000, 0]
    assert totals.iloc[-1]["declared"] == 65_000


def test_a_wrong_column_is_told_once_with_its_addends() -> None:
    batch = batch_of(PACK, changed(汇总_拨款=21))
    _, drafts = recompute(batch, PACK)
    assert told(batch) == [("列", "全部汇总", "拨款", "0.9", "error")]  # the row 合计 only follows
    line = drafts.iloc[0]
    assert (line["value"], line["expected"]) == ("21", "20.1")
    assert line["message"] == "全部汇总的拨款填21，应为20.1，相差0.9。" + TYPED
    assert line["related"] == (("收入", 1, "拨款"),)


def test_a_total_that_two_rules_call_wrong_alike_is_told_once() -> None:
    assert told(batch_of(PACK, changed(汇总_合计=31))) == [("列", "全部汇总", "合计", "0.7", "error")]


def test_a_wrong_addend_that_is_a_total_itself_is_told_at_its_own_cell() -> None:
    assert told(batch_of(PACK, changed(局机关_合计=22.2))) == [("行", "局机关", "合计", "2", "error")]


def test_blanks() -> None:
    assert told(batch_of(PACK, changed(汇总_拨款=None))) == [("列", "全部汇总", "拨款", None, "error")]
    assert messages(changed(汇总_拨款=None)) == ["“全部汇总”的“拨款”空着，按其他数字计算应为20.1。请补填。"]
    book = changed(汇总_其他=None, 局机关_其他=0, 一中心_其他=0)
    assert not [m for m in messages(book) if "其他" in m and "空着" in m]


@pytest.mark.parametrize("cell", ["汇总_拨款", "局机关_拨款"])
def test_nothing_is_told_of_what_cannot_be_read(cell: str) -> None:
    totals, drafts = recompute(batch_of(PACK, changed(**{cell: "?"})), PACK)
    assert drafts.empty
    assert "unknown" in totals["outcome"].tolist()


def test_the_slip_of_two_columns_is_one_and_its_row_is_named() -> None:
    book = """
    收入:
      - {单位: 汇总, 合计: 2893.08, 拨款: 2437.73, 其他: 455.35}
      - {单位: 1、局机关, 合计: 1806.88, 拨款: 1472.08, 其他: 334.8}
      - {单位: 2、工伤保险, 合计: 155.73, 拨款: 140.9, 其他: 14.83}
      - {单位: 3、社保, 合计: 542.89, 拨款: 542.03, 其他: 0.86}
      - {单位: 4、就业, 合计: 387.58, 拨款: 267.89, 其他: 119.69}
    """
    batch = batch_of(PACK, book)
    _, drafts = recompute(batch, PACK)
    assert told(batch) == [
        ("列", "全部汇总", "拨款", "14.83", "error"),
        ("列", "全部汇总", "其他", "-14.83", "error"),
    ]
    slip = "“拨款”多14.83，“其他收入”少14.83，是同一处差错：“2、工伤保险”的“其他收入”14.83计到了“拨款”。"
    assert drafts["message"].tolist() == [
        "全部汇总的拨款填2437.73，应为2422.9，相差14.83。" + slip + TYPED,
        "全部汇总的其他收入填455.35，应为470.18，相差14.83。" + slip + TYPED,
    ]
    assert all(("收入", 2, "其他") in related for related in drafts["related"])


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"汇总_拨款": 201000}, "正好是应填数的一万倍，像是按元填的，本表以万元为单位。"),
        ({"汇总_其他": 0.00102}, "正好是应填数的万分之一，像是按亿元填的，本表以万元为单位。"),
        (
            {"局机关_拨款": 201000, "局机关_合计": 201000.1},
            "“局机关”的“拨款”201000大了一万倍，像是按元填的，本表以万元为单位。",
        ),
        ({"汇总_拨款": 2010}, "正好是应填数的100倍，请检查小数点。"),
        ({"汇总_拨款": 0.201}, "正好是应填数的百分之一，请检查小数点。"),
        ({"汇总_拨款": -20.1}, "数字对，正负号反了。"),
        ({"汇总_其他": 20.3}, "差数正好是“一中心”的“其他收入”10.1，像是多加了一次。"),
        ({"汇总_其他": 0.1}, "差数正好是“一中心”的“其他收入”10.1，像是漏加了。"),
        (
            {"局机关_其他": 1.1},
            "“全部汇总”的“其他收入”也差同样的数，问题可能出在“局机关”的“其他收入”："
            "现在是1.1，改为0.1两处就都对得上。",
        ),
        ({"汇总_其他": 10.21}, "差数不超过四舍五入可能造成的0.015，属于尾差，请确认。"),
        ({"汇总_拨款": 27}, "相差6.9。"),
    ],
)  # fmt: skip
def test_the_likely_cause(change: dict[str, object], cause: str) -> None:
    assert any(m.endswith(cause) for m in messages(changed(**change))), messages(changed(**change))


def test_rounding_has_the_severity_of_rounding() -> None:
    assert told(batch_of(PACK, changed(汇总_其他=10.21))) == [("列", "全部汇总", "其他", "0.01", "note")]
    assert told(batch_of(PACK, changed(汇总_其他=10.22)))[0][-1] == "error"


def test_points_have_no_rounding() -> None:
    book = yaml.safe_load(RIGHT)
    book["打分"][2]["得分"] = 6.51
    _, drafts = recompute(batch_of(PACK, book), PACK)
    assert drafts[["severity", "value", "expected", "difference"]].to_numpy().tolist() == [
        ["error", "6.51", "6.5", "0.01"]
    ]


def test_numbers_stored_as_text_that_sum_leaves_out() -> None:
    batch = batch_of(PACK, changed(汇总_其他=0.1, 汇总_合计=20.2))
    flags = batch.unreadable["收入"].copy()
    flags.loc[2, "其他"] = True
    _, drafts = recompute(replace(batch, text_numbers={"收入": flags}), PACK)
    assert drafts.iloc[-1]["message"].endswith(
        "“一中心”的“其他收入”10.1是以文本存放的数字，求和时被漏掉了。" + TYPED
    )


def test_lookups_between_tables() -> None:
    book = yaml.safe_load(RIGHT)
    book["支出"] = [{"单位": "局 机关", "合计": 20, "结余": 0.3}, {"单位": "没有的", "合计": 1, "结余": 9}]
    batch = batch_of(PACK, book)
    totals, drafts = recompute(batch, PACK)
    assert drafts[["code", "expected", "difference"]].to_numpy().tolist() == [["余", "0.2", "0.1"]]
    assert totals[totals["rule"] == "余"]["outcome"].tolist() == ["unknown", "fail", "unknown"]


money = st.decimals(0, 5000, places=2)


@given(st.lists(st.tuples(money, money), min_size=1, max_size=5), st.data())
@settings(max_examples=25, deadline=None)
def test_a_planted_wrong_total_is_found_alone(
    rows: list[tuple[Decimal, Decimal]], data: st.DataObject
) -> None:
    lines = [{"单位": f"单位{n}", "合计": a + b, "拨款": a, "其他": b} for n, (a, b) in enumerate(rows)]
    first, second = sum(a for a, _ in rows), sum(b for _, b in rows)
    whole = {"单位": "汇总", "合计": first + second, "拨款": first, "其他": second}
    right: list[dict[str, Any]] = [whole, *lines]
    assert messages({"收入": right}) == []
    field = data.draw(st.sampled_from(["合计", "拨款", "其他"]))
    slip = data.draw(st.decimals("0.5", 100, places=2))
    right[0][field] = right[0][field] + slip
    batch = batch_of(PACK, {"收入": right})
    found = [(d[1], d[2], Decimal(d[3])) for d in told(batch)]
    assert found == [("全部汇总", field, slip)]


CHANGES = st.sampled_from([{}, {"汇总_拨款": 21}, {"局机关_合计": 3}, {"汇总_其他": "?"}])


@given(st.lists(CHANGES, min_size=2, max_size=5))
@settings(max_examples=12, deadline=None)
def test_many_workbooks_are_told_as_each_alone(changes: list[dict[str, object]]) -> None:
    books = [changed(**c) for c in changes]
    _, together = recompute(batch_of(PACK, *books), PACK)
    alone = [recompute(batch_of(PACK, one), PACK)[1].assign(submission=n) for n, one in enumerate(books)]
    columns = ["submission", "code", "field", "value", "expected", "message"]
    merged = [row for one in alone for row in one[columns].to_numpy().tolist()]
    assert together[columns].to_numpy().tolist() == merged
