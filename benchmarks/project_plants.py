"""Mistakes planted in the funds, the spending and the scores of a project."""

from __future__ import annotations

from collections.abc import Iterator

from made_up import KINDS, PLACES, close
from planting import UNPROVEN, Ground, Plant, Planted
from score_plants import Make, declared, short_total, wrong_grade

PROJECT = ("项目#N.打分", "项目#N.绩效自评综合得分", "项目#N.评价等次")


def project_plants() -> Iterator[Plant]:
    """All of them."""
    yield from _funds()
    yield from _project_scores()


def _funds() -> Iterator[Plant]:
    funds = ("项目#N.资金", "项目#N.打分.资金到位·到位率")
    yield Plant("项目-02", "到位合计多写", funds, _fund_total("实际到位"))
    yield Plant("项目-02", "结余合计多写", funds, _fund_total("结余"))
    yield Plant("项目-03", "结余合计空着", funds, _no_fund_total)
    yield Plant("项目-04", "结余写错", funds, _fund_balance)
    yield Plant("项目-05", "到位多于计划", funds, _arrived_more)
    yield Plant("项目-06", "支出多于到位", funds, _spent_more)
    yield Plant("项目-38", "资金按元填了", funds, _funds_in_yuan)
    yield Plant("项目-07", "明细与合计不同", ("项目#N.支出明细",), _detail)
    yield Plant("项目-08", "明细比资金表少", ("项目#N.支出明细", "项目#N.资金"), _less_detail)


def _project_scores() -> Iterator[Plant]:
    copied = ("绩效目标.实际完成", "项目#N.实际完成")
    yield Plant("项目-20", "综合得分与评分表不同", PROJECT[1:], declared("项目#N", "项目-20"))
    yield Plant("项目-21", "等次与总分不符", PROJECT[2:], wrong_grade("项目#N", "项目-21"))
    yield Plant("项目-22", "照抄部门的文字", copied, _copied)
    yield Plant("项目-23", "没有评分", ("项目#N",), _no_scores)
    yield Plant("项目-24", "漏打一项", (*PROJECT, UNPROVEN), _one_missing)
    yield Plant("项目-25", "总分少加一分", PROJECT, short_total("项目#N.打分", "项目#N", "项目-25"))
    yield Plant("项目-26", "得分超过分值", PROJECT, _above_project_points)
    yield Plant("项目-27", "没有这样的得分", (*PROJECT, "项目#N.清单"), _no_such_score)
    yield Plant(
        "项目-27", "扣分不在幅度内", (*PROJECT, "项目#N.扣分"), _deducted(3, "一笔支出资料不全", "项目-27")
    )
    yield Plant("项目-31", "扣分没有写明情形", (*PROJECT, "项目#N.扣分"), _deducted(2, None, "项目-31"))
    yield Plant("项目-28", "扣分没有写原因", ("项目#N.打分.项目产出·产出质量",), _no_project_reason)
    yield Plant("项目-29", "超支而成本打满分", ("项目#N.实际成本", "项目#N.打分.项目产出·产出成本"), _dearer)


# ---- the funds of a project


def _fund_total(label: str) -> Make:
    path = f"项目#N.资金[合计].{label}"

    def make(ground: Ground) -> Planted:
        ground.add(1, path)
        return Planted({"项目-02": [path]}, typed=(path,))

    return make


def _no_fund_total(ground: Ground) -> Planted | None:
    path = "项目#N.资金[合计].结余"
    if ground.get(path):
        return None
    ground.put(path, None)
    return Planted({"项目-03": [path]}, typed=(path,))


def _fund_balance(ground: Ground) -> Planted:
    source = "项目#N.资金[县市区财政].结余"
    ground.add(2, source, "项目#N.资金[合计].结余")
    return Planted({"项目-04": [source]})


def _grow(ground: Ground, amount: float, *labels: str) -> None:
    ground.add(amount, *(f"项目#N.资金[{row}].{label}" for row in ("县市区财政", "合计") for label in labels))


def _arrived_more(ground: Ground) -> Planted:
    _grow(ground, -0.5, "计划安排")
    return Planted({"项目-05": ["项目#N.资金[合计].实际到位"]})


def _spent_more(ground: Ground) -> Planted:
    _grow(ground, -round(ground.get("项目#N.资金[合计].结余") + 0.5, 2), "计划安排", "实际到位", "结余")
    return Planted({"项目-06": ["项目#N.资金[合计].实际支出"]})


def _funds_in_yuan(ground: Ground) -> Planted:
    _grow(ground, 300_000, "计划安排", "实际到位", "结余")
    return Planted({"项目-38": ["项目#N.资金[合计].计划安排", "项目#N.资金[合计].实际到位"]})


def _detail(ground: Ground) -> Planted:
    path = "项目#N.支出明细[支出合计].实际支出数"
    ground.add(1, "项目#N.支出明细[#1].实际支出数")
    return Planted({"项目-07": [path]}, typed=(path,))


def _less_detail(ground: Ground) -> Planted | None:
    lines = ground.project["支出明细"][:-1]
    number = next((n for n, line in enumerate(lines, 1) if line["实际支出数"] > 1), None)
    if number is None:
        return None
    path = "项目#N.支出明细[支出合计].实际支出数"
    ground.add(-0.5, f"项目#N.支出明细[#{number}].实际支出数", path)
    return Planted({"项目-08": [path]})


# ---- the scores of a project


def _copied(ground: Ground) -> Planted:
    own = f"全年完成了{'、'.join(ground.rng.sample([p + k for p in PLACES for k in KINDS], 12))}，验收合格"
    for number, path in enumerate(("绩效目标.实际完成", "项目#N.实际完成"), 1):
        ground.put(path, f"{ground.get(path)}\n{number}、{own}")
    return Planted({"项目-22": ["项目#N.实际完成"]})


def _no_scores(ground: Ground) -> Planted:
    ground.project["打分"] = []
    return Planted({"项目-23": ["项目#N.项目名称"]})


def _one_missing(ground: Ground) -> Planted:
    path = "项目#N.打分[项目效果·经济效益].自评得分"
    ground.put(path, None)
    unproven = {"格式-14": ["项目#N.打分[总分].自评得分"]} if ground.typed else {}
    return Planted({"项目-24": [path], **unproven})


def _above_project_points(ground: Ground) -> Planted:
    path = "项目#N.打分[项目效果·可持续影响].自评得分"
    ground.put(path, 9)
    ground.put("项目#N.打分[项目效果·经济效益].自评得分", 5)
    ground.put("项目#N.打分[项目效果·经济效益].扣分原因", "效益尚未全部显现")
    close(ground.project, ground.project["打分"])
    return Planted({"项目-26": [path]})


def _no_such_score(ground: Ground) -> Planted:
    row = "项目#N.打分[组织实施·管理制度]"
    ground.put("项目#N.清单[组织实施·管理制度·1].是否符合", None)
    ground.put(f"{row}.自评得分", 4)
    ground.put(f"{row}.扣分原因", "制度不够健全")
    close(ground.project, ground.project["打分"])
    return Planted({"项目-27": [f"{row}.自评得分"], "项目-30": [f"{row}.自评得分"]})


def _deducted(points: int, note: str | None, code: str) -> Make:
    """Points are deducted: outside the range of the standard, or without a word why."""
    item, row = "项目#N.扣分[资金管理·资金使用·{}]", "项目#N.打分[资金管理·资金使用]"

    def make(ground: Ground) -> Planted:
        line = item.format(1 if note else 5)
        ground.put(f"{line}.扣分", points)
        ground.put(f"{line}.扣分说明", note)
        ground.put(f"{row}.自评得分", 7 - points)
        ground.put(f"{row}.扣分原因", "一笔支出资料不全")
        close(ground.project, ground.project["打分"])
        return Planted({code: [f"{line}.扣分" if note else f"{line}.扣分说明"]})

    return make


def _no_project_reason(ground: Ground) -> Planted:
    path = "项目#N.打分[项目产出·产出质量].扣分原因"
    ground.put(path, None)
    return Planted({"项目-28": [path]})


def _dearer(ground: Ground) -> Planted:
    ground.put("项目#N.实际成本", round(ground.get("项目#N.成本目标") * 1.1, 2))
    return Planted({"项目-29": ["项目#N.打分[项目产出·产出成本].自评得分"]})
