"""Small workbooks with one delicate feature each: what a program that rewrites a file would lose."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import xlsxwriter

SHEET = "表"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MICROSOFT = "http://schemas.microsoft.com/office"
_X14 = f"{_MICROSOFT}/spreadsheetml/2009/9/main"
_PART_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_VML_HEAD = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="1"/></o:shapelayout>'
)

Fill = Callable[[Any, Any], object]


def picture(side: int = 12) -> bytes:
    """A small PNG."""
    rows = b"".join(b"\0" + bytes((200, 40, 40)) * side for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def plain(fill: Fill | None = None) -> bytes:
    """A sheet of ten rows and five columns of numbers, with whatever `fill` adds."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet(SHEET)
    for row in range(10):
        sheet.write_row(row, 0, [row * column for column in range(5)])
    if fill:
        fill(book, sheet)
    book.close()
    return out.getvalue()


@dataclass(frozen=True)
class Graft:
    """Parts put into a workbook, and what refers to them.

    Attributes:
        parts: New parts by name.
        types: Content types: extension or /part name -> type.
        sheet: Put before the end of the sheet.
        edits: part -> (old, new) replaced once.
        sheet_relations: (id, type, target) of the sheet; book_relations of the workbook.
        home: The number of the sheet.
    """

    parts: Mapping[str, bytes | str] = ()  # type: ignore[assignment]
    types: Mapping[str, str] = ()  # type: ignore[assignment]
    sheet: str = ""
    edits: Mapping[str, tuple[str, str]] = ()  # type: ignore[assignment]
    sheet_relations: tuple[tuple[str, str, str], ...] = ()
    book_relations: tuple[tuple[str, str, str], ...] = ()
    home: int = 1

    def into(self, workbook: bytes) -> bytes:
        """The workbook with the graft."""
        with zipfile.ZipFile(io.BytesIO(workbook)) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        for name, data in dict(self.parts).items():
            parts[name] = data.encode() if isinstance(data, str) else data
        types = "".join(
            f'<Override PartName="{key}" ContentType="{kind}"/>'
            if key.startswith("/")
            else f'<Default Extension="{key}" ContentType="{kind}"/>'
            for key, kind in dict(self.types).items()
        )
        _before(parts, "[Content_Types].xml", "</Types>", types)
        _before(parts, f"xl/worksheets/sheet{self.home}.xml", "</worksheet>", self.sheet)
        _relate(parts, f"xl/worksheets/_rels/sheet{self.home}.xml.rels", self.sheet_relations)
        _relate(parts, "xl/_rels/workbook.xml.rels", self.book_relations)
        for name, (old, new) in dict(self.edits).items():
            assert old in parts[name].decode()
            parts[name] = parts[name].decode().replace(old, new, 1).encode()
        return zipped(parts)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A workbook of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def _before(parts: dict[str, bytes], name: str, end: str, text: str) -> None:
    parts[name] = parts[name].decode().replace(end, text + end).encode()


def _relate(parts: dict[str, bytes], name: str, relations: tuple[tuple[str, str, str], ...]) -> None:
    if not relations:
        return
    empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    parts.setdefault(name, empty)
    written = "".join(
        f'<Relationship Id="{i}" Type="{kind if ":" in kind else f"{_OFFICE}/{kind}"}" Target="{target}"/>'
        for i, kind, target in relations
    )
    _before(parts, name, "</Relationships>", written)


_CHECK_BOX = (
    '<v:shape id="_x0000_s1025" type="#_x0000_t201" style="position:absolute;width:80pt;height:18pt">'
    '<v:textbox><div style="text-align:left">是否公开<br></div></v:textbox>'
    '<x:ClientData ObjectType="Checkbox">'
    "<x:Anchor>2, 0, 1, 0, 4, 0, 2, 0</x:Anchor><x:FmlaLink>$G$1</x:FmlaLink></x:ClientData></v:shape></xml>"
)
_OLE_SHAPE = (
    '<v:shape id="_x0000_s1025" style="position:absolute"><x:ClientData ObjectType="Pict">'
    "<x:Anchor>2, 0, 1, 0, 4, 0, 4, 0</x:Anchor></x:ClientData></v:shape></xml>"
)
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PERSON = "{11111111-1111-1111-1111-111111111111}"


def _check_box() -> bytes:
    control = f'<formControlPr xmlns="{_X14}" objectType="CheckBox" checked="Checked" fmlaLink="$G$1"/>'
    return Graft(
        parts={"xl/drawings/vmlDrawing1.vml": _VML_HEAD + _CHECK_BOX, "xl/ctrlProps/ctrlProp1.xml": control},
        types={
            "vml": _VML_TYPE,
            "/xl/ctrlProps/ctrlProp1.xml": "application/vnd.ms-excel.controlproperties+xml",
        },
        sheet=(
            '<legacyDrawing r:id="rId1"/><mc:AlternateContent '
            'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f'<mc:Choice Requires="x14" xmlns:x14="{_X14}"><controls><control shapeId="1025" r:id="rId2" '
            'name="Check Box 1"/></controls></mc:Choice></mc:AlternateContent>'
        ),
        sheet_relations=(
            ("rId1", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
            ("rId2", "ctrlProp", "../ctrlProps/ctrlProp1.xml"),
        ),
    ).into(plain())


def _threaded() -> bytes:
    space = f"{_MICROSOFT}/spreadsheetml/2018/threadedcomments"
    kinds = "http://schemas.microsoft.com/office/2017/10/relationships"
    thread = (
        f'{_DECLARED}<ThreadedComments xmlns="{space}"><threadedComment ref="B2" dT="2024-03-01T00:00:00.00" '
        f'personId="{_PERSON}" id="{{2222}}"><text>请核对</text></threadedComment></ThreadedComments>'
    )
    person = f'{_DECLARED}<personList xmlns="{space}"><person displayName="沈" id="{_PERSON}"/></personList>'
    return Graft(
        parts={"xl/threadedComments/threadedComment1.xml": thread, "xl/persons/person.xml": person},
        types={
            "/xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
            "/xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
        },
        sheet_relations=(("rId91", f"{kinds}/threadedComment", "../threadedComments/threadedComment1.xml"),),
        book_relations=(("rId91", f"{kinds}/person", "persons/person.xml"),),
    ).into(plain(lambda book, sheet: sheet.write_comment("B2", "[Threaded comment]\n请核对")))


def _cell_image() -> bytes:
    image = (
        f'{_DECLARED}<etc:cellImages xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/'
        f'spreadsheetDrawing" xmlns:r="{_OFFICE}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
        ' xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"><etc:cellImage><xdr:pic><xdr:nvPicPr>'
        '<xdr:cNvPr id="2" name="ID_ABC"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/>'
        "</xdr:blipFill><xdr:spPr/></xdr:pic></etc:cellImage></etc:cellImages>"
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/image" Target="media/image1.png"/></Relationships>'
    )
    formula = '_xlfn.DISPIMG("ID_ABC",1)'
    return Graft(
        parts={
            "xl/cellimages.xml": image,
            "xl/_rels/cellimages.xml.rels": relations,
            "xl/media/image1.png": picture(),
        },
        types={
            "png": "image/png",
            "/xl/cellimages.xml": "application/vnd.wps-officedocument.cellimage+xml",
        },
        book_relations=(("rId92", "http://www.wps.cn/officeDocument/2020/cellImage", "cellimages.xml"),),
    ).into(plain(lambda book, sheet: sheet.write_formula("G1", formula, None, '=DISPIMG("ID_ABC",1)')))


def _slicer() -> bytes:
    kinds = "http://schemas.microsoft.com/office/2007/relationships"
    return Graft(
        parts={
            "xl/slicers/slicer1.xml": f'<slicers xmlns="{_X14}"><slicer name="a" cache="S"/></slicers>',
            "xl/slicerCaches/slicerCache1.xml": f'<slicerCacheDefinition xmlns="{_X14}" name="Slicer_a"/>',
        },
        types={
            "/xl/slicers/slicer1.xml": "application/vnd.ms-excel.slicer+xml",
            "/xl/slicerCaches/slicerCache1.xml": "application/vnd.ms-excel.slicerCache+xml",
        },
        sheet=(
            '<extLst><ext uri="{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}" '
            f'xmlns:x14="{_X14}"><x14:slicerList><x14:slicer r:id="rId93"/></x14:slicerList></ext></extLst>'
        ),
        sheet_relations=(("rId93", f"{kinds}/slicer", "../slicers/slicer1.xml"),),
        book_relations=(("rId93", f"{kinds}/slicerCache", "slicerCaches/slicerCache1.xml"),),
    ).into(plain(lambda book, sheet: sheet.add_table("A12:C20")))


def _ole() -> bytes:
    return Graft(
        parts={
            "xl/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0" + bytes(508),
            "xl/drawings/vmlDrawing1.vml": _VML_HEAD + _OLE_SHAPE,
        },
        types={"bin": "application/vnd.openxmlformats-officedocument.oleObject", "vml": _VML_TYPE},
        sheet=(
            '<legacyDrawing r:id="rId1"/><oleObjects><oleObject progId="Package" shapeId="1025" '
            'r:id="rId96"/></oleObjects>'
        ),
        sheet_relations=(
            ("rId1", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
            ("rId96", "oleObject", "../embeddings/oleObject1.bin"),
        ),
    ).into(plain())


def _external() -> bytes:
    link = (
        f'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook '
        f'xmlns:r="{_OFFICE}" r:id="rId1"><sheetNames><sheetName val="S"/></sheetNames></externalBook>'
        "</externalLink>"
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
        f'Id="rId1" Type="{_OFFICE}/externalLinkPath" Target="a.xlsx" TargetMode="External"/></Relationships>'
    )
    return Graft(
        parts={
            "xl/externalLinks/externalLink1.xml": link,
            "xl/externalLinks/_rels/externalLink1.xml.rels": relations,
        },
        types={"/xl/externalLinks/externalLink1.xml": f"{_PART_TYPE}.externalLink+xml"},
        edits={
            "xl/workbook.xml": (
                "</sheets>",
                '</sheets><externalReferences><externalReference r:id="rId97"/></externalReferences>',
            )
        },
        book_relations=(("rId97", "externalLink", "externalLinks/externalLink1.xml"),),
    ).into(plain())


def _two_listed() -> bytes:
    """A drop-down from another sheet, as Excel 2010 and later write it."""
    validation = (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        f'xmlns:x14="{_X14}"><x14:dataValidations count="1" xmlns:xm="{_MICROSOFT}/excel/2006/main">'
        '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>字典!$A$1:$A$5</xm:f>'
        "</x14:formula1><xm:sqref>B2:B5</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    words = plain(lambda book, sheet: book.add_worksheet("字典").write("A1", "是"))
    return Graft(sheet=validation).into(words)


def _signed() -> bytes:
    signature = "application/vnd.openxmlformats-package.digital-signature"
    origin = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    return Graft(
        parts={
            "_xmlsignatures/origin.sigs": b"",
            "_xmlsignatures/sig1.xml": '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
        },
        types={
            "sigs": f"{signature}-origin",
            "/_xmlsignatures/sig1.xml": f"{signature}-xmlsignature+xml",
        },
        edits={
            "_rels/.rels": (
                "</Relationships>",
                f'<Relationship Id="rId99" Type="{origin}" Target="_xmlsignatures/origin.sigs"/>'
                "</Relationships>",
            )
        },
    ).into(plain())


def _phonetic() -> bytes:
    guide = '<t>漢字</t><rPh sb="0" eb="2"><t>かんじ</t></rPh><phoneticPr fontId="1"/>'
    return Graft(edits={"xl/sharedStrings.xml": ("<t>漢字</t>", guide)}).into(
        plain(lambda book, sheet: sheet.write("G1", "漢字"))
    )


def _custom_xml() -> bytes:
    empty = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
    return Graft(
        parts={"customXml/item1.xml": '<填报 版本="2024"/>', "customXml/_rels/item1.xml.rels": empty},
        book_relations=(("rId94", "customXml", "../customXml/item1.xml"),),
    ).into(plain())


def _printer() -> bytes:
    return Graft(
        parts={"xl/printerSettings/printerSettings1.bin": bytes(200)},
        types={"bin": f"{_PART_TYPE}.printerSettings"},
        sheet_relations=(("rId95", "printerSettings", "../printerSettings/printerSettings1.bin"),),
    ).into(plain())


def _covered() -> bytes:
    merge = '<mergeCells count="1"><mergeCell ref="G5:H5"/></mergeCells><pageMargins'
    return Graft(edits={"xl/worksheets/sheet1.xml": ("<pageMargins", merge)}).into(
        plain(lambda book, sheet: sheet.write("H5", "被合并遮住"))
    )


def _locked() -> bytes:
    lock = '<workbookProtection workbookAlgorithmName="SHA-512" workbookHashValue="AAAA" lockStructure="1"/>'
    return Graft(edits={"xl/workbook.xml": ("<bookViews>", f"{lock}<bookViews>")}).into(plain())


def _chart(book: Any, sheet: Any) -> None:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": f"={SHEET}!$A$1:$A$10", "data_labels": {"value": True}})
    chart.set_title({"name": "图表标题"})
    sheet.insert_chart("G2", chart)


def _protected(book: Any, sheet: Any) -> None:
    sheet.protect("x")
    sheet.unprotect_range("B2:B5", "区域")


RECIPES: dict[str, Callable[[], bytes]] = {
    "text box": lambda: plain(lambda b, s: s.insert_textbox("B2", "文本框内容")),
    "picture": lambda: plain(
        lambda b, s: s.insert_image("B2", "章.png", {"image_data": io.BytesIO(picture())})
    ),
    "chart": lambda: plain(_chart),
    "sparkline": lambda: plain(lambda b, s: s.add_sparkline("G1", {"range": f"{SHEET}!A1:E1"})),
    "data bar of 2010": lambda: plain(
        lambda b, s: s.conditional_format("A1:C9", {"type": "data_bar", "data_bar_2010": True})
    ),
    "colour scale and icons": lambda: plain(
        lambda b, s: (
            s.conditional_format("A1:C9", {"type": "3_color_scale"}),
            s.conditional_format("A1:C9", {"type": "icon_set", "icon_style": "3_arrows"}),
        )
    ),
    "drop-down of 2010": _two_listed,
    "drop-down": lambda: plain(lambda b, s: s.data_validation("B2", {"validate": "list", "source": ["是"]})),
    "rich text": lambda: plain(
        lambda b, s: s.write_rich_string("G1", "甲", b.add_format({"color": "red"}), "红", "乙")
    ),
    "phonetic guide": _phonetic,
    "note of a size and colour": lambda: plain(
        lambda b, s: s.write_comment("B2", "批注", {"width": 402, "color": "#AABBCC", "visible": True})
    ),
    "thread of comments": _threaded,
    "picture in a cell, WPS": _cell_image,
    "picture in a cell, Excel 365": lambda: plain(
        lambda b, s: s.embed_image("G1", "章.png", {"image_data": io.BytesIO(picture())})
    ),
    "check box in a cell": lambda: plain(lambda b, s: s.insert_checkbox("G1", True)),
    "check box of a form": _check_box,
    "slicer": _slicer,
    "picture in the header": lambda: plain(
        lambda b, s: s.set_header(
            "&C&G", {"image_center": "章.png", "image_data_center": io.BytesIO(picture())}
        )
    ),
    "background picture": lambda: plain(lambda b, s: s.set_background(io.BytesIO(picture()))),
    "custom XML": _custom_xml,
    "custom property": lambda: plain(lambda b, s: b.set_custom_property("编号", "115")),
    "printer settings": _printer,
    "embedded object": _ole,
    "external link": _external,
    "ranges left open": lambda: plain(_protected),
    "protected sheet": lambda: plain(lambda b, s: s.protect("x")),
    "protected structure": _locked,
    "calculated value": lambda: plain(lambda b, s: s.write_formula("G1", "=SUM(B1:B10)", None, 45)),
    "dynamic array": lambda: plain(
        lambda b, s: s.write_dynamic_array_formula("G1:G3", "=UNIQUE(A1:A3)", None, 0)
    ),
    "signature": _signed,
    "ignored errors": lambda: plain(lambda b, s: s.ignore_errors({"number_stored_as_text": "A1:A5"})),
    "value under a merge": _covered,
    "filter and frozen pane": lambda: plain(lambda b, s: (s.autofilter("A1:E10"), s.freeze_panes(1, 1))),
    "table": lambda: plain(lambda b, s: s.add_table("A12:C20", {"name": "表格1"})),
}
"""What each is called -> how it is made."""
