"""What hostile workbooks are made with: a small filled return, bent, and a zip writer that lies.

The recipes stand in hostile_files, hostile_zip, hostile_xml, hostile_sheets and hostile_parts; each
says what it must come to: the code of a refusal, or FINE.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import smallbooks
from smallbooks import BOOK, SHEET, STRINGS, STYLES
from wholeway import FINE

__all__ = ["BOOK", "FINE", "SHEET", "STRINGS", "STYLES", "Entry", "Hostile", "Table", "book", "entries"]

Change = bytes | str | None | Callable[[str], str]


@dataclass(frozen=True)
class Hostile:
    """A hostile or awkward file.

    Attributes:
        kind: What it is counted as in the table of docs/survival.md.
        expected: What it must come to.
        make: Makes its bytes.
    """

    kind: str
    expected: str
    make: Callable[[], bytes]


class Table(dict[str, Hostile]):
    """Recipes by name."""

    def of(self, kind: str, recipes: Mapping[str, tuple[str, Callable[[], bytes]]]) -> None:
        """Add recipes of a kind: name -> what it comes to, and how it is made."""
        for name, (expected, make) in recipes.items():
            assert name not in self, name
            self[name] = Hostile(kind, expected, make)


# --- parts ---


def changed(changes: Mapping[str, Change]) -> dict[str, bytes]:
    """The parts of the filled return with some replaced, removed (None), or rewritten."""
    parts = smallbooks.parts()
    for name, change in changes.items():
        if change is None:
            parts.pop(name, None)
        elif callable(change):
            before = parts[name].decode()
            after = change(before)
            assert after != before, f"the recipe changes nothing in {name}"
            parts[name] = after.encode()
        else:
            parts[name] = change.encode() if isinstance(change, str) else change
    return parts


def book(changes: Mapping[str, Change] | None = None) -> bytes:
    """The filled return as a workbook with some parts changed."""
    return zipped(entries(changed(changes or {})))


def swap(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    """Replace a text of a part."""
    return lambda text: text.replace(old, new, count)


def rows(more: str) -> bytes:
    """The return with more rows below those of 收入."""
    return book({SHEET: swap("</sheetData>", f"{more}</sheetData>")})


def cell(xml: str) -> bytes:
    """The return with a row of this XML below those of 收入."""
    return rows(f'<row r="20">{xml}</row>')


def value(text: str, attributes: str = "") -> bytes:
    """The return with this in an amount of 收入."""
    return book({SHEET: swap('<c r="D4"><v>8.5</v></c>', f'<c r="D4"{attributes}><v>{text}</v></c>')})


def settings(xml: str) -> bytes:
    """The return with more behind the cells of 收入."""
    return book({SHEET: swap("</worksheet>", f"{xml}</worksheet>")})


# --- the zip ---


@dataclass(frozen=True)
class Entry:
    """A member of a zip, with room for lies.

    Attributes:
        packed: Its bytes as they stand in the file.
        size: What both headers say it inflates to.
        local: What the local header says otherwise: name, crc, packed size, size, flags, method.
        central: What the directory says otherwise, with `offset` besides.
        extra: Extra fields of the directory; local_extra of the local header.
        behind: Bytes after its data, as of a data descriptor.
        hidden: It is in the directory and has no bytes of its own.
    """

    name: bytes
    packed: bytes
    size: int
    crc: int
    method: int = 8
    flags: int = 0x800
    local: Mapping[str, Any] | None = None
    central: Mapping[str, Any] | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    behind: bytes = b""
    hidden: bool = False


def deflated(content: bytes, level: int = 6) -> bytes:
    """The bytes as a zip packs them."""
    machine = zlib.compressobj(level, zlib.DEFLATED, -15)
    return machine.compress(content) + machine.flush()


def entry(name: str, content: bytes, **how: Any) -> Entry:
    """An honest member."""
    return Entry(name.encode(), deflated(content), len(content), zlib.crc32(content), **how)


def entries(parts: Mapping[str, bytes]) -> list[Entry]:
    """Honest members."""
    return [entry(name, content) for name, content in parts.items()]


def repeated(name: str, head: str, unit: str, count: int, tail: str) -> Entry:
    """A member that is a text with a piece of it many times over, without ever being held whole."""
    packed, crc, size = bytearray(), 0, 0
    block = unit.encode() * max(1, (1 << 20) // len(unit.encode()))
    whole, rest = divmod(count, len(block) // len(unit.encode()))
    for content, times in ((head.encode(), 1), (block, whole), (unit.encode() * rest, 1), (tail.encode(), 1)):
        machine = zlib.compressobj(9, zlib.DEFLATED, -15)
        piece = machine.compress(content) + machine.flush(zlib.Z_FULL_FLUSH)
        packed += piece * times
        for _ in range(times):
            crc = zlib.crc32(content, crc)
        size += len(content) * times
    return Entry(name.encode(), bytes(packed + b"\x03\x00"), size, crc)


def with_entry(fresh: Entry, **others: Change) -> bytes:
    """The return with a member put in, in place of the one of that name."""
    kept = [one for one in entries(changed(others)) if one.name != fresh.name]
    return zipped([*kept, fresh])


def lying(name: str, **lies: Any) -> bytes:
    """The return with the member of that name telling lies."""
    return zipped(
        [replace(one, **lies) if one.name == name.encode() else one for one in entries(smallbooks.parts())]
    )


def zipped(members: Iterable[Entry], *, before: bytes = b"", after: bytes = b"", comment: bytes = b"",
           count: int | None = None, shift: int = 0, end: Mapping[str, int] | None = None) -> bytes:  # fmt: skip
    """A zip of the members as they say."""
    body, directory, number = bytearray(before), bytearray(), 0
    for one in members:
        said: dict[str, Any] = {"name": one.name, "crc": one.crc, "packed": len(one.packed), "size": one.size,
                "flags": one.flags, "method": one.method}  # fmt: skip
        local = said | dict(one.local or {})
        central = {"offset": len(body)} | said | dict(one.central or {})
        directory += struct.pack("<4sHHHHHHIII", b"PK\1\2", 20, 20, central["flags"], central["method"], 0, 33,
                                 central["crc"], central["packed"], central["size"])  # fmt: skip
        directory += struct.pack(
            "<HHHHHII", len(central["name"]), len(one.extra), 0, 0, 0, 0, central["offset"]
        )
        directory += central["name"] + one.extra
        number += 1
        if one.hidden:
            continue
        body += struct.pack("<4sHHHHHIII", b"PK\3\4", 20, local["flags"], local["method"], 0, 33,
                            local["crc"], local["packed"], local["size"])  # fmt: skip
        body += struct.pack("<HH", len(local["name"]), len(one.local_extra)) + local["name"] + one.local_extra
        body += one.packed + one.behind
    said_end = {
        "count": number if count is None else count,
        "size": len(directory),
        "start": len(body) + shift,
    }
    said_end |= dict(end or {})
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, said_end["count"] & 0xFFFF, said_end["count"] & 0xFFFF,
                       said_end["size"], said_end["start"], len(comment))  # fmt: skip
    return bytes(body + directory + tail + comment + after)
