"""A Dask cluster in place of this machine's own processes: the same job, given out by address.

The returns, the copies and the pack must lie under the same paths on every machine. Workers are
best started with one thread each, under Dask's nanny: it restarts those that die and holds them to
the memory they were given (`dask worker tcp://… --nthreads 1 --memory-limit 1GiB`).
"""

from __future__ import annotations

import os
import pickle
import threading
from types import TracebackType
from typing import Any, Self

from distributed import Client, Future
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from workbook_tool.workers import Job, Lost, Why, WorkersError

_TIME_STATUS = 98
"""The exit status of a worker whose task took too long."""


class Cluster:
    """The workers of a cluster; a context manager that takes back what is not done.

    Args:
        address: Of the scheduler: `tcp://host:8786`.
        job: What is to be done; its settings must be plain data or a path.

    Attributes:
        count: How many tasks are worked on at once.

    Raises:
        WorkersError: There is no such cluster, or it has no workers.
    """

    def __init__(self, address: str, job: Job):
        try:
            self._client = Client(address, set_as_default=False, timeout="30s")
            self._client.wait_for_workers(1, timeout=60)
        except (OSError, TimeoutError, ValueError) as problem:
            raise WorkersError(f"连不上集群“{address}”，或者它没有工作进程。请检查地址后再试。") from problem
        self.count = max(1, sum(self._client.nthreads().values()))
        self._job = pickle.dumps(job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def submit(self, argument: Any, seconds: float) -> ClusterTicket:
        """Have a task done; it is lost if its worker dies time and again, or it takes longer."""
        return ClusterTicket(self._client.submit(_do, self._job, argument, seconds, pure=False))


class ClusterTicket:
    """A task that was given to the cluster, where its result stays until it is asked for.

    Args:
        future: What Dask knows of it.
    """

    def __init__(self, future: Future[Any]):
        self._future = future

    def result(self) -> Any:
        """What the task gave, once; waits for it.

        Raises:
            Lost: Its workers died.
            WorkersError: The cluster is gone.
            Exception: What the task raised.
        """
        try:
            return pickle.loads(self._future.result())
        except KilledWorker:
            raise Lost(Why.DIED) from None
        except FutureCancelledError as problem:
            raise WorkersError("与集群的连接断了。已经完成的都在；再运行一次，从断处继续。") from problem
        finally:
            self._future.release()


# --- on a worker of the cluster

_jobs: dict[bytes, tuple[Job, Any]] = {}


def _do(packed: bytes, argument: Any, seconds: float) -> bytes:
    """Do a task; a worker that is busy with it for too long is ended, and Dask hears of it."""
    if packed not in _jobs:
        job: Job = pickle.loads(packed)
        _jobs[packed] = job, job.setup(job.settings)
    job, state = _jobs[packed]
    end = threading.Timer(seconds, os._exit, (_TIME_STATUS,))
    end.daemon = True
    end.start()
    try:
        return pickle.dumps(job.task(state, argument))
    finally:
        end.cancel()
