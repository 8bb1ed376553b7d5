"""Mistakes that are made in the written workbook: a sheet deleted, a formula not calculated, a printed figure changed.

Each function changes a `Workbook` at a tab and cell; it stands for what a clerk or a program does.
"""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_BOOK, _RELATIONS, _TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class Workbook:
    """The parts of a workbook, to be changed and saved.

    Args:
        content: The file.
    """

    def __init__(self, content: bytes):
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            self.parts = {name: file.read(name) for name in file.namelist()}
        self._trees: dict[str, etree._Element] = {}

    def tree(self, part: str) -> etree._Element:
        """A part as a tree; what is changed in it is saved."""
        if part not in self._trees:
            self._trees[part] = etree.fromstring(self.parts[part])
        return self._trees[part]

    def sheet(self, tab: str) -> etree._Element:
        """The part of a tab."""
        return self.tree(self.part_of(tab))

    def part_of(self, tab: str) -> str:
        """The name of a tab's part."""
        entry = self._entry(tab)
        relation = entry.get(f"{REL}id")
        found = next(r for r in self.tree(_RELATIONS) if r.get("Id") == relation)
        return f"xl/{found.get('Target')}"

    def _entry(self, tab: str) -> etree._Element:
        return next(s for s in self.tree(_BOOK).iter(f"{MAIN}sheet") if s.get("name") == tab)

    def cell(self, tab: str, address: str) -> etree._Element:
        """A cell that the sheet has, emptied but for its style."""
        found = next(c for c in self.sheet(tab).iter(f"{MAIN}c") if c.get("r") == address)
        for child in list(found):
            found.remove(child)
        found.attrib.pop("t", "")
        return found

    def remove(self, tab: str) -> None:
        """Delete a tab."""
        entry = self._entry(tab)
        part = self.part_of(tab)
        for relation in list(self.tree(_RELATIONS)):
            if relation.get("Id") == entry.get(f"{REL}id"):
                self.tree(_RELATIONS).remove(relation)
        for override in list(self.tree(_TYPES)):
            if override.get("PartName") == f"/{part}":
                self.tree(_TYPES).remove(override)
        _parent(entry).remove(entry)
        for names in list(self.tree(_BOOK).iter(f"{MAIN}definedNames")):
            _parent(names).remove(names)
        del self.parts[part]
        self._trees.pop(part, None)

    def add(self, name: str, sheet: bytes) -> None:
        """Put a tab behind the others."""
        entries = list(self.tree(_BOOK).iter(f"{MAIN}sheet"))
        number = len(entries) + 100
        part = f"worksheets/sheet{number}.xml"
        self.parts[f"xl/{part}"] = sheet
        kind = next(r.get("Type") for r in self.tree(_RELATIONS) if "worksheets/" in str(r.get("Target")))
        _child(self.tree(_RELATIONS), "Relationship", Id=f"rId{number}", Type=str(kind), Target=part)
        content = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
        _child(self.tree(_TYPES), "Override", PartName=f"/xl/{part}", ContentType=content)
        entry = etree.SubElement(_parent(entries[0]), f"{MAIN}sheet", name=name, sheetId=str(number))
        entry.set(f"{REL}id", f"rId{number}")

    def save(self) -> bytes:
        """The file; the same parts give the same bytes."""
        for part, tree in self._trees.items():
            self.parts[part] = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
        return zipped(self.parts)


def zipped(parts: dict[str, bytes], level: int = 6) -> bytes:
    """A workbook of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    return out.getvalue()


def _parent(element: etree._Element) -> etree._Element:
    found = element.getparent()
    assert found is not None
    return found


def _child(root: etree._Element, name: str, **attributes: str) -> None:
    space = etree.QName(root).namespace
    etree.SubElement(root, f"{{{space}}}{name}", attributes)


def _content(cell: etree._Element, **children: str) -> None:
    for name, text in children.items():
        etree.SubElement(cell, f"{MAIN}{name}").text = text


def _text(cell: etree._Element, text: str) -> None:
    cell.set("t", "str")
    _content(cell, v=text)


def error_value(book: Workbook, tab: str, address: str) -> None:
    """The formula refers to what is gone."""
    cell = book.cell(tab, address)
    cell.set("t", "e")
    _content(cell, f="#REF!+1", v="#REF!")


def uncalculated(book: Workbook, tab: str, address: str) -> None:
    """A program wrote the formula and did not calculate it."""
    _content(book.cell(tab, address), f="10+2")


def stale(book: Workbook, tab: str, address: str) -> None:
    """The formula was changed while calculation was off."""
    _content(book.cell(tab, address), f="10+2.5", v="11")


def printed_figure(book: Workbook, tab: str, address: str) -> None:
    """A printed figure is changed."""
    _content(book.cell(tab, address), v="9")


def printed_words(book: Workbook, tab: str, address: str) -> None:
    """A printed text is changed."""
    _text(book.cell(tab, address), "按实际情况酌情计分。")


def without_sheet(book: Workbook, tab: str, address: str) -> None:
    """The sheet is deleted."""
    book.remove(tab)


def without_map(book: Workbook, tab: str, address: str) -> None:
    """The sheet was pasted as values into a sheet of the clerk's own: the hidden map is not there."""
    for row in list(book.sheet(tab).iter(f"{MAIN}row")):
        for cell in list(row):
            if row.get("r") == "1" or re.match(r"A\d", str(cell.get("r"))):
                row.remove(cell)


def second_sheet(book: Workbook, tab: str, address: str) -> None:
    """The tab is copied within the workbook."""
    copy = etree.fromstring(etree.tostring(book.sheet(tab)))
    for name in ("legacyDrawing", "drawing", "tableParts"):
        for element in list(copy.iter(f"{MAIN}{name}")):
            _parent(element).remove(element)
    book.add(f"{tab} (2)", etree.tostring(copy))


def without_column(book: Workbook, tab: str, address: str) -> None:
    """The column of a cell is deleted, here with nothing moved up: its heads, values and map are gone."""
    letters = address.rstrip("0123456789")
    for cell in list(book.sheet(tab).iter(f"{MAIN}c")):
        if str(cell.get("r")).rstrip("0123456789") == letters:
            _parent(cell).remove(cell)


def without_row(book: Workbook, tab: str, address: str) -> None:
    """The row of a cell is deleted, here with nothing moved up."""
    number = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for row in list(book.sheet(tab).iter(f"{MAIN}row")):
        if row.get("r") == number:
            _parent(row).remove(row)


def second_row(book: Workbook, tab: str, address: str) -> None:
    """The row of a cell is copied over the blank one below the table's last line, its mark included."""
    rows = {str(row.get("r")): row for row in book.sheet(tab).iter(f"{MAIN}row")}
    number = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    last = max(int(n) for n, row in rows.items() if len(row) and row[0].get("r") == f"A{n}") - 1
    for old in list(rows[str(last)]):
        rows[str(last)].remove(old)
    for cell in rows[number]:
        copy = etree.fromstring(etree.tostring(cell))
        copy.set("r", re.sub(r"\d+", str(last), str(cell.get("r"))))
        rows[str(last)].append(copy)


def with_macros(book: Workbook, tab: str, address: str) -> None:
    """The workbook carries a macro."""
    book.parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0macro"
    content = "application/vnd.ms-office.vbaProject"
    _child(book.tree(_TYPES), "Override", PartName="/xl/vbaProject.bin", ContentType=content)
    kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    _child(book.tree(_RELATIONS), "Relationship", Id="rIdMacro", Type=kind, Target="vbaProject.bin")


def other_edition(book: Workbook, old: str, new: str) -> None:
    """Every stamp names another edition of the form."""
    part = "xl/sharedStrings.xml"
    book.parts[part] = book.parts[part].replace(f"|{old}|".encode(), f"|{new}|".encode())
