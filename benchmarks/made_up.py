"""Made-up filings with consistent figures, and single mistakes planted in them.

The figures are drawn at random and everything that follows from them (sums, balances, scores) is
worked out here with integers and fractions, independently of the tool: these filings are the
truth that tests and benchmarks hold the tool against. Texts come from the pack's clean filing.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

SOURCES = ("中央财政", "省财政", "市财政", "县市区财政", "其它")
INCOME = ("上年结转", "公共财政拨款", "政府基金拨款", "纳入专户管理的非税收入拨款", "其他收入")
THREE = ("公务接待费", "公务用车运维费", "公务用车购置费", "因公出国费")
ASSETS = ("在用固定资产", "出租固定资产", "其他")
CALCULATED = {
    "收入": ("收入合计",),
    "支出": ("支出合计", "基本支出"),
    "三公经费": ("三公经费合计",),
    "固定资产": ("固定资产合计",),
}
"""What the template calculates in the row of every unit; of the total row it calculates all."""
FIGURES = ("计划安排", "实际到位", "实际支出", "结余", "实际支出数", "自评得分")
"""What the template calculates in the other total rows."""
KINDS = ("养护", "普查", "改造", "巡查", "培训", "监测", "更新", "整治")
PLACES = ("河道", "林区", "集镇", "库区", "学校", "市场", "道路", "档案")


def wan(hundredths: int) -> float:
    """Hundredths of 万元 as the number a clerk types."""
    return hundredths / 100


def filing(
    seed: int, base: Mapping[str, Any], formulas: bool = False, projects: int | None = None
) -> dict[str, Any]:
    """A complete filing without any mistake.

    Args:
        seed: Equal seeds give equal filings.
        base: The clean filing of the pack, for its texts.
        formulas: Whether totals are left to the template's formulas; else they are typed over them,
            as in returns that were pasted from an older form.
        projects: How many projects; one to three where it is None.
    """
    rng = random.Random(seed)
    data: dict[str, Any] = copy.deepcopy(dict(base))
    department = f"某县第{seed}局"
    units = ["1、局机关", *(f"{n}、二级机构{n - 1}" for n in range(2, 2 + rng.randint(0, 5)))]
    made = _projects(rng, department, units, base["项目"], projects)
    data["基本情况"] |= {"部门名称": department, "部门编码": f"{300000 + seed % 600000:06d}"}
    data["项目"] = [project for project, _, _ in made]
    _money(rng, data, units, made)
    _evidence(rng, data, units)
    own_scores(data)
    if formulas:
        leave_to_formulas(data)
    return data


def leave_to_formulas(data: dict[str, Any], typed: Collection[str] = ()) -> None:
    """Take out every figure that the template calculates.

    Args:
        data: A filing with all its totals.
        typed: The paths of those that stay, typed over their formulas.
    """

    def left(line: dict[str, Any], at: str, labels: Collection[str]) -> dict[str, Any]:
        return {k: v for k, v in line.items() if k not in labels or f"{at}.{k}" in typed}

    for name, labels in CALCULATED.items():
        total, *units = data[name]
        every = [label for label in total if label != "机构名称"]
        data[name] = [left(total, f"{name}[汇总]", every)]
        data[name] += [left(unit, f"{name}[{unit['机构名称']}]", labels) for unit in units]
    for number, project in enumerate(data["项目"], 1):
        for block, key in (("资金", "合计"), ("支出明细", "支出合计"), ("打分", "总分")):
            project[block] = [
                left(row, f"项目#{number}.{block}[{key}]", FIGURES) if key in row.values() else row
                for row in project[block]
            ]
    data["自评打分"] = [
        left(row, "自评打分[总分]", FIGURES) if row.get("行") == "总分" else row for row in data["自评打分"]
    ]
    data["评分依据"] = left(data["评分依据"], "评分依据", ["本年三公经费决算数"])


def _projects(
    rng: random.Random, department: str, units: list[str], texts: list[dict[str, Any]], count: int | None
) -> list[tuple[dict[str, Any], str, int]]:
    """Projects with the unit that runs each and its spending in hundredths of 万元."""
    made = []
    names = rng.sample([p + k for p in PLACES for k in KINDS], count or rng.randint(1, 3))
    for number, name in enumerate(names):
        unit = units[0] if number == 0 else rng.choice(units)
        project = copy.deepcopy(texts[0])
        spent = [rng.randint(0, 500_00) if rng.random() < 0.5 else 0 for _ in SOURCES]
        spent[3] += rng.randint(1_00, 90_00)
        left = [0, 0, 0, rng.choice((0, 0, rng.randint(1, 5_00))), 0]
        project["项目名称"] = name
        project["项目单位"] = department if unit == units[0] else unit
        project["主管部门"] = department
        project["预期目标"] = f"完成{name}的全部任务，成果合格，资金按计划使用。"
        project["实际完成"] = f"{name}的任务已全部完成并通过验收，资金按计划使用。"
        project["资金"] = _funds(spent, left)
        project["支出明细"] = _spending(rng, name, sum(spent))
        project["成本目标"] = project["实际成本"] = wan(sum(spent))
        _set_score(project["打分"], "产出质量", Fraction(4) * 98 / 100, 4)
        close(project, project["打分"])
        made.append((project, unit, sum(spent)))
    return made


def _funds(spent: list[int], left: list[int]) -> list[dict[str, Any]]:
    rows = [
        {
            "资金来源": source,
            "计划安排": wan(s + r),
            "实际到位": wan(s + r),
            "实际支出": wan(s),
            "结余": wan(r),
        }
        for source, s, r in zip(SOURCES, spent, left, strict=True)
    ]
    paid, rest = sum(spent), sum(left)
    total = {
        "计划安排": wan(paid + rest),
        "实际到位": wan(paid + rest),
        "实际支出": wan(paid),
        "结余": wan(rest),
    }
    return [{"资金来源": "合计", **total}, *rows]


def _spending(rng: random.Random, name: str, spent: int) -> list[dict[str, Any]]:
    cuts = sorted(rng.sample(range(1, max(spent, 5)), min(rng.randint(0, 3), spent - 1)))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, spent], strict=True)]
    lines: list[dict[str, Any]] = [
        {
            "支出内容": f"{name}第{n}期",
            "实际支出数": wan(part),
            "会计凭证号": f"2023年{n + 2}月记字{rng.randint(1, 99)}号",
        }
        for n, part in enumerate(parts, 1)
    ]
    return [*lines, {"支出内容": "支出合计", "实际支出数": wan(spent)}]


def _money(
    rng: random.Random,
    data: dict[str, Any],
    units: list[str],
    projects: list[tuple[dict[str, Any], str, int]],
) -> None:
    """The four tables of money: rows of units, then the 汇总 row as their sums."""
    income, spending, three, assets = [], [], [], []
    for unit in units:
        on_projects = sum(spent for _, runner, spent in projects if runner == unit)
        staff, office = rng.randint(50_00, 3000_00), rng.randint(20_00, 800_00)
        paid = staff + office + on_projects
        balance = rng.choice((0, 0, rng.randint(1, 20_00)))
        carried = rng.choice((0, balance, balance + rng.randint(0, 30_00)))
        carried = min(carried, paid + balance)
        rest = paid + balance - carried
        extra = [rng.randint(0, rest // 8) if rng.random() < 0.4 else 0 for _ in range(3)]
        parts = (carried, rest - sum(extra), *extra)
        income.append([paid + balance, *parts])
        spending.append([paid, staff + office, staff, office, on_projects, balance, balance])
        vehicles = rng.randint(0, office // 40)
        three.append([vehicles + office // 50, office // 50, vehicles, 0, 0])
        held, let = rng.randint(100_00, 9000_00), rng.choice((0, rng.randint(0, 90_00)))
        let = min(let, held // 4)  # mostly in use: much less would have to be explained
        assets.append([held + let, held, let, 0])
    for name, labels, rows in (
        ("收入", ("收入合计", *INCOME), income),
        (
            "支出",
            ("支出合计", "基本支出", "人员支出", "公用支出", "项目支出", "当年结余", "累计结余"),
            spending,
        ),
        ("三公经费", ("三公经费合计", *THREE), three),
        ("固定资产", ("固定资产合计", *ASSETS), assets),
    ):
        total = [sum(column) for column in zip(*rows, strict=True)]
        data[name] = [
            {"机构名称": unit} | {label: wan(v) for label, v in zip(labels, row, strict=True)}
            for unit, row in zip(["汇总", *units], [total, *rows], strict=True)
        ]


def _evidence(rng: random.Random, data: dict[str, Any], units: list[str]) -> None:
    """The figures that the rates need."""
    posts = rng.randint(20, 200)
    staff = posts - rng.randint(0, 5)
    data["基本情况"] |= {"人员编制": posts, "实有人数": staff}
    data["综述"]["部门基本情况"] = f"局机关内设4个股室，核定编制{posts}名，在职{staff}人，退休12人。"
    three = round(data["三公经费"][0]["三公经费合计"] * 100)
    budget = max(1, three + rng.randint(-three // 40, three // 5))
    asked = rng.randint(100, 500)
    bought = rng.randint(10_00, 900_00)
    due = rng.randint(10_00, 300_00)
    early, late = rng.randint(0, 2), rng.randint(0, 2)
    initial, all_projects = rng.randint(300_00, 9000_00), rng.randint(100_00, 900_00)
    data["评分依据"] |= {
        "编制数": posts,
        "在职人员数": staff,
        "二级机构数": len(units) - 1,
        "本年三公经费决算数": wan(three),
        "上年三公经费决算数": wan(max(1, three + rng.randint(-three // 20, three // 10))),
        "本年三公经费预算数": wan(budget),
        "上年三公经费预算数": wan(max(1, budget + rng.randint(-budget // 20, budget // 10))),
        "重点项目支出": wan(all_projects * rng.randint(55, 100) // 100),
        "项目总支出": wan(all_projects),
        "年初预算数": wan(initial),
        "预算调整数": wan(initial * rng.choice((0, 5, 10, 15, 25, 35)) // 100),
        "春节前未达标专项数": early,
        "六月底前未下达完专项数": late,
        "两个时点均未达标专项数": rng.randint(0, min(early, late)),
        "政府采购预算数": wan(bought),
        "实际政府采购金额": wan(bought - rng.choice((0, bought // 30))),
        "公务卡刷卡支出": wan(due * rng.randint(35, 95) // 100),
        "应使用公务卡结算支出": wan(due),
        "有效调查人数": asked,
        "满意人数": asked * rng.randint(70, 100) // 100,
    }


def own_scores(data: dict[str, Any]) -> None:
    """The department's own scores, worked out from its figures as the score sheet's words say."""
    e = {k: Fraction(str(v)) for k, v in data["评分依据"].items() if isinstance(v, int | float)}
    rent, used = data["固定资产"][0]["固定资产合计"], data["固定资产"][0]["在用固定资产"]
    balance = data["支出"][0]["累计结余"]
    carried = data["收入"][0]["上年结转"]
    adjust = abs(e["预算调整数"]) / e["年初预算数"] * 100
    missed = e["春节前未达标专项数"] + e["六月底前未下达完专项数"] - e["两个时点均未达标专项数"]
    worked_out: dict[str, tuple[Fraction, int]] = {
        "财政供养人员控制率": (_past(e["在职人员数"] / e["编制数"] * 100, 100, "0.5", 5), 5),
        "“三公经费”变动率": (
            _past((e["本年三公经费预算数"] / e["上年三公经费预算数"] - 1) * 100, 0, "0.5", 5), 5
        ),
        "重点支出安排率": (
            _band(e["重点项目支出"] / e["项目总支出"] * 100, {90: 5, 80: 4, 70: 3, 60: 2}), 5
        ),
        "预算调整率": (
            Fraction(str(3 if adjust == 0 else 2 if adjust <= 10 else 1 if adjust <= 20 else 0.5 if adjust <= 30 else 0)),
            3,
        ),
        "支付进度": (max(Fraction(0), 3 - missed / 2), 3),
        "资金结余": (Fraction(3 if balance == 0 else 2 if balance <= carried else 0), 3),
        "“三公经费”控制率": (_past(e["本年三公经费决算数"] / e["本年三公经费预算数"] * 100, 100, "1", 6), 6),
        "政府采购执行率": (_past(-e["实际政府采购金额"] / e["政府采购预算数"] * 100, -100, "0.2", 3), 3),
        "公务卡刷卡率": (_past(-e["公务卡刷卡支出"] / e["应使用公务卡结算支出"] * 100, -50, "0.2", 3), 3),
        "固定资产利用率": (_past(-Fraction(str(used)) / Fraction(str(rent)) * 100, -100, "0.1", 3), 3),
        "社会公众或服务对象满意度": (
            _band(e["满意人数"] / e["有效调查人数"] * 100, {95: 5, 85: 3, 75: 1}), 5
        ),
    }  # fmt: skip
    for title, (score, points) in worked_out.items():
        _set_score(data["自评打分"], title, score, points)
    close(data["绩效目标"], data["自评打分"])


def _past(rate: Fraction, limit: int, deduct: str, points: int) -> Fraction:
    """Points less `deduct` for every whole percentage point past the limit."""
    return max(Fraction(0), points - Fraction(deduct) * max(0, floor(rate - limit)))


def _band(rate: Fraction, points: Mapping[int, int]) -> Fraction:
    return Fraction(next((score for least, score in points.items() if rate >= least), 0))


def _set_score(rows: list[dict[str, Any]], title: str, score: Fraction, points: int) -> None:
    row = next(r for r in rows if r.get("三级指标") == title)
    row["自评得分"] = float(score)
    row.pop("扣分原因", None)
    if score < points:
        row["扣分原因"] = "按所填数据计算"


def close(form: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """The total row, the declared total and the grade."""
    total = sum(Fraction(str(r["自评得分"])) for r in rows if r.get("行") != "总分")
    next(r for r in rows if r.get("行") == "总分")["自评得分"] = float(total)
    form["绩效自评综合得分"] = float(total)
    form["评价等次"] = "优" if total >= 90 else "良" if total >= 80 else "中" if total >= 60 else "差"


@dataclass(frozen=True)
class Plant:
    """A way of making one mistake.

    Attributes:
        make: Changes the filing and says what must be found: code -> paths of the cells.
    """

    name: str
    make: Callable[[dict[str, Any], random.Random], dict[str, list[str]]]


def plant(number: int, data: dict[str, Any], seed: int) -> dict[str, list[str]]:
    """Plant mistake `number` (of PLANTS, counted round) in the filing; what must be found."""
    return PLANTS[number % len(PLANTS)].make(data, random.Random(seed))


def _some_unit(rows: list[dict[str, Any]], rng: random.Random) -> dict[str, Any]:
    return rng.choice(rows[1:])


def _total_score(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["绩效目标"]["绩效自评综合得分"] -= 0.5
    return {"绩效目标-07": ["绩效目标.绩效自评综合得分"]}


def _grade(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    wrong = [g for g in "优良中差" if g != data["绩效目标"]["评价等次"]]
    data["绩效目标"]["评价等次"] = rng.choice(wrong)
    return {"绩效目标-08": ["绩效目标.评价等次"]}


def _grade_not_in_list(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["绩效目标"]["评价等次"] = "优秀"
    return {"填写-02": ["绩效目标.评价等次"]}


def _unit_in_number(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    row = _some_unit(data["收入"], rng)
    row["其他收入"] = f"{row['其他收入']}万元"
    return {"格式-02": [f"收入[{row['机构名称']}].其他收入"]}


def _text_number(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    row = _some_unit(data["固定资产"], rng)
    row["出租固定资产"] = f"{row['出租固定资产']:,.2f}".translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )
    return {"格式-03": [f"固定资产[{row['机构名称']}].出租固定资产"]}


def _not_a_number(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    row = _some_unit(data["三公经费"], rng)
    row["因公出国费"] = "无法确定"
    return {
        "格式-01": [f"三公经费[{row['机构名称']}].因公出国费"],
        "格式-14": ["三公经费[汇总].因公出国费"],  # its sum is typed, and cannot be told any more
    }


def _row_and_column(
    sheet: str, label: str, codes: tuple[str, str], total: str
) -> Callable[..., dict[str, list[str]]]:
    """A wrong part in a unit's row: the row no longer adds up, nor does the column."""

    def make(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
        row = _some_unit(data[sheet], rng)
        row[label] = round(row[label] + rng.randint(5, 900), 2)
        return {codes[0]: [f"{sheet}[{row['机构名称']}].{total}"], codes[1]: [f"{sheet}[汇总].{label}"]}

    return make


def _missing_name(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["项目"][0]["项目起止时间"] = None
    return {"填写-01": ["项目#1.项目起止时间"]}


def _voucher(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["项目"][0]["支出明细"][0]["会计凭证号"] = "1-12月各月都有"
    return {"项目-11": ["项目#1.支出明细[#1].会计凭证号"]}


def _stale_year(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["项目"][0]["支出明细"][0]["会计凭证号"] = "2020年3月记字15号"
    return {"项目-10": ["项目#1.支出明细[#1].会计凭证号"]}


def _no_reason(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    row = next(r for r in data["项目"][0]["打分"] if r.get("三级指标") == "产出质量")
    row["扣分原因"] = None
    return {"项目-28": ["项目#1.打分[项目产出·产出质量].扣分原因"]}


def _unproven(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["评分依据"]["应使用公务卡结算支出"] = None
    return {"自评打分-06": ["自评打分[预算管理·公务卡刷卡率].自评得分"]}


def _placeholder(data: dict[str, Any], rng: random.Random) -> dict[str, list[str]]:
    data["项目"][0]["绩效指标"][0]["指标内容"] = "指标1："
    return {"项目-15": ["项目#1.绩效指标[#1].指标内容"]}


PLANTS = (
    Plant("综合得分与评分表不一致", _total_score),
    Plant("等次与总分不符", _grade),
    Plant("等次不在可选范围", _grade_not_in_list),
    Plant("金额带单位", _unit_in_number),
    Plant("金额是全角文本", _text_number),
    Plant("金额不是数字", _not_a_number),
    Plant("收入分项写错", _row_and_column("收入", "政府基金拨款", ("收入-02", "收入-01"), "收入合计")),
    Plant("必填项空着", _missing_name),
    Plant("凭证号写成期间", _voucher),
    Plant("凭证号是往年的", _stale_year),
    Plant("扣分没有原因", _no_reason),
    Plant("得分没有数据", _unproven),
    Plant("样表文字没有删", _placeholder),
)
