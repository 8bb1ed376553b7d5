"""What a number format shows in place of a value, as spreadsheets show it."""

from __future__ import annotations

import pytest

from workbook_tool.excel.returns.looks import Shown, shown

CASES: list[tuple[str, float, Shown | None]] = [
    ("0", 12.5, Shown("13", rounded=True)),
    ("0", 13.5, Shown("14", rounded=True)),
    ("0", -12.5, Shown("-13", rounded=True)),
    ("0.0", 0.25, Shown("0.3", rounded=True)),
    ("0.00", 1.005, Shown("1.01", rounded=True)),
    ("0%", 0.125, Shown("13%", rounded=True)),
    ("0", 0.4, Shown("0")),
    ("0", 12.0, None),
    ("0.00", 12.004, None),
    ("0", 1e300, None),
    ("0." + "0" * 40, 0.1, None),
    (";;;", 5.0, Shown("")),
    ("0.00,", 5000.0, Shown("5.00")),
]


@pytest.mark.parametrize(("code", "value", "seen"), CASES, ids=[f"{c[:9]} {v}" for c, v, _ in CASES])
def test_what_a_format_shows(code: str, value: float, seen: Shown | None) -> None:
    assert shown(code, value) == seen
