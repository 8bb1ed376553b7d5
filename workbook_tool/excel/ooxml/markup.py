"""Any text as the text of an XML element of a workbook: never a formula, never malformed."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_NOT_IN_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_ILLEGAL = re.compile(f"[{_NOT_IN_XML}]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_CELL_LIMIT = 32_767
_NOTHING_SPECIAL = re.compile(f"[^&<>_\r{_NOT_IN_XML}]{{0,{_CELL_LIMIT}}}")
"""Most texts: they stand as they are."""


def legal(text: str) -> str:
    """The text with what XML cannot hold replaced, line ends as one, within a cell's length."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("\ufffd", text)[:_CELL_LIMIT]


def clean(text: str) -> str:
    """The same as it is written in a workbook, where _x000A_ would stand for a line end."""
    return _LOOKS_ESCAPED.sub("_x005F_", legal(text))[:_CELL_LIMIT]


def markup(text: str) -> str:
    """The text ready to stand between two tags."""
    return text if _NOTHING_SPECIAL.fullmatch(text) else escape(clean(text))


def attribute(text: str) -> str:
    """The text ready to stand between double quotes."""
    return escape(_ILLEGAL.sub("\ufffd", text), {'"': "&quot;", "\n": "&#10;"})
