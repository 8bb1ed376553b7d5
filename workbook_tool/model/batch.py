"""What a batch of returned workbooks holds, and all that is known of it after assessment."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

Frame = pd.DataFrame

LARGEST = 10**15
"""Beyond this a figure, in its smallest unit, is taken for a slip of the hand; a double counts
single fen up to here."""


@dataclass(frozen=True)
class Batch:
    """Many workbooks in a few long frames; one workbook is a batch of one.

    Attributes:
        submissions: submission (int, from 0), path, sha256, department, code, edition; pack and
            stamped: the pack and the department's code that its stamps name; saved: when an office
            program last saved it (UTC, ISO).
        frames: frame name -> long frame with a RangeIndex and the columns submission (int),
            tab (the sheet's name in that file), instance (0-based count among a repeated sheet's
            tabs), row (1-based sheet row; for a form its first), key (a fixed row's key or None),
            then one column per field: raw objects before `conform` (None blank, str, float, bool,
            CellError, Uncalculated), typed nullable columns after.
        places: submission, tab, frame, field, row (Int64, NA for a table's field), column (1-based).
        formulas: submission, frame, record (index in that frame), field, formula: the cells that
            hold a formula.
        unreadable: frame name -> boolean frame (fields) of cells that hold something that cannot
            be read as their type; filled by `conform`, empty before.
        text_numbers: frame name -> boolean frame (fields) of cells whose number the file holds as
            text, which SUM skips; filled by `conform`, empty before.
    """

    submissions: Frame
    frames: dict[str, Frame]
    places: Frame
    formulas: Frame
    unreadable: dict[str, Frame] = field(default_factory=dict)
    text_numbers: dict[str, Frame] = field(default_factory=dict)

    @cached_property
    def memo(self) -> dict[tuple[object, ...], object]:
        """What expressions have looked up in these frames; a changed batch is a new one."""
        return {}

    @cached_property
    def place_maps(self) -> tuple[dict[PlaceKey, int], dict[PlaceKey, int]]:
        """The column of every field, and the row of every form field, by (submission, tab, frame, field)."""
        places = self.places
        keys = list(zip(places["submission"], places["tab"], places["frame"], places["field"], strict=True))
        columns = dict(zip(keys, map(int, places["column"]), strict=True))
        known = places["row"].notna().tolist()
        rows = {key: int(row) for key, row, there in zip(keys, places["row"], known, strict=True) if there}
        return columns, rows


PlaceKey = tuple[int, str, str, str]
"""submission, tab, frame, field."""


class CellError(str):
    """An error value of the spreadsheet, such as #DIV/0!."""

    __slots__ = ()


class Uncalculated(str):
    """The formula of a cell that was never calculated: there is no value to read."""

    __slots__ = ()


@dataclass(frozen=True)
class Assessment:
    """All that is known of a batch.

    Attributes:
        batch: The typed batch.
        findings: See `findings.COLUMNS`, ordered by submission, sheet order and cell.
        totals: submission, rule, frame, record, field, sheet, cell, declared, computed, difference
            (Int64 fen).
        scores: submission, rubric, subject, instance, self, recomputed, unproven (Int64 1/10,000
            points), grade, self_grade.
        criteria: submission, rubric, subject, instance, id, title, points, self, score (Int64
            1/10,000 points), status (一致, 不一致, 无依据, 评判), because, sheet, cell.
        outcomes: submission, rule, outcome (pass, fail, unknown).
    """

    batch: Batch
    findings: Frame
    totals: Frame
    scores: Frame
    criteria: Frame
    outcomes: Frame
