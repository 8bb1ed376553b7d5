"""A rule as declared: what must hold, and what is said when it does not."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from workbook_tool.model.declared import Declared, SeverityField

Builtin = Literal[
    "score_within", "score_step", "score_reason", "score_recalc", "score_unproven", "score_grade"
]  # fmt: skip
"""The checks on score sheets that the engine makes."""


class Rule(Declared):
    """One check, with what it says when it fails.

    Exactly one of `check` (an expression that must hold), `total` (an expression the field must
    equal, also the template's formula), `builtin` (a check of the engine, mostly on a rubric) and
    `python` (a function in the pack's rules.py) is given.

    Attributes:
        code: Sheet and number, stable for ever: 收入-01.
        id: The identifier of the check in the literature of the form: INC-ROW.
        on: The frame whose records are checked.
        rows: all; a fixed row's key; or "明细" for the rows that are not totals.
        when: Records where this expression does not hold are left out (unknown: left out too).
        fields: The cells that are marked; in the expressions 本项 stands for each in turn.
        message: With {本项} the label, {填报} what stands there, {应为}, {相差}, {行} the row's name
            and {<field>} any field of the record.
    """

    code: str
    id: str
    title: str
    severity: SeverityField
    on: str
    rows: str = "all"
    when: str | None = None
    fields: tuple[str, ...]
    check: str | None = None
    total: str | None = None
    builtin: Builtin | None = None
    python: str | None = None
    rubric: str | None = None
    message: str
    basis: str
    file: str = Field(default="", exclude=True)
    line: int = Field(default=0, exclude=True)

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        given = [k for k in ("check", "total", "builtin", "python") if getattr(self, k)]
        if len(given) != 1:
            raise ValueError("check, total, builtin, python 四项中必须且只能写一项")
        return self
