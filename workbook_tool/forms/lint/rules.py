"""Mistakes in rules.yaml: unknown names, kinds that do not go together, codes used twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbook_tool.forms.language.compiled import rule_mistakes
from workbook_tool.forms.language.messages import message_mistakes
from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.model import Pack, PackError, Rule

FUNCTIONS_FILE = "rules.py"


def rule_set_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    """Every mistake of the rules of a pack."""
    yield from _code_mistakes(pack, places)
    functions, unreadable = _functions(pack)
    yield from unreadable
    for number, rule in enumerate(pack.rules):
        for key, says in _mistakes(rule, pack, None if unreadable else functions):
            yield places.error(f"规则 {rule.code}：{says}", "rules", number, key)


def _code_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    seen: dict[str, Rule] = {}
    for number, rule in enumerate(pack.rules):
        first = seen.setdefault(rule.code, rule)
        if first is not rule:
            yield places.error(f"规则编号“{rule.code}”已在第 {first.line} 行用过", "rules", number, "code")


def _mistakes(rule: Rule, pack: Pack, functions: list[str] | None) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule, with the key at fault."""
    yield from rule_mistakes(rule, pack)
    rubrics = [r.id for r in pack.rubrics]
    if rule.builtin is not None and rule.rubric is None:
        yield "builtin", "builtin 要写明核对哪一张评分表(rubric)"
    if rule.rubric is not None and rule.rubric not in rubrics:
        yield "rubric", f"没有评分表“{rule.rubric}”{suggest(rule.rubric, rubrics)}"
    if rule.python is not None and functions is not None and rule.python not in functions:
        known = suggest(rule.python, functions)
        yield "python", f"{FUNCTIONS_FILE} 里没有函数“{rule.python}”{known}"
    for key in ("message", "basis", "title"):
        if not getattr(rule, key).strip():
            yield key, f"{key} 是空的"
    for says in message_mistakes(rule, pack):
        yield "message", says


def _functions(pack: Pack) -> tuple[list[str], list[PackError]]:
    """The functions of the pack's rules.py; it is read, never run."""
    path = pack.folder / FUNCTIONS_FILE if pack.folder else None
    if path is None or not path.is_file():
        return [], []
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as problem:
        return [], [PackError(f"Python 写法有误（{problem.msg}）", path, problem.lineno)]
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)], []
