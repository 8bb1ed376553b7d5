"""How a workbook is changed in place: cells, rows, the stretch of a table moved up or down."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Literal

from file_plants import Workbook
from lxml import etree

from mutation.ground import CELL, Place, column_number
from tampering import sheet, tampered
from workbook_tool.excel.ooxml.grid import Grid, position
from workbook_tool.excel.ooxml.package import Element, Package
from workbook_tool.findings import column_letters

Change = Callable[[bytes], bytes]
Kind = Literal["n", "str", "inlineStr", "b", "e"]


def by_hand(*changes: Callable[[Package], None]) -> Change:
    """A manipulation of the package as a change of the file."""

    def change(workbook: bytes) -> bytes:
        for one in changes:
            workbook = tampered(workbook, one)
        return workbook

    return change


def planted(edit: Callable[[Workbook, str, str], None], tab: str, cell: str) -> Change:
    """A mistake of the made-up county as a change of the file."""

    def change(workbook: bytes) -> bytes:
        book = Workbook(workbook)
        edit(book, tab, cell)
        return book.save()

    return change


def write(
    place: Place, value: str | float | None, kind: Kind | None = None, formula: str | None = None
) -> Change:
    """Another content for a cell: a blank, a text, a number; with a kind what it says literally."""

    def change(package: Package) -> None:
        tree = sheet(package, place.tab)
        cell = Grid(tree, lambda number: None).cell(*position(place.address))
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        if value is not None or formula is not None:
            _fill(cell, value, kind or ("inlineStr" if isinstance(value, str) else "n"), formula)

    return by_hand(change)


def _fill(cell: Element, value: str | float | None, kind: Kind, formula: str | None) -> None:
    if kind != "n":
        cell.set("t", kind)
    if formula is not None:
        etree.SubElement(cell, f"{CELL}f").text = formula
    if kind == "inlineStr":
        text = etree.SubElement(etree.SubElement(cell, f"{CELL}is"), f"{CELL}t")
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        text.text = str(value)
    elif value is not None:
        etree.SubElement(cell, f"{CELL}v").text = str(value)


def exchange(pairs: list[tuple[Place, Place]]) -> Change:
    """The contents of cells change places, two and two; of formulas the results alone."""

    def change(package: Package) -> None:
        for one, other in pairs:
            cells = [_existing(sheet(package, p.tab), p.address) for p in (one, other)]
            if one.formula is None and other.formula is None:
                _swap(*cells)
            elif one.formula and other.formula:
                values = [cell.find(f"{CELL}v") for cell in cells]
                if values[0] is not None and values[1] is not None:
                    values[0].text, values[1].text = values[1].text, values[0].text

    return by_hand(change)


def _existing(tree: Element, address: str) -> Element:
    return next(c for c in tree.iter(f"{CELL}c") if c.get("r") == address)


def _swap(one: Element, other: Element) -> None:
    contents = [(list(cell), cell.attrib.pop("t", "")) for cell in (one, other)]
    for cell, (children, kind) in zip((one, other), reversed(contents), strict=True):
        cell.extend(children)
        if kind:
            cell.set("t", str(kind))


# --- rows put in and taken out, as an office program does it ---

_REFERENCE = re.compile(
    r"(?<![\w.])((?:'[^']+'|[\w.]+)!)?(\$?[A-Z]{1,3}\$?)(\d+)(:\$?[A-Z]{1,3}\$?)?(\d+)?(?![\w(])"
)
_ROWS = ("mergeCell", "dataValidation", "conditionalFormatting", "selection", "hyperlink", "protectedRange")


def insert_row(tab: str, row: int) -> Change:
    """A blank row above a row; what stands below moves down, and formulas go on meaning the same."""
    return by_hand(lambda package: _move(package, tab, row, 1))


def delete_row(tab: str, row: int) -> Change:
    """A row taken out; what stands below moves up."""
    return by_hand(lambda package: _move(package, tab, row, -1))


def _move(package: Package, tab: str, row: int, by: int) -> None:
    tree = sheet(package, tab)
    for line in list(tree.iter(f"{CELL}row")):
        number = int(line.get("r", "0"))
        if by < 0 and number == row:
            _parent(line).remove(line)
        elif number >= row:
            line.set("r", str(number + by))
            for cell in line:
                cell.set("r", re.sub(r"\d+", str(number + by), cell.get("r", "")))
    for element in tree.iter(*(f"{CELL}{name}" for name in _ROWS)):
        for name in ("ref", "sqref", "activeCell"):
            if element.get(name):
                moved = [_moved(ref, "", "", row, by) for ref in element.get(name, "").split()]
                element.set(name, " ".join(ref for ref in moved if "#REF!" not in ref))
    for one in package.sheets:
        for formula in package.edit(one.part).iter(f"{CELL}f", f"{CELL}formula1", f"{CELL}formula"):
            formula.text = _moved(formula.text or "", one.name, tab, row, by)


def _moved(text: str, here: str, tab: str, row: int, by: int) -> str:
    """A formula after rows of a sheet were moved."""

    def after(found: re.Match[str]) -> str:
        name, left, top, right, bottom = found.groups()
        if ((name or "").rstrip("!").strip("'") or here) != tab:
            return found[0]
        first, last = int(top), int(bottom or top)
        if by < 0 and first == last == row:
            return "#REF!"
        first += by if first >= row + (by < 0) else 0
        last += by if last >= row else 0
        return f"{name or ''}{left}{first}" + (f"{right}{last}" if right else "")

    return _REFERENCE.sub(after, text)


_CELLS = re.compile(
    r"(?<![\w.])((?:'[^']+'|[\w.]+)!)?(\$?)([A-Z]{1,3})(\$?\d+)(?::(\$?)([A-Z]{1,3})(\$?\d+))?(?![\w(])"
)


def insert_column(tab: str, column: int) -> Change:
    """A blank column before a column; what stands to the right moves, and formulas go on meaning the same."""
    return by_hand(lambda package: _widen(package, tab, column))


def _widen(package: Package, tab: str, column: int) -> None:
    tree = sheet(package, tab)
    for cell in tree.iter(f"{CELL}c"):
        cell.set("r", _widened(cell.get("r", ""), tab, tab, column))
    for settings in tree.iter(f"{CELL}col"):
        for end in ("min", "max"):
            number = int(settings.get(end, "0"))
            settings.set(end, str(number + (number >= column)))
    for element in tree.iter(*(f"{CELL}{name}" for name in (*_ROWS, "f"))):
        for name in ("ref", "sqref", "activeCell"):
            if element.get(name):
                element.set(name, _widened(element.get(name, ""), tab, tab, column))
    for one in package.sheets:
        for formula in package.edit(one.part).iter(f"{CELL}f", f"{CELL}formula1", f"{CELL}formula"):
            formula.text = _widened(formula.text or "", one.name, tab, column)


def _widened(text: str, here: str, tab: str, column: int) -> str:
    """A formula, or some areas, after a column was put into a sheet."""

    def letters(name: str) -> str:
        number = column_number(name)
        return column_letters(number + (number >= column))

    def after(found: re.Match[str]) -> str:
        name, fixed, left, top, fixed_too, right, bottom = found.groups()
        if ((name or "").rstrip("!").strip("'") or here) != tab:
            return found[0]
        last = f":{fixed_too}{letters(right)}{bottom}" if right else ""
        return f"{name or ''}{fixed}{letters(left)}{top}{last}"

    return _CELLS.sub(after, text)


def _parent(element: Element) -> Element:
    found = element.getparent()
    assert found is not None
    return found


def own_column(tab: str, number: int) -> Callable[[Package], None]:
    """A column that shares its settings with its neighbours gets them for itself."""

    def change(package: Package) -> None:
        for column in list(sheet(package, tab).iter(f"{CELL}col")):
            first, last = int(column.get("min", "0")), int(column.get("max", "0"))
            if first <= number <= last and first != last:
                for one in reversed(range(first, last + 1)):
                    own = deepcopy(column)
                    own.set("min", str(one))
                    own.set("max", str(one))
                    column.addnext(own)
                _parent(column).remove(column)

    return change
