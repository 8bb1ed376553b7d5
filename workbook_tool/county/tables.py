"""The county as tidy tables: Parquet for programs, CSV that Excel opens as text should be opened.

Amounts are exact decimals in the form's unit, points decimals with four places; a blank or unknown
is a null, an empty cell in CSV. No text of a CSV can become a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workbook_tool.county.plain import plain_values
from workbook_tool.county.types import ACROSS, County
from workbook_tool.excel.ooxml.output import write_file
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import FormField, Frame, Pack, Severity

ALIVE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@\t\r＝＋－＠]")
"""How a text begins that Excel may take for a formula: also behind what cannot be seen, also full-width."""

NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")
"""A text that is a plain number stays as it is."""

_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')

Table = dict[str, pa.Array]


def write_tables(county: County, folder: Path) -> list[Path]:
    """Write every frame, the findings, scores and returns as Parquet and as CSV.

    Args:
        county: What is known.
        folder: Where the files go; it is made where it is missing.

    Returns:
        The files, in the order they were written.

    Raises:
        OutputError: A file cannot be written, for instance because it is open in Excel.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, columns in tables_of(county):
        table = pa.table(columns)
        for ending, render in (("parquet", _parquet), ("csv", csv_of)):
            path = folder / f"{_NAMES.sub('-', name)}.{ending}"
            write_file(path, render(table))
            written.append(path)
    return written


def tables_of(county: County) -> Iterator[tuple[str, Table]]:
    """Every table with its name, one after the other, since all of them are large."""
    yield "上报情况", _returns(county)
    yield "不计入", {ASIDE_HEADS[c]: _texts(county.set_aside[c]) for c in ASIDE_HEADS}
    who = _who(county)
    titles = {rubric.id: rubric.title for rubric in county.pack.rubrics}
    yield "问题", who(county.findings) | _renamed(county.findings, _FINDINGS)
    for name, frame, heads in (("评分", county.scores, _SCORES), ("评分明细", county.criteria, _CRITERIA)):
        named = frame.assign(rubric=[titles.get(r, r) for r in frame["rubric"]])
        yield name, who(frame) | _renamed(named, heads)
    yield "合计重算", who(county.computed) | _computed(county)
    yield "跨部门", _across(county)
    for name, frame in county.frames.items():
        yield f"明细-{name}", who(frame) | _frame(name, frame, county.pack)


RETURN_HEADS = {
    "code": "部门编码", "department": "部门名称", "contact": "联系方式", "due": "期限", "state": "状态",
    "late": "迟报", "unchanged": "没有改动", "file": "文件", "copy": "标注过的报表", "received": "收到时间",
    "sha256": "文件指纹", "versions": "版数", "errors": "错误", "explains": "需说明", "notes": "提示",
    "said": "说明",
}  # fmt: skip
ASIDE_HEADS = {
    "file": "文件", "sha256": "文件指纹", "department": "部门", "why": "原因", "sentence": "说明",
    "counted": "计入的文件",
}  # fmt: skip
_FINDINGS = {
    "code": "编号", "severity": "级别", "sheet": "工作表", "cell": "单元格", "field": "栏目", "value": "填报",
    "expected": "应为", "difference": "相差", "message": "怎样改", "related": "相关单元格",
}  # fmt: skip
_SCORES = {
    "rubric": "评分表", "subject": "对象", "self": "自评得分", "recomputed": "复核得分",
    "unproven": "无依据得分", "grade": "等级",
}  # fmt: skip
_CRITERIA = {
    "rubric": "评分表", "subject": "对象", "id": "编号", "title": "指标", "points": "分值",
    "self": "自评得分", "score": "复核得分", "status": "结论", "because": "依据",
}  # fmt: skip
_POINTS = ("self", "recomputed", "unproven", "points", "score")
_TAKEN = ("部门编码", "部门名称", "文件", "工作表", "行", "行名")


def _returns(county: County) -> Table:
    frame = county.returns
    columns: Table = {"序号": pa.array([n + 1 for n in frame["number"]], pa.int64())}
    for column, head in RETURN_HEADS.items():
        if frame[column].dtype == bool:
            columns[head] = pa.array(["是" if v else "否" for v in frame[column]], pa.string())
        elif frame[column].dtype == "int64":
            columns[head] = pa.array(frame[column].tolist(), pa.int64())
        else:
            columns[head] = _texts(frame[column])
    return columns


def _who(county: County) -> Callable[[Frame], Table]:
    """The columns that say whose a line is."""
    names = ("code", "department", "file")
    known: dict[str, Mapping[int, str | None]] = {
        name: dict(zip(county.returns["number"], county.returns[name], strict=True)) for name in names
    }

    def of(frame: Frame) -> Table:
        numbers = frame["submission"].tolist()
        return {
            RETURN_HEADS[name]: pa.array([known[name][n] for n in numbers], pa.string()) for name in names
        }

    return of


def _renamed(frame: Frame, heads: Mapping[str, str]) -> Table:
    columns: Table = {}
    for column, head in heads.items():
        if column in _POINTS:
            whole = [None if v is None else round(v * POINT) for v in plain_values(frame[column])]
            columns[head] = _decimals(whole, POINT)
        elif column == "severity":
            columns[head] = pa.array([Severity(s).label for s in frame[column]], pa.string())
        elif column == "related":
            columns[head] = pa.array(["、".join(r) or None for r in frame[column]], pa.string())
        else:
            columns[head] = _texts(frame[column])
    return columns


def _computed(county: County) -> Table:
    """Declared and recomputed totals; of different kinds, so as text in the form's unit."""
    frame = county.computed
    fields = [
        county.pack.tables[name].by_label[label]
        for name, label in zip(frame["frame"], frame["field"], strict=True)
    ]
    places = _places(county)
    keys = zip(frame["submission"], frame["frame"], frame["line"], strict=True)
    tabs, rows, names = (
        zip(*(places.get(key, (None,) * 3) for key in keys), strict=True) if len(frame) else [()] * 3
    )
    columns: Table = {
        "表": _texts(frame["frame"]),
        "工作表": pa.array(tabs, pa.string()),
        "行": pa.array(rows, pa.int64()),
        "行名": pa.array(names, pa.string()),
        "栏目": _texts(frame["field"]),
    }
    for column, head in (("declared", "填报"), ("computed", "重算")):
        pairs = zip(plain_values(frame[column]), fields, strict=True)
        scaled = [None if v is None else v * 10_000_000_000 // _scale(f, county.pack) for v, f in pairs]
        columns[head] = _decimals(scaled, 10_000_000_000)
    return columns


def _places(county: County) -> dict[tuple[int, str, int], tuple[str, int, str | None]]:
    """The tab, row and row's name of every record of the frames that have totals."""
    found = {}
    for name in county.computed["frame"].unique():
        frame = county.frames[name]
        lines = frame.groupby("submission").cumcount()
        at = zip(
            frame["submission"], lines, frame["tab"], frame["row"], plain_values(frame["key"]), strict=True
        )
        found.update({(n, name, line): (tab, row, key) for n, line, tab, row, key in at})
    return found


def _scale(field: FormField, pack: Pack) -> int:
    """By how much a total of the field is multiplied to be whole."""
    if field.type == "amount":
        return pack.fen
    return POINT if field.type in ("points", "number", "percent") else 1


def _across(county: County) -> Table:
    names = dict(zip(county.returns["number"], county.returns["department"], strict=True))
    heads = dict(zip(ACROSS, ("编号", "级别", "部门", "问题", "位置"), strict=True))
    frame = county.across
    return {
        heads["code"]: _texts(frame["code"]),
        heads["severity"]: pa.array([Severity(s).label for s in frame["severity"]], pa.string()),
        heads["departments"]: pa.array(
            ["、".join(str(names[n]) for n in d) for d in frame["departments"]], pa.string()
        ),
        heads["message"]: _texts(frame["message"]),
        heads["places"]: pa.array(["、".join(p) for p in frame["places"]], pa.string()),
    }


def _frame(name: str, frame: Frame, pack: Pack) -> Table:
    columns: Table = {
        "工作表": _texts(frame["tab"]),
        "行": pa.array(frame["row"].tolist(), pa.int64()),
        "行名": _texts(frame["key"]),
    }
    for field in pack.tables[name].fields:
        head = f"{field.label}(填报)" if field.label in _TAKEN else field.label
        columns[head] = _column(field, plain_values(frame[field.label]), pack)
    return columns


def _column(field: FormField, values: Sequence[Any], pack: Pack) -> pa.Array:
    match field.type:
        case "amount":
            return _decimals(values, pack.fen)
        case "points":
            return _decimals(values, POINT)
        case "count":
            return pa.array(values, pa.int64())
        case "number" | "percent":
            return pa.array(values, pa.float64())
    return pa.array(values, pa.string())


def _decimals(values: Iterable[int | None], scale: int) -> pa.Array:
    """Whole numbers of a small unit as exact decimals of a larger one: the same bits, read otherwise."""
    places = len(str(scale)) - 1
    whole = pa.array(list(values), pa.decimal128(38, 0))
    return pa.Array.from_buffers(pa.decimal128(38, places), len(whole), whole.buffers())


def _texts(series: Any) -> pa.Array:
    return pa.array([None if v is None else str(v) for v in plain_values(series)], pa.string())


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def csv_of(table: pa.Table) -> bytes:
    """A table as UTF-8 with the mark by which Excel knows it; line ends as the standard has them."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow([inert(name) for name in table.column_names])
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [[_shown(v) for v in column.to_pylist()] for column in batch.columns]
        lines.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8-sig")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return inert(value)
    text = f"{value:f}" if not isinstance(value, float) else repr(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one that might be."""
    if ALIVE.match(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text
