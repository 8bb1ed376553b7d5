"""From a folder as a county gets it to its workbook: the whole way, again, and after a change."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from made_up import filing

from conftest import Run
from workbook_tool.consolidate import BOOK, LEDGER, Consolidated, NothingToConsolidate, consolidate
from workbook_tool.forms.load import load_pack, read_data
from workbook_tool.ledger import open_ledger
from workbook_tool.make import fill
from workbook_tool.model import Pack
from workbook_tool.sources import RESULTS

PACK = load_pack("hunan-yueyang/2023")
assert PACK.folder is not None
BASE = read_data(PACK.folder / "cases" / "base.yaml")
SEEDS = range(1, 9)
ROSTER = {
    "基本信息": {"县区名称": "某县", "县区编码": "430999", "截止日期": "2024-03-31", "填表人": "赵一"},
    "部门名册": [
        {
            "部门编码": f"{300000 + n}",
            "部门名称": f"某县第{n}局",
            "联系人": "张三",
            "联系电话": "0730-1234561",
        }
        for n in SEEDS
    ],
}
INBOX = Path("收件")
MARCH, APRIL = 1_709_600_000, 1_712_100_000  # 2024-03-05 and 2024-04-03


def workbook(path: Path, seed: int, pack: Pack = PACK, when: int = MARCH, **told: str) -> Path:
    """A return without a mistake, but for what is told of the department."""
    data = filing(seed, BASE, formulas=True)
    data["基本情况"] |= told
    path.parent.mkdir(parents=True, exist_ok=True)
    fill(data, pack, path)
    os.utime(path, (when, when))
    return path


def changed_pack(folder: Path, *changes: tuple[str, str, str]) -> Pack:
    """The pack with other words in its files."""
    assert PACK.folder is not None
    shutil.copytree(PACK.folder, folder)
    for name, was, now in changes:
        text = (folder / name).read_text(encoding="utf-8")
        assert was in text
        (folder / name).write_text(text.replace(was, now, 1), encoding="utf-8")
    return load_pack(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of returns as they come in, and a roster."""
    folder = tmp_path_factory.mktemp("县")
    inbox = folder / INBOX
    workbook(inbox / "1局" / "填报.xlsx", 1)
    member = workbook(folder / "2.xlsx", 2, 人员编制="1")
    with zipfile.ZipFile(inbox / "第2局.zip", "w") as archive:
        archive.write(member, "自评/上报.xlsx")
    member.unlink()
    workbook(inbox / "3局" / "填报(改).xlsx", 3, when=APRIL)
    workbook(inbox / "3局" / "填报.xlsx", 3, 人员编制="无")
    shutil.copy2(inbox / "1局" / "填报.xlsx", inbox / "3局" / "误放.xlsx")
    workbook(inbox / "4局.xlsx", 4, 部门名称="某县第5局")
    old = changed_pack(folder / "旧版", ("form.yaml", 'edition: "2023"', 'edition: "2022"'))
    workbook(inbox / "6局.xlsx", 6, old)
    (inbox / "7局.xlsx").write_bytes(b"not a workbook")
    workbook(inbox / "8局.xlsx", 8, when=APRIL, 职能职责概述="此处填写本部门的职能")
    workbook(inbox / "邻县.xlsx", 99)
    (inbox / "~$8局.xlsx").write_bytes(b"open in an office program")
    fill(ROSTER, load_pack("roster/1"), inbox / "名册.xlsx")
    return folder


@dataclass(frozen=True)
class County:
    """A folder of returns in which everything was checked once, and what came of it."""

    folder: Path
    first: Consolidated


@pytest.fixture(scope="module")
def checked(made: Path) -> County:
    with contextlib.chdir(made):
        return County(made, add_up())


@pytest.fixture
def county(checked: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Consolidated:
    """A copy of it that a test may change, as the current folder, and what came of it."""
    shutil.copytree(checked.folder / INBOX, tmp_path / INBOX)
    monkeypatch.chdir(tmp_path)
    return checked.first


def add_up(**more: Any) -> Consolidated:
    words: dict[str, Any] = {"pack": PACK, "roster": INBOX / "名册.xlsx", "jobs": 1}
    return consolidate([INBOX], **(words | more))


def short(path: str | None) -> str | None:
    return None if path is None else path.removeprefix(f"{INBOX}{os.sep}").replace(os.sep, "/")


STATES = {
    "某县第1局": ("通过", "1局/填报.xlsx", False),
    "某县第2局": ("需说明", "第2局.zip!自评/上报.xlsx", False),
    "某县第3局": ("通过", "3局/填报(改).xlsx", False),
    "某县第4局": ("未报", None, False),
    "某县第5局": ("未报", None, False),
    "某县第6局": ("版本旧", None, False),
    "某县第7局": ("未报", None, False),
    "某县第8局": ("退回", "8局.xlsx", True),
}
ASIDE = {
    "3局/填报.xlsx": ("旧版本", "某县第3局"),
    "3局/误放.xlsx": ("重复", "某县第1局"),
    "4局.xlsx": ("不是本部门", None),
    "6局.xlsx": ("版本旧", "某县第6局"),
    "7局.xlsx": ("无法读取", None),
    "邻县.xlsx": ("不在名册", None),
}


def test_every_return_is_counted_or_told(county: Consolidated) -> None:
    told = county.county
    found = {
        line["department"]: (line["state"], short(line["file"]), line["late"])
        for line in told.returns.to_dict("records")
    }
    assert found == STATES
    aside = {short(a["file"]): (a["why"], a["department"]) for a in told.set_aside.to_dict("records")}
    assert aside == ASIDE
    assert told.title == "某县2023年度部门整体支出和项目支出绩效自评表"
    assert (INBOX / RESULTS / BOOK).is_file()
    assert (INBOX / RESULTS / LEDGER).is_file()
    assert all(Path(copy).is_file() for copy in told.returns["copy"] if copy)
    assert county.checked == 10


def test_running_again_does_nothing_anew(county: Consolidated) -> None:
    before = (INBOX / RESULTS / BOOK).read_bytes()
    again = add_up()
    assert again.checked == 0
    assert equal(county, again)
    assert again.book.read_bytes() == before
    new = workbook(INBOX / "4局(新).xlsx", 4)
    third = add_up()
    assert third.checked == 1
    assert third.county.returns["file"][3] == str(new)


def equal(one: Consolidated, other: Consolidated) -> bool:
    return (
        one.county.returns.equals(other.county.returns)
        and one.county.set_aside.equals(other.county.set_aside)
        and one.county.findings.equals(other.county.findings)
        and all(one.county.frames[name].equals(frame) for name, frame in other.county.frames.items())
    )


def test_a_run_that_was_cut_off_goes_on(county: Consolidated, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(INBOX / RESULTS)
    module = sys.modules[consolidate.__module__]
    review: Callable[..., Any] = module.review_as

    def cut_off(make: Any, sources: Any, pack: Pack, **more: Any) -> Any:
        yield from review(make, sources[:4], pack, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "review_as", cut_off)
        with pytest.raises(KeyboardInterrupt):
            add_up()
    rest = add_up()
    assert rest.checked == county.checked - 4
    assert equal(county, rest)


def test_a_changed_pack_checks_again(county: Consolidated, tmp_path: Path) -> None:
    same = changed_pack(tmp_path / "同", ("county.yaml", "at_least: 4", "at_least: 5"))
    assert add_up(pack=same).checked == 0
    rule = "title: 实有人数不超过编制\n  severity: "
    other = changed_pack(tmp_path / "改", ("rules.yaml", f"{rule}需说明", f"{rule}错误"))
    changed = add_up(pack=other)
    assert changed.checked == county.checked
    assert changed.county.returns["state"][1] == "退回"


def test_a_copy_that_is_gone_is_written_again(county: Consolidated) -> None:
    copy = Path(county.county.returns["copy"][0])
    copy.unlink()
    assert add_up().checked == 1
    assert copy.is_file()


def test_what_comes_back_unchanged_is_told(county: Consolidated) -> None:
    assert not county.county.returns["unchanged"].any()
    shutil.copy(INBOX / "8局.xlsx", INBOX / "8局(第二次).xlsx")
    (INBOX / "8局.xlsx").unlink()
    for _ in range(2):  # and it stays so
        line = add_up().county.returns.to_dict("records")[7]
        assert line["unchanged"]
        assert "没有改动" in line["said"]


def test_the_ledger_keeps_what_was_decided(county: Consolidated) -> None:
    with open_ledger(INBOX / RESULTS / LEDGER) as ledger:
        assert [s.decision.state for s in ledger.states("300008", "某县第8局")] == ["退回"]
        assert set(ledger.previous(2024)) == {"300001", "300002", "300003", "300008"}
        (entry,) = ledger.runs()
        assert entry.ended is not None


def test_without_a_roster_the_departments_are_those_found(county: Consolidated) -> None:
    found = add_up(roster=None, pack=None).county
    codes = ["300001", "300002", "300003", "300004", "300006", "300008", "300099"]
    assert found.returns["code"].tolist() == codes
    assert "未报" not in set(found.returns["state"])
    roster = found.set_aside.set_index("file").loc[str(INBOX / "名册.xlsx")]
    assert (roster["why"], roster["counted"]) == ("不是这套表", None)


def test_a_folder_without_workbooks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToConsolidate, match="没有工作簿"):
        consolidate([tmp_path])
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_it_in_a_few_lines(county: Consolidated, run: Run, tmp_path: Path) -> None:
    book, out = tmp_path / "全县.xlsx", tmp_path / "all.json"
    done = run("consolidate", INBOX, "-o", book, "--roster", INBOX / "名册.xlsx", "--json", out, "--jobs", "1",
               "--annotate", tmp_path / "副本", "--ledger", tmp_path / "t.sqlite")  # fmt: skip
    assert (done.status, done.err) == (1, "")
    assert done.out.splitlines() == [
        "某县2023年度部门整体支出和项目支出绩效自评表",
        "收到 10 份，本次新核对 10 份；部门 8 个：未报 3 个、版本旧 1 个、退回 1 个、需说明 1 个、通过 2 个。",
        "未报：某县第4局、某县第5局、某县第7局。",
        "版本旧：某县第6局。",
        "迟报：某县第8局。",
        "没有计入 6 份：重复 1 份、旧版本 1 份、版本旧 1 份、不是本部门 1 份、不在名册 1 份、无法读取 1 份。",
        "跨部门核对发现 1 条。",
        f"汇总工作簿：{book}",
    ]
    told = json.loads(out.read_text(encoding="utf-8"))
    assert [line["state"] for line in told["returns"]] == [state for state, _, _ in STATES.values()]
    assert told["returns"][7]["findings"][0]["severity"] == "error"
    assert told["returns"][0]["scores"][0]["self"] is not None
    assert len(told["set_aside"]) == len(ASIDE)
    assert [line["code"] for line in told["across"]] == ["跨部门-01"]
    assert (tmp_path / "副本" / "8局_已审核.xlsx").is_file()


@pytest.mark.parametrize(
    "words", [("consolidate",), ("consolidate", "nowhere"), ("consolidate", ".", "--roster", "x")]
)
def test_a_command_that_cannot_run_says_why(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.status == 2
    assert done.err.startswith("workbook-tool：")
    assert done.err.count("\n") == 1
