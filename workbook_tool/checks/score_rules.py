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

from workbook_tool.checks.bases import Place
from workbook_tool.checks.scored import DIFFERS, JUDGED, UNPROVEN, Line, Scored, grade_of, total
from workbook_tool.findings import draft
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.language.messages import DECLARED, DIFFERENCE, EXPECTED, say, words_of
from workbook_tool.forms.language.records import Mask, Records
from workbook_tool.forms.language.scope import ROW
from workbook_tool.forms.score_words import allowed, as_text, in_words
from workbook_tool.forms.scoring import as_points
from workbook_tool.model import Batch, Frame, Pack, PackError, Rule

Draft = dict[str, Any]
Check = Callable[["Sheet", Rule], Iterator[Draft]]


def check_scores(every: Sequence[Scored], batch: Batch, pack: Pack) -> list[Draft]:
    """The findings of every builtin rule about a rubric, for all subjects of all rubrics."""
    rules = score_rules(pack)
    in_doubt = spoilt_submissions(batch, pack) if rules else frozenset()
    drafts: list[Draft] = []
    for scored in every:
        checks = [(CHECKS[r.builtin or ""], r) for r in rules if r.rubric == scored.rubric.id]
        for number, lines in enumerate(scored.lines):
            if checks and any(line.there for line in lines):
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
        submission, rule, outcome: fail where a self score breaks the rule, also where no finding
        says so because the data behind it have theirs; unknown where a self score is missing, where
        the data of the recomputation are, or where data that cannot be used may prove a score;
        pass otherwise.
    """
    failed = set(zip(drafts["submission"], drafts["code"], strict=True))
    lines = criteria.assign(full=_full_points(criteria, pack))
    claims = lines[lines["self"].between(0, lines["full"])]
    blank = _submissions(lines[lines["self"].isna()])
    unproven = _submissions(lines[lines["status"].eq(UNPROVEN)])
    contradicted = _submissions(claims[claims["status"].eq(DIFFERS)])
    unusable = _submissions(
        _unsaid(claims[claims["status"].eq(UNPROVEN) & claims["self"].gt(0)], drafts, pack)
    )
    rows: list[dict[str, Any]] = []
    scored = _submissions(scores)
    for rule in score_rules(pack):
        rubric = rule.rubric or ""
        broken = contradicted[rubric] if rule.builtin == "score_recalc" else set()
        open_ = {"score_recalc": unproven, "score_unproven": unusable}.get(rule.builtin or "", blank)
        for submission in sorted(scored[rubric]):
            outcome = "unknown" if submission in blank[rubric] | open_[rubric] else "pass"
            outcome = "fail" if (submission, rule.code) in failed or submission in broken else outcome
            rows.append({"submission": submission, "rule": rule.code, "outcome": outcome})
    return pd.DataFrame(rows, columns=["submission", "rule", "outcome"]).astype({"submission": "int64"})


def _full_points(criteria: Frame, pack: Pack) -> pd.Series[Any]:
    """The most that each criterion can give; those that share points can give the share."""
    shares = {(r.id, name): as_points(points) for r in pack.rubrics for name, points in r.shares.items()}
    keys = zip(criteria["rubric"].tolist(), criteria["share"].tolist(), strict=True)
    shared = pd.Series([shares.get(key) for key in keys], index=criteria.index, dtype="Int64")
    return criteria["points"].fillna(shared)


def _unsaid(claims: Frame, drafts: Frame, pack: Pack) -> Frame:
    """The points without data of which no finding says so: the data are there and cannot be used."""
    codes = {rule.code for rule in pack.rules if rule.builtin == "score_unproven"}
    places = ["submission", "frame", "record"]
    told = drafts.loc[drafts["code"].isin(codes), places]
    said = set(told.itertuples(index=False, name=None))
    return claims.loc[[place not in said for place in claims[places].itertuples(index=False, name=None)]]


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
    records = Records(batch, pack)
    return records.once(("spoilt", frame, label), lambda: _spoilt(records, frame, label))


def _spoilt(records: Records, frame: str, label: str) -> Mask:
    field = records.table(frame).by_label[label]
    unusable = records.unreadable(frame, label)
    if field.type == "choice":
        values = records.frame(frame)[label]
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
        self.lines = [line for line in scored.lines[number] if line.there]
        self.given = [(line, line.claim) for line in self.lines if line.claim is not None]
        # a self score out of its bounds is wrong already: nothing more is said of it
        self.claims = [(line, claim) for line, claim in self.given if 0 <= claim <= _full(line, -1)]
        self.shares: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            if line.share is not None:
                self.shares[line.share].append(line)

    def draft(
        self,
        rule: Rule,
        cell: Place,
        value: int | str | None,
        expected: str | None = None,
        difference: int | None = None,
        *,
        line: Line | None = None,
    ) -> Draft:
        """A finding at a cell, in the words of its rule; numbers are 1/10,000 points.

        A line that stands outside the score table goes by its title, not by the row it stands in.
        """
        frame, record, label = cell
        table, records = self.pack.tables[frame], self.scored.subjects.records
        told = as_text(value) if isinstance(value, int) else value
        off = as_text(difference) if difference is not None else None
        words = words_of(table, record, table.by_label[label], records)
        words |= {DECLARED: told, EXPECTED: expected, DIFFERENCE: off}
        if line is not None and frame != self.rubric.on:
            words |= {ROW: line.title}
        return draft(
            self.submission, rule.code, rule.severity, say(rule.message, words),
            frame=frame, record=record, field=label, value=told, expected=expected, difference=off,
        )  # fmt: skip

    # ---- the checks ----

    def within(self, rule: Rule) -> Iterator[Draft]:
        """No self score above its points, no shared ones together above their share."""
        for line, claim in self.given:
            frame, _, label = line.place
            least, full = self.pack.tables[frame].by_label[label].min, _full(line, claim)
            # below a lower bound of the field itself, the field has its finding already
            if claim > full or (claim < 0 and least is None):
                past = claim - (full if claim > 0 else 0)
                yield self.draft(rule, line.place, claim, as_text(full), past, line=line)
        for share, lines in self.shares.items():
            limit = as_points(self.rubric.shares[share])
            claims = [line.claim for line in lines if line.claim is not None and line.claim <= limit]
            if len(claims) == len(lines) and sum(claims) > limit:
                past = sum(claims) - limit
                yield self.draft(rule, lines[-1].place, sum(claims), as_text(limit), past)

    def step(self, rule: Rule) -> Iterator[Draft]:
        """No self score that its rule cannot give; where there are data, they say more."""
        for line, claim in self.claims:
            if line.status == UNPROVEN and line.scorer is not None:
                reachable = line.scorer.reachable
                if not any(low <= claim <= high for low, high in reachable):
                    yield self.draft(rule, line.place, claim, in_words(reachable, claim), line=line)
            elif line.status == JUDGED and line.allowed and Decimal(claim) / POINT not in line.allowed:
                yield self.draft(rule, line.place, claim, line.allowed.in_words(""), line=line)
        yield from self._deductions(rule)

    def _deductions(self, rule: Rule) -> Iterator[Draft]:
        """No deduction outside the range that its item allows."""
        for line in self.lines:
            if line.scorer is None or not line.basis.items:
                continue
            evidence = line.basis.evidence(line.at)
            for position in line.scorer.out_of_range(evidence):
                answers, item = line.basis.items[position], line.scorer.criterion.items[position]
                deducted = as_points(Decimal(evidence.answers[position] or 0))
                cell = (answers.frame, int(answers.rows[line.at]), answers.label)
                yield self.draft(rule, cell, deducted, allowed(item))

    def reason(self, rule: Rule) -> Iterator[Draft]:
        """A self score below its points, or a share not used up, has a reason beside it."""
        for line, claim in self.claims:
            full = _full(line, claim)
            if claim < full and line.share is None and self._no_reason(line):
                yield self.draft(rule, line.reason or line.place, None, None, claim - full, line=line)
        for share, lines in self.shares.items():
            full, given = as_points(self.rubric.shares[share]), total(line.claim for line in lines)
            if given is not None and given < full and all(map(self._no_reason, lines)):
                yield self.draft(rule, lines[0].reason or lines[0].place, None, None, given - full)

    def _no_reason(self, line: Line) -> bool:
        """Whether the reason is left blank; never where the form has no place for it."""
        if line.reason is None:
            return False
        frame, record, label = line.reason
        blank = self.scored.subjects.records.blank(frame, label)
        return bool(blank.values[record] and blank.known[record])

    def recalc(self, rule: Rule) -> Iterator[Draft]:
        """A self score that the data contradict, unless the data themselves are reported as wrong."""
        for line, claim in self.claims:
            if line.status == DIFFERS and line.score is not None and not line.doubts:
                off = claim - line.score
                yield self.draft(rule, line.place, claim, as_text(line.score), off, line=line)

    def unproven(self, rule: Rule) -> Iterator[Draft]:
        """Points without data behind them, unless the data are there and reported as wrong."""
        for line, claim in self.claims:
            if line.status == UNPROVEN and claim > 0 and not self._spoilt(line):
                yield self.draft(rule, line.place, claim, line=line)

    def _spoilt(self, line: Line) -> bool:
        """Whether the evidence holds something that cannot be used, which has its own finding."""
        if line.scorer is not None and line.scorer.out_of_range(line.basis.evidence(line.at)):
            return True
        if self.submission not in self.in_doubt:
            return False
        places = line.basis.cells(line.at)
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


def _full(line: Line, otherwise: int) -> int:
    """The most a line can give; something else where its weight is not known."""
    return otherwise if line.full is None else line.full
