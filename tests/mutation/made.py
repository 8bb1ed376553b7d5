"""What an operator made of a workbook, and what must then be found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mutation.ground import Ground, Place
from mutation.writing import Change
from workbook_tool.model import Declared

TABLE = Path(__file__).with_name("operators.yaml")

Found = tuple[str, str, str]
"""Code, tab and cell; empty where a finding has none."""
EVERYWHERE = frozenset({"*"})


@dataclass(frozen=True)
class Made:
    """A mistake made.

    Attributes:
        must: What must be found.
        touched: The cells whose content is another now, or cannot be seen or read any more.
        may: What may be found besides: a code anywhere on these tabs, or in one cell of them.
        gone: Tab and number of the row that was taken out: what stood below has another address.
        area: The tabs that it concerns: two mistakes in one workbook never share one.
    """

    changes: tuple[Change, ...]
    must: frozenset[Found]
    touched: tuple[Place, ...] = ()
    may: frozenset[Found] = frozenset()
    area: frozenset[str] = EVERYWHERE
    gone: tuple[str, int] | None = None


Make = Callable[[Ground, random.Random], Made | None]


class Operator(Declared):
    """One line of the table of operators.

    Attributes:
        does: What somebody does, in words.
        finds: The codes that must be found; none where nothing may change.
        follows: What may follow, each a key of the table of reasons.
    """

    name: str
    does: str
    finds: tuple[str, ...] = ()
    says: str = ""
    follows: tuple[str, ...] = ()


class Table(Declared):
    """The table: reasons why something may follow, and the operators."""

    reasons: dict[str, str]
    operators: tuple[Operator, ...]


@cache
def table() -> Table:
    """The operators as declared."""
    return Table.model_validate(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


_MAKERS: dict[str, Make] = {}


def operator(make: Make) -> Make:
    """Register the function of an operator under its name."""
    _MAKERS[make.__name__] = make
    return make


def makers() -> dict[str, Make]:
    """The function of every operator by name."""
    from mutation import books, cells, sums, tables  # noqa: F401 - they register themselves

    return _MAKERS


def at(place: Place, *codes: str) -> Iterator[Found]:
    """Findings at a cell."""
    for code in codes:
        yield code, *place.at
