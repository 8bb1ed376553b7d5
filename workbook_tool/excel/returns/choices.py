"""The drop-down lists of a sheet: which cells have one, and what they offer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from workbook_tool.excel.ooxml.references import column_number

_MOST = 1000
"""No form has more lists on a sheet; further ones are not looked at."""

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")
_PLACE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^'!\[\]]+))!)?(\$?[A-Z]{1,3}\$?[0-9]{1,7}:\$?[A-Z]{1,3}\$?[0-9]{1,7})"
)

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column."""


def read_lists(element: etree._Element) -> list[tuple[str, str]]:
    """Of each drop-down list its cells as the file writes them, and where its choices stand.

    Args:
        element: The data validations of a sheet, or its extensions, where Excel keeps the lists
            whose choices stand on another sheet.
    """
    found: list[tuple[str, str]] = []
    for one in element.iter("{*}dataValidation"):
        source = one.find("{*}formula1") if one.get("type") == "list" else None
        if source is not None and len(found) < _MOST:
            area = one.find("{*}sqref")
            where = one.get("sqref") if area is None else area.text
            found.append((where or "", "".join(map(str, source.itertext())).strip()))
    return found


def area_of(text: str) -> Area | None:
    """The cells that an address names; None where it is none."""
    match = _AREA.fullmatch(text)
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    first, row = column_number(left), int(top)
    return row, first, int(bottom or row), column_number(right) if right else first


def sources_for(
    lists: Sequence[tuple[str, str]], cells: Area | None
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where the choices of the lists of some cells stand, each with the first cell that has it."""
    if cells is None:
        return
    top, left, bottom, right = cells
    for where, source in lists:
        for area in map(area_of, where.split()):
            if area and area[0] <= bottom and top <= area[2] and area[1] <= right and left <= area[3]:
                yield source, (max(top, area[0]), max(left, area[1]))
                break


def choices_of(source: str, texts_in: Callable[[str | None, Area], list[str] | None]) -> list[str] | None:
    """What a list offers; None where that cannot be told.

    Args:
        source: The choices themselves in quotation marks, or where they stand.
        texts_in: Gives what stands in an area of a sheet; of the list's own where it has no name.
    """
    if source.startswith('"'):
        return [text.strip() for text in source.strip('"').replace('""', '"').split(",")]
    match = _PLACE.fullmatch(source)
    area = area_of(match[3]) if match else None
    if match is None or area is None:
        return None
    sheet = match[1].replace("''", "'") if match[1] else match[2]
    return texts_in(sheet, area)
