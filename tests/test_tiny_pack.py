"""A form unlike the shipped ones, written in YAML alone, goes the whole way with no code of its own.

No scores, headers of two lines, a sheet that repeats, fixed and free rows, money in 元.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from conftest import Run
from workbook_tool.cases import try_cases
from workbook_tool.forms.load import load_pack
from workbook_tool.forms.writing.case_files import case_files, changed
from workbook_tool.make import fill
from workbook_tool.model import Pack

FOLDER = Path(__file__).parent / "packs" / "equipment-ledger" / "2024"

# what is planted -> the codes that must be found, and where
PLANTED: dict[str, Any] = {
    "单位信息.单位代码": "a1",
    "单位信息.盘点日期": "去年底",
    "台账[S-01].原值": "4万",
    "台账[S-01].实有数量": 3,
    "台账[S-02].净值": 500,
    "台账[S-02].使用状况": "坏了",
    "处置单#1.设备编号": "S02",
    "处置单#1.处置日期": "2023-06-03",
    "处置单#1.审批[单位负责人].审批人": None,
    "处置单#1.收支[合计].收入": 310,
}
FOUND = {
    ("填写-05", "单位信息"), ("格式-08", "单位信息"), ("格式-02", "台账"), ("台账-02", "台账"), ("台账-03", "台账"),
    ("台账-01", "台账"), ("填写-02", "台账"), ("处置单-01", "处置单1"), ("处置单-02", "处置单1"), ("处置单-03", "处置单1"),
    ("处置单-04", "处置单1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny() -> Pack:
    return load_pack(FOLDER)


@pytest.fixture(scope="module")
def base(tiny: Pack) -> Any:
    return case_files(tiny).base


@pytest.fixture(scope="module")
def wrong(tiny: Pack, base: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filing with all the mistakes at once."""
    path = tmp_path_factory.mktemp("tiny") / "乙站.xlsx"
    fill(changed(base, PLANTED, tiny), tiny, path)
    return path


def checked(run: Run, path: Path) -> tuple[int, dict[str, Any]]:
    report = path.parent / "结果.json"
    status = run("check", path, "--pack", FOLDER, "--json", report).status
    return status, json.loads(report.read_text(encoding="utf-8"))["submissions"][0]


def test_lint(run: Run) -> None:
    ran = run("lint", FOLDER)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "没有错误：equipment-ledger/2024 有 4 张工作表、12 条规则、24 个例子。\n"


def test_cases(tiny: Pack) -> None:
    assert [str(mistake) for mistake in try_cases(tiny).mistakes()] == []


def test_new(run: Run, tiny: Pack, tmp_path: Path) -> None:
    out = tmp_path / "模板.xlsx"
    assert run("new", "--pack", FOLDER, "--projects", "3", "-o", out).status == 0
    book = openpyxl.load_workbook(out)
    assert {"单位信息", "台账", "处置单1", "处置单2", "处置单3", "情况说明"} <= set(book.sheetnames)
    printed = {cell.value for row in book["台账"].iter_rows() for cell in row if isinstance(cell.value, str)}
    assert {"数量(台)", "账面", "实有", "价值", "原值", "累计折旧", "净值"} <= printed


def test_a_blank_template_is_unfilled_not_wrong(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "模板.xlsx"
    run("new", "--pack", FOLDER, "-o", out)
    status, submission = checked(run, out)
    assert status == 1
    assert {f["code"] for f in submission["findings"]} == {"填写-01"}


def test_a_right_filing(run: Run, tiny: Pack, base: Any, tmp_path: Path) -> None:
    path = tmp_path / "甲站.xlsx"
    fill(base, tiny, path)
    status, submission = checked(run, path)
    assert (status, submission["status"], submission["findings"]) == (0, "passed", [])
    assert submission["department"] == "甲站"
    assert submission["scores"] == []


def test_planted_mistakes(run: Run, wrong: Path) -> None:
    status, submission = checked(run, wrong)
    assert status == 1
    assert {(f["code"], f["sheet"]) for f in submission["findings"]} == FOUND


def test_the_marked_copy(run: Run, wrong: Path) -> None:
    """Marked, checked again, stripped: the same findings, and every part as it was."""
    submission = checked(run, wrong)[1]
    marked = wrong.parent / "审核结果" / "乙站_已审核.xlsx"
    sheets = openpyxl.load_workbook(marked).sheetnames
    assert sheets[-1] == "审核意见"  # and no sheet about scores
    again = checked(run, marked)[1]
    assert [f["code"] for f in again["findings"]] == [f["code"] for f in submission["findings"]]
    back = wrong.parent / "还原.xlsx"
    assert run("strip", marked, "-o", back).status == 0
    assert parts(back) == parts(wrong)


def parts(path: Path) -> dict[str, str]:
    with ZipFile(path) as archive:
        return {name: sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def test_explain_and_rules(run: Run, tiny: Pack, wrong: Path, tmp_path: Path) -> None:
    for rule in tiny.rules:
        assert run("explain", rule.code, wrong, "--pack", FOLDER).status == 0
    for name in ("手册.xlsx", "手册.md"):
        assert run("rules", "--pack", FOLDER, "-o", tmp_path / name).status == 0
    text = (tmp_path / "手册.md").read_text(encoding="utf-8")
    assert all(f"| {rule.code} |" in text for rule in tiny.rules)
