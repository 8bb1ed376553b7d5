"""What the live checks of a workbook say before any spreadsheet has calculated them.

The tool's own rules answer, over the values as the workbook will hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbook_tool.excel.template.live_plan import Checked
from workbook_tool.excel.template.results import Result, Sums
from workbook_tool.forms.expressions import CompiledRule, compile_rule, evaluate
from workbook_tool.forms.formulas.live import FAIL, OPEN, PASS
from workbook_tool.forms.formulas.score_formulas import JUDGED, UNPROVEN
from workbook_tool.model import Batch, Frame, Pack, Rubric, Rule

Scores = Callable[[Batch, Pack], tuple[Frame, Frame, Frame]]
"""Scores every rubric, as `checks.rubric.score` does: scores, criteria and draft findings. Passed
in, since what makes workbooks knows no checks."""

POINT = 10_000


class Answers:
    """The states of all verdicts and the scores that the data give."""

    def __init__(self, pack: Pack, sums: Sums, scores: Scores) -> None:
        self.pack = pack
        self.batch = sums.batch
        self.scores, self.criteria, drafts = scores(self.batch, pack)
        places = zip(drafts["code"], drafts["frame"], drafts["record"], drafts["field"], strict=True)
        self.failed = set(places)
        self.known: dict[Checked, list[str]] = {}
        self.records = {
            (name, record.tab.name, record.line.row if record.line else -1): number
            for name, records in sums.records.items()
            for number, record in enumerate(records)
        }

    def record(self, frame: str, tab: str, row: int) -> int | None:
        """The record on a line of a tab (row -1: of a form); None where the line is not used."""
        return self.records.get((frame, tab, row))

    def state(self, checked: Checked, record: int) -> str:
        """What a verdict says, without its sentence."""
        if checked not in self.known:
            self.known[checked] = self._states(checked)
        return self.known[checked][record]

    def _states(self, checked: Checked) -> list[str]:
        code, frame, label = checked
        rule = self.pack.rule(code)
        if rule.builtin:
            return self._of_scores(rule, frame, label)
        compiled = compile_rule(rule, self.pack)
        verdict = self._verdicts(compiled, label)
        states = np.select([verdict.isna(), verdict.fillna(False)], [OPEN, PASS], FAIL).astype(object)
        condition = compiled.when[label]
        if condition is not None:
            held = evaluate(condition, self.batch, self.pack)
            states[held.isna().to_numpy()] = OPEN
            states[(~held.fillna(True)).to_numpy(dtype=np.bool_)] = ""
        return [str(s) for s in states]

    def _verdicts(self, compiled: CompiledRule, label: str) -> pd.Series[Any]:
        found = evaluate(compiled.verdicts[label], self.batch, self.pack)
        if not compiled.rule.total:
            return found
        declared = self.batch.frames[compiled.table.name][label]
        return declared.fillna(0).astype(found.dtype) == found

    def _of_scores(self, rule: Rule, frame: str, label: str) -> list[str]:
        """The states of one of the engine's own checks: at scores, at deductions, at the grade."""
        column = self.batch.frames[frame][label]
        rubric = self.pack.rubric(rule.rubric or "")
        given = column
        statuses: dict[int, str] = {}
        if frame == rubric.on:
            given = self.batch.frames[frame][rubric.self_score]
            lines = self.criteria[self.criteria["frame"] == frame]
            statuses = dict(zip(lines["record"].tolist(), lines["status"].tolist(), strict=True))
        return [
            FAIL
            if (rule.code, frame, record, label) in self.failed
            else _of_status(rule, statuses.get(record))
            if there
            else ""
            if rule.builtin in ("score_grade", "score_step") and frame != rubric.on
            else OPEN
            for record, there in enumerate(given.notna().tolist())
        ]

    def measured(self) -> Mapping[tuple[str, int], Result]:
        """(frame, record) of a score line -> the score that the data give."""
        lines = self.criteria[["frame", "record", "status", "score"]].itertuples(index=False)
        return {
            (frame, int(record)): status
            if status in (JUDGED, UNPROVEN)
            else ""
            if pd.isna(score)
            else int(score) / POINT
            for frame, record, status, score in lines
        }

    def points(self, frame: str, label: str, record: int | None) -> float | None:
        """The points that stand in a cell."""
        return None if record is None else _points(self.batch.frames[frame][label].array[record])

    def score(self, rubric: Rubric, instance: int) -> tuple[Result, float, str]:
        """The total that the data give, the points without data, and the grade of the total."""
        scores = self.scores
        found = scores[(scores["rubric"] == rubric.id) & (scores["instance"] == instance)]
        total = None if found.empty else _points(found["recomputed"].array[0])
        if total is None:
            return "", 0, ""
        unproven, grade = _points(found["unproven"].array[0]), found["grade"].array[0]
        return total, unproven or 0, grade if isinstance(grade, str) else ""


def _of_status(rule: Rule, status: str | None) -> str:
    """What a check says of a self score that it finds nothing wrong with."""
    if rule.builtin == "score_recalc" and status == UNPROVEN:
        return OPEN
    judged = status == JUDGED and rule.builtin in ("score_recalc", "score_unproven")
    proven = status not in (None, UNPROVEN) and rule.builtin == "score_step"
    return "" if judged or proven else PASS


def _points(value: Any) -> float | None:
    return None if value is pd.NA else int(value) / POINT
