"""The doors that coverage-guided fuzzing tries: their seeds, what was found there, and texts at random."""

from __future__ import annotations

import random

import pytest

import smallbooks
from coverage_fuzzing import NAMES
from fuzz_targets import TARGETS, in_place_of
from hostile import lying
from smallbooks import BOOK

_broken_name = (
    smallbooks.parts()[BOOK].replace(b'r:id="rId1"', b'r:id="rId99"').replace(b'name="', b'name="a&#10;b', 1)
)

FOUND = {
    "numbers": {
        "a count of more digits than sentences tell": b"99999999999999999999",
        "the same with a unit": b"44444444444444444444\xe4\xba\xba",
        "the largest number there may be": b"1" + b"0" * 15,
    },
    "references": {
        "columns of two lengths put together": b"\x84\x7e=SUMPRODUCT((LEN(TRIM(A2:A2&B1:B3&C1:C2))>0)*1)",
    },
    "rules": {
        "nothing but a list": b"\x00" + "叫法".encode(),
        "a list beside a list": b"\x00" + "叫法 in ['甲']".encode(),
        "a number among texts": b"\x00" + "自评 in ['甲']".encode(),
        "a number that no column holds": b"\x00" + b"4" * 52,
        "no number at all": b"\x00" + "1e999 > 决算".encode(),
        "too large only when it is worked out": b"\x00" + "预算 < 1000000000 * 1000000000".encode(),
        "a row of a row of a row": b"\x00" + ("收入[" * 12 + "名称" + "].单位" * 12).encode(),
        "no text": b"\x001 + \x00",
        "deep": b"\x00" + b"-" * 5000 + "决算".encode(),
        "long": b"\x00" + b"+".join(["决算".encode()] * 600),
    },
    "packages": {
        "a line break in a part's name": b"\xff" + lying("xl/styles.xml", local={"name": b"a\nb"}, central={"name": b"a\nb", "crc": 1}),
        "a line break in a tab's name": in_place_of(BOOK, _broken_name),
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), [(n, d) for n, found in FOUND.items() for d in found.values()],
                         ids=[f"{n}: {what}" for n, found in FOUND.items() for what in found])  # fmt: skip
def test_what_was_found_stays_mended(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


def test_the_script_knows_every_target() -> None:
    assert tuple(TARGETS) == NAMES


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_handled(name: str) -> None:
    seeds = TARGETS[name].seeds()
    assert seeds and all(len(seed) <= TARGETS[name].longest for seed in seeds)
    for seed in seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_pieces_put_together_are_handled(name: str) -> None:
    chance = random.Random(name)
    target = TARGETS[name]
    pieces = [*target.seeds(), *(word.encode() for word in target.words)]
    for _ in range(300):
        data = b"".join(_cut(chance, chance.choice(pieces)) for _ in range(chance.randrange(1, 5)))
        target.run((target.mutate(chance, data) if target.mutate else data)[: target.longest])


def _cut(chance: random.Random, piece: bytes) -> bytes:
    start, end = sorted(chance.choices(range(len(piece) + 1), k=2))
    return piece if chance.random() < 0.7 else piece[start:end]
