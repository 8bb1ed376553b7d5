"""What a file is that is no workbook: each kind has its own sentence for the clerk.

Files are told apart by what they hold, never by their name: an export that is really a web page
is often called .xls or .xlsx.
"""

from __future__ import annotations

from collections.abc import Set

from workbook_tool.excel.ooxml.archive import Refused

_SAVE = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上报。"
_TEMPLATE = "请上报用下发模板填写的 .xlsx 工作簿。"

EMPTY = ("empty", "文件是空的（0字节），可能没有保存成功或没有传完。请重新保存后再上报。")
_PASSWORD = ("password", "工作簿设有打开密码，无法读取。请取消打开密码，另存后再上报。")
_XLS = ("xls", f"这是旧格式的工作簿（.xls 或 .et），无法读取。{_SAVE}")
_WORD = (
    "word",
    "这是文字文档（Word 文档，或 WPS 文字的 .wps），不是工作簿。"
    "请在下发的 .xlsx 模板中填写，存为 .xlsx 后再上报。",
)
_ARCHIVE = ("archive", "这是压缩包，不是工作簿。请解压后上报其中的工作簿。")
_OWNER = ("owner-file", "这是 Excel 打开文件时产生的临时文件，不是工作簿。请关闭 Excel,上报原来的文件。")

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_STREAMS = (
    ("EncryptedPackage", _PASSWORD),
    ("WordDocument", _WORD),
    ("PowerPoint Document", ("powerpoint", f"这是演示文稿，不是工作簿。{_TEMPLATE}")),
    ("Workbook", _XLS),
    ("Book", _XLS),
)
_MAGIC = (
    (b"%PDF", ("pdf", f"这是 PDF 文件，不是工作簿。{_TEMPLATE}")),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"\x89PNG", ("picture", f"这是图片，不是工作簿。{_TEMPLATE}")),
    (b"\xff\xd8\xff", ("picture", f"这是图片，不是工作簿。{_TEMPLATE}")),
    (b"{\\rtf", ("word", f"这是 Word 文档（RTF），不是工作簿。{_TEMPLATE}")),
    (b"\x09\x08", _XLS),
    (b"\x09\x04", _XLS),
    (b"\x09\x02", _XLS),
)
_CONTENT_TYPES = (
    ("spreadsheetml.sheet.binary", ("xlsb", f"这是二进制工作簿（.xlsb），无法读取。{_SAVE}")),
    ("sheet.binary.macroenabled", ("xlsb", f"这是二进制工作簿（.xlsb），无法读取。{_SAVE}")),
    ("wordprocessingml", _WORD),
    ("presentationml", ("powerpoint", f"这是演示文稿，不是工作簿。{_TEMPLATE}")),
)


def refuse_unless_zip(content: bytes) -> None:
    """Raise Refused, saying what the file is, unless it begins or ends like a zip."""
    if not content:
        raise Refused(*EMPTY)
    if content.startswith(_OLE):
        raise Refused(*_ole_kind(content))
    if content.startswith(b"PK\3\4") or content.rfind(b"PK\5\6", max(0, len(content) - 65557)) >= 0:
        return
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            raise Refused(*kind)
    if _is_owner_file(content):
        raise Refused(*_OWNER)
    raise Refused(*_text_kind(content))


def refuse_zip(names: Set[str], content_types: str) -> Refused:
    """Why a zip without a spreadsheet inside is refused.

    Args:
        names: The part names, casefolded.
        content_types: The text of the content types part, or of the `mimetype` part.
    """
    for word, kind in _CONTENT_TYPES:
        if word in content_types.casefold():
            return Refused(*kind)
    if "opendocument" in content_types:
        return Refused("ods", f"这是 OpenDocument 文件（.ods），无法读取。{_SAVE}")
    if any(name.endswith((".xlsx", ".xlsm", ".xls", ".et")) for name in names):
        return Refused(*_ARCHIVE)
    return Refused("not-workbook", f"文件里没有工作簿，可能已损坏或不是 Excel 文件。{_TEMPLATE}")


def _ole_kind(content: bytes) -> tuple[str, str]:
    for stream, kind in _OLE_STREAMS:
        if stream.encode("utf-16le") in content or stream.upper().encode("utf-16le") in content:
            return kind
    return ("not-workbook", f"这不是 Excel 工作簿，无法读取。{_TEMPLATE}")


def _is_owner_file(content: bytes) -> bool:
    """Excel's ~$ file: a length, the user's name padded with blanks, the same again in UTF-16."""
    length = content[0]
    return len(content) == 165 and length < 55 and not content[1 + length : 55].strip(b" \0")


def _text_kind(content: bytes) -> tuple[str, str]:
    head = _decoded(content[:65536])
    if head is None:
        return ("not-workbook", f"这不是 Excel 工作簿，无法识别其内容。{_TEMPLATE}")
    lower = head.lstrip("\ufeff \t\r\n").casefold()
    if "urn:schemas-microsoft-com:office:spreadsheet" in lower:
        return ("xml-2003", f"这是“XML 表格 2003”格式的文件，无法读取。{_SAVE}")
    if lower.startswith("<") and ("<html" in lower or "<table" in lower or "<!doctype html" in lower):
        return ("html", f"这是网页文件改了扩展名，不是真正的工作簿。{_SAVE}")
    if lower.startswith("<"):
        return ("xml", f"这是 XML 文件，不是工作簿。{_TEMPLATE}")
    return ("csv", f"这是文本文件（如 CSV），不是工作簿。{_SAVE}")


def _decoded(head: bytes) -> str | None:
    """The text, where it is one in an encoding that Chinese systems write."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if b"\0" in head:
        return None
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the cut may fall inside a character
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None
