"""Expressions in words, for the rule book that officers read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Among,
    Binary,
    Blank,
    Call,
    Contains,
    Expression,
    Fixed,
    Literal,
    Member,
    Named,
    Node,
    Own,
    RowName,
    Single,
    Unary,
)

SIGNS = {
    "==": "＝", "!=": "≠", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥",
    "+": "＋", "-": "－", "*": "×", "/": "÷", "and": "，且", "or": "，或",
}  # fmt: skip
RANK = {"or": 1, "and": 2, "+": 4, "-": 4, "*": 5, "/": 5}
"""How closely an operator binds; comparisons stand between."""
COMPARISON = 3
SHOWN = 3
"""How many values of a named list are printed."""
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
FUNCTIONS = {"min": "的最小值", "max": "的最大值", "sum": "之和", "first": "的第一个值"}


def in_words(expression: Expression) -> str:
    """The expression as a Chinese phrase; fields of other tables are named with their table."""
    return Wording(expression).of(expression.node)


class Wording:
    """Writes nodes as phrases."""

    def __init__(self, expression: Expression):
        self.expression = expression

    def of(self, node: Node) -> str:
        """The phrase of a node."""
        return WAYS[type(node)](self, node)

    def own(self, node: Own) -> str:
        """A field of the record at hand, or of the rows that are added."""
        return node.field

    def single(self, node: Single) -> str:
        """A field of a form."""
        return f"“{self.title(node.frame)}”的{node.field}"

    def fixed(self, node: Fixed) -> str:
        """A field of a fixed row."""
        table = "" if node.frame == self.expression.on else f"“{self.title(node.frame)}”表"
        return f"{table}“{node.key}”行的{node.field}"

    def named(self, node: Named) -> str:
        """A field of the row of that name."""
        return f"“{self.title(node.frame)}”表中{self.of(node.name)}同名一行的{node.field}"

    def title(self, frame: str) -> str:
        """What a frame is called."""
        return frame.replace(".", "·")

    def row_name(self, node: RowName) -> str:
        """The name of a row."""
        return "行名"

    def literal(self, node: Literal) -> str:
        """A constant, by its name where it has one; with the unit of an amount."""
        if isinstance(node.value, tuple):
            words = [plain(v) if isinstance(v, Decimal) else f"“{v}”" for v in node.value]
            listed = "、".join(words[:SHOWN]) + ("等" if len(words) > SHOWN else "")
            return f"{node.name}（{listed}）" if node.name else "、".join(words)
        if isinstance(node.value, str):
            return f"{node.name}（“{node.value}”）" if node.name else f"“{node.value}”"
        number = plain(node.value)
        unit = self.expression.pack.unit if node.kind == "amount" and node.value else ""
        return f"{node.name}（{number}{unit}）" if node.name else f"{number}{unit}"

    def blank(self, node: Blank) -> str:
        """That a cell is blank."""
        return f"{self.of(node.reference)}没有填写"

    def unary(self, node: Unary) -> str:
        """What is denied, said the other way round where that reads better."""
        inner = node.operand
        if node.operator == "-":
            return f"－{self.bracketed(inner, RANK['*'])}"
        match inner:
            case Blank():
                return f"{self.of(inner.reference)}已填写"
            case Contains() | Among() | Member():
                return self.of(inner).replace("包含", "不包含", 1).replace("属于", "不属于", 1)
            case Binary(operator=operator) if operator in OPPOSITE:
                return self.binary(Binary("boolean", OPPOSITE[operator], inner.left, inner.right))  # type: ignore[arg-type]
            case _:
                return f"并非（{self.of(inner)}）"

    def binary(self, node: Binary) -> str:
        """Arithmetic, comparisons, and, or."""
        rank = RANK.get(node.operator, COMPARISON)
        stricter = rank + (node.operator in "-/")
        left, right = self.bracketed(node.left, rank), self.bracketed(node.right, stricter)
        space = "" if node.operator in ("and", "or") else " "
        return f"{left}{space}{SIGNS[node.operator]}{space}{right}"

    def bracketed(self, node: Node, rank: int) -> str:
        """The phrase, in brackets where it would be read wrongly."""
        own = RANK.get(node.operator, COMPARISON) if isinstance(node, Binary) else rank
        # in Chinese 且 does not bind closer than 或
        loose = own < rank or (own == RANK["and"] and rank == RANK["or"])
        return f"（{self.of(node)}）" if loose else self.of(node)

    def contains(self, node: Contains) -> str:
        """That a text contains another."""
        several = isinstance(node.needle, Literal) and isinstance(node.needle.value, tuple)
        return f"{self.of(node.text)}包含{self.of(node.needle)}{'之一' if several else ''}"

    def among(self, node: Among) -> str:
        """That a value is in a list."""
        return f"{self.of(node.item)}属于{self.of(node.choices)}"

    def member(self, node: Member) -> str:
        """That a name stands in a column."""
        return f"{self.of(node.item)}属于“{self.title(node.frame)}”表的{node.field}"

    def call(self, node: Call) -> str:
        """A function of single values."""
        inner = "、".join(self.of(a) for a in node.arguments)
        if node.function == "abs":
            return f"（{inner}）的绝对值" if isinstance(node.arguments[0], Binary) else f"{inner}的绝对值"
        if node.function == "round":
            digits = f"到{node.digits}位小数" if node.digits else "到整数"
            return f"{inner}（四舍五入{digits}）"
        return f"{inner}中{FUNCTIONS[node.function]}"

    def aggregate(self, node: Aggregate) -> str:
        """One value of many rows."""
        here = "本表" if node.frame == self.expression.on else f"“{self.title(node.frame)}”"
        line = f"“{node.key}”" if node.key else "各行"
        if self.expression.pack.tables[node.frame].kind == "form":
            line = "各张表"
        such = f"中符合（{self.of(node.condition)}）的" if node.condition is not None else ""
        if node.named is not None:
            such = f"中{self.of(node.named.left)}与本行同名{f'、{such[1:]}' if such else '的'}"
        rows = f"{here}{line}{such}"
        if node.values is None:
            return f"{rows.removesuffix('的')}的个数"
        values = self.of(node.values)
        if node.function == "count":
            counted = f"“{values}”" if node.values.kind == "boolean" else values
            return f"{rows}{counted}{'成立' if node.values.kind == 'boolean' else '已填写'}的个数"
        if node.function in ("any", "all"):
            return f"{rows}{'有' if node.function == 'any' else '都满足'}（{values}）"
        return f"{rows}{values}{FUNCTIONS[node.function]}"


WAYS: dict[type[Node], Callable[[Wording, Any], str]] = {
    Own: Wording.own,
    Single: Wording.single,
    Fixed: Wording.fixed,
    Named: Wording.named,
    RowName: Wording.row_name,
    Literal: Wording.literal,
    Blank: Wording.blank,
    Unary: Wording.unary,
    Binary: Wording.binary,
    Contains: Wording.contains,
    Among: Wording.among,
    Member: Wording.member,
    Call: Wording.call,
    Aggregate: Wording.aggregate,
}
