"""What is kept of a chunk: four tables in Parquet, small enough that a whole province's can be added up.

Money is whole fen, points are whole ten-thousandths, so that every sum is exact. Every line says its
file; a file's line in `submissions` holds what is needed to decide whether it counts.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbook_tool.county.across import Return
from workbook_tool.county.arrivals import UNREADABLE, Arrival
from workbook_tool.county.book.figures import Figures, figures_of, money_sheets
from workbook_tool.county.content import TOLD
from workbook_tool.county.identify import Department
from workbook_tool.county.types import County
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import FormField, Pack
from workbook_tool.model.county import Figure
from workbook_tool.outputs.kept import Reviewed, frames

FORMAT = "1"
"""To be changed with anything that changes what the tables hold: old parts are then made anew."""

TEXT, WHOLE, YES = pa.string(), pa.int64(), pa.bool_()

SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "findings": {
        "file": TEXT, "line": WHOLE, "code": TEXT, "severity": TEXT, "sheet": TEXT, "cell": TEXT,
        "field": TEXT, "value": TEXT, "expected": TEXT, "difference": TEXT, "message": TEXT,
    },
    "scores": {
        "file": TEXT, "line": WHOLE, "rubric": TEXT, "subject": TEXT, "self": WHOLE, "recomputed": WHOLE,
        "unproven": WHOLE, "grade": TEXT,
    },
    "figures": {
        "file": TEXT, "frame": TEXT, "row": TEXT, "field": TEXT, "value": WHOLE, "declared": WHOLE,
        "differs": YES,
    },
    "submissions": {
        "file": TEXT, "sha256": TEXT, "size": WHOLE, "modified": TEXT, "saved": TEXT, "pack": TEXT,
        "code": TEXT, "written": TEXT, "department": TEXT, "copy": TEXT, "status": TEXT,
        "errors": WHOLE, "explains": WHOLE, "notes": WHOLE, "foreign": TEXT, "first": TEXT, "entered": YES,
    },
}  # fmt: skip
"""The tables in the order in which they are written: a chunk is done once the last of them is there."""

LAST = "submissions"

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One table of a chunk.

    Attributes:
        table: Which of SCHEMAS.
        content: Parquet.
    """

    table: str
    content: bytes


def parts_of(reviewed: Sequence[Reviewed], pack: Pack) -> Iterator[Part]:
    """The tables of a chunk in the order in which they are to be written."""
    lines: dict[str, Iterable[Line]] = {
        "findings": _findings(reviewed),
        "scores": _scores(reviewed),
        "figures": _figures(reviewed, pack),
        "submissions": (_submission(one, pack) for one in reviewed),
    }
    for name, schema in SCHEMAS.items():
        yield Part(name, _parquet(lines[name], schema))


def folder_of(table: str) -> str:
    """Where the parts of a table lie below the output."""
    return f"parts/{table}"


def place_of(table: str, name: str) -> str:
    """Where a chunk's part of a table lies below the output."""
    return f"{folder_of(table)}/{name}.parquet"


def arrival_of(line: Line) -> Arrival:
    """A line of `submissions` as deciding needs it."""
    own = {name: line[name] for name in SCHEMAS[LAST] if name not in ("file", "errors", "explains", "notes")}
    own["sha256"] = own["sha256"] or ""
    return Arrival(source=line["file"], severities=(line["errors"], line["explains"], line["notes"]), **own)


def figures_told(pack: Pack) -> list[tuple[FormField, Figure]]:
    """The figures that are added up: those of the money sheets, and those that ratios are made of."""
    of_sheets = (pair for sheet in money_sheets(pack) for pair in figures_of(sheet, pack))
    found = {str(figure): (field, figure) for field, figure in of_sheets}
    for ratio in pack.county.ratios if pack.county else ():
        for figure in filter(None, (ratio.amount, ratio.per, ratio.last)):
            found.setdefault(str(figure), (pack.tables[figure.frame].by_label[figure.field], figure))
    return list(found.values())


def _submission(one: Reviewed, pack: Pack) -> Line:
    arrival = Arrival.of(one, pack)
    errors, explains, notes = arrival.severities
    told = {name: getattr(arrival, name) for name in SCHEMAS[LAST] if hasattr(arrival, name)}
    return {**told, "file": arrival.source, "errors": errors, "explains": explains, "notes": notes}


def _findings(reviewed: Sequence[Reviewed]) -> Iterator[Line]:
    for one in reviewed:
        for number, finding in enumerate(one.submission["findings"]):
            yield {**finding, "file": one.source, "line": number}


def _scores(reviewed: Sequence[Reviewed]) -> Iterator[Line]:
    for one in reviewed:
        for number, score in enumerate(one.submission["scores"]):
            whole = {
                name: None if (points := score[name]) is None else round(points * POINT)
                for name in ("self", "recomputed", "unproven")
            }
            yield {**score, **whole, "file": one.source, "line": number}


def _figures(reviewed: Sequence[Reviewed], pack: Pack) -> Iterator[Line]:
    readable = [one for one in reviewed if one.submission["status"] != UNREADABLE]
    wanted = [figure for _, figure in figures_told(pack)]
    figures = _looked_up(readable, wanted, pack)
    for number, one in enumerate(readable):
        for figure in wanted:
            known = figures.of(figure, number)
            if known.there:
                yield {
                    "file": one.source, "frame": figure.frame, "row": figure.row, "field": figure.field,
                    "value": known.value, "declared": known.declared, "differs": known.differs,
                }  # fmt: skip


def _looked_up(reviewed: Sequence[Reviewed], figures: Sequence[Figure], pack: Pack) -> Figures:
    """Figures of a chunk, found as those of a county are; no more is put together than they need."""
    wanted = dict.fromkeys(figure.frame for figure in figures)
    returns = [Return(number, Department(""), one) for number, one in enumerate(reviewed)]
    nothing = pd.DataFrame()
    return Figures(
        County(
            pack, "", nothing, nothing, frames(reviewed, pack, wanted), TOLD["computed"](returns),
            TOLD["findings"](returns), nothing, nothing, nothing,
        )
    )  # fmt: skip


def _parquet(lines: Iterable[Line], schema: Mapping[str, pa.DataType]) -> bytes:
    rows = list(lines)
    columns = {name: pa.array([_kept(row[name]) for row in rows], kind) for name, kind in schema.items()}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def _kept(value: Any) -> Any:
    """A value as Parquet takes it: no half of a surrogate pair, which a file's name may hold."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
