"""Many small filings on one sheet: a block of rows each, a column for every field, formulas beside them.

The same cells go to the tool and, by one run of a spreadsheet, to the formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from smallpack import FORMULAS
from workbook_tool.checks.conform import conform
from workbook_tool.forms.language.syntax import Aggregate
from workbook_tool.model import Batch, Pack, Table

Filing = Mapping[tuple[str, str | int | None, str], Any]
"""(frame, fixed key or number of the free row or None for a form, field) -> what stands there."""

PLACES = ["submission", "tab", "instance", "row", "key"]


class Grid:
    """Where everything stands.

    Args:
        pack: The form.
        filings: What is filled in.
    """

    def __init__(self, pack: Pack, filings: Sequence[Filing]):
        self.pack, self.filings = pack, filings
        fields = [(name, f.label) for name, table in pack.tables.items() for f in table.fields]
        self.columns = {place: number for number, place in enumerate(fields)}
        self.rows = {name: _lines(table) for name, table in pack.tables.items()}
        self.height = max(map(len, self.rows.values()))
        self.beside = len(fields) + 1
        self.formulas: dict[tuple[int, int], str] = {}

    def top(self, number: int) -> int:
        """The first row of a filing."""
        return number * self.height

    def put(self, number: int, position: int, formula: str) -> str:
        """Write a formula beside a filing.

        Args:
            number: The filing.
            position: Which of its formulas.
            formula: Without its equals sign.

        Returns:
            The formula's address.
        """
        at = (self.top(number) + position % self.height, self.beside + position // self.height)
        assert at not in self.formulas
        self.formulas[at] = formula
        return str(xl_rowcol_to_cell(*at))

    def write(self, path: Path) -> None:
        """The workbook."""
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for number, filing in enumerate(self.filings):
                for (frame, line, label), value in filing.items():
                    row = self.top(number) + self.rows[frame].index(line)
                    column = self.columns[frame, label]
                    if value is not None:
                        (sheet.write_string if isinstance(value, str) else sheet.write)(row, column, value)
            for (row, column), formula in self.formulas.items():
                sheet.write_formula(row, column, "=" + formula)

    def answers(self, path: Path) -> dict[str, Any]:
        """What the formulas come to in the workbook as a spreadsheet has saved it."""
        with closing(openpyxl.load_workbook(path, data_only=True, read_only=True)) as book:
            values = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        found = {}
        for row, column in self.formulas:
            value = values[row][column] if row < len(values) and column < len(values[row]) else None
            found[xl_rowcol_to_cell(row, column)] = "" if value is None else value
        return found

    def batch(self) -> Batch:
        """The same filings as the tool has typed them."""
        frames = {name: self._frame(name, table) for name, table in self.pack.tables.items()}
        submissions = pd.DataFrame({"submission": range(len(self.filings))})
        return conform(Batch(submissions, frames, pd.DataFrame(), pd.DataFrame(columns=FORMULAS)), self.pack)[
            0
        ]

    def _frame(self, name: str, table: Table) -> pd.DataFrame:
        labels = [f.label for f in table.fields]
        rows = []
        for number, filing in enumerate(self.filings):
            for position, line in enumerate(self.rows[name]):
                values = [_raw(filing.get((name, line, label))) for label in labels]
                if isinstance(line, int) and not any(v is not None for v in values):
                    continue
                key = line if isinstance(line, str) else None
                rows.append([number, table.sheet.name, 0, position, key, *values])
        frame = pd.DataFrame(rows, columns=[*PLACES, *labels], dtype=object)
        return frame.astype({"submission": "int64", "instance": "int64", "row": "int64"})


def _lines(table: Table) -> list[str | int | None]:
    """The lines of a frame: fixed rows by their keys, free rows by their numbers."""
    if table.kind == "form":
        return [None]
    lines: list[str | int | None] = [row.key for row in table.rows if row.slots == 1]
    return [*lines, *range(table.free_rows)]


def _raw(value: Any) -> Any:
    """What the reader makes of a cell."""
    if isinstance(value, str):
        return value if value.strip() else None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True)
class GridPlace:
    """The places of one filing, seen from one of its free rows or from nowhere in particular."""

    grid: Grid
    number: int
    line: str | int | None = None

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        table, lines = self.grid.pack.tables[frame], self.grid.rows[frame]
        line = self.line if key is None and table.kind == "table" else key
        row = self.grid.top(self.number) + lines.index(line)
        return str(xl_rowcol_to_cell(row, self.grid.columns[frame, field]))

    def column(self, frame: str, field: str, key: str | None = None) -> str | tuple[str, ...]:
        totals = self.grid.pack.tables[frame].total_keys
        lines = [n for n, line in enumerate(self.grid.rows[frame]) if line not in totals]
        assert key is None and lines == list(range(lines[0], lines[-1] + 1))
        top, column = self.grid.top(self.number), self.grid.columns[frame, field]
        return str(xl_range_abs(top + lines[0], column, top + lines[-1], column))

    def key_column(self, frame: str, key: str | None = None) -> str | tuple[str, ...] | None:
        table = self.grid.pack.tables[frame]
        return self.column(frame, table.key) if table.key and table.free_rows else None

    def words(self, words: tuple[str, ...]) -> str | None:
        return None

    def compared(self, frame: str, field: str, key: str | None = None) -> None:
        return None

    def across(self, node: Aggregate) -> str | None:
        return None
