"""The XML of a sheet as the elements that say something, never much of it as a tree at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree

from workbook_tool.excel.ooxml.archive import MIB, Limits, Refused
from workbook_tool.excel.ooxml.package import MAIN, MAIN_STRICT, parse_xml

_TREE_BYTES = 4 * MIB
"""How much of a sheet is held as a tree at a time, since a tree takes many times its size."""

_CHUNK = MIB // 4
MEND = "请用 Excel 或 WPS 打开、修复并另存后再上报。"
"""What to do with a damaged file."""

_UNNUMBERED = re.compile(rb'<row(?! r="|Breaks)')
_BLANK_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?/>(?=<c r="|</row>)')
_BLANK_ROW = re.compile(rb'<row r="[0-9]+"[^<>]*(?:/>|></row>)(?=<row r="|</sheetData>)')


def _without_blanks(content: bytes) -> bytes:
    """The part without its blank cells, a third of all; of a large one without blank rows either.

    Whole columns are often formatted down to the last row. Only what is followed by something that
    says itself where it stands is left out: nothing moves.
    """
    if b"<![CDATA[" in content or _UNNUMBERED.search(content):
        return content
    if len(content) <= _TREE_BYTES:
        return _BLANK_CELL.sub(b"", content)
    return b"".join(_BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", piece)) for piece in _by_rows(content))


def _by_rows(content: bytes) -> Iterator[bytes]:
    """The part in pieces that end before a row: what is left of all cells at once takes much memory."""
    start = 0
    while start < len(content):
        end = content.find(b"<row ", start + _CHUNK)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end


_TAGS = ("row", "cols", "mergeCells", "sheetProtection", "conditionalFormatting", "dataValidations", "extLst")
_WANTED = tuple(f"{{{main}}}{tag}" for main in (MAIN, MAIN_STRICT) for tag in _TAGS)
_SHEET_DATA = (f"{{{MAIN}}}sheetData", f"{{{MAIN_STRICT}}}sheetData")


def elements(content: bytes, name: str, limits: Limits) -> Iterator[etree._Element]:
    """The rows, columns, merges and settings of a sheet, each to be looked at before the next.

    Args:
        content: The part.
        name: What it is called, for the refusal.
        limits: How many cells to look at before the file is refused.

    Raises:
        Refused: It is damaged, or says too much at once.
    """
    content = _without_blanks(content)
    if len(content) <= _TREE_BYTES:
        return _of_tree(parse_xml(content, name))
    for cells, most, refusal in (
        (b"<v>", limits.filled, too_many_filled),
        (b"<c ", limits.tags, too_many_tags),
    ):
        if content.count(cells) > most:
            raise refusal(most)
    return _streamed(content, name)


def _of_tree(root: etree._Element) -> Iterator[etree._Element]:
    """The rows, columns and merges of a sheet in the order of the file."""
    for child in root.iterchildren(*_SHEET_DATA, *_WANTED):
        if child.tag in _SHEET_DATA:
            yield from child.iterchildren(*_WANTED)
        else:
            yield child


def _streamed(content: bytes, name: str) -> Iterator[etree._Element]:
    """The same, each thrown away after use; never more than some megabytes as a tree."""
    parser = etree.XMLPullParser(
        ("end",), tag=_WANTED, resolve_entities=False, no_network=True, load_dtd=False
    )
    held_from, checked = 0, False
    try:
        for start in range(0, len(content), _CHUNK):
            parser.feed(content[start : start + _CHUNK])
            for _, element in cast(Iterator[tuple[str, etree._Element]], parser.read_events()):
                if not checked and element.getroottree().docinfo.internalDTD is not None:
                    parse_xml(content, name)  # refuses it, in the words of any other part
                checked = True
                yield element
                element.clear()
                before = element.getprevious()
                while before is not None:
                    cast(etree._Element, element.getparent()).remove(before)
                    before = element.getprevious()
                held_from = start
            if start - held_from > _TREE_BYTES:
                raise too_much("一张工作表中有异常庞大的一行或一段设置")
        parser.close()
    except etree.XMLSyntaxError:
        raise Refused("damaged", f"文件内部的“{name[:60]}”已损坏，无法读取。{MEND}") from None


def too_much(what: str) -> Refused:
    """The refusal of a sheet that has too much of something."""
    return Refused(
        "too-many-cells", f"文件中{what}，超出正常工作簿的范围，未读取。请删去多余的空白行列后另存再报。"
    )


def too_many_filled(most: int) -> Refused:
    """The refusal of a sheet with more cells that hold something than any return has."""
    return too_much(f"一张工作表中有内容的单元格超过{most}个")


def too_many_tags(most: int) -> Refused:
    """The refusal of a sheet with more cells to be looked at than any return has."""
    return too_much(f"一张工作表中的单元格超过{most}个（多为整行整列设置了格式）")
