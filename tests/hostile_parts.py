"""Parts that lie about each other: relations in a circle, outside, missing; notes, drawings, links."""

from __future__ import annotations

import smallbooks
from hostile import BOOK, FINE, SHEET, STRINGS, STYLES, Table, book, changed, entries, swap, zipped
from smallbooks import BOOK_RELATIONS, COMMENTS, RELATIONS, SHAPES, SHEET_RELATIONS, TYPES

PARTS = Table()
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    _OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def related(part: str, kind: str, target: str, mode: str = "", count: int = 1) -> bytes:
    """The return with relations of that kind."""
    kind = kind if ":" in kind else f"{_OFFICE}/{kind}"
    mode = f' TargetMode="{mode}"' if mode else ""
    lines = "".join(f'<Relationship Id="q{n}" Type="{kind}" Target="{target}"{mode}/>' for n in range(count))
    return book({part: swap("</Relationships>", f"{lines}</Relationships>")})


def targeted(old: str, new: str) -> bytes:
    return book({BOOK_RELATIONS: swap(f'Target="{old}"', f'Target="{new}"')})


def strict() -> bytes:
    parts = changed({})
    for old, new in _STRICT.items():
        parts = {name: content.replace(old.encode(), new.encode()) for name, content in parts.items()}
    return zipped(entries(parts))


def sheet(old: str, new: str) -> bytes:
    return book({BOOK: swap(old, new)})


def notes(xml: str) -> bytes:
    return book({COMMENTS: swap("<commentList>", f"<commentList>{xml}")})


def shapes(text: str) -> bytes:
    return book({SHAPES: swap("</xml>", f"{text}</xml>")})


PARTS.of(
    "部件与关系",
    {
        "strict": (FINE, strict),
        "sheet missing": ("damaged", lambda: book({SHEET: None})),
        "sheet outside": ("damaged", lambda: targeted("worksheets/sheet2.xml", 'file:///etc/passwd" TargetMode="External')),
        "sheet by a way out": ("damaged", lambda: targeted("worksheets/sheet2.xml", "../../../../../../etc/passwd")),
        "sheet by a way around": (FINE, lambda: targeted("worksheets/sheet2.xml", "./worksheets/../worksheets/sheet2.xml")),
        "sheet in percent": (FINE, lambda: targeted("worksheets/sheet2.xml", "worksheets%2Fsheet2.xml")),
        "sheet is the workbook": (FINE, lambda: targeted("worksheets/sheet2.xml", "workbook.xml")),
        "sheet is the texts": (FINE, lambda: targeted("worksheets/sheet2.xml", "sharedStrings.xml")),
        "two sheets of one part": (FINE, lambda: targeted("worksheets/sheet2.xml", "worksheets/sheet1.xml")),
        "texts are a sheet": ("text-number", lambda: targeted("sharedStrings.xml", "worksheets/sheet1.xml")),
        "styles are the texts": (FINE, lambda: targeted("styles.xml", "sharedStrings.xml")),
        "styles missing": (FINE, lambda: book({STYLES: None})),
        "styles by a way out": (FINE, lambda: targeted("styles.xml", "../../../x")),
        "styles outside": (FINE, lambda: targeted("styles.xml", 'file:///etc/passwd" TargetMode="External')),
        "styles on a drive": (FINE, lambda: targeted("styles.xml", "/C:/x.xml")),
        "texts twice": (FINE, lambda: related(BOOK_RELATIONS, "sharedStrings", "sharedStrings.xml", count=3)),
        "styles twice": (FINE, lambda: related(BOOK_RELATIONS, "styles", "styles.xml", count=3)),
        "30,000 relations": (FINE, lambda: related(BOOK_RELATIONS, "theme", "x.xml", count=30_000)),
        "texts 5,000 times": (FINE, lambda: book({STRINGS: swap("</sst>", "<si><t>a</t></si>" * 200 + "</sst>"), BOOK_RELATIONS: swap("</Relationships>", "".join(f'<Relationship Id="q{n}" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>' for n in range(5000)) + "</Relationships>")})),
        "relations of relations": (FINE, lambda: book({"xl/_rels/_rels/workbook.xml.rels.rels": smallbooks.parts()[BOOK_RELATIONS]})),
        "workbook in a circle": ("not-workbook", lambda: book({RELATIONS: swap("xl/workbook.xml", "_rels/.rels")})),
        "workbook outside": ("not-workbook", lambda: book({RELATIONS: swap('Target="xl/workbook.xml"', 'Target="http://127.0.0.1:9/a.xml" TargetMode="External"')})),
        "two workbooks": (FINE, lambda: related(RELATIONS, "officeDocument", "xl/other.xml")),
        "relation without anything": (FINE, lambda: book({BOOK_RELATIONS: swap("</Relationships>", "<Relationship/></Relationships>")})),
        "two relations of one id": ("damaged", lambda: book({BOOK_RELATIONS: swap('Id="rId2"', 'Id="rId1"')})),
        "relations of another root": ("damaged", lambda: book({BOOK_RELATIONS: "<a/>"})),
        "relations of a sheet broken": ("damaged", lambda: book({SHEET_RELATIONS: "<a"})),
        "types that say text": ("not-workbook", lambda: book({TYPES: swap("spreadsheetml.sheet.main+xml", "text/plain")})),
        "types that say a template": (FINE, lambda: book({TYPES: swap("spreadsheetml.sheet.main", "spreadsheetml.template.main")})),
        "types of nothing": (FINE, lambda: book({TYPES: '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'})),
        "50,000 types": (FINE, lambda: book({TYPES: swap("</Types>", "".join(f'<Override PartName="/x{n}.xml" ContentType="a/b"/>' for n in range(50_000)) + "</Types>")})),
        "no sheets": ("not-workbook", lambda: book({BOOK: lambda t: t[: t.index("<sheet ")] + t[t.index("</sheets>") :]})),
        "sheets of one name": ("duplicate", lambda: sheet('name="收入"', 'name="概况"')),
        "sheets of one name in other case": ("duplicate", lambda: book({BOOK: lambda t: t.replace('name="收入"', 'name="A"').replace('name="概况"', 'name="a"')})),
        "sheet of a script": (FINE, lambda: sheet('name="收入"', 'name="&lt;script&gt;alert(1)&lt;/script&gt;"')),
        "sheet of a way out": (FINE, lambda: sheet('name="收入"', 'name="../../../tmp/x"')),
        "sheet of a formula": (FINE, lambda: sheet('name="收入"', "name=\"=cmd|'/C calc'!A0\"")),
        "sheet of control characters": (FINE, lambda: sheet('name="收入"', 'name="a&#10;b&#9;c&#x85;"')),
        "sheet of 100,000 letters": ("damaged", lambda: sheet('name="收入"', f'name="{"长" * 100_000}"')),
        "sheet without a name": (FINE, lambda: sheet('name="收入"', 'name=""')),
        "sheet of number 10^5000": (FINE, lambda: sheet('sheetId="2"', f'sheetId="{"9" * 5000}"')),
        "sheet without relation": (FINE, lambda: sheet('r:id="rId2"', "")),
        "sheet of a lost relation": ("damaged", lambda: sheet('r:id="rId2"', 'r:id="rId77"')),
        "hidden sheets": (FINE, lambda: sheet('name="收入"', 'name="收入" state="veryHidden"')),
        "state nobody knows": (FINE, lambda: sheet('name="收入"', 'name="收入" state="zzz"')),
        "macros inside": (FINE, lambda: book({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(600)})),
        "signature": (FINE, lambda: book({"_xmlsignatures/sig1.xml": "<a/>"})),
        "our own part, forged": (FINE, lambda: book({"workbookTool/originals.dat": b"PK\5\6" + bytes(18)})),
        "our own part, a bomb": (FINE, lambda: book({"workbookTool/originals.dat": bytes(900_000)})),
        "our own sheet, forged": (FINE, lambda: book({SHEET: swap('<row r="1" hidden="0">', '<row r="1" hidden="0"><!-- workbook-tool|审核| -->')})),
        "stamp of another sheet": (FINE, lambda: book({SHEET: swap("|收入|", "|概况|")})),
        "stamp of 100,000 letters": (FINE, lambda: book({SHEET: swap("|收入|", f"|{'收' * 100_000}|")})),
        "stamp of a million bars": (FINE, lambda: book({SHEET: swap("|收入|", "|" * 1_000_000)})),
    },
)  # fmt: skip
PARTS.of(
    "批注、图形与链接",
    {
        "100,000 notes": (FINE, lambda: notes("".join(f'<comment ref="A{n}" authorId="0"><text><t>x</t></text></comment>' for n in range(1, 100_000)))),
        "100,000 runs in a note": (FINE, lambda: notes('<comment ref="C4" authorId="0"><text>' + "".join(f"<r><t>{n}</t></r>" for n in range(100_000)) + "</text></comment>")),
        "note of nobody": (FINE, lambda: notes('<comment ref="C4" authorId="99999"><text/></comment>')),
        "note without anything": (FINE, lambda: notes("<comment/>")),
        "note twice on a cell": (FINE, lambda: notes('<comment ref="C4"/><comment ref="C4"/>')),
        "notes that end a mark of ours": (FINE, lambda: notes('<comment ref="C4" authorId="0"><text><t>【审核意见】' + "【审核意见】" * 50_000 + "</t></text></comment>")),
        "notes broken": ("damaged", lambda: book({COMMENTS: "<comments"})),
        "notes missing": (FINE, lambda: book({COMMENTS: None})),
        "notes of two parts": (FINE, lambda: related(SHEET_RELATIONS, "comments", "../comments1.xml")),
        "notes that are the sheet": ("damaged", lambda: book({SHEET_RELATIONS: swap("../comments1.xml", "sheet2.xml")})),
        "notes that are another sheet": ("damaged", lambda: book({SHEET_RELATIONS: swap("../comments1.xml", "sheet1.xml")})),
        "thread broken": ("damaged", lambda: book({"xl/t.xml": "<a", SHEET_RELATIONS: swap("</Relationships>", '<Relationship Id="q" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" Target="../t.xml"/></Relationships>')})),
        "shapes missing": (FINE, lambda: book({SHAPES: None})),
        "shapes of a lost relation": (FINE, lambda: book({SHEET: swap('r:id="rId2"/></worksheet>', 'r:id="rId99"/></worksheet>')})),
        "shapes without an end": (FINE, lambda: book({SHAPES: swap("</xml>", "")})),
        "shapes that are no XML": (FINE, lambda: book({SHAPES: b"\0\1\2</xml>"})),
        "shapes that are the sheet": (FINE, lambda: book({SHEET_RELATIONS: swap("../drawings/vmlDrawing1.vml", "sheet2.xml")})),
        "shapes outside": (FINE, lambda: book({SHEET_RELATIONS: swap('Target="../drawings/vmlDrawing1.vml"', 'Target="http://127.0.0.1:9/a" TargetMode="External"')})),
        "50,000 shapes": (FINE, lambda: shapes('<v:shape id="_x0000_s1026"><x:ClientData ObjectType="Note"><x:Row>1</x:Row></x:ClientData></v:shape>' * 10_000)),
        "50,000 shapes without an end": (FINE, lambda: shapes('<v:shape id="_x0000_s1026">' * 38_000)),
        "shape of number 10^5000": (FINE, lambda: shapes(f'<v:shape id="_x0000_s{"9" * 5000}"></v:shape>')),
        "shape numbers used up": (FINE, lambda: shapes('<o:idmap v:ext="edit" data="999999999"/>')),
        "shapes with a blank of 1 MB": (FINE, lambda: shapes("<v:shape" + " " * 900_000)),
        "shapes with an id map of 1 MB": (FINE, lambda: shapes('<o:idmap v:ext="edit" ' + "data " * 150_000)),
        "drawing broken": (FINE, lambda: book({"xl/drawings/drawing1.xml": "<a", SHEET_RELATIONS: swap("</Relationships>", f'<Relationship Id="q" Type="{_OFFICE}/drawing" Target="../drawings/drawing1.xml"/></Relationships>')})),
        "link to a file": (FINE, lambda: book({"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{_MAIN}"><externalBook/></externalLink>', BOOK_RELATIONS: swap("</Relationships>", f'<Relationship Id="q" Type="{_OFFICE}/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>')})),
        "link broken": (FINE, lambda: book({"xl/externalLinks/externalLink1.xml": "<a", BOOK_RELATIONS: swap("</Relationships>", f'<Relationship Id="q" Type="{_OFFICE}/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>')})),
        "link outside": (FINE, lambda: related(BOOK_RELATIONS, "externalLink", "http://127.0.0.1:9/a.xml", "External")),
        "program asked for data": (FINE, lambda: book({"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{_MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>', BOOK_RELATIONS: swap("</Relationships>", f'<Relationship Id="q" Type="{_OFFICE}/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>')})),
        "theme broken": ("damaged", lambda: book({"xl/theme/theme1.xml": "<a", BOOK_RELATIONS: swap("</Relationships>", f'<Relationship Id="q" Type="{_OFFICE}/theme" Target="theme/theme1.xml"/></Relationships>')})),
        "theme of another root": (FINE, lambda: book({"xl/theme/theme1.xml": "<a><clrScheme><lt1/><dk1>x</dk1></clrScheme></a>", BOOK_RELATIONS: swap("</Relationships>", f'<Relationship Id="q" Type="{_OFFICE}/theme" Target="theme/theme1.xml"/></Relationships>')})),
        "properties of the year 0": (FINE, lambda: book({"docProps/core.xml": '<a><m xmlns="http://purl.org/dc/terms/"/><modified xmlns="http://purl.org/dc/terms/">0001-01-01T00:00:00+14:00</modified></a>', RELATIONS: swap("</Relationships>", '<Relationship Id="rId7" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>')})),
    },
)  # fmt: skip
PARTS.of(
    "样式",
    {
        "style of a lost border": (FINE, lambda: book({STYLES: lambda t: t.replace("<xf ", '<xf borderId="999" ')})),
        "style of a negative border": (FINE, lambda: book({STYLES: lambda t: t.replace("<xf ", '<xf borderId="-1" ')})),
        "style of a border that is no number": (FINE, lambda: book({STYLES: lambda t: t.replace("<xf ", '<xf borderId="x" ')})),
        "style of numbers of 5,000 digits": (FINE, lambda: book({STYLES: lambda t: t.replace("<xf ", f'<xf borderId="{"9" * 5000}" fillId="{"9" * 5000}" fontId="{"9" * 5000}" xfId="{"9" * 5000}" ')})),
        "no styles in the styles": (FINE, lambda: book({STYLES: f'<styleSheet xmlns="{_MAIN}"/>'})),
        "styles of no namespace": (FINE, lambda: book({STYLES: swap(f' xmlns="{_MAIN}"', "")})),
        "named styles of ours, forged": (FINE, lambda: book({STYLES: swap('name="Normal" xfId="0"', 'name="审核标注0 x" xfId="99999"')})),
        "colours that are none": (FINE, lambda: book({STYLES: swap('<font><sz val="11"/></font>', '<font><color rgb="ZZ" tint="NaN"/></font>')})),
        "fill without anything": (FINE, lambda: book({STYLES: swap("<patternFill/>", "")})),
        "comments among the styles": (FINE, lambda: book({STYLES: lambda t: t.replace("><", "><!-- x --><").replace("<!-- x --></styleSheet>", "</styleSheet>")})),
    },
)  # fmt: skip
