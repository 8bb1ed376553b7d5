"""The example as a department might return it: the pack's own template, with what people put into it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from anatomy import parts_of
from recipes import RECIPES, Graft, zipped
from workbook_tool.assess import assess
from workbook_tool.excel.fill import fill
from workbook_tool.excel.ooxml.grid import Grid, position
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.read import read
from workbook_tool.forms.load import default_pack, load_pack, read_data
from workbook_tool.model import Assessment, Pack

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "linxiang-2023" / "data.yaml"
HOME, CELL, NEXT = "收入", "E6", "H6"
"""The sheet that gets the features, with two of its cells that are found wrong."""
SHOWN = ["code", "severity", "sheet", "cell", "field", "value", "expected", "difference", "message"]
"""The columns of a finding that a clerk sees."""

_MICROSOFT = "http://schemas.microsoft.com/office"
_X14 = f"{_MICROSOFT}/spreadsheetml/2009/9/main"
_DRAWING = "application/vnd.openxmlformats-officedocument.drawing+xml"


@cache
def pack() -> Pack:
    return load_pack(default_pack())


@cache
def filed() -> bytes:
    """The example filled into the template."""
    out = io.BytesIO()
    fill(read_data(EXAMPLE), pack(), out)
    return out.getvalue()


@cache
def _home() -> tuple[int, str, str]:
    """The number of the sheet, and the parts of its notes and of their drawing."""
    package = Package.open(filed())
    part = next(s.part for s in package.sheets if s.name == HOME)
    number = int("".join(c for c in part if c.isdigit()))
    return number, package.related(part, "comments")[0], package.related(part, "vmlDrawing")[0]


def checked(path: Path) -> Assessment:
    """What is found in a workbook."""
    batch, drafts = read([path], pack())
    return assess(batch, pack(), drafts)


def typed(workbook: bytes, values: Mapping[tuple[str, str], str | float]) -> bytes:
    """The workbook after a clerk has typed into cells; formulas are as they were calculated."""
    package = Package.open(workbook)
    for (sheet, address), value in values.items():
        part = next(s.part for s in package.sheets if s.name == sheet)
        grid = Grid(package.edit(part), lambda number: None)
        cell = grid.cell(*position(address))
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        home = cell.makeelement(grid.q("v"))
        home.text = str(value)
        cell.append(home)
        if isinstance(value, str):
            cell.set("t", "str")
    return package.save()


# --- what people put into a workbook ---


def _drawn(recipe: str) -> Callable[[bytes], bytes]:
    """A drawing as another program writes it, put on the sheet."""

    def into(workbook: bytes) -> bytes:
        number, _, _ = _home()
        parts = parts_of(RECIPES[recipe]())
        drawn = {n: c for n, c in parts.items() if n.startswith(("xl/drawings", "xl/media", "xl/charts"))}
        assert not drawn.keys() & parts_of(workbook).keys()
        types = {"/xl/drawings/drawing1.xml": _DRAWING, "png": "image/png"}
        if "xl/charts/chart1.xml" in drawn:
            types["/xl/charts/chart1.xml"] = (
                "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
            )
        return Graft(
            parts=drawn,
            types=types,
            edits={
                f"xl/worksheets/sheet{number}.xml": (
                    "<legacyDrawing",
                    '<drawing r:id="rId91"/><legacyDrawing',
                )
            },
            sheet_relations=(("rId91", "drawing", "../drawings/drawing1.xml"),),
            home=number,
        ).into(workbook)

    return into


def _stamped(workbook: bytes) -> bytes:
    """A stamp that floats: fixed to the page, not to cells."""
    parts = parts_of(_drawn("picture")(workbook))
    name = "xl/drawings/drawing1.xml"
    drawing = parts[name].decode()
    begin, end = drawing.index("<xdr:twoCellAnchor"), drawing.index("<xdr:pic>")
    fixed = '<xdr:absoluteAnchor><xdr:pos x="900000" y="700000"/><xdr:ext cx="1500000" cy="1500000"/>'
    drawing = drawing[:begin] + fixed + drawing[end:]
    parts[name] = drawing.replace("twoCellAnchor", "absoluteAnchor").replace("章.png", "公章").encode()
    return zipped(parts)


def _picture_in_a_cell(workbook: bytes) -> bytes:
    number, _, _ = _home()
    parts = parts_of(RECIPES["picture in a cell, WPS"]())
    formula = '_xlfn.DISPIMG("ID_ABC",1)'.replace('"', "&quot;")
    cell = f'<row r="30"><c r="B30" t="str"><f>{formula}</f><v>=DISPIMG("ID_ABC",1)</v></c></row>'
    return Graft(
        parts={n: c for n, c in parts.items() if "cellimages" in n or "media" in n},
        types={
            "png": "image/png",
            "/xl/cellimages.xml": "application/vnd.wps-officedocument.cellimage+xml",
        },
        edits={f"xl/worksheets/sheet{number}.xml": ("</sheetData>", f"{cell}</sheetData>")},
        book_relations=(("rId92", "http://www.wps.cn/officeDocument/2020/cellImage", "cellimages.xml"),),
        home=number,
    ).into(workbook)


def _check_box(workbook: bytes) -> bytes:
    number, _, drawing = _home()
    shape = (
        '<v:shape id="_x0000_s1900" type="#_x0000_t201" style="position:absolute;width:80pt;height:18pt">'
        '<v:textbox><div style="text-align:left">是否公开<br></div></v:textbox>'
        '<x:ClientData ObjectType="Checkbox"><x:Anchor>2, 0, 18, 0, 4, 0, 19, 0</x:Anchor>'
        "<x:Checked>1</x:Checked><x:FmlaLink>$J$1</x:FmlaLink></x:ClientData></v:shape></xml>"
    )
    return Graft(
        parts={"xl/ctrlProps/ctrlProp1.xml": f'<formControlPr xmlns="{_X14}" objectType="CheckBox" checked="Checked"/>'},
        types={"/xl/ctrlProps/ctrlProp1.xml": "application/vnd.ms-excel.controlproperties+xml"},
        sheet=(
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f'<mc:Choice Requires="x14" xmlns:x14="{_X14}"><controls><control shapeId="1900" r:id="rId93" '
            'name="Check Box 1"/></controls></mc:Choice></mc:AlternateContent>'
        ),
        edits={drawing: ("</xml>", shape)},
        sheet_relations=(("rId93", "ctrlProp", "../ctrlProps/ctrlProp1.xml"),),
        home=number,
    ).into(workbook)  # fmt: skip


def _noted(text: str, address: str = CELL) -> Callable[[bytes], bytes]:
    """A note of the department's own on a cell that will be marked."""

    def into(workbook: bytes) -> bytes:
        number, notes, drawing = _home()
        row, column = position(address)
        note = f'<comment ref="{address}" authorId="0"><text><t>{text}</t></text></comment></commentList>'
        shape = (
            '<v:shape id="_x0000_s1901" type="#_x0000_t202" style="position:absolute;visibility:hidden" '
            'fillcolor="#aabbcc"><v:textbox/><x:ClientData ObjectType="Note"><x:Anchor>5, 15, 5, 4, 7, 20, 9, 4'
            f"</x:Anchor><x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape></xml>"
        )
        edits = {notes: ("</commentList>", note), drawing: ("</xml>", shape)}
        return Graft(edits=edits, home=number).into(workbook)

    return into


def _threaded(workbook: bytes) -> bytes:
    number, _, _ = _home()
    kinds = f"{_MICROSOFT.replace('schemas.microsoft.com/office', 'schemas.microsoft.com/office/2017/10')}"
    parts = parts_of(RECIPES["thread of comments"]())
    thread = {n: c for n, c in parts.items() if "threadedComments" in n or "persons" in n}
    thread = {n: c.replace(b'ref="B2"', f'ref="{CELL}"'.encode()) for n, c in thread.items()}
    return Graft(
        parts=thread,
        types={
            "/xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
            "/xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
        },
        sheet_relations=(
            ("rId94", f"{kinds}/relationships/threadedComment", "../threadedComments/threadedComment1.xml"),
        ),
        book_relations=(("rId94", f"{kinds}/relationships/person", "persons/person.xml"),),
        home=number,
    ).into(_noted("[Threaded comment] 请核对")(workbook))


def _listed(workbook: bytes) -> bytes:
    """A drop-down from another sheet, as Excel 2010 and later write it."""
    number, _, _ = _home()
    validation = (
        f'<extLst><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{_X14}">'
        f'<x14:dataValidations count="1" xmlns:xm="{_MICROSOFT}/excel/2006/main">'
        '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>基本情况!$B$4:$B$6</xm:f>'
        "</x14:formula1><xm:sqref>J6:J9</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    return Graft(sheet=validation, home=number).into(workbook)


def _property(workbook: bytes) -> bytes:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
    relation = f'<Relationship Id="rId95" Type="{kind}" Target="docProps/custom.xml"/></Relationships>'
    custom = parts_of(RECIPES["custom property"]())["docProps/custom.xml"]
    return Graft(
        parts={"docProps/custom.xml": custom},
        types={"/docProps/custom.xml": "application/vnd.openxmlformats-officedocument.custom-properties+xml"},
        edits={"_rels/.rels": ("</Relationships>", relation)},
    ).into(workbook)


def _signed(workbook: bytes) -> bytes:
    old, new = parts_of(RECIPES["signature"]()), "application/vnd.openxmlformats-package.digital-signature"
    relations = old["_rels/.rels"].decode()
    relation = relations[relations.index('<Relationship Id="rId99"') :]
    return Graft(
        parts={n: c for n, c in old.items() if n.startswith("_xmlsignatures/")},
        types={"sigs": f"{new}-origin", "/_xmlsignatures/sig1.xml": f"{new}-xmlsignature+xml"},
        edits={"_rels/.rels": ("</Relationships>", relation)},
    ).into(workbook)


FEATURES: dict[str, Callable[[bytes], bytes]] = {
    "picture": _drawn("picture"),
    "floating stamp": _stamped,
    "picture in a cell, WPS": _picture_in_a_cell,
    "text box": _drawn("text box"),
    "check box of a form": _check_box,
    "chart": _drawn("chart"),
    "note on a marked cell": _noted("科室：此数已与财务核对"),
    "thread of comments on a marked cell": _threaded,
    "drop-down of 2010": _listed,
    "custom property": _property,
    "signature": _signed,
}
"""What each is called -> how it comes into a workbook."""


def with_many(workbook: bytes) -> bytes:
    """The workbook with all that can stand side by side."""
    for name in (
        "text box",
        "check box of a form",
        "note on a marked cell",
        "drop-down of 2010",
        "custom property",
    ):
        workbook = FEATURES[name](workbook)
    return _picture_in_a_cell(workbook)
