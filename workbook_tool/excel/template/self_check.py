"""The sheet 自查: every rule of the pack with its live state, and what is still to be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from workbook_tool.excel.template.appearance import Formats, set_up_page
from workbook_tool.excel.template.calculated import over_all_tabs
from workbook_tool.excel.template.live_cells import counting
from workbook_tool.excel.template.live_marks import COLOURS
from workbook_tool.excel.template.live_plan import FAILS, FILLED, NEEDED, OPENS, UNFIT, Sum
from workbook_tool.excel.template.live_tab import LiveChecks
from workbook_tool.excel.template.measure import height_of, lines_of
from workbook_tool.excel.template.paper import Tab
from workbook_tool.excel.template.results import Result
from workbook_tool.forms.formulas.live import APART, FAIL, OPEN, PASS, advice
from workbook_tool.model import Pack, Rule, Severity, Sheet

NAME = "自查"
GRID = (12.0, 38.0, 8.0, 7.0, 7.0, 52.0, 9.0)
_CODE, _TITLE, _SEVERITY, _STATE, _FAILS, _ADVICE, _EXPLAINED, _OPENS = range(1, 9)
_HEADERS = ("编号", "核对内容", "级别", "状态", "处数", "怎样改", "是否说明")
_TOKENS = {_STATE: "state", _FAILS: "fails", _OPENS: "open"}
"""What stands in the hidden first row, by which programs find the columns again."""
TO_FILL, CLEAN = "待填", "没有发现问题，可以上报。"
_LEGEND = (
    f"{PASS} 核对无误；{FAIL} 有错，处数是有几处；{OPEN} 数据还没有填全，不能核对；"
    f"{APART} 上报后由财政部门核对。"
    "点编号可以转到那张表，表右边的“校验”一栏写明错在哪里。"
)


@dataclass(frozen=True)
class _Count:
    """A number that a formula counts, with what it is at first."""

    formula: str
    result: int


@dataclass(frozen=True)
class _Entry:
    """One line of the sheet; without counts it is not checked here."""

    rule: Rule | None
    severity: str
    title: str
    advice: str
    fails: _Count | None
    opens: _Count | None = None


class SelfCheck:
    """The sheet after the instructions; it is written when all live checks are known."""

    def __init__(self, pack: Pack, workbook: Workbook, styles: Formats, stamp: str) -> None:
        self.pack, self.styles, self.stamp = pack, styles, stamp
        self.sheet = workbook.add_worksheet(NAME)
        self.row = 1
        self.counts: dict[str, int] = {}

    def write(self, tabs: Sequence[Tab], checks: LiveChecks) -> None:
        """Fill the sheet."""
        self.tabs, self.checks = tabs, checks
        sheet = self.sheet
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.set_column(_OPENS, _OPENS, None, None, {"hidden": True})
        for column, width in enumerate(GRID, 1):
            sheet.set_column(column, column, width)
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.write_string(0, 0, self.stamp)
        for column, token in _TOKENS.items():
            sheet.write_string(0, column, token)
        self._wide("title", f"{self.pack.title}{NAME}", 44)
        summary = self.row
        self.row += 1
        self._wide("note", _LEGEND, height_of(lines_of(_LEGEND, sum(GRID))))
        for column, text in enumerate(_HEADERS, 1):
            sheet.write_string(self.row, column, text, self.styles.role("header"))
        sheet.set_row(self.row, 26)
        sheet.freeze_panes(self.row + 1, 0)
        sheet.repeat_rows(self.row)
        self.row += 1
        first = self.row
        for form in self.pack.sheets:
            self._group(form)
        self._summary(summary, first, self.row - 1)
        self._colours(first, self.row - 1)
        set_up_page(self.pack, sheet, landscape=True)
        sheet.protect("", {"format_columns": True, "format_rows": True})

    # ---- parts of the sheet ----

    def _wide(self, role: str, text: str, height: float) -> None:
        self.sheet.merge_range(self.row, 1, self.row, len(GRID), text, self.styles.role(role))
        self.sheet.set_row(self.row, height)
        self.row += 1

    def _summary(self, row: int, first: int, last: int) -> None:
        """What is still to be done, in one sentence."""
        severities = f"$D${first + 1}:$D${last + 1}"
        counts = f"$F${first + 1}:$F${last + 1}"
        explained = f"$H${first + 1}:$H${last + 1}"

        def of(word: str) -> str:
            return f'SUMIF({severities},"{word}",{counts})'

        explain = f'SUMIFS({counts},{severities},"{Severity.EXPLAIN.label}",{explained},"")'
        error = of(Severity.ERROR.label)
        text = (
            f'IF({error}+{of(TO_FILL)}+{explain}=0,"{CLEAN}",'
            f'"还有 "&{error}&" 处错误、"&{of(TO_FILL)}&" 处待填、"&{explain}&" 处要改正或说明。")'
        )
        words = (Severity.ERROR.label, TO_FILL, Severity.EXPLAIN.label)
        numbers = [self.counts.get(word, 0) for word in words]
        told = "还有 {} 处错误、{} 处待填、{} 处要改正或说明。".format(*numbers)
        told = told if any(numbers) else CLEAN
        style = self.styles.role("heading", align="center", border=0, font_size=14)
        self.sheet.merge_range(row, 1, row, len(GRID), "", style)
        self.sheet.write_formula(row, 1, f"={text}", style, told)
        self.sheet.set_row(row, 34)

    def _group(self, form: Sheet) -> None:
        """The checks of one sheet of the form."""
        mine = [tab for tab in self.tabs if tab.layout.sheet is form]
        if not mine:
            return
        style = self.styles.role("group")
        self.sheet.merge_range(self.row, 1, self.row, len(GRID), "", style)
        if form.repeats:
            column = self.checks.plans[form.name].sums[FILLED]
            number = sum(int(self.checks.result(tab.name, 0, column) or 0) for tab in mine)
            text = f'"{form.name}（已计入填写了的 "&SUM({over_all_tabs(self.tabs, column)})&" 张）"'
            told = f"{form.name}（已计入填写了的 {number} 张）"
            self.sheet.write_formula(self.row, 1, f"={text}", style, told)
        else:
            self.sheet.write_string(self.row, 1, form.name, style)
        self.sheet.set_row(self.row, 24)
        self.row += 1
        link, error = self._link(mine[0]), Severity.ERROR.label
        needed, fits = self._sum(form, mine, NEEDED), self._sum(form, mine, UNFIT)
        self._line(link, _Entry(None, TO_FILL, "必填的格子都填了", "请补填浅黄底的空格。", needed))
        self._line(link, _Entry(None, error, "格子里填的符合要求", "请按格子的提示填写。", fits))
        for rule in self.pack.rules:
            if self.pack.tables[rule.on].sheet is form:
                self._rule(rule, link)

    def _rule(self, rule: Rule, link: str) -> None:
        plans = [plan for plan in self.checks.plans.values() if plan.columns_of(rule.code)]
        fails = opens = None
        if plans and rule.code not in self.checks.apart:
            fails, opens = self._of_rule(rule, FAILS), self._of_rule(rule, OPENS)
        self._line(link, _Entry(rule, rule.severity.label, rule.title, advice(rule.message), fails, opens))

    def _line(self, link: str, entry: _Entry) -> None:
        sheet, row, rule, fails = self.sheet, self.row, entry.rule, entry.fails
        label, left = self.styles.role("label"), self.styles.role("label", align="left")
        linked = self.styles.role("label", font_color="#0563C1", underline=1)
        sheet.write_url(row, _CODE, link, linked, rule.code if rule else "填写")
        if rule:
            sheet.write_string(row, 0, f"rule/{rule.code}")
        sheet.write_string(row, _TITLE, entry.title, left)
        sheet.write_string(row, _SEVERITY, entry.severity, label)
        sheet.write_string(row, _ADVICE, entry.advice, left)
        state, count = f'"{APART}"', APART
        if fails is not None:
            opened = entry.opens or _Count("0", 0)
            number, waiting = xl_rowcol_to_cell(row, _FAILS), xl_rowcol_to_cell(row, _OPENS)
            state = f'IF({number}>0,"{FAIL}",IF({waiting}>0,"{OPEN}","{PASS}"))'
            count = FAIL if fails.result else OPEN if opened.result else PASS
            sheet.write_formula(row, _FAILS, f"={fails.formula}", label, fails.result)
            sheet.write_formula(row, _OPENS, f"={opened.formula}", None, opened.result)
            self._tally(rule, entry.severity, fails.result)
        else:
            sheet.write_blank(row, _FAILS, None, label)
        sheet.write_formula(row, _STATE, f"={state}", label, count)
        self._explained(rule, label)
        wanted = max(lines_of(entry.advice, GRID[_ADVICE - 1]), lines_of(entry.title, GRID[_TITLE - 1]))
        sheet.set_row(row, height_of(wanted))
        self.row += 1

    def _tally(self, rule: Rule | None, severity: str, fails: int) -> None:
        if rule is None or not self._is_explained(rule):
            self.counts[severity] = self.counts.get(severity, 0) + fails

    # ---- explanations ----

    def _explained(self, rule: Rule | None, style: object) -> None:
        """Whether the department has written why, where that settles it."""
        table = self.pack.explanations
        if rule is None or table is None or rule.severity is not Severity.EXPLAIN:
            self.sheet.write_blank(self.row, _EXPLAINED, None, style)
            return
        tab = next(t for t in self.tabs if t.layout.sheet is self.pack.tables[table.on].sheet)
        column, lines = tab.layout.columns[table.on][table.code], tab.layout.lines[table.on]
        first = xl_rowcol_to_cell(lines[0].row, column, True, True)
        last = xl_rowcol_to_cell(tab.layout.closing[table.on], column, True, True)
        quoted = tab.name.replace("'", "''")
        text = f'IF(COUNTIF(\'{quoted}\'!{first}:{last},"{rule.code}")>0,"已说明","")'
        told = "已说明" if self._is_explained(rule) else ""
        self.sheet.write_formula(self.row, _EXPLAINED, f"={text}", style, told)

    def _is_explained(self, rule: Rule) -> bool:
        table = self.pack.explanations
        if table is None or rule.severity is not Severity.EXPLAIN:
            return False
        return bool(self.checks.answers.batch.frames[table.on][table.code].eq(rule.code).any())

    # ---- counts ----

    def _of_rule(self, rule: Rule, of: str) -> _Count:
        """How often a rule fails, or cannot be told, on all its sheets."""
        formulas: list[str] = []
        result = 0
        for name, plan in self.checks.plans.items():
            columns = plan.columns_of(rule.code)
            mine = [tab for tab in self.tabs if tab.layout.sheet.name == name]
            if not columns or not mine:
                continue
            if (rule.code, of) in plan.sums:
                count = self._sum(mine[0].layout.sheet, mine, (rule.code, of))
                formulas.append(count.formula)
                result += count.result
                continue
            state, end = {FAILS: FAIL, OPENS: OPEN}[of], mine[0].layout.row
            formulas.append(counting(columns, state, end, f"{_quoted(mine[0])}!"))
            said = (self.checks.result(mine[0].name, r, c) for c in columns for r in range(1, end + 1))
            result += sum(str(s).startswith(state) for s in said)
        return _Count("+".join(formulas), result)

    def _sum(self, form: Sheet, mine: Sequence[Tab], what: Sum) -> _Count:
        """A sum over all tabs of a sheet."""
        plan = self.checks.plans[form.name]
        if what in plan.sums:
            column = plan.sums[what]
            results = [self.checks.result(tab.name, 0, column) for tab in mine]
            return _Count(f"SUM({over_all_tabs(self.tabs, column)})", sum(map(_number, results)))
        end = mine[0].layout.row
        column = plan.needed if what == NEEDED else plan.unfit
        results = [self.checks.result(mine[0].name, row, column) for row in range(1, end + 1)]
        if what == NEEDED:
            area = f"{xl_rowcol_to_cell(1, column, True, True)}:{xl_rowcol_to_cell(end, column, True, True)}"
            return _Count(f"SUM({_quoted(mine[0])}!{area})", sum(map(_number, results)))
        failed = sum(str(r).startswith(FAIL) for r in results)
        return _Count(counting([column], FAIL, end, f"{_quoted(mine[0])}!"), failed)

    def _link(self, tab: Tab) -> str:
        return f"internal:{_quoted(tab)}!A2"

    def _colours(self, first: int, last: int) -> None:
        for test, properties in _state_colours(xl_rowcol_to_cell(first, _STATE, col_abs=True)):
            style = self.styles.make(properties)
            options = {"type": "formula", "criteria": f"={test}", "format": style}
            self.sheet.conditional_format(first, _STATE, last, _FAILS, options)


def _state_colours(cell: str) -> Iterator[tuple[str, dict[str, str | bool]]]:
    severity = cell.replace("E", "D")
    for label, colour in COLOURS.items():
        yield f'AND({cell}="{FAIL}",{severity}="{label}")', colour
    yield f'{cell}="{FAIL}"', COLOURS[Severity.EXPLAIN.label]
    yield f'{cell}="{PASS}"', {"font_color": "#2E7D32"}
    yield f'{cell}="{OPEN}"', {"font_color": "#7F7F7F"}


def _quoted(tab: Tab) -> str:
    name = tab.name.replace("'", "''")
    return f"'{name}'"


def _number(result: Result) -> int:
    return 0 if isinstance(result, str) else int(result)
