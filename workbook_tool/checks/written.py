"""The rows of a score table that the department wrote: each is scored by the way that fits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from workbook_tool.checks.bases import Bases, Basis, known_values
from workbook_tool.checks.evidence import Subjects
from workbook_tool.checks.scored import Entry
from workbook_tool.checks.sentences import Explanation
from workbook_tool.forms.language.records import Mask, Positions, Vector
from workbook_tool.forms.scoring import Scorer
from workbook_tool.model import Lines, Rubric

OPEN = -1
"""Stands for the way of a row of which it is not known."""


def written(subjects: Subjects) -> Iterator[tuple[int, Entry, Explanation, int]]:
    """Every row that is used: its subject, what it claims, how it is explained, and its number."""
    rubric, lines = subjects.rubric, subjects.rubric.lines
    if lines is None:
        return
    bases = Bases(rubric, subjects.batch, subjects.pack, rubric.on, lines.unit)
    rows = Rows(bases, rubric, lines)
    owners = subjects.of_record(rubric.on)
    for row in np.flatnonzero(rows.used & (owners >= 0)).tolist():
        subject = int(owners[row])
        yield subject, rows.entry(row, subject), rows.explanation(row), row


class Rows:
    """The rows of a score table over the whole batch.

    Args:
        bases: Where expressions about a row are evaluated.
        rubric: The rubric.
        lines: What it says of rows.
    """

    def __init__(self, bases: Bases, rubric: Rubric, lines: Lines):
        self.bases, self.rubric, self.lines = bases, rubric, lines
        records, on = bases.records, rubric.on
        columns = [records.column(on, label) for label in (lines.title, rubric.weight, rubric.self_score)]
        self.titles, self.weights, self.claims = map(known_values, columns)
        self.used: Mask = records.added(on) & _any_filled(columns)
        self.keys = [key if isinstance(key, str) else "" for key in records.frame(on)["key"].tolist()]
        self.numbers: Counter[tuple[int, str]] = Counter()
        self.conditions = [bases.compiled(way.when) for way in lines.ways]
        self.chosen = _first([bases.held(c) for c in self.conditions], records.size(on)).tolist()
        self._basis = cache(self._basis_of)
        self._explanation = cache(self._explained)

    def entry(self, row: int, subject: int) -> Entry:
        """What a row claims; rows of one key are numbered within their subject, blank ones left out."""
        key = self.keys[row]
        self.numbers[subject, key] += 1
        name = "·".join(filter(None, (key, str(self.numbers[subject, key]))))
        on, weight = self.rubric.on, self.weights[row]
        return Entry(
            id=name,
            title=self.titles[row] or name,
            points=weight,
            share=None,
            full=weight,
            place=(on, row, self.rubric.self_score),
            reason=(on, row, self.rubric.reason),
            claim=self.claims[row],
        )

    def explanation(self, row: int) -> Explanation:
        """How a row is scored; rows of one way and weight share it."""
        weight = self.weights[row]
        return self._explanation(OPEN if weight is None else self.chosen[row], weight)

    def _explained(self, way: int, weight: int | None) -> Explanation:
        if way == OPEN or weight is None:
            return Explanation(None, self._basis(OPEN), self.rubric)
        scorer = Scorer.of_method(self.lines.ways[way], weight, self.rubric)
        return Explanation(scorer, self._basis(way), self.rubric)

    def _basis_of(self, way: int) -> Basis:
        """What all rows hold for a way of scoring."""
        if way == OPEN:
            needed = [*self.conditions, self.bases.compiled(self.rubric.weight)]
            return self.bases.of(None, conditions=needed)
        return self.bases.of(self.lines.ways[way], conditions=self.conditions[: way + 1])


def _any_filled(columns: Sequence[Vector]) -> Mask:
    filled: Mask = np.logical_or.reduce([column.known for column in columns])
    return filled


def _first(conditions: Sequence[Vector], size: int) -> Positions:
    """For each record the first condition that holds; OPEN where none does or an earlier may."""
    chosen = np.full(size, OPEN, dtype=np.int64)
    undecided = np.ones(size, dtype=np.bool_)
    for number, held in enumerate(conditions):
        chosen[undecided & held.known & held.values] = number
        undecided &= held.known & ~held.values
    return chosen
