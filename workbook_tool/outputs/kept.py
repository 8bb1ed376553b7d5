"""All that is kept of a returned workbook, as plain data: its result, its values, its own sums.

Made once for a whole batch; `frames` makes long frames of it again, of any choice of workbooks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from workbook_tool.excel.ooxml.source import Source
from workbook_tool.model import Assessment, Batch, Frame, Pack
from workbook_tool.outputs.records import Submission, submissions

__all__ = ["HEAD", "Computed", "Reviewed", "Source", "Values", "frames", "kept"]

HEAD = {"tab": "object", "instance": "int64", "row": "int64", "key": "object"}
"""What stands before the fields in a line of `Values`, with the dtypes of a frame."""

DTYPES = {"amount": "Int64", "points": "Int64", "count": "Int64", "number": "Float64", "percent": "Float64"}
"""What a field's values are kept in; all others are texts."""

Computed = tuple[str, int, str, int | None, int | None]
"""frame, line in its `Values` (from 0), field, declared, computed: in the units of `checks.totals`."""


class Values(TypedDict):
    """What stands in one frame of one workbook.

    `lines` are [tab, instance, row, key, *values]: amounts in fen, points in 1/10,000, counts as
    they are, plain numbers and percentages as floats, texts; None for a blank and for what cannot
    be read. `columns` (tab -> field -> 1-based column) and `rows` (the same for a form's fields)
    say where they stand.
    """

    fields: list[str]
    lines: list[list[Any]]
    columns: dict[str, dict[str, int]]
    rows: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Reviewed:
    """All that is kept of one returned workbook.

    Attributes:
        source: What the workbook is called: `Source.path`.
        sha256: Of its content; empty where there was none to be had.
        modified: The file's time: UTC, ISO.
        saved: When an office program last saved it: UTC, ISO.
        pack: The pack it says it was made from.
        code: The department's code that its stamps name, else the one that was typed.
        department: The name that was typed.
        submission: Exactly what `check --json` says of it.
        values: frame -> what stands in it; a frame without a line and without a place is left out.
        computed: The declared totals beside their sums.
        copy: The annotated copy; None where there is none.
    """

    source: str
    sha256: str
    size: int
    modified: str | None
    saved: str | None
    pack: str | None
    code: str | None
    department: str | None
    submission: Submission
    values: dict[str, Values]
    computed: list[Computed]
    copy: str | None = None


def kept(assessment: Assessment, pack: Pack, sources: Sequence[Source]) -> list[Reviewed]:
    """What is kept of every workbook of a batch, in its order.

    Args:
        assessment: All that is known of the batch.
        pack: The pack it was assessed by.
        sources: Where its workbooks came from, in the order of the batch.
    """
    batch = assessment.batch
    slices = {name: Slices(frame, len(sources)) for name, frame in batch.frames.items()}
    values = _values(batch, slices, len(sources))
    computed = _computed(assessment.totals, slices, len(sources))
    told = submissions(assessment, pack)
    return [
        Reviewed(
            source=source.path,
            sha256=line["sha256"] or "",
            size=source.size,
            modified=source.modified,
            saved=line["saved"],
            pack=line["pack"],
            code=line["stamped"] or line["code"],
            department=line["department"],
            submission=told[number],
            values=values[number],
            computed=computed[number],
        )
        for number, (source, line) in enumerate(
            zip(sources, batch.submissions.to_dict("records"), strict=True)
        )
    ]


class Slices:
    """Which lines of a frame belong to which workbook.

    Args:
        frame: A frame with the column `submission`.
        count: How many workbooks there are.

    Attributes:
        order: The lines, those of one workbook after the other.
        starts: Where in `order` each workbook begins; one more than there are workbooks.
    """

    def __init__(self, frame: Frame, count: int):
        numbers = frame["submission"].to_numpy(dtype=np.int64)
        self.order = np.argsort(numbers, kind="stable")
        self.starts = np.searchsorted(numbers[self.order], np.arange(count + 1)).tolist()

    def columns(self, frame: Frame, names: Sequence[str]) -> Iterator[list[Any]]:
        """Columns as plain Python values in this order; None for what is missing."""
        for name in names:
            column = frame[name].array
            plain = (
                column.to_numpy(dtype=object, na_value=None)
                if isinstance(column.dtype, pd.api.extensions.ExtensionDtype)
                else column.to_numpy()
            )
            yield plain[self.order].tolist()

    def lines(self) -> list[int]:
        """For each record its line among those of its workbook."""
        lines = np.empty(len(self.order), dtype=np.int64)
        first = np.repeat(self.starts[:-1], np.diff(self.starts))
        lines[self.order] = np.arange(len(self.order)) - first
        found: list[int] = lines.tolist()
        return found


def _values(batch: Batch, slices: dict[str, Slices], count: int) -> list[dict[str, Values]]:
    found: list[dict[str, Values]] = [{} for _ in range(count)]
    fields = {
        name: [str(c) for c in frame.columns if c != "submission"][len(HEAD) :]
        for name, frame in batch.frames.items()
    }

    def of(number: int, name: str) -> Values:
        if name not in found[number]:
            found[number][name] = {"fields": fields[name], "lines": [], "columns": {}, "rows": {}}
        return found[number][name]

    for name, frame in batch.frames.items():
        columns = slices[name].columns(frame, [*HEAD, *fields[name]])
        lines = [list(line) for line in zip(*columns, strict=True)]
        starts = slices[name].starts
        for number in range(count):
            if starts[number] < starts[number + 1]:
                of(number, name)["lines"] = lines[starts[number] : starts[number + 1]]
    _add_places(batch.places, of)
    return found


def _add_places(places: Frame, of: Callable[[int, str], Values]) -> None:
    """Put the column of every field, and the row of every form field, where its values are."""
    wanted = ("submission", "frame", "tab", "field", "column", "row")
    columns = Slices(places, 0).columns(places, wanted)
    for number, name, tab, label, column, row in zip(*columns, strict=True):
        values = of(number, name)
        values["columns"].setdefault(tab, {})[label] = column
        if row is not None:
            values["rows"].setdefault(tab, {})[label] = row


def _computed(totals: Frame, slices: dict[str, Slices], count: int) -> list[list[Computed]]:
    found: list[list[Computed]] = [[] for _ in range(count)]
    lines = {name: some.lines() for name, some in slices.items()}
    wanted = ("submission", "frame", "record", "field", "declared", "computed")
    columns = Slices(totals, count).columns(totals, wanted)
    for number, name, record, label, declared, computed in zip(*columns, strict=True):
        found[number].append((name, lines[name][record], label, declared, computed))
    return found


def frames(
    reviewed: Sequence[Reviewed], pack: Pack, names: Collection[str] | None = None
) -> dict[str, Frame]:
    """Long frames of what was kept, typed as `checks.conform` types them.

    Args:
        reviewed: Any workbooks; `submission` is their number in this sequence.
        pack: Says which frames and fields there are; what a workbook does not have is missing.
        names: The frames that are wanted; all where it is None.
    """
    return {name: _frame(name, reviewed, pack) for name in (pack.tables if names is None else names)}


def _frame(name: str, reviewed: Sequence[Reviewed], pack: Pack) -> Frame:
    table = pack.tables[name]
    dtypes = HEAD | {field.label: DTYPES.get(field.type, "string") for field in table.fields}
    numbers: list[int] = []
    columns: dict[str, list[Any]] = {label: [] for label in dtypes}
    for number, one in enumerate(reviewed):
        values = one.values.get(name)
        if not values or not values["lines"]:
            continue
        numbers.extend([number] * len(values["lines"]))
        blank = [None] * len(values["lines"])
        held = dict(zip([*HEAD, *values["fields"]], zip(*values["lines"], strict=True), strict=True))
        for label, column in columns.items():
            column.extend(held.get(label, blank))
    data = {label: pd.Series(columns[label], dtype=dtype) for label, dtype in dtypes.items()}
    return pd.DataFrame({"submission": pd.Series(numbers, dtype="int64")} | data)
