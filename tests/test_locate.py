"""Values are found again whatever is done to the sheet: by the map, and without it by the words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from returns import Formula, Tab, filled, lines_of, read_tabs, small_pack, stamp, template
from workbook_tool.excel.returns.headers import is_named

Change = Callable[[Tab], Tab]

OVERVIEW = [(None, "某局", "101", "2024-03-25", 12.0)]
INCOME = [("汇总", "全部机构", 8.5, 8.5, None), (None, "一所", 8.5, 8.5, None)]
SCORES = [("甲", "甲项", 4.0, 4.0), ("乙", "乙项", 6.0, 5.0)]
PROJECT = [(None, "修路", 2.0)]
TARGETS = [("数量", "数量指标", "三公里", None), ("效益", "效益指标", None, "已完成")]


def both(*changes: Change) -> Change:
    def change(tab: Tab) -> Tab:
        for one in changes:
            tab = one(tab)
        return tab

    return change


def swap_columns(a: int, b: int) -> Change:
    return lambda tab: tab.moved(lambda r, c: (r, b if c == a else a if c == b else c))


def test_a_return_as_it_was_meant(tmp_path: Path) -> None:
    batch, findings = read_tabs(tmp_path, filled())
    assert findings == []
    assert lines_of(batch.frames["概况"]) == OVERVIEW
    assert lines_of(batch.frames["收入"]) == INCOME
    assert lines_of(batch.frames["打分"]) == SCORES
    assert lines_of(batch.frames["项目"]) == PROJECT
    assert lines_of(batch.frames["项目.指标"]) == TARGETS
    assert list(batch.frames["收入"]["row"]) == [4, 5]
    assert list(batch.frames["项目.指标"]["row"]) == [7, 9]


@pytest.mark.parametrize(
    "change",
    [
        lambda tab: tab.named("我的收入"),
        lambda tab: tab.insert_row(2),
        lambda tab: tab.insert_row(1).insert_row(1).insert_column(1),
        lambda tab: tab.insert_row(5),
        lambda tab: tab.insert_row(7),
        lambda tab: tab.delete_row(2),
        lambda tab: tab.delete_row(6),
        lambda tab: tab.delete_row(7),
        lambda tab: tab.insert_column(3).insert_column(6),
        swap_columns(2, 5),
        both(swap_columns(3, 4), lambda tab: tab.insert_row(4)),
    ],
    ids=[
        "renamed", "a row above", "rows and a column before the map", "a row between", "a row below",
        "title deleted", "a free row deleted", "closing row deleted", "columns between", "columns swapped",
        "columns swapped, a row between",
    ],
)  # fmt: skip
def test_the_map_survives(change: Change, tmp_path: Path) -> None:
    tabs = filled()
    tabs["收入"] = change(tabs["收入"])
    batch, findings = read_tabs(tmp_path, tabs)
    assert findings == []
    assert lines_of(batch.frames["收入"]) == INCOME


def test_places_follow_what_was_moved(tmp_path: Path) -> None:
    tabs = filled()
    tabs["收入"] = tabs["收入"].insert_column(3).insert_row(2).named("收")
    tabs["概况"] = tabs["概况"].insert_row(2)
    batch, _ = read_tabs(tmp_path, tabs)
    places = batch.places[batch.places["tab"] == "收"].set_index("field")
    assert places["column"].to_dict() == {"机构": 2, "合计": 4, "拨款": 5, "其他": 6}
    assert places["row"].isna().all()
    form = batch.places[batch.places["frame"] == "概况"]
    assert list(zip(form["field"], form["row"], form["column"], strict=True)) == [
        ("部门", 4, 3), ("编码", 4, 5), ("成立日期", 5, 3), ("人数", 5, 5),
    ]  # fmt: skip
    assert list(batch.frames["收入"]["row"]) == [5, 6]


NEW = {2: "新所", 4: 1.0}


@pytest.mark.parametrize(
    ("row", "at"),
    [(4, None), (5, 1), (6, 2), (7, 2)],
    ids=["above the total: nobody's row", "below the total", "between free rows", "before the closing row"],
)
def test_a_row_the_clerk_put_in_is_a_free_row(row: int, at: int | None, tmp_path: Path) -> None:
    tabs = filled()
    tabs["收入"] = tabs["收入"].insert_row(row, NEW)
    batch, _ = read_tabs(tmp_path, tabs)
    expected: list[tuple[object, ...]] = list(INCOME)
    if at is not None:
        expected.insert(at, (None, "新所", None, 1.0, None))
    assert lines_of(batch.frames["收入"]) == expected


def test_a_row_put_above_the_first_free_row_is_found_below_the_headers(tmp_path: Path) -> None:
    pack = small_pack()
    sheets = [s if s.name != "收入" else s.model_copy(update={"blocks": (
        s.blocks[0].model_copy(update={"rows": ()}),)}) for s in pack.sheets]  # fmt: skip
    pack = pack.model_copy(update={"sheets": tuple(sheets)})
    tabs = filled()
    tabs["收入"] = tabs["收入"].delete_row(4).insert_row(4, NEW)
    batch, findings = read_tabs(tmp_path, tabs, pack)
    assert findings == []
    assert lines_of(batch.frames["收入"]) == [(None, "新所", None, 1.0, None), INCOME[1]]


def test_a_row_put_below_a_slot_is_another_slot(tmp_path: Path) -> None:
    tabs = filled()
    tabs["项目"] = tabs["项目"].insert_row(8, {3: "五座桥"}).insert_row(11, {3: "谁的?"})
    batch, findings = read_tabs(tmp_path, tabs)
    assert findings == []
    assert lines_of(batch.frames["项目.指标"]) == [
        TARGETS[0], ("数量", "数量指标", "五座桥", None), TARGETS[1],
    ]  # fmt: skip


def test_a_row_put_into_a_table_of_fixed_rows_is_left_out(tmp_path: Path) -> None:
    tabs = filled()
    tabs["打分"] = tabs["打分"].insert_row(5, {2: "丙项", 4: 9.0})
    batch, findings = read_tabs(tmp_path, tabs)
    assert (findings, lines_of(batch.frames["打分"])) == ([], SCORES)


def test_printed_cells_count_as_the_pack_has_them(tmp_path: Path) -> None:
    tabs = filled()
    tabs["打分"].cells |= {(4, 2): "别的", (4, 3): 40.0}
    tabs["收入"].cells[4, 2] = "合计行"
    batch, findings = read_tabs(tmp_path, tabs)
    assert lines_of(batch.frames["打分"]) == SCORES
    assert lines_of(batch.frames["收入"]) == INCOME
    assert [code for code, _ in findings] == ["文件-12"] * 3


@pytest.mark.parametrize(
    ("sheet", "change", "codes", "says"),
    [
        ("打分", lambda t: t.delete_column(4), ["文件-05"], "工作表“打分”中找不到“得分”这一栏"),
        ("打分", lambda t: t.delete_column(2), [], ""),
        ("概况", lambda t: t.delete_row(4), ["文件-05", "文件-05"], "“成立日期”"),
        ("概况", lambda t: t.named("底").delete_column(5), ["文件-05", "文件-05"], "“底”中找不到“部门编码”"),
        ("打分", lambda t: t.delete_row(5), ["文件-08"], "“乙”这一行"),
        ("打分", lambda t: t.insert_row(6, {1: "打分/甲", 4: 1.0}), ["文件-09"], "“甲”这一行出现了2次"),
        ("项目", lambda t: t.insert_row(8, {1: "项目.指标/数量"}), [], ""),
        ("项目", lambda t: t.delete_row(8).delete_row(7), ["文件-08"], "“数量”这一行"),
        ("概况", lambda t: t.insert_row(5, {1: "概况/部门;概况/编码"}), ["文件-09", "文件-09"], "“部门名称”"),
        ("收入", lambda t: t.insert_column(5).put({(1, 5): "收入/拨款", (5, 5): 99.0}), [], ""),
    ],
)  # fmt: skip
def test_what_is_gone_or_doubled_is_a_finding(
    sheet: str, change: Change, codes: list[str], says: str, tmp_path: Path
) -> None:
    tabs = filled()
    tabs[sheet] = change(tabs[sheet])
    batch, findings = read_tabs(tmp_path, tabs)
    assert [code for code, _ in findings] == codes
    assert not findings or says in findings[0][1]
    assert lines_of(batch.frames["收入"]) == INCOME


def test_a_field_that_is_gone_is_blank_and_a_row_that_is_gone_is_no_record(tmp_path: Path) -> None:
    tabs = filled()
    tabs["打分"] = tabs["打分"].delete_column(4).delete_row(5)
    batch, _ = read_tabs(tmp_path, tabs)
    assert lines_of(batch.frames["打分"]) == [("甲", "甲项", 4.0, None)]


def test_of_a_doubled_fixed_row_the_first_counts(tmp_path: Path) -> None:
    tabs = filled()
    tabs["打分"] = tabs["打分"].insert_row(6, {1: "打分/甲", 4: 1.0})
    assert lines_of(read_tabs(tmp_path, tabs)[0].frames["打分"]) == SCORES


# Without the map


def unmapped(tabs: dict[str, Tab]) -> dict[str, Tab]:
    """As pasted into a file of one's own. 填表人 is left out: to the words it is a row of the table."""
    del tabs["收入"].cells[8, 2]
    return {name: tab.without_map() for name, tab in tabs.items()}


def test_without_the_map_words_are_followed(tmp_path: Path) -> None:
    batch, findings = read_tabs(tmp_path, unmapped(filled()))
    assert [code for code, _ in findings] == ["文件-06"] * 4
    assert lines_of(batch.frames["概况"]) == OVERVIEW
    assert lines_of(batch.frames["收入"]) == INCOME
    assert lines_of(batch.frames["打分"]) == SCORES
    assert lines_of(batch.frames["项目"]) == PROJECT
    assert lines_of(batch.frames["项目.指标"]) == TARGETS
    assert batch.submissions["code"][0] == "101"


@pytest.mark.parametrize(
    "change",
    [
        lambda tab: tab.insert_row(1, {1: "某县"}).insert_column(1),
        lambda tab: tab.insert_column(2),
        lambda tab: tab.insert_row(2, {2: "单位:万元"}),
        lambda tab: tab.put({(2, 1): "机 构 名 称:", (2, 3): "拨款"}),
        swap_columns(2, 3),
        lambda tab: tab.named(" 收入 "),
    ],
)
def test_words_are_found_wherever_they_stand(change: Change, tmp_path: Path) -> None:
    tabs = unmapped(filled())
    tabs["收入"] = change(tabs["收入"])
    batch, findings = read_tabs(tmp_path, tabs)
    assert {code for code, _ in findings} == {"文件-06"}
    assert lines_of(batch.frames["收入"]) == INCOME


def test_a_label_over_several_columns_and_rows_has_its_value_beside_it(tmp_path: Path) -> None:
    tabs = unmapped(filled())
    wide = tabs["概况"].moved(lambda r, c: (r if r < 3 else r + 1, c if c == 1 else c + 1))
    wide.merged = ("A2:B3",)
    tabs["概况"] = wide
    assert lines_of(read_tabs(tmp_path, tabs)[0].frames["概况"])[0][1] == "某局"


def test_a_label_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    tabs = unmapped(filled())
    tabs["概况"].cells[2, 1] = "单位"
    tabs["打分"].cells[2, 3] = "自评"
    _, findings = read_tabs(tmp_path, tabs)
    assert [message for code, message in findings if code == "文件-05"] == [
        "工作表“概况”中找不到“部门名称”这一栏。请不要删除模板中的行和列。",
        "工作表“打分”中找不到“得分”这一栏。请不要删除模板中的行和列。",
    ]


def test_one_sheet_without_its_map_is_read_by_its_words(tmp_path: Path) -> None:
    tabs = filled()
    tabs["收入"] = tabs["收入"].without_map()
    batch, findings = read_tabs(tmp_path, tabs)
    assert [code for code, _ in findings] == ["文件-06"]
    assert "“收入”" in findings[0][1]
    assert lines_of(batch.frames["收入"])[:2] == INCOME


def test_a_stamp_without_a_map_is_read_by_the_words(tmp_path: Path) -> None:
    tabs = filled()
    tab = tabs["打分"]
    tabs["打分"] = tab.moved(lambda r, c: (r, c) if (r > 1 and c > 1) or (r, c) == (1, 1) else None)
    batch, findings = read_tabs(tmp_path, tabs)
    assert [code for code, _ in findings] == ["文件-06"]
    assert lines_of(batch.frames["打分"]) == SCORES


@pytest.mark.parametrize(
    ("tab", "sheet", "named"),
    [
        ("收入", "收入", True), (" 收 入", "收入", True), ("收入2", "收入", False), ("收入表", "收入", False),
        ("项目", "项目", True), ("项目3", "项目", True), ("项目（2）", "项目", True),
        ("项目十二", "项目", True), ("项目评价", "项目", False), ("Sheet1", "项目", False),
    ],
)  # fmt: skip
def test_names_of_tabs(tab: str, sheet: str, named: bool) -> None:
    assert is_named(tab, small_pack().sheet(sheet)) is named


# Blank


def test_a_blank_template_has_its_fixed_rows_only(tmp_path: Path) -> None:
    tabs = template()
    tabs["收入"].cells |= {
        (4, 3): Formula("D4+E4", 0.0),
        (5, 3): Formula("D5+E5", 0.0),
        (6, 3): Formula('""', ""),
    }
    batch, findings = read_tabs(tmp_path, tabs)
    assert findings == []
    assert {name: len(frame) for name, frame in batch.frames.items()} == {
        "概况": 1, "收入": 1, "打分": 2, "项目": 0, "项目.指标": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        (Formula("D5+E5", 0.0), False),
        (Formula("D5+E5"), False),
        (Formula("D5+E5", ""), False),
        ("\u3000\u200b", False),
        (0.0, True),
        ("无", True),
    ],
)
def test_a_free_row_counts_when_something_was_typed(cell: object, kept: bool, tmp_path: Path) -> None:
    tabs = template()
    tabs["收入"].cells[5, 3] = cell
    batch, _ = read_tabs(tmp_path, tabs)
    assert (len(batch.frames["收入"]) == 2) is kept


def test_a_formula_of_the_clerks_own_is_something_typed(tmp_path: Path) -> None:
    tabs = template()
    tabs["收入"].cells[5, 4] = Formula("3+4", 7.0)
    batch, _ = read_tabs(tmp_path, tabs)
    assert lines_of(batch.frames["收入"])[1] == (None, None, None, 7.0, None)
    assert batch.formulas.to_dict("records") == [
        {"submission": 0, "frame": "收入", "record": 1, "field": "拨款", "formula": "=3+4"}
    ]


def test_blank_copies_of_a_repeated_sheet_are_left_out(tmp_path: Path) -> None:
    tabs = filled()
    blank = template()["项目"]
    blank.cells[4, 3] = Formula("1+1", 2.0)
    second = filled()["项目"].named("桥").put({(3, 3): "建桥"})
    order = [tabs["概况"], blank.named("项目1"), second, tabs["收入"], tabs["打分"], tabs["项目"]]
    batch, findings = read_tabs(tmp_path, order)
    assert findings == []
    projects = batch.frames["项目"]
    assert projects[["tab", "instance", "名称"]].to_numpy().tolist() == [
        ["桥", 0, "建桥"],
        ["项目", 1, "修路"],
    ]
    assert set(batch.places["tab"]) == {"概况", "收入", "打分", "桥", "项目"}


def test_sheets_of_others_are_left_out(tmp_path: Path) -> None:
    tabs = filled()
    own = Tab("底稿", {(1, 1): "收入", (2, 1): 5.0})
    guide = Tab("填报说明", {(1, 1): stamp("填报说明"), (3, 3): "怎么填"})
    review = Tab("审核意见", {(1, 1): "workbook-tool|审核|hunan/2023", (3, 3): "收入"})
    batch, findings = read_tabs(tmp_path, [own, guide, *tabs.values(), review])
    assert [code for code, _ in findings] == ["文件-19"]
    assert "“底稿”" in findings[0][1]
    assert lines_of(batch.frames["收入"]) == INCOME
