"""Cells of a made-up filing, named in the form's own words, and where they stand in its workbook.

The paths are those of a pack's cases: `基本情况.部门名称`, `收入[汇总].其他收入`,
`项目#2.绩效指标[#1].指标值`. Addresses come from the writer's plan of the sheets, not from reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbook_tool.excel.fill import place
from workbook_tool.excel.template.layout import plan_tabs
from workbook_tool.excel.template.paper import Layout
from workbook_tool.findings import column_letters
from workbook_tool.forms.writing.case_files import CellPath, parse
from workbook_tool.model import Pack, Table

Line = dict[str, Any]


def lines(data: Mapping[str, Any], at: CellPath) -> list[Line]:
    """The lines of the table that a path leads into."""
    form = data.get(at.sheet, [])
    if at.sheet == "项目":
        form = form[at.tab - 1]
    found: list[Line] = form[at.block] if at.block else form
    return found


def holder(data: Mapping[str, Any], path: str) -> tuple[Line, str]:
    """The mapping that holds the cell of a path, and its label there."""
    at = parse(path)
    assert at.field is not None
    if at.row is not None:
        return _named(lines(data, at), at.row), at.field
    form = data[at.sheet][at.tab - 1] if at.sheet == "项目" else data[at.sheet]
    return form, at.field


def _named(rows: list[Line], name: str) -> Line:
    if name.startswith("#"):
        return rows[int(name[1:]) - 1]
    group, _, title = name.partition("·")
    for row in rows:
        if name in row.values() or (title and (row.get("二级指标"), row.get("三级指标")) == (group, title)):
            return row
    raise KeyError(name)


class Sheets:
    """Where everything of one filing stands in the workbook made from it.

    Args:
        data: The filing.
        pack: Its pack.
    """

    def __init__(self, data: Mapping[str, Any], pack: Pack):
        self._data, self._pack = data, pack
        tabs = plan_tabs(pack, place(data, pack))
        self._layouts = {(tab.layout.sheet.name, tab.instance): (tab.name, tab.layout) for tab in tabs}

    def address(self, path: str) -> tuple[str, str]:
        """Tab and cell of a path; a sheet's name alone is its tab, and nothing is no place at all."""
        if not path:
            return "", ""
        if "." not in path:
            name, _, number = path.partition("#")
            return self._layouts[name, int(number or 1) - 1][0], ""
        at = parse(path)
        assert at.field is not None
        tab, layout = self._layouts[at.sheet, at.tab - 1]
        if at.row is None:
            row, column = layout.cells[at.frame][at.field]
        else:
            row = self._row(at, layout)
            column = layout.columns[at.frame][at.field]
        return tab, f"{column_letters(column + 1)}{row + 1}"

    def _row(self, at: CellPath, layout: Layout) -> int:
        table = self._pack.tables[at.frame]
        rows = lines(self._data, at)
        if not rows:  # a blank line of a blank table
            return layout.lines[at.frame][int((at.row or "#1")[1:]) - 1].row
        wanted = _named(rows, at.row or "")
        key = fixed_key(table, wanted)
        before = rows[: next(n for n, row in enumerate(rows) if row is wanted)]
        number = sum(fixed_key(table, row) == key for row in before)
        return next(ln.row for ln in layout.lines[at.frame] if (ln.key, ln.number) == (key, number))


def fixed_key(table: Table, line: Line) -> str | None:
    """The fixed row that a line fills; None for a free one."""
    if "行" in line:
        return str(line["行"])
    printed = {label for row in table.rows for label in row.labels}
    given = {label: value for label, value in line.items() if label in printed}
    for row in table.rows if given else ():
        if all(value in (row.key, row.labels.get(label)) for label, value in given.items()):
            return row.key
    return None
