"""What several test modules need: the packs, the command line, LibreOffice."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Path]:
    """Convert a workbook with LibreOffice; skipped where there is none, unless it is demanded."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        if os.environ.get("WORKBOOK_TOOL_REQUIRE_OFFICE"):
            pytest.fail("LibreOffice is not installed")
        pytest.skip("LibreOffice is not installed")
    profile = tmp_path_factory.mktemp("office-profile")

    def convert(path: Path, to: str) -> Path:
        out = tmp_path_factory.mktemp("office-out")
        words = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        words += ["--convert-to", to, "--outdir", str(out), str(path)]
        subprocess.run(words, check=True, capture_output=True, timeout=120)
        return out / f"{path.stem}.{to}"

    return convert
