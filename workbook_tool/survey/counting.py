"""Which return of each department counts, county by county, by the rules of `county.decide`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from workbook_tool.county.build import aside_line, return_line
from workbook_tool.county.decide import decide
from workbook_tool.county.identify import found
from workbook_tool.model import Pack
from workbook_tool.survey.parts import arrival_of

Line = Mapping[str, Any]

IN_ARCHIVE = re.compile(r"\.zip!", re.IGNORECASE | re.ASCII)
"""Ends the name of an archive in that of a file in it."""


@dataclass(frozen=True)
class Decided:
    """One county: how each of its departments stands, and the files that do not count."""

    county: str
    returns: list[dict[str, Any]]
    aside: list[dict[str, Any]]


def county_by(level: int) -> Callable[[str], str]:
    """What says which county a file is of: the names of its first folders; empty where it lies in none.

    An archive is a folder, called as it would be once unpacked.
    """

    def of(file: str) -> str:
        return "/".join(IN_ARCHIVE.sub("/", file).split("/")[:-1][:level])

    return of


def decided(lines: Iterable[Line], level: int, pack: Pack) -> Iterator[Decided]:
    """Each county with what counts of it.

    Args:
        lines: The lines of `submissions`, those of one county together.
        level: How many folders deep the counties lie.
        pack: The pack that returns have to be made from.
    """
    county_of = county_by(level)
    for county, own in groupby(lines, key=lambda line: county_of(line["file"])):
        arrivals = [arrival_of(line) for line in own]
        listing = found(one for one in arrivals if one.is_of(pack))
        standings, aside = decide(arrivals, listing, pack)
        both = zip(listing.departments, standings, strict=True)
        yield Decided(
            county,
            [return_line(number, *one, None) for number, one in enumerate(both)],
            [aside_line(one) for one in aside],
        )
