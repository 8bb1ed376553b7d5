"""Returned workbooks for tests of reading: a small form, and files written part by part.

Written as plain XML, so that a test has in its hands what no library would write: a wrong
dimension, cells without an address, a strict namespace.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd
import yaml

from workbook_tool.excel.read import read
from workbook_tool.findings import column_letters
from workbook_tool.model import Batch, Frame, Pack

FORM = """
id: hunan
edition: "2023"
title: 绩效自评表
fiscal_year: 2023
unit: 万元
identity: {department: 概况.部门, code: 概况.编码}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
sheets:
  - name: 概况
    grid: [14, 20, 14, 20]
    blocks:
      - kind: form
        fields:
          - {label: 部门, title: 部门名称}
          - {label: 编码, title: 部门编码}
          - {label: 成立日期, type: date}
          - {label: 人数, type: count}
  - name: 收入
    title: 收入情况
    grid: [20, 12, 12, 12]
    blocks:
      - kind: table
        key: 机构
        free_rows: 2
        rows: [{key: 汇总, labels: {机构: 全部机构}, total: true}]
        fields:
          - {label: 机构, title: 机构名称}
          - {label: 合计, type: amount}
          - {label: 拨款, type: amount, unit: 万元}
          - {label: 其他, type: amount}
  - name: 打分
    title: 打分表
    grid: [12, 12, 8, 8]
    blocks:
      - kind: table
        rows:
          - {key: 甲, labels: {指标: 甲项, 分值: 4}}
          - {key: 乙, labels: {指标: 乙项, 分值: 6}}
        fields:
          - {label: 指标, static: true}
          - {label: 分值, type: points, static: true}
          - {label: 得分, type: points}
  - name: 项目
    title: 项目表
    repeats: true
    grid: [12, 12, 12]
    blocks:
      - kind: form
        fields: [{label: 名称}, {label: 总分, type: number}]
      - name: 指标
        kind: table
        title: 绩效指标
        rows:
          - {key: 数量, slots: 2, labels: {类: 数量指标}}
          - {key: 效益, labels: {类: 效益指标}}
        fields: [{label: 类, static: true}, {label: 目标}, {label: 完成}]
rules:
  - {code: 收入-01, id: ROW, title: 行, severity: 错误, "on": 收入, fields: [合计], total: 拨款 + 其他,
     message: 不等, basis: 表}
  - {code: 项目-01, id: SUM, title: 总分, severity: 错误, "on": 项目, fields: [总分], total: 1 + 1,
     message: 不等, basis: 表}
"""

Value = object
Cells = dict[tuple[int, int], Value]


def small_pack(**changes: object) -> Pack:
    """The small form; `changes` replace top-level entries."""
    return Pack.model_validate(yaml.safe_load(FORM) | changes)


@dataclass(frozen=True)
class Formula:
    """A formula with its calculated value; None: never calculated."""

    text: str
    value: str | float | None = None


@dataclass(frozen=True)
class Xml:
    """A cell's XML from its attributes on: ' t="e"><v>#N/A</v>'."""

    text: str


@dataclass
class Tab:
    """A tab that is being made.

    Attributes:
        cells: (row, column) -> value, counted from 1.
        styles: (row, column) -> number of the cell style; 1 is a date, 2 a percentage.
    """

    name: str
    cells: Cells = field(default_factory=dict)
    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    dimension: str = ""

    def moved(self, move: Callable[[int, int], tuple[int, int] | None]) -> Tab:
        """The tab with each cell at its new place, or gone."""
        targets = {at: move(*at) for at in self.cells}
        styles = {to: self.styles[at] for at, to in targets.items() if to and at in self.styles}
        return replace(self, cells={to: self.cells[at] for at, to in targets.items() if to}, styles=styles)

    def insert_row(self, row: int, values: Mapping[int, Value] | None = None) -> Tab:
        """A new row before that one."""
        tab = self.moved(lambda r, c: (r + (r >= row), c))
        tab.cells |= {(row, column): value for column, value in (values or {}).items()}
        return tab

    def delete_row(self, row: int) -> Tab:
        return self.moved(lambda r, c: None if r == row else (r - (r > row), c))

    def insert_column(self, column: int) -> Tab:
        return self.moved(lambda r, c: (r, c + (c >= column)))

    def delete_column(self, column: int) -> Tab:
        return self.moved(lambda r, c: None if c == column else (r, c - (c > column)))

    def without_map(self) -> Tab:
        """As after pasting the visible cells into a file of one's own."""
        return self.moved(lambda r, c: (r - 1, c - 1) if r > 1 and c > 1 else None)

    def put(self, cells: Mapping[tuple[int, int], Value]) -> Tab:
        return replace(self, cells=self.cells | dict(cells))

    def named(self, name: str) -> Tab:
        return replace(self, name=name)


def stamp(sheet: str, pack: str = "hunan/2023", code: str = "") -> str:
    return f"workbook-tool|{pack}|{sheet}|{code}"


def template(pack_name: str = "hunan/2023", code: str = "") -> dict[str, Tab]:
    """The blank tabs of the small form, laid out as the contract says."""

    def tab(sheet: str, columns: str, rows: str) -> Tab:
        """Rows are written as `row token | B | C | D`; columns as their tokens."""
        cells: Cells = {(1, 1): stamp(sheet, pack_name, code)}
        cells |= {(1, n): token for n, token in enumerate(columns.split(" | "), 2) if token != "-"}
        for number, line in enumerate(rows.strip().splitlines(), 2):
            for column, value in enumerate((part.strip() for part in line.split("|")), 1):
                if value:
                    cells[number, column] = float(value) if value.isdigit() else value
        return Tab(sheet, cells)

    tabs = [
        tab("概况", "- | 概况/部门;概况/成立日期 | - | 概况/编码;概况/人数", """
            | 概况
            概况/部门;概况/编码 | 部门名称 | | 部门编码
            概况/成立日期;概况/人数 | 成立日期 | | 人数
        """),
        tab("收入", "收入/机构 | 收入/合计 | 收入/拨款 | 收入/其他", """
            | 收入情况
            | 机构名称 | 合计 | 拨款（万元） | 其他
            收入/汇总 | 全部机构
            收入/*
            收入/*
            收入/.
            | 填表人
        """),
        tab("打分", "打分/指标 | 打分/分值 | 打分/得分", """
            | 打分表
            | 指标 | 分值 | 得分
            打分/甲 | 甲项 | 4
            打分/乙 | 乙项 | 6
            打分/.
        """),
        tab("项目", "项目.指标/类 | 项目/名称;项目/总分;项目.指标/目标 | 项目.指标/完成", """
            | 项目表
            项目/名称 | 名称
            项目/总分 | 总分
            | 绩效指标
            | 类 | 目标 | 完成
            项目.指标/数量 | 数量指标
            项目.指标/数量 |
            项目.指标/效益 | 效益指标
            项目.指标/.
        """),
    ]  # fmt: skip
    return {t.name: t for t in tabs}


def filled(pack_name: str = "hunan/2023") -> dict[str, Tab]:
    """The small form as a department returns it."""
    tabs = template(pack_name)
    tabs["概况"].cells |= {(3, 3): "某局", (3, 5): "101", (4, 3): 45376.0, (4, 5): 12.0}
    tabs["概况"].styles[4, 3] = 1
    tabs["收入"].cells |= {
        (4, 3): 8.5, (4, 4): 8.5, (5, 2): "一所", (5, 3): Formula("D5+E5", 8.5), (5, 4): 8.5,
    }  # fmt: skip
    tabs["打分"].cells |= {(4, 4): 4.0, (5, 4): 5.0}
    tabs["项目"].cells |= {(3, 3): "修路", (4, 3): Formula("1+1", 2.0), (7, 3): "三公里", (9, 4): "已完成"}
    return tabs


_RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
_STYLES = """
<numFmts count="1">
<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>
<fonts count="1"><font><sz val="11"/></font></fonts><fills count="1"><fill><patternFill/></fill></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
"""


def write(path: Path, tabs: Iterable[Tab], *, strict: bool = False, since_1904: bool = False,
          prefix: str = "", extra: Mapping[str, str] | None = None) -> Path:  # fmt: skip
    """Write the tabs as a workbook."""
    tabs = list(tabs)
    main = f"http://{'purl.oclc.org/ooxml' if strict else 'schemas.openxmlformats.org'}/spreadsheetml/"
    main += "main" if strict else "2006/main"
    office = (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
        if strict
        else "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = "".join(
        f'<sheet name="{escape(t.name)}" sheetId="{n}" r:id="rId{n}"/>' for n, t in enumerate(tabs, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(tabs) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="rels" ContentType="{_RELATIONS}"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        )
        out.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        out.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><workbookPr date1904="{int(since_1904)}"/>'
            f"<sheets>{sheets}</sheets></workbook>",
        )
        out.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{relations}'
            f'<Relationship Id="rId900" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        )
        out.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}">{_STYLES}</styleSheet>',
        )
        for n, t in enumerate(tabs, 1):
            out.writestr(f"xl/worksheets/sheet{n}.xml", sheet_xml(t, main, prefix))
        for name, content in (extra or {}).items():
            out.writestr(name, content)
    return path


def sheet_xml(tab: Tab, main: str, prefix: str = "") -> str:
    """The part of a tab; with a prefix, every element carries it."""
    rows: dict[int, list[str]] = {}
    for (row, column), value in sorted(tab.cells.items()):
        style = f' s="{tab.styles[row, column]}"' if (row, column) in tab.styles else ""
        rows.setdefault(row, []).append(f'<c r="{column_letters(column)}{row}"{style}{_content(value)}</c>')
    lines = "".join(
        f'<row r="{row}" hidden="{int(row in tab.hidden_rows)}">{"".join(cells)}</row>'
        for row, cells in rows.items()
    )
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in tab.merged)
    dimension = f'<dimension ref="{tab.dimension}"/>' if tab.dimension else ""
    stamped = any(str(value).startswith("workbook-tool|") for value in tab.cells.values())
    locked = '<sheetProtection sheet="1"/>' if stamped else ""
    body = f"<worksheet>{dimension}<sheetData>{lines}</sheetData>{locked}"
    body += f"<mergeCells>{merges}</mergeCells></worksheet>" if merges else "</worksheet>"
    if prefix:
        body = body.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")
    name = f"{prefix}:worksheet" if prefix else "worksheet"
    return body.replace(f"<{name}>", f'<{name} xmlns{":" * bool(prefix)}{prefix}="{main}">', 1)


def _content(value: Value) -> str:
    if isinstance(value, Xml):
        return value.text
    if isinstance(value, Formula):
        kind = ' t="str"' if isinstance(value.value, str) else ""
        result = "" if value.value is None else f"<v>{escape(str(value.value))}</v>"
        return f"{kind}><f>{escape(value.text)}</f>{result}"
    if isinstance(value, str):
        return f' t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is>'
    return f"><v>{value}</v>"


def read_tabs(folder: Path, tabs: Iterable[Tab] | Mapping[str, Tab], pack: Pack | None = None, **how: Any
              ) -> tuple[Batch, list[tuple[str, str]]]:  # fmt: skip
    """Write the tabs and read them back: the batch, and code and message of each finding."""
    some = tabs.values() if isinstance(tabs, Mapping) else tabs
    path = write(folder / "return.xlsx", some, **how)
    batch, drafts = read([path], pack or small_pack())
    return batch, list(zip(drafts["code"], drafts["message"], strict=True))


def lines_of(frame: Frame) -> list[tuple[object, ...]]:
    """The key and the fields of each record, blanks as None."""
    columns = ["key", *frame.columns[5:]]
    return [tuple(None if v is None or v is pd.NA else v for v in line) for line in frame[columns].itertuples(
        index=False, name=None)]  # fmt: skip
