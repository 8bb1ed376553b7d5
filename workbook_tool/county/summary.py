"""A county told in a few lines, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from workbook_tool.county.types import County, State, Why
from workbook_tool.findings import COLUMNS
from workbook_tool.model import Frame, Severity

FINE = frozenset({Why.DUPLICATE.value, Why.SUPERSEDED.value})
"""Why files are set aside that nobody need do anything about."""

MENDED = frozenset({State.PASSED.value, State.EXPLAIN.value, State.MISSING.value})
"""States in which nothing has to be mended."""

NAMED = 10
"""How many departments are named one by one."""


def has_errors(county: County) -> bool:
    """Whether anything that was returned has to be mended."""
    return bool(
        not set(county.returns["state"]) <= MENDED
        or not set(county.set_aside["why"]) <= FINE
        or county.across["severity"].eq(Severity.ERROR.value).any()
    )


def lines(county: County, book: Path, checked: int) -> list[str]:
    """What a consolidation came to: who has returned, who owes, who must mend, where the workbook is."""
    returns, aside = county.returns, county.set_aside
    files = len(aside) + int(returns["file"].notna().sum())
    states = returns["state"].value_counts()
    told = [f"{state.value} {states[state.value]} 个" for state in State if state.value in states]
    said = [
        f"{county.title}",
        f"收到 {files} 份，本次新核对 {checked} 份；部门 {len(returns)} 个：{'、'.join(told)}。",
    ]
    for state in (State.MISSING, State.UNREADABLE, State.OUTDATED):
        said += _who(returns, returns["state"].eq(state.value), state.value)
    said += _who(returns, returns["late"], "迟报")
    said += _who(returns, returns["unchanged"], "退回后没有改动")
    if len(aside):
        reasons = aside["why"].value_counts(sort=False)
        counts = "、".join(f"{why.value} {reasons[why.value]} 份" for why in Why if why.value in reasons)
        said.append(f"没有计入 {len(aside)} 份：{counts}。")
    if len(county.across):
        said.append(f"跨部门核对发现 {len(county.across)} 条。")
    return [*said, f"汇总工作簿：{book}"]


def _who(returns: Frame, which: Any, what: str) -> Iterable[str]:
    names = returns.loc[which, "department"].tolist()
    if names:
        more = f"等 {len(names)} 个" if len(names) > NAMED else ""
        yield f"{what}：{'、'.join(names[:NAMED])}{more}。"


def report(county: County, version: str) -> dict[str, Any]:
    """All that is known of the county, with the counted returns as `check --json` gives them."""
    findings = _by_submission(county.findings, COLUMNS[1:])
    scores = _by_submission(county.scores, ("rubric", "subject", "self", "recomputed", "unproven", "grade"))
    return {
        "tool": f"workbook-tool {version}",
        "pack": county.pack.name,
        "title": county.title,
        "returns": [
            {**line, "findings": findings.get(n, []), "scores": scores.get(n, [])}
            for n, line in enumerate(_plain(county.returns))
        ],
        "set_aside": _plain(county.set_aside),
        "across": _plain(county.across),
    }


def _by_submission(frame: Frame, columns: Iterable[str]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    wanted = list(columns)
    for number, line in zip(frame["submission"], _plain(frame[wanted]), strict=True):
        found.setdefault(int(number), []).append(line)
    return found


def _plain(frame: Frame) -> list[dict[str, Any]]:
    return [{str(k): _value(v) for k, v in line.items()} for line in frame.to_dict("records")]


def _value(value: Any) -> Any:
    """A value that JSON knows."""
    if isinstance(value, tuple | list):
        return list(value)
    if value is None or pd.isna(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
