"""`lint`: every mistake of a pack, with its file and line.

The table spoils one small pack, each time in one place. `←` stands on the line that must be named;
nothing else may be found, so that one mistake never drags others along.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Run
from workbook_tool.forms.load import load_pack
from workbook_tool.lint import lint
from workbook_tool.model import PackError

FORM = """\
id: lint
edition: "1"
title: 小表
fiscal_year: 2023
unit: 万元
identity: {department: 情况.名称, code: 情况.编码}
explanations: {on: 说明, code: 编号, text: 原因}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
parameters:
  上限: 100
sheets:
  - name: 情况
    grid: [10, 10]
    blocks:
      - kind: form
        fields:
          - {label: 名称, required: 错误}
          - {label: 编码, pattern: '\\d+', pattern_says: 只写数字}
          - {label: 编制, type: count, min: 0, max: 900}
          - {label: 在职, type: count}
          - {label: 到位, type: choice, choices: [及时, 不及时]}
          - {label: 等次, type: choice, choices: [优, 差]}
  - name: 收入
    grid: [10, 10, 10]
    blocks:
      - kind: table
        key: 单位
        free_rows: 3
        rows:
          - {key: 汇总, labels: {单位: 全部汇总}, total: true}
        fields:
          - {label: 单位}
          - {label: 合计, type: amount}
          - {label: 拨款, type: amount, blank: zero}
  - name: 打分
    grid: [10, 10, 10, 10, 10]
    blocks:
      - name: 表
        kind: table
        criteria_of: pf
        rows:
          - {key: 总分, labels: {一级: 总分}, total: true, after: true}
        fields:
          - {label: 一级, static: true}
          - {label: 二级, static: true}
          - {label: 标准, static: true}
          - {label: 分值, type: points, static: true}
          - {label: 得分, type: points}
      - name: 清单
        kind: table
        items_of: pf/checklist
        fields:
          - {label: 指标, static: true}
          - {label: 条目, static: true}
          - {label: 分值, static: true}
          - {label: 符合, type: choice, choices: [是, 否]}
      - name: 原因
        kind: table
        free_rows: 1
        fields:
          - {label: 扣分原因}
  - name: 说明
    grid: [10, 10]
    blocks:
      - kind: table
        free_rows: 2
        fields:
          - {label: 编号}
          - {label: 原因}
"""

RULES = """\
- code: 情况-01
  id: STAFF
  title: 在职不超过编制
  severity: 需说明
  on: 情况
  fields: [在职]
  when: not blank(编制)
  check: 在职 <= 编制 and 在职 <= 上限
  message: '在职填的是{填报}人，编制{编制}人。'
  basis: 办法第一条
- code: 收入-01
  id: SUM
  title: 汇总等于各单位之和
  severity: 错误
  on: 收入
  rows: 汇总
  fields: [合计, 拨款]
  total: sum(本项)
  message: '“{本项}”填的是{填报}，应为{应为}。'
  basis: 办法第二条
- code: 打分-01
  id: GRADE
  title: 等次与得分相符
  severity: 错误
  on: 情况
  fields: [等次]
  builtin: score_grade
  rubric: pf
  message: 等次应为{应为}。
  basis: 办法第三条
- code: 情况-02
  id: NAME
  title: 名称
  severity: 提示
  on: 情况
  fields: [名称]
  python: short_names
  message: 名称太短。
  basis: 办法第四条
"""

PYTHON = """\
def short_names(batch, pack, rule):
    return []
"""

RUBRIC = """\
id: pf
title: 评分表
on: 打分.表
subject: 情况.名称
self_score: 得分
reason: 二级
points: 10
shares: {共用: 2}
levels: [一级, 二级]
standard: 标准
weight: 分值
items:
  checklist: 打分.清单.符合
total: 打分.表[总分].得分
grade: 情况.等次
grades:
  - {name: 优, least: 8}
  - {name: 差, least: 0}
options:
  - name: 口径
    chosen: 编制数
    choices: [编制数, 上限数]
    says: {编制数: 按编制, 上限数: 按上限}
criteria:
  - id: staff
    labels: [投入(6分), 控制率]
    points: 4
    standard: 见办法
    scoring: bands
    option: 口径
    value:
      编制数: 情况.在职 / 情况.编制 * 100
      上限数: 情况.在职 / 上限 * 100
    cases:
      - {when: 情况.编制 == 0, points: full, says: 没有编制}
    bands:
      - {range: "(100, )", points: 0}
      - {range: "[90, 100]", points: 3}
      - {range: "(, 90)", points: 4}
  - id: rules
    labels: [投入(6分), 制度]
    points: 2
    standard: 见办法
    scoring: checklist
    items:
      - {text: 有制度, points: 1}
      - {text: 有执行, points: 1}
  - id: arrival
    labels: [过程（2分）, 到位]
    points: 2
    standard: 见办法
    scoring: choice
    value: 情况.到位
    choices: {及时: 2, 不及时: 0}
  - id: effect
    labels: [效果, 社会效益]
    share: 共用
    standard: 见办法
    scoring: judged
  - id: effect2
    labels: [效果, 经济效益]
    share: 共用
    standard: 见办法
    scoring: linear
    value: 情况.在职
    linear: {above: 90, step: 1, deduct: 0.5}
"""

BASE = """\
情况: {名称: 甲局, 编码: "301", 编制: 10, 在职: 9, 到位: 及时, 等次: 优}
收入:
  - {单位: 汇总}
  - {单位: 一队, 合计: 3, 拨款: 3}
"""

CASES = """\
- rule: 情况-01
  name: 正好
  set: {情况.在职: 10}
  finds: []
- rule: 情况-01
  name: 超编
  set: {情况.在职: 11}
  finds: [情况.在职]
- rule: 收入-01
  name: 相等
  set: {}
  finds: []
- rule: 收入-01
  name: 少了
  set:
    收入[二队]: {单位: 二队, 合计: 4}
    收入[一队].合计: 2
  finds: ["收入[汇总].合计"]
  also: {情况-01: [情况.在职]}
- {rule: 打分-01, name: 对, set: {}, finds: []}
- {rule: 打分-01, name: 错, set: {情况.等次: 差}, finds: [情况.等次]}
- {rule: 情况-02, name: 对, set: {}, finds: []}
- {rule: 情况-02, name: 错, set: {情况.名称: 甲}, finds: [情况.名称]}
"""

PACK = {
    "form.yaml": FORM,
    "rules.yaml": RULES,
    "rules.py": PYTHON,
    "rubric-a.yaml": RUBRIC,
    "cases/base.yaml": BASE,
    "cases/一.yaml": CASES,
}

F, R, P, B, C = "form.yaml", "rules.yaml", "rules.py", "rubric-a.yaml", "cases/一.yaml"

# file, what stands there, what is written instead, words of the sentence
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    # ---- YAML
    "a colon too many": (F, "title: 小表", "title: 小表: 二 # ←", "两个冒号"),
    "an open bracket": (R, "fields: [名称]\n", "fields: [名称\n", "少了逗号，或者括号没有成对"),
    "a tab": (F, "  上限: 100", "  上限: 100\n\t下限: 1 # ←", "缩进要用空格"),
    "an open quote": (R, "message: 名称太短。", "message: '名称太短。", "引号没有成对"),
    "a key twice": (F, "unit: 万元\n", "unit: 万元\nunit: 元 # ←\n", "“unit”在同一处写了两次"),
    "a date that is none": (F, "title: 小表", "title: 2023-02-31 # ←", "不是一个值"),
    "no list of rules": (R, RULES, "规则: 没有 # ←", "每条以“- ”开头"),
    # ---- what the bureau gives
    "a figure given as a text": (F, "{label: 名称, required: 错误}", "{label: 名称, given: 预算} # ←", "只能是数字"),
    "a given figure that must be filled": (F, "{label: 在职, type: count}", "{label: 在职, type: count, required: 错误, given: 预算} # ←", "不能要求部门填写"),
    "last year's figure of a sheet that is none": (F, "{label: 在职, type: count}", "{label: 在职, type: count, given: '收人[汇总].合计'} # ←", "“收人”不是一张表，是否应为“收入”"),
    "last year's figure of a row that is none": (F, "{label: 在职, type: count}", "{label: 在职, type: count, given: '收入[总计].合计'} # ←", "“收入”没有“总计”这一行"),
    "last year's figure without its row": (F, "{label: 在职, type: count}", "{label: 在职, type: count, given: 收入.合计} # ←", "应写成“表名[行名].栏目”"),
    "last year's figure of no field": (F, "{label: 在职, type: count}", "{label: 在职, type: count, given: '收入[汇总].总计'} # ←", "“收入”没有“总计”这一栏"),
    "last year's figure of another type": (F, "{label: 在职, type: count}", "{label: 在职, type: count, given: '收入[汇总].合计'} # ←", "type 不同"),
    # ---- shape
    "a misspelt key": (F, "title: 小表", "titel: 小表 # ←", "没有“titel”这一项，是否应为“title”？"),
    "a misspelt key of a rule": (R, "  message: 名称太短。", "  mesage: 名称太短。 # ←", "情况-02：没有“mesage”这一项，是否应为“message”？"),
    "a misspelt key of a criterion": (B, "    scoring: bands", "    scorring: bands # ←", "staff：没有“scorring”这一项，是否应为“scoring”？"),
    "an unknown key": (F, "          - {label: 在职, type: count}", "          - {label: 在职, type: count, 颜色: 红} # ←", "情况·在职：没有“颜色”这一项"),
    "a missing key": (R, "  title: 名称\n", "", "情况-02：缺少“title”"),
    "an unknown type": (F, "{label: 在职, type: count}", "{label: 在职, type: conut} # ←", "是否应为“count”？"),
    "an unknown severity": (R, "  severity: 提示", "  severity: 严重 # ←", "应是错误、需说明、提示之一，现在写的是“严重”"),
    "a text for a number": (F, "free_rows: 3", "free_rows: 三 # ←", "“free_rows”应是整数，现在写的是“三”"),
    "points neither number nor word": (B, "points: full, says: 没有编制}", "points: 全部, says: 没有编制} # ←", "应是数，或full、judge之一，现在写的是“全部”"),
    "a number for a text": (F, 'edition: "1"', "edition: 1 # ←", "“edition”应是文字（数字和日期请加引号）"),
    "two kinds of check": (R, "  python: short_names", "  python: short_names\n  check: 名称 != ''", "必须且只能写一项"),
    # ---- form
    "a label with a blank": (F, "{label: 扣分原因}", "{label: 扣分 原因} # ←", "“扣分 原因”含有标点或空格"),
    "a label twice": (F, "          - {label: 扣分原因}", "          - {label: 扣分原因}\n          - {label: 扣分原因} # ←", "“打分.原因”中有两个栏目都叫“扣分原因”"),
    "a label twice on one sheet": (F, "  - name: 收入", "      - fields:\n          - {label: 名称} # ←\n  - name: 收入", "“情况”中有两个栏目都叫“名称”"),
    "a sheet twice": (F, "  - name: 说明\n", "  - {name: 甲, grid: [10], blocks: [{fields: [{label: 乙}]}]}\n  - {name: 甲, grid: [10], blocks: [{fields: [{label: 丙}]}]} # ←\n  - name: 说明\n", "有两张工作表都叫“甲”"),
    "two tables without a name": (F, "  - name: 打分\n", "      - {kind: table, free_rows: 1, fields: [{label: 甲}]} # ←\n  - name: 打分\n", "要有自己的 name"),
    "a row twice": (F, "total: true, after: true}", "total: true, after: true}\n          - {key: 总分, labels: {一级: 总分}} # ←", "有两行的 key 都是“总分”"),
    "a row like a criterion": (F, "          - {key: 总分,", "          - {key: 投入(6分)·制度, labels: {}} # ←\n          - {key: 总分,", "有两行的 key 都是“投入(6分)·制度”"),
    "a label of a row that is no column": (F, "labels: {单位: 全部汇总}, total: true}", "labels: {单元: 全部汇总}, total: true} # ←", "没有“单元”这一栏，是否应为“单位”？"),
    "a key that is no column": (F, "        key: 单位", "        key: 单元 # ←", "不能作为行名，是否应为“单位”？"),
    "rows for a form": (F, "      - kind: form\n", "      - kind: form\n        free_rows: 2 # ←\n", "只有 kind: table 才能写 free_rows"),
    "a table without rows": (F, "        free_rows: 2\n", "", "没有一行可填"),
    "a choice without choices": (F, "{label: 在职, type: count}", "{label: 在职, type: count}\n          - {label: 新, type: choice} # ←", "没有写 choices"),
    "a choice twice": (F, "choices: [是, 否]}", "choices: [是, 否, 是]} # ←", "选项“是”写了两次"),
    "a lower bound above the upper": (F, "min: 0, max: 900", "min: 1000, max: 900", "min 1000 比 max 900 大"),
    "another way to write a choice that is none": (F, "choices: [及时, 不及时]}", "choices: [及时, 不及时], written: {不准时: [晚]}} # ←", "没有“不准时”这个选项，是否应为“不及时”？"),
    "a number out of bounds": (B, "points: 10\n", "points: 10\ndecimals: 5 # ←\n", "“decimals”应是不大于 4 的数，现在写的是“5”"),
    "a pattern that is none": (F, "pattern: '\\d+'", "pattern: '(\\d+'", "正则表达式写法有误"),
    "a pattern without words": (F, ", pattern_says: 只写数字}", "} # ←", "还要用 pattern_says"),
    "an unknown rubric": (F, "criteria_of: pf", "criteria_of: pg # ←", "没有评分表“pg”，是否应为“pf”？"),
    "an identity that is nowhere": (F, "code: 情况.编码}", "code: 情况.代码} # ←", "identity 里写的“情况.代码”不存在，是否应为“情况.编码”？"),
    "explanations that are nowhere": (F, "text: 原因}", "text: 缘由} # ←", "“说明”没有“缘由”这一栏"),
    "a table too wide": (F, "    grid: [10, 10, 10]\n", "    grid: [10, 10]\n", "共占 3 列，而版面只有 2 列"),
    "a field too wide": (F, "{label: 在职, type: count}", "{label: 在职, type: count, span: 3} # ←", "“在职”占 3 列，而版面只有 2 列"),
    "a name too long for a tab": (F, "  - name: 说明\n", f"  - {{name: {'长' * 32}, grid: [10, 9], blocks: [{{fields: [{{label: 甲}}]}}]}} # ←\n  - name: 说明\n", "不超过 31 字"),
    "a name that is ours": (F, "  - name: 说明\n", "  - {name: 自查, grid: [10, 9], blocks: [{fields: [{label: 甲}]}]} # ←\n  - name: 说明\n", "是程序自己要用的工作表名"),
    "a name that a copy will have": (F, "  - name: 说明\n", "  - {name: 甲, repeats: true, grid: [10, 9], blocks: [{fields: [{label: 甲}]}]}\n  - {name: 甲2, grid: [10, 9], blocks: [{fields: [{label: 甲}]}]} # ←\n  - name: 说明\n", "“甲2”和重复的工作表“甲”的第 2 张同名"),
    # ---- rules
    "a code twice": (R, "- code: 情况-02", "- {code: 情况-01, id: A, title: 又, severity: 提示, on: 情况, fields: [在职], check: 在职 > 0, message: 又, basis: 又} # ←\n- code: 情况-02", "规则编号“情况-01”已在第 1 行用过"),
    "an unknown frame": (R, "  on: 收入", "  on: 收人 # ←", "没有“收人”这张表，是否应为“收入”？"),
    "an unknown row": (R, "  rows: 汇总", "  rows: 汇综 # ←", "没有“汇综”这一行，是否应为“汇总”？"),
    "an unknown field": (R, "  fields: [合计, 拨款]", "  fields: [合计, 拔款] # ←", "没有“拔款”这一栏，是否应为“拨款”？"),
    "an unknown name": (R, "  when: not blank(编制)", "  when: not blank(人员编制) # ←", "没有“人员编制”这个栏目，也没有这个参数，是否应为“编制”？"),
    "an unknown function": (R, "  total: sum(本项)", "  total: summ(本项) # ←", "没有“summ”这个函数，是否应为“sum”？"),
    "no expression": (R, "  total: sum(本项)", "  total: sum(本项 # ←", "表达式写法有误"),
    "money and persons": (R, "  total: sum(本项)", "  total: sum(本项) + 情况.编制 # ←", "金额和数不能放在一起"),
    "no judgement": (R, "  when: not blank(编制)", "  when: 编制 # ←", "when 应是一个判断"),
    "a placeholder": (R, "编制{编制}人", "编制{人员编制}人", "“{人员编制}”不存在，是否应为“编制”？"),
    "an open brace": (R, "编制{编制}人", "编制{编制人", "花括号不成对"),
    "an empty basis": (R, "  basis: 办法第一条", "  basis: '' # ←", "basis 是空的"),
    "a builtin without rubric": (R, "  rubric: pf\n", "", "要写明核对哪一张评分表"),
    "a builtin with an unknown rubric": (R, "  rubric: pf\n", "  rubric: pg # ←\n", "没有评分表“pg”，是否应为“pf”？"),
    "a function that is not there": (R, "  python: short_names", "  python: short_name # ←", "rules.py 里没有函数“short_name”，是否应为“short_names”？"),
    "Python that is none": (P, "    return []", "    return [ # ←", "Python 写法有误"),
    # ---- rubric
    "points that do not add up": (B, "points: 10\n", "points: 11 # ←\n", "各指标分值合计 10，应为 11"),
    "a group that does not add up": (B, "[过程（2分）, 到位]", "[过程（3分）, 到位]", "“过程（3分）”下各指标分值合计 2，与标明的分数不符"),
    "a gap": (B, '"[90, 100]", points: 3}', '"[90, 95]", points: 3}', "之间有空档"),
    "an overlap": (B, '"(, 90)", points: 4}', '"(, 90]", points: 4}', "有重叠"),
    "a range that is none": (B, '"(, 90)", points: 4}', '"小于 90", points: 4} # ←', "写法有误，应写成"),
    "more points than there are": (B, '"(, 90)", points: 4}', '"(, 90)", points: 5} # ←', "5 分超出了 0 至 4 分"),
    "items that do not add up": (B, "{text: 有执行, points: 1}", "{text: 有执行, points: 0.5}", "各条分值合计 1.5，应为 2"),
    "an id twice": (B, "  - id: effect2", "  - id: effect # ←", "指标 id“effect”用了两次"),
    "a criterion twice": (B, "[效果, 经济效益]", "[效果, 社会效益] # ←", "有两个指标都叫“效果·社会效益”"),
    "levels that are too few": (B, "labels: [效果, 经济效益]", "labels: [经济效益] # ←", "labels 有 1 级，levels 有 2 级"),
    "an unknown share": (B, "  - id: effect2\n    labels: [效果, 经济效益]\n    share: 共用", "  - id: effect2\n    labels: [效果, 经济效益]\n    share: 共有 # ←", "shares 里没有“共有”，是否应为“共用”？"),
    "no column for the scores": (B, "self_score: 得分", "self_score: 自评 # ←", "“打分.表”没有“自评”这一栏"),
    "an unknown subject": (B, "grade: 情况.等次", "grade: 情况.等级 # ←", "grade 里写的“情况.等级”不存在，是否应为“情况.等次”？"),
    "a total that is nowhere": (B, "total: 打分.表[总分].得分", "total: 打分.表[总计].得分 # ←", "没有“总计”这一行，是否应为“总分”？"),
    "items that are nowhere": (B, "  checklist: 打分.清单.符合", "  checklist: 打分.清单.是否符合 # ←", "不存在，是否应为“打分.清单.符合”？"),
    "items without a place": (F, "        items_of: pf/checklist\n", "        free_rows: 1\n", "那一块应写 items_of: pf/checklist"),
    "grades that nobody can choose": (B, "{name: 差, least: 0}", "{name: 中, least: 0}", "的选项是优、差，等次却是优、中"),
    "scores without a grade": (B, "{name: 差, least: 0}", "{name: 差, least: 1}", "低于 1 分的没有等次"),
    "a choice that is none": (B, "    chosen: 编制数", "    chosen: 编织数 # ←", "不在 choices 里，是否应为“编制数”？"),
    "a choice without its expression": (B, "      上限数: 情况.在职 / 上限 * 100\n", "", "每个选择各写一个算法：编制数、上限数"),
    "an option that is nowhere": (B, "    option: 口径", "    option: 口经 # ←", "没有“口经”这个口径(options)，是否应为“口径”？"),
    "an unknown name in a value": (B, "    value: 情况.在职\n", "    value: 情况.再职 # ←\n", "没有“再职”这一栏，是否应为“在职”？"),
    "a value that is no number": (B, "    value: 情况.在职\n", "    value: 情况.名称 # ←\n", "value 应是一个数"),
    "answers without points": (B, "choices: {及时: 2, 不及时: 0}", "choices: {及时: 2}", "选项是及时、不及时，计分的却是及时"),
    "a way of scoring that lacks something": (B, "    linear: {above: 90, step: 1, deduct: 0.5}\n", "", "还要写 linear"),
    "both bounds": (B, "{above: 90,", "{above: 90, below: 80, # ←\n             ", "必须且只能写一项"),
    "part of a step": (B, "deduct: 0.5}", "deduct: 0.5, part: half} # ←", "part 应是 whole、proportional"),
    # ---- cases
    "a case of no rule": (C, "- {rule: 情况-02, name: 对, set: {}, finds: []}", "- {rule: 情况-02, name: 对, set: {}, finds: []}\n- {rule: 情况-09, name: 对, finds: []} # ←", "没有规则“情况-09”"),
    "a case twice": (C, "- {rule: 情况-02, name: 对, set: {}, finds: []}", "- {rule: 情况-02, name: 对, set: {}, finds: []}\n- {rule: 情况-02, name: 对, finds: []} # ←", "已有一个例子叫“对”"),
    "a rule without its passing case": (C, "- {rule: 打分-01, name: 对, set: {}, finds: []}\n", "", "规则 打分-01 在 cases 里没有通过的例子"),
    "a rule without cases": (C, CASES[CASES.index("- {rule: 情况-02, name: 对") :], "", "规则 情况-02 在 cases 里没有通过和不通过的例子"),
    "a cell that is nowhere": (C, "set: {情况.名称: 甲}", "set: {情况.名: 甲} # ←\n   ", "“情况.名”：“情况”没有“名”这一栏"),
    "a sheet that is nowhere": (C, "    收入[一队].合计: 2", "    收人[一队].合计: 2 # ←", "没有“收人”这张表，是否应为“收入”？"),
    "a row that is nowhere": (C, 'finds: ["收入[汇总].合计"]', 'finds: ["收入[三队].合计"] # ←', "“收入”没有“三队”这一行"),
    "a cell without its row": (C, 'finds: ["收入[汇总].合计"]', "finds: [收入.合计] # ←", "没有写是哪一行"),
    "a code that is nowhere": (C, "  also: {情况-01: [情况.在职]}", "  also: {情况-1: [情况.在职]} # ←", "没有编号“情况-1”，是否应为“情况-01”？"),
    "a misspelt key of a case": (C, "  name: 正好\n  set:", "  name: 正好\n  sets: # ←\n   ", "没有“sets”这一项，是否应为“set”？"),
    "no clean filing": ("cases/base.yaml", BASE, "", "缺少一份没有任何问题的填报"),
}  # fmt: skip

# The line where it cannot be marked: what was taken out leaves no line, or a bracket goes on.
LINES = {
    "an open bracket": "  python: short_names",
    "an open quote": None,
    "a missing key": "- code: 情况-02",
    "two kinds of check": "- code: 情况-02",
    "a table without rows": "      - kind: table\n        fields:\n          - {label: 编号}",
    "a lower bound above the upper": "          - {label: 编制,",
    "a pattern that is none": "          - {label: 编码,",
    "a table too wide": "      - kind: table\n        key: 单位",
    "a placeholder": "  message: '在职",
    "an open brace": "  message: '在职",
    "a builtin without rubric": "  builtin: score_grade",
    "a group that does not add up": "  - id: arrival",
    "a gap": '      - {range: "(100, )"',
    "an overlap": '      - {range: "[90, 100]"',
    "items that do not add up": "    items:\n",
    "items without a place": "    items:\n",
    "grades that nobody can choose": "grades:",
    "scores without a grade": "grades:",
    "a choice without its expression": "    value:\n",
    "answers without points": "    value: 情况.到位",
    "a way of scoring that lacks something": "    scoring: linear",
    "a rule without its passing case": "- code: 打分-01",
    "a rule without cases": "- code: 情况-02",
    "no clean filing": "",
}


def write(folder: Path, changes: dict[str, tuple[str, str]] | None = None) -> Path:
    """The small pack, with a text of a file replaced."""
    for name, text in PACK.items():
        old, new = (changes or {}).get(name, ("", ""))
        assert text.count(old) == 1 or not old, f"{old} 在 {name} 里有 {text.count(old)} 处"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return folder


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_small_pack_is_clean(tmp_path: Path) -> None:
    report = lint(write(tmp_path))
    assert [str(m) for m in report.mistakes + report.hints] == []
    assert report.summary == "没有错误：lint/1 有 4 张工作表、4 条规则、8 个例子、1 张评分表。"
    assert load_pack(tmp_path).name == "lint/1"


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_once_at_its_line(what: str, tmp_path: Path) -> None:
    file, old, new, words = MISTAKES[what]
    write(tmp_path, {file: (old, new)})
    report = lint(tmp_path)
    assert [words in m.message for m in report.mistakes] == [True], [str(m) for m in report.mistakes]
    (mistake,) = report.mistakes
    told = Path(str(mistake.file))
    text = told.read_text(encoding="utf-8") if told.is_file() else ""
    marker = "←" if "←" in new else LINES[what]
    assert mistake.line is not None
    if marker is not None:
        assert mistake.line == line_of(text, marker), str(mistake)


def test_all_of_many_mistakes_are_told_in_one_go(tmp_path: Path) -> None:
    write(tmp_path, {
        F: ("{label: 在职, type: count}", "{label: 在职, type: conut, 颜色: 红}"),
        R: ("check: 在职 <= 编制 and 在职 <= 上限", "check: 在值 <= 编织 and 在职 <= 上线"),
        B: ("points: 10\n", "points: 12\n"),
        C: ("- rule: 情况-01\n  name: 超编", "- rule: 情况-11\n  name: 超编"),
    })  # fmt: skip
    told = [f"{Path(str(m.file)).name} {m.message}" for m in lint(tmp_path).mistakes]
    for words in ("conut", "颜色", "“在值”", "“编织”", "“上线”", "应为 12", "“情况-11”", "没有不通过的例子"):
        assert sum(words in line for line in told) == 1, words
    assert len(told) == 8


def test_loading_stops_at_the_first_mistake(tmp_path: Path) -> None:
    write(tmp_path, {F: ("title: 小表", "titel: 小表"), R: ("on: 收入", "on: 收人")})
    with pytest.raises(PackError, match="titel"):
        load_pack(tmp_path)


def test_what_nothing_uses_is_hinted_at(tmp_path: Path, run: Run) -> None:
    write(
        tmp_path,
        {
            F: ("  上限: 100", "  上限: 100\n  下限: 1"),
            B: (
                "    option: 口径\n    value:\n      编制数: 情况.在职 / 情况.编制 * 100\n      上限数: 情况.在职 / 上限 * 100",
                "    value: 情况.在职",
            ),
        },
    )
    ran = run("lint", tmp_path)
    assert ran.status == 0
    first, second, last = ran.out.splitlines()
    assert re.search(r"form\.yaml:11: 提示：参数“下限”没有用到$", first)
    assert re.search(r"rubric-a\.yaml:20: 提示：口径“口径”没有指标用到$", second)
    assert last.startswith("没有错误")


def test_the_command(tmp_path: Path, run: Run) -> None:
    clean = run("lint", write(tmp_path / "好"))
    assert (clean.status, clean.err) == (0, "")
    assert clean.out == "没有错误：lint/1 有 4 张工作表、4 条规则、8 个例子、1 张评分表。\n"
    broken = run("lint", write(tmp_path / "坏", {R: ("on: 收入", "on: 收人")}))
    assert (broken.status, broken.err) == (1, "")
    path = tmp_path / "坏" / "rules.yaml"
    says = "规则 收入-01：没有“收人”这张表，是否应为“收入”？"
    assert broken.out.splitlines() == [f"{path}:15: {says}", "共 1 处错误。"]
    nowhere = run("lint", tmp_path / "无")
    assert (nowhere.status, nowhere.out) == (2, "")
    assert "找不到模板包" in nowhere.err


def test_cases_are_tried_on_request(tmp_path: Path, run: Run) -> None:
    """The function of the pack finds nothing, so that its failing case finds nothing either."""
    write(tmp_path)
    text = PACK[C].replace("  also: {情况-01: [情况.在职]}\n", "")
    (tmp_path / C).write_text(text, encoding="utf-8")
    assert run("lint", tmp_path).status == 0
    ran = run("lint", tmp_path, "--cases")
    assert ran.status == 1
    line = line_of(text, "- {rule: 情况-02, name: 错")
    assert f"{tmp_path / C}:{line}: 情况-02“错”：应找到 情况-02（情况!C3），没有找到" in ran.out
