"""The same returns give the same bytes: in any order, any time zone, any hash seed, any number of processes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import packcases
from conftest import ROOT
from workbook_tool.forms.load import load_pack

pytestmark = pytest.mark.thorough

PACK = ROOT / "tests" / "packs" / "equipment-ledger" / "2024"


@dataclass(frozen=True)
class Way:
    """How a run differs from another."""

    zone: str
    seed: str
    backwards: bool
    jobs: int


WAYS = [
    Way("Asia/Shanghai", "0", False, 1),
    Way("America/New_York", "4711", True, 1),
    Way("Pacific/Kiritimati", "99", False, 2),
]


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packcases.write_returns(load_pack(PACK), tmp_path_factory.mktemp("returns"))


def tool(way: Way, home: Path, *words: str | Path) -> None:
    """Run a command in a folder; what it writes notes no path but those that it is given."""
    surroundings = os.environ | {"TZ": way.zone, "PYTHONHASHSEED": way.seed}
    command = [sys.executable, "-m", "workbook_tool", *map(str, words), "--pack", str(PACK)]
    ran = subprocess.run(command, cwd=home, env=surroundings, capture_output=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr.decode()


def bytes_of(folder: Path) -> dict[str, str]:
    """The hash of every file below, but of the ledger, which notes when it was written."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".sqlite" not in path.name
    }


def made(way: Way, returns: Path, out: Path) -> dict[str, str]:
    """All that check and consolidate write."""
    places = sorted((path for path in returns.iterdir()), reverse=way.backwards)
    jobs = ("--jobs", str(way.jobs))
    tool(way, out, "check", *places, "-o", "副本", *jobs)
    tool(
        way, out, "consolidate", *places, "-o", "汇总.xlsx", "--ledger", "台账.sqlite",
        "--annotate", "标注", "--tables", "数据", *jobs,
    )  # fmt: skip
    return bytes_of(out)


@pytest.fixture(scope="module")
def expected(returns: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found = made(WAYS[0], returns, tmp_path_factory.mktemp("once"))
    assert len(found) > 30
    return found


@pytest.mark.parametrize("way", WAYS[1:], ids=lambda way: way.zone)
def test_the_bytes_are_the_same(way: Way, returns: Path, expected: dict[str, str], tmp_path: Path) -> None:
    assert made(way, returns, tmp_path) == expected


@pytest.mark.parametrize("way", WAYS[1:], ids=lambda way: way.zone)
def test_a_template_is_the_same(way: Way, tmp_path: Path) -> None:
    for number, one in enumerate((WAYS[0], way)):
        tool(one, tmp_path, "new", "-o", f"{number}.xlsx")
    assert (tmp_path / "0.xlsx").read_bytes() == (tmp_path / "1.xlsx").read_bytes()
