"""Typed values as a clerk reads them: amounts in the pack's unit, points, percent with its sign."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from workbook_tool.forms.language.evaluation import DECIMALS, POINT
from workbook_tool.model import FormField, Pack

_NO_DECIMALS = 10**15
"""From here on a double has no decimals, and rounding it would need more digits than `decimal` has."""


def plain(number: Decimal) -> str:
    """A number without exponent and without zeros at its end: 2437.73, 100, 0."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def rounded(value: float) -> Decimal:
    """A double as the decimal number that was meant."""
    number = Decimal(format(value, ".15g"))
    if abs(number) >= _NO_DECIMALS:
        return number
    return number.quantize(Decimal(1).scaleb(-DECIMALS), ROUND_HALF_UP)


def whole_scale(field: FormField) -> int:
    """How totals keep a field as integers: counts as they are, other plain numbers in 1/10,000."""
    return POINT if field.type in ("number", "percent") else 1


def total_figure(value: int, field: FormField, pack: Pack) -> str:
    """A value of the totals frame as text."""
    scale = whole_scale(field)
    return figure(value if scale == 1 else value / scale, field, pack)


def figure(value: Any, field: FormField, pack: Pack) -> str:
    """A value of a field's kind as text; `value` is known.

    Args:
        value: Fen, 1/10,000 points, a number, or a text.
        field: Whose value it is, or could be.
        pack: Where the unit is declared.
    """
    if field.type == "amount":
        return plain(Decimal(int(value)) / pack.fen)
    if field.type == "points":
        return plain(Decimal(int(value)) / POINT)
    if isinstance(value, str):
        return value
    text = plain(rounded(float(value)))
    return f"{text}%" if field.type == "percent" else text
