"""A rule with all its expressions read: what checks evaluate, and what lint tries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbook_tool.forms.kinds import KIND_NAMES
from workbook_tool.forms.parsing import compile_expression
from workbook_tool.forms.scope import kind_of, suggest
from workbook_tool.forms.syntax import Expression
from workbook_tool.model import Pack, PackError, Rule, Table

ALL_ROWS, DETAIL_ROWS = "all", "明细"


@dataclass(frozen=True)
class CompiledRule:
    """A rule's expressions.

    Attributes:
        table: The frame whose records are checked.
        when: For each field, the condition; None where the rule has none.
        verdicts: For each field the `check` or the `total`; empty for other rules. A `check`
            without 本项 is one verdict about all the fields and stands under the first.
    """

    rule: Rule
    table: Table
    when: Mapping[str, Expression | None]
    verdicts: Mapping[str, Expression]


def compile_rule(rule: Rule, pack: Pack) -> CompiledRule:
    """Read a rule's expressions.

    Raises:
        PackError: With the rule's code, file and line.
    """
    key = ("rule", rule.code, rule.on, rule.fields, rule.when, rule.check, rule.total, rule.rows)
    if key not in pack.memo:
        try:
            pack.memo[key] = _compiled(rule, pack)
        except PackError as mistake:
            raise PackError(f"规则 {rule.code}：{mistake.message}", rule.file or None, rule.line) from None
    compiled = pack.memo[key]
    assert isinstance(compiled, CompiledRule)
    return compiled


def _compiled(rule: Rule, pack: Pack) -> CompiledRule:
    table = pack.tables.get(rule.on)
    if table is None:
        raise PackError(f"没有“{rule.on}”这张表{suggest(rule.on, pack.tables)}")
    keys = [row.key for row in table.rows]
    if rule.rows not in (ALL_ROWS, DETAIL_ROWS, *keys):
        raise PackError(f"“{table.name}”没有“{rule.rows}”这一行{suggest(rule.rows, keys)}")
    for label in rule.fields:
        if label not in table.by_label:
            raise PackError(f"“{table.name}”没有“{label}”这一栏{suggest(label, table.by_label)}")
    verdicts: dict[str, Expression] = {}
    when: dict[str, Expression | None] = {}
    for label in rule.fields:
        condition = compile_expression(rule.when, pack, rule.on, label) if rule.when else None
        verdict = _verdict(rule, table, label, pack)
        if verdict is not None and not (rule.check and verdicts and not _differs(verdict, condition)):
            verdicts[label] = verdict
        when[label] = condition
        if condition is not None and condition.kind != "boolean":
            raise PackError(f"when 应是一个判断：“{rule.when}”")
    return CompiledRule(rule, table, when, verdicts)


def _differs(verdict: Expression, condition: Expression | None) -> bool:
    return verdict.uses_item or (condition is not None and condition.uses_item)


def _verdict(rule: Rule, table: Table, label: str, pack: Pack) -> Expression | None:
    if rule.check:
        verdict = compile_expression(rule.check, pack, rule.on, label)
        if verdict.kind != "boolean":
            raise PackError(f"check 应是一个判断：“{rule.check}”")
        return verdict
    if rule.total:
        verdict = compile_expression(rule.total, pack, rule.on, label)
        wanted = kind_of(table.by_label[label])
        if verdict.kind != wanted:
            raise PackError(
                f"“{label}”是{KIND_NAMES[wanted]}，算式“{rule.total}”得到的是{KIND_NAMES[verdict.kind]}"
            )
        return verdict
    return None
