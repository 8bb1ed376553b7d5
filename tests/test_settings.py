"""Limits come from the environment where it says so, and the documents state what is in force without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from conftest import ROOT, Run
from workbook_tool import workers
from workbook_tool.excel.ooxml import archive
from workbook_tool.settings import SettingError, in_force
from workbook_tool.survey import adding

KINDS = (workers.Limits, archive.Limits, adding.Limits)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    in_force.cache_clear()
    yield
    in_force.cache_clear()


def test_the_defaults_are_in_force_where_nothing_is_said() -> None:
    assert in_force(archive.Limits) == archive.Limits()
    assert in_force(workers.Limits) == workers.Limits()


def test_every_limit_and_its_default_is_documented() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE))
    assert stated == {f.name: str(f.default) for kind in KINDS for f in fields(kind)}


def test_a_limit_is_changed_by_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "填报.xlsx"
    path.write_bytes((ROOT / "examples" / "national-2020" / "填报.xlsx").read_bytes())
    monkeypatch.setenv("WORKBOOK_TOOL_FILE_BYTES", "20000")
    assert in_force(archive.Limits).file_bytes == 20_000
    said = run("check", path, "-o", tmp_path / "out")
    assert said.status == 2 and "超过上限19千字节" in said.err


@pytest.mark.parametrize("text", ["零", "0", "-5", "1.5", "nan", "1e99"])
def test_a_wrong_setting_is_told_by_its_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBOOK_TOOL_SHEETS", text)
    with pytest.raises(SettingError, match="WORKBOOK_TOOL_SHEETS 应是大于 0 的整数"):
        in_force(archive.Limits)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_wrong_setting_is_one_sentence(
    jobs: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORKBOOK_TOOL_MERGES", "许多")
    (tmp_path / "填报.xlsx").write_bytes(b"anything")
    said = run("check", tmp_path / "填报.xlsx", "--jobs", jobs)
    assert said.status == 2
    assert (
        said.err.strip() == "workbook-tool：环境变量 WORKBOOK_TOOL_MERGES 应是大于 0 的整数，现在是“许多”。"
    )
