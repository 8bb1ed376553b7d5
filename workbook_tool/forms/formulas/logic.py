"""`and` and `or` in formulas: Kleene's, written as short as what can be unknown allows.

A spreadsheet's AND and OR are errors as soon as one side is; Kleene's are settled by one side that
is known. Where no side can be unknown, or all sides are unknown together, the two are the same.
Elsewhere no is 0, unknown 1 and yes 2, and the least or the greatest of the sides is the answer:
so each side is written once, however deep they are nested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbook_tool.forms.language.syntax import (
    Among,
    Binary,
    Blank,
    Contains,
    Literal,
    Node,
    Reference,
    Unary,
)

Numeric = Callable[[Reference], bool]
"""Whether a field holds numbers; then a text in its cell leaves even `blank` unknown."""


def kleene(operator: str, sides: Sequence[Node], write: Callable[[Node], str], numeric: Numeric) -> str:
    """The formula of a chain of `and` or of `or`."""
    function, answer = ("AND", "MIN") if operator == "and" else ("OR", "MAX")
    sure = [write(side) for side in sides if certain(side, numeric)]
    unsure = [side for side in sides if not certain(side, numeric)]
    written = [write(side) for side in unsure]
    if not unsure:
        return f"{function}({','.join(sure)})"
    sources = {source(side) for side in unsure}
    if len(written) == 1:
        rest = written[0]
    elif len(sources) == 1 and None not in sources:
        rest = f"{function}({','.join(written)})"
    else:
        judged = ",".join(f"IFERROR(2*({side}),1)" for side in written)
        rest = f"CHOOSE(1+{answer}({judged}),FALSE,NA(),TRUE)"
    if not sure:
        return rest
    joined = f"{function}({','.join(sure)})" if len(sure) > 1 else sure[0]
    return f"IF({joined},{rest},FALSE)" if operator == "and" else f"IF({joined},TRUE,{rest})"


def certain(node: Node, numeric: Numeric) -> bool:
    """Whether a judgement is never unknown."""
    match node:
        case Blank():
            return not numeric(node.reference)
        case Literal():
            return True
        case Unary(operator="not") | Binary(operator="and" | "or"):
            return all(certain(child, numeric) for child in node.children())
        case _:
            return False


def source(node: Node) -> Reference | None:
    """The one cell such that a judgement is unknown just where the cell is; None for any other."""
    if isinstance(node, Reference):
        return node
    found = {source(part) for part in _deciding(node)}
    return found.pop() if len(found) == 1 else None


def _deciding(node: Node) -> tuple[Node, ...]:
    """The parts that a judgement needs all of, constants left out; none where that cannot be said."""
    match node:
        case Contains(needle=Literal()):
            return (node.text,)
        case Among():
            return (node.item,)
        case Unary() | Binary(operator="and" | "or" | "==" | "!=" | "<" | "<=" | ">" | ">="):
            return tuple(child for child in node.children() if not isinstance(child, Literal))
        case _:
            return ()
