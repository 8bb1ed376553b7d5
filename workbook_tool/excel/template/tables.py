"""A table on paper: headers above rows, equal labels as one tall cell, room for more rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from workbook_tool.excel.template.paper import Layout, Line, Spot, with_unit
from workbook_tool.model import Block, FixedRow, FormField, Pack, PackError

CLOSING_HEIGHT = 4.0


def lay_table(layout: Layout, block: Block) -> None:
    """Lay out a table below what is there, and mark its columns, rows and end in the map."""
    frame = layout.sheet.frame_of(block)
    spans = _columns(layout, frame, block)
    _header(layout, block, spans)
    table = layout.pack.tables[frame]
    lines = layout.lines[frame] = list(_lines(layout, frame, table.rows, table.free_rows))
    layout.columns[frame] = {label: left for label, (left, _) in spans.items()}
    for label, column in layout.columns[frame].items():
        layout.mark_column(column, f"{frame}/{label}")
    _printed(layout, block, frame, spans, lines)
    for line in lines:
        _line(layout, block, frame, spans, line)
    layout.closing[frame] = layout.row
    layout.mark(layout.row, None, frame, ".")
    layout.advance(CLOSING_HEIGHT)


def _columns(layout: Layout, frame: str, block: Block) -> dict[str, tuple[int, int]]:
    """First and last column of each field; the last field reaches to the edge."""
    spans: dict[str, tuple[int, int]] = {}
    used, last = 0, layout.last_column
    for number, f in enumerate(block.fields, 1):
        end = last if number == len(block.fields) else used + f.span
        spans[f.label] = (used + 1, end)
        used += f.span
    if used > last:
        raise PackError(f"表“{frame}”共占 {used} 列，而版面只有 {last} 列")
    return spans


def _header(layout: Layout, block: Block, spans: dict[str, tuple[int, int]]) -> None:
    """One line of headers, or two where fields are grouped."""
    top = layout.row
    low = top + 1 if any(f.group for f in block.fields) else top
    wanted = [26.0]
    for f in block.fields:
        left, right = spans[f.label]
        spot = Spot("header", low if f.group else top, left, low, right, with_unit(f, f.unit), "", f)
        layout.put(spot)
        wanted.append(layout.needed(spot) - (0.0 if f.group or low == top else 22.0))
    for group, fields in groupby(block.fields, key=lambda f: f.group):
        if group:
            labels = [f.label for f in fields]
            layout.put(Spot("header", top, spans[labels[0]][0], top, spans[labels[-1]][1], group))
    layout.advance(*([24.0] if low > top else []), max(wanted))
    if len(layout.sheet.blocks) == 1:
        layout.repeat = (top, low)


def _lines(layout: Layout, frame: str, rows: Sequence[FixedRow], free: int) -> Iterator[Line]:
    """The table's lines in printed order; more of them where the contents need more."""
    row = layout.row
    contents = layout.contents
    free = max(free, len(contents.lines(frame, None)))
    plan: list[tuple[FixedRow | None, int]] = [
        (r, max(r.slots, len(contents.lines(frame, r.key)))) for r in rows if not r.after
    ]
    plan.append((None, free))
    plan += [(r, max(r.slots, len(contents.lines(frame, r.key)))) for r in rows if r.after]
    for fixed, count in plan:
        for number in range(count):
            yield Line(fixed.key if fixed else None, number, row, fixed)
            row += 1


def _line(layout: Layout, block: Block, frame: str, spans: dict[str, tuple[int, int]], line: Line) -> None:
    wanted = [26.0]
    for f in block.fields:
        if f.static or line.prints(f.label) is not None:
            continue
        left, right = spans[f.label]
        spot = Spot("value", line.row, left, line.row, right, None, frame, f, line)
        layout.put(spot)
        wanted.append(layout.needed(spot))
    layout.mark(line.row, None, frame, line.key or "*")
    layout.advance(max(wanted))


def _printed(
    layout: Layout, block: Block, frame: str, spans: dict[str, tuple[int, int]], lines: Sequence[Line]
) -> None:
    """What the template prints in the rows.

    Equal neighbours become one tall cell, and a label with nothing printed to its right reaches
    over the empty columns.
    """
    first = next((f.label for f in block.fields if f.static), None)
    shares = _shares(layout.pack, block)
    covered: set[tuple[int, str]] = set()
    for number, f in enumerate(block.fields):
        for run in _runs(f, lines, first, shares, merge_all=not block.items_of):
            if (run[0].row, f.label) in covered:
                continue
            left, right = spans[f.label]
            if len(run) == 1 and f.static and run[0].prints(f.label) is not None:
                for right_field in block.fields[number + 1 :]:
                    if not right_field.static or run[0].prints(right_field.label) is not None:
                        break
                    right = spans[right_field.label][1]
                    covered.add((run[0].row, right_field.label))
            text = run[0].prints(f.label)
            layout.put(Spot("printed", run[0].row, left, run[-1].row, right, text, frame, f, run[0]))


def _runs(
    f: FormField, lines: Sequence[Line], first: str | None, shares: Mapping[str, str], *, merge_all: bool
) -> Iterator[list[Line]]:
    """The lines of a column in runs that print as one cell."""

    def together(line: Line) -> tuple[object, ...]:
        text = line.prints(f.label)
        if not f.static:
            return ("alone", line.row)
        if isinstance(text, str) and not f.numeric and (merge_all or f.label == first):
            return (line.prints(first) if first else None, text)
        if text is not None and line.key and line.key in shares:
            return ("share", shares[line.key])
        return ("row", line.key) if line.key else ("alone", line.row)

    for _, run in groupby(lines, key=together):
        some = list(run)
        if f.static or some[0].prints(f.label) is not None:
            yield some


def _shares(pack: Pack, block: Block) -> dict[str, str]:
    """The keys of criteria that hold their points together, with the name of what they share."""
    if not block.criteria_of:
        return {}
    return {c.key: c.share for c in pack.rubric(block.criteria_of).criteria if c.share}
