"""Who a rubric scores, and where each criterion of theirs is claimed and answered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from workbook_tool.checks.bases import Answers, Bases, Basis, known_values
from workbook_tool.forms.language.evaluation import POINT, Evaluation
from workbook_tool.forms.language.records import Positions, Records
from workbook_tool.forms.language.syntax import Reference
from workbook_tool.model import Batch, Criterion, FormField, Pack, PackError, Rubric


@dataclass(frozen=True)
class Column:
    """A field of a frame, with a row for every subject; -1 where there is none."""

    frame: str
    rows: Positions
    label: str


@dataclass(frozen=True)
class Subjects:
    """Who a rubric scores: every record of the frame that its subject stands in."""

    rubric: Rubric
    batch: Batch
    pack: Pack

    @property
    def frame(self) -> str:
        """The frame of the subjects; expressions are evaluated for its records."""
        return self.rubric.subject.rpartition(".")[0]

    @property
    def records(self) -> Records:
        """The batch, as expressions see it."""
        return Records(self.batch, self.pack)

    @cached_property
    def bases(self) -> Bases:
        """Where the criteria are evaluated."""
        return Bases(self.rubric, self.batch, self.pack, self.frame)

    def __len__(self) -> int:
        return self.records.size(self.frame)

    def near(self, frame: str) -> bool:
        """Whether a frame stands on the subjects' own sheet, so that each tab has its own records."""
        return self.pack.tables[frame].sheet.name == self.pack.tables[self.frame].sheet.name

    def rows(self, frame: str, key: str) -> Positions:
        """For each subject its row of a fixed key; -1 where there is none."""
        return self.records.of_key(frame, key, self.frame, self.near(frame))

    def form(self, frame: str) -> Positions:
        """For each subject its record of a form; -1 where there is none."""
        return self.records.of_form(frame, self.frame, self.near(frame))

    def of_record(self, frame: str) -> Positions:
        """For each record of a frame the subject it belongs to; -1 where there is none."""
        return self.records.of_form(self.frame, frame, self.near(frame))

    def values(self, column: Column) -> list[Any]:
        """The values of a field; None where they are blank or unreadable."""
        return known_values(self.records.column(column.frame, column.label).take(column.rows))

    def basis(self, criterion: Criterion) -> Basis:
        """What the workbooks hold about a criterion.

        Raises:
            PackError: The criterion needs items that the pack has nowhere to answer.
        """
        return self.bases.of(criterion, self._answers(criterion))

    def claimed_in(self, criterion: Criterion) -> Column:
        """Where the subjects give themselves the score of a criterion.

        Raises:
            PackError: The criterion names a place that is no field of points.
        """
        if criterion.cell is None:
            return Column(self.rubric.on, self.rows(self.rubric.on, criterion.key), self.rubric.self_score)
        node = self.bases.compiled(criterion.cell).node
        if not isinstance(node, Reference) or node.kind != "points":
            message = f"指标 {criterion.id}：cell 应是一个填分数的栏目：“{criterion.cell}”"
            raise PackError(message, self.rubric.file or None, criterion.line)
        return Column(node.frame, Evaluation(self.records, self.frame).positions(node), node.field)

    # ---- items ----

    def item_column(self, criterion: Criterion, position: int) -> Column:
        """Where an item of a criterion is answered."""
        frame, field = self._items(criterion)
        return Column(frame, self.rows(frame, item_keys(criterion)[position]), field.label)

    def _items(self, criterion: Criterion) -> tuple[str, FormField]:
        try:
            frame, _, label = self.rubric.items[criterion.scoring].rpartition(".")
        except KeyError:
            message = f"指标 {criterion.id}：items 里没有写 {criterion.scoring} 的条目填在哪里"
            raise PackError(message, self.rubric.file or None, criterion.line) from None
        return frame, self.pack.tables[frame].by_label[label]

    def _answers(self, criterion: Criterion) -> list[Answers]:
        """For each item of a criterion, every subject's answer: met or not, or a number."""
        if not criterion.items:
            return []
        field = self._items(criterion)[1]
        columns = [self.item_column(criterion, n) for n in range(len(criterion.items))]
        unanswered = np.logical_and.reduce([self._blank(c) for c in columns]).tolist()
        return [
            Answers(
                [None if b else a for a, b in zip(self._answer(c, field), unanswered, strict=True)],
                c.frame,
                c.rows,
                c.label,
            )
            for c in columns
        ]

    def _answer(self, column: Column, field: FormField) -> list[Any]:
        values = self.values(column)
        if field.type == "choice":
            meant = {choice: number == 0 for number, choice in enumerate(field.choices)}
            return [meant.get(value) for value in values]
        scale = {"amount": self.pack.fen, "points": POINT}.get(field.type, 1)
        return [None if v is None else Decimal(int(v)) / scale for v in values]

    def _blank(self, column: Column) -> Any:
        """Where nothing is written; with `blank: zero` one answer makes the other blanks zeros."""
        taken = self.records.blank(column.frame, column.label).take(column.rows)
        return (taken.values & taken.known) | (column.rows < 0)


def item_keys(criterion: Criterion) -> list[str]:
    """The fixed keys of the rows where a criterion's items are answered."""
    return [f"{criterion.key}·{number}" for number in range(1, len(criterion.items) + 1)]
