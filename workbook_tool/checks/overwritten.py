"""Totals that the template calculates and that were typed: one notice for all that are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbook_tool.checks.applies import NAMES, PASS
from workbook_tool.checks.own_formulas import own_formulas
from workbook_tool.findings import cells_of, collect, notice, reading_order
from workbook_tool.forms.language.records import Records
from workbook_tool.model import Batch, Frame, Pack
from workbook_tool.notices import TYPED_TOTALS

MOST_NAMED = 3
"""Cells that the sentence names."""

Place = tuple[str, int, str]


def check_overwritten(batch: Batch, totals: Frame, pack: Pack) -> Frame:
    """The notices of typed totals that are right; of wrong ones their own finding says it.

    Args:
        batch: The typed batch.
        totals: What `recompute` gave.
        pack: The pack.
    """
    own = own_formulas(Records(batch, pack))
    typed: dict[int, list[Place]] = {}
    for field, lines in totals[totals["declared"].notna()].groupby(["frame", "field"], sort=False):
        frame, label = map(str, field)
        records = lines["record"].to_numpy()
        right = own.template_has(frame, label) & ~own.there(frame, label)
        right[records[lines["outcome"].to_numpy() != NAMES[PASS]]] = False
        for record in np.unique(records[right[records]]).tolist():
            submission = int(own.records.submissions(frame)[record])
            typed.setdefault(submission, []).append((frame, record, label))
    everywhere = [place for places in typed.values() for place in places]
    at = dict(zip(everywhere, cells_of(batch, everywhere), strict=True))
    return collect(_notice(submission, places, at, pack) for submission, places in typed.items())


def _notice(
    submission: int, places: Sequence[Place], at: Mapping[Place, tuple[str, str | None]], pack: Pack
) -> dict[str, Any]:
    """One notice, at the first of the cells as the workbook is read."""
    sheets = {sheet.name: number for number, sheet in enumerate(pack.sheets)}

    def reading(place: Place) -> tuple[int, str, tuple[int, int, str]]:
        tab, cell = at[place]
        return sheets[pack.tables[place[0]].sheet.name], tab, reading_order(cell)

    first, *others = sorted(places, key=reading)
    named = "、".join(f"“{at[p][0]}”{at[p][1]}" for p in [first, *others][:MOST_NAMED])
    words = {"count": len(places), "cells": named + ("等" if len(places) > MOST_NAMED else "")}
    frame, record, label = first
    related = tuple(others)
    return notice(TYPED_TOTALS, submission, words, frame=frame, record=record, field=label, related=related)
