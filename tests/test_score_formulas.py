"""Live scores and verdicts, calculated by LibreOffice, against the tool's own answers: not one difference."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from scoregrid import Filing, Grid, GridPlace
from workbook_tool.checks.rubric import score
from workbook_tool.checks.score_rules import builtin_outcomes
from workbook_tool.forms.formulas.live import FAIL, OPEN, PASS
from workbook_tool.forms.formulas.score_formulas import (
    JUDGED,
    UNPROVEN,
    grade,
    grade_verdict,
    item_verdict,
    measured,
    measured_row,
    recomputed,
    row_verdict,
    score_verdict,
    unproven,
)
from workbook_tool.forms.formulas.single import NoFormula
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.language.syntax import Aggregate
from workbook_tool.model import Criterion, Pack, Rubric

Offices = Callable[[Sequence[Path], str], list[Path]]

FORM = """
id: scored
edition: "1"
title: 打分的表
fiscal_year: 2023
unit: 万元
identity: {department: 情况.名称, code: 情况.名称}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
parameters: {不适用时: 满分, 幅度: 0.5}
sheets:
  - name: 情况
    grid: [10, 10]
    blocks:
      - kind: form
        fields:
          - {label: 名称}
          - {label: 编制, type: count}
          - {label: 在职, type: count}
          - {label: 预算, type: amount}
          - {label: 决算, type: amount}
          - {label: 上年, type: amount, blank: zero}
          - {label: 比例, type: percent}
          - {label: 数, type: number}
          - {label: 时效, type: choice, choices: [及时, 不及时, 没有], written: {及时: [按时]}}
          - {label: 程度, type: choice, choices: [高, 中, 低], written: {高: [很高]}}
          - {label: 另评, type: points}
          - {label: 等次, type: choice, choices: [优, 中, 差]}
  - name: 支出
    grid: [10, 10]
    blocks:
      - kind: table
        key: 机构
        free_rows: 3
        rows: [{key: 汇总, labels: {机构: 汇总}, total: true}]
        fields: [{label: 机构}, {label: 种类, type: choice, choices: [甲, 乙]}, {label: 金额, type: amount}]
  - name: 依据
    grid: [10, 10]
    blocks:
      - name: 清单
        kind: table
        items_of: r/checklist
        fields: [{label: 指标, static: true}, {label: 条目, static: true}, {label: 符合, type: choice, choices: [是, 否, 不适用], written: {是: [√, 对], 否: [×]}}]
      - name: 例数
        kind: table
        items_of: r/count_deduct
        fields: [{label: 指标, static: true}, {label: 条目, static: true}, {label: 例, type: count, blank: BLANK}]
      - name: 扣分
        kind: table
        items_of: r/range_deduct
        fields: [{label: 指标, static: true}, {label: 条目, static: true}, {label: 扣, type: points, blank: BLANK}]
  - name: 打分
    grid: [10, 10]
    blocks:
      - kind: table
        criteria_of: r
        rows: [{key: 总分, labels: {一级: 总分}, total: true, after: true}]
        fields:
          - {label: 一级, static: true}
          - {label: 二级, static: true}
          - {label: 标准, static: true}
          - {label: 分值, type: points, static: true}
          - {label: 得分, type: points}
          - {label: 原因, nothing: [无]}
rubrics:
  - id: r
    title: 评分表
    "on": 打分
    subject: 情况.名称
    self_score: 得分
    reason: 原因
    points: 100
    decimals: DECIMALS
    shares: {共同: 6}
    levels: [一级, 二级]
    standard: 标准
    weight: 分值
    grade: 情况.等次
    items: {checklist: 依据.清单.符合, count_deduct: 依据.例数.例, range_deduct: 依据.扣分.扣}
    grades: [{name: 差, least: 10}, {name: 中, least: 40}, {name: 优, least: 60.5}]
    options: [{name: 零头, chosen: PART, choices: [whole, proportional]},
              {name: 口径, chosen: 预算, choices: [预算, 上年]}]
    criteria:
      - {id: above, labels: [甲, 超过], points: 5, standard: s, scoring: linear, unit: "%",
         value: 在职 / 编制 * 100, linear: {above: 100, deduct: 0.5, part: 零头}}
      - {id: below, labels: [甲, 不足], points: 3, standard: s, scoring: linear, unit: "%",
         value: 决算 / 预算 * 100, linear: {below: 100, step: 3, deduct: 0.2, part: 零头}}
      - {id: money, labels: [甲, 金额], points: 4, standard: s, scoring: linear, unit: 万元, option: 口径,
         value: {预算: 决算 - 预算, 上年: 决算 - 上年}, linear: {above: 10, step: 0.5, deduct: 0.3}}
      - {id: thirds, labels: [甲, 三分], points: 2, standard: s, scoring: linear, value: 数,
         linear: {below: -1, step: 0.3, deduct: 0.0125, part: proportional}}
      - {id: down, labels: [乙, 下限], points: 5, standard: s, scoring: bands, unit: "%", value: 决算 / 预算 * 100,
         cases: [{when: '预算 == 0 and 不适用时 == "满分"', points: full, says: 不适用},
                 {when: '预算 == 0 and 不适用时 == "不得分"', points: 0, says: 不适用}],
         bands: [{range: "[90, )", points: 5}, {range: "[60, 90)", points: 2}, {range: "[0, 60)", points: 0}]}
      - {id: up, labels: [乙, 上限], points: 3, standard: s, scoring: bands, value: abs(数),
         bands: [{range: "(, 0]", points: 3}, {range: "(0, 10]", points: 2}, {range: "(10, 20.5]", points: 1},
                 {range: "(20.5, )", points: 0}]}
      - {id: middle, labels: [乙, 中间], points: 3, standard: s, scoring: bands, value: 数,
         bands: [{range: "[0, 10)", points: 1}, {range: "[10, 10]", points: 3}, {range: "(10, 30]", points: 2}]}
      - {id: all, labels: [乙, 全部], points: 3, standard: s, scoring: bands, value: 数, bands: [{range: "(, )", points: 2.5}]}
      - {id: cases, labels: [丙, 情形], points: 3, standard: s, scoring: cases,
         cases: [{when: 决算 <= 0, points: 3, says: 没有}, {when: 决算 > 0 and blank(预算), points: judge, says: 不明},
                 {when: 决算 <= 预算, points: 2, says: 不超过}, {when: 决算 > 预算 + 100, points: 0, says: 超过}]}
      - {id: open, labels: [丙, 不定], points: 3, standard: s, scoring: bands, value: 数,
         cases: [{when: 编制 > 50, points: 2, says: 甲}, {when: 在职 / 编制 > 1, points: judge, says: 乙},
                 {when: 决算 > 100 or 上年 > 100, points: full, says: 丙}],
         bands: [{range: "[0, )", points: 2}]}
      - {id: never, labels: [丙, 从不], points: 3, standard: s, scoring: judged,
         cases: [{when: 编制 == 0, points: 0, says: 甲}]}
      - {id: rate, labels: [丁, 比率], points: 3, standard: s, scoring: proportional, unit: "%", value: 决算 / 预算 * 100,
         cases: [{when: 决算 > 预算, points: judge, says: 超过}]}
      - {id: part, labels: [丁, 份额], points: 7, standard: s, scoring: proportional, value: 比例 / 100}
      - {id: rows, labels: [丁, 各行], points: 3, standard: s, scoring: proportional, unit: "%",
         value: 'sum(支出.金额, 支出.种类 == "甲") / sum(支出.金额) * 100'}
      - {id: truth, labels: [丁, 真假], points: 3, standard: s, scoring: proportional, value: '在职 <= 编制'}
      - {id: time, labels: [丁, 及时], points: 2, standard: s, scoring: choice, value: 时效, choices: {及时: 2, 不及时: 0.5}}
      - {id: list, labels: [戊, 制度], points: 4, standard: s, scoring: checklist,
         items: [{text: 甲, points: 2}, {text: 乙, points: 1.5}, {text: 丙, points: 1}]}
      - {id: count, labels: [戊, 合规], points: 3, standard: s, scoring: count_deduct, deduct: 0.7,
         items: [{text: 甲}, {text: 乙}]}
      - {id: times, labels: [戊, 次数], points: 3, standard: s, scoring: count_deduct, deduct: 1, value: 在职 - 编制}
      - {id: range, labels: [戊, 使用], points: 7, standard: s, scoring: range_deduct,
         items: [{text: 甲, least: 4, most: 7}, {text: 乙, least: 2, most: 2}, {text: 丙, least: 1.5}]}
      - {id: level, labels: [戊, 程度], points: 5, standard: s, scoring: levels, value: 程度,
         cases: [{when: 编制 == 0, points: judge, says: 没有编制}, {when: 在职 > 200, points: 1, says: 太多}],
         levels: [{name: 高, range: "[80, 100]"}, {name: 中, range: "[60, 80)"}, {name: 低, range: "(, 60)"}]}
      - {id: apart, labels: [戊, 表外], points: 5, standard: s, scoring: proportional, value: 比例 / 100, cell: 情况.另评}
      - {id: judge, labels: [己, 任务], points: 15, standard: s, scoring: judged}
      - {id: one, labels: [己, 经济], share: 共同, standard: s, scoring: judged}
      - {id: two, labels: [己, 社会], share: 共同, standard: s, scoring: proportional, value: 比例 / 100}
      - {id: three, labels: [己, 生态], share: 共同, standard: s, scoring: judged}
"""

WRITTEN = """
id: written
edition: "1"
title: 自己写指标的表
fiscal_year: 2023
unit: 万元
identity: {department: 情况.名称, code: 情况.名称}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
parameters: {偏差: 由人评判}
sheets:
  - name: 情况
    grid: [10, 10]
    blocks:
      - kind: form
        fields: [{label: 名称}, {label: 预算, type: amount}, {label: 等次, type: choice, choices: [优, 中, 差]}]
      - name: 资金
        kind: table
        rows: [{key: 总额, labels: {来源: 总额}, total: true}, {key: 拨款, labels: {来源: 拨款}}]
        fields: [{label: 来源, static: true}, {label: 预算, type: amount, blank: zero}, {label: 得分, type: points}]
  - name: 打分
    grid: [10, 10]
    blocks:
      - kind: table
        key: 指标
        free_rows: 5
        fields:
          - {label: 指标, nothing: [无]}
          - {label: 分值, type: points}
          - {label: 性质, type: choice, choices: [≥, ≤, "=", 定性], written: {≥: [≧, 大于], "=": ["=="]}}
          - {label: 目标, type: number}
          - {label: 完成, type: number}
          - {label: 程度, type: choice, choices: [高, 中, 低], written: {高: [很高]}}
          - {label: 得分, type: pointsMIN}
          - {label: 原因, nothing: [无]}
rubrics:
  - id: r
    title: 评分表
    "on": 打分
    subject: 情况.名称
    self_score: 得分
    reason: 原因
    weight: 分值
    decimals: 2
    points: 100
    grade: 情况.等次
    grades: [{name: 差, least: 0}, {name: 中, least: 10}, {name: 优, least: 20}]
    criteria:
      - {id: money, labels: [执行率], points: 10, cell: "情况.资金[总额].得分", standard: s, scoring: proportional, unit: "%",
         value: "情况.资金[总额].预算 / 预算 * 100", cases: [{when: 预算 == 0, points: judge, says: 没有}]}
    lines:
      title: 指标
      points: 90
      ways:
        - {id: more, name: 完成率, when: '性质 == "≥"', scoring: proportional, value: 完成 / 目标 * 100, unit: "%",
           cases: [{when: 完成 >= 目标, points: full, says: 达到}, {when: 目标 == 0, points: 0, says: 没有达到},
                   {when: 目标 < 0, points: judge, says: 负数}]}
        - {id: large, name: 大, when: '性质 == "≤" and 分值 > 5', scoring: linear, value: 完成 - 目标,
           linear: {above: 0, deduct: 0.5, part: proportional}}
        - {id: small, name: 小, when: '性质 == "≤"', scoring: bands, value: 完成,
           cases: [{when: 目标 < 0, points: judge, says: 负数}],
           bands: [{range: "(, 1]", points: 3}, {range: "(1, )", points: 1.5}]}
        - {id: equal, name: 等, when: '性质 == "="', scoring: proportional, unit: "%",
           value: 100 - abs(完成 - 目标) / 目标 * 100,
           cases: [{when: 完成 == 目标, points: full, says: 正好}, {when: '偏差 == "由人评判"', points: judge, says: 没有写明},
                   {when: '偏差 == "不得分"', points: 0, says: 不得分}, {when: 目标 == 0, points: 0, says: 是零}]}
        - {id: level, name: 程度, when: '性质 == "定性"', scoring: levels, value: 程度,
           levels: [{name: 高, range: "[80, 100]"}, {name: 中, range: "[60, 80)"}, {name: 低, range: "[0, 60)"}]}
"""

RULES: list[dict[str, Any]] = [
    {
        "code": f"打分-{number:02}", "id": builtin, "title": builtin, "severity": "错误", "on": on,
        "fields": [field], "builtin": builtin, "rubric": "r", "basis": "表",
        "message": "{行}、{本项}、{填报}、{应为}、{相差}[（{应为}）]",
    }
    for number, (builtin, on, field) in enumerate(
        (
            ("score_within", "打分", "得分"), ("score_step", "打分", "得分"), ("score_reason", "打分", "原因"),
            ("score_recalc", "打分", "得分"), ("score_unproven", "打分", "得分"), ("score_grade", "情况", "等次"),
        ),
        1,
    )
]  # fmt: skip

NO_TOTALS = pd.DataFrame({c: [] for c in ("submission", "rule", "frame", "record", "field", "outcome")})
NO_OUTCOMES = pd.DataFrame({c: [] for c in ("submission", "rule", "outcome")})

VALUES: dict[str, Sequence[Any]] = {
    "编制": (None, 0, 48, 50, 77, 99, 200, "?"),
    "在职": (None, 0, 48, 50, 51, 55, 78, 100, 201, 1000),
    "预算": (None, 0, 0.03, 1, 3, 7, 100, 100, 110, 1e6, "?"),
    "决算": (None, 0, 0.01, 1, 37.035, 60, 89.999999, 90, 94, 97, 100, 110.5, 111, -5, "?"),
    "上年": (None, None, 0, 100, 100.01, "?"),
    "比例": (None, 0, 0.01235, 0.5, 0.95, 1, 1.2, 0.123455, "?"),
    "数": (None, 0, -1, -1.3, -1.29999, 2.34567, 9.9999999999, 10, 10.0000000001, 20.5, 20.6, 30, 31, -0.5, "?"),
    "时效": (None, "及时", "按 时", "不 及时", "不及时", "没有", "也许"),
    "程度": (None, "很高", "高", "中", "低", "高", "中", "低", "没有"),
    "另评": (5, 5, 2.5, 0, 0.0618, 6, None),
    "性质": ("≥", "≥", "≤", "≤", "=", "=", "定性", "定性", None, "？"),
    "类型": ("≥", "≥", "≧", "＝＝", "≤", "≤", "=", "定性", "定性", None, "？"),
    "目标": (None, 0, 3, 7, 95, -2, 12.5, "?"),
    "完成": (None, 0, 1, 3, 7, 94.999, 95, -2, -1, 12.5, 13.123, "?"),
    "指标": (None, "甲", "乙", "丙 丁", "无"),
    "等次": (None, "优", "中", "差", "良", "优　"),
    "机构": ("一", "二", None),
    "种类": ("甲", "甲", "乙", "乙", None, "丙"),
    "金额": (0, 1, 3, 12.345, None, "?"),
    "符合": ("是", "是", "是", "否", "不适用", None, "也许", " 是", "√", "×"),
    "例": (0, 0, 0, 1, 2, 9, None, "?"),
    "扣": (0, 0, 0, 2, 4, 4.5, 7, 8, 1, 1.5, -1, None, "?"),
    "原因": (None, "有", " ", "　", 5, "无", "无 意见"),
}  # fmt: skip
"""What may stand in a cell, the edges of the rules among them; ? is no number."""


def pack_of(form: str = FORM, **words: str) -> Pack:
    """A pack, with the words in capitals put in."""
    for name, word in words.items():
        form = form.replace(name.upper(), word)
    read = yaml.safe_load(form)
    on = read["rubrics"][0]["on"]
    return Pack.model_validate(
        read | {"rules": [rule | {"on": rule["on"].replace("打分", on)} for rule in RULES]}
    )


def drawn(pack: Pack, rng: random.Random) -> Filing:
    """A filing at random."""
    rubric = pack.rubrics[0]
    filing: dict[tuple[str, str | int | None, str], Any] = {}
    for name, table in pack.tables.items():
        lines: list[Any] = (
            [None] if table.kind == "form" else [*(r.key for r in table.rows), *range(table.free_rows)]
        )
        for line in lines:
            for field in table.fields:
                if field.label in VALUES and (line not in table.total_keys or field.type == "amount"):
                    filing[name, line, field.label] = value(field.label, rng)
            if rubric.lines and name == rubric.on:
                filing |= row(line, rubric, rng)
            elif isinstance(line, int) and filing[name, line, table.key or ""] is None:
                for field in table.fields:  # a row is used where it has a name
                    filing[name, line, field.label] = None
    for criterion in rubric.criteria:
        if criterion.cell is None:
            filing[rubric.on, criterion.key, rubric.self_score] = claim(full_points(criterion, rubric), rng)
    return filing


def value(label: str, rng: random.Random) -> Any:
    """Mostly one of those above; now and then any figure."""
    some = VALUES[label]
    if rng.random() < 0.8 or not any(isinstance(v, float) and v < 1000 for v in some):
        return rng.choice(some)
    if label == "比例":
        return round(rng.uniform(0, 1.2), 4)
    return rng.choice((rng.randint(0, 120), round(rng.uniform(0, 120), 2)))


def with_scores(pack: Pack, filings: Sequence[Filing], rng: random.Random) -> list[Filing]:
    """The filings with the scores that the data give as self scores, but for a few."""
    grid = Grid(pack, filings)
    batch = grid.batch()
    criteria = score(batch, NO_TOTALS, NO_OUTCOMES, pack)[1]
    filled = [dict(filing) for filing in filings]
    for line in records(criteria):
        frame, record = line["frame"], line["record"]
        key = grid.rows[frame][batch.frames[frame]["row"].tolist()[record]]
        if rng.random() < 0.95:
            points = (
                line["score"] / POINT if line["score"] is not None else 0 if line["status"] == UNPROVEN else 1
            )
            filled[line["submission"]][frame, key, line["field"]] = points
            if frame == pack.rubrics[0].on:
                filled[line["submission"]][frame, key, pack.rubrics[0].reason] = "有"
    return list(filled)


def row(line: int, rubric: Rubric, rng: random.Random) -> Filing:
    """Weight and self score of a row that the department writes, or a blank row."""
    weight = rng.choice((None, 0, 3, 4.5, 7, 10, "?"))
    score = claim(weight if isinstance(weight, int | float) else 5, rng)
    found: dict[tuple[str, str | int | None, str], Any]
    found = {(rubric.on, line, rubric.weight): weight, (rubric.on, line, rubric.self_score): score}
    if rng.random() < 0.2:
        found |= {(rubric.on, line, label): None for label in ("指标", rubric.weight, rubric.self_score)}
    return found


def full_points(criterion: Criterion, rubric: Rubric) -> float:
    return float(rubric.shares[criterion.share or ""] if criterion.points is None else criterion.points)


def claim(full: float, rng: random.Random) -> Any:
    if rng.random() < 0.6:
        return rng.choice((full, full / 2, 0, full - 0.5, full - 1, full / 4))
    return rng.choice((None, "?", full, full + 1, -1, 4.7, 0.3, 2.85, 1.9, round(rng.uniform(0, full), 4), 2))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows; None where there is no value."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


class Written:
    """The formulas of a rubric for every filing of a grid."""

    def __init__(self, grid: Grid):
        self.grid, self.pack, self.rubric = grid, grid.pack, grid.pack.rubrics[0]
        self.at: dict[tuple[Any, ...], str] = {}
        for number in range(len(grid.filings)):
            self.position, self.number = 0, number
            self._write(GridPlace(grid, number))

    def _put(self, what: tuple[Any, ...], formula: str | None) -> str:
        assert formula is not None
        self.at[(self.number, *what)] = self.grid.put(self.number, self.position, formula)
        self.position += 1
        return self.at[(self.number, *what)]

    def _write(self, place: GridPlace) -> None:
        rubric, pack = self.rubric, self.pack
        free = self.grid.rows[rubric.on] if rubric.lines else []
        rows = {line: replace(place, line=line) for line in free}
        cells = {c.id: self._put(("score", c.id), measured(c, rubric, pack, place)) for c in rubric.criteria}
        self.position += -self.position % self.grid.height  # rows stand one below the other
        of_rows = {n: self._put(("score", n), measured_row(rubric, pack, at)) for n, at in rows.items()}
        column = tuple(of_rows.values())
        total = self._put(("recomputed",), recomputed(rubric, pack, place, cells, self._ranges(column)))
        self._put(("unproven",), unproven(rubric, pack, place, cells, self._ranges(column)))
        self._put(("grade",), grade(rubric, total))
        for rule in pack.rules:
            if rule.builtin == "score_grade":
                self._put((rule.code, None), grade_verdict(rule, rubric, pack, place))
                continue
            for criterion in rubric.criteria:
                text = score_verdict(rule, criterion, rubric, pack, place, measured_cell=cells[criterion.id])
                self._put((rule.code, criterion.id), text)
                for position in range(len(criterion.items)):
                    text = item_verdict(rule, criterion, position, rubric, pack, place=place)
                    if text is not None:
                        self._put((rule.code, criterion.id, position), text)
            for n, at in rows.items():
                text = row_verdict(rule, rubric, pack, at, measured_cell=of_rows[n], row="")
                self._put((rule.code, n), text)

    def _ranges(self, cells: Sequence[str]) -> list[str]:
        return [f"{cells[0]}:{cells[-1]}"] if cells else []


class Tool:
    """What the tool says of the same filings."""

    def __init__(self, grid: Grid):
        self.batch, self.pack = grid.batch(), grid.pack
        self.rubric = grid.pack.rubrics[0]
        self.scores, self.criteria, self.drafts = score(self.batch, NO_TOTALS, NO_OUTCOMES, grid.pack)
        self.outcomes = builtin_outcomes(self.scores, self.criteria, self.drafts, grid.pack)
        ids = {criterion.id for criterion in self.rubric.criteria}
        rows, written = self.batch.frames[self.rubric.on]["row"].tolist(), grid.rows[self.rubric.on]
        places = zip(self.criteria["id"], self.criteria["frame"], self.criteria["record"], strict=True)
        self.lines = {(f, r): i if i in ids else written[rows[r]] for i, f, r in places}

    def expected(self) -> Iterator[tuple[tuple[Any, ...], float | str]]:
        """Every score and total as the formulas should give it."""
        for line in records(self.criteria):
            what = self.lines[line["frame"], line["record"]]
            told = line["status"] in (JUDGED, UNPROVEN)
            yield (line["submission"], "score", what), line["status"] if told else line["score"] / POINT
        for line in records(self.scores):
            total = line["recomputed"]
            yield (line["submission"], "recomputed"), "" if total is None else total / POINT
            yield (line["submission"], "unproven"), line["unproven"] / POINT
            yield (line["submission"], "grade"), line["grade"] or ""

    def findings(self) -> dict[tuple[Any, ...], str]:
        """The sentence of every finding, by rule and cell."""
        items = {f"{c.key}·{n + 1}": (c.id, n) for c in self.rubric.criteria for n in range(len(c.items))}
        grade_at = (self.rubric.grade or "").rpartition(".")
        found: dict[tuple[Any, ...], str] = {}
        for d in records(self.drafts):
            where: tuple[Any, ...] = (None,)
            if (d["frame"], d["field"]) != (grade_at[0], grade_at[2]):
                line = self.lines.get((d["frame"], d["record"]))
                key = self.batch.frames[d["frame"]]["key"].tolist()[d["record"]]
                where = items[key] if line is None else (line,)
            found.setdefault((d["submission"], d["code"], *where), d["message"])
        return found


def differences(grid: Grid, answers: dict[str, Any], written: Written, seen: Counter[Any]) -> Iterator[Any]:
    """Where the spreadsheet and the tool do not say the same."""
    tool = Tool(grid)
    scores = {what: "" for what in written.at if what[1] == "score"} | dict(tool.expected())
    for what, expected in scores.items():
        answer = answers[written.at[what]]
        if not alike(answer, expected):
            yield what, expected, answer
        seen[what[1:], "number" if isinstance(expected, float) else expected] += 1
    findings = tool.findings()
    tally: dict[tuple[int, str], set[str]] = {}
    for cell, address in written.at.items():
        if cell[1] in ("score", "recomputed", "unproven", "grade"):
            continue
        state = str(answers[address])
        tally.setdefault((cell[0], cell[1]), set()).add(state[:1])
        seen[cell[1:], state[:1]] += 1
        message = findings.pop(cell, None)
        told = state.replace("\u3000", "").removesuffix("。") if state.startswith(FAIL) else None
        if told != (message and f"{FAIL} {message}"):
            yield cell, message, state
    yield from findings.items()
    for line in records(tool.outcomes):
        states = tally[line["submission"], line["rule"]]
        live = "fail" if FAIL in states else "unknown" if OPEN in states else "pass"
        if live != line["outcome"]:
            yield line["rule"], line["outcome"], states


def alike(answer: Any, expected: Any) -> bool:
    if isinstance(expected, str) or isinstance(answer, str):
        return bool(answer == expected)
    return abs(Decimal(str(answer)) - Decimal(str(expected))) < Decimal("1e-9")


def compared(packs: Sequence[Pack], each: int, seed: str, offices: Offices, folder: Path) -> Counter[Any]:
    """Calculate filings of every pack in one go; there must be no difference.

    Returns:
        How often each answer was seen.
    """
    seen: Counter[Any] = Counter()
    grids = []
    for n, pack in enumerate(packs):
        rng = random.Random(f"{seed}/{n}")
        filings = [drawn(pack, rng) for _ in range(each)]
        filings[::2] = with_scores(pack, filings[::2], rng)
        grids.append(Grid(pack, filings))
    writtens = [Written(grid) for grid in grids]
    paths = [folder / f"grid{n}.xlsx" for n in range(len(grids))]
    for grid, path in zip(grids, paths, strict=True):
        grid.write(path)
    for grid, written, path in zip(grids, writtens, offices(paths, "xlsx"), strict=True):
        found = list(differences(grid, grid.answers(path), written, seen))
        assert not found, (len(found), found[:10])
    return seen


PACKS = (
    {"blank": "unknown", "part": "whole", "decimals": "4"},
    {"blank": "zero", "part": "proportional", "decimals": "2"},
)


def packs() -> list[Pack]:
    return [
        *(pack_of(**words) for words in PACKS),
        pack_of(WRITTEN, min=""),
        pack_of(WRITTEN, min=", min: 0"),
    ]


@pytest.mark.thorough
def test_formulas_say_what_the_tool_says(offices: Offices, tmp_path: Path) -> None:
    seen = compared(packs(), 16, "quick", offices, tmp_path)
    states: dict[str, set[str]] = {}
    for what, answer in seen:
        states.setdefault(str(what[0]), set()).add(answer)
    assert all(states[rule["code"]] >= {PASS, FAIL, OPEN} for rule in RULES), states
    assert states["score"] >= {"number", JUDGED, UNPROVEN}
    assert states["recomputed"] == {"number", ""} and states["grade"] == {"优", "中", "差", ""}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_formulas_say_what_the_tool_says_of_many(seed: int, offices: Offices, tmp_path: Path) -> None:
    compared(packs(), 120, f"slow {seed}", offices, tmp_path)


class Anywhere:
    """A place where every field stands in a cell of its own name."""

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        return field

    def column(self, frame: str, field: str, key: str | None = None) -> str:
        return f"{field}:{field}"

    def key_column(self, frame: str, key: str | None = None) -> None:
        return None

    def words(self, words: tuple[str, ...]) -> None:
        return None

    def compared(self, frame: str, field: str, key: str | None = None) -> None:
        return None

    def across(self, node: Aggregate) -> None:
        return None


def text_of(criterion: str, **words: str) -> str:
    pack = pack_of(**PACKS[0] | words)
    rubric = pack.rubrics[0]
    found = next(c for c in rubric.criteria if c.id == criterion)
    return measured(found, rubric, pack, Anywhere()).removeprefix("IFERROR(").removesuffix(f',"{UNPROVEN}")')


def number(label: str) -> str:
    return f"IF(ISNUMBER({label}),{label},NA())"


@pytest.mark.parametrize(
    ("criterion", "formula"),
    [
        ("judge", f'"{JUDGED}"'),
        ("times", f"MAX(0,MIN(3,ROUND(ROUND(3-1*(ROUND({number('在职')}-{number('编制')},10)),8),4)))"),
        ("money", f"MAX(0,MIN(4,ROUND(ROUND(4-INT((MAX(0,ROUND(ROUND({number('决算')}-{number('预算')},6)-10,10))+5E-11)/0.5)*0.3,8),4)))"),
    ],
)  # fmt: skip
def test_what_formulas_look_like(criterion: str, formula: str) -> None:
    assert text_of(criterion) == formula


def test_what_makes_no_difference_is_not_written() -> None:
    applies = text_of("down")
    assert applies.startswith(f"IF(ROUND({number('预算')},6)=0,5,IF(ROUND(ROUND(ROUND("), (
        "the parameter decides for good"
    )
    assert "不得分" not in applies and applies.count(">=90") == 1, "without a budget there is no rate either"
    assert text_of("open").count(">=0") > 1, "the figure may be known where the case is not"


def test_a_share_of_a_weight_in_the_row_has_no_list_of_scores() -> None:
    pack = pack_of(WRITTEN.replace("cases: [{when: 目标 < 0, points: judge, says: 负数}],", ""), min="")
    rubric = pack.rubrics[0]
    with pytest.raises(NoFormula, match="分值写在行里"):
        row_verdict(pack.rules[1], rubric, pack, Anywhere(), measured_cell="A1", row="")


def test_rules_that_do_not_speak_of_a_line() -> None:
    pack = pack_of(**PACKS[0])
    rubric, rule = pack.rubrics[0], pack.rules[0]
    other = rule.model_copy(update={"rubric": "another"})
    for silent in (other, pack.rules[-1]):
        assert score_verdict(silent, rubric.criteria[0], rubric, pack, Anywhere(), measured_cell="A1") is None
    assert item_verdict(rule, rubric.criteria[0], 0, rubric, pack, place=Anywhere()) is None
