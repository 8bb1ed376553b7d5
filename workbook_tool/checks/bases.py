"""What scores rest on: the figures, special cases and answers that the workbooks hold for a method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from workbook_tool.forms.figures import figure, rounded
from workbook_tool.forms.language.cells import cells
from workbook_tool.forms.language.evaluation import POINT, vector
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.records import Positions, Records, Vector
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Blank,
    Expression,
    Kind,
    Member,
    Node,
    Own,
    Reference,
)
from workbook_tool.forms.scoring import Evidence
from workbook_tool.model import Batch, FormField, Method, Pack, Rubric

WORDS = {"sum": "合计", "count": "个数", "min": "最小", "max": "最大", "first": "第一个"}
"""What an aggregate of a field is called."""

UNITS: dict[Kind, str] = {"points": "分"}

Place = tuple[str, int, str]
"""frame, record, field."""

Leaf = Reference | Aggregate | Member
"""A value that an expression takes from the workbook."""


@dataclass(frozen=True)
class Figure:
    """A value that a score rests on, for every record; None where it is not known."""

    name: str
    texts: list[str | None]


@dataclass(frozen=True)
class Answers:
    """What is answered to one item of a method, for every record, and in which rows of a frame."""

    given: list[Any]
    frame: str
    rows: Positions
    label: str


@dataclass(frozen=True)
class Basis:
    """All that is known about one method, for every record of the frame it is evaluated for.

    Attributes:
        expressions: What it was computed by: the value, the cases, and whatever chose the method.
        values: What is scored, in the form's units; an answer as it is.
        cases: For each special case whether it holds.
        shown: The figures of the value that is scored.
        needed: Those and the ones that only special cases and conditions look at.
        items: The answers to each item.
    """

    batch: Batch
    pack: Pack
    expressions: tuple[Expression, ...]
    values: Sequence[Any]
    cases: Sequence[Sequence[Any]]
    shown: Sequence[Figure]
    needed: Sequence[Figure]
    items: Sequence[Answers] = ()

    def evidence(self, at: int) -> Evidence:
        """What is known for one record."""
        return Evidence(
            self.values[at],
            tuple(case[at] for case in self.cases),
            tuple(item.given[at] for item in self.items),
        )

    @cached_property
    def fields(self) -> frozenset[tuple[str, str]]:
        """The frame and label of every field whose cells the evidence may come from."""
        nodes = (node for expression in self.expressions for node in expression.node.walk())
        read = {(node.frame, node.field) for node in nodes if isinstance(node, Reference)}
        return frozenset(read | {(item.frame, item.label) for item in self.items})

    def cells(self, at: int) -> Iterator[Place]:
        """The cells that the evidence for one record comes from."""
        for expression in self.expressions:
            for cell in cells(expression, self.batch, self.pack, at):
                yield cell.place
        yield from ((i.frame, int(i.rows[at]), i.label) for i in self.items if i.rows[at] >= 0)


@dataclass(frozen=True)
class Bases:
    """Where the methods of a rubric are evaluated: for the records of one frame.

    Attributes:
        unit: The field of that frame that names the unit of a record's own figures.
    """

    rubric: Rubric
    batch: Batch
    pack: Pack
    frame: str
    unit: str | None = None

    @property
    def records(self) -> Records:
        """The batch, as expressions see it."""
        return Records(self.batch, self.pack)

    def compiled(self, text: str) -> Expression:
        """An expression about the records."""
        return compile_expression(text, self.pack, self.frame)

    def held(self, expression: Expression) -> Vector:
        """The values of an expression."""
        return vector(expression, self.batch, self.pack)

    def of(
        self, method: Method | None, items: Sequence[Answers] = (), conditions: Sequence[Expression] = ()
    ) -> Basis:
        """What the workbooks hold for a method.

        Args:
            method: The method; None where it is still open which one it is.
            items: The answers to its items.
            conditions: What has to be looked at before the method is known.
        """
        cases: list[Expression] = []
        value: list[Expression] = []
        if method is not None:
            cases = [self.compiled(self.rubric.in_force(case.when, method)) for case in method.cases]
            if method.value is not None:
                value = [self.compiled(self.rubric.in_force(method.value, method))]
        return Basis(
            self.batch,
            self.pack,
            (*conditions, *value, *cases),
            self._decimals(value[0]) if value else [None] * self.records.size(self.frame),
            [known_values(self.held(case)) for case in cases],
            self.figures(value or cases),
            self.figures([*conditions, *value, *cases]),
            items,
        )

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

        return [of(number) for number in known_values(self.held(value))]

    # ---- figures ----

    def figures(self, expressions: Sequence[Expression]) -> list[Figure]:
        """The values that expressions take from the workbook, each once."""
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

    def _name(self, node: Leaf) -> str:
        if isinstance(node, Reference | Member):
            return node.field
        field = self._field(node)
        return f"{field.label if field else node.frame}{WORDS.get(node.function, '')}"

    def _texts(self, node: Leaf) -> list[str | None]:
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
        values = known_values(self.held(Expression("", self.frame, None, node, self.pack)))
        texts: dict[Any, str | None] = {v: None if v is None else tell(v) for v in set(values)}
        told = [texts[v] for v in values]
        if self.unit is None or not isinstance(node, Own) or field.type != "number" or field.unit:
            return told
        units = known_values(self.records.column(self.frame, self.unit))
        return [None if t is None else f"{t}{u or ''}" for t, u in zip(told, units, strict=True)]


def leaves(node: Node) -> Iterator[Leaf]:
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
