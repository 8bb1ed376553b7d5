"""What several test modules need: the packs, the command line, LibreOffice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbook_tool.cli import main
from workbook_tool.forms.load import default_pack, load_pack
from workbook_tool.model import Pack

ROOT = Path(__file__).resolve().parent.parent


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
    """Run a command of workbook-tool in this process."""

    def of(*words: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(w) for w in words])
        said = capsys.readouterr()
        return Ran(int(end.value.code or 0), said.out, said.err)

    return of


Convert = Callable[[Sequence[Path], str], list[Path]]

# Every formula is calculated when a workbook is opened, as if a clerk had typed into it.
CALCULATE_ANEW = (
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" '
    'oor:op="fuse"><value>0</value></prop></item></oor:items>'
)


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Convert workbooks with LibreOffice, all in one go; skipped where there is none, unless demanded."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        if os.environ.get("WORKBOOK_TOOL_REQUIRE_OFFICE"):
            pytest.fail("LibreOffice is not installed")
        pytest.skip("LibreOffice is not installed")
    profile = tmp_path_factory.mktemp("office-profile")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(CALCULATE_ANEW, encoding="utf-8")

    def convert(paths: Sequence[Path], to: str) -> list[Path]:
        out = tmp_path_factory.mktemp("office-out")
        words = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        words += ["--convert-to", to, "--outdir", str(out), *map(str, paths)]
        subprocess.run(words, check=True, capture_output=True, timeout=300)
        return [out / f"{path.stem}.{to}" for path in paths]

    return convert


@pytest.fixture(scope="session")
def office(offices: Convert) -> Callable[[Path, str], Path]:
    """Convert one workbook with LibreOffice."""
    return lambda path, to: offices([path], to)[0]
