"""Conditional formats that hide what stands in a cell: white text, a format that shows nothing, a bare bar.

Whether a formula holds is not worked out: a format that would hide a value if it did is enough to be
told, since somebody looks at it then. What a rule says of the value alone is worked out, so that
one which only hides zeros is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from workbook_tool.excel.ooxml.styles import LONGEST_FORMAT
from workbook_tool.excel.returns.choices import area_of
from workbook_tool.excel.returns.looks import FAINT, Colours, contrast, lightness, shown

_MOST = 200
"""How many formats that hide something are looked at; no form has one."""

_MOST_CELLS = 200_000
"""How many cells are looked at for them."""

_HARMLESS = ("containsBlanks", "containsErrors")
"""Rules that hold where no value stands."""

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Disguise:
    """What a conditional format makes of a cell.

    Attributes:
        faint: Whether the text can hardly be told from its ground.
        code: Its number format; None where it has none.
        bare: Whether a bar or an icon stands in place of the value.
    """

    faint: bool = False
    code: str | None = None
    bare: bool = False

    def hides(self, value: str | float) -> bool:
        """Whether the value is not seen as it is."""
        if self.faint or self.bare:
            return True
        seen = shown(self.code, value) if self.code is not None else None
        return seen is not None and not seen.rounded


@dataclass(frozen=True, slots=True)
class Condition:
    """A conditional format that may hide something.

    Attributes:
        where: Its cells, as the file writes them.
        compares: What the value is compared with, where it is with numbers: the kind, and the numbers.
    """

    where: str
    disguise: Disguise
    compares: tuple[str, tuple[float, ...]] | None = None

    def may_hold(self, value: str | float) -> bool:
        """Whether the format may be in force over that value."""
        if self.compares is None or isinstance(value, str):
            return True
        kind, (low, *more) = self.compares
        high = more[0] if more else low
        return {
            "equal": value == low, "notEqual": value != low, "lessThan": value < low,
            "lessThanOrEqual": value <= low, "greaterThan": value > low, "greaterThanOrEqual": value >= low,
            "between": low <= value <= high, "notBetween": not low <= value <= high,
        }.get(kind, True)  # fmt: skip


def read_disguises(root: etree._Element, theme: etree._Element | None) -> dict[str, Disguise]:
    """The differential styles that may hide something, by their number as the rules write it."""
    colours = Colours(theme)
    found = {
        str(number): _disguise(dxf, colours) for number, dxf in enumerate(root.iterfind("{*}dxfs/{*}dxf"))
    }
    return {number: one for number, one in found.items() if one is not None}


def read_conditions(element: etree._Element, disguises: Mapping[str, Disguise]) -> Iterator[Condition]:
    """The rules of a conditional format, or of a sheet's extensions, that may hide something."""
    for one in element.iter("{*}conditionalFormatting"):
        area = next(one.iterchildren("{*}sqref"), None)
        where = (one.get("sqref") if area is None else area.text) or ""
        for rule in one.iterchildren("{*}cfRule"):
            disguise = _of_rule(rule, disguises)
            if disguise is not None and rule.get("type") not in _HARMLESS:
                yield Condition(where, disguise, _compares(rule))


def disguised(
    rows: Mapping[int, Mapping[int, object]], conditions: Sequence[Condition]
) -> Iterator[tuple[Cell, Condition]]:
    """The cells that hold something, each with the formats that may hide it."""
    looked = 0
    for condition in conditions[:_MOST]:
        for area in map(area_of, condition.where.split()[:_MOST]):
            if area is None:
                continue
            top, left, bottom, right = area
            for row in range(top, bottom + 1) if bottom - top < len(rows) else rows:
                line = rows.get(row)
                if line is None or not top <= row <= bottom:
                    continue
                looked += len(line)
                if looked > _MOST_CELLS:
                    return
                yield from (((row, column), condition) for column in line if left <= column <= right)


def _of_rule(rule: etree._Element, disguises: Mapping[str, Disguise]) -> Disguise | None:
    shapes = rule.iterchildren("{*}dataBar", "{*}iconSet")
    if any(shape.get("showValue") in ("0", "false") for shape in shapes):
        return Disguise(bare=True)
    own = next(rule.iterchildren("{*}dxf"), None)
    return disguises.get(rule.get("dxfId") or "") if own is None else _disguise(own, Colours(None))


def _disguise(dxf: etree._Element, colours: Colours) -> Disguise | None:
    """What a differential style hides; None for nothing. What it leaves out is black on white."""
    number, fill = dxf.find("{*}numFmt"), dxf.find("{*}fill")
    code = (number.get("formatCode") or "")[:LONGEST_FORMAT] if number is not None else None
    text = colours.luminance(dxf.find("{*}font/{*}color"), 0.0)
    below = lightness(fill, colours, differs=True) if fill is not None else 1.0
    faint = text is not None and below is not None and contrast(text, below) < FAINT
    return Disguise(faint, code) if faint or code is not None else None


def _compares(rule: etree._Element) -> tuple[str, tuple[float, ...]] | None:
    if rule.get("type") != "cellIs":
        return None
    try:
        numbers = tuple(float(f.text or "") for f in rule.iterchildren("{*}formula", "{*}f"))
    except ValueError:
        return None
    return (rule.get("operator") or "", numbers) if numbers else None
