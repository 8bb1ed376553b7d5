"""Where everything of a sheet stands."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from templateform import template_form
from workbook_tool.excel.template.layout import lay_out, plan_tabs
from workbook_tool.excel.template.measure import height_of, lines_of, split_height, units
from workbook_tool.excel.template.paper import Contents, Layout, Spot
from workbook_tool.model import PackError, Sheet

PACK = template_form()


def layout(sheet: str, contents: Contents | None = None) -> Layout:
    return lay_out(PACK, PACK.sheet(sheet), contents)


def area(spot: Spot) -> tuple[int, int, int, int]:
    return spot.top, spot.left, spot.bottom, spot.right


def printed(of: Layout) -> dict[Any, tuple[int, int, int, int]]:
    return {s.text: area(s) for s in of.spots if s.role != "value"}


def test_labels_stand_beside_values_and_the_last_one_reaches_to_the_edge() -> None:
    form = layout("概况")
    assert form.cells["概况"]["单位"] == (2, 2)
    assert form.cells["概况"]["编码"] == (2, 4)
    wide = next(s for s in form.spots if s.role == "value" and s.field and s.field.label == "概述")
    assert (wide.left, wide.right) == (2, 4)


def test_a_label_of_full_width_is_a_heading_above_its_value() -> None:
    form = layout("概况")
    heading = next(s for s in form.spots if s.role == "group")
    assert heading.text == "综述"
    row, column = form.cells["概况"]["综述"]
    assert (row, column) == (heading.bottom + 1, 1)


def test_a_high_value_spans_rows_that_break_over_pages() -> None:
    form = layout("概况")
    value = next(s for s in form.spots if s.role == "value" and s.field and s.field.label == "综述")
    heights = [form.heights[r] for r in range(value.top, value.bottom + 1)]
    assert len(heights) > 1
    assert max(heights) <= 200
    assert sum(heights) >= height_of(40) - 1
    assert form.row_tokens[value.top] == ["概况/综述"], "the map names the anchor"
    assert value.bottom not in form.row_tokens


def test_units_stand_in_labels_of_a_form_and_above_a_table() -> None:
    assert "编制(人)" in printed(layout("概况"))
    assert "单位：万元" in printed(layout("收入"))


def test_a_title_that_says_the_unit_spares_the_unit_line() -> None:
    sheet = PACK.sheet("收入").model_copy(update={"title": "收入(万元)"})
    assert "单位：万元" not in printed(lay_out(PACK, sheet))


def test_grouped_headers_take_two_rows() -> None:
    at = printed(layout("收入"))
    assert at["其中"] == (3, 3, 3, 4)
    assert at["机构"] == (3, 1, 4, 1)
    assert at["拨款"] == (4, 3, 4, 3)


def test_the_rows_of_a_table_and_their_marks() -> None:
    table = layout("收入")
    assert [(x.key, x.number, x.row) for x in table.lines["收入"]] == [
        ("汇总", 0, 5), (None, 0, 6), (None, 1, 7), (None, 2, 8)
    ]  # fmt: skip
    assert [table.row_tokens[r] for r in range(5, 10)] == [
        ["收入/汇总"], ["收入/*"], ["收入/*"], ["收入/*"], ["收入/."]
    ]  # fmt: skip
    assert table.column_tokens[2] == ["收入/合计"]
    assert table.closing["收入"] == 9


def test_equal_labels_become_one_tall_cell_but_equal_points_do_not() -> None:
    at = printed(layout("项目"))
    rows = {x.key: x.row for x in layout("项目").lines["项目.打分"]}
    assert at["产出"][2] - at["产出"][0] == 1
    assert at[4.0] == (rows["投入·甲"], 3, rows["投入·甲"], 3)


def test_points_that_several_criteria_share_are_one_cell() -> None:
    project = layout("项目")
    rows = {x.key: x.row for x in project.lines["项目.打分"]}
    shared = [s for s in project.spots if s.role == "printed" and s.text == 6.0]
    assert [area(s) for s in shared] == [(rows["产出·乙"], 3, rows["产出·丙"], 3)]


def test_a_label_reaches_over_columns_that_print_nothing() -> None:
    assert printed(layout("项目"))["总分"][1::2] == (1, 2)


def test_slots_share_their_label() -> None:
    project = layout("项目")
    first, second, *_ = project.lines["项目.指标"]
    assert (first.key, second.key) == ("数量", "数量")
    assert printed(project)["数量"] == (first.row, 2, second.row, 2)


@pytest.mark.parametrize(
    ("key", "given", "rows"),
    [(None, 2, 3), (None, 3, 3), (None, 5, 5)],
    ids=["fewer than offered", "as many", "more"],
)
def test_more_rows_than_offered_make_the_table_longer(key: str | None, given: int, rows: int) -> None:
    contents = Contents(rows={"收入": {key: [{"拨款": n} for n in range(given)]}})
    lines = layout("收入", contents).lines["收入"]
    assert sum(x.key is None for x in lines) == rows


def test_more_lines_than_slots() -> None:
    contents = Contents(rows={"项目.指标": {"数量": [{"目标": str(n)} for n in range(4)]}})
    keys = [x.key for x in layout("项目", contents).lines["项目.指标"]]
    assert keys == ["数量"] * 4 + ["质量"] * 2 + ["效益"]


def test_a_long_text_makes_its_row_higher() -> None:
    text = "文" * 200
    plain = layout("说明").heights[3]
    assert layout("说明", Contents(rows={"说明": {None: [{"说明": text}]}})).heights[3] > 4 * plain


@pytest.mark.parametrize("sheet", [s.name for s in PACK.sheets])
def test_nothing_overlaps_and_everything_lies_on_the_grid(sheet: str) -> None:
    of = layout(sheet)
    for s in of.spots:
        assert 1 <= s.left <= s.right <= of.last_column
        assert all(r in of.heights for r in range(s.top, s.bottom + 1))
    for a, b in combinations(of.spots, 2):
        apart = a.bottom < b.top or b.bottom < a.top or a.right < b.left or b.right < a.left
        assert apart, (a, b)


@pytest.mark.parametrize("sheet", [s.name for s in PACK.sheets])
def test_printed_texts_have_the_height_they_need(sheet: str) -> None:
    of = layout(sheet)
    for s in of.spots:
        if s.role in ("label", "printed", "header", "group"):
            assert of.needed(s) <= sum(of.heights[r] for r in range(s.top, s.bottom + 1)) + 0.1, s.text


def test_a_repeated_sheet_has_numbered_tabs() -> None:
    assert [t.name for t in plan_tabs(PACK)] == ["概况", "收入", "项目1", "项目2", "说明"]
    assert [t.name for t in plan_tabs(PACK, copies=1)] == ["概况", "收入", "项目1", "说明"]
    three = plan_tabs(PACK, {"项目": [Contents()] * 3})
    assert [t.name for t in three if t.layout.sheet.repeats] == ["项目1", "项目2", "项目3"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"grid": (10.0,)}, "版面只有 1 列"), ({"grid": (10.0, 10.0, 10.0)}, "版面只有 3 列")],
)
def test_a_block_that_does_not_fit_is_a_mistake_of_the_pack(change: dict[str, Any], complaint: str) -> None:
    sheet = Sheet.model_validate(PACK.sheet("收入").model_dump() | change)
    with pytest.raises(PackError, match=complaint):
        lay_out(PACK, sheet)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 10, 1), ("文字文字", 10, 1), ("文字文字文", 10, 2), ("一\n二\n三", 10, 3), ("abcdefgh", 10, 1)],
)
def test_how_many_lines_a_text_takes(text: str, width: float, lines: int) -> None:
    assert lines_of(text, width) == lines


def test_widths_and_heights() -> None:
    assert units("中文 ab（）") == 4 + 3 + 4
    assert split_height(450) == [150, 150, 150]
