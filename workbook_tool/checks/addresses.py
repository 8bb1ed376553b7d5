"""The cells of one workbook by their addresses, as its own formulas see them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from workbook_tool.forms.arithmetic.calculate import Address
from workbook_tool.forms.arithmetic.syntax import Area
from workbook_tool.forms.arithmetic.values import Held, Unclear, Value
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.language.records import Array, Mask, Positions, Records
from workbook_tool.model import FormField, Frame, Pack

Place = tuple[str, int, str]
"""Frame, record and field."""

MOST_LOOKED_AT = 200_000
"""Cells that the formulas of one workbook may look at before the rest of them is left unanswered."""


@dataclass
class _Tab:
    """Where the values of one tab stand.

    Attributes:
        forms: (row, column) of every box of a form.
        columns: column -> the fields of tables there.
        rows: frame -> row -> record of its table.
        lines: All rows that are known, ascending, with the frame each belongs to.
    """

    forms: dict[tuple[int, int], Place] = field(default_factory=dict)
    columns: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @cached_property
    def lines(self) -> tuple[list[int], list[str]]:
        known = [(row, frame) for frame, rows in self.rows.items() for row in rows]
        known += [(row, place[0]) for (row, _), place in self.forms.items()]
        known.sort()
        return [row for row, _ in known], [frame for _, frame in known]


class Book:
    """One workbook of a batch.

    Args:
        records: The batch.
        submission: The workbook's number.

    Attributes:
        mended: Values that stand in place of the batch's own.
    """

    def __init__(self, records: Records, submission: int):
        self.records, self.submission = records, submission
        self.mended: dict[Place, Value] = {}
        self._values: dict[Place, Value] = {}
        self._left = MOST_LOOKED_AT

    @cached_property
    def _tabs(self) -> Mapping[str, _Tab]:
        tabs: dict[str, _Tab] = defaultdict(_Tab)
        lines = self._lines()
        wanted = ("tab", "frame", "field", "row", "column")
        for _, name, frame, label, row, column in self._mine("", self.records.batch.places, wanted):
            tab = tabs[name]
            rows = lines.get((frame, name), {})
            if self.records.table(frame).kind == "table":
                tab.columns[column].append((frame, label))
                tab.rows[frame] = rows
            elif rows:
                tab.forms[int(row), column] = (frame, next(iter(rows.values())), label)
        return {_alike(name): tab for name, tab in tabs.items()}

    def _lines(self) -> dict[tuple[str, str], dict[int, int]]:
        """(frame, tab) -> row -> record."""
        found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for name, frame in self.records.batch.frames.items():
            for record, tab, row in self._mine(name, frame, ("tab", "row")):
                found[name, tab][row] = record
        return found

    def _mine(self, name: str, frame: Frame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a frame that belong to this workbook: their index, and some of their columns."""

        def by_workbook() -> tuple[Positions, list[Array]]:
            numbers = frame["submission"].to_numpy(dtype=np.int64)
            order = np.argsort(numbers, kind="stable")
            return numbers[order], [order, *(frame[c].to_numpy(dtype=object)[order] for c in columns)]

        numbers, values = self.records.once(("by workbook", name), by_workbook)
        mine = slice(*np.searchsorted(numbers, (self.submission, self.submission + 1)))
        return zip(*(v[mine].tolist() for v in values), strict=True)

    def tab_of(self, place: Place) -> str:
        """The tab that a value stands on."""
        return str(self.records.frame(place[0])["tab"].iat[place[1]])

    def at(self, address: Address, home: str) -> Place | None:
        """Whose value stands at an address; None where it is nobody's."""
        sheet, row, column = address
        tab = self._tabs.get(_alike(sheet or home))
        if tab is None:
            return None
        if place := tab.forms.get((row, column)):
            return place
        for frame, label in tab.columns.get(column, ()):
            if row in tab.rows[frame]:
                return frame, tab.rows[frame][row], label
        return None

    def looking_from(self, home: str) -> Callable[[Area], Sequence[Value]]:
        """How a formula on a tab looks cells up."""

        def look(area: Area) -> list[Value]:
            self._left -= area.size
            if self._left < 0:
                raise Unclear
            return [
                self._standing((area.sheet, row, column), home)
                for row in range(area.top, area.bottom + 1)
                for column in range(area.left, area.right + 1)
            ]

        return look

    def _standing(self, address: Address, home: str) -> Value:
        """What stands at an address."""
        place = self.at(address, home)
        if place is not None:
            return self.value(place)
        return None if self._is_blank(address, home) else Held.UNKNOWN

    def _is_blank(self, address: Address, home: str) -> bool:
        """Whether it is a line of an open table that nobody has filled: those are no records.

        Below the last record that holds as far as the next block.
        """
        sheet, row, column = address
        tab = self._tabs.get(_alike(sheet or home))
        if tab is None:
            return False
        rows, frames = tab.lines
        above = bisect_right(rows, row) - 1
        if above < 0:
            return False
        table = self.records.table(frames[above])
        is_open = table.free_rows > 0 or any(r.slots > 1 for r in table.rows)
        return is_open and any(frame == table.name for frame, _ in tab.columns.get(column, ()))

    def value(self, place: Place) -> Value:
        """A value as a formula sees it."""
        if place in self.mended:
            return self.mended[place]
        if place not in self._values:
            self._values[place] = self._own_value(*place)
        return self._values[place]

    def _own_value(self, frame: str, record: int, label: str) -> Value:
        blank = self.records.blank(frame, label)
        if not blank.known[record]:
            return Held.UNKNOWN
        if blank.values[record]:
            return None
        if self.records.once(("text numbers", frame, label), lambda: self._texts(frame, label))[record]:
            return Held.SOMETHING  # counted as a number here, and left out or counted by the program
        value = self.records.column(frame, label).values[record]
        return as_seen(value, self.records.table(frame).by_label[label], self.records.pack)

    def _texts(self, frame: str, label: str) -> Mask:
        """Which numbers of a field the file holds as texts."""
        flags = self.records.batch.text_numbers.get(frame)
        if flags is None or label not in flags:
            return np.zeros(self.records.size(frame), dtype=np.bool_)
        return flags[label].to_numpy(dtype=np.bool_)


def as_seen(value: Any, field: FormField, pack: Pack) -> Value:
    """A typed value as its cell holds it; percentages may stand there in two ways, texts in many."""
    if field.type == "amount":
        return Decimal(int(value)) / pack.fen
    if field.type == "points":
        return Decimal(int(value)) / POINT
    if field.type in ("count", "number"):
        return Decimal(format(value, ".15g"))
    return Held.UNKNOWN if field.type == "percent" else Held.SOMETHING


def _alike(tab: str) -> str:
    """A tab's name as formulas compare it."""
    return tab.casefold()
