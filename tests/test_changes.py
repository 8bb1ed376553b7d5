"""What changed between two versions of a return: each pair is filled in, read back and compared."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from smallpack import FORM, pack_with
from workbook_tool.assess import assess
from workbook_tool.excel.fill import fill
from workbook_tool.excel.read import read
from workbook_tool.ledger import Change, changes
from workbook_tool.outputs.kept import Reviewed, Source, kept

WIDE = [sheet | {"grid": [12] * 10} for sheet in yaml.safe_load(FORM)["sheets"]]
PACK = pack_with(sheets=WIDE)
"""The small pack, wide enough to be printed."""

BASE = """
情况: {名称: 甲局, 编码: "101", 编制: 12, 预算: 1.5, 比率: 95, 自评: 90, 说明: 无}
收入:
  - {行: 汇总, 合计: 10, 拨款: 10}
  - {单位: 本级, 合计: 4, 拨款: 4}
  - {单位: 一所, 合计: 6, 拨款: 6}
打分:
  - {行: 安全, 得分: 4, 原因: 达标}
项目:
  - {项目名称: 修路, 所属: 甲, 总额: 3, 资金: [{行: 中央, 计划: 1}], 指标: [{行: 数量, 内容: 里程, 数值: 5}]}
  - {项目名称: 造林, 所属: 乙, 总额: 4, 资金: [{行: 省, 计划: 2}], 指标: [{行: 质量, 内容: 成活, 数值: 90}]}
"""

CASES = """
- title: 改了几个格子
  now:
    情况: {预算: 1.25, 说明: 见附件, 比率: null}
  found:
    - changed 情况 - 预算 1.5 -> 1.25
    - changed 情况 - 比率 95% -> 空
    - changed 情况 - 说明 无 -> 见附件
- title: 固定行
  now:
    收入: [{行: 汇总, 合计: 10, 拨款: 9.5, 其他: 0.5}, {单位: 本级, 合计: 4, 拨款: 4}, {单位: 一所, 合计: 6, 拨款: 6}]
  found:
    - changed 收入 汇总 拨款 10 -> 9.5
    - changed 收入 汇总 其他收入 空 -> 0.5
- title: 换了顺序不算改动
  now:
    收入: [{行: 汇总, 合计: 10, 拨款: 10}, {单位: 一所, 合计: 6, 拨款: 6}, {单位: 本级, 合计: 4, 拨款: 4}]
  found: []
- title: 中间加一行
  now:
    收入:
      - {行: 汇总, 合计: 10, 拨款: 10}
      - {单位: 本级, 合计: 4, 拨款: 4}
      - {单位: 二所, 合计: 1}
      - {单位: 一所, 合计: 6, 拨款: 5}
  found:
    - added 收入 二所 单位 空 -> 二所
    - added 收入 二所 合计 空 -> 1
    - changed 收入 一所 拨款 6 -> 5
- title: 删去一行
  now:
    收入: [{行: 汇总, 合计: 10, 拨款: 10}, {单位: 一所, 合计: 6, 拨款: 6}]
  found:
    - removed 收入 本级 单位 本级 -> 空
    - removed 收入 本级 合计 4 -> 空
    - removed 收入 本级 拨款 4 -> 空
- title: 换了顺序又改了名称
  now:
    收入: [{行: 汇总, 合计: 10, 拨款: 10}, {单位: 第一所, 合计: 6, 拨款: 6}, {单位: 本级, 合计: 4, 拨款: 4}]
  found: [changed 收入 第一所 单位 一所 -> 第一所]
- title: 重复的表
  now:
    项目:
      - {项目名称: 修路, 所属: 甲, 总额: 3, 资金: [{行: 中央, 计划: 1}], 指标: [{行: 数量, 内容: 里程, 数值: 5}]}
      - {项目名称: 造林, 所属: 乙, 总额: 4, 资金: [{行: 省, 计划: 2.5}], 指标: [{行: 质量, 内容: 成活, 数值: 92.5}]}
      - {项目名称: 清淤}
  found:
    - changed 项目2 省 计划 2 -> 2.5
    - changed 项目2 质量 数值 90 -> 92.5
    - added 项目3 - 项目名称 空 -> 清淤
- title: 少了一张表
  now:
    项目:
      - {项目名称: 修路, 所属: 甲, 总额: 3, 资金: [{行: 中央, 计划: 1}], 指标: [{行: 数量, 内容: 里程, 数值: 5}]}
  found:
    - removed 项目2 - 项目名称 造林 -> 空
    - removed 项目2 - 所属 乙 -> 空
    - removed 项目2 - 总额 4 -> 空
    - removed 项目2 省 计划 2 -> 空
    - removed 项目2 质量 内容 成活 -> 空
    - removed 项目2 质量 数值 90 -> 空
- title: 得分
  now:
    打分: [{行: 安全, 得分: 3.5, 原因: 达标}]
  found: [changed 打分 安全 得分 4 -> 3.5]
"""


def versions(cases: Sequence[Mapping[str, Any]], folder: Path) -> list[Reviewed]:
    """The base and after it every case, as they are kept."""
    base = yaml.safe_load(BASE)
    paths = []
    for number, case in enumerate([{}, *cases]):
        data = copy.deepcopy(base)
        for sheet, content in case.get("now", {}).items():
            data[sheet] = data[sheet] | content if isinstance(content, dict) else content
        paths.append(folder / f"{number}.xlsx")
        fill(data, PACK, paths[-1])
    batch, drafts = read(paths, PACK)
    return kept(assess(batch, PACK, drafts), PACK, [Source.of(path) for path in paths])


def shown(change: Change) -> str:
    was, now = change.was or "空", change.now or "空"
    return f"{change.kind} {change.sheet} {change.row or '-'} {change.field} {was} -> {now}"


CASE_LIST: Sequence[Mapping[str, Any]] = yaml.safe_load(CASES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Reviewed]:
    return versions(CASE_LIST, tmp_path_factory.mktemp("versions"))


@pytest.mark.parametrize("number", range(len(CASE_LIST)), ids=[case["title"] for case in CASE_LIST])
def test_changes(made: list[Reviewed], number: int) -> None:
    found = changes(made[0], made[number + 1], PACK)
    assert [shown(change) for change in found] == CASE_LIST[number]["found"]


def test_the_other_way_round_added_is_removed(made: list[Reviewed]) -> None:
    other = {"added": "removed", "removed": "added", "changed": "changed"}
    for later in made[1:]:
        there = sorted((other[c.kind], c.field, c.was, c.now) for c in changes(made[0], later, PACK))
        back = sorted((c.kind, c.field, c.now, c.was) for c in changes(later, made[0], PACK))
        assert there == back


def test_a_change_says_where_it_stands(made: list[Reviewed]) -> None:
    from openpyxl import load_workbook

    later = made[1 + [case["title"] for case in CASE_LIST].index("中间加一行")]
    sheet = load_workbook(later.source)["收入"]
    found = changes(made[0], later, PACK)
    assert [sheet[change.cell].value for change in found if change.cell] == ["二所", 1, 5]
