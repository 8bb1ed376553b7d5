"""Files that are no workbook, or were one: other formats under its name, cut off, with wrong bits."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache, partial

from hostile import FINE, Entry, Table, book, changed, entries, entry, swap, zipped
from smallbooks import RELATIONS, TYPES

FILES = Table()
_OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
_XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
    'xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
_BIFF = b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(200)


@cache
def sound() -> bytes:
    return book()


def ole(*streams: str) -> bytes:
    return _OLE + b"".join(name.encode("utf-16le") + bytes(64) for name in streams)


def typed(kind: str) -> bytes:
    return book({TYPES: swap("spreadsheetml.sheet.main", kind)})


@cache
def sound_everywhere() -> bytes:
    """The return packed by ourselves, so that the same bytes are hit whatever zlib a system has."""
    return zipped([replace(one, packed=coded(content)) for one, content in _members()])


def _members() -> list[tuple[Entry, bytes]]:
    parts = changed({})
    return [(entry(name, content), content) for name, content in parts.items()]


def coded(content: bytes) -> bytes:
    """Deflated in the plainest way: one block of the fixed code, each byte for itself."""
    bits = ["110"]  # the last block, of the fixed code; its two bits stand lowest first
    bits += [f"{byte + 0x30:08b}" if byte < 144 else f"{byte + 0x100:09b}" for byte in content]
    line = "".join(bits) + "0000000"
    line += "0" * (-len(line) % 8)
    return bytes(int(line[n : n + 8][::-1], 2) for n in range(0, len(line), 8))


def flipped(seed: int) -> bytes:
    chance = random.Random(seed)
    content = bytearray(sound_everywhere())
    for _ in range(chance.choice((1, 3, 10))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


FILES.of(
    "不是工作簿",
    {
        "sound": (FINE, sound),
        "nothing": ("empty", lambda: b""),
        "one byte": ("csv", lambda: b"P"),
        "zeros": ("not-workbook", lambda: bytes(5000)),
        "html": ("html", lambda: b"<html><table><tr><td>1</td></tr></table></html>"),
        "html with a mark": ("html", "\ufeff <!DOCTYPE html><html>表</html>".encode),
        "html of Excel": ("html", lambda: '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table>'.encode("utf-16")),
        "csv": ("csv", lambda: b"a,b\n1,2\n"),
        "csv of formulas": ("csv", lambda: b"=cmd|' /C calc'!A0,@SUM(1)\n"),
        "csv in GBK": ("csv", lambda: "部门,收入\n".encode("gbk")),
        "pdf": ("pdf", lambda: b"%PDF-1.4\n%%EOF"),
        "xml of 2003": ("xml-2003", _XML_2003.encode),
        "xml of 2003 in UTF-16": ("xml-2003", lambda: _XML_2003.encode("utf-16")),
        "other xml": ("xml", lambda: b'<?xml version="1.0"?><a/>'),
        "mht": ("csv", lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n"),
        "owner file": ("owner-file", lambda: b"\x05Zhang" + b" " * 49 + b"\x05\0" + "Zhang".encode("utf-16le") + b" \0" * 49),
        "owner file in Chinese": ("owner-file", lambda: b"\x06" + "沈局长".encode("gbk") + b" " * 48 + b"\x03\0" + "沈局长".encode("utf-16le") + b" \0" * 51),
        "zip": ("not-workbook", lambda: zipped([entry("a.txt", b"x")])),
        "zip of workbooks": ("archive", lambda: zipped([entry("甲.xlsx", sound())])),
        "empty zip": ("not-workbook", lambda: zipped([])),
        "rar": ("archive", lambda: b"Rar!\x1a\x07\x01\0" + bytes(100)),
        "7z": ("archive", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100)),
        "gzip": ("archive", lambda: b"\x1f\x8b\x08\0" + bytes(100)),
        "png": ("picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100)),
        "rtf": ("word", lambda: b"{\\rtf1 a}"),
        "docx": ("word", lambda: typed("wordprocessingml.document.main")),
        "xlsb": ("xlsb", lambda: book({TYPES: swap("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "vnd.ms-excel.sheet.binary.macroEnabled.main")})),
        "xls": ("xls", lambda: ole("Root Entry", "Workbook")),
        "xls of 1995, or et": ("xls", lambda: ole("Root Entry", "Book")),
        "xls without a container": ("xls", lambda: _BIFF),
        "wps text": ("word", lambda: ole("Root Entry", "WordDocument")),
        "slides": ("powerpoint", lambda: ole("PowerPoint Document")),
        "encrypted": ("password", lambda: ole("Root Entry", "EncryptionInfo", "EncryptedPackage")),
        "encrypted, names a workbook too": ("password", lambda: ole("Workbook", "EncryptedPackage")),
        "other container": ("not-workbook", ole),
        "ods": ("ods", lambda: zipped([entry("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), entry("content.xml", b"<a/>")])),
        "macros, called xlsx": (FINE, lambda: zipped(entries(changed({TYPES: swap("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "vnd.ms-excel.sheet.macroEnabled.main+xml"), "xl/vbaProject.bin": _OLE})))),
        "no content types": ("not-workbook", lambda: book({TYPES: None})),
        "no relations": ("not-workbook", lambda: book({RELATIONS: None})),
        "no workbook": ("not-workbook", lambda: book({"xl/workbook.xml": None})),
    },
)  # fmt: skip
FILES.of(
    "截断",
    {
        f"cut at {share:.0%}": ("truncated", partial(lambda share: sound()[: max(1, int(len(sound()) * share))], share))
        for share in (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
    }
    | {
        "cut to its mark": ("truncated", lambda: sound()[:4]),
        "cut to 30 bytes": ("truncated", lambda: sound()[:30]),
        "cut to 100 bytes": ("truncated", lambda: sound()[:100]),
        "without its last 30 bytes": ("truncated", lambda: sound()[:-30]),
        "without its last byte": ("truncated", lambda: sound()[:-1]),
        "without its end": ("truncated", lambda: sound()[:-22]),
        "without its beginning": ("damaged", lambda: sound()[100:]),
        "half of it zeros": ("ambiguous", lambda: sound()[:4] + bytes(len(sound()) // 2) + sound()[4 + len(sound()) // 2 :]),
    },
)  # fmt: skip
FLIPPED = {
    **dict.fromkeys((1, 9, 10, 18, 22, 39), "bomb"),
    **dict.fromkeys((6, 13, 30, 33, 36, 37, 38), "ambiguous"),
    35: "password",
}
"""What those come to in which a wrong byte hit the directory or a header, and no data."""

FILES.of("翻转的字节", {f"flipped {n}": (FLIPPED.get(n, "damaged"), partial(flipped, n)) for n in range(40)})
