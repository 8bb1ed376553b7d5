"""A clerk at the template: what is typed in LibreOffice is checked at once, in copied rows and tabs too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from libreoffice import Desk, desk, python_with_uno

from conftest import demanded
from livesheets import Comparison, assessed, compare, live_answers
from randomly import Maker
from workbook_tool.cases import cell_of
from workbook_tool.excel.template.self_check import CLEAN
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.forms.load import default_pack, load_pack
from workbook_tool.forms.writing.case_files import changed
from workbook_tool.make import fill
from workbook_tool.model import Pack

pytestmark = pytest.mark.thorough

MISTAKES: dict[str, tuple[Any, Any]] = {
    "收入[2、测绘队].其他收入": (2.25, 1.25),
    "支出[#2].机构名称": ("1、局机关本部", "1、局机关"),
    "三公经费[汇总].公务接待费": (35, 3.5),
    "绩效目标.评价等次": ("良", "优"),
    "评分依据.满意人数": (292, 192),
    "自评打分[预算配置·财政供养人员控制率].自评得分": (6, 5),
    "自评打分[预算执行·支付进度].扣分原因": (None, "一个专项两个时点都未达标"),
    "项目#1.项目起止时间": (None, "2023年1月起至2023年12月止"),
    "项目#1.支出明细[#1].会计凭证号": ("1-12月各月都有", "2023年5月记字12号"),
    "项目#2.绩效指标[#1].指标内容": ("指标1：", "更新集镇地形图"),
}
"""Path of a cell -> what is planted there, and what a clerk mends it to."""


@pytest.fixture(scope="module")
def office(libreoffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    demanded(python_with_uno(), "LibreOffice's Python interface (python3-uno) is not installed")
    with desk(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(default_pack())


def still_wrong(office: Desk, pack: Pack) -> int:
    """How many mistakes and blanks 自查 counts."""
    rows = office.rows(SELF_CHECK)
    column = rows[0].index("fails")
    return sum(int(row[column]) for row in rows[1:] if row[column].isdigit())


def differing(office: Desk, pack: Pack, path: Path) -> Comparison:
    """What the template says as it stands, against what the tool says of the saved workbook."""
    office.save(path)
    found = Comparison()
    compare(pack, {path.stem: office.sheets()}, assessed([path], pack), found)
    return found


def opened(office: Desk, pack: Pack, path: Path, data: Any) -> None:
    fill(data, pack, path)
    office.open(path)


def row_of(office: Desk, tab: str, token: str) -> int:
    """The first row (from 1) of a tab that is marked so."""
    return next(n for n, row in enumerate(office.rows(tab), 1) if token in row[0].split(";"))


def cell_under(office: Desk, tab: str, row: int, token: str) -> str:
    """The cell of a row in the column that is marked so."""
    heads = office.rows(tab)[0]
    column = next(n for n, tokens in enumerate(heads) if token in tokens.split(";"))
    return f"{chr(65 + column)}{row}"


def test_the_counts_go_down_as_mistakes_are_mended(office: Desk, pack: Pack, tmp_path: Path) -> None:
    planted = changed(Maker(pack).base, {path: wrong for path, (wrong, _) in MISTAKES.items()}, pack)
    opened(office, pack, tmp_path / "a.xlsx", planted)
    batch = assessed([tmp_path / "a.xlsx"], pack).batch
    counts = [still_wrong(office, pack)]
    for path, (_, right) in MISTAKES.items():
        tab, _, cell = cell_of(path, batch, 0, pack).partition("!")
        office.type(tab, cell, right)
        counts.append(still_wrong(office, pack))
    assert counts[0] >= len(MISTAKES)
    assert all(after < before for before, after in pairwise(counts)), counts
    assert counts[-1] == 0
    assert any(CLEAN in row for row in office.rows(SELF_CHECK))
    assert not differing(office, pack, tmp_path / "b.xlsx").differences


def test_a_unit_row_that_was_copied_is_checked(office: Desk, pack: Pack, tmp_path: Path) -> None:
    opened(office, pack, tmp_path / "a.xlsx", Maker(pack).base)
    tab = "收入"
    row = row_of(office, tab, f"{tab}/*")
    office.copy_row(tab, row)
    doubled = live_answers(office.sheets(), pack).fails
    assert doubled["收入-03"] == 1
    office.type(tab, cell_under(office, tab, row + 1, "收入/收入合计"), 600_000)
    told = live_answers(office.sheets(), pack).fails
    assert (told["收入-02"], told["收入-05"]) == (2, 1)  # the row, and the total that adds it up
    assert not differing(office, pack, tmp_path / "b.xlsx").differences


def test_a_project_tab_that_was_copied_is_checked(office: Desk, pack: Pack, tmp_path: Path) -> None:
    opened(office, pack, tmp_path / "a.xlsx", Maker(pack).base)
    before = live_answers(office.sheets(), pack).fails
    assert before["支出-11"] == 0
    last = [tab for tab in office.tabs() if tab.startswith("项目")][-1]
    office.copy_tab(last, "项目9")
    row = row_of(office, "项目9", "项目/项目名称")
    office.type("项目9", cell_under(office, "项目9", row, "项目/项目名称"), "2020年的旧项目")
    after = live_answers(office.sheets(), pack).fails
    assert (after["支出-11"], after["项目-18"]) == (1, before["项目-18"] + 1)
    found = differing(office, pack, tmp_path / "b.xlsx")
    assert not found.differences, found.report()


def test_a_blank_template_asks_for_what_is_required(office: Desk, pack: Pack, tmp_path: Path) -> None:
    opened(office, pack, tmp_path / "a.xlsx", {})
    rows = office.rows(SELF_CHECK)
    before = still_wrong(office, pack)
    assert before > 0 and not any(CLEAN in row for row in rows)
    tab = "基本情况"
    row = row_of(office, tab, "基本情况/部门名称")
    office.type(tab, cell_under(office, tab, row, "基本情况/部门名称"), "某县自然勘测局")
    assert still_wrong(office, pack) == before - 1
