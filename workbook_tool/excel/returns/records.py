"""The records of a tab: its values by the map; a line nobody filled only where its print was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbook_tool.excel.locate import SheetMap, TableMap, lines
from workbook_tool.excel.ooxml.styles import iso_date
from workbook_tool.excel.returns.cells import Raw, SheetCells
from workbook_tool.excel.returns.imprint import Altered, differs, is_figure
from workbook_tool.model import Pack, Table


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a frame.

    Attributes:
        row: Its row on the tab; a form's first.
        key: The fixed row's key; None for a free row or a form.
        values: One for each field of the frame.
        formulas: Which fields hold a formula, with it.
        filled: Whether a clerk entered anything.
        altered: The cells that the template prints and that say something else.
        spare: Whether it is one of several lines of a kind that nobody filled; it counts for nothing.
    """

    row: int
    key: str | None
    values: list[Raw]
    formulas: tuple[tuple[str, str], ...]
    filled: bool
    altered: tuple[Altered, ...] = ()
    spare: bool = False


class FrameReader:
    """Reads the records of one frame of a pack.

    Attributes:
        labels: The fields in the order of `Record.values`.
    """

    def __init__(self, pack: Pack, table: Table):
        self.table = table
        self.labels = [f.label for f in table.fields]
        self._dates = [i for i, f in enumerate(table.fields) if f.type == "date"]
        self._fixed = {r.key: r for r in table.rows}
        self._printed = {r.key: self._printed_in(r.labels) for r in table.rows}
        self._calculated = {key: self._calculated_in(pack, key) for key in (None, *self._fixed)}
        self._inputs = {
            key: [
                i for i, f in enumerate(table.fields)
                if not f.static and i not in self._printed.get(key or "", {})
            ]
            for key in self._calculated
        }  # fmt: skip

    def _printed_in(self, labels: Mapping[str, str | int | float]) -> dict[int, Raw]:
        """What the template prints in a fixed row, by the field's number.

        A printed cell counts as the pack has it, whatever the file says: a weight that a clerk
        has changed must not change a score.
        """
        return {
            i: (labels[f.label] if isinstance(labels.get(f.label), str) else float(labels[f.label]))
            if f.label in labels
            else None
            for i, f in enumerate(self.table.fields)
            if f.static or f.label in labels
        }

    def _calculated_in(self, pack: Pack, key: str | None) -> frozenset[str]:
        """The fields that the template calculates in such a row."""
        row = self._fixed.get(key or "")
        wanted = {"all", key} | (set() if row and row.total else {"明细"})
        rules = [r for r in pack.rules if r.total and r.on == self.table.name and r.rows in wanted]
        return frozenset(label for rule in rules for label in rule.fields)

    def read(self, place: SheetMap, cells: SheetCells, since_1904: bool) -> list[Record]:
        """The frame's records on a tab; of spare lines only those whose print was changed."""
        if self.table.kind == "form":
            name = self.table.name
            return [self._form(place.forms.get(name, {}), place.given.get(name, {}), cells, since_1904)]
        table_place = place.tables.get(self.table.name)
        if table_place is None:
            return []
        return self._table(table_place, cells, since_1904, place.by_headers)

    def _form(
        self,
        at: Mapping[str, tuple[int, int]],
        given: Mapping[str, float | None],
        cells: SheetCells,
        since_1904: bool,
    ) -> Record:
        values: list[Raw] = []
        formulas: list[tuple[str, str]] = []
        for label in self.labels:
            row, column = at.get(label, (0, 0))
            values.append(cells.value(row, column))
            formula = cells.formulas.get(row, {}).get(column)
            if formula is not None:
                formulas.append((label, formula))
        for i in self._dates:
            if at.get(self.labels[i]) in cells.dates:
                values[i] = _as_date(values[i], since_1904)
        first = min((row for row, _ in at.values()), default=1)
        altered = tuple(self._altered_figures(given, at, values))
        filled = self._is_filled(None, values, dict(formulas))
        return Record(first, None, values, tuple(formulas), filled, altered)

    def _altered_figures(
        self, given: Mapping[str, float | None], at: Mapping[str, tuple[int, int]], values: list[Raw]
    ) -> Iterator[Altered]:
        """What the bureau entered and says something else now; it counts as the bureau entered it."""
        for i, label in enumerate(self.labels):
            if label not in given or label not in at:
                continue
            known, found = given[label], values[i]
            found = None if isinstance(found, str) and not found.strip() else found
            values[i] = known
            if (known is None) != (found is None) or (known is not None and differs(known, found)):
                yield Altered(self.table.fields[i], known, found)

    def _table(self, place: TableMap, cells: SheetCells, since_1904: bool, by_headers: bool) -> list[Record]:
        columns = [place.columns.get(label, 0) for label in self.labels]
        labels = {column: label for label, column in place.columns.items()}
        blank: dict[int, Raw] = {}
        records: list[Record] = []

        def record(row: int, key: str | None) -> Record:
            line = cells.rows.get(row, blank)
            values = [line.get(c) for c in columns]
            for i in self._dates:
                if (row, columns[i]) in cells.dates:
                    values[i] = _as_date(values[i], since_1904)
            typed = cells.formulas.get(row)
            formulas = {labels[c]: f for c, f in typed.items() if c in labels} if typed else {}
            found: list[tuple[int, Raw]] = []
            if key is not None:
                for i, value in self._printed[key].items():
                    if values[i] != value and values[i] is not None and value is not None:
                        found.append((i, values[i]))
                    values[i] = value
            altered = self._altered(key, found, by_headers) if found else ()
            filled = self._is_filled(key, values, formulas)
            spare = not filled and (key is None or self._fixed[key].slots > 1)
            return Record(row, key, values, tuple(formulas.items()), filled, altered, spare)

        for row, key in lines(self.table, place, cells, lambda row: record(row, None).filled):
            found = record(row, key)
            if not found.spare or found.altered:
                records.append(found)
        return records

    def _altered(
        self, key: str | None, found: list[tuple[int, Raw]], by_headers: bool
    ) -> tuple[Altered, ...]:
        """Which of the printed cells that are not the same to the letter were changed.

        In a file of the department's own the words are its own too: there only figures count.
        """
        printed = self._printed[key or ""]
        return tuple(
            Altered(self.table.fields[i], printed[i], value)
            for i, value in found
            if differs(printed[i], value) and (is_figure(printed[i]) or not by_headers)
        )

    def _is_filled(self, key: str | None, values: list[Raw], formulas: Mapping[str, str]) -> bool:
        """Whether anything stands in the row but what the template prints and calculates."""
        calculated = self._calculated[key]
        for i in self._inputs[key]:
            if values[i] is not None:
                label = self.labels[i]
                if label not in formulas or label not in calculated:
                    return True
        return False


def _as_date(value: Raw, since_1904: bool) -> Raw:
    """A number that is shown as a date, as 2024-03-25; any other value as it is."""
    if isinstance(value, float):
        return iso_date(value, since_1904) or value
    return value
