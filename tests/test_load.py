"""Packs: read with the place of every mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbook_tool.forms.load import available_packs, find_pack, load_pack
from workbook_tool.forms.writing.documents import read_yaml
from workbook_tool.model import PackError

MISTAKES = [
    # file, what stands there, what is written instead, words the message must hold
    ("form.yaml", "fiscal_year:", "fiscal_yaer:", "fiscal_yaer"),
    ("rules.yaml", "severity:", "severety:", "severety"),
    ("rules.yaml", "severity: 错误", "severity: 严重", "severity"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a shipped pack to spoil."""
    return Path(shutil.copytree(find_pack(available_packs()[0]), tmp_path / "form" / "edition"))


@pytest.mark.parametrize(("file", "old", "new", "words"), MISTAKES)
def test_a_mistake_is_told_with_file_and_line(copy: Path, file: str, old: str, new: str, words: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=words) as caught:
        load_pack(copy)
    assert Path(str(caught.value.file)).name == file
    line = text[: text.index(old)].count("\n") + 1
    # A missing or misspelt key is told at its own line or at the entry it belongs to.
    assert caught.value.line is not None
    assert abs(caught.value.line - line) <= 6 or caught.value.line == 1


def test_an_unknown_name_in_a_rule_is_told_at_its_line(copy: Path) -> None:
    path = copy / "rules.yaml"
    rules, lines = read_yaml(path)
    rule = next(r for r in rules if "check" in r)
    path.write_text(
        path.read_text(encoding="utf-8").replace(rule["check"], "没有这个名称 == 1", 1), encoding="utf-8"
    )
    with pytest.raises(PackError, match="没有这个名称") as caught:
        load_pack(copy)
    assert caught.value.line == lines[(rules.index(rule), "check")]


SENSELESS = [
    # file, what stands there, what is written instead, words the message must hold
    ("rubric-dept.yaml", '"[80, 90)", points: 4', '"[80, 89)", points: 4', "空档"),
    ("rubric-dept.yaml", '"[80, 90)", points: 4', '"[80, 91)", points: 4', "重叠"),
    ("rubric-dept.yaml", "points: 7", "points: 8", "分值合计 101"),
    ("rubric-dept.yaml", "决算数: (评分依据", "决算: (评分依据", "每个选择"),
    ("rubric-project.yaml", "value: 完成时效", "value: 完成时间", "完成时间"),
    ("rules.yaml", "code: 收入-02", "code: 收入-01", "已在第"),
    ("rules.yaml", "on: 收入\n", "on: 收入表\n", "没有“收入表”这张表"),
    ("rules.yaml", "fields: [收入合计]", "fields: [收人合计]", "没有“收人合计”这一栏"),
    ("rules.yaml", "builtin: score_grade", "builtin: score_garde", "score_garde"),
    ("rules.yaml", "{人员编制}", "{编制人员}", "编制人员"),
]


@pytest.mark.parametrize(("file", "old", "new", "words"), SENSELESS)
def test_a_pack_that_makes_no_sense_is_refused(copy: Path, file: str, old: str, new: str, words: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=words) as caught:
        load_pack(copy)
    assert Path(str(caught.value.file)).name == file


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("甲: 1\n乙: 2\n甲: 3\n", encoding="utf-8")
    with pytest.raises(PackError, match="写了两次") as caught:
        read_yaml(path)
    assert caught.value.line == 3


def test_an_unknown_pack_lists_those_there_are() -> None:
    with pytest.raises(PackError, match=available_packs()[0]):
        load_pack("no-such/pack")
