"""Many values made one for each workbook or tab, with three answers; Kleene's and and or."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbook_tool.forms.language.records import DTYPES, NOTHING, Array, Mask, Positions, Vector
from workbook_tool.forms.language.syntax import Kind


def both(left: Vector, right: Vector) -> Vector:
    """Kleene's and: a known no settles it."""
    no = (left.known & ~left.values) | (right.known & ~right.values)
    known = (left.known & right.known) | no
    return Vector(known & ~no, known)


def either(left: Vector, right: Vector) -> Vector:
    """Kleene's or: a known yes settles it."""
    yes = (left.known & left.values) | (right.known & right.values)
    return Vector(yes, (left.known & right.known) | yes)


def match_groups(groups: Positions, ids: Positions) -> Positions:
    """Which group each id is; -1 where it is none of them."""
    if not len(groups):
        return np.full(len(ids), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(groups, ids), len(groups) - 1)
    return np.where(groups[place] == ids, place, -1)


Reduction = Callable[[Positions, int, Kind], Vector]


def _some(of_group: Positions, count: int, mask: Mask) -> Mask:
    """Which groups have a record where the mask holds."""
    return np.bincount(of_group[mask], minlength=count) > 0


def _sum(values: Vector, condition: Vector) -> Reduction:
    def reduce(of_group: Positions, count: int, kind: Kind) -> Vector:
        counted = condition.values & condition.known
        unknown = ~condition.known | (counted & ~values.known)
        total = np.zeros(count, dtype=DTYPES[kind])
        taken = counted & values.known
        np.add.at(total, of_group[taken], values.values[taken])
        return Vector(total, ~_some(of_group, count, unknown))

    return reduce


def _count(values: Vector, condition: Vector) -> Reduction:
    def reduce(of_group: Positions, count: int, kind: Kind) -> Vector:
        held = both(values, condition)
        found = np.bincount(of_group[held.values & held.known], minlength=count).astype(np.float64)
        return Vector(found, ~_some(of_group, count, ~held.known))

    return reduce


def _any(values: Vector, condition: Vector) -> Reduction:
    def reduce(of_group: Positions, count: int, kind: Kind) -> Vector:
        held = both(values, condition)
        yes = _some(of_group, count, held.values & held.known)
        return Vector(yes, yes | ~_some(of_group, count, ~held.known))

    return reduce


def _all(values: Vector, condition: Vector) -> Reduction:
    def reduce(of_group: Positions, count: int, kind: Kind) -> Vector:
        no = _any(Vector(~values.values, values.known), condition)(of_group, count, kind)
        return Vector(~no.values, no.known)

    return reduce


def _picked(choose: Callable[[Array, Positions, Array], None]) -> Callable[[Vector, Vector], Reduction]:
    """A reduction that takes one of the values; unknown where there is none."""

    def build(values: Vector, condition: Vector) -> Reduction:
        def reduce(of_group: Positions, count: int, kind: Kind) -> Vector:
            counted = condition.values & condition.known
            unknown = ~condition.known | (counted & ~values.known)
            taken = np.flatnonzero(counted)[::-1]
            result = np.full(count, NOTHING[kind], dtype=DTYPES[kind])
            result[of_group[taken]] = values.values[taken]
            choose(result, of_group[taken], values.values[taken])
            found = _some(of_group, count, counted)
            return Vector(result, found & ~_some(of_group, count, unknown))

        return reduce

    return build


def _first(values: Vector, condition: Vector) -> Reduction:
    def reduce(of_group: Positions, count: int, kind: Kind) -> Vector:
        # the first record is the first that is not surely left out
        counted = np.flatnonzero(condition.values | ~condition.known)[::-1]
        first = np.full(count, -1, dtype=np.int64)
        first[of_group[counted]] = counted
        sure = Vector(values.values, values.known & condition.known)
        return sure.take(first)

    return reduce


REDUCE: dict[str, Callable[[Vector, Vector], Reduction]] = {
    "sum": _sum,
    "count": _count,
    "any": _any,
    "all": _all,
    "first": _first,
    "min": _picked(np.minimum.at),
    "max": _picked(np.maximum.at),
}
