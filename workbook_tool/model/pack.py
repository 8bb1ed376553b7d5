"""A pack: a form with its rules and rubrics, and the frames its records go to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from workbook_tool.model.county import CountyForm
from workbook_tool.model.declared import Declared, SeverityField
from workbook_tool.model.form import Block, FixedRow, FormField, Sheet
from workbook_tool.model.roster import RosterForm
from workbook_tool.model.rubric import Criterion, Item, Rubric
from workbook_tool.model.rules import Rule


class Identity(Declared):
    """Where a workbook says whose it is: `frame.field` references."""

    department: str
    code: str


class Explanations(Declared):
    """The table where a department explains what cannot be mended: frame and its two columns."""

    on: str
    code: str
    text: str


class Rounding(Declared):
    """How far a typed total may be off because each addend was rounded for print."""

    per_term: Decimal
    severity: SeverityField
    basis: str


class Pack(Declared):
    """A form with its rules and rubrics: everything the tool knows of one kind of workbook."""

    id: str
    edition: str
    title: str
    issuer: str = ""
    fiscal_year: int
    unit: Literal["元", "千元", "万元", "亿元"]
    identity: Identity
    explanations: Explanations | None = None
    rounding: Rounding
    nothing: tuple[str, ...] = ()
    parameters: dict[str, Decimal | str | tuple[str, ...]] = Field(default_factory=dict)
    instructions: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...]
    rules: tuple[Rule, ...] = ()
    rubrics: tuple[Rubric, ...] = ()
    county: CountyForm | None = None
    roster: RosterForm | None = None
    folder: Path | None = Field(default=None, exclude=True)

    @property
    def name(self) -> str:
        """The name it is called by: `hunan-yueyang/2023`."""
        return f"{self.id}/{self.edition}"

    @property
    def fen(self) -> int:
        """How many fen one unit of the form's money is."""
        return {"元": 100, "千元": 100_000, "万元": 1_000_000, "亿元": 10_000_000_000}[self.unit]

    def blank_words(self, field: FormField) -> tuple[str, ...]:
        """The words that mean a blank: in a text 无 is an answer, except where a pattern is wanted.

        Where one of the form's choices is wanted, any other word is a wrong answer and no blank.
        """
        if field.type == "choice":
            return ()
        general = self.nothing if field.type != "text" or field.pattern else ()
        return (*field.nothing, *general)

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name; KeyError where there is none."""
        for candidate in self.sheets:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    def rule(self, code: str) -> Rule:
        """The rule of that code; KeyError where there is none."""
        for candidate in self.rules:
            if candidate.code == code:
                return candidate
        raise KeyError(code)

    def rubric(self, rubric_id: str) -> Rubric:
        """The rubric of that id; KeyError where there is none."""
        for candidate in self.rubrics:
            if candidate.id == rubric_id:
                return candidate
        raise KeyError(rubric_id)

    @cached_property
    def memo(self) -> dict[tuple[object, ...], object]:
        """Expressions already compiled, kept for as long as the pack."""
        return {}

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every frame of the pack by name, in the order of the sheets.

        All the forms of one sheet share one frame, named as the sheet; a table has its own.
        """
        tables: dict[str, Table] = {}
        for sheet in self.sheets:
            for block in sheet.blocks:
                name = sheet.frame_of(block)
                rows = _rows(self, block)
                if name in tables:
                    known = tables[name]
                    tables[name] = replace(known, fields=known.fields + block.fields)
                else:
                    tables[name] = Table(
                        name, sheet, block.kind, block.fields, rows, block.free_rows, block.key
                    )
        return tables

    def walk_blocks(self) -> Iterator[tuple[Sheet, Block, Table]]:
        """Every block with its sheet and the frame its records go to."""
        for sheet in self.sheets:
            for block in sheet.blocks:
                yield sheet, block, self.tables[sheet.frame_of(block)]


def _rows(pack: Pack, block: Block) -> tuple[FixedRow, ...]:
    """The fixed rows of a block: its own, those of a rubric's criteria, or of their items."""
    if block.criteria_of:
        return _criterion_rows(pack.rubric(block.criteria_of)) + block.rows
    if block.items_of:
        rubric, _, scoring = block.items_of.partition("/")
        return _item_rows(pack.rubric(rubric), scoring, block) + block.rows
    return block.rows


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _criterion_rows(rubric: Rubric) -> tuple[FixedRow, ...]:
    rows = []
    for criterion in rubric.criteria:
        points = criterion.points if criterion.points is not None else rubric.shares[criterion.share or ""]
        labels: dict[str, str | int | float] = dict(zip(rubric.levels, criterion.labels, strict=True))
        labels[rubric.standard] = criterion.standard
        labels[rubric.weight] = float(points)
        rows.append(FixedRow(key=criterion.key, labels=labels))
    return tuple(rows)


def _worth(item: Item, criterion: Criterion) -> str:
    """What an item is worth, as printed: `2`, or `4-7` where a person decides within a range."""
    if item.least is not None and item.most is not None and item.least != item.most:
        return f"{_plain(item.least)}-{_plain(item.most)}"
    return _plain(item.points or item.most or criterion.deduct or Decimal(0))


def _item_rows(rubric: Rubric, scoring: str, block: Block) -> tuple[FixedRow, ...]:
    """One row an item; the static columns are the criterion, the item and what it is worth."""
    static = [f.label for f in block.fields if f.static]
    rows = []
    for criterion in rubric.criteria:
        if criterion.scoring != scoring:
            continue
        for number, item in enumerate(criterion.items, 1):
            printed = (criterion.key, f"{number}. {item.text}", _worth(item, criterion))
            labels: dict[str, str | int | float] = dict(zip(static, printed, strict=False))
            rows.append(FixedRow(key=f"{criterion.key}·{number}", labels=labels))
    return tuple(rows)


@dataclass(frozen=True)
class Table:
    """One frame of a pack: the record of a sheet's forms (kind form), or a table's rows.

    Attributes:
        name: `收入`, `项目`, `项目.资金`.
        rows: The fixed rows, those of rubrics included.
    """

    name: str
    sheet: Sheet
    kind: str
    fields: tuple[FormField, ...]
    rows: tuple[FixedRow, ...]
    free_rows: int
    key: str | None

    @cached_property
    def by_label(self) -> dict[str, FormField]:
        """The fields by label."""
        return {f.label: f for f in self.fields}

    @cached_property
    def total_keys(self) -> frozenset[str]:
        """The keys of the rows that add up others."""
        return frozenset(r.key for r in self.rows if r.total)
