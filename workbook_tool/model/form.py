"""A form as declared: sheets, blocks, fields and fixed rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from workbook_tool.model.declared import Declared, SeverityField

FieldType = Literal["text", "amount", "count", "number", "percent", "points", "date", "choice"]


class FormField(Declared):
    """One value to fill: a box of a form or a column of a table.

    Attributes:
        label: The name in data, rules and frames, in the form's own words; an identifier.
        title: The printed label, where it differs from `label`.
        type: amount (money in the pack's unit, kept as integer fen), points (kept as integer
            1/10,000), count (integer), number (float), percent (float, in percent: 95% is 95.0),
            date (YYYY-MM-DD text), choice and text.
        static: Printed by the template, not typed: rule points, indicator names.
        required: The severity of leaving it blank; None where it may be blank.
        blank: "zero" where a blank counts as 0 in sums; blanks are unknown otherwise.
        given: What the bureau enters and the department may not change: a figure of last year's return
            (`支出[汇总].累计结余`), or the label of an amount column of the roster. Blank where it is
            not known, which is no finding.
        written: For a choice, the other ways in which clerks write it: read as that choice, and told.
    """

    label: str
    title: str | None = None
    type: FieldType = "text"
    static: bool = False
    given: str | None = None
    required: SeverityField | None = None
    blank: Literal["zero", "unknown"] = "unknown"
    choices: tuple[str, ...] = ()
    written: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    min: Decimal | None = None
    max: Decimal | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_says: str | None = None
    nothing: tuple[str, ...] = ()
    unit: str | None = None
    help: str | None = None
    group: str | None = None
    span: int = 1
    label_span: int = 1
    lines: int = 1
    align: Literal["left", "center", "right"] | None = None

    @property
    def printed(self) -> str:
        """The label as the template prints it."""
        return self.title or self.label

    @property
    def numeric(self) -> bool:
        """Whether the typed value is a number."""
        return self.type in ("amount", "count", "number", "percent", "points")


class FixedRow(Declared):
    """A row that the template prints: 汇总, a source of funds, a criterion, a kind of indicator.

    Attributes:
        key: The row's name in rules (`收入[汇总].收入合计`) and in the hidden map.
        labels: What the static columns print in this row.
        total: A row that adds up others; `sum` leaves it out.
        slots: How many lines the template offers under this key; with more than one, blank
            lines are dropped and the key is not unique.
        after: Printed after the free rows instead of before.
    """

    key: str
    labels: dict[str, str | int | float] = Field(default_factory=dict)
    total: bool = False
    slots: int = 1
    after: bool = False


class Block(Declared):
    """A form (label beside value) or a table (headers above rows) on a sheet.

    Attributes:
        name: Its name within the sheet; None for what belongs to the sheet itself.
        key: The column that names a table's rows (机构名称); lookups go by it.
        free_rows: How many blank rows the template offers; 0 where rows are fixed.
        criteria_of: Rows are the criteria of this rubric id, in order.
        intro: Printed between title and table: how to fill it; `note` is printed below.
        items_of: Rows are the items of this rubric's criteria of one `scoring` kind,
            written "<rubric id>/<checklist|count_deduct|range_deduct>".
    """

    name: str | None = None
    kind: Literal["form", "table"] = "form"
    title: str | None = None
    intro: str | None = None
    note: str | None = None
    fields: tuple[FormField, ...]
    key: str | None = None
    rows: tuple[FixedRow, ...] = ()
    free_rows: int = 0
    criteria_of: str | None = None
    items_of: str | None = None

    def field(self, label: str) -> FormField:
        """The field of that label; KeyError where there is none."""
        for candidate in self.fields:
            if candidate.label == label:
                return candidate
        raise KeyError(label)

    @property
    def inputs(self) -> tuple[FormField, ...]:
        """The fields a clerk fills (not the static ones)."""
        return tuple(f for f in self.fields if not f.static)


class Sheet(Declared):
    """One tab: a column of blocks, laid on a grid of column widths (in characters)."""

    name: str
    title: str | None = None
    subtitle: str | None = None
    repeats: bool = False
    copies: int = 1
    grid: tuple[float, ...]
    landscape: bool = False
    blocks: tuple[Block, ...]

    @property
    def given(self) -> bool:
        """Whether all of it is the bureau's own: a return without it lacks nothing."""
        inputs = [f for block in self.blocks for f in block.inputs]
        return bool(inputs) and all(f.given for f in inputs)

    def frame_of(self, block: Block) -> str:
        """The name of the frame that holds the block's records: `项目.资金`, or the sheet's own."""
        return f"{self.name}.{block.name}" if block.name else self.name
