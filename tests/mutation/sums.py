"""Figures that are well written and wrong: sums that no longer add up, scores, names, years."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace

from mutation.cells import digits
from mutation.facts import Stated, broken, facts, sum_of, totals_of
from mutation.ground import Ground, Place
from mutation.made import Found, Made, at, operator
from mutation.writing import exchange, write
from workbook_tool.findings import column_letters
from workbook_tool.model import Rubric

TYPED_RIGHT, TYPED_UNPROVEN, NO_FIGURE = "格式-12", "格式-14", "格式-01"


def made(place: Place, value: str | float | None, *must: Iterable[Found]) -> Made:
    """One figure is another now."""
    found = frozenset(one for some in must for one in some)
    return Made((write(place, value),), found, (place,), area=frozenset({place.tab}))


def part(ground: Ground, rng: random.Random, where: Callable[[Place], bool] = lambda p: True) -> Place | None:
    """A figure that is part of a sum."""
    wanted = ("amount", "count", "points")
    return ground.among(
        rng,
        lambda p: (
            p.number and p.field.type in wanted and p.value > 0 and where(p) and bool(totals_of(ground, p))
        ),
    )


def total(ground: Ground, rng: random.Random, *, formula: bool) -> Place | None:
    """A sum that somebody typed, or that the template calculates."""
    return ground.among(
        rng, lambda p: bool(sum_of(ground, p)) and (p.formula is not None if formula else p.number)
    )


# --- parts of sums ---


@operator
def part_changed(ground: Ground, rng: random.Random) -> Made | None:
    place = part(ground, rng)
    return made(place, round(place.value + rng.randint(3, 40), 2), broken(ground, place)) if place else None


@operator
def figures_transposed(ground: Ground, rng: random.Random) -> Made | None:
    place = part(
        ground, rng, lambda p: digits(p.value)[:1] != digits(p.value)[1:2] and digits(p.value)[1:2].isdigit()
    )
    if place is None:
        return None
    text = digits(place.value)
    return made(place, float(text[1] + text[0] + text[2:]), broken(ground, place))


@operator
def decimal_point_moved(ground: Ground, rng: random.Random) -> Made | None:
    place = part(ground, rng, lambda p: p.field.type == "amount")
    return (
        made(place, round(place.value * rng.choice((10, 100)), 4), broken(ground, place)) if place else None
    )


@operator
def yuan_for_wan(ground: Ground, rng: random.Random) -> Made | None:
    place = part(ground, rng, lambda p: p.field.type == "amount")
    return (
        made(place, round(place.value * (ground.pack.fen // 100), 2), broken(ground, place))
        if place
        else None
    )


@operator
def part_left_blank(ground: Ground, rng: random.Random) -> Made | None:
    place = part(ground, rng, lambda p: p.field.blank == "zero" and p.field.required is None)
    if place is None or not any(o is not place and o.number for o in _column(ground, place)):
        return None
    return made(place, None, broken(ground, place))


@operator
def cells_swapped(ground: Ground, rng: random.Random) -> Made | None:
    """Two figures of a row changed places: what they add up to is right, their columns are not."""
    place = part(ground, rng, lambda p: p.field.type == "amount")
    if place is None:
        return None
    others = [
        p for p in ground.row_of(place)
        if p.number and p.field.type == "amount" and p.value != place.value and totals_of(ground, p)
        and not p.total
    ]  # fmt: skip
    if not others or place.total:
        return None
    other = rng.choice(others)
    must = {
        found
        for one in (place, other)
        for found in broken(ground, one)
        if found[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != str(place.row)
    }
    return Made((exchange([(place, other)]),), frozenset(must), (place, other), area=frozenset({place.tab}))


@operator
def columns_swapped(ground: Ground, rng: random.Random) -> Made | None:
    """Two columns of a table changed places, but not in the row of totals."""
    place = part(ground, rng, lambda p: p.field.type == "amount" and not p.total)
    if place is None:
        return None
    fields = sorted(
        {p.label for p in ground.row_of(place) if p.number and totals_of(ground, p)} - {place.label}
    )
    if not fields:
        return None
    label = rng.choice(fields)
    lines = [p for p in _column(ground, place) if not p.total]
    twins = [next(o for o in ground.row_of(p) if o.label == label) for p in lines]
    pairs = [(p, o) for p, o in zip(lines, twins, strict=True) if p.number and o.number]
    if round(sum(p.value - o.value for p, o in pairs), 4) == 0:
        return None
    must = {
        found
        for one in pairs[0]
        for found in broken(ground, one)
        if found[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != str(pairs[0][0].row)
    }
    touched = tuple(p for pair in pairs for p in pair)
    return Made((exchange(pairs),), frozenset(must), touched, area=frozenset({place.tab}))


def _column(ground: Ground, place: Place) -> list[Place]:
    wanted = (place.tab, place.frame, place.label)
    return [p for p in ground.places if (p.tab, p.frame, p.label) == wanted and (p.filled or p.formula)]


# --- totals ---


@operator
def total_off_by_a_cent(ground: Ground, rng: random.Random) -> Made | None:
    place = total(ground, rng, formula=False)
    if place is None:
        return None
    wrong = round(place.value + rng.choice((-0.01, 0.01)), 6)
    return made(place, wrong, at(place, sum_of(ground, place) or ""))


@operator
def total_wrong(ground: Ground, rng: random.Random) -> Made | None:
    place = total(ground, rng, formula=False)
    return (
        made(place, round(place.value + rng.randint(1, 30), 6), at(place, sum_of(ground, place) or ""))
        if place
        else None
    )


@operator
def total_left_blank(ground: Ground, rng: random.Random) -> Made | None:
    place = ground.among(rng, lambda p: bool(sum_of(ground, p)) and p.number and p.value != 0)
    return made(place, None, at(place, sum_of(ground, place) or "")) if place else None


@operator
def wrong_figure_over_formula(ground: Ground, rng: random.Random) -> Made | None:
    place = total(ground, rng, formula=True)
    if place is None or not place.calculated:
        return None
    wrong = round(place.calculated + rng.randint(1, 30), 6)
    return made(place, wrong, at(place, sum_of(ground, place) or ""))


@operator
def right_figure_over_formula(ground: Ground, rng: random.Random) -> Made | None:
    """Copied, and pasted as a value."""
    place = total(ground, rng, formula=True)
    if place is None or not place.calculated:
        return None
    return made(place, place.calculated, at(place, TYPED_RIGHT))


@operator
def figure_over_formula_unproven(ground: Ground, rng: random.Random) -> Made | None:
    """A total is typed, and a part of it is words: whether it is right cannot be told."""

    def formulas(p: Place) -> list[Place]:
        return [total for _, total in totals_of(ground, p) if total.calculated is not None]

    place = part(ground, rng, lambda p: not p.field.given and not sum_of(ground, p) and bool(formulas(p)))
    if place is None:
        return None
    over = rng.choice(formulas(place))
    return Made(
        (write(place, "详见附件"), write(over, over.calculated)),
        frozenset((*at(place, NO_FIGURE), *at(over, TYPED_UNPROVEN))),
        (place, over),
        area=frozenset({place.tab, over.tab}),
    )


@operator
def formula_on_wrong_range(ground: Ground, rng: random.Random) -> Made | None:
    """A formula that adds up one cell too few, with the result that it gives."""
    place = total(ground, rng, formula=True)
    if place is None:
        return None
    parts = [p for p in _column(ground, place) if p.number and p is not place and p.value]
    if not place.total or not parts or not place.calculated:
        return None
    left = parts[0]
    letters = column_letters(place.column)
    others = [p for p in parts if p is not left]
    formula = (
        f"SUM({letters}{others[0].row}:{letters}{others[-1].row})" if others else f"{letters}{left.row}*0"
    )
    value = round(sum(p.value for p in others), 6)
    must = frozenset(at(place, sum_of(ground, place) or ""))
    return Made((write(place, value, "n", formula),), must, (place,), area=frozenset({place.tab}))


# --- figures, names and dates that agree with nothing ---


def _some(
    ground: Ground, rng: random.Random, stated: tuple[Stated, ...], where: Callable[[Place], bool]
) -> tuple[Stated, Place] | None:
    for one in rng.sample(stated, len(stated)):
        place = ground.among(
            rng,
            lambda p, s=one: (p.frame, p.label) == (s.frame, s.label) and s.key in (None, p.key) and where(p),  # type: ignore[misc]
        )
        if place:
            return one, place
    return None


@operator
def stated_otherwise(ground: Ground, rng: random.Random) -> Made | None:
    found = _some(ground, rng, facts(ground.pack.name).equal, lambda p: p.number)
    return made(found[1], round(found[1].value + 1, 6), at(found[1], found[0].code)) if found else None


@operator
def renamed(ground: Ground, rng: random.Random) -> Made | None:
    found = _some(ground, rng, facts(ground.pack.name).names, lambda p: p.filled)
    if found is None:
        return None
    name = str(found[1].value)
    return made(
        found[1], rng.choice((f"{name}本部", f"原{name}", name[:-1] + "办")), at(found[1], found[0].code)
    )


@operator
def key_doubled(ground: Ground, rng: random.Random) -> Made | None:
    """Two rows of the table that others look names up in bear one name; the other is found no more."""
    names = facts(ground.pack.name).names
    told = {(n.frame, n.label): n.code for n in names}
    rows = [
        p for p in ground.places
        if p.filled and p.line is not None and p.key is None and (p.frame, p.label) not in told
        and any(p.label == n.label for n in names)
    ]  # fmt: skip
    if len(rows) < 2:
        return None
    kept, lost = rng.sample(rows, 2)
    must = {
        found
        for p in ground.places
        if (p.frame, p.label) in told and p.value == lost.value
        for found in at(p, told[p.frame, p.label])
    }
    area = frozenset({lost.tab, *(tab for _, tab, _ in must)})
    return replace(made(lost, str(kept.value), must), area=area) if must else None


@operator
def line_break_in_name(ground: Ground, rng: random.Random) -> Made | None:
    found = _some(ground, rng, facts(ground.pack.name).names, lambda p: p.filled)
    if found is None:
        return None
    name = str(found[1].value)
    return made(found[1], f"{name[:2]}\n{name[2:]}")


@operator
def last_year(ground: Ground, rng: random.Random) -> Made | None:
    found = _some(ground, rng, facts(ground.pack.name).years, lambda p: p.filled)
    if found is None:
        return None
    year = ground.pack.fiscal_year - rng.randint(0, 3)
    return made(
        found[1], f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}", at(found[1], found[0].code)
    )


@operator
def rate_on_another_base(ground: Ground, rng: random.Random) -> Made | None:
    found = _some(ground, rng, facts(ground.pack.name).rates, lambda p: p.number)
    return made(found[1], round(found[1].value * 0.9, 4), at(found[1], found[0].code)) if found else None


# --- scores ---


def rubric_of(ground: Ground, frame: str) -> Rubric | None:
    return next((r for r in ground.pack.rubrics if r.on == frame), None)


def score_code(ground: Ground, builtin: str, frame: str, label: str | None = None) -> str | None:
    """The code by which the form calls one of the checks of scores."""
    return next(
        (
            r.code
            for r in ground.pack.rules
            if r.builtin == builtin and r.on == frame and label in (None, *r.fields)
        ),
        None,
    )


def _score(ground: Ground, rng: random.Random, where: Callable[[Place], bool]) -> Place | None:
    frames = {r.on: r.self_score for r in ground.pack.rubrics}
    return ground.among(
        rng, lambda p: p.number and not p.total and frames.get(p.frame) == p.label and where(p)
    )


def _points(ground: Ground, place: Place) -> float:
    """How many points the row is worth: typed in it, or printed."""
    rubric = rubric_of(ground, place.frame)
    assert rubric is not None
    for p in ground.row_of(place):
        if p.label == rubric.weight and p.number:
            return float(p.value)
    fixed = next(r for r in ground.pack.tables[place.frame].rows if r.key == place.key)
    return float(fixed.labels[rubric.weight])


@operator
def score_above_points(ground: Ground, rng: random.Random) -> Made | None:
    place = _score(ground, rng, lambda p: True)
    if place is None:
        return None
    code = score_code(ground, "score_within", place.frame)
    value = _points(ground, place) + rng.choice((0.5, 1, 2))
    return made(place, value, at(place, code or ""), broken(ground, place))


@operator
def score_changed(ground: Ground, rng: random.Random) -> Made | None:
    """A score that follows from the figures, made better or worse."""

    def computed(p: Place) -> bool:
        for one in facts(ground.pack.name).computed:
            if (p.frame, p.label) == (one.frame, one.label):
                row = {o.label: o.value for o in ground.row_of(p)}
                named = not one.rows or any((p.key or "").endswith(f"·{name}") for name in one.rows)
                return named and all(row.get(label) in some for label, some in one.only.items())
        return False

    place = _score(ground, rng, lambda p: computed(p) and p.value > 1)
    if place is None:
        return None
    code = score_code(ground, "score_recalc", place.frame)
    return made(place, round(place.value - 0.5, 4), at(place, code or ""), broken(ground, place))


@operator
def reason_removed(ground: Ground, rng: random.Random) -> Made | None:
    reasons = {r.on: (r.reason, r.self_score) for r in ground.pack.rubrics}

    def given(p: Place) -> bool:
        if not p.filled or p.total or reasons.get(p.frame, ("", ""))[0] != p.label:
            return False
        score = next(o for o in ground.row_of(p) if o.label == reasons[p.frame][1])
        return score.number and score.value < _points(ground, score)

    place = ground.among(rng, given)
    return (
        made(place, None, at(place, score_code(ground, "score_reason", place.frame) or "")) if place else None
    )


@operator
def other_grade(ground: Ground, rng: random.Random) -> Made | None:
    grades = {r.grade: [g.name for g in r.grades] for r in ground.pack.rubrics}
    place = ground.among(rng, lambda p: p.filled and f"{p.frame}.{p.label}" in grades)
    if place is None:
        return None
    wrong = [g for g in grades[f"{place.frame}.{place.label}"] if g != place.value]
    code = score_code(ground, "score_grade", place.frame, place.label)
    return made(place, rng.choice(wrong), at(place, code or ""))
