"""Mistakes planted in the tables of money; what each breaks is said beforehand, not asked of the tool.

A filing is planted in with all its totals. Where a mistake leaves the totals to follow, the plant
makes them follow: the template's formulas do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from made_up import own_scores
from planting import UNPROVEN, Ground, Plant, Planted

SUMMARY = "汇总"
HEAD_OFFICE = 1
"""Units from this one on are not the head office."""
IN_YUAN = 600_000
"""An amount no unit of a county has in 万元."""
SCORES = ("自评打分", "绩效目标.绩效自评综合得分", "绩效目标.评价等次", "评分依据", "综述.整体支出绩效情况")
MONEY, THREE, ASSETS = "收支", "三公经费", "固定资产"
Make = Callable[[Ground], Planted | None]


def money_plants() -> Iterator[Plant]:
    """All of them."""
    yield Plant(
        "收入-01", "两栏在汇总行串了", (MONEY,), _swapped("收入", "政府基金拨款", "其他收入", "收入-01")
    )
    yield Plant("收入-02", "分项写错", (MONEY,), _part("收入", "政府基金拨款", "收入合计", 2, 1), "typed")
    yield Plant("收入-02", "一个机构的合计写错", (MONEY,), _typed_total, "formulas")
    yield Plant("收入-03", "多报了一个二级机构", (MONEY, "评分依据.二级机构数"), _one_more_unit)
    yield Plant("收入-04", "上年结转空着", (MONEY,), _no_carry)
    yield Plant("收入-05", "收入按元填了", (MONEY,), _income_in_yuan)
    yield Plant(
        "支出-01", "两栏在汇总行串了", (MONEY, THREE), _swapped("支出", "公用支出", "人员支出", "支出-01")
    )
    yield Plant("支出-02", "支出合计写错", (MONEY,), _typed_spending, "formulas")
    yield Plant("支出-03", "人员支出写错", (MONEY,), _part("支出", "人员支出", "基本支出", 3, 1), "typed")
    yield Plant("支出-03", "人员支出改了而基本支出没有改", (MONEY,), _typed_basic, "formulas")
    yield Plant("支出-04", "结余少写", (MONEY,), _less_balance)
    yield Plant("支出-05", "支出大于收入", (MONEY, THREE), _overspent)
    yield Plant("支出-06", "累计结余少于当年结余", (MONEY, *SCORES), _accumulated)
    yield Plant("支出-07", "机构用了简称", (MONEY, THREE), _renamed("支出", "支出-07"))
    yield Plant("支出-08", "多出一个机构", (MONEY,), _added("支出", "支出-08", "支出-07"))
    yield Plant("支出-09", "支出按元填了", (MONEY, THREE), _spending_in_yuan)
    yield Plant("支出-10", "局机关有项目没有自评", (MONEY,), _unassessed("支出-10", 0))
    yield Plant("支出-12", "二级机构有项目没有自评", (MONEY,), _unassessed("支出-12", HEAD_OFFICE))
    yield Plant("支出-11", "二级机构有项目没有自评", (MONEY,), _unassessed("支出-12", HEAD_OFFICE))
    yield Plant(
        "三公经费-01",
        "两栏在汇总行串了",
        (THREE,),
        _swapped(THREE, "公务用车运维费", "公务接待费", "三公经费-01"),
    )
    yield Plant(
        "三公经费-02", "分项写错", (THREE, MONEY), _part(THREE, "因公出国费", "三公经费合计", 2, 1), "typed"
    )
    yield Plant("三公经费-03", "超过公用支出", (MONEY, THREE), _above_public)
    yield Plant("三公经费-04", "机构用了简称", (THREE, MONEY), _renamed(THREE, "三公经费-04"))
    yield Plant("三公经费-05", "多出一个机构", (THREE,), _added(THREE, "三公经费-05", "三公经费-04"))
    yield Plant("三公经费-06", "三公经费按元填了", (THREE, MONEY, *SCORES), _three_in_yuan)
    yield Plant(
        "固定资产-01", "两栏在汇总行串了", (ASSETS,), _swapped(ASSETS, "其他", "出租固定资产", "固定资产-01")
    )
    yield Plant(
        "固定资产-02", "分项写错", (ASSETS,), _part(ASSETS, "出租固定资产", "固定资产合计", 2, 1), "typed"
    )
    yield Plant("固定资产-03", "大量闲置", (ASSETS, *SCORES), _idle)
    yield Plant("固定资产-04", "机构用了简称", (ASSETS,), _renamed(ASSETS, "固定资产-04"))
    yield Plant("固定资产-05", "多出一个机构", (ASSETS,), _added(ASSETS, "固定资产-05", "固定资产-04"))
    yield Plant("固定资产-06", "资产按元填了", (ASSETS, *SCORES), _assets_in_yuan)
    yield Plant("格式-01", "金额不是数字", (THREE, UNPROVEN), _unreadable(THREE, "因公出国费"), "typed")
    yield Plant("格式-02", "金额带单位", (MONEY,), _with_unit, "typed")
    yield Plant("格式-03", "金额是全角文本", (ASSETS,), _as_text, "typed")
    yield Plant("格式-12", "公式改成了数", ("公式改数", MONEY), _typed_right, "formulas")
    yield Plant(
        "格式-14",
        "分项读不出，合计是填的数",
        (ASSETS, UNPROVEN),
        _unreadable(ASSETS, "出租固定资产"),
        "typed",
    )


def _unit(ground: Ground, sheet: str, first: int = 0) -> str | None:
    units = ground.units(sheet, first)
    return ground.rng.choice(units) if units else None


def _swapped(sheet: str, more: str, less: str, code: str) -> Make:
    """In the summary one column is too high and another too low; the row still adds up."""

    def make(ground: Ground) -> Planted | None:
        paths = [f"{sheet}[{SUMMARY}].{label}" for label in (more, less)]
        amount = 0.25
        if ground.get(paths[1]) < amount:
            return None
        ground.add(amount, paths[0])
        ground.add(-amount, paths[1])
        return Planted({code: paths}, typed=tuple(paths))

    return make


def _part(sheet: str, label: str, total: str, row: int, column: int) -> Make:
    """A part of a unit is wrong: neither its row adds up nor its column."""

    def make(ground: Ground) -> Planted:
        unit = _unit(ground, sheet)
        ground.add(ground.rng.randint(5, 900), f"{sheet}[{unit}].{label}")
        return Planted(
            {
                f"{sheet}-{row:02}": [f"{sheet}[{unit}].{total}"],
                f"{sheet}-{column:02}": [f"{sheet}[{SUMMARY}].{label}"],
            }
        )

    return make


def _typed_total(ground: Ground) -> Planted:
    paths = [f"收入[{_unit(ground, '收入')}].收入合计", f"收入[{SUMMARY}].收入合计"]
    ground.add(-0.1, *paths)
    return Planted({"收入-02": paths}, typed=(paths[0],))


def _typed_spending(ground: Ground) -> Planted:
    paths = [f"支出[{_unit(ground, '支出')}].支出合计", f"支出[{SUMMARY}].支出合计"]
    ground.add(0.1, *paths)
    return Planted({"支出-02": paths}, typed=(paths[0],))


def _typed_basic(ground: Ground) -> Planted:
    unit = _unit(ground, "支出")
    ground.add(1, f"支出[{unit}].人员支出", f"支出[{SUMMARY}].人员支出")
    paths = [f"支出[{unit}].基本支出", f"支出[{SUMMARY}].基本支出"]
    return Planted({"支出-03": paths}, typed=(paths[0],))


def _one_more_unit(ground: Ground) -> Planted:
    ground.add(1, "评分依据.二级机构数")
    return Planted({"收入-03": [f"收入[{SUMMARY}].机构名称"]})


def _no_carry(ground: Ground) -> Planted | None:
    unit = next((u for u in ground.units("收入") if ground.get(f"收入[{u}].上年结转") == 0), None)
    if unit is None:
        return None
    ground.put(f"收入[{unit}].上年结转", None)
    return Planted({"收入-04": [f"收入[{unit}].上年结转"]})


def _grow(ground: Ground, sheet: str, unit: str | None, amount: float, *labels: str) -> None:
    """Add to columns of a unit and of the summary."""
    ground.add(amount, *(f"{sheet}[{row}].{label}" for row in (unit, SUMMARY) for label in labels))


def _balances(unit: str | None) -> list[str]:
    return [f"支出[{unit}].当年结余", f"支出[{SUMMARY}].当年结余"]


def _income_in_yuan(ground: Ground) -> Planted:
    unit = _unit(ground, "收入")
    _grow(ground, "收入", unit, IN_YUAN, "公共财政拨款", "收入合计")
    return Planted({"收入-05": [f"收入[{unit}].收入合计"], "支出-04": _balances(unit)})


def _spending_in_yuan(ground: Ground) -> Planted:
    unit = _unit(ground, "支出")
    _grow(ground, "支出", unit, IN_YUAN, "公用支出", "基本支出", "支出合计")
    return Planted({"支出-09": [f"支出[{unit}].支出合计"], "支出-04": _balances(unit)})


def _with_balance(ground: Ground) -> str | None:
    """A unit that has at least 1 万元 left."""
    left = [u for u in ground.units("支出") if ground.get(f"支出[{u}].当年结余") >= 1]
    return ground.rng.choice(left) if left else None


def _less_balance(ground: Ground) -> Planted | None:
    unit = _with_balance(ground)
    if unit is None:
        return None
    ground.add(-0.5, f"支出[{unit}].当年结余")
    if ground.typed:  # the summary stays as it was, and its column no longer adds up
        return Planted({"支出-04": _balances(unit)[:1], "支出-01": _balances(unit)[1:]})
    ground.add(-0.5, f"支出[{SUMMARY}].当年结余")
    return Planted({"支出-04": _balances(unit)})


def _overspent(ground: Ground) -> Planted:
    unit = _unit(ground, "支出")
    more = ground.get(f"支出[{unit}].当年结余") + 1
    _grow(ground, "支出", unit, more, "公用支出", "基本支出", "支出合计")
    _grow(ground, "支出", unit, -more, "当年结余")
    return Planted({"支出-05": [path for path in _balances(unit) if ground.get(path) < 0]})


def _accumulated(ground: Ground) -> Planted | None:
    unit = _with_balance(ground)
    if unit is None:
        return None
    _grow(ground, "支出", unit, -0.5, "累计结余")
    own_scores(ground.data)
    return Planted({"支出-06": [f"支出[{row}].累计结余" for row in (unit, SUMMARY)]})


def _renamed(sheet: str, code: str) -> Make:
    """A unit goes by a short name in one table."""

    def make(ground: Ground) -> Planted | None:
        unit = _unit(ground, sheet, HEAD_OFFICE)
        if unit is None:
            return None
        ground.put(f"{sheet}[{unit}].机构名称", unit[:-2])
        return Planted({code: [f"{sheet}[{unit[:-2]}].机构名称"]})

    return make


def _added(sheet: str, code: str, unknown: str) -> Make:
    """One table has a unit that the others do not have."""

    def make(ground: Ground) -> Planted:
        rows = ground.data[sheet]
        name = f"{len(rows)}、档案室"
        rows.append({label: 0 for label in rows[0]} | {"机构名称": name})
        return Planted({code: [f"{sheet}[{SUMMARY}].机构名称"], unknown: [f"{sheet}[{name}].机构名称"]})

    return make


def _unassessed(code: str, first: int) -> Make:
    """A unit spent on projects that have no sheet; a saving on staff keeps the sums as they were."""

    def make(ground: Ground) -> Planted | None:
        unit = _unit(ground, "支出", first) if first else ground.units("支出")[0]
        if unit is None:
            return None
        _grow(ground, "支出", unit, 10, "项目支出")
        _grow(ground, "支出", unit, -10, "人员支出", "基本支出")
        return Planted({code: [f"支出[{unit}].项目支出"], "支出-11": [f"支出[{SUMMARY}].项目支出"]})

    return make


def _above_public(ground: Ground) -> Planted:
    unit = _unit(ground, THREE)
    over = round(ground.get(f"支出[{unit}].公用支出") - ground.get(f"{THREE}[{unit}].三公经费合计") + 0.01, 2)
    _grow(ground, "支出", unit, -over, "公用支出")
    _grow(ground, "支出", unit, over, "人员支出")
    past = [
        r
        for r in (unit, SUMMARY)
        if ground.get(f"{THREE}[{r}].三公经费合计") > ground.get(f"支出[{r}].公用支出")
    ]
    return Planted({"三公经费-03": [f"{THREE}[{row}].三公经费合计" for row in past]})


def _three_in_yuan(ground: Ground) -> Planted:
    unit = _unit(ground, THREE)
    _grow(ground, THREE, unit, 60_000, "公务接待费", "三公经费合计")
    ground.put("评分依据.本年三公经费决算数", ground.get(f"{THREE}[{SUMMARY}].三公经费合计"))
    own_scores(ground.data)
    totals = [f"{THREE}[{row}].三公经费合计" for row in (unit, SUMMARY)]
    return Planted({"三公经费-06": totals[:1], "三公经费-03": totals})


def _idle(ground: Ground) -> Planted:
    for unit in ground.units(ASSETS):
        idle = round(ground.get(f"{ASSETS}[{unit}].在用固定资产") * 0.5, 2)
        _grow(ground, ASSETS, unit, -idle, "在用固定资产")
        _grow(ground, ASSETS, unit, idle, "其他")
    own_scores(ground.data)
    return Planted({"固定资产-03": [f"{ASSETS}[{SUMMARY}].在用固定资产"]})


def _assets_in_yuan(ground: Ground) -> Planted:
    unit = _unit(ground, ASSETS)
    _grow(ground, ASSETS, unit, IN_YUAN, "在用固定资产", "固定资产合计")
    own_scores(ground.data)
    return Planted({"固定资产-06": [f"{ASSETS}[{unit}].固定资产合计"]})


def _unreadable(sheet: str, label: str) -> Make:
    """A part that is no figure; of the typed totals that need it the first is the column's, in the summary."""

    def make(ground: Ground) -> Planted:
        path = f"{sheet}[{_unit(ground, sheet)}].{label}"
        ground.put(path, "无法确定")
        return Planted({"格式-01": [path], "格式-14": [f"{sheet}[{SUMMARY}].{label}"]}, reads={path: None})

    return make


def _with_unit(ground: Ground) -> Planted:
    path = f"收入[{_unit(ground, '收入')}].其他收入"
    amount = ground.get(path)
    ground.put(path, f"{amount}万元")
    return Planted({"格式-02": [path]}, reads={path: amount})


def _as_text(ground: Ground) -> Planted:
    path = f"{ASSETS}[{_unit(ground, ASSETS)}].出租固定资产"
    amount = ground.get(path)
    ground.put(path, f"{amount:,.2f}".translate(str.maketrans("0123456789", "０１２３４５６７８９")))
    return Planted({"格式-03": [path]}, reads={path: amount})


def _typed_right(ground: Ground) -> Planted:
    path = f"收入[{SUMMARY}].其他收入"
    return Planted({"格式-12": [path]}, typed=(path,))
