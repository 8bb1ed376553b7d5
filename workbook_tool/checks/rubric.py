"""Every score sheet scored again: what the figures give beside what the department gave itself.

A score without data is not right, it is 无依据; one that a person must give is 评判. Silence is
not a pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from workbook_tool.checks.bases import Place, known_values
from workbook_tool.checks.evidence import Subjects
from workbook_tool.checks.score_rules import check_scores
from workbook_tool.checks.scored import AGREES, DIFFERS, JUDGED, UNPROVEN, Entry, Line, Scored, grade_of
from workbook_tool.checks.sentences import Explanation
from workbook_tool.checks.written import written
from workbook_tool.findings import collect
from workbook_tool.forms.scoring import Scorer, Verdict, kept
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
    for subject, entry, explanation, at in (*_criteria(subjects), *written(subjects)):
        doubted = doubts.get(submissions[subject], {})
        lines[subject].append(_line(entry, explanation, at, doubted, rubric.decimals))
    called = [n or tab for n, tab in zip(known_values(names), frame["tab"].tolist(), strict=True)]
    return Scored(subjects, submissions, frame["instance"].tolist(), called, lines)


def _criteria(subjects: Subjects) -> Iterator[tuple[int, Entry, Explanation, int]]:
    """The criteria that the pack names, each for every subject."""
    rubric = subjects.rubric
    titles = [criterion.title for criterion in rubric.criteria]
    for criterion in rubric.criteria:
        scorer, basis = Scorer.of(criterion, rubric), subjects.basis(criterion)
        explanation = Explanation(scorer, basis, rubric)
        title = criterion.title if titles.count(criterion.title) == 1 else criterion.key
        points = None if criterion.points is None else scorer.full
        column = subjects.claimed_in(criterion)
        for subject, (record, claim) in enumerate(
            zip(column.rows.tolist(), subjects.values(column), strict=True)
        ):
            place = (column.frame, record, column.label)
            reason = (column.frame, record, rubric.reason) if criterion.cell is None else None
            entry = Entry(
                criterion.id, title, points, criterion.share, scorer.full, place, reason, claim
            )  # fmt: skip
            yield subject, entry, explanation, subject


def _line(
    entry: Entry, explanation: Explanation, at: int, doubted: Mapping[Place, str], decimals: int
) -> Line:
    verdict, because = explanation.of(at)
    codes: tuple[str, ...] = ()
    known = verdict.points is not None
    if known and any((frame, label) in explanation.basis.fields for frame, _, label in doubted):
        codes = _codes(doubted, explanation.basis.cells(at))
    if codes:
        because += f"（所用数据有问题：{'、'.join(codes)}，改正后应重新核定。）"
    scored = _score(verdict, entry), _status(verdict, entry.claim, decimals)
    return Line(
        *entry, explanation.scorer, explanation.basis, at, *scored, because, codes, verdict.allowed
    )  # fmt: skip


def _score(verdict: Verdict, entry: Entry) -> int | None:
    """The recomputed score; where a person judges, the department's own within its bounds."""
    if verdict.judged:
        return None if entry.claim is None else min(max(entry.claim, 0), entry.full or 0)
    return verdict.points


def _status(verdict: Verdict, claim: int | None, decimals: int) -> str:
    if verdict.judged:
        return JUDGED
    if verdict.points is None:
        return UNPROVEN
    same = claim is not None and kept(claim, decimals) == kept(verdict.points, decimals)
    return AGREES if same else DIFFERS


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
    return [n for n, lines in enumerate(scored.lines) if any(line.there for line in lines)]


def _criterion_rows(scored: Scored) -> Iterator[tuple[Any, ...]]:
    for number in _present(scored):
        subject = scored.subject(number)
        for line in scored.lines[number]:
            if line.there:
                what = (line.id, line.title, line.points, line.share)
                yield (*subject, *what, line.claim, line.score, line.status, line.because, *line.place)


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
