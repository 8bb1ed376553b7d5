"""Hostile files go the whole way of `check`: each comes to a result, or to one line that says why not.

They are tried in a process of their own, whose time and memory are watched. Those that are large
take their time to be made alone, and are tried with the slow tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from guarded import MEGABYTES, Outcome, tried
from hostiles import HOSTILE

LARGE = "超大的工作表"
PROCESSOR_SECONDS = 10
"""A hang, and no measure of speed: docs/survival.md has that."""

SMALL = [name for name, one in HOSTILE.items() if one.kind != LARGE]
EITHER = "any"
"""A file of which any result will do: what a wrong byte hits is chance."""


def outcomes(names: Iterable[str]) -> dict[str, Outcome]:
    return dict(tried((name, HOSTILE[name].make()) for name in names))


@pytest.fixture(scope="module")
def small() -> dict[str, Outcome]:
    return outcomes(SMALL)


def test_one_in_ten_comes_to_a_result_or_a_refusal() -> None:
    assert_as_expected(outcomes(SMALL[::10]))


def assert_as_expected(found: Mapping[str, Outcome]) -> None:
    wrong = []
    for name, came_to in found.items():
        expected = HOSTILE[name].expected
        as_expected = came_to.code == expected or (expected == EITHER and "\n" not in came_to.code)
        broke = came_to.code in ("hang", "memory", "died") or came_to.seconds > PROCESSOR_SECONDS
        if broke or not as_expected or came_to.megabytes > MEGABYTES:
            wrong.append(f"{name}: expected {expected}, came to {came_to}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", dict.fromkeys(HOSTILE[name].kind for name in SMALL))
def test_a_hostile_file_comes_to_a_result_or_a_refusal(kind: str, small: dict[str, Outcome]) -> None:
    assert_as_expected({name: one for name, one in small.items() if HOSTILE[name].kind == kind})


@pytest.mark.slow
def test_a_large_hostile_file_comes_to_a_result_or_a_refusal() -> None:
    assert_as_expected(outcomes(name for name in HOSTILE if name not in SMALL))


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 143 + 50
