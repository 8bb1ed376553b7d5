"""Thousands of different workbooks from a few: each copy has its own department code and name.

What differs between two departments' stamps and names stands in one part of the file, the shared
texts. That part is kept out of the archive that all copies of a workbook begin with, patched, and put
behind it: one small part is packed for each copy, all others are taken over as they are. So every
copy has a content of its own, with as much to read as a real one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from file_plants import zipped
from made_up_county import Department

TEXTS = "xl/sharedStrings.xml"
_FIRST_CODE = 100_000


@dataclass(frozen=True)
class Mould:
    """A workbook to be copied.

    Attributes:
        rest: All parts but the shared texts, packed.
        texts: The shared texts.
    """

    rest: bytes
    texts: bytes
    code: str
    name: str

    @classmethod
    def of(cls, department: Department, *, live: bool = False) -> Mould:
        """The mould of a department's workbook."""
        with zipfile.ZipFile(io.BytesIO(department.workbook(live=live))) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        texts = parts.pop(TEXTS)
        return cls(zipped(parts), texts, department.code, department.name)

    def copy(self, number: int) -> bytes:
        """The workbook of another department."""
        code, name = str(_FIRST_CODE + number), f"某县第{_FIRST_CODE + number}局"
        texts = self.texts.replace(self.name.encode(), name.encode())
        for before, after in ((b"|", b"<"), (b">", b"<")):  # in a stamp, and alone in a cell
            texts = texts.replace(before + self.code.encode() + after, before + code.encode() + after)
        out = io.BytesIO(self.rest)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as file:
            file.writestr(zipfile.ZipInfo(TEXTS), texts, zipfile.ZIP_DEFLATED)
        return out.getvalue()


def write_copies(moulds: list[Mould], count: int, folder: Path) -> Iterator[Path]:
    """Write so many workbooks, the moulds in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:06d}.xlsx"
        path.write_bytes(moulds[number % len(moulds)].copy(number))
        yield path
