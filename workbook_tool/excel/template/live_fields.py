"""What cannot stand in a cell, as a formula and as the tool writes it into a fresh workbook."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from workbook_tool.excel.template.paper import Value
from workbook_tool.excel.template.prompts import between, plain
from workbook_tool.forms.formulas.live import blank_test
from workbook_tool.model import FormField, Pack


def unfit(field: FormField, cell: str) -> str | None:
    """The test that is true for what cannot stand in a cell; None where anything can."""
    if field.choices:
        known = ",".join('"' + choice.replace('"', '""') + '"' for choice in field.choices)
        return f"IF({blank_test(cell)},FALSE,SUMPRODUCT(1*EXACT(TRIM({cell}),{{{known}}}))=0)"
    if not field.numeric:
        return None
    outside = [f"{cell}{sign}{plain(_as_held(bound, field))}" for sign, bound in _bounds(field)]
    if field.type == "count":
        outside.append(f"{cell}<>INT({cell})")
    test = f"OR({','.join(outside)})" if outside else "FALSE"
    return f"IF(ISNUMBER({cell}),{test},NOT({blank_test(cell)}))"


def is_unfit(field: FormField, value: Value) -> bool:
    """The same of a value that is written."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return False
    if field.choices:
        return value not in field.choices
    if not field.numeric:
        return False
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return True
    number = Decimal(str(value))
    past = {"<": number.__lt__, ">": number.__gt__}
    if any(past[sign](_as_held(bound, field)) for sign, bound in _bounds(field)):
        return True
    return field.type == "count" and number != int(number)


def _bounds(field: FormField) -> Sequence[tuple[str, Decimal]]:
    least = Decimal(0) if field.type == "count" and field.min is None else field.min
    return [(sign, bound) for sign, bound in (("<", least), (">", field.max)) if bound is not None]


def _as_held(bound: Decimal, field: FormField) -> Decimal:
    """A bound as the cell holds it: a percentage is a fraction there."""
    return bound / 100 if field.type == "percent" else bound


def says(field: FormField, pack: Pack) -> str:
    """What should stand in the cell instead."""
    if field.choices:
        return f"“{field.printed}”只能从下拉列表中选择。"
    unit = field.unit or (pack.unit if field.type == "amount" else "")
    kind = "整数" if field.type == "count" else "百分数，如 95%" if field.type == "percent" else "数字"
    told = f"“{field.printed}”应填{kind}{f'，单位为{unit}，格内不写单位' if unit else ''}。"
    sign = "%" if field.type == "percent" else ""
    return told + between(field.min, field.max, sign)
