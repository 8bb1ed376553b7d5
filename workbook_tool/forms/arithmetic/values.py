"""Single values as spreadsheet formulas treat them; what the programs treat differently is Unclear."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from enum import Enum

from workbook_tool.forms.arithmetic.syntax import Chain

SHOWN = Context(prec=15)
"""A spreadsheet compares numbers by the fifteen digits that it shows."""
COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
    ">=": operator.ge,
}  # fmt: skip
CALCULATE: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
SUM = "+-"
"""The signs of terms; the others are those of factors."""
_PLAIN = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})")


class Held(Enum):
    """What is known of a cell whose value is not."""

    SOMETHING = "a text or a number"
    UNKNOWN = "anything, or nothing"
    ERROR = "an error value"


NOT_KNOWN = (Held.UNKNOWN, Held.SOMETHING)
"""May be a number or not."""

Value = Decimal | str | bool | Held | None
"""None is a blank cell."""


class Unclear(Exception):
    """What the formula comes to cannot be told."""


class Fault(Exception):
    """The formula comes to an error value."""


def is_filled(value: Value) -> bool:
    """`LEN(TRIM(value))>0`."""
    if value is Held.UNKNOWN:
        raise Unclear
    return bool(value.strip()) if isinstance(value, str) else value is not None


def is_number(value: Value) -> bool:
    """`ISNUMBER(value)`."""
    if value in NOT_KNOWN or isinstance(value, bool):  # a truth value is a number in LibreOffice only
        raise Unclear
    return isinstance(value, Decimal)


def as_number(value: Value) -> Decimal:
    """A value as an operand of arithmetic."""
    if isinstance(value, Decimal):
        return value
    if value is None or isinstance(value, bool):
        return Decimal(bool(value))
    if isinstance(value, Held):
        raise Unclear
    if _PLAIN.fullmatch(value):
        return Decimal(value)
    if any(character.isnumeric() for character in value):
        raise Unclear
    raise Fault


def as_condition(value: Value) -> bool:
    """A value as the condition of IF."""
    if isinstance(value, str):
        raise Unclear
    return bool(as_number(value))


def chained(chain: Chain, values: Sequence[Value]) -> Decimal:
    """The values of a chain's parts added or multiplied."""
    total = Decimal(0 if chain.parts[0][0] in SUM else 1)
    for (sign, _), value in zip(chain.parts, values, strict=True):
        operand = as_number(value)
        if sign == "/" and not operand:
            raise Fault
        total = CALCULATE[sign](total, operand)
    return total


def compared(sign: str, left: Value, right: Value) -> bool:
    """A comparison; of two texts only whether they are the same, for their order is the program's own."""
    if isinstance(left, Held | bool) or isinstance(right, Held | bool):
        raise Unclear
    if sign not in ("=", "<>") and (isinstance(left, str) or isinstance(right, str)):
        raise Unclear
    one, other = _comparable(left, right), _comparable(right, left)
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return COMPARE[sign](one, other)
    return (one == other) == (sign == "=")


def _comparable(value: Decimal | str | None, beside: Decimal | str | None) -> Decimal | str:
    """A blank is 0 beside a number and "" beside a text."""
    if value is None:
        return "" if isinstance(beside, str) else Decimal(0)
    return value.casefold() if isinstance(value, str) else SHOWN.plus(value)
