"""A rubric after scoring: one line for each criterion of each subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from workbook_tool.checks.evidence import Basis, Subjects
from workbook_tool.forms.scoring import Scorer, as_points
from workbook_tool.model import Rubric

AGREES, DIFFERS, UNPROVEN, JUDGED = "一致", "不一致", "无依据", "评判"
"""What a self score can be, beside the data."""


class Line(NamedTuple):
    """One criterion of one subject.

    Attributes:
        record: Its row in the score table; -1 where the workbook has lost the row.
        claim: What the department gave itself; None where that is blank or unreadable.
        score: What the data give; where a person judges, the claim within its bounds; None where
            there is no data (or no claim to judge).
        doubts: The codes of the failed rules about the very cells that the score rests on.
    """

    scorer: Scorer
    record: int
    claim: int | None
    score: int | None
    status: str
    because: str
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """A rubric for all its subjects; the lists go by subject.

    Attributes:
        lines: For each subject its lines, in the order of the criteria.
        bases: What each criterion was scored by, by its id.
    """

    subjects: Subjects
    submissions: list[int]
    instances: list[int]
    names: list[str]
    lines: list[list[Line]]
    bases: Mapping[str, Basis]

    @property
    def rubric(self) -> Rubric:
        """The rubric."""
        return self.subjects.rubric

    def subject(self, number: int) -> tuple[int, str, str, int]:
        """Who was scored: submission, rubric, subject, instance."""
        return self.submissions[number], self.rubric.id, self.names[number], self.instances[number]

    def claim(self, number: int) -> int | None:
        """The sum of a subject's self scores; None where one is missing."""
        return total(line.claim for line in self.lines[number])

    def proven(self, number: int) -> int | None:
        """The sum of what data prove and persons judge; None where a person has not yet judged."""
        by_share: dict[str, list[int | None]] = defaultdict(list)
        for line in self.lines[number]:
            if line.status != UNPROVEN:
                by_share[line.scorer.criterion.share or ""].append(line.score)
        sums = {share: total(scores) for share, scores in by_share.items()}
        limits = {share: as_points(points) for share, points in self.rubric.shares.items()}
        return total(
            None if points is None else min(points, limits.get(share, points))
            for share, points in sums.items()
        )

    def unproven(self, number: int) -> int:
        """The points a subject gave itself without data."""
        return sum(line.claim or 0 for line in self.lines[number] if line.status == UNPROVEN)


def total(points: Iterable[int | None]) -> int | None:
    """A sum; None where an addend is missing: a blank is not zero."""
    known = list(points)
    return None if None in known else sum(p for p in known if p is not None)


def grade_of(points: int | None, rubric: Rubric) -> str | None:
    """The grade of a score: that of the highest bound it reaches."""
    if points is None:
        return None
    reached = [grade for grade in rubric.grades if points >= as_points(grade.least)]
    return max(reached, key=lambda grade: grade.least).name if reached else None
