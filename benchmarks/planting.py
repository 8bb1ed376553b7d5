"""What a planted mistake is: a change of a made-up filing, and what must then be found, said beforehand.

A plant names the areas of the filing that it touches or relies on; plants of one workbook never
share one, so that each is found as if it stood alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from file_plants import Workbook
from pydantic import Field
from spots import Line, holder

from workbook_tool.forms.writing.case_files import parse
from workbook_tool.model import Declared

SIMPLE = Path(__file__).parent / "plants.yaml"
HERE = "#N"
"""In paths of a project: the project that the mistake is planted in."""
UNPROVEN = "无法核对"
"""An area of the workbook as a whole: the first of its typed totals that cannot be told, of which it is said."""

Style = Literal["typed", "formulas"]
Reading = float | None
Edit = tuple[Callable[[Workbook, str, str], None], str]
"""What is changed in the written workbook (given tab and cell), and the path of its place."""


@dataclass
class Ground:
    """A filing with all its totals, to plant in.

    Attributes:
        number: The project to plant in, from 1.
        typed: Whether the totals are typed over the template's formulas.
    """

    data: dict[str, Any]
    rng: random.Random
    number: int
    typed: bool

    def path(self, path: str) -> str:
        """A path with the project's number."""
        return path.replace(HERE, f"#{self.number}")

    def get(self, path: str) -> Any:
        """What stands there; None where nothing does."""
        line, label = holder(self.data, self.path(path))
        return line.get(label)

    def put(self, path: str, value: Any) -> None:
        """Write a value."""
        line, label = holder(self.data, self.path(path))
        line[label] = value

    def add(self, amount: float, *paths: str) -> None:
        """Add to amounts."""
        for path in paths:
            self.put(path, round((self.get(path) or 0) + amount, 6))

    @property
    def project(self) -> Line:
        """The project to plant in."""
        found: Line = self.data["项目"][self.number - 1]
        return found

    def units(self, sheet: str, first: int = 0) -> list[str]:
        """The names of the units in a table of money, from a given one on."""
        return [row["机构名称"] for row in self.data[sheet][1 + first :]]


@dataclass(frozen=True)
class Planted:
    """What was planted.

    Attributes:
        finds: What must be found: code -> paths. The name of a sheet alone is a finding without a
            cell, the empty path one about the whole workbook.
        typed: Totals that are typed over the template's formulas.
        reads: What a cell counts as that holds no plain number.
        edits: What is changed in the written workbook.
    """

    finds: Mapping[str, list[str]]
    typed: tuple[str, ...] = ()
    reads: Mapping[str, Reading] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Plant:
    """A way of making one mistake.

    Attributes:
        code: What is found above all.
        areas: What it touches or relies on: `收支`, `项目#N.资金`; one that begins another includes it.
        make: Changes the filing; None, and nothing changed, where it cannot be planted.
        style: The way of totals it needs; None where it fits both.
    """

    code: str
    name: str
    areas: tuple[str, ...]
    make: Callable[[Ground], Planted | None]
    style: Style | None = None

    @property
    def in_project(self) -> bool:
        """Whether it is planted in a project."""
        return any(HERE in area for area in self.areas)


def overlap(one: str, other: str) -> bool:
    """Whether two areas share something."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


class Simple(Declared):
    """A plant that is a line of YAML.

    Attributes:
        set: What is written: path -> value; `{}` in a text is what stood there.
        finds: Where the code must be found; at the first cell written where nothing is said.
        also: What else must be found.
        areas: What it relies on besides the cells that it names.
        reads: What a cell counts as that then holds no plain number.
    """

    code: str
    set: dict[str, Any]
    finds: list[str] = Field(default_factory=list)
    also: dict[str, list[str]] = Field(default_factory=dict)
    areas: list[str] = Field(default_factory=list)
    reads: dict[str, Reading] = Field(default_factory=dict)

    @property
    def plant(self) -> Plant:
        """The same as a plant."""
        first = next(iter(self.set))
        found = {self.code: self.finds or [first], **self.also}
        touched = {area_of(path) for path in (*self.set, *(p for paths in found.values() for p in paths))}
        return Plant(self.code, f"{self.code}·{first}", (*sorted(touched), *self.areas), self._make(found))

    def _make(self, found: Mapping[str, list[str]]) -> Callable[[Ground], Planted]:
        def make(ground: Ground) -> Planted:
            for path, value in self.set.items():
                old = ground.get(path)
                ground.put(path, value.replace("{}", str(old)) if isinstance(value, str) else value)
            return Planted(found, reads=self.reads)

        return make


def simple_plants() -> Iterator[Plant]:
    """The plants that are a line of YAML each: cells to be written, and what is then found."""
    for entry in yaml.safe_load(SIMPLE.read_text(encoding="utf-8")):
        yield Simple.model_validate(entry).plant


def area_of(path: str) -> str:
    """The area of a cell: of a form the cell itself, of a table its line."""
    if "[" not in path:
        return path
    at = parse(path.replace(HERE, "#999"))
    sheet = path.partition(".")[0].partition("[")[0]
    return ".".join(filter(None, (sheet, at.block, at.row)))
