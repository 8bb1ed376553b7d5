"""Mistakes planted in the written workbook: what is changed there, and what must then be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import file_plants as files
from planting import Edit, Ground, Plant, Planted, Reading

RETIRED, LAST_YEAR = "评分依据.离退休人员数", "评分依据.上年三公经费决算数"
PROGRESS = "自评打分[预算执行·支付进度]"


class Change(NamedTuple):
    """A change of the written workbook.

    Attributes:
        area: What it touches.
        edit: Makes it, at the cell or sheet `at`.
        found: Where it must be found.
        reads: What each cell counts as that held a number.
    """

    code: str
    name: str
    area: str
    edit: Callable[[files.Workbook, str, str], None]
    at: str
    found: str
    reads: dict[str, Reading] = {}  # noqa: RUF012 - never changed


CHANGES = (
    Change("格式-06", "公式出错", LAST_YEAR, files.error_value, LAST_YEAR, LAST_YEAR, {LAST_YEAR: None}),
    Change("格式-07", "公式没有结果", RETIRED, files.uncalculated, RETIRED, RETIRED, {RETIRED: None}),
    Change("格式-13", "公式结果没有更新", LAST_YEAR, files.stale, LAST_YEAR, LAST_YEAR, {LAST_YEAR: 12.5}),
    Change("文件-04", "缺一张表", "综述", files.without_sheet, "综述", "综述"),
    Change("文件-04", "缺一张表", "评价人员", files.without_sheet, "评价人员", "评价人员"),
    Change("文件-05", "缺一栏", "说明", files.without_column, "说明[#1].说明", "说明"),
    Change("文件-06", "定位标记不在", "固定资产", files.without_map, "固定资产", "固定资产"),
    Change("文件-07", "一张表有两张", "评价人员", files.second_sheet, "评价人员", "评价人员"),
    Change("文件-09", "固定行有两行", "三公经费", files.second_row, "三公经费[汇总].三公经费合计", "三公经费"),
    Change("文件-10", "有宏", "宏", files.with_macros, "", ""),
    Change(
        "文件-12", "改了分值", "自评打分.预算执行·支付进度", files.printed_figure, f"{PROGRESS}.分值", f"{PROGRESS}.分值"
    ),
    Change(
        "文件-12", "改了标准", "自评打分.预算执行·支付进度", files.printed_words, f"{PROGRESS}.评分标准", f"{PROGRESS}.评分标准"
    ),
)  # fmt: skip


def workbook_plants() -> Iterator[Plant]:
    """All of them."""
    for change in CHANGES:
        yield _plant(change)
    yield Plant("文件-08", "缺固定行", ("项目#N.资金", "项目#N.打分.资金到位·到位率"), _without_a_source)


def _plant(change: Change) -> Plant:
    edits: tuple[Edit, ...] = ((change.edit, change.at),)
    planted = Planted({change.code: [change.found]}, reads=change.reads, edits=edits)
    return Plant(change.code, change.name, (change.area,), lambda ground: planted)


def _without_a_source(ground: Ground) -> Planted | None:
    """The row of a source that gave nothing is deleted."""
    for row in ground.project["资金"][1:]:
        source = row["资金来源"]
        if not any(value for label, value in row.items() if label != "资金来源"):
            gone: Edit = (files.without_row, f"项目#N.资金[{source}].结余")
            return Planted({"文件-08": ["项目#N"]}, edits=(gone,))
    return None
