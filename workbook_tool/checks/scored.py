"""A rubric after scoring: one line for each criterion of each subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from workbook_tool.checks.bases import Basis, Place
from workbook_tool.checks.evidence import Subjects
from workbook_tool.forms import score_words
from workbook_tool.forms.scoring import Scorer, as_points
from workbook_tool.forms.writing.ranges import Interval
from workbook_tool.model import Rubric

AGREES, DIFFERS, UNPROVEN, JUDGED = "一致", "不一致", score_words.UNPROVEN, score_words.JUDGED
"""What a self score can be, beside the data."""


class Entry(NamedTuple):
    """What one subject is scored for: a criterion of the pack, or a row that the department wrote.

    Attributes:
        points: Its own points; None where it shares them (`share`) and where they are not known.
        full: The most it can give; None where that is not known.
        place: The cell of the self score; its record is -1 where the workbook has lost the row.
        reason: The cell where a lower score is to be explained; None where the form has none.
        claim: What the department gave itself; None where that is blank or unreadable.
    """

    id: str
    title: str
    points: int | None
    share: str | None
    full: int | None
    place: Place
    reason: Place | None
    claim: int | None


class Line(NamedTuple):
    """One entry after scoring; it begins with what the entry says.

    Attributes:
        scorer: Its rule; None where it is not known which one that is.
        basis: What the score rests on, for many; this line is number `at` of them.
        score: What the data give; where a person judges, the claim within its bounds; None where
            there is no data (or no claim to judge).
        doubts: The codes of the failed rules about the very cells that the score rests on.
        allowed: Where a person judges, the points to choose from; None where all are.
    """

    id: str
    title: str
    points: int | None
    share: str | None
    full: int | None
    place: Place
    reason: Place | None
    claim: int | None
    scorer: Scorer | None
    basis: Basis
    at: int
    score: int | None
    status: str
    because: str
    doubts: tuple[str, ...]
    allowed: Interval | None

    @property
    def there(self) -> bool:
        """Whether the workbook still has its cell."""
        return self.place[1] >= 0


@dataclass(frozen=True)
class Scored:
    """A rubric for all its subjects; the lists go by subject.

    Attributes:
        lines: For each subject its lines, in the order of the criteria, then of the rows.
    """

    subjects: Subjects
    submissions: list[int]
    instances: list[int]
    names: list[str]
    lines: list[list[Line]]

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
                by_share[line.share or ""].append(line.score)
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
