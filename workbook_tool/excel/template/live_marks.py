"""How a sheet shows its live checks: the column beside the form, and the colour of a wrong cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from workbook_tool.excel.template.appearance import GREY, Formats, write_value
from workbook_tool.excel.template.live_fields import unfit
from workbook_tool.excel.template.live_plan import SheetPlan
from workbook_tool.excel.template.live_tab import LiveChecks
from workbook_tool.excel.template.paper import Spot, Tab
from workbook_tool.forms.formulas.live import FAIL, PASS, cell_of
from workbook_tool.model import Pack, Severity

MEASURED, GAP, CHECK = "测算得分", "相差", "校验"
WIDTHS = {MEASURED: 9.0, GAP: 7.0, CHECK: 56.0}
COLOURS: dict[str, dict[str, Any]] = {
    Severity.ERROR.label: {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
    Severity.EXPLAIN.label: {"bg_color": "#FFE699", "font_color": "#7F6000"},
    Severity.NOTE.label: {"bg_color": "#DDEBF7"},
}
"""By the severity of what is wrong in a cell."""


class LiveMarks:
    """Writes the live checks of one tab."""

    def __init__(self, pack: Pack, styles: Formats, checks: LiveChecks, tab: Tab, sheet: Worksheet) -> None:
        self.pack, self.styles, self.checks, self.tab, self.sheet = pack, styles, checks, tab, sheet
        self.plan: SheetPlan = checks.plans[tab.layout.sheet.name]

    def write(self) -> None:
        """All of it."""
        plan, layout = self.plan, self.tab.layout
        self.sheet.print_area(1, 1, layout.row - 1, layout.last_column)
        last = max([plan.last, *plan.sums.values()])
        self.sheet.set_column(plan.used, last, None, None, {"hidden": True})
        for column, word in self._visible():
            self.sheet.set_column(column, column, WIDTHS[word])
        self._headers()
        self._printed()
        self._cells()
        self._colours()

    def _visible(self) -> Iterator[tuple[int, str]]:
        for column, word in ((self.plan.measured, MEASURED), (self.plan.gap, GAP), (self.plan.check, CHECK)):
            if column is not None:
                yield column, word

    def _headers(self) -> None:
        style = self.styles.role("label", font_color=GREY, font_size=9)
        self.sheet.write_string(1, self.plan.check, CHECK, style)
        frames = [frame for frame in self.tab.layout.lines if frame in self._scored()]
        for column, word in self._visible():
            if frames:
                self.sheet.write_string(0, column, ";".join(f"{frame}/@{word}" for frame in frames))
            for frame in frames:
                self.sheet.write_string(self.tab.layout.lines[frame][0].row - 1, column, word, style)

    def _scored(self) -> set[str]:
        """The tables in which self scores stand."""
        found = {rubric.on for rubric in self.pack.rubrics}
        for rubric in self.pack.rubrics:
            found |= {cell_of(c.cell, rubric, self.pack)[0] for c in rubric.criteria if c.cell}
        return found

    def _printed(self) -> None:
        for (frame, label), column in self.plan.printed.items():
            for line in self.tab.layout.lines[frame]:
                write_value(self.sheet, line.row, column, line.prints(label), None)

    def _cells(self) -> None:
        plan = self.plan
        points = self.styles.role("label", bg_color="#FFFFFF", num_format="General")
        said = self.styles.role("note", valign="vcenter")
        for (tab, row, column), cell in self.checks.cells.items():
            if tab == self.tab.name:
                style = (
                    said if column == plan.check else points if column in (plan.measured, plan.gap) else None
                )
                self.sheet.write_formula(row, column, f"={cell.formula}", style, cell.result)

    def _colours(self) -> None:
        spots = [s for s in self.tab.layout.spots if s.role == "value" and s.field]
        spots.sort(key=lambda s: (s.frame, s.left, s.top))
        for (frame, left), column in groupby(spots, key=lambda s: (s.frame, s.left)):
            for run in _runs(list(column)):
                self._mark(frame, left, run)
        check, end = self.plan.check, self.tab.layout.row
        top = xl_rowcol_to_cell(1, check)
        for sign, colour in ((FAIL, "#C00000"), (PASS, "#2E7D32")):
            style = self.styles.make({"font_color": colour})
            options = {"type": "formula", "criteria": f'=LEFT({top},1)="{sign}"', "format": style}
            self.sheet.conditional_format(1, check, end, check, options)

    def _mark(self, frame: str, left: int, run: Sequence[Spot]) -> None:
        """Colour cells below one another while a check of theirs fails, the worst first."""
        field, top = run[0].field, run[0].top
        assert field
        for severity in Severity:
            tests = [
                f'LEFT({xl_rowcol_to_cell(top, column, col_abs=True)},1)="{FAIL}"'
                for (code, of, label), column in self.plan.verdicts.items()
                if (of, label) == (frame, field.label) and self.pack.rule(code).severity is severity
            ]
            if severity is Severity.ERROR:
                tests += filter(None, [unfit(field, xl_rowcol_to_cell(top, left, col_abs=True))])
            if tests:
                style = self.styles.make(COLOURS[severity.label])
                options = {"type": "formula", "criteria": f"=OR({','.join(tests)})", "format": style}
                self.sheet.conditional_format(top, left, run[-1].bottom, run[-1].right, options)


def _runs(spots: Sequence[Spot]) -> Iterator[list[Spot]]:
    """Spots of one field that stand directly below one another."""
    run: list[Spot] = []
    for spot in spots:
        if run and (spot.field is not run[0].field or spot.top != run[-1].bottom + 1):
            yield run
            run = []
        run.append(spot)
    if run:
        yield run
