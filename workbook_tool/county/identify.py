"""Whose a returned workbook is: by stamp and content, never by the name of a file or folder.

The department's code that the template's stamp names is believed first; without it the code that
stands in the identity field; else the name, where it equals one of the roster (width, blanks,
brackets and punctuation do not count). Where these name two departments of the roster, it is
nobody's. Without a roster the codes and names that the workbooks give are taken for one.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from workbook_tool.county.arrivals import Arrival
from workbook_tool.county.types import Why
from workbook_tool.excel.ooxml.texts import normalise

NAMELESS = "没有部门编码，也没有部门名称，看不出是哪个部门的表，没有计入。请填写后重报。"


@dataclass(frozen=True)
class Department:
    """Who is expected to return a workbook.

    Attributes:
        due: The last day, ISO; None where there is none.
        units: The units below it that its tables have to name.
        projects: The names of projects that the bureau entered in its template.
    """

    name: str
    code: str | None = None
    contact: str | None = None
    due: str | None = None
    units: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """The departments in their order; `known` says whether a roster names them."""

    departments: tuple[Department, ...]
    known: bool = True

    @cached_property
    def by_code(self) -> dict[str, int]:
        """The number of each department that has a code."""
        return {plain(d.code): n for n, d in enumerate(self.departments) if d.code}

    @cached_property
    def by_name(self) -> dict[str, int]:
        """The number of each department by its name as it is compared; a name of two is nobody's."""
        count = Counter(normalise(d.name) for d in self.departments)
        return {
            key: n for n, d in enumerate(self.departments) if (key := normalise(d.name)) and count[key] == 1
        }


@dataclass(frozen=True)
class Owner:
    """Whose a workbook is.

    Attributes:
        number: The department's in the listing; None where it is nobody's.
        why: Why it is nobody's.
        sentence: What to tell of it; None where there is nothing to tell.
        concerns: For one that is nobody's, the departments that it might be thought to be of.
    """

    number: int | None
    why: Why | None = None
    sentence: str | None = None
    concerns: tuple[int, ...] = ()


def plain(code: str | None) -> str:
    """A code as it is compared."""
    return "".join(unicodedata.normalize("NFKC", code or "").split())


def identify(arrival: Arrival, listing: Listing) -> Owner:
    """Whose a workbook is."""
    code, written = plain(arrival.code), plain(arrival.written)
    stamped = bool(code) and code != written
    name = arrival.department or ""
    first, second = listing.by_code.get(code), listing.by_code.get(written)
    third = listing.by_name.get(normalise(name))
    others = [n for n in (second, third) if n is not None and n != first]
    if first is not None and others:
        told = _two(stamped, listing, first, others[0])
        return Owner(None, Why.NOT_THEIRS, told, (first, others[0]))
    if first is not None:
        return Owner(first, None, _renamed(name, listing.departments[first]))
    if third is not None and not (code and listing.departments[third].code):
        return Owner(third)
    if code or normalise(name):
        told = _unlisted(code, name, third, listing)
        return Owner(None, Why.NOT_LISTED, told, () if third is None else (third,))
    return Owner(None, Why.NAMELESS, NAMELESS)


def _two(stamped: bool, listing: Listing, first: int, other: int) -> str:
    """That what a workbook says of its department names two."""
    one, two = (listing.departments[n].name for n in (first, other))
    told = (
        f"模板是发给“{one}”的，表内填的却是“{two}”"
        if stamped
        else f"表内填的编码是“{one}”的，名称却是“{two}”"
    )
    return f"{told}，没有计入。请核对是谁的表，用本部门的模板填好再报。"


def _renamed(name: str, department: Department) -> str | None:
    if not normalise(name) or normalise(name) == normalise(department.name):
        return None
    return f"表内填的名称是“{name}”，与“{department.name}”不同，已按编码计入，请核对。"


def _unlisted(code: str, name: str, third: int | None, listing: Listing) -> str:
    if third is not None:
        known = listing.departments[third].code
        return f"名册里没有编码“{code}”；名册中“{name}”的编码是“{known}”，没有计入。请核对编码，改正后再报。"
    called = f"编码“{code}”" if not normalise(name) else f"“{name}”({code})" if code else f"“{name}”"
    return f"名册里没有{called}，没有计入。请核对编码和名称，或补进名册。"


def found(arrivals: Iterable[Arrival]) -> Listing:
    """The departments that workbooks name, for want of a roster: by code, then those without by name."""
    names: dict[str, Counter[str]] = {}
    nameless: dict[str, set[str]] = {}
    for one in arrivals:
        code, name = plain(one.code), (one.department or "").strip()
        if code:
            names.setdefault(code, Counter())[name] += bool(normalise(name))
        elif normalise(name):
            nameless.setdefault(normalise(name), set()).add(name)
    coded = [Department(_usual(names[code]) or code, code) for code in sorted(names)]
    known = {normalise(d.name) for d in coded}
    others = [Department(min(nameless[key])) for key in sorted(nameless) if key not in known]
    return Listing((*coded, *others), known=False)


def _usual(names: Counter[str]) -> str | None:
    """The name that is written most often; of equally many the first."""
    return min((n for n in names if names[n]), key=lambda n: (-names[n], n), default=None)
