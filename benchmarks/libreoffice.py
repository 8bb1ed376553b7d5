"""LibreOffice without a window: workbooks calculated anew by the hundred, or typed into one by one.

A profile of its own makes it calculate every formula when a workbook is opened, as if a clerk had
typed into it, and lets several of them run side by side.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

DESK = Path(__file__).with_name("libreoffice_desk.py")
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
"""Commas, quotes, UTF-8; values as they are, not as they are shown; each sheet in a file of its own."""
ANEW = (
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" '
    'oor:op="fuse"><value>0</value></prop></item></oor:items>'
)
AT_ONCE = 100
LONGEST = 900

Sheets = dict[str, list[list[str]]]
"""What a workbook shows: the name of a tab -> its rows, each a list of cells."""


def program() -> str | None:
    """The command that starts LibreOffice."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@cache
def python_with_uno() -> str | None:
    """A Python that can talk to LibreOffice: this one, the system's, or the one that comes with it."""
    home = Path(program() or "/").resolve().parent
    for candidate in (sys.executable, "/usr/bin/python3", str(home / "python"), str(home / "python.exe")):
        if Path(candidate).exists():
            found = subprocess.run([candidate, "-c", "import uno"], capture_output=True, check=False)
            if found.returncode == 0:
                return candidate
    return None


def profile(folder: Path) -> str:
    """The word that makes LibreOffice work with a fresh profile in a folder."""
    settings = folder / "user" / "registrymodifications.xcu"
    if not settings.exists():
        settings.parent.mkdir(parents=True)
        settings.write_text(ANEW, encoding="utf-8")
    return f"-env:UserInstallation={folder.resolve().as_uri()}"


def convert(paths: Sequence[Path], to: str, out: Path, home: Path) -> None:
    """Open workbooks, calculate them anew, and save them in another format.

    Args:
        paths: The workbooks.
        to: The ending, with a filter behind a colon where the ending alone does not say enough.
        out: The folder they are saved in.
        home: The folder of the profile.
    """
    command = program()
    assert command, "LibreOffice is not installed"
    words = [command, profile(home), "--headless", "--convert-to", to, "--outdir", str(out)]
    subprocess.run([*words, *map(str, paths)], check=True, capture_output=True, timeout=LONGEST)


def calculated(paths: Sequence[Path], folder: Path, offices: int = 1) -> list[Sheets]:
    """What workbooks show once LibreOffice has calculated them anew.

    Args:
        paths: The workbooks, no two with the same name.
        folder: Where the profiles are kept and the sheets are written for a while.
        offices: How many of LibreOffice work side by side.
    """
    size = max(1, min(AT_ONCE, -(-len(paths) // offices)))
    chunks = [paths[start : start + size] for start in range(0, len(paths), size)]
    with ThreadPoolExecutor(offices) as pool:
        shown = [pool.submit(_shown, chunk, folder, n % offices, n) for n, chunk in enumerate(chunks)]
        return [sheets for one in shown for sheets in one.result()]


def _shown(paths: Sequence[Path], folder: Path, office: int, number: int) -> list[Sheets]:
    out = folder / f"sheets{number}"
    convert(paths, EVERY_SHEET, out, folder / f"profile{office}")
    found: dict[str, Sheets] = {path.stem: {} for path in paths}
    for file in out.glob("*.csv"):
        stem, _, tab = file.stem.partition("-")
        with file.open(encoding="utf-8", newline="") as lines:
            found[stem][tab] = list(csv.reader(lines))
    shutil.rmtree(out)
    return [found[path.stem] for path in paths]


class Desk:
    """A workbook open in LibreOffice, and a hand that types into it.

    Args:
        process: The script that talks to LibreOffice; one line of JSON each way.
    """

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process

    def ask(self, *words: Any) -> Any:
        """Do one thing and answer.

        Raises:
            RuntimeError: It could not be done.
        """
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("LibreOffice has gone")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["answer"]

    def open(self, path: Path) -> float:
        """Open a workbook in the place of the one before; the seconds it took to open and calculate."""
        return float(self.ask("open", str(path)))

    def tabs(self) -> list[str]:
        """The names of the tabs in order."""
        return list(self.ask("tabs"))

    def rows(self, tab: str) -> list[list[str]]:
        """What a tab shows: its rows, each a list of cells."""
        return [list(row) for row in self.ask("rows", tab)]

    def sheets(self) -> Sheets:
        """What all tabs show."""
        return {tab: self.rows(tab) for tab in self.tabs()}

    def type(self, tab: str, cell: str, value: str | float | None) -> None:
        """Type a text or a number into a cell, or clear it."""
        self.ask("type", tab, cell, value)

    def copy_row(self, tab: str, row: int) -> None:
        """Take the protection off, insert a row below a row (from 1), and copy that one into it."""
        self.ask("copy_row", tab, row)

    def insert_row(self, tab: str, row: int) -> None:
        """Insert an empty row below a row (from 1)."""
        self.ask("insert_row", tab, row)

    def copy_tab(self, tab: str, name: str) -> None:
        """Copy a tab; the copy stands behind it."""
        self.ask("copy_tab", tab, name)

    def save(self, path: Path) -> None:
        """Save the workbook as it is now, as xlsx, or as PDF where the path says so."""
        self.ask("save", str(path))


@contextmanager
def desk(folder: Path | None = None) -> Iterator[Desk]:
    """LibreOffice on call; its profile lies in the folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        home = folder or Path(scratch)
        command, python = program(), python_with_uno()
        assert command and python, "LibreOffice with its Python is not installed"
        words = [python, str(DESK), command, profile(home)]
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            try:
                yield Desk(process)
            finally:
                assert process.stdin
                process.stdin.close()
                process.wait(timeout=60)
