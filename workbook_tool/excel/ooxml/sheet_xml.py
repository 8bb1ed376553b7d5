"""The XML of a sheet as the elements that say something, never much of it as a tree at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import cast

from lxml import etree

from workbook_tool.excel.ooxml.archive import MIB, Limits, Refused
from workbook_tool.excel.ooxml.package import MAIN, MAIN_STRICT, parse_xml
from workbook_tool.findings import column_letters

_TREE_BYTES = 4 * MIB
"""How much of a sheet is held as a tree at a time, since a tree takes many times its size."""

_CHUNK = MIB // 4
MEND = "请用 Excel 或 WPS 打开、修复并另存后再上报。"
"""What to do with a damaged file."""

_UNNUMBERED = re.compile(rb'<row(?! r="|Breaks)')
_BLANK_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?/>(?=<c r="|</row>)')
_BLANK_ROW = re.compile(rb'<row r="[0-9]+"[^<>]*(?:/>|></row>)(?=<row r="|</sheetData>)')
_ROW_END = b"</row>"
_TEXT = r"[^<>&\x00-\x1f]*(?:&(?:amp|lt|gt|quot|apos);[^<>&\x00-\x1f]*)*"
_LOOKS = '(?: s="[0-9]+")?(?: t="[a-zA-Z]+")?'
_SHARED = '(?: t="[a-zA-Z]+")?(?: ref="[A-Z0-9:]+")?(?: ca="[0-9]")?(?: si="[0-9]+")?'
_FORMULA = f'<f(?: aca="[a-z]+")?{_SHARED}(?:/>|>{_TEXT}</f>)'
"""What stands in a cell, as office programs write it. Anything else is left to the parser, which refuses
what is damaged: a damaged part must not pass because the damage was left out."""
_OTHER_CODE = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_NO_LETTERS = b"\xef\xbf\xbe", b"\xef\xbf\xbf"
"""U+FFFE and U+FFFF in UTF-8."""
_TWO_LETTERS = 702
"""The last column of two letters; no form is nearly as wide."""

EdgeOf = Callable[[etree._Element], int | None]
"""Takes the first row of a sheet; gives the last column that anybody will ask for, None for all."""


@lru_cache(maxsize=64)
def _cells_past(edge: int) -> re.Pattern[bytes]:
    """Finds the cells right of a column, as office programs write them; never more than one at a time.

    The last columns of three letters are left, those that no sheet has among them: who parses them
    refuses those.
    """
    letters = column_letters(edge)
    past = [
        f"{letters[:place]}[{chr(ord(letter) + 1)}-Z]" + "[A-Z]" * (len(letters) - place - 1)
        for place, letter in enumerate(letters)
        if letter < "Z"
    ]
    past += ["[A-Z][A-Z]"] * (len(letters) == 1) + ["[A-W][A-Z][A-Z]"]
    where = f'r="(?:{"|".join(past)})[0-9]{{1,7}}"'
    cell = f'<c {where}{_LOOKS}(?:/>|>(?:{_FORMULA})?(?:<v/>|<v>{_TEXT}</v>)?</c>)(?=<c r="|</row>)'
    return re.compile(cell.encode())


def _without_idle(content: bytes, edge_of: EdgeOf | None) -> bytes:
    """The part without the cells that say nothing to anybody: two thirds of all, which parsing is spared.

    These are blank ones, and the live checks right of what the sheet's map names. Of a large part,
    which is taken in pieces, it is blank cells and rows: whole columns are often formatted down to
    the last row. Only what is followed by something that says itself where it stands is left out:
    nothing moves. What might only look like cells, inside of comments and the like, leaves the part
    as it is.
    """
    rest, small = content, len(content) <= _TREE_BYTES
    edge = _edge(content, edge_of) if edge_of and small and _is_text(content) else None
    if edge is not None and edge <= _TWO_LETTERS:
        start = content.find(_ROW_END)
        rest = content[:start] + _cells_past(edge).sub(b"", content[start:])
    if small:
        rest = _BLANK_CELL.sub(b"", rest)
    else:
        rest = b"".join(_BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", piece)) for piece in _by_rows(rest))
    # looked for last, in what is left, which is much shorter; nothing of the kind was left out
    odd = b"<!" in rest or rest.find(b"<?", 2) >= 0 or _UNNUMBERED.search(rest)
    return content if odd else rest


def _is_text(content: bytes) -> bool:
    """Whether all of it is letters that XML may hold, in UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return not (_OTHER_CODE.match(content) or any(letter in content for letter in _NO_LETTERS))


def _edge(content: bytes, edge_of: EdgeOf) -> int | None:
    """The last column that anybody will ask for; None for all, and where the first row cannot be read."""
    end = content.find(_ROW_END, 0, _CHUNK)
    try:
        root = parse_xml(content[:end] + b"</row></sheetData></worksheet>", "")
    except Refused:
        return None
    row = next(root.iterchildren(*_SHEET_DATA), root).find("{*}row")
    return None if row is None else edge_of(row)


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


def elements(
    content: bytes, name: str, limits: Limits, edge_of: EdgeOf | None = None
) -> Iterator[etree._Element]:
    """The rows, columns, merges and settings of a sheet, each to be looked at before the next.

    Args:
        content: The part.
        name: What it is called, for the refusal.
        limits: How many cells to look at before the file is refused.
        edge_of: Cells further right may be left out; those that are not may still come.

    Raises:
        Refused: It is damaged, or says too much at once.
    """
    content = _without_idle(content, edge_of)
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
