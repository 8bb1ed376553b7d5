"""What the template prints: a change of it is told, at its cell, and counts for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from filed import checked, filed, typed
from returns import Formula, Tab, filled, read_tabs, small_pack, write
from workbook_tool.excel.read import read
from workbook_tool.excel.returns.cells import Raw
from workbook_tool.excel.returns.imprint import Altered, differs
from workbook_tool.model import CellError, FormField


@pytest.mark.parametrize(
    ("printed", "found", "expected"),
    [
        (5.0, 50.0, True), (5.0, "50", True), (5.0, "五", True), (5.0, True, True), (5.0, 5.0001, True),
        (5.0, "5", False), (5.0, "５．０", False), (5.0, "5分", False), (5.0, 5.0000000000001, False),
        ("0.5", 0.5, False), ("0.5", 0.6, True), ("4-7", "4－7分", False), ("4-7", "1-7", True),
        ("其中：省财政", "其中:\n省 财政\u200b", False), ("其中：省财政", "省财政", True),
        ("省财政", 5.0, True), ("省财政", CellError("#REF!"), True),
    ],
)  # fmt: skip
def test_what_counts_as_a_change(printed: Raw, found: Raw, expected: bool) -> None:
    assert differs(printed, found) is expected


def test_a_long_text_is_quoted_about_the_place_where_it_was_changed() -> None:
    printed = "一" * 60 + "≥90%计5分" + "二" * 60
    words = Altered(FormField(label="标准"), printed, printed.replace("90", "80")).words("某行")
    assert words["printed"] == "…" + "一" * 9 + "≥90%计5分" + "二" * 24 + "…"
    assert str(words["value"])[10:14] == "≥80%"


@pytest.mark.parametrize(
    ("sheet", "cells", "expected"),
    [
        ("打分", {(4, 3): 40.0}, ["error", "“甲”一行的“分值”，模板印的是“4”，现在是“40”"]),
        ("打分", {(4, 2): "丙项"}, ["explain", "“甲”一行的“指标”，模板印的是“甲项”，现在是“丙项”"]),
        ("打分", {(4, 3): Formula("20*2", 40.0)}, ["error", "现在是“40”"]),
        ("收入", {(4, 2): "合计"}, ["explain", "“汇总”一行的“机构名称”，模板印的是“全部机构”"]),
        ("项目", {(8, 2): "规模指标"}, ["explain", "“数量”一行的“类”"]),  # in a line nobody filled
        ("项目", {(8, 2): "规模指标", (8, 3): "五座桥"}, ["explain", "“数量”一行的“类”"]),
    ],
)
def test_a_change_is_told(
    sheet: str, cells: dict[tuple[int, int], object], expected: list[str], tmp_path: Path
) -> None:
    tabs = filled()
    tabs[sheet] = tabs[sheet].put(cells)
    path = write(tmp_path / "x.xlsx", tabs.values())
    _, drafts = read([path], small_pack())
    assert list(drafts["code"]) == ["文件-12"] * (len(expected) // 2)
    assert list(drafts["severity"]) == expected[:1]
    assert all(says in drafts["message"][0] for says in expected[1:])


@pytest.mark.parametrize("saved", ["", " 甲\n项 ", "甲项\u200b"])
def test_what_programs_do_to_a_text_is_no_change(saved: str, tmp_path: Path) -> None:
    tabs = filled()
    tabs["打分"] = tabs["打分"].put({(4, 2): saved, (4, 3): "4", (5, 3): "６"})
    assert read_tabs(tmp_path, tabs)[1] == []


def test_blank_copies_of_a_repeated_sheet_say_nothing(tmp_path: Path) -> None:
    tabs = filled()
    blank = Tab("项目9", {at: v for at, v in tabs["项目"].cells.items() if at[1] < 3 or at[0] == 1})
    changed = blank.put({(9, 2): "别的"})
    assert read_tabs(tmp_path, [*tabs.values(), changed])[1] == []


def test_in_a_file_of_its_own_only_the_figures_of_a_department_are_compared(tmp_path: Path) -> None:
    tabs = {name: tab.without_map() for name, tab in filled().items()}
    tabs["打分"] = tabs["打分"].put({(3, 1): "甲项。", (3, 2): 40.0})
    _, findings = read_tabs(tmp_path, tabs)
    told = [message for code, message in findings if code == "文件-12"]
    assert [message[:13] for message in told] == ["“甲”一行的“分值”，模板"]


def test_the_score_stays_and_the_finding_has_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(filed())
    before = checked(path)
    path.write_bytes(typed(filed(), {("自评打分", "F19"): 30.0, ("项目1", "B136"): "项目目标和计划"}))
    after = checked(path)
    found = after.findings[after.findings["code"] == "文件-12"]
    assert found[["severity", "sheet", "cell", "value", "expected"]].to_numpy().tolist() == [
        ["error", "自评打分", "F19", "30", "3"],
        ["explain", "项目1", "B136", "项目目标和计划", "项目决策(20分)"],
    ]
    assert after.scores.equals(before.scores)
    assert len(after.findings) == len(before.findings) + 2
