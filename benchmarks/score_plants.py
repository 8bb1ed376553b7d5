"""Mistakes planted in the department's scores and in the figures they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from made_up import close
from planting import Ground, Plant, Planted

DEPARTMENT = ("自评打分", "绩效目标.绩效自评综合得分", "绩效目标.评价等次")
STAFF = (
    "基本情况.人员编制",
    "基本情况.实有人数",
    "评分依据.编制数",
    "评分依据.在职人员数",
    "综述.部门基本情况",
)
Make = Callable[[Ground], Planted | None]


def score_plants() -> Iterator[Plant]:
    """All of them."""
    yield from _department()
    yield from _data()


def _department() -> Iterator[Plant]:
    rate = "自评打分.预算管理·公务卡刷卡率"
    yield Plant("绩效目标-07", "综合得分与评分表不同", DEPARTMENT[1:], declared("绩效目标", "绩效目标-07"))
    yield Plant("绩效目标-08", "等次与总分不符", DEPARTMENT[2:], wrong_grade("绩效目标", "绩效目标-08"))
    yield Plant("填写-02", "等次不在可选范围", DEPARTMENT[2:], _no_such_grade)
    yield Plant("自评打分-01", "总分少加一分", DEPARTMENT, short_total("自评打分", "绩效目标", "自评打分-01"))
    yield Plant("自评打分-02", "得分比分值多", DEPARTMENT, _above_points)
    yield Plant("自评打分-03", "没有这样的一档", (*DEPARTMENT, "评分依据.预算调整数"), _no_such_step)
    yield Plant("自评打分-04", "扣分没有写原因", DEPARTMENT[:1], _no_reason)
    yield Plant(
        "自评打分-05", "有一条不符合", ("自评打分.预算管理·管理制度健全性", "评分依据.清单"), _broken_rule
    )
    yield Plant("自评打分-05", "发生一例", ("自评打分.资产管理·资产管理安全性", "评分依据.违规"), _one_case)
    yield Plant(
        "自评打分-05",
        "刷卡率不到",
        (rate, "评分依据.公务卡刷卡支出", "评分依据.应使用公务卡结算支出"),
        _few_cards,
    )
    yield Plant(
        "自评打分-06",
        "没有采购数据",
        ("自评打分.预算管理·政府采购执行率", "评分依据.实际政府采购金额"),
        _no_purchases,
    )


def _data() -> Iterator[Plant]:
    yield Plant("基本情况-01", "实有人数多于编制", STAFF, _over_staffed)
    yield Plant("基本情况-02", "文字里是另一个人数", STAFF, _other_staff)
    yield Plant("评分依据-01", "编制数多写", (*STAFF, "自评打分.预算配置·财政供养人员控制率"), _more_posts)
    yield Plant(
        "评分依据-02", "在职人员数少写", (*STAFF, "自评打分.预算配置·财政供养人员控制率"), _fewer_staff
    )
    yield Plant(
        "评分依据-03", "上年预算数没有填", ("自评打分", "评分依据.上年三公经费预算数", "三公经费"), _no_budget
    )
    yield Plant(
        "评分依据-04",
        "决算数与三公经费表不同",
        ("自评打分", "评分依据.本年三公经费决算数", "三公经费"),
        _other_outturn,
    )
    yield Plant(
        "评分依据-05",
        "重点多于总支出",
        ("自评打分", "评分依据.重点项目支出", "评分依据.项目总支出"),
        _key_projects,
    )
    yield Plant(
        "评分依据-06",
        "满意的多于调查的",
        ("自评打分", "评分依据.满意人数", "评分依据.有效调查人数"),
        _satisfied,
    )
    yield Plant(
        "评分依据-07",
        "刷卡多于应刷",
        ("自评打分", "评分依据.公务卡刷卡支出", "评分依据.应使用公务卡结算支出"),
        _cards,
    )
    yield Plant(
        "评分依据-08",
        "个数相互矛盾",
        ("自评打分", "评分依据.两个时点均未达标专项数", "评分依据.春节前未达标专项数"),
        _late,
    )


# ---- scores of the department


def declared(form: str, code: str) -> Make:
    path = f"{form}.绩效自评综合得分"

    def make(ground: Ground) -> Planted:
        ground.add(-0.5, path)
        return Planted({code: [path]})

    return make


def wrong_grade(form: str, code: str) -> Make:
    path = f"{form}.评价等次"

    def make(ground: Ground) -> Planted:
        ground.put(path, ground.rng.choice([g for g in "优良中差" if g != ground.get(path)]))
        return Planted({code: [path]})

    return make


def _no_such_grade(ground: Ground) -> Planted:
    ground.put("绩效目标.评价等次", "优秀")
    return Planted({"填写-02": ["绩效目标.评价等次"]})


def short_total(table: str, form: str, code: str) -> Make:
    """The total is a point short, and the declared score follows it."""
    path = f"{table}[总分].自评得分"

    def make(ground: Ground) -> Planted:
        ground.add(-1, path, f"{form}.绩效自评综合得分")
        return Planted({code: [path]}, typed=(path,))

    return make


def _above_points(ground: Ground) -> Planted | None:
    if ground.get("自评打分[总分].自评得分") > 99:
        return None
    path = "自评打分[职责履行·其他工作实绩指标完成情况].自评得分"
    ground.put(path, 5)
    close(ground.data["绩效目标"], ground.data["自评打分"])
    return Planted({"自评打分-02": [path]})


def _no_such_step(ground: Ground) -> Planted:
    row = "自评打分[预算执行·预算调整率]"
    ground.put("评分依据.预算调整数", None)
    ground.put(f"{row}.自评得分", 2.5)
    ground.put(f"{row}.扣分原因", "年中追加")
    close(ground.data["绩效目标"], ground.data["自评打分"])
    return Planted({"自评打分-03": [f"{row}.自评得分"], "自评打分-06": [f"{row}.自评得分"]})


def _no_reason(ground: Ground) -> Planted | None:
    row = next((r for r in ground.data["自评打分"] if r.get("扣分原因")), None)
    if row is None:
        return None
    row["扣分原因"] = None
    return Planted({"自评打分-04": [f"自评打分[{row['二级指标']}·{row['三级指标']}].扣分原因"]})


def _broken_rule(ground: Ground) -> Planted:
    ground.put("评分依据.清单[预算管理·管理制度健全性·3].是否符合", "否")
    return Planted({"自评打分-05": ["自评打分[预算管理·管理制度健全性].自评得分"]})


def _one_case(ground: Ground) -> Planted:
    ground.put("评分依据.违规[资产管理·资产管理安全性·2].发生例数", 1)
    return Planted({"自评打分-05": ["自评打分[资产管理·资产管理安全性].自评得分"]})


def _few_cards(ground: Ground) -> Planted:
    """No card was used at all: no points, where at least a rate of 35% had some."""
    ground.put("评分依据.公务卡刷卡支出", 0)
    return Planted({"自评打分-05": ["自评打分[预算管理·公务卡刷卡率].自评得分"]})


def _no_purchases(ground: Ground) -> Planted | None:
    path = "自评打分[预算管理·政府采购执行率].自评得分"
    if not ground.get(path):
        return None
    ground.put("评分依据.实际政府采购金额", None)
    return Planted({"自评打分-06": [path]})


# ---- the department's data


def _over_staffed(ground: Ground) -> Planted:
    ground.put("基本情况.人员编制", ground.get("基本情况.实有人数") - 1)
    return Planted({"基本情况-01": ["基本情况.实有人数"], "评分依据-01": ["评分依据.编制数"]})


def _other_staff(ground: Ground) -> Planted:
    ground.put(
        "综述.部门基本情况", f"本局现有在职干部职工{ground.get('基本情况.实有人数') + 3}人，退休12人。"
    )
    return Planted({"基本情况-02": ["基本情况.实有人数"]})


def _more_posts(ground: Ground) -> Planted:
    ground.add(2, "评分依据.编制数")
    return Planted({"评分依据-01": ["评分依据.编制数"]})


def _fewer_staff(ground: Ground) -> Planted:
    ground.add(-1, "评分依据.在职人员数")
    return Planted({"评分依据-02": ["评分依据.在职人员数"]})


def _no_budget(ground: Ground) -> Planted:
    ground.put("评分依据.上年三公经费预算数", None)
    score = "自评打分[预算配置·“三公经费”变动率].自评得分"
    unproven = {"自评打分-06": [score]} if ground.get(score) else {}
    return Planted({"评分依据-03": ["评分依据.上年三公经费预算数"], **unproven})


def _other_outturn(ground: Ground) -> Planted:
    path = "评分依据.本年三公经费决算数"
    ground.add(-0.01, path)
    return Planted({"评分依据-04": [path]}, typed=(path,))


def _past_its_whole(part: str, whole: str, score: str, full: int, code: str) -> Make:
    """A part larger than its whole, where the score is full already: no other finding follows."""

    def make(ground: Ground) -> Planted | None:
        if ground.get(f"自评打分[{score}].自评得分") != full:
            return None
        ground.put(f"评分依据.{part}", ground.get(f"评分依据.{whole}") + 1)
        return Planted({code: [f"评分依据.{part}"]})

    return make


_key_projects = _past_its_whole("重点项目支出", "项目总支出", "预算配置·重点支出安排率", 5, "评分依据-05")
_satisfied = _past_its_whole(
    "满意人数", "有效调查人数", "履职效益·社会公众或服务对象满意度", 5, "评分依据-06"
)
_cards = _past_its_whole("公务卡刷卡支出", "应使用公务卡结算支出", "预算管理·公务卡刷卡率", 3, "评分依据-07")


def _late(ground: Ground) -> Planted | None:
    early, june, both = (f"评分依据.{w}未达标专项数" for w in ("春节前", "六月底前", "两个时点均"))
    june = "评分依据.六月底前未下达完专项数"
    if ground.get(both) != ground.get(june) or ground.get(early) < ground.get(june):
        return None
    ground.add(1, early, both)  # the number of late funds, and with it the score, stays
    return Planted({"评分依据-08": [both]})
