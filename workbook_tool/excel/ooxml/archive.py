"""The zip around a workbook: read by its directory with every limit counted, written back raw.

Members are kept as the compressed bytes they arrived as. Nothing is ever extracted to disk, and
whatever a header promises is compared with what is really there.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

MIB = 1 << 20
_STORED, _DEFLATED = 0, 8
_UTF8, _ENCRYPTED, _DESCRIPTOR = 0x800, 0x1, 0x8
_NEW_DATE = 0x21  # 1980-01-01, the first day a zip knows: the same input gives the same bytes
_CHUNK = 1 << 18

RESAVE = "请用 Excel 或 WPS 重新另存后再上报。"
REPAIR = "请用 Excel 或 WPS 打开、修复并另存后再上报。"

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What would make two lines of a sentence: the names in it are the file's own."""


class Refused(Exception):
    """A file that is not read at all, with the sentence a clerk needs.

    Args:
        code: A short word for programs and tests: empty, password, xls, truncated, bomb, …
        message: What the file is and what to do, in Chinese.
    """

    def __init__(self, code: str, message: str):
        self.code, self.message = code, _BREAKS.sub(" ", message)
        super().__init__(self.message)


@dataclass(frozen=True)
class Limits:
    """How much a workbook may ask of us before it is refused.

    Attributes:
        file_bytes: The file as it arrives.
        part_bytes: One part, inflated.
        total_bytes: All parts, inflated.
        ratio: How many times a part larger than `ratio_from` may inflate, and all of them together
            where they are larger than `total_ratio_from`.
        parts: Members of the zip.
        sheets: Sheets of the workbook.
        tree_bytes: A part that is held as a tree, which takes many times its size.
        tree_marks: Tags and attributes of such a part.
        strings: Shared texts of the workbook.
        tags: Cells of one sheet, with the empty ones that have to be looked at.
        filled: Cells of one sheet that hold something.
        copied: Letters of the formulas of one sheet that the file writes once for many cells.
        merges: Merged areas of one sheet.
        conditions: Rules of the conditional formats of one sheet.
    """

    file_bytes: int = 64 * MIB
    part_bytes: int = 96 * MIB
    total_bytes: int = 256 * MIB
    ratio: int = 300
    ratio_from: int = 1 * MIB
    total_ratio_from: int = 16 * MIB
    parts: int = 2000
    sheets: int = 300
    tree_bytes: int = 32 * MIB
    tree_marks: int = 1_500_000
    strings: int = 300_000
    tags: int = 1_000_000
    filled: int = 200_000
    copied: int = 2_000_000
    merges: int = 20_000
    conditions: int = 50_000


@dataclass(frozen=True)
class Member:
    """One file in the zip, with its data as compressed.

    Attributes:
        name: With forward slashes and without a leading one.
        stored_name: The name's bytes as they stand in the zip.
        data: The compressed bytes.
        size: How many bytes they inflate to.
    """

    name: str
    stored_name: bytes
    flags: int
    method: int
    stamp: tuple[int, int]
    crc: int
    data: memoryview
    size: int
    attributes: int = 0

    @property
    def key(self) -> str:
        """What part names are compared by: OPC ignores case."""
        return self.name.casefold()

    def inflate(self) -> bytes:
        """The content; refused when it is not exactly what the directory promises."""
        if self.method == _STORED:
            content = bytes(self.data)
        else:
            machine = zlib.decompressobj(-15)
            try:
                content = machine.decompress(self.data, self.size + 1)
            except zlib.error:
                raise _damaged(self.name) from None
            if len(content) > self.size:
                raise _bomb(self.name)
        if len(content) != self.size or zlib.crc32(content) != self.crc:
            raise _damaged(self.name)
        return content

    def verify(self) -> None:
        """Check size and checksum without keeping the content."""
        if self.method == _STORED or self.size <= _CHUNK:
            self.inflate()
            return
        machine, count, crc = zlib.decompressobj(-15), 0, 0
        rest: memoryview | bytes = self.data
        try:
            while not machine.eof:
                chunk = machine.decompress(rest, _CHUNK)
                rest = machine.unconsumed_tail
                count, crc = count + len(chunk), zlib.crc32(chunk, crc)
                if count > self.size or not (chunk or rest):
                    break
        except zlib.error:
            raise _damaged(self.name) from None
        if count != self.size or crc != self.crc:
            raise _damaged(self.name)

    def holding(self, content: bytes, *, compress: bool = True) -> Member:
        """The same member with other content."""
        fresh = member(self.name, content, compress=compress, level=QUICK)
        return replace(fresh, stored_name=self.stored_name, flags=self.flags & _UTF8, stamp=self.stamp,
                       attributes=self.attributes)  # fmt: skip


QUICK, USUAL = 4, 6
"""Levels of compression. The quick one takes two thirds of the time of the usual, and a workbook gets
one to three hundredths larger by it."""


def member(name: str, content: bytes, *, compress: bool = True, level: int = USUAL) -> Member:
    """A new member with a fixed date, so that the same content always gives the same bytes."""
    data, method = content, _STORED
    if compress:
        machine = zlib.compressobj(level, zlib.DEFLATED, -15)
        squeezed = machine.compress(content) + machine.flush()
        if len(squeezed) < len(content):
            data, method = squeezed, _DEFLATED
    plain = name.isascii()
    return Member(
        name, name.encode(), 0 if plain else _UTF8, method, (0, _NEW_DATE), zlib.crc32(content),
        memoryview(data), len(content),
    )  # fmt: skip


def read_members(content: bytes, limits: Limits) -> list[Member]:
    """The members of a zip in the order of its directory, with nothing inflated yet.

    Raises:
        Refused: The zip is cut short, damaged, encrypted, ambiguous or too large.
    """
    try:
        members, spans = _walk(content, limits)
    except struct.error:
        raise _damaged() from None
    _refuse_overlaps(spans)
    _refuse_doubles(members)
    _refuse_bombs(members, limits)
    return members


def _walk(content: bytes, limits: Limits) -> tuple[list[Member], list[tuple[int, int]]]:
    """All members, and the bytes each covers."""
    start, size, count, shift = _directory(content)
    if count > limits.parts:
        raise Refused(
            "too-many-parts", f"文件内部有{count}个部件，超过上限{limits.parts}个，不像正常的工作簿，未读取。"
        )  # fmt: skip
    view = memoryview(content)
    members: list[Member] = []
    spans: list[tuple[int, int]] = []
    place = start + shift
    for _ in range(count):
        found, place, span = _entry(view, place, shift, start + shift)
        spans.append(span)
        folder = found.stored_name.endswith((b"/", b"\\")) and not found.size
        if not folder:  # a folder means nothing in a workbook
            members.append(found)
    if place > start + shift + size:
        raise _damaged()
    return members, spans


def write_members(members: Iterable[Member]) -> bytes:
    """A zip of the members in their order, each with its compressed bytes as they are."""
    body = bytearray()
    directory = bytearray()
    count = 0
    for one in members:
        flags = one.flags & _UTF8
        common = struct.pack("<HHHHHIII", 20, flags, one.method, *one.stamp, one.crc, len(one.data), one.size)
        name = struct.pack("<HH", len(one.stored_name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 20) + common + name
        directory += struct.pack("<HHHII", 0, 0, 0, one.attributes, len(body)) + one.stored_name
        body += b"PK\3\4" + common + name + one.stored_name
        body += one.data
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + b"PK\5\6" + end)


def _directory(content: bytes) -> tuple[int, int, int, int]:
    """Start, size and count of the zip directory, and the length of any bytes before the zip."""
    place = content.rfind(b"PK\5\6", max(0, len(content) - 65557))
    if place < 0 or place + 22 > len(content):
        raise Refused("truncated", "文件不完整（结尾缺失），可能没有传完或没有保存完。请重新保存后再上报。")
    disk, first, here, count, size, start = struct.unpack_from("<HHHHII", content, place + 4)
    if 0xFFFF in (here, count) or 0xFFFFFFFF in (size, start):
        locator = place - 20
        if content[locator : locator + 4] != b"PK\6\7":
            raise _damaged()
        (at,) = struct.unpack_from("<Q", content, locator + 8)
        if content[at : at + 4] != b"PK\6\6" or at + 56 > len(content):
            raise _damaged()
        disk, first, here, count, size, start = struct.unpack_from("<IIQQQQ", content, at + 16)
        place = at
    shift = place - size - start
    if disk or first or here != count or shift < 0:
        raise _damaged()
    return start, size, count, shift


def _entry(view: memoryview, place: int, shift: int, stop: int) -> tuple[Member, int, tuple[int, int]]:
    """One directory entry with its data, where the next entry starts, and the bytes it covers."""
    if bytes(view[place : place + 4]) != b"PK\1\2" or place + 46 > len(view):
        raise _damaged()
    flags, method, time, date, crc, packed, size, name_length, extra_length, comment_length = (
        struct.unpack_from("<HHHHIIIHHH", view, place + 8)
    )
    attributes, offset = struct.unpack_from("<II", view, place + 38)
    stored = bytes(view[place + 46 : place + 46 + name_length])
    extra = bytes(view[place + 46 + name_length :][:extra_length])
    following = place + 46 + name_length + extra_length + comment_length
    size, packed, offset = _wide(extra, size, packed, offset)
    if flags & _ENCRYPTED:
        raise Refused("password", "文件内部加了密码，无法读取。请在 Excel 或 WPS 中取消密码、另存后再上报。")
    name = _name(stored, flags)
    if method not in (_STORED, _DEFLATED) or (method == _STORED and packed != size):
        raise _damaged(name)
    head = offset + shift
    if bytes(view[head : head + 4]) != b"PK\3\4":
        raise _damaged(name)
    local_name, local_extra = struct.unpack_from("<HH", view, head + 26)
    if bytes(view[head + 30 : head + 30 + local_name]) != stored:
        raise Refused("ambiguous", f"文件内部有一个部件写着两个名字，内容不可信，未读取。{RESAVE}")
    begin = head + 30 + local_name + local_extra
    if begin + packed > stop:
        raise _damaged(name)
    found = Member(
        name, stored, flags, method, (time, date), crc, view[begin : begin + packed], size, attributes
    )
    return found, following, (head, begin + packed)


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset with the 64-bit values of the extra field put in where the header points there."""
    wanted = [size == 0xFFFFFFFF, packed == 0xFFFFFFFF, offset == 0xFFFFFFFF]
    if not any(wanted):
        return size, packed, offset
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 1 and length >= 8 * sum(wanted) and place + 4 + length <= len(extra):
            values = list(struct.unpack_from(f"<{sum(wanted)}Q", extra, place + 4))
            size, packed, offset = (
                values.pop(0) if wide else narrow
                for wide, narrow in zip(wanted, (size, packed, offset), strict=True)
            )
            return size, packed, offset
        place += 4 + length
    raise _damaged()


def _name(stored: bytes, flags: int) -> str:
    try:
        name = stored.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise _damaged() from None
    name = name.replace("\\", "/").removeprefix("/")
    if not name or "\0" in name or ":" in name.split("/")[0] or ".." in name.split("/"):
        raise Refused("unsafe-name", f"文件内部有不合规的部件名，内容不可信，未读取。{RESAVE}")
    return name


def _refuse_overlaps(spans: list[tuple[int, int]]) -> None:
    spans.sort()
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise Refused("bomb", f"文件内部的部件互相重叠，像是压缩炸弹，未读取。{RESAVE}")


def _refuse_doubles(members: list[Member]) -> None:
    seen: set[str] = set()
    for one in members:
        if one.key in seen:
            what = f"文件内部的部件“{one.name[:60]}”出现了两次，无法确定以哪个为准，未读取。"
            raise Refused("duplicate", what + RESAVE)
        seen.add(one.key)


def _refuse_bombs(members: list[Member], limits: Limits) -> None:
    for one in members:
        steep = one.size > limits.ratio_from and one.size > limits.ratio * max(len(one.data), 1)
        if one.size > limits.part_bytes or steep:
            raise _bomb(one.name)
    total, packed = sum(one.size for one in members), sum(len(one.data) for one in members)
    steep = total > limits.total_ratio_from and total > limits.ratio * packed
    if total > limits.total_bytes or steep:
        raise _bomb()


def _bomb(name: str = "") -> Refused:
    where = f"部件“{name[:60]}”" if name else "全部内容"
    what = f"文件展开后过大（{where}），超出正常工作簿的范围，未读取。"
    return Refused("bomb", f"{what}请删去多余的空白行列和图片后另存再报。")


def _damaged(name: str = "") -> Refused:
    where = f"（部件“{name[:60]}”）" if name else ""
    return Refused("damaged", f"文件已损坏{where}，无法完整读取。{REPAIR}")


def content_of(path: Path, limits: Limits) -> bytes:
    """A file's bytes.

    Raises:
        Refused: It is no regular file, or too large to be held.
        OSError: It is not there or may not be read.
    """
    with_mode = path.stat()
    if not stat.S_ISREG(with_mode.st_mode):
        raise Refused("not-a-file", "这不是普通文件（是文件夹或特殊文件），未读取。请上报 .xlsx 工作簿。")
    if with_mode.st_size > limits.file_bytes:
        raise too_large(with_mode.st_size, limits)
    return path.read_bytes()


def too_large(size: int, limits: Limits) -> Refused:
    """The refusal of a file of so many bytes."""
    what = f"文件有{_shown(size)}，超过上限{_shown(limits.file_bytes)}，未读取。"
    return Refused("too-large", f"{what}请压缩或删去图片后另存再报。")


def _shown(size: int) -> str:
    return f"{size >> 20}兆" if size >= MIB else f"{size >> 10}千字节"
