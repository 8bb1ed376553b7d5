"""Zips that lie, explode, lead outside, or say two things at once."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import smallbooks
from hostile import (
    FINE,
    SHEET,
    STRINGS,
    STYLES,
    Entry,
    Table,
    book,
    changed,
    deflated,
    entries,
    entry,
    lying,
    repeated,
    with_entry,
    zipped,
)

ZIPS = Table()
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SST = f'<sst xmlns="{_MAIN}">'
_HEAD, _TAIL = f'<worksheet xmlns="{_MAIN}"><sheetData>', "</sheetData></worksheet>"
_FULL = 0xFFFFFFFF


def more(*members: Entry) -> bytes:
    return zipped([*entries(smallbooks.parts()), *members])


def empty(count: int) -> list[Entry]:
    return [Entry(f"xl/media/{n}.bin".encode(), b"", 0, 0, 0) for n in range(count)]


def named(name: bytes, flags: int = 0x800) -> bytes:
    return more(replace(entry("x", b"x"), name=name, flags=flags))


def overlapping(count: int) -> bytes:
    """Many entries of the directory that share the bytes of one member."""
    kernel = bytes(900_000)
    first = entry("xl/media/0.bin", kernel)
    known = entries(smallbooks.parts())
    place = len(zipped(known).rpartition(b"PK\5\6")[0]) - sum(46 + len(e.name) for e in known)
    ghosts = [
        replace(first, name=f"xl/media/{n}.bin".encode(), hidden=True, central={"offset": place})
        for n in range(1, count)
    ]
    return zipped([*known, first, *ghosts])


def quoted() -> bytes:
    """Members whose data hold the header and data of the next."""
    inner = entry("xl/media/b.bin", b"0" * 100)
    head = struct.pack(
        "<4sHHHHHIIIHH", b"PK\3\4", 20, 0x800, 8, 0, 33, inner.crc, len(inner.packed), 100, len(inner.name), 0
    )
    whole = head + inner.name + inner.packed
    outer = Entry(b"xl/media/a.bin", whole, len(whole), zlib.crc32(whole), 0)
    known = entries(smallbooks.parts())
    begin = len(zipped(known).rpartition(b"PK\5\6")[0]) - sum(46 + len(e.name) for e in known)
    place = begin + 30 + len(outer.name)
    return zipped([*known, outer, replace(inner, hidden=True, central={"offset": place})])


def wide(size: int, packed: int | None = None) -> bytes:
    """A member with its sizes in the 64-bit field."""
    one = entry(SHEET, smallbooks.parts()[SHEET])
    field = struct.pack("<HHQQ", 1, 16, size, len(one.packed) if packed is None else packed)
    return with_entry(replace(one, central={"size": _FULL, "packed": _FULL}, extra=field))


def wide_end(content: bytes | None = None, **lies: int) -> bytes:
    """A zip with the 64-bit end of directory, and what it says."""
    content = content or book()
    place = content.rfind(b"PK\5\6")
    count, size, start = struct.unpack_from("<HII", content, place + 10)
    said = {"count": count, "size": size, "start": start, "at": place} | lies
    end = struct.pack(
        "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, said["count"], said["count"], said["size"], said["start"]
    )
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, said["at"], 1)
    old = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, _FULL, _FULL, 0)
    return content[:place] + end + locator + old


def described() -> bytes:
    """Sizes behind the data, as programs write that stream."""
    return zipped(
        [
            replace(one, flags=0x808, local={"crc": 0, "packed": 0, "size": 0},
                    behind=struct.pack("<4sIII", b"PK\7\x08", one.crc, len(one.packed), one.size))
            for one in entries(smallbooks.parts())
        ]
    )  # fmt: skip


def encrypted() -> bytes:
    return zipped([replace(one, flags=0x801) for one in entries(smallbooks.parts())])


def nested(depth: int) -> bytes:
    content = bytes(900_000)
    for _ in range(depth):
        content = zipped([entry("a.zip", content)])
    return content


def unicode_path() -> bytes:
    """An extra field with another name than the header's."""
    other = b"xl/worksheets/sheet9.xml"
    field = struct.pack("<HHBI", 0x7075, 5 + len(other), 1, zlib.crc32(SHEET.encode())) + other
    return lying(SHEET, extra=field)


ZIPS.of(
    "压缩炸弹与过大",
    {
        "sheet of 1 GiB of blanks": ("bomb", lambda: with_entry(repeated(SHEET, _HEAD, " ", 1 << 30, _TAIL))),
        "one text of 2 GiB": ("bomb", lambda: with_entry(repeated(STRINGS, _SST + "<si><t>", "A", 2 << 30, "</t></si></sst>"))),
        "text of 40 MB in a cell": ("bomb", lambda: with_entry(repeated(SHEET, f'{_HEAD}<row r="1"><c r="A1" t="inlineStr"><is><t>', "A", 40_000_000, f"</t></is></c></row>{_TAIL}"))),
        "20 M empty texts": ("bomb", lambda: with_entry(repeated(STRINGS, _SST, "<si><t/></si>", 20_000_000, "</sst>"))),
        "attribute of 60 MB": ("bomb", lambda: with_entry(repeated(SHEET, f'<worksheet xmlns="{_MAIN}" x="', "A", 60 << 20, '"/>'))),
        "bomb beside the sheets": ("bomb", lambda: more(repeated("xl/media/a.bin", "", "\0", 300 << 20, ""))),
        "many small bombs": ("bomb", lambda: more(*(repeated(f"xl/media/{n}.bin", "", "\0", 1 << 20, "") for n in range(200)))),
        "bomb one level down": (FINE, lambda: more(entry("xl/embeddings/a.zip", zipped([repeated("a", "", "\0", 50 << 20, "")])))),
        "bomb twelve levels down": (FINE, lambda: more(entry("xl/embeddings/a.zip", nested(12)))),
        "itself inside": (FINE, lambda: more(entry("xl/embeddings/a.xlsx", book()))),
        "says 100 bytes, holds 200 MB": ("bomb", lambda: with_entry(replace(repeated(SHEET, _HEAD, " ", 200 << 20, _TAIL), size=100))),
        "says 4 GiB": ("bomb", lambda: lying(SHEET, size=_FULL - 1)),
        "says less than it holds": ("bomb", lambda: lying(SHEET, size=10)),
        "says more than it holds": ("damaged", lambda: lying(SHEET, size=500_000)),
        "100,000 members": ("too-many-parts", lambda: wide_end(more(*empty(100_000)), count=100_000 + len(smallbooks.parts()))),
        "65,000 members": ("too-many-parts", lambda: more(*empty(65_000))),
        "2,001 members": ("too-many-parts", lambda: more(*empty(2001))),
        "overlapping members": ("ambiguous", lambda: overlapping(1500)),
        "members inside members": ("bomb", quoted),
        "a million tags without a text": ("bomb", lambda: with_entry(repeated(STRINGS, _SST, "<si><t>1</t>      </si>", 1_000_000, "</sst>"))),
    },
)  # fmt: skip
ZIPS.of(
    "压缩包结构",
    {
        "part twice": ("duplicate", lambda: more(entry(SHEET, b"<worksheet/>"))),
        "part twice in other case": ("duplicate", lambda: more(entry(SHEET.upper(), b"<worksheet/>"))),
        "part twice with other slashes": ("duplicate", lambda: more(entry(SHEET.replace("/", "\\"), b"<a/>"))),
        "part twice from the root": ("duplicate", lambda: more(entry("/" + SHEET, b"<a/>"))),
        "part twice, full-width letters": (FINE, lambda: more(entry(SHEET.replace("sheet", "ｓheet"), b"<a/>"))),
        "way out": ("unsafe-name", lambda: named(b"../../../../tmp/pwned.txt")),
        "way out by backslashes": ("unsafe-name", lambda: named(b"..\\..\\windows\\x.txt")),
        "way out in the middle": ("unsafe-name", lambda: named(b"xl/worksheets/../../../e.xml")),
        "ways out of all kinds": ("unsafe-name", lambda: more(*(replace(entry("x", b"x"), name=name) for name in (b"../../../../tmp/a.txt", b"/etc/cron.d/a", b"..\\..\\windows\\x.txt", b"xl/worksheets/../../../e.xml")))),
        "absolute": (FINE, lambda: named(b"/etc/cron.d/pwn")),
        "two slashes": (FINE, lambda: named(b"//server/share/x")),
        "drive": ("unsafe-name", lambda: named(b"C:\\x.xml")),
        "stream of a file": ("unsafe-name", lambda: named(b"x.xml:evil")),
        "zero byte": ("unsafe-name", lambda: named(b"xl/a.xml\0.txt")),
        "no name": ("unsafe-name", lambda: named(b"")),
        "name of 60,000 letters": (FINE, lambda: named(b"a" * 60_000)),
        "name that is no UTF-8": ("damaged", lambda: named(b"\xff\xfe\xfd")),
        "name of control characters": (FINE, lambda: named(b"\x1b[31m\r\n")),
        "reserved name": (FINE, lambda: named(b"CON")),
        "backslashes for slashes": (FINE, lambda: zipped([replace(e, name=e.name.replace(b"/", b"\\")) for e in entries(smallbooks.parts())])),
        "two names": ("ambiguous", lambda: lying(SHEET, local={"name": b"xl/worksheets/sheet9.xml"})),
        "another name in an extra field": (FINE, unicode_path),
        "local header of other sizes": (FINE, lambda: lying(SHEET, local={"size": 1, "packed": 1, "crc": 1})),
        "local header encrypted": (FINE, lambda: lying(SHEET, local={"flags": 1})),
        "sizes behind the data": (FINE, described),
        "wrong checksum": ("damaged", lambda: lying(SHEET, crc=1)),
        "wrong checksum of a picture": ("damaged", lambda: more(entry("xl/media/a.png", b"x" * 99), replace(entry("xl/media/b.png", b"y" * 99), crc=7))),
        "encrypted members of a zip": ("password", encrypted),
        "unknown packing": ("damaged", lambda: lying(SHEET, method=12)),
        "stored, of another size": ("damaged", lambda: lying(SHEET, method=0)),
        "bytes before": (FINE, lambda: b"MZ" + bytes(500) + book()),
        "bytes before, counted": (FINE, lambda: zipped(entries(smallbooks.parts()), before=b"MZ" + bytes(500))),
        "bytes behind": ("truncated", lambda: book() + bytes(70_000)),
        "some bytes behind": (FINE, lambda: book() + bytes(100)),
        "comment": (FINE, lambda: zipped(entries(smallbooks.parts()), comment=b"x" * 60_000)),
        "comment with another directory": ("not-workbook", lambda: zipped(entries(smallbooks.parts()), comment=b"PK\5\6" + bytes(30))),
        "two workbooks in one file": (FINE, lambda: zipped([entry("x", b"y")]) + book()),
        "directory of more members": ("damaged", lambda: zipped(entries(smallbooks.parts()), count=100)),
        "directory of fewer members": ("not-workbook", lambda: zipped(entries(smallbooks.parts()), count=2)),
        "directory elsewhere": ("damaged", lambda: zipped(entries(smallbooks.parts()), end={"start": 10_000_000})),
        "directory of no size": ("damaged", lambda: zipped(entries(smallbooks.parts()), end={"size": 0})),
        "directory behind itself": ("damaged", lambda: zipped(entries(smallbooks.parts()), end={"start": _FULL - 1, "size": _FULL - 1})),
        "member beyond the end": ("damaged", lambda: lying(SHEET, central={"offset": 1 << 31})),
        "member in the directory": ("damaged", lambda: lying(SHEET, central={"packed": 1 << 30})),
        "64-bit sizes": (FINE, lambda: wide(len(smallbooks.parts()[SHEET]))),
        "64-bit sizes that lie": ("bomb", lambda: wide(1 << 60)),
        "64-bit packed size that lies": ("damaged", lambda: wide(100, 1 << 60)),
        "64-bit field missing": ("damaged", lambda: lying(SHEET, central={"size": _FULL})),
        "64-bit directory": (FINE, wide_end),
        "64-bit directory of 2^60 members": ("too-many-parts", lambda: wide_end(count=1 << 60)),
        "64-bit directory beyond the end": ("damaged", lambda: wide_end(at=1 << 62)),
        "64-bit directory of another place": ("damaged", lambda: wide_end(start=1 << 62)),
        "data that never ends": ("damaged", lambda: lying(SHEET, packed=deflated(b"x" * 5000)[:-4], size=5000)),
        "data of a reserved kind": ("damaged", lambda: lying(SHEET, packed=b"\x07\x07\x07", size=9)),
        "bytes behind the data": (FINE, lambda: lying(SHEET, packed=deflated(smallbooks.parts()[SHEET]) + b"junk")),
        "folders": (FINE, lambda: more(Entry(b"xl/", b"", 0, 0, 0), Entry(b"xl\\worksheets\\", b"", 0, 0, 0))),
        "bytes nobody lists": (FINE, lambda: zipped([replace(e, behind=bytes(999)) for e in entries(changed({STYLES: lambda t: t + " "}))])),
    },
)  # fmt: skip
