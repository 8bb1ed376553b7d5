"""Which kinds of values go together: amounts, points, plain numbers, texts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workbook_tool.forms.language.syntax import Binary, Kind, Literal, Node, Operator
from workbook_tool.model import PackError

KIND_NAMES: dict[Kind, str] = {
    "amount": "金额", "points": "分数", "number": "数", "text": "文字", "boolean": "判断", "list": "一组值",
}  # fmt: skip


def unify(left: Node, right: Node, where: str) -> tuple[Node, Node]:
    """Both sides in one kind: a plain number is read in the unit of what stands beside it.

    Raises:
        PackError: They cannot be put side by side.
    """
    if left.kind == right.kind:
        return left, right
    for node, other in ((left, right), (right, left)):
        if isinstance(node, Literal) and node.kind == "number" and other.kind in ("amount", "points"):
            typed = replace(node, kind=other.kind)
            return (typed, other) if node is left else (other, typed)
    raise PackError(f"{KIND_NAMES[left.kind]}和{KIND_NAMES[right.kind]}不能放在一起：“{where}”")


def arithmetic(operator: Operator, left: Node, right: Node, where: str) -> Node:
    """A calculation, with the kind of its result; constants are worked out at once.

    Raises:
        PackError: The kinds do not go together.
    """
    if isinstance(left, Literal) and isinstance(right, Literal):
        return _folded(operator, left, right, where)
    if operator in "+-":
        left, right = unify(left, right, where)
        return Binary(left.kind, operator, left, right)
    if right.kind == "number":
        return Binary(left.kind, operator, left, right)
    if operator == "*" and left.kind == "number":
        return Binary(right.kind, operator, left, right)
    if operator == "/" and left.kind == right.kind:
        return Binary("number", operator, left, right)
    verb = "乘" if operator == "*" else "除"
    raise PackError(f"{KIND_NAMES[left.kind]}和{KIND_NAMES[right.kind]}不能相{verb}：“{where}”")


def _folded(operator: Operator, left: Literal, right: Literal, where: str) -> Literal:
    a, b = left.value, right.value
    assert isinstance(a, Decimal) and isinstance(b, Decimal)
    if operator == "/" and b == 0:
        raise PackError(f"除数是 0：“{where}”")
    value = {"+": a + b, "-": a - b, "*": a * b}.get(operator)
    return Literal("number", round(a / b, 10) if value is None else value)
