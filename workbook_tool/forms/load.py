"""A pack's YAML becomes a `Pack`; every mistake in it is told with its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workbook_tool.forms.lint import check_names
from workbook_tool.model import Pack, PackError

FORM, RULES, RUBRICS, DEFAULT = "form.yaml", "rules.yaml", "rubric-*.yaml", "default.txt"

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads a pack ten times faster; it is in the usual builds of PyYAML, but not in all."""

Lines = dict[tuple[str | int, ...], int]
"""The line of every value, by its path of keys and positions."""


def load_pack(pack: str | Path) -> Pack:
    """Read a pack by name (`hunan-yueyang/2023`) or by folder.

    Raises:
        PackError: The pack is not there, or something in it is wrong (with file and line).
    """
    return _load(find_pack(pack))


def find_pack(pack: str | Path) -> Path:
    """The folder of a pack: a path as given, or a name under `templates/`.

    Raises:
        PackError: No such pack; the sentence lists those there are.
    """
    folder = Path(pack)
    if (folder / FORM).is_file():
        return folder.resolve()
    for root in template_roots():
        if (root / folder / FORM).is_file():
            return (root / folder).resolve()
    names = ", ".join(available_packs()) or "无"
    raise PackError(f"找不到模板包“{pack}”。现有的模板包：{names}。")


def template_roots() -> list[Path]:
    """Where packs are looked for: the current folder, the checkout, the installed package."""
    package = Path(__file__).resolve().parent.parent
    roots = [Path.cwd() / "templates", package.parent / "templates", package / "templates"]
    return [r for r in dict.fromkeys(roots) if r.is_dir()]


def available_packs() -> list[str]:
    """The names of all packs that can be loaded by name."""
    found = {
        form.parent.relative_to(root).as_posix()
        for root in template_roots()
        for form in root.glob(f"*/*/{FORM}")
    }
    return sorted(found)


@lru_cache(maxsize=16)
def _load(folder: Path) -> Pack:
    form, form_lines = read_yaml(folder / FORM)
    if not isinstance(form, dict):
        raise PackError("文件应是“名称： 内容”的形式", folder / FORM, 1)
    sources: list[tuple[tuple[str | int, ...], Path, Lines]] = [((), folder / FORM, form_lines)]
    form["rules"] = []
    if (folder / RULES).is_file():
        rules, lines = read_yaml(folder / RULES)
        form["rules"] = _with_lines(rules or [], lines, (), folder / RULES)
        sources.append((("rules",), folder / RULES, lines))
    form["rubrics"] = []
    for number, path in enumerate(sorted(folder.glob(RUBRICS))):
        rubric, lines = read_yaml(path)
        rubric["criteria"] = _with_lines(rubric.get("criteria", []), lines, ("criteria",), None)
        form["rubrics"].append(rubric | {"file": str(path)})
        sources.append((("rubrics", number), path, lines))
    try:
        pack = Pack.model_validate(form | {"folder": folder})
    except ValidationError as problem:
        raise _first_mistake(problem, sources) from None
    check_names(pack)
    return pack


def _with_lines(
    entries: Iterable[Any], lines: Lines, path: tuple[str | int, ...], file: Path | None
) -> list[Any]:
    """Entries that know their own line (and file), so that later mistakes can name it."""
    return [
        e | {"line": lines.get((*path, i), 0)} | ({"file": str(file)} if file else {})
        if isinstance(e, dict)
        else e
        for i, e in enumerate(entries)
    ]


def _first_mistake(
    problem: ValidationError, sources: list[tuple[tuple[str | int, ...], Path, Lines]]
) -> PackError:
    """The first validation error as a PackError at its place.

    A misspelt name is told before the missing one that it leaves behind.
    """
    error = min(problem.errors(), key=lambda e: e["type"] != "extra_forbidden")
    place = tuple(error["loc"])
    prefix, path, lines = max(
        (s for s in sources if place[: len(s[0])] == s[0]), key=lambda source: len(source[0])
    )
    inner: tuple[str | int, ...] = place[len(prefix) :]
    while inner and inner not in lines:
        inner = inner[:-1]
    what = ".".join(str(p) for p in place)
    return PackError(f"{what}:{_in_chinese(error)}", path, lines.get(inner, 1))


def _in_chinese(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind == "missing":
        return "缺少这一项"
    if kind == "extra_forbidden":
        return "没有这个名称，请检查拼写"
    if kind == "literal_error":
        return f"“{error['input']}”不在可选范围：{error['ctx']['expected']}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    return f"“{error['input']}”不合要求({error['msg']})"


def read_yaml(path: Path) -> tuple[Any, Lines]:
    """Read a YAML file and the line of every value in it.

    Raises:
        PackError: The file is not there, is not YAML, or a key stands twice in one mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise PackError(f"无法读取：{problem.strerror}", path) from None
    try:
        node = yaml.compose(text, Loader=PARSER)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise PackError(f"YAML 写法有误：{problem.problem}", path, line) from None
    lines: Lines = {}
    loader = yaml.SafeLoader("")
    return (_value(node, (), lines, path, loader) if node is not None else None), lines


def _value(
    node: yaml.Node, at: tuple[str | int, ...], lines: Lines, path: Path, loader: yaml.SafeLoader
) -> Any:
    lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            # As written: YAML 1.1 would take the key `on` for a boolean.
            key = (
                key_node.value if isinstance(key_node, yaml.ScalarNode) else loader.construct_object(key_node)
            )
            if key in mapping:
                raise PackError(f"“{key}”在同一处写了两次", path, key_node.start_mark.line + 1)
            mapping[key] = _value(value_node, (*at, key), lines, path, loader)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_value(n, (*at, i), lines, path, loader) for i, n in enumerate(node.value)]
    return loader.construct_object(node)


def read_data(path: Path) -> Any:
    """Read fill data: YAML, of which JSON is a part.

    Raises:
        PackError: The file cannot be read or is not YAML or JSON.
    """
    return read_yaml(path)[0]


def default_pack() -> str:
    """The pack that is meant where none is named: the only one, or that of `templates/default.txt`.

    Raises:
        PackError: There are several and none is marked as the default, or there is none.
    """
    names = available_packs()
    for root in template_roots():
        if (root / DEFAULT).is_file():
            return (root / DEFAULT).read_text(encoding="utf-8").strip()
    if len(names) == 1:
        return names[0]
    raise PackError(f"请用 --pack 指明模板包。现有的模板包：{'、'.join(names) or '无'}。")
