"""Write a pack as a workbook: the template as people know it from print, blank or with values.

One writer serves both: a filled workbook is the template with contents. The bytes depend on
nothing but the pack and the contents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from workbook_tool.excel.ooxml.new_workbook import NewWorkbook
from workbook_tool.excel.template.addressee import NOBODY, Addressee, entered
from workbook_tool.excel.template.alike import share
from workbook_tool.excel.template.appearance import (
    Formats,
    set_up_page,
    workbook_options,
    write_value,
)
from workbook_tool.excel.template.calculated import GUIDE, At, Calculated, Papers, calculated_cells
from workbook_tool.excel.template.guide import Guide
from workbook_tool.excel.template.layout import plan_tabs
from workbook_tool.excel.template.live_answers import Answers, Scores
from workbook_tool.excel.template.live_cells import live_checks
from workbook_tool.excel.template.live_marks import LiveMarks
from workbook_tool.excel.template.live_plan import plan_checks
from workbook_tool.excel.template.live_tab import LiveChecks
from workbook_tool.excel.template.paper import Layout, Spot, Tab, Value
from workbook_tool.excel.template.prompts import evidence_notes, most_points, validation
from workbook_tool.excel.template.results import Result, Sums
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.excel.template.self_check import SelfCheck
from workbook_tool.model import Block, Pack, PackError

STAMP = "workbook-tool"
PROTECTION = {"format_columns": True, "format_rows": True, "insert_rows": True}
"""What a clerk may still do on a protected sheet, besides filling it."""
_NOT_IN_TAB_NAMES = set("[]:*?/\\")


def write_blank(
    pack: Pack,
    out: Path | str | BinaryIO,
    *,
    projects: int | None = None,
    addressee: Addressee = NOBODY,
    scores: Scores | None = None,
) -> None:
    """Write the blank template.

    Args:
        pack: The form.
        out: A path or an open binary file.
        projects: How many copies of each repeated sheet; the pack's own number where None.
        addressee: Whom it is for.
        scores: Scores the rubrics; without it the template carries no live checks.
    """
    tabs = plan_tabs(pack, entered(pack, addressee), projects)
    if addressee.told:
        pack = pack.model_copy(update={"instructions": (*addressee.told, *pack.instructions)})
    write_tabs(pack, tabs, out, addressee.code, scores)


def write_tabs(
    pack: Pack,
    tabs: Sequence[Tab],
    out: Path | str | BinaryIO,
    code: str = "",
    scores: Scores | None = None,
) -> None:
    """Write a workbook of these tabs: the instructions first, then what it finds in itself."""
    buffer = BytesIO()
    workbook = NewWorkbook(buffer, workbook_options())
    workbook.set_properties(
        {
            "title": pack.title,
            "company": pack.issuer,
            "comments": pack.name,
            "created": datetime(pack.fiscal_year, 12, 31),
        }
    )
    formats = Formats(workbook)
    guide = Guide(pack, workbook, formats, stamp(pack, GUIDE, code), live=scores is not None)
    papers = Papers(pack, tabs, plan_checks(pack) if scores else {}, guide.choice_range)
    cells = calculated_cells(papers)
    sums = Sums(papers, cells)
    results = sums.calculate()
    checks: LiveChecks | None = None
    if scores:
        overview = SelfCheck(pack, workbook, formats, stamp(pack, SELF_CHECK, code))
        checks = live_checks(papers, cells, results, Answers(pack, sums, scores))
        overview.write(tabs, checks)
    book = _Book(pack, formats, guide, cells, results)
    for tab in tabs:
        check_tab_name(tab.name)
        sheet = workbook.add_worksheet(tab.name)
        _TabWriter(book, tab, sheet).write(stamp(pack, tab.layout.sheet.name, code))
        if checks:
            LiveMarks(pack, formats, checks, tab, sheet).write()
    guide.write(tabs)
    workbook.close()
    content = share(buffer.getvalue(), _live_columns(workbook, papers)) if checks else buffer.getvalue()
    if isinstance(out, (str, Path)):
        Path(out).write_bytes(content)
    else:
        out.write(content)


def _live_columns(workbook: NewWorkbook, papers: Papers) -> dict[str, int]:
    """The part of each sheet with live checks -> where they begin."""
    first = {tab.name: papers.plans[tab.layout.sheet.name].first for tab in papers.tabs}
    return {
        f"xl/worksheets/sheet{number}.xml": first[sheet.get_name()]
        for number, sheet in enumerate(workbook.worksheets(), 1)
        if sheet.get_name() in first
    }


def stamp(pack: Pack, sheet: str, code: str) -> str:
    """What stands in A1: whose form this is, which sheet, which department."""
    return "|".join((STAMP, pack.name, sheet, code))


def check_tab_name(name: str) -> None:
    """Refuse a name that no tab can have.

    Raises:
        PackError: It is too long, or has a character that Excel does not take.
    """
    if len(name) > 31 or _NOT_IN_TAB_NAMES & set(name) or name.startswith("'"):
        raise PackError(f"工作表名“{name}”不能用作 Excel 的表名：不超过 31 字，不含 []:*?/\\")


@dataclass(frozen=True)
class _Book:
    """What the tabs of a workbook share."""

    pack: Pack
    formats: Formats
    guide: Guide
    cells: Mapping[At, Calculated]
    results: Mapping[At, Result]


class _TabWriter:
    """One tab on its way into the workbook."""

    def __init__(self, book: _Book, tab: Tab, sheet: Worksheet) -> None:
        self.book, self.pack, self.tab, self.sheet = book, book.pack, tab, sheet
        self.layout: Layout = tab.layout
        self.blocks: dict[str, Block] = {tab.layout.sheet.frame_of(b): b for b in tab.layout.sheet.blocks}
        self.validations: dict[tuple[tuple[str, str], ...], tuple[dict[str, Any], list[Spot]]] = {}

    def write(self, stamp_text: str) -> None:
        self._page()
        self._map(stamp_text)
        for spot in self.layout.spots:
            self._spot(spot)
        self._notes()
        for options, spots in self.validations.values():
            self._validate(options, spots)
        first = next((s for s in self.layout.spots if self._is_input(s)), None)
        if first:
            self.sheet.set_selection(first.top, first.left, first.top, first.left)

    def _page(self) -> None:
        sheet, layout = self.sheet, self.layout
        set_up_page(self.pack, sheet, landscape=layout.sheet.landscape)
        for column, width in enumerate(layout.sheet.grid, 1):
            sheet.set_column(column, column, width)
        for row, height in layout.heights.items():
            sheet.set_row(row, height)
        if layout.repeat:
            sheet.repeat_rows(*layout.repeat)
            sheet.freeze_panes(layout.repeat[1] + 1, 0)
        sheet.protect("", PROTECTION)
        sheet.set_tab_color("#70AD47" if layout.sheet.repeats else "#5B9BD5")

    def _map(self, stamp_text: str) -> None:
        sheet, layout = self.sheet, self.layout
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.write_string(0, 0, stamp_text)
        for column, tokens in sorted(layout.column_tokens.items()):
            sheet.write_string(0, column, ";".join(tokens))
        for row, tokens in sorted(layout.row_tokens.items()):
            sheet.write_string(row, 0, ";".join(tokens))

    def _calculated(self, spot: Spot) -> Calculated | None:
        return self.book.cells.get((self.tab.name, spot.top, spot.left)) if spot.role == "value" else None

    def _is_input(self, spot: Spot) -> bool:
        given = spot.field is not None and spot.field.given
        return spot.role == "value" and not given and self._calculated(spot) is None

    def _spot(self, spot: Spot) -> None:
        cell = self._calculated(spot)
        height = sum(self.layout.heights[r] for r in range(spot.top, spot.bottom + 1))
        style = self.book.formats.of(spot, calculated=cell is not None, height=height)
        if spot.merged:
            self.sheet.merge_range(spot.top, spot.left, spot.bottom, spot.right, "", style)
        if cell:
            result = self.book.results[cell.at]
            self.sheet.write_formula(spot.top, spot.left, f"={cell.formula}", style, result)
            return
        value: Value = spot.text
        if spot.role == "value" and spot.field:
            value = self.layout.contents.value(spot.frame, spot.field.label, spot.line)
            if not spot.field.given:
                self._collect(spot)
        write_value(self.sheet, spot.top, spot.left, value, style)

    def _collect(self, spot: Spot) -> None:
        """Note the cell's validation; equal ones are written once, for all their cells."""
        assert spot.field
        block = self.blocks.get(spot.frame)
        most = most_points(self.pack, block, spot.field, spot.line) if block and spot.line else None
        options = validation(
            self.pack,
            spot.field,
            most=most,
            help_too=spot.line is None,
            choice_range=self.book.guide.choice_range,
        )
        if options:
            key = (("field", f"{spot.frame}/{spot.field.label}"), *((k, str(v)) for k, v in options.items()))
            self.validations.setdefault(key, (options, []))[1].append(spot)

    def _validate(self, options: dict[str, Any], spots: list[Spot]) -> None:
        ranges = _ranges(spots)
        top, left, bottom, right = ranges[0]
        more = {"multi_range": " ".join(xl_range(*r) for r in ranges)} if len(ranges) > 1 else {}
        self.sheet.data_validation(top, left, bottom, right, options | more)

    def _notes(self) -> None:
        """A table's help hangs at its header, so that it is said once and not in every row."""
        for spot in self.layout.spots:
            if spot.role == "header" and spot.field and spot.field.help:
                self._note(spot, spot.field.help)
        for frame, block in self.blocks.items():
            evidence = evidence_notes(self.pack, block)
            for spot in self.layout.spots:
                if spot.frame == frame and spot.role == "printed" and spot.line and spot.field:
                    text = evidence.get((spot.line.key or "", spot.field.label))
                    if text:
                        self._note(spot, f"佐证材料：{text}")

    def _note(self, spot: Spot, text: str) -> None:
        lines = len(text) // 15 + 1 + text.count("\n")
        options = {"author": "", "font_name": "宋体", "font_size": 9, "width": 200, "height": 18 * lines + 12}
        self.sheet.write_comment(spot.top, spot.left, text, options)


def _ranges(spots: Sequence[Spot]) -> list[tuple[int, int, int, int]]:
    """The spots' cells as few rectangles: neighbours below one another become one."""
    ranges: list[tuple[int, int, int, int]] = []
    for s in sorted(spots, key=lambda s: (s.left, s.top)):
        if ranges and (ranges[-1][1], ranges[-1][3], ranges[-1][2] + 1) == (s.left, s.right, s.top):
            ranges[-1] = (ranges[-1][0], s.left, s.bottom, s.right)
        else:
            ranges.append((s.top, s.left, s.bottom, s.right))
    return ranges
