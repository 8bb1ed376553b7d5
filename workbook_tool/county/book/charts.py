"""The workbook's charts, and the short lists that they are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart

from workbook_tool.county.book.findings import Problem
from workbook_tool.county.book.listing import Cell, Column, Listing, Says, cells
from workbook_tool.county.book.looks import GRID, SOLID
from workbook_tool.county.book.money import Money
from workbook_tool.county.book.places import STATE_COLOURS, Places
from workbook_tool.county.book.ratios import Ratios
from workbook_tool.county.book.scores import Ranking
from workbook_tool.model import Severity

TOP = 10
"""How many departments or codes a chart shows."""
NAME, THIS, LAST, TIMES = "名称", "本年", "上年", "部门数"
CODES = "常见错误"

_FONT = {"name": "宋体", "size": 9, "color": "#404040"}
_TITLE = {"name": "黑体", "size": 12, "bold": False, "color": "#262626"}
_ONE, _TWO = "#2F75B5", "#BDD7EE"


def most_spent(places: Places, made: Sequence[Ratios], sheets: Sequence[Money], name: str) -> Listing | None:
    """The departments with the highest figure of the first ratio, else of the first money sheet."""
    if made:
        listing, amount, last = made[0].listing, made[0].amount, made[0].last
        title = made[0].ratio.amount.field
    elif sheets and sheets[0].main:
        listing, last, amount = sheets[0].listing, None, sheets[0].main[1].head
        title = f"{sheets[0].sheet.title}：{amount}"
    else:
        return None
    at = [c.head for c in listing.columns]
    ranked = sorted(
        ((row[at.index(amount)].value, n) for n, row in enumerate(listing.rows)),
        key=lambda pair: (-_number(pair[0]), pair[1]),
    )
    rows = []
    for value, n in ranked[:TOP]:
        if not _number(value):
            break
        line = listing.rows[n]
        row = [Cell(line[1].value), _pointer(listing, amount, n, value)]
        if last:
            row.append(_pointer(listing, last, n, line[at.index(last)].value))
        rows.append(row)
    columns = [Column(NAME, "text", 30), Column(THIS, "amount", 16)]
    columns += [Column(LAST, "amount", 16)] if last else []
    return Listing(
        name=name,
        title=f"{title}最多的部门(单位：{places.county.pack.unit})",
        about=f"{title}最多的部门，封面图表的数据",
        columns=columns,
        rows=rows,
        says=[Says("封面图表的数据，取自相应的表，随其变动。")],
        fixed=1,
    )


def _pointer(listing: Listing, head: str, number: int, value: Any) -> Cell:
    cell = f"'{listing.name}'!{listing.letter(head)}{listing.first + number}"
    return Cell(value, f'IF(ISNUMBER({cell}),{cell},"")')


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def frequent(places: Places, found: Sequence[Problem], by_code: Listing, name: str) -> Listing:
    """The errors that most departments made."""
    errors = [(n, p) for n, p in enumerate(found) if p.severity == Severity.ERROR.value][:TOP]
    rows = [
        cells(
            f"{p.code} {_short(p.sentence)}",
            Cell(p.departments, f"'{by_code.name}'!{by_code.letter(TIMES)}{by_code.first + n}"),
        )
        for n, p in errors
    ]
    return Listing(
        name=name,
        title=f"{places.county.title}　最常见的错误",
        about="最多部门犯的错误，封面图表的数据",
        columns=[Column(NAME, "text", 60), Column(TIMES, "count", 12)],
        rows=rows,
        says=[Says("封面图表的数据，取自“问题分类”，随其变动。")],
        nothing="没有错误。",
        fixed=1,
    )


def _short(sentence: str, length: int = 14) -> str:
    title = sentence.partition("：")[0]
    return title if len(title) <= length else title[: length - 1] + "…"


def _dressed(chart: Chart, title: str, legend: str | None) -> Chart:
    chart.set_title({"name": title, "name_font": _TITLE, "overlay": False})
    chart.set_legend({"none": True} if legend is None else {"position": legend, "font": _FONT})
    chart.set_chartarea({"border": {"color": GRID}})
    return chart


def _axes(chart: Chart, *, lying: bool) -> None:
    """Every name is shown, and at each bar its number; of bars the first stands on top, as in the list."""
    numbers: dict[str, Any] = {"min": 0, "visible": False, "major_gridlines": {"visible": False}}
    names: dict[str, Any] = {"num_font": _FONT, "line": {"color": GRID}, "interval_unit": 1}
    if lying:
        chart.set_y_axis(names | {"reverse": True})
        chart.set_x_axis(numbers)
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(numbers)


def states(workbook: Workbook, tab: str, first: int) -> Chart:
    """How many departments are in which state: names and numbers below one another on the cover."""
    chart = workbook.add_chart({"type": "doughnut"})
    order = list(STATE_COLOURS)
    chart.add_series(
        {
            "name": "上报情况",
            "categories": [tab, first, 1, first + len(order) - 1, 1],
            "values": [tab, first, 2, first + len(order) - 1, 2],
            "points": [
                {"fill": {"color": SOLID[STATE_COLOURS[s]]}, "border": {"color": "#FFFFFF"}} for s in order
            ],
            "data_labels": {"value": True, "font": _FONT | {"bold": True}, "num_format": "#,##0;;"},
        }
    )
    chart.set_hole_size(55)
    return _dressed(chart, "上报情况(部门数)", "right")


def grades(workbook: Workbook, listing: Listing, rankings: Sequence[Ranking], number: int) -> Chart:
    """How many have which grade in one rubric."""
    chart = workbook.add_chart({"type": "column"})
    before = sum(len(r.rubric.grades) for r in rankings[:number])
    first, last = listing.first + before, listing.first + before + len(rankings[number].rubric.grades) - 1
    for head, name, colour in (("复核(个)", "复核", _ONE), ("自评(个)", "自评", _TWO)):
        column = listing.letter(head)
        chart.add_series(
            {
                "name": name,
                "categories": f"='{listing.name}'!$B${first}:$B${last}",
                "values": f"='{listing.name}'!${column}${first}:${column}${last}",
                "fill": {"color": colour},
                "data_labels": {"value": True, "font": _FONT},
                "gap": 80,
            }
        )
    _axes(chart, lying=False)
    return _dressed(chart, f"等级分布：{_short(rankings[number].rubric.title, 20)}", "top")


def bars(workbook: Workbook, listing: Listing, title: str, colour: str = _ONE) -> Chart:
    """The lines of a short list as bars, the first on top."""
    chart = workbook.add_chart({"type": "bar"})
    columns = listing.columns[1:]
    for column, fill in zip(columns, (colour, _TWO), strict=False):
        shown = "#,##0" if column.kind == "count" else "#,##0.00"
        chart.add_series(
            {
                "name": column.head,
                "categories": "=" + listing.range(NAME),
                "values": "=" + listing.range(column.head),
                "fill": {"color": fill},
                "gap": 45,
                "data_labels": {"value": True, "font": _FONT | {"size": 8}, "num_format": shown},
            }
        )
    _axes(chart, lying=True)
    return _dressed(chart, title, "top" if len(columns) > 1 else None)
