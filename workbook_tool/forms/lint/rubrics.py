"""Mistakes in a rubric: points that do not add up, bands with gaps, names that lead nowhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import get_args

from workbook_tool.forms.figures import plain
from workbook_tool.forms.language.compiled import expression_mistakes
from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.lint.form import doubled, field_names, is_field
from workbook_tool.forms.lint.methods import method_mistakes
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.model import Criterion, Pack, PackError, Rubric, Scoring

POINTS_IN_LABEL = re.compile(r"\((\d+(?:\.\d+)?)\s*分\)")
"""The points that a level prints behind its name, full-width brackets made half-width."""

Found = Iterator[tuple[tuple[str | int, ...], str]]
"""Where in the rubric, and what is wrong."""


def rubric_mistakes(pack: Pack, number: int, places: Places) -> Iterator[PackError]:
    """Every mistake of one rubric."""
    rubric = pack.rubrics[number]
    for at, says in _mistakes(rubric, pack):
        yield places.error(says, "rubrics", number, *at)


def _mistakes(rubric: Rubric, pack: Pack) -> Found:
    yield from _table_mistakes(rubric, pack)
    yield from _reference_mistakes(rubric, pack)
    yield from _grade_mistakes(rubric, pack)
    yield from _option_mistakes(rubric)
    yield from _sum_mistakes(rubric)
    yield from _name_mistakes(rubric)
    yield from _criterion_mistakes(rubric, pack)
    yield from _line_mistakes(rubric, pack)


def _table_mistakes(rubric: Rubric, pack: Pack) -> Found:
    table = pack.tables.get(rubric.on)
    if table is None:
        yield ("on",), f"没有“{rubric.on}”这张表{suggest(rubric.on, pack.tables)}"
        return
    columns: dict[tuple[str | int, ...], str] = {
        **{(key,): getattr(rubric, key) for key in ("self_score", "reason", "standard", "weight")},
        **{("levels", n): level for n, level in enumerate(rubric.levels)},
    }
    for at, label in columns.items():
        if label and label not in table.by_label:
            yield at, f"“{rubric.on}”没有“{label}”这一栏{suggest(label, table.by_label)}"


def _reference_mistakes(rubric: Rubric, pack: Pack) -> Found:
    """Fields that a rubric names as `frame.field`."""
    known = field_names(pack)
    for key in ("subject", "grade"):
        reference = getattr(rubric, key)
        if reference is not None and not is_field(reference, pack):
            yield (key,), f"{key} 里写的“{reference}”不存在{suggest(reference, known)}"
    for scoring, reference in rubric.items.items():
        if scoring not in get_args(Scoring):
            yield ("items", scoring), f"没有“{scoring}”这种计分办法{suggest(scoring, get_args(Scoring))}"
        if not is_field(reference, pack):
            says = f"items 里写的“{reference}”不存在{suggest(reference, known)}"
            yield ("items", scoring), says
    frame = rubric.subject.rpartition(".")[0]
    if rubric.total is not None and frame in pack.tables:
        for says in expression_mistakes(rubric.total, pack, frame):
            yield ("total",), says


def _grade_mistakes(rubric: Rubric, pack: Pack) -> Found:
    names = [grade.name for grade in rubric.grades]
    for number in doubled(names):
        yield ("grades", number), f"等次“{names[number]}”写了两次"
    for number in doubled(grade.least for grade in rubric.grades):
        yield ("grades", number), f"有两个等次都从 {plain(rubric.grades[number].least)} 分起"
    least = min((grade.least for grade in rubric.grades), default=Decimal(0))
    if least > 0:
        yield ("grades",), f"低于 {plain(least)} 分的没有等次，最低一等应从 0 分起"
    if rubric.grade is None or not is_field(rubric.grade, pack):
        return
    frame, _, label = rubric.grade.rpartition(".")
    field = pack.tables[frame].by_label[label]
    if field.type == "choice" and set(field.choices) != set(names):
        says = f"“{rubric.grade}”的选项是{'、'.join(field.choices)}，等次却是{'、'.join(names)}"
        yield ("grades",), says


def _option_mistakes(rubric: Rubric) -> Found:
    for number in doubled(option.name for option in rubric.options):
        yield ("options", number, "name"), f"有两个口径都叫“{rubric.options[number].name}”"
    for number, option in enumerate(rubric.options):
        named = f"口径“{option.name}”"
        if option.chosen not in option.choices:
            says = f"{named}的 chosen 是“{option.chosen}”，不在 choices 里"
            yield ("options", number, "chosen"), says + suggest(option.chosen, option.choices)
        for twice in doubled(option.choices):
            yield ("options", number, "choices"), f"{named}的选择“{option.choices[twice]}”写了两次"
        for choice in option.says:
            if choice not in option.choices:
                says = f"{named}没有“{choice}”这个选择{suggest(choice, option.choices)}"
                yield ("options", number, "says", choice), says


def _criterion_mistakes(rubric: Rubric, pack: Pack) -> Found:
    frame = rubric.subject.rpartition(".")[0]
    for number, criterion in enumerate(rubric.criteria):
        points = criterion.points if criterion.points is not None else rubric.shares[criterion.share or ""]
        for at, says in method_mistakes(criterion, rubric, pack, frame, points):
            yield ("criteria", number, *at), f"指标 {criterion.id}：{says}"
        if criterion.cell is not None and frame in pack.tables:
            for says in expression_mistakes(criterion.cell, pack, frame):
                yield ("criteria", number, "cell"), f"指标 {criterion.id}：{says}"


def _line_mistakes(rubric: Rubric, pack: Pack) -> Found:
    """What is wrong with the ways of scoring the rows that a department writes."""
    table = pack.tables.get(rubric.on)
    if rubric.lines is None or table is None:
        return
    for key in ("title", "unit"):
        label = getattr(rubric.lines, key)
        if label is not None and label not in table.by_label:
            yield ("lines", key), f"“{rubric.on}”没有“{label}”这一栏{suggest(label, table.by_label)}"
    for number, way in enumerate(rubric.lines.ways):
        at: tuple[str | int, ...] = ("lines", "ways", number)
        for says in expression_mistakes(way.when, pack, rubric.on):
            yield (*at, "when"), f"{way.id}：{says}"
        for inner, says in method_mistakes(way, rubric, pack, rubric.on, None):
            yield (*at, *inner), f"{way.id}：{says}"


# ---- sums


def _sum_mistakes(rubric: Rubric) -> Found:
    total = _sum(rubric, rubric.criteria) + (rubric.lines.points if rubric.lines else Decimal(0))
    if total != rubric.points:
        yield ("points",), f"各指标分值合计 {plain(total)}，应为 {plain(rubric.points)}"
    for share in rubric.shares:
        if not any(c.share == share for c in rubric.criteria):
            yield ("shares", share), f"没有指标共用“{share}”的分值"
    for first, group in _groups(rubric).items():
        label = group[0].labels[first[1]]
        printed = POINTS_IN_LABEL.search(unicodedata.normalize("NFKC", label))
        if printed is None or _cut(rubric, group):
            continue
        points = _sum(rubric, group)
        if points != Decimal(printed[1]):
            yield ("criteria", first[0]), f"“{label}”下各指标分值合计 {plain(points)}，与标明的分数不符"


def _groups(rubric: Rubric) -> Mapping[tuple[int, int], list[Criterion]]:
    """The criteria under one printed label, by (position of the first, level)."""
    first: dict[tuple[str, ...], int] = {}
    groups: dict[tuple[int, int], list[Criterion]] = {}
    for number, criterion in enumerate(rubric.criteria):
        for level in range(len(criterion.labels)):
            start = first.setdefault(criterion.labels[: level + 1], number)
            groups.setdefault((start, level), []).append(criterion)
    return groups


def _sum(rubric: Rubric, criteria: Iterable[Criterion]) -> Decimal:
    """The points of criteria, those that several share counted once."""
    some = list(criteria)
    shares = {c.share for c in some if c.points is None and c.share is not None}
    own = sum((c.points for c in some if c.points is not None), Decimal(0))
    return own + sum((rubric.shares[share] for share in shares), Decimal(0))


def _cut(rubric: Rubric, group: list[Criterion]) -> bool:
    """Whether a group shares points with criteria outside it, so that its sum means nothing."""
    shares = {c.share for c in group if c.points is None}
    ids = {c.id for c in group}
    return any(c.share in shares and c.points is None and c.id not in ids for c in rubric.criteria)


def _name_mistakes(rubric: Rubric) -> Found:
    for number in doubled(c.id for c in rubric.criteria):
        yield ("criteria", number, "id"), f"指标 id“{rubric.criteria[number].id}”用了两次"
    for number in doubled(c.key for c in rubric.criteria):
        says = f"有两个指标都叫“{rubric.criteria[number].key}”：最后两级名称合起来不能重复"
        yield ("criteria", number, "labels"), says
