"""A rule with all its expressions read: what checks evaluate, and what lint tries."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbook_tool.forms.language.kinds import KIND_NAMES
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.scope import kind_of, suggest
from workbook_tool.forms.language.syntax import Expression
from workbook_tool.forms.language.written import tree_of
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


def rule_mistakes(rule: Rule, pack: Pack) -> Iterator[tuple[str, str]]:
    """All that keeps a rule from being read: the key of the rule at fault, and what is wrong."""
    table = pack.tables.get(rule.on)
    if table is None:
        yield "on", f"没有“{rule.on}”这张表{suggest(rule.on, pack.tables)}"
        return
    keys = [row.key for row in table.rows]
    if rule.rows not in (ALL_ROWS, DETAIL_ROWS, *keys):
        yield "rows", f"“{table.name}”没有“{rule.rows}”这一行{suggest(rule.rows, keys)}"
    if not rule.fields:
        yield "fields", "fields 至少要写一栏，好知道标在哪一格"
    for label in rule.fields:
        if label not in table.by_label:
            yield "fields", f"“{table.name}”没有“{label}”这一栏{suggest(label, table.by_label)}"
    labels = [label for label in rule.fields if label in table.by_label]
    for key in ("when", "check", "total"):
        found = (says for label in labels for says in _part_mistakes(rule, key, table, label, pack))
        yield from ((key, says) for says in dict.fromkeys(found))


def _part_mistakes(rule: Rule, key: str, table: Table, label: str, pack: Pack) -> Iterator[str]:
    text = getattr(rule, key)
    if not text:
        return
    mistakes = list(expression_mistakes(text, pack, rule.on, label))
    yield from mistakes
    kind = compile_expression(text, pack, rule.on, label).kind if not mistakes else None
    wanted = kind_of(table.by_label[label]) if key == "total" else "boolean"
    if kind is None or kind == wanted:
        return
    if key == "total":
        yield f"“{label}”是{KIND_NAMES[wanted]}，算式“{text}”得到的是{KIND_NAMES[kind]}"
    else:
        yield f"{key} 应是一个判断：“{text}”"


def expression_mistakes(text: str, pack: Pack, on: str, item: str | None = None) -> Iterator[str]:
    """All that is wrong with an expression: the mistakes of its parts, or else its own."""
    try:
        compile_expression(text, pack, on, item)
    except PackError as mistake:
        parts = map(ast.unparse, _parts(text))
        found = [says for part in parts for says in expression_mistakes(part, pack, on, item)]
        yield from dict.fromkeys(found or [mistake.message])


def _parts(text: str) -> list[ast.expr]:
    """The parts of an expression that mean something for themselves."""
    try:
        tree = tree_of(text)
    except PackError:
        return []
    parts: list[ast.expr] = []
    match tree:
        case ast.BoolOp():
            parts = tree.values
        case ast.UnaryOp():
            parts = [tree.operand]
        case ast.BinOp():
            parts = [tree.left, tree.right]
        case ast.Compare(ops=[ast.In() | ast.NotIn(), *_]):
            parts = [tree.left]  # what stands behind `in` may be a whole column
        case ast.Compare():
            parts = [tree.left, *tree.comparators]
    return parts


def _compiled(rule: Rule, pack: Pack) -> CompiledRule:
    for _, says in rule_mistakes(rule, pack):
        raise PackError(says)
    verdicts: dict[str, Expression] = {}
    when: dict[str, Expression | None] = {}
    for label in rule.fields:
        condition = compile_expression(rule.when, pack, rule.on, label) if rule.when else None
        text = rule.check or rule.total
        verdict = compile_expression(text, pack, rule.on, label) if text else None
        if verdict is not None and not (rule.check and verdicts and not _differs(verdict, condition)):
            verdicts[label] = verdict
        when[label] = condition
    return CompiledRule(rule, pack.tables[rule.on], when, verdicts)


def _differs(verdict: Expression, condition: Expression | None) -> bool:
    return verdict.uses_item or (condition is not None and condition.uses_item)
