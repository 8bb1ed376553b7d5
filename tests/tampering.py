"""Small manipulations of a filled workbook, each a function of its package, as somebody would do by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy

from lxml import etree

from workbook_tool.excel.marks.tabs import add_tab
from workbook_tool.excel.ooxml.grid import Grid, position
from workbook_tool.excel.ooxml.package import Element, Package

Change = Callable[[Package], None]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def sheet(package: Package, name: str) -> Element:
    """The tree of a sheet, to be changed."""
    return package.edit(next(s.part for s in package.sheets if s.name == name))


def _cell(package: Package, name: str, address: str) -> Element:
    return Grid(sheet(package, name), lambda number: None).cell(*position(address))


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{MAIN}}}{tag}", attributes)


def _set(element: Element, attributes: Mapping[str, str]) -> None:
    for name, value in attributes.items():
        element.set(name, value)


def put(name: str, address: str, value: str | float, formula: str | None = None) -> Change:
    """A value typed into a cell, or a formula with its result."""

    def change(package: Package) -> None:
        cell = _cell(package, name, address)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        if formula is not None:
            _add(cell, "f").text = formula
        if isinstance(value, str):
            cell.set("t", "str")
        _add(cell, "v").text = str(value)

    return change


def hide_sheet(name: str, state: str) -> Change:
    def change(package: Package) -> None:
        for element in package.edit(package.workbook).iter(f"{{{MAIN}}}sheet"):
            if element.get("name") == name:
                element.set("state", state)

    return change


def set_row(name: str, number: int, **attributes: str) -> Change:
    def change(package: Package) -> None:
        for row in sheet(package, name).iter(f"{{{MAIN}}}row"):
            if row.get("r") == str(number):
                _set(row, attributes)

    return change


def set_column(name: str, number: int, **attributes: str) -> Change:
    """A column given other settings; in our templates each has a `col` of its own."""

    def change(package: Package) -> None:
        for column in sheet(package, name).iter(f"{{{MAIN}}}col"):
            if int(column.get("min", "0")) <= number <= int(column.get("max", "0")):
                _set(column, attributes)

    return change


def restyle(
    name: str,
    address: str,
    *,
    colour: Mapping[str, str] | None = None,
    code: str | None = None,
    locked: bool | None = None,
) -> Change:
    """A cell with another font colour, number format or lock."""

    def change(package: Package) -> None:
        styles = package.edit(package.related(package.workbook, "styles")[0])
        cell = _cell(package, name, address)
        formats = styles.find(f"{{{MAIN}}}cellXfs")
        fonts = styles.find(f"{{{MAIN}}}fonts")
        assert formats is not None and fonts is not None
        own = deepcopy(formats[int(cell.get("s", "0"))])
        if colour is not None:
            font = deepcopy(fonts[int(own.get("fontId", "0"))])
            for old in font.findall(f"{{{MAIN}}}color"):
                font.remove(old)
            _add(font, "color", **colour)
            fonts.append(font)
            own.set("fontId", str(len(fonts) - 1))
        if code is not None:
            numbers = styles.find(f"{{{MAIN}}}numFmts")
            assert numbers is not None
            number = str(900 + len(numbers))
            _add(numbers, "numFmt", numFmtId=number, formatCode=code)
            own.set("numFmtId", number)
        if locked is not None:
            for old in own.findall(f"{{{MAIN}}}protection"):
                own.remove(old)
            own.set("applyProtection", "1")
            _add(own, "protection", locked="1" if locked else "0")
        formats.append(own)
        cell.set("s", str(len(formats) - 1))

    return change


def conditional(
    name: str, area: str, look: str, kind: str = "expression", operator: str = "", *, formula: str = "TRUE"
) -> Change:
    """A conditional format; `look` is the inside of a differential style, or a rule's own element."""

    def change(package: Package) -> None:
        attributes = {"type": kind, "priority": "1"} | ({"operator": operator} if operator else {})
        inside = etree.fromstring(f'<x xmlns="{MAIN}">{look}</x>')
        grid = Grid(sheet(package, name), lambda number: None)
        home = grid.insert("conditionalFormatting")
        home.set("sqref", area)
        rule = _add(home, "cfRule", **attributes)
        if kind in ("dataBar", "iconSet"):
            rule.extend(list(inside))
            return
        styles = package.edit(package.related(package.workbook, "styles")[0])
        looks = styles.find(f"{{{MAIN}}}dxfs")
        assert looks is not None
        _add(looks, "dxf").extend(list(inside))
        looks.set("count", str(len(looks)))
        rule.set("dxfId", str(len(looks) - 1))
        _add(rule, "formula").text = formula

    return change


def merge(name: str, area: str) -> Change:
    """A merged area; what the covered cells hold stays in the file."""

    def change(package: Package) -> None:
        home = sheet(package, name).find(f"{{{MAIN}}}mergeCells")
        assert home is not None
        _add(home, "mergeCell", ref=area)

    return change


def other_list(name: str, source: str, now: str) -> Change:
    """A drop-down list that offers something else."""

    def change(package: Package) -> None:
        for element in sheet(package, name).iter(f"{{{MAIN}}}formula1"):
            if element.text == source:
                element.text = now

    return change


def unprotect(name: str) -> Change:
    def change(package: Package) -> None:
        tree = sheet(package, name)
        for element in tree.findall(f"{{{MAIN}}}sheetProtection"):
            tree.remove(element)

    return change


def add_sheet(name: str, text: str = "底稿", state: str = "visible") -> Change:
    def change(package: Package) -> None:
        row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
        add_tab(package, name, f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>')
        hide_sheet(name, state)(package)

    return change


def restamp(old: str, new: str, *names: str) -> Change:
    """Other stamps; of the named sheets only, where any are named."""

    def change(package: Package) -> None:
        for one in package.sheets:
            if names and one.name not in names:
                continue
            cell = _cell(package, one.name, "A1")
            text = _text_of(package, cell)
            put(one.name, "A1", re.sub(old, new, text))(package)

    return change


def _text_of(package: Package, cell: Element) -> str:
    shared = list(package.parse(package.related(package.workbook, "sharedStrings")[0]))
    return "".join(map(str, shared[int(cell.findtext(f"{{{MAIN}}}v") or 0)].itertext()))


def link(target: str | None) -> Change:
    """A link to another workbook; a broken one without a target."""

    def change(package: Package) -> None:
        part = "xl/externalLinks/externalLink1.xml"
        package.add(
            part,
            f'<externalLink xmlns="{MAIN}"><externalBook/></externalLink>'.encode(),
            f"{_BOOK}.externalLink+xml",
        )
        package.relate(package.workbook, "externalLink", part)
        if target is not None:
            package.relate(part, "externalLinkPath", target)
            relations = package.edit("xl/externalLinks/_rels/externalLink1.xml.rels")
            relations[0].set("Target", target)
            relations[0].set("TargetMode", "External")

    return change


def connect(package: Package) -> None:
    """A connection to a database."""
    package.add("xl/connections.xml", f'<connections xmlns="{MAIN}"/>'.encode(), f"{_BOOK}.connections+xml")
    package.relate(package.workbook, "connections", "xl/connections.xml")


def ask_a_program(package: Package) -> None:
    """A link by which a program is asked for data."""
    part = "xl/externalLinks/externalLink1.xml"
    content = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
    package.add(part, content.encode(), f"{_BOOK}.externalLink+xml")
    package.relate(package.workbook, "externalLink", part)


def both(*changes: Change) -> Change:
    def change(package: Package) -> None:
        for one in changes:
            one(package)

    return change


def tampered(workbook: bytes, change: Change) -> bytes:
    """The workbook after a manipulation."""
    package = Package.open(workbook)
    change(package)
    return package.save()
