"""Who does the chunks: this process, processes of this machine, or a cluster; each chunk at least once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from workbook_tool.run import AHEAD, POOL_FROM, SMALL_PART, Failure, failed, usual_jobs, why_lost
from workbook_tool.survey.chunks import Item, name_of
from workbook_tool.survey.work import UNSURE, Done, Ready, Settings, Task, kept, loaded_of, make_ready, work
from workbook_tool.workers import Job, Limits, Lost, Workers, WorkersError


class Begun(Protocol):
    """A task that was given out."""

    def result(self) -> Any:
        """What came of it."""


class Hands(Protocol):
    """Those who do tasks, so many at a time."""

    count: int

    def submit(self, argument: Any, seconds: float) -> Begun:
        """Have a task done."""


class _Own:
    """This process: a task is done when its result is asked for, within no limits."""

    count = 1

    def __init__(self, ready: Ready):
        self._ready = ready

    def submit(self, argument: Any, seconds: float) -> Begun:
        return _Postponed(self._ready, argument)


class _Postponed:
    def __init__(self, ready: Ready, task: Task):
        self._ready, self._task = ready, task

    def result(self) -> Done | Failure:
        return work(self._ready, self._task)


def hands_of(
    settings: Settings, jobs: int | None, cluster: str | None, limits: Limits
) -> AbstractContextManager[Hands]:
    """Those who do the tasks.

    Raises:
        WorkersError: The processes cannot be started, or there is no such cluster.
    """
    job = Job(make_ready, settings, work)
    if cluster is not None:
        try:
            from workbook_tool.cluster import Cluster  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as problem:
            what = "没有安装用集群处理所需的组件，请运行 pip install workbook-tool[scale] 安装。"
            raise WorkersError(what) from problem
        return Cluster(cluster, job)
    if jobs == 1:
        return nullcontext(_Own(make_ready(settings)))
    return Workers(jobs or usual_jobs(POOL_FROM), job, limits)


class Errand:
    """Has chunks done that are not done yet.

    Args:
        ready: What this process needs to keep the result of a file that nobody could check.
        way: A word for everything that results depend on but the files.
        there: The names of the chunks whose tables lie there already.
        limits: What one file may take.
        done: Told how many files are done.
    """

    def __init__(
        self,
        ready: Ready,
        way: str,
        there: Collection[str],
        limits: Limits,
        done: Callable[[int], None],
    ):
        self._ready, self._way, self._there = ready, way, there
        self._limits, self._done = limits, done
        self.known = 0

    def run(self, hands: Hands, chunks: Iterable[list[Item]]) -> Iterator[str]:
        """The names under which the tables of all chunks lie, in the order of the chunks."""
        waiting: deque[tuple[list[Item], Begun | None]] = deque()
        for chunk in chunks:
            waiting.append((chunk, self._given(hands, chunk)))
            if len(waiting) > AHEAD * hands.count:
                yield from self._finish(hands, *waiting.popleft())
        while waiting:
            yield from self._finish(hands, *waiting.popleft())

    def _given(self, hands: Hands, items: Sequence[Item]) -> Begun | None:
        """A chunk given out; None where its tables are there."""
        name = name_of(items, self._way)
        if name in self._there:
            return None
        return hands.submit(Task(name, tuple(items)), self._limits.seconds + len(items))

    def _finish(self, hands: Hands, items: list[Item], begun: Begun | None) -> Iterator[str]:
        if begun is None:
            self.known += len(items)
            self._done(len(items))
            yield name_of(items, self._way)
        else:
            yield from self._settled(hands, items, self._outcome(begun))

    def _settled(self, hands: Hands, items: list[Item], outcome: Done | Failure) -> Iterator[str]:
        """Where the tables of a chunk lie; one that failed is done in parts, down to the file at fault."""
        if isinstance(outcome, Done):
            self._done(len(items))
            yield outcome.name
            return
        if len(items) == 1:
            yield self._given_up(items, outcome)
            return
        size = SMALL_PART if len(items) > SMALL_PART else 1
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        begun = [self._given(hands, part) for part in parts]
        for part, one in zip(parts, begun, strict=True):
            yield from self._finish(hands, part, one)

    def _given_up(self, items: list[Item], failure: Failure) -> str:
        """The table of a file that could not be checked: it says so, and it is tried again another time."""
        ((source, _),) = loaded_of(items, self._ready.places)
        self._done(1)
        return kept(self._ready, name_of(items, self._way) + UNSURE, [failed(source, failure)]).name

    def _outcome(self, begun: Begun) -> Done | Failure:
        """What a worker came to; that it did not come to anything is a failure too."""
        try:
            outcome: Done | Failure = begun.result()
            return outcome
        except Lost as lost:
            return why_lost(lost, self._limits)
