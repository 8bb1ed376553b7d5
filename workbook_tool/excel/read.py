"""Returned workbooks into a batch: many files, a few long frames, every value with its cell.

A department's mistakes become findings here: a file that cannot be read, a sheet, a column or a
row that is gone. What the values are worth is for `checks.conform` to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbook_tool import findings
from workbook_tool.excel.locate import Gap, MapReader, SheetMap
from workbook_tool.excel.ooxml.package import Package, Refused
from workbook_tool.excel.ooxml.source import Source
from workbook_tool.excel.ooxml.texts import normalise
from workbook_tool.excel.returns.audit import Auditor, Sight, View
from workbook_tool.excel.returns.audit_book import look_at_book
from workbook_tool.excel.returns.books import Book, Identified, Tab, identify, read_book
from workbook_tool.excel.returns.headers import map_by_headers
from workbook_tool.excel.returns.imprint import Altered, shown
from workbook_tool.excel.returns.records import FrameReader, Record
from workbook_tool.findings import column_letters
from workbook_tool.model import Batch, CellError, Frame, Pack, Sheet, Uncalculated

_SUBMISSIONS = {"submission": "int64", "path": "object", "sha256": "object", "department": "object",
                "code": "object", "edition": "object", "pack": "object", "stamped": "object",
                "saved": "object"}  # fmt: skip
_HEAD = {"submission": "int64", "tab": "object", "instance": "int64", "row": "int64", "key": "object"}
_PLACES = {"submission": "int64", "tab": "object", "frame": "object", "field": "object", "row": "Int64",
           "column": "int64"}  # fmt: skip
_FORMULAS = {"submission": "int64", "frame": "object", "record": "int64", "field": "object",
             "formula": "object"}  # fmt: skip


def read(paths: Sequence[Path | Source], pack: Pack) -> tuple[Batch, Frame]:
    """Read workbooks that were made from a pack.

    Args:
        paths: The files or other sources, in the order of the submissions.
        pack: The pack.

    Returns:
        The batch with raw values, and draft findings. A file that cannot be read, or that is no
        workbook of this pack, is a submission with a finding and without records.
    """
    reader = _BatchReader(pack)
    for path in paths:
        reader.take(path if isinstance(path, Source) else Source.of(Path(path)))
    return reader.batch(), findings.collect(reader.findings)


class _BatchReader:
    """Takes one file after the other; the frames are made once, at the end.

    Until then the rows of a frame lie one after the other in one plain list: a list for every row
    would keep the garbage collector busy.
    """

    def __init__(self, pack: Pack):
        self._pack = pack
        self._maps, self._auditor = MapReader(pack), Auditor(pack)
        self._frames = {name: FrameReader(pack, table) for name, table in pack.tables.items()}
        self._of_sheet = {
            sheet.name: [r for r in self._frames.values() if r.table.sheet.name == sheet.name]
            for sheet in pack.sheets
        }
        self._records: dict[str, list[Any]] = {name: [] for name in self._frames}
        self._submissions: list[Any] = []
        self._places: list[Any] = []
        self._formulas: list[Any] = []
        self.findings: list[dict[str, Any]] = []

    def take(self, source: Source) -> None:
        """Read one file; whatever is wrong with it becomes a finding."""
        number = len(self._submissions) // len(_SUBMISSIONS)
        sha256: str | None = None
        saved: str | None = None
        identified = Identified()
        try:
            content = source.read()
            sha256 = hashlib.sha256(content).hexdigest()
            package = Package.open(content)
            book = read_book(package)
        except (Refused, OSError) as refusal:
            reason = refusal.message if isinstance(refusal, Refused) else _unopened(refusal)
            self._find(number, Gap("文件-01", {"reason": reason}))
        else:
            saved = book.saved
            identified = identify(book, self._pack)
            for gap in identified.gaps:
                self._find(number, gap)
            if package.macros:
                self._find(number, Gap("文件-10", {}))
            for sheet, tabs in identified.sheets:
                self._take_sheet(number, sheet, tabs, book)
            if identified.sheets:
                self._see(number, look_at_book(book, identified, self._pack))
        department = self._identity(number, self._pack.identity.department)
        code = self._identity(number, self._pack.identity.code)
        if code and identified.code and normalise(code) != normalise(identified.code):
            self._find_other_code(number, code, identified.code)
        code = code or identified.code
        own = (identified.edition, identified.pack, identified.code, saved)
        self._submissions += (number, source.path, sha256, department, code, *own)

    def _take_sheet(self, number: int, sheet: Sheet, tabs: Sequence[Tab], book: Book) -> None:
        """The records of a sheet; of a repeated one, those tabs that anything was entered in."""
        instance = 0
        for tab in tabs:
            place = self._maps.read(sheet, tab.cells, tab.stamp) if tab.stamp else None
            place = place or map_by_headers(self._pack, sheet, tab.cells)
            readers = self._of_sheet[sheet.name]
            found = [(r.table.name, r.read(place, tab.cells, book.since_1904)) for r in readers]
            filled = any(record.filled for _, some in found for record in some)
            if sheet.repeats and not filled:
                continue
            for name, records in found:
                self._keep(number, name, tab.name, instance, [r for r in records if not r.spare])
                self._find_altered_spare(number, name, tab.name, place, records)
            for at in place.places:
                self._places += (number, tab.name, *at)
            self._report(number, tab, place)
            self._see(number, self._auditor.look_at(book, View(sheet, tab, place, filled)))
            instance += 1

    def _keep(self, number: int, name: str, tab: str, instance: int, records: Sequence[Record]) -> None:
        kept, width = self._records[name], self._width(name)
        for record in records:
            for label, formula in record.formulas:
                self._formulas += (number, name, len(kept) // width, label, formula)
            if record.altered:
                self._find_altered(number, name, len(kept) // width, record)
            kept += (number, tab, instance, record.row, record.key, *record.values)

    def _report(self, number: int, tab: Tab, place: SheetMap) -> None:
        if tab.large:
            self._find(number, Gap("文件-32", {}), tab.name)
        if place.by_headers:
            self._find(number, Gap("文件-06", {}), tab.name)
        for gap in place.gaps:
            self._find(number, gap, tab.name)

    def _find_altered(self, number: int, name: str, at: int, record: Record) -> None:
        for one in record.altered:
            where = {"record": at, "field": one.field.label}
            self.findings.append(_said_of(one, number, name, record, where))

    def _find_altered_spare(
        self, number: int, name: str, tab: str, place: SheetMap, records: Sequence[Record]
    ) -> None:
        """A changed print is told in a line nobody filled too: by its cell, as the line is no record."""
        for record in records:
            for one in record.altered if record.spare else ():
                column = column_letters(place.tables[name].columns[one.field.label])
                where = {"sheet": tab, "cell": f"{column}{record.row}"}
                self.findings.append(_said_of(one, number, name, record, where))

    def _see(self, number: int, sights: Iterable[Sight]) -> None:
        for one in sights:
            first, *others = one.cells or (None,)
            self.findings.append(
                findings.notice(
                    one.code, number, {"sheet": one.tab, **one.words}, severity=one.severity,
                    frame=one.frame, sheet=one.tab, cell=first,
                    related=tuple(f"{one.tab}!{other}" for other in others),
                )
            )  # fmt: skip

    def _find_other_code(self, number: int, typed: str, stamped: str) -> None:
        frame, _, label = self._pack.identity.code.rpartition(".")
        words = {
            "label": self._pack.tables[frame].by_label[label].printed,
            "value": typed,
            "expected": stamped,
        }
        record = len(self._records[frame]) // self._width(frame) - 1
        self.findings.append(
            findings.notice(
                "文件-31", number, words,
                frame=frame, record=record, field=label, value=typed, expected=stamped,
            )
        )  # fmt: skip

    def _find(self, number: int, gap: Gap, tab: str | None = None) -> None:
        words: Mapping[str, object] = {"sheet": tab, **gap.words}
        sheet = tab or gap.words.get("sheet")
        self.findings.append(findings.notice(gap.code, number, words, sheet=sheet))

    def _identity(self, number: int, reference: str) -> str | None:
        """What a workbook that was just read says at a `frame.field`."""
        frame, _, label = reference.rpartition(".")
        records, width = self._records[frame], self._width(frame)
        first = len(records)
        while first and records[first - width] == number:
            first -= width
        if first == len(records):
            return None
        value = records[first + len(_HEAD) + self._frames[frame].labels.index(label)]
        if isinstance(value, bool | CellError | Uncalculated):
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return None if value is None else str(value).strip() or None

    def _width(self, name: str) -> int:
        return len(_HEAD) + len(self._frames[name].labels)

    def batch(self) -> Batch:
        """Everything taken so far."""
        return Batch(
            submissions=_frame(_SUBMISSIONS, self._submissions),
            frames={
                name: _frame(_HEAD, self._records[name], reader.labels)
                for name, reader in self._frames.items()
            },
            places=_frame(_PLACES, self._places),
            formulas=_frame(_FORMULAS, self._formulas),
        )


def _frame(types: Mapping[str, str], cells: Sequence[Any], fields: Sequence[str] = ()) -> Frame:
    """A frame of typed columns, followed by fields of raw objects, from its rows in one list."""
    columns = [*types.items(), *((label, "object") for label in fields)]
    return pd.concat(
        [
            pd.Series(cells[i :: len(columns)], dtype=kind, name=name)
            for i, (name, kind) in enumerate(columns)
        ],
        axis=1,
    )


def _said_of(
    one: Altered, number: int, name: str, record: Record, where: Mapping[str, Any]
) -> dict[str, Any]:
    """The finding of a printed cell that says something else now."""
    return findings.notice(
        one.code, number, one.words(record.key), severity=one.severity, frame=name,
        value=None if one.found is None else shown(one.found),
        expected=None if one.printed is None else shown(one.printed),
        **where,
    )  # fmt: skip


def _unopened(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "找不到这个文件。"
    if isinstance(error, PermissionError):
        return "没有权限打开这个文件，可能正在被其他程序使用。请关闭后重试。"
    return f"文件打不开（{error.strerror or error}）。"
