"""Draws mutants, checks them many at a time, and says what was missed and what nothing explains."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from mutation.explained import apart, explained
from mutation.ground import Ground, ground
from mutation.made import EVERYWHERE, Found, Made, makers, table
from workbook_tool.forms.load import load_pack
from workbook_tool.run import assess_files

PACKS = ("hunan-yueyang/2023", "national/2020-project")
BATCH = 100
TRIES = 5
"""How often another workbook is tried for an operator that finds no place."""


@dataclass(frozen=True)
class Mutant:
    """A workbook with one mistake or two.

    Attributes:
        made: The operators' names and what each made.
    """

    ground: Ground
    made: tuple[tuple[str, Made], ...]
    seed: str

    @property
    def name(self) -> str:
        """By which it is made again."""
        return f"{self.ground.pack.name} {'+'.join(name for name, _ in self.made)} {self.seed}"

    @property
    def content(self) -> bytes:
        """The workbook."""
        workbook = self.ground.content
        for _, made in self.made:
            for change in made.changes:
                workbook = change(workbook)
        return workbook

    @property
    def must(self) -> set[Found]:
        """What must be found."""
        return {found for _, made in self.made for found in made.must}


@dataclass
class Outcome:
    """What became of many mutants.

    Attributes:
        followed: (operator, reason, code) -> how often it was found besides.
    """

    made: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    followed: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def take(self, mutant: Mutant, found: set[Found]) -> None:
        """Hold what was found against what must and may be."""
        self.made["+".join(name for name, _ in mutant.made)] += 1
        self.missed += [f"{mutant.name}: {one}" for one in sorted(mutant.must - found)]
        for one in sorted(found - mutant.must):
            reason = explained(mutant.ground, one, mutant.made)
            if reason is None:
                self.unexplained.append(f"{mutant.name}: {one}")
            elif reason != "typed":
                self.followed["+".join(name for name, _ in mutant.made), reason, one[0]] += 1


@lru_cache(maxsize=8)
def clean_ground(pack: str, seed: int, typed: bool) -> Ground:
    """The clean workbook of a seed."""
    return ground(load_pack(pack), seed, typed=typed)


def single(pack: str, name: str, seed: int, base: int) -> Mutant | None:
    """A mutant of one operator; None where it finds no place in that workbook."""
    on = clean_ground(pack, base, bool(base % 2))
    made = makers()[name](on, random.Random(f"{name}/{seed}"))
    return Mutant(on, ((name, made),), f"{seed} on {base}") if made else None


def double(pack: str, seed: int, base: int) -> Mutant | None:
    """A mutant of two operators that have nothing in common; None where there is none."""
    on = clean_ground(pack, base, bool(base % 2))
    rng = random.Random(f"two/{seed}")
    names = rng.sample(sorted(makers()), 2)
    made = [makers()[name](on, rng) for name in names]
    if made[0] is None or made[1] is None:
        return None
    if EVERYWHERE & (made[0].area | made[1].area) or made[0].area & made[1].area:
        return None
    if not apart(on, made[0], made[1]):
        return None
    pairs = tuple((name, one) for name, one in zip(names, made, strict=True) if one)
    return Mutant(on, pairs, f"{seed} on {base}")


def singles(each: int, first: int = 0, names: Sequence[str] | None = None) -> Iterator[Mutant]:
    """So many of each operator on each pack, workbook by workbook."""
    for pack in PACKS:
        lacking: Counter[str] = Counter()
        for seed in range(first, first + each + TRIES):
            for operator in table().operators:
                name = operator.name
                if names and name not in names:
                    continue
                if seed < first + each or lacking[name]:
                    mutant = single(pack, name, seed, seed)
                    lacking[name] += (mutant is None) if seed < first + each else -(mutant is not None)
                    if mutant:
                        yield mutant


def doubles(count: int, first: int = 0) -> Iterator[Mutant]:
    """So many of two operators, the packs by turns, several on each workbook."""
    number = made = first
    while made < first + count:
        pack = PACKS[number // 20 % 2]
        mutant = double(pack, number, number // 40)
        number += 1
        if mutant:
            made += 1
            yield mutant


def judged(mutants: Iterator[Mutant], folder: Path, outcome: Outcome | None = None) -> Outcome:
    """Check mutants many at a time."""
    outcome = outcome or Outcome()
    waiting: dict[str, list[Mutant]] = {pack: [] for pack in PACKS}
    for mutant in mutants:
        some = waiting[mutant.ground.pack.name]
        some.append(mutant)
        if len(some) == BATCH:
            _judge(some, folder, outcome)
            some.clear()
    for some in waiting.values():
        if some:
            _judge(some, folder, outcome)
    return outcome


def clean(count: int, folder: Path, first: int = 0) -> Iterator[tuple[str, set[Found]]]:
    """So many clean workbooks of each pack whose totals are left to formulas, with what is found in each."""
    for pack in PACKS:
        for start in range(first, first + count, BATCH):
            seeds = range(start, min(start + BATCH, first + count))
            paths = [folder / f"{number}.xlsx" for number in range(len(seeds))]
            for path, seed in zip(paths, seeds, strict=True):
                path.write_bytes(ground(load_pack(pack), seed, typed=False).content)
            yield from zip((f"{pack} {seed}" for seed in seeds), findings(paths, pack), strict=True)


def _judge(mutants: Sequence[Mutant], folder: Path, outcome: Outcome) -> None:
    paths = [folder / f"{number}.xlsx" for number in range(len(mutants))]
    for path, mutant in zip(paths, mutants, strict=True):
        path.write_bytes(mutant.content)
    for mutant, found in zip(mutants, findings(paths, mutants[0].ground.pack.name), strict=True):
        outcome.take(mutant, found)


def findings(paths: Sequence[Path], pack: str) -> list[set[Found]]:
    """What is found in each workbook."""
    frame = assess_files(paths, load_pack(pack)).findings
    found: list[set[Found]] = [set() for _ in paths]
    for number, code, tab, cell in zip(
        frame["submission"], frame["code"], frame["sheet"], frame["cell"], strict=True
    ):
        found[number].add((code, _text(tab), _text(cell)))
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
