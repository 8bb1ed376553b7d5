"""Clean filings of both packs, drawn at random; what follows from the figures is worked out here."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import made_up

HUNDRED = Fraction(100)
GROUPS = {
    "产出指标": (50, ("数量指标", "质量指标", "时效指标", "成本指标")),
    "效益指标": (30, ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标")),
    "满意度指标": (10, ("服务对象满意度指标",)),
}
LEVELS = {"达成预期指标": (80, 100), "部分达成预期指标并具有一定效果": (60, 79)}
SOURCES = ("当年财政拨款", "上年结转资金", "其他资金")
TITLES = ("道路养护", "河道清淤", "路灯更新", "绿地补植", "管网巡查", "垃圾清运")

Line = dict[str, Any]


def clean(pack: str, seed: int, base: Mapping[str, Any], formulas: bool) -> dict[str, Any]:
    """A filing without any mistake; equal seeds give equal ones.

    Args:
        pack: The pack's name.
        seed: Equal seeds give equal filings.
        base: The pack's own clean filing, for its texts.
        formulas: Whether totals are left to the template's formulas.
    """
    return MADE_BY[pack](seed, base, formulas)


def _national(seed: int, base: Mapping[str, Any], formulas: bool) -> dict[str, Any]:
    rng = random.Random(f"national/{seed}")
    data = copy.deepcopy(dict(base))
    names = rng.sample(TITLES, rng.randint(1, 3))
    projects = [_project(rng, name, base["项目"][0], formulas) for name in names]
    data["项目"] = [project for project, _ in projects]
    data["基本情况"] |= {
        "填报单位": f"某县第{seed}中心",
        "单位编码": f"{400000 + seed % 500000:06d}",
        "项目个数": len(names),
        "项目支出决算数": made_up.wan(sum(spent for _, spent in projects)),
    }
    return data


def _project(rng: random.Random, name: str, base: Line, formulas: bool) -> tuple[Line, int]:
    """A project and what it spent, in hundredths of the unit."""
    budgets = [rng.randint(20_00, 900_00), *(rng.choice((0, rng.randint(1_00, 90_00))) for _ in range(2))]
    spent = [budget - rng.randint(0, budget // 12) for budget in budgets]
    paid, planned = sum(spent), sum(budgets)
    rows: list[Line] = [
        {"行": key, "年初预算数": made_up.wan(b), "全年预算数": made_up.wan(b), "全年执行数": made_up.wan(s)}
        for key, b, s in zip(SOURCES, budgets, spent, strict=True)
    ]
    score = _rounded(min(Fraction(paid, planned), Fraction(1)) * 10)
    total: Line = {"行": "年度资金总额", "得分": float(score)}
    lines = [line for group in GROUPS for line in _indicators(rng, name, group)]
    if not formulas:
        total |= {label: made_up.wan(sum(budgets)) for label in ("年初预算数", "全年预算数")}
        total |= {"全年执行数": made_up.wan(paid)}
        for row, b, s in zip([total, *rows], [planned, *budgets], [paid, *spent], strict=True):
            if b:
                row["执行率"] = float(_rounded(Fraction(s, b) * 100)) / 100
    project = base | {
        "项目名称": f"{name}工程",
        "资金": [total, *rows],
        "预期目标": f"完成{name}的全部任务，验收合格。",
        "实际完成情况": f"{name}的任务已完成，资金按计划使用。",
        "绩效指标": lines,
    }
    sums = _sums(lines, score)
    if not formulas:
        project["汇总"] = [{"行": key, "分值": p, "得分": float(s)} for key, (p, s) in sums.items()]
    points = sums["总分"][1]
    project["自评等级"] = next(
        g for g, least in (("优", 90), ("良", 80), ("中", 60), ("差", 0)) if points >= least
    )
    return project, paid


def _sums(lines: list[Line], executed: Fraction) -> dict[str, tuple[int, Fraction]]:
    """Points and score of each group, and of all."""
    sums = {"预算执行": (10, executed)}
    for group, (worth, kinds) in GROUPS.items():
        mine = [Fraction(str(line["得分"])) for line in lines if line["二级指标"] in kinds]
        sums[group] = (worth, sum(mine, Fraction(0)))
    points = sum(one for one, _ in sums.values())
    return sums | {"总分": (points, sum((score for _, score in sums.values()), Fraction(0)))}


def _indicators(rng: random.Random, name: str, group: str) -> list[Line]:
    points, kinds = GROUPS[group]
    some = list(kinds) if len(kinds) > 1 else [kinds[0]] * 2
    shares = [points // len(some)] * len(some)
    shares[0] += points - sum(shares)
    return [
        _indicator(rng, f"{name}{kind[:-2]}{n}", kind, share)
        for n, (kind, share) in enumerate(zip(some, shares, strict=True), 1)
    ]


def _indicator(rng: random.Random, title: str, kind: str, points: int) -> Line:
    line: Line = {"二级指标": kind, "三级指标": title, "分值": points}
    nature = "≤" if kind == "成本指标" else rng.choice(("≥", "≥", "≤", "定性", "="))
    line["指标性质"] = nature
    if nature == "定性":
        level = rng.choice(list(LEVELS))
        least, most = LEVELS[level]
        share = Fraction(rng.randint(least, most), 100)
        line |= {"定性目标": "较上年明显改善", "完成程度": level}
    else:
        wanted = rng.randint(40, 80)
        short = rng.choice((0, 0, rng.randint(1, 9)))
        reached = wanted if nature == "=" else wanted - short if nature == "≥" else wanted + short
        line |= {"年度指标值": wanted, "度量单位": "个", "实际完成值": reached}
        share = Fraction(min(wanted, reached), max(wanted, reached))
    score = _rounded(points * share)
    line["得分"] = float(score)
    if score < points:
        line["偏差原因"] = "工期受雨季影响，已调整安排"
    return line


def _rounded(figure: Fraction) -> Fraction:
    """To two decimals, half up."""
    return Fraction(int(figure * HUNDRED + Fraction(1, 2)), 100)


MADE_BY: dict[str, Callable[[int, Mapping[str, Any], bool], dict[str, Any]]] = {
    "hunan-yueyang/2023": made_up.filing,
    "national/2020-project": _national,
}
"""Who makes the filings of a pack."""
