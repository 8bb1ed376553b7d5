"""The pack's rules over a whole batch: pass, fail or unknown for every workbook."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from workbook_tool.checks.applies import FAIL, UNKNOWN, Tally, applies
from workbook_tool.findings import collect, draft
from workbook_tool.forms.figures import figure, whole_scale
from workbook_tool.forms.language.cells import cells
from workbook_tool.forms.language.compiled import CompiledRule, compile_rule
from workbook_tool.forms.language.evaluation import COMPARE, Evaluation, vector
from workbook_tool.forms.language.messages import (
    DECLARED,
    DIFFERENCE,
    EXPECTED,
    check_message,
    say,
    shown,
    words_of,
)
from workbook_tool.forms.language.records import Records
from workbook_tool.forms.language.syntax import Binary, Expression, Member, Node, Own, normal
from workbook_tool.model import Batch, Frame, Pack, PackError, Rule

__all__ = ["check_message", "check_rules"]

RULES_FILE = "rules.py"
NEAR, FAR = 0.3, 0.6
"""How like a name must be to be suggested: one that nobody else uses, and any."""

PythonRule = Callable[[Batch, Pack, Rule], list[Mapping[str, Any]]]
"""A function of the pack's rules.py: one mapping for each record that fails, with `record` and, where
they differ from the rule's own, `field`, `value`, `expected`, `difference`, `related`; a record that
cannot be judged has `unknown: True`."""


def check_rules(batch: Batch, totals: Frame, pack: Pack) -> tuple[Frame, Frame]:
    """Check every rule that is an expression or a function of the pack.

    Args:
        batch: The typed batch.
        totals: What `recompute` gave; its outcomes are those of the total rules.
        pack: The pack.

    Returns:
        For every workbook and rule (checks of the engine apart) its outcome, where fail outweighs
        unknown and unknown pass; and the draft findings.

    Raises:
        PackError: A function that a rule names is not there.
    """
    records = Records(batch, pack)
    mended = Records(_mended(batch, totals, records), pack)
    outcomes: list[Frame] = []
    rows: list[dict[str, Any]] = []
    for rule in pack.rules:
        if rule.builtin:
            continue
        compiled = compile_rule(rule, pack)
        tally = Tally(compiled, records)
        if rule.total:
            _tally_totals(tally, totals[totals["rule"] == rule.code])
        elif rule.python:
            rows.extend(_python_findings(compiled, tally, records))
        else:
            rows.extend(_findings(compiled, tally, records, mended))
        outcomes.append(tally.frame())
    columns = ["submission", "rule", "outcome"]
    whole = pd.concat(outcomes, ignore_index=True) if outcomes else pd.DataFrame(columns=columns)
    return whole.astype({"submission": "int64"}), collect(rows)


def _tally_totals(tally: Tally, totals: Frame) -> None:
    for name, state in (("unknown", UNKNOWN), ("fail", FAIL)):
        tally.add(totals.loc[totals["outcome"] == name, "submission"].to_numpy(dtype=np.int64), state)


# ---- expressions ----


def _mended(batch: Batch, totals: Frame, records: Records) -> Batch:
    """The batch with the right figure in the place of every total reported as wrong."""
    wrong = totals[totals["right"].notna()]
    if wrong.empty:
        return batch
    frames = dict(batch.frames)
    for name, label in dict.fromkeys(zip(wrong["frame"], wrong["field"], strict=True)):
        found = wrong[(wrong["frame"] == name) & (wrong["field"] == label)]
        frame = frames[name].copy(deep=False)
        field = records.table(name).by_label[label]
        values = frame[label].array.copy()
        right = found["right"].to_numpy(dtype=np.int64)
        values[found["record"].to_numpy()] = right if whole_scale(field) == 1 else right / whole_scale(field)
        frame[label] = values
        frames[name] = frame
    return replace(batch, frames=frames)


def _findings(
    compiled: CompiledRule, tally: Tally, records: Records, mended: Records
) -> Iterator[dict[str, Any]]:
    """The records that fail, those left out that only follow from a wrong total."""
    frame = compiled.table.name
    submissions = records.submissions(frame)
    for label, expression in compiled.verdicts.items():
        checked = applies(compiled, label, records)
        verdict = vector(expression, records.batch, records.pack)
        readable = ~records.unreadable(frame, label)
        known = verdict.known & checked.known & readable
        failed = checked.values & known & ~verdict.values
        unknown = (checked.values | ~checked.known) & ~known
        tally.add(submissions[unknown], UNKNOWN)
        tally.add(submissions[failed], FAIL)
        if failed.any() and mended.batch is not records.batch:
            again = vector(expression, mended.batch, mended.pack)
            failed &= ~(again.known & again.values)
        for record in np.flatnonzero(failed).tolist():
            yield _finding(compiled, label, expression, record, records)


def _finding(
    compiled: CompiledRule, label: str, expression: Expression, record: int, records: Records
) -> dict[str, Any]:
    table, rule = compiled.table, compiled.rule
    expected, difference = _expected(expression.node, label, record, Evaluation(records, table.name))
    target = (table.name, record, label)
    looked_at = [c.place for c in cells(expression, records.batch, records.pack, record)]
    beside = [] if expression.uses_item else [(table.name, record, other) for other in rule.fields]
    related = tuple(p for p in dict.fromkeys([*beside, *looked_at]) if p != target)
    found = {"record": record, "expected": expected, "difference": difference, "related": related}
    return _draft(compiled, label, found, records)


def _draft(compiled: CompiledRule, label: str, found: Mapping[str, Any], records: Records) -> dict[str, Any]:
    """A failing record as a draft finding, its sentence filled."""
    rule, table, record = compiled.rule, compiled.table, int(found["record"])
    value = found.get("value") or shown(table, record, label, records)
    expected, difference = found.get("expected"), found.get("difference")
    figures = {
        DECLARED: value,
        EXPECTED: expected,
        DIFFERENCE: difference.removeprefix("-") if difference else None,
    }
    return draft(
        int(records.submissions(table.name)[record]),
        rule.code,
        rule.severity,
        say(rule.message, words_of(table, record, table.by_label[label], records) | figures),
        frame=table.name,
        record=record,
        field=label,
        value=value,
        expected=expected,
        difference=difference,
        related=tuple(found.get("related", ())),
    )


def _expected(node: Node, label: str, record: int, at: Evaluation) -> tuple[str | None, str | None]:
    """What should stand in the cell, and by how much it is off, where the rule compares it."""
    if isinstance(node, Binary) and node.operator == "and":
        for side in (node.left, node.right):
            answer = at.value(side)
            if answer.known[record] and not answer.values[record]:
                return _expected(side, label, record, at)
    if isinstance(node, Member):
        return _nearest(node, record, at), None
    if not isinstance(node, Binary) or node.operator not in COMPARE or node.operator == "!=":
        return None, None
    mine = next((s for s in (node.left, node.right) if _is_cell(s, label, at)), None)
    if mine is None:
        return None, None
    other = node.right if mine is node.left else node.left
    field, pack = at.records.table(at.at).by_label[label], at.records.pack
    should = at.value(other).values[record]
    if not field.numeric:
        return str(should), None
    return figure(should, field, pack), figure(at.value(mine).values[record] - should, field, pack)


def _is_cell(node: Node, label: str, at: Evaluation) -> bool:
    return isinstance(node, Own) and node.field == label and node.frame == at.at


def _nearest(node: Member, record: int, at: Evaluation) -> str | None:
    """The name in the column that was probably meant: first of those that no record here uses."""
    records = at.records
    here = records.ids(at.at, node.same_tab)
    there = records.ids(node.frame, node.same_tab) == here[record]
    column = records.column(node.frame, node.field)
    items = at.value(node.item)
    name = normal(str(items.values[record]))
    mine = (here == here[record]) & items.known
    used = {normal(str(v)) for v in items.values[mine].tolist()}
    rows = there & column.known & records.added(node.frame)
    names = {normal(str(v)): str(v) for v in column.values[rows].tolist()}
    spare = [n for n in names if n not in used]
    found = get_close_matches(name, spare, 1, NEAR) or get_close_matches(name, list(names), 1, FAR)
    return names[found[0]] if found else None


# ---- functions of the pack ----


def _python_findings(compiled: CompiledRule, tally: Tally, records: Records) -> Iterator[dict[str, Any]]:
    """What the pack's own function finds, within the rows that the rule is about."""
    rule, frame = compiled.rule, compiled.table.name
    checked = {label: applies(compiled, label, records) for label in rule.fields}
    submissions = records.submissions(frame)
    for found in _function(rule, records.pack)(records.batch, records.pack, rule):
        label, record = found.get("field") or rule.fields[0], int(found["record"])
        about = checked.get(label, checked[rule.fields[0]])
        if not about.values[record] or records.unreadable(frame, label)[record]:
            continue
        tally.add(submissions[[record]], UNKNOWN if found.get("unknown") else FAIL)
        if not found.get("unknown"):
            yield _draft(compiled, label, found, records)


def _function(rule: Rule, pack: Pack) -> PythonRule:
    module = _module(pack)
    function: PythonRule | None = getattr(module, rule.python or "", None)
    if function is None:
        raise PackError(
            f"规则 {rule.code}：{RULES_FILE} 里没有函数“{rule.python}”", rule.file or None, rule.line
        )
    return function


def _module(pack: Pack) -> ModuleType:
    """The pack's rules.py, loaded by its path and kept as long as the pack."""
    path = (pack.folder / RULES_FILE) if pack.folder else None
    if path is None or not path.is_file():
        raise PackError(f"规则用到了函数，模板包里却没有 {RULES_FILE}", path)
    key = ("module", path)
    if key not in pack.memo:
        spec = importlib.util.spec_from_file_location(f"pack_rules_{pack.id}_{pack.edition}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        pack.memo[key] = module
    found = pack.memo[key]
    assert isinstance(found, ModuleType)
    return found
