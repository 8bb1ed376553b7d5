"""Mistakes in one way of scoring: what must be written beside it, its expressions, bands and items."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.compiled import expression_mistakes
from workbook_tool.forms.language.kinds import KIND_NAMES
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.language.syntax import Node, Reference
from workbook_tool.forms.lint.form import is_field
from workbook_tool.forms.writing.ranges import band_mistakes
from workbook_tool.model import Method, Pack, Rubric

NEEDS = {
    "linear": ("value", "linear"),
    "bands": ("value", "bands"),
    "cases": ("cases",),
    "proportional": ("value",),
    "levels": ("value", "levels"),
    "checklist": ("items",),
    "count_deduct": ("deduct",),
    "range_deduct": ("items",),
    "choice": ("value", "choices"),
    "judged": (),
}
"""What must be written beside a way of scoring."""

STEPWISE = ("whole", "proportional")

Found = Iterator[tuple[tuple[str | int, ...], str]]
"""Where in the method, and what is wrong."""


def method_mistakes(method: Method, rubric: Rubric, pack: Pack, frame: str, full: Decimal | None) -> Found:
    """Every mistake of one method of scoring.

    Args:
        method: A method, or a way of scoring rows.
        rubric: The rubric it belongs to.
        pack: The pack.
        frame: The frame whose records its expressions are about.
        full: The points it can give at most; None where each row has its own.
    """
    for key in NEEDS[method.scoring]:
        if not getattr(method, key):
            yield ("scoring",), f"计分办法是 {method.scoring}，还要写 {key}"
    names = [o.name for o in rubric.options]
    if method.option is not None and method.option not in names:
        yield ("option",), f"没有“{method.option}”这个口径(options){suggest(method.option, names)}"
    yield from _expression_mistakes(method, rubric, pack, frame)
    for key in ("bands", "levels"):
        for number, says in band_mistakes([r.range for r in getattr(method, key)]):
            yield (key, number), says
    yield from _linear_mistakes(method, rubric)
    if full is not None:
        yield from _point_mistakes(method, full)
    yield from _item_mistakes(method, rubric, pack)


def _expression_mistakes(method: Method, rubric: Rubric, pack: Pack, frame: str) -> Found:
    option = next((o for o in rubric.options if o.name == method.option), None)
    for at, written in _written(method):
        if isinstance(written, dict) and method.option is None:
            yield at, "分几种口径写的算法，要用 option 写明是哪个口径"
        elif isinstance(written, dict) and option is not None and set(written) != set(option.choices):
            yield at, f"应为口径“{option.name}”的每个选择各写一个算法：{'、'.join(option.choices)}"
        by_choice = written.items() if isinstance(written, dict) else [(None, written)]
        for choice, text in by_choice:
            for says in _text_mistakes(text, method, frame, pack, scored=at == ("value",)):
                yield (*at, *([choice] if choice is not None else [])), says


def _written(method: Method) -> Iterator[tuple[tuple[str | int, ...], str | dict[str, str]]]:
    """Every expression of a method, with its place."""
    if method.value:
        yield ("value",), method.value
    for number, case in enumerate(method.cases):
        yield ("cases", number, "when"), case.when


def _text_mistakes(text: str, method: Method, frame: str, pack: Pack, *, scored: bool) -> Iterator[str]:
    if frame not in pack.tables:
        return  # told where the rubric names it
    mistakes = list(expression_mistakes(text, pack, frame))
    yield from mistakes
    if mistakes:
        return
    expression = compile_expression(text, pack, frame)
    if not scored:
        if expression.kind != "boolean":
            yield f"when 应是一个判断：“{text}”"
    elif method.scoring in ("choice", "levels"):
        yield from _choice_mistakes(method, expression.node, pack)
    elif expression.kind in ("boolean", "list", "text") and "value" in NEEDS[method.scoring]:
        yield f"value 应是一个数，“{text}”得到的是{KIND_NAMES[expression.kind]}"


def _choice_mistakes(method: Method, node: Node, pack: Pack) -> Iterator[str]:
    """The answers that have points must be those that can be chosen."""
    if not isinstance(node, Reference):
        yield f"计分办法是 {method.scoring}，value 应是一个下拉栏目"
        return
    choices = pack.tables[node.frame].by_label[node.field].choices
    answers = list(method.choices) or [level.name for level in method.levels]
    if set(choices) != set(answers):
        yield f"“{node.field}”的选项是{'、'.join(choices)}，计分的却是{'、'.join(answers)}"


def _linear_mistakes(method: Method, rubric: Rubric) -> Found:
    linear = method.linear
    if linear is None:
        return
    if (linear.above is None) == (linear.below is None):
        yield ("linear",), "linear 的 above 和 below 必须且只能写一项"
    for key in ("step", "deduct"):
        if getattr(linear, key) <= 0:
            yield ("linear", key), f"{key} 应大于 0"
    option = next((o for o in rubric.options if o.name == linear.part), None)
    if linear.part not in STEPWISE and (option is None or not set(option.choices) <= set(STEPWISE)):
        says = f"part 应是 {'、'.join(STEPWISE)}，或选择这两者之一的口径，不能是“{linear.part}”"
        yield ("linear", "part"), says


def _point_mistakes(method: Method, full: Decimal) -> Found:
    given: list[tuple[tuple[str | int, ...], Decimal]] = [
        *((("bands", n), band.points) for n, band in enumerate(method.bands)),
        *((("cases", n), c.points) for n, c in enumerate(method.cases) if isinstance(c.points, Decimal)),
        *((("choices", name), points) for name, points in method.choices.items()),
        *((("items", n), item.points) for n, item in enumerate(method.items) if item.points is not None),
    ]
    for at, points in given:
        if not 0 <= points <= full:
            yield at, f"{plain(points)} 分超出了 0 至 {plain(full)} 分"
    if method.scoring == "checklist" and method.items:
        total = sum((item.points or Decimal(0) for item in method.items), Decimal(0))
        if total != full:
            yield ("items",), f"各条分值合计 {plain(total)}，应为 {plain(full)}"


def _item_mistakes(method: Method, rubric: Rubric, pack: Pack) -> Found:
    if not method.items:
        return
    reference = rubric.items.get(method.scoring)
    if reference is None:
        yield ("items",), f"items 里没有写 {method.scoring} 的条目填在哪里"
    elif is_field(reference, pack):
        frame = reference.rpartition(".")[0]
        wanted = f"{rubric.id}/{method.scoring}"
        if not any(b.items_of == wanted for _, b, table in pack.walk_blocks() if table.name == frame):
            yield ("items",), f"“{frame}”没有填这些条目的行；那一块应写 items_of: {wanted}"
    for number, item in enumerate(method.items):
        if item.least is not None and item.most is not None and item.least > item.most:
            yield ("items", number), f"least {plain(item.least)} 比 most {plain(item.most)} 大"
