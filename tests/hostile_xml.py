"""XML that explodes, reaches out, changes its encoding, nests or lies about its names."""

from __future__ import annotations

import smallbooks
from hostile import BOOK, FINE, SHEET, STRINGS, STYLES, Table, book, cell, settings, swap
from smallbooks import BOOK_RELATIONS, RELATIONS, TYPES

XML = Table()
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
_BOMB = f'<!DOCTYPE x [<!ENTITY a "{"lol" * 10}">{_LAUGHS}]>'
_FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
_NET = '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>'


def before(part: str, text: str) -> bytes:
    return book({part: lambda old: text + old})


def encoded(part: str, encoding: str, declared: str | None = None) -> bytes:
    text = smallbooks.parts()[part].decode()
    head = f'<?xml version="1.0" encoding="{declared or encoding}"?>'
    return book({part: (head + text).encode(encoding)})


def strings(inner: str) -> bytes:
    return book({STRINGS: f'<sst xmlns="{_MAIN}">{inner}</sst>'})


def nested(count: int) -> str:
    opened = "".join(f'<a n="{n}">' for n in range(count))
    return f"<extLst>{opened}{'</a>' * count}</extLst>"


XML.of(
    "XML 实体",
    {
        "laughs in the texts": ("dtd", lambda: book({STRINGS: f'{_BOMB}<sst xmlns="{_MAIN}"><si><t>&j;</t></si></sst>'})),
        "laughs in the workbook": ("dtd", lambda: before(BOOK, _BOMB)),
        "laughs in the styles": ("dtd", lambda: before(STYLES, _BOMB)),
        "laughs in the types": ("dtd", lambda: before(TYPES, _BOMB)),
        "laughs in the relations": ("dtd", lambda: before(BOOK_RELATIONS, _BOMB)),
        "laughs in the first relations": ("dtd", lambda: before(RELATIONS, _BOMB)),
        "laughs in the notes": ("dtd", lambda: before(smallbooks.COMMENTS, _BOMB)),
        "laughs in a drawing that nobody reads": (FINE, lambda: before(smallbooks.SHAPES, _BOMB)),
        "one long entity many times": ("dtd", lambda: book({SHEET: f'<!DOCTYPE w [<!ENTITY a "{"A" * 200_000}">]><worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{"&a;" * 20_000}</t></is></c></row></sheetData></worksheet>'})),
        "file in the texts": ("dtd", lambda: before(STRINGS, _FILE)),
        "file in the workbook": ("dtd", lambda: before(BOOK, _FILE)),
        "file in the properties": (FINE, lambda: book({"docProps/core.xml": f"{_FILE}<a>&a;</a>", RELATIONS: swap("</Relationships>", '<Relationship Id="rId7" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>')})),
        "address in a DTD": ("dtd", lambda: before(STRINGS, _NET)),
        "empty DTD": ("dtd", lambda: before(SHEET, "<!DOCTYPE a>")),
        "DTD in UTF-16": ("dtd", lambda: book({SHEET: f"{_BOMB}<a>&j;</a>".encode("utf-16")})),
        "DTD in UTF-7": ("dtd", lambda: book({STRINGS: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>'})),
        "DTD in EBCDIC": ("damaged", lambda: book({STRINGS: f'<?xml version="1.0" encoding="cp037"?>{_BOMB}<sst xmlns="{_MAIN}"><si><t>&j;</t></si></sst>'.encode("cp037")})),
        "texts that are no texts": (FINE, lambda: book({STRINGS: "<a><a><b/></a></a>"})),
        "entity nobody knows": ("damaged", lambda: strings("<si><t>&x;</t></si>")),
        "inclusion": (FINE, lambda: settings('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>')),
        "schema elsewhere": (FINE, lambda: book({SHEET: swap("<worksheet ", '<worksheet xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a http://127.0.0.1:9/a.xsd" ')})),
        "style sheet elsewhere": (FINE, lambda: before(SHEET, '<?xml-stylesheet href="http://127.0.0.1:9/a.xsl" type="text/xsl"?>')),
    },
)  # fmt: skip
XML.of(
    "XML 编码与结构",
    {
        "UTF-16": (FINE, lambda: encoded(SHEET, "utf-16")),
        "UTF-16, other end": (FINE, lambda: encoded(SHEET, "utf-16-be", "utf-16le")),
        "UTF-32": (FINE, lambda: encoded(SHEET, "utf-32")),
        "UTF-7": (FINE, lambda: encoded(SHEET, "utf-7")),
        "GBK": (FINE, lambda: encoded(SHEET, "gb18030")),
        "GBK in the texts": (FINE, lambda: encoded(STRINGS, "gbk")),
        "GBK that says UTF-8": ("damaged", lambda: encoded(SHEET, "gb18030", "utf-8")),
        "UTF-8 that says GBK": ("damaged", lambda: encoded(SHEET, "utf-8", "gb18030")),
        "UTF-8 that says UTF-16": ("damaged", lambda: encoded(SHEET, "utf-8", "utf-16")),
        "encoding nobody knows": ("damaged", lambda: encoded(SHEET, "utf-8", "martian")),
        "byte mark": (FINE, lambda: book({SHEET: b"\xef\xbb\xbf" + smallbooks.parts()[SHEET]})),
        "byte mark of the other kind": ("damaged", lambda: book({SHEET: b"\xff\xfe" + smallbooks.parts()[SHEET]})),
        "half a character": ("damaged", lambda: book({SHEET: smallbooks.parts()[SHEET].replace("二".encode(), b"\xe4\xba") if "二".encode() in smallbooks.parts()[SHEET] else smallbooks.parts()[SHEET].replace("一".encode(), b"\xe4\xb8")})),
        "surrogate": ("damaged", lambda: book({SHEET: smallbooks.parts()[SHEET].replace("一".encode(), b"\xed\xa0\x80")})),
        "control character": ("damaged", lambda: strings("<si><t>a&#x1;b</t></si>")),
        "zero byte in a text": ("damaged", lambda: book({STRINGS: swap("二所", "二\0所")})),
        "escaped control characters": (FINE, lambda: strings("<si><t>a_x0000_b_x000D_c_xD800_d_xFFFF_</t></si>")),
        "deep": ("damaged", lambda: settings(nested(500_000))),
        "deep in the styles": ("damaged", lambda: book({STYLES: swap("</styleSheet>", nested(200_000) + "</styleSheet>")})),
        "257 levels": ("damaged", lambda: settings(nested(255))),
        "250 levels": (FINE, lambda: settings(nested(240))),
        "never closed": ("damaged", lambda: book({SHEET: swap("</worksheet>", "")})),
        "closed twice": ("damaged", lambda: book({SHEET: swap("</worksheet>", "</worksheet></worksheet>")})),
        "sheet of nothing": ("damaged", lambda: book({SHEET: ""})),
        "no XML": ("damaged", lambda: book({BOOK: b"\0\1\2"})),
        "attribute twice": ("damaged", lambda: cell('<c r="A20" r="B20"><v>1</v></c>')),
        "attribute of 1 MB": (FINE, lambda: book({SHEET: swap("<worksheet ", f'<worksheet x="{"A" * 1_000_000}" ')})),
        "attribute of 11 MB": ("too-many-cells", lambda: book({SHEET: swap("<worksheet ", f'<worksheet x="{" ".join(map(str, range(1_500_000)))}" ')})),
        "100,000 attributes": (FINE, lambda: cell("<c " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>")),
        "element of 60,000 letters": ("damaged", lambda: settings(f"<{'a' * 60_000}/>")),
        "namespace of another prefix": (FINE, lambda: book({SHEET: lambda t: t.replace("</", "\1").replace("<", "<x:").replace("\1", "</x:").replace("xmlns=", "xmlns:x=")})),
        "prefix bound anew": (FINE, lambda: book({SHEET: swap('<row r="4"', '<row xmlns="urn:other" r="4"')})),
        "prefix not bound": ("damaged", lambda: settings("<q:a/>")),
        "no namespace": (FINE, lambda: book({SHEET: swap(f' xmlns="{_MAIN}"', "")})),
        "workbook of no namespace": ("not-workbook", lambda: book({BOOK: swap(f' xmlns="{_MAIN}"', "")})),
        "another root": (FINE, lambda: book({SHEET: f'<chartsheet xmlns="{_MAIN}"/>'})),
        "texts of another root": ("text-number", lambda: book({STRINGS: "<a/>"})),
        "styles of another root": (FINE, lambda: book({STYLES: "<a/>"})),
        "notes of another root": ("damaged", lambda: book({smallbooks.COMMENTS: "<a/>"})),
        "strict sheets in a plain workbook": (FINE, lambda: book({SHEET: swap(_MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")})),
        "text in pieces": (FINE, lambda: strings("<si><t>a<![CDATA[<b>]]>c<!-- d -->e<?f g?>h</t></si>")),
        "comments between everything": (FINE, lambda: book({SHEET: lambda t: t.replace("><", "><!-- x --><").replace("<!-- x --></worksheet>", "</worksheet>")})),
        "instructions between everything": (FINE, lambda: book({SHEET: lambda t: t.replace("><c", "><?x y?><c")})),
        "comments as root's neighbours": (FINE, lambda: book({SHEET: lambda t: f"<!-- a -->{t}<!-- b --><?c d?>"})),
        "text between everything": (FINE, lambda: book({SHEET: lambda t: t.replace("><", ">x<").replace(">x<v", "><v")})),
        "XML 1.1": (FINE, lambda: before(SHEET, '<?xml version="1.1"?>')),
        "standalone": (FINE, lambda: before(SHEET, '<?xml version="1.0" standalone="no"?>')),
        "XML declaration twice": ("damaged", lambda: before(SHEET, '<?xml version="1.0"?><?xml version="1.0"?>')),
        "blank before the declaration": ("damaged", lambda: before(SHEET, ' <?xml version="1.0"?>')),
    },
)  # fmt: skip
