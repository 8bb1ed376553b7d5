"""What a wrong total's own formula has to do with it: which cells it leaves out, doubles or adds besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from workbook_tool.checks.addresses import Book, Place
from workbook_tool.checks.conform import quoted
from workbook_tool.checks.own_formulas import OwnFormulas, alike
from workbook_tool.findings import cells_of
from workbook_tool.forms.arithmetic.calculate import Added
from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.cells import Cell

MOST_NAMED = 3
"""Cells that a sentence names; of more it says how many."""

Weights = Mapping[Place, Decimal]


class Blame:
    """A wrong total's formula, which gives the very figure that stands there.

    Args:
        place: The total.
        own: The formulas of the batch.
        book: The total's workbook.
    """

    def __init__(self, place: Place, own: OwnFormulas, book: Book):
        self.place, self.own, self.book = place, own, book
        self.text = own.text(place)

    @property
    def applies(self) -> bool:
        """Whether the figure is what the formula gives."""
        if self.text is None:
            return False
        outcome = self.own.outcome(self.place, self.text, self.book)
        return outcome is not None and alike(outcome.value, self.own.stands(self.place))

    @property
    def formula(self) -> str:
        """The formula as a sentence quotes it."""
        return f"公式“{quoted(self.text or '')}”"

    def differs(self, addends: tuple[Cell, ...]) -> tuple[str, tuple[Place, ...]] | None:
        """In words how the formula differs from what the total must add, and the cells that are named.

        None where it adds just that, or does anything but adding.
        """
        added = self.own.added(self.place, self.text or "", self.book)
        if added is None or any(c.weight is None for c in addends):
            return None
        wanted = {c.place: c.weight for c in addends if c.weight is not None}
        mine = self._weights(added)
        groups = [(verb, [p for p in places if self._counts(p)]) for verb, places in _groups(mine, wanted)]
        told = [f"{verb}{self._named(places)}" for verb, places in groups if places]
        if added.besides:
            told.append(f"另外加了{plain(added.besides)}")
        named = tuple(place for _, places in groups for place in places[:MOST_NAMED])
        return (f"{self.formula}{'，'.join(told)}。", named) if told else None

    def _weights(self, added: Added) -> Weights:
        """How often the formula adds each value; what is nobody's value is blank, or nothing were known."""
        home = self.book.tab_of(self.place)
        found = {self.book.at(address, home): weight for address, weight in added.cells.items()}
        return {place: weight for place, weight in found.items() if place is not None}

    def _counts(self, place: Place) -> bool:
        """Whether it makes a difference."""
        return self.book.value(place) not in (None, 0)

    def _named(self, places: list[Place]) -> str:
        cells = cells_of(self.own.records.batch, places[:MOST_NAMED])
        home = self.book.tab_of(self.place)
        named = "、".join(f"{'' if tab == home else f'“{tab}”'}{cell}" for tab, cell in cells)
        return f"{named}等{len(places)}格" if len(places) > MOST_NAMED else named


def _groups(mine: Weights, wanted: Weights) -> Iterator[tuple[str, list[Place]]]:
    """The cells that the formula treats in another way than it must."""
    zero = Decimal(0)
    yield "少加了", [p for p, weight in wanted.items() if weight > 0 and zero <= mine.get(p, zero) < weight]
    yield "少减了", [p for p, weight in wanted.items() if weight < 0 and zero >= mine.get(p, zero) > weight]
    yield "重复加了", [p for p, weight in mine.items() if weight > wanted.get(p, zero) > 0]
    yield "重复减了", [p for p, weight in mine.items() if weight < wanted.get(p, zero) < 0]
    yield "弄反了加减号的是", [p for p, weight in mine.items() if weight * wanted.get(p, zero) < 0]
    yield "多加了", [p for p, weight in mine.items() if weight > 0 and p not in wanted]
    yield "多减了", [p for p, weight in mine.items() if weight < 0 and p not in wanted]
