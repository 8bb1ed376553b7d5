"""The figures of a return that next year's are held against."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from workbook_tool.model import Pack, Table
from workbook_tool.outputs.kept import Reviewed, Values

EXACT = frozenset({"amount", "count", "points"})
"""The types whose values are whole: fen, numbers of things, 1/10,000 points."""


def figures(reviewed: Reviewed, pack: Pack) -> dict[str, int]:
    """Every figure of a return that has a name: `frame.field` of a form, `frame[key].field` of a fixed row.

    Sheets that repeat are left out: which of last year's tabs is this year's, nobody has said. So are
    rows under a key that stands more than once, and what is blank or cannot be read.
    """
    return {
        name: value
        for frame, table in pack.tables.items()
        if frame in reviewed.values and not table.sheet.repeats
        for name, value in _figures(reviewed.values[frame], table)
    }


def _figures(values: Values, table: Table) -> Iterator[tuple[str, int]]:
    single = {row.key for row in table.rows if row.slots == 1}
    named = [line for line in values["lines"] if table.kind == "form" or line[3] in single]
    keys = [line[3] for line in named]
    for line in named:
        if keys.count(line[3]) > 1:
            continue
        place = table.name if table.kind == "form" else f"{table.name}[{line[3]}]"
        for label, value in zip(values["fields"], line[4:], strict=True):
            field = table.by_label.get(label)
            if field is not None and field.type in EXACT and value is not None:
                yield sys.intern(f"{place}.{label}"), int(value)  # a county's departments all have it
