"""Where everything of a sheet stands: labels, values, headers, rows, and the hidden map.

Pure: a pack's sheet and the texts that are to go in are turned into spots (printed or to be
filled), row heights and map tokens; `blank` draws them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from workbook_tool.excel.template.measure import TALLEST, lines_of, split_height
from workbook_tool.excel.template.paper import BODY, TITLE, Contents, Layout, Role, Spot, Tab, with_unit
from workbook_tool.excel.template.tables import lay_table
from workbook_tool.model import Block, FormField, Pack, PackError, Sheet


def lay_out(pack: Pack, sheet: Sheet, contents: Contents | None = None) -> Layout:
    """Lay a sheet out, with room for the contents.

    Raises:
        PackError: A block does not fit the sheet's grid.
    """
    layout = Layout(pack, sheet, contents or Contents())
    _head(layout)
    for block in sheet.blocks:
        unit = _unit(pack, sheet, block)
        if block.title or unit:
            _heading(layout, block.title, unit)
        if block.intro:
            _whole_line(layout, "note", block.intro)
        (_form if block.kind == "form" else lay_table)(layout, block)
        if block.note:
            _whole_line(layout, "note", block.note)
    _stretch(layout)
    return layout


def _whole_line(layout: Layout, role: Role, text: str, height: float | None = None) -> None:
    spot = Spot(role, layout.row, 1, layout.row, layout.last_column, text)
    layout.put(spot)
    layout.advance(height or layout.needed(spot))


def _head(layout: Layout) -> None:
    sheet = layout.sheet
    title = sheet.title or sheet.name
    half = layout.width(1, layout.last_column) * BODY / TITLE
    _whole_line(layout, "title", title, 24.0 * lines_of(title, half) + 16)
    if sheet.subtitle:
        _whole_line(layout, "subtitle", sheet.subtitle)


def _unit(pack: Pack, sheet: Sheet, block: Block) -> str | None:
    """The unit line of a table that holds amounts, where no title says the unit already.

    A form says its unit in each label.
    """
    amounts = any(f.type == "amount" for f in block.fields)
    titles = (block.title or "") + (sheet.title or "" if len(sheet.blocks) == 1 else "")
    return f"单位：{pack.unit}" if block.kind == "table" and amounts and pack.unit not in titles else None


def _heading(layout: Layout, title: str | None, unit: str | None) -> None:
    """The title of a block at the left, its unit at the right of the same line."""
    row, last = layout.row, layout.last_column
    split = last
    if unit:
        while split > 1 and lines_of(unit, layout.width(split, last)) > 1:
            split -= 1
        layout.put(Spot("unit", row, split, row, last, unit))
        split -= 1
    if title and split:
        layout.put(Spot("heading", row, 1, row, split, title))
    layout.advance(30.0 if title else 20.0)


# Forms: labels beside values, flowing over the grid from left to right


def _form(layout: Layout, block: Block) -> None:
    frame = layout.sheet.frame_of(block)
    for group, fields in groupby(block.fields, key=lambda f: f.group):
        if group:
            _whole_line(layout, "group", group)
        for line in _flow(layout, frame, tuple(fields)):
            _form_line(layout, frame, line)


def _flow(layout: Layout, frame: str, fields: Sequence[FormField]) -> Iterator[list[Spot]]:
    """Spots line by line.

    A pair stays together where it fits on one line; the last one of a line reaches to the edge.
    """
    last, used, line = layout.last_column, 0, list[Spot]()
    for f in fields:
        pair = f.label_span + f.span
        if max(f.label_span, f.span) > last:
            raise PackError(f"“{frame}”的“{f.label}”占 {max(f.label_span, f.span)} 列，而版面只有 {last} 列")
        if line and used + pair > last:
            yield _to_edge(line, last)
            used, line = 0, []
        unit = f.unit or (layout.pack.unit if f.type == "amount" else None)
        parts: list[tuple[Role, int]] = [("label", f.label_span), ("value", f.span)]
        for role, span in parts:
            if not span:
                continue
            if line and used + span > last:
                yield _to_edge(line, last)
                used, line = 0, []
            text = with_unit(f, unit) if role == "label" else None
            alone = role == "label" and pair > last
            line.append(Spot("group" if alone else role, 0, used + 1, 0, used + span, text, frame, f))
            used += span
    if line:
        yield _to_edge(line, last)


def _to_edge(line: list[Spot], last: int) -> list[Spot]:
    end = line[-1]
    return [*line[:-1], Spot(end.role, 0, end.left, 0, last, end.text, end.frame, end.field)]


def _form_line(layout: Layout, frame: str, line: list[Spot]) -> None:
    heights = split_height(max(layout.needed(s) for s in line))
    top, bottom = layout.row, layout.row + len(heights) - 1
    for s in line:
        spot = Spot(s.role, top, s.left, bottom, s.right, s.text, frame, s.field)
        layout.put(spot)
        if s.role == "value" and s.field:
            layout.mark(top, s.left, frame, s.field.label)
            if s.field.given:
                _remember(layout, top, frame, s.field.label)
            layout.cells.setdefault(frame, {})[s.field.label] = (top, s.left)
    layout.advance(*(max(h, 26.0) for h in heights))


def _remember(layout: Layout, row: int, frame: str, label: str) -> None:
    """Keep a figure that the bureau gives in the hidden map too, where a change of it is seen."""
    value = layout.contents.value(frame, label)
    if value is None or (isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)):
        layout.mark(row, None, frame, f"{label}={'' if value is None else value}")


def _stretch(layout: Layout) -> None:
    """Make room for printed texts: raise the rows of a cell whose text needs more than they have."""
    for spot in layout.spots:
        if spot.role not in ("printed", "header"):
            continue
        rows = range(spot.top, spot.bottom + 1)
        missing = layout.needed(spot) - sum(layout.heights[r] for r in rows)
        if missing > 0:
            for r in rows:
                layout.heights[r] = min(round(layout.heights[r] + missing / len(rows), 2), TALLEST)


def plan_tabs(
    pack: Pack, contents: Mapping[str, Sequence[Contents]] | None = None, copies: int | None = None
) -> list[Tab]:
    """All tabs of a workbook in order, with a numbered one for each copy of a repeated sheet.

    Args:
        pack: The pack.
        contents: sheet -> what goes into each of its copies.
        copies: How many copies of a repeated sheet there are at least; the sheet's own number
            where it is None.
    """
    tabs = []
    for sheet in pack.sheets:
        given = list((contents or {}).get(sheet.name, ()))
        least = 1 if not sheet.repeats else sheet.copies if copies is None else copies
        given += [Contents()] * (least - len(given))
        for number, content in enumerate(given):
            name = f"{sheet.name}{number + 1}" if sheet.repeats else sheet.name
            tabs.append(Tab(name, number, lay_out(pack, sheet, content)))
    return tabs
