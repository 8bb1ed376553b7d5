"""封面: the key figures, the county's totals, the charts and what is in the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from workbook_tool.county.book import looks
from workbook_tool.county.book.drawing import Drawing
from workbook_tool.county.book.listing import Listing, to_tab
from workbook_tool.county.book.money import Money
from workbook_tool.county.book.places import STATE_COLOURS, Places
from workbook_tool.county.book.returned import CHINA, LATE, STATE, YES, clock
from workbook_tool.county.types import State

NAME = "封面"
FIRST = 3
"""The row (from 0) of the first key figure."""

_WIDTHS = (2, 20, 14, 3, 22, 22, 20, 2)
_CHART_ROWS = 16
_CHART_WIDTH = 408
_ROW = 20


@dataclass(frozen=True)
class Content:
    """One line of the table of contents."""

    name: str
    about: str


@dataclass(frozen=True)
class Figure:
    """One key figure: a live formula and what it comes to."""

    title: str
    formula: str
    value: int | float
    look: Mapping[str, object]


def key_figures(places: Places, returns: Listing) -> list[Figure]:
    """How many departments are in which state, and what follows from that."""
    area = returns.range(STATE)
    states = [line["state"] for line in places.lines.values()]
    found = [
        Figure(state, f'COUNTIF({area},"{state}")', states.count(state), looks.body("count", colour))
        for state, colour in STATE_COLOURS.items()
    ]
    due, missing = len(states), states.count(State.MISSING)
    first, last = f"C{FIRST + 1}", f"C{FIRST + len(found)}"
    total, lacking = f"SUM({first}:{last})", last
    late = sum(line["late"] for line in places.lines.values())
    rate = 100 * (due - missing) / due if due else 0
    passed = 100 * states.count(State.PASSED) / due if due else 0
    return [
        *found,
        Figure("应报部门", total, due, looks.total("count")),
        Figure("已报部门", f"{total}-{lacking}", due - missing, looks.total("count")),
        Figure("上报率", f"IF({total}=0,0,({total}-{lacking})/{total}*100)", rate, looks.total("percent")),
        Figure("通过率", f"IF({total}=0,0,{first}/{total}*100)", passed, looks.total("percent")),
        Figure("其中迟报", f'COUNTIF({returns.range(LATE)},"{YES}")', late, looks.body("count")),
    ]


def draw_cover(
    sheet: Worksheet,
    drawing: Drawing,
    places: Places,
    *,
    figures: Sequence[Figure],
    sheets: Sequence[Money],
    charts: Sequence[Chart],
    contents: Sequence[Content],
    made: datetime | None,
) -> None:
    """Write the cover; it was added first, and is written when all else is known."""
    make = drawing.formats.make
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    title = {**looks.TITLE, "font_size": 22, "align": "center"}
    sheet.merge_range(0, 1, 0, 6, "", make(title))
    sheet.write_string(0, 1, places.county.title, make(title))
    sheet.set_row(0, 48)
    sheet.set_row(1, 24)
    sheet.merge_range(1, 1, 1, 6, "", make(looks.SAYS | {"align": "center"}))
    sheet.write_string(1, 1, _subtitle(places, made), make(looks.SAYS | {"align": "center"}))
    sheet.merge_range(2, 1, 2, 2, "上报情况(个)", make(looks.HEAD))
    for row, figure in enumerate(figures, FIRST):
        sheet.write_string(row, 1, figure.title, make(looks.body("text")))
        sheet.write_formula(row, 2, figure.formula, make(dict(figure.look)), figure.value)
    _totals(sheet, drawing, sheets)
    row = max(FIRST + len(figures), FIRST + len(sheets)) + 1
    for number, chart in enumerate(charts):
        left = number % 2 == 0
        chart.set_size({"width": _CHART_WIDTH, "height": _CHART_ROWS * 26})
        where = {"x_offset": 0 if left else _CHART_WIDTH + 8, "object_position": 1}
        sheet.insert_chart(row + number // 2 * _CHART_ROWS, 1, chart, where)
    row += -(-len(charts) // 2) * _CHART_ROWS + 1
    _contents(sheet, drawing, contents, row)
    for number in range(2, row + len(contents) + 1):
        sheet.set_row(number, _ROW)
    sheet.set_h_pagebreaks([row])
    sheet.print_area(0, 0, row + len(contents), 7)
    sheet.activate()


def _subtitle(places: Places, made: datetime | None) -> str:
    latest = clock(max(filter(None, places.county.returns["received"]), default=None))
    said = [places.county.pack.title, f"{places.county.pack.fiscal_year} 年度"]
    if latest:
        said.append(f"收到的报表截至 {latest}")
    if made:
        said.append(f"{made.astimezone(CHINA) if made.tzinfo else made:%Y-%m-%d %H:%M} 汇总")
    return "　".join(said)


def _totals(sheet: Worksheet, drawing: Drawing, sheets: Sequence[Money]) -> None:
    """The county's total of the first figure of each money sheet."""
    make = drawing.formats.make
    for column, head in enumerate(("汇总表", "栏目", f"全县合计({drawing.pack.unit})"), 4):
        sheet.write_string(2, column, head, make(looks.HEAD))
    for row, money in enumerate(sheets, FIRST):
        name = money.listing.name
        sheet.write_url(row, 4, to_tab(name), make(looks.body("text", linked=True)), money.sheet.title)
        if money.main is not None:
            figure, of = money.main
            sheet.write_string(row, 5, of.head, make(looks.body("text")))
            style = make(looks.total(of.kind))
            sheet.write_formula(row, 6, money.listing.total(of.head), style, money.sums[figure])


def _contents(sheet: Worksheet, drawing: Drawing, contents: Sequence[Content], row: int) -> None:
    make = drawing.formats.make
    sheet.merge_range(row, 1, row, 6, "目录", make(looks.HEAD))
    for number, content in enumerate(contents, row + 1):
        sheet.merge_range(number, 1, number, 2, "", make(looks.body("text", linked=True)))
        sheet.write_url(number, 1, to_tab(content.name), make(looks.body("text", linked=True)), content.name)
        sheet.merge_range(number, 3, number, 6, "", make(looks.body("text")))
        sheet.write_string(number, 3, content.about, make(looks.body("text")))
