"""Each field's own limits, as one pandera schema per frame over all workbooks at once.

pandera sees only typed, nullable columns and never coerces: one text left in a column would
silence the checks of that column for every workbook of the batch. Rules between columns are not
its business either; they are in `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from workbook_tool.checks.conform import RECORD_COLUMNS, Mask, quoted
from workbook_tool.checks.numbers import whole_of
from workbook_tool.findings import collect, notice
from workbook_tool.forms.figures import figure, plain
from workbook_tool.model import Batch, FormField, Frame, Pack, Table

Values = pd.Series
Schemas = dict[str, pa.DataFrameSchema]

REQUIRED, CHOICES, LENGTH, RANGE, PATTERN = (f"填写-{n:02}" for n in range(1, 6))


class Failure(NamedTuple):
    """The records of one frame in which one check of one field fails."""

    code: str
    label: str
    records: list[int]


def check_schemas(batch: Batch, pack: Pack) -> Frame:
    """Check every value against its field: required, choices, length, range, pattern.

    Returns:
        Draft findings; a cell that could not be read has none.
    """
    rows: list[dict[str, Any]] = []
    for name, schema in schemas_of(pack).items():
        frame = batch.frames[name]
        if len(frame):
            _require_types(frame, pack.tables[name])
            for failure in _failures(schema, frame):
                rows.extend(_drafts(failure, name, batch, pack))
    return collect(rows)


def _require_types(frame: Frame, table: Table) -> None:
    """Raise where a column is not as `conform` makes it: a check would then see other values."""
    for field in table.fields:
        found, wanted = str(frame[field.label].dtype), DTYPES.get(field.type, "string")
        if found != wanted:
            raise TypeError(f"{table.name}.{field.label} is {found}, not {wanted}")


def schemas_of(pack: Pack) -> Schemas:
    """The schema of every frame that has something to check; built once for each pack."""
    schemas = pack.memo.get(("schemas",))
    if schemas is None:
        schemas = {name: schema for name, table in pack.tables.items() if (schema := _schema(table, pack))}
        pack.memo["schemas",] = schemas
    return cast(Schemas, schemas)


def _schema(table: Table, pack: Pack) -> pa.DataFrameSchema | None:
    columns = {
        f.label: pa.Column(checks=checks, nullable=True)
        for f in table.fields
        if not f.static and (checks := list(_checks(f, pack)))
    }
    return pa.DataFrameSchema(columns, name=table.name) if columns else None


DTYPES: dict[str, str] = {
    "amount": "Int64", "points": "Int64", "count": "Int64", "number": "Float64", "percent": "Float64",
}  # fmt: skip
"""The types that `conform` gives; all others are texts. A third of pandera's time would go into
finding them right, which is a comparison of names here."""


def _checks(field: FormField, pack: Pack) -> Iterator[pa.Check]:
    """The checks of one field; the code of the finding is each check's `error`.

    They are functions of this module, not closures, so that a pack in use can be sent to another
    process.
    """
    if field.required is not None:
        yield pa.Check(_filled, error=REQUIRED, ignore_na=False)
    if field.numeric:
        if field.min is not None or field.max is not None:
            least, most = (_bound(b, field, pack) for b in (field.min, field.max))
            yield pa.Check(partial(_between, least, most), error=RANGE)
        return
    if field.choices:
        yield pa.Check(partial(_among, field.choices), error=CHOICES)
    if field.max_length is not None:
        yield pa.Check(partial(_within, field.max_length), error=LENGTH)
    if field.pattern is not None:
        yield pa.Check(partial(_matching, re.compile(field.pattern)), error=PATTERN)


def _filled(values: Values[Any]) -> Values[bool]:
    return values.notna()


def _among(choices: tuple[str, ...], values: Values[Any]) -> Values[bool]:
    return values.isin(choices)


def _within(limit: int, values: Values[Any]) -> Values[bool]:
    return values.str.len() <= limit


def _matching(pattern: re.Pattern[str], values: Values[Any]) -> Values[bool]:
    return pd.Series([pattern.fullmatch(v) is not None for v in values], index=values.index, dtype=bool)


def _between(least: float | None, most: float | None, values: Values[Any]) -> Values[bool]:
    good = pd.Series(True, index=values.index)
    if least is not None:
        good &= (values >= least).astype(bool)
    if most is not None:
        good &= (values <= most).astype(bool)
    return good


def _bound(bound: Any, field: FormField, pack: Pack) -> float | None:
    """A bound in the integers of a typed column: an amount's in fen, points' in 1/10,000."""
    if bound is None:
        return None
    return float(bound * whole_of(field, pack).scale if field.type in ("amount", "points") else bound)


def _failures(schema: pa.DataFrameSchema, frame: Frame) -> Iterator[Failure]:
    """Every check that fails, with its records.

    Raises:
        RuntimeError: pandera reports something that is about no record, such as a check that
            broke. That is a mistake of ours, never of a department.
    """
    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame[list(schema.columns)], lazy=True)
    except SchemaErrors as failures:
        for failure in failures.schema_errors:
            mask = failure.check_output
            code = getattr(failure.check, "error", None)
            if not isinstance(mask, pd.Series) or code is None:
                raise RuntimeError(f"{schema.name}: {failure}") from failures
            yield Failure(code, str(failure.schema.name), mask.index[~mask.astype(bool)].tolist())


def _drafts(failure: Failure, name: str, batch: Batch, pack: Pack) -> Iterator[dict[str, Any]]:
    """The findings of a failure, without those that something else already accounts for."""
    code, label, records = failure
    table, frame = pack.tables[name], batch.frames[name].loc[records]
    field = table.by_label[label]
    answered = batch.unreadable[name][label].loc[records].to_numpy(copy=True)
    if code == REQUIRED:
        totals = _total_keys(table, label, pack)
        answered |= frame["key"].isin(list(totals)).to_numpy()
        answered |= _column_missing(frame, label, batch, name)
    for record, submission, value, done in zip(
        records, frame["submission"].tolist(), frame[label].tolist(), answered.tolist(), strict=True
    ):
        if not done:
            text = None if pd.isna(value) else figure(value, field, pack)
            yield notice(
                code, submission, _words(field, text or ""),
                severity=field.required if code == REQUIRED else None,
                frame=name, record=record, field=label, value=text,
                expected=_range(field) if code == RANGE else None,
            )  # fmt: skip


def _total_keys(table: Table, label: str, pack: Pack) -> set[str | None]:
    """The rows in which a total rule answers for the field: it says what a blank should have been."""
    keys: set[str | None] = set()
    every = {None, *(row.key for row in table.rows)}
    for rule in pack.rules:
        if rule.total is not None and rule.on == table.name and label in rule.fields:
            keys |= {"all": every, "明细": every - table.total_keys}.get(rule.rows, {rule.rows})
    return keys


def _column_missing(frame: Frame, label: str, batch: Batch, name: str) -> Mask:
    """Which records are of a workbook that has lost the column: reported once, not for every row."""
    columns, _ = batch.place_maps
    fields = [f for f in frame.columns if f not in RECORD_COLUMNS]
    lost = {
        (submission, tab): (submission, tab, name, label) not in columns
        and any((submission, tab, name, f) in columns for f in fields)
        for submission, tab in set(zip(frame["submission"], frame["tab"], strict=True))
    }
    at = zip(frame["submission"], frame["tab"], strict=True)
    return np.fromiter((lost[place] for place in at), dtype=np.bool_, count=len(frame))


def _words(field: FormField, text: str) -> dict[str, object]:
    return {
        "label": field.printed,
        "value": quoted(text),
        "help": field.help or "",
        "choices": "、".join(field.choices),
        "length": len(text),
        "limit": field.max_length,
        "range": _range(field),
        "says": field.pattern_says or "与要求的写法不符",
    }


def _range(field: FormField) -> str:
    """What a number may be, as a part of a sentence."""
    unit = "%" if field.type == "percent" else ""
    if field.min is not None and field.max is not None:
        return f"应在{plain(field.min)}{unit}到{plain(field.max)}{unit}之间"
    if field.min is not None:
        return f"不能小于{plain(field.min)}{unit}"
    return f"不能大于{plain(field.max)}{unit}" if field.max is not None else ""
