"""A clean workbook to make mistakes in, and where everything stands in it by the writer's own plan."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mutation.filings import clean
from workbook_tool import make
from workbook_tool.excel.fill import fill, place
from workbook_tool.excel.ooxml.package import MAIN, Package
from workbook_tool.excel.template.layout import plan_tabs
from workbook_tool.excel.template.paper import Spot
from workbook_tool.findings import column_letters
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.model import FormField, Pack

CELL = f"{{{MAIN}}}"
LIVE = 3
_REFERENCE = re.compile(r"(?:('[^']+'|[\w.]+)!)?\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_QUOTED = re.compile(r'"[^"]*"')

Area = tuple[str, int, int, int, int]
"""Tab, first row and column, last row and column."""


@dataclass(frozen=True)
class Place:
    """A cell to be filled.

    Attributes:
        row: From 1, as is `column`.
        right: The last column of its merged area.
        value: What stands there; of a formula's cell nothing.
        key: The fixed row's key; None in free rows and in forms.
        line: Which line under that key; None in forms.
        total: In a row that adds up others.
        formula: What the template calculates there.
        calculated: What that gave when the workbook was written; None where it gave nothing.
    """

    tab: str
    frame: str
    field: FormField
    row: int
    column: int
    right: int
    value: Any
    key: str | None
    line: int | None
    total: bool
    formula: str | None
    calculated: float | None

    @property
    def label(self) -> str:
        return self.field.label

    @property
    def address(self) -> str:
        return f"{column_letters(self.column)}{self.row}"

    @property
    def at(self) -> tuple[str, str]:
        return self.tab, self.address

    @property
    def number(self) -> bool:
        """Whether a plain number was typed."""
        return self.formula is None and isinstance(self.value, int | float)

    @property
    def filled(self) -> bool:
        """Whether somebody typed something."""
        return self.formula is None and self.value is not None


@dataclass(frozen=True)
class Printed:
    """A printed text or figure: a header, a label, what a fixed row prints."""

    tab: str
    role: str
    row: int
    column: int
    text: str | float
    label: str
    frame: str

    @property
    def address(self) -> str:
        return f"{column_letters(self.column)}{self.row}"


@dataclass(frozen=True)
class Ground:
    """A clean workbook.

    Attributes:
        typed: Whether its totals are typed over the template's formulas.
        places: The cells to be filled, on the tabs that are not blank; so for `printed`.
        tabs: The tab's name -> the sheet of the form.
    """

    pack: Pack
    seed: int
    typed: bool
    content: bytes
    tabs: Mapping[str, str]
    places: tuple[Place, ...]
    printed: tuple[Printed, ...]
    formulas: Mapping[tuple[str, str], str]

    @cached_property
    def by_cell(self) -> dict[tuple[str, str], Place]:
        """Every cell to be filled by tab and address."""
        return {p.at: p for p in self.places}

    @cached_property
    def _read_by(self) -> list[tuple[tuple[str, str], list[Area]]]:
        return [(at, list(areas(text, at[0]))) for at, text in self.formulas.items()]

    def among(self, rng: random.Random, where: Callable[[Place], bool]) -> Place | None:
        """Some cell of that kind; each sheet has the same chance, however many cells it has."""
        found = [p for p in self.places if where(p)]
        if not found:
            return None
        frame = rng.choice(sorted({p.frame for p in found}))
        return rng.choice([p for p in found if p.frame == frame])

    def row_of(self, place: Place) -> list[Place]:
        """All cells to be filled in the same table's row."""
        return [p for p in self.places if (p.tab, p.frame, p.row) == (place.tab, place.frame, place.row)]

    def following(self, cells: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """The cells of formulas that depend on some cells, by what the formulas themselves say."""
        found: set[tuple[str, str]] = set()
        fresh = set(cells)
        while fresh:
            places = [(tab, *_position(address)) for tab, address in fresh]
            fresh = {
                at
                for at, read in self._read_by
                if at not in found and any(_inside(one, area) for one in places for area in read)
            }
            found |= fresh
        return found


def areas(formula: str, tab: str) -> Iterator[Area]:
    """The cells that a formula names."""
    for sheet, left, top, right, bottom in _REFERENCE.findall(_QUOTED.sub('""', formula)):
        yield (
            sheet.strip("'") or tab, int(top), column_number(left),
            int(bottom or top), column_number(right or left),
        )  # fmt: skip


def column_number(letters: str) -> int:
    """A -> 1, AB -> 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _position(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :] or 0), column_number(letters)


def _inside(one: tuple[str, int, int], area: Area) -> bool:
    tab, row, column = one
    return tab == area[0] and area[1] <= row <= area[3] and area[2] <= column <= area[4]


def ground(pack: Pack, seed: int, *, typed: bool) -> Ground:
    """The clean workbook of a seed; every third carries the live checks, as those that are sent out do."""
    data = clean(pack.name, seed, case_files(pack).base, not typed)
    out = io.BytesIO()
    (make.fill if seed % LIVE == 0 else fill)(data, pack, out)
    content = out.getvalue()
    calculated = {at: (formula, number) for at, formula, number in _calculated(content)}
    tabs = plan_tabs(pack, place(data, pack))
    places, printed = [], []
    for tab in (t for t in tabs if not t.layout.contents.empty):
        for spot in tab.layout.spots:
            if spot.role == "value" and spot.field:
                value = tab.layout.contents.value(spot.frame, spot.field.label, spot.line)
                places.append(_place(tab.name, spot, spot.field, value, calculated))
            elif spot.role in ("header", "label", "printed") and spot.text is not None:
                label = spot.field.label if spot.field else ""
                at = (spot.top + 1, spot.left + 1)
                printed.append(Printed(tab.name, spot.role, *at, spot.text, label, spot.frame))
    return Ground(
        pack, seed, typed, content, {tab.name: tab.layout.sheet.name for tab in tabs},
        tuple(places), tuple(printed), {at: formula for at, (formula, _) in calculated.items()},
    )  # fmt: skip


def _place(
    tab: str,
    spot: Spot,
    field: FormField,
    value: Any,
    calculated: Mapping[tuple[str, str], tuple[str, float | None]],
) -> Place:
    line = spot.line
    at = f"{column_letters(spot.left + 1)}{spot.top + 1}"
    return Place(
        tab, spot.frame, field, spot.top + 1, spot.left + 1, spot.right + 1, value,
        line.key if line else None, line.number if line else None, bool(line and line.total),
        *calculated.get((tab, at), (None, None)),
    )  # fmt: skip


def _calculated(content: bytes) -> Iterator[tuple[tuple[str, str], str, float | None]]:
    """Every cell with a formula: where it is, the formula, the number that it gave."""
    package = Package.open(content)
    for sheet in package.sheets:
        for cell in package.parse(sheet.part).iter(f"{CELL}c"):
            text = cell.findtext(f"{CELL}f")
            if text:
                result = cell.findtext(f"{CELL}v")
                number = float(result) if result and cell.get("t", "n") == "n" else None
                yield (sheet.name, str(cell.get("r"))), text, number
