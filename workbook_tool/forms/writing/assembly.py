"""The files of a pack put together, as far as what is wrong with them allows."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbook_tool.forms.writing.documents import Document, Step, Steps, read_document
from workbook_tool.forms.writing.shape import mended, shape_mistakes
from workbook_tool.model import Pack, PackError

FORM, RULES, RUBRICS, COUNTY = "form.yaml", "rules.yaml", "rubric-*.yaml", "county.yaml"
CRITERIA = "criteria"


@dataclass(frozen=True)
class Places:
    """Where everything of a pack is written.

    Attributes:
        form: The document of the form; rules, rubrics and the county have their own.
        kept: For the list of rules, the positions of those that could be read.
    """

    form: Document
    rules: Document
    rubrics: tuple[Document, ...]
    county: Document
    kept: tuple[int, ...] | None = None

    def of(self, path: Steps) -> tuple[Document, Steps]:
        """The document of a thing in the pack, and its path there."""
        match path:
            case ("rules", *inner):
                return self.rules, tuple(inner)
            case ("rubrics", int() as number, *inner):
                return self.rubrics[number], tuple(inner)
            case ("county", *inner):
                return self.county, tuple(inner)
        return self.form, path

    def error(self, message: str, *path: Step) -> PackError:
        """A mistake at a thing in the pack."""
        if self.kept is not None and len(path) > 1 and path[0] == "rules":
            path = ("rules", self.kept[int(path[1])], *path[2:])
        document, inner = self.of(path)
        return PackError(message, document.path, document.line(*inner))


@dataclass(frozen=True)
class Assembly:
    """A pack as read from its files.

    Attributes:
        pack: None where too much is wrong to go on; rules that cannot be read are left out.
        unread: The codes of those rules.
    """

    pack: Pack | None
    places: Places
    mistakes: list[PackError]
    unread: frozenset[str] = field(default=frozenset())

    @property
    def rules_known(self) -> bool:
        """Whether all codes of rules are known, so that one that is not must be wrong."""
        rules = self.places.rules
        return isinstance(rules.content, list) or (rules.content is None and not rules.mistakes)


def assemble(folder: Path) -> Assembly:
    """Read the files of a pack and go on after each mistake, as far as that makes sense."""
    form, rules, county = read_document(folder / FORM), _optional(folder / RULES), _optional(folder / COUNTY)
    rubrics = [read_document(path) for path in sorted(folder.glob(RUBRICS))]
    places = Places(form, rules, tuple(rubrics), county)
    documents = (form, rules, *rubrics, county)
    mistakes = [mistake for document in documents for mistake in document.mistakes]
    shapeless = [
        d for d in (form, *rubrics, county) if d.content is not None and not isinstance(d.content, dict)
    ]
    if rules.content is not None and not isinstance(rules.content, list):
        mistakes.append(PackError("文件应是一条一条的规则，每条以“- ”开头", rules.path, 1))
    mistakes += [PackError("文件应是“名称: 内容”的形式", d.path, 1) for d in shapeless]
    if shapeless or any(d.content is None for d in (form, *rubrics)):
        return Assembly(None, places, mistakes)
    return _validated(_whole(places, folder), places, mistakes)


def _optional(path: Path) -> Document:
    """A file that a pack need not have."""
    return read_document(path) if path.is_file() else Document(path)


def _whole(places: Places, folder: Path) -> dict[str, Any]:
    """All the files as one mapping; what later mistakes must name knows its own line."""
    rules = places.rules.content if isinstance(places.rules.content, list) else []
    return {
        **copy.deepcopy(places.form.content),
        "rules": _with_lines(rules, places.rules, (), {"file": str(places.rules.path)}),
        "rubrics": [
            {
                **copy.deepcopy(d.content),
                **{k: _with_lines(v, d, (k,), {}) for k, v in d.content.items() if k == CRITERIA},
                "file": str(d.path),
            }
            for d in places.rubrics
        ],
        "county": copy.deepcopy(places.county.content),
        "folder": folder,
    }


def _with_lines(entries: Any, document: Document, at: Steps, more: dict[str, str]) -> Any:
    if not isinstance(entries, list):
        return entries
    return [
        {**copy.deepcopy(e), "line": document.line(*at, i), **more} if isinstance(e, dict) else e
        for i, e in enumerate(entries)
    ]


def _validated(content: dict[str, Any], places: Places, mistakes: list[PackError]) -> Assembly:
    """The pack; where it cannot be read as it stands, without the rules that are in the way."""
    read = _read(content)
    if isinstance(read, Pack):
        return Assembly(read, places, mistakes)
    mistakes.extend(shape_mistakes(read, Pack, content, places.of))
    mended(read, Pack, content)
    again = _read(content)
    if isinstance(again, Pack):
        return Assembly(again, places, mistakes)
    broken = {e["loc"][1] for e in again.errors() if e["loc"][0] == "rules" and len(e["loc"]) > 1}
    rules: Sequence[Any] = content["rules"]
    kept = tuple(n for n in range(len(rules)) if n not in broken)
    unread = frozenset(str(r.get("code")) for n, r in enumerate(rules) if n in broken and isinstance(r, dict))
    content["rules"] = [rules[n] for n in kept]
    last = _read(content)
    pack = last if isinstance(last, Pack) else None
    return Assembly(pack, replace(places, kept=kept), mistakes, unread)


def _read(content: dict[str, Any]) -> Pack | ValidationError:
    try:
        return Pack.model_validate(content)
    except ValidationError as problem:
        return problem
