"""How much room a text needs on paper: lines and points, estimated without a font.

A full-width character counts two units, any other one; a column of width 10 holds ten units of
the body font. The estimate is on the large side: white space is better than a lost line.
"""

from __future__ import annotations

import math
from functools import lru_cache

LINE = 14.5
"""Height of one line of the body font (10.5 points) in points."""
PADDING = 7.0
TALLEST = 400.0
"""No row of a spreadsheet is higher than 409.5 points."""


def units(text: str) -> int:
    """The width of one line of text in half-width characters."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


@lru_cache(maxsize=4096)
def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a cell of that width (in characters)."""
    room = max(width * 1.05 - 1, 2.0)
    return sum(max(math.ceil(units(part) / room), 1) for part in text.split("\n"))


def height_of(lines: int) -> float:
    """The height of a row that holds so many lines."""
    return lines * LINE + PADDING


def split_height(height: float, largest: float = 200.0) -> list[float]:
    """Share a height among rows that each stay small enough to break well over pages."""
    count = max(math.ceil(height / largest), 1)
    return [round(height / count, 2)] * count
