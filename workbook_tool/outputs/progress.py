"""A progress bar for many files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from workbook_tool.outputs.text import Screen

PROGRESS_FROM = 10
"""How many files make a progress bar worth its line."""


@contextmanager
def progress(word: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error with rate and remaining time; none where that is no terminal.

    Args:
        word: What is being done.
        total: How many files there are; None where nobody knows yet.

    Yields:
        What is to be told how many more are done.
    """
    screen = Screen(stderr=True)
    if (total is not None and total < PROGRESS_FROM) or not screen.is_terminal:
        yield lambda number: None
        return
    rate = TextColumn("每秒 {task.fields[rate]:.1f} 份")
    columns = (TextColumn(word), BarColumn(), MofNCompleteColumn(), rate, TextColumn("还需"))
    with Progress(*columns, TimeRemainingColumn(), console=screen, transient=True) as bar:
        shown = bar.tasks[bar.add_task("", total=total, rate=0.0)]

        def advance(number: int) -> None:
            bar.advance(shown.id, number)
            bar.update(shown.id, rate=shown.completed / shown.elapsed if shown.elapsed else 0.0)

        yield advance
