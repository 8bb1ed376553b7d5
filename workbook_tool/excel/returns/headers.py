"""Where the values of a tab stand, by its printed words: for a tab whose hidden map is gone.

Labels and headers are found by what they say, blanks, punctuation and a unit in brackets left
aside; never by fixed positions. The blocks of a sheet are sought from top to bottom.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from unicodedata import normalize

from workbook_tool.excel.locate import Gap, SheetMap, TableMap, missing_fields, row_gaps
from workbook_tool.excel.ooxml.texts import normalise
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.model import Block, FixedRow, FormField, Pack, Sheet, Table

_BRACKETS = re.compile(r"\([^()]*\)\s*$")
_COPY = re.compile(r"[0-9一二三四五六七八九十百]*")
_LONG = 30
"""A printed text longer than this is no name: rows are told apart by shorter ones where they can be."""

_LONGEST = 1000
"""No printed label is longer; what is was typed."""

_Cell = tuple[int, int]


def is_named(tab: str, sheet: Sheet) -> bool:
    """Whether a tab's name is that of the sheet, or of one of its copies where it repeats."""
    name = normalise(tab)
    wanted = normalise(sheet.name)
    if not sheet.repeats:
        return name == wanted
    return name.startswith(wanted) and bool(_COPY.fullmatch(name.removeprefix(wanted)))


def map_by_headers(pack: Pack, sheet: Sheet, cells: SheetCells) -> SheetMap:
    """Where the sheet's values stand, as far as its printed words tell."""
    page = _Page(cells)
    forms: dict[str, dict[str, _Cell]] = {}
    tables: dict[str, TableMap] = {}
    gaps: list[Gap] = []
    row = 1
    for number, block in enumerate(sheet.blocks):
        table = pack.tables[sheet.frame_of(block)]
        if block.kind == "form":
            found = dict(page.form(sheet, block, row))
            forms.setdefault(table.name, {}).update(found)
            gaps += missing_fields(block.fields, found)
            row = max([row, *(r for r, _ in found.values())])
        else:
            following = sheet.blocks[number + 1] if number + 1 < len(sheet.blocks) else None
            place = page.table(
                table, block, _first_words(following) | _words(block.note, f"单位{pack.unit}"), row
            )
            tables[table.name] = place
            gaps += missing_fields(block.fields, place.columns)
            if place.columns:
                gaps += row_gaps(table.rows, Counter(k for k in place.rows.values() if k))
            row = max(row, place.end)
    return SheetMap(forms, tables, tuple(gaps), by_headers=True)


def _words(*texts: str | None) -> set[str]:
    return {normalise(t) for t in texts if t}


def _names(field: FormField) -> set[str]:
    return _words(field.printed, field.label)


def _first_words(block: Block | None) -> set[str]:
    """What the first line of a block may say."""
    if block is None:
        return set()
    fields = block.fields[:1] if block.kind == "form" else block.fields
    return _words(block.title, block.intro, *(f.group for f in fields)) | set().union(
        *(_names(f) for f in fields)
    )


def _said(text: str) -> set[str]:
    """What a printed cell may stand for: its text, and that without a unit in brackets."""
    return _words(text, _BRACKETS.sub("", normalize("NFKC", text)))


class _Page:
    """A tab's texts and merged areas."""

    def __init__(self, cells: SheetCells):
        self.cells = cells
        self.merges = {(top, left): (bottom, right) for top, left, bottom, right in cells.merges}
        self.texts: dict[int, dict[int, set[str]]] = {}
        for row, line in cells.rows.items():
            texts = {c: _said(v) for c, v in line.items() if isinstance(v, str) and len(v) <= _LONGEST}
            if texts:
                self.texts[row] = texts

    def _end(self, cell: _Cell, span: int = 1) -> _Cell:
        """The last row and column of what begins at a cell; its usual width where nothing is merged."""
        return self.merges.get(cell, (cell[0], cell[1] + max(span, 1) - 1))

    def _find(self, names: set[str], row: int, column: int = 0) -> _Cell | None:
        """The first cell from there on, in reading order, that says one of the names."""
        for r, line in self.texts.items():
            if r < row:
                continue
            for c in sorted(line):
                if (r, c) > (row, column) and line[c] & names:
                    return r, c
        return None

    def form(self, sheet: Sheet, block: Block, row: int) -> Iterator[tuple[str, _Cell]]:
        """Label -> the cell of its value: right of the label, or below where the line ends there."""
        at: _Cell = (row, 0)
        heading = self._find(_words(block.title), row) if block.title else None
        under = heading or at
        group: str | None = None
        for field in block.fields:
            if field.group and field.group != group:
                group = field.group
                under = self._find(_words(group), *at) or under
            if not field.label_span:  # no label: the value fills the line below the last
                bottom, _ = self._end(under)
                under = (bottom + 1, under[1] or 1)
                yield field.label, under
                continue
            label = self._find(_names(field), *at)
            if label is None:
                continue
            at = label
            bottom, right = self._end(label, field.label_span)
            below = field.label_span + field.span > len(sheet.grid)
            under = (bottom + 1, label[1]) if below else (label[0], right + 1)
            yield field.label, under

    def table(self, table: Table, block: Block, stops: set[str], row: int) -> TableMap:
        """The columns under their headers, and the rows below as far as the next block."""
        header, columns = self._header(block, row)
        if not columns:
            return TableMap({}, {}, frozenset(), row)
        rows: dict[int, str | None] = {}
        last = header
        printed: dict[str, set[str]] = {}
        row_names = _row_names(table.rows, columns)
        seen: Counter[str] = Counter()
        slots = {r.key for r in table.rows if r.slots > 1}
        for number in self.cells.rows:
            if number <= header:
                continue
            texts = self.texts.get(number, {})
            if texts and texts[min(texts)] & stops:
                break
            last = number
            key = self._key(table, columns, row_names, texts, printed)
            if key is not None:
                seen[key] += 1
                if seen[key] > 1 and key not in slots:
                    continue
            if key is not None or table.free_rows:
                rows[number] = key
        return TableMap(columns, rows, frozenset(rows), last + 1)

    def _header(self, block: Block, row: int) -> tuple[int, dict[str, int]]:
        """The line of headers that says most of the block's titles, the first of equals."""
        best: tuple[int, dict[str, int]] = (row, {})
        wanted = max((len(block.fields) + 1) // 2, min(2, len(block.fields)))
        for number in self.texts:
            if number < row:
                continue
            columns = dict(self._columns(block, number))
            if len(columns) >= wanted and len(columns) > len(best[1]):
                best = number, columns
                if len(columns) == len(block.fields):
                    break
        return best

    def _columns(self, block: Block, row: int) -> Iterator[tuple[str, int]]:
        """Label -> column, for headers on this line and, where they are grouped, the line above."""
        line = self.texts[row]
        grouped = any(f.group for f in block.fields)
        above = self.texts.get(row - 1, {}) if grouped else {}
        taken: set[int] = set()
        for field in block.fields:
            for column in sorted({*line, *above} - taken):
                said = line.get(column) or above.get(column, set())
                if not said & _names(field):
                    continue
                if field.group and not self._under(above, column) & _words(field.group):
                    continue
                taken.add(column)
                yield field.label, column
                break

    @staticmethod
    def _under(above: Mapping[int, set[str]], column: int) -> set[str]:
        """The group header over a column: the nearest to its left in the line above."""
        return above[max(c for c in above if c <= column)] if any(c <= column for c in above) else set()

    @staticmethod
    def _key(
        table: Table,
        columns: Mapping[str, int],
        row_names: list[dict[str, set[str]]],
        texts: Mapping[int, set[str]],
        printed: dict[str, set[str]],
    ) -> str | None:
        """The fixed row whose printed labels a row shows; a label printed over several rows goes on."""
        for label, column in columns.items():
            if table.by_label[label].static and column in texts:
                printed[label] = texts[column]
        here = {label: texts[column] for label, column in columns.items() if column in texts}
        for row, names in zip(table.rows, row_names, strict=True):
            says = [here.get(label, set()) & name for label, name in names.items()]
            carried = [printed.get(label, set()) & name for label, name in names.items()]
            own = any(says) or (row.slots > 1 and names)
            if own and all(a or b for a, b in zip(says, carried, strict=True)):
                return row.key
        return None


def _row_names(rows: tuple[FixedRow, ...], columns: Mapping[str, int]) -> list[dict[str, set[str]]]:
    """The printed labels that tell each fixed row, in columns that were found.

    Short ones where they suffice: a long text is the likeliest to have been touched.
    """
    texts = [{k: v for k, v in r.labels.items() if isinstance(v, str) and k in columns} for r in rows]
    short = [{k: v for k, v in line.items() if len(v) <= _LONG} for line in texts]
    chosen = [
        few if sum(few.items() <= other.items() for other in texts) == 1 else all_
        for few, all_ in zip(short, texts, strict=True)
    ]
    return [{k: _words(v) for k, v in line.items()} for line in chosen]
