"""A return held against the blank template: which locked cells, formulas, lists, names and sheets differ.

Both are read alike and laid side by side by the hidden map, so that rows put in shift nothing. What
a department fills is not compared, nor the live checks to the right of the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.returns.audit_book import look_at_book
from workbook_tool.excel.returns.books import Tab, identify, read_book
from workbook_tool.excel.returns.choices import area_of, sources_for
from workbook_tool.excel.returns.imprint import differs, shown
from workbook_tool.excel.returns.printed import Alignment
from workbook_tool.findings import column_letters
from workbook_tool.model import Pack
from workbook_tool.notices import NOTICES

_LONGEST = 60
_NUMBERS = re.compile(r"(?<=[A-Za-z$])[0-9]+")
_BLANKS = re.compile(r"\s+|_xlfn\.|_xlws\.|'|\$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something of the template that a return has otherwise.

    Attributes:
        kind: What it is of: 工作表, 印好的文字, 公式, 下拉列表, 名称.
        tab: The tab; None for the workbook.
        cell: Where, in the return.
    """

    kind: str
    tab: str | None
    cell: str | None
    says: str


def differences(package: Package, blank: Package, pack: Pack) -> list[Difference]:
    """All that differs, sheet by sheet in the order of the form."""
    book, template = read_book(package), read_book(blank)
    identified = identify(book, pack)
    found = [Difference("工作簿", None, None, NOTICES[gap.code].say(**gap.words)) for gap in identified.gaps]
    originals = {sheet.name: tabs[0] for sheet, tabs in identify(template, pack).sheets}
    for sheet, tabs in identified.sheets:
        for tab in tabs:
            found += _of_tab(tab, originals[sheet.name])
    for sight in look_at_book(book, identified, pack):
        found.append(
            Difference("工作簿", None, None, NOTICES[sight.code].say(sheet=sight.tab, **sight.words))
        )
    found += _names(package, blank)
    return found


def _of_tab(tab: Tab, blank: Tab) -> Iterator[Difference]:
    if tab.state != "visible":
        yield Difference("工作表", tab.name, None, "被隐藏")
    if tab.stamp is None or blank.stamp is None:
        yield Difference("工作表", tab.name, None, "定位标记已不在，其余没有对照")
        return
    at = Alignment(blank.cells, blank.stamp, tab.cells, tab.stamp)
    yield from _words(tab, blank, at)
    yield from _formulas(tab, blank, at)
    yield from _lists(tab, blank, at)


def _words(tab: Tab, blank: Tab, at: Alignment) -> Iterator[Difference]:
    """What the template prints."""
    assert blank.stamp
    for row, line in sorted(blank.cells.rows.items()):
        for column, printed in sorted(line.items()):
            here = blank.cells.formulas.get(row, {}).get(column)
            if here is not None or row == blank.stamp.row or column == blank.stamp.column or printed is None:
                continue
            place = at.of(row, column)
            found = tab.cells.value(*place) if place else None
            if found is None or differs(printed, found):
                says = f"“{_cut(shown(printed))}”→“{_cut(shown(found))}”"
                yield Difference("印好的文字", tab.name, _address(place), says)


def _formulas(tab: Tab, blank: Tab, at: Alignment) -> Iterator[Difference]:
    """The formulas of the template; in rows that have moved, the numbers of rows say nothing."""
    assert blank.stamp
    for row, line in sorted(blank.cells.formulas.items()):
        if row == blank.stamp.row:  # the live checks keep their counts beside the map
            continue
        for column, formula in sorted(line.items()):
            place = at.of(row, column)
            now = tab.cells.formulas.get(place[0], {}).get(place[1]) if place else None
            if now is None:
                value = tab.cells.value(*place) if place else None
                says = "公式已删去" if value is None else f"公式改成了“{_cut(shown(value))}”"
                yield Difference("公式", tab.name, _address(place), says)
            elif _plain(now) != _plain(formula):
                yield Difference("公式", tab.name, _address(place), f"“{_cut(formula)}”→“{_cut(now)}”")


def _lists(tab: Tab, blank: Tab, at: Alignment) -> Iterator[Difference]:
    for where, source in blank.cells.lists:
        area = area_of(where.split()[0]) if where else None
        place = at.of(area[0], area[1]) if area else None
        now = [one for one, _ in sources_for(tab.cells.lists, (*place, *place))] if place else []
        if not now:
            yield Difference("下拉列表", tab.name, _address(place), f"“{_cut(source)}”已取消")
        elif _plain(now[0]) != _plain(source):
            yield Difference("下拉列表", tab.name, _address(place), f"“{_cut(source)}”→“{_cut(now[0])}”")


def _names(package: Package, blank: Package) -> Iterator[Difference]:
    """Names of the template that mean something else or are gone, and names it has not."""
    before, after = _defined(blank), _defined(package)
    for name in sorted({*before, *after}):
        if name not in after:
            yield Difference("名称", None, None, f"“{name}”已删去")
        elif name not in before:
            yield Difference("名称", None, None, f"多出“{name}”：{_cut(after[name])}")
        elif _plain(before[name]) != _plain(after[name]):
            yield Difference("名称", None, None, f"“{name}”：{_cut(before[name])}→{_cut(after[name])}")


def _defined(package: Package) -> dict[str, str]:
    """Names by what they mean; those that programs keep for printing and filtering left out."""
    names = package.parse(package.workbook).iterfind("{*}definedNames/{*}definedName")
    return {
        name.get("name", ""): name.text or ""
        for name in names
        if not name.get("name", "").startswith(("_xlnm.", "_xl"))
    }


def _plain(formula: str) -> str:
    return _NUMBERS.sub("#", _BLANKS.sub("", formula)).casefold()


def _address(place: Sequence[int] | None) -> str | None:
    return f"{column_letters(place[1])}{place[0]}" if place else None


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
