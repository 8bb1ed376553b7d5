"""What is known of a county once every returned workbook is checked and the counted ones are chosen.

Everything that shows a county (the consolidated workbook, Parquet, CSV, the command's summary)
reads this and nothing else. All texts in it are meant for a clerk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from workbook_tool.model import Frame, Pack


class State(StrEnum):
    """Where a department stands; the values are the words a clerk reads."""

    MISSING = "未报"
    UNREADABLE = "无法读取"
    OUTDATED = "版本旧"
    RETURNED = "退回"
    EXPLAIN = "需说明"
    PASSED = "通过"


class Why(StrEnum):
    """Why a file does not count; the values are the words a clerk reads."""

    DUPLICATE = "重复"
    SUPERSEDED = "旧版本"
    OUTDATED = "版本旧"
    FOREIGN = "不是这套表"
    NOT_THEIRS = "不是本部门"
    NOT_LISTED = "不在名册"
    NAMELESS = "看不出部门"
    UNREADABLE = "无法读取"
    EMPTY = "空文件"


RETURNS: dict[str, str] = {
    "number": "int64", "code": "object", "department": "object", "contact": "object", "due": "object",
    "state": "object", "late": "bool", "unchanged": "bool", "file": "object", "copy": "object",
    "received": "object", "sha256": "object", "versions": "int64", "errors": "int64",
    "explains": "int64", "notes": "int64", "said": "object",
}  # fmt: skip
SET_ASIDE: dict[str, str] = dict.fromkeys(
    ("file", "sha256", "department", "why", "sentence", "counted"), "object"
)
FINDINGS: dict[str, str] = {
    "submission": "int64", "code": "object", "severity": "object", "sheet": "object", "cell": "object",
    "field": "object", "value": "object", "expected": "object", "difference": "object",
    "message": "object", "related": "object",
}  # fmt: skip
COMPUTED: dict[str, str] = {
    "submission": "int64", "frame": "object", "line": "int64", "field": "object", "declared": "Int64",
    "computed": "Int64",
}  # fmt: skip
SCORES: dict[str, str] = {
    "submission": "int64", "rubric": "object", "subject": "object", "self": "Float64",
    "recomputed": "Float64", "unproven": "Float64", "grade": "object",
}  # fmt: skip
CRITERIA: dict[str, str] = {
    "submission": "int64", "rubric": "object", "subject": "object", "id": "object", "title": "object",
    "points": "Float64", "self": "Float64", "score": "Float64", "status": "object", "because": "object",
}  # fmt: skip
ACROSS: dict[str, str] = dict.fromkeys(("code", "severity", "departments", "message", "places"), "object")


def table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Frame:
    """A frame of exactly these columns with their dtypes and a RangeIndex, also of no rows."""
    lines = list(rows)
    return pd.DataFrame(
        {
            name: pd.Series([line[name] for line in lines], dtype=dtype, index=range(len(lines)))
            for name, dtype in columns.items()
        }
    )


@dataclass(frozen=True)
class County:
    """A county's returns, those that count and those that do not.

    Attributes:
        pack: The pack all counted returns were made from.
        title: What the consolidated workbook is called, e.g. `某县2023年度部门整体支出绩效自评`.
        returns: One line per department, see RETURNS: number (0, 1, …, also the index), code,
            department, contact, due (ISO date), state (`State`), late, unchanged (returned again
            as it was sent back), file and copy (paths; None where nothing counts), received (UTC
            ISO), sha256, versions (how many different files the department has sent), errors,
            explains, notes, said (one sentence: why this version, or what to do next). In the
            order of the roster; without one, by code and name.
        set_aside: Every file that does not count, see SET_ASIDE: file, sha256, department (where
            known), why (`Why`), sentence, counted (the file that counts instead, if any).
        frames: As `outputs.kept.frames` gives them, of counted returns only; `submission` is
            returns.number.
        computed: Declared and recomputed totals, see COMPUTED: submission, frame, line (0-based
            index in the submission's records of that frame), field, declared, computed (fen, or
            1/10,000 of a number).
        findings: See FINDINGS: those of counted returns, as `check --json` tells them.
        scores: See SCORES; points as `check --json` gives them (1 is one point).
        criteria: See CRITERIA; likewise.
        across: What concerns several departments at once, see ACROSS: code, severity (error,
            explain, note), departments (tuple of numbers), message, places (tuple of
            "file!sheet!cell").
        previous: number -> "frame[key].field" -> last year's figure (fen); None where unknown.
        rules: How it was decided whose a file is and which one counts: (heading, sentence).
    """

    pack: Pack
    title: str
    returns: Frame
    set_aside: Frame
    frames: dict[str, Frame]
    computed: Frame
    findings: Frame
    scores: Frame
    criteria: Frame
    across: Frame
    previous: Mapping[int, Mapping[str, int]] | None = None
    rules: tuple[tuple[str, str], ...] = ()
