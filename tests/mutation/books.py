"""Whole sheets and the file itself: dropped, doubled, hidden, stamped for others, saved otherwise."""

from __future__ import annotations

import random
import re
import zipfile
from io import BytesIO

import file_plants as files

from mutation.facts import facts
from mutation.ground import Ground, Place
from mutation.made import EVERYWHERE, Made, at, operator
from mutation.writing import by_hand, planted, write
from tampering import MAIN, add_sheet, ask_a_program, connect, hide_sheet, link, restamp, sheet
from workbook_tool.excel.ooxml.package import MAIN_STRICT, Package

OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE_STRICT = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
OTHERS = {"hunan-yueyang/2023": "national/2020-project", "national/2020-project": "hunan-yueyang/2023"}
MANY = 400


def some_tab(ground: Ground, rng: random.Random, *, repeats: bool | None = None) -> str | None:
    """A tab in which something is filled in."""
    tabs = [
        tab for tab, name in ground.tabs.items()
        if any(p.tab == tab and p.filled for p in ground.places) and not ground.pack.sheet(name).given
        and repeats in (None, ground.pack.sheet(name).repeats)
    ]  # fmt: skip
    return rng.choice(tabs) if tabs else None


def _about(tab: str, code: str, change: object) -> Made:
    assert callable(change)
    return Made((change,), frozenset({(code, tab, "")}), area=frozenset({tab}))


# --- sheets ---


@operator
def sheet_hidden(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng)
    return _about(tab, "文件-18", by_hand(hide_sheet(tab, "hidden"))) if tab else None


@operator
def sheet_very_hidden(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng)
    return _about(tab, "文件-18", by_hand(hide_sheet(tab, "veryHidden"))) if tab else None


@operator
def sheet_added(ground: Ground, rng: random.Random) -> Made | None:
    name = rng.choice(("底稿", "Sheet1", "收支明细表", "核对"))
    return _about(name, "文件-19", by_hand(add_sheet(name)))


@operator
def hidden_sheet_added(ground: Ground, rng: random.Random) -> Made | None:
    state = rng.choice(("hidden", "veryHidden"))
    return _about("底稿", "文件-19", by_hand(add_sheet("底稿", state=state)))


@operator
def sheet_renamed(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng)
    if tab is None:
        return None
    new = rng.choice((f"{tab}(终)", f"附表{tab}", f"{tab} 2023"))

    def change(package: Package) -> None:
        for element in package.edit(package.workbook).iter(f"{{{MAIN}}}sheet"):
            if element.get("name") == tab:
                element.set("name", new)
        for element in package.edit(package.workbook).iter(f"{{{MAIN}}}definedName"):
            element.text = _for_sheet(element.text or "", tab, new)
        for one in package.sheets:
            for formula in package.edit(one.part).iter(f"{{{MAIN}}}f"):
                formula.text = _for_sheet(formula.text or "", tab, new)

    return Made((by_hand(change),), frozenset(), area=EVERYWHERE)


def _for_sheet(formula: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w'])'?{re.escape(old)}'?!", f"'{new}'!", formula)


@operator
def sheet_dropped(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng, repeats=False)
    if tab is None or _identity(ground).tab == tab:
        return None
    gone = tuple(p for p in ground.places if p.tab == tab)
    must = frozenset({("文件-04", tab, "")})
    return Made((planted(files.without_sheet, tab, ""),), must, gone, area=EVERYWHERE)


@operator
def sheet_doubled(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng, repeats=False)
    return _about(tab, "文件-07", planted(files.second_sheet, tab, "")) if tab else None


@operator
def project_tab_copied(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng, repeats=True)
    if tab is None:
        return None
    must = set()
    for stated in facts(ground.pack.name).copied:
        for p in ground.places:
            if (p.frame, p.label) == (stated.frame, stated.label) and stated.key in (None, p.key):
                must |= set(at(p, stated.code))
    touched = tuple(p for p in ground.places if p.tab == tab)
    return Made((planted(files.second_sheet, tab, ""),), frozenset(must), touched, area=EVERYWHERE)


@operator
def map_lost(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng, repeats=False)
    return _about(tab, "文件-06", planted(files.without_map, tab, "")) if tab else None


# --- whose workbook it is ---


def _identity(ground: Ground) -> Place:
    frame, _, label = ground.pack.identity.code.rpartition(".")
    return next(p for p in ground.places if (p.frame, p.label) == (frame, label))


@operator
def other_departments_sheet(ground: Ground, rng: random.Random) -> Made | None:
    tab = some_tab(ground, rng)
    if tab is None or _identity(ground).tab == tab:
        return None
    return _about(tab, "文件-30", by_hand(restamp(rf"\|{_identity(ground).value}$", "|999001", tab)))


@operator
def code_changed(ground: Ground, rng: random.Random) -> Made | None:
    place = _identity(ground)
    change = write(place, str(rng.randint(700_000, 799_999)))
    return Made((change,), frozenset(at(place, "文件-31")), (place,), area=EVERYWHERE)


@operator
def old_edition(ground: Ground, rng: random.Random) -> Made | None:
    old = f"{ground.pack.id}/{rng.randint(1990, 2010)}"
    change = by_hand(restamp(re.escape(ground.pack.name), old))
    return Made((change,), frozenset({("文件-03", "", "")}), area=EVERYWHERE)


@operator
def other_form(ground: Ground, rng: random.Random) -> Made | None:
    change = by_hand(restamp(re.escape(ground.pack.name), OTHERS[ground.pack.name]))
    return Made((change,), frozenset({("文件-02", "", "")}), area=EVERYWHERE)


# --- the file ---


@operator
def file_cut_off(ground: Ground, rng: random.Random) -> Made | None:
    share = rng.uniform(0.1, 0.95)
    must = frozenset({("文件-01", "", "")})
    return Made((lambda workbook: workbook[: int(len(workbook) * share)],), must, area=EVERYWHERE)


@operator
def macros(ground: Ground, rng: random.Random) -> Made | None:
    return Made((planted(files.with_macros, "", ""),), frozenset({("文件-10", "", "")}), area=frozenset())


@operator
def links_outside(ground: Ground, rng: random.Random) -> Made | None:
    ways = (link("file:///C:/a/去年.xlsx"), link(None), connect, ask_a_program)
    return Made((by_hand(rng.choice(ways)),), frozenset({("文件-25", "", "")}), area=frozenset({"links"}))


@operator
def wrong_dimension(ground: Ground, rng: random.Random) -> Made | None:
    says = rng.choice(("A1", "A1:B2", "A1:XFD1048576"))

    def change(package: Package) -> None:
        for one in package.sheets:
            for element in package.edit(one.part).iter(f"{{{MAIN}}}dimension"):
                element.set("ref", says)

    return Made((by_hand(change),), frozenset(), area=frozenset())


@operator
def styled_empty_rows(ground: Ground, rng: random.Random) -> Made | None:
    """Whole columns were formatted: empty rows without end."""
    tab = rng.choice(sorted(ground.tabs))

    def change(package: Package) -> None:
        data = sheet(package, tab).find(f"{{{MAIN}}}sheetData")
        assert data is not None
        last = int(data[-1].get("r", "0"))
        for number in range(last + 5, last + 5 + MANY):
            row = data.makeelement(f"{{{MAIN}}}row", {"r": str(number)})
            row.append(row.makeelement(f"{{{MAIN}}}c", {"r": f"C{number}", "s": "1"}))
            data.append(row)

    return Made((by_hand(change),), frozenset(), area=frozenset({tab}))


@operator
def saved_strict(ground: Ground, rng: random.Random) -> Made | None:
    """Saved as Strict Open XML."""

    def change(workbook: bytes) -> bytes:
        with zipfile.ZipFile(BytesIO(workbook)) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        strict = {
            name: part.replace(MAIN.encode(), MAIN_STRICT.encode()).replace(OFFICE, OFFICE_STRICT)
            for name, part in parts.items()
        }
        return files.zipped(strict, level=1)

    return Made((change,), frozenset(), area=EVERYWHERE)
