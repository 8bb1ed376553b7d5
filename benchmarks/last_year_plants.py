"""Mistakes planted against the figures of last year that the bureau entered in the template.

A made-up county's templates carry none of these figures; each plant enters the one it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import file_plants as files
from planting import Ground, Plant, Planted

GIVEN = "上年数据"
THREE, OUTTURN = "三公经费[汇总].三公经费合计", "评分依据.上年三公经费决算数"
BUDGET, LAST_BUDGET = "评分依据.本年三公经费预算数", "评分依据.上年三公经费预算数"


def last_year_plants() -> Iterator[Plant]:
    """All of them."""
    yield _plant("收入-06", "少结转了", "上年累计结余", ("收支",), _carried)
    yield _plant(
        "收入-07", "收入翻了一番", "上年收入合计", ("收支",), _doubled("收入-07", "收入[汇总].收入合计")
    )
    yield _plant(
        "支出-13", "支出翻了一番", "上年支出合计", ("收支",), _doubled("支出-13", "支出[汇总].支出合计")
    )
    assets = "固定资产[汇总].固定资产合计"
    yield _plant(
        "固定资产-07", "资产翻了一番", "上年固定资产合计", ("固定资产",), _doubled("固定资产-07", assets)
    )
    yield _plant("三公经费-07", "比上年多", "上年三公经费决算", ("三公经费", OUTTURN), _more_than_last_year)
    yield _plant("三公经费-08", "超过批复", "批复的三公经费预算", ("三公经费", BUDGET), _more_than_granted)
    yield _plant("评分依据-09", "抄错上年预算", "上年三公经费预算", (LAST_BUDGET,), _other_budget)
    yield _plant("评分依据-10", "抄错上年决算", "上年三公经费决算", (OUTTURN, "三公经费"), _other_outturn)
    yield _plant("评分依据-11", "没有按批复填", "批复的三公经费预算", (BUDGET, "三公经费"), _other_grant)
    path = f"{GIVEN}.上年三公经费预算"
    entered = Planted({"文件-17": [path]}, edits=((files.printed_figure, path),))
    yield _plant(
        "文件-17", "在财政部门的栏里填了数", "上年三公经费预算", (LAST_BUDGET,), lambda ground: entered
    )


def _plant(
    code: str, name: str, given: str, areas: tuple[str, ...], make: Callable[[Ground], Planted | None]
) -> Plant:
    return Plant(code, name, (f"{GIVEN}.{given}", *areas), make)


def _carried(ground: Ground) -> Planted:
    ground.put(f"{GIVEN}.上年累计结余", round(ground.get("收入[汇总].上年结转") + 3.5, 2))
    return Planted({"收入-06": ["收入[汇总].上年结转"]})


def _doubled(code: str, path: str) -> Callable[[Ground], Planted]:
    label = "上年" + path.partition(".")[2]

    def make(ground: Ground) -> Planted:
        ground.put(f"{GIVEN}.{label}", round(ground.get(path) / 2, 2))
        return Planted({code: [path]})

    return make


def _more_than_last_year(ground: Ground) -> Planted:
    less = round(ground.get(THREE) - 0.1, 2)
    ground.put(f"{GIVEN}.上年三公经费决算", less)
    ground.put(OUTTURN, less)
    return Planted({"三公经费-07": [THREE]})


def _more_than_granted(ground: Ground) -> Planted | None:
    less = round(min(ground.get(THREE), ground.get(BUDGET)) - 0.1, 2)
    ground.put(f"{GIVEN}.批复的三公经费预算", less)
    return Planted({"三公经费-08": [THREE], "评分依据-11": [BUDGET]})


def _other_budget(ground: Ground) -> Planted:
    ground.put(f"{GIVEN}.上年三公经费预算", round(ground.get(LAST_BUDGET) + 0.1, 2))
    return Planted({"评分依据-09": [LAST_BUDGET]})


def _other_outturn(ground: Ground) -> Planted:
    ground.put(f"{GIVEN}.上年三公经费决算", round(max(ground.get(OUTTURN), ground.get(THREE)) + 0.1, 2))
    return Planted({"评分依据-10": [OUTTURN]})


def _other_grant(ground: Ground) -> Planted:
    ground.put(f"{GIVEN}.批复的三公经费预算", round(max(ground.get(BUDGET), ground.get(THREE)) + 0.1, 2))
    return Planted({"评分依据-11": [BUDGET]})
