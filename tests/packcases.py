"""The cases of a pack: small changes to one clean filing, and what must then be found.

A path names a cell in the form's own words: `基本情况.部门名称`, `收入[1、局机关].收入合计`,
`项目#1.资金[县市区财政].实际支出`, `支出明细[#2].支出内容` (the second line), or a whole line
`收入[2、工伤保险]`. A line is named by its fixed key, by its key column, or by its number.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbook_tool.findings import cells_of
from workbook_tool.forms.load import read_data
from workbook_tool.model import Batch, Pack, Table

PATH = re.compile(
    r"^(?P<sheet>[^.\[#]+)(?:#(?P<tab>\d+))?(?:\.(?P<block>[^.\[]+)(?=\[))?"
    r"(?:\[(?P<row>[^\]]+)\])?(?:\.(?P<field>[^.]+))?$"
)


@dataclass(frozen=True)
class CellPath:
    """A parsed path; `tab` counts from 1."""

    sheet: str
    tab: int
    block: str | None
    row: str | None
    field: str | None

    @property
    def frame(self) -> str:
        return f"{self.sheet}.{self.block}" if self.block else self.sheet


def parse(path: str) -> CellPath:
    match = PATH.match(path)
    assert match, f"写法不对的路径:{path}"
    part = match.groupdict()
    return CellPath(part["sheet"], int(part["tab"] or 1), part["block"], part["row"], part["field"])


@dataclass(frozen=True)
class Case:
    """One case of one rule."""

    rule: str
    name: str
    file: str
    set: Mapping[str, Any] = field(default_factory=dict)
    finds: tuple[str, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.rule}-{self.name}"


def base_of(pack: Pack) -> Any:
    assert pack.folder
    return read_data(pack.folder / "cases" / "base.yaml")


def cases_of(pack: Pack) -> list[Case]:
    assert pack.folder
    found = []
    for path in sorted((pack.folder / "cases").glob("*.yaml")):
        if path.name == "base.yaml":
            continue
        for line in read_data(path) or []:
            also = {code: tuple(cells) for code, cells in (line.get("also") or {}).items()}
            found.append(
                Case(line["rule"], line["name"], path.name, line.get("set") or {}, tuple(line["finds"]), also)
            )
    return found


def changed(data: Any, changes: Mapping[str, Any], pack: Pack) -> Any:
    """A copy of fill data with every change made."""
    result = copy.deepcopy(data)
    for path, value in changes.items():
        _change(result, parse(path), value, pack)
    return result


def _change(data: dict[str, Any], path: CellPath, value: Any, pack: Pack) -> None:
    table = pack.tables[path.frame]
    holder = data.setdefault(path.sheet, [] if table.kind == "table" and not path.block else {})
    if table.sheet.repeats:
        while len(holder) < path.tab:
            holder.append({})
        holder = holder[path.tab - 1]
    if path.row is None:
        holder[path.field] = value
        return
    rows = holder.setdefault(path.block, []) if path.block else holder
    number = _row_number(rows, path.row, table)
    if path.field is None and value is None:
        if number is not None:
            del rows[number]
        return
    if number is None:
        fixed = any(r.key == path.row for r in table.rows)
        rows.append({"行": path.row} if fixed or not table.key else {table.key: path.row})
        number = len(rows) - 1
    if path.field is None:
        rows[number] = value
    else:
        rows[number][path.field] = value


def _row_number(rows: list[dict[str, Any]], name: str, table: Table) -> int | None:
    if name.startswith("#"):
        number = int(name[1:]) - 1
        return number if number < len(rows) else None
    labels = next((r.labels for r in table.rows if r.key == name), None)
    for number, row in enumerate(rows):
        if row.get("行") == name or (table.key and row.get(table.key) == name):
            return number
        given = {k: v for k, v in row.items() if table.by_label.get(k) and table.by_label[k].static}
        if labels is not None and given and all(labels.get(k) == v for k, v in given.items()):
            return number
    return None


def cell_of(path: str, batch: Batch, submission: int, pack: Pack) -> str:
    """`tab!A1` of a path in a workbook that has been read."""
    at = parse(path)
    table = pack.tables[at.frame]
    lines = batch.frames[at.frame]
    lines = lines[(lines["submission"] == submission)]
    if table.sheet.repeats:
        lines = lines[lines["instance"] == at.tab - 1]
    if at.row is not None:
        lines = _named(lines, at.row, table)
    assert len(lines) == 1, f"{path}: 找到 {len(lines)} 行"
    tab, cell = cells_of(batch, [(at.frame, int(lines.index[0]), at.field or "")])[0]
    return f"{tab}!{cell}"


def _named(lines: Any, name: str, table: Table) -> Any:
    if name.startswith("#"):
        number = int(name[1:])
        return lines.iloc[number - 1 : number]
    named = lines["key"].eq(name)
    if table.key:
        named |= lines[table.key].eq(name).fillna(False)
    return lines[named.astype(bool)]
