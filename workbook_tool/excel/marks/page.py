"""A worksheet written from nothing into a workbook that exists: rows, links, print set-up for A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from workbook_tool.excel.ooxml.markup import attribute, markup
from workbook_tool.excel.ooxml.stylesheet import StyleSheet
from workbook_tool.excel.template.measure import LINE, TALLEST, lines_of
from workbook_tool.findings import column_letters

_FONT = "宋体"
_GRID = "FFBFBFBF"
_LETTERS = tuple(column_letters(number) for number in range(27))


class Dress(NamedTuple):
    """How a cell of ours looks; texts are kept as texts when they are edited."""

    bold: bool = False
    size: float = 10.5
    colour: str = "FF000000"
    fill: str | None = None
    framed: bool = True
    across: Literal["left", "center", "right"] = "left"
    underlined: bool = False
    wrapped: bool = True
    kept_text: bool = True


def dressed(styles: StyleSheet, dress: Dress) -> int:
    """The number of the style in the workbook."""
    font = styles.append_xml(
        "fonts",
        "<font>" + ("<b/>" if dress.bold else "") + ("<u/>" if dress.underlined else "")
        + f'<sz val="{dress.size:g}"/><color rgb="{dress.colour}"/><name val="{_FONT}"/>'
        '<family val="3"/><charset val="134"/></font>',
    )  # fmt: skip
    sides = ("left", "right", "top", "bottom")
    lines = "".join(f'<{s} style="thin"><color rgb="{_GRID}"/></{s}>' for s in sides)
    border = styles.append_xml("borders", f"<border>{lines if dress.framed else ''}</border>")
    fill = styles.solid(dress.fill) if dress.fill else 0
    indent = ' indent="1"' if dress.framed and dress.across != "center" else ""
    return styles.append_xml(
        "cellXfs",
        f'<xf numFmtId="{49 if dress.kept_text else 0}" fontId="{font}" fillId="{fill}" borderId="{border}" '
        'xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
        f'<alignment horizontal="{dress.across}" vertical="center" '
        f'wrapText="{int(dress.wrapped)}"{indent}/></xf>',
    )


class Cell(NamedTuple):
    """One cell of a page: one of hundreds, so it must be made fast.

    Attributes:
        column: From 1.
        text: What is shown; the calculated value where there is a formula.
        dress: How it looks.
        formula: Without the equals sign.
        number: Whether `text` is a number.
        to: Where a click leads, as `'sheet'!A1`, ready for an attribute.
        last: The last column of a merged cell.
    """

    column: int
    text: str
    dress: Dress
    formula: str | None = None
    number: bool = False
    to: str | None = None
    last: int = 0


@dataclass
class Page:
    """A worksheet in the making. Row 1 is hidden and holds the stamp.

    Attributes:
        widths: Of the columns, in characters.
        filtered: The header row of the list that can be filtered, which goes on to the last row.
        formats: (area, formula, number of a differential style), the first winning.
    """

    stamp: str
    widths: Sequence[float]
    styles: StyleSheet
    rows: list[tuple[float, list[Cell]]] = field(default_factory=list)
    filtered: int | None = None
    formats: list[tuple[str, str, int]] = field(default_factory=list)
    active: bool = False
    _dressed: dict[Dress, int] = field(default_factory=dict)

    @property
    def next_row(self) -> int:
        """The number of the row that is added next."""
        return len(self.rows) + 2

    def add(self, *cells: Cell, least: float = 20.0) -> int:
        """Add a row, high enough that nothing is cut off, and return its number."""
        heights = [least] + [self._height(cell) for cell in cells if cell.dress.wrapped]
        self.rows.append((min(max(heights), TALLEST), list(cells)))
        return self.next_row - 1

    def _height(self, cell: Cell) -> float:
        room = sum(self.widths[cell.column - 1 : max(cell.last, cell.column)]) - 2.0  # the indent
        scale = cell.dress.size / 10.5
        if 2 * len(cell.text) * scale < room and "\n" not in cell.text:
            return 0.0  # one line whatever its characters: most cells are short
        return lines_of(cell.text, room / scale) * LINE * scale + 6

    def content(self, namespace: str) -> str:
        """The part's XML."""
        last = _LETTERS[len(self.widths)]
        rows = "".join(
            f'<row r="{number}" ht="{height:g}" customHeight="1">{self._cells(number, cells)}</row>'
            for number, (height, cells) in enumerate(self.rows, 2)
        )
        stamp = f'<c r="A1" t="inlineStr"><is><t>{markup(self.stamp)}</t></is></c>'
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{w + 0.71:g}" customWidth="1"/>'
            for n, w in enumerate(self.widths, 1)
        )
        selected = ' tabSelected="1"' if self.active else ""
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<worksheet xmlns="{namespace}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
            f'<dimension ref="A1:{last}{len(self.rows) + 1}"/><sheetViews><sheetView showGridLines="0"'
            f'{selected} workbookViewId="0"><selection activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols>'
            f'<sheetData><row r="1" hidden="1">{stamp}</row>{rows}</sheetData>'
            f"{self._after(last)}</worksheet>"
        )

    def _cells(self, row: int, cells: Sequence[Cell]) -> str:
        written = []
        for cell in cells:
            style = self._dressed.get(cell.dress)
            if style is None:
                style = self._dressed[cell.dress] = dressed(self.styles, cell.dress)
            place = f'r="{_LETTERS[cell.column]}{row}" s="{style}"'
            if cell.formula:
                formula = f"<f>{markup(cell.formula)}</f><v>{markup(cell.text)}</v>"
                kind = "n" if cell.number else "str"
                written.append(f'<c {place} t="{kind}">{formula}</c>')
            elif cell.number and cell.text:
                written.append(f"<c {place}><v>{cell.text}</v></c>")
            elif cell.text:
                text = f'<is><t xml:space="preserve">{markup(cell.text)}</t></is>'
                written.append(f'<c {place} t="inlineStr">{text}</c>')
            else:
                written.append(f"<c {place}/>")
            for column in range(cell.column + 1, cell.last + 1):
                written.append(f'<c r="{_LETTERS[column]}{row}" s="{style}"/>')
        return "".join(written)

    def _after(self, last: str) -> str:
        """What follows the cells, in the order of the schema."""
        merges, links = [], []
        for row, (_, cells) in enumerate(self.rows, 2):
            for cell in cells:
                place = f"{_LETTERS[cell.column]}{row}"
                if cell.last > cell.column:
                    merges.append(f'<mergeCell ref="{place}:{_LETTERS[cell.last]}{row}"/>')
                if cell.to:
                    shown = attribute(cell.text)
                    links.append(f'<hyperlink ref="{place}" location="{cell.to}" display="{shown}"/>')
        filtered = f'<autoFilter ref="A{self.filtered}:{last}{len(self.rows) + 1}"/>' if self.filtered else ""
        formats = "".join(
            f'<conditionalFormatting sqref="{area}"><cfRule type="expression" dxfId="{look}" '
            f'priority="{n}"><formula>{markup(formula)}</formula></cfRule></conditionalFormatting>'
            for n, (area, formula, look) in enumerate(self.formats, 1)
        )
        return (
            filtered
            + (f'<mergeCells count="{len(merges)}">{"".join(merges)}</mergeCells>' if merges else "")
            + formats
            + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
            + '<printOptions horizontalCentered="1"/>'
            '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
            '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
            "<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>"
        )
