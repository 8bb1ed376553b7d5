"""Mistakes in one cell: what it holds is written otherwise, cannot be read, or is not allowed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from unicodedata import normalize

from mutation.facts import sum_of
from mutation.ground import CELL, Ground, Place
from mutation.made import EVERYWHERE, Made, at, operator
from mutation.writing import Change, by_hand, write
from tampering import restyle
from workbook_tool.excel.ooxml.package import Package

FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
WHOLE = ("amount", "count", "points")
NUMBERS = (*WHOLE, "number")
LONGEST = 31_000

Where = Callable[[Place], bool]


def spot(ground: Ground, rng: random.Random, where: Where) -> Place | None:
    """Some cell of that kind that the department itself fills."""
    return ground.among(rng, lambda p: not p.field.given and where(p))


def one(place: Place, change: Change, *codes: str) -> Made:
    """One cell was changed, and these codes must stand there."""
    return Made((change,), frozenset(at(place, *codes)), (place,), area=frozenset({place.tab}))


def digits(value: object) -> str:
    """A number as somebody would type it."""
    return format(Decimal(str(value)).normalize(), "f")


def numeric(*types: str) -> Where:
    return lambda p: p.number and p.field.type in (types or NUMBERS)


def texts(p: Place) -> bool:
    return p.filled and isinstance(p.value, str) and p.field.type == "text"


def free_text(p: Place) -> bool:
    """A text that nothing else is looked up by, with no pattern of its own."""
    return texts(p) and p.line is None and not p.field.pattern and len(str(p.value)) > 12


# --- left out ---


@operator
def blank_required(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled and p.field.required is not None and not sum_of(ground, p))
    return one(place, write(place, None), "填写-01") if place else None


@operator
def nothing_word(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.number and p.field.required is not None and not sum_of(ground, p))
    return one(place, write(place, rng.choice(ground.pack.nothing)), "填写-01") if place else None


@operator
def spaces_only(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: texts(p) and p.field.required is not None)
    return one(place, write(place, rng.choice(("  ", "\u3000", "\n"))), "填写-01") if place else None


# --- numbers written as something else ---


def _as_text(to: Callable[[str, random.Random], str], least: float = 0) -> Callable[..., Made | None]:
    def make(ground: Ground, rng: random.Random) -> Made | None:
        place = spot(ground, rng, lambda p: numeric()(p) and p.value >= least)
        return one(place, write(place, to(digits(place.value), rng)), "格式-03") if place else None

    return make


@operator
def number_as_text(ground: Ground, rng: random.Random) -> Made | None:
    return _as_text(lambda text, _: text)(ground, rng)


@operator
def full_width_digits(ground: Ground, rng: random.Random) -> Made | None:
    return _as_text(lambda text, _: text.translate(FULL_WIDTH))(ground, rng)


@operator
def thousands_separators(ground: Ground, rng: random.Random) -> Made | None:
    return _as_text(lambda text, _: f"{Decimal(text):,f}", least=1000)(ground, rng)


@operator
def spaces_around_number(ground: Ground, rng: random.Random) -> Made | None:
    return _as_text(lambda text, r: r.choice((f" {text}", f"{text}\u00a0", f"\u3000{text} ")))(ground, rng)


@operator
def unit_behind_number(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: numeric("amount")(p) or (numeric("count")(p) and bool(p.field.unit)))
    if place is None:
        return None
    unit = ground.pack.unit if place.field.type == "amount" else place.field.unit
    return one(place, write(place, f"{digits(place.value)}{unit}"), "格式-02")


@operator
def amount_written_in_yuan(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric("amount"))
    scale = ground.pack.fen // 100
    return (
        one(place, write(place, f"{digits(Decimal(str(place.value)) * scale)}元"), "格式-02")
        if place
        else None
    )


@operator
def about(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric())
    if place is None:
        return None
    text = digits(place.value)
    written = rng.choice(
        (f"约{text}", f"{text}左右", f"{text}（估）", f"{text}/{text}", "详见附件", "１２，３４")
    )
    return one(place, write(place, written), "格式-01")


@operator
def wrong_unit(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric("count", "points"))
    return one(place, write(place, f"{digits(place.value)}万元"), "格式-01") if place else None


@operator
def too_many_decimals(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric(*WHOLE))
    if place is None:
        return None
    more = {"amount": "0.00000049", "count": "0.5", "points": "0.00003"}[place.field.type]
    return one(place, write(place, str(Decimal(str(place.value)) + Decimal(more)), "n"), "格式-04")


@operator
def far_too_large(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric())
    return (
        one(place, write(place, rng.choice(("1E+308", "1E300", "123456789012345678")), "n"), "格式-10")
        if place
        else None
    )


@operator
def negative(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: numeric()(p) and p.field.min is not None and p.value > 0)
    return one(place, write(place, -place.value), "填写-04") if place else None


@operator
def negative_in_brackets(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: numeric()(p) and p.field.min is not None and p.value > 0)
    if place is None:
        return None
    text = digits(place.value)
    written = rng.choice((f"−{text}", f"－{text}", f"（{text}）", f"({text})"))
    return one(place, write(place, written), "格式-03", "填写-04")


@operator
def above_maximum(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: numeric()(p) and p.field.max is not None)
    return (
        one(place, write(place, float(place.field.max or 0) + rng.randint(1, 9)), "填写-04")
        if place
        else None
    )


@operator
def percent_without_sign(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: p.field.type == "percent" and p.number)
    return one(place, write(place, f"{digits(round(place.value * 100, 2))}"), "格式-05") if place else None


# --- what programs leave in cells ---


@operator
def error_value(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled)
    errors = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!")
    return (
        one(place, write(place, rng.choice(errors), "e", rng.choice((None, "1/0"))), "格式-06")
        if place
        else None
    )


@operator
def uncalculated_formula(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric())
    return one(place, write(place, None, "n", f"{digits(place.value)}+0"), "格式-07") if place else None


@operator
def stale_result(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric())
    if place is None:
        return None
    return one(
        place, write(place, place.value, "n", f"{digits(place.value)}+{rng.randint(1, 90)}"), "格式-13"
    )


@operator
def truth_value(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled)
    return one(place, write(place, rng.randint(0, 1), "b"), "格式-11") if place else None


@operator
def other_workbook(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric())
    if place is None:
        return None
    made = one(place, write(place, place.value, "n", f"[1]底稿!{place.address}"), "文件-24")
    return made


@operator
def calls_a_program(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, numeric())
    asked = rng.choice(('_xlfn.WEBSERVICE("http://a.b/c")', "cmd|'/C calc'!A0", 'DDE("a","b","c")'))
    return one(place, write(place, place.value, "n", asked), "文件-26") if place else None


@operator
def link_in_a_cell(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, free_text)
    return (
        one(place, write(place, str(place.value), "str", 'HYPERLINK("http://a.b")'), "文件-26")
        if place
        else None
    )


@operator
def formula_as_text(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, free_text)
    if place is None:
        return None
    begins = rng.choice(("=cmd|' /C calc'!A0", "@SUM(A1:A9)", "+1+1", "-2+3", '＝HYPERLINK("a")', "\t=1+1"))
    return one(place, write(place, f"{begins} {place.value}"))


# --- texts, choices, dates ---


@operator
def invisible_characters(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: texts(p) and len(str(p.value)) > 1)
    if place is None:
        return None
    cut = rng.randint(1, len(place.value) - 1)
    hidden = rng.choice("\u200b\u200d\u2060\ufeff\u202a")
    return one(place, write(place, f"{place.value[:cut]}{hidden}{place.value[cut:]}"), "格式-09")


@operator
def spaces_around_text(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, texts)
    before, behind = rng.choice((("", " "), ("\u3000", ""), (" ", "\u00a0"), ("", "\n")))
    return one(place, write(place, f"{before}{place.value}{behind}")) if place else None


@operator
def too_long(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: free_text(p) and p.field.max_length is not None)
    if place is None:
        return None
    text = str(place.value)
    longer = (text * LONGEST)[: (place.field.max_length or 0) + rng.randint(1, 200)]
    return one(place, write(place, longer), "填写-03")


@operator
def wrong_pattern(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: texts(p) and p.field.pattern is not None)
    if place is None:
        return None
    text = str(place.value)
    return one(place, write(place, rng.choice((f"{text}（办）", f"电{text}", text[:2]))), "填写-05")


@operator
def near_synonym(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled and p.field.type == "choice")
    if place is None:
        return None
    known = {c for c in place.field.choices} | {w for ways in place.field.written.values() for w in ways}
    others = [
        w
        for w in (f"{place.value}（注）", f"较{place.value}", f"{place.value}。", "其他", "已完成")
        if w not in known
    ]
    return one(place, write(place, rng.choice(others)), "填写-02")


@operator
def choice_written_otherwise(ground: Ground, rng: random.Random) -> Made | None:
    def ways(p: Place) -> list[str]:
        """Those that differ in more than the width of characters."""
        written = p.field.written.get(str(p.value), ())
        return [way for way in written if normalize("NFKC", way) not in p.field.choices]

    place = spot(ground, rng, lambda p: p.filled and bool(ways(p)))
    return one(place, write(place, rng.choice(ways(place))), "填写-06") if place else None


@operator
def spaces_in_choice(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled and p.field.type == "choice")
    return (
        one(place, write(place, rng.choice((f"{place.value} ", f"\u3000{place.value}")))) if place else None
    )


@operator
def date_in_words(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled and p.field.type == "date")
    says = ("三月底", "2024年13月1日", "2024-02-30", "年后", "20240318号")
    return one(place, write(place, rng.choice(says)), "格式-08") if place else None


@operator
def day_that_never_was(ground: Ground, rng: random.Random) -> Made | None:
    """A date cell that holds number 60, the 29th of February 1900, or a number beyond the last day."""
    place = spot(ground, rng, lambda p: p.filled and p.field.type == "date")
    if place is None:
        return None
    changes = (write(place, rng.choice((60, 0, -5, 2_958_466))), _shown_as_day(place))
    return Made(changes, frozenset(at(place, "格式-08")), (place,), area=frozenset({place.tab}))


@operator
def dates_from_1904(ground: Ground, rng: random.Random) -> Made | None:
    """Saved on a Mac of old: days are counted from 1904, and every date holds a smaller number."""
    days = [p for p in ground.places if p.filled and p.field.type == "date"]
    if not days:
        return None
    changes = [by_hand(_count_from_1904)]
    for place in days:
        since = date.fromisoformat(str(place.value)) - date(1904, 1, 1)
        changes += [write(place, since.days), _shown_as_day(place)]
    return Made(tuple(changes), frozenset(), tuple(days), area=EVERYWHERE)


def _count_from_1904(package: Package) -> None:
    for settings in package.edit(package.workbook).iter(f"{CELL}workbookPr"):
        settings.set("date1904", "1")


def _shown_as_day(place: Place) -> Change:
    return by_hand(restyle(place.tab, place.address, code="yyyy-mm-dd"))


@operator
def date_written_otherwise(ground: Ground, rng: random.Random) -> Made | None:
    place = spot(ground, rng, lambda p: p.filled and p.field.type == "date")
    if place is None:
        return None
    year, month, day = (int(part) for part in str(place.value).split("-"))
    ways = (f"{year}年{month}月{day}日", f"{year}.{month}.{day}", f"{year}/{month:02}/{day:02}")
    return one(place, write(place, rng.choice(ways)))
