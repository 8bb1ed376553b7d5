"""Numbers as clerks type them: one grammar for texts, and the exact reading of a double.

Python's own `float` reads `1_000`, `nan`, `1e400` and Arabic-Indic digits, and does not read
`1,234.50`, `（12）` or `92万元`; a clerk's cell needs it the other way round.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import FormField, Pack

MONEY_UNITS = {
    name: fen
    for names, fen in (
        (("元", "圆", "元整", "圆整"), 100),
        (("千", "千元", "千元整"), 100_000),
        (("万", "万元", "万元整"), 1_000_000),
        (("百万", "百万元"), 100_000_000),
        (("千万", "千万元"), 1_000_000_000),
        (("亿", "亿元", "亿元整"), 10_000_000_000),
    )
    for name in names
}
"""How many fen one of each unit is that people write behind an amount."""

PERCENT = "%"

INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
"""Characters that take no room on the paper and still make two texts unequal."""

_LONGEST = 64

_NUMBER = re.compile(
    r"(?P<before>[-+]?)\s*¥?\s*(?P<after>[-+]?)\s*"
    r"(?P<figure>(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
    r"\s*(?P<unit>[^\s0-9.,()¥+-]*)"
)
_NEGATIVE = re.compile(r"\(\s*(?P<inside>[^()]*?)\s*\)\s*(?P<unit>[^\s0-9.,()¥+-]*)")


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it was written: its figure, and the unit behind it ("" where there is none)."""

    figure: Decimal
    unit: str


def read_written(text: str) -> Written | None:
    """Read a text as a number; None where it is none.

    Full-width characters, spaces around the figure, ¥, thousands in groups of three and
    parentheses for a negative are understood; exponents, other digits and words are not.
    """
    folded = _folded(INVISIBLE.sub("", text).strip())
    if folded is None or len(folded) > _LONGEST:
        return None
    bracket = _NEGATIVE.fullmatch(folded)
    match = _NUMBER.fullmatch(bracket["inside"] if bracket else folded)
    if match is None:
        return None
    signs = match["before"] + match["after"]
    if len(signs) > 1 or (bracket and (signs or (match["unit"] and bracket["unit"]))):
        return None
    figure = Decimal(match["figure"].replace(",", ""))
    negative = figure != 0 and (signs == "-" or bracket is not None)
    return Written(-figure if negative else figure, match["unit"] or (bracket["unit"] if bracket else ""))


def _folded(text: str) -> str | None:
    """The text in plain characters; None where folding would make digits of what is none (², ①)."""
    if text.isascii():
        return text
    for character in text:
        if character.isascii() or "０" <= character <= "９":
            continue
        if any(c.isdigit() for c in unicodedata.normalize("NFKC", character)):
            return None
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-")


def exact(value: float) -> Decimal:
    """The number a spreadsheet shows for a double: its first 15 digits."""
    return Decimal(format(value, ".15g"))


@dataclass(frozen=True, slots=True)
class Whole:
    """How a kind of number becomes an integer.

    Attributes:
        scale: How many of the smallest unit one written unit is: 1,000,000 fen to 1 万元.
        dust: How far from a whole number, in the smallest unit, a double may be that a formula
            left there (`=0.3-0.1-0.2`); a hundredth of a fen is the 8th decimal of 万元.
    """

    scale: int
    dust: Decimal

    @property
    def places(self) -> int:
        """How many decimals may be written."""
        return len(str(self.scale)) - 1

    @property
    def least(self) -> str:
        """The smallest number that may be written: 0.000001."""
        return plain(Decimal(1) / self.scale)

    def of_text(self, figure: Decimal, unit: int) -> int | None:
        """The integer of a written figure in a unit of so many; None where it has a rest."""
        whole = Fraction(figure) * unit
        return whole.numerator if whole.denominator == 1 else None

    def of_double(self, value: float) -> int | None:
        """The integer of a cell's double; None where it has too many decimals."""
        scaled = exact(value) * self.scale
        nearest = scaled.to_integral_value()
        return int(nearest) if abs(scaled - nearest) < self.dust else None

    def of_doubles(
        self, values: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """`of_double` for many at once, and which of them it could answer for certain.

        The product is off by less than 1e-15 of itself, so half the dust is room enough.
        """
        dust = float(self.dust)
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = values * self.scale
            nearest = np.rint(scaled)
            sure = (np.abs(scaled) < dust * 5e14) & (np.abs(scaled - nearest) < dust / 2)
        return np.where(sure, nearest, 0.0).astype(np.int64), sure


def whole_of(field: FormField, pack: Pack) -> Whole:
    """How an amount, a count or points become an integer."""
    if field.type == "amount":
        return Whole(pack.fen, Decimal("0.01"))
    if field.type == "points":
        return Whole(POINT, Decimal("0.01"))
    return Whole(1, Decimal("0.000001"))


def percents(fractions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Fractions, as the cells of a percent format hold them, in percent: 0.57 -> 57 and no dust."""
    return np.round(fractions * 100, 10)
