"""Tabs of ours in a workbook: added after all others, shown first, known again, taken out."""

from __future__ import annotations

import posixpath
import re
from html import unescape

from lxml import etree

from workbook_tool.excel.ooxml.markup import attribute
from workbook_tool.excel.ooxml.package import Element, Package, SheetPart, local_name
from workbook_tool.excel.ooxml.parts import whole_number

REVIEW = "workbook-tool|审核|"
"""Begins the stamp in A1 of the sheets that annotating adds; reading leaves such sheets out."""

_STAMP = REVIEW.partition("|")[0].encode()
_STAMPED = re.compile(re.escape(_STAMP))
_REACH = 2000  # bytes of runs within which the rest of a stamp follows
_TAG = re.compile(rb"<[^>]*>")
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_ORDER = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups "
    "externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr "
    "smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst"
).split()
_SELECTED = re.compile(rb"""(<(?:\w+:)?sheetView\b[^>]*?)\s+tabSelected\s*=\s*["'](?:1|true)["']""")
_FIRST_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="A1"[^>]*?>.*?</(?:\w+:)?c>', re.DOTALL)
_SHARED = re.compile(rb'\bt="s"[^>]*>.*?<(?:\w+:)?v>\s*(\d{1,9})\s*<', re.DOTALL)


def is_ours(stamp: object) -> bool:
    """Whether what stands in A1 says that the sheet was added by annotating."""
    return isinstance(stamp, str) and stamp.startswith(REVIEW)


def our_tabs(package: Package) -> list[SheetPart]:
    """The sheets that annotating added, whatever they are called by now."""
    numbers = _stamp_numbers(package)
    found = []
    for sheet in package.sheets:
        if sheet.kind != "worksheet":
            continue
        content = package.read(sheet.part)
        if not numbers and _STAMP not in content:
            continue
        cell = _FIRST_CELL.search(content)
        shared = _SHARED.search(cell[0]) if cell else None
        if cell and (is_ours(_text(cell[0])) or (shared and int(shared[1]) in numbers)):
            found.append(sheet)
    return found


def _text(cell: bytes) -> str:
    """What a cell says; openpyxl writes Chinese letters as numbers."""
    return unescape(_TAG.sub(b"", cell).decode("utf-8", "replace"))


def _stamp_numbers(package: Package) -> set[int]:
    """The numbers of the shared texts that are stamps of ours.

    LibreOffice cuts a text into runs where Chinese and Latin letters meet.
    """
    found: set[int] = set()
    for part in package.related(package.workbook, "sharedStrings"):
        content = package.read(part)
        starts = (content[m.start() : m.start() + _REACH] for m in _STAMPED.finditer(content))
        if any(is_ours(_text(start)) for start in starts):
            items = package.parse(part).iterchildren("{*}si")
            found |= {n for n, item in enumerate(items) if is_ours("".join(map(str, item.itertext())))}
    return found


def add_tab(package: Package, title: str, content: str) -> SheetPart:
    """Add a worksheet after all others.

    Args:
        package: The workbook.
        title: Its name; a number is put behind it where a sheet is called so already.
        content: The part's XML.
    """
    sheets = package.sheets
    folder = posixpath.join(posixpath.dirname(package.workbook), "worksheets")
    part = package.free_name(posixpath.join(folder, "sheet{}.xml"))
    package.add(part, content.encode(), _SHEET_TYPE)
    relation = package.relate(package.workbook, "worksheet", part)
    number = max(s.sheet_id for s in sheets) + 1
    home = package.edit(package.workbook).find(f"{{{package.namespace}}}sheets")
    if home is None:
        raise ValueError("a workbook without sheets")
    element = etree.SubElement(home, f"{{{package.namespace}}}sheet", name=title, sheetId=str(number))
    element.set(f"{{{package.relation_namespace}}}id", relation)
    return SheetPart(title, part, "visible", number, relation, "worksheet")


def free_title(package: Package, title: str) -> str:
    """The title, with a number behind it where a sheet is called so already."""
    taken = {sheet.name.casefold() for sheet in package.sheets}
    number, free = 1, title
    while free.casefold() in taken:
        number += 1
        free = f"{title}({number})"
    return free


def remove_tab(package: Package, sheet: SheetPart) -> None:
    """Take a sheet out, with the names that belong to it."""
    index = [s.part for s in package.sheets].index(sheet.part)
    tree, space = package.edit(package.workbook), f"{{{package.namespace}}}"
    for element in list(tree.iterfind(f"{space}sheets/{space}sheet")):
        if element.get(f"{{{package.relation_namespace}}}id") == sheet.relation:
            element.getparent().remove(element)  # type: ignore[union-attr]
    names = tree.find(space + "definedNames")
    for name in list(names) if names is not None else ():
        local = name.get("localSheetId") if local_name(name) else None
        if local is not None and int(local) == index:
            name.getparent().remove(name)  # type: ignore[union-attr]
        elif local is not None and int(local) > index:
            name.set("localSheetId", str(int(local) - 1))
    if names is not None and not len(names):
        tree.remove(names)
    for view in tree.iterfind(f"{space}bookViews/{space}workbookView"):
        for attribute_name in ("activeTab", "firstSheet"):
            active = whole_number(view.get(attribute_name))
            if active >= index and active:
                view.set(attribute_name, str(0 if active == index else active - 1))
    package.unrelate(package.workbook, sheet.relation)
    for kind in ("comments", "vmlDrawing", "drawing", "printerSettings"):
        for target in package.related(sheet.part, kind):
            package.remove(target)
    package.remove(sheet.part)


def activate(package: Package, sheet: SheetPart) -> None:
    """Make the workbook open on a sheet, and on it alone.

    Two selected tabs are a group: what is typed into one lands in both.
    """
    sheets = package.sheets
    for other in sheets:
        if other.part and other.part != sheet.part:
            _deselect(package, other.part)
    tree, space = package.edit(package.workbook), f"{{{package.namespace}}}"
    views = tree.find(space + "bookViews")
    if views is None:
        views = _insert(tree, space, "bookViews")
    view = views.find(space + "workbookView")
    if view is None:
        view = etree.SubElement(views, space + "workbookView")
    view.set("activeTab", str([s.part for s in sheets].index(sheet.part)))


def define(package: Package, name: str, sheet: SheetPart, text: str, *, hidden: bool = False) -> None:
    """Define a name that belongs to one sheet, such as its print titles."""
    tree, space = package.edit(package.workbook), f"{{{package.namespace}}}"
    names = tree.find(space + "definedNames")
    if names is None:
        names = _insert(tree, space, "definedNames")
    fresh = etree.SubElement(names, space + "definedName", name=name)
    fresh.set("localSheetId", str([s.part for s in package.sheets].index(sheet.part)))
    if hidden:
        fresh.set("hidden", "1")
    fresh.text = text


def quoted_title(title: str) -> str:
    """A sheet's name as formulas and links write it."""
    return "'" + title.replace("'", "''") + "'"


def link_to(title: str, address: str) -> str:
    """The place of a cell, as the attribute of a link."""
    return attribute(f"{quoted_title(title)}!{address}")


def _deselect(package: Package, part: str) -> None:
    if package.editing(part):
        for view in package.edit(part).iterfind("{*}sheetViews/{*}sheetView"):
            view.attrib.pop("tabSelected", "")
        return
    content = package.read(part)
    if b"tabSelected" in content:
        changed = _SELECTED.sub(rb"\1", content)
        if changed != content:
            package.replace(part, changed)


def _insert(tree: Element, space: str, name: str) -> Element:
    fresh = etree.Element(space + name)
    for child in tree:
        if local_name(child) in _ORDER and _ORDER.index(local_name(child)) > _ORDER.index(name):
            child.addprevious(fresh)
            return fresh
    tree.append(fresh)
    return fresh
