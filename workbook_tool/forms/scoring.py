"""How one criterion is scored from the evidence for it: exact, and told in a sentence.

Scores are integers of 1/10,000 point, rounded half up; between evidence and score all is Decimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import NamedTuple

from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.writing.ranges import Interval, check_bands, read_range
from workbook_tool.model import Case, Criterion, Item, Linear, Method, PackError, Rubric

PERCENT = "%"
ZERO = Decimal(0)
HUNDRED = Decimal(100)
MEANT = Decimal("1e-8")
"""Figures are kept to ten decimals: finer than this, points of up to a hundred are not known."""


class Evidence(NamedTuple):
    """What is known about one criterion of one subject.

    Attributes:
        value: The figure that is scored, in the form's units, or the answer chosen.
        cases: For each special case whether it holds; None where that is not known.
        answers: For each item whether it is met, the number of breaches, or the points deducted.
    """

    value: Decimal | str | None = None
    cases: tuple[bool | None, ...] = ()
    answers: tuple[Decimal | bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule of a criterion gives.

    Attributes:
        points: The score; None where the evidence is missing and where a person judges.
        judged: A person judges.
        says: How the score came about, as a part of a sentence.
        allowed: The points between which a person may judge; None where all are.
    """

    points: int | None
    judged: bool = False
    says: str = ""
    allowed: Interval | None = None


UNKNOWN = Verdict(None)


@dataclass(frozen=True)
class Scorer:
    """The rule of one criterion, with the rubric's options put in.

    Attributes:
        full: The most it can give, in 1/10,000 point; for criteria that share points, the share.
        decimals: To how many decimals of a point scores are kept.
    """

    criterion: Method
    full: int
    proportional: bool
    decimals: int = 4

    @classmethod
    def of(cls, criterion: Criterion, rubric: Rubric) -> Scorer:
        """The rule of a criterion of a rubric.

        Raises:
            PackError: Its bands overlap, or an option that it needs is not there.
        """
        points = rubric.shares[criterion.share or ""] if criterion.points is None else criterion.points
        return cls.of_method(criterion, as_points(points), rubric)

    @classmethod
    def of_method(cls, method: Method, full: int, rubric: Rubric) -> Scorer:
        """The rule of a criterion or of a row, worth so many 1/10,000 points.

        Raises:
            PackError: As `of`.
        """
        try:
            check_bands(method.bands)
        except PackError as mistake:
            message = f"指标 {method.id}：{mistake.message}"
            raise PackError(message, rubric.file or None, method.line) from None
        return cls(method, full, _part(method, rubric) == "proportional", rubric.decimals)

    def score(self, evidence: Evidence) -> Verdict:
        """The score, by the first case that holds, or by the ordinary rule.

        A case that may hold or not leaves the score unknown, unless it makes no difference.
        """
        possible = []
        for case, holds in zip(self.criterion.cases, evidence.cases, strict=True):
            if holds is not False:
                possible.append(self._case(case))
            if holds:
                break
        else:
            possible.append(WAYS[self.criterion.scoring](self, evidence))
        answers = {(verdict.points, verdict.judged) for verdict in possible}
        return possible[-1] if len(answers) == 1 else UNKNOWN

    def _case(self, case: Case) -> Verdict:
        if case.points == "judge":
            return Verdict(None, judged=True, says=case.says)
        return Verdict(self.full if case.points == "full" else as_points(case.points), says=case.says)

    def within(self, points: Decimal) -> int:
        """Points as they are kept, between nothing and all."""
        return max(min(as_points(points, self.decimals), self.full), 0)

    def lessened(self, lost: Decimal, says: str) -> Verdict:
        """All points less some; nothing at worst (扣完为止)."""
        told = f"{says}，扣{plain(round(lost, 4))}分" if lost else says
        return Verdict(self.within(Decimal(self.full) / POINT - lost), says=told)

    # ---- the ways of scoring ----

    def judged(self, evidence: Evidence) -> Verdict:
        """A person judges; the department's own score stands."""
        return Verdict(None, judged=True, says="由评价人员评判")

    def no_case(self, evidence: Evidence) -> Verdict:
        """None of the cases holds: the rule says nothing, so that a person judges."""
        return Verdict(None, judged=True, says="评分标准没有写明这种情形，由评价人员评判")

    def linear(self, evidence: Evidence) -> Verdict:
        """So many points less for every step past a bound."""
        if not isinstance(evidence.value, Decimal):
            return UNKNOWN
        rule, unit = self._linear, self.criterion.unit or ""
        if rule.above is not None:
            bound, past, side = rule.above, evidence.value - rule.above, "高"
        else:
            bound = rule.below or ZERO
            past, side = bound - evidence.value, "低"
        if past <= 0:
            return Verdict(self.full, says=f"不{side}于{plain(bound)}{unit}")
        steps = past / rule.step if self.proportional else past // rule.step
        step_unit = "个百分点" if unit == PERCENT else unit
        says = f"{side}于标准（{plain(bound)}{unit}）{plain(round(past, 4))}{step_unit}"
        says += f"，每{plain(rule.step)}{step_unit}扣{plain(rule.deduct)}分"
        return self.lessened(steps * rule.deduct, says)

    @property
    def _linear(self) -> Linear:
        if self.criterion.linear is None:
            raise PackError(f"指标 {self.criterion.id}：没有写 linear", line=self.criterion.line)
        return self.criterion.linear

    def bands(self, evidence: Evidence) -> Verdict:
        """The points of the interval in which the figure lies."""
        if not isinstance(evidence.value, Decimal):
            return UNKNOWN
        for band in self.criterion.bands:
            interval = read_range(band.range)
            if evidence.value in interval:
                says = f"在“{interval.in_words(self.criterion.unit or '')}”一档"
                return Verdict(self.within(band.points), says=says)
        return self.no_case(evidence)

    def proportional_to(self, evidence: Evidence) -> Verdict:
        """The points times the figure, which is a percentage where the unit says so."""
        if not isinstance(evidence.value, Decimal):
            return UNKNOWN
        whole = HUNDRED if self.criterion.unit == PERCENT else Decimal(1)
        share = min(max(evidence.value / whole, ZERO), Decimal(1))
        says = f"按{plain(Decimal(self.full) / POINT)}分的{plain(round(share * 100, 4))}%计"
        return Verdict(self.within(Decimal(self.full) / POINT * share), says=says)

    def by_level(self, evidence: Evidence) -> Verdict:
        """A person judges within the bounds of the level chosen."""
        level = next((each for each in self.criterion.levels if each.name == evidence.value), None)
        if level is None:
            return UNKNOWN
        percent = Decimal(self.full) / POINT / HUNDRED
        share = read_range(level.range)
        least, most = (None if b is None else b * percent for b in (share.least, share.most))
        allowed = replace(share, least=least, most=most)
        says = f"由评价人员在{allowed.in_words('分')}之内评判"
        return Verdict(None, judged=True, says=says, allowed=allowed)

    def choice(self, evidence: Evidence) -> Verdict:
        """The points of the answer chosen."""
        points = self.criterion.choices.get(evidence.value) if isinstance(evidence.value, str) else None
        return UNKNOWN if points is None else Verdict(self.within(points))

    def checklist(self, evidence: Evidence) -> Verdict:
        """The points of the items that are met."""
        if None in evidence.answers:
            return UNKNOWN
        met = [n for n, answer in enumerate(evidence.answers, 1) if answer]
        points = sum((self.criterion.items[n - 1].points or ZERO for n in met), ZERO)
        if len(met) == len(evidence.answers):
            return Verdict(self.within(points), says="各条都符合" if len(met) > 1 else "符合")
        says = f"符合第{'、'.join(map(str, met))}条" if met else "没有一条符合"
        return Verdict(self.within(points), says=says)

    def count_deduct(self, evidence: Evidence) -> Verdict:
        """So many points less for every breach."""
        counts = _counts(evidence)
        if counts is None:
            return UNKNOWN
        each, total = self.criterion.deduct or ZERO, sum(counts, ZERO)
        if total == 0:
            return Verdict(self.full, says="没有发生")
        return self.lessened(total * each, f"共发生{plain(total)}例，每例扣{plain(each)}分")

    def range_deduct(self, evidence: Evidence) -> Verdict:
        """The points that a person deducted, item by item, within the range of each."""
        counts = _counts(evidence)
        if counts is None or self.out_of_range(evidence):
            return UNKNOWN
        found = [f"第{n}条扣{plain(c)}分" for n, c in enumerate(counts, 1) if c]
        return self.lessened(sum(counts, ZERO), "、".join(found) or "没有应扣分的情形")

    def out_of_range(self, evidence: Evidence) -> list[int]:
        """The positions of the items whose deduction is not within its range."""
        if self.criterion.scoring != "range_deduct":
            return []
        pairs = zip(self.criterion.items, evidence.answers, strict=True)
        return [n for n, (item, answer) in enumerate(pairs) if answer and not _allows(item, answer)]

    # ---- the scores that a department can rightly give itself ----

    @cached_property
    def reachable(self) -> list[tuple[int, int]]:
        """The scores the rule can give, as closed intervals in rising order."""
        found = self._ordinary()
        for case in self.criterion.cases:
            verdict = self._case(case)
            found.append((0, self.full) if verdict.points is None else (verdict.points, verdict.points))
        return _merged(found)

    def _ordinary(self) -> list[tuple[int, int]]:
        criterion, items = self.criterion, self.criterion.items
        found = [(0, self.full)]
        match criterion.scoring:
            case "bands":
                found = self._points(band.points for band in criterion.bands)
            case "choice":
                found = self._points(criterion.choices.values())
            case "checklist":
                found = self._sums([(i.points or ZERO, i.points or ZERO) for i in items])
            case "range_deduct":
                most = Decimal(self.full) / POINT
                lost = self._sums([(i.least or ZERO, most if i.most is None else i.most) for i in items])
                found = [(self.full - most, self.full - least) for least, most in lost]
            case "count_deduct":
                found = self._stepwise(criterion.deduct)
            case "linear" if not self.proportional:
                found = self._stepwise(self._linear.deduct)
            case "cases" if criterion.cases:
                found = []
        return found

    def _points(self, points: Iterable[Decimal]) -> list[tuple[int, int]]:
        return [(self.within(p), self.within(p)) for p in points]

    def _stepwise(self, deduct: Decimal | None) -> list[tuple[int, int]]:
        step = as_points(deduct or ZERO)
        return [(p, p) for p in (*range(self.full, 0, -step), 0)] if step > 0 else [(self.full, self.full)]

    def _sums(self, terms: Sequence[tuple[Decimal, Decimal]]) -> list[tuple[int, int]]:
        """What any of the terms can add up to, each taken once or not at all."""
        sums = [(0, 0)]
        for least, most in terms:
            low, high = as_points(least), as_points(most)
            sums = _merged([*sums, *((a + low, b + high) for a, b in sums)])
        return [(min(a, self.full), min(b, self.full)) for a, b in sums]


WAYS: dict[str, Callable[[Scorer, Evidence], Verdict]] = {
    "linear": Scorer.linear,
    "bands": Scorer.bands,
    "cases": Scorer.no_case,
    "proportional": Scorer.proportional_to,
    "levels": Scorer.by_level,
    "checklist": Scorer.checklist,
    "count_deduct": Scorer.count_deduct,
    "range_deduct": Scorer.range_deduct,
    "choice": Scorer.choice,
    "judged": Scorer.judged,
}


def as_points(points: Decimal, decimals: int = 4) -> int:
    """Points as they are kept: integers of 1/10,000, rounded half up to so many decimals.

    What is beyond what is meant does not count: 9 × 46/48 is 8.625, and no less.
    """
    step: int = POINT // 10**decimals
    meant = points.quantize(MEANT, ROUND_HALF_UP)
    return int((meant * POINT / step).to_integral_value(ROUND_HALF_UP)) * step


def kept(points: int, decimals: int) -> int:
    """1/10,000 points rounded half up to so many decimals of a point."""
    return as_points(Decimal(points) / POINT, decimals) if decimals < 4 else points


def _part(criterion: Method, rubric: Rubric) -> str:
    """Whether a part of a step counts: "whole" or "proportional", said outright or by an option."""
    if criterion.linear is None:
        return "whole"
    part = criterion.linear.part
    part = next((option.chosen for option in rubric.options if option.name == part), part)
    if part not in ("whole", "proportional"):
        message = (
            f"指标 {criterion.id}：part 应是 whole、proportional，或选择这两者之一的口径，不能是“{part}”"
        )
        raise PackError(message, rubric.file or None, criterion.line)
    return part


def _counts(evidence: Evidence) -> list[Decimal] | None:
    """The number given for each item, or the one figure where there are no items."""
    given = evidence.answers or (evidence.value,)
    counts = [number for number in given if isinstance(number, Decimal)]
    return counts if len(counts) == len(given) else None


def _allows(item: Item, deducted: Decimal | bool) -> bool:
    return (item.least or ZERO) <= deducted <= (item.most if item.most is not None else deducted)


def _merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(set(intervals)):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
