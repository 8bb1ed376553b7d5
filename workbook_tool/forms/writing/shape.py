"""Whether what is written has the shape that the models ask for, told in words and with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from workbook_tool.forms.language.scope import nearest, suggest
from workbook_tool.forms.writing.documents import Document, Steps
from workbook_tool.model import Declared, PackError, Severity

SURELY = 0.6
"""How like a misspelt key or choice must be to be taken for the one that is meant."""

NAMES = ("code", "label", "name", "key", "id", "title", "rule", "range", "text")
"""What a thing in a list is called by."""

WANTED: dict[str, str] = {
    "string_type": "文字（数字和日期请加引号）",
    "int_type": "整数",
    "int_parsing": "整数",
    "int_from_float": "整数",
    "float_type": "数",
    "float_parsing": "数",
    "decimal_type": "数",
    "decimal_parsing": "数",
    "bool_type": "true 或 false",
    "bool_parsing": "true 或 false",
    "tuple_type": "一组值，如 [甲, 乙]",
    "list_type": "一组值，如 [甲, 乙]",
    "dict_type": "“名称: 内容”的形式",
    "model_type": "“名称: 内容”的形式",
    "model_attributes_type": "“名称: 内容”的形式",
}
"""What stands where something else is wanted, by pydantic's kinds of errors."""

Problem = Mapping[str, Any]
"""One of pydantic's errors."""


def shape_mistakes(
    problem: ValidationError,
    model: type[Declared],
    content: Any,
    place: Callable[[Steps], tuple[Document, Steps]],
) -> Iterator[PackError]:
    """Every error of a validation, each at its line; a misspelt key is told once.

    Args:
        problem: What pydantic found.
        model: What was asked for.
        content: What was written.
        place: The document of a path, and the path within it.
    """
    for path, errors in _by_path(problem, content).items():
        document, inner = place(path)
        if _left_behind(path, errors, problem, model, content):
            continue
        said = f"{name_of(path, content)}：{_in_words(path, errors, model, content)}"
        yield PackError(said.lstrip("："), document.path, document.line(*inner))


def mended(problem: ValidationError, model: type[Declared], content: Any) -> None:
    """Put right in place what is surely a slip of spelling, so that the rest can be looked at."""
    for path, errors in _by_path(problem, content).items():
        holder, last = _at(content, path[:-1]), path[-1] if path else None
        if not isinstance(holder, dict) or last not in holder:
            continue
        if errors[0]["type"] == "extra_forbidden":
            value, meant = holder.pop(last), _meant_key(path, model, content)
            if meant is not None:
                holder[meant] = value
        elif (choice := nearest(str(holder[last]), _choices(errors), SURELY)) is not None:
            holder[last] = choice


def name_of(path: Steps, content: Any) -> str:
    """What the things on the way to a value are called: `收入·收入合计`."""
    names, node = [], content
    for step in path:
        node = _at(node, (step,))
        if isinstance(step, int) and isinstance(node, dict):
            block = "fields" in node and "on" not in node
            known = (node.get(n) for n in (NAMES if not block else ("name",)))
            name = next((n for n in known if isinstance(n, str)), None if block else f"第 {step + 1} 项")
            names += [name] if name else []
    return "·".join(names)


def _by_path(problem: ValidationError, content: Any) -> dict[Steps, list[Problem]]:
    """The errors by the path of what was written; pydantic's own names of alternatives left out."""
    found: dict[Steps, list[Problem]] = {}
    for error in problem.errors():
        path = tuple(error["loc"])
        if error["type"] != "missing":
            while path and _at(content, path) is _NOTHING:
                path = path[:-1]
        found.setdefault(path, []).append(error)
    return found


_NOTHING = object()


def _at(content: Any, path: Steps) -> Any:
    for step in path:
        if isinstance(content, dict) and step in content:
            content = content[step]
        elif isinstance(content, list | tuple) and isinstance(step, int) and step < len(content):
            content = content[step]
        else:
            return _NOTHING
    return content


def _in_words(path: Steps, errors: list[Problem], model: type[Declared], content: Any) -> str:
    error = errors[0]
    last = path[-1] if path else ""
    match error["type"]:
        case "missing":
            return f"缺少“{last}”"
        case "extra_forbidden":
            return f"没有“{last}”这一项{suggest(str(last), _fields(path, model, content))}"
        case "value_error":
            return str(error["ctx"]["error"])
    wanted = "，或".join(dict.fromkeys(_wanted(e) for e in errors))
    hint = suggest(str(error["input"]), _choices(errors))
    return f"“{last}”应是{wanted}，现在写的是{_shown(error['input'])}{hint}"


def _wanted(error: Problem) -> str:
    if error["type"] in ("literal_error", "enum"):
        return f"{'、'.join(_choices([error]))}之一"
    bounds = {"greater_than_equal": ("ge", "不小于"), "less_than_equal": ("le", "不大于")}
    if error["type"] in bounds:
        name, words = bounds[error["type"]]
        return f"{words} {error['ctx'][name]} 的数"
    return WANTED.get(error["type"], f"另一种写法（{error['msg']}）")


def _shown(value: object) -> str:
    if value is None:
        return "空白"
    return "一段内容" if isinstance(value, dict | list) else f"“{str(value)[:20]}”"


def _choices(errors: list[Problem]) -> list[str]:
    """The values that could have been chosen; a severity by the words that packs write."""
    labels = {s.value: s.label for s in Severity}
    written = [
        choice
        for error in errors
        if error["type"] in ("literal_error", "enum")
        for choice in re.findall(r"'([^']*)'", error["ctx"]["expected"])
    ]
    return [labels.get(choice, choice) for choice in written]


# ---- misspelt keys


def _fields(path: Steps, model: type[Declared], content: Any) -> list[str]:
    """The keys that could stand where a path ends and do not stand there yet."""
    written = _at(content, path[:-1])
    known = _model_at(path[:-1], model)
    return [f for f in (known.model_fields if known else ()) if f not in written]


def _meant_key(path: Steps, model: type[Declared], content: Any) -> str | None:
    return nearest(str(path[-1]), _fields(path, model, content), SURELY)


def _left_behind(
    path: Steps, errors: list[Problem], problem: ValidationError, model: type[Declared], content: Any
) -> bool:
    """Whether a key is missing only because it was misspelt, which is told already."""
    if errors[0]["type"] != "missing":
        return False
    beside = [
        tuple(e["loc"])
        for e in problem.errors()
        if e["type"] == "extra_forbidden" and tuple(e["loc"])[:-1] == path[:-1]
    ]
    return any(_meant_key(other, model, content) == path[-1] for other in beside)


def _model_at(path: Steps, model: type[Declared]) -> type[Declared] | None:
    """The model that a path leads to; None where it is a plain mapping."""
    found: type[Declared] | None = model
    for step in path:
        if isinstance(step, int):
            continue
        if found is None or step not in found.model_fields:
            return None
        found = _declared(found.model_fields[step].annotation)
    return found


def _declared(annotation: Any) -> type[Declared] | None:
    """The model within an annotation such as `tuple[Model, ...]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return annotation
    return next((m for a in get_args(annotation) if (m := _declared(a)) is not None), None)
