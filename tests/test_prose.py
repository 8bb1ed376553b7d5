"""Chinese text is broken at any character, but no line begins with a stop."""

from __future__ import annotations

import pytest

from workbook_tool.outputs.prose import lines


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("收入合计", 10, ["收入合计"]),
        ("收入合计等于支出", 8, ["收入合计", "等于支出"]),
        ("收入合计等于", 7, ["收入合", "计等于"]),
        ("收入合计，等于支出。", 8, ["收入合", "计，等于", "支出。"]),
        ("填的是 2437.73 万元", 9, ["填的是 ", "2437.73 ", "万元"]),
        ("请看“说明”表", 6, ["请看", "“说明”", "表"]),
        ("1234567890", 4, ["1234", "5678", "90"]),
    ],
)
def test_lines(text: str, width: int, expected: list[str]) -> None:
    assert list(lines(text, width)) == expected
