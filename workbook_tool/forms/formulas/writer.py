"""Expressions as formulas that Excel 2010, WPS and LibreOffice all calculate.

A cell of the template holds an amount in the pack's unit, points as points, a percentage as a
fraction; literals stand in the formula as the pack writes them. Unknown is an error value inside a
formula (#N/A, or #DIV/0! of a division), so that it spreads as it does over frames.
"""

from __future__ import annotations

from workbook_tool.forms.formulas.rows import aggregate
from workbook_tool.forms.formulas.single import Formula, NoFormula, Place
from workbook_tool.forms.language.syntax import Binary, Expression, Fixed, Literal, Own, Reference, Single

__all__ = ["NoFormula", "Place", "to_excel"]

LONGEST = 8000
"""Excel takes 8,192 characters; the caller may put a little around ours."""


def to_excel(expression: Expression, place: Place) -> str:
    """The formula, without its equals sign.

    Returns:
        For a judgement a formula that is TRUE, FALSE or an error where it is unknown; else the
        value, or the empty text where it is unknown. Sums take a text in a cell that may be blank
        for nothing, as SUM does; judgements take it for unknown.

    Raises:
        NoFormula: No formula says this (`first`; `min` or `max` with a condition; a row looked up
            for each of the rows that are added), or it would be too long.
    """
    strict = expression.kind == "boolean"
    writer = Formula(place, expression.pack, aggregate, strict)
    text = writer.of(expression.node)
    if not strict:
        text = writer.rounded(text, expression.kind)
        text = text if writer.sure(expression.node) else _unknown_is_empty(text, expression, writer)
    if len(text) > LONGEST:
        raise NoFormula("公式太长")
    return text


def _unknown_is_empty(text: str, expression: Expression, writer: Formula) -> str:
    """The short form for plain sums of single cells, IFERROR for the rest."""
    own = [n for n in expression.node.walk() if isinstance(n, Reference)]
    only_adds = all(
        isinstance(n, Own | Single | Fixed | Literal) or (isinstance(n, Binary) and n.operator in "+-")
        for n in expression.node.walk()
    )
    if not only_adds or any(writer.field(n).type == "percent" for n in own):
        return f'IFERROR({text},"")'
    must = [writer.address(n) for n in own if not writer.zero(n)]
    short = Formula(writer.place, writer.pack, aggregate, strict=False, checked=True)
    inner = short.rounded(short.of(expression.node), expression.kind)
    return f'IF(COUNT({",".join(must)})={len(must)},{inner},"")'
