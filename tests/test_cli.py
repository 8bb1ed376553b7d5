"""The commands: what they print, write and return; what they say when they cannot run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import packcases
from conftest import Run
from workbook_tool.cli import commands
from workbook_tool.excel.fill import fill
from workbook_tool.model import Pack


@pytest.fixture(scope="session")
def clean(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack's clean filing as a workbook."""
    path = tmp_path_factory.mktemp("clean") / "甲局.xlsx"
    fill(packcases.base_of(pack), pack, path)
    return path


@pytest.fixture(scope="session")
def failing(pack: Pack) -> packcases.Case:
    """The first case of the pack that finds an error."""
    return next(
        case
        for case in packcases.cases_of(pack)
        if case.finds and pack.rule(case.rule).severity.value == "error"
    )


@pytest.fixture
def wrong(pack: Pack, failing: packcases.Case, tmp_path: Path) -> Path:
    """A filing with one error."""
    path = tmp_path / "乙局.xlsx"
    fill(packcases.changed(packcases.base_of(pack), failing.set, pack), pack, path)
    return path


def lone_line(text: str) -> str:
    assert text.count("\n") == 1 and "Traceback" not in text
    return text.strip()


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("name", ["", *commands.commands])
def test_help_is_chinese(run: Run, name: str) -> None:
    ran = run(*filter(None, [name]), "--help")
    assert ran.status == 0
    assert ran.out.startswith("用法：workbook-tool")
    assert not any(word in ran.out for word in ("Usage", "Options", "Show", "required"))


def test_no_command_shows_the_help(run: Run) -> None:
    assert run().status == 2
    assert all(name in run().out for name in commands.commands)


def test_help_does_not_wait_for_pandas() -> None:
    """Start-up time is mostly imports; --help needs none of the heavy ones."""
    code = (
        "import sys\nfrom workbook_tool.cli import main\n"
        "try: main(['check', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('pandas', 'pydantic', 'lxml', 'rich', 'yaml') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8")
    assert ran.stdout.splitlines()[-1] == "[]"


def test_output_is_utf8_on_an_old_code_page() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "workbook_tool", "--help"],
        capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert ran.stdout.decode("utf-8").startswith("用法：")


# ---------------------------------------------------------------- cannot run


def test_words_that_mean_nothing(run: Run) -> None:
    for words, says in {
        ("chekc",): "没有“chekc”这个命令",
        ("check",): "没有写“文件或文件夹…”",
        ("check", "--foo"): "没有“--foo”这个选项",
        ("new",): "没有写“-o”",
        ("new", "-o", "x.xlsx", "--projects", "-3"): "“--projects”写得不对",
        ("rules", "-o", "x.doc"): "应以 .xlsx 或 .md 结尾",
        ("explain", "没有-99"): "没有编号“没有-99”",
        ("new", "-o", "x.xlsx", "--pack", "nowhere/2000"): "找不到模板包“nowhere/2000”",
        ("fill", "没有.yaml", "-o", "x.xlsx"): "找不到“没有.yaml”",
        ("check", "没有.xlsx"): "找不到“没有.xlsx”",
    }.items():
        ran = run(*words)
        assert (ran.status, ran.out) == (2, ""), words
        assert says in lone_line(ran.err)


def test_a_folder_without_workbooks(run: Run, tmp_path: Path) -> None:
    ran = run("check", tmp_path)
    assert ran.status == 2
    assert "没有工作簿" in lone_line(ran.err)


BROKEN = {
    "empty": b"",
    "text": b"hello",
    "cut-off": b"PK\x03\x04",
    "old": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_workbook(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(content)
    ran = run("check", path, "--json", tmp_path / "结果.json")
    assert ran.status == 2
    assert "坏.xlsx" in lone_line(ran.err)
    report = json.loads((tmp_path / "结果.json").read_text(encoding="utf-8"))
    assert [s["status"] for s in report["submissions"]] == ["unreadable"]
    assert not (tmp_path / "审核结果").exists()


def test_a_workbook_of_another_form(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "别的表.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = "购物清单"  # type: ignore[index]
    book.save(path)
    ran = run("check", path)
    assert ran.status == 2
    assert "不是" in lone_line(ran.err)


def test_a_pack_with_a_mistake(run: Run, tmp_path: Path) -> None:
    (tmp_path / "form.yaml").write_text("id: [", encoding="utf-8")
    ran = run("new", "-o", tmp_path / "x.xlsx", "--pack", tmp_path)
    assert ran.status == 2
    assert "form.yaml" in lone_line(ran.err)


def test_our_own_mistake_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("workbook_tool.make.new", broken)
    ran = run("new", "-o", tmp_path / "x.xlsx")
    assert ran.status == 2
    assert "ZeroDivisionError: two lines" in lone_line(ran.err)
    monkeypatch.setenv("WORKBOOK_TOOL_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        commands.main(["new", "-o", str(tmp_path / "x.xlsx")], standalone_mode=False)


# ---------------------------------------------------------------- new and fill


def test_new_writes_a_workbook(run: Run, pack: Pack, tmp_path: Path) -> None:
    out = tmp_path / "新" / "模板.xlsx"
    ran = run("new", "--projects", "2", "-o", out)
    assert (ran.status, ran.err) == (0, "")
    assert str(out) in ran.out
    tabs = openpyxl.load_workbook(out).sheetnames
    for sheet in pack.sheets:
        assert sum(tab.startswith(sheet.name) for tab in tabs) >= (2 if sheet.repeats else 1)


def test_fill_then_check(run: Run, pack: Pack, tmp_path: Path) -> None:
    data = tmp_path / "数据.json"
    data.write_text(json.dumps(packcases.base_of(pack), ensure_ascii=False, default=str), encoding="utf-8")
    assert run("fill", data, "-o", tmp_path / "表.xlsx").status == 0
    assert run("check", tmp_path / "表.xlsx").status == 0


# ---------------------------------------------------------------- check


def test_nothing_to_mend(run: Run, clean: Path, tmp_path: Path) -> None:
    ran = run("check", clean, "-o", tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert "通过" in ran.out
    assert (tmp_path / "甲局_已审核.xlsx").is_file()


def test_an_error(run: Run, wrong: Path, failing: packcases.Case) -> None:
    before = sha256(wrong.read_bytes()).hexdigest()
    ran = run("check", wrong)
    assert (ran.status, ran.err) == (1, "")
    assert failing.rule in ran.out and "退回修改" in ran.out
    assert (wrong.parent / "审核结果" / "乙局_已审核.xlsx").is_file()
    assert sha256(wrong.read_bytes()).hexdigest() == before


def test_a_folder(run: Run, wrong: Path, clean: Path) -> None:
    folder = wrong.parent
    (folder / "甲局.xlsx").write_bytes(clean.read_bytes())
    (folder / "坏.xlsx").write_bytes(b"")
    ran = run("check", folder, "--json", folder / "结果.json")
    assert (ran.status, ran.err) == (1, "")
    assert "共 3 份：通过 1、退回修改 1、无法读取 1" in ran.out
    report = json.loads((folder / "结果.json").read_text(encoding="utf-8"))
    assert {Path(s["file"]).name: s["status"] for s in report["submissions"]} == {
        "甲局.xlsx": "passed", "乙局.xlsx": "errors", "坏.xlsx": "unreadable",
    }  # fmt: skip
    again = run("check", folder)
    assert "共 3 份" in again.out


def test_progress_from_ten_files_on(run: Run, clean: Path, tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.xlsx").write_bytes(clean.read_bytes())
    ran = run("check", tmp_path)
    assert (ran.status, ran.err) == (0, "")  # no bar where nobody watches
    assert "共 10 份：通过 10" in ran.out


def test_the_json(run: Run, pack: Pack, wrong: Path, failing: packcases.Case, tmp_path: Path) -> None:
    out = tmp_path / "下级" / "结果.json"
    run("check", wrong, "--json", out)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert list(report) == ["tool", "pack", "submissions"]
    assert report["tool"].startswith("workbook-tool ") and report["pack"] == pack.name
    (submission,) = report["submissions"]
    assert list(submission) == ["file", "sha256", "department", "status", "findings", "scores", "totals"]
    assert submission["sha256"] == sha256(wrong.read_bytes()).hexdigest()
    findings = submission["findings"]
    assert list(findings[0]) == [
        "code", "severity", "sheet", "cell", "field", "value", "expected", "difference", "message", "related",
    ]  # fmt: skip
    assert failing.rule in {f["code"] for f in findings}
    assert {f["severity"] for f in findings} <= {"error", "explain", "note"}
    assert {s["rubric"] for s in submission["scores"]} == {r.id for r in pack.rubrics}
    for score in submission["scores"]:
        assert list(score) == ["rubric", "subject", "self", "recomputed", "unproven", "grade", "criteria"]
        for line in score["criteria"]:
            assert list(line) == ["id", "title", "points", "self", "score", "status", "because"]
    for total in submission["totals"]:
        assert list(total) == ["sheet", "cell", "field", "declared", "computed", "difference"]
        assert all(isinstance(total[k], str | None) for k in ("declared", "computed", "difference"))


# ---------------------------------------------------------------- explain, rules, strip


def test_explain_every_rule(run: Run, pack: Pack) -> None:
    for rule in pack.rules:
        ran = run("explain", rule.code)
        assert ran.status == 0
        flat = "".join(ran.out.split())
        assert all("".join(part.split()) in flat for part in (rule.code, rule.title, rule.basis, "举例"))


def test_explain_with_a_file(run: Run, wrong: Path, failing: packcases.Case) -> None:
    report = wrong.parent / "结果.json"
    run("check", wrong, "--json", report)
    (submission,) = json.loads(report.read_text(encoding="utf-8"))["submissions"]
    places = [f"{f['sheet']}!{f['cell']}" for f in submission["findings"] if f["code"] == failing.rule]
    ran = run("explain", failing.rule, wrong)
    assert ran.status == 0
    assert places and all(place in ran.out for place in places)
    assert "不符" in ran.out and "怎样算的" in ran.out


def test_explain_with_a_file_that_is_no_workbook(run: Run, tmp_path: Path) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"")
    ran = run("explain", "格式-02", tmp_path / "坏.xlsx")
    assert (ran.status, ran.out) == (2, "")
    assert "坏.xlsx" in lone_line(ran.err)


def test_explain_a_general_check(run: Run) -> None:
    assert "数字带单位" in run("explain", "格式-02").out


def test_rules_are_listed(run: Run, pack: Pack) -> None:
    out = run("rules").out
    assert all(rule.code in out for rule in pack.rules)


def test_the_rule_book(run: Run, pack: Pack, tmp_path: Path) -> None:
    assert run("rules", "-o", tmp_path / "手册.md").status == 0
    text = (tmp_path / "手册.md").read_text(encoding="utf-8")
    assert all(f"| {rule.code} |" in text for rule in pack.rules)
    assert run("rules", "-o", tmp_path / "手册.xlsx").status == 0
    book = openpyxl.load_workbook(tmp_path / "手册.xlsx")
    assert [cell.value for cell in book["规则"]["A"][1:]] == [rule.code for rule in pack.rules]


def test_strip(run: Run, wrong: Path, tmp_path: Path) -> None:
    run("check", wrong)
    marked = wrong.parent / "审核结果" / "乙局_已审核.xlsx"
    assert run("strip", marked, "-o", marked).status == 2
    assert run("strip", marked, "-o", tmp_path / "还原.xlsx").status == 0
    assert (
        openpyxl.load_workbook(tmp_path / "还原.xlsx").sheetnames == openpyxl.load_workbook(wrong).sheetnames
    )
