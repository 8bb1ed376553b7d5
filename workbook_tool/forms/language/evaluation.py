"""Expressions over the frames of a batch: many workbooks at once, three answers each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from workbook_tool.forms.language.records import DTYPES, Array, Mask, Positions, Records, Vector, normal_array
from workbook_tool.forms.language.reductions import REDUCE, both, either, match_groups
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Among,
    Binary,
    Blank,
    Call,
    Contains,
    Expression,
    Fixed,
    Kind,
    Literal,
    Member,
    Named,
    Node,
    Own,
    Reference,
    RowName,
    Single,
    Unary,
    normal,
)
from workbook_tool.model import Batch, Pack

POINT = 10_000
WHOLE = 2.0**62
"""Products below it are integers that can be added once more."""
DECIMALS = 10
EXACT = 9e5
"""Doubles up to here have the decimals that quotients are rounded to; larger ones have fewer."""


def evaluate(expression: Expression, batch: Batch, pack: Pack) -> pd.Series[Any]:
    """The value of an expression for every record of its frame.

    Returns:
        A series aligned with `batch.frames[expression.on]`: boolean, Int64 (fen, or 1/10,000
        point), Float64 or string; NA where the value is unknown.
    """
    frame = Records(batch, pack).frame(expression.on)
    found = vector(expression, batch, pack)
    values, unknown = found.values, ~found.known
    if expression.kind == "boolean":
        return pd.Series(pd.arrays.BooleanArray(values, unknown), index=frame.index)
    if expression.kind == "number":
        return pd.Series(pd.arrays.FloatingArray(values, unknown), index=frame.index)
    if expression.kind == "text":
        texts = pd.Series(values, index=frame.index, dtype="string")
        return texts.mask(unknown)
    return pd.Series(pd.arrays.IntegerArray(values, unknown), index=frame.index)


def vector(expression: Expression, batch: Batch, pack: Pack) -> Vector:
    """The same as plain arrays, to be read only."""
    records = Records(batch, pack)
    key = ("expression", expression.node, expression.on)
    return records.once(key, lambda: Evaluation(records, expression.on).value(expression.node))


def scale_of(kind: Kind, pack: Pack) -> int:
    """How many of the integers that are kept make one unit of an amount, or one point."""
    return {"amount": pack.fen, "points": POINT}.get(kind, 1)


def half_up(values: Array, decimals: int) -> Array:
    """Rounded as a spreadsheet rounds: halves away from zero."""
    factor = 10.0**decimals
    rounded = np.copysign(np.floor(np.abs(values) * factor + 0.5) / factor, values)
    return np.where(np.abs(values) < EXACT * 10.0 ** (DECIMALS - decimals), rounded, values)


def whole_half_up(values: Array) -> Array:
    """Whole numbers from doubles, the noise of the last bits left out."""
    return half_up(half_up(values, 4), 0).astype(np.int64)


class Evaluation:
    """Nodes for the records of one frame.

    Args:
        records: The batch.
        at: The frame whose records are at hand.
    """

    def __init__(self, records: Records, at: str):
        self.records, self.at = records, at
        self.size = records.size(at)

    def value(self, node: Node) -> Vector:
        """The value of a node for every record."""
        if isinstance(node, Own):
            return self.records.column(node.frame, node.field)
        if isinstance(node, Named | Aggregate | Member):
            return self.records.once(("value", node, self.at), lambda: self._value(node))
        return self._value(node)

    def _value(self, node: Node) -> Vector:
        return WAYS[type(node)](self, node)

    def literal(self, node: Literal) -> Vector:
        """The same value for every record, in the integers of its kind."""
        value: Any = node.value
        if isinstance(value, Decimal):
            value = value * scale_of(node.kind, self.records.pack)
            value = float(value) if node.kind == "number" else int(value.to_integral_value("ROUND_HALF_UP"))
        return Vector(np.full(self.size, value, dtype=DTYPES[node.kind]), self.all(True))

    def all(self, answer: bool) -> Mask:
        """One answer for every record."""
        return np.full(self.size, answer, dtype=np.bool_)

    # ---- references ----

    def positions(self, node: Reference) -> Positions:
        """For each record, the record that a reference means; -1 where there is none."""
        match node:
            case Single():
                return self.records.of_form(node.frame, self.at, node.same_tab)
            case Fixed():
                return self.records.of_key(node.frame, node.key, self.at, node.same_tab)
            case Named():
                wanted = self.value(node.name)
                return self.records.of_name(node.frame, wanted, self.at, node.same_tab)
            case _:
                return np.arange(self.size, dtype=np.int64)

    def reference(self, node: Reference) -> Vector:
        """The value of another record's field."""
        return self.records.column(node.frame, node.field).take(self.positions(node))

    def blank(self, node: Blank) -> Vector:
        """Whether the cell is blank."""
        target = node.reference
        return self.records.blank(target.frame, target.field).take(self.positions(target))

    def row_name(self, node: RowName) -> Vector:
        """What the records are called."""
        names = np.array([*self.records.row_names(node.frame), None], dtype=object)[:-1]
        return Vector(names, names != "")

    # ---- operators ----

    def unary(self, node: Unary) -> Vector:
        """`-x` and `not x`."""
        operand = self.value(node.operand)
        values = ~operand.values if node.operator == "not" else -operand.values
        return Vector(values, operand.known)

    def binary(self, node: Binary) -> Vector:
        """Arithmetic, comparisons, `and`, `or`."""
        left, right = self.value(node.left), self.value(node.right)
        if node.operator in ("and", "or"):
            return both(left, right) if node.operator == "and" else either(left, right)
        known = left.known & right.known
        if node.operator in "+-":
            values = left.values + right.values if node.operator == "+" else left.values - right.values
            return Vector(values, known)
        if node.operator == "*":
            return self._of_kind(node, left.values * right.values, known)
        if node.operator == "/":
            return self._quotient(node, left.values, right.values, known & (right.values != 0))
        return Vector(self._compared(node, left, right), known)

    def _compared(self, node: Binary, left: Vector, right: Vector) -> Mask:
        a, b = left.values, right.values
        if node.left.kind == "text":
            a, b = self.normal_texts(node.left, left), self.normal_texts(node.right, right)
        elif node.left.kind == "number":
            a, b = half_up(a - b, DECIMALS), np.zeros(self.size)
        return np.asarray(COMPARE[node.operator](a, b), dtype=np.bool_)

    def _quotient(self, node: Binary, left: Array, right: Array, known: Mask) -> Vector:
        with np.errstate(divide="ignore", invalid="ignore"):
            quotient = np.where(right == 0, 0.0, left / right)
        return self._of_kind(node, half_up(quotient, DECIMALS) if node.kind == "number" else quotient, known)

    def _of_kind(self, node: Binary, values: Array, known: Mask) -> Vector:
        """Doubles as values of a node's kind; more fen or points than an integer holds are unknown."""
        if node.kind == "number":
            return Vector(values, known)
        fits = np.abs(values) < WHOLE
        return Vector(whole_half_up(np.where(fits, values, 0.0)), known & fits)

    def normal_texts(self, node: Node, found: Vector) -> Array:
        """The texts of a node as they are compared."""
        if isinstance(node, Own):
            return self.records.normal_texts(node.frame, node.field)
        return normal_array(found.values)

    def contains(self, node: Contains) -> Vector:
        """Whether a text contains one of the needles."""
        text = self.value(node.text)
        haystacks = self.normal_texts(node.text, text).tolist()
        if isinstance(node.needle, Literal):
            given = node.needle.value
            needles = [normal(str(w)) for w in (given if isinstance(given, tuple) else (given,))]
            answers = {hay: any(map(hay.__contains__, needles)) for hay in set(haystacks)}
            return Vector(np.array([answers[hay] for hay in haystacks], dtype=np.bool_), text.known)
        wanted = self.value(node.needle)
        pairs = zip(self.normal_texts(node.needle, wanted).tolist(), haystacks, strict=True)
        found = np.fromiter((needle in hay for needle, hay in pairs), np.bool_, self.size)
        return Vector(found, text.known & wanted.known)

    def among(self, node: Among) -> Vector:
        """Whether a value is one of a list."""
        item = self.value(node.item)
        choices = node.choices.value
        assert isinstance(choices, tuple)
        if node.item.kind == "text":
            wanted = {normal(str(choice)) for choice in choices}
            texts = self.normal_texts(node.item, item).tolist()
            return Vector(np.array([text in wanted for text in texts], dtype=np.bool_), item.known)
        answer = self.all(False)
        for choice in choices:
            other = self.literal(Literal(node.item.kind, choice))
            difference = item.values - other.values
            answer |= half_up(difference, DECIMALS) == 0 if node.item.kind == "number" else difference == 0
        return Vector(answer, item.known)

    def member(self, node: Member) -> Vector:
        """Whether a text is among the names of a column; a blank cell there is no name."""
        item = self.value(node.item)
        ids = self.records.ids(self.at, node.same_tab)
        names, doubtful = self.records.once(
            ("members", node.frame, node.field, node.same_tab), lambda: members(node, self.records)
        )
        pairs = zip(ids.tolist(), self.normal_texts(node.item, item).tolist(), strict=True)
        answer = np.fromiter((pair in names for pair in pairs), np.bool_, self.size)
        unsure = np.isin(ids, doubtful) | self.records.lost(node.frame, ids, node.same_tab)
        return Vector(answer, item.known & (answer | ~unsure))

    def call(self, node: Call) -> Vector:
        """`abs`, `round`, `min`, `max` of single values."""
        vectors = [self.value(a) for a in node.arguments]
        values, known = vectors[0].values, vectors[0].known
        if node.function == "abs":
            return Vector(np.abs(values), known)
        if node.function == "round":
            return Vector(self._rounded(node, values), known)
        pick = np.minimum if node.function == "min" else np.maximum
        for other in vectors[1:]:
            values, known = pick(values, other.values), known & other.known
        return Vector(values, known)

    def _rounded(self, node: Call, values: Array) -> Array:
        if node.kind == "number":
            return half_up(half_up(values, DECIMALS), node.digits)
        step = int(scale_of(node.kind, self.records.pack) * Decimal(10) ** -node.digits)
        if step <= 1:
            return values
        rounded: Array = np.sign(values) * ((np.abs(values) + step // 2) // step) * step
        return rounded

    # ---- many records ----

    def aggregate(self, node: Aggregate) -> Vector:
        """One value of many records, given to every record of the workbook or tab."""
        if node.named is not None:
            return self._by_name(node, node.named)
        groups, belongs = self.records.groups(self.at, node.same_tab)
        rows = self.rows(node)
        of_group = match_groups(groups, self.records.ids(node.frame, node.same_tab)[rows])
        return self._reduced(node, rows, of_group, groups).take(belongs)

    def _reduced(self, node: Aggregate, rows: Positions, of_group: Positions, ids: Positions) -> Vector:
        """One value for each group of rows; of each group the workbook (or tab) is given."""
        rows, of_group = rows[of_group >= 0], of_group[of_group >= 0]
        result = REDUCE[node.function](self._added(node).take(rows), self._condition(node).take(rows))
        found = result(of_group, len(ids), node.kind)
        return Vector(found.values, found.known & ~self.records.lost(node.frame, ids, node.same_tab))

    def _by_name(self, node: Aggregate, named: Binary) -> Vector:
        """For every record one value of the rows that bear its name; unknown where a row bears none."""
        rows, inside = self.rows(node), Evaluation(self.records, node.frame)
        text, name = inside.value(named.left), self.value(named.right)
        here = self.records.ids(self.at, node.same_tab)
        there = self.records.ids(node.frame, node.same_tab)[rows]
        called = list(zip(here.tolist(), normal_array(name.values).tolist(), strict=True))
        number = {pair: n for n, pair in enumerate(dict.fromkeys(called))}
        texts = inside.normal_texts(named.left, text)[rows].tolist()
        of_group = [number.get(pair, -1) for pair in zip(there.tolist(), texts, strict=True)]
        ids = np.array([i for i, _ in number], dtype=np.int64)
        value = self._reduced(node, rows, np.array(of_group, dtype=np.int64), ids)
        value = value.take(np.array([number[pair] for pair in called], dtype=np.int64))
        held = self._condition(node).take(rows)
        nameless = there[~text.known[rows] & (held.values | ~held.known)]
        return Vector(value.values, value.known & name.known & ~np.isin(here, nameless))

    def rows(self, node: Aggregate) -> Positions:
        """The records that an aggregate looks at: no total rows, only those under its key."""
        mask = self.records.added(node.frame)
        if node.key is not None:
            mask = self.records.keyed(node.frame, node.key)
        return np.flatnonzero(mask)

    def _added(self, node: Aggregate) -> Vector:
        inside = Evaluation(self.records, node.frame)
        if node.values is None:
            return Vector(inside.all(True), inside.all(True))
        if node.function == "count" and isinstance(node.values, Own):
            blank = self.records.blank(node.frame, node.values.field)
            return Vector(~(blank.values & blank.known), inside.all(True))
        return inside.value(node.values)

    def _condition(self, node: Aggregate) -> Vector:
        inside = Evaluation(self.records, node.frame)
        if node.condition is None:
            return Vector(inside.all(True), inside.all(True))
        return inside.value(node.condition)


COMPARE: dict[str, Callable[[Array, Array], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def members(node: Member, records: Records) -> tuple[set[tuple[int, str]], Positions]:
    """The names in a column, with their workbook or tab, and where some cannot be read."""
    ids, added = records.ids(node.frame, node.same_tab), records.added(node.frame)
    kept = added & records.column(node.frame, node.field).known
    texts = records.normal_texts(node.frame, node.field)[kept]
    unreadable = records.unreadable(node.frame, node.field) & added
    return set(zip(ids[kept].tolist(), texts.tolist(), strict=True)), np.unique(ids[unreadable])


WAYS: dict[type[Node], Callable[[Evaluation, Any], Vector]] = {
    Literal: Evaluation.literal,
    Single: Evaluation.reference,
    Fixed: Evaluation.reference,
    Named: Evaluation.reference,
    RowName: Evaluation.row_name,
    Blank: Evaluation.blank,
    Unary: Evaluation.unary,
    Binary: Evaluation.binary,
    Contains: Evaluation.contains,
    Among: Evaluation.among,
    Member: Evaluation.member,
    Call: Evaluation.call,
    Aggregate: Evaluation.aggregate,
}
