"""The figures of departments: recomputed where that is known, else declared; unknown stays unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbook_tool.county.plain import plain_lines
from workbook_tool.county.types import County
from workbook_tool.model import FormField, Frame, Pack, Table
from workbook_tool.model.county import Figure, MoneySheet

Line = Mapping[Any, Any]
MONEY = {"元": 100, "千元": 100_000, "万元": 1_000_000, "亿元": 10_000_000_000}
"""How many fen a unit of money is."""


@dataclass(frozen=True)
class Known:
    """A figure of one department: fen, or a count.

    Attributes:
        value: What counts; None where it is not known.
        declared: As typed, blanks added in where the form takes them for zero.
        differs: Whether something was typed that is not what its parts add up to.
        there: Whether the workbook has the row or form at all.
    """

    value: int | None = None
    declared: int | None = None
    differs: bool = False
    there: bool = False


class Figures:
    """Looks figures up in a county's frames."""

    def __init__(self, county: County) -> None:
        self.county, self.pack = county, county.pack
        self._computed = _computed(county.computed)
        self._doubted = _doubted(county.findings)
        self._records: dict[str, dict[int, list[tuple[int, Line]]]] = {}

    def of(self, figure: Figure, number: int) -> Known:
        """A figure of a department, added up over the tabs of a repeated sheet."""
        table = self.pack.tables[figure.frame]
        field = table.by_label[figure.field]
        parts = [
            self._part(table, field, number, line, record)
            for line, record in self._of(figure.frame).get(number, ())
            if _is_meant(record, figure, table)
        ]
        if not parts:
            return Known()
        return Known(
            value=_sum(p.value for p in parts),
            declared=_sum(p.declared for p in parts),
            differs=any(p.differs for p in parts),
            there=True,
        )

    def _part(self, table: Table, field: FormField, number: int, line: int, record: Line) -> Known:
        typed = _whole(record[field.label])
        if typed is None and field.blank == "zero" and not self._is_doubted(table, field, number, record):
            typed = 0
        computed = self._computed.get((number, table.name, line, field.label), ())
        if not computed:
            return Known(typed, typed)
        agreed = typed if typed in computed else computed[0]  # a cell may be a sum by row and by column
        return Known(agreed, typed, agreed != typed)

    def _is_doubted(self, table: Table, field: FormField, number: int, record: Line) -> bool:
        """Whether a finding says that the cell holds something that cannot be read as a number."""
        rows = self._doubted.get((number, record["tab"], field.label), set())
        return bool(rows) if table.kind == "form" else record["row"] in rows

    def _of(self, frame: str) -> dict[int, list[tuple[int, Line]]]:
        if frame not in self._records:
            found: dict[int, list[tuple[int, Line]]] = defaultdict(list)
            held = self.county.frames[frame]
            names = list(map(str, held.columns))
            for values in plain_lines(held, *names):
                record = dict(zip(names, values, strict=True))
                mine = found[record["submission"]]
                mine.append((len(mine), record))
            self._records[frame] = dict(found)
        return self._records[frame]


def money_sheets(pack: Pack) -> list[MoneySheet]:
    """The money sheets that the pack wants; without a word of it, every table and form with amounts."""
    if pack.county is not None and pack.county.sheets:
        return list(pack.county.sheets)
    return [
        MoneySheet(title=table.name, frame=table.name, row=next((r.key for r in table.rows if r.total), None))
        for table in pack.tables.values()
        if any(f.type == "amount" for f in table.fields)
    ]


def figures_of(sheet: MoneySheet, pack: Pack) -> list[tuple[FormField, Figure]]:
    """The columns of a money sheet: every amount and count of its row or form."""
    table = pack.tables[sheet.frame]
    return [
        (f, Figure(sheet.frame, sheet.row, f.label))
        for f in table.fields
        if f.type in ("amount", "count") and not f.static
    ]


def in_unit(value: int | None, field: FormField, pack: Pack) -> int | float | None:
    """A figure in the form's unit, as a cell holds it."""
    if value is None or field.type != "amount":
        return value
    return value / pack.fen


def _is_meant(record: Line, figure: Figure, table: Table) -> bool:
    if figure.row is not None:
        return bool(record["key"] == figure.row)
    return table.kind == "form" or record["key"] not in table.total_keys


def _sum(values: Iterable[int | None]) -> int | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _computed(frame: Frame) -> dict[tuple[int, str, int, str], tuple[int, ...]]:
    found: dict[tuple[int, str, int, str], list[int]] = defaultdict(list)
    for *key, value in plain_lines(frame, "submission", "frame", "line", "field", "computed"):
        if value is not None:
            number, name, line, label = key
            found[number, name, line, label].append(int(value))
    return {key: tuple(values) for key, values in found.items()}


def _doubted(findings: Frame) -> dict[tuple[int, str, str], set[int]]:
    """The rows of cells with a finding of their own, by (department, tab, field)."""
    found: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    for number, sheet, label, cell in plain_lines(findings, "submission", "sheet", "field", "cell"):
        if cell and sheet and label:
            row = str(cell).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$").replace("$", "")
            if row.isdigit():
                found[number, sheet, label].add(int(row))
    return dict(found)
