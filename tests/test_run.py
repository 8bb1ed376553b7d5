"""Many workbooks: the same results however they are shared out, whatever one of them does."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

import packcases
from conftest import ROOT
from workbook_tool import run
from workbook_tool.county.booking import booking
from workbook_tool.excel.ooxml.output import MACHINE, UNFINISHED, OutputError, sweep, write_file
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.returns.books import read_book
from workbook_tool.forms.load import load_pack
from workbook_tool.model import Assessment, Pack, PackError
from workbook_tool.outputs.kept import Source
from workbook_tool.run import Made, attempt, chunked, failed, review, review_as, usual_jobs, without_figures
from workbook_tool.sources import find_sources
from workbook_tool.workers import Limits

PACK = ROOT / "tests" / "packs" / "equipment-ledger" / "2024"
"""A small form: what is looked at here is how files are shared out."""


@pytest.fixture(scope="module")
def ledger() -> Pack:
    return load_pack(PACK)


@pytest.fixture(scope="module")
def returns(ledger: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packcases.write_returns(ledger, tmp_path_factory.mktemp("returns"))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SMALLEST_CHUNK", 2)


def flat(chunks: Sequence[list[Made]]) -> list[Made]:
    return [one for chunk in chunks for one in chunk]


def content(folder: Path) -> dict[str, str]:
    """The hash of every file below."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ---------------------------------------------------------------- sharing out


def test_the_number_of_processes_and_the_order_make_no_difference(
    ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    before = content(returns)
    alone = find_sources([returns], tmp_path / "甲")
    told: list[int] = []
    one = flat(list(review(alone, ledger, done=told.append)))
    assert sum(told) == len(alone) == 10
    assert [r.source for r in one] == [s.path for s in alone]

    shared = [replace(s, copy=tmp_path / "乙" / s.copy.relative_to(tmp_path / "甲")) for s in alone if s.copy]
    random.Random(5).shuffle(shared)
    told.clear()
    chunks = list(review(shared, ledger, jobs=2, done=told.append))
    assert len(chunks) > 3 and sum(told) == 10
    two = flat(chunks)
    assert [r.source for r in two] == [s.path for s in shared]
    by_name = {r.source: replace(r, copy=None) for r in two}
    assert [by_name[r.source] for r in one] == [replace(r, copy=None) for r in one]
    assert content(tmp_path / "甲") == content(tmp_path / "乙")
    assert [r.copy is None for r in one] == [r.submission["status"] == "unreadable" for r in one]
    assert content(returns) == before


def test_a_source_without_a_place_for_its_copy_has_none(ledger: Pack, returns: Path, tmp_path: Path) -> None:
    sources = [replace(s, copy=None) for s in find_sources([returns], tmp_path)]
    assert {r.copy for r in flat(list(review(sources, ledger)))} == {None}
    assert content(tmp_path) == {}


def test_chunks_are_bounded_in_number_and_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SMALLEST_CHUNK", 64)
    small = [Source(str(n), Path(str(n)), 1000) for n in range(5000)]

    def sizes(sources: Sequence[Source], jobs: int) -> list[int]:
        return [len(chunk) for chunk in chunked(sources, jobs)]

    assert sizes(small[:10], 2) == [10]
    assert sizes(small[:100], 2) == [64, 36]
    assert max(sizes(small, 2)) == 100 and sum(sizes(small, 2)) == 5000
    large = [replace(s, size=10 << 20) for s in small[:5]]
    assert sizes(large, 1) == [2, 2, 1]
    huge = [replace(s, size=90 << 20) for s in small[:2]]
    assert sizes([*small[:3], *huge], 1) == [3, 1, 1]
    assert sizes([], 2) == []


def test_few_workbooks_are_done_by_one_process_beside_this_one() -> None:
    assert usual_jobs(run.POOL_FROM - 1) == 1
    assert 1 <= usual_jobs(10_000) <= (os.cpu_count() or 1)


# ---------------------------------------------------------------- a workbook that cannot be processed


def misbehaving(make: run.Make[Any], pack: Pack, sources: Sequence[Source]) -> run.Outcome[Any]:
    """What stands in a worker for the pipeline: a workbook does what its name says."""
    for source in sources:
        match Path(source.path).stem:
            case "挂起":
                time.sleep(600)
            case "崩溃":
                os._exit(11)
            case "膨胀":
                held = b"x" * (700 << 20)
                time.sleep(600 + held.count(b"y"))
    done_one = run.Failure("文件-16", {"reason": "测试"})
    return [make(replace(failed(source, done_one), department="done"), pack) for source in sources]


@pytest.mark.thorough
def test_a_workbook_that_brings_its_process_down_is_a_line_in_the_result(
    ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("一", "挂起", "二", "崩溃", "三", "膨胀", "四"):
        (tmp_path / f"{name}.xlsx").write_text(name, encoding="utf-8")
    sources = find_sources([tmp_path])
    monkeypatch.setattr(run, "attempt", misbehaving)
    limits = Limits(seconds=5, megabytes=500)
    found = flat(list(review(sources, ledger, jobs=2, limits=limits)))
    assert [r.source for r in found] == [s.path for s in sources]
    lost = {Path(r.source).stem: r for r in found if r.department is None}
    assert {name: r.submission["findings"][0]["code"] for name, r in lost.items()} == {
        "挂起": "文件-14",
        "膨胀": "文件-15",
        "崩溃": "文件-16",
    }
    assert "超过5秒" in lost["挂起"].submission["findings"][0]["message"]
    assert "超过500兆上限" in lost["膨胀"].submission["findings"][0]["message"]
    assert all(r.submission["status"] == "unreadable" and r.copy is None for r in lost.values())
    assert {name: r.sha256 for name, r in lost.items()} == {
        name: hashlib.sha256(name.encode()).hexdigest() for name in lost
    }


@pytest.mark.thorough
def test_limits_hold_for_a_few_workbooks_where_nobody_says_how_many_processes(
    ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("挂起", "一"):
        (tmp_path / f"{name}.xlsx").touch()
    monkeypatch.setattr(run, "attempt", misbehaving)
    found = flat(list(review(find_sources([tmp_path]), ledger, jobs=None, limits=Limits(seconds=2))))
    assert {Path(r.source).stem: r.department for r in found} == {"一": "done", "挂起": None}


def test_what_is_made_of_a_result_is_the_same_wherever_it_is_made(
    ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    sources = find_sources([returns], tmp_path)
    booked = partial(booking, frozenset({"甲"}))
    alone, beside = (
        flat(list(review_as(booked, sources, ledger, jobs=jobs))) for jobs in (1, 2)
    )  # fmt: skip
    assert alone == beside
    assert alone == [booked(one, ledger) for one in flat(list(review(sources, ledger)))]


def test_check_is_handed_all_it_says_and_no_figures(ledger: Pack, returns: Path, tmp_path: Path) -> None:
    sources = find_sources([returns], tmp_path)
    whole = flat(list(review(sources, ledger)))
    said = flat(list(review_as(without_figures, sources, ledger)))
    assert [(one.submission, one.copy) for one in said] == [(one.submission, one.copy) for one in whole]
    assert any(one.values for one in whole)
    assert not any(one.values or one.computed for one in said)


def failing_for(names: set[str], problem: Exception) -> Callable[..., Assessment]:
    real = run.assess_files

    def assess_files(paths: Sequence[Source], pack: Pack) -> Assessment:
        if any(Path(source.path).stem in names for source in paths):
            raise problem
        return real(paths, pack)

    return assess_files


def test_an_error_of_our_own_is_a_line_in_the_result(
    ledger: Pack, returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = find_sources([returns], tmp_path)
    right = {r.source: r for r in flat(list(review(sources, ledger)))}
    monkeypatch.setattr(run, "SMALLEST_CHUNK", 20)
    monkeypatch.setattr(run, "assess_files", failing_for({"4", "7"}, KeyError("x")))
    told: list[int] = []
    for one in flat(list(review(sources, ledger, done=told.append))):
        if Path(one.source).stem in ("4", "7"):
            assert [f["code"] for f in one.submission["findings"]] == ["文件-16"]
            assert "（KeyError）" in one.submission["findings"][0]["message"]
        else:
            assert one == right[one.source]
    assert sum(told) == len(sources)


def test_too_little_memory_is_told_as_such(
    ledger: Pack, returns: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "assess_files", failing_for({"4"}, MemoryError()))
    outcome = attempt(run.as_it_is, ledger, [s for s in find_sources([returns]) if Path(s.path).stem == "4"])
    assert isinstance(outcome, run.Failure) and outcome.code == "文件-15"


@pytest.mark.parametrize("problem", [PackError("规则写错了"), OutputError(28, "磁盘空间不足", "x.xlsx")])
def test_a_mistake_of_the_pack_and_a_full_disk_stop_the_run(
    problem: Exception, ledger: Pack, returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "assess_files", failing_for({"4"}, problem))
    with pytest.raises(type(problem)):
        list(review(find_sources([returns], tmp_path), ledger))


def test_a_pack_that_a_worker_cannot_load_stops_the_run(ledger: Pack, returns: Path, tmp_path: Path) -> None:
    moved = ledger.model_copy(update={"folder": tmp_path / "nowhere"})
    with pytest.raises(PackError, match="找不到模板包"):
        list(review(find_sources([returns], tmp_path / "out"), moved, jobs=2))


@pytest.mark.thorough
def test_a_worker_that_is_killed_from_outside_costs_nothing(
    ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    sources = find_sources([returns], tmp_path)
    expected = flat(list(review(sources, ledger)))
    chunks = review(sources, ledger, jobs=2)
    found = next(chunks)
    for worker in multiprocessing.active_children():
        worker.kill()
    found += flat(list(chunks))
    assert found == expected


# ---------------------------------------------------------------- cut off


def test_what_a_dead_process_of_this_machine_left_unfinished_is_swept_away(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    alive, dead = f"{MACHINE}-{os.getpid()}", f"{MACHINE}-{ended.pid}"
    elsewhere = f"{MACHINE}x-{ended.pid}"  # a folder that machines share: who lives there, nobody here knows
    kept = {f"{UNFINISHED}{alive}-x.xlsx", f"{UNFINISHED}{elsewhere}-x.xlsx", "甲.xlsx"}
    for name in (*kept, f"{UNFINISHED}{dead}-x.xlsx"):
        (tmp_path / name).touch()
    sweep(tmp_path)
    sweep(tmp_path / "nowhere")
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="磁盘空间不足"):
        write_file(tmp_path / "甲.xlsx", b"1")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "甲.xlsx", b"1")
    assert list(tmp_path.iterdir()) == []


def dying_while_it_writes(make: run.Make[Any], pack: Pack, sources: Sequence[Source]) -> run.Outcome[Any]:
    if multiprocessing.parent_process():
        copy = next(source.copy for source in sources if source.copy)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.with_name(f"{UNFINISHED}{MACHINE}-{os.getpid()}-x.xlsx").touch()
        os._exit(11)
    return attempt(make, pack, sources)


def test_what_a_worker_left_unfinished_is_gone_when_the_run_ends(
    ledger: Pack, returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "attempt", dying_while_it_writes)
    sources = find_sources([returns], tmp_path)[:2]
    told = flat(list(review(sources, ledger, jobs=2)))
    assert [one.submission["findings"][0]["code"] for one in told] == ["文件-16", "文件-16"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


COMMAND = """
import signal, sys
from workbook_tool import cli, run
signal.signal(signal.SIGINT, signal.default_int_handler)
run.SMALLEST_CHUNK = 2
cli.main(sys.argv[1:])
"""

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows knows neither SIGKILL nor process groups")


class Running:
    """The command in a process group of its own, in which its workers are too."""

    def __init__(self, returns: Path, out: Path, jobs: int):
        words = ["check", returns, "-o", out, "--json", f"{out}.json", "--pack", PACK, "--jobs", jobs]
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *map(str, words)],
            cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait(self) -> tuple[int, str]:
        """The exit status and the error output, once no process of the group is left."""
        _, said = self.process.communicate()
        while any(self._is_ours(other) for other in psutil.process_iter()):
            time.sleep(0.05)
        return self.process.returncode, said

    def _is_ours(self, other: psutil.Process) -> bool:
        try:
            return os.getpgid(other.pid) == self.process.pid and other.status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False


def undisturbed(returns: Path, out: Path, jobs: int) -> float:
    """A run without mishap; how long it took."""
    start = time.monotonic()
    status, said = Running(returns, out, jobs).wait()
    assert (status, said) == (1, "")
    return time.monotonic() - start


def times_of(folder: Path) -> dict[str, int]:
    """When every file below was last changed."""
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def is_whole(path: Path) -> bool:
    return bool(read_book(Package.open(path)).tabs)


def kill_at_random(returns: Path, folder: Path, jobs: int, times: int) -> None:
    """Kill runs at random moments; no half file is left, and the next run ends as if nothing had been."""
    before, times_before = content(returns), times_of(returns)
    expected, out = folder / "未中断", folder / "中断"
    lasts = undisturbed(returns, expected, jobs)
    rng = random.Random(jobs)
    for _ in range(times):
        running = Running(returns, out, jobs)
        time.sleep(rng.uniform(0.2, 1) * lasts)
        running.process.kill()
        running.wait()
        for path in out.rglob("*"):
            assert path.is_dir() or path.name.startswith(UNFINISHED) or is_whole(path)
        assert (content(returns), times_of(returns)) == (before, times_before)
    undisturbed(returns, out, jobs)
    assert content(out) == content(expected)
    told, wanted = (json.loads(Path(f"{o}.json").read_text(encoding="utf-8")) for o in (out, expected))
    assert told == wanted


@pytest.mark.thorough
@posix_only
def test_a_run_that_is_killed_leaves_nothing_torn(returns: Path, tmp_path: Path) -> None:
    kill_at_random(returns, tmp_path, 2, 3)


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_checks_of_three_hundred_files_that_are_killed_leave_nothing_torn(
    jobs: int, returns: Path, tmp_path: Path
) -> None:
    some = sorted(path for path in returns.rglob("*") if path.is_file())
    many = tmp_path / "三百份"
    many.mkdir()
    for number in range(300):
        shutil.copy2(some[number % len(some)], many / f"{number:03}.xlsx")
    kill_at_random(many, tmp_path, jobs, 50)


@posix_only
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run_says_so_and_leaves_no_process(jobs: int, returns: Path, tmp_path: Path) -> None:
    running = Running(returns, tmp_path / "out", jobs)
    while running.process.poll() is None and not list(tmp_path.rglob("*.xlsx")):
        time.sleep(0.01)
    os.killpg(running.process.pid, signal.SIGINT)
    status, said = running.wait()
    assert (status, said.strip()) == (2, "workbook-tool：已中断。")
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert all(is_whole(path) and not path.name.startswith(UNFINISHED) for path in left)
