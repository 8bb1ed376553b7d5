"""A workbook of a department and what was found in it, made by hand for tests of the marked copy."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

import pandas as pd
import xlsxwriter
import yaml

from workbook_tool.findings import COLUMNS
from workbook_tool.model import Assessment, Batch, Pack

FORM = """
id: test
edition: "2023"
title: 绩效自评表
fiscal_year: 2023
unit: 万元
identity: {department: 基本情况.部门名称, code: 基本情况.部门编码}
explanations: {"on": 说明, code: 规则编号, text: 说明}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
sheets:
  - name: 基本情况
    grid: [14, 20]
    blocks: [{kind: form, fields: [{label: 部门名称}, {label: 部门编码}]}]
rubrics:
  - id: dept
    title: 部门评分表
    "on": 打分
    subject: 基本情况.部门名称
    self_score: 自评
    reason: 原因
    points: 10
    levels: [一级, 二级]
    standard: 标准
    weight: 分值
    grades: [{name: 优, least: 9}]
    criteria:
      - {id: A, labels: [投入, 控制率], points: 5, standard: 不超, scoring: judged}
      - {id: B, labels: [产出, 完成率], points: 5, standard: 完成, scoring: judged}
"""
PACK = Pack.model_validate(yaml.safe_load(FORM))

LONG = "一、负责就业、社会保险和人事工作。\n二、“其他”事项，含 A&B < C。" * 30


@cache
def workbook() -> bytes:
    """Sheets 收入 (protected, frozen, data bars, a note), 概况 (merged), 打分 and 说明, which is open."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#D9D9D9"})
    open_cell = book.add_format({"border": 1, "num_format": "0.00", "locked": False})
    income = book.add_worksheet("收入")
    income.write_row("B3", ["机构名称", "收入合计", "上年结转", "公共财政拨款"], head)
    income.write_row("B4", ["汇总", 2437.73, 83.35, 2354.38], open_cell)
    income.write_row("B5", ["局机关", "92万元", 50, True], open_cell)
    income.write_blank("E6", None, open_cell)
    income.write_formula("C6", "=1/0", open_cell, "#DIV/0!")
    income.conditional_format("C4:E6", {"type": "data_bar"})
    income.write_comment("C4", "科室：此数含结转")
    income.protect("x")
    income.freeze_panes(3, 2)
    facts = book.add_worksheet("概况")
    facts.merge_range("C4:F4", LONG, open_cell)
    scores = book.add_worksheet("打分")
    scores.write_column("B3", ["控制率", "完成率", "合计"], head)
    scores.write_column("C3", [5, 5], open_cell)
    scores.write_formula("C5", "=SUM(C3:C4)", open_cell, 10)
    said = book.add_worksheet("说明")
    said.write_row("B3", ["规则编号", "说明"], head)
    said.activate()
    book.close()
    return out.getvalue()


def finding(
    code: str, severity: str, sheet: str | None, cell: str | None, message: str, **shown: str
) -> dict[str, Any]:
    """One finding as an assessment has it."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS)
    return empty | {
        "submission": 0, "code": code, "severity": severity, "sheet": sheet, "cell": cell,
        "message": message, "related": (),
    } | shown  # fmt: skip


FINDINGS = (
    finding("文件-06", "note", "收入", None, "定位标记已不在。"),
    finding(
        "收入-01", "error", "收入", "C4", "合计应为2437.74。",
        value="2437.73", expected="2437.74", difference="-0.01",
    ),
    finding("收入-03", "explain", "收入", "C4", "比上年增加较多，请说明。", value="2437.73"),
    finding("格式-02", "note", "收入", "C5", "单位不要写在格内。", value="92万元"),
    finding("填写-01", "error", "收入", "E6", "没有填写。"),
    finding("格式-06", "error", "收入", "C6", "公式出错。", value="#DIV/0!"),
    finding("填写-03", "explain", "概况", "D4", "写得过长。", value=LONG),
    finding(
        "打分-01", "error", "打分", "C5", '=HYPERLINK("http://x") 合计不符。',
        value="10", expected="9", difference="1",
    ),
)  # fmt: skip


def assessment(findings: Sequence[dict[str, Any]] = FINDINGS) -> Assessment:
    """What was found in `workbook()`."""
    submissions = pd.DataFrame([{"submission": 0, "path": "", "department": "某县人社局", "code": "115"}])
    places = pd.DataFrame(
        [
            {"submission": 0, "tab": "说明", "frame": "说明", "field": "规则编号", "row": None, "column": 2},
            {"submission": 0, "tab": "说明", "frame": "说明", "field": "说明", "row": None, "column": 3},
        ]
    )
    score = {"submission": 0, "rubric": "dept", "subject": "某县人社局", "instance": 0}
    sums = {"self": 100_000, "recomputed": 40_000, "unproven": 50_000, "claimed": 90_000}
    grades = {"grade": "", "claimed_grade": "优", "self_grade": "优"}
    scores = pd.DataFrame([score | sums | grades])
    shown = {"points": 50_000, "self": 50_000, "sheet": "打分"}
    lines = (
        ("A", "控制率", 40_000, "不一致", "超1%。", "C3"),
        ("B", "完成率", None, "无依据", "缺数。", "C4"),
    )
    columns = ("id", "title", "score", "status", "because", "cell")
    criteria = pd.DataFrame([score | shown | dict(zip(columns, line, strict=True)) for line in lines])
    criteria = criteria.astype({"score": "Int64"})
    empty = pd.DataFrame()
    listed = pd.DataFrame(list(findings), columns=list(COLUMNS)).astype({"submission": "int64"})
    return Assessment(Batch(submissions, {}, places, empty), listed, empty, scores, criteria, empty)
