"""A Dask scheduler and two workers, each a process of its own on this machine: the same results."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil
import pytest

import packcases
from conftest import ROOT
from workbook_tool import run
from workbook_tool.consolidate import consolidate
from workbook_tool.excel.ooxml.output import UNFINISHED
from workbook_tool.forms.load import load_pack
from workbook_tool.model import Pack, PackError
from workbook_tool.outputs.kept import Reviewed
from workbook_tool.run import review
from workbook_tool.sources import find_sources
from workbook_tool.workers import Limits, WorkersError

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.filterwarnings("ignore:::distributed", "ignore::ResourceWarning"),
]

PACK = ROOT / "tests" / "packs" / "equipment-ledger" / "2024"


@pytest.fixture(scope="module")
def ledger() -> Pack:
    return load_pack(PACK)


@pytest.fixture(scope="module")
def returns(ledger: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packcases.write_returns(ledger, tmp_path_factory.mktemp("returns"))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SMALLEST_CHUNK", 2)


class Machines:
    """The scheduler and its workers.

    Args:
        folder: For what they note.
    """

    def __init__(self, folder: Path):
        self._file, self._folder = folder / "scheduler.json", folder
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "benchmarks")]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        }
        self._environment = environment
        self.processes = [self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")]
        while not self._file.exists() or not self._file.read_text():
            assert self.processes[0].poll() is None
            time.sleep(0.05)
        self.address: str = json.loads(self._file.read_text())["address"]
        self.processes += [self._start("dask_worker", "--nthreads", "1") for _ in range(2)]

    def _start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        common = ("--scheduler-file", str(self._file), "--no-dashboard")
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *common, *words],
            cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill_a_worker(self) -> None:
        """Kill the process that one nanny looks after."""
        children = [c for nanny in self.processes[1:] for c in psutil.Process(nanny.pid).children()]
        next(c for c in children if "spawn_main" in " ".join(c.cmdline())).kill()

    def stop(self) -> None:
        """End all processes."""
        for process in reversed(self.processes):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    running = Machines(tmp_path_factory.mktemp("dask"))
    yield running
    running.stop()


def results(returns: Path, pack: Pack, out: Path, cluster: str | None = None) -> list[Reviewed]:
    chunks = review(find_sources([returns], out), pack, cluster=cluster)
    return [one for chunk in chunks for one in chunk]


def content(folder: Path) -> dict[str, str]:
    """What stands in the files; one that a killed worker left unfinished is none, the next run removes it."""
    files = (path for path in folder.rglob("*.*") if not path.name.startswith(UNFINISHED))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_cluster_gives_the_same_results_and_copies(
    machines: Machines, ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    expected = results(returns, ledger, tmp_path / "out")
    copies = content(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "before")
    assert results(returns, ledger, tmp_path / "out", machines.address) == expected
    assert content(tmp_path / "out") == copies


def test_consolidating_on_a_cluster_writes_the_same_workbook(
    machines: Machines, ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    def written(name: str, **hands: Any) -> dict[str, str]:
        out = tmp_path / name
        consolidate(
            [returns], out / "县.xlsx", pack=ledger, ledger=out / "t.db", annotated=out / "副本", **hands
        )
        (out / "t.db").unlink()
        return content(out)

    assert written("集群", cluster=machines.address) == written("本机", jobs=1)


@pytest.mark.parametrize("killed", [False, True])
def test_a_survey_on_a_cluster_gives_the_same_tables(
    killed: bool,
    *,
    machines: Machines,
    ledger: Pack,
    returns: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("duckdb")
    from workbook_tool.survey import chunks, survey

    def kill_once(number: int) -> None:
        if killed and not told:
            machines.kill_a_worker()
        told.append(number)

    told: list[int] = []
    monkeypatch.setattr(chunks, "LEAST", 2)
    monkeypatch.setattr(chunks, "MOST", 3)
    survey([str(returns)], str(tmp_path / "本机"), pack=ledger, jobs=1)
    survey(
        [str(returns)], str(tmp_path / "集群"), pack=ledger, cluster=machines.address,
        progress=lambda: nullcontext(kill_once),
    )  # fmt: skip
    assert sum(told) == 10
    assert content(tmp_path / "集群" / "tables") == content(tmp_path / "本机" / "tables")


def test_a_worker_of_the_cluster_that_is_killed_costs_nothing(
    machines: Machines, ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    expected = results(returns, ledger, tmp_path)
    copies = content(tmp_path)
    chunks = review(find_sources([returns], tmp_path), ledger, cluster=machines.address)
    found = next(chunks)
    machines.kill_a_worker()
    found += [one for chunk in chunks for one in chunk]
    assert found == expected
    assert content(tmp_path) == copies


def test_a_workbook_that_brings_workers_down_is_a_line_in_the_result(
    machines: Machines, ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import test_run

    for name in ("一", "崩溃", "二"):
        (tmp_path / f"{name}.xlsx").write_text(name, encoding="utf-8")
    monkeypatch.setattr(run, "attempt", test_run.misbehaving)
    chunks = review(find_sources([tmp_path]), ledger, cluster=machines.address, limits=Limits(seconds=100))
    lost = [one for chunk in chunks for one in chunk if one.department is None]
    assert [Path(one.source).stem for one in lost] == ["崩溃"]
    assert [f["code"] for f in lost[0].submission["findings"]] == ["文件-16"]


def test_a_pack_that_the_cluster_does_not_have_stops_the_run(
    machines: Machines, ledger: Pack, returns: Path, tmp_path: Path
) -> None:
    moved = ledger.model_copy(update={"folder": tmp_path / "nowhere"})
    with pytest.raises(PackError, match="找不到模板包"):
        results(returns, moved, tmp_path, machines.address)


@pytest.mark.parametrize("address", ["nonsense://x", "no address"])
def test_a_cluster_that_is_not_there(
    address: str, ledger: Pack, returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkersError, match="连不上集群"):
        results(returns, ledger, tmp_path, address)
