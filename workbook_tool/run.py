"""Many workbooks: their way through the pipeline in chunks, in this process or in several."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbook_tool import TRACEBACK
from workbook_tool.assess import assess
from workbook_tool.excel.annotate import write_copy
from workbook_tool.excel.marks.verdict import Verdicts
from workbook_tool.excel.ooxml import archive
from workbook_tool.excel.ooxml.output import sweep
from workbook_tool.excel.ooxml.package import Refused
from workbook_tool.excel.ooxml.source import Loaded, Source
from workbook_tool.excel.read import read
from workbook_tool.forms.load import load_pack
from workbook_tool.model import Assessment, Pack, PackError
from workbook_tool.notices import CRASHED, NOTICES, TOO_LONG, TOO_MUCH
from workbook_tool.outputs.kept import Reviewed, kept
from workbook_tool.settings import in_force
from workbook_tool.workers import Job, Limits, Lost, Ticket, Why, Workers, WorkersError

if TYPE_CHECKING:
    from workbook_tool.cluster import Cluster, ClusterTicket

CHUNK = 100
"""How many workbooks are held in memory at a time."""

CHUNK_BYTES = 24 << 20
"""How large they may be together; a larger workbook is a chunk of its own."""

SMALLEST_CHUNK = 64
"""Fewer at a time take longer each: what is done once for all of them takes as long as twenty of them."""

CHUNKS_EACH = 8
"""How many chunks each worker gets of a small number of workbooks, so that all end together."""

SMALL_PART = 16
"""A chunk that failed is done again in parts of this size, and of those that which failed one by one."""

AHEAD = 2
"""How many chunks for each process are given out, or wait to be booked, at a time."""

POOL_FROM = 100
"""How many workbooks make it worth while to start more than one process."""

Made = TypeVar("Made")

Make = Callable[[Reviewed, Pack], Made]
"""What is to be made of a result; a module-level function, or a partial of one."""


@dataclass(frozen=True)
class Failure:
    """Why workbooks have no result: the notice that says so, and what it says besides."""

    code: str
    words: dict[str, object]


Outcome = list[Made] | Failure


def usual_jobs(count: int) -> int:
    """How many processes are used for that many workbooks where nobody says: one, or as many as cores."""
    if count < POOL_FROM:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def review(
    sources: Sequence[Source],
    pack: Pack,
    *,
    jobs: int | None = 1,
    cluster: str | None = None,
    limits: Limits | None = None,
    done: Callable[[int], None] = lambda number: None,
) -> Iterator[list[Reviewed]]:
    """Check workbooks and write the annotated copy of each that could be read.

    As `review_as`, with the whole results.
    """
    return review_as(as_it_is, sources, pack, jobs=jobs, cluster=cluster, limits=limits, done=done)


def as_it_is(reviewed: Reviewed, pack: Pack) -> Reviewed:
    """The whole result."""
    return reviewed


def without_figures(reviewed: Reviewed, pack: Pack) -> Reviewed:
    """The result without the values that it was found in, which are the larger part of it."""
    return replace(reviewed, values={}, computed=[])


def review_as(
    make: Make[Made],
    sources: Sequence[Source],
    pack: Pack,
    *,
    jobs: int | None = 1,
    cluster: str | None = None,
    limits: Limits | None = None,
    done: Callable[[int], None] = lambda number: None,
) -> Iterator[list[Made]]:
    """Check workbooks, write the annotated copies, and make of each result what the caller needs.

    That is done where the workbook is checked: whole results are large, and to hand them from one
    process to another takes time that nobody else has. A copy is there under its name before its
    chunk is yielded, so what was yielded may be booked. To go on with a run that was cut off, give
    the sources that still need work.

    Args:
        make: Makes it of a result.
        sources: The workbooks, as `sources.find_sources` gives them.
        pack: The pack they were made from.
        jobs: How many processes; None: as many as `usual_jobs` says, which may be a single one beside
            this one. 1 is this process: then no limit holds, and a workbook that brings the process
            down brings the run down.
        cluster: The address of a Dask cluster that does it in place of processes of this machine.
        limits: What one workbook may take before it is given up; it is then a result that says so.
        done: Told how many workbooks were done since it was last told.

    Yields:
        What was made, a chunk at a time, in the order of the sources, the same for any `jobs`.

    Raises:
        PackError: The pack is wrong.
        SettingError: A limit is set to what is no number above zero.
        OutputError: A copy cannot be written.
        WorkersError: The processes cannot be started, or there is no such cluster.
    """
    in_force(archive.Limits)  # a wrong setting is told at once, not of every workbook
    task = partial(attempt, make)

    def lost(source: Source, failure: Failure) -> Made:
        return make(failed(source, failure), pack)

    with _swept({source.copy.parent for source in sources if source.copy}):
        if jobs == 1 and cluster is None:
            for chunk in chunked(sources, jobs):
                yield _here(partial(task, pack), chunk, lost, done)
            return
        limits = limits or in_force(Limits)
        job = Job(_pack_of, pack.folder or pack, task)
        count = jobs or usual_jobs(len(sources))
        with _cluster(cluster, job) if cluster else Workers(count, job, limits) as hands:
            yield from _by_others(hands, chunked(sources, hands.count), lost, limits, done)


@contextmanager
def _swept(folders: set[Path]) -> Iterator[None]:
    """Without what a run that was cut off left unfinished, nor what this one's ended workers leave."""
    for folder in folders:
        sweep(folder)
    try:
        yield
    finally:
        for folder in folders:
            sweep(folder)


def _cluster(address: str, job: Job) -> Cluster:
    try:
        from workbook_tool.cluster import Cluster  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as problem:
        what = "没有安装用集群处理所需的组件，请运行 pip install workbook-tool[cluster] 安装。"
        raise WorkersError(what) from problem
    return Cluster(address, job)


def _here(
    task: Callable[..., Outcome[Made]],
    chunk: list[Source],
    lost: Callable[[Source, Failure], Made],
    done: Callable[[int], None],
) -> list[Made]:
    """What comes of a chunk that is done in this process."""
    left = len(chunk)

    def tell(number: int) -> None:
        nonlocal left
        left -= number
        done(number)

    results = settled(chunk, task(chunk, tell), lambda parts: (task(part) for part in parts), lost)
    done(left)
    return results


def _by_others(
    hands: Workers | Cluster,
    chunks: Iterable[list[Source]],
    lost: Callable[[Source, Failure], Made],
    limits: Limits,
    done: Callable[[int], None],
) -> Iterator[list[Made]]:
    """What comes of all chunks in their order; a few are being worked on ahead of it."""

    def submit(some: list[Source]) -> Ticket | ClusterTicket:
        return hands.submit(some, limits.seconds + len(some))

    def again(parts: Sequence[list[Source]]) -> Iterator[Outcome[Made]]:
        begun = [submit(part) for part in parts]
        return (_outcome(one, limits) for one in begun)

    def finish(chunk: list[Source], begun: Ticket | ClusterTicket) -> list[Made]:
        results = settled(chunk, _outcome(begun, limits), again, lost)
        done(len(chunk))
        return results

    waiting: deque[tuple[list[Source], Ticket | ClusterTicket]] = deque()
    for chunk in chunks:
        waiting.append((chunk, submit(chunk)))
        if len(waiting) > AHEAD * hands.count:
            yield finish(*waiting.popleft())
    while waiting:
        yield finish(*waiting.popleft())


def chunked(sources: Sequence[Source], jobs: int) -> Iterator[list[Source]]:
    """The sources in pieces that are done at once."""
    most = max(SMALLEST_CHUNK, min(CHUNK, len(sources) // (jobs * CHUNKS_EACH)))
    chunk: list[Source] = []
    size = 0
    for source in sources:
        if chunk and (len(chunk) == most or size + source.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(source)
        size += source.size
    if chunk:
        yield chunk


def _pack_of(pack: Pack | Path) -> Pack:
    return pack if isinstance(pack, Pack) else load_pack(pack)


def attempt(
    make: Make[Made],
    pack: Pack,
    sources: Sequence[Source],
    done: Callable[[int], None] = lambda number: None,
) -> Outcome[Made]:
    """Check workbooks at once; an error of the program itself is the failure of all of them.

    Raises:
        PackError: The pack is wrong.
        OSError: A copy cannot be written.
    """
    try:
        return [make(one, pack) for one in check_chunk(sources, pack, done)]
    except (PackError, OSError):
        raise
    except MemoryError:
        return Failure(TOO_MUCH, {"limit": "可用的"})
    except Exception as problem:
        if os.environ.get(TRACEBACK):
            raise
        return Failure(CRASHED, {"reason": type(problem).__name__})


def _outcome(begun: Ticket | ClusterTicket, limits: Limits) -> Outcome[Made]:
    """What a worker came to; that it did not come to anything is a failure too."""
    try:
        outcome: Outcome[Made] = begun.result()
        return outcome
    except Lost as lost:
        return why_lost(lost, limits)


def why_lost(lost: Lost, limits: Limits) -> Failure:
    """The failure of workbooks whose worker gave nothing."""
    match lost.why:
        case Why.TIME:
            return Failure(TOO_LONG, {"limit": f"{limits.seconds:g}"})
        case Why.MEMORY:
            return Failure(TOO_MUCH, {"limit": f"{limits.megabytes}兆"})
        case Why.DIED:
            return Failure(CRASHED, {"reason": "处理进程意外退出"})


def settled(
    chunk: Sequence[Source],
    outcome: Outcome[Made],
    again: Callable[[Sequence[list[Source]]], Iterable[Outcome[Made]]],
    lost: Callable[[Source, Failure], Made],
) -> list[Made]:
    """What came of a chunk; one that failed is done again in parts, down to the workbook at fault.

    Args:
        chunk: The workbooks.
        outcome: What came of them together.
        again: Does parts of them.
        lost: What comes of a workbook that could not be processed.
    """
    if not isinstance(outcome, Failure):
        return outcome
    size = SMALL_PART if len(chunk) > SMALL_PART else 1
    parts = [list(chunk[start : start + size]) for start in range(0, len(chunk), size)]
    results: list[Made] = []
    for part, came_to in zip(parts, again(parts), strict=True):
        if isinstance(came_to, Failure) and len(part) == 1:
            results.append(lost(part[0], came_to))
        else:
            results += settled(part, came_to, again, lost)
    return results


def failed(source: Source, failure: Failure) -> Reviewed:
    """The result of a workbook that could not be processed."""
    sha256 = ""
    with suppress(Refused, OSError):
        sha256 = hashlib.sha256(source.read()).hexdigest()
    notice = NOTICES[failure.code]
    return Reviewed(
        source=source.path, sha256=sha256, size=source.size, modified=source.modified,
        saved=None, pack=None, code=None, department=None, values={}, computed=[],
        submission={
            "file": source.path, "sha256": sha256 or None, "department": None, "status": "unreadable",
            "findings": [{
                "code": notice.code, "severity": notice.severity.value, "sheet": None, "cell": None,
                "field": None, "value": None, "expected": None, "difference": None,
                "message": notice.say(**failure.words), "related": [],
            }],
            "scores": [], "totals": [],
        },
    )  # fmt: skip


def assess_files(paths: Sequence[Path | Source], pack: Pack) -> Assessment:
    """Read and assess a few hundred workbooks at once; nothing is written."""
    batch, drafts = read(paths, pack)
    return assess(batch, pack, drafts)


def check_chunk(
    sources: Sequence[Source], pack: Pack, done: Callable[[int], None] = lambda number: None
) -> list[Reviewed]:
    """Read, assess and mark a few hundred workbooks at once."""
    loaded = [Loaded.once(source) for source in sources]
    assessment = assess_files(loaded, pack)
    verdicts = Verdicts(assessment, pack)
    results = []
    for number, (source, one) in enumerate(zip(loaded, kept(assessment, pack, sources), strict=True)):
        copy = None
        if one.submission["status"] != "unreadable" and source.copy is not None:
            source.copy.parent.mkdir(parents=True, exist_ok=True)
            write_copy(source.read(), verdicts[number], source.copy)
            copy = str(source.copy)
        results.append(replace(one, copy=copy))
        done(1)
    return results
