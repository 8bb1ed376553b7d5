"""The text of an expression as Python's tree, what is seen there at once, and bounds for both."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal

from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.language.scope import OUTER_ROW
from workbook_tool.model import Pack, PackError

ROWWISE = ("sum", "count", "any", "all", "first")
"""The functions that always take many records; `min` and `max` may."""
MOST_PARTS = 250
"""Names, numbers and operators of an expression: the longest of any pack has 30, and what stands one
inside another is read and worked out by functions that call themselves."""
_LARGEST = 2**63 - 1
"""What an integer of fen or of points can hold."""


def tree_of(text: str) -> ast.expr:
    """The tree of an expression.

    Raises:
        PackError: It is none, or too long.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise PackError(f"表达式写法有误：“{text}”。括号、引号、运算符要用半角，等于写作 ==") from None
    except (RecursionError, MemoryError):
        raise _too_long(text) from None
    if sum(isinstance(part, ast.expr) for part in ast.walk(tree)) > MOST_PARTS:
        raise _too_long(text)
    return tree


def _too_long(text: str) -> PackError:
    return PackError(f"表达式太长，一条里最多{MOST_PARTS}个名称、数和运算符，请拆成几条：“{text[:40]}…”")


def number_of(value: int | float | Decimal, pack: Pack) -> Decimal:
    """A number of an expression, which may come to stand beside amounts and points.

    Raises:
        PackError: It is too large for that.
    """
    most = _LARGEST // max(pack.fen, POINT)
    if not -most <= value <= most:
        raise PackError(f"表达式里的数太大，最大是{most}")
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def parts_of(tree: ast.expr) -> tuple[str, ...] | None:
    """The words of `sheet` or `sheet.block`; None where it is something else."""
    if isinstance(tree, ast.Name):
        return (tree.id,)
    if isinstance(tree, ast.Attribute):
        before = parts_of(tree.value)
        return (*before, tree.attr) if before else None
    return None


def names_outside(tree: ast.expr) -> bool:
    """Whether it compares something with the name of the record outside an aggregate."""
    match tree:
        case ast.Compare(ops=[ast.Eq()], comparators=[ast.Name(id=word)]):
            return word == OUTER_ROW
    return False


def outside_aggregates(tree: ast.expr) -> Iterator[ast.expr]:
    """The names and dotted names of an expression, not those within aggregates or brackets."""
    if isinstance(tree, ast.Name) or (isinstance(tree, ast.Attribute) and parts_of(tree)):
        yield tree
        return
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ROWWISE:
        return
    if isinstance(tree, ast.Attribute):
        return
    children = tree.args if isinstance(tree, ast.Call) else ast.iter_child_nodes(tree)
    for child in children:
        if isinstance(child, ast.expr):
            yield from outside_aggregates(child)
