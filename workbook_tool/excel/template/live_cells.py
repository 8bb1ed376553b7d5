"""The live checks of a workbook: every formula beside the forms, with what it says at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import pandas as pd
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from workbook_tool.excel.template.calculated import (
    At,
    Calculated,
    Papers,
    TabPlace,
    cell_at,
    is_open,
    rule_targets,
    runs_of,
)
from workbook_tool.excel.template.live_answers import POINT, Answers
from workbook_tool.excel.template.live_fields import is_unfit, says, unfit
from workbook_tool.excel.template.live_plan import FAILS, FILLED, NEEDED, OPENS, UNFIT
from workbook_tool.excel.template.live_scores import ScoreCells
from workbook_tool.excel.template.live_tab import LiveCell, LiveChecks, LiveTab
from workbook_tool.excel.template.paper import Line, Spot, Tab
from workbook_tool.excel.template.results import Result
from workbook_tool.forms.expressions import Aggregate, Expression, NoFormula, compile_rule, evaluate
from workbook_tool.forms.formulas.live import (
    FAIL,
    OPEN,
    PASS,
    as_compared,
    blank_cell,
    blank_test,
    compared_text,
    part,
    ranges,
    strictly,
    verdict,
)
from workbook_tool.model import Table

INSERTED = "有插入的空行没有带上核对公式。请把内容移走，改为整行复制表中的空行，再“插入复制的单元格”。"


def live_checks(
    papers: Papers, calculated: Mapping[At, Calculated], results: Mapping[At, Result], answers: Answers
) -> LiveChecks:
    """Every live cell of a workbook, with the score sheets' own."""
    book = LiveChecks(papers, calculated, results, answers)
    for tab in papers.tabs:
        _TabChecks(book, tab).build()
    return book


class _TabChecks(LiveTab):
    """The live cells of one tab."""

    def __init__(self, book: LiveChecks, tab: Tab) -> None:
        super().__init__(book, tab)
        self.rows: dict[int, list[Spot]] = defaultdict(list)
        for spot in self.layout.spots:
            if spot.role == "value" and spot.field:
                self.rows[spot.top].append(spot)

    def build(self) -> None:
        """Every live cell, those that others count first."""
        for row, spots in self.rows.items():
            if self.may_stay_blank(spots[0].frame, spots[0].line):
                self._used(row, spots)
        self._compared()
        for table in self._open_tables():
            self._inserted(table)
        self._verdicts()
        ScoreCells(self).build()
        for row, spots in self.rows.items():
            self._unfit(row, spots)
            self._needed(row, spots)
        for row in sorted({at[1] for at in self.book.cells if at[0] == self.tab.name}):
            self._check(row)
        if self.plan.sums:
            self._sums()

    # ---- one line ----

    def _used(self, row: int, spots: Sequence[Spot]) -> None:
        """Whether anything stands in a line that may stay blank."""
        found = "+".join(f"SUMPRODUCT(1-({blank_test(run)}))" for run in _across(row, spots))
        used = any(self.book.value(self.tab, s) is not None for s in spots)
        self.put(row, self.plan.used, f'IF(IFERROR({found},1)>0,1,"")', 1 if used else "")

    def _compared(self) -> None:
        """Texts that rules look at time and again, as they are compared; printed ones too."""
        for spot in self.layout.spots:
            if spot.role not in ("value", "printed") or spot.field is None:
                continue
            column = self.plan.compared.get((spot.frame, spot.field.label))
            if column is not None:
                text = compared_text(cell_at(spot.top, spot.left), spot.field, self.pack)
                value = self.book.value(self.tab, spot) if spot.role == "value" else spot.text
                told = as_compared("" if value is None else str(value), spot.field, self.pack)
                self.put(spot.top, column, text, told)

    def _is_used(self, row: int, spots: Sequence[Spot]) -> bool:
        if self.may_stay_blank(spots[0].frame, spots[0].line):
            return self.book.result(self.tab.name, row, self.plan.used) == 1
        return self.is_filled

    def _open_tables(self) -> Iterator[Table]:
        return (table for name in self.layout.lines for table in [self.pack.tables[name]] if is_open(table))

    def _inserted(self, table: Table) -> None:
        """Tell of lines that were inserted empty, not copied: nothing checks them."""
        place = TabPlace(self.book.papers, self.tab, table.name, None)
        contents = ranges(place.key_column(table.name))
        marks = [run.address(self.tab.name) for run in runs_of(self.tab, table, self.plan.used)]
        found = "+".join(
            f"SUMPRODUCT((LEN(TRIM({filled}))>0)*(LEN({mark})=0))"
            for filled, mark in zip(contents, marks, strict=True)
        )
        row = self.layout.lines[table.name][0].row - 1
        self.put(row, self.plan.unfit, f'IF({found}>0,"{FAIL} {INSERTED}","")', "")

    def _unfit(self, row: int, spots: Sequence[Spot]) -> None:
        """What cannot stand in a cell of the line; the first of them is named."""
        text, told = '""', ""
        for spot in reversed(spots):
            assert spot.field
            test = unfit(spot.field, cell_at(row, spot.left))
            if test is not None:
                sentence = says(spot.field, self.pack).replace('"', '""')
                text = f'IF({test},"{FAIL} {sentence}",{text})'
                if is_unfit(spot.field, self.book.value(self.tab, spot)):
                    told = f"{FAIL} {sentence}"
        if text != '""':
            self.put(row, self.plan.unfit, text, told)

    def _needed(self, row: int, spots: Sequence[Spot]) -> None:
        """How many cells of the line must still be filled."""
        needed = [s for s in spots if s.field and s.field.required]
        if not needed:
            return
        tests = "+".join(
            f"({blank_cell(cell_at(row, s.left), s.field, self.pack)})" for s in needed if s.field
        )
        lacking = sum(self.book.value(self.tab, s) in (None, "") for s in needed)
        count = lacking if self._is_used(row, spots) else 0
        text = self.guarded(f"0+{tests}", row, self.may_stay_blank(spots[0].frame, spots[0].line), "0")
        self.put(row, self.plan.needed, text, count)

    def _check(self, row: int) -> None:
        """What is wrong in the line, for all to see."""
        plan, name = self.plan, self.tab.name
        found = f"{cell_at(row, plan.unfit)}:{cell_at(row, plan.last)}"
        needed = cell_at(row, plan.needed)
        remark = self.book.remarks.get((name, row), LiveCell(f'"{PASS}"', PASS))
        text = (
            f'IF(COUNTIF({found},"{FAIL}*")>0,INDEX({found},MATCH("{FAIL}*",{found},0)),'
            f'IF(N({needed})>0,"{OPEN} 还有 "&{needed}&" 格没有填",'
            f'IF(COUNTIF({found},"{OPEN}")>0,"{OPEN} 数据还不全，不能核对",'
            f'IF(COUNTIF({found},"{PASS}")>0,{remark.formula},""))))'
        )
        said = [str(self.book.result(name, row, c)) for c in range(plan.unfit, plan.last + 1)]
        failed = next((s for s in said if s.startswith(FAIL)), None)
        lacking = self.book.result(name, row, plan.needed) or 0
        shown = failed or (
            f"{OPEN} 还有 {lacking} 格没有填"
            if lacking
            else f"{OPEN} 数据还不全，不能核对"
            if OPEN in said
            else str(remark.result)
            if PASS in said
            else ""
        )
        self.put(row, plan.check, text, shown)

    # ---- rules ----

    def _verdicts(self) -> None:
        for checked, column in self.plan.verdicts.items():
            code, frame, label = checked
            rule = self.pack.rule(code)
            if rule.builtin:
                continue
            compiled = compile_rule(rule, self.pack)
            for (_, row, _), line in rule_targets(self.tab, compiled.table, rule, label):
                place = TabPlace(self.book.papers, self.tab, frame, line, copied=True)
                try:
                    text = verdict(compiled, label, place, row_name(compiled.table, line))
                except NoFormula:
                    self.book.apart.add(code)
                    continue
                self.put_verdict(checked, column, row, line, text)

    # ---- the sums of a tab ----

    def _sums(self) -> None:
        plan, end = self.plan, self.layout.row
        for what, column in plan.sums.items():
            if isinstance(what, Aggregate):
                self.put(0, column, *self._part(what))
            elif isinstance(what, tuple):
                columns, state = plan.columns_of(what[0]), {FAILS: FAIL, OPENS: OPEN}[what[1]]
                self.put(0, column, *self._count(columns, state, end))
            elif what == FILLED:
                self.put(0, column, self._filled(), int(self.is_filled))
            elif what == NEEDED:
                self.put(0, column, *self._total(plan.needed, end))
            elif what == UNFIT:
                self.put(0, column, *self._count([plan.unfit], FAIL, end))

    def _total(self, column: int, end: int) -> tuple[str, Result]:
        area = f"{cell_at(1, column)}:{cell_at(end, column)}"
        numbers = [self.book.result(self.tab.name, row, column) for row in range(1, end + 1)]
        return f"SUM({area})", sum(n for n in numbers if not isinstance(n, str))

    def _count(self, columns: Sequence[int], state: str, end: int) -> tuple[str, Result]:
        return (
            counting(columns, state, end),
            sum(
                str(self.book.result(self.tab.name, row, column)).startswith(state)
                for column in columns
                for row in range(1, end + 1)
            ),
        )

    def _filled(self) -> str:
        """Whether anything is filled in: every cell that the template does not calculate."""
        cells: list[str] = []
        for row, spots in self.rows.items():
            given = [s for s in spots if (self.tab.name, row, s.left) not in self.book.calculated]
            cells += _across(row, given)
        groups = [cells[start : start + 200] for start in range(0, len(cells), 200)]
        counts = [f"COUNTA({','.join(group)})" for group in groups]
        return f"IF({'+'.join(counts)}>0,1,0)"

    def _part(self, node: Aggregate) -> tuple[str, Result]:
        """This tab's part of a sum over all tabs; nothing from a tab that is not used."""
        frame = next(iter(self.layout.cells), node.frame)
        own = part(node, frame, self.pack)
        place = TabPlace(self.book.papers, self.tab, frame, None)
        return f"IF({self.filled}=0,0,{strictly(own, place)})", self._value_of(own)

    def _value_of(self, expression: Expression) -> Result:
        """What an expression comes to on this tab, in the units of the cells."""
        frame = self.book.answers.batch.frames[expression.on]
        records = frame.index[frame["tab"] == self.tab.name]
        if records.empty:
            return 0
        value = evaluate(expression, self.book.answers.batch, self.pack).loc[records[0]]
        if pd.isna(value):
            return "#N/A"
        scale = {"amount": self.pack.fen, "points": POINT}.get(expression.kind, 1)
        return float(Decimal(format(float(value), ".15g")) / scale)


def counting(columns: Sequence[int], state: str, end: int, sheet: str = "") -> str:
    """How many cells of some columns that stand side by side begin with a state."""
    first, last = xl_col_to_name(columns[0], True), xl_col_to_name(columns[-1], True)
    pattern = state if state == OPEN else f"{state}*"
    return f'COUNTIF({sheet}{first}$2:{last}${end + 1},"{pattern}")'


def row_name(table: Table, line: Line | None) -> str | None:
    """What the template calls a line; None where its name is typed."""
    if line is None or line.fixed is None:
        return None
    if table.key is None:
        return line.key
    printed = line.prints(table.key)
    return str(printed) if printed is not None else None if line.fixed.slots > 1 else line.key


def _across(row: int, spots: Sequence[Spot]) -> list[str]:
    """The cells of a line as few ranges; what is printed between them stays out."""
    runs: list[list[int]] = []
    for spot in sorted(spots, key=lambda s: s.left):
        if runs and runs[-1][1] + 1 == spot.left:
            runs[-1][1] = spot.right
        else:
            runs.append([spot.left, spot.right])
    return [
        xl_rowcol_to_cell(row, left)
        if left == right
        else f"{xl_rowcol_to_cell(row, left)}:{xl_rowcol_to_cell(row, right)}"
        for left, right in runs
    ]
