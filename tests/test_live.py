"""The live checks of a template: where they stand, what they say, and that every spreadsheet can read them."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from workbook_tool import fill, new
from workbook_tool.excel.template.live_plan import FILLED, plan_checks
from workbook_tool.forms.formulas.live import Anywhere, advice, first_sentence, is_live, verdict
from workbook_tool.forms.formulas.single import NoFormula
from workbook_tool.forms.language.compiled import compile_rule
from workbook_tool.forms.load import load_pack, read_data
from workbook_tool.model import Pack

PACK = load_pack("hunan-yueyang/2023")
LARGEST = 300 * 1024
# What Excel 2010, WPS and LibreOffice all know; a longer list is a decision, not an accident.
FUNCTIONS = {
    "ABS", "AND", "ASC", "CHAR", "CHOOSE", "CLEAN", "LOOKUP", "COUNT", "COUNTA", "COUNTIF", "EXACT", "FIND", "IF", "IFERROR",
    "INDEX", "INT", "ISERROR", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "MATCH", "MAX", "MIN", "N", "NA", "NOT",
    "OR", "ROUND", "ROUNDDOWN", "ROW", "ROWS", "SUBSTITUTE", "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "TEXT",
    "TRIM", "TRUNC", "FLOOR",
}  # fmt: skip
TEXTS = re.compile(r'"(?:[^"]|"")*"')


@cache
def template(projects: int = 3) -> bytes:
    out = BytesIO()
    new(PACK, out, projects=projects)
    return out.getvalue()


@cache
def book(content: bytes, values: bool = False) -> Any:
    return openpyxl.load_workbook(BytesIO(content), data_only=values)


def filled(**changed: Any) -> bytes:
    data = read_data(PACK.folder / "cases" / "base.yaml") if PACK.folder else {}
    out = BytesIO()
    fill(data | changed, PACK, out)
    return out.getvalue()


def formulas(workbook: Any) -> list[tuple[str, str, str]]:
    return [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    ]


def states(workbook: Any) -> dict[str, str]:
    """rule -> its state on the sheet 自查, as the file holds it."""
    sheet = workbook["自查"]
    column = next(c.column for c in sheet[1] if c.value == "state")
    marked = {row: str(sheet.cell(row, 1).value or "") for row in range(2, sheet.max_row + 1)}
    return {
        token.removeprefix("rule/"): sheet.cell(row, column).value
        for row, token in marked.items()
        if token.startswith("rule/")
    }


def test_every_rule_has_its_line_on_the_overview() -> None:
    assert list(states(book(template(), True))) == [
        rule.code for sheet in PACK.sheets for rule in PACK.rules if PACK.tables[rule.on].sheet is sheet
    ]


def test_what_no_formula_can_say_is_left_to_the_bureau() -> None:
    found = states(book(template(), True))
    python = {rule.code for rule in PACK.rules if rule.python}
    by_row = {"支出-12"}  # adds up project tabs for each row of a table, which copied tabs would escape
    assert {code for code, state in found.items() if state == "—"} == python | by_row
    assert {rule.code for rule in PACK.rules if not is_live(rule, PACK)} == python | by_row


def test_functions_are_those_that_every_spreadsheet_knows() -> None:
    for sheet, cell, formula in formulas(book(template(2))):
        used = set(re.findall(r"([A-Z][A-Z0-9.]*)\(", TEXTS.sub("", formula)))
        assert used <= FUNCTIONS, f"{sheet}!{cell}: {used - FUNCTIONS}"
        assert len(formula) <= 8192, f"{sheet}!{cell}: {len(formula)}"
        assert all(len(text) <= 257 for text in TEXTS.findall(formula)), f"{sheet}!{cell}"


def test_a_template_with_three_projects_is_small() -> None:
    assert len(template()) < LARGEST


def test_the_printed_form_is_as_before() -> None:
    for sheet in book(template()):
        name = re.sub(r"\d+$", "", sheet.title)
        if name in {s.name for s in PACK.sheets}:
            grid = len(PACK.sheet(name).grid)
            assert sheet.print_area.split(":")[1].startswith(f"${get_column_letter(grid + 1)}$")


def test_hidden_columns_keep_the_verdicts() -> None:
    plans = plan_checks(PACK)
    for sheet in PACK.sheets:
        tab = book(template())[f"{sheet.name}1" if sheet.repeats else sheet.name]
        plan = plans[sheet.name]
        shown = [c for c in (plan.measured, plan.gap, plan.check) if c is not None]
        hidden = [plan.used, plan.last, *plan.sums.values()]
        assert not any(hides(tab, column) for column in shown), sheet.name
        assert all(hides(tab, column) for column in hidden), sheet.name


def hides(tab: Any, column: int) -> bool:
    return any(d.hidden and d.min <= column + 1 <= d.max for d in tab.column_dimensions.values())


def test_the_sums_of_tabs_have_columns_of_their_own() -> None:
    columns = [c for plan in plan_checks(PACK).values() for c in plan.sums.values()]
    lines = [c for plan in plan_checks(PACK).values() for c in (plan.check, *plan.verdicts.values())]
    assert len(columns) == len(set(columns))
    assert min(columns) > max(lines)


def test_copied_tabs_are_counted_by_one_reference_over_all_tabs() -> None:
    column = get_column_letter(plan_checks(PACK)["项目"].sums[FILLED] + 1)
    text = " ".join(formula for sheet, _, formula in formulas(book(template())) if sheet == "自查")
    assert f"SUM(填报说明:说明!${column}$1)" in text


def test_a_clean_filing_says_so() -> None:
    overview = book(filled(), True)["自查"]
    assert overview["B3"].value == "没有发现问题，可以上报。"
    assert set(states(book(filled(), True)).values()) <= {"✓", "—"}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("总分填的是{填报}分。请核对。", "总分填的是{填报}分。"),
        ("没有填。", "没有填。"),
    ],
)
def test_the_cell_says_what_is_wrong(message: str, said: str) -> None:
    assert first_sentence(message) == said


def test_the_overview_says_what_to_do() -> None:
    assert advice("填的是{填报}。请核对汇总行。少填{相差}的请补填。") == "请核对汇总行。"


def test_a_verdict_has_three_answers_and_nothing() -> None:
    rule = PACK.rule("项目-11")
    formula = verdict(compile_rule(rule, PACK), rule.fields[0], Anywhere(), None)
    assert formula.startswith("IFERROR(IF(") and formula.endswith(',""),"…")')
    assert '"✓"' in formula and '"✗ "' in formula


def test_a_rule_that_cannot_be_written_is_not_live() -> None:
    pack: Pack = PACK.model_copy(
        update={
            "rules": (
                PACK.rule("收入-05").model_copy(
                    update={"check": "first(收入.其他收入) >= 0", "code": "收入-98"}
                ),
            )
        }
    )
    with pytest.raises(NoFormula):
        verdict(compile_rule(pack.rules[0], pack), "收入合计", Anywhere(), None)
    assert not is_live(pack.rules[0], pack)


def test_live_cells_are_locked_and_the_parts_are_well_formed() -> None:
    with ZipFile(BytesIO(template())) as package:
        assert package.testzip() is None
    plan = plan_checks(PACK)["收入"]
    tab = book(template())["收入"]
    cells = [tab.cell(7, column + 1) for column in (plan.check, plan.used, plan.last)]
    assert all(cell.protection.locked for cell in cells)


def test_a_figure_beyond_all_reason_is_written_as_it_stands() -> None:
    sheet = book(filled(**{"评分依据": {"上年三公经费决算数": 10**17}}))["评分依据"]
    assert 10**17 in {cell.value for row in sheet.iter_rows() for cell in row}
