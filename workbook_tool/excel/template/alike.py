"""Formulas that are alike down a column, written once, as a spreadsheet does for rows copied down.

The live checks say the same in every line of a table. Written out in each, they are most of what a
spreadsheet has to parse when it opens the workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from workbook_tool.excel.ooxml.references import column_number, shift

_CELL = re.compile(r'<c r="([A-Z]+)([0-9]+)"[^>]*><f>([^<]*)</f>')
_SHORTEST = 40
"""A shorter formula costs less than saying that it is like another."""


@dataclass(frozen=True)
class _Cell:
    """A formula as it is written: where it begins and ends in the text, and where it stands."""

    start: int
    end: int
    column: str
    row: int
    formula: str


def share(workbook: bytes, live: Mapping[str, int]) -> bytes:
    """Write formulas that are alike in the lines of a table once.

    Formulas that look at other sheets stay as they are: not every spreadsheet shares those.

    Args:
        workbook: As XlsxWriter writes it.
        live: The part of a sheet -> the first column whose formulas are shared, from 0.
    """
    out = BytesIO()
    with ZipFile(BytesIO(workbook)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename in live:
                content = _shared(content.decode(), live[info.filename]).encode()
            target.writestr(info, content)
    return out.getvalue()


def _shared(text: str, first: int) -> str:
    """A sheet in which formulas that are alike refer to the first of them."""
    groups = [group for group in _groups(text, first) if len(group) > 1]
    written: dict[int, tuple[int, str]] = {}
    for number, group in enumerate(groups):
        head, *rest = group
        area = f"{head.column}{head.row}:{head.column}{rest[-1].row}"
        said = text[head.start : head.end].removeprefix("<f>")
        written[head.start] = head.end, f'<f t="shared" ref="{area}" si="{number}">{said}'
        written |= {cell.start: (cell.end, f'<f t="shared" si="{number}"/>') for cell in rest}
    pieces, end = [], 0
    for start, (stop, said) in sorted(written.items()):
        pieces += [text[end:start], said]
        end = stop
    return "".join([*pieces, text[end:]])


def _groups(text: str, first: int) -> Iterator[Sequence[_Cell]]:
    """Cells below one another whose formulas are the first one's, copied down."""
    open_: dict[str, list[_Cell]] = {}
    for cell in _cells(text, first):
        group = open_.get(cell.column)
        if group and shift(group[0].formula, cell.row - group[0].row, 0) == cell.formula:
            group.append(cell)
            continue
        if group:
            yield group
        open_[cell.column] = [cell]
    yield from open_.values()


def _cells(text: str, first: int) -> Iterator[_Cell]:
    for match in _CELL.finditer(text):
        column, row, formula = match[1], int(match[2]), unescape(match[3])
        if column_number(column) > first and len(formula) >= _SHORTEST and "!" not in formula:
            yield _Cell(match.start(3) - len("<f>"), match.end(), column, row, formula)
