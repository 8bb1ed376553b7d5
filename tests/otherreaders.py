"""The cells of a workbook as we read them, and as openpyxl and calamine do, made comparable.

Where the readers mean to differ, the rule is named in RULES; every other difference is a fault of
one of them.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import openpyxl
import python_calamine
from openpyxl.cell.cell import MergedCell
from openpyxl.utils.datetime import to_excel

from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.texts import not_blank
from workbook_tool.excel.returns.books import read_book
from workbook_tool.model import CellError, Uncalculated

Cells = Mapping[tuple[int, int], Any]
RULES = {
    "blank": "a text of which nothing can be seen is blank to us",
    "uncalculated": "a formula without a result is told apart from a blank cell by us alone",
    "error": "an error is a value of its own to us and a text to openpyxl; calamine gives nothing",
    "date": "a day is a number to us; the others know no day 0 or 60, and leave some as text",
    "escape": "openpyxl keeps _xHHHH_ as it is written",
    "line end": "a line end is one character or two",
    "space": "calamine drops the blanks around a text that does not say that they are to be kept",
    "link": "openpyxl gives a blank cell with a link the link's address",
    "inline": "the others drop a value where the text should stand in the cell itself",
    "not a number": "a number that is none stays text with us, to be found as a mistake",
}
"""What the readers differ in by intent."""

_ESCAPE = re.compile("_x[0-9A-Fa-f]{4}_")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_LINK = re.compile(r"mailto:|https?:")
_FIRST_DAYS = 61
_LARGE = 2_000_000


@dataclass
class Tally:
    """Equal cells, those that differ by a rule, and those that differ by none."""

    equal: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    different: list[tuple[str, str, tuple[int, int], Any, Any]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of the cells that are equal or differ by a named rule."""
        explained = self.equal + self.by_rule.total()
        return explained / max(1, explained + len(self.different))


def ours(content: bytes) -> Iterator[tuple[str, Cells]]:
    """Tab by tab; a date is its number."""
    for tab in read_book(Package.open(content)).tabs:
        rows = tab.cells.rows.items()
        yield tab.name, {(row, column): value for row, line in rows for column, value in line.items()}


def by_openpyxl(content: bytes) -> dict[str, Cells]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    found: dict[str, Cells] = {}
    for sheet in book.worksheets:
        found[sheet.title] = {
            at: _plain(cell.value, book.epoch)
            for at, cell in sheet._cells.items()
            if not isinstance(cell, MergedCell) and cell.value not in (None, "")
        }
    return found


def by_calamine(content: bytes) -> dict[str, Cells]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found: dict[str, Cells] = {}
    for known in book.sheets_metadata:
        if known.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(known.name)
        if sheet.total_height * sheet.total_width > _LARGE:
            continue
        rows = sheet.to_python(skip_empty_area=False)
        found[known.name] = {
            (row, column): _plain(value, dt.datetime(1899, 12, 30))
            for row, line in enumerate(rows, 1)
            for column, value in enumerate(line, 1)
            if value != ""
        }
    return found


def _plain(value: Any, epoch: dt.datetime) -> Any:
    """A date as its number."""
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return ("date", float(to_excel(value, epoch)))  # type: ignore[no-untyped-call]
    return value


def compare(name: str, content: bytes, theirs: Callable[[bytes], Mapping[str, Cells]], tally: Tally) -> None:
    """Count what another reader makes of a workbook."""
    others = theirs(content)
    for tab, own in ours(content):
        if tab in others:
            other = others[tab]
            for at in own.keys() | other.keys():
                pair = (own.get(at), other.get(at))
                rule = None if _same(*pair) else rule_for(*pair)
                if _same(*pair):
                    tally.equal += 1
                elif rule is not None:
                    tally.by_rule[rule] += 1
                else:
                    tally.different.append((name, tab, at, *pair))


def _same(own: Any, other: Any) -> bool:
    if isinstance(other, tuple):
        other = other[1]
        return isinstance(own, float) and abs(own - other) < 1e-5
    if isinstance(own, bool) or isinstance(other, bool):
        return own is other
    if isinstance(own, float) and isinstance(other, int | float):
        return own == other or abs(own - other) <= 1e-12 * abs(own)
    return isinstance(own, str) and not isinstance(own, Uncalculated) and own == other


def rule_for(own: Any, other: Any) -> str | None:
    """The rule by which the readers differ here; None where there is none."""
    dated = isinstance(other, tuple) or (isinstance(own, float) and isinstance(other, str))
    match own, other:
        case None, _:
            rule = _blank_rule(other)
        case Uncalculated(), _:
            rule = "uncalculated"
        case CellError(), _:
            rule = "error"
        case _ if dated:
            rule = "date" if _is_known_date(own, other) else None
        case str(), None:
            rule = "inline"
        case str(), str():
            rule = _text_rule(own, other)
        case _:
            rule = "not a number" if isinstance(own, str) else None
    return rule


def _blank_rule(other: Any) -> str | None:
    if not isinstance(other, str):
        return None
    return "blank" if not_blank(other) is None else "link" if _LINK.match(other) else None


def _is_known_date(own: Any, other: Any) -> bool:
    """Whether it is a day that the readers are known to count, or to leave, in different ways."""
    if not isinstance(other, tuple):
        return _ISO.match(other) is not None
    return isinstance(own, str) or abs(other[1]) < _FIRST_DAYS or abs(own - other[1]) in (1.0, 1462.0)


def _text_rule(own: str, other: str) -> str | None:
    if _ESCAPE.search(other):
        return "escape"
    if own.replace("\r\n", "\n").replace("\r", "\n") == other.replace("\r\n", "\n").replace("\r", "\n"):
        return "line end"
    return "space" if own.strip() == other else None
