"""Filled data for any pack, drawn at random: what departments type, and what nobody would think of.

Some workbooks are made cell by cell from the form alone, most by changing the pack's clean filing or
one of its cases in a few places, because a rule fails for its own sake only where the rest is right.
Equal seeds give equal data. Number cells hold numbers only: what else may stand there is tested
by itself.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from workbook_tool.excel.fill import FillError, place
from workbook_tool.forms.writing.case_files import case_files, changed
from workbook_tool.model import FormField, Pack, Sheet, Table

Row = dict[str, Any]
Lines = dict[str | None, list[Row]]

ROUND = (
    0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 98, 99, 100, 101, 102.5, 103, 104, 105, 106,
    107.5, 110, 115, 120, 130, 150, 200,
)  # fmt: skip
"""Figures of which any two give a rate on or beside the edge of a band."""
WHOLE = tuple(int(n) for n in ROUND)
LARGEST = 20_000_000
"""Sums of larger figures are more than the tool takes for an amount."""
FULL_WIDTH = {n: n + 0xFEE0 for n in range(0x21, 0x7F)}
SIGNS = (*"%≥元个…；、-/*?~\"'&<×① \n",)
BLANKS = (" ", "\u3000", "\n", "\u00a0")
MANY = 40
"""Cells of a long text are cut to so many characters, now and then."""


@dataclass
class Tab:
    """What stands on one tab.

    Attributes:
        forms: frame -> label -> value.
        rows: frame -> fixed key, or None for free rows -> lines.
    """

    forms: dict[str, Row] = field(default_factory=dict)
    rows: dict[str, Lines] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One cell that can be filled."""

    holder: Row
    table: Table
    field: FormField
    key: str | None

    @property
    def value(self) -> Any:
        return self.holder.get(self.field.label)

    def put(self, value: Any) -> None:
        self.holder[self.field.label] = value


Book = dict[str, list[Tab]]


class Maker:
    """Makes data for a pack.

    Args:
        pack: The form; the clean filing and the cases of its folder are used where there are any.
    """

    def __init__(self, pack: Pack):
        self.pack = pack
        files = case_files(pack) if pack.folder else None
        self.base: Any = files.base if files else None
        self.changes = [case.set for case in files.cases if case.set] if files else []

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Pieces of text: the pack's own words, years, figures with units, signs."""
        found: dict[str, None] = {}
        for value in self.pack.parameters.values():
            found |= dict.fromkeys([str(value)] if isinstance(value, str | Decimal) else value)
        for table in self.pack.tables.values():
            for f in table.fields:
                found |= dict.fromkeys((f.label, *f.choices, *f.nothing))
        year = self.pack.fiscal_year
        found |= dict.fromkeys(f"{y}年" for y in range(year - 2, year + 3))
        found |= dict.fromkeys(f"{n}{unit}" for n in (3, 20, 98.5) for unit in ("%", "个", self.pack.unit))
        return (*found, *SIGNS)

    def data(self, seed: int) -> dict[str, Any]:
        """The data of one workbook, as `fill` takes it."""
        return Drawing(self, random.Random(f"{self.pack.name}/{seed}")).data(seed)

    def mixed(self, number: int, of: int) -> dict[str, Any]:
        """The clean filing with every so many-th case in it: `of` of them hold all the cases."""
        data: dict[str, Any] = self.with_cases(self.changes[number::of])
        return data

    def with_cases(self, changes: Sequence[Mapping[str, Any]]) -> Any:
        """The clean filing with some cases in it, as far as they go together."""
        data = self.base
        for change in changes:
            with suppress(KeyError, IndexError, FillError):
                tried = changed(data, change, self.pack)
                place(tried, self.pack)
                data = tried
        return data

    def misfitting(self, text: str, number: int) -> Iterator[dict[str, Any]]:
        """The clean filing with a text in a number cell of every table; each time in other columns."""
        for n in range(number):
            drawing = Drawing(self, random.Random(f"{text}/{n}"))
            yield drawing.misfitting(text, n)


class Drawing:
    """One workbook being made."""

    def __init__(self, maker: Maker, rng: random.Random):
        self.maker, self.pack, self.rng = maker, maker.pack, rng
        self.names = [f"{n}、{rng.choice(maker.words)}{n}" for n in range(1, rng.randint(3, 7))]

    def likely(self, chance: float) -> bool:
        return self.rng.random() < chance

    def data(self, seed: int) -> dict[str, Any]:
        way = seed % 8
        if way == 0 or self.maker.base is None:
            return self._as_data(self._from_nothing())
        number = 0 if way < 3 else 1 if way < 6 else 3
        changes = self.rng.sample(self.maker.changes, min(number, len(self.maker.changes)))
        given = self.maker.with_cases(changes)
        book = self._as_book(given)
        if self.likely(0.6):
            self._let_calculate(book, 1.0)
        if way in (1, 6, 7):
            self._shake(book)
        if way != 3:
            self._change(book, self.rng.choice((1, 3, 6, 12, 40)))
        return self._as_data(book)

    def misfitting(self, text: str, number: int) -> dict[str, Any]:
        book = self._as_book(self.maker.base)
        columns: dict[str, dict[str, list[Cell]]] = {}
        for cell in self._cells(book):
            if cell.field.numeric:
                columns.setdefault(cell.table.name, {}).setdefault(cell.field.label, []).append(cell)
        for labels in columns.values():
            some = list(labels.values())
            self.rng.choice(some[number % len(some)]).put(text)
        return self._as_data(book)

    # ---- to and from what `fill` takes ----

    def _as_book(self, data: Any) -> Book:
        return {
            name: [
                Tab(
                    {frame: dict(values) for frame, values in tab.forms.items()},
                    {
                        frame: {key: [dict(line) for line in lines] for key, lines in table.items()}
                        for frame, table in tab.rows.items()
                    },
                )
                for tab in tabs
            ]
            for name, tabs in place(data, self.pack).items()
        }

    def _as_data(self, book: Book) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, tabs in book.items():
            sheet = self.pack.sheet(name)
            written = [self._tab_data(sheet, tab) for tab in tabs]
            data[name] = written if sheet.repeats else written[0]
        return data

    def _tab_data(self, sheet: Sheet, tab: Tab) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for block in sheet.blocks:
            frame = sheet.frame_of(block)
            if block.kind == "table":
                lines = tab.rows.get(frame, {})
                table = self.pack.tables[frame]
                data[block.name or sheet.name] = [
                    {"行": key} | line if key else _free(line, table)
                    for key, some in lines.items()
                    for line in some
                ]
            elif block.name:
                data[block.name] = tab.forms.get(frame, {})
            else:
                data |= tab.forms.get(frame, {})
        return data

    # ---- from nothing ----

    def _from_nothing(self) -> Book:
        """Every cell by its type; how much is left blank differs from workbook to workbook."""
        blank = self.rng.choice((0.0, 0.03, 0.3, 0.8))
        book: Book = {}
        for sheet in self.pack.sheets:
            if self.likely(0.95 if blank < 0.5 else 0.6):
                number = self.rng.randint(0, 3) if sheet.repeats else 1
                book[sheet.name] = [self._tab(sheet) for _ in range(number)]
        for cell in self._cells(book):
            if cell.value is None or self.likely(0.15):
                cell.put(None if self.likely(blank) else self.value(cell))
        self._let_calculate(book, self.rng.choice((0.0, 0.9, 1.0)))
        for tabs in book.values():
            for n in range(len(tabs)):
                if len(tabs) > 1 and self.likely(0.1):
                    tabs[n] = Tab()
        return book

    def _tab(self, sheet: Sheet) -> Tab:
        tab = Tab()
        for block in sheet.blocks:
            frame = sheet.frame_of(block)
            table = self.pack.tables[frame]
            if table.kind == "form":
                tab.forms[frame] = {}
                continue
            tab.rows[frame] = {r.key: [{} for _ in range(self.rng.randint(0, r.slots))] for r in table.rows}
            if table.free_rows:
                named = [{table.key: name} if table.key else {} for name in self.names]
                number = len(named) if self.likely(0.7) else self.rng.randint(0, len(named))
                tab.rows[frame][None] = named[:number]
        return tab

    def _cells(self, book: Book) -> Iterator[Cell]:
        """Every cell of the rows that are there; a key column goes through the names in order."""
        for tabs in book.values():
            for tab in tabs:
                for frame, values in tab.forms.items():
                    table = self.pack.tables[frame]
                    yield from (Cell(values, table, f, None) for f in table.fields if not f.static)
                for frame, lines in tab.rows.items():
                    table = self.pack.tables[frame]
                    printed = {r.key: r.labels for r in table.rows}
                    for key, some in lines.items():
                        for line in some:
                            for f in table.fields:
                                if not f.static and f.label not in printed.get(key or "", {}):
                                    yield Cell(line, table, f, key)

    def _let_calculate(self, book: Book, chance: float) -> None:
        """Leave out what the template calculates itself."""
        for tabs in book.values():
            for tab in tabs:
                for frame, values in tab.forms.items():
                    self._leave_out(frame, None, values, chance)
                for frame, lines in tab.rows.items():
                    for key, some in lines.items():
                        for line in some:
                            self._leave_out(frame, key, line, chance)

    def _leave_out(self, frame: str, key: str | None, holder: Row, chance: float) -> None:
        totals = self.pack.tables[frame].total_keys
        for rule in self.pack.rules:
            if rule.total and not rule.when and rule.on == frame:
                if rule.rows in ("all", key) or (rule.rows == "明细" and key not in totals):
                    for label in rule.fields:
                        if self.likely(chance):
                            holder.pop(label, None)

    # ---- values ----

    def value(self, cell: Cell) -> Any:
        """What might be typed into a cell."""
        f = cell.field
        if cell.table.key == f.label and cell.key is None:
            return self._name()
        drawn: dict[str, Callable[[], Any]] = {
            "points": lambda: self._points(cell),
            "amount": lambda: self._figure(self.places(f)),
            "number": lambda: self._figure(self.places(f)),
            "count": lambda: self.rng.choice(
                (0, 0, 1, 2, 3, self.rng.randint(0, 500), self.rng.choice(WHOLE))
            ),
            "percent": lambda: self._percent(f),
            "date": lambda: date(self.pack.fiscal_year, 1, 1) + timedelta(self.rng.randint(-300, 800)),
            "choice": lambda: self._choice(f),
        }
        return drawn.get(f.type, lambda: self._text(f))()

    def places(self, f: FormField) -> int:
        """To how many decimals a figure is kept: down to fen, to 1/10,000 of the rest."""
        return len(str(self.pack.fen)) - 1 if f.type == "amount" else 4

    def _percent(self, f: FormField) -> float:
        """A fraction, as a percent cell holds it; more than 1.5 would be taken for percent."""
        most = max(1.5, float(f.max or 0) / 100)
        fine = round(self.rng.uniform(0, most), 4)
        return self.rng.choice((0.0, 1.0, min(self.rng.choice(ROUND) / 100, most), fine))

    def _figure(self, places: int) -> float:
        """A figure: nothing, round, any, with all its decimals, at a limit, negative, very large."""
        limits = [float(p) for p in self.pack.parameters.values() if isinstance(p, Decimal)] or [1000.0]
        drawn: tuple[Callable[[], float], ...] = (
            lambda: 0,
            lambda: self.rng.choice(ROUND),
            lambda: round(self.rng.uniform(0, 10 ** self.rng.randint(0, 4)), 2),
            lambda: round(self.rng.uniform(0, 10 ** self.rng.randint(0, 3)), places),
            lambda: round(self.rng.choice(limits) + self.rng.choice((-0.01, 0, 0.01, 1)), 2),
            lambda: -self.rng.choice(ROUND),
            lambda: round(self.rng.uniform(0, LARGEST), 2),
        )
        return self.rng.choices(drawn, (15, 35, 25, 10, 7, 4, 4))[0]()

    def _points(self, cell: Cell) -> float | int:
        most = float(cell.field.max or 100)
        for rubric in self.pack.rubrics:
            if rubric.on == cell.table.name and cell.field.label == rubric.self_score:
                labels = next((r.labels for r in cell.table.rows if r.key == cell.key), {})
                most = float(labels.get(rubric.weight, most))
        return self.rng.choice((
            most, most, most, 0, most / 2, most - 0.5, max(0, most - self.rng.randint(1, 4)), most + 1, -1,
            round(self.rng.uniform(0, most), 1), round(self.rng.uniform(0, most), 2),
        ))  # fmt: skip

    def _choice(self, f: FormField) -> Any:
        kind = self.rng.random()
        if kind < 0.9 or not f.choices:
            return self.rng.choice(f.choices or (None,))
        if kind < 0.95:
            return None
        return self.rng.choice(
            [self._disguised(self.rng.choice(f.choices)), self.rng.choice(self.maker.words)]
        )

    def _name(self) -> str:
        name = self.rng.choice(self.names)
        return self._disguised(name) if self.likely(0.15) else name

    def _text(self, f: FormField) -> Any:
        kind = self.rng.random()
        if kind < 0.15:
            return self._name()
        if kind < 0.18:
            return self.rng.choice((" ", "\u3000", self.pack.fiscal_year, 20.5, "无", "—", "0"))
        if kind < 0.22 and f.lines > 1:
            return self.rng.choice(self.maker.words) * MANY
        text = "".join(self.rng.choices(self.maker.words, k=self.rng.choice((1, 1, 1, 2, 3, 6))))
        return self._disguised(text) if self.likely(0.2) else text

    def _disguised(self, text: str) -> str:
        """The same words as another hand types them: spaces, line breaks, full width."""
        where = self.rng.randint(0, len(text))
        blank = self.rng.choice((None, *BLANKS))
        return text.translate(FULL_WIDTH) if blank is None else text[:where] + blank + text[where:]

    # ---- changes ----

    def _change(self, book: Book, times: int) -> None:
        for _ in range(times):
            cells = list(self._cells(book))
            kind = self.rng.random()
            if kind < 0.85 and cells:
                self._change_cell(self._some_cell(cells), cells)
            else:
                self.rng.choice((self._rows, self._rows, self._tabs, self._column, self._rename))(book)

    def _some_cell(self, cells: list[Cell]) -> Cell:
        """Any cell, short tables as often as long ones."""
        if self.likely(0.5):
            frame = self.rng.choice(list(dict.fromkeys(c.table.name for c in cells)))
            cells = [c for c in cells if c.table.name == frame]
        label = self.rng.choice(list(dict.fromkeys(c.field.label for c in cells)))
        return self.rng.choice([c for c in cells if c.field.label == label])

    def _change_cell(self, cell: Cell, cells: list[Cell]) -> None:
        old, kind = cell.value, self.rng.random()
        if kind < 0.25:
            cell.put(None)
        elif kind < 0.65 or old is None:
            cell.put(self.value(cell))
        elif kind < 0.75:
            like = [c for c in cells if c.field.type == cell.field.type and c.table is cell.table]
            cell.put(self.rng.choice(like).value)
        else:
            cell.put(self._near(cell, old))

    def _near(self, cell: Cell, old: Any) -> Any:
        """Nearly what stood there."""
        if isinstance(old, str):
            more = self.rng.choice(self.maker.words)
            if cell.field.type == "date":
                return self.rng.choice((old, f"{self.pack.fiscal_year - 1}{old[4:]}"))
            return self.rng.choice((self._disguised(old), old + more, more + old, old[: len(old) // 2]))
        if not cell.field.numeric or not isinstance(old, int | float):
            return self.value(cell)
        if cell.field.type == "count":
            return max(0, old + self.rng.choice((-1, 1, 2, 10)))
        if cell.field.type == "percent":
            return round(min(old + self.rng.choice((-0.01, 0.0001, 0.1)), 1.5), 4)
        step = self.rng.choice((-1, -0.5, -0.01, 0.01, 0.005, 0.02, 1, 5))
        near = self.rng.choice((old + step, old * self.rng.choice(ROUND) / 100, -old))
        return round(near, self.places(cell.field))

    def _shake(self, book: Book) -> None:
        """Other figures and choices in some of the tables, so that scores differ."""
        cells = [c for c in self._cells(book) if c.field.numeric or c.field.type == "choice"]
        frames = sorted({c.table.name for c in cells})
        chosen = self.rng.sample(frames, self.rng.randint(1, len(frames))) if frames else []
        for cell in cells:
            if cell.table.name in chosen and self.likely(0.4):
                near = isinstance(cell.value, int | float) and self.likely(0.8)
                cell.put(self._near(cell, cell.value) if near else self.value(cell))

    def _some_tab(self, book: Book) -> Tab | None:
        tabs = [tab for tabs in book.values() for tab in tabs if tab.rows]
        return self.rng.choice(tabs) if tabs else None

    def _rows(self, book: Book) -> None:
        """A free row or a slot more, or less, or twice."""
        tab = self._some_tab(book)
        if tab is None:
            return
        frame = self.rng.choice(list(tab.rows))
        table, lines = self.pack.tables[frame], tab.rows[frame]
        slots = [r.key for r in table.rows if r.slots > 1]
        if not slots and not table.free_rows:
            return
        key = self.rng.choice(slots) if slots and not (table.free_rows and self.likely(0.5)) else None
        some = lines.setdefault(key, [])
        if some and self.likely(0.5):
            some.pop(self.rng.randrange(len(some)))
        elif some and self.likely(0.5):
            some.append(copy.deepcopy(self.rng.choice(some)))
        else:
            line: Row = {}
            for f in table.fields:
                if not f.static and self.likely(0.8):
                    line[f.label] = self.value(Cell(line, table, f, key))
            some.insert(self.rng.randint(0, len(some)), line)

    def _tabs(self, book: Book) -> None:
        """A repeated sheet more or less or blank; or a sheet that nobody has filled."""
        name = self.rng.choice([s.name for s in self.pack.sheets])
        if not self.pack.sheet(name).repeats:
            if self.likely(0.3):
                book.pop(name, None)
            return
        tabs = book.setdefault(name, [])
        kind = self.rng.randrange(4)
        if kind == 0 and tabs:
            tabs.pop(self.rng.randrange(len(tabs)))
        elif kind == 1:
            tabs.insert(self.rng.randint(0, len(tabs)), Tab())
        elif tabs and len(tabs) < 4:
            tabs.append(copy.deepcopy(self.rng.choice(tabs)))

    def _column(self, book: Book) -> None:
        """A whole column, a block or a form that nobody has filled."""
        cells = list(self._cells(book))
        if not cells:
            return
        one = self.rng.choice(cells)
        whole = self.likely(0.3)
        for cell in cells:
            if cell.table is one.table and (whole or cell.field is one.field):
                cell.put(None)

    def _rename(self, book: Book) -> None:
        """A name changed wherever it stands, or in one place only."""
        named = [c for c in self._cells(book) if c.table.key == c.field.label and isinstance(c.value, str)]
        if not named:
            return
        old, new = self.rng.choice(named).value, self._disguised(self.rng.choice(self.names))
        same = [c for c in named if c.value == old]
        for cell in same if self.likely(0.5) else [self.rng.choice(same)]:
            cell.put(new)


def _free(line: Row, table: Table) -> Row:
    """A free row as it is; a word that would make it a row the template prints is left out."""
    printed = {str(word) for row in table.rows for word in (row.key, *row.labels.values())}
    return {label: value for label, value in line.items() if str(value) not in printed}
