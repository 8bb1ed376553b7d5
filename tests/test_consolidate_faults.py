"""Whatever cuts a consolidation off, the next run ends as if nothing had been: same bytes, same ledger."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import random
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, event

import packcases
from conftest import ROOT, Ran, Run
from ledgers import contents
from workbook_tool import run as checking
from workbook_tool.consolidate import BOOK, LEDGER, consolidate
from workbook_tool.excel.fill import fill
from workbook_tool.excel.ooxml import output
from workbook_tool.excel.ooxml.output import UNFINISHED
from workbook_tool.forms.load import load_pack
from workbook_tool.ledger import open_ledger
from workbook_tool.sources import RESULTS

PACK = ROOT / "tests" / "packs" / "equipment-ledger" / "2024"
INBOX, SCRATCH = Path("收件"), Path("临时")
MARCH = 1_709_600_000  # 2024-03-05

Snapshot = tuple[dict[str, str], dict[str, list[str]]]


def make_returns(folder: Path) -> None:
    """Returns of three departments, one of them twice, one packed, and one that is no workbook."""
    pack = load_pack(PACK)
    base, cases = packcases.base_of(pack), packcases.cases_of(pack)
    folder.mkdir(parents=True)
    for number, (name, code) in enumerate([("1", "A1"), ("2", "A2"), ("2改", "A2"), ("3", "A3")]):
        data = packcases.changed(base, cases[number].set, pack)
        data["单位信息"] |= {"单位代码": code, "单位名称": f"第{code}站"}
        fill(data, pack, folder / f"{name}.xlsx")
        os.utime(folder / f"{name}.xlsx", (MARCH + number, MARCH + number))
    with zipfile.ZipFile(folder / "第3站.zip", "w") as archive:
        archive.write(folder / "3.xlsx", "上报.xlsx")
    (folder / "3.xlsx").unlink()
    (folder / "坏.xlsx").write_bytes(b"PK nothing")
    os.utime(folder / "坏.xlsx", (MARCH, MARCH))


def snapshot() -> Snapshot:
    """All that lies in the current folder, and what stands in the ledger."""
    with open_ledger(INBOX / RESULTS / LEDGER) as ledger:
        booked = contents(ledger)
    files = {str(path): path.read_bytes() for path in sorted(INBOX.rglob("*")) if path.is_file()}
    del files[str(INBOX / RESULTS / LEDGER)]
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}, booked


def assert_nothing_is_torn() -> None:
    """A file that has its name is whole."""
    for path in (INBOX / RESULTS).rglob("*.xlsx"):
        if not path.name.startswith(UNFINISHED):
            with zipfile.ZipFile(path) as file:
                assert file.testzip() is None


@dataclass(frozen=True)
class Undisturbed:
    """Returns, and what a run without mishap makes of them.

    Attributes:
        folder: With nothing in it but the returns.
        result: What there is in the end.
        calls: How often the run did what can fail.
    """

    folder: Path
    result: Snapshot
    calls: Counter[str]

    @contextmanager
    def copied(self, to: Path) -> Iterator[None]:
        """A copy of the returns, as the current folder."""
        shutil.copytree(self.folder / INBOX, to / INBOX)
        before = Path.cwd()
        os.chdir(to)
        try:
            yield
        finally:
            os.chdir(before)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SMALLEST_CHUNK", 2)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("县")
    make_returns(folder / INBOX)
    bare = Undisturbed(folder, ({}, {}), Counter())
    with bare.copied(folder / "未中断"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "SMALLEST_CHUNK", 2)
        with failing() as calls:
            add_up(1)
        result = snapshot()
    assert str(INBOX / RESULTS / BOOK) in result[0]
    assert sum(RESULTS in name for name in result[0]) == 5
    return Undisturbed(folder, result, calls)


def add_up(jobs: int) -> None:
    consolidate([INBOX], pack=load_pack(PACK), jobs=jobs)


# ---- killed


def start_run(folder: Path, jobs: int) -> tuple[BaseProcess, Connection]:
    """A run in a process of its own, and a pipe that says when it begins."""
    quick = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if quick else "spawn")
    if quick:
        multiprocessing.set_forkserver_preload(["workbook_tool.consolidate", "workbook_tool.county.book"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run_here, args=(str(folder), jobs, theirs))
    process.start()
    theirs.close()
    return process, ours


def run_here(folder: str, jobs: int, begun: Connection) -> None:
    os.chdir(folder)
    SCRATCH.mkdir(exist_ok=True)
    tempfile.tempdir = str(SCRATCH.absolute())
    checking.SMALLEST_CHUNK = 2
    begun.send(True)
    add_up(jobs)


def kill_at_random(folder: Path, jobs: int, seconds: float, rng: random.Random) -> bool:
    """Kill a run somewhere on its way; whether it was not done yet. Its workers end by themselves."""
    process, begun = start_run(folder, jobs)
    begun.recv()
    time.sleep(rng.uniform(0, seconds))
    try:
        workers = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        workers = []
    process.kill()
    process.join()
    assert not psutil.wait_procs(workers, timeout=120)[1]
    return process.exitcode != 0


def not_killed(folder: Path, jobs: int) -> float:
    """How long a run takes."""
    process, begun = start_run(folder, jobs)
    begun.recv()
    start = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - start


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("jobs", "rounds", "kills"),
    [
        pytest.param(1, 1, 4, id="one process"),
        pytest.param(2, 1, 2, id="two processes"),
        pytest.param(1, 30, 4, id="one process, often", marks=pytest.mark.slow),
        pytest.param(2, 20, 4, id="two processes, often", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_killed_is_finished_by_the_next(
    jobs: int, rounds: int, kills: int, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    rng = random.Random(f"{jobs} {rounds}")
    killed = 0
    with undisturbed.copied(tmp_path / "未中断"):
        seconds = not_killed(tmp_path / "未中断", jobs)
        assert snapshot() == undisturbed.result
    for number in range(rounds):
        with undisturbed.copied(tmp_path / str(number)):
            for _ in range(kills):
                killed += kill_at_random(tmp_path / str(number), jobs, seconds, rng)
                if (INBOX / RESULTS).exists():
                    assert_nothing_is_torn()
            add_up(1)
            assert snapshot() == undisturbed.result
    print(f"{killed} of {rounds * kills} runs were killed before they were done")
    assert killed >= rounds * kills // 4


# ---- what fails


FAILURES: dict[str, tuple[Callable[[], OSError], str]] = {
    "open": (lambda: PermissionError(errno.EACCES, "Permission denied"), "没有权限，或文件正在 Excel、WPS 中打开"),
    "write": (lambda: OSError(errno.ENOSPC, "No space left on device"), "磁盘空间不足，请清理后再试"),
    "fsync": (lambda: OSError(errno.EIO, "Input/output error"), "磁盘出错，请检查磁盘或网络盘后再试"),
    "rename": (lambda: PermissionError(errno.EACCES, "Permission denied"), "没有权限，或文件正在 Excel、WPS 中打开"),
    "commit": (lambda: OSError(errno.EIO, "Input/output error"), "磁盘出错，请检查磁盘或网络盘后再试"),
    "commit, full": (lambda: OSError(errno.ENOSPC, "No space left on device"), "磁盘空间不足，请清理后再试"),
}  # fmt: skip
"""What can fail, as what, and what a clerk is told."""


@contextmanager
def failing(what: str = "", nth: int = 0) -> Iterator[Counter[str]]:
    """Let the n-th of these fail, and count them all."""
    calls: Counter[str] = Counter()

    def tried(name: str) -> None:
        calls[name] += 1
        if name == what.partition(",")[0] and calls[name] == nth:
            raise FAILURES[what][0]()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            tried(name)
            return function(*words, **more)

        return call

    def opened(*words: Any, **more: Any) -> Any:
        file = os.fdopen(*words, **more)
        return Written(file, counted("write", file.write))

    def commits(_: object) -> None:
        tried("commit")

    class System:
        """What writing a file asks of the system, some of it counted."""

        fdopen = staticmethod(opened)
        fsync = staticmethod(counted("fsync", os.fsync))
        replace = staticmethod(counted("rename", os.replace))

        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

    class Temporary:
        mkstemp = staticmethod(counted("open", tempfile.mkstemp))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output, "os", System())
        patch.setattr(output, "tempfile", Temporary())
        event.listen(Engine, "commit", commits)
        try:
            yield calls
        finally:
            event.remove(Engine, "commit", commits)


class Written:
    """A file whose writes are counted."""

    def __init__(self, file: Any, write: Callable[[bytes], int]):
        self._file, self.write = file, write

    def __enter__(self) -> Written:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def command(run: Run) -> Ran:
    return run("consolidate", INBOX, "--pack", PACK, "--jobs", "1")


def assert_is_told(ran: Ran, says: str) -> None:
    """One line that a clerk can act on."""
    assert ran.status == 2
    assert says in ran.err
    assert ran.err.endswith("。\n") and ran.err.count("\n") == 1
    assert not re.search("[A-Za-z]{3,} [a-z]{2,}", ran.err), "no English"


@pytest.mark.parametrize(
    "every", [pytest.param(False, id="some"), pytest.param(True, id="every", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("what", FAILURES)
def test_whichever_fails_the_next_run_finishes(
    what: str, every: bool, undisturbed: Undisturbed, tmp_path: Path, run: Run
) -> None:
    number = undisturbed.calls[what.partition(",")[0]]
    assert number >= 5
    for nth in range(1, number + 1) if every else (number // 2, number):
        with undisturbed.copied(tmp_path / str(nth)):
            with failing(what, nth):
                assert_is_told(command(run), FAILURES[what][1])
            if (INBOX / RESULTS).exists():
                assert_nothing_is_torn()
                assert not list(INBOX.rglob(f"{UNFINISHED}*"))
            assert command(run).status == 1
            assert snapshot() == undisturbed.result


def test_a_disk_that_is_too_small_for_the_ledger_is_told(
    undisturbed: Undisturbed, tmp_path: Path, run: Run
) -> None:
    def small(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages - 5}")

    with sqlite3.connect(undisturbed.folder / "未中断" / INBOX / RESULTS / LEDGER) as whole:
        (pages,) = whole.execute("PRAGMA page_count").fetchone()
    whole.close()

    with undisturbed.copied(tmp_path / "小"):
        event.listen(Engine, "connect", small)
        try:
            assert_is_told(command(run), "磁盘空间不足，请清理后再试。已经记下的不会丢")
        finally:
            event.remove(Engine, "connect", small)
        assert command(run).status == 1
        assert snapshot() == undisturbed.result
