"""Rows, columns and cells of tables as office programs change them: moved, hidden, merged, coloured."""

from __future__ import annotations

import random
from collections.abc import Callable

import file_plants as files

from mutation.facts import STALE, totals_of
from mutation.ground import Ground, Place, Printed
from mutation.made import Made, at, operator
from mutation.writing import (
    by_hand,
    delete_row,
    exchange,
    insert_column,
    insert_row,
    own_column,
    planted,
    write,
)
from tampering import conditional, merge, other_list, put, restyle, set_column, set_row, unprotect
from workbook_tool.findings import column_letters

Where = Callable[[Place], bool]
WHITE = ({"rgb": "FFFFFFFF"}, {"theme": "0"}, {"rgb": "FFFFFBE5"})


def area(place: Place | Printed) -> frozenset[str]:
    return frozenset({place.tab})


def seen(place: Place) -> bool:
    """Whether something stands there that a reader would miss: a nought is as good as nothing."""
    if place.formula is not None:
        return place.total and bool(place.calculated)
    return place.value not in (None, 0)


def free_rows(ground: Ground, rng: random.Random, least: int = 1) -> list[list[Place]] | None:
    """The filled rows of some table that may stand in any order: free ones, or several of one kind."""
    rows: dict[tuple[str, str, str | None], dict[int, list[Place]]] = {}
    for p in ground.places:
        table = ground.pack.tables[p.frame]
        slots = next((r.slots for r in table.rows if r.key == p.key), 1)
        if p.line is not None and not p.total and (p.key is None or slots > 1):
            rows.setdefault((p.tab, p.frame, p.key), {}).setdefault(p.row, []).append(p)
    found = [
        some for lines in rows.values()
        if len(some := [row for row in lines.values() if any(p.filled for p in row)]) >= least
    ]  # fmt: skip
    return rng.choice(found) if found else None


# --- rows ---


@operator
def rows_sorted(ground: Ground, rng: random.Random) -> Made | None:
    rows = free_rows(ground, rng, 2)
    if rows is None:
        return None
    one, other = rng.sample(rows, 2)
    return Made(
        (exchange(list(zip(one, other, strict=True))),), frozenset(), (*one, *other), area=area(one[0])
    )


@operator
def row_inserted(ground: Ground, rng: random.Random) -> Made | None:
    rows = free_rows(ground, rng, 2)
    if rows is None or rows[0][0].key is not None:
        return None
    place = rng.choice(rows[1:])[0]
    return Made((insert_row(place.tab, place.row),), frozenset(), area=area(place))


@operator
def row_deleted(ground: Ground, rng: random.Random) -> Made | None:
    """The row of a unit is taken out; the sums that it was part of are not what they were."""
    rows = free_rows(ground, rng, 3)
    if rows is None or rows[0][0].key is not None:
        return None
    row = rng.choice(rows)
    must = set()
    for place in row:
        for code, total in totals_of(ground, place):
            if place.number and place.value and total.row != place.row:
                moved = f"{column_letters(total.column)}{total.row - (total.row > place.row)}"
                must.add((STALE if total.formula else code, total.tab, moved))
    gone = (row[0].tab, row[0].row)
    return Made((delete_row(*gone),), frozenset(must), tuple(row), area=area(row[0]), gone=gone)


def fixed_row(ground: Ground, rng: random.Random, where: Where = lambda p: True) -> Place | None:
    """A row that the template prints once."""
    once = {(name, r.key) for name, table in ground.pack.tables.items() for r in table.rows if r.slots == 1}
    return ground.among(rng, lambda p: (p.frame, p.key) in once and where(p))


@operator
def fixed_row_deleted(ground: Ground, rng: random.Random) -> Made | None:
    place = fixed_row(ground, rng)
    if place is None:
        return None
    touched = tuple(ground.row_of(place))
    must = frozenset({("文件-08", place.tab, "")})
    gone = (place.tab, place.row)
    return Made((delete_row(*gone),), must, touched, area=area(place), gone=gone)


@operator
def fixed_row_doubled(ground: Ground, rng: random.Random) -> Made | None:
    def fits(p: Place) -> bool:
        table = ground.pack.tables[p.frame]
        return table.free_rows > 0 and len(table.sheet.blocks) == 1 and p.total

    place = fixed_row(ground, rng, fits)
    if place is None:
        return None
    must = frozenset({("文件-09", place.tab, "")})
    return Made((planted(files.second_row, place.tab, place.address),), must, area=area(place))


@operator
def column_deleted(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.line is not None and p.label != ground.pack.tables[p.frame].key)
    if place is None:
        return None
    gone = tuple(p for p in ground.places if p.tab == place.tab and p.column == place.column)
    must = frozenset({("文件-05", place.tab, "")})
    return Made((planted(files.without_column, place.tab, place.address),), must, gone, area=area(place))


@operator
def column_inserted(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.line is not None)
    if place is None:
        return None
    return Made((insert_column(place.tab, place.column),), frozenset(), area=area(place))


@operator
def row_hidden(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: seen(p) and p.line is not None)
    if place is None:
        return None
    row = [p for p in ground.places if (p.tab, p.row) == (place.tab, place.row) and seen(p)]
    way = rng.choice(({"hidden": "1"}, {"ht": "0", "customHeight": "1"}, {"hidden": "1", "ht": "15"}))
    first = min(row, key=lambda p: p.column)
    return Made(
        (by_hand(set_row(place.tab, place.row, **way)),), frozenset(at(first, "文件-20")), area=area(place)
    )


@operator
def column_hidden(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(
        rng, lambda p: seen(p) and p.line is not None and len(ground.pack.tables[p.frame].sheet.blocks) == 1
    )
    if place is None:
        return None
    column = [p for p in ground.places if (p.tab, p.column) == (place.tab, place.column) and seen(p)]
    way = rng.choice(({"hidden": "1"}, {"width": "0"}))
    first = min(column, key=lambda p: p.row)
    change = by_hand(own_column(place.tab, place.column), set_column(place.tab, place.column, **way))
    return Made((change,), frozenset(at(first, "文件-20")), area=area(place))


# --- how cells look ---


@operator
def white_text(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.filled and not p.field.given)
    if place is None:
        return None
    change = by_hand(restyle(place.tab, place.address, colour=rng.choice(WHITE)))
    return Made((change,), frozenset(at(place, "文件-21")), area=area(place))


@operator
def shown_otherwise(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.number and p.field.type == "amount" and p.value >= 1)
    if place is None:
        return None
    change = by_hand(
        restyle(place.tab, place.address, code=rng.choice((";;;", '"0.00"', "0.00,", '0.00"9"', "yyyy")))
    )
    return Made((change,), frozenset(at(place, "文件-22")), area=area(place))


@operator
def money_format(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.number and p.field.type == "amount")
    codes = ("#,##0.00", '0.00"万元"', '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "0.000000")
    change = place and by_hand(restyle(place.tab, place.address, code=rng.choice(codes)))
    return Made((change,), frozenset(), area=area(place)) if place and change else None


@operator
def figures_merged(ground: Ground, rng: random.Random) -> Made | None:
    def right_of(p: Place) -> Place | None:
        return next((o for o in ground.row_of(p) if o.column == p.right + 1 and o.column == o.right), None)

    place = ground.among(
        rng, lambda p: p.number and p.column == p.right and (o := right_of(p)) is not None and o.number
    )
    if place is None:
        return None
    covered = right_of(place)
    assert covered is not None
    change = by_hand(merge(place.tab, f"{place.address}:{covered.address}"))
    return Made((change,), frozenset(at(covered, "文件-23")), area=area(place))


# --- what is printed ---


def _printed(ground: Ground, rng: random.Random, *roles: str) -> Printed | None:
    found = [p for p in ground.printed if p.role in roles]
    tabs = sorted({p.tab for p in found})
    if not tabs:
        return None
    tab = rng.choice(tabs)
    return rng.choice([p for p in found if p.tab == tab])


@operator
def label_changed(ground: Ground, rng: random.Random) -> Made | None:
    spot = _printed(ground, rng, "header", "label")
    if spot is None:
        return None
    text = rng.choice((f"{spot.text}(元)", f"本年{spot.text}", f"{spot.text}及其他"))
    change = by_hand(put(spot.tab, spot.address, text))
    return Made((change,), frozenset({("文件-28", spot.tab, spot.address)}), area=area(spot))


@operator
def printed_content_changed(ground: Ground, rng: random.Random) -> Made | None:
    spot = _printed(ground, rng, "printed")
    if spot is None:
        return None
    figure = isinstance(spot.text, int | float)
    value = float(spot.text) + 1 if figure else f"{spot.text}（部分）"
    change = by_hand(put(spot.tab, spot.address, value))
    return Made((change,), frozenset({("文件-12", spot.tab, spot.address)}), area=area(spot))


@operator
def list_changed(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.field.type == "choice" and p.line is None)
    if place is None:
        return None
    known = f'"{",".join(place.field.choices)}"'
    now = rng.choice((f'"{",".join((*place.field.choices[:-1], "其他"))}"', 'INDIRECT("选项"&1)'))
    change = by_hand(other_list(place.tab, known, now))
    return Made((change,), frozenset(at(place, "文件-27")), area=area(place))


@operator
def hidden_by_condition(ground: Ground, rng: random.Random) -> Made | None:
    """A conditional format shows the text white, or shows nothing."""
    place = ground.among(rng, seen)
    if place is None:
        return None
    look = rng.choice(("<font><color rgb='FFFFFFFF'/></font>", "<numFmt numFmtId='998' formatCode=';;;'/>"))
    change = by_hand(conditional(place.tab, place.address, look))
    return Made((change,), frozenset(at(place, "文件-33")), area=area(place))


@operator
def cell_unlocked(ground: Ground, rng: random.Random) -> Made | None:
    """One cell that the template prints is left open, the sheet being protected."""
    spot = _printed(ground, rng, "header", "label", "printed")
    if spot is None:
        return None
    change = by_hand(restyle(spot.tab, spot.address, locked=False))
    return Made((change,), frozenset({("文件-34", spot.tab, spot.address)}), area=area(spot))


@operator
def protection_removed(ground: Ground, rng: random.Random) -> Made | None:
    tab = rng.choice(sorted(ground.tabs))
    return Made((by_hand(unprotect(tab)),), frozenset({("文件-29", "", "")}), area=frozenset({tab}))


@operator
def note_beside_table(ground: Ground, rng: random.Random) -> Made | None:
    """Something is written outside the form."""
    place = ground.among(rng, lambda p: p.filled)
    if place is None:
        return None
    last = max(p.right for p in ground.places if p.tab == place.tab)
    change = by_hand(put(place.tab, f"{column_letters(last + 3)}{place.row}", rng.choice(("已核", 12.5))))
    return Made((change,), frozenset(), area=area(place))


@operator
def number_style_of_text(ground: Ground, rng: random.Random) -> Made | None:
    """A figure typed into a cell that is formatted as text: the file holds a text."""
    place = ground.among(rng, lambda p: p.number and p.field.type == "amount" and not p.field.given)
    if place is None:
        return None
    changes = (write(place, str(place.value)), by_hand(restyle(place.tab, place.address, code="@")))
    return Made(changes, frozenset(at(place, "格式-03")), (place,), area=area(place))
