"""Saved results that their own formulas no longer give: never believed, and told once.

A file keeps beside each formula what it last came to. Where calculation was off, or a program wrote
the file, that figure is old. Every check then goes by what the formula comes to now.

Working a formula out costs more than all checks of its cell together, so the template's own formulas
are worked out only where their total is wrong, or where something else in the workbook proves stale:
a total that is right is what the template's formula for it gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from workbook_tool.checks.addresses import Book, Place
from workbook_tool.checks.applies import FAIL, NAMES
from workbook_tool.checks.conform import quoted
from workbook_tool.checks.own_formulas import OwnFormulas, Typed, alike, own_formulas
from workbook_tool.checks.totals import recompute
from workbook_tool.findings import collect, notice
from workbook_tool.forms.figures import figure, whole_scale
from workbook_tool.forms.language.records import Records
from workbook_tool.model import Batch, FormField, Frame, Pack

TEMPLATE_BEGINS = "=IF(COUNT("
"""How the template's own formulas for totals begin."""
MOST_ROUNDS = 8
"""How often the totals are worked out anew, each time after what was stale has been mended."""
MOST_PASSES = 20
"""How many formulas in a row may each wait for the one before; more are left as they stand."""

Values = dict[Place, Typed]


def up_to_date(batch: Batch, pack: Pack) -> tuple[Batch, Frame, Frame, Frame]:
    """Put what formulas come to now in the place of saved results that are stale.

    Args:
        batch: The typed batch.
        pack: The pack.

    Returns:
        The batch to go by; the totals and the findings of wrong ones, as `recompute` gives them for
        it; and the findings of stale results.
    """
    totals, wrong = recompute(batch, pack)
    first = own_formulas(Records(batch, pack))
    now = first
    fresh: Values = {}
    doubted = _doubted(first, totals)
    for _ in range(MOST_ROUNDS):
        news = _news(now, totals, doubted)
        if not news:
            break
        fresh |= news
        batch = with_values(batch, news)
        doubted = {n: None for n in _submissions(now, news)}
        totals, wrong = recompute(batch, pack)
        now = own_formulas(Records(batch, pack))
    told = [_told(place, value, first) for place, value in fresh.items()]
    return batch, totals, wrong, collect(row for row in told if row)


def _doubted(own: OwnFormulas, totals: Frame) -> dict[int, set[Place] | None]:
    """By workbook, the formulas to be tried: of wrong totals, and those that are not the template's."""
    failed = totals[totals["outcome"] == NAMES[FAIL]]
    wrong = set(zip(failed["frame"], failed["record"], failed["field"], strict=True))
    found: dict[int, set[Place] | None] = {}
    for submission, formulas in own.numeric.items():
        places = {p for p, text in formulas if not text.startswith(TEMPLATE_BEGINS) or p in wrong}
        if places:
            found[submission] = places
    return found


def _news(own: OwnFormulas, totals: Frame, doubted: Mapping[int, set[Place] | None]) -> Values:
    """What is stale: of a workbook the doubted formulas are tried first, and if one is, all (None)."""
    found: Values = {}
    expected: dict[Place, set[int]] | None = None
    for submission, places in doubted.items():
        formulas = own.numeric.get(submission, ())
        if expected is None:
            expected = _expected(totals, own.records)
        book = Book(own.records, submission)
        few = [(p, text) for p, text in formulas if places is None or p in places]
        if few and _differing(own, few, book, expected):
            found |= _swept(own, formulas, book, expected)
    return found


def _differing(
    own: OwnFormulas, formulas: Sequence[tuple[Place, str]], book: Book, expected: Mapping[Place, set[int]]
) -> Values:
    """Those that come to something else than what stands there."""
    found: Values = {}
    for place, text in formulas:
        outcome = own.outcome(place, text, book)
        if outcome is None or alike(outcome.value, own.stands(place)):
            continue
        scale = whole_scale(own.records.table(place[0]).by_label[place[2]])
        if outcome.sure or round((outcome.value or 0) * scale) in expected.get(place, ()):
            found[place] = outcome.value
    return found


def _swept(
    own: OwnFormulas, formulas: Sequence[tuple[Place, str]], book: Book, expected: Mapping[Place, set[int]]
) -> Values:
    """All stale results of a workbook, worked out until each follows from the others; none if that fails."""
    last: Values = {}
    for _ in range(MOST_PASSES):
        found = _differing(own, formulas, book, expected)
        if found.keys() == last.keys() and all(alike(found[p], last[p]) for p in found):
            return found
        book.mended = {place: own.seen(place, value) for place, value in found.items()}
        last = found
    return {}


def _expected(totals: Frame, records: Records) -> dict[Place, set[int]]:
    """What the rules say of totals that are wrong as they stand."""
    found: dict[Place, set[int]] = defaultdict(set)
    failed = totals[totals["outcome"] == NAMES[FAIL]]
    columns = (failed[name] for name in ("frame", "record", "field", "computed"))
    for frame, record, label, computed in zip(*columns, strict=True):
        found[frame, record, label].add(int(computed))
    return found


def _submissions(own: OwnFormulas, places: Iterable[Place]) -> set[int]:
    return {int(own.records.submissions(frame)[record]) for frame, record, _ in places}


def with_values(batch: Batch, values: Mapping[Place, Typed]) -> Batch:
    """The batch with other typed values in some cells."""
    frames = dict(batch.frames)
    by_field: dict[tuple[str, str], dict[int, Typed]] = defaultdict(dict)
    for (name, record, label), value in values.items():
        by_field[name, label][record] = value
    for (name, label), cells in by_field.items():
        frame = frames[name].copy(deep=False)
        column = frame[label].array.copy()
        column[list(cells)] = pd.array(list(cells.values()), dtype=column.dtype)
        frame[label] = column
        frames[name] = frame
    return replace(batch, frames=frames)


def _told(place: Place, value: Typed, own: OwnFormulas) -> dict[str, Any] | None:
    """The finding of a stale result; None where it came to be right again."""
    stood = own.stands(place)
    if alike(stood, value):
        return None
    frame, record, label = place
    field: FormField = own.records.table(frame).by_label[label]
    said, expected = (None if v is None else figure(v, field, own.pack) for v in (stood, value))
    difference = None
    if stood is not None and value is not None:
        difference = figure(stood - value, field, own.pack)
    return notice(
        "格式-13",
        int(own.records.submissions(frame)[record]),
        {"label": field.printed, "formula": quoted(own.text(place) or ""), "value": said or "空白",
         "expected": expected or "空白"},
        frame=frame, record=record, field=label, value=said, expected=expected, difference=difference,
    )  # fmt: skip
