"""The formulas that stand in returned workbooks: where they are, and what they come to by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from workbook_tool.checks.addresses import Book, Place, as_seen
from workbook_tool.checks.applies import applies
from workbook_tool.checks.conform import Cell, cell_reader
from workbook_tool.forms.arithmetic.calculate import Added, added_up, work_out
from workbook_tool.forms.arithmetic.syntax import read_formula
from workbook_tool.forms.arithmetic.values import Value
from workbook_tool.forms.expressions import Aggregate, Expression, NoFormula, to_excel
from workbook_tool.forms.language.compiled import compile_rule
from workbook_tool.forms.language.records import Mask, Records
from workbook_tool.model import FormField, Rule

Typed = int | float | None
"""A value as frames keep it; None is a blank."""

_AS_GOOD_AS = 1e-9
"""Doubles no further apart than this part of themselves are the same figure."""


@dataclass(frozen=True)
class Outcome:
    """What a formula comes to, as its cell's type.

    Attributes:
        sure: As `arithmetic.Result`.
    """

    value: Typed
    sure: bool


class OwnFormulas:
    """The formulas of a batch.

    Args:
        records: The batch, with typed values.
    """

    def __init__(self, records: Records):
        self.records, self.pack = records, records.pack

    @cached_property
    def _by_field(self) -> Mapping[tuple[str, str], Mapping[int, str]]:
        """(frame, field) -> record -> formula."""
        found: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
        formulas = self.records.batch.formulas
        columns = (formulas[name].tolist() for name in ("frame", "record", "field", "formula"))
        for frame, record, label, text in zip(*columns, strict=True):
            found[frame, label][record] = text
        return found

    @cached_property
    def numeric(self) -> Mapping[int, Sequence[tuple[Place, str]]]:
        """Submission -> the cells for numbers that hold a formula and a result that can be read."""
        found: dict[int, list[tuple[Place, str]]] = defaultdict(list)
        for (frame, label), texts in self._by_field.items():
            if not self.records.table(frame).by_label[label].numeric:
                continue
            submissions = self.records.submissions(frame)
            unreadable = self.records.unreadable(frame, label)
            for record, text in texts.items():
                if not unreadable[record]:
                    found[int(submissions[record])].append(((frame, record, label), text))
        return found

    def text(self, place: Place) -> str | None:
        """The formula of a cell; None where it holds none."""
        frame, record, label = place
        return self._by_field.get((frame, label), {}).get(record)

    def there(self, frame: str, label: str) -> Mask:
        """Which records hold a formula in a field."""
        found = np.zeros(self.records.size(frame), dtype=np.bool_)
        found[list(self._by_field.get((frame, label), ()))] = True
        return found

    # ---- what they come to ----

    def outcome(self, place: Place, text: str, book: Book) -> Outcome | None:
        """What a formula comes to; None where that cannot be told, or is nothing of the field's type."""
        node = read_formula(text)
        result = work_out(node, book.looking_from(book.tab_of(place))) if node else None
        if result is None or isinstance(result.value, bool):
            return None
        content = float(result.value) if isinstance(result.value, Decimal) else result.value or None
        cell = self._reader(place[0], place[2])(content)
        if cell.unreadable or isinstance(cell.value, str):
            return None
        return Outcome(cell.value, result.sure)

    def added(self, place: Place, text: str, book: Book) -> Added | None:
        """What a formula adds up; None where it does anything but adding."""
        node = read_formula(text)
        return added_up(node, book.looking_from(book.tab_of(place))) if node else None

    def stands(self, place: Place) -> Typed:
        """What stands in a cell for numbers."""
        frame, record, label = place
        if self.records.blank(frame, label).values[record]:
            return None
        value: int | float = self.records.column(frame, label).values[record].item()
        return value

    def seen(self, place: Place, value: Typed) -> Value:
        """A value as the formulas that look at the cell see it."""
        return None if value is None else as_seen(value, self._field(place), self.pack)

    def _reader(self, frame: str, label: str) -> Callable[[Any], Cell]:
        key = ("cell reader", frame, label)
        return self.records.once(key, lambda: cell_reader(self._field((frame, 0, label)), self.pack))

    def _field(self, place: Place) -> FormField:
        return self.records.table(place[0]).by_label[place[2]]

    # ---- which the template has ----

    def template_has(self, frame: str, label: str) -> Mask:
        """Which records the template calculates in a field."""
        return self.records.once(("calculated", frame, label), lambda: self._template_has(frame, label))

    def _template_has(self, frame: str, label: str) -> Mask:
        found = np.zeros(self.records.size(frame), dtype=np.bool_)
        for rule in self.pack.rules:
            if rule.on == frame and label in rule.fields and self._is_template_formula(rule, label):
                found |= applies(compile_rule(rule, self.pack), label, self.records).values
        return found

    def _is_template_formula(self, rule: Rule, label: str) -> bool:
        """Whether a rule is the template's formula for a field; one under a condition is not."""
        if not rule.total or rule.when:
            return False
        key = ("can be a formula", rule.code, label)
        if key not in self.pack.memo:
            expression = compile_rule(rule, self.pack).verdicts[label]
            self.pack.memo[key] = can_be_written(expression)
        return bool(self.pack.memo[key])


def own_formulas(records: Records) -> OwnFormulas:
    """The formulas of a batch; put in order only once."""
    return records.once(("own formulas",), lambda: OwnFormulas(records))


def alike(one: Typed, other: Typed) -> bool:
    """Whether two values of a cell are the same figure."""
    if one is None or other is None:
        return one is other
    return one == other or abs(one - other) <= _AS_GOOD_AS * max(abs(one), abs(other))


def can_be_written(expression: Expression) -> bool:
    """Whether there is a formula that says what the expression says."""
    try:
        to_excel(expression, _Anywhere())
    except NoFormula:
        return False
    return True


class _Anywhere:
    """A place that has every cell: only what no formula can say fails there."""

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        return "A1"

    def column(self, frame: str, field: str, key: str | None = None) -> str:
        return "A1:A2"

    def key_column(self, frame: str, key: str | None = None) -> str:
        return "A1:A2"

    def words(self, words: tuple[str, ...]) -> None:
        return None

    def compared(self, frame: str, field: str, key: str | None = None) -> None:
        return None

    def across(self, node: Aggregate) -> None:
        return None
