"""What Excel lets into a cell and what it says: data validation, prompts and notes in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from workbook_tool.excel.template.paper import Line
from workbook_tool.model import Block, FormField, Pack

TITLE_LIMIT, MESSAGE_LIMIT, LIST_LIMIT = 32, 255, 255
"""Excel's own limits on prompts and on a list written into the cell."""

_LARGEST = Decimal(10) ** 11
_KINDS = {
    "amount": "decimal",
    "number": "decimal",
    "percent": "decimal",
    "points": "decimal",
    "count": "integer",
}

ChoiceRange = Callable[[tuple[str, ...]], str]
"""Gives the address of a range that holds the choices."""


def validation(
    pack: Pack, field: FormField, *, most: Decimal | None, help_too: bool, choice_range: ChoiceRange
) -> dict[str, Any] | None:
    """The data validation of a value cell; None where anything goes and nothing need be said.

    Args:
        pack: The pack, for its unit.
        field: What the cell holds.
        most: The largest number, where the row knows better than the field.
        help_too: Whether the field's help is part of the prompt.
        choice_range: Where long lists of choices stand.
    """
    rule, says = _rule(pack, field, most, choice_range)
    words = [
        says,
        field.pattern_says + "。" if field.pattern_says else "",
        (field.help or "") if help_too else "",
    ]
    if field.required and any(words):
        words.insert(0, "必填。")
    message = "\n".join(w for w in words if w)
    if not rule and not message:
        return None
    alert = {"error_title": "请检查", "error_message": _cut(says, MESSAGE_LIMIT)} if rule else {}
    return (
        {"validate": "any"}
        | rule
        | alert
        | {"input_title": _cut(field.printed, TITLE_LIMIT), "input_message": _cut(message, MESSAGE_LIMIT)}
        | {"ignore_blank": True}
    )


def _rule(
    pack: Pack, field: FormField, most: Decimal | None, choice_range: ChoiceRange
) -> tuple[dict[str, Any], str]:
    """What is allowed, and the sentence that says so."""
    if field.choices:
        joined = ",".join(field.choices)
        short = len(joined) <= LIST_LIMIT and not any("," in c for c in field.choices)
        source = list(field.choices) if short else f"={choice_range(field.choices)}"
        return {"validate": "list", "source": source}, "请从下拉列表中选择。"
    if field.type in _KINDS:
        return _number(pack, field, most)
    if field.type == "date":
        limits = {"criteria": ">=", "value": date(1990, 1, 1)}
        return {"validate": "date"} | limits, "请填日期，写成 2024-03-25 的形式。"
    if field.max_length:
        rule = {"validate": "length", "criteria": "<=", "value": field.max_length, "error_type": "warning"}
        return rule, f"不超过 {field.max_length} 字。"
    return {}, ""


def _number(pack: Pack, field: FormField, most: Decimal | None) -> tuple[dict[str, Any], str]:
    least = field.min if field.min is not None else Decimal(0) if field.type == "count" else None
    most = field.max if most is None else most
    scale = Decimal(100) if field.type == "percent" else Decimal(1)
    rule = {
        "validate": _KINDS[field.type],
        "criteria": "between",
        "minimum": _number_of((least if least is not None else -_LARGEST) / scale),
        "maximum": _number_of((most if most is not None else _LARGEST) / scale),
    }
    unit = field.unit or (pack.unit if field.type == "amount" else "")
    kind = {
        "amount": f"只填数字，单位为{unit}，不要写单位。",
        "count": f"填整数{f'，单位为{unit}' if unit else ''}，只填数字。",
        "percent": "填百分数，如 95%。",
        "points": "填分数，只填数字。",
    }.get(field.type, f"填数字{f'，单位为{unit}' if unit else ''}。")
    return rule, kind + between(least, most, "%" if field.type == "percent" else "")


def between(least: Decimal | None, most: Decimal | None, sign: str) -> str:
    """The sentence that says the bounds; nothing where there are none."""
    if least is not None and most is not None:
        return f"应在 {plain(least)}{sign} 至 {plain(most)}{sign} 之间。"
    if least is not None:
        return "不能是负数。" if least == 0 else f"不小于 {plain(least)}{sign}。"
    return f"不大于 {plain(most)}{sign}。" if most is not None else ""


def most_points(pack: Pack, block: Block, field: FormField, line: Line | None) -> Decimal | None:
    """The points a criterion is worth, where the cell is its self score."""
    if not block.criteria_of or line is None or line.fixed is None:
        return None
    rubric = pack.rubric(block.criteria_of)
    worth = line.fixed.labels.get(rubric.weight)
    return Decimal(str(worth)) if field.label == rubric.self_score and worth is not None else None


def evidence_notes(pack: Pack, block: Block) -> dict[tuple[str, str], str]:
    """(fixed key, label of the column) -> what must lie beside a criterion."""
    if not block.criteria_of:
        return {}
    rubric = pack.rubric(block.criteria_of)
    return {(c.key, rubric.levels[-1]): c.evidence for c in rubric.criteria if c.evidence}


def plain(number: Decimal) -> str:
    """A number as people write it: 100, 0.5."""
    return format(number.normalize(), "f")


def _number_of(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
