"""Works LibreOffice by its own interface; run by the Python that has it, told what to do line by line.

Each line of standard input is a list in JSON, the name of a method below and what it needs; each is
answered by one line.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".pdf": "calc_pdf_Export"}
STARTING = 60


def named(name: str, value: object) -> Any:
    """A property as LibreOffice takes it."""
    found = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    found.Name, found.Value = name, value
    return found


class Office:
    """LibreOffice with one workbook open.

    Args:
        command: Starts LibreOffice.
        profile: The word that says which profile it works with.
    """

    def __init__(self, command: str, profile: str):
        pipe = f"workbook-tool-{os.getpid()}"
        words = [command, profile, "--headless", "--norestore", "--nologo"]
        words.append(f"--accept=pipe,name={pipe};urp;")
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        manager = uno.getComponentContext().ServiceManager
        resolver = manager.createInstance("com.sun.star.bridge.UnoUrlResolver")
        until = time.monotonic() + STARTING
        while True:
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception:  # it is still starting
                if time.monotonic() > until:
                    self.process.kill()
                    raise
                time.sleep(0.1)
        self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        self.book: Any = None

    def open(self, path: str) -> float:
        """Open a workbook in the place of the one before; the seconds it took."""
        if self.book is not None:
            self.book.close(True)
        start = time.perf_counter()
        self.book = self.desktop.loadComponentFromURL(
            Path(path).resolve().as_uri(), "_blank", 0, (named("Hidden", True),)
        )
        return time.perf_counter() - start

    def tabs(self) -> list[str]:
        """The names of the tabs in order."""
        return list(self.book.Sheets.ElementNames)

    def rows(self, tab: str) -> list[list[str]]:
        """What a tab shows."""
        sheet = self.book.Sheets.getByName(tab)
        row, column = self._end(sheet)
        cells = sheet.getCellRangeByPosition(0, 0, column, row)
        return [[_shown(value) for value in line] for line in cells.DataArray]

    def type(self, tab: str, cell: str, value: str | float | None) -> None:
        """Type a text or a number into a cell, or clear it."""
        place = self.book.Sheets.getByName(tab).getCellRangeByName(cell)
        if isinstance(value, (int, float)):
            place.setValue(value)
        else:
            place.setString(value or "")

    def copy_row(self, tab: str, row: int) -> None:
        """Take the protection off, insert a row below a row (from 1), and copy that one into it."""
        sheet = self.book.Sheets.getByName(tab)
        sheet.unprotect("")
        sheet.Rows.insertByIndex(row, 1)
        _, last = self._end(sheet)
        source = sheet.getCellRangeByPosition(0, row - 1, last, row - 1).RangeAddress
        sheet.copyRange(sheet.getCellByPosition(0, row).CellAddress, source)

    def insert_row(self, tab: str, row: int) -> None:
        """Insert an empty row below a row (from 1)."""
        self.book.Sheets.getByName(tab).Rows.insertByIndex(row, 1)

    def copy_tab(self, tab: str, name: str) -> None:
        """Copy a tab; the copy stands behind it."""
        self.book.Sheets.copyByName(tab, name, self.tabs().index(tab) + 1)

    def save(self, path: str) -> None:
        """Save the workbook as its ending says."""
        target = Path(path).resolve()
        self.book.storeToURL(target.as_uri(), (named("FilterName", FILTERS[target.suffix]),))

    def _end(self, sheet: Any) -> tuple[int, int]:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        return cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn

    def close(self) -> None:
        """End LibreOffice."""
        with contextlib.suppress(Exception):
            self.desktop.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _shown(value: object) -> str:
    return format(value, ".15g") if isinstance(value, float) else str(value)


def main() -> None:
    """Answer until there is nothing more to read."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    office = Office(*sys.argv[1:])
    try:
        for line in sys.stdin:
            name, *words = json.loads(line)
            try:
                answer = {"answer": getattr(office, name)(*words)}
            except Exception as problem:
                answer = {"error": f"{name}{words}: {problem!r}"}
            print(json.dumps(answer), flush=True)
    finally:
        office.close()


if __name__ == "__main__":
    main()
