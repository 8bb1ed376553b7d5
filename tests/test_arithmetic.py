"""Small formulas: what they come to, what they add, and that no text brings the reader down."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from returns import Formula, Tab, write
from workbook_tool.forms.arithmetic.calculate import Added, added_up, work_out
from workbook_tool.forms.arithmetic.syntax import Area, read_formula
from workbook_tool.forms.arithmetic.values import Held, Value

TABLE: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("arithmetic.yaml").read_text(encoding="utf-8")
)
HOME = "本表"
UNKNOWN = "?"


def position(address: str) -> tuple[int, int]:
    match = re.fullmatch("([A-Z])([0-9]+)", address)
    assert match
    return int(match[2]), ord(match[1]) - 64


def cell_of(name: str) -> tuple[str, int, int]:
    sheet, _, address = name.rpartition("!")
    return (sheet or HOME, *position(address))


CELLS = {cell_of(name): value for name, value in TABLE["cells"].items()}
SHEETS = {sheet for sheet, _, _ in CELLS}


def look(area: Area) -> Sequence[Value]:
    sheet = area.sheet or HOME
    places = [
        (sheet, r, c) for r in range(area.top, area.bottom + 1) for c in range(area.left, area.right + 1)
    ]
    values = [CELLS.get(place) if sheet in SHEETS else Held.UNKNOWN for place in places]
    return [Decimal(str(v)) if isinstance(v, int | float) else v for v in values]


def result(formula: str, looking: Callable[[Area], Sequence[Value]] = look) -> Value:
    node = read_formula(formula)
    found = work_out(node, looking) if node else None
    return found.value if found else None


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["formula"])
def test_what_a_formula_comes_to(case: dict[str, Any]) -> None:
    expected = case["is"]
    if isinstance(expected, int | float):
        expected = Decimal(str(expected))
    assert result(case["formula"]) == (None if expected == UNKNOWN else expected)


def test_libreoffice_agrees(office: Callable[[Path, str], Path], tmp_path: Path) -> None:
    cases = [case for case in TABLE["cases"] if case["is"] != UNKNOWN]
    tabs = {sheet: Tab(sheet) for sheet in sorted(SHEETS, key=lambda s: s != HOME)}
    for (sheet, row, column), value in CELLS.items():
        if value is not None:
            tabs[sheet].cells[row, column] = value
    for row, case in enumerate(cases, 1):
        tabs[HOME].cells[row, 9] = Formula(case["formula"].strip().removeprefix("="))
    saved = office(write(tmp_path / "formulas.xlsx", tabs.values()), "xlsx")
    results = openpyxl.load_workbook(saved, data_only=True)[HOME]
    for row, case in enumerate(cases, 1):
        found = results.cell(row, 9).value
        if isinstance(case["is"], str):
            assert (found or "") == case["is"], case["formula"]
        else:
            assert found == pytest.approx(case["is"], abs=1e-12), case["formula"]


# ---- what is not known ----


@pytest.mark.parametrize(
    ("formula", "held", "expected"),
    [
        ("=SUM(A1:A2)", Held.SOMETHING, None),
        ("=COUNT(A1:A2)", Held.SOMETHING, None),
        ("=A1+A2", Held.SOMETHING, None),  # 12, "12" or "12万元"
        ("=N(A1)+A2", Held.SOMETHING, None),
        ("=IF(ISNUMBER(A1),1,2)", Held.SOMETHING, None),
        ("=SUMPRODUCT((LEN(TRIM(A1:A2))>0)*1)", Held.SOMETHING, 2),
        ("=SUM(A1:A2)", Held.UNKNOWN, None),
        ("=COUNT(A1:A2)", Held.UNKNOWN, None),
        ("=SUMPRODUCT((LEN(TRIM(A1:A2))>0)*1)", Held.UNKNOWN, None),
        ("=SUM(A1:A2)", Held.ERROR, None),
        ("=COUNT(A1:A2)", Held.ERROR, 1),
        ("=IFERROR(SUM(A1:A2),A2)", Held.ERROR, 5),
        ("=IFERROR(A1,A2)", Held.ERROR, 5),
        ("=IFERROR(A1,A2)", Held.UNKNOWN, None),
        ("=A1", Held.UNKNOWN, None),
    ],
)
def test_cells_of_which_not_all_is_known(formula: str, held: Held, expected: int | None) -> None:
    column: list[Value] = [held, Decimal(5)]
    assert result(formula, lambda area: column[area.top - 1 : area.bottom]) == expected


def test_a_guard_over_what_is_not_known_is_taken_on_trust_and_said() -> None:
    def looking(area: Area) -> Sequence[Value]:
        return [Held.UNKNOWN if area.left == 2 else Decimal(5)] * area.size

    for text in ('=IF(B1>0,"",SUM(A1:A2))', '=IFERROR(ROUND(IF(SUM(B1:B2)>0,NA(),SUM(A1:A2)),6),"")'):
        node = read_formula(text)
        found = work_out(node, looking) if node else None
        assert found and (found.value, found.sure) == (10, False)
    assert result("=IF(B1>0,1,SUM(A1:A2))", looking) is None
    node = read_formula("=SUM(A1:A2)")
    assert node and (sure := work_out(node, looking)) and sure.sure


# ---- what is added ----


def added(formula: str) -> Added | None:
    node = read_formula(formula)
    return added_up(node, look) if node else None


@pytest.mark.parametrize(
    ("formula", "cells", "besides"),
    [
        ("=SUM(A1:A3)", {"A1": 1, "A2": 1, "A3": 1}, 0),
        ("=A1+A2-A3", {"A1": 1, "A2": 1, "A3": -1}, 0),
        ("=SUM(A1:A2)+A2", {"A1": 1, "A2": 2}, 0),
        ("=A1-(A2-A3)", {"A1": 1, "A2": -1, "A3": 1}, 0),
        ("=-A1+12.5", {"A1": -1}, 12.5),
        ("=SUM(A1:A2,-(3+C1))", {"A1": 1, "A2": 1, "C1": -1}, -3),
        ('=IF(COUNT(C1:C2)=0,"",ROUND(SUM(C1:C2),6))', {"C1": 1, "C2": 1}, 0),
        ('=IFERROR(ROUND(IF(ROWS(C1:C2)>2,NA(),SUM(C1:C2)),6),"")', {"C1": 1, "C2": 1}, 0),
        ("=IF(A1>1,SUM(C1:C2),C1)", {"C1": 1, "C2": 1}, 0),
        ("=ROUND(N(A1)+N(A2),6)", {"A1": 1, "A2": 1}, 0),
    ],
)
def test_what_a_formula_adds(formula: str, cells: dict[str, int], besides: float) -> None:
    found = added(formula)
    assert found is not None
    assert found.cells == {(None, *position(name)): weight for name, weight in cells.items()}
    assert found.besides == Decimal(str(besides))


@pytest.mark.parametrize(
    "formula", ["=A1*2", "=A1/A2", "=MAX(A1:A2)", '="甲"', "=SUM(A1,A2*A3)", "=SUM(A1:A99999)"]
)
def test_what_does_more_than_adding(formula: str) -> None:
    assert added(formula) is None


# ---- hostile texts ----

HOSTILE = {
    "parentheses": "=" + "(" * 3000,
    "closed parentheses": "=" + "(" * 1900 + "1" + ")" * 1900,
    "functions": "=" + "SUM(" * 900 + "1" + ")" * 900,
    "signs": "=" + "-" * 4000 + "1",
    "percents": "=1" + "%" * 4000,
    "terms": "=1" + "+1" * 2000,
    "factors": "=2" + "*2" * 2000,
    "powers of ten": "=1e999" + "*1e999" * 500,
    "guards": "=" + 'IF(B1>0,"",' * 38 + "A1" + ")" * 38,
    "comparisons": "=1" + "=1" * 2000,
    "quotes": "=" + '"' * 4001,
    "quoted sheet": "=" + "'" * 4001,
    "letters": "=" + "A" * 4000,
    "digits": "=" + "9" * 4000,
    "blanks": "=" + " " * 4000 + "1",
    "a very long text": "=" + "1+" * 5_000_000 + "1",
    "a large range": "=SUM(A1:XFD1048576)",
    "many ranges": "=SUM(" + ",".join(["A1:A5000"] * 400) + ")",
    "no text at all": "",
    "row nought": "=A0",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_formula_hangs_or_breaks_anything(name: str) -> None:
    def looking(area: Area) -> Sequence[Value]:
        return [Held.UNKNOWN if area.left == 2 else Decimal(1)] * area.size

    start = time.process_time()
    result(HOSTILE[name], looking)
    node = read_formula(HOSTILE[name])
    if node:
        added_up(node, looking)
    assert time.process_time() - start < 2


FRAGMENTS = st.sampled_from(
    ["A1", "$B$2", "A1:C3", "'表'!A1", "1", "0.5", '""', "+", "-", "*", "/", "(", ")", ",", "=", "<", "%", "!", "'",
     "SUM(", "IF(", "ROUND(", "IFERROR(", "COUNT(", "SUMPRODUCT(", "LEN(TRIM(", "ISNUMBER(", "NA()", "N(", " ", "甲"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(parts: list[str]) -> None:
    text = "=" + "".join(parts)
    result(text, lambda area: [Decimal(1)] * area.size)
    result(text, lambda area: [Held.UNKNOWN] * area.size)
    result(text, lambda area: ["x"] * area.size)


@given(st.lists(st.decimals(-5000, 5000, places=2), min_size=1, max_size=8))
def test_sums_are_exact(numbers: list[Decimal]) -> None:
    def looking(area: Area) -> Sequence[Value]:
        return numbers[area.top - 1 : area.bottom]

    plus = "+".join(f"A{n}" for n in range(1, len(numbers) + 1))
    for text in (f"=SUM(A1:A{len(numbers)})", f"={plus}", f"=ROUND({plus},6)"):
        assert result(text, looking) == sum(numbers)
