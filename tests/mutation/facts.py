"""What is printed on each form about its figures: sums, figures stated twice, scores that can be computed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from mutation.ground import Ground, Place
from mutation.made import Found
from workbook_tool.model import Declared

FACTS = Path(__file__).with_name("facts.yaml")
STALE = "格式-13"


class Across(Declared):
    """In each row the total is the sum of its parts."""

    code: str
    frame: str
    total: str
    parts: tuple[str, ...]


class Down(Declared):
    """In each of the columns one row is the sum of the others."""

    code: str
    frame: str
    row: str
    fields: tuple[str, ...]


class Stated(Declared):
    """A cell that must agree with something else, and the code where it does not."""

    code: str
    frame: str
    label: str
    key: str | None = None


class Group(Declared):
    """In a row of one table stand the sums of some rows of another.

    The template's formula for it looks at columns beside the form: the tool cannot work it out anew,
    and that its result is old is told as a sum that is wrong. Not so where one figure is `taken_over`.
    """

    code: str
    frame: str
    key: str
    fields: tuple[str, ...]
    of: str
    rows: tuple[str, ...]
    taken_over: bool = False


class Computed(Declared):
    """Scores that follow from figures: of all rows, of some, or of those with certain choices."""

    frame: str
    label: str
    rows: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - pydantic copies it


class Facts(Declared):
    """All that is stated of one form."""

    across: tuple[Across, ...] = ()
    down: tuple[Down, ...] = ()
    groups: tuple[Group, ...] = ()
    equal: tuple[Stated, ...] = ()
    names: tuple[Stated, ...] = ()
    years: tuple[Stated, ...] = ()
    computed: tuple[Computed, ...] = ()
    rates: tuple[Stated, ...] = ()
    copied: tuple[Stated, ...] = ()


@cache
def facts(pack: str) -> Facts:
    """What is stated of a form."""
    everything = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    return Facts.model_validate(everything[pack])


def totals_of(ground: Ground, place: Place) -> list[tuple[str, Place]]:
    """The cells that must be the sum of a cell and others, with the code where they are not."""
    known = facts(ground.pack.name)
    row = {p.label: p for p in ground.row_of(place)}
    found = [
        (sum_.code, row[sum_.total])
        for sum_ in known.across
        if sum_.frame == place.frame and place.label in sum_.parts and sum_.total in row
    ]
    for sum_ in known.down:
        if sum_.frame == place.frame and place.label in sum_.fields and not place.total:
            found += [(sum_.code, total) for total in _in_row(ground, place, sum_.frame, sum_.row)]
    for group in known.groups:
        if group.of == place.frame and place.key in group.rows and place.label in group.fields:
            found += [(group.code, total) for total in _in_row(ground, place, group.frame, group.key)]
    return found


def sum_of(ground: Ground, place: Place) -> str | None:
    """The code that a wrong total gives at itself: of several sums alike, the first in the rule book."""
    known = facts(ground.pack.name)
    across = [s.code for s in known.across if (s.frame, s.total) == (place.frame, place.label)]
    down = [
        s.code for s in known.down if (s.frame, s.row) == (place.frame, place.key) and place.label in s.fields
    ]
    grouped = [
        g.code for g in known.groups
        if (g.frame, g.key) == (place.frame, place.key) and place.label in g.fields
    ]  # fmt: skip
    return min(across + down + grouped, default=None)


def broken(ground: Ground, place: Place) -> Iterator[Found]:
    """What must be found where a part is another than before: its totals are wrong, or not calculated anew."""
    own = sum_of(ground, place)
    if own:  # itself a sum: that it is wrong is all there is to say
        yield own, *place.at
        return
    grouped = {group.code for group in facts(ground.pack.name).groups if not group.taken_over}
    for code, total in totals_of(ground, place):
        yield (STALE if total.formula and code not in grouped else code), *total.at


def _in_row(ground: Ground, place: Place, frame: str, key: str) -> list[Place]:
    return [
        p for p in ground.places if (p.tab, p.frame, p.label, p.key) == (place.tab, frame, place.label, key)
    ]  # fmt: skip
