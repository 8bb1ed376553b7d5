"""An archive of returns: which workbooks a .zip holds, without taking anything out.

Whatever in it may be a return and cannot be read is listed too, with a sentence that says why.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from workbook_tool.excel.ooxml.archive import MIB, Limits
from workbook_tool.excel.ooxml.source import DAMAGED, RESULTS, SUFFIXES, Held, Source, is_skipped, timestamp
from workbook_tool.settings import in_force

ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
"""What may hold returns; only the first kind is opened."""

MOST_MEMBERS = 20_000
"""Members that an archive may list before it is refused; a whole county's returns are a tenth of it."""

_DIRECTORY_BYTES = 1024 * MOST_MEMBERS
_UTF8, _ENCRYPTED = 0x800, 0x1

_FOREIGN = "这种压缩包无法打开，只能打开 .zip。请解压后放进文件夹，或改用 .zip 重新打包。"
_NESTED = "压缩包里还有压缩包，没有打开。请先解压，把工作簿直接放进文件夹或同一个 .zip。"
_PASSWORD = "压缩包加了密码，这个文件取不出来。请去掉密码重新打包，或直接上报 .xlsx 工作簿。"
_METHOD = "压缩包用了少见的压缩方式，这个文件取不出来。请用系统自带的压缩功能重新打包成 .zip。"
_OVERLAPS = "压缩包里的文件互相重叠，像是压缩炸弹，没有打开。请重新打包。"
_TOO_MANY = f"压缩包里的文件超过上限{MOST_MEMBERS}个，没有打开。请分成几个压缩包。"
_BROKEN = "压缩包已损坏或没有传完，打不开。请重新打包，或直接上报 .xlsx 工作簿。"


def bundled(file: Path) -> list[Source]:
    """The workbooks of an archive in the order of its directory; none where it holds none.

    A workbook that was named .zip is that workbook.

    Raises:
        OSError: The archive is not there or may not be read.
    """
    with file.open("rb") as content:
        return bundled_in(Source.of(file), content)


def bundled_in(whole: Source, content: BinaryIO) -> list[Source]:
    """The workbooks of an archive that lies open, wherever it is kept.

    Args:
        whole: The archive.
        content: What stands in it, to be read anywhere.

    Raises:
        OSError: It cannot be read.
    """
    if PurePosixPath(whole.path).suffix.casefold() != ".zip":
        return [replace(whole, refusal=_FOREIGN)]
    if _directory_bytes(content) > _DIRECTORY_BYTES:
        return [replace(whole, refusal=_TOO_MANY)]
    try:
        with zipfile.ZipFile(content) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        return [replace(whole, refusal=_BROKEN)]
    if any(member.filename == "[Content_Types].xml" for member in members):
        return [whole]
    suspicious = _TOO_MANY if len(members) > MOST_MEMBERS else _OVERLAPS if _overlap(members) else None
    return [replace(whole, refusal=suspicious)] if suspicious else list(_workbooks(whole, members))


def _directory_bytes(content: BinaryIO) -> int:
    """How large the archive says its directory is, which is read into memory as a whole."""
    size = content.seek(0, 2)
    content.seek(max(0, size - 65557))
    end = content.read()
    place = end.rfind(b"PK\5\6")
    if place < 0 or place + 22 > len(end):
        return 0
    return int(struct.unpack_from("<I", end, place + 12)[0])


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Whether two members share bytes, as only those of a bomb do."""
    spans = sorted((m.header_offset, m.header_offset + 30 + m.compress_size) for m in members)
    return any(end > start for (_, end), (start, _) in pairwise(spans))


def _workbooks(whole: Source, members: list[zipfile.ZipInfo]) -> Iterator[Source]:
    for member in members:
        inner = PurePosixPath(name_of(member).replace("\\", "/"))
        skipped = is_skipped(inner.name) or {RESULTS, "__MACOSX"} & set(inner.parts)
        suffix = inner.suffix.casefold()
        if not member.is_dir() and not skipped and suffix in SUFFIXES | ARCHIVES:
            yield Source(
                path=f"{whole.path}!{inner}",
                file=whole.file,
                size=member.file_size,
                modified=_modified(member),
                held=Held(member.header_offset, member.compress_size, member.compress_type, member.CRC),
                refusal=_why_not(member, suffix),
            )


def name_of(member: zipfile.ZipInfo) -> str:
    """A member's name; without the flag of UTF-8 it is mostly in the code page of a Chinese Windows."""
    if member.flag_bits & _UTF8:
        return member.orig_filename
    stored = member.orig_filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return stored.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.orig_filename


def _modified(member: zipfile.ZipInfo) -> str | None:
    """An archive notes the local time of whoever packed it; ours is taken for theirs."""
    try:
        return timestamp(datetime(*member.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _why_not(member: zipfile.ZipInfo, suffix: str) -> str | None:
    most = in_force(Limits).file_bytes
    if suffix in ARCHIVES:
        return _NESTED
    if member.flag_bits & _ENCRYPTED:
        return _PASSWORD
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _METHOD
    if member.compress_type == zipfile.ZIP_STORED and member.compress_size != member.file_size:
        return DAMAGED
    if member.file_size > most:
        what = f"压缩包里的这个文件有{member.file_size // MIB}兆，超过上限{most // MIB}兆，未读取。"
        return f"{what}请压缩或删去图片后再报。"
    return None
