"""What a pack declares and nothing uses: no mistake, but probably something was forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbook_tool.forms.language.scope import same
from workbook_tool.forms.lint.rules import FUNCTIONS_FILE
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.model import Method, Pack, PackError, Rubric


def unused(pack: Pack, places: Places) -> Iterator[PackError]:
    """Parameters and options that nothing uses."""
    words = {word for text in _expressions(pack) for word in _words(text)}
    functions = pack.folder / FUNCTIONS_FILE if pack.folder else None
    code = functions.read_text(encoding="utf-8") if functions and functions.is_file() else ""
    for name in pack.parameters:
        if same(name) not in words and name not in code:
            yield places.error(f"参数“{name}”没有用到", "parameters", name)
    for r, rubric in enumerate(pack.rubrics):
        methods = _methods(rubric)
        used = {m.option for m in methods} | {m.linear.part for m in methods if m.linear}
        for o, option in enumerate(rubric.options):
            if option.name not in used:
                yield places.error(f"口径“{option.name}”没有指标用到", "rubrics", r, "options", o)


def _expressions(pack: Pack) -> Iterator[str]:
    for rule in pack.rules:
        yield from filter(None, (rule.when, rule.check, rule.total))
    for rubric in pack.rubrics:
        for method in _methods(rubric):
            for written in (method.value, *(case.when for case in method.cases)):
                yield from written.values() if isinstance(written, dict) else filter(None, (written,))
        yield from (way.when for way in (rubric.lines.ways if rubric.lines else ()))


def _methods(rubric: Rubric) -> tuple[Method, ...]:
    return (*rubric.criteria, *(rubric.lines.ways if rubric.lines else ()))


def _words(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        return
    yield from (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
