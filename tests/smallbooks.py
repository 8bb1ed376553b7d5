"""A small return as parts of plain XML that tests bend: filled in, with shared texts and a note."""

from __future__ import annotations

import tempfile
import zipfile
from functools import cache
from pathlib import Path

from returns import filled, write

SHEET = "xl/worksheets/sheet2.xml"
"""The sheet 收入, which has a shared text, a note, a merge, a list and a formula."""

STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
BOOK = "xl/workbook.xml"
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
SHEET_RELATIONS = "xl/worksheets/_rels/sheet2.xml.rels"
TYPES = "[Content_Types].xml"
RELATIONS = "_rels/.rels"
COMMENTS = "xl/comments1.xml"
SHAPES = "xl/drawings/vmlDrawing1.vml"

_KIND = "application/vnd.openxmlformats-officedocument"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NOTE = (
    '<v:shape id="_x0000_s1025" type="#_x0000_t202"><x:ClientData ObjectType="Note"><x:Anchor>3, 0, 4, 0, 5, 0,'
    " 7, 0</x:Anchor><x:Row>4</x:Row><x:Column>2</x:Column></x:ClientData></v:shape></xml>"
)
_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="1"/></o:shapelayout>'
)


@cache
def _written() -> dict[str, bytes]:
    tabs = filled()
    tabs["收入"].cells |= {(6, 2): "二所", (4, 3): 9.0, (6, 3): "92万元"}  # two mistakes, to be marked
    tabs["收入"].merged = ("B8:C8",)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.xlsx", tabs.values(), extra={
            STRINGS: f'<sst xmlns="{_MAIN}" count="1" uniqueCount="1"><si><t>二所</t></si></sst>',
            COMMENTS: f'<comments xmlns="{_MAIN}"><authors><author>甲</author></authors><commentList>'
                      '<comment ref="C5" authorId="0"><text><t>请核对</t></text></comment></commentList></comments>',
            SHAPES: _VML + _NOTE,
            SHEET_RELATIONS: f'<Relationships xmlns="{_PACKAGE}/relationships">'
                      f'<Relationship Id="rId1" Type="{_OFFICE}/comments" Target="../comments1.xml"/>'
                      f'<Relationship Id="rId2" Type="{_OFFICE}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>'
                      "</Relationships>",
        })  # fmt: skip
        with zipfile.ZipFile(path) as file:
            return {name: file.read(name) for name in file.namelist()}


def parts() -> dict[str, bytes]:
    """The parts of the workbook, one's own to change."""
    return {name: _linked(name, content) for name, content in _written().items()}


def _linked(name: str, content: bytes) -> bytes:
    """A part with what refers to the parts that were added."""
    text = content.decode()
    if name == TYPES:
        text = text.replace("</Types>", (
            '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
            f'<Override PartName="/{STRINGS}" ContentType="{_KIND}.spreadsheetml.sharedStrings+xml"/>'
            f'<Override PartName="/{COMMENTS}" ContentType="{_KIND}.spreadsheetml.comments+xml"/></Types>'
        ))  # fmt: skip
    elif name == BOOK_RELATIONS:
        link = f'<Relationship Id="rId901" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        text = text.replace("</Relationships>", f"{link}</Relationships>")
    elif name == SHEET:
        text = text.replace(
            '<c r="B6" t="inlineStr"><is><t xml:space="preserve">二所</t></is></c>',
            '<c r="B6" t="s"><v>0</v></c>',
        )
        lists = (
            '<dataValidations count="1"><dataValidation type="list" sqref="B5:B6"><formula1>"一所,二所"</formula1>'
            f'</dataValidation></dataValidations><legacyDrawing xmlns:r="{_OFFICE}" r:id="rId2"/></worksheet>'
        )
        text = text.replace("</worksheet>", lists)
    return text.encode()
