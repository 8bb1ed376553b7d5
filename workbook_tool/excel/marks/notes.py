"""Notes on cells: the comments part and the VML drawing that shows them.

What is there stays: a note of the clerk's gets ours appended, a thread of comments is left alone.
VML is often not well-formed XML, so it is spliced as bytes and never parsed.
"""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Mapping
from functools import cache

from lxml import etree

from workbook_tool.excel.ooxml.archive import REPAIR
from workbook_tool.excel.ooxml.grid import Grid, Position, address_of
from workbook_tool.excel.ooxml.markup import clean
from workbook_tool.excel.ooxml.package import Element, Package, Refused, local_name
from workbook_tool.excel.ooxml.vml import Box, ShapeIds, note_shapes, spliced, without_notes
from workbook_tool.excel.template.measure import lines_of

AUTHOR = "审核意见（workbook-tool）"
"""The author of our notes."""

BEGIN, END = "【审核意见】", "【以上为审核意见】"
"""Stand around our words in a note, so that they are found again beside the clerk's."""

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OURS = re.compile(f"\n?{BEGIN}.*?(?:{END}|\\Z)", re.DOTALL)
_WIDTH, _LINE, _CHARACTERS, _TALLEST = 290, 16, 44, 420


def add_notes(package: Package, part: str, grid: Grid, texts: Mapping[Position, str], ids: ShapeIds) -> None:
    """Put our notes on cells of a sheet.

    Args:
        package: The workbook.
        part: The sheet's part, which is being edited.
        grid: Its cells.
        texts: What to say on which cell.
        ids: Hands out shape ids.
    """
    drawing = _drawing(package, part, grid)
    if drawing is not None and not spliced(package.read(drawing), ""):
        return  # notes cannot be shown on this sheet without breaking its drawing
    threads = _threads(package, part)
    said = {p: f"{BEGIN}\n{clean(t)}\n{END}" for p, t in texts.items() if address_of(*p) not in threads}
    fresh = _write_comments(package, part, grid, said)
    if not fresh:
        return
    boxes = [_box(grid, place, said[place]) for place in fresh]
    if drawing is None:
        folder = posixpath.join(posixpath.dirname(package.workbook), "drawings")
        drawing = package.free_name(posixpath.join(folder, "vmlDrawing{}.vml"))
        package.add(drawing, note_shapes(boxes, ids).encode(), _VML_TYPE)
        legacy = grid.root.find(grid.q("legacyDrawing"))
        legacy = legacy if legacy is not None else grid.insert("legacyDrawing")
        legacy.set(f"{{{package.relation_namespace}}}id", package.relate(part, "vmlDrawing", drawing))
    else:
        content = package.read(drawing)
        package.replace(drawing, spliced(content, note_shapes(boxes, ids, into=content)))


def refuse_broken_notes(package: Package) -> None:
    """Refuse a workbook with notes that cannot be read: marking would find out when all is checked.

    Raises:
        Refused: The notes of a sheet are damaged.
    """
    for sheet in package.sheets:
        for kind, root in _ROOTS.items() if sheet.kind == "worksheet" else ():
            for part in package.related(sheet.part, kind):
                tree = package.parse(part)
                if local_name(tree) != root or not tree.tag.startswith("{"):
                    raise Refused("damaged", f"工作表“{sheet.name}”的批注已损坏，无法读取。{REPAIR}")


_ROOTS = {"comments": "comments", "threadedComment": "ThreadedComments"}
"""What relates to notes -> the element their part begins with."""


def remove_notes(package: Package, part: str, grid: Grid) -> None:
    """Take our words out of a sheet's notes; a note, a drawing, a part left empty goes with them."""
    comments = package.related(part, "comments")
    if not comments:
        return
    tree = package.edit(comments[0])
    emptied: set[str] = set()
    for comment in list(tree.iter("{*}comment")):
        if _cut(comment):
            emptied.add(comment.get("ref", ""))
            comment.getparent().remove(comment)  # type: ignore[union-attr]
    drawing = _drawing(package, part, grid)
    if drawing is not None:
        package.replace(drawing, without_notes(package.read(drawing), emptied))
    if next(tree.iter("{*}comment"), None) is None:
        _drop(package, part, comments[0])
        if drawing is not None and b"ClientData" not in package.read(drawing):
            _drop(package, part, drawing)
            grid.root.remove(grid.root.find(grid.q("legacyDrawing")))  # type: ignore[arg-type]


def _drop(package: Package, part: str, target: str) -> None:
    for relation in list(package.relations(part).values()):
        if relation.target.casefold() == target.casefold():
            package.unrelate(part, relation.id)
    package.remove(target)


def _drawing(package: Package, part: str, grid: Grid) -> str | None:
    """The VML part that shows the sheet's notes, where it has one."""
    legacy = grid.root.find(grid.q("legacyDrawing"))
    if legacy is None:
        return None
    relation = package.relations(part).get(legacy.get(f"{{{package.relation_namespace}}}id") or "")
    return relation.target if relation is not None and package.has(relation.target) else None


def _threads(package: Package, part: str) -> set[str]:
    """The cells with a thread of comments, whose note is only a shadow of it."""
    found: set[str] = set()
    for name in package.related(part, "threadedComment"):
        found |= {e.get("ref", "") for e in package.parse(name).iter("{*}threadedComment")}
    return found


def _write_comments(package: Package, part: str, grid: Grid, said: Mapping[Position, str]) -> list[Position]:
    """Write the texts, and return the cells that had no note before."""
    related = package.related(part, "comments")
    if related:
        tree = package.edit(related[0])
    elif said:
        name = package.free_name(posixpath.join(posixpath.dirname(package.workbook), "comments{}.xml"))
        empty = f'<comments xmlns="{package.namespace}"><authors/><commentList/></comments>'
        package.add(name, empty.encode(), _COMMENTS_TYPE)
        package.relate(part, "comments", name)
        tree = package.edit(name)
    else:
        return []
    space = tree.tag.rpartition("}")[0] + "}"
    comments = tree.find(space + "commentList")
    if comments is None:
        comments = etree.SubElement(tree, space + "commentList")
    existing = {c.get("ref", "").replace("$", ""): c for c in comments.iterchildren(space + "comment")}
    author = str(_author(tree, space)) if any(address_of(*p) not in existing for p in said) else ""
    fresh = []
    for place, text in sorted(said.items()):
        comment = existing.get(address_of(*place))
        if comment is not None:
            _append(comment, space, "\n" + text)
            continue
        comment = etree.SubElement(comments, space + "comment", ref=address_of(*place), authorId=author)
        etree.SubElement(comment, space + "text").append(_run(space, text))
        fresh.append(place)
    return fresh


def _author(tree: Element, space: str) -> int:
    authors = tree.find(space + "authors")
    if authors is None:
        authors = etree.Element(space + "authors")
        tree.insert(0, authors)
    names = [a.text for a in authors.iterchildren("{*}*")]
    if AUTHOR not in names:
        etree.SubElement(authors, space + "author").text = AUTHOR
        names.append(AUTHOR)
    return names.index(AUTHOR)


def _run(space: str, text: str) -> Element:
    run = copy.deepcopy(_empty_run(space))
    run[-1].text = text
    return run


@cache
def _empty_run(space: str) -> Element:
    run = etree.Element(space + "r")
    look = etree.SubElement(run, space + "rPr")
    for tag, value in (("sz", "9"), ("color", None), ("rFont", "宋体"), ("charset", "134")):
        child = etree.SubElement(look, space + tag)
        child.set("indexed" if value is None else "val", value or "81")
    etree.SubElement(run, space + "t").set(_SPACE, "preserve")
    return run


def _append(comment: Element, space: str, text: str) -> None:
    home = comment.find(space + "text")
    if home is None:
        home = etree.SubElement(comment, space + "text")
    for plain in list(home.iterchildren(space + "t")):  # a plain text cannot stand beside runs
        run = etree.Element(space + "r")
        plain.addprevious(run)
        run.append(plain)
    runs = list(home.iterchildren(space + "r"))
    if runs:
        runs[-1].addnext(_run(space, text))
    else:
        home.insert(0, _run(space, text.lstrip("\n")))


def _cut(comment: Element) -> bool:
    """Take our words out of a note; true where nothing is left of it."""
    words = list(comment.iter("{*}t"))
    whole = "".join(t.text or "" for t in words)
    spans = [m.span() for m in _OURS.finditer(whole)]
    place = 0
    for word in words:
        text = word.text or ""
        word.text = "".join(
            c for i, c in enumerate(text, place) if not any(start <= i < end for start, end in spans)
        )
        place += len(text)
        run = word.getparent()
        if not word.text and run is not None and run.tag.endswith("}r") and run.getparent() is not None:
            run.getparent().remove(run)  # type: ignore[union-attr]
    return bool(spans) and not _OURS.sub("", whole).strip()


def _box(grid: Grid, place: Position, text: str) -> Box:
    """Where the note opens: right of its cell, large enough for its text."""
    top, _, _, right = grid.area(*place)
    height = min(lines_of(text, _CHARACTERS) * _LINE + 14, _TALLEST)
    left_column = min(right, 16_380)
    end_column, end_x = grid.across(left_column + 1, _WIDTH + 15)
    start_row = max(top - 2, 0)
    end_row, end_y = grid.down(start_row + 1, height + 4)
    return Box(place, (left_column, 15, start_row, 4, end_column - 1, end_x, end_row - 1, end_y))
