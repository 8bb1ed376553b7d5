"""What an auditor sees in a workbook as a whole: sheets too many or of another department, links, locks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from workbook_tool.excel.ooxml.texts import normalise
from workbook_tool.excel.returns.audit import Sight
from workbook_tool.excel.returns.books import Book, Identified, Tab
from workbook_tool.excel.returns.headers import is_named
from workbook_tool.excel.template.calculated import GUIDE
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.model import Pack

TOO_MANY, LINKED, UNLOCKED, NOT_THEIRS = "文件-19", "文件-25", "文件-29", "文件-30"

_NAMED = 5
"""Sheets and files that a sentence names."""


def look_at_book(book: Book, identified: Identified, pack: Pack) -> Iterator[Sight]:
    """What there is to tell of a workbook that belongs to the pack."""
    yield from _too_many(book, identified, pack)
    yield from _links(book)
    yield from _unlocked(identified)
    yield from _of_others(book, pack)


def _too_many(book: Book, identified: Identified, pack: Pack) -> Iterator[Sight]:
    """Sheets that are not of the form; empty ones say nothing."""
    known = {id(tab) for _, tabs in identified.sheets for tab in tabs}
    more = [
        (tab.name, tab.state)
        for tab in book.tabs
        if id(tab) not in known and tab.cells.rows and not _belongs(tab, pack)
    ]
    more += book.others
    if more:
        names = [f"“{name}”{'' if state == 'visible' else '（隐藏）'}" for name, state in more]
        words = {"count": len(more), "sheets": _listed(names)}
        yield Sight(TOO_MANY, words, more[0][0])


def _belongs(tab: Tab, pack: Pack) -> bool:
    """Whether a tab is one of the template's, or a copy of one, which is told elsewhere."""
    if tab.stamp is None:
        ours = normalise(tab.name) in map(normalise, (GUIDE, SELF_CHECK))
        return ours or any(is_named(tab.name, sheet) for sheet in pack.sheets)
    sheets = {GUIDE, SELF_CHECK, *(sheet.name for sheet in pack.sheets)}
    return tab.stamp.pack_id == pack.id and tab.stamp.sheet in sheets


def _links(book: Book) -> Iterator[Sight]:
    """Links of the workbook to files, programs and sources of data; the formulas are told by cell."""
    links = book.outside
    what = [f"文件{_listed([f'“{name}”' for name in links.files])}"] if links.files else []
    what += [f"{links.broken}个已经失效的文件"] if links.broken else []
    what += ["其他程序"] if links.programs else []
    what += ["外部数据源"] if links.connections else []
    if what:
        yield Sight(LINKED, {"what": "、".join(what)})


def _unlocked(identified: Identified) -> Iterator[Sight]:
    """Sheets of the template that are no longer protected."""
    names = [
        tab.name for _, tabs in identified.sheets for tab in tabs if tab.stamp and not tab.cells.protected
    ]
    if names:
        yield Sight(UNLOCKED, {"sheets": _listed([f"“{name}”" for name in names])})


def _of_others(book: Book, pack: Pack) -> Iterator[Sight]:
    """Sheets that were made for another department than most of the workbook."""
    coded = [
        (tab, normalise(tab.stamp.code))
        for tab in book.tabs
        if tab.stamp and tab.stamp.pack_id == pack.id and tab.stamp.code
    ]
    counts = Counter(code for _, code in coded)
    if len(counts) < 2:
        return
    own = counts.most_common(1)[0][0]
    expected = next(tab.stamp.code for tab, code in coded if tab.stamp and code == own)
    for tab, code in coded:
        if code != own and tab.stamp:
            yield Sight(NOT_THEIRS, {"found": tab.stamp.code[:40], "expected": expected[:40]}, tab.name)


def _listed(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + ("等" if len(names) > _NAMED else "")
