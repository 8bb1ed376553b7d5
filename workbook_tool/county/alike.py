"""Which of many long texts are nearly the same, without comparing each with every other.

Two texts are alike by the share of their runs of characters that both have (Jaccard). Of two texts
that are alike enough, one of the rarest runs of the one is among the rarest of the other: only
texts that share such a run are compared. The answer is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def alike(texts: Sequence[str], least: Decimal, run: int) -> list[tuple[list[int], Fraction]]:
    """The groups of texts of which each is like another of the group.

    Args:
        texts: As they are compared: without blanks and punctuation, each at least `run` long.
        least: How alike two texts must be, from 0 to 1.
        run: How many characters a run has.

    Returns:
        The positions of each group of two and more, in order, and the least of the likenesses by
        which texts came into the group.
    """
    order = sorted(set(texts), key=lambda t: (len(t), t))
    groups = _Groups(order, Fraction(least), run)
    for number in range(len(order)):
        groups.meet(number)
    members: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        members.setdefault(text, []).append(position)
    found: dict[int, list[int]] = {}
    for number, text in enumerate(order):
        found.setdefault(groups.root(number), []).extend(members[text])
    return sorted((sorted(some), groups.least[root]) for root, some in found.items() if len(some) > 1)


def _numbered(texts: Sequence[str], run: int) -> tuple[list[list[int]], int]:
    """The runs of each text as numbers, the rarest first, and from which number on two texts have one."""
    runs = [dict.fromkeys(text[i : i + run] for i in range(len(text) - run + 1)) for text in texts]
    count = Counter(bit for some in runs for bit in some)
    rank = {bit: n for n, bit in enumerate(sorted(count, key=count.__getitem__))}
    single = sum(1 for number in count.values() if number == 1)
    return [sorted(rank[bit] for bit in some) for some in runs], single


class _Groups:
    """Texts joined to groups as they meet; within a group nothing is compared any more.

    Args:
        texts: The shortest first.
        bound: How alike two must be.
        run: How many characters a run has.

    Attributes:
        least: The least likeness by which two texts were joined, by the root of their group.
        holders: For each run the texts that have it among their rarest, by the root of their group.
    """

    def __init__(self, texts: Sequence[str], bound: Fraction, run: int):
        self.share, self.of = bound.as_integer_ratio()
        self.ordered, self.single = _numbered(texts, run)
        self.runs = [frozenset(some) for some in self.ordered]
        self.parents = list(range(len(texts)))
        self.least = [Fraction(1)] * len(texts)
        self.holders: dict[int, dict[int, list[int]]] = {}

    def root(self, number: int) -> int:
        """The text that stands for the group of this one."""
        while self.parents[number] != number:
            self.parents[number] = self.parents[self.parents[number]]
            number = self.parents[number]
        return number

    def meet(self, number: int) -> None:
        """Compare a text with those of other groups that share one of its rarest runs with it.

        Of texts alike enough the longer has so many runs in common with the shorter that they
        share one even if all but the rarest few of each are left out.
        """
        size = len(self.runs[number])
        compared: set[int] = set()
        rarest = self.ordered[number][: size * (self.of - self.share) // self.of + 1]
        for bit in rarest:
            if bit < self.single:
                continue
            holders = self.holders.setdefault(bit, {})
            for group, others in list(holders.items()):
                if self.root(group) != self.root(number):
                    self._compare(number, others, compared)
            mine = self.root(number)
            for group in [g for g in holders if g != mine and self.root(g) == mine]:
                holders.setdefault(mine, []).extend(holders.pop(group))
            holders.setdefault(mine, []).append(number)

    def _compare(self, number: int, others: Sequence[int], compared: set[int]) -> None:
        """Join a text to the first of a group that it is like, if any."""
        mine, size = self.runs[number], len(self.runs[number])
        for other in others:
            theirs = self.runs[other]
            if other in compared or len(theirs) * self.of < self.share * size:
                continue
            compared.add(other)
            both = len(mine & theirs)
            if both * self.of >= self.share * (size + len(theirs) - both):
                self._join(number, other, Fraction(both, size + len(theirs) - both))
                return

    def _join(self, number: int, other: int, likeness: Fraction) -> None:
        one, two = sorted((self.root(number), self.root(other)))
        self.parents[two] = one
        self.least[one] = min(likeness, self.least[one], self.least[two])
