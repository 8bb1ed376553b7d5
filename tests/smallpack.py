"""A pack small enough to know by heart, and typed batches written as YAML.

Amounts in 万元, points in points. `?` in a number's place stands for something unreadable; a sheet
that is not written is lost; fixed rows that are not written are blank. A text that begins with an
equals sign is a formula and what the file keeps as its result: `=C4+C5 -> 12`. Forms stand in row 2,
the first table of a sheet from row 3, the next from row 13; the first field stands in column B.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import yaml

from workbook_tool.model import Batch, Frame, Pack, Rule, Sheet, Table

FORMULAS = ["submission", "frame", "record", "field", "formula"]
"""The columns of `Batch.formulas`."""
FORM = """
id: small
edition: "1"
title: 小表
fiscal_year: 2023
unit: 万元
identity: {department: 情况.名称, code: 情况.编码}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
parameters: {上限: 100, 比例: 0.9, 叫法: [机关, 本级], 样字: 示例}
sheets:
  - name: 情况
    grid: [10, 10]
    blocks:
      - kind: form
        fields:
          - {label: 名称}
          - {label: 编码}
          - {label: 编制, type: count}
          - {label: 实有, type: count}
          - {label: 预算, type: amount}
          - {label: 决算, type: amount}
          - {label: 比率, type: percent}
          - {label: 日期, type: date}
          - {label: 自评, type: points}
          - {label: 说明}
  - name: 收入
    grid: [10, 10, 10, 10, 10]
    blocks:
      - kind: table
        key: 单位
        free_rows: 3
        rows: [{key: 汇总, labels: {单位: 全部汇总}, total: true}]
        fields:
          - {label: 单位}
          - {label: 合计, type: amount}
          - {label: 拨款, type: amount, blank: zero}
          - {label: 其他, title: 其他收入, type: amount, blank: zero}
          - {label: 结转, type: amount}
  - name: 支出
    grid: [10, 10, 10, 10]
    blocks:
      - kind: table
        key: 单位
        free_rows: 3
        rows: [{key: 汇总, labels: {单位: 全部汇总}, total: true}]
        fields:
          - {label: 单位}
          - {label: 合计, type: amount}
          - {label: 人员, type: amount, blank: zero}
          - {label: 项目, type: amount, blank: zero}
          - {label: 结余, type: amount}
  - name: 打分
    grid: [10, 10, 10, 10]
    blocks:
      - kind: table
        rows:
          - {key: 管理·制度, labels: {指标: 制度, 分值: 3}}
          - {key: 安全, labels: {指标: 安全, 分值: 4}}
          - {key: 总分, labels: {指标: 总分}, total: true, after: true}
        fields:
          - {label: 指标, static: true}
          - {label: 分值, type: points, static: true}
          - {label: 得分, type: points}
          - {label: 原因}
  - name: 项目
    repeats: true
    grid: [10, 10, 10]
    blocks:
      - kind: form
        fields:
          - {label: 项目名称}
          - {label: 所属}
          - {label: 总额, type: amount}
      - name: 资金
        kind: table
        rows:
          - {key: 合计, labels: {来源: 合计}, total: true}
          - {key: 中央, labels: {来源: 中央}}
          - {key: 省, labels: {来源: 省}}
        fields:
          - {label: 来源, static: true}
          - {label: 计划, type: amount, blank: zero}
          - {label: 支出, type: amount, blank: zero}
      - name: 指标
        kind: table
        rows:
          - {key: 数量, slots: 2, labels: {类别: 数量}}
          - {key: 质量, slots: 2, labels: {类别: 质量}}
        fields:
          - {label: 类别, static: true}
          - {label: 内容}
          - {label: 数值, type: number}
"""

DTYPES = {"amount": "Int64", "points": "Int64", "count": "Int64", "number": "Float64", "percent": "Float64"}
UNREADABLE = "?"


def pack_with(*rules: str | Mapping[str, Any], **changes: Any) -> Pack:
    """The small pack with rules, each a mapping or its YAML."""
    defaults = {"id": "X", "title": "规则", "severity": "错误", "message": "不对", "basis": "办法"}
    read = [_keys_as_written(yaml.safe_load(rule)) if isinstance(rule, str) else dict(rule) for rule in rules]
    numbered = [defaults | {"code": f"规则-{n:02d}"} | rule for n, rule in enumerate(read, 1)]
    return Pack.model_validate(yaml.safe_load(FORM) | {"rules": numbered} | changes)


def _keys_as_written(rule: Mapping[Any, Any]) -> dict[str, Any]:
    """YAML 1.1 takes the key `on` for a boolean."""
    return {"on" if key is True else key: value for key, value in rule.items()}


def rule_of(text: str) -> Rule:
    """One rule from its YAML."""
    return pack_with(text).rules[0]


def batch_of(pack: Pack, *books: str | Mapping[str, Any]) -> Batch:
    """A typed batch of workbooks, each a mapping or its YAML."""
    read = [yaml.safe_load(book) if isinstance(book, str) else book for book in books]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in pack.tables}
    places: list[tuple[Any, ...]] = []
    for submission, book in enumerate(read):
        for sheet in pack.sheets:
            tabs = book.get(sheet.name, [] if sheet.repeats else None)
            for instance, content in enumerate(tabs if sheet.repeats else [tabs]):
                where = {
                    "submission": submission,
                    "tab": f"{sheet.name}{instance or ''}",
                    "instance": instance,
                }
                if content is not None:
                    _add_tab(pack, sheet, content, where, rows)
                    places += _places(pack, sheet, where)
    formulas = [line for name, lines in rows.items() for line in _formulas(name, lines)]
    frames = {name: _typed(rows[name], pack.tables[name], pack.fen) for name in pack.tables}
    unreadable = {name: _flags(rows[name], pack.tables[name]) for name in pack.tables}
    submissions = pd.DataFrame(
        {"submission": range(len(read)), "path": [f"{n}.xlsx" for n in range(len(read))]}
    )
    return Batch(
        submissions,
        frames,
        pd.DataFrame(places, columns=["submission", "tab", "frame", "field", "row", "column"]),
        pd.DataFrame(formulas, columns=FORMULAS),
        unreadable,
    )


def _formulas(name: str, lines: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The formulas of a frame; in the lines only their results are left."""
    for record, line in enumerate(lines):
        for field, value in line.items():
            if isinstance(value, str) and value.startswith("="):
                formula, _, result = value.partition(" -> ")
                line[field] = yaml.safe_load(result)
                yield line["submission"], name, record, field, formula


def _places(pack: Pack, sheet: Sheet, where: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for block in sheet.blocks:
        name = sheet.frame_of(block)
        row = 2 if block.kind == "form" else None
        for column, field in enumerate(pack.tables[name].fields, 2):
            yield where["submission"], where["tab"], name, field.label, row, column


def _add_tab(
    pack: Pack, sheet: Sheet, content: Any, where: Mapping[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> None:
    first = 3
    for block in sheet.blocks:
        name = sheet.frame_of(block)
        if block.kind == "form":
            rows[name].append({**where, "row": 2, "key": None, **content})
            continue
        lines = content if isinstance(content, list) else content.get(block.name) or []
        for number, line in enumerate(_with_fixed(lines, pack.tables[name]), first):
            rows[name].append({**where, "row": number, **line})
        first += 10


def _with_fixed(lines: Iterable[Mapping[str, Any]], table: Table) -> list[dict[str, Any]]:
    fixed = {row.key: row for row in table.rows}
    given = []
    for line in lines:
        key = line.get("行") or next((k for k in fixed if line.get(table.key or "") == k), None)
        labels = fixed[key].labels if key else {}
        given.append({"key": key, **labels, **{k: v for k, v in line.items() if k not in (table.key, "行")}})
        if table.key and (not key or "行" in line):
            given[-1][table.key] = line.get(table.key, labels.get(table.key))
    there = {line["key"] for line in given}
    lacking = [{"key": k, **r.labels} for k, r in fixed.items() if r.slots == 1 and k not in there]
    return [*lacking, *given]


def _typed(lines: list[dict[str, Any]], table: Table, fen: int) -> Frame:
    scales = {"amount": fen, "points": 10_000}
    frame: dict[str, Any] = {
        name: pd.Series([line[name] for line in lines], dtype=object if name in ("tab", "key") else "int64")
        for name in ("submission", "tab", "instance", "row", "key")
    }
    for field in table.fields:
        values: list[Any] = []
        for line in lines:
            value = line.get(field.label)
            value = None if field.numeric and value == UNREADABLE else value
            if value is not None and field.type in scales:
                value = int(Decimal(str(value)) * scales[field.type])
            values.append(value if value is None or field.numeric else str(value))
        frame[field.label] = pd.Series(values, dtype=DTYPES.get(field.type, "string"))
    return pd.DataFrame(frame)


def _flags(lines: list[dict[str, Any]], table: Table) -> Frame:
    return pd.DataFrame(
        {f.label: [f.numeric and line.get(f.label) == UNREADABLE for line in lines] for f in table.fields},
        dtype=bool,
    )
