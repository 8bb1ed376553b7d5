"""YAML as it is written: every value with its line, every key once, every slip told in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from workbook_tool.model import PackError

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads a pack ten times faster; it is in the usual builds of PyYAML, but not in all."""

Step = str | int
Steps = tuple[Step, ...]
"""The keys and positions that lead to a value."""

SLIPS = {
    "mapping values are not allowed": "一行里有两个冒号；文字里有“: ”的，请给整段文字加引号",
    "cannot start any token": "这里有不能直接写的字符；缩进要用空格，以 @ ` % 开头的文字请加引号",
    "':'": "这一行缺少冒号，或冒号后面少了空格",
    "',' or": "方括号或花括号里少了逗号，或者括号没有成对；花括号里的文字带这些符号的，请加引号",
    "end of stream": "引号没有成对",
    "alias": "以 * 开头的文字请加引号",
    "anchor": "以 & 开头的文字请加引号",
    "tag": "以 ! 开头的文字请加引号",
    "expected key": "缩进不对，或引号、括号没有成对",
    "tab character": "缩进要用空格，不能用制表符",
    "node content": "这里少了内容，或逗号、括号多了",
    "indicator": "缩进不对：同一层的“-”要对齐",
    "block": "缩进不对：同一层的内容要对齐",
    "unknown escape": "双引号里的反斜杠有特殊意思，请改用单引号",
}
"""What the parser complains of, and what its author most likely did."""


@dataclass(frozen=True)
class Document:
    """A YAML file.

    Attributes:
        content: None where the file could not be read at all.
        lines: The line of every value by its path.
        mistakes: All that is wrong with the writing; a key that stands twice keeps its first value.
    """

    path: Path
    content: Any = None
    lines: dict[Steps, int] = field(default_factory=dict)
    mistakes: tuple[PackError, ...] = ()

    def line(self, *path: Step) -> int:
        """The line of a value, or of the nearest that contains it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(path: Path) -> Document:
    """Read a YAML file; what is wrong with it is in `mistakes`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        return Document(path, mistakes=(PackError(f"无法读取：{problem.strerror}", path),))
    except UnicodeDecodeError:
        return Document(path, mistakes=(PackError("文件不是 UTF-8 编码，请另存为 UTF-8", path, 1),))
    try:
        node = yaml.compose(text, Loader=PARSER)
    except yaml.YAMLError as problem:
        return Document(path, mistakes=(_slip(problem, path, text),))
    reader = _Reader(path)
    content = reader.value(node, ()) if node is not None else None
    return Document(path, content, reader.lines, tuple(reader.mistakes))


def read_yaml(path: Path) -> tuple[Any, dict[Steps, int]]:
    """Read a YAML file and the line of every value in it.

    Raises:
        PackError: The file is not there, is not YAML, or a key stands twice in one mapping.
    """
    document = read_document(path)
    for mistake in document.mistakes:
        raise mistake
    return document.content, document.lines


def _slip(problem: yaml.YAMLError, path: Path, text: str) -> PackError:
    if isinstance(problem, yaml.reader.ReaderError):
        line = text[: problem.position].count("\n") + 1
        return PackError("YAML 写法有误：有不可见的控制字符", path, line)
    said = getattr(problem, "problem", None) or ""
    mark = getattr(problem, "problem_mark", None)
    meant = next((says for words, says in SLIPS.items() if words in said), said)
    return PackError(f"YAML 写法有误：{meant}", path, mark.line + 1 if mark else 1)


class _Reader:
    """Turns nodes into values."""

    def __init__(self, path: Path):
        self.path = path
        self.lines: dict[Steps, int] = {}
        self.mistakes: list[PackError] = []
        self.loader = yaml.SafeLoader("")

    def value(self, node: yaml.Node, at: Steps) -> Any:
        self.lines[at] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(n, (*at, i)) for i, n in enumerate(node.value)]
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.complain(f"“{node.value}”不是一个值，请加引号", node)
            return str(node.value)

    def mapping(self, node: yaml.MappingNode, at: Steps) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain("名称应是一段文字；花括号、方括号开头的请加引号", key_node)
                continue
            # As written: YAML 1.1 would take the key `on` for a boolean.
            key = key_node.value
            if key in found:
                self.complain(f"“{key}”在同一处写了两次", key_node)
                continue
            found[key] = self.value(value_node, (*at, key))
            self.lines[(*at, key)] = key_node.start_mark.line + 1
        return found

    def complain(self, message: str, node: yaml.Node) -> None:
        self.mistakes.append(PackError(message, self.path, node.start_mark.line + 1))
