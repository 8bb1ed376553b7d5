"""Hostile files go the whole way of `check`: each comes to a result, or to one line that says why not.

They are tried in a process of their own, whose time and memory are watched. Those that are large
take their time to be made alone, and are tried with the slow tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from guarded import MEGABYTES, Outcome, tried
from hostiles import HOSTILE
from workbook_tool.excel.ooxml.package import Package, Refused
from workbook_tool.excel.ooxml.source import Source

LARGE = "超大的工作表"
PROCESSOR_SECONDS = 10
"""A hang, and no measure of speed: docs/survival.md has that."""

SMALL = [name for name, one in HOSTILE.items() if one.kind != LARGE]
HAZARDS = Path(__file__).with_name("hazards.yaml")
PLACES = {"folder": "not-a-file", "link": "csv", "pipe": "not-a-file"}
"""What may stand where a workbook should, and what it comes to."""


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
        broke = came_to.code in ("hang", "memory", "died") or came_to.seconds > PROCESSOR_SECONDS
        if broke or came_to.code != expected or came_to.megabytes > MEGABYTES:
            wrong.append(f"{name}: expected {expected}, came to {came_to}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", dict.fromkeys(HOSTILE[name].kind for name in SMALL))
def test_a_hostile_file_comes_to_a_result_or_a_refusal(kind: str, small: dict[str, Outcome]) -> None:
    assert_as_expected({name: one for name, one in small.items() if HOSTILE[name].kind == kind})


@pytest.mark.slow
def test_a_large_hostile_file_comes_to_a_result_or_a_refusal() -> None:
    assert_as_expected(outcomes(name for name in HOSTILE if name not in SMALL))


@pytest.mark.parametrize("kind", PLACES)
def test_a_place_that_is_no_workbook_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes in folders here")
        os.mkfifo(path)
    else:
        (tmp_path / "passwords").write_text("root:x:0:0\n")
        try:
            path.symlink_to(tmp_path / "passwords")
        except OSError:
            pytest.skip("no right to make links")
    with pytest.raises(Refused) as refusal:
        Package.open(Source.of(path).read())
    assert refusal.value.code == PLACES[kind]


def hazards() -> Iterator[tuple[str, list[str]]]:
    """The hazards, and the recipes or places that try each."""
    for some in yaml.safe_load(HAZARDS.read_text(encoding="utf-8")).values():
        for hazard, tries in ((h, t) for one in some for h, t in one.items()):
            if isinstance(tries, dict) and "each" in tries:
                pattern, first, last = tries["each"]
                yield from ((hazard, [pattern % number]) for number in range(first, last + 1))
            elif isinstance(tries, dict):
                yield hazard, [f"place {tries['place']}"]
            else:
                yield hazard, tries if isinstance(tries, list) else [tries]


def test_every_hazard_has_its_recipe() -> None:
    known = HOSTILE.keys() | {f"place {kind}" for kind in PLACES}
    found = list(hazards())
    assert [(hazard, name) for hazard, names in found for name in names if name not in known] == []
    assert len(found) == 143 and len(HOSTILE) >= 143 + 50
