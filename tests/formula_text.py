"""A small formula's tree as a text that is read as the same tree."""

from __future__ import annotations

from decimal import Decimal

from workbook_tool.excel.ooxml.grid import address_of
from workbook_tool.forms.arithmetic.syntax import Area, Call, Chain, Compare, Constant, Node

COMPARED, JOINED, SUM, PRODUCT, SIGNED, SINGLE = range(6)
"""How tightly a piece is bound."""
_HUNDREDTH = ("/", Constant(Decimal(100)))


def as_text(node: Node) -> str:
    """The formula with its equals sign and no parentheses that it can do without."""
    return f"={_written(node, COMPARED)}"


def _written(node: Node, least: int) -> str:
    bound, text = _piece(node, least)
    return text if bound >= least else f"({text})"


def _piece(node: Node, least: int) -> tuple[int, str]:
    """How tightly it is bound, and its text."""
    match node:
        case Constant():
            return SINGLE, _constant(node.value)
        case Area():
            return SINGLE, _area(node)
        case Compare():
            return COMPARED, _written(node.left, JOINED) + node.operator + _written(node.right, JOINED)
        case Call("&", parts):
            return JOINED, "&".join(_written(part, SUM) for part in parts)
        case Call():
            return SINGLE, f"{node.name}({','.join(_written(a, COMPARED) for a in node.arguments)})"
        case Chain():
            return _chain(node, least)


def _chain(chain: Chain, least: int) -> tuple[int, str]:
    (sign, first), *rest = chain.parts
    if sign == "-":
        # A percent sign binds more than the minus before it, which it stands behind all the same.
        return SIGNED, f"-{_percent(first) or _written(first, SINGLE)}"
    if least == SIGNED and (percent := _percent(chain)):
        return SIGNED, percent
    bound = PRODUCT if sign == "*" else SUM
    return bound, _written(first, bound + 1) + "".join(s + _written(p, bound + 1) for s, p in rest)


def _percent(node: Node) -> str | None:
    """`x%`; None for what is no percentage."""
    if not isinstance(node, Chain) or not node.parts[1:]:
        return None
    (sign, first), *rest = node.parts
    if sign != "*" or any(part != _HUNDREDTH for part in rest):
        return None
    return _written(first, SINGLE) + "%" * len(rest)


def _constant(value: Decimal | str | bool) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    text = str(value)
    return text if len(text.partition("E")[2]) <= 4 else f"{value:f}"


def _area(area: Area) -> str:
    sheet = "'" + area.sheet.replace("'", "''") + "'!" if area.sheet is not None else ""
    first, last = address_of(area.top, area.left), address_of(area.bottom, area.right)
    return sheet + (first if first == last else f"{first}:{last}")
