"""What is said of each workbook of a batch: the long frames taken apart once, for all its copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from workbook_tool.model import Assessment, Frame, Pack

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Verdict:
    """All that is said of one workbook.

    Attributes:
        pack: The pack it was made from.
        head: Whose workbook it is, and which form.
        findings, criteria, scores: Its rows of the assessment's frames.
        explained_in: The tab of the table of explanations, its column of codes and its column of
            texts; None where it has none.
    """

    pack: Pack
    head: str
    findings: list[Row] = field(default_factory=list)
    criteria: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    explained_in: tuple[str, int, int] | None = None

    @classmethod
    def of(cls, assessment: Assessment, pack: Pack, submission: int) -> Verdict:
        """What is said of one workbook alone."""

        def alone(frame: Frame) -> Frame:
            return frame[frame["submission"] == submission]

        batch = assessment.batch
        batch = replace(batch, submissions=alone(batch.submissions), places=alone(batch.places))
        frames = {name: alone(getattr(assessment, name)) for name in ("findings", "criteria", "scores")}
        return Verdicts(replace(assessment, batch=batch, **frames), pack)[submission]


class Verdicts:
    """What is said of the workbooks of a batch, by their number.

    Args:
        assessment: What was found in the batch.
        pack: The pack it was made from.
    """

    def __init__(self, assessment: Assessment, pack: Pack):
        self._assessment, self._pack = assessment, pack

    def __getitem__(self, submission: int) -> Verdict:
        return Verdict(
            self._pack,
            self._head(submission),
            self._findings.get(submission, []),
            self._criteria.get(submission, []),
            self._scores.get(submission, []),
            self._explained_in(submission),
        )

    @cached_property
    def _findings(self) -> dict[int, list[Row]]:
        return _apart(self._assessment.findings)

    @cached_property
    def _criteria(self) -> dict[int, list[Row]]:
        return _apart(self._assessment.criteria)

    @cached_property
    def _scores(self) -> dict[int, list[Row]]:
        return _apart(self._assessment.scores)

    @cached_property
    def _submissions(self) -> dict[int, list[Row]]:
        return _apart(self._assessment.batch.submissions)

    @cached_property
    def _places(self) -> dict[int, list[Row]]:
        """Where the fields of the table of explanations stand."""
        where, places = self._pack.explanations, self._assessment.batch.places
        return _apart(places[places["frame"] == where.on]) if where is not None else {}

    def _head(self, submission: int) -> str:
        known = next(iter(self._submissions.get(submission, [])), {})
        name, code = text_of(known.get("department")), text_of(known.get("code"))
        department = f"{name}（{code}）" if name and code else name or code or "（未填部门名称）"
        pack = self._pack
        return f"部门：{department}　　填报表：{pack.title}（{pack.name}）　　年度：{pack.fiscal_year}"

    def _explained_in(self, submission: int) -> tuple[str, int, int] | None:
        where, places = self._pack.explanations, self._places.get(submission, [])
        columns = {place["field"]: place["column"] for place in places}
        if where is None or where.code not in columns or where.text not in columns:
            return None
        return str(places[0]["tab"]), int(columns[where.code]), int(columns[where.text])


def _apart(frame: Frame) -> dict[int, list[Row]]:
    """The rows of each workbook as mappings: four times as fast as pandas' own on columns of texts."""
    names = list(frame.columns)  # once: pandas takes its time to walk an index
    columns = [frame[name].to_numpy(dtype=object) for name in names]
    found: dict[int, list[Row]] = {}
    for number, *values in zip(frame["submission"].tolist(), *columns, strict=True):
        found.setdefault(number, []).append(dict(zip(names, values, strict=True)))
    return found


def text_of(value: object) -> str:
    """A value of a frame as a text; empty where it is missing."""
    if isinstance(value, str):
        return value
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
