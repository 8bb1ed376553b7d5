"""A sheet's XML without the cells that say nothing to anybody: parsing is spared most of its bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from lxml import etree

from workbook_tool.excel.ooxml.archive import MIB, Refused
from workbook_tool.excel.ooxml.package import parse_xml
from workbook_tool.findings import column_letters

_CHUNK = MIB // 4
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


_KEPT_TAIL = 16 << 10
"""How long the end of a row may be whose verdict is kept."""


@lru_cache(maxsize=64)
def _past(edge: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Finds the first cell right of a column; and tells whether there are such cells and nothing else.

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
    first = f'<c r="(?:{"|".join(past)})[0-9]{{1,7}}"'
    cell = f"{first}{_LOOKS}(?:/>|>(?:{_FORMULA})?(?:<v/>|<v>{_TEXT}</v>)?</c>)"
    return re.compile(first.encode()), re.compile(f"(?:{cell})++".encode())


def _is_idle(edge: int, tail: bytes) -> bool:
    """Whether the end of a row is cells right of a column, as office programs write them, in UTF-8."""
    if not _past(edge)[1].fullmatch(tail) or any(letter in tail for letter in _NO_LETTERS):
        return False
    try:
        tail.decode()
    except UnicodeDecodeError:
        return False
    return True


_kept_verdict = lru_cache(maxsize=4096)(_is_idle)
"""The live checks of most rows are the same in every return."""


def _without_tails(content: bytes, edge: int) -> bytes:
    """The part without the cells right of a column, but for those of the first row, where the map stands."""
    first, kept, start = _past(edge)[0], [], 0
    place = content.find(_ROW_END)
    while place >= 0 and (cell := first.search(content, place)):
        begin = cell.start()
        place = content.find(_ROW_END, begin)
        tail = content[begin:place]
        if place >= 0 and (_kept_verdict if len(tail) <= _KEPT_TAIL else _is_idle)(edge, tail):
            kept.append(content[start:begin])
            start = place
    return b"".join([*kept, content[start:]])


def without_idle(content: bytes, edge_of: EdgeOf | None) -> tuple[bytes, bool]:
    """The part without the cells that say nothing to anybody: two thirds of all.

    These are blank ones, and the live checks right of what the sheet's map names. Only what is
    followed by something that says itself where it stands is left out: nothing moves. What might
    only look like cells, inside of comments and the like, leaves the part as it is.

    Args:
        content: The part.
        edge_of: Tells from the first row which columns are asked for.

    Returns:
        What is left, and whether it is plain: nothing in it only looks like a tag.
    """
    rest = content
    edge = _edge(content, edge_of) if edge_of and not _OTHER_CODE.match(content) else None
    if edge is not None and edge <= _TWO_LETTERS:
        rest = _without_tails(content, edge)
    return _unless_odd(content, _BLANK_CELL.sub(b"", rest))


def without_blanks(content: bytes) -> bytes:
    """A large part without blank cells and rows: whole columns are often formatted down to the last row."""
    rest = b"".join(_BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", piece)) for piece in _by_rows(content))
    return _unless_odd(content, rest)[0]


def _unless_odd(content: bytes, rest: bytes) -> tuple[bytes, bool]:
    """What is left, and whether all in it is what it looks like; if not, the part as it is.

    Looked for in what is left, which is much shorter: nothing of the kind was left out.
    """
    odd = b"<!" in rest or rest.find(b"<?", 2) >= 0 or _UNNUMBERED.search(rest)
    return (content, False) if odd else (rest, True)


def _edge(content: bytes, edge_of: EdgeOf) -> int | None:
    """The last column that anybody will ask for; None for all, and where the first row cannot be read."""
    end = content.find(_ROW_END, 0, _CHUNK)
    try:
        root = parse_xml(content[:end] + b"</row></sheetData></worksheet>", "")
    except Refused:
        return None
    row = root.find("{*}sheetData/{*}row")
    return None if row is None else edge_of(row)


def _by_rows(content: bytes) -> Iterator[bytes]:
    """The part in pieces that end before a row: what is left of all cells at once takes much memory."""
    start = 0
    while start < len(content):
        end = content.find(b"<row ", start + _CHUNK)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end
