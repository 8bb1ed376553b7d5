"""How findings on score sheets put points, the scores a rule can give, and what an item allows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import Item

JUDGED, UNPROVEN = "评判", "无依据"
"""What is said in the place of a score where a person judges, and where the evidence is missing."""

_FEW = 6
"""How many scores a message lists."""


def as_text(points: int) -> str:
    """1/10,000 points as points."""
    return plain(Decimal(points) / POINT)


def in_words(reachable: Sequence[tuple[int, int]], claim: int) -> str:
    """The scores a rule can give: all of a few, otherwise the two next to a claim."""
    if lists_all(reachable):
        return "、".join(as_text(low) for low, _ in reversed(reachable))
    below = [high for _, high in reachable if high < claim]
    above = [low for low, _ in reachable if low > claim]
    return "、".join(map(as_text, [*below[-1:], *above[:1]])) + "等"


def lists_all(reachable: Sequence[tuple[int, int]]) -> bool:
    """Whether there are so few scores that a message can list them all."""
    return len(reachable) <= _FEW and all(low == high for low, high in reachable)


def allowed(item: Item) -> str:
    """The deductions an item allows: 0、4至7."""
    if item.most is None:
        return f"0、{plain(item.least or Decimal(0))}以上"
    least = plain(item.least or Decimal(0))
    return (
        "0、" + "至".join(dict.fromkeys((least, plain(item.most))))
        if least != "0"
        else f"0至{plain(item.most)}"
    )
