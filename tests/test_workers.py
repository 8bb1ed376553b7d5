"""Processes with limits: what hangs, dies or takes too much is lost alone, and none is left behind."""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import Any

import psutil
import pytest

from workbook_tool.workers import Job, Limits, Lost, Why, Workers, WorkersError

ROOMY = Limits(seconds=120, megabytes=1024)


def setup(settings: Any) -> Any:
    if settings == "wrong":
        raise ValueError("wrong settings")
    if settings == "dies":
        os._exit(5)
    return settings


def task(state: Any, argument: Any) -> Any:
    match argument:
        case "hang":
            time.sleep(600)
        case "die":
            os._exit(3)
        case "swell":
            held = []
            while True:
                held.append(bytearray(b"x" * (16 << 20)))
                time.sleep(0.01)
        case "raise":
            raise OSError(28, "no space", "out.xlsx")
        case "large":
            return b"x" * (40 << 20)
        case "who":
            return os.getpid()
    return f"{state} {argument}"


def test_tasks_are_done_with_what_was_set_up() -> None:
    with Workers(2, Job(setup, "ready", task), ROOMY) as workers:
        futures = [workers.submit(number, 120) for number in range(20)]
        assert [future.result() for future in futures] == [f"ready {number}" for number in range(20)]
        assert len(workers.submit("large", 120).result()) == 40 << 20


@pytest.mark.parametrize(
    ("argument", "seconds", "megabytes", "why"),
    [
        ("hang", 0.5, 1024, Why.TIME),
        ("die", 120, 1024, Why.DIED),
        ("swell", 120, 400, Why.MEMORY),
    ],
)
def test_a_lost_task_costs_no_other(argument: str, seconds: float, megabytes: int, why: Why) -> None:
    with Workers(1, Job(setup, "ready", task), Limits(megabytes=megabytes)) as workers:
        before, lost, after = (
            workers.submit(*a) for a in (("a", 120.0), (argument, seconds), ("b", 120.0))
        )  # fmt: skip
        assert before.result() == "ready a"
        with pytest.raises(Lost) as problem:
            lost.result()
        assert problem.value.why is why
        assert after.result() == "ready b"


def test_a_worker_that_is_killed_with_its_hands_full_costs_its_task_alone() -> None:
    with Workers(2, Job(setup, "ready", task), ROOMY) as workers:
        victim = workers.submit("who", 120).result()
        large = [workers.submit("large", 120) for _ in range(8)]
        psutil.Process(victim).kill()
        came: list[int | str] = []
        for future in large:
            try:
                came.append(len(future.result()))
            except Lost as lost:
                came.append(lost.why.value)
        assert came.count("died") <= 1 and came.count(40 << 20) >= 7


def test_what_a_task_raises_is_raised_here() -> None:
    with Workers(1, Job(setup, "ready", task), ROOMY) as workers:
        with pytest.raises(OSError, match="no space") as problem:
            workers.submit("raise", 120).result()
        assert problem.value.filename == "out.xlsx"
        assert workers.submit("b", 120).result() == "ready b"


@pytest.mark.parametrize(("settings", "says"), [("wrong", "wrong settings"), ("dies", "无法启动处理进程")])
def test_what_cannot_be_set_up_stops_the_run(settings: str, says: str) -> None:
    with Workers(1, Job(setup, settings, task), ROOMY) as workers:
        with pytest.raises((ValueError, WorkersError), match=says):
            workers.submit("a", 120).result()


def test_no_worker_is_left_behind() -> None:
    with pytest.raises(KeyboardInterrupt), Workers(2, Job(setup, "ready", task), ROOMY) as workers:
        assert workers.submit("a", 120).result() == "ready a"
        workers.submit("hang", 600)
        raise KeyboardInterrupt
    assert multiprocessing.active_children() == []
