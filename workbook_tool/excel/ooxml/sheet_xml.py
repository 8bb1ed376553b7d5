"""The XML of a sheet as the elements that say something, never much of it as a tree at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree

from workbook_tool.excel.ooxml.archive import MIB, Limits, Refused
from workbook_tool.excel.ooxml.idle_cells import EdgeOf, without_blanks, without_idle
from workbook_tool.excel.ooxml.package import MAIN, MAIN_STRICT, parse_xml

_TREE_BYTES = 4 * MIB
"""How much of a sheet is held as a tree at a time, since a tree takes many times its size."""

_CHUNK = MIB // 4
MEND = "请用 Excel 或 WPS 打开、修复并另存后再上报。"
"""What to do with a damaged file."""

_ATTRIBUTE = rb"""\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*')"""
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[^<>]*\?>)?\s*<worksheet(?:%s)*\s*>" % _ATTRIBUTE)
_CELLS_END, _END = b"</sheetData>", b"</worksheet>"

_TAGS = ("row", "cols", "mergeCells", "sheetProtection", "conditionalFormatting", "dataValidations", "extLst")
_WANTED = tuple(f"{{{main}}}{tag}" for main in (MAIN, MAIN_STRICT) for tag in _TAGS)
_SHEET_DATA = (f"{{{MAIN}}}sheetData", f"{{{MAIN_STRICT}}}sheetData")


def elements(
    content: bytes, name: str, limits: Limits, edge_of: EdgeOf | None = None
) -> tuple[Iterator[etree._Element], bytes]:
    """The rows, columns, merges and settings of a sheet, each to be looked at before the next.

    Args:
        content: The part.
        name: What it is called, for the refusal.
        limits: How many cells to look at before the file is refused.
        edge_of: Cells further right may be left out; those that are not may still come.

    Returns:
        The elements; and what follows the cells as a sheet of its own, for `settings_in`, since it
        is often the same in many files. Nothing where it is among the elements.

    Raises:
        Refused: It is damaged, or says too much at once.
    """
    if len(content) <= _TREE_BYTES:
        content, plain = without_idle(content, edge_of)
        cells, settings = _apart(content) if plain else (content, b"")
        return _of_tree(parse_xml(cells, name)), settings
    content = without_blanks(content)
    if len(content) <= _TREE_BYTES:
        return _of_tree(parse_xml(content, name)), b""
    for cells, most, refusal in (
        (b"<v>", limits.filled, too_many_filled),
        (b"<c ", limits.tags, too_many_tags),
    ):
        if content.count(cells) > most:
            raise refusal(most)
    return _streamed(content, name), b""


def settings_in(content: bytes, name: str) -> Iterator[etree._Element]:
    """The merges and settings of a sheet without cells.

    Raises:
        Refused: It is damaged.
    """
    return _of_tree(parse_xml(content, name))


def _apart(content: bytes) -> tuple[bytes, bytes]:
    """A sheet without comments in two: up to the end of its cells, and what follows under the same head.

    The two are well-formed where the whole is, and only there.
    """
    end = content.find(_CELLS_END) + len(_CELLS_END)
    head = _HEAD.match(content)
    if end < len(_CELLS_END) or head is None or b"sheetData" in content[end:]:
        return content, b""
    return content[:end] + _END, head[0] + content[end:]


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
