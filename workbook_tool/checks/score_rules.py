"""The engine's own checks on score sheets: the rules of a pack that name a `builtin` and a rubric.

A rule that the pack does not have is not checked; severity and sentence are the pack's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from workbook_tool.checks.evidence import item_keys
from workbook_tool.checks.scored import DIFFERS, UNPROVEN, Line, Scored, grade_of, total
from workbook_tool.findings import draft
from workbook_tool.forms.evaluation import POINT
from workbook_tool.forms.figures import plain
from workbook_tool.forms.messages import DECLARED, DIFFERENCE, EXPECTED, say, words_of
from workbook_tool.forms.records import Mask, Records
from workbook_tool.forms.scoring import as_points
from workbook_tool.model import Batch, Frame, Item, Pack, PackError, Rule

Draft = dict[str, Any]
Check = Callable[["Sheet", Rule], Iterator[Draft]]

_FEW = 6
"""How many scores a message lists."""


def check_scores(every: Sequence[Scored], batch: Batch, pack: Pack) -> list[Draft]:
    """The findings of every builtin rule about a rubric, for all subjects of all rubrics."""
    rules = score_rules(pack)
    in_doubt = spoilt_submissions(batch, pack) if rules else frozenset()
    drafts: list[Draft] = []
    for scored in every:
        checks = [(CHECKS[r.builtin or ""], r) for r in rules if r.rubric == scored.rubric.id]
        for number, lines in enumerate(scored.lines):
            if checks and any(line.record >= 0 for line in lines):
                sheet = Sheet(scored, number, in_doubt)
                for check, rule in checks:
                    drafts.extend(check(sheet, rule))
    return drafts


def score_rules(pack: Pack) -> list[Rule]:
    """The rules of a pack that the engine checks on its rubrics.

    Raises:
        PackError: The engine has no check of that name, or the rule names no rubric; it would never
            be checked, and nobody would know.
    """
    rubrics = {rubric.id for rubric in pack.rubrics}
    found = [rule for rule in pack.rules if rule.builtin is not None]
    for rule in found:
        if rule.builtin not in CHECKS or rule.rubric not in rubrics:
            known = "、".join(CHECKS)
            message = f"规则 {rule.code}：builtin 应是{known}之一，并写明 rubric"
            raise PackError(message, rule.file or None, rule.line)
    return found


def builtin_outcomes(scores: Frame, criteria: Frame, drafts: Frame, pack: Pack) -> Frame:
    """The outcome of every builtin rule about a rubric, for each workbook that has its score sheet.

    Args:
        scores: As `rubric.score` gives them.
        criteria: Likewise.
        drafts: The draft findings of `rubric.score`.
        pack: The pack.

    Returns:
        submission, rule, outcome: fail where there is a finding; unknown where a self score is
        missing, or for the recomputation where data are; pass otherwise.
    """
    failed = set(zip(drafts["submission"], drafts["code"], strict=True))
    blank = _submissions(criteria[criteria["self"].isna()])
    unproven = _submissions(criteria[criteria["status"].eq(UNPROVEN)])
    rows: list[dict[str, Any]] = []
    scored = _submissions(scores)
    for rule in score_rules(pack):
        rubric = rule.rubric or ""
        unsure = blank[rubric] | (unproven[rubric] if rule.builtin == "score_recalc" else set())
        for submission in sorted(scored[rubric]):
            outcome = "unknown" if submission in unsure else "pass"
            outcome = "fail" if (submission, rule.code) in failed else outcome
            rows.append({"submission": submission, "rule": rule.code, "outcome": outcome})
    return pd.DataFrame(rows, columns=["submission", "rule", "outcome"]).astype({"submission": "int64"})


def _submissions(lines: Frame) -> defaultdict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for rubric, submission in zip(lines["rubric"].tolist(), lines["submission"].tolist(), strict=True):
        found[rubric].add(submission)
    return found


def spoilt_submissions(batch: Batch, pack: Pack) -> frozenset[int]:
    """The workbooks in which some cell holds what cannot be used."""
    found: set[int] = set()
    for name, frame in batch.frames.items():
        for field in pack.tables[name].fields:
            found.update(frame["submission"][spoilt(batch, pack, name, field.label)].tolist())
    return frozenset(found)


def spoilt(batch: Batch, pack: Pack, frame: str, label: str) -> Mask:
    """Which cells of a field are unreadable, or hold an answer that is none of the choices."""
    records, field = Records(batch, pack), pack.tables[frame].by_label[label]
    unusable = records.unreadable(frame, label)
    if field.type == "choice":
        values = batch.frames[frame][label]
        unusable = unusable | (values.notna() & ~values.isin(field.choices)).to_numpy(dtype=np.bool_)
    return unusable


class Sheet:
    """The score sheet of one subject.

    Args:
        scored: The rubric, scored.
        number: The subject.
        in_doubt: The workbooks in which some cell holds what cannot be used.
    """

    def __init__(self, scored: Scored, number: int, in_doubt: frozenset[int]):
        self.scored, self.number, self.in_doubt = scored, number, in_doubt
        self.rubric = scored.rubric
        self.batch: Batch = scored.subjects.batch
        self.pack: Pack = scored.subjects.pack
        self.submission = scored.submissions[number]
        self.lines = [line for line in scored.lines[number] if line.record >= 0]
        self.given = [(line, line.claim) for line in self.lines if line.claim is not None]
        # a self score out of its bounds is wrong already: nothing more is said of it
        self.claims = [(line, claim) for line, claim in self.given if 0 <= claim <= line.scorer.full]
        self.shares: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            if line.scorer.criterion.share is not None:
                self.shares[line.scorer.criterion.share].append(line)

    def draft(
        self,
        rule: Rule,
        cell: tuple[str, int, str],
        value: int | str | None,
        expected: str | None = None,
        difference: int | None = None,
    ) -> Draft:
        """A finding at a cell, in the words of its rule; numbers are 1/10,000 points."""
        frame, record, label = cell
        table, records = self.pack.tables[frame], self.scored.subjects.records
        told = as_text(value) if isinstance(value, int) else value
        off = as_text(difference) if difference is not None else None
        words = words_of(table, record, table.by_label[label], records)
        words |= {DECLARED: told, EXPECTED: expected, DIFFERENCE: off}
        return draft(
            self.submission, rule.code, rule.severity, say(rule.message, words),
            frame=frame, record=record, field=label, value=told, expected=expected, difference=off,
        )  # fmt: skip

    def cell(self, line: Line, label: str | None = None) -> tuple[str, int, str]:
        """The cell of a line's self score, or of another of its fields."""
        return (self.rubric.on, line.record, label or self.rubric.self_score)

    # ---- the checks ----

    def within(self, rule: Rule) -> Iterator[Draft]:
        """No self score above its points, no shared ones together above their share."""
        least = self.pack.tables[self.rubric.on].by_label[self.rubric.self_score].min
        for line, claim in self.given:
            # below a lower bound of the field itself, the field has its finding already
            if claim > line.scorer.full or (claim < 0 and least is None):
                past = claim - (line.scorer.full if claim > 0 else 0)
                yield self.draft(rule, self.cell(line), claim, as_text(line.scorer.full), past)
        for share, lines in self.shares.items():
            limit = as_points(self.rubric.shares[share])
            claims = [line.claim for line in lines if line.claim is not None and line.claim <= limit]
            if len(claims) == len(lines) and sum(claims) > limit:
                past = sum(claims) - limit
                yield self.draft(rule, self.cell(lines[-1]), sum(claims), as_text(limit), past)

    def step(self, rule: Rule) -> Iterator[Draft]:
        """No self score that its rule cannot give; where there are data, they say more."""
        for line, claim in self.claims:
            if line.status == UNPROVEN:
                reachable = line.scorer.reachable
                if not any(low <= claim <= high for low, high in reachable):
                    yield self.draft(rule, self.cell(line), claim, in_words(reachable, claim))
        yield from self._deductions(rule)

    def _deductions(self, rule: Rule) -> Iterator[Draft]:
        """No deduction outside the range that its item allows."""
        subjects = self.scored.subjects
        for line in self.lines:
            criterion = line.scorer.criterion
            evidence = self.scored.bases[criterion.id].evidence[self.number]
            for position in line.scorer.out_of_range(evidence):
                frame, label = subjects.item_frame(criterion), subjects.item_field(criterion).label
                record = int(subjects.rows(frame, item_keys(criterion)[position])[self.number])
                deducted = as_points(Decimal(evidence.answers[position] or 0))
                yield self.draft(rule, (frame, record, label), deducted, _allowed(criterion.items[position]))

    def reason(self, rule: Rule) -> Iterator[Draft]:
        """A self score below its points, or a share not used up, has a reason beside it."""
        for line, claim in self.claims:
            full = line.scorer.full
            if claim < full and line.scorer.criterion.share is None and self._no_reason(line):
                yield self.draft(rule, self.cell(line, self.rubric.reason), None, None, claim - full)
        for share, lines in self.shares.items():
            full, given = as_points(self.rubric.shares[share]), total(line.claim for line in lines)
            if given is not None and given < full and all(map(self._no_reason, lines)):
                yield self.draft(rule, self.cell(lines[0], self.rubric.reason), None, None, given - full)

    def _no_reason(self, line: Line) -> bool:
        blank = self.scored.subjects.records.blank(self.rubric.on, self.rubric.reason)
        return bool(blank.values[line.record] and blank.known[line.record])

    def recalc(self, rule: Rule) -> Iterator[Draft]:
        """A self score that the data contradict, unless the data themselves are reported as wrong."""
        for line, claim in self.claims:
            if line.status == DIFFERS and line.score is not None and not line.doubts:
                yield self.draft(rule, self.cell(line), claim, as_text(line.score), claim - line.score)

    def unproven(self, rule: Rule) -> Iterator[Draft]:
        """Points without data behind them, unless the data are there and reported as wrong."""
        for line, claim in self.claims:
            if line.status == UNPROVEN and claim > 0 and not self._spoilt(line):
                yield self.draft(rule, self.cell(line), claim)

    def _spoilt(self, line: Line) -> bool:
        """Whether the evidence holds something that cannot be used, which has its own finding."""
        criterion, subjects = line.scorer.criterion, self.scored.subjects
        basis = self.scored.bases[criterion.id]
        if line.scorer.out_of_range(basis.evidence[self.number]):
            return True
        if self.submission not in self.in_doubt:
            return False
        places = subjects.cells(criterion, basis, self.number)
        return any(spoilt(self.batch, self.pack, f, label)[record] for f, record, label in places)

    def grade(self, rule: Rule) -> Iterator[Draft]:
        """The grade that was declared is that of the self scores' sum."""
        claim = self.scored.claim(self.number)
        earned = grade_of(claim, self.rubric)
        if self.rubric.grade is None or earned is None:
            return
        frame, _, label = self.rubric.grade.rpartition(".")
        record = int(self.scored.subjects.form(frame)[self.number])
        column = self.scored.subjects.records.column(frame, label)
        if record < 0 or spoilt(self.batch, self.pack, frame, label)[record]:
            return
        if column.known[record] and column.values[record] != earned:
            yield self.draft(rule, (frame, record, label), column.values[record], earned)


CHECKS: dict[str, Check] = {
    "score_within": Sheet.within,
    "score_step": Sheet.step,
    "score_reason": Sheet.reason,
    "score_recalc": Sheet.recalc,
    "score_unproven": Sheet.unproven,
    "score_grade": Sheet.grade,
}


def in_words(reachable: Sequence[tuple[int, int]], claim: int) -> str:
    """The scores a rule can give: all of a few, otherwise the two next to a claim."""
    if len(reachable) <= _FEW and all(low == high for low, high in reachable):
        return "、".join(as_text(low) for low, _ in reversed(reachable))
    below = [high for _, high in reachable if high < claim]
    above = [low for low, _ in reachable if low > claim]
    return "、".join(map(as_text, [*below[-1:], *above[:1]])) + "等"


def _allowed(item: Item) -> str:
    """The deductions an item allows: 0、4至7."""
    bounds = dict.fromkeys(plain(b) for b in (item.least, item.most) if b is not None)
    return f"0、{'至'.join(bounds)}"


def as_text(points: int) -> str:
    """1/10,000 points as points."""
    return plain(Decimal(points) / POINT)
