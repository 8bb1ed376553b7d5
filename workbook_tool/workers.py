"""Processes that do one task after the other within limits; one that dies costs its task alone.

Each has a pipe of its own. Pools whose workers share one stay locked, or are left with half a
message, when a worker is killed while it hands over a large result.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

_MEMORY_STATUS = 97
"""The exit status of a worker that was using too much memory."""

_LOOKS = 0.05
"""Seconds between two looks at the memory."""

_START_SECONDS = 300
"""How long a worker may take to start on a machine that has much else to do."""

_STARTS = 3
"""How often a worker is started that is gone before it is ready."""

_NOT_STARTED = "无法启动处理进程。请关闭其他程序后再试，或用 --jobs 1 在本进程内处理。"


@dataclass(frozen=True)
class Limits:
    """How much one workbook may ask of a worker before it is given up.

    Attributes:
        seconds: How long it may take. Many at once have a second each on top.
        megabytes: How much memory the worker may take in all; it takes about 250 by itself.
    """

    seconds: float = 60
    megabytes: int = 1024


class Why(Enum):
    """Why a worker did not finish its task."""

    TIME = "time"
    MEMORY = "memory"
    DIED = "died"


class Lost(Exception):
    """A task that was not finished: its worker is gone.

    Args:
        why: What happened to it.
    """

    def __init__(self, why: Why):
        self.why = why
        super().__init__(why)


class WorkersError(Exception):
    """The processes cannot be started at all."""


@dataclass(frozen=True)
class Job:
    """What the workers do.

    Attributes:
        setup: Makes what every task needs, once in each worker, of `settings`.
        task: Called with that and the argument of the task. Both are module-level functions, or
            partials of them.
    """

    setup: Callable[[Any], Any]
    settings: Any
    task: Callable[[Any, Any], Any]


class Ticket:
    """A task that was given to the workers. What came of it stays packed until it is asked for.

    Args:
        packed: What the worker sends.
    """

    def __init__(self, packed: Future[bytes]):
        self._packed = packed

    def result(self) -> Any:
        """What the task gave, once; waits for it.

        Raises:
            Lost: It took too long or too much, or its worker died.
            Exception: What the task raised.
        """
        return _opened(self._packed.result())


def _opened(packed: bytes) -> Any:
    fine, result = pickle.loads(packed)
    if not fine:
        raise result
    return result


_Task = tuple[Any, float, "Future[bytes]"]


class Workers:
    """Processes for a job; a context manager that leaves none behind.

    Args:
        count: How many.
        job: What they do.
        limits: What each may use.
    """

    def __init__(self, count: int, job: Job, limits: Limits):
        self.count = count
        self._job, self._limits = job, limits
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._stopping = False
        self._lock = threading.Lock()
        self._processes: set[BaseProcess] = set()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopping = True
            processes = list(self._processes)
        for process in processes:
            process.kill()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def submit(self, argument: Any, seconds: float) -> Ticket:
        """Have a task done; it is lost if it takes longer, or its worker dies."""
        future: Future[bytes] = Future()
        self._tasks.put((argument, seconds, future))
        return Ticket(future)

    # --- one thread for each worker: it waits where the main thread must not

    def _serve(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # a worker inherits this: Ctrl-C is for the main thread
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        worker: _Worker | None = None
        while (task := self._tasks.get()) is not None and not self._stopping:
            argument, seconds, future = task
            try:
                worker = worker or self._started()
                future.set_result(worker.do(argument, seconds))
            except Lost as lost:
                self._ended(worker)
                worker = None
                future.set_exception(lost)
            except BaseException as problem:  # the main thread raises it
                future.set_exception(problem)
        self._ended(worker)

    def _started(self) -> _Worker:
        """A new worker that is ready; one that is killed while it starts is started again."""
        for _ in range(_STARTS):
            with self._lock:
                if self._stopping:
                    raise Lost(Why.DIED)
                worker = _Worker(self._job, self._limits)
                self._processes.add(worker.process)
            try:
                worker.wait_until_ready()
                return worker
            except Lost as lost:
                self._ended(worker)
                if lost.why is Why.TIME:
                    break
        raise WorkersError(_NOT_STARTED)

    def _ended(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            with self._lock:
                self._processes.discard(worker.process)


class _Worker:
    """One process and our end of its pipe."""

    def __init__(self, job: Job, limits: Limits):
        context = multiprocessing.get_context("spawn")  # a copy of a process with threads may hang
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, job, limits), daemon=True)
        self.process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        """Wait for the setup; what it raised is raised here."""
        try:
            _opened(self._answer(_START_SECONDS))
        except BaseException:
            self.end()
            raise

    def do(self, argument: Any, seconds: float) -> bytes:
        """The packed result of a task, or what it raised."""
        try:
            self._pipe.send(argument)
        except OSError:
            raise Lost(Why.DIED) from None
        return self._answer(seconds)

    def _answer(self, seconds: float) -> bytes:
        try:
            if not wait([self._pipe], seconds):
                raise Lost(Why.TIME)
            return self._pipe.recv_bytes()
        except (EOFError, OSError):
            self.process.join(5)
            raise Lost(Why.MEMORY if self.process.exitcode == _MEMORY_STATUS else Why.DIED) from None

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._pipe.close()
        self.process.kill()
        self.process.join()


# --- in the worker


def _work(pipe: Connection, job: Job, limits: Limits) -> None:
    """What a worker does until its pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(limits.megabytes << 20,), daemon=True).start()
    try:
        state = job.setup(job.settings)
    except Exception as problem:
        _tell(pipe, (False, problem))
        return
    wanted = _tell(pipe, (True, None))
    while wanted:
        try:
            argument = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, job.task(state, argument))
        except Exception as problem:
            answer = (False, problem)
        wanted = _tell(pipe, answer)


def _tell(pipe: Connection, answer: tuple[bool, object]) -> bool:
    """Send an answer; whether anybody is still waiting for it."""
    try:
        pipe.send(answer)
    except OSError:
        return False
    return True


def _watch(limit: int) -> None:
    """End this process when it takes too much memory, or when nobody waits for it any more."""
    import psutil  # noqa: PLC0415 - what is done in one process needs no watch

    this, parent = psutil.Process(), multiprocessing.parent_process()
    while True:
        if this.memory_info().rss > limit:
            os._exit(_MEMORY_STATUS)
        if parent is not None and not parent.is_alive():
            os._exit(1)
        time.sleep(_LOOKS)
