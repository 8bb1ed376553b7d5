"""明细: every record of every frame as an Excel table with a filter, up to what Excel can hold.

A county's details are a million cells. They are written as text straight into the sheet's part:
half of the time and a tenth of the memory that single cells through XlsxWriter take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range

from workbook_tool.county.book import looks
from workbook_tool.county.book.drawing import Drawing
from workbook_tool.county.book.listing import Kind
from workbook_tool.county.book.names import Names
from workbook_tool.county.book.places import Places
from workbook_tool.county.plain import plain_values
from workbook_tool.excel.ooxml.new_workbook import FormSheet
from workbook_tool.excel.template.appearance import GREY
from workbook_tool.excel.template.measure import height_of, lines_of
from workbook_tool.findings import column_letters
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import FormField, Pack, Severity

MOST_ROWS = 1_048_576
_LONG = 60
"""A field that may hold more characters is a sentence."""
SENTENCE, _MOST_LINES = 50, 6
"""The width of its column, and how many lines of it are shown; the rest is read in the cell."""
HEADER = 3
"""The row of the headings: below the title and a sentence."""

BLOCK = 2_000
"""How many rows are held as markup at a time."""

_WIDTHS: dict[Kind, float] = {
    "text": 26, "centred": 12, "amount": 15, "count": 11, "points": 11, "percent": 11,
}  # fmt: skip


@dataclass(frozen=True)
class Data:
    """One column of details.

    Attributes:
        values: Gives numbers as they are to stand in cells, or texts; None is a blank. Asked for when
            the sheet is written and forgotten after, since all of them at once are a gigabyte.
        long: Whether its texts are sentences rather than names.
    """

    head: str
    kind: Kind
    values: Callable[[], Sequence[Any]]
    long: bool = False


@dataclass(frozen=True)
class Details:
    """One sheet of details."""

    name: str
    title: str
    about: str
    columns: Sequence[Data]
    rows: int


_TEXT = ' t="s"'
"""What says of a cell that it holds the number of a text."""


class DetailSheet(FormSheet):
    """A worksheet whose rows below the headings are given as ready markup."""

    lines: Iterator[str] = iter(())
    dim_rowmax: int

    def _write_rows(self) -> None:
        last, self.dim_rowmax = self.dim_rowmax, HEADER - 1
        super()._write_rows()
        self.dim_rowmax = last
        for block in self.lines:
            self.str_table.count += block.count(_TEXT)
            self.fh.write(block)


def frame_details(name: str, places: Places, names: Names) -> Details:
    """The records of a frame; what the template prints is left out, the row's name says it."""
    county, heads = places.county, Names()
    frame, table = county.frames[name], county.pack.tables[name]
    numbers = frame["submission"].tolist()
    columns = [*_who(numbers, places, heads), _data("工作表", "centred", frame["tab"], heads)]
    columns.append(Data(heads.head("行"), "count", frame["row"].tolist))
    if frame["key"].notna().any():
        columns.append(_data("行名", "text", frame["key"], heads))
    for field in table.fields:
        if not field.static:
            columns.append(_field(field, frame[field.label], county.pack, heads))
    title = f"明细：{name}"
    return Details(names.tab(f"明细-{name}"), title, f"各部门“{name}”逐行的数据", columns, len(frame))


def finding_details(places: Places, names: Names) -> Details:
    """Every finding."""
    frame, heads = places.county.findings, Names()
    said: list[tuple[str, Kind, str]] = [
        ("工作表", "centred", "sheet"), ("单元格", "centred", "cell"), ("栏目", "text", "field"),
        ("填报", "text", "value"), ("应为", "text", "expected"), ("相差", "text", "difference"),
    ]  # fmt: skip
    columns = [
        *_who(frame["submission"].tolist(), places, heads),
        _data("编号", "centred", frame["code"], heads),
        Data(heads.head("级别"), "centred", lambda: [Severity(s).label for s in frame["severity"]]),
        *(_data(head, kind, frame[column], heads) for head, kind, column in said),
        _data("怎样改", "text", frame["message"], heads, long=True),
        Data(
            heads.head("相关单元格"),
            "text",
            lambda: ["、".join(r) or None for r in frame["related"]],
            long=True,
        ),
    ]
    about = "每一处问题的位置、填报数和怎样改"
    return Details(names.tab("明细-核对问题"), "明细：核对发现的问题", about, columns, len(frame))


def criterion_details(places: Places, names: Names) -> Details:
    """Every criterion of every score sheet."""
    frame, heads = places.county.criteria, Names()
    titles = {rubric.id: rubric.title for rubric in places.county.pack.rubrics}
    said: list[tuple[str, Kind, str]] = [
        ("对象", "text", "subject"), ("指标", "text", "title"),
        ("分值", "points", "points"), ("自评得分", "points", "self"), ("复核得分", "points", "score"),
        ("结论", "centred", "status"),
    ]  # fmt: skip
    columns = [
        *_who(frame["submission"].tolist(), places, heads),
        Data(heads.head("评分表"), "text", lambda: [titles.get(r, r) for r in frame["rubric"]]),
        *(_data(head, kind, frame[column], heads) for head, kind, column in said),
        _data("依据", "text", frame["because"], heads, long=True),
    ]
    about = "每项指标的自评、复核得分和依据"
    return Details(names.tab("明细-评分复核"), "明细：评分复核", about, columns, len(frame))


def _who(numbers: Sequence[int], places: Places, heads: Names) -> list[Data]:
    lines = places.lines
    return [
        Data(heads.head("部门编码"), "centred", lambda: [lines[n]["code"] for n in numbers]),
        Data(heads.head("部门名称"), "text", lambda: [places.department(n) for n in numbers]),
        Data(heads.head("文件"), "text", lambda: [places.file(n) for n in numbers]),
    ]


def _data(head: str, kind: Kind, series: pd.Series[Any], heads: Names, long: bool = False) -> Data:
    return Data(heads.head(head), kind, lambda: plain_values(series), long)


def _field(field: FormField, series: pd.Series[Any], pack: Pack, heads: Names) -> Data:
    scale = {"amount": pack.fen, "points": POINT}.get(field.type)

    def values() -> list[Any]:
        plain = plain_values(series)
        return plain if scale is None else [None if v is None else v / scale for v in plain]

    kinds: dict[str, Kind] = {
        "amount": "amount", "count": "count", "points": "points", "percent": "percent", "date": "centred",
        "choice": "centred",
    }  # fmt: skip
    head = f"{field.label}({pack.unit})" if field.type == "amount" else field.label
    return Data(
        heads.head(head),
        kinds.get(field.type, "text"),
        values,
        field.type == "text" and (field.max_length or 0) > _LONG,
    )


def draw_details(drawing: Drawing, details: Details, number: int) -> None:
    """Write one sheet of details."""
    sheet = drawing.add_sheet(details.name, kind=DetailSheet)
    make, last = drawing.formats.make, len(details.columns) - 1
    shown = min(details.rows, MOST_ROWS - HEADER)
    sheet.write_string(0, 0, f"{drawing.title}　{details.title}", make({**looks.TITLE, "font_size": 14}))
    sheet.write_string(1, 0, _says(details, shown), make({"font_size": 10, "font_color": GREY}))
    sheet.set_row(0, 26)
    for column, data in enumerate(details.columns):
        width = SENTENCE if data.long else max(_WIDTHS[data.kind], 2 * len(data.head[:9]) + 3)
        sheet.set_column(column, column, width)
        sheet.write_string(HEADER - 1, column, data.head, make(looks.HEAD))
    sheet.set_row(HEADER - 1, 32)
    sheet.freeze_panes(HEADER, 2)
    sheet.repeat_rows(HEADER - 1)
    if shown:
        _add_table(sheet, details, shown, number, make(looks.HEAD))
        formats = [make(_look(data.kind)) for data in details.columns]
        sheet.lines = _rows(details.columns, formats, shown, sheet.number_of)
        sheet.print_area(0, 0, HEADER + shown - 1, last)


def _says(details: Details, shown: int) -> str:
    if not details.rows:
        return "没有数据。"
    if shown < details.rows:
        return (
            f"共 {details.rows} 行，Excel 的一张表只放得下前 {shown} 行；"
            "全部数据在同时输出的 Parquet 和 CSV 文件里。"
        )
    return f"共 {shown} 行。可以用表头的箭头筛选。空白表示没有填，或填的内容不能识别。"


def _look(kind: Kind) -> dict[str, Any]:
    number = {"num_format": looks.NUMBERS[kind]} if kind in looks.NUMBERS else {}
    wrapped = {"text_wrap": True} if kind in ("centred", "text") else {}
    across = {"align": "center"} if kind == "centred" else {}
    return {"font_size": 10, "valign": "top", **number, **wrapped, **across}


def _add_table(sheet: DetailSheet, details: Details, shown: int, number: int, head: Format) -> None:
    """Declare the table on its first row, then stretch it: XlsxWriter would note every single cell."""
    top, last = HEADER - 1, len(details.columns) - 1
    sheet.add_table(
        top, 0, top + 1, last,
        {"name": f"明细{number}", "style": "Table Style Light 9",
         "columns": [{"header": data.head, "header_format": head} for data in details.columns]},
    )  # fmt: skip
    area = xl_range(top, 0, top + shown, last)
    sheet.tables[-1] |= {"range": area, "a_range": area, "autofilter": area}
    sheet.dim_rowmax, sheet.dim_colmax = top + shown, last


def _rows(
    columns: Sequence[Data], formats: Sequence[Format], shown: int, number_of: Callable[[str], int]
) -> Iterator[str]:
    """The rows as markup, a block of them at a time: a column of a block is made in one go."""
    values = [data.values()[:shown] for data in columns]
    writers = [
        _Column(column_letters(n), style._get_xf_index(), number_of) for n, style in enumerate(formats, 1)
    ]
    sentences = [some for some, data in zip(values, columns, strict=True) if data.long]
    openings = _openings(sentences, shown)
    for start in range(0, shown, BLOCK):
        rows = [str(HEADER + 1 + row) for row in range(start, min(start + BLOCK, shown))]
        cells = [w.cells(some[start : start + BLOCK], rows) for w, some in zip(writers, values, strict=True)]
        lines = zip(rows, openings, zip(*cells, strict=True), strict=False)  # the next block's follow
        yield "".join([f'<row r="{row}"{opening}{"".join(line)}</row>' for row, opening, line in lines])


def _openings(sentences: Sequence[Sequence[str | None]], shown: int) -> Iterator[str]:
    """What follows a row's number: its height, as its sentences need it, but no more than a few lines."""
    lines = cache(lambda text: min(lines_of(text or "", SENTENCE), _MOST_LINES))
    opening = cache(lambda most: f' ht="{height_of(most):g}" customHeight="1">')
    if not sentences:
        return repeat(opening(1), shown)
    return (opening(max(map(lines, texts))) for texts in zip(*sentences, strict=True))


class _Column:
    """Writes the cells of a column; what follows the row's number is made once for each text."""

    def __init__(self, letters: str, style: int, number_of: Callable[[str], int]) -> None:
        self._start, self._style, self._number_of = f'<c r="{letters}', f'" s="{style}"', number_of
        self._text = cache(self._made)

    def cells(self, values: Sequence[Any], rows: Sequence[str]) -> list[str]:
        start, number, text = self._start, f"{self._style}><v>", self._text
        return [
            ""
            if value is None
            else f"{start}{row}{text(value)}"
            if isinstance(value, str)
            else f"{start}{row}{number}{value!r}</v></c>"
            for row, value in zip(rows, values, strict=True)
        ]

    def _made(self, text: str) -> str:
        return f"{self._style}{_TEXT}><v>{self._number_of(text)}</v></c>"
