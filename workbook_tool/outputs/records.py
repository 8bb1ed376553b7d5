"""What is known of each workbook as plain data: the shape of `check --json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd

from workbook_tool.assess import status_of
from workbook_tool.excel.ooxml.output import write_file
from workbook_tool.forms.figures import total_figure
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import Assessment, Frame, Pack

Line = Mapping[Any, Any]
"""One line of a frame."""


class Finding(TypedDict):
    """One finding, with its texts as a clerk reads them."""

    code: str
    severity: str
    sheet: str | None
    cell: str | None
    field: str | None
    value: str | None
    expected: str | None
    difference: str | None
    message: str
    related: list[str]


class Criterion(TypedDict):
    """One line of a score sheet; `score` is None where it cannot be recomputed."""

    id: str
    title: str
    points: int | float | None
    self: int | float | None
    score: int | float | None
    status: str
    because: str | None


class Score(TypedDict):
    """One score sheet: what the department gave itself and what the figures give.

    `grade` is that of the recomputed score if all that is unproven proves right.
    """

    rubric: str
    subject: str | None
    self: int | float | None
    recomputed: int | float | None
    unproven: int | float | None
    grade: str | None
    criteria: list[Criterion]


class Total(TypedDict):
    """One declared total beside the sum of what it adds up; amounts in the form's unit."""

    sheet: str
    cell: str | None
    field: str
    declared: str | None
    computed: str | None
    difference: str | None


class Submission(TypedDict):
    """One workbook."""

    file: str
    sha256: str | None
    department: str | None
    status: str
    findings: list[Finding]
    scores: list[Score]
    totals: list[Total]


def submissions(assessment: Assessment, pack: Pack) -> list[Submission]:
    """Every workbook of a batch, in its order."""
    findings = _by_submission(assessment.findings)
    scores = _by_submission(assessment.scores)
    criteria = _by_submission(assessment.criteria)
    totals = _by_submission(assessment.totals)
    found = {number: frame for number, frame in assessment.findings.groupby("submission")}
    return [
        {
            "file": str(line["path"]),
            "sha256": _text(line["sha256"]),
            "department": _text(line["department"]),
            "status": status_of(found.get(number, assessment.findings.iloc[:0])),
            "findings": [_finding(f) for f in findings.get(number, ())],
            "scores": _scores(scores.get(number, ()), criteria.get(number, ())),
            "totals": [_total(t, pack) for t in totals.get(number, ())],
        }
        for number, line in enumerate(assessment.batch.submissions.to_dict("records"))
    ]


def report(found: Iterable[Submission], pack: Pack, version: str) -> dict[str, Any]:
    """The whole of `check --json`."""
    return {"tool": f"workbook-tool {version}", "pack": pack.name, "submissions": list(found)}


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write UTF-8 JSON that a person can read too.

    Raises:
        OutputError: The file cannot be written.
    """
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    write_file(path, f"{text}\n".encode())


def _by_submission(frame: Frame) -> dict[int, list[Line]]:
    lines: dict[int, list[Line]] = {}
    for line in frame.to_dict("records"):
        lines.setdefault(line["submission"], []).append(line)
    return lines


def _finding(line: Line) -> Finding:
    return {
        "code": line["code"],
        "severity": line["severity"],
        "sheet": _text(line["sheet"]),
        "cell": _text(line["cell"]),
        "field": _text(line["field"]),
        "value": _text(line["value"]),
        "expected": _text(line["expected"]),
        "difference": _text(line["difference"]),
        "message": line["message"],
        "related": list(line["related"]),
    }


def _scores(scores: Iterable[Line], criteria: Iterable[Line]) -> list[Score]:
    lines: dict[tuple[str, int], list[Criterion]] = {}
    for line in criteria:
        lines.setdefault((line["rubric"], line["instance"]), []).append(_criterion(line))
    return [
        {
            "rubric": line["rubric"],
            "subject": _text(line["subject"]),
            "self": points(line["self"]),
            "recomputed": points(line["recomputed"]),
            "unproven": points(line["unproven"]),
            "grade": _text(line["claimed_grade"]),
            "criteria": lines.get((line["rubric"], line["instance"]), []),
        }
        for line in scores
    ]


def _criterion(line: Line) -> Criterion:
    return {
        "id": line["id"],
        "title": line["title"],
        "points": points(line["points"]),
        "self": points(line["self"]),
        "score": points(line["score"]),
        "status": line["status"],
        "because": _text(line["because"]),
    }


def _total(line: Line, pack: Pack) -> Total:
    field = pack.tables[line["frame"]].by_label[line["field"]]

    def told(value: Any) -> str | None:
        return None if pd.isna(value) else total_figure(int(value), field, pack)

    return {
        "sheet": line["sheet"],
        "cell": _text(line["cell"]),
        "field": line["field"],
        "declared": told(line["declared"]),
        "computed": told(line["computed"]),
        "difference": told(line["difference"]),
    }


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def points(value: Any) -> int | float | None:
    """1/10,000 points as points; whole where they are whole."""
    if pd.isna(value):
        return None
    whole, rest = divmod(int(value), POINT)
    return whole if rest == 0 else int(value) / POINT
