"""The ranges of a rubric's bands: "[80, 90)", "(30, )", "(, 0]"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from workbook_tool.forms.figures import plain
from workbook_tool.model import Band, PackError


@dataclass(frozen=True)
class Interval:
    """A range of a band; None where it has no bound."""

    least: Decimal | None
    most: Decimal | None
    least_in: bool
    most_in: bool

    def __contains__(self, value: Decimal) -> bool:
        """Whether a figure lies in it."""
        above = self.least is None or value > self.least or (self.least_in and value == self.least)
        below = self.most is None or value < self.most or (self.most_in and value == self.most)
        return above and below

    def in_words(self, unit: str) -> str:
        """As a form writes it: 80%（含）至90%."""
        least = "" if self.least is None else f"{plain(self.least)}{unit}"
        most = "" if self.most is None else f"{plain(self.most)}{unit}"
        if self.least is not None and self.least == self.most:
            return least
        if not most:
            return f"{least}{'（含）' if self.least_in else ''}以上"
        if not least:
            return f"{most}{'（含）' if self.most_in else ''}以下"
        return f"{least}{'（含）' if self.least_in else ''}至{most}{'（含）' if self.most_in else ''}"


_RANGE = re.compile(
    r"(?P<open>[\[(])\s*(?P<least>-?[0-9]+(?:\.[0-9]+)?)?\s*,\s*(?P<most>-?[0-9]+(?:\.[0-9]+)?)?\s*(?P<close>[\])])"
)


@lru_cache(maxsize=1024)
def read_range(text: str) -> Interval:
    """The interval that a band writes as "[80, 90)", "(30, )" or "(, 0]".

    Raises:
        PackError: It is written in another way, or is empty.
    """
    match = _RANGE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise PackError(f"档次“{text}”写法有误，应写成 [80, 90)、(30, ) 或 (, 0] 这样的形式")
    least, most = (Decimal(bound) if bound else None for bound in (match["least"], match["most"]))
    if least is not None and most is not None and least > most:
        raise PackError(f"档次“{text}”的下限比上限大")
    return Interval(least, most, match["open"] == "[", match["close"] == "]")


def check_bands(bands: Sequence[Band]) -> None:
    """Refuse bands that are written wrongly, overlap, or leave a gap between two of them.

    Raises:
        PackError: With the ranges.
    """
    for _, says in band_mistakes([band.range for band in bands]):
        raise PackError(says)


def band_mistakes(ranges: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Every range that is written wrongly, overlaps another or leaves a gap: its position and why."""
    readable: list[tuple[Interval, int]] = []
    for number, text in enumerate(ranges):
        try:
            readable.append((read_range(text), number))
        except PackError as mistake:
            yield number, mistake.message
    if len(readable) < len(ranges):
        return
    for (one, lower), (other, upper) in pairwise(sorted(readable, key=lambda known: _start(known[0]))):
        pair = f"档次“{ranges[lower]}”和“{ranges[upper]}”"
        touching = one.most == other.least
        if one.most is None or other.least is None or one.most > other.least:
            yield upper, f"{pair}有重叠"
        elif touching and one.most_in and other.least_in:
            yield upper, f"{pair}有重叠"
        elif not touching or not (one.most_in or other.least_in):
            yield upper, f"{pair}之间有空档"


def _start(interval: Interval) -> tuple[bool, Decimal, bool]:
    return (interval.least is not None, interval.least or Decimal(0), not interval.least_in)
