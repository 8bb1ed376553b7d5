"""Every declared total beside the sum of what it adds up; and why it is wrong, where that shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from workbook_tool.checks.addresses import Place
from workbook_tool.checks.applies import FAIL, NAMES, PASS, UNKNOWN, applies
from workbook_tool.checks.causes import Slips, Wrong
from workbook_tool.findings import collect, draft
from workbook_tool.forms.figures import total_figure, whole_scale
from workbook_tool.forms.language.compiled import CompiledRule, compile_rule
from workbook_tool.forms.language.evaluation import vector, whole_half_up
from workbook_tool.forms.language.messages import DECLARED, DIFFERENCE, EXPECTED, say, words_of
from workbook_tool.forms.language.records import Array, Mask, Records
from workbook_tool.forms.language.syntax import Expression
from workbook_tool.model import Batch, Frame, Pack

COLUMNS = {
    "submission": "int64", "rule": "object", "frame": "object", "record": "int64", "field": "object",
    "declared": "Int64", "computed": "Int64", "difference": "Int64", "outcome": "object", "right": "Int64",
}  # fmt: skip
"""declared, computed, difference: fen; points, percent and plain numbers in 1/10,000; counts as they
are. A blank declared total is NA, and so is a sum that cannot be worked out. outcome is pass, fail
or unknown. right, for the totals that are reported as wrong: what should stand there, once every
other reported total is mended too."""


@dataclass(frozen=True)
class Column:
    """One field of one total rule, for the records it is about."""

    compiled: CompiledRule
    field: str
    rows: Array
    declared: Array
    filled: Mask
    computed: Array
    known: Mask
    outcome: Array


def recompute(batch: Batch, pack: Pack) -> tuple[Frame, Frame]:
    """Work out every total that the pack declares.

    Returns:
        The totals (COLUMNS; every record that a rule is about, also where the total is right), and
        the draft findings of those that are wrong.
    """
    records = Records(batch, pack)
    columns = [
        _column(compile_rule(rule, pack), label, expression, records)
        for rule in pack.rules
        if rule.total
        for label, expression in compile_rule(rule, pack).verdicts.items()
    ]
    wrong = [w for column in columns for w in _wrong(column, records)]
    wrong.sort(key=lambda w: w.submission)
    rows: list[dict[str, Any]] = []
    right: dict[tuple[str, Place], int] = {}
    holding = Holding(columns)
    for _, of_one in groupby(wrong, key=lambda w: w.submission):
        slips = Slips(list(of_one), records, holding)
        for told in slips.genuine:
            rows.append(_draft(told, slips, pack))
            right[told.compiled.rule.code, told.place] = slips.right(told)
    totals = _frame(columns, records)
    failed = totals[totals["outcome"] == NAMES[FAIL]]
    keys = zip(failed["rule"], failed["frame"], failed["record"], failed["field"], strict=True)
    found = [right.get((code, (frame, record, label))) for code, frame, record, label in keys]
    totals["right"] = pd.Series(found, index=failed.index, dtype="Int64").reindex(totals.index)
    return totals, collect(rows)


class Holding:
    """Which totals a rule finds right.

    Args:
        columns: All that total rules say.
    """

    def __init__(self, columns: Sequence[Column]):
        self._columns: dict[tuple[str, str], list[Column]] = {}
        for column in columns:
            self._columns.setdefault((column.compiled.table.name, column.field), []).append(column)

    def __call__(self, place: Place) -> bool:
        """Whether any rule finds a total right."""
        frame, record, label = place
        for column in self._columns.get((frame, label), ()):
            at = np.searchsorted(column.rows, record)
            if at < len(column.rows) and column.rows[at] == record and column.outcome[at] == PASS:
                return True
        return False


def _column(compiled: CompiledRule, label: str, expression: Expression, records: Records) -> Column:
    name, field = compiled.table.name, compiled.table.by_label[label]
    checked = applies(compiled, label, records)
    rows = np.flatnonzero(checked.values | ~checked.known)
    blank = records.blank(name, label).take(rows)
    declared = records.column(name, label).take(rows)
    computed = vector(expression, records.batch, records.pack).take(rows)
    known = computed.known & checked.known[rows]
    filled = blank.known & ~blank.values
    said, found = declared.values, computed.values
    if expression.kind == "number":
        scale = whole_scale(field)
        said, found = whole_half_up(said * scale), whole_half_up(found * scale)
    said = np.where(filled, said, 0)
    outcome = np.where(said == found, PASS, FAIL)
    outcome = np.where(known & blank.known, outcome, UNKNOWN)
    return Column(compiled, label, rows, said, filled, found, known, outcome)


def _frame(columns: list[Column], records: Records) -> Frame:
    parts: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for c in columns:
        table = c.compiled.table.name
        parts["submission"].append(records.submissions(table)[c.rows])
        parts["record"].append(c.rows)
        constant = {"rule": c.compiled.rule.code, "frame": table, "field": c.field}
        for name, value in constant.items():
            parts[name].append(np.full(len(c.rows), value, dtype=object))
        parts["declared"].append(pd.arrays.IntegerArray(c.declared, ~c.filled))
        parts["computed"].append(pd.arrays.IntegerArray(c.computed, ~c.known))
        difference = pd.arrays.IntegerArray(c.declared - c.computed, ~(c.known & c.filled))
        parts["difference"].append(difference)
        parts["outcome"].append(NAMES[c.outcome])
    whole = {name: pd.concat(map(pd.Series, many), ignore_index=True) for name, many in parts.items() if many}
    return pd.DataFrame(whole, columns=list(COLUMNS)).astype(COLUMNS)


def _wrong(column: Column, records: Records) -> list[Wrong]:
    submissions = records.submissions(column.compiled.table.name)
    found = []
    for place in np.flatnonzero(column.outcome == FAIL).tolist():
        record = int(column.rows[place])
        found.append(
            Wrong(
                compiled=column.compiled,
                submission=int(submissions[record]),
                record=record,
                label=column.field,
                declared=int(column.declared[place]) if column.filled[place] else None,
                computed=int(column.computed[place]),
            )
        )
    return found


def _draft(wrong: Wrong, slips: Slips, pack: Pack) -> dict[str, Any]:
    rule, field = wrong.compiled.rule, wrong.field

    def text(value: int) -> str:
        return total_figure(value, field, pack)

    expected = text(wrong.computed)
    value = None if wrong.declared is None else text(wrong.declared)
    difference = None if value is None else text(wrong.difference)
    cause = slips.cause(wrong)
    if value is None:
        message = f"{slips.where(wrong.place)}空着，按其他数字计算应为{expected}。请补填。"
    else:
        figures = {DECLARED: value, EXPECTED: expected, DIFFERENCE: text(abs(wrong.difference))}
        words = words_of(wrong.compiled.table, wrong.record, field, slips.records)
        message = say(rule.message, words | figures)
        message += (cause.says if cause else "") + slips.overwritten(wrong)
    related = [*(cause.cells if cause else ()), *(c.place for c in slips.filled_addends(wrong))]
    return draft(
        wrong.submission,
        rule.code,
        pack.rounding.severity if cause and cause.rounding else rule.severity,
        message,
        frame=wrong.compiled.table.name,
        record=wrong.record,
        field=wrong.label,
        value=value,
        expected=expected,
        difference=difference,
        related=tuple(dict.fromkeys(related)),
    )
