"""What the formulas of a workbook come to before any spreadsheet has seen it.

The pack's own evaluator calculates them, over the values as a spreadsheet would see them: a text
in a cell for numbers counts as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from workbook_tool.excel.template.calculated import Area, At, Calculated, Papers
from workbook_tool.excel.template.paper import Line, Tab, Value
from workbook_tool.forms.expressions import Expression, evaluate
from workbook_tool.model import LARGEST, Batch, FormField, Frame, Pack, Table

Result = str | float | bool
DTYPES = {"amount": "Int64", "points": "Int64", "count": "Int64", "number": "Float64", "percent": "Float64"}
POINT = 10_000


@dataclass(frozen=True)
class Placed:
    """A record of a frame: the tab and line it stands on."""

    tab: Tab
    line: Line | None


class Sums:
    """One workbook as a batch of one, whose formulas are calculated until nothing changes."""

    def __init__(self, papers: Papers, cells: Mapping[At, Calculated]) -> None:
        self.pack, self.cells = papers.pack, cells
        pack, tabs = papers.pack, papers.tabs
        self.records = {name: list(_records(table, tabs)) for name, table in pack.tables.items()}
        self.frames = {name: _frame(table, self.records[name]) for name, table in pack.tables.items()}
        self.numbers = set(_numbers(papers))
        self.results: dict[At, Result] = dict.fromkeys(cells, "")
        self.targets = self._targets()

    def _targets(self) -> dict[Expression, list[tuple[int, Calculated]]]:
        """The records that each expression is calculated for; formulas alike share it."""
        at = {
            (r.tab.name, name, r.line.row if r.line else -1): n
            for name, records in self.records.items()
            for n, r in enumerate(records)
        }
        targets: dict[Expression, list[tuple[int, Calculated]]] = {}
        for cell in self.cells.values():
            record = at.get((cell.at[0], cell.frame, cell.line.row if cell.line else -1))
            if record is not None:
                targets.setdefault(cell.expression, []).append((record, cell))
        return targets

    @property
    def batch(self) -> Batch:
        """The values as far as they are calculated."""
        return Batch(_submission(), self.frames, _NO_PLACES, _NO_FORMULAS)

    def calculate(self) -> dict[At, Result]:
        """The result of every formula; the empty text where it shows nothing."""
        changed = set(self.frames)
        for _ in range(len(self.cells) + 1):
            batch = self.batch
            found = [
                (cell, record, series.iat[record])
                for expression, pairs in self.targets.items()
                if changed & {expression.on, *(frame for frame, _ in expression.references)}
                for series in [evaluate(expression, batch, self.pack)]
                for record, cell in pairs
            ]
            changed = {c.frame for c, record, value in found if self._enter(c, record, value)}
            if not changed:
                break
        return self.results

    def _enter(self, cell: Calculated, record: int, value: Any) -> bool:
        """Write a result where the other formulas see it; whether it is news."""
        shows = self._has_number(*cell.areas) if cell.needs_number else all(map(self._has_number, cell.must))
        if pd.isna(value) or not shows:
            return False
        result = _shown(value, cell.field, self.pack)
        if self.results[cell.at] == result:
            return False
        self.results[cell.at] = result
        if isinstance(result, (int, float)):
            self.numbers.add(cell.at)
        frame = self.frames[cell.frame].copy()
        column = frame[cell.field.label].copy()
        column.iloc[record] = value
        frame[cell.field.label] = column
        self.frames = self.frames | {cell.frame: frame}
        return True

    def _has_number(self, *areas: Area) -> bool:
        return any(
            (a.tab, row, column) in self.numbers
            for a in areas
            for row in range(a.top, a.bottom + 1)
            for column in range(a.left, a.right + 1)
        )


def _records(table: Table, tabs: Sequence[Tab]) -> Iterable[Placed]:
    """The records a reader would find: blank free rows, slots and copies are none."""
    for tab in tabs:
        layout = tab.layout
        if layout.sheet.name != table.sheet.name or (layout.sheet.repeats and layout.contents.empty):
            continue
        if table.kind == "form":
            yield Placed(tab, None)
            continue
        for line in layout.lines[table.name]:
            single = line.fixed is not None and line.fixed.slots == 1
            given = any(layout.contents.value(table.name, f.label, line) is not None for f in table.fields)
            if single or given:
                yield Placed(tab, line)


def _frame(table: Table, records: Sequence[Placed]) -> Frame:
    columns: dict[str, Any] = {
        "submission": [0] * len(records),
        "tab": [r.tab.name for r in records],
        "instance": [r.tab.instance for r in records],
        "row": [r.line.row + 1 if r.line else 1 for r in records],
        "key": pd.Series([r.line.key if r.line else None for r in records], dtype=object),
    }
    for f in table.fields:
        values = [_typed(_value(table, f, r), f, r.tab.layout.pack.fen) for r in records]
        columns[f.label] = pd.Series(values, dtype=DTYPES.get(f.type, "string"))
    return pd.DataFrame(columns)


def _value(table: Table, f: FormField, record: Placed) -> Value:
    printed = record.line.prints(f.label) if record.line else None
    return (
        printed if printed is not None else record.tab.layout.contents.value(table.name, f.label, record.line)
    )


def _typed(value: Value, f: FormField, fen: int) -> int | float | str | None:
    """The value as the frames keep it; None for what the checks do not take for a number."""
    if value is None or isinstance(value, bool):
        return None
    if not f.numeric:
        return value.isoformat()[:10] if isinstance(value, date) else str(value)
    if not isinstance(value, (int, float, Decimal)):
        return None
    number = Decimal(format(value, ".15g"))
    if f.type in ("number", "percent"):
        return float(number * 100 if f.type == "percent" else number)
    whole = number * {"amount": fen, "points": POINT}.get(f.type, 1)
    return int(whole.to_integral_value(ROUND_HALF_UP)) if abs(whole) <= LARGEST else None


def _shown(value: Any, f: FormField, pack: Pack) -> Result:
    """The value as the cell holds it."""
    if f.type in ("amount", "points"):
        return float(Decimal(int(value)) / (pack.fen if f.type == "amount" else POINT))
    if f.type == "percent":
        return float(Decimal(format(float(value), ".15g")) / 100)
    return float(value) if f.numeric else str(value)


def _numbers(papers: Papers) -> Iterable[At]:
    """The cells that hold a given or a printed number."""
    for tab in papers.tabs:
        plan = papers.plans.get(tab.layout.sheet.name)
        for (frame, label), column in plan.printed.items() if plan else ():
            printed = ((line.row, line.prints(label)) for line in tab.layout.lines[frame])
            yield from ((tab.name, row, column) for row, said in printed if isinstance(said, (int, float)))
        for spot in tab.layout.spots:
            if spot.field is None or spot.role not in ("value", "printed"):
                continue
            value: Value = spot.text
            if spot.role == "value":
                value = tab.layout.contents.value(spot.frame, spot.field.label, spot.line)
            if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
                yield tab.name, spot.top, spot.left


def _submission() -> Frame:
    names = ("submission", "path", "sha256", "department", "code", "edition")
    return pd.DataFrame([dict.fromkeys(names, "") | {"submission": 0}])


_NO_PLACES = pd.DataFrame(columns=["submission", "tab", "frame", "field", "row", "column"])
_NO_FORMULAS = pd.DataFrame(columns=["submission", "frame", "record", "field", "formula"])
