"""Totals that the template calculates and that were typed: one notice of the right, one of the unproven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbook_tool.checks.applies import NAMES, PASS, UNKNOWN
from workbook_tool.checks.own_formulas import own_formulas
from workbook_tool.findings import cells_of, collect, notice, reading_order
from workbook_tool.forms.language.records import Positions, Records
from workbook_tool.model import Batch, Frame, Pack
from workbook_tool.notices import TYPED_TOTALS, UNPROVEN_TOTALS

MOST_NAMED = 3
"""Cells that the sentence names."""

CODES = {PASS: TYPED_TOTALS, UNKNOWN: UNPROVEN_TOTALS}
"""The notice by what the rules about a total come to; of a wrong one their own finding says it."""

Place = tuple[str, int, str]


def check_overwritten(batch: Batch, totals: Frame, pack: Pack) -> Frame:
    """The notices of typed totals that are right, and of those of which that cannot be told.

    Args:
        batch: The typed batch.
        totals: What `recompute` gave.
        pack: The pack.
    """
    own = own_formulas(Records(batch, pack))
    typed: dict[tuple[int, str], list[Place]] = {}
    for field, lines in totals[totals["declared"].notna()].groupby(["frame", "field"], sort=False):
        frame, label = map(str, field)
        overwritten = own.template_has(frame, label) & ~own.there(frame, label)
        outcomes = _worst(lines, len(overwritten))
        submissions = own.records.submissions(frame)
        for outcome, code in CODES.items():
            for record in np.flatnonzero(overwritten & (outcomes == outcome)).tolist():
                typed.setdefault((int(submissions[record]), code), []).append((frame, record, label))
    everywhere = [place for places in typed.values() for place in places]
    at = dict(zip(everywhere, cells_of(batch, everywhere), strict=True))
    return collect(
        _notice(code, submission, places, at, pack) for (submission, code), places in typed.items()
    )


def _worst(lines: Frame, size: int) -> Positions:
    """What all rules about a field come to for each of its records; -1 for a record that none is about."""
    worst = np.full(size, -1)
    records, outcomes = lines["record"].to_numpy(), lines["outcome"].to_numpy()
    for outcome, name in enumerate(NAMES):  # each outweighs those before it
        worst[records[outcomes == name]] = outcome
    return worst


def _notice(
    code: str,
    submission: int,
    places: Sequence[Place],
    at: Mapping[Place, tuple[str, str | None]],
    pack: Pack,
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
    return notice(code, submission, words, frame=frame, record=record, field=label, related=related)
