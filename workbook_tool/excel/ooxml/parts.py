"""What a package's parts are called, how they relate, and how their XML is parsed."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from workbook_tool.excel.ooxml.archive import MIB, REPAIR, RESAVE, Limits, Refused
from workbook_tool.settings import in_force

Element = etree._Element

_DOCTYPES = tuple("<!DOCTYPE".encode(e) for e in ("utf-8", "utf-16le", "utf-16be"))


@dataclass(frozen=True)
class Relation:
    """One relationship of a part.

    Attributes:
        kind: The last word of its type: worksheet, styles, comments, vmlDrawing, …
        target: The part's name, or the address where `external`.
    """

    id: str
    type: str
    target: str
    external: bool

    @property
    def kind(self) -> str:
        """The last word of the type, the same in both namespaces."""
        return self.type.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class SheetPart:
    """One tab of the workbook.

    Attributes:
        state: visible, hidden or veryHidden.
        part: The name of its part; empty for a tab of kind module.
        kind: worksheet, chartsheet, dialogsheet, macrosheet, or module: a tab that old versions
            of Excel kept for macros and that has no content of its own.
    """

    name: str
    part: str
    state: str
    sheet_id: int
    relation: str
    kind: str


def local_name(element: Element) -> str:
    """The tag without its namespace; empty for a comment or a processing instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def whole_number(text: str | None, otherwise: int = 0) -> int:
    """A count or an index as an attribute writes it; `otherwise` where it is none, or longer than any."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


@lru_cache(maxsize=4096)
def resolve(part: str, target: str) -> str:
    """The part name that a relationship's target means, seen from `part` (empty: the package)."""
    target = target.replace("\\", "/")
    joined = target[1:] if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
    return posixpath.normpath(joined)


@lru_cache(maxsize=1024)
def relations_name(part: str) -> str:
    """The part that holds the relationships of `part` (empty: the package's own)."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


DEPTH = 256
"""How deep elements may nest: libxml2's own limit, which is not lifted."""


def is_large(content: bytes, limits: Limits) -> bool:
    """Whether a part would take too much memory as a tree."""
    if len(content) <= MIB:  # cannot hold enough of them
        return False
    return len(content) > limits.tree_bytes or content.count(b"<") + content.count(b"=") > limits.tree_marks


def parse_xml(content: bytes, name: str, limits: Limits | None = None) -> Element:
    """Parse XML that may be hostile: no DTD, no entity, no network, nesting up to DEPTH.

    Raises:
        Refused: It has a DTD (no spreadsheet program writes one), is not well-formed, or too large.
    """
    if is_large(content, limits or in_force(Limits)):
        what = f"文件内部的“{name[:60]}”过大，超出正常工作簿的范围，未读取。"
        raise Refused("too-large-part", f"{what}请删去多余的内容和格式后另存再报。")
    if any(word in content for word in _DOCTYPES):
        raise _dtd()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused("damaged", f"文件内部的“{name[:60]}”已损坏，无法读取。{REPAIR}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _dtd()
    return root


def _dtd() -> Refused:
    what = "文件内部夹有 DTD 声明，正常的表格软件不会写入，内容不可信，未读取。"
    return Refused("dtd", what + RESAVE)
