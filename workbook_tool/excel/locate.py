"""Where the values of a tab stand, by the hidden map that every template sheet carries.

The map's corner holds the stamp, its row names the columns and its column names the rows; so it
survives renamed tabs and inserted, deleted and moved rows and columns. What is read from it is
places only, the same for all returns of one template, and therefore kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from workbook_tool.excel.ooxml.texts import normalise
from workbook_tool.excel.returns.cells import Raw, SheetCells
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.model import FixedRow, FormField, Pack, Sheet, Table

TOOL = "workbook-tool"
"""The first word of every stamp."""

REVIEW = "审核"
"""Stands in place of the pack's name in the stamps of the sheets that `annotate` adds."""

_SEARCHED = 30
"""How many rows and columns are searched for a stamp that is no longer in the corner."""

_KEPT = 512
"""How many different maps are kept; the returns of one template need one for each sheet."""


@dataclass(frozen=True)
class Stamp:
    """What a tab says of itself, and the cell where it says so.

    Attributes:
        pack: The pack's name, or REVIEW.
        code: The department's code; empty in a template for anybody.
    """

    pack: str
    sheet: str
    code: str
    row: int
    column: int

    @property
    def pack_id(self) -> str:
        """The pack without its edition."""
        return self.pack.rpartition("/")[0]

    @property
    def edition(self) -> str:
        """The edition of the pack."""
        return self.pack.rpartition("/")[2]


def find_stamp(cells: SheetCells) -> Stamp | None:
    """The stamp of a tab; it moves from the corner when rows or columns are put before it."""
    for row in sorted(r for r in cells.rows if r <= _SEARCHED):
        for column, value in cells.rows[row].items():
            if column <= _SEARCHED and isinstance(value, str) and value.startswith(f"{TOOL}|"):
                _, pack, sheet, code = (*value.split("|"), "", "", "")[:4]
                return Stamp(pack, sheet, code.strip(), row, column)
    return None


def map_edge(first_row: Mapping[int, Raw]) -> int | None:
    """The last column of the map that the first row of a tab holds; None where it holds none.

    Beyond it stand the live checks, more than half of all cells, which nobody reads; of the sheet
    that sums them up nobody reads more than the stamp.
    """
    stamp = str(first_row.get(1, ""))
    if not stamp.startswith(f"{TOOL}|"):
        return None
    if stamp.split("|")[2:3] == [SELF_CHECK]:
        return 1
    mapped = (c for c, v in first_row.items() if isinstance(v, str) and "/" in v and "/@" not in v)
    return max((c for c in mapped if c > 1), default=None)


@dataclass(frozen=True)
class TableMap:
    """Where a table stands.

    Attributes:
        columns: label -> column.
        rows: row -> key of the fixed row, None for a free row; in the order of the sheet.
        marked: All rows that carry a mark of this table, those of `rows` among them.
        end: The row after the last.
    """

    columns: Mapping[str, int]
    rows: Mapping[int, str | None]
    marked: frozenset[int]
    end: int


@dataclass(frozen=True)
class Gap:
    """Something of the template that a tab lacks, or has twice: a finding without its address."""

    code: str
    words: Mapping[str, object]


@dataclass(frozen=True)
class SheetMap:
    """Where the values of a tab stand.

    Attributes:
        forms: frame -> label -> (row, column).
        tables: frame -> where the table stands.
        gaps: What is missing or doubled.
        by_headers: Whether it was read off the printed words, the map being gone.
        given: frame -> label -> the figure that the bureau entered; None where it left the cell blank.
    """

    forms: Mapping[str, Mapping[str, tuple[int, int]]]
    tables: Mapping[str, TableMap]
    gaps: tuple[Gap, ...] = ()
    by_headers: bool = False
    given: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    places: list[tuple[str, str, int | None, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # frame, field, row, column as `Batch.places` wants them, once for all files alike
        places: list[tuple[str, str, int | None, int]] = [
            (frame, label, row, column)
            for frame, cells in self.forms.items()
            for label, (row, column) in cells.items()
        ]
        places += [
            (frame, label, None, column)
            for frame, table in self.tables.items()
            for label, column in table.columns.items()
        ]
        object.__setattr__(self, "places", places)


_Tokens = tuple[tuple[int, str], ...]


class MapReader:
    """Reads the hidden maps of a pack's sheets."""

    def __init__(self, pack: Pack):
        self._frames = {
            sheet.name: [t for t in pack.tables.values() if t.sheet.name == sheet.name]
            for sheet in pack.sheets
        }
        self._map = lru_cache(_KEPT)(self._map_of)

    def read(self, sheet: Sheet, cells: SheetCells, stamp: Stamp) -> SheetMap | None:
        """Where the sheet's values stand; None where of the map only the stamp is left."""
        top = cells.rows[stamp.row]
        columns = tuple((c, v) for c, v in top.items() if c != stamp.column and isinstance(v, str))
        rows: list[tuple[int, str]] = []
        for number, line in cells.rows.items():
            token = line.get(stamp.column)
            if isinstance(token, str) and number != stamp.row:
                rows.append((number, token))
        return self._map(sheet.name, columns, tuple(rows))

    def _map_of(self, name: str, columns: _Tokens, rows: _Tokens) -> SheetMap | None:
        frames = self._frames[name]
        names = {t.name for t in frames}
        across = _across(columns, names)
        down = _down(rows, names)
        if not across or not down:
            return None
        forms, tables, given = {}, {}, {}
        gaps: list[Gap] = []
        for table in frames:
            columns_of, rows_of = across.get(table.name, {}), down.get(table.name, [])
            if table.kind == "form":
                forms[table.name] = _form_map(table, columns_of, rows_of, gaps)
                given[table.name] = dict(_given(table, rows_of))
            else:
                tables[table.name] = _table_map(table, columns_of, rows_of, gaps)
        return SheetMap(forms, tables, tuple(gaps), given=given)


def _tokens(text: str, frames: set[str]) -> Iterator[tuple[str, str]]:
    for token in text.split(";"):
        frame, _, rest = token.strip().partition("/")
        if frame in frames and rest:
            yield frame, rest


def _across(columns: _Tokens, frames: set[str]) -> dict[str, dict[str, int]]:
    """Frame -> label -> its first column (a copied column says the same again)."""
    found: dict[str, dict[str, int]] = {}
    for column, text in sorted(columns):
        for frame, label in _tokens(text, frames):
            found.setdefault(frame, {}).setdefault(label, column)
    return found


def _down(rows: _Tokens, frames: set[str]) -> dict[str, list[tuple[int, str]]]:
    """Frame -> (row, what it is marked as) in the order of the sheet."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row, text in rows:
        for frame, mark in _tokens(text, frames):
            found.setdefault(frame, []).append((row, mark))
    return found


def _form_map(
    table: Table, columns: Mapping[str, int], rows: list[tuple[int, str]], gaps: list[Gap]
) -> dict[str, tuple[int, int]]:
    cells: dict[str, tuple[int, int]] = {}
    counts = Counter(label for _, label in rows)
    for row, label in rows:
        if label in columns and label in table.by_label:
            cells.setdefault(label, (row, columns[label]))
    gaps += missing_fields(table.fields, cells)
    gaps += [
        Gap("文件-09", {"row": table.by_label[label].printed, "count": count})
        for label, count in counts.items()
        if count > 1 and label in cells
    ]
    return cells


def _given(table: Table, rows: list[tuple[int, str]]) -> Iterator[tuple[str, float | None]]:
    """The figures that the map keeps beside the places of their cells: `上年累计结余=12.5`."""
    for _, mark in rows:
        label, equals, figure = mark.partition("=")
        if equals and label in table.by_label and table.by_label[label].given:
            try:
                yield label, float(figure) if figure else None
            except ValueError:
                continue


def _table_map(
    table: Table, columns: Mapping[str, int], marks: list[tuple[int, str]], gaps: list[Gap]
) -> TableMap:
    fixed = {r.key: r for r in table.rows}
    rows: dict[int, str | None] = {}
    counts: Counter[str] = Counter()
    end = 0
    for row, mark in marks:
        if mark == ".":
            end = row
        elif mark == "*":
            rows[row] = None
        elif mark in fixed:
            counts[mark] += 1
            if counts[mark] == 1 or fixed[mark].slots > 1:
                rows[row] = mark
    columns = {label: column for label, column in columns.items() if label in table.by_label}
    gaps += missing_fields(table.fields, columns)
    gaps += row_gaps(table.rows, counts)
    return TableMap(
        columns,
        rows,
        frozenset(row for row, _ in marks),
        end or max((row for row, _ in marks), default=0) + 1,
    )


def missing_fields(fields: tuple[FormField, ...], found: Mapping[str, object]) -> list[Gap]:
    """What a clerk was to fill and has no place; printed columns hold nothing of the department's."""
    return [Gap("文件-05", {"field": f.printed}) for f in fields if not f.static and f.label not in found]


def row_gaps(rows: tuple[FixedRow, ...], counts: Mapping[str, int]) -> list[Gap]:
    """Fixed rows that are missing, or there twice."""
    gaps = []
    for row in rows:
        count = counts.get(row.key, 0)
        if not count:
            gaps.append(Gap("文件-08", {"row": row.key}))
        elif count > 1 and row.slots == 1:
            gaps.append(Gap("文件-09", {"row": row.key, "count": count}))
    return gaps


def lines(
    table: Table, place: TableMap, cells: SheetCells, holds: Callable[[int], bool]
) -> list[tuple[int, str | None]]:
    """The table's rows with their keys: the marked ones, and those a clerk put between them.

    A row without a mark belongs to the nearest marked row above where that one offers several
    lines, else it is a free row; in a table of fixed rows only it is the clerk's own.

    Args:
        table: The table.
        place: Where it stands.
        cells: The tab.
        holds: Whether a row holds something in the table's columns.
    """
    found = list(place.rows.items())
    slots = {r.key for r in table.rows if r.slots > 1}
    free = bool(table.free_rows) or None in place.rows.values()
    if not found or not (free or slots):
        return found
    first = min(place.marked)
    added = [r for r in cells.rows if first < r < place.end and r not in place.marked and holds(r)]
    if free and found[0][1] is None:
        added += _above(table, place, cells, first, holds)
    if not added:
        return found
    owners = sorted(place.rows)
    for row in added:
        above = [place.rows[r] for r in owners if r < row][-1:]
        key = above[0] if above and above[0] in slots else None
        if key is not None or free:
            found.append((row, key))
    return sorted(found)


def _above(
    table: Table, place: TableMap, cells: SheetCells, first: int, holds: Callable[[int], bool]
) -> list[int]:
    """Rows put between the headers and the first free row."""
    titles = {column: normalise(table.by_label[label].printed) for label, column in place.columns.items()}
    added: list[int] = []
    for row in range(first - 1, max(first - _SEARCHED, 0), -1):
        line = cells.rows.get(row, {})
        if any(titles[c] in normalise(v) for c, v in line.items() if c in titles and isinstance(v, str)):
            return added
        if holds(row):
            added.append(row)
    return []
