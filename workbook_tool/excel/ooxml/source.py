"""A workbook to be read: a file, or a member of an archive of returns."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from workbook_tool.excel.ooxml.archive import Limits, Member, Refused, content_of
from workbook_tool.settings import in_force

RESULTS = "审核结果"
"""The folder beside the returns that takes the annotated copies; never read as returns."""

SUFFIXES = frozenset(
    {".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".xlsb", ".et", ".ett", ".ods", ".wps", ".csv"}
)
"""What counts as a workbook. Those that cannot be read are told as such: a return in the wrong
format must not vanish from the list. Letters, scans and photos lie beside many returns; they are no
returns, and nothing is said of them."""

DAMAGED = "压缩包已损坏或已被改动，这个文件取不出来。请重新打包，或直接上报 .xlsx 工作簿。"


@dataclass(frozen=True)
class Held:
    """Where an archive holds a member, as its directory says."""

    offset: int
    packed: int
    method: int
    crc: int


@dataclass(frozen=True)
class Source:
    """A workbook to be checked.

    Attributes:
        path: What it is called: the file's path; of a member of an archive `returns.zip!inner/name.xlsx`.
        file: The file to open: itself, or the archive.
        size: In bytes, as it arrived.
        modified: When the file, or the member before it was packed, was last changed: UTC, ISO.
        held: Where the archive holds it; None for a file.
        refusal: Why it is not even opened; None for all others.
        copy: Where its annotated copy goes; None where none is wanted.
    """

    path: str
    file: Path
    size: int = 0
    modified: str | None = None
    held: Held | None = None
    refusal: str | None = None
    copy: Path | None = None

    @classmethod
    def of(cls, file: Path, copy: Path | None = None) -> Source:
        """A file; one that is not there says so when it is read."""
        try:
            known = file.stat()
        except OSError:
            return cls(str(file), file, copy=copy)
        return cls(str(file), file, known.st_size, timestamp(known.st_mtime), copy=copy)

    def read(self) -> bytes:
        """The workbook's bytes.

        Raises:
            Refused: It is no regular file, too large, or cannot be taken out of its archive.
            OSError: The file is not there or may not be read.
        """
        if self.refusal is not None:
            raise Refused("not-opened", self.refusal)
        if self.held is None:
            return content_of(self.file, in_force(Limits))
        with self.file.open("rb") as archive:
            archive.seek(self.held.offset)
            return self.taken_out(self.held, archive)

    def taken_out(self, held: Held, archive: BinaryIO) -> bytes:
        """The member's content; an archive that was changed since it was listed gives none.

        Args:
            held: Where it is held.
            archive: Read from where the member begins.

        Raises:
            Refused: It cannot be taken out.
        """
        head = archive.read(30)
        if len(head) < 30 or head[:4] != b"PK\3\4":
            raise Refused("damaged", DAMAGED)
        archive.seek(sum(struct.unpack_from("<HH", head, 26)), 1)
        packed = memoryview(archive.read(held.packed))
        member = Member(self.path, b"", 0, held.method, (0, 0), held.crc, packed, self.size)
        try:
            return member.inflate()
        except Refused:
            raise Refused("damaged", DAMAGED) from None


@dataclass(frozen=True)
class Loaded(Source):
    """A source whose content is read once, so that what is marked is what was checked.

    Attributes:
        content: The workbook's bytes where they are at hand; else `file` is read.
    """

    content: bytes | None = None

    @classmethod
    def once(cls, source: Source) -> Loaded:
        """The same source; its content is kept for as long as this is."""
        return source if isinstance(source, Loaded) else cls(**vars(source))

    def read(self) -> bytes:
        """The workbook's bytes, the same every time."""
        return self._content

    @cached_property
    def _content(self) -> bytes:
        if self.content is not None and self.refusal is None:
            return self.content
        return super().read()


def is_skipped(name: str) -> bool:
    """Whether a file is another program's: the lock of an open workbook, or hidden, as LibreOffice's lock."""
    return name.startswith(("~$", "."))


def timestamp(seconds: float) -> str:
    """A moment as UTC, ISO, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
