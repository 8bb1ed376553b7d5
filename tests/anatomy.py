"""What a workbook file is made of, for tests: faults in its structure, and what marking changed."""

from __future__ import annotations

import copy
import io
import posixpath
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from lxml import etree
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from workbook_tool.excel.marks.held import TOKEN
from workbook_tool.excel.marks.notes import BEGIN
from workbook_tool.excel.ooxml.grid import Grid, address_of, position
from workbook_tool.excel.ooxml.package import parse_xml

Parts = dict[str, bytes]
Tree = etree._Element

ORDER = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
    "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells "
    "phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup "
    "headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing "
    "legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst"
).split()


def parts_of(workbook: bytes) -> Parts:
    """Every part by name; back slashes and a leading slash are no part of a name."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        members = [m for m in file.infolist() if not m.is_dir()]
        return {m.filename.replace("\\", "/").removeprefix("/"): file.read(m) for m in members}


def tree_of(content: bytes) -> Tree:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, huge_tree=True))


def name_of(element: Tree) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def column_of(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]*", reference.upper())[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number


# --- faults that Excel is strict about ---


def faults(workbook: bytes) -> Counter[str]:
    """Faults of structure by name, counted."""
    parts = parts_of(workbook)
    names = {name.casefold(): name for name in parts}
    found: Counter[str] = Counter()
    found.update(_type_faults(parts, names))
    for name, content in parts.items():
        if name.endswith(".rels"):
            found.update(_relation_faults(name, content, names))
    styles = _style_count(parts)
    for name, content in parts.items():
        if "/worksheets/" in f"/{name}" and name.endswith(".xml"):
            try:
                root = tree_of(content)
            except etree.XMLSyntaxError:
                continue
            if name_of(root) == "worksheet":
                found.update(_sheet_faults(root, styles))
                found.update(_note_faults(name, root, parts, names))
    return found


def _type_faults(parts: Parts, names: Mapping[str, str]) -> Iterable[str]:
    defaults, overrides = set(), []
    for element in tree_of(parts[names["[content_types].xml"]]):
        if name_of(element) == "Default":
            defaults.add(element.get("Extension", "").casefold())
        elif name_of(element) == "Override":
            overrides.append(element.get("PartName", "").replace("\\", "/").removeprefix("/").casefold())
    yield from ("part declared twice" for _ in range(len(overrides) - len(set(overrides))))
    yield from ("declared part missing" for part in overrides if part not in names)
    for part in names:
        if part != "[content_types].xml" and part not in overrides:
            if part.rpartition(".")[2] not in defaults:
                yield "part without content type"


def _relation_faults(name: str, content: bytes, names: Mapping[str, str]) -> Iterable[str]:
    folder = posixpath.dirname(posixpath.dirname(name))
    ids = []
    for element in tree_of(content):
        if name_of(element) != "Relationship":
            continue
        ids.append(element.get("Id"))
        target = element.get("Target", "").replace("\\", "/")
        if element.get("TargetMode") == "External" or target.startswith("#"):
            continue
        joined = target[1:] if target.startswith("/") else posixpath.join(folder, target)
        if posixpath.normpath(joined).casefold() not in names:
            yield "relationship leads nowhere"
    if len(ids) != len(set(ids)):
        yield "relationship id twice"


def _style_count(parts: Parts) -> int | None:
    styles = next((c for n, c in parts.items() if n.casefold().endswith("styles.xml")), None)
    if styles is None:
        return None
    table = tree_of(styles).find("{*}cellXfs")
    return len(table) if table is not None else 0


def _sheet_faults(root: Tree, styles: int | None) -> Iterable[str]:
    ranks = [ORDER.index(name_of(child)) for child in root if name_of(child) in ORDER]
    if ranks != sorted(ranks):
        yield "children out of order"
    row_number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r") or row_number + 1)
        if number <= row_number:
            yield "rows out of order"
        row_number, column = number, 0
        for cell in row.iterchildren("{*}c"):
            reference = cell.get("r")
            place = column_of(reference) if reference else column + 1
            if place <= column:
                yield "cells out of order"
            column = place
            if styles is not None and int(cell.get("s") or 0) >= max(styles, 1):
                yield "style out of range"
    priorities = [r.get("priority") for r in root.iterfind("{*}conditionalFormatting/{*}cfRule")]
    if len(priorities) != len(set(priorities)):
        yield "priority twice"


def _note_faults(name: str, root: Tree, parts: Parts, names: Mapping[str, str]) -> Iterable[str]:
    folder, base = posixpath.split(name)
    relations = names.get(posixpath.join(folder, "_rels", f"{base}.rels").casefold())
    if relations is None:
        return
    targets = {}
    for element in tree_of(parts[relations]).iterchildren("{*}Relationship"):
        target = element.get("Target", "").replace("\\", "/")
        joined = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        real = names.get(joined.casefold(), "")
        targets[element.get("Type", "").rpartition("/")[2]] = targets[element.get("Id", "")] = real
    if not targets.get("comments"):
        return
    places = [c.get("ref") for c in tree_of(parts[targets["comments"]]).iter("{*}comment")]
    if len(places) != len(set(places)):
        yield "two notes on a cell"
    legacy = root.find("{*}legacyDrawing")
    if legacy is None:
        if places:
            yield "notes without drawing"
        return
    drawing = parts.get(targets.get(str(legacy.values()[0]), ""), b"")
    if len(re.findall(rb'ObjectType="Note"', drawing)) != len(places):
        yield "notes and shapes differ"
    ids = re.findall(rb'<v:shape\b[^>]*?\sid="([^"]+)"', drawing)
    if len(ids) != len(set(ids)):
        yield "shape id twice"


def audited(workbook: bytes) -> Counter[str]:
    """The faults that a program of other people's finds, without where they are: a second opinion."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(workbook)
        return Counter(
            error.description.partition("'")[0] for error in OpenXmlValidator().validate(path).errors
        )


# --- what marking changed ---


def only_marked(name: str, before: bytes, after: bytes, cells: Collection[str] | None) -> bool:
    """Whether a part differs only by marks.

    Args:
        name: The part's name.
        before: Its content in the original.
        after: Its content in the copy.
        cells: The addresses marked on it where it is a worksheet.
    """
    if cells is not None:
        marked = _cells_marked(before, cells)
        drawing = re.search(rb"<(\w+:)?legacyDrawing\b", before) is not None
        kept = [sheet_essence(content, marked, drawing=drawing) for content in (before, after)]
        return kept[0] == kept[1]
    if name.casefold().endswith(".vml"):
        return after.startswith(before[: before.rfind(b"</xml>")])
    if "comments" in name.casefold():
        return notes_kept(before, after)
    return only_added(before, after)


def _cells_marked(sheet: bytes, addresses: Collection[str]) -> set[str]:
    """The marked cells: the given ones, or all of the merged areas they lie in."""
    grid = Grid(parse_xml(sheet, "sheet"), lambda number: None)
    cells = set()
    for address in addresses:
        anchor = grid.anchor(*position(address))
        cells.add(address_of(*anchor))
        cells |= {cell.get("r", "") for cell in grid.existing(grid.area(*anchor))}
    return cells


def sheet_essence(content: bytes, marked: Collection[str], *, drawing: bool = True) -> bytes:
    """A worksheet without what a mark may change: what is left must be as it was."""
    root = copy.deepcopy(tree_of(content))
    for home in root.findall("{*}conditionalFormatting"):
        if any(TOKEN in (f.text or "") for f in home.iter("{*}formula")):
            _remove(home)
    for rule in root.iter("{*}cfRule"):
        rule.attrib.pop("priority", "")
    for view in root.iter("{*}sheetView"):
        view.attrib.pop("tabSelected", "")
    for element in root.findall("{*}dimension") + ([] if drawing else root.findall("{*}legacyDrawing")):
        _remove(element)
    _forget_marks(root, marked)
    return etree.tostring(root, method="c14n")


def _forget_marks(root: Tree, marked: Collection[str]) -> None:
    """Take the style off the marked cells, and those out that hold nothing."""
    row_number = 0
    for row in root.findall("{*}sheetData/{*}row"):
        row_number, column = int(row.get("r") or row_number + 1), 0
        row.attrib.pop("spans", "")
        for cell in row.findall("{*}c"):
            column = column_of(cell.get("r") or "") or column + 1
            if (cell.get("r") or f"{_letters(column)}{row_number}") in marked:
                cell.attrib.pop("s", "")
                if not len(cell):
                    _remove(cell)
        if not len(row) and set(row.attrib) <= {"r"}:
            _remove(row)
    data = root.find("{*}sheetData")
    if data is not None and not len(data):
        data.text = None


def _letters(column: int) -> str:
    return "" if not column else _letters((column - 1) // 26) + chr(65 + (column - 1) % 26)


def _remove(element: Tree) -> None:
    """Take an element out and keep the white space after it."""
    parent = element.getparent()
    assert parent is not None
    before = element.getprevious()
    if before is not None:
        before.tail = ((before.tail or "") + (element.tail or "")) or None
    else:
        parent.text = ((parent.text or "") + (element.tail or "")) or None
    parent.remove(element)


def only_added(before: bytes, after: bytes) -> bool:
    """Whether every entry of every table (styles, relationships, types, names) is still there in order."""
    old, new = tree_of(before), tree_of(after)
    if name_of(old) in ("Relationships", "Types"):
        return not Counter(_entries(old)) - Counter(_entries(new))
    for table in old.iterchildren("{*}*"):
        match = new.find(str(table.tag))
        if match is None:
            return False
        if name_of(table) not in ("bookViews",) and _entries(match)[: len(table)] != _entries(table):
            return False
    return True


def _entries(table: Tree) -> list[bytes]:
    return [etree.tostring(e, method="c14n", with_tail=False) for e in table.iterchildren("{*}*")]


def notes_kept(before: bytes, after: bytes) -> bool:
    """Whether every note says what it said, with ours at most behind it."""
    texts = {c.get("ref"): _words(c) for c in tree_of(after).iter("{*}comment")}
    return all(
        texts.get(c.get("ref"), "").partition(BEGIN)[0].rstrip("\n") == _words(c).rstrip("\n")
        for c in tree_of(before).iter("{*}comment")
    )


def _words(comment: Tree) -> str:
    return "".join(t.text or "" for t in comment.iter("{*}t"))
