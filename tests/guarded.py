"""Hostile files tried in a process of its own, which is watched: what each comes to, costs and takes."""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import wholeway
from workbook_tool.workers import Job, Limits, Lost, Workers

SECONDS = 120
"""After so long it hangs, however much else the machine has to do."""

MEGABYTES = 512
"""What the process may take in all, the program itself included."""


@dataclass(frozen=True)
class Outcome:
    """What a file came to.

    Attributes:
        code: Of its refusal, or FINE; "hang", "memory", "died", or the last line of a traceback.
        seconds: Of processor time.
        megabytes: The most the process held while it was at it.
    """

    code: str
    seconds: float
    megabytes: float


def _begin(_: None) -> None:
    wholeway.whole(b"")  # what is loaded and kept once is nobody's cost


def _try(_: None, content: bytes) -> Outcome:
    gc.collect()
    _forget_peak()
    begin = time.process_time()
    try:
        code = wholeway.whole(content)
    except Exception:
        code = traceback.format_exc().strip()
    return Outcome(code, time.process_time() - begin, _peak())


def _forget_peak() -> None:
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def _peak() -> float:
    """The most this process held since, where the system tells; what it holds now elsewhere."""
    if sys.platform == "linux":
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    import psutil

    return float(psutil.Process(os.getpid()).memory_info().rss) / (1 << 20)


def tried(contents: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Outcome]]:
    """What each file comes to, one after the other; one that brings the process down costs only itself."""
    limits = Limits(seconds=SECONDS, megabytes=MEGABYTES)
    with Workers(1, Job(_begin, None, _try), limits) as workers:
        for name, content in contents:
            try:
                yield name, workers.submit(content, SECONDS).result()
            except Lost as lost:
                yield name, Outcome({"time": "hang"}.get(lost.why.value, lost.why.value), 0, 0)
