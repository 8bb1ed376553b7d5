"""Dates as clerks type them, and as spreadsheets count them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from workbook_tool.checks.numbers import INVISIBLE

_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet's serial dates; from 1 March 1900 on the count is right."""

_EARLIEST, _LATEST = date(1980, 1, 1), date(2100, 1, 1)
"""What a date on a form lies between; 2024 typed into a date cell would be the year 1905."""

_WRITTEN = re.compile(
    r"(?P<year>\d{4})\s*(?:"
    r"(?P<mark>[-./])\s*(?P<month>\d{1,2})\s*(?P=mark)\s*(?P<day>\d{1,2})"
    r"|年\s*(?P<month2>\d{1,2})\s*月\s*(?P<day2>\d{1,2})\s*日"
    r"|(?P<month3>\d{2})(?P<day3>\d{2})"
    r")(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
    re.ASCII,
)


def read_date(raw: str | float) -> str | None:
    """The date of a cell as 2024-03-25; None where it holds none.

    Args:
        raw: A text, or a number: a serial date or 20240325.
    """
    if isinstance(raw, str):
        return _of_text(raw)
    if raw == int(raw) and len(str(int(raw))) == 8:
        return _of_text(str(int(raw)))
    return _plausible(_EPOCH + timedelta(days=int(raw))) if 0 < raw < 100_000 else None


def _of_text(text: str) -> str | None:
    match = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).strip())
    if match is None:
        return None
    parts = match.groupdict()
    month = parts["month"] or parts["month2"] or parts["month3"]
    day = parts["day"] or parts["day2"] or parts["day3"]
    try:
        return _plausible(date(int(parts["year"]), int(month), int(day)))
    except ValueError:
        return None


def _plausible(day: date) -> str | None:
    return day.isoformat() if _EARLIEST <= day < _LATEST else None
