"""What the returns that count hold, as long frames: a group of them at a time, so that few are held whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbook_tool.county.across import Return, only_compared
from workbook_tool.county.types import COMPUTED, CRITERIA, FINDINGS, SCORES, table
from workbook_tool.model import Frame, Pack
from workbook_tool.outputs.kept import frames

GROUP = 40_000
"""How many lines the returns have that are held whole: those of thirty with a dozen projects, two
megabytes each. To put a group's frames together takes as long as five of them take."""


@dataclass(frozen=True)
class Content:
    """The frames of County that come out of returns, and the returns as checks across them need them."""

    frames: dict[str, Frame]
    computed: Frame
    findings: Frame
    scores: Frame
    criteria: Frame
    compared: list[Return]


def content_of(returns: Iterable[Return], pack: Pack) -> Content:
    """The content of returns, which are gone through once.

    Args:
        returns: Those that count, each under the number of its department.
        pack: The pack they were made from.
    """
    held: dict[str, list[Frame]] = {name: [] for name in pack.tables}
    told: dict[str, list[Frame]] = {name: [] for name in TOLD}
    compared: list[Return] = []
    seen: dict[Hashable, Hashable] = {}

    def take(group: list[Return]) -> None:
        for name, frame in _frames(group, pack).items():
            held[name].append(_with_one_of_each(frame, seen))
        for name, of in TOLD.items():
            told[name].append(_with_one_of_each(of(group), seen))
        compared.extend(only_compared(one, pack) for one in group)

    deque(map(take, _groups(returns)), maxlen=0)  # a loop would hold a group until it has the next one
    return Content(frames=_whole(held), compared=compared, **_whole(told))


def _whole(parts: dict[str, list[Frame]]) -> dict[str, Any]:
    """The frames put together; the parts of each are let go at once."""
    return {name: pd.concat(parts.pop(name), ignore_index=True) for name in list(parts)}


def _groups(returns: Iterable[Return]) -> Iterable[list[Return]]:
    """So many at a time; at least one group, so that frames of nothing have their columns."""
    group: list[Return] = []
    lines = 0
    for one in returns:
        size = sum(len(values["lines"]) for values in one.reviewed.values.values())
        if group and lines + size > GROUP:
            yield group
            group, lines = [], 0
        group.append(one)
        lines += size
    yield group


def _with_one_of_each(frame: Frame, seen: dict[Hashable, Hashable]) -> Frame:
    """The frame with each of its texts held once: names, codes and units stand there a thousand times."""
    texts = {
        str(name): pd.Series([seen.setdefault(v, v) for v in column], index=frame.index, dtype=object)
        for name, column in frame.items()
        if column.dtype == object
    }
    return frame.assign(**texts)


def _frames(returns: Sequence[Return], pack: Pack) -> dict[str, Frame]:
    """The values of returns, each under the number of its department."""
    numbers = np.array([r.number for r in returns], dtype="int64")
    made = frames([r.reviewed for r in returns], pack)
    return {name: frame.assign(submission=numbers[frame["submission"]]) for name, frame in made.items()}


def _computed(returns: Sequence[Return]) -> Frame:
    lines = ((r.number, *line) for r in returns for line in r.reviewed.computed)
    return table(COMPUTED, (dict(zip(COMPUTED, line, strict=True)) for line in lines))


def _findings(returns: Sequence[Return]) -> Frame:
    lines: Iterable[dict[str, Any]] = (
        {**finding, "submission": r.number, "related": tuple(finding["related"])}
        for r in returns
        for finding in r.reviewed.submission["findings"]
    )
    return table(FINDINGS, lines)


def _scores(returns: Sequence[Return]) -> Frame:
    lines = ({**score, "submission": r.number} for r in returns for score in r.reviewed.submission["scores"])
    return table(SCORES, lines)


def _criteria(returns: Sequence[Return]) -> Frame:
    lines = (
        {**criterion, "submission": r.number, "rubric": score["rubric"], "subject": score["subject"]}
        for r in returns
        for score in r.reviewed.submission["scores"]
        for criterion in score["criteria"]
    )
    return table(CRITERIA, lines)


TOLD: dict[str, Callable[[Sequence[Return]], Frame]] = {
    "computed": _computed,
    "findings": _findings,
    "scores": _scores,
    "criteria": _criteria,
}
"""What was found in returns, of whatever form."""
