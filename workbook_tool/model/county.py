"""What a pack says of the county: its money sheets, its ratios, and what concerns several departments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from workbook_tool.model.declared import Declared, SeverityField

_FIGURE = re.compile(r"(?P<frame>[^\[\]]+?)(?:\[(?P<row>[^\[\]]+)\])?\.(?P<field>[^.\[\]]+)")


@dataclass(frozen=True)
class Figure:
    """Where a figure stands: `三公经费[汇总].三公经费合计`, or a form's `基本情况.实有人数`.

    Attributes:
        row: The key of a fixed row; None for a form.
    """

    frame: str
    row: str | None
    field: str

    def __str__(self) -> str:
        """As it is written in the pack."""
        return f"{self.frame}[{self.row}].{self.field}" if self.row else f"{self.frame}.{self.field}"


def _figure(written: Any) -> Any:
    if not isinstance(written, str):
        return written
    found = _FIGURE.fullmatch(written.strip())
    if found is None:
        raise ValueError(f"“{written}”应写成“表名[行名].栏目”或“表名.栏目”")
    return Figure(found["frame"], found["row"], found["field"])


FigureField = Annotated[Figure, BeforeValidator(_figure)]


class MoneySheet(Declared):
    """A sheet of the consolidated workbook: one line a department, one column a figure.

    Every amount and every count of a row (or of a form) is a column. What stands in a sheet that
    repeats is added up over the tabs of a department.

    Attributes:
        row: The fixed row that is taken; None for a form.
    """

    title: str
    frame: str
    row: str | None = None


class Ratio(Declared):
    """A figure per head, or against last year's, by department, with those marked that stand out.

    Attributes:
        amount: What is compared.
        per: What it is divided by, such as the number of staff.
        last: The same figure of last year.
        unit: The unit of the quotient.
        above: A change against last year of more than so many percent is marked.
        spread: A quotient is marked that is further from the median of all departments than so
            many times the median distance (the median of the absolute deviations).
        basis: Why it is looked at.
    """

    title: str
    amount: FigureField
    per: FigureField | None = None
    last: FigureField | None = None
    unit: str = ""
    above: Decimal | None = Field(default=None, ge=0)
    spread: Decimal | None = Field(default=None, gt=0)
    basis: str = ""


AcrossKind = Literal["same name", "same text", "missing unit"]


class AcrossRule(Declared):
    """A check that needs the returns of several departments, or the roster beside them.

    `same name`: the same text stands in one of the fields of two departments. `same text`: the
    same long text, or nearly the same. `missing unit`: a unit that the roster lists under a
    department is named in none of the fields.

    Attributes:
        code: As a rule's: stable for ever.
        fields: `frame.field`, all of them texts.
        ignore: Words that do not count: for `same name` a name that consists of such words only
            says nothing; for `missing unit` a row called so is no unit; in a long text they are
            left out before texts are compared.
        at_least: How many characters (letters and digits, no punctuation) a text must have.
        alike: How alike two texts must be, from 0 to 1: the share of their runs of `run`
            characters that both have. 1 is equal.
        run: The length of such a run.
        message: The sentence, with {名称} or {内容} what it is about, {部门} the departments,
            {相似度} how alike (percent), {个数} how many departments.
        fix: What to do.
    """

    code: str
    title: str
    kind: AcrossKind
    severity: SeverityField
    fields: tuple[str, ...] = Field(min_length=1)
    ignore: tuple[str, ...] = ()
    at_least: int = Field(default=1, ge=1)
    alike: Decimal = Field(default=Decimal(1), gt=0, le=1)
    run: int = Field(default=8, ge=2)
    message: str
    basis: str
    fix: str


class CountyForm(Declared):
    """The pack's county.yaml; a pack without one is consolidated all the same."""

    sheets: tuple[MoneySheet, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    across: tuple[AcrossRule, ...] = ()
