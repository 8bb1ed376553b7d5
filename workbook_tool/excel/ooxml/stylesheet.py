"""The workbook's styles part: looks added for marks, each remembering the look it covers.

A marked cell gets a clone of its own style with another fill and border. Its parent becomes a
named style of ours that holds the look from before and names the parent from before, so that the
mark can be taken out again after Excel, WPS or LibreOffice has renumbered everything.
"""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Collection
from typing import NamedTuple

from lxml import etree

from workbook_tool.excel.ooxml.package import Element, Package, local_name
from workbook_tool.excel.ooxml.parts import whole_number

NAMED = "workbook-tool "
"""Begins the names of the cell styles that remember a look."""

_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_ORDER = "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst".split()
_SIDES = ("left", "right", "top", "bottom")
_EMPTY = (
    '<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Look(NamedTuple):
    """How a mark looks: the fill, and the colour of a heavy border; None leaves the border."""

    fill: str
    border: str | None


class StyleSheet:
    """The styles of one workbook; those it has not are made when they are first needed."""

    def __init__(self, package: Package):
        related = package.related(package.workbook, "styles")
        part = related[0] if related else _new_part(package)
        self._root = package.edit(part)
        self._q = f"{{{package.namespace}}}"
        self._marked: dict[tuple[int, Look], int] = {}
        self._named: dict[int, int] = {}
        self._restored: dict[int, int] = {}
        self._parts: dict[tuple[str, object], int] = {}
        self._tables: dict[str, list[Element]] = {}

    # --- tables of the part ---

    def items(self, table: str) -> list[Element]:
        """The entries of a table such as cellXfs."""
        if table not in self._tables:
            found = self._root.find(self._q + table)
            self._tables[table] = list(found.iterchildren("{*}*")) if found is not None else []
        return self._tables[table]

    def append(self, table: str, entry: Element) -> int:
        """Add an entry to a table and return its number."""
        entries = self.items(table)
        home = self._root.find(self._q + table)
        if home is None:
            home = self._table(table)
        home.append(entry)
        entries.append(entry)
        home.set("count", str(len(entries)))
        return len(entries) - 1

    def append_xml(self, table: str, xml: str) -> int:
        """Add an entry written as XML without a namespace, once however often it is asked for."""
        key = (table, xml)
        if key not in self._parts:
            wrapped = f'<x xmlns="{self._q[1:-1]}">{xml}</x>'
            self._parts[key] = self.append(table, etree.fromstring(wrapped)[0])
        return self._parts[key]

    def _table(self, table: str) -> Element:
        home = etree.Element(self._q + table)
        rank = _ORDER.index(table)
        for child in self._root:
            name = local_name(child)
            if name in _ORDER and _ORDER.index(name) > rank:
                child.addprevious(home)
                break
        else:
            self._root.append(home)
        return home

    # --- marks ---

    def mark(self, style: int, look: Look) -> int:
        """The number of the style that is `style` under a mark."""
        key = (style, look)
        if key not in self._marked:
            base = self._base(style)
            marked = copy.deepcopy(base)
            marked.tail = None
            marked.set("xfId", str(self._remember(style)))
            marked.set("fillId", str(self.solid(look.fill)))
            marked.set("applyFill", "1")
            if look.border:
                marked.set("borderId", str(self._framed(base, look.border)))
                marked.set("applyBorder", "1")
            self._marked[key] = self.append("cellXfs", marked)
        return self._marked[key]

    def solid(self, colour: str) -> int:
        """The number of a plain fill."""
        return self.append_xml(
            "fills",
            f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor indexed="64"/>'
            "</patternFill></fill>",
        )

    def _base(self, style: int) -> Element:
        styles = self.items("cellXfs")
        if not styles:
            return self._plain()
        return styles[style] if style < len(styles) else styles[0]

    def _plain(self) -> Element:
        return etree.Element(self._q + "xf", numFmtId="0", fontId="0", fillId="0", borderId="0")

    def _framed(self, base: Element, colour: str) -> int:
        borders = self.items("borders")
        number = whole_number(base.get("borderId"))
        key = ("framed", (number, colour))
        if key not in self._parts:
            border = (
                copy.deepcopy(borders[number]) if number < len(borders) else etree.Element(self._q + "border")
            )
            border.tail = None
            for side in (*_SIDES, "start", "end"):  # the last two: sheets written from right to left
                for old in list(border.iterchildren(self._q + side)):
                    border.remove(old)
            for place, side in enumerate(_SIDES):
                fresh = etree.Element(self._q + side, style="medium")
                etree.SubElement(fresh, self._q + "color", rgb=colour)
                border.insert(place, fresh)
            self._parts[key] = self.append("borders", border)
        return self._parts[key]

    def _remember(self, style: int) -> int:
        """The number of a named style that looks as `style` does."""
        if style not in self._named:
            base = self._base(style)
            if not self.items("cellStyleXfs"):
                self.append("cellStyleXfs", self._plain())
            if not self.items("cellStyles"):
                normal = etree.Element(self._q + "cellStyle", name="Normal", xfId="0", builtinId="0")
                self.append("cellStyles", normal)
            parents = {s.get("xfId"): s.get("name") for s in self.items("cellStyles")}
            taken = {s.get("name") for s in self.items("cellStyles")}
            number = len(taken)
            parent = parents.get(base.get("xfId") or "0") or ""
            while any(name and name.startswith(f"{NAMED}{number} ") for name in taken):
                number += 1
            remembered = copy.deepcopy(base)
            remembered.tail = None
            for attribute in ("xfId", "quotePrefix", "pivotButton"):
                remembered.attrib.pop(attribute, "")
            for extension in list(remembered.iterchildren(self._q + "extLst")):
                remembered.remove(extension)
            self._named[style] = self.append("cellStyleXfs", remembered)
            named = etree.Element(self._q + "cellStyle", name=f"{NAMED}{number} {parent}"[:250])
            named.set("xfId", str(self._named[style]))
            named.set("hidden", "1")
            self.append("cellStyles", named)
        return self._named[style]

    # --- marks out again ---

    def restored(self, style: int, looks: Collection[Look]) -> int:
        """The number of the style that a marked style had before; `style` where it is not ours.

        A fill or a border that somebody has put over ours since is kept.
        """
        if style not in self._restored:
            self._restored[style] = self._restore(style, looks)
        return self._restored[style]

    def forget(self) -> None:
        """Take out the named styles of ours, with the looks they remember."""
        ours = self._named_of_ours()
        looks = self.items("cellStyleXfs")
        kept = [number for number in range(len(looks)) if str(number) not in ours]
        now = {str(old): str(new) for new, old in enumerate(kept)}
        for named in [
            *ours.values(),
            *(looks[at] for at in (whole_number(n, len(looks)) for n in ours) if at < len(looks)),
        ]:
            home = named.getparent()
            if home is not None:
                home.remove(named)
                home.set("count", str(sum(1 for _ in home.iterchildren("{*}*"))))
        for table in ("cellStyles", "cellStyleXfs"):
            self._tables.pop(table, None)
        for entry in (*self.items("cellStyles"), *self.items("cellXfs")):
            given = entry.get("xfId")
            if given is not None:  # what pointed at one of ours is used by no cell any more
                entry.set("xfId", now.get(given, "0"))

    def _restore(self, style: int, looks: Collection[Look]) -> int:
        current = self._base(style)
        named = self._named_of_ours().get(current.get("xfId") or "")
        remembered = self.items("cellStyleXfs")
        at = whole_number(named.get("xfId")) if named is not None else len(remembered)
        if named is None or style >= len(self.items("cellXfs")) or at >= len(remembered):
            return style
        before = remembered[at]
        clone = copy.deepcopy(current)
        clone.tail = None
        if self._colour("fills", current.get("fillId")) in {look.fill for look in looks}:
            _take(clone, before, "fillId", "applyFill")
        if self._colour("borders", current.get("borderId")) in {look.border for look in looks}:
            _take(clone, before, "borderId", "applyBorder")
        parent = (named.get("name") or "")[len(NAMED) :].partition(" ")[2]
        parents = {s.get("name"): s.get("xfId") or "0" for s in self.items("cellStyles")}
        clone.set("xfId", parents.get(parent, "0"))
        return self.append("cellXfs", clone)

    def _named_of_ours(self) -> dict[str, Element]:
        ours = [s for s in self.items("cellStyles") if (s.get("name") or "").startswith(NAMED)]
        return {s.get("xfId") or "": s for s in ours}

    def _colour(self, table: str, number: str | None) -> str | None:
        """The first colour of a fill or a border."""
        entries = self.items(table)
        index = whole_number(number)
        if index >= len(entries):
            return None
        found = next(entries[index].iter(self._q + "fgColor", self._q + "color"), None)
        return found.get("rgb") if found is not None else None


def _new_part(package: Package) -> str:
    """Give a workbook that has none a styles part.

    A relationship that leads to none stays only where it names the part that is made; any other
    goes, wherever it points: a part may only be made where we say.
    """
    part = posixpath.join(posixpath.dirname(package.workbook), "styles.xml")  # openpyxl knows no other name
    if package.has(part):
        part = package.free_name(part.replace(".xml", "{}.xml"))
    lost = [r for r in package.relations(package.workbook).values() if r.kind == "styles"]
    for relation in lost:
        if relation.target != part:
            package.unrelate(package.workbook, relation.id)
    package.add(part, _EMPTY.format(package.namespace).encode(), _CONTENT_TYPE)
    if all(relation.target != part for relation in lost):
        package.relate(package.workbook, "styles", part)
    return part


def _take(target: Element, source: Element, *attributes: str) -> None:
    for attribute in attributes:
        value = source.get(attribute)
        if value is None:
            target.attrib.pop(attribute, "")
        else:
            target.set(attribute, value)
