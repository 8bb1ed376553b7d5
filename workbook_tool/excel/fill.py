"""Put plain data into a pack's workbook: labels and rows are found in the form's own words.

This is how examples and tests make workbooks, and how other systems hand their figures over. A
value keeps the type it has in the data: "92万元" stays a text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO
from unicodedata import normalize

from workbook_tool.excel.blank import write_tabs
from workbook_tool.excel.template.layout import plan_tabs
from workbook_tool.excel.template.live_answers import Scores
from workbook_tool.excel.template.paper import Contents, Row, Value
from workbook_tool.model import Block, FixedRow, FormField, Pack, Sheet, Table

LONGEST_TEXT = 32_767
"""No cell holds more characters."""
ROW = "行"
"""In a row of the data: names a fixed row by its key."""


class FillError(Exception):
    """The data does not fit the form; the sentence names what and suggests the nearest."""


def fill(
    data: Mapping[str, Any], pack: Pack, out: Path | str | BinaryIO, scores: Scores | None = None
) -> None:
    """Write the pack's workbook with these values.

    Args:
        data: sheet -> {label: value, block: [rows]}; a sheet of one table may be its rows alone;
            a repeated sheet is a list with one mapping for each tab.
        pack: The form.
        out: A path or an open binary file.
        scores: Scores the rubrics; without it the workbook carries no live checks.

    Raises:
        FillError: A sheet, label, row or value is not one of the form.
    """
    contents = place(data, pack)
    frame, _, label = pack.identity.code.rpartition(".")
    home = contents.get(pack.tables[frame].sheet.name, []) if frame in pack.tables else []
    code = home[0].value(frame, label) if home else None
    write_tabs(pack, plan_tabs(pack, contents), out, "" if code is None else str(code), scores)


def place(data: Mapping[str, Any], pack: Pack) -> dict[str, list[Contents]]:
    """Find the place of every value: sheet -> the contents of its tabs.

    Raises:
        FillError: As `fill`.
    """
    if not isinstance(data, Mapping):
        raise FillError("数据应是“工作表：内容”的形式。")
    sheets = {s.name: s for s in pack.sheets}
    placed: dict[str, list[Contents]] = {}
    for name, given in data.items():
        sheet = sheets[_match(name, sheets, "没有工作表")]
        tabs: Sequence[Any] = given if sheet.repeats and isinstance(given, list) else [given]
        placed[sheet.name] = [
            _tab(pack, sheet, tab, f"{sheet.name}{n}" if sheet.repeats else sheet.name)
            for n, tab in enumerate(tabs, 1)
        ]
    return placed


def _tab(pack: Pack, sheet: Sheet, given: Any, where: str) -> Contents:
    """The contents of one tab."""
    tables = {b.name or sheet.name: b for b in sheet.blocks if b.kind == "table"}
    named_forms = {b.name: b for b in sheet.blocks if b.kind == "form" and b.name}
    fields = [f for b in sheet.blocks if b.kind == "form" and not b.name for f in b.fields]
    labels = _labels(fields)
    if isinstance(given, list) and len(tables) == 1 == len(sheet.blocks):
        given = {next(iter(tables)): given}
    if given is None:
        return Contents()
    if not isinstance(given, Mapping):
        raise FillError(f"“{where}”的内容应是“栏目：值”的形式。")
    forms: dict[str, dict[str, Value]] = {}
    rows: dict[str, dict[str | None, list[Row]]] = {}
    for name, value in given.items():
        found = _match(name, [*labels, *tables, *named_forms], f"“{where}”中没有")
        if found in tables and not (found in labels and not isinstance(value, list)):
            frame = sheet.frame_of(tables[found])
            at = f"{where}.{found}" if tables[found].name else where
            rows[frame] = _rows(pack.tables[frame], tables[found], value, at)
        elif found in named_forms:
            block = named_forms[found]
            forms[sheet.frame_of(block)] = _form(block, value, f"{where}.{found}")
        else:
            forms.setdefault(sheet.name, {})[labels[found].label] = _value(value, f"{where}.{name}")
    return Contents(forms, rows)


def _form(block: Block, given: Any, where: str) -> dict[str, Value]:
    if not isinstance(given, Mapping):
        raise FillError(f"“{where}”的内容应是“栏目：值”的形式。")
    labels = _labels(block.fields)
    return {
        labels[_match(name, labels, f"“{where}”中没有")].label: _value(value, f"{where}.{name}")
        for name, value in given.items()
    }


def _labels(fields: Iterable[FormField]) -> dict[str, FormField]:
    """The fields by label, and by printed title where no other field has it."""
    some = [f for f in fields if not f.static]
    titles = [f.printed for f in some]
    by_title = {f.printed: f for f in some if titles.count(f.printed) == 1}
    return by_title | {f.label: f for f in some}


def _rows(table: Table, block: Block, given: Any, where: str) -> dict[str | None, list[Row]]:
    """The lines of a table, under the fixed row they belong to or None."""
    if not isinstance(given, list):
        raise FillError(f"“{where}”是一张表，内容应是一行一行的列表。")
    columns = {f.label: f for f in block.fields} | _labels(block.fields)
    lines: dict[str | None, list[Row]] = {}
    for number, raw in enumerate(given, 1):
        at = f"{where}第{number}行"
        if not isinstance(raw, Mapping):
            raise FillError(f"“{at}”应是“栏目：值”的形式。")
        row: dict[str, Value] = {}
        for name, value in raw.items():
            if name != ROW:
                label = columns[_match(name, columns, f"“{at}”中没有")].label
                row[label] = _value(value, f"{at}.{name}")
        fixed = _fixed_row(table, row, raw.get(ROW), at)
        if fixed and fixed.slots == 1 and fixed.key in lines:
            raise FillError(f"“{where}”中“{fixed.key}”这一行给了两次。")
        printed = {f.label for f in block.fields if f.static} | set(fixed.labels if fixed else ())
        lines.setdefault(fixed.key if fixed else None, []).append(
            {label: value for label, value in row.items() if label not in printed}
        )
    return lines


def _fixed_row(table: Table, row: Row, key: Any, at: str) -> FixedRow | None:
    """The fixed row that a row of the data means; None for a free row."""
    if key is not None:
        keys = {r.key: r for r in table.rows}
        return keys[_match(key, keys, f"“{at}”所指的固定行不存在：没有")]
    static = {f.label: row[f.label] for f in table.fields if f.static and row.get(f.label) is not None}
    if static:
        return _by_labels(table, static, at)
    for candidate in table.rows:
        for label in candidate.labels:
            given = row.get(label)
            if given is not None and (_same(given, candidate.key) or _same(given, candidate.labels[label])):
                return candidate
    if table.free_rows:
        return None
    names = "、".join(r.key for r in table.rows)
    raise FillError(f"“{at}”没有写明是哪一行。请给出固定栏目的文字，或写“{ROW}：…”。可用的行：{names}。")


def _by_labels(table: Table, static: Row, at: str) -> FixedRow:
    """The only fixed row that prints all these labels (or is called so)."""
    found = [
        r for r in table.rows if all(_same(v, r.labels.get(k)) or _same(v, r.key) for k, v in static.items())
    ]
    if len(found) == 1:
        return found[0]
    given = "、".join(f"{k}“{v}”" for k, v in static.items())
    if found:
        names = "、".join(r.key for r in found)
        raise FillError(f"“{at}”（{given}）不止对应一行：{names}。请再给出一个固定栏目，或写“{ROW}：…”。")
    label, value = list(static.items())[-1]
    nearest = _nearest(str(value), list(dict.fromkeys(str(r.labels.get(label, r.key)) for r in table.rows)))
    raise FillError(f"“{at}”（{given}）在表中没有对应的固定行。{nearest}")


def _same(given: Value, printed: Value) -> bool:
    if isinstance(given, (int, float, Decimal)) and isinstance(printed, (int, float)):
        return Decimal(str(given)) == Decimal(str(printed))
    return printed is not None and _plain(str(given)) == _plain(str(printed))


def _value(value: Any, where: str) -> Value:
    """The value as it may stand in a cell."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise FillError(f"“{where}”有 {len(value)} 字，一个格子最多 {LONGEST_TEXT} 字。")
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise FillError(f"“{where}”中有无法写入文件的残缺字符。")
        return value or None
    if isinstance(value, float) and not math.isfinite(value):
        raise FillError(f"“{where}”的值 {value} 不是一个数。")
    if value is None or isinstance(value, (bool, int, float, Decimal, date)):
        return value
    raise FillError(f"“{where}”的值应是文字、数字或日期，不能是列表或另一层内容。")


def _match(name: Any, known: Iterable[str], complaint: str) -> str:
    """The known name that is meant; whitespace and width of characters do not count."""
    names = list(known)
    if name in names:
        return str(name)
    for candidate in names:
        if _plain(candidate) == _plain(str(name)):
            return candidate
    raise FillError(f"{complaint}“{name}”。{_nearest(str(name), names)}")


def _plain(text: str) -> str:
    """A name for comparing: width of characters and whitespace do not count."""
    return "".join(normalize("NFKC", text).split())


def _nearest(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(_plain(name), names, n=1, cutoff=0.5)
    if close:
        return f"最接近的是“{close[0]}”。"
    return "可用的有：" + "、".join(names[:12]) + ("…" if len(names) > 12 else "") + "。"
