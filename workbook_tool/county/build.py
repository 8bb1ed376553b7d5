"""Versions, roster and decisions put together: all that is known of the county."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from workbook_tool.county.across import Return, check_across
from workbook_tool.county.content import content_of
from workbook_tool.county.decide import Aside, Standing
from workbook_tool.county.identify import Department, Listing
from workbook_tool.county.stated import RULES
from workbook_tool.county.types import ACROSS, RETURNS, SET_ASIDE, County, table
from workbook_tool.model import Pack
from workbook_tool.outputs.kept import Reviewed

Line = dict[str, Any]


def build(
    pack: Pack,
    title: str,
    listing: Listing,
    standings: Sequence[Standing],
    aside: Sequence[Aside],
    *,
    counted: Iterable[Reviewed],
    resent: Mapping[int, str] | None = None,
    previous: Mapping[str, Mapping[str, int]] | None = None,
) -> County:
    """The county as it stands.

    Args:
        pack: The pack that counted returns were made from.
        title: What it is called.
        listing: The departments.
        standings: How each of them stands, in the same order, as `decide` gives them.
        aside: What does not count.
        counted: The results of the returns that count, in the order of the standings; gone through once.
        resent: By number of the department the sentence that its return came back unchanged.
        previous: Last year's figures by the departments' codes.
    """
    resent = resent or {}
    content = content_of(_returns(listing, standings, counted), pack)
    both = zip(listing.departments, standings, strict=True)
    return County(
        pack=pack,
        title=title,
        returns=table(RETURNS, (return_line(n, *one, resent.get(n)) for n, one in enumerate(both))),
        set_aside=table(SET_ASIDE, map(aside_line, aside)),
        frames=content.frames,
        computed=content.computed,
        findings=content.findings,
        scores=content.scores,
        criteria=content.criteria,
        across=table(ACROSS, check_across(content.compared, pack)),
        previous=_previous(listing, previous),
        rules=RULES,
    )


def _returns(
    listing: Listing, standings: Sequence[Standing], counted: Iterable[Reviewed]
) -> Iterator[Return]:
    """The results that count, each with its department."""
    numbers = (number for number, standing in enumerate(standings) if standing.counted is not None)
    for number, reviewed in zip(numbers, counted, strict=True):
        yield Return(number, listing.departments[number], reviewed)


def return_line(number: int, department: Department, standing: Standing, unchanged: str | None) -> Line:
    """How a department stands, as a line of RETURNS."""
    arrival = standing.counted
    errors, explains, notes = arrival.severities if arrival else (0, 0, 0)
    return {
        "number": number,
        "code": department.code,
        "department": department.name,
        "contact": department.contact,
        "due": department.due,
        "state": standing.state.value,
        "late": standing.late,
        "unchanged": unchanged is not None,
        "file": arrival.source if arrival else None,
        "copy": arrival.copy if arrival else None,
        "received": arrival.received if arrival else None,
        "sha256": arrival.sha256 if arrival else None,
        "versions": standing.versions,
        "errors": errors,
        "explains": explains,
        "notes": notes,
        "said": standing.chosen + (unchanged or "") + standing.next,
    }


def aside_line(one: Aside) -> Line:
    """A file that does not count, as a line of SET_ASIDE."""
    return {
        "file": one.arrival.source,
        "sha256": one.arrival.sha256 or None,
        "department": one.department,
        "why": one.why.value,
        "sentence": one.sentence,
        "counted": one.counted,
    }


def _previous(
    listing: Listing, previous: Mapping[str, Mapping[str, int]] | None
) -> dict[int, Mapping[str, int]] | None:
    if previous is None:
        return None
    return {
        number: previous[department.code]
        for number, department in enumerate(listing.departments)
        if department.code is not None and department.code in previous
    }
