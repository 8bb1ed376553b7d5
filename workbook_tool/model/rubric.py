"""A rubric as declared: criteria, how each is scored, grades and open options."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from workbook_tool.model.declared import Declared


class Band(Declared):
    """A half-open or closed interval such as "[80, 90)" or "(0, 10]", and its points."""

    range: str
    points: Decimal


class Level(Declared):
    """A degree of achievement, and the scores it leaves to a person, in percent of the points."""

    name: str
    range: str


class Case(Declared):
    """Points for a record where `when` holds: a number, "full", or "judge" (a person decides).

    Like a criterion's `value`, `when` may be a mapping from each choice of the criterion's option.
    """

    when: str | dict[str, str]
    points: Decimal | Literal["full", "judge"]
    says: str


class Linear(Declared):
    """A deduction of `deduct` for every `step` that the value is past `above` or short of `below`.

    `part` says whether a part of a step counts: "whole" (only full steps) or "proportional".
    """

    above: Decimal | None = None
    below: Decimal | None = None
    step: Decimal = Decimal(1)
    deduct: Decimal
    part: str = "whole"


class Item(Declared):
    """One line of a checklist (points), a breach to count, or a deduction with a range."""

    text: str
    points: Decimal | None = None
    least: Decimal | None = None
    most: Decimal | None = None


Scoring = Literal[
    "linear", "bands", "cases", "proportional", "levels", "checklist", "count_deduct", "range_deduct",
    "choice", "judged",
]  # fmt: skip


class Method(Declared):
    """How a score comes about from what is filled in.

    Attributes:
        value: The expression of the figure that is scored, or of the answer chosen; with `option`
            a mapping from each choice of that option to an expression.
        cases: Special cases tried first, in order; the first that holds decides.
        deduct: For count_deduct, the points each breach costs.
        choices: For choice, the points of each answer of `value`'s field.
        levels: For levels, what a person may give for each answer of `value`'s field.
    """

    id: str
    scoring: Scoring
    value: str | dict[str, str] | None = None
    unit: str | None = None
    option: str | None = None
    cases: tuple[Case, ...] = ()
    linear: Linear | None = None
    bands: tuple[Band, ...] = ()
    items: tuple[Item, ...] = ()
    deduct: Decimal | None = None
    choices: dict[str, Decimal] = Field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    note: str | None = None
    line: int = Field(default=0, exclude=True)

    @property
    def title(self) -> str:
        """What people call it, or the figure it scores."""
        return self.id


class Criterion(Method):
    """One line of a rubric.

    Attributes:
        labels: level 1, 2, 3 as printed; level 2 + level 3 name it uniquely.
        points: The weight; None where several share one (`share`).
        cell: Where its self score stands, as an expression (`资金[合计].得分`), where that is not a
            row of the score table.
        evidence: What must lie beside it; printed as help.
    """

    labels: tuple[str, ...]
    points: Decimal | None = None
    share: str | None = None
    standard: str
    cell: str | None = None
    evidence: str | None = None

    @property
    def title(self) -> str:
        """Its last level, by which people name it."""
        return self.labels[-1]

    @property
    def key(self) -> str:
        """Its name in the hidden map and in rules: level 2 and 3, since level 3 alone repeats."""
        return "·".join(self.labels[-2:])


class Way(Method):
    """How a row of the score table is scored, where `when` holds for it.

    Attributes:
        name: What the figure that is scored is called.
    """

    name: str
    when: str

    @property
    def title(self) -> str:
        """What the figure that is scored is called."""
        return self.name


class Lines(Declared):
    """The rows of the score table that a department writes: each is a criterion of its own.

    A row's weight, self score and reason stand in the fields that the rubric names.

    Attributes:
        title: The field that names a row.
        unit: The field with the unit of a row's figures.
        points: What the weights of all rows add up to.
        ways: The first whose `when` holds scores the row; expressions are about the row.
    """

    title: str
    unit: str | None = None
    points: Decimal
    ways: tuple[Way, ...]


class Grade(Declared):
    """A grade and the score from which it is given (included)."""

    name: str
    least: Decimal


class Option(Declared):
    """A point the form leaves open: the choice that is in force, and why (domain.md section 6)."""

    name: str
    chosen: str
    choices: tuple[str, ...]
    says: dict[str, str] = Field(default_factory=dict)
    basis: str = ""


class Rubric(Declared):
    """A score sheet: criteria that add up to `points`, and the grades.

    Attributes:
        on: The frame of the score table: its rows are the criteria, or the `lines`.
        subject: The field that names who is scored, as `frame.field`.
        weight: The field of the score table that holds the points of a row.
        decimals: To how many decimals a score is kept; what is beyond is rounded half up.
        shares: Points that several criteria hold together.
        total: Where the declared total stands, as `frame.field` (a form) or `frame[key].field`.
        grade: Where the declared grade stands, as `frame.field`.
    """

    id: str
    title: str
    on: str
    subject: str
    self_score: str
    reason: str
    points: Decimal
    shares: dict[str, Decimal] = Field(default_factory=dict)
    levels: tuple[str, ...] = ()
    standard: str = ""
    weight: str
    decimals: int = Field(default=4, ge=0, le=4)
    items: dict[str, str] = Field(default_factory=dict)
    total: str | None = None
    grade: str | None = None
    grades: tuple[Grade, ...]
    options: tuple[Option, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    lines: Lines | None = None
    file: str = Field(default="", exclude=True)

    def option(self, name: str) -> Option:
        """The option of that name; KeyError where there is none."""
        return next(o for o in self.options if o.name == name)

    def in_force(self, written: str | dict[str, str], method: Method) -> str:
        """The expression in force: the one written, or that of the option's choice."""
        if isinstance(written, str):
            return written
        return written[self.option(method.option or "").chosen]
