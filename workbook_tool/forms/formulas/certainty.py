"""What a judgement needs before it is known: so that formulas need not write what makes no difference."""

from __future__ import annotations

from workbook_tool.forms.language.evaluation import COMPARE
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Binary,
    Blank,
    Literal,
    Member,
    Node,
    Reference,
    RowName,
    Unary,
    normal,
)

Leaves = frozenset[Node]
"""Values that come from the workbook: cells, and sums of many."""

NONE: Leaves = frozenset()


def settled(node: Node) -> Node | bool:
    """A judgement without the comparisons of constants, which the pack's parameters decide for good."""
    match node:
        case Unary(operator="not"):
            inner = settled(node.operand)
            return not inner if isinstance(inner, bool) else Unary(node.kind, "not", inner)
        case Binary(operator="and" | "or"):
            return _joined(node, settled(node.left), settled(node.right))
        case Binary(left=Literal() as left, right=Literal() as right) if node.operator in COMPARE:
            if isinstance(left.value, str) and isinstance(right.value, str):
                return bool(COMPARE[node.operator](normal(left.value), normal(right.value)))  # type: ignore[arg-type]
            return bool(COMPARE[node.operator](left.value, right.value))  # type: ignore[arg-type]
        case _:
            return node


def _joined(node: Binary, left: Node | bool, right: Node | bool) -> Node | bool:
    decides = node.operator == "or"
    if left is decides or right is decides:
        return decides
    if isinstance(left, bool):
        return right
    if isinstance(right, bool):
        return left
    return Binary(node.kind, node.operator, left, right)


def leaves(node: Node) -> Leaves:
    """All values that a node looks at."""
    if isinstance(node, Reference | Aggregate | Member | RowName):
        return frozenset([node])
    return NONE.union(*map(leaves, node.children()))


def divides(node: Node) -> bool:
    """Whether it may be unknown although every value is known."""
    return any(isinstance(n, Binary) and n.operator == "/" for n in node.walk())


def strict(node: Node) -> Leaves:
    """The values of which each leaves a node unknown where it is unknown."""
    match node:
        case Blank():
            return NONE
        case Binary(operator="and" | "or"):
            return strict(node.left) & strict(node.right)
        case Reference() | Aggregate() | Member() | RowName():
            return frozenset([node])
        case _:
            return NONE.union(*map(strict, node.children()))


def needed(node: Node, answer: bool) -> Leaves:
    """The values that must be known for a judgement to give an answer."""
    match node:
        case Unary(operator="not"):
            return needed(node.operand, not answer)
        case Binary(operator="and" | "or"):
            left, right = needed(node.left, answer), needed(node.right, answer)
            return left | right if answer is (node.operator == "and") else left & right
        case _:
            return strict(node)
