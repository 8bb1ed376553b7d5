"""Values as clerks type them: what is read, what is refused, and what is said about it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallpack import FORMULAS, pack_with
from workbook_tool.checks.conform import Cell, conform, type_column
from workbook_tool.checks.dates import read_date
from workbook_tool.checks.numbers import MONEY_UNITS, Whole, exact, read_written
from workbook_tool.model import Batch, CellError, FormField, Pack, Uncalculated

PACK = pack_with(nothing=["无", "—", "/", "空"])
AMOUNT = FormField(label="决算", type="amount")
COUNT = FormField(label="编制", type="count", unit="人")
NUMBER = FormField(label="数值", type="number", unit="天")
PERCENT = FormField(label="比率", type="percent")
POINTS = FormField(label="自评", type="points")
TEXT = FormField(label="名称")
DATE = FormField(label="日期", type="date")
CHOICE = FormField(label="是否", type="choice", choices=("是", "否", "部分 符合"))
SIGN = FormField(label="符号", type="choice", choices=("≥", "="), written={"≥": ("≧", ">="), "=": ("==",)})


def read(content: Any, field: FormField, pack: Pack = PACK) -> tuple[Any, str | None]:
    """The value and the code of a single cell; unreadable cells have the value "?"."""
    column = type_column(pd.Series([content], dtype=object), field, pack)
    cell = column.odd.get(0, Cell())
    value = column.values[0]
    return "?" if cell.unreadable else None if pd.isna(value) else value, cell.code


WAN = 1_000_000


@pytest.mark.parametrize(
    ("content", "fen", "code"),
    [
        (92.0, 92 * WAN, None),
        (2437.73, 2437_730_000, None),
        (0.1 + 0.2, 300_000, None),
        (2893.08 - 2437.73, 455_350_000, None),
        (0.3 - 0.1 - 0.2, 0, None),
        ("92", 92 * WAN, "格式-03"),
        ("'92".strip("'"), 92 * WAN, "格式-03"),
        ("１，２３４．５", 1234_500_000, "格式-03"),
        ("1,234,567.89", 1234567_890_000, "格式-03"),
        ("（12）", -12 * WAN, "格式-03"),
        ("−5", -5 * WAN, "格式-03"),
        ("\u200b12\u3000", 12 * WAN, "格式-03"),
        ("¥ 12.5", 12_500_000, "格式-03"),
        ("￥-12.5", -12_500_000, "格式-03"),
        ("92万元", 92 * WAN, "格式-02"),
        ("45万", 45 * WAN, "格式-02"),
        ("45 万元", 45 * WAN, "格式-02"),
        ("920000元", 92 * WAN, "格式-02"),
        ("1.5亿元", 15000 * WAN, "格式-02"),
        ("3千元", 300_000, "格式-02"),
        ("(1,234.5)万元", -1234_500_000, "格式-02"),
        ("1分", "?", "格式-01"),
        ("1_000", "?", "格式-01"),
        ("1,23", "?", "格式-01"),
        ("0,123", "?", "格式-01"),
        ("12 34", "?", "格式-01"),
        ("nan", "?", "格式-01"),
        ("inf", "?", "格式-01"),
        ("1e3", "?", "格式-01"),
        ("1e400", "?", "格式-01"),
        ("²", "?", "格式-01"),
        ("①", "?", "格式-01"),
        ("⑩", "?", "格式-01"),
        ("٣", "?", "格式-01"),
        ("-(12)", "?", "格式-01"),
        ("约92", "?", "格式-01"),
        ("9" * 70, "?", "格式-01"),
        (92.1234567, "?", "格式-04"),
        (2437.7300001, "?", "格式-04"),
        ("92.1234567", "?", "格式-04"),
        ("1.00000000000000000000000000000001", "?", "格式-04"),
        (1e12, "?", "格式-10"),
        (float("inf"), "?", "格式-10"),
        ("9999999999999", "?", "格式-10"),
        (True, "?", "格式-11"),
        (CellError("#DIV/0!"), "?", "格式-06"),
        (Uncalculated("SUM(B2:B5)"), "?", "格式-07"),
        (None, None, None),
        ("无", None, None),
        ("—", None, None),
        ("／", None, None),
        ("\u200b", None, None),
    ],
)
def test_amounts(content: Any, fen: int | str | None, code: str | None) -> None:
    assert read(content, AMOUNT) == (fen, code)


@pytest.mark.parametrize(
    ("field", "content", "value", "code"),
    [
        (COUNT, 77.0, 77, None),
        (COUNT, "77人", 77, "格式-02"),
        (COUNT, "77个", "?", "格式-01"),
        (COUNT, 77.5, "?", "格式-04"),
        (COUNT, "77.5", "?", "格式-04"),
        (POINTS, 4.5, 45_000, None),
        (POINTS, "4.5分", 45_000, "格式-02"),
        (POINTS, 4.33333, "?", "格式-04"),
        (NUMBER, 3.25, 3.25, None),
        (NUMBER, "3.25天", 3.25, "格式-02"),
        (NUMBER, 2e15, "?", "格式-10"),
        (COUNT, "99999999999999999999", "?", "格式-10"),
        (COUNT, "99999999999999999999人", "?", "格式-10"),
        (NUMBER, True, "?", "格式-11"),
        (PERCENT, 0.95, 95.0, None),
        (PERCENT, 0.57, 57.0, None),
        (PERCENT, 1.2, 120.0, None),
        (PERCENT, 95.0, 95.0, "格式-05"),
        (PERCENT, "95%", 95.0, None),
        (PERCENT, "９５％", 95.0, None),
        (PERCENT, "0.95", 95.0, "格式-05"),
        (PERCENT, "95", 95.0, "格式-05"),
        (PERCENT, "高", "?", "格式-01"),
        (PERCENT, "无", None, None),
    ],
)
def test_other_numbers(field: FormField, content: Any, value: Any, code: str | None) -> None:
    assert read(content, field) == (value, code)


def test_a_percent_field_that_allows_more_holds_larger_fractions() -> None:
    generous = PERCENT.model_copy(update={"max": Decimal(300)})
    assert read(1.6237, PERCENT) == (1.6237, "格式-05")
    assert read(1.6237, generous) == (162.37, None)


@pytest.mark.parametrize(
    ("field", "content", "value", "code"),
    [
        (TEXT, "  某局\n", "某局", None),
        (TEXT, 5.0, "5", None),
        (TEXT, 3712345.0, "3712345", None),
        (TEXT, 0.1, "0.1", None),
        (TEXT, "2、工伤\u200b保险", "2、工伤保险", "格式-09"),
        (TEXT, "工伤\ufeff", "工伤", "格式-09"),
        (TEXT, "\u3000一段\n\u3000\u3000二段", "一段\n\u3000\u3000二段", None),
        (TEXT, "\u3000 ", None, None),
        (TEXT, "无", "无", None),
        (TEXT, False, "?", "格式-11"),
        (TEXT, CellError("#N/A"), "?", "格式-06"),
        (CHOICE, "是 ", "是", None),
        (CHOICE, "部分符合", "部分 符合", None),
        (CHOICE, "部分　符合\u200b", "部分 符合", None),
        (CHOICE, "也许", "也许", None),
        (CHOICE, True, "?", "格式-11"),
        (SIGN, "≥", "≥", None),
        (SIGN, " ≧", "≥", "填写-06"),
        (SIGN, "＞＝", "≥", "填写-06"),
        (SIGN, "﹦", "=", None),
        (SIGN, "==", "=", "填写-06"),
        (SIGN, "＜", "＜", None),
    ],
)
def test_texts(field: FormField, content: Any, value: Any, code: str | None) -> None:
    assert read(content, field) == (value, code)


def test_a_text_with_a_pattern_may_say_that_there_is_nothing() -> None:
    assert read("无", TEXT.model_copy(update={"pattern": r"\d+"})) == (None, None)
    assert read("不详", TEXT.model_copy(update={"nothing": ("不详",)})) == (None, None)


@pytest.mark.parametrize(
    ("content", "day"),
    [
        ("2024-03-25", "2024-03-25"),
        ("2024.3.25", "2024-03-25"),
        ("2024/3/25", "2024-03-25"),
        ("2024年3月25日", "2024-03-25"),
        ("２０２４年３月２５日", "2024-03-25"),
        ("20240325", "2024-03-25"),
        ("2024-03-25 00:00:00", "2024-03-25"),
        (45376.0, "2024-03-25"),
        (45376.75, "2024-03-25"),
        (20240325.0, "2024-03-25"),
        (2024.0, None),
        (-1.0, None),
        (1e9, None),
        ("2024年3月", None),
        ("2024-02-30", None),
        ("2024.3/25", None),
        ("24-3-25", None),
        ("三月", None),
    ],
)
def test_dates(content: str | float, day: str | None) -> None:
    assert read_date(content) == day
    assert read(content, DATE) == ((day, None) if day else ("?", "格式-08"))


def test_a_date_may_be_left_out_in_words() -> None:
    assert read("—", DATE) == (None, None)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False, allow_infinity=False))
def test_any_amount_of_six_decimals_is_read_exactly(amount: Decimal) -> None:
    fen = int(amount * WAN)
    shown = f"{amount:,f}"
    wide = "".join(chr(ord(c) + 0xFEE0) for c in shown)
    for text in (shown, f"{amount:f}", wide, f"¥{shown}", f"{shown} 万元", f"{amount * 10_000:f}元"):
        assert read(text, AMOUNT)[0] == fen
    if abs(amount) < 10**8:  # up to here a double has all six decimals
        assert read(float(amount), AMOUNT) == (fen, None)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([AMOUNT, COUNT, POINTS]))
def test_many_doubles_at_once_are_read_as_each_alone(value: float, field: FormField) -> None:
    scale, dust = {"amount": (WAN, "0.01"), "points": (10_000, "0.01")}.get(field.type, (1, "0.000001"))
    scaled = exact(value) * scale
    whole = scaled.to_integral_value(ROUND_HALF_UP)
    expected: Any = int(whole) if abs(scaled - whole) < Decimal(dust) else "?"
    if (expected != "?" and abs(expected) > 10**15) or abs(value) >= 10**15:
        expected = "?"
    assert read(value, field)[0] == expected


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    written = read_written(text)
    assert written is None or written.figure.is_finite()
    for field in (AMOUNT, COUNT, NUMBER, PERCENT, POINTS, TEXT, DATE, CHOICE):
        read(text, field)


@given(st.sampled_from(sorted(MONEY_UNITS)), st.integers(0, 10**5))
def test_every_unit_is_converted_exactly(unit: str, number: int) -> None:
    assert read(f"{number}{unit}", AMOUNT)[0] == number * MONEY_UNITS[unit]


CONTENTS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, width=32),
    st.sampled_from(["92万元", "1", "无", "", "约9", "0.95", "95%", "2024.3.25", "是", "1.5"]),
    st.sampled_from([CellError("1"), Uncalculated("1")]),
)


@given(st.lists(CONTENTS, max_size=12), st.integers(0, 12))
def test_a_column_is_the_union_of_its_parts(contents: list[Any], cut: int) -> None:
    for field in (AMOUNT, PERCENT, NUMBER, TEXT, DATE, CHOICE):
        whole, left, right = (
            type_column(pd.Series(part, dtype=object), field, PACK)
            for part in (contents, contents[:cut], contents[cut:])
        )
        both = [*left.values, *right.values]
        assert [str(v) for v in whole.values] == [str(v) for v in both]
        shifted = {n + len(contents[:cut]): cell for n, cell in right.odd.items()}
        assert whole.odd == {**left.odd, **shifted}


def test_guessed_types_are_refused() -> None:
    with pytest.raises(TypeError, match="决算"):
        type_column(pd.Series([1.0, None]), AMOUNT, PACK)


def raw_batch(**contents: list[Any]) -> Batch:
    """A batch of one form each; every list is a field's contents over the workbooks."""
    size = len(next(iter(contents.values())))
    rows: dict[str, Any] = {
        "submission": range(size), "tab": "情况", "instance": 0, "row": 2,
        "key": pd.Series([None] * size, dtype=object),
    }  # fmt: skip
    fields = PACK.tables["情况"].fields
    columns = {f.label: pd.Series(contents.get(f.label, [None] * size), dtype=object) for f in fields}
    return Batch(
        pd.DataFrame(), {"情况": pd.DataFrame(rows | columns)}, pd.DataFrame(), pd.DataFrame(columns=FORMULAS)
    )


def test_a_batch_is_typed_and_says_what_it_read() -> None:
    batch, drafts = conform(
        raw_batch(预算=[92.0, "92万元", "不知道", 1.00000005], 名称=["甲", 5.0, None, " "]), PACK
    )
    frame = batch.frames["情况"]
    assert frame["预算"].tolist() == [92 * WAN, 92 * WAN, pd.NA, pd.NA]
    assert str(frame.dtypes["预算"]) == "Int64" and str(frame.dtypes["名称"]) == "string"
    assert frame["名称"].tolist() == ["甲", "5", pd.NA, pd.NA]
    assert batch.unreadable["情况"]["预算"].tolist() == [False, False, True, True]
    assert batch.text_numbers["情况"]["预算"].tolist() == [False, True, False, False]
    assert [(d.submission, d.code, d.frame, d.record, d.field, d.value) for d in drafts.itertuples()] == [
        (1, "格式-02", "情况", 1, "预算", "92万元"),
        (2, "格式-01", "情况", 2, "预算", "不知道"),
        (3, "格式-04", "情况", 3, "预算", "1.00000005"),
    ]
    assert "已按92万元核对" in drafts["message"][0]
    assert "最多6位（精确到0.000001）" in drafts["message"][2]


def test_nothing_to_type() -> None:
    batch, drafts = conform(raw_batch(预算=[]), PACK)
    assert len(batch.frames["情况"]) == len(drafts) == 0
    assert str(batch.frames["情况"].dtypes["预算"]) == "Int64"


def test_decimals_that_may_be_written() -> None:
    assert (Whole(WAN, Decimal(0)).places, Whole(WAN, Decimal(0)).least) == (6, "0.000001")
    assert (Whole(1, Decimal(0)).places, Whole(1, Decimal(0)).least) == (0, "1")


def test_a_percentage_that_a_formula_gave_is_a_fraction() -> None:
    column = type_column(pd.Series([4.5, 4.5], dtype=object), PERCENT, PACK, frozenset({1}))
    assert column.values.tolist() == [4.5, 450.0]
    assert list(column.odd) == [0]
