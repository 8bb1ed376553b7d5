"""Every score sheet scored again: what the figures give beside what the department gave itself.

A score without data is not right, it is 无依据; one that a person must give is 评判. Silence is
not a pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from workbook_tool.checks.evidence import Basis, Figure, Place, Subjects, known_values
from workbook_tool.checks.score_rules import check_scores
from workbook_tool.checks.scored import AGREES, DIFFERS, JUDGED, UNPROVEN, Line, Scored, grade_of
from workbook_tool.findings import collect
from workbook_tool.forms.evaluation import POINT
from workbook_tool.forms.figures import plain, rounded
from workbook_tool.forms.scoring import Evidence, Scorer, Verdict, as_points
from workbook_tool.model import Batch, Frame, Pack, Rubric, Severity, Table

SCORE_COLUMNS = (
    "submission", "rubric", "subject", "instance", "self", "recomputed", "unproven", "claimed", "grade",
    "self_grade", "claimed_grade", "settled",
)  # fmt: skip
"""Beside what model.Assessment says: recomputed is what data prove and persons judge, and grade its
grade; claimed adds what is unproven, as if it proved right; settled tells whether the grade is the
same then."""

CRITERION_COLUMNS = (
    "submission", "rubric", "subject", "instance", "id", "title", "points", "share", "self", "score",
    "status", "because", "frame", "record", "field",
)  # fmt: skip
"""share names the points that several criteria hold together; their own `points` is NA then. frame,
record and field are the cell of the self score."""

Doubts = Mapping[int, Mapping[Place, str]]
"""For each workbook the cells that a failed rule is about (record -1: of any record), and its code."""


def score(batch: Batch, totals: Frame, outcomes: Frame, pack: Pack) -> tuple[Frame, Frame, Frame]:
    """Score every rubric for each of its subjects.

    Args:
        batch: With typed frames.
        totals: What `totals.recompute` found; a score that rests on a wrong total says so.
        outcomes: What `rules.check_rules` found; likewise.
        pack: The pack of the batch.

    Returns:
        scores (SCORE_COLUMNS), criteria (CRITERION_COLUMNS) and the draft findings of the rules
        that the engine itself checks on rubrics.
    """
    doubts = _doubts(totals, outcomes, pack)
    every = [score_rubric(rubric, batch, pack, doubts) for rubric in pack.rubrics]
    scores = [row for scored in every for row in _score_rows(scored)]
    criteria = [row for scored in every for row in _criterion_rows(scored)]
    drafts = collect(check_scores(every, batch, pack))
    return _typed(scores, SCORE_COLUMNS), _typed(criteria, CRITERION_COLUMNS), drafts


def score_rubric(rubric: Rubric, batch: Batch, pack: Pack, doubts: Doubts) -> Scored:
    """Score one rubric for each of its subjects."""
    subjects = Subjects(rubric, batch, pack)
    frame = batch.frames[subjects.frame]
    names = subjects.records.column(subjects.frame, rubric.subject.rpartition(".")[2])
    submissions = frame["submission"].tolist()
    lines: list[list[Line]] = [[] for _ in submissions]
    bases: dict[str, Basis] = {}
    for criterion in rubric.criteria:
        scorer, basis = Scorer.of(criterion, rubric), subjects.basis(criterion)
        bases[criterion.id] = basis
        explanation = Explanation(scorer, basis, rubric)
        rows = subjects.rows(rubric.on, criterion.key)
        claims = subjects.values(rubric.on, rubric.self_score, rows)
        for subject, (record, claim) in enumerate(zip(rows.tolist(), claims, strict=True)):
            verdict, because = explanation.of(subject)
            codes: tuple[str, ...] = ()
            doubted = doubts.get(submissions[subject])
            if doubted and verdict.points is not None:
                codes = _codes(doubted, subjects.cells(criterion, basis, subject))
            if codes:
                because += f"（所用数据有问题：{'、'.join(codes)}，改正后应重新核定。）"
            points, status = _score(verdict, claim, scorer), _status(verdict, claim)
            lines[subject].append(Line(scorer, record, claim, points, status, because, codes))
    called = [n or tab for n, tab in zip(known_values(names), frame["tab"].tolist(), strict=True)]
    return Scored(subjects, submissions, frame["instance"].tolist(), called, lines, bases)


def _score(verdict: Verdict, claim: int | None, scorer: Scorer) -> int | None:
    """The recomputed score; where a person judges, the department's own within its bounds."""
    if verdict.judged:
        return None if claim is None else min(max(claim, 0), scorer.full)
    return verdict.points


def _status(verdict: Verdict, claim: int | None) -> str:
    if verdict.judged:
        return JUDGED
    if verdict.points is None:
        return UNPROVEN
    return AGREES if verdict.points == claim else DIFFERS


def _doubts(totals: Frame, outcomes: Frame, pack: Pack) -> Doubts:
    """The cells of wrong totals, and the fields of forms that a failed rule is about."""
    found: dict[int, dict[Place, str]] = defaultdict(dict)
    errors = {r.code: r for r in pack.rules if r.severity is Severity.ERROR and r.builtin is None}
    failed = outcomes[outcomes["outcome"].eq("fail")]
    for submission, code in zip(failed["submission"].tolist(), failed["rule"].tolist(), strict=True):
        rule = errors.get(code)
        if rule is not None and _is_single(pack.tables[rule.on]):
            found[submission].update({(rule.on, -1, label): code for label in rule.fields})
    wrong = totals[totals["outcome"].eq("fail") & totals["rule"].isin(errors)]
    for line in wrong[["submission", "rule", "frame", "record", "field"]].itertuples(index=False):
        submission, code, *place = line
        found[submission][tuple(place)] = code
    return found


def _is_single(table: Table) -> bool:
    """Whether a workbook has one record of it, so that a failed rule means that record."""
    return table.kind == "form" and not table.sheet.repeats


def _codes(doubted: Mapping[Place, str], cells: Iterable[Place]) -> tuple[str, ...]:
    """The codes of the failed rules that are about some of these cells."""
    codes = [
        doubted[place]
        for frame, record, label in cells
        for place in ((frame, record, label), (frame, -1, label))
        if place in doubted
    ]
    return tuple(dict.fromkeys(codes))


class Explanation:
    """What a criterion's score rests on, as a sentence; the same evidence is told only once."""

    def __init__(self, scorer: Scorer, basis: Basis, rubric: Rubric):
        self.scorer, self.basis = scorer, basis
        self.known: dict[tuple[Any, ...], tuple[Verdict, str]] = {}
        criterion = scorer.criterion
        self.options = "；".join(
            option.says.get(option.chosen, f"{option.name}：{option.chosen}")
            for option in rubric.options
            if option.name in (criterion.option, criterion.linear.part if criterion.linear else None)
        )

    def of(self, subject: int) -> tuple[Verdict, str]:
        """The verdict on one subject, and why."""
        evidence = self.basis.evidence[subject]
        key = (evidence, *(figure.texts[subject] for figure in self.basis.needed))
        if key not in self.known:
            verdict = self.scorer.score(evidence)
            self.known[key] = (verdict, self._sentence(subject, evidence, verdict))
        return self.known[key]

    def _sentence(self, subject: int, evidence: Evidence, verdict: Verdict) -> str:
        if verdict.points is None and not verdict.judged:
            return self._lacking(subject, evidence)
        figures = "、".join(_texts(self.basis.shown, subject))
        parts = [figures, self._value(evidence), verdict.says]
        if verdict.points is None:
            end = "，按自评得分计"
        else:
            end = f"，得{plain(rounded(verdict.points / POINT))}分"
        options = f"口径：{self.options}。" if self.options and figures else ""
        return "，".join(p for p in parts if p) + end + "。" + options

    def _value(self, evidence: Evidence) -> str:
        """The figure that is scored, where it is not itself one of the figures it comes from."""
        if isinstance(evidence.value, str) or evidence.value is None:
            return ""
        criterion = self.scorer.criterion
        return f"{criterion.title}{plain(round(evidence.value, 4))}{criterion.unit or ''}"

    def _lacking(self, subject: int, evidence: Evidence) -> str:
        """Why there is no score."""
        strange = self.scorer.out_of_range(evidence)
        if strange:
            return f"第{'、'.join(str(n + 1) for n in strange)}条的扣分不在规定的幅度内，无从核定。"
        open_items = [str(n) for n, answer in enumerate(evidence.answers, 1) if answer is None]
        if open_items:
            which = (
                "各条依据都"
                if len(open_items) == len(evidence.answers)
                else f"第{'、'.join(open_items)}条依据"
            )
            return f"{which}没有填写，无从核定。"
        missing = [f.name for f in self.basis.needed if f.texts[subject] is None]
        if missing:
            return f"{''.join(f'“{name}”' for name in dict.fromkeys(missing))}没有填写或无法识别，无从核定。"
        return f"{'、'.join(_texts(self.basis.needed, subject))}，算不出结果，无从核定。"


def _texts(figures: Sequence[Figure], subject: int) -> list[str]:
    return [f"{f.name}{f.texts[subject]}" for f in figures if f.texts[subject] is not None]


def _score_rows(scored: Scored) -> Iterator[tuple[Any, ...]]:
    for number in _present(scored):
        claim, proven, unproven = scored.claim(number), scored.proven(number), scored.unproven(number)
        claimed = None if proven is None else proven + unproven
        grade, self_grade, claimed_grade = (grade_of(p, scored.rubric) for p in (proven, claim, claimed))
        settled = None if proven is None else grade == claimed_grade
        points = (claim, proven, unproven, claimed)
        yield (*scored.subject(number), *points, grade, self_grade, claimed_grade, settled)


def _present(scored: Scored) -> list[int]:
    """The subjects that have a score sheet; a missing one is reported as such, not scored."""
    return [n for n, lines in enumerate(scored.lines) if any(line.record >= 0 for line in lines)]


def _criterion_rows(scored: Scored) -> Iterator[tuple[Any, ...]]:
    criteria, cell = scored.rubric.criteria, (scored.rubric.on, scored.rubric.self_score)
    titles = [criterion.title for criterion in criteria]
    told = [
        (
            c.id,
            c.title if titles.count(c.title) == 1 else c.key,
            None if c.points is None else as_points(c.points),
            c.share,
        )
        for c in criteria
    ]
    for number in _present(scored):
        subject = scored.subject(number)
        for what, line in zip(told, scored.lines[number], strict=True):
            if line.record >= 0:
                found = (line.claim, line.score, line.status, line.because)
                yield (*subject, *what, *found, cell[0], line.record, cell[1])


_DTYPES = {
    **dict.fromkeys(("submission", "instance", "record"), "int64"),
    **dict.fromkeys(("self", "recomputed", "unproven", "claimed", "points", "score"), "Int64"),
    "settled": "boolean",
}


def _typed(rows: list[tuple[Any, ...]], columns: Sequence[str]) -> Frame:
    """A frame in the order of submissions, rubrics, subjects and criteria."""
    frame = pd.DataFrame(rows, columns=list(columns))
    frame = frame.astype({c: _DTYPES.get(c, "string") for c in columns})
    return frame.sort_values("submission", kind="stable", ignore_index=True)
