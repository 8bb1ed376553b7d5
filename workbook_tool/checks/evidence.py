"""What the workbooks hold about each criterion of a rubric: figures, special cases, answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from workbook_tool.forms.cells import cells
from workbook_tool.forms.evaluation import POINT, vector
from workbook_tool.forms.figures import figure, rounded
from workbook_tool.forms.parsing import compile_expression
from workbook_tool.forms.records import Positions, Records, Vector
from workbook_tool.forms.scoring import Evidence
from workbook_tool.forms.syntax import Aggregate, Blank, Expression, Kind, Member, Node, Reference
from workbook_tool.model import Batch, Criterion, FormField, Pack, PackError, Rubric

WORDS = {"sum": "合计", "count": "个数", "min": "最小", "max": "最大", "first": "第一个"}
"""What an aggregate of a field is called."""

Place = tuple[str, int, str]
"""frame, record, field."""

UNITS: dict[Kind, str] = {"points": "分"}


@dataclass(frozen=True)
class Figure:
    """A value that a score rests on, for every subject; None where it is not known."""

    name: str
    texts: list[str | None]


@dataclass(frozen=True)
class Basis:
    """All that is known about one criterion, for every subject.

    Attributes:
        shown: The figures of the value that is scored.
        needed: Those and the ones that only special cases look at.
        expressions: What they were computed by: the value and the cases.
    """

    evidence: list[Evidence]
    shown: list[Figure]
    needed: list[Figure]
    expressions: tuple[Expression, ...]


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

    def values(self, frame: str, label: str, rows: Positions) -> list[Any]:
        """The values of a field in these rows; None where they are blank or unreadable."""
        return known_values(self.records.column(frame, label).take(rows))

    def basis(self, criterion: Criterion) -> Basis:
        """What the workbooks hold about a criterion.

        Raises:
            PackError: The criterion needs items that the pack has nowhere to answer.
        """
        value = self._value(criterion)
        cases = [self._compiled(self.rubric.in_force(case.when, criterion)) for case in criterion.cases]
        expressions = (*([value] if value else []), *cases)
        shown, needed = self._figures([value] if value else cases), self._figures(expressions)
        size = len(self)
        figures = self._decimals(value) if value else [None] * size
        held = [known_values(vector(case, self.batch, self.pack)) for case in cases]
        answers = self.answers(criterion)
        evidence = [
            Evidence(
                figures[n],
                tuple(case[n] for case in held),
                tuple(answer[n] for answer in answers),
            )
            for n in range(size)
        ]
        return Basis(evidence, shown, needed, expressions)

    def _value(self, criterion: Criterion) -> Expression | None:
        if criterion.value is None:
            return None
        return self._compiled(self.rubric.in_force(criterion.value, criterion))

    def _compiled(self, text: str) -> Expression:
        return compile_expression(text, self.pack, self.frame)

    def _decimals(self, value: Expression) -> list[Any]:
        """The values of an expression in the units of the form; texts as they are."""
        scale = {"amount": self.pack.fen, "points": POINT}.get(value.kind)
        known: dict[Any, Decimal] = {}

        def of(number: Any) -> Any:
            if number is None or isinstance(number, str):
                return number
            if number not in known:
                known[number] = Decimal(number) / scale if scale else rounded(number)
            return known[number]

        return [of(number) for number in known_values(vector(value, self.batch, self.pack))]

    # ---- figures ----

    def _figures(self, expressions: Sequence[Expression]) -> list[Figure]:
        nodes = list(dict.fromkeys(leaf for e in expressions for leaf in leaves(e.node)))
        names = [self._name(node) for node in nodes]
        return [
            Figure(name if names.count(name) == 1 else f"{node.frame}·{name}", self._texts(node))
            for node, name in zip(nodes, names, strict=True)
        ]

    def _field(self, node: Node) -> FormField | None:
        """The field that a value comes from, for its unit."""
        if isinstance(node, Reference):
            return self.pack.tables[node.frame].by_label[node.field]
        if isinstance(node, Aggregate) and node.values is not None:
            return next(filter(None, map(self._field, leaves(node.values))), None)
        return None

    def _name(self, node: Reference | Aggregate | Member) -> str:
        if isinstance(node, Reference | Member):
            return node.field
        field = self._field(node)
        return f"{field.label if field else node.frame}{WORDS.get(node.function, '')}"

    def _texts(self, node: Reference | Aggregate | Member) -> list[str | None]:
        """The values of a part of an expression as the form shows them, with their units."""
        field = self._field(node) or FormField(label="", type="number")
        if isinstance(node, Aggregate) and node.function == "count":
            field = FormField(label="", type="number")
        unit = self.pack.unit if field.type == "amount" else field.unit or UNITS.get(node.kind, "")
        if field.type == "percent":
            unit = ""
        tell: Callable[[Any], str] = {
            "boolean": lambda yes: "是" if yes else "否",
            "text": lambda text: f"“{text}”",
        }.get(node.kind, lambda number: f"{figure(number, field, self.pack)}{unit}")
        values = known_values(
            vector(Expression("", self.frame, None, node, self.pack), self.batch, self.pack)
        )
        texts: dict[Any, str | None] = {v: None if v is None else tell(v) for v in set(values)}
        return [texts[v] for v in values]

    def cells(self, criterion: Criterion, basis: Basis, subject: int) -> Iterator[Place]:
        """The cells that the evidence for a criterion comes from, for one subject."""
        for expression in basis.expressions:
            for cell in cells(expression, self.batch, self.pack, subject):
                yield cell.place
        if criterion.items:
            frame, label = self.item_frame(criterion), self.item_field(criterion).label
            rows = (int(self.rows(frame, key)[subject]) for key in item_keys(criterion))
            yield from ((frame, row, label) for row in rows if row >= 0)

    # ---- items ----

    def answers(self, criterion: Criterion) -> list[list[Any]]:
        """For each item of a criterion, every subject's answer: met or not, or a number."""
        if not criterion.items:
            return []
        rows = [self.rows(self.item_frame(criterion), key) for key in item_keys(criterion)]
        found = [self._answer(criterion, r) for r in rows]
        blank = np.logical_and.reduce([self._blank(criterion, r) for r in rows])
        return [[None if b else a for a, b in zip(item, blank.tolist(), strict=True)] for item in found]

    def item_frame(self, criterion: Criterion) -> str:
        """The frame where the items of a criterion are answered."""
        return self._items(criterion).rpartition(".")[0]

    def item_field(self, criterion: Criterion) -> FormField:
        """The field where the items of a criterion are answered."""
        frame, _, label = self._items(criterion).rpartition(".")
        return self.pack.tables[frame].by_label[label]

    def _items(self, criterion: Criterion) -> str:
        try:
            return self.rubric.items[criterion.scoring]
        except KeyError:
            message = f"指标 {criterion.id}：items 里没有写 {criterion.scoring} 的条目填在哪里"
            raise PackError(message, self.rubric.file or None, criterion.line) from None

    def _answer(self, criterion: Criterion, rows: Positions) -> list[Any]:
        field = self.item_field(criterion)
        values = self.values(self.item_frame(criterion), field.label, rows)
        if field.type == "choice":
            meant = {choice: number == 0 for number, choice in enumerate(field.choices)}
            return [meant.get(value) for value in values]
        scale = {"amount": self.pack.fen, "points": POINT}.get(field.type, 1)
        return [None if v is None else Decimal(int(v)) / scale for v in values]

    def _blank(self, criterion: Criterion, rows: Positions) -> Any:
        """Where nothing is written; with `blank: zero` one answer makes the other blanks zeros."""
        blank = self.records.blank(self.item_frame(criterion), self.item_field(criterion).label)
        taken = blank.take(rows)
        return (taken.values & taken.known) | (rows < 0)


def item_keys(criterion: Criterion) -> list[str]:
    """The fixed keys of the rows where a criterion's items are answered."""
    return [f"{criterion.key}·{number}" for number in range(1, len(criterion.items) + 1)]


def leaves(node: Node) -> Iterator[Reference | Aggregate | Member]:
    """The values that an expression takes from the workbook, in the order they are written."""
    if isinstance(node, Reference | Aggregate | Member):
        yield node
    elif not isinstance(node, Blank):
        for child in node.children():
            yield from leaves(child)


def known_values(found: Vector) -> list[Any]:
    """Plain values; None where they are not known."""
    return [
        value if known else None
        for value, known in zip(found.values.tolist(), found.known.tolist(), strict=True)
    ]
