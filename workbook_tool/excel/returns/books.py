"""A workbook's tabs with their cells, and which of them is which sheet of a pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from workbook_tool.excel.locate import Gap, Stamp, find_stamp, map_edge
from workbook_tool.excel.marks.notes import refuse_broken_notes
from workbook_tool.excel.marks.tabs import is_ours
from workbook_tool.excel.ooxml.package import Package, Refused, parse_xml
from workbook_tool.excel.ooxml.parts import is_large
from workbook_tool.excel.ooxml.styles import Styles, read_styles
from workbook_tool.excel.ooxml.texts import read_strings
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.excel.returns.conditional import Disguise, read_disguises
from workbook_tool.excel.returns.headers import is_named
from workbook_tool.excel.returns.looks import Look, read_looks
from workbook_tool.excel.returns.outside import Outside, outside
from workbook_tool.excel.returns.sheet_reader import read_sheet
from workbook_tool.model import Pack, Sheet


@dataclass(frozen=True)
class Tab:
    """One tab of a workbook.

    Attributes:
        state: visible, hidden or veryHidden.
        stamp: What it says of itself; None for a sheet that is not of a template.
        large: Whether it is too large to be marked.
    """

    name: str
    state: str
    cells: SheetCells
    stamp: Stamp | None
    large: bool = False


@dataclass(frozen=True)
class Book:
    """A workbook as it was read.

    Attributes:
        tabs: Its worksheets in order, without those that `annotate` added.
        since_1904: Whether its days are counted from 1904.
        saved: When an office program last saved it, as it says itself: UTC, ISO.
        looks: The cell styles that may hide something or are unlocked, by their number as the cells write it.
        outside: What it is linked with.
        others: Name and state of the tabs that are no worksheets: charts, macro sheets.
    """

    tabs: tuple[Tab, ...]
    since_1904: bool
    saved: str | None = None
    looks: Mapping[str, Look] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)
    others: tuple[tuple[str, str], ...] = ()


def read_book(package: Package) -> Book:
    """All cells of a workbook.

    Raises:
        Refused: A part is damaged or too large.
    """
    limits = package.limits
    strings: list[str | None] = []
    for part in package.related(package.workbook, "sharedStrings")[:1]:  # the others are for no cell
        strings += read_strings(package.parse(part), limits.strings)
    dates: frozenset[str] = frozenset()
    looks: dict[str, Look] = {}
    disguises: dict[str, Disguise] = {}
    theme = next((package.read(p) for p in package.related(package.workbook, "theme")), b"")
    for part in package.related(package.workbook, "styles"):
        found = _of_styles(package.read(part), theme, part)
        dates |= found[0]
        looks |= found[1]
        disguises |= found[2]
    properties = package.parse(package.workbook).find(f"{{{package.namespace}}}workbookPr")
    since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    styles = Styles(dates, since_1904, frozenset(looks))
    tabs: list[Tab] = []
    for sheet in package.sheets:
        if sheet.kind == "worksheet":
            content = package.read(sheet.part)
            cells = read_sheet(
                content, strings, styles, limits,
                name=sheet.part, edge_of=map_edge, disguises=disguises,
            )  # fmt: skip
            stamp = find_stamp(cells)
            if stamp is None or not is_ours(cells.value(stamp.row, stamp.column)):
                tabs.append(Tab(sheet.name, sheet.state, cells, stamp, is_large(content, limits)))
    refuse_broken_notes(package)
    package.verify()
    others = tuple((s.name, s.state) for s in package.sheets if s.kind != "worksheet")
    return Book(tuple(tabs), since_1904, _saved(package), looks, outside(package), others)


def _saved(package: Package) -> str | None:
    """What its properties say; None where they say nothing that can be read."""
    for part in package.related("", "core-properties"):
        try:
            said = package.parse(part).findtext("{http://purl.org/dc/terms/}modified") or ""
            moment = datetime.fromisoformat(said.strip())
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (Refused, ValueError, OverflowError):
            continue
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return None


_KEPT_BYTES = 1 << 18


_Found = tuple[frozenset[str], Mapping[str, Look], Mapping[str, Disguise]]


def _of_styles(content: bytes, theme: bytes, part: str) -> _Found:
    """The date styles, those that may hide something or are unlocked, and the differential ones that hide.

    The returns of one template have the same style part, which is read once.
    """
    return (_kept_styles if len(content) <= _KEPT_BYTES else _read_styles)(content, theme, part)


def _read_styles(content: bytes, theme: bytes, part: str) -> _Found:
    root = parse_xml(content, part)
    colours = parse_xml(theme, "theme") if theme else None
    return read_styles(root), read_looks(root, colours), read_disguises(root, colours)


_kept_styles = lru_cache(maxsize=32)(_read_styles)


@dataclass(frozen=True)
class Identified:
    """What a workbook is, seen from a pack.

    Attributes:
        sheets: Each sheet of the pack that was found, with its tabs: several where it repeats.
        pack: The pack its stamps name, this one or another; None without a stamp.
        edition: The edition its stamps name; None without a stamp.
        code: The department's code its stamps name.
        gaps: What is wrong with it as a whole.
    """

    sheets: tuple[tuple[Sheet, tuple[Tab, ...]], ...] = ()
    edition: str | None = None
    code: str | None = None
    gaps: list[Gap] = field(default_factory=list)
    pack: str | None = None


def identify(book: Book, pack: Pack) -> Identified:
    """Say which tab is which sheet: by the stamps, and by the tab's name where there is none.

    A workbook of which nothing belongs to the pack has no sheets and the gap 文件-02.
    """
    stamped = [(tab, tab.stamp) for tab in book.tabs if tab.stamp]
    own = [(tab, stamp) for tab, stamp in stamped if stamp.pack_id == pack.id]
    if stamped and not own:
        reason = f"文件中的标记是“{stamped[0][1].pack}”"
        stamp = stamped[0][1]
        return Identified(edition=stamp.edition, gaps=[_foreign(pack, reason)], pack=stamp.pack)
    # Tabs of the right edition come first, so that a sheet left over from last year gives way.
    own.sort(key=lambda pair: pair[1].edition != pack.edition)
    plain = [tab for tab in book.tabs if tab.stamp is None]
    gaps: list[Gap] = []
    found: list[tuple[Sheet, tuple[Tab, ...]]] = []
    for sheet in pack.sheets:
        tabs = [tab for tab, stamp in own if stamp.sheet == sheet.name]
        tabs = tabs or [tab for tab in plain if is_named(tab.name, sheet)]
        if tabs:
            found.append((sheet, _chosen(sheet, tabs, book, gaps)))
        elif not (sheet.repeats or sheet.given):  # a department may have no project at all
            gaps.append(Gap("文件-04", {"sheet": sheet.name}))
    if not found and not own:
        return Identified(gaps=[_foreign(pack, "没有找到本套表的任何一张工作表")])
    other = next((stamp.edition for _, stamp in own if stamp.edition != pack.edition), None)
    if other is not None:
        gaps.insert(0, Gap("文件-03", {"found": other, "expected": pack.edition}))
    edition = other or (pack.edition if own else None)
    code = next((stamp.code for _, stamp in own if stamp.code), None)
    name = f"{pack.id}/{edition}" if edition else None
    return Identified(tuple(found), edition, code, gaps, name)


def _chosen(sheet: Sheet, tabs: Sequence[Tab], book: Book, gaps: list[Gap]) -> tuple[Tab, ...]:
    """All tabs of a repeated sheet in their order; the first one of any other."""
    if sheet.repeats:
        return tuple(sorted(tabs, key=book.tabs.index))
    if len(tabs) > 1:
        gaps.append(Gap("文件-07", {"sheet": tabs[0].name, "count": len(tabs)}))
    return (tabs[0],)


def _foreign(pack: Pack, reason: str) -> Gap:
    return Gap("文件-02", {"pack": pack.title, "reason": reason})
