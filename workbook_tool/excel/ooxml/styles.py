"""What number formats tell of a value: whether a number is shown as a date, and which day it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from lxml import etree


@dataclass(frozen=True, slots=True)
class Styles:
    """What number formats tell of a value.

    Attributes:
        dates: The style numbers (as the cells write them) that show a number as a date.
        since_1904: Whether days are counted from 1904 instead of 1900.
        watched: The style numbers whose cells are to be kept apart, since they may hide what they hold.
    """

    dates: frozenset[str] = frozenset()
    since_1904: bool = False
    watched: frozenset[str] = frozenset()

    def day_number(self, text: str) -> str | float:
        """The number of a date that is written as a date, as strict workbooks do; text if it is none."""
        try:
            moment = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        except ValueError:
            return text
        since = moment - (datetime(1904, 1, 1) if self.since_1904 else datetime(1899, 12, 30))
        return since.days + since.seconds / 86400


_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""The built-in formats that show a date or a time; those from 27 and 50 on are the East Asian ones."""

_NOT_A_CODE = re.compile(r'"[^"]*"|\\.|!.|_.|\*.|\[[^\]]*\]|general|(?<=[0#?.])e[+-]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_DATE_CODE = re.compile(r"[ymdhs年月日]|aaa|(?<![a-z])e", re.IGNORECASE)


LONGEST_FORMAT = 1024
"""How much of a number format is looked at: Excel writes up to 255 letters."""


@lru_cache(maxsize=1024)
def is_date_format(code: str) -> bool:
    """Whether a number format shows a number as a date or a time of day."""
    first = code.partition(";")[0]
    return bool(_ELAPSED.search(first)) or bool(_DATE_CODE.search(_NOT_A_CODE.sub("", first)))


def read_styles(root: etree._Element) -> frozenset[str]:
    """The numbers of the cell styles that show a date, as the cells write them."""
    namespace = root.tag[: root.tag.index("}") + 1] if "}" in root.tag else ""
    formats = root.iterfind(f"{namespace}numFmts/{namespace}numFmt")
    custom = {f.get("numFmtId"): (f.get("formatCode") or "")[:LONGEST_FORMAT] for f in formats}
    built_in = {str(n) for n in _DATE_FORMATS}
    return frozenset(
        str(number)
        for number, xf in enumerate(root.iterfind(f"{namespace}cellXfs/{namespace}xf"))
        if (
            is_date_format(custom[xf.get("numFmtId")])
            if xf.get("numFmtId") in custom
            else xf.get("numFmtId") in built_in
        )
    )


_LAST_DAY = 2_950_000
"""Past any date of a form, and short of the year 10,000 in both ways of counting."""


def iso_date(serial: float, since_1904: bool = False) -> str | None:
    """The day of a spreadsheet's day number as 2024-03-25; None where there is no such day.

    Counting from 1900 knows a 29 February 1900 that never was, as number 60.
    """
    if not 0 <= serial < _LAST_DAY:
        return None
    days = int(serial)
    if since_1904:
        first = date(1904, 1, 1)
    elif days in (0, 60):
        return None
    else:
        first = date(1899, 12, 31) if days < 60 else date(1899, 12, 30)
    return (first + timedelta(days=days)).isoformat()
