"""The printed summaries: short, grouped, and never read as markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import RenderableType

from workbook_tool.model import Pack
from workbook_tool.outputs import text
from workbook_tool.outputs.records import Finding, Submission


def printed(page: RenderableType) -> str:
    screen = text.Screen()
    with screen.capture() as capture:
        screen.print(page)
    return capture.get()


def finding(code: str, cell: str, severity: str = "error", message: str = "请改正。") -> Finding:
    return {
        "code": code, "severity": severity, "sheet": "表", "cell": cell, "field": "栏", "value": "1",
        "expected": None, "difference": None, "message": message, "related": [],
    }  # fmt: skip


def submission(*findings: Finding, status: str = "errors", file: str = "甲.xlsx") -> Submission:
    return {
        "file": file, "sha256": "0", "department": "甲局", "status": status, "findings": list(findings),
        "scores": [], "totals": [],
    }  # fmt: skip


def test_findings_of_one_code_are_one_entry(pack: Pack) -> None:
    found = [finding("甲-01", f"B{n}") for n in range(1, 6)]
    out = printed(text.one(submission(*found), Path("副本.xlsx"), pack))
    assert "错误 5" in out and "5 处" in out
    assert out.count("请改正。") == 1
    assert "表!B1" in out and "表!B5" not in out
    assert "审核副本：副本.xlsx" in out


def test_errors_come_first(pack: Pack) -> None:
    found = [finding("甲-01", "B1", "note"), finding("甲-02", "B2", "explain"), finding("甲-03", "B3")]
    out = printed(text.one(submission(*found), None, pack))
    assert out.index("甲-03") < out.index("甲-02") < out.index("甲-01")


def test_a_long_list_is_cut(pack: Pack) -> None:
    found = [finding(f"甲-{n:02}", f"B{n}") for n in range(1, 31)]
    out = printed(text.one(submission(*found), None, pack))
    assert f"其余 {30 - text.MOST_LINES} 条见审核意见。" in out
    assert len(out.splitlines()) < 20


@pytest.mark.parametrize("words", ["[red]不是颜色[/red]", "[/]", ":smile:"])
def test_what_a_clerk_wrote_is_no_markup(pack: Pack, words: str) -> None:
    assert words in printed(text.one(submission(finding("甲-01", "B1", message=words)), None, pack))


def test_many_files(pack: Pack) -> None:
    found = [submission(finding("甲-01", "B1"), file=f"{n}.xlsx") for n in range(text.MOST_FILES + 5)]
    found.append(submission(status="passed", file="好.xlsx"))
    out = printed(text.many(found, [Path("结果")], pack))
    assert "其余 6 份没有列出" in out
    assert "共 106 份：通过 1、退回修改 105。" in out
    assert "甲-01 ：105 份" in out
