"""Which cells a value comes from: the addends of a total, the cells a rule has looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from workbook_tool.forms.language.evaluation import Evaluation
from workbook_tool.forms.language.records import Records
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Binary,
    Call,
    Expression,
    Literal,
    Node,
    Own,
    Reference,
    Unary,
    normal,
)
from workbook_tool.model import Batch, Pack


@dataclass(frozen=True)
class Cell:
    """A cell that an expression reads for one record.

    Attributes:
        frame, record, field: Where it stands.
        weight: How often it is added (1, -1 where it is taken away); None where the expression
            does more with it than adding.
    """

    frame: str
    record: int
    field: str
    weight: Decimal | None

    @property
    def place(self) -> tuple[str, int, str]:
        """Where it stands, as findings want it."""
        return (self.frame, self.record, self.field)


def cells(expression: Expression, batch: Batch, pack: Pack, record: int) -> tuple[Cell, ...]:
    """The cells that the value of one record comes from, in the order they are written.

    Conditions of aggregates decide which rows count; their cells are not listed.
    """
    found = _of(expression.node, Records(batch, pack), expression.on, record, Decimal(1))
    kept: dict[tuple[str, int, str], Cell] = {}
    for cell in found:
        before = kept.get(cell.place)
        if before is None:
            kept[cell.place] = cell
        elif before.weight is not None and cell.weight is not None:
            kept[cell.place] = Cell(*cell.place, before.weight + cell.weight)
        else:
            kept[cell.place] = Cell(*cell.place, None)
    return tuple(kept.values())


def _of(node: Node, records: Records, at: str, record: int, weight: Decimal | None) -> Iterator[Cell]:
    match node:
        case Own():
            yield Cell(node.frame, record, node.field, weight)
        case Reference():
            position = int(Evaluation(records, at).positions(node)[record])
            if position >= 0:
                yield Cell(node.frame, position, node.field, weight)
        case Aggregate():
            yield from _of_aggregate(node, records, at, record, weight)
        case Binary() | Unary() | Call():
            for part, factor in _weighted(node, weight):
                yield from _of(part, records, at, record, factor)
        case _:
            for part in node.children():
                yield from _of(part, records, at, record, None)


def _weighted(node: Binary | Unary | Call, weight: Decimal | None) -> Iterator[tuple[Node, Decimal | None]]:
    """The parts of a calculation, each with how often it is added."""
    negative = -weight if weight is not None else None
    match node:
        case Unary(operator="-"):
            yield node.operand, negative
        case Binary(operator="+" | "-"):
            yield node.left, weight
            yield node.right, weight if node.operator == "+" else negative
        case Binary(operator="*", left=Literal(value=Decimal() as factor)):
            yield node.right, weight * factor if weight is not None else None
        case Binary(operator="*", right=Literal(value=Decimal() as factor)):
            yield node.left, weight * factor if weight is not None else None
        case Call(function="round"):
            yield node.arguments[0], weight
        case _:
            for part in node.children():
                yield part, None


def _of_aggregate(
    node: Aggregate, records: Records, at: str, record: int, weight: Decimal | None
) -> Iterator[Cell]:
    here = records.ids(at, node.same_tab)[record]
    rows = Evaluation(records, at).rows(node)
    rows = rows[records.ids(node.frame, node.same_tab)[rows] == here]
    if node.named is not None:
        inside = Evaluation(records, node.frame)
        texts = inside.normal_texts(node.named.left, inside.value(node.named.left))
        rows = rows[texts[rows] == normal(records.row_names(at)[record])]
    if node.condition is not None:
        held = Evaluation(records, node.frame).value(node.condition)
        rows = rows[held.values[rows] & held.known[rows]]
    if node.values is None:
        return
    inner = weight if node.function == "sum" else None
    for row in np.asarray(rows).tolist():
        yield from _of(node.values, records, node.frame, row, inner)
