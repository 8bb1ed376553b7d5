"""The texts of a workbook as the file writes them: shared, rich, escaped, blank."""

from __future__ import annotations

import re
import unicodedata

from lxml import etree

from workbook_tool.excel.ooxml.archive import Limits, Refused

_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
_BLANKS = _SPACES + _INVISIBLE
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


def not_blank(text: str | None) -> str | None:
    """The text as it is, or None where it is empty or nothing of it can be seen."""
    return text if text and text.strip(_BLANKS) else None


def unescape(text: str) -> str:
    """The text with _xHHHH_, by which OOXML writes what XML cannot hold, turned into characters."""
    text = _NO_CHARACTER.sub("\ufffd", _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text))
    if _SURROGATE.search(text):  # a pair of them is one character; a lone one is none
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def read_strings(root: etree._Element, most: int = Limits.strings) -> list[str | None]:
    """The shared texts by their number; phonetic guides are not part of a text."""
    item, plain = root.tag.replace("}sst", "}si"), root.tag.replace("}sst", "}t")
    texts: list[str | None] = []
    for si in root.iterchildren(item):
        if len(texts) >= most:
            raise Refused(
                "too-many-cells",
                f"文件中的文本超过{most}条，超出正常工作簿的范围，未读取。请删去多余内容后另存再报。",
            )
        if len(si) == 1 and si[0].tag == plain:
            text = si[0].text or ""
            texts.append(not_blank(unescape(text) if "_x" in text else text))
        else:
            texts.append(rich_text(si))
    return texts


def rich_text(item: etree._Element) -> str | None:
    """The text of an `si` or `is` element: its own and that of its runs."""
    namespace = item.tag[: item.tag.find("}") + 1]
    plain, run = namespace + "t", namespace + "r"
    pieces: list[str] = []
    for child in item.iterchildren(plain, run):
        if child.tag == plain:
            pieces.append(child.text or "")
        else:
            pieces.extend(t.text or "" for t in child.iterchildren(plain))
    text = "".join(pieces)
    return not_blank(unescape(text) if "_x" in text else text)


def normalise(text: object) -> str:
    """A name as it is compared: NFKC, without blanks and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", str(text)) if c.isalnum())
