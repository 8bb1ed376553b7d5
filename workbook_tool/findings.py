"""What was found: the one frame that every check adds to, and how a finding gets its address.

While checks run, a finding points at a record and a field; `address` turns that into sheet and
cell once, at the end, so that no check needs to know where on the paper a value stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from workbook_tool.model import Batch, Frame, Pack, Severity
from workbook_tool.notices import NOTICES

COLUMNS = (
    "submission", "code", "severity", "sheet", "cell", "field", "value", "expected", "difference",
    "message", "related",
)  # fmt: skip
"""The columns of an addressed frame: submission (int), code, severity (error, explain, note),
sheet (tab name or None), cell (A1 or None), field (label), value, expected, difference (texts as
shown, or None), message, related (tuple of "sheet!cell")."""

DRAFT_COLUMNS = (
    "submission", "code", "severity", "frame", "record", "field", "value", "expected",
    "difference", "message", "related", "sheet", "cell",
)  # fmt: skip
"""Before `address`: frame and record (index in that frame; -1 for none), related as a tuple of
(frame, record, field), or of "sheet!cell" where no record stands. A finding without a record may
still name a sheet, and a cell on it."""


@lru_cache(maxsize=1024)
def column_letters(number: int) -> str:
    """The letters of a 1-based column: 1 -> A, 28 -> AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def draft(
    submission: int,
    code: str,
    severity: Severity,
    message: str,
    *,
    frame: str | None = None,
    record: int = -1,
    field: str | None = None,
    value: str | None = None,
    expected: str | None = None,
    difference: str | None = None,
    related: Sequence[tuple[str, int, str] | str] = (),
    sheet: str | None = None,
    cell: str | None = None,
) -> dict[str, Any]:
    """One finding as a row of a draft frame."""
    return {
        "submission": submission, "code": code, "severity": severity.value, "frame": frame,
        "record": record, "field": field, "value": value, "expected": expected,
        "difference": difference, "message": message, "related": tuple(related), "sheet": sheet, "cell": cell,
    }  # fmt: skip


def collect(rows: Iterable[dict[str, Any]]) -> Frame:
    """A draft frame of the rows; empty with all its columns where there are none."""
    return pd.DataFrame(list(rows), columns=list(DRAFT_COLUMNS), dtype=object).astype(
        {"submission": "int64", "record": "int64"}
    )


def join(frames: Iterable[Frame]) -> Frame:
    """Several draft frames as one."""
    filled = [f for f in frames if len(f)]
    return pd.concat(filled, ignore_index=True) if filled else collect([])


def cells_of(batch: Batch, targets: Sequence[tuple[str, int, str]]) -> list[tuple[str, str | None]]:
    """The (tab, A1 cell) of each (frame, record, field); the cell is None where it is not known."""
    columns, rows = batch.place_maps
    lines = {
        name: [batch.frames[name][column].tolist() for column in ("submission", "tab", "row")]
        for name in dict.fromkeys(name for name, _, _ in targets)
    }
    found: list[tuple[str, str | None]] = []
    for name, record, label in targets:
        submissions, tabs, starts = lines[name]
        key = (submissions[record], tabs[record], name, label)
        column, row = columns.get(key), rows.get(key, starts[record])
        found.append((tabs[record], f"{column_letters(column)}{row}" if column else None))
    return found


def address(drafts: Frame, batch: Batch, pack: Pack) -> Frame:
    """Give every finding its sheet and cell, and put them in reading order.

    Returns:
        A frame with COLUMNS and a RangeIndex, ordered by submission, sheet order of the pack,
        tab, row, column and code.
    """
    order = {sheet.name: i for i, sheet in enumerate(pack.sheets)}
    targets = [
        (f, int(r), fld or "")
        for f, r, fld in zip(drafts["frame"], drafts["record"], drafts["field"], strict=True)
        if f is not None and r >= 0
    ]
    targets += [target for many in drafts["related"] for target in many if not isinstance(target, str)]
    places = dict(zip(targets, cells_of(batch, targets), strict=True))
    rows: list[dict[str, Any]] = []
    for line in drafts.to_dict("records"):
        target = (line["frame"], int(line["record"]), line["field"] or "")
        sheet, cell = places.get(target, (line["sheet"], line["cell"]))
        owner = pack.tables[line["frame"]].sheet.name if line["frame"] in pack.tables else ""
        reading = (line["submission"], order.get(owner, -1), sheet or "", *reading_order(cell), line["code"])
        related = tuple(filter(None, (_shown(t, places) for t in line["related"])))
        rows.append(
            {k: line.get(k) for k in COLUMNS}
            | {"sheet": sheet, "cell": cell, "related": related, "_order": reading}
        )
    rows.sort(key=lambda r: r["_order"])
    plain = [{k: r[k] for k in COLUMNS} for r in rows]
    return pd.DataFrame(plain, columns=list(COLUMNS), dtype=object).astype({"submission": "int64"})


def _shown(target: tuple[str, int, str] | str, places: Mapping[Any, tuple[str, str | None]]) -> str | None:
    """A related cell as "sheet!cell"; None where it has no place."""
    if isinstance(target, str):
        return target
    tab, cell = places[target]
    return f"{tab}!{cell}" if cell else None


def reading_order(cell: str | None) -> tuple[int, int, str]:
    """What cells of a tab are sorted by to stand in the order of reading."""
    if not cell:
        return (0, 0, "")
    letters = cell.rstrip("0123456789")
    return (int(cell[len(letters) :]), len(letters), letters)


def count(findings: Frame) -> dict[Severity, int]:
    """How many findings of each severity."""
    counts = findings["severity"].value_counts()
    return {s: int(counts.get(s.value, 0)) for s in Severity}


def notice(
    code: str,
    submission: int,
    words: Mapping[str, object],
    *,
    severity: Severity | None = None,
    **target: Any,
) -> dict[str, Any]:
    """A draft row of a general finding; `target` as in `draft` (frame, record, field, value …)."""
    kind = NOTICES[code]
    return draft(submission, code, severity or kind.severity, kind.say(**words), **target)
