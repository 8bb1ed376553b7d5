"""What the bureau gives: last year's figures, entered, locked, remembered, and held against this year's."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from conftest import Run
from filed import typed
from packcases import base_of, changed
from workbook_tool.assess import assess
from workbook_tool.excel.fill import fill
from workbook_tool.excel.marks.tabs import remove_tab
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.read import read
from workbook_tool.excel.template.addressee import Addressee, entered, project_name
from workbook_tool.forms.load import load_pack
from workbook_tool.ledger import figures, open_ledger
from workbook_tool.make import new
from workbook_tool.model import Frame, Pack
from workbook_tool.outputs.kept import Source
from workbook_tool.roster import Department, Roster, RosterError, last_year, orders
from workbook_tool.run import review

PACK = load_pack("hunan-yueyang/2023")
SHEET = "上年数据"
GIVEN = {f.label: f.given for f in PACK.tables[SHEET].fields}
LAST_YEAR = {"收入[汇总].收入合计": 700_000_000, "支出[汇总].累计结余": 15_000_000}
BUDGET = {"三公经费预算数": 12_000_000}
INCOME, BALANCE, SPENDING, APPROVED = "C5", "C6", "E5", "C9"
"""The cells of 上年收入合计, 上年累计结余, 上年支出合计 and 批复的三公经费预算."""


@cache
def template() -> bytes:
    """As a department gets it whose last year the ledger knows in part."""
    out = BytesIO()
    who = Addressee("某县自然勘测局", "301001", ("项目甲",), {**LAST_YEAR, **BUDGET, "别的.数": 5})
    new(PACK, out, projects=1, addressee=who)
    return out.getvalue()


@cache
def filing(**figures: float) -> bytes:
    """The clean filing, with what the bureau gave."""
    out = BytesIO()
    fill(changed(base_of(PACK), {f"{SHEET}.{k}": v for k, v in figures.items()}, PACK), PACK, out)
    return out.getvalue()


def findings(content: bytes, folder: Path) -> Frame:
    path = folder / "x.xlsx"
    path.write_bytes(content)
    batch, drafts = read([path], PACK)
    return assess(batch, PACK, drafts).findings


def codes(content: bytes, folder: Path) -> list[str]:
    """What is found, but for the hint that totals were typed."""
    found = findings(content, folder)
    return [code for code in found["code"].tolist() if code != "格式-12"]


# ---- the template


def test_every_figure_that_is_asked_for_is_one_of_last_year_or_of_the_roster() -> None:
    assert all(GIVEN.values())
    amounts = [f.label for f in load_pack("roster/1").tables["部门名册"].fields if f.type == "amount"]
    assert [g for g in GIVEN.values() if g and "." not in g] == amounts


def test_what_is_known_is_entered_and_the_rest_stays_blank() -> None:
    sheet = openpyxl.load_workbook(BytesIO(template()))[SHEET]
    known = {INCOME: 700, BALANCE: 15, SPENDING: None, APPROVED: 12}
    assert {cell: sheet[cell].value for cell in known} == known
    assert all(sheet[cell].protection.locked for cell in known)
    assert sheet.protection.sheet and not sheet.data_validations.dataValidation


def test_the_map_remembers_what_was_entered() -> None:
    sheet = openpyxl.load_workbook(BytesIO(template()))[SHEET]
    assert sheet["A5"].value.split(";") == [
        f"{SHEET}/上年收入合计", f"{SHEET}/上年收入合计=700", f"{SHEET}/上年支出合计", f"{SHEET}/上年支出合计=",
    ]  # fmt: skip


def test_nothing_of_it_is_left_to_fill_or_wrong_before_anything_is_filled(tmp_path: Path) -> None:
    found = findings(template(), tmp_path)
    assert SHEET not in set(found["sheet"])
    across = {rule.code for rule in PACK.rules if SHEET in f"{rule.when}{rule.check}"}
    assert len(across) == 9 and not across & set(found["code"])
    book = openpyxl.load_workbook(BytesIO(template()), data_only=True)["自查"]
    said = {row[1].value: row[4].value for row in book.iter_rows(min_row=6) if row[1].value}
    assert {said[code] for code in across} <= {"✓", "…"}


def test_a_form_that_asks_for_nothing_gets_nothing() -> None:
    pack = load_pack("national/2020-project")
    contents = entered(pack, Addressee("某局", "301", ("项目甲", "项目乙"), {**LAST_YEAR, **BUDGET}))
    assert sorted(contents) == ["基本情况", "项目"]
    assert project_name(pack) == ("项目", "项目名称")
    assert [c.value("项目", "项目名称") for c in contents["项目"]] == ["项目甲", "项目乙"]
    assert project_name(load_pack("roster/1")) is None


def test_figures_are_entered_to_the_fen() -> None:
    figures = {"收入[汇总].收入合计": 123_456_789_012}
    (content,) = entered(PACK, Addressee(figures=figures))[SHEET]
    assert str(content.value(SHEET, "上年收入合计")) == "123456.789012"


# ---- the return


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, None),
        ({INCOME: 700.0, BALANCE: "15.00"}, None),
        ({BALANCE: 16.0}, "“上年累计结余”是财政部门填好的，原来是“15”，现在是“16”"),
        ({BALANCE: ""}, "原来是“15”，现在是“空白”"),
        ({BALANCE: "十五"}, "现在是“十五”"),
        ({SPENDING: 900.0}, "“上年支出合计”是财政部门填好的，原来是“空白”，现在是“900”"),
    ],
)
def test_a_change_of_a_given_figure_is_told(values: dict[str, Any], told: str | None, tmp_path: Path) -> None:
    found = findings(typed(template(), {(SHEET, k): v for k, v in values.items()}), tmp_path)
    lines = found[found["code"] == "文件-17"]
    assert len(lines) == (1 if told else 0)
    if told:
        assert told in str(lines["message"].iat[0])
        place = lines[["sheet", "cell", "severity"]].to_numpy().tolist()
        assert place == [[SHEET, next(iter(values)), "error"]]


def test_a_changed_figure_counts_as_it_was_given(tmp_path: Path) -> None:
    content = filing(上年累计结余=18.5)
    assert codes(content, tmp_path) == ["收入-06"]
    assert codes(typed(content, {(SHEET, BALANCE): 15.0}), tmp_path) == ["收入-06", "文件-17"]


def test_where_the_map_is_gone_the_cells_count(tmp_path: Path) -> None:
    content = typed(filing(上年累计结余=18.5), {(SHEET, BALANCE): 15.0, (SHEET, "A1"): ""})
    assert codes(content, tmp_path) == ["文件-06"]


def test_a_return_without_the_sheet_lacks_nothing(tmp_path: Path) -> None:
    package = Package.open(filing())
    remove_tab(package, next(s for s in package.sheets if s.name == SHEET))
    assert codes(package.save(), tmp_path) == []


def test_a_sheet_of_which_a_part_is_the_department_s_must_be_there() -> None:
    assert PACK.sheet(SHEET).given
    assert [s.name for s in PACK.sheets if s.given] == [SHEET]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"上年累计结余": 15, "上年收入合计": 700, "上年支出合计": 700, "上年固定资产合计": 440}, []),
        ({"上年累计结余": 0}, ["收入-06"]),
        ({"上年收入合计": 0}, ["收入-07"]),
        ({"上年支出合计": 100, "上年固定资产合计": 1}, ["支出-13", "固定资产-07"]),
        ({"上年三公经费决算": 9}, ["三公经费-07", "评分依据-10"]),
        ({"批复的三公经费预算": 12, "上年三公经费预算": 12.5, "上年三公经费决算": 11}, []),
    ],
)
def test_this_year_is_held_against_last_year(
    given: dict[str, float], wrong: list[str], tmp_path: Path
) -> None:
    assert codes(filing(**given), tmp_path) == wrong


# ---- from the ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger that knows what the department of the cases returned for the year before."""
    path, returned = tmp_path / "台账.db", tmp_path / "上年.xlsx"
    returned.write_bytes(filing())
    pack: Pack = PACK.model_copy(update={"fiscal_year": PACK.fiscal_year - 1})
    (counted,) = [one for chunk in review([Source.of(returned)], PACK, jobs=1) for one in chunk]
    with open_ledger(path) as book, book.run("consolidate", pack) as run:
        book.record(run, [counted])
        book.keep_figures(run, pack, {counted.code or "": (counted.sha256, figures(counted, pack))})
    return path


def test_last_year_s_figures_come_from_the_ledger(ledger: Path) -> None:
    found = last_year(str(ledger), PACK, ["301001", "301002"])
    assert list(found) == ["301001"]
    wanted = {g: found["301001"].get(g) for g in GIVEN.values() if g and "." in g}
    assert wanted == {
        "收入[汇总].收入合计": 751_250_000, "支出[汇总].支出合计": 746_250_000,
        "支出[汇总].累计结余": 5_000_000, "固定资产[汇总].固定资产合计": 450_000_000,
        "三公经费[汇总].三公经费合计": 10_000_000, "评分依据.本年三公经费预算数": 12_000_000,
    }  # fmt: skip
    roster = Roster("某县", "", (Department("301001", "甲局", budgets=BUDGET), Department("301002", "乙局")))
    one, two = orders(roster, ledger.parent, found)
    assert one.addressee.figures == {**found["301001"], **BUDGET} and two.addressee.figures == {}


def test_a_ledger_that_knows_nothing_of_that_year_is_told(ledger: Path) -> None:
    with pytest.raises(RosterError, match="没有名册上各部门 2022 年度的数"):
        last_year(str(ledger), PACK, ["999"])
    with pytest.raises(RosterError, match="找不到台账"):
        last_year(str(ledger.parent / "没有.db"), PACK, [])


def test_the_command(ledger: Path, run: Run) -> None:
    roster = ledger.parent / "名册.xlsx"
    fill(base_of(load_pack("roster/1")), load_pack("roster/1"), roster)
    out = ledger.parent / "下发"
    ran = run("new", "--roster", roster, "--previous", ledger, "-o", out, "--jobs", "1")
    assert ran.status == 0 and "台账里没有 2 个部门上年的数" in ran.out
    books = [openpyxl.load_workbook(path)[SHEET] for path in sorted(out.iterdir())]
    assert [(b[INCOME].value, b[APPROVED].value) for b in books] == [(751.25, 12), (None, 8.5), (None, None)]
    with ZipFile(next(out.iterdir())) as package:
        assert package.testzip() is None
