"""How does it grow? Files per second, memory of a worker, and the share of each stage, by size.

Every measurement is a process of its own, so that its memory is its own; those of one size come in
turn, not one kind after the other, so that a machine that slows down slows all of them. The floor is
to read the files and inflate all their parts. The plain way is that of `against_plain`.

    python benchmarks/scale.py --live --projects 2 --sizes 100 1000 10000 --jobs 1 2 --out docs/scale.md

Between `<!-- measured -->` and `<!-- /measured -->` the table is put into the document; the plot lies
beside it, as `scale.svg`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
from made_up_county import County, the_pack
from scale_report import report

KINDS = {
    "floor": "读入并解压(底线)",
    "assess": "读取和核对",
    "check": "核对并写标注副本",
    "consolidate": "汇总全县",
}
"""What is measured, and what it is called."""
_LOOK = 0.02
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Measured:
    """One measurement.

    Attributes:
        memory: The most that a process that worked on files took, in bytes.
    """

    kind: str
    files: int
    jobs: int
    seconds: float
    memory: int


# ---- what one process measures


class Memory:
    """The peak memory of the processes that work: the workers, or this one where there are none."""

    def __init__(self, jobs: int):
        self._own, self._jobs = psutil.Process(), jobs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK):
            some = [self._own] if self._jobs == 1 else self._own.children(recursive=True)
            for process in some:
                try:
                    self.peak = max(self.peak, process.memory_info().rss)
                except psutil.Error:
                    continue


def inflate(path: Path) -> int:
    """Read a file and inflate all its parts."""
    with zipfile.ZipFile(path) as file:
        return sum(len(file.read(name)) for name in file.namelist())


def floor(paths: Sequence[Path], jobs: int, out: Path) -> None:
    """The bytes, and nothing made of them."""
    if jobs == 1:
        for path in paths:
            inflate(path)
        return
    from multiprocessing import get_context

    with get_context("spawn").Pool(jobs) as pool:
        for _ in pool.imap_unordered(inflate, paths, chunksize=50):
            pass


def reviewed(paths: Sequence[Path], jobs: int, out: Path, *, copies: bool) -> None:
    """Read and assessed as `check` does it, with annotated copies or without."""
    from workbook_tool.run import review_as, without_figures
    from workbook_tool.sources import Source

    sources = [Source.of(path, out / path.name if copies else None) for path in paths]
    for _ in review_as(without_figures, sources, the_pack(), jobs=jobs):
        pass


def consolidated(paths: Sequence[Path], jobs: int, out: Path) -> None:
    """The whole command: checked, copied, booked in a new ledger, added up and written."""
    from workbook_tool.consolidate import consolidate

    ledger, copies = out / "ledger.sqlite", out / "copies"
    book = out / "county.xlsx"
    consolidate([paths[0].parent], book, pack=the_pack(), ledger=ledger, annotated=copies, jobs=jobs)


WORK: dict[str, Callable[[Sequence[Path], int, Path], None]] = {
    "floor": floor,
    "assess": partial(reviewed, copies=False),
    "check": partial(reviewed, copies=True),
    "consolidate": consolidated,
}


def measure(kind: str, folder: Path, jobs: int) -> Measured:
    """One measurement in this process."""
    paths = sorted(folder.glob("*.xlsx"))
    with tempfile.TemporaryDirectory() as out, Memory(jobs) as memory:
        start = time.perf_counter()
        WORK[kind](paths, jobs, Path(out))
        seconds = time.perf_counter() - start
    return Measured(kind, len(paths), jobs, seconds, memory.peak)


def stages(folder: Path) -> dict[str, float]:
    """CPU seconds of each stage over the workbooks of a folder, in this process."""
    from workbook_tool.excel.annotate import write_copy
    from workbook_tool.excel.marks.verdict import Verdicts
    from workbook_tool.excel.read import read
    from workbook_tool.outputs.kept import kept
    from workbook_tool.sources import Source

    paths = sorted(folder.glob("*.xlsx"))
    pipeline = import_module("workbook_tool.assess")
    pack, spent = the_pack(), dict[str, float]()

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        spent[name] = spent.get(name, 0.0) + time.process_time() - start

    def wrapped(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*words: Any, **more: Any) -> Any:
            with timed(name):
                return function(*words, **more)

        return run

    parts = {
        "conform": "单元格转成数", "up_to_date": "合计和公式", "check_schemas": "栏目要求",
        "check_rules": "规则", "score": "评分",
    }  # fmt: skip
    for part, name in parts.items():
        setattr(pipeline, part, wrapped(name, getattr(pipeline, part)))
    with timed("读取"):
        batch, drafts = read(paths, pack)
    before = sum(spent.values())
    with timed("其余核对"):
        assessment = pipeline.assess(batch, pack, drafts)
    spent["其余核对"] -= sum(spent[name] for name in parts.values())
    assert sum(spent.values()) >= before
    with timed("整理结果"):
        kept(assessment, pack, [Source.of(path) for path in paths])
    with tempfile.TemporaryDirectory() as out, timed("写标注副本"):
        verdicts = Verdicts(assessment, pack)
        for number, path in enumerate(paths):
            write_copy(path, verdicts[number], Path(out) / "copy.xlsx")
    return spent


# ---- what starts the others


def apart(*words: object) -> Any:
    """What a process of its own measured."""
    command = [sys.executable, __file__, "--measure", *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def plain_ratio(paths: list[Path], rounds: int) -> dict[str, float]:
    """The plain way and ours over the same files in turn: CPU milliseconds a file, medians."""
    import against_plain

    with tempfile.TemporaryDirectory() as name:
        against_plain.one_round(paths[:2], the_pack(), Path(name))
        taken = [against_plain.one_round(paths, the_pack(), Path(name)) for _ in range(rounds)]
    return {k: statistics.median(one[k] for one in taken) / len(paths) * 1000 for k in taken[0]}


def measured_all(
    folder: Path, sizes: Sequence[int], jobs: Sequence[int], rounds: int, most_alone: int
) -> list[Measured]:
    """Every kind at every size, in turn; the median of the rounds.

    More files than `most_alone` are measured with all processes only: one would take hours.
    """
    kinds = [kind for kind in KINDS if kind != "consolidate" or find_spec("workbook_tool.consolidate")]
    found: list[Measured] = []
    for size in sizes:
        taken: dict[tuple[str, int], list[Measured]] = {}
        for _ in range(rounds):
            for kind in kinds:
                for number in jobs if size <= most_alone else (max(jobs),):
                    one = Measured(**apart(kind, folder / str(size), number))
                    print(
                        f"{one.files} {kind} jobs={number}: {one.files / one.seconds:.1f}/s", file=sys.stderr
                    )
                    taken.setdefault((kind, number), []).append(one)
        found += [sorted(some, key=lambda one: one.seconds)[len(some) // 2] for some in taken.values()]
    return found


def make_files(folder: Path, sizes: Sequence[int], options: argparse.Namespace) -> int:
    """Write the workbooks of every size; how large one is on average."""
    from copies import Mould, write_copies

    number = options.moulds
    county = County(1, number, number * options.projects, number * options.errors)
    moulds = [Mould.of(department, live=options.live) for department in county.departments]
    written = [path for size in sizes for path in write_copies(moulds, size, folder / str(size))]
    return sum(path.stat().st_size for path in written) // len(written)


def machine() -> str:
    """What it was measured on."""
    memory = psutil.virtual_memory().total >> 30
    return f"{os.cpu_count()} 个核，{memory} GB 内存，Python {platform.python_version()}，{platform.system()}"


def options_of(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--projects", type=int, default=13, help="projects of a department on average")
    parser.add_argument("--errors", type=int, default=10, help="mistakes of a department on average")
    parser.add_argument("--moulds", type=int, default=40, help="different workbooks that are copied")
    parser.add_argument(
        "--most-alone", type=int, default=1000, help="most files that one process is tried on"
    )
    parser.add_argument("--live", action="store_true", help="workbooks with the live checks, as sent out")
    parser.add_argument("--plain", type=int, default=20, help="files that the plain way is tried on")
    parser.add_argument("--folder", type=Path, help="where the workbooks are written; else they are removed")
    parser.add_argument("--out", type=Path, help="the document that takes the table")
    parser.add_argument("--measure", nargs=3, metavar=("KIND", "FOLDER", "JOBS"), help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    options = options_of(words)
    if options.measure:
        kind, folder, jobs = options.measure
        found = stages(Path(folder)) if kind == "stages" else asdict(measure(kind, Path(folder), int(jobs)))
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        size = make_files(folder, options.sizes, options)
        results = measured_all(folder, options.sizes, options.jobs, options.rounds, options.most_alone)
        smallest = folder / str(min(options.sizes))
        shares = apart("stages", smallest, 1)
        plain = plain_ratio(sorted(smallest.glob("*.xlsx"))[: options.plain], options.rounds)
    live = "带" if options.live else "不带"
    rounds = f"{options.rounds} 轮取中位数" if options.rounds > 1 else "各量一次"
    told = f"{machine()}；每份 {options.projects} 个项目、{options.errors} 处错误左右，{size >> 10} KB，{live}实时核对；{rounds}。"
    report(told, [asdict(one) for one in results], KINDS, shares, plain, out=options.out)


if __name__ == "__main__":
    main()
