"""The package: what is refused and in which words, and that what is not touched stays as it is."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from recipes import RECIPES, plain, zipped
from workbook_tool.excel.ooxml.archive import read_members, write_members
from workbook_tool.excel.ooxml.package import Limits, Package, Refused, parse_xml

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


def parts(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        return {name: file.read(name) for name in file.namelist()}


def without(name: str) -> bytes:
    return zipped({n: c for n, c in parts(plain()).items() if n != name})


def with_part(name: str, content: bytes) -> bytes:
    return zipped(parts(plain()) | {name: content})


def twice() -> bytes:
    out = io.BytesIO(plain())
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("XL/Worksheets/Sheet1.xml", b"<worksheet/>")
    return out.getvalue()


def flipped() -> bytes:
    """One wrong bit in the middle of the sheet's data."""
    content = bytearray(plain())
    place = content.find(b"xl/worksheets/sheet1.xml") + 80
    content[place] ^= 0xFF
    return bytes(content)


def lying(size: int) -> bytes:
    """A part that says it inflates to another size than it does."""
    content = bytearray(plain())
    at = content.rfind(b"PK\1\2", 0, content.rfind(b"xl/worksheets/sheet1.xml"))
    struct.pack_into("<I", content, at + 24, size)
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(plain())
    at = content.find(b"PK\1\2")
    struct.pack_into("<H", content, at + 8, 1)
    return bytes(content)


def document(kind: str) -> bytes:
    types = parts(plain())["[Content_Types].xml"].replace(b"spreadsheetml.sheet.main", kind.encode())
    return with_part("[Content_Types].xml", types)


def odf() -> bytes:
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"})


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("empty", lambda: b"", "0字节"),
    "password": ("password", lambda: OLE + "EncryptedPackage".encode("utf-16le"), "密码"),
    "xls": ("xls", lambda: OLE + "Workbook".encode("utf-16le"), "旧格式"),
    "xls of 1995": ("xls", lambda: OLE + "Book".encode("utf-16le"), "旧格式"),
    "doc": ("word", lambda: OLE + "WordDocument".encode("utf-16le"), "Word"),
    "other OLE": ("not-workbook", lambda: OLE, "不是 Excel 工作簿"),
    "xlsb": ("xlsb", lambda: document("sheet.binary.macroEnabled.main"), "xlsb"),
    "docx": ("word", lambda: document("wordprocessingml.document.main"), "Word"),
    "ods": ("ods", odf, "ods"),
    "zip of workbooks": ("archive", lambda: zipped({"甲单位.xlsx": b"x"}), "解压"),
    "other zip": ("not-workbook", lambda: zipped({"readme.txt": b"x"}), "没有工作簿"),
    "html": ("html", lambda: b"<html><table><tr><td>1</td></tr></table>", "网页"),
    "html in GBK": ("html", lambda: "<html><body><table>收入".encode("gb18030"), "网页"),
    "XML 2003": (
        "xml-2003",
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "XML 表格 2003",
    ),
    "csv": ("csv", lambda: "部门,收入\n甲,1\n".encode("gb18030"), "CSV"),
    "csv in UTF-16": ("csv", lambda: "部门\t收入".encode("utf-16"), "CSV"),
    "pdf": ("pdf", lambda: b"%PDF-1.7", "PDF"),
    "picture": ("picture", lambda: b"\xff\xd8\xff\xe0", "图片"),
    "owner file": ("owner-file", lambda: b"\x04abcd" + b" " * 50 + b"\x04\0" + b"a\0b\0" * 27, "临时文件"),
    "noise": ("not-workbook", lambda: bytes(range(256)), "无法识别"),
    "cut off": ("truncated", lambda: plain()[: len(plain()) // 2], "不完整"),
    "cut in the directory": ("truncated", lambda: plain()[:-30], "不完整"),
    "no workbook": ("not-workbook", lambda: without("xl/workbook.xml"), "没有工作簿"),
    "no sheet": ("damaged", lambda: without("xl/worksheets/sheet1.xml"), "内容缺失"),
    "no types": ("not-workbook", lambda: without("[Content_Types].xml"), "没有工作簿"),
    "part twice": ("duplicate", twice, "出现了两次"),
    "flipped bit": ("damaged", flipped, "已损坏"),
    "says less": ("bomb", lambda: lying(10), "过大"),
    "says more": ("damaged", lambda: lying(90_000), "已损坏"),
    "says far more": ("bomb", lambda: lying(1 << 30), "过大"),
    "bomb": ("bomb", lambda: with_part("xl/media/a.bin", bytes(4 << 20)), "过大"),
    "encrypted part": ("password", encrypted, "密码"),
    "way out": ("unsafe-name", lambda: with_part("../../evil.xml", b"x"), "部件名"),
    "drive": ("unsafe-name", lambda: with_part("C:/evil.xml", b"x"), "部件名"),
    "DTD": (
        "dtd",
        lambda: with_part("xl/workbook.xml", b"<!DOCTYPE a>" + parts(plain())["xl/workbook.xml"]),
        "DTD",
    ),
    "broken XML": ("damaged", lambda: with_part("xl/workbook.xml", b"<workbook"), "已损坏"),
    "two sheets of a name": (
        "duplicate",
        lambda: with_part(
            "xl/workbook.xml",
            re.sub(rb"(<sheet [^>]*/>)", rb"\1\1", parts(plain())["xl/workbook.xml"]),
        ),
        "同名",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "make", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_in_words(code: str, make: Callable[[], bytes], says: str) -> None:
    with pytest.raises(Refused) as refusal:
        Package.open(make()).verify()
    assert refusal.value.code == code
    assert says in refusal.value.message
    assert refusal.value.message.endswith("。")


@pytest.mark.parametrize("share", [i / 12 for i in range(1, 12)])
def test_a_file_cut_anywhere_is_refused(share: float) -> None:
    content = plain()
    with pytest.raises(Refused):
        Package.open(content[: int(len(content) * share)]).verify()


@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_byte_is_refused_or_harmless(seed: int) -> None:
    content = bytearray(plain())
    content[seed * 7919 % len(content)] ^= 1 << seed % 8
    try:
        package = Package.open(bytes(content))
        package.verify()
        package.save()
    except Refused:
        pass


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=100), "too-large"),
        (Limits(parts=3), "too-many-parts"),
        (Limits(part_bytes=100), "bomb"),
        (Limits(total_bytes=1000), "bomb"),
        (Limits(sheets=0), "too-many-sheets"),
    ],
)
def test_limits_are_kept(limits: Limits, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        Package.open(plain(), limits)
    assert refusal.value.code == code


def test_a_folder_or_a_pipe_is_not_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="不是普通文件"):
        Package.open(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "a.xlsx")
        with pytest.raises(Refused, match="不是普通文件"):
            Package.open(tmp_path / "a.xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_document_type_is_ever_parsed(encoding: str) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    with pytest.raises(Refused) as refusal:
        parse_xml(bomb.encode(encoding), "a.xml")
    assert refusal.value.code == "dtd"


def test_nesting_is_bounded() -> None:
    with pytest.raises(Refused):
        parse_xml(b"<a>" * 300 + b"</a>" * 300, "a.xml")


# --- reading ---


def test_parts_are_found_whatever_their_case_or_slashes() -> None:
    sheet, other = "xl/worksheets/sheet1.xml", "XL\\Worksheets\\SHEET1.xml"
    odd = zipped({n.replace(sheet, other): c for n, c in parts(plain()).items()})
    package = Package.open(odd)
    assert package.has("xl/worksheets/Sheet1.xml")
    assert [s.name for s in package.sheets] == ["表"]
    assert b"<sheetData>" in package.read(package.sheets[0].part)


def test_bytes_before_the_zip_are_passed_over() -> None:
    assert Package.open(b"MZ" + bytes(1000) + plain()).sheets[0].name == "表"


@pytest.mark.parametrize(("recipe", "signed"), [("signature", True), ("picture", False)])
def test_a_signature_is_noticed(recipe: str, signed: bool) -> None:
    assert Package.open(RECIPES[recipe]()).signed is signed


def test_macros_are_noticed() -> None:
    assert Package.open(with_part("xl/vbaProject.bin", b"x")).macros
    assert not Package.open(plain()).macros


def test_relations_are_resolved() -> None:
    package = Package.open(RECIPES["picture"]())
    sheet = package.sheets[0].part
    assert package.related(sheet, "drawing") == ["xl/drawings/drawing1.xml"]
    assert package.relations("xl/drawings/drawing1.xml")["rId1"].target == "xl/media/image1.png"


# --- writing ---


def test_saving_what_was_not_touched_keeps_every_compressed_byte() -> None:
    original = RECIPES["picture"]()
    package = Package.open(original)
    before = [(m.name, bytes(m.data), m.crc) for m in package.members()]
    saved = package.save()
    assert [(m.name, bytes(m.data), m.crc) for m in read_members(saved, Limits())] == before
    assert package.save() == saved
    assert parts(saved) == parts(original)


def test_a_part_is_added_replaced_and_removed() -> None:
    package = Package.open(plain())
    package.add("xl/新.xml", "<a>部</a>".encode(), "text/xml")
    relation = package.relate(package.workbook, "custom", "xl/新.xml")
    package.replace("docProps/app.xml", b"<x/>")
    again = Package.open(package.save())
    assert again.read("xl/新.xml").decode() == "<a>部</a>"
    assert again.content_type("xl/新.xml") == "text/xml"
    assert again.relations(again.workbook)[relation].target == "xl/新.xml"
    assert again.read("docprops/APP.xml") == b"<x/>"
    again.unrelate(again.workbook, relation)
    again.remove("xl/新.xml")
    last = Package.open(again.save())
    assert not last.has("xl/新.xml")
    assert "新" not in last.read("[Content_Types].xml").decode()
    assert relation not in last.relations(last.workbook)


def test_new_parts_have_a_fixed_date_and_old_ones_theirs() -> None:
    package = Package.open(plain())
    package.add("xl/a.xml", b"<a/>", "text/xml")
    package.replace("docProps/app.xml", b"<x/>")
    with zipfile.ZipFile(io.BytesIO(package.save())) as file, zipfile.ZipFile(io.BytesIO(plain())) as old:
        assert file.getinfo("xl/a.xml").date_time == (1980, 1, 1, 0, 0, 0)
        assert file.getinfo("docProps/app.xml").date_time == old.getinfo("docProps/app.xml").date_time
        assert file.testzip() is None


def test_a_damaged_part_is_not_passed_on() -> None:
    content = bytearray(RECIPES["picture"]())
    place = content.find(b"IEND")
    if place < 0:  # compressed: spoil the last bytes of its data
        place = content.find(b"xl/media/image1.png") + 60
    content[place] ^= 0xFF
    package = Package.open(bytes(content))
    with pytest.raises(Refused, match="image1"):
        package.save()


def test_a_zip_of_many_members_is_written_as_others_read_it() -> None:
    content = zipped({f"部件{n}.txt": os.urandom(n) for n in range(50)})
    again = write_members(read_members(content, Limits()))
    with zipfile.ZipFile(io.BytesIO(again)) as file:
        assert file.testzip() is None
        sums = {i.filename: i.CRC for i in file.infolist()}
    assert sums == {n: zlib.crc32(c) for n, c in parts(content).items()}
