"""What stands in a cell becomes a value of the field's type, or a finding that says why not.

Each column is typed once for the whole batch: plain numbers as arrays, the few cells that hold
something else one by one, each different content once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from math import isfinite
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from workbook_tool.checks.dates import read_date
from workbook_tool.checks.numbers import (
    INVISIBLE,
    MONEY_UNITS,
    PERCENT,
    Written,
    exact,
    percents,
    read_written,
    whole_of,
)
from workbook_tool.findings import collect, notice
from workbook_tool.forms.figures import figure, plain
from workbook_tool.model import LARGEST, Batch, CellError, FormField, Frame, Pack, Table, Uncalculated

RECORD_COLUMNS = ("submission", "tab", "instance", "row", "key")
"""The columns of a frame that say where a record stands; the rest are its fields."""

_FRACTIONS_UP_TO = 1.5
"""A percent cell of 1.2 holds 120%; one of 95 was meant as 95%."""

_QUOTED = 40
"""How much of a long text a message repeats."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cell:
    """How one content of a cell is read.

    Attributes:
        value: The typed value; None for a blank and for what cannot be read.
        code: The finding it gives, if any.
        words: What the finding's sentence needs besides the label and the value.
        unreadable: It holds something, but nothing of the field's type.
        from_text: A number that the file holds as text, which SUM skips.
    """

    value: int | float | str | None = None
    code: str | None = None
    words: Mapping[str, object] = field(default_factory=dict)
    unreadable: bool = False
    from_text: bool = False


@dataclass(frozen=True)
class Column:
    """A typed column; `odd` are the cells that were read one by one, by position."""

    values: ExtensionArray
    odd: Mapping[int, Cell]


BLANK = Cell()
NO_CELLS: frozenset[int] = frozenset()


def conform(batch: Batch, pack: Pack) -> tuple[Batch, Frame]:
    """Type every value of a batch.

    Returns:
        The batch with typed frames, `unreadable` and `text_numbers` filled, and the draft
        findings; a cell that cannot be read is blank, unreadable, and has exactly one finding.
    """
    frames: dict[str, Frame] = {}
    unreadable: dict[str, Frame] = {}
    text_numbers: dict[str, Frame] = {}
    rows: list[dict[str, Any]] = []
    calculated = _calculated(batch)
    for name, frame in batch.frames.items():
        table = pack.tables[name]
        columns = {
            f.label: type_column(frame[f.label], f, pack, calculated.get((name, f.label), NO_CELLS))
            for f in table.fields
        }
        places = {c: frame[c] for c in RECORD_COLUMNS}
        typed = {label: column.values for label, column in columns.items()}
        frames[name] = pd.DataFrame(places | typed, index=frame.index)
        unreadable[name] = _flags(columns, frame, "unreadable")
        text_numbers[name] = _flags(columns, frame, "from_text")
        rows.extend(_drafts(frame, table, columns, pack))
    typed_batch = replace(batch, frames=frames, unreadable=unreadable, text_numbers=text_numbers)
    return typed_batch, collect(rows)


def _calculated(batch: Batch) -> dict[tuple[str, str], frozenset[int]]:
    """Which records of a field hold a formula, by frame and field."""
    cells = batch.formulas
    found: dict[tuple[str, str], set[int]] = {}
    for frame, label, record in zip(cells["frame"], cells["field"], cells["record"], strict=True):
        found.setdefault((frame, label), set()).add(int(record))
    return {key: frozenset(records) for key, records in found.items()}


def type_column(
    raw: pd.Series[Any], field: FormField, pack: Pack, calculated: frozenset[int] = NO_CELLS
) -> Column:
    """Type one column of raw values.

    Args:
        raw: The values, as read.
        field: What they are of.
        pack: The form.
        calculated: The positions of those that a formula gave: a percentage is then surely a fraction.

    Raises:
        TypeError: The column is not of dtype object; pandas has then already guessed types.
    """
    if raw.dtype != object:
        raise TypeError(f"raw values of {field.label} came as {raw.dtype}")
    if field.numeric:
        return _numbers(raw, field, pack, calculated)
    contents = raw.tolist()
    kinds = list(map(type, contents))
    read = cell_reader(field, pack)
    # An error value equals the text it looks like, 1 equals True: with those about, the type tells.
    keys: list[Any] = contents
    if not set(kinds) <= {str, NoneType}:
        keys = list(zip(kinds, contents, strict=True))
    cells = {key: read(content) for key, content in dict(zip(keys, contents, strict=True)).items()}
    values: dict[Any, Any] = {key: cell.value for key, cell in cells.items()}
    texts = pd.array([values[key] for key in keys], dtype="string")
    noted = any(cell.code for cell in cells.values())
    return Column(texts, {n: cells[k] for n, k in enumerate(keys) if cells[k].code} if noted else {})


def _numbers(raw: pd.Series[Any], field: FormField, pack: Pack, calculated: frozenset[int]) -> Column:
    """Plain numbers all at once; texts, errors, truth values and numbers out of bounds singly."""
    contents = raw.tolist()
    plainly = np.fromiter((type(c) is float for c in contents), dtype=np.bool_, count=len(contents))
    doubles = np.zeros(len(contents), dtype=np.float64)
    doubles[plainly] = raw.to_numpy(dtype=object)[plainly].astype(np.float64)
    given = np.zeros(len(contents), dtype=np.bool_)
    given[list(calculated)] = True
    values, sure = _at_once(doubles, field, pack, given)
    blank = np.zeros(len(contents), dtype=np.bool_)
    odd: dict[int, Cell] = {}
    read = cell_reader(field, pack)
    known: dict[tuple[type, Any], Cell] = {(NoneType, None): BLANK}
    for position in np.flatnonzero(~(sure & plainly)).tolist():
        key = (type(contents[position]), contents[position])
        cell = known[key] if key in known else known.setdefault(key, read(key[1]))
        if cell is not BLANK:
            odd[position] = cell
        if cell.value is None:
            blank[position] = True
        else:
            values[position] = cell.value
    if values.dtype == np.float64:
        return Column(pd.arrays.FloatingArray(values, blank), odd)
    return Column(pd.arrays.IntegerArray(values, blank), odd)


def _at_once(
    doubles: npt.NDArray[np.float64], field: FormField, pack: Pack, calculated: Mask
) -> tuple[npt.NDArray[Any], Mask]:
    """The typed values of plain numbers, and which of them need no second look."""
    if field.type not in ("number", "percent"):
        return whole_of(field, pack).of_doubles(doubles)
    sure = np.abs(doubles) < LARGEST
    if field.type == "percent":
        sure &= calculated | (np.abs(doubles) <= _fraction_limit(field))
    doubles = np.where(sure, doubles, 0.0)
    return (percents(doubles) if field.type == "percent" else doubles), sure


def _flags(columns: Mapping[str, Column], frame: Frame, flag: str) -> Frame:
    flags = np.zeros((len(frame), len(columns)), dtype=np.bool_)
    for number, column in enumerate(columns.values()):
        for position, cell in column.odd.items():
            flags[position, number] = getattr(cell, flag)
    return pd.DataFrame(flags, index=frame.index, columns=list(columns))


def _drafts(frame: Frame, table: Table, columns: Mapping[str, Column], pack: Pack) -> list[dict[str, Any]]:
    rows = []
    for form_field in table.fields:
        label = form_field.label
        for position, cell in columns[label].odd.items():
            if cell.code is None:
                continue
            value = as_written(frame[label].iloc[position])
            words = {"label": form_field.printed, "value": quoted(value), **cell.words}
            rows.append(
                notice(
                    cell.code, int(frame["submission"].iloc[position]), words,
                    frame=table.name, record=int(frame.index[position]), field=label, value=value,
                )
            )  # fmt: skip
    return rows


def quoted(text: str) -> str:
    """A text as a message repeats it: long ones cut."""
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


def as_written(content: object) -> str:
    """What a cell holds, as a text."""
    if isinstance(content, bool):
        return str(content).upper()
    if isinstance(content, int | float):
        return plain(exact(content)) if isfinite(content) else str(content)
    return str(content)


def cell_reader(form_field: FormField, pack: Pack) -> Callable[[Any], Cell]:
    """The function that reads one content of a field's cells."""
    kinds: dict[str, Callable[[Any], Cell]] = {
        "text": partial(_text, _no_text(form_field, pack)),
        "choice": partial(
            _choice,
            {_alike(c): c for c in form_field.choices},
            {_alike(way): c for c, ways in form_field.written.items() for way in ways},
        ),
        "date": partial(_date, _nothing(form_field, pack)),
        "percent": partial(_percent, form_field, _nothing(form_field, pack)),
        "number": partial(_number, form_field, _nothing(form_field, pack)),
    }
    read = kinds.get(form_field.type, partial(_whole, form_field, _nothing(form_field, pack), pack))
    wanted = {"text": "文字", "date": "日期", "choice": "、".join(form_field.choices)}.get(
        form_field.type, "数字"
    )

    def read_any(content: Any) -> Cell:
        if content is None:
            return BLANK
        if isinstance(content, CellError):
            return _bad("格式-06")
        if isinstance(content, Uncalculated):
            return _bad("格式-07")
        if isinstance(content, bool):
            return _bad("格式-11", wanted=wanted)
        if not isinstance(content, str) and not isfinite(content):
            return _bad("格式-10")
        return read(content)

    return read_any


def _bad(code: str, **words: object) -> Cell:
    return Cell(code=code, words=words, unreadable=True)


def _nothing(form_field: FormField, pack: Pack) -> frozenset[str]:
    """The words that mean a blank, as `_alike` sees them; the empty text is one of them."""
    return frozenset({"", *map(_alike, pack.blank_words(form_field))})


def _alike(text: str) -> str:
    """A text without what does not distinguish two choices: width, spaces, invisible characters."""
    return "".join(unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).split())


def _no_text(form_field: FormField, pack: Pack) -> frozenset[str]:
    """The words that mean a blank in a text."""
    return frozenset(map(_alike, pack.blank_words(form_field)))


def _text(nothing: frozenset[str], content: str | float) -> Cell:
    if not isinstance(content, str):
        return Cell(as_written(content))
    seen = content.strip()
    clean = INVISIBLE.sub("", seen).replace("\u00a0", " ").replace("\r\n", "\n").strip()
    if not clean or (nothing and _alike(clean) in nothing):
        return BLANK
    hidden = INVISIBLE.search(seen) is not None
    return Cell(clean, code="格式-09" if hidden else None)


def _choice(choices: Mapping[str, str], written: Mapping[str, str], content: str | float) -> Cell:
    text = as_written(content)
    alike = _alike(text)
    if alike in written and alike not in choices:
        return Cell(written[alike], code="填写-06", words={"read": written[alike]})
    return Cell(choices.get(alike, INVISIBLE.sub("", text).strip())) if alike else BLANK


def _date(nothing: frozenset[str], content: str | float) -> Cell:
    if isinstance(content, str) and _alike(content) in nothing:
        return BLANK
    day = read_date(content)
    return _bad("格式-08") if day is None else Cell(day)


def _whole(form_field: FormField, nothing: frozenset[str], pack: Pack, content: str | float) -> Cell:
    """An amount, a count or points: an integer of the smallest unit."""
    whole = whole_of(form_field, pack)
    too_fine = _bad("格式-04", places=whole.places, least=whole.least)
    if not isinstance(content, str):
        value = whole.of_double(content) if abs(content) <= LARGEST else LARGEST + 1
        return too_fine if value is None else _within(Cell(value))
    if _alike(content) in nothing:
        return BLANK
    written = read_written(content)
    units = _units(form_field, pack)
    if written is None or written.unit not in units:
        return _bad("格式-01")
    value = whole.of_text(written.figure, units[written.unit])
    if value is None:
        return too_fine
    if abs(value) > LARGEST:  # a sentence would repeat more digits than figures are told with
        return _bad("格式-10")
    unit = _unit(form_field, pack)
    words = {"read": figure(value, form_field, pack), "unit": unit}
    return Cell(value, "格式-02" if written.unit else "格式-03", words, from_text=True)


def _within(cell: Cell) -> Cell:
    return cell if abs(cell.value or 0) <= LARGEST else _bad("格式-10")  # type: ignore[arg-type]


def _units(form_field: FormField, pack: Pack) -> dict[str, int]:
    """How many of the smallest unit each unit is that may stand behind a figure."""
    scale = whole_of(form_field, pack).scale
    if form_field.type == "amount":
        return {"": scale, **MONEY_UNITS}
    return {"": scale, _alike(_unit(form_field, pack)): scale}


def _unit(form_field: FormField, pack: Pack) -> str:
    if form_field.type == "amount":
        return pack.unit
    return form_field.unit or ("分" if form_field.type == "points" else "")


def _number(form_field: FormField, nothing: frozenset[str], content: str | float) -> Cell:
    if not isinstance(content, str):
        return _within(Cell(content))
    if _alike(content) in nothing:
        return BLANK
    written = read_written(content)
    unit = _alike(form_field.unit or "")
    if written is None or written.unit not in ("", unit):
        return _bad("格式-01")
    words = {"read": plain(written.figure), "unit": form_field.unit or ""}
    code = "格式-02" if written.unit else "格式-03"
    return _within(Cell(float(written.figure), code, words, from_text=True))


def _fraction_limit(form_field: FormField) -> float:
    """Up to where a percent cell holds a fraction; further where the field allows more than 150%."""
    return max(_FRACTIONS_UP_TO, float(form_field.max or 0) / 100)


def _percent(form_field: FormField, nothing: frozenset[str], content: str | float) -> Cell:
    """A percentage: 0.95 in a number cell, "95%" as text, and with a notice 95 and "0.95"."""
    if isinstance(content, str) and _alike(content) in nothing:
        return BLANK
    written = read_written(content) if isinstance(content, str) else Written(exact(content), "")
    if written is None or written.unit not in ("", PERCENT):
        return _bad("格式-01")
    figure, typed = written.figure, isinstance(content, str)
    fraction = not written.unit and abs(figure) <= Decimal(str(_fraction_limit(form_field)))
    if fraction:
        figure *= 100
    told = None if written.unit or (fraction and not typed) else "格式-05"
    return _within(Cell(float(figure), told, {"read": plain(figure)}, from_text=typed))
