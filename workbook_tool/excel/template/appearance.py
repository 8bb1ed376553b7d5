"""How a cell looks: one format for each role and type, in the manner of a printed form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbook_tool.excel.ooxml.markup import legal
from workbook_tool.excel.template.measure import units
from workbook_tool.excel.template.paper import BODY, TITLE, Spot, Value
from workbook_tool.model import FormField, Pack

INPUT, CALCULATED, PRINTED, HEADER = "#FFFBE5", "#E9F3E6", "#F6F7F9", "#E6ECF5"
GREY = "#595959"
_LONGEST_HEADER = 100
"""Letters of one piece; Excel takes 255 of all three together."""


def workbook_options() -> dict[str, Any]:
    """The options of a new workbook; new ones each time, since xlsxwriter writes into them.

    The normal style is the one of Chinese offices, for which column widths count.
    """
    return {
        "in_memory": True,
        "default_format_properties": {"font_name": "宋体", "font_size": 11},
        "default_row_height": 18,
        "default_column_width": 72,
    }


_BOX = {"border": 1, "text_wrap": True, "valign": "vcenter", "font_size": BODY}
_CENTRED = {"align": "center", "valign": "vcenter", "text_wrap": True}
_ROLES: dict[str, dict[str, Any]] = {
    "title": _CENTRED | {"font_name": "黑体", "font_size": TITLE},
    "subtitle": _CENTRED | {"font_name": "仿宋", "font_size": 12},
    "unit": {"font_size": BODY, "align": "right", "valign": "bottom"},
    "heading": {"font_name": "黑体", "font_size": 12, "align": "left", "valign": "vcenter"},
    "group": _BOX | {"font_name": "黑体", "align": "left", "bg_color": HEADER, "indent": 1},
    "header": _BOX | {"font_name": "黑体", "align": "center", "bg_color": HEADER},
    "label": _BOX | {"align": "center", "bg_color": PRINTED},
    "printed": _BOX | {"align": "center", "bg_color": PRINTED},
    "value": _BOX | {"bg_color": INPUT, "locked": False},
    "note": {"font_size": 9, "font_color": GREY, "align": "left", "valign": "top", "text_wrap": True},
}
_TYPES: dict[str, dict[str, Any]] = {
    "amount": {"num_format": "#,##0.00####_ ", "align": "right"},
    "number": {"num_format": "General", "align": "right"},
    "count": {"num_format": "#,##0_ ", "align": "right"},
    "percent": {"num_format": "0.00%_ ", "align": "right"},
    "points": {"num_format": "General", "align": "center"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "choice": {"num_format": "@", "align": "center"},
    "text": {"align": "left"},
}
_HIGH = 300.0
_SHORT = 255
"""A cell of the format "text" shows #### in older programs when it holds more characters."""


class Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def make(self, properties: dict[str, Any]) -> Format:
        """The format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]

    def role(self, role: str, **more: Any) -> Format:
        """The format of a role, changed where wanted."""
        return self.make(_ROLES[role] | more)

    def of(self, spot: Spot, *, calculated: bool = False, height: float = 0.0) -> Format:
        """The format of a spot; a calculated one is locked and coloured.

        Args:
            spot: What is drawn.
            calculated: Whether a formula stands in it.
            height: Its height in points; the text of a very high label stands at its top, where
                no page break cuts it and a reader who scrolls finds it.
        """
        properties = dict(_ROLES[spot.role])
        if spot.role == "value" and spot.field:
            properties |= _TYPES[spot.field.type] | _text(spot.field)
        if spot.role == "printed" and isinstance(spot.text, str) and units(spot.text) > 40:
            properties |= {"align": "left"}
        if spot.role == "printed" and height > _HIGH:
            properties |= {"valign": "top"}
        if spot.field and spot.field.align and spot.role in ("value", "printed"):
            properties |= {"align": spot.field.align}
        if spot.role == "value" and spot.field and spot.field.given:
            properties |= {"bg_color": PRINTED, "locked": True}
        if calculated:
            properties |= {"bg_color": CALCULATED, "locked": True}
        if spot.line and spot.line.total:
            properties |= {"bold": True}
        return self.make(properties)


def _text(f: FormField) -> dict[str, Any]:
    """Long texts start at the top; short ones keep leading zeros, as in codes and telephones."""
    if f.type != "text":
        return {}
    kept = {} if f.lines > 2 or (f.max_length or 0) > _SHORT else {"num_format": "@"}
    return kept | ({"valign": "top"} if f.lines > 2 else {})


def set_up_page(pack: Pack, sheet: Worksheet, *, landscape: bool) -> None:
    """A4, one page wide, with the form's name and page numbers at the foot."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_footer(f"&L{small(pack.title)}&C{small('第')} &P 页，共 &N 页&R{small(pack.name)}")


def small(text: str) -> str:
    """A text for a header or footer, in nine points.

    The codes of headers leave it alone; a digit would be taken for one of the size.
    """
    plain = legal(text).replace("&", "&&")[:_LONGEST_HEADER]
    return f"&9 {plain}" if plain[:1].isdigit() else f"&9{plain}"


def write_value(sheet: Worksheet, row: int, column: int, value: Value, style: Format | None) -> None:
    """Write a value as the type it has; a text is never taken for a formula, a link or a number."""
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, (int, float, Decimal)):
        sheet.write_number(row, column, float(value), style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    else:
        sheet.write_string(row, column, value, style)
