"""How cells of the consolidated workbook look, in the colours of the templates and the marks."""

from __future__ import annotations

from typing import Any

from workbook_tool.county.book.listing import Colour, Kind
from workbook_tool.excel.template.appearance import GREY, HEADER
from workbook_tool.excel.template.paper import BODY

TITLE_SIZE = 16
GRID = "#BFBFBF"
LINK = "#0563C1"

COLOURS: dict[Colour, dict[str, str]] = {
    "error": {"bg_color": "#FFC7CE", "font_color": "#9C0006"},
    "explain": {"bg_color": "#FFEB9C", "font_color": "#7F6000"},
    "note": {"bg_color": "#DDEBF7", "font_color": "#1F4E79"},
    "good": {"bg_color": "#C6EFCE", "font_color": "#375623"},
    "none": {"bg_color": "#E7E6E6", "font_color": "#404040"},
    "unknown": {"bg_color": "#FFF2CC"},
    "differs": {"bg_color": "#F8CBAD"},
}
"""Severities as in the annotated copies; none: nothing has come; unknown: a figure is missing."""

SOLID: dict[Colour, str] = {
    "error": "#D9534F", "explain": "#F0AD4E", "note": "#5B9BD5", "good": "#70AD47", "none": "#A6A6A6",
    "unknown": "#C9A227", "differs": "#C55A11",
}  # fmt: skip
"""The same for the areas of a chart."""

NUMBERS: dict[Kind, str] = {
    "amount": "#,##0.00_ ", "count": "#,##0_ ", "points": "0.00_ ", "percent": '0.00"%"_ ',
}  # fmt: skip

_BODY: dict[str, Any] = {"font_size": BODY, "border": 1, "border_color": GRID, "valign": "vcenter"}
_KINDS: dict[Kind, dict[str, Any]] = {
    "text": {"align": "left", "text_wrap": True, "indent": 1},
    "centred": {"align": "center", "text_wrap": True},
    "amount": {"align": "right"},
    "count": {"align": "right"},
    "points": {"align": "right"},
    "percent": {"align": "right"},
}
TITLE: dict[str, Any] = {"font_name": "黑体", "font_size": TITLE_SIZE, "align": "left", "valign": "vcenter"}
SAYS: dict[str, Any] = {"font_size": BODY, "font_color": GREY, "text_wrap": True, "valign": "vcenter"}
HEAD: dict[str, Any] = _BODY | {
    "font_name": "黑体",
    "align": "center",
    "text_wrap": True,
    "bg_color": HEADER,
}


def body(kind: Kind, colour: Colour | None = None, linked: bool = False) -> dict[str, Any]:
    """A cell of a list."""
    number = {"num_format": NUMBERS[kind]} if kind in NUMBERS else {}
    link = {"font_color": LINK, "underline": 1} if linked else {}
    return _BODY | _KINDS[kind] | number | link | (COLOURS[colour] if colour else {})


def total(kind: Kind) -> dict[str, Any]:
    """A cell below a list."""
    return body(kind) | {"bold": True, "bg_color": HEADER}
