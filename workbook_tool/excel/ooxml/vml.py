"""The VML of notes, as bytes: shapes put in and taken out without touching the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workbook_tool.excel.ooxml.grid import Position, address_of
from workbook_tool.excel.ooxml.package import Package

_PREFIXES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;'
    'margin-top:2pt;width:217pt;height:80pt;z-index:{z};visibility:hidden" fillcolor="#ffffe1" '
    'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
    '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/>'
    "<x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row>"
    "<x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_ID_MAP = re.compile(rb'<o:idmap\b[^>]*\bdata\s*=\s*["\']([^"\']*)')
_SHAPE_ID = re.compile(rb"_x0000_s(\d{1,9})")
_WHOLE_SHAPE = re.compile(rb"<v:shape\b(?:(?!<v:shape\b).)*?</v:shape\s*>", re.DOTALL)
_ROW = re.compile(rb"<x:Row>\s*(\d{1,7})\s*</x:Row>")
_COLUMN = re.compile(rb"<x:Column>\s*(\d{1,5})\s*</x:Column>")
_BLOCK = 1024


@dataclass(frozen=True)
class Box:
    """The note of one cell and where it opens, as VML anchors it (columns and rows from 0)."""

    place: Position
    anchor: tuple[int, ...]


class ShapeIds:
    """Hands out blocks of 1,024 shape ids that no drawing of the workbook has."""

    def __init__(self, package: Package):
        self._package = package
        self._last: int | None = None

    def next_block(self) -> int:
        """The number of a free block."""
        if self._last is None:
            used = [0]
            for name in self._package.names:
                if name.casefold().endswith(".vml"):
                    content = self._package.read(name)
                    used += [int(n) for m in _ID_MAP.findall(content) for n in re.findall(rb"\d{1,9}", m)]
                    used += [int(n) // _BLOCK for n in _SHAPE_ID.findall(content)]
            self._last = max(used)
        self._last += 1
        return self._last


def note_shapes(boxes: Sequence[Box], ids: ShapeIds, into: bytes | None = None) -> str:
    """The shapes of notes: a drawing of their own, or what is to be spliced into one."""
    if into is None:
        blocks = [ids.next_block() for _ in range(1 + len(boxes) // (_BLOCK - 1))]
        first, head = blocks[0] * _BLOCK + 1, ",".join(map(str, blocks))
        names = " ".join(f'xmlns:{p}="{n}"' for p, n in _PREFIXES.items())
        layout = f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{head}"/></o:shapelayout>'
        return f"<xml {names}>{layout}{_TYPE}{_shapes(boxes, first)}</xml>"
    used = [int(n) for n in _SHAPE_ID.findall(into)]
    first = max(used) + 1 if used else ids.next_block() * _BLOCK + 1
    shapes = ("" if b'"_x0000_t202"' in into else _TYPE) + _shapes(boxes, first)
    head = into[: into.find(b">", into.find(b"<xml")) + 1].decode("utf-8", "replace")
    missing = " ".join(f'xmlns:{p}="{n}"' for p, n in _PREFIXES.items() if f"xmlns:{p}=" not in head)
    return re.sub(r"<v:shape(type)? ", rf"<v:shape\1 {missing} ", shapes) if missing else shapes


def spliced(drawing: bytes, shapes: str) -> bytes:
    """The drawing with the shapes at its end; empty where there is no place to put them."""
    place = drawing.rfind(b"</xml>")
    return drawing[:place] + shapes.encode() + drawing[place:] if place >= 0 else b""


def without_notes(drawing: bytes, cells: Collection[str]) -> bytes:
    """The drawing without the notes of these cells."""

    def keep(match: re.Match[bytes]) -> bytes:
        shape = match[0]
        row, column = _ROW.search(shape), _COLUMN.search(shape)
        if b'"Note"' not in shape or row is None or column is None:
            return shape
        return b"" if address_of(int(row[1]) + 1, int(column[1]) + 1) in cells else shape

    return _WHOLE_SHAPE.sub(keep, drawing) if cells else drawing


def _shapes(boxes: Sequence[Box], first: int) -> str:
    return "".join(
        _SHAPE.format(
            id=first + number,
            z=number + 1,
            anchor=", ".join(map(str, box.anchor)),
            row=box.place[0] - 1,
            column=box.place[1] - 1,
        )
        for number, box in enumerate(boxes)
    )
