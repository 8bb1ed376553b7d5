"""Marks on cells: a fill and a frame for every viewer, live formats over them, a note beside.

The static look is a clone of the cell's own, so number format and lock stay. The live formats come
before all others of the sheet, since a template's own formats and data bars would hide a fill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

from lxml import etree

from workbook_tool.excel.marks.held import TOKEN, Held, since_changed, still_marked
from workbook_tool.excel.marks.notes import add_notes, remove_notes
from workbook_tool.excel.ooxml.grid import Grid, Position, address_of, position
from workbook_tool.excel.ooxml.package import Element, Package, SheetPart
from workbook_tool.excel.ooxml.parts import whole_number
from workbook_tool.excel.ooxml.stylesheet import Look, StyleSheet
from workbook_tool.excel.ooxml.vml import ShapeIds

Kind = Literal["error", "explain", "note", "agreed", "differs", "unproven"]

LOOKS: dict[Kind, Look] = {
    "error": Look("FFFFC7CE", "FFC00000"),
    "explain": Look("FFFFEB9C", "FFBF8F00"),
    "note": Look("FFDDEBF7", "FF2F75B5"),
    "agreed": Look("FFC6EFCE", None),
    "differs": Look("FFFFC7CE", "FFC00000"),
    "unproven": Look("FFFFE699", None),
}
CHANGED = Look("FFC6EFCE", "FF548235")
"""How a marked cell looks once it has been changed."""

_SIDES = ("left", "right", "top", "bottom")


@dataclass(frozen=True)
class Mark:
    """What is shown on one cell.

    Attributes:
        kind: A finding's severity, or how a score compares.
        note: What the note says; no note where it is None.
        live: Whether the mark turns green when the cell is changed.
    """

    kind: Kind
    note: str | None = None
    live: bool = True


def mark_cells(
    package: Package, marks: Mapping[str, Mapping[str, Mark]], styles: StyleSheet | None = None
) -> dict[tuple[str, str], tuple[str, Held]]:
    """Mark cells of a workbook. A cell inside a merged area is marked at the area's anchor.

    Args:
        package: The workbook, which is changed.
        marks: sheet -> address -> mark. Names and addresses that do not exist are left out, as are
            sheets that are too large to be held.
        styles: The workbook's styles, where they are being edited already.

    Returns:
        (sheet, address as given) -> the address of the anchor and what it holds.
    """
    shared = _Shared(package, styles or StyleSheet(package), SharedStrings(package), ShapeIds(package))
    held: dict[tuple[str, str], tuple[str, Held]] = {}
    for sheet in package.sheets:
        wanted = marks.get(sheet.name)
        if wanted and sheet.kind == "worksheet" and not package.is_large(sheet.part):
            found = _mark_sheet(shared, sheet, wanted)
            held |= {(sheet.name, address): what for address, what in found.items()}
            package.finish(sheet.part)
    return held


@dataclass(frozen=True)
class _Shared:
    """What the sheets of one workbook have in common."""

    package: Package
    styles: StyleSheet
    strings: SharedStrings
    ids: ShapeIds


def _mark_sheet(shared: _Shared, sheet: SheetPart, wanted: Mapping[str, Mark]) -> dict[str, tuple[str, Held]]:
    styles = shared.styles
    grid = Grid(shared.package.edit(sheet.part), shared.strings.item)
    anchors = {address: grid.anchor(*position(address)) for address in wanted}
    by_place: dict[Position, Mark] = {}
    for address, mark in wanted.items():
        by_place.setdefault(anchors[address], mark)
    held = {place: grid.held(*place) for place in by_place}
    for place, mark in by_place.items():
        grid.cell(*place)
        for cell in grid.existing(grid.area(*place)):
            cell.set("s", str(styles.mark(_style(cell), LOOKS[mark.kind])))
    live = {place: mark for place, mark in by_place.items() if mark.live}
    _add_formats(grid, live, held, styles)
    texts = {place: mark.note for place, mark in by_place.items() if mark.note}
    add_notes(shared.package, sheet.part, grid, texts, shared.ids)
    return {address: (address_of(*place), held[place]) for address, place in anchors.items()}


def _style(cell: Element) -> int:
    return whole_number(cell.get("s"))


class SharedStrings:
    """The shared texts of a workbook, parsed when the first is asked for."""

    def __init__(self, package: Package):
        self._package = package

    def item(self, number: int) -> Element | None:
        """The `si` element of that number."""
        table = self._table
        return table[number] if table is not None and number < len(table) else None

    @cached_property
    def _table(self) -> Element | None:
        """The texts and nothing else, to be counted where they stand: few of thousands are asked for."""
        related = self._package.related(self._package.workbook, "sharedStrings")
        if not related:
            return None
        table = self._package.parse(related[0])
        others = table.xpath("*[local-name()!='si'] | comment() | processing-instruction()")
        for other in cast(list[Element], others):
            table.remove(other)
        return table


# --- live formats ---


def _add_formats(
    grid: Grid, marks: Mapping[Position, Mark], held: Mapping[Position, Held], styles: StyleSheet
) -> None:
    if not marks:
        return
    _make_room(grid, 2 * len(marks))
    changed = styles.append_xml("dxfs", _difference(CHANGED, framed=True))
    for number, (place, mark) in enumerate(marks.items()):
        cell = address_of(*place, absolute=True)
        top, left, bottom, right = grid.area(*place)
        corners = dict.fromkeys((address_of(top, left), address_of(bottom, right)))
        home = grid.insert_format()
        home.set("sqref", ":".join(corners))
        still = styles.append_xml("dxfs", _difference(LOOKS[mark.kind], framed=False))
        rules = ((still, still_marked(cell, held[place])), (changed, since_changed(cell, held[place])))
        for offset, (look, formula) in enumerate(rules):
            rule = etree.SubElement(home, grid.q("cfRule"), type="expression", dxfId=str(look))
            rule.set("priority", str(2 * number + offset + 1))
            rule.set("stopIfTrue", "1")
            etree.SubElement(rule, grid.q("formula")).text = formula


def _difference(look: Look, *, framed: bool) -> str:
    """A look as a difference. Conditional formats know thin frames only: the heavy one shows through."""
    sides = "".join(f'<{s} style="thin"><color rgb="{look.border}"/></{s}>' for s in _SIDES)
    fill = f'<fgColor rgb="{look.fill}"/><bgColor rgb="{look.fill}"/>'
    return f'<dxf><fill><patternFill patternType="solid">{fill}</patternFill></fill>' + (
        f"<border>{sides}</border></dxf>" if framed else "</dxf>"
    )


def _make_room(grid: Grid, count: int) -> None:
    """Move the sheet's own rules back by so many priorities."""
    homes = [*grid.root.iterchildren("{*}conditionalFormatting"), *grid.root.iterchildren(grid.q("extLst"))]
    for rule in (r for home in homes for r in home.iter("{*}cfRule")):
        if rule.get("priority"):
            rule.set("priority", str(whole_number(rule.get("priority"), 1) + count))


# --- marks out again ---


def unmark_sheet(package: Package, sheet: SheetPart, styles: StyleSheet) -> None:
    """Take our marks out of a sheet, whoever has saved it since; all else stays as it is now."""
    grid = Grid(package.edit(sheet.part), lambda number: None)
    for home in list(grid.root.iterchildren("{*}conditionalFormatting")):
        _remove_rules(home)
    looks = [*LOOKS.values(), CHANGED]
    for element in _styled(grid.root):
        attribute = "style" if element.tag.endswith("}col") else "s"
        given = whole_number(element.get(attribute))
        restored = styles.restored(given, looks)
        if restored != given:
            element.set(attribute, str(restored))
    remove_notes(package, sheet.part, grid)


def _remove_rules(home: Element) -> None:
    for rule in list(home.iterchildren("{*}cfRule")):
        if any(TOKEN in (f.text or "") for f in rule.iterchildren("{*}formula")):
            home.remove(rule)
    parent = home.getparent()
    if not len(home) and parent is not None:
        parent.remove(home)


def _styled(root: Element) -> Iterable[Element]:
    return root.iter("{*}c", "{*}row", "{*}col")
