"""A small form for tests of the template, with every kind of block in it."""

from __future__ import annotations

from typing import Any

import yaml

from workbook_tool.model import Pack

FORM = """
id: test
edition: "1"
title: 测试表
issuer: 某县财政局
fiscal_year: 2023
unit: 万元
identity: {department: 概况.单位, code: 概况.编码}
explanations: {"on": 说明, code: 编号, text: 说明}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
instructions: [金额填万元。]
sheets:
  - name: 概况
    title: 单位概况
    grid: [14, 20, 14, 20]
    blocks:
      - kind: form
        fields:
          - {label: 单位, required: 错误, max_length: 50, help: 填全称。}
          - {label: 编码, pattern: "[0-9]+", pattern_says: 只由数字组成}
          - {label: 编制, type: count, min: 0, unit: 人}
          - {label: 完成率, type: percent, min: 0, max: 100}
          - {label: 概述, span: 3, lines: 12, max_length: 300}
          - {label: 类型, type: choice, choices: [甲, 乙]}
          - {label: 日期, type: date}
          - {label: 综述, label_span: 4, span: 4, lines: 40}
  - name: 收入
    grid: [20, 12, 12, 12]
    blocks:
      - kind: table
        key: 机构
        free_rows: 3
        rows: [{key: 汇总, labels: {机构: 全部机构汇总}, total: true}]
        fields:
          - {label: 机构, align: left}
          - {label: 合计, type: amount, blank: zero, help: 各项之和。}
          - {label: 拨款, type: amount, min: 0, blank: zero, group: 其中}
          - {label: 其他, type: amount, min: 0, blank: zero, group: 其中}
  - name: 项目
    repeats: true
    copies: 2
    grid: [12, 12, 12, 20]
    blocks:
      - kind: form
        fields: [{label: 名称, span: 3}]
      - name: 指标
        kind: table
        title: 指标
        intro: 逐条填写。
        note: 备注。
        rows:
          - {key: 数量, slots: 2, labels: {类: 产出, 项: 数量}}
          - {key: 质量, slots: 2, labels: {类: 产出, 项: 质量}}
          - {key: 效益, labels: {类: 效益, 项: 效益}}
        fields:
          - {label: 类, static: true}
          - {label: 项, static: true}
          - {label: 目标}
          - {label: 完成, max_length: 20}
      - name: 打分
        kind: table
        criteria_of: r
        rows: [{key: 总分, labels: {一级: 总分, 分值: 10}, total: true, after: true}]
        fields:
          - {label: 一级, static: true}
          - {label: 二级, static: true}
          - {label: 分值, type: points, static: true}
          - {label: 得分, type: points}
  - name: 说明
    grid: [14, 40]
    blocks:
      - kind: table
        key: 编号
        free_rows: 4
        fields: [{label: 编号}, {label: 说明, max_length: 500}]
rules:
  - &total
    {code: 收入-01, id: ROW, title: 行合计, severity: 错误, "on": 收入, fields: [合计], total: 拨款 + 其他,
     message: 不等, basis: 表}
  - {<<: *total, code: 收入-02, id: COL, rows: 汇总, fields: [拨款, 其他], total: sum(本项)}
  - {<<: *total, code: 项目-01, id: SUM, "on": 项目.打分, rows: 总分, fields: [得分], total: sum(本项)}
rubrics:
  - id: r
    title: 打分
    "on": 项目.打分
    subject: 项目.名称
    self_score: 得分
    reason: 得分
    points: 10
    shares: {同: 6}
    levels: [一级, 二级]
    standard: 标准
    weight: 分值
    grades: [{name: 优, least: 9}]
    criteria:
      - {id: a, labels: [投入, 甲], points: 4, standard: 一, scoring: judged, evidence: 批复文件}
      - {id: b, labels: [产出, 乙], share: 同, standard: 二, scoring: judged}
      - {id: c, labels: [产出, 丙], share: 同, standard: 二, scoring: judged}
"""


def template_form(change: tuple[str, str] = ("", ""), **more: Any) -> Pack:
    """The form, with one piece of its text changed; `more` replaces top-level entries."""
    return Pack.model_validate(yaml.safe_load(FORM.replace(*change)) | more)
