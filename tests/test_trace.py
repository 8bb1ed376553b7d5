"""`explain` with a file: every value with its cell, every step, for each kind of rule."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from workbook_tool.model import Assessment, Pack
from workbook_tool.outputs import trace
from workbook_tool.run import assess_files

FILE = Path(__file__).resolve().parent.parent / "examples" / "linxiang-2023" / "填报.xlsx"
CELL = re.compile(r"[一-龥\d]+![A-Z]+\d+")

Explain = Callable[[str], str]


@pytest.fixture(scope="module")
def assessment(pack: Pack) -> Assessment:
    return assess_files([FILE], pack)


@pytest.fixture
def explain(pack: Pack, assessment: Assessment) -> Explain:
    """What is printed for a code, without the breaks of lines."""

    def of(code: str) -> str:
        screen = Console(file=io.StringIO(), width=400)
        screen.print(trace.page(code, FILE, assessment, pack))
        assert isinstance(screen.file, io.StringIO)
        return re.sub(r" +", " ", screen.file.getvalue())

    return of


def test_every_rule_shows_the_cells_it_looked_at(pack: Pack, explain: Explain) -> None:
    for rule in pack.rules:
        told = explain(rule.code)
        assert CELL.search(told) or "没有要按这一条核对的格子" in told, rule.code


def test_every_criterion_shows_its_cell_and_how_it_was_scored(pack: Pack, explain: Explain) -> None:
    for rubric in pack.rubrics:
        for criterion in rubric.criteria:
            told = explain(criterion.id)
            assert CELL.search(told) and "怎样得分的" in told, criterion.id


def test_every_finding_of_a_rule_is_repeated(pack: Pack, assessment: Assessment, explain: Explain) -> None:
    findings = assessment.findings
    for rule in pack.rules:
        mine = findings[findings["code"] == rule.code]
        if 0 < len(mine) <= trace.MOST_RECORDS:
            told = explain(rule.code)
            assert [m for m in mine["message"] if re.sub(r"\s+", " ", m) not in told] == [], rule.code


TOLD = {
    "a total": ("收入-01", ["汇总·公共财政拨款 收入!E6 2437.73", "2、工伤保险·公共财政拨款 收入!E8 140.9", "本表各行公共财政拨款之和　→　2422.9 万元", "填的是 2437.73，应为 2422.9，相差 14.83", "意见：汇总行的“公共财政拨款”填的是2437.73"]),
    "a total that is right": ("收入-02", ["核对了 5 处：符合 5 处", "（没有填，按 0 算）", "填的是 2893.08，应为 2893.08，相符"]),
    "an unknown": ("支出-04", ["汇总·当年结余：无法判断", "汇总·当年结余 支出!H6 （没有填）", "没有同名的一行"]),
    "a comparison": ("项目-05", ["合计·实际到位 项目1!F14 45", "实际到位 ≤ 计划安排　→　成立"]),
    "a function": ("项目-22", ["预期目标 项目2!D35 全力服务", "绩效目标·预期目标 绩效目标!C4 全力服务", "由模板包里的函数“copied_texts”核对"]),
    "a figure that is scored": ("asset_use_rate", ["固定资产利用率：自评 3，复核 3，一致", "固定资产·汇总·在用固定资产 固定资产!D6 613.2", "× 100　→　100", "特殊情形“没有固定资产，本指标不适用，计满分”", "不低于100%，得3分"]),
    "a figure that is not there": ("budget_adjust_rate", ["复核 —，无依据", "评分依据·预算调整数 评分依据!E11 （没有填）"]),
    "answers": ("fund_compliance", ["评分依据·违规·预算管理·资金使用合规性·1·发生例数 评分依据!F35"]),
    "scores within their points": ("自评打分-02", ["自评打分!G16 公务卡刷卡率 3 1 — 无依据 0 至 3"]),
    "scores that can be reached": ("自评打分-03", ["自评打分!G16 公务卡刷卡率 3 1 — 无依据 能"]),
    "scores with a reason": ("自评打分-04", ["自评打分!H18", "自评打分!G16 公务卡刷卡率 3 1 — 无依据 公务员刷卡率不够"]),
    "scores computed again": ("自评打分-05", ["自评打分!G19 固定资产利用率 3 3 3 一致 在用固定资产613.2万元"]),
    "a grade": ("绩效目标-08", ["90 分（含）以上为优", "各指标自评得分之和　→　97 分", "绩效目标·评价等次 绩效目标!E36"]),
    "a general check": ("格式-02", ["项目1!F23 “实际支出数”填的是“50万元”"]),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_what_is_told(what: str, explain: Explain) -> None:
    code, words = TOLD[what]
    told = explain(code)
    assert [w for w in words if w not in told] == [], told
