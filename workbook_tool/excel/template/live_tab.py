"""Where live checks are entered: the live cells of a workbook, and one of its tabs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell

from workbook_tool.excel.template.calculated import At, Calculated, Papers, cell_at, is_open
from workbook_tool.excel.template.live_answers import Answers
from workbook_tool.excel.template.live_plan import FILLED, Checked, SheetPlan
from workbook_tool.excel.template.paper import Layout, Line, Spot, Tab, Value
from workbook_tool.excel.template.results import Result
from workbook_tool.forms.formulas.live import FAIL


@dataclass(frozen=True)
class LiveCell:
    """A formula, without its equals sign, and its result."""

    formula: str
    result: Result


class LiveChecks:
    """All live cells of a workbook.

    Attributes:
        cells: Each with its formula and result.
        apart: The codes of the rules that no formula can say where they stand.
        remarks: What 校验 says of a line (tab, row) in place of ✓: a fragment and its result.
    """

    def __init__(
        self,
        papers: Papers,
        calculated: Mapping[At, Calculated],
        results: Mapping[At, Result],
        answers: Answers,
    ) -> None:
        self.papers, self.pack, self.plans = papers, papers.pack, papers.plans
        self.calculated, self.results, self.answers = calculated, results, answers
        self.cells: dict[At, LiveCell] = {}
        self.apart: set[str] = set()
        self.remarks: dict[tuple[str, int], LiveCell] = {}

    def result(self, tab: str, row: int, column: int) -> Result:
        """What a live cell says; nothing where there is none."""
        cell = self.cells.get((tab, row, column))
        return "" if cell is None else cell.result

    def remark(self, tab: Tab, row: int, fragment: str, result: str) -> None:
        """Enter what 校验 says of a line where nothing is wrong in it."""
        self.remarks[tab.name, row] = LiveCell(fragment, result)

    def value(self, tab: Tab, spot: Spot) -> Value:
        """What stands in a cell of the form."""
        if (tab.name, spot.top, spot.left) in self.calculated:
            result = self.results[tab.name, spot.top, spot.left]
            return None if result == "" else result
        assert spot.field
        return tab.layout.contents.value(spot.frame, spot.field.label, spot.line)


class LiveTab:
    """One tab of them: what is entered says nothing where the line or the tab is not used."""

    def __init__(self, book: LiveChecks, tab: Tab) -> None:
        self.book, self.pack, self.tab = book, book.pack, tab
        self.layout: Layout = tab.layout
        self.plan: SheetPlan = book.plans[tab.layout.sheet.name]

    def put(self, row: int, column: int, formula: str, result: Result) -> None:
        """Enter a live cell."""
        self.book.cells[self.tab.name, row, column] = LiveCell(formula, result)

    @cached_property
    def filled(self) -> str | None:
        """The cell that tells whether anything is filled in on this copy of a repeated sheet."""
        column = self.plan.sums.get(FILLED)
        return None if column is None else xl_rowcol_to_cell(0, column, row_abs=True, col_abs=True)

    @property
    def is_filled(self) -> bool:
        """Whether anything is filled in, by what the workbook is written with."""
        return not (self.layout.sheet.repeats and self.layout.contents.empty)

    def may_stay_blank(self, frame: str, line: Line | None) -> bool:
        """Whether a line is one of an open table, which need not be filled."""
        if line is None or not is_open(self.pack.tables[frame]):
            return False
        return not line.fixed or line.fixed.slots > 1

    def guarded(self, text: str, row: int, open_line: bool, otherwise: str = '""') -> str:
        """The formula where the line and the tab are used; else nothing."""
        if open_line:
            return f'IF({cell_at(row, self.plan.used)}="",{otherwise},{text})'
        return f"IF({self.filled}=0,{otherwise},{text})" if self.filled else text

    def put_verdict(self, checked: Checked, column: int, row: int, line: Line | None, text: str) -> None:
        """Enter a verdict, which says nothing where its line or tab is not used."""
        code, frame, _ = checked
        record = self.book.answers.record(frame, self.tab.name, row if line else -1)
        state = "" if record is None else self.book.answers.state(checked, record)
        told = f"{FAIL} {self.pack.rule(code).title}" if state == FAIL else state
        self.put(row, column, self.guarded(text, row, self.may_stay_blank(frame, line)), told)
