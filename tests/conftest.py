"""What several test modules need: the packs, the command line, LibreOffice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from libreoffice import convert, program

import postgresql
from workbook_tool.cli import main
from workbook_tool.forms.load import default_pack, load_pack
from workbook_tool.model import Pack

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switch that writes the shipped workbooks anew."""
    parser.addoption("--update-golden", action="store_true", help="write the shipped examples anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether shipped workbooks are to be written anew instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The pack that commands use where none is named."""
    return load_pack(default_pack())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command of workbook-tool in this process; its own processes have tests of their own."""

    def of(*words: str | Path) -> Ran:
        if words and words[0] in ("check", "consolidate") and not {"--jobs", "--help"} & set(words):
            words = (*words, "--jobs", "1")
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(w) for w in words])
        said = capsys.readouterr()
        return Ran(int(end.value.code or 0), said.out, said.err)

    return of


Convert = Callable[[Sequence[Path], str], list[Path]]


@pytest.fixture(scope="session")
def libreoffice() -> str:
    """The command that starts LibreOffice; skipped where there is none, unless demanded."""
    return demanded(program(), "LibreOffice is not installed")


def demanded(found: T | None, lacking: str, demand: str = "WORKBOOK_TOOL_REQUIRE_OFFICE") -> T:
    """What was found; a test that needs it is skipped without it, and fails where that is demanded."""
    if found is None:
        if os.environ.get(demand):
            pytest.fail(lacking)
        pytest.skip(lacking)
    return found


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server of the tests' own; skipped where there is none, unless demanded."""
    programs = demanded(
        postgresql.programs(), "PostgreSQL is not installed", "WORKBOOK_TOOL_REQUIRE_POSTGRESQL"
    )
    with postgresql.server(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger can be made: a file that is not there yet, and an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "台账.db")
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    return server.new()


@pytest.fixture(scope="session")
def offices(libreoffice: str, tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Convert workbooks with LibreOffice, all in one go; every formula is calculated anew."""
    home = tmp_path_factory.mktemp("office-profile")

    def to(paths: Sequence[Path], ending: str) -> list[Path]:
        out = tmp_path_factory.mktemp("office-out")
        convert(paths, ending, out, home)
        return [out / f"{path.stem}.{ending}" for path in paths]

    return to


@pytest.fixture(scope="session")
def office(offices: Convert) -> Callable[[Path, str], Path]:
    """Convert one workbook with LibreOffice."""
    return lambda path, to: offices([path], to)[0]
