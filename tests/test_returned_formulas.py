"""Returned workbooks whose formulas are stale, cut short or typed over: from the file to the finding."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import made_up
import openpyxl
import pytest

from returns import Formula, Tab, filled, small_pack, write
from workbook_tool.assess import assess
from workbook_tool.excel.annotate import annotate
from workbook_tool.excel.fill import fill
from workbook_tool.excel.ooxml.grid import Grid, position
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.read import read
from workbook_tool.excel.returns.books import read_book
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.forms.load import load_pack
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.model import Assessment, Pack

SEED = 4
"""A filing of several units."""
PACK = "hunan-yueyang/2023"
TYPED = "这一格在模板里是公式，被改成了填写的数。"
Edit = tuple[str | None, float | str]
"""A formula (None for none) and what the file keeps as its result."""


@cache
def pack() -> Pack:
    return load_pack(PACK)


@cache
def original() -> bytes:
    """A filing without a mistake, its totals left to the template's formulas."""
    out = io.BytesIO()
    fill(made_up.filing(SEED, case_files(pack()).base, formulas=True), pack(), out)
    return out.getvalue()


def edited(edits: Mapping[str, Edit], keep: bool = False) -> bytes:
    """The filing with other cells, each named as `sheet!A1`; `keep` leaves their formulas."""
    package = Package.open(original())
    for name, (formula, value) in edits.items():
        sheet, _, address = name.partition("!")
        part = next(s.part for s in package.sheets if s.name == sheet)
        grid = Grid(package.edit(part), lambda number: None)
        cell = grid.cell(*position(address))
        for child in list(cell):
            if not (keep and child.tag == grid.q("f")):
                cell.remove(child)
        cell.attrib.pop("t", "")
        for tag, text in (("f", formula), ("v", str(value))):
            if text:
                child = cell.makeelement(grid.q(tag))
                child.text = text
                cell.append(child)
    return package.save()


def checked(content: bytes, folder: Path) -> Assessment:
    path = folder / "return.xlsx"
    path.write_bytes(content)
    batch, drafts = read([path], pack())
    return assess(batch, pack(), drafts)


def found(assessment: Assessment) -> list[tuple[Any, ...]]:
    columns = ["code", "sheet", "cell", "value", "expected"]
    return [tuple(line) for line in assessment.findings[columns].to_numpy().tolist()]


@cache
def sheets() -> Mapping[str, SheetCells]:
    return {tab.name: tab.cells for tab in read_book(Package.open(original())).tabs}


def value(address: str) -> float:
    """What stands in a cell of the filing."""
    sheet, _, cell = address.partition("!")
    number = sheets()[sheet].value(*position(cell))
    assert isinstance(number, float)
    return number


def shown(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    return checked(original(), tmp_path_factory.mktemp("clean"))


def test_the_filing_is_clean(clean: Assessment) -> None:
    assert found(clean) == []


@pytest.mark.parametrize("address", ["收入!C6", "收入!C7", "支出!D6", "自评打分!G30"])
def test_an_old_result_in_the_file_is_stale_and_nothing_follows_from_it(
    address: str, clean: Assessment, tmp_path: Path
) -> None:
    old = value(address) + 5
    assessment = checked(edited({address: (None, old)}, keep=True), tmp_path)
    assert found(assessment) == [("格式-13", *address.split("!"), shown(old), shown(value(address)))]
    assert assessment.outcomes.equals(clean.outcomes)


def test_a_formula_typed_over_with_the_right_number_is_no_mistake(tmp_path: Path) -> None:
    edits: dict[str, Edit] = {
        address: (None, value(address)) for address in ("支出!D6", "收入!C7", "收入!C6")
    }
    assessment = checked(edited(edits), tmp_path)
    assert found(assessment) == [("格式-12", "收入", "C6", None, None)]
    line = assessment.findings.iloc[0]
    assert line["related"] == ("收入!C7", "支出!D6")
    assert "有3处填成了数字（“收入”C6、“收入”C7、“支出”D6）" in line["message"]


def test_a_formula_typed_over_with_the_wrong_number_says_so(tmp_path: Path) -> None:
    assessment = checked(edited({"收入!E6": (None, value("收入!E6") + 50)}), tmp_path)
    assert [(code, cell) for code, _, cell, *_ in found(assessment)] == [("收入-01", "E6")]
    assert assessment.findings.iloc[0]["message"].endswith(TYPED)


def test_a_formula_cut_short_names_what_it_leaves_out(tmp_path: Path) -> None:
    left_out = value("收入!E8")
    assessment = checked(edited({"收入!E6": ("SUM(E7)", value("收入!E6") - left_out)}), tmp_path)
    first = assessment.findings.iloc[0]
    assert (first["code"], first["cell"]) == ("收入-01", "E6")
    assert "公式“=SUM(E7)”少加了E8" in first["message"]


def test_the_marks_of_a_stale_cell_can_be_checked_again(tmp_path: Path) -> None:
    assessment = checked(edited({"收入!C6": (None, 1.25)}, keep=True), tmp_path)
    annotate(tmp_path / "return.xlsx", assessment, pack(), tmp_path / "marked.xlsx")
    assert found(checked((tmp_path / "marked.xlsx").read_bytes(), tmp_path)) == found(assessment)


def test_what_stale_cells_should_be_is_what_libreoffice_makes_of_them(
    office: Callable[[Path, str], Path], tmp_path: Path
) -> None:
    inputs: dict[str, Edit] = {
        "收入!E7": (None, 4321.5),
        "支出!E7": ("12+30", 41),
        "三公经费!D8": (None, 3.25),
    }
    assessment = checked(edited(inputs), tmp_path)
    stale = assessment.findings[assessment.findings["code"] == "格式-13"]
    cells = set(stale["sheet"] + "!" + stale["cell"])
    assert {"收入!C6", "收入!C7", "收入!E6", "支出!C7", "支出!E7", "三公经费!C6"} <= cells
    assert "评分依据" in set(stale["sheet"])
    book = openpyxl.load_workbook(office(tmp_path / "return.xlsx", "xlsx"), data_only=True)
    for sheet, cell, expected in zip(stale["sheet"], stale["cell"], stale["expected"], strict=True):
        assert book[sheet][cell].value == pytest.approx(float(expected), abs=1e-9), (sheet, cell)


# ---- a row put in, in a form of the department's own ----

RULES = [
    {"code": "收入-01", "id": "ROW", "title": "行", "severity": "错误", "on": "收入", "fields": ["合计"],
     "total": "拨款 + 其他", "message": "填{填报}，应为{应为}。", "basis": "表"},
    {"code": "收入-02", "id": "COL", "title": "列", "severity": "错误", "on": "收入", "rows": "汇总",
     "fields": ["拨款"], "total": "sum(本项)", "message": "填{填报}，应为{应为}。", "basis": "表"},
]  # fmt: skip


def returned(tab: Tab, folder: Path) -> list[tuple[str, str]]:
    one = small_pack(rules=RULES)
    path = write(folder / "small.xlsx", (filled() | {"收入": tab}).values())
    batch, drafts = read([path], one)
    findings = assess(batch, one, drafts).findings
    mine = findings[findings["sheet"] == "收入"]
    return list(zip(mine["code"], mine["message"], strict=True))


def test_a_sum_that_misses_an_inserted_row(tmp_path: Path) -> None:
    tab = filled()["收入"].put({(4, 4): Formula("SUM(D5:D5)", 8.5), (4, 5): 0.0, (5, 5): 0.0})
    tab = tab.put({(4, 3): Formula("D4+E4", 8.5), (5, 3): Formula("D5+E5", 8.5)})
    assert returned(tab, tmp_path) == []
    longer = tab.insert_row(6, {2: "二所", 3: Formula("D6+E6", 2), 4: 2.0, 5: 0.0})
    assert returned(longer, tmp_path) == [
        ("收入-02", "填8.5，应为10.5。公式“=SUM(D5:D5)”少加了D6。"),
    ]  # fmt: skip
    mended = longer.put({(4, 4): Formula("SUM(D5:D7)", 8.5)})
    assert [code for code, _ in returned(mended, tmp_path)] == ["格式-13", "格式-13"]
