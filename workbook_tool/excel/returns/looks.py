"""What the look of a cell hides: text in the colour of its ground, and formats that show another value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TypeVar

from lxml import etree

from workbook_tool.excel.ooxml.styles import LONGEST_FORMAT, is_date_format

FAINT = 1.6
"""Text of less contrast than this is not seen; white text under a mark of ours has 1.5."""

_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00", 41: "#,##0;-#,##0;-", 42: "#,##0;-#,##0;-",
    43: "#,##0.00;-#,##0.00;-", 44: "#,##0.00;-#,##0.00;-", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
_DATE = "yyyy-mm-dd"
"""Stands for any of the built-in formats of days."""

_HARMLESS = re.compile(r"general|@|#?,?#*0\.0{2,}#*(?:_.)*", re.IGNORECASE)
"""Formats of a single section that show every figure: nobody need look at their cells."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell style shows what stands in the cell.

    Attributes:
        faint: Whether its text can hardly be told from its ground.
        code: Its number format.
        unlocked: Whether protection of the sheet leaves the cell open.
        ground: The plain colour of its ground, as RRGGBB; empty where it has none.
    """

    faint: bool
    code: str
    unlocked: bool = False
    ground: str = ""

    @property
    def hides(self) -> bool:
        """Whether it may hide something."""
        return self.faint or not _HARMLESS.fullmatch(self.code)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a format shows in place of a value.

    Attributes:
        text: What is seen.
        rounded: Whether it is the value after all, with fewer decimals.
    """

    text: str
    rounded: bool = False


def is_nothing(size: str | None, seen: float = 2.0) -> bool:
    """Whether the height or width that a file writes is none that anything can be seen in."""
    try:
        return size is not None and float(size) < seen
    except ValueError:
        return False


# --- styles ---


def read_looks(root: etree._Element, theme: etree._Element | None) -> dict[str, Look]:
    """The cell styles that may hide something, by their number as the cells write it."""
    space = root.tag[: root.tag.index("}") + 1] if "}" in root.tag else ""
    colours = Colours(theme)
    fonts = [colours.luminance(f.find(f"{space}color"), 0.0) for f in root.iterfind(f"{space}fonts/*")]
    grounds = [lightness(f, colours) for f in root.iterfind(f"{space}fills/*")]
    plain = [_plain(f) for f in root.iterfind(f"{space}fills/*")]
    written = {
        f.get("numFmtId"): (f.get("formatCode") or "")[:LONGEST_FORMAT]
        for f in root.iterfind(f"{space}numFmts/*")
    }
    looks: dict[str, Look] = {}
    for number, xf in enumerate(root.iterfind(f"{space}cellXfs/{space}xf")):
        text, ground = _pick(fonts, xf.get("fontId")), _pick(grounds, xf.get("fillId"))
        faint = text is not None and ground is not None and contrast(text, ground) < FAINT
        code = _format(xf.get("numFmtId") or "0", written)
        lock = xf.find(f"{space}protection")
        unlocked = lock is not None and lock.get("locked") in ("0", "false")
        look = Look(faint, code, unlocked, _pick(plain, xf.get("fillId")) or "")
        if look.hides or look.unlocked:
            looks[str(number)] = look
    return looks


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None


def _plain(fill: etree._Element) -> str:
    colour = fill.find("{*}patternFill[@patternType='solid']/{*}fgColor")
    return (colour.get("rgb") or "")[-6:].upper() if colour is not None else ""


_T = TypeVar("_T")


def _pick(values: Sequence[_T | None], number: str | None) -> _T | None:
    index = _number(number) or 0
    return values[index] if index < len(values) else None


def _format(number: str, written: Mapping[str | None, str]) -> str:
    if number in written:
        return written[number] or "General"
    known = _number(number) or 0
    return _BUILT_IN.get(known) or (_DATE if 14 <= known <= 58 else "General")


def lightness(fill: etree._Element, colours: Colours, *, differs: bool = False) -> float | None:
    """How light a fill is; None where it is a pattern or a gradient, of which nothing is said.

    Args:
        fill: The fill.
        colours: What its colours mean.
        differs: Whether it is of a differential style, where a plain colour is that of the background.
    """
    pattern = fill.find("{*}patternFill")
    if pattern is None:
        return None
    kind = pattern.get("patternType") or ("solid" if differs else "none")
    if kind == "none":
        return 1.0
    colour = pattern.find("{*}bgColor" if differs else "{*}fgColor")
    if differs and colour is None:
        colour = pattern.find("{*}fgColor")
        return colours.luminance(colour, 1.0) if kind == "solid" else None
    return colours.luminance(colour, 0.0) if kind == "solid" else None


class Colours:
    """Turns colours as styles write them into how light they are."""

    _INDEXED = ("000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF")
    _USUAL = ("FFFFFF", "000000", "E7E6E6", "44546A")

    def __init__(self, theme: etree._Element | None):
        self._theme = list(self._USUAL)
        scheme = theme.find(".//{*}clrScheme") if theme is not None else None
        for number, name in enumerate(("lt1", "dk1", "lt2", "dk2")):
            found = scheme.find(f"{{*}}{name}") if scheme is not None else None
            if found is not None and len(found):
                self._theme[number] = found[0].get("lastClr") or found[0].get("val") or self._theme[number]

    def luminance(self, colour: etree._Element | None, automatic: float) -> float | None:
        """From 0, black, to 1, white; None for a colour that is not known."""
        if colour is None or colour.get("auto") in ("1", "true") or colour.get("indexed") == "64":
            return automatic
        rgb = colour.get("rgb") or self._named(colour)
        if rgb is None:
            return None
        try:
            channels = [int(rgb[-6:][i : i + 2], 16) / 255 for i in (0, 2, 4)]
            tint = max(-1.0, min(1.0, float(colour.get("tint") or 0)))
        except ValueError:
            return None
        lighter = [c + (1 - c) * tint if tint > 0 else c * (1 + tint) for c in channels]
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in lighter]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    def _named(self, colour: etree._Element) -> str | None:
        number = _number(colour.get("theme"))
        if number is not None:
            return self._theme[number] if number < len(self._theme) else None
        number = _number(colour.get("indexed"))
        if number == 65:
            return "FFFFFF"
        return self._INDEXED[number % 8] if number is not None and number < 16 else None


def contrast(one: float, other: float) -> float:
    """How far two lightnesses are apart: 1 for equal ones, 21 for black and white."""
    low, high = sorted((one, other))
    return (high + 0.05) / (low + 0.05)


# --- number formats ---

_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)" | [\\!](?P<escaped>.) | (?P<space>[_*].) | (?P<bracket>\[[^\]]*\])
    | (?P<general>general) | (?P<end>;) | (?P<text>@) | (?P<digit>[0#?]) | (?P<sign>[.,%/]|e[+-])
    | (?P<plain>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)\]")
_COLOUR = re.compile(r"\[(?!\$|DBNum)[A-Za-z颜色红]+[0-9]*\]", re.IGNORECASE)
_NEGATIVE = set("-−(（△▲")
_FINE, _BIG = 12, 1e15
_NEAR = 0.005 - 1e-9
"""Two decimals are what people show; what those leave out is no other value."""


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the up to four parts of a format.

    Attributes:
        before: What is printed before the figure, or all that is printed where there is none.
        after: What is printed behind it.
        decimals: None where there is no place for a figure.
        scale: What the figure is multiplied with.
        whole: Whether it shows the value as it is.
        coloured: Whether it has a colour, by which negative figures are told as well.
        condition: For which figures it is.
    """

    before: str
    after: str
    decimals: int | None
    scale: float
    whole: bool
    coloured: bool
    condition: tuple[str, float] | None


def shown(code: str, value: str | float) -> Shown | None:
    """What a number format shows in place of a value; None where it shows the value."""
    sections = _sections(code)
    if isinstance(value, str):
        words = sections[3] if len(sections) > 3 else None
        return Shown(words.before) if words and not words.whole else None
    section, unsigned = _section_for(sections, value)
    if is_date_format(code):
        return Shown("日期")
    if section is None or section.whole:
        return None
    if section.decimals is None:
        return Shown(section.before) if value else None
    figure = _rounded((abs(value) if unsigned else value) * section.scale, section.decimals)
    text = f"{section.before}{figure:.{section.decimals}f}{section.after}"
    signless = unsigned and not (_NEGATIVE & set(section.before) or section.coloured)
    if signless or section.before[-1:].isdigit() or section.after[:1].isdigit():
        return Shown(text)
    known = value * (100 if "%" in section.after else 1)
    near = abs(figure - (abs(known) if unsigned else known)) < _NEAR
    return None if near else Shown(text, rounded=figure != 0 and section.scale in (1.0, 100.0))


def _rounded(value: float, decimals: int) -> float:
    """Rounded as spreadsheets show it: half away from zero, by the fifteen digits that they keep."""
    if decimals >= _FINE or abs(value) >= _BIG:  # nothing is left out
        return value
    return float(Decimal(format(value, ".15g")).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _section_for(sections: tuple[_Section, ...], value: float) -> tuple[_Section | None, bool]:
    """The section a number is shown by, and whether that shows it without its sign."""
    if any(s.condition for s in sections):
        for section in sections[:3]:
            if section.condition is None or _holds(section.condition, value):
                return section, False
        return None, False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, limit = condition
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit,
        "=": value == limit, "<>": value != limit,
    }[sign]  # fmt: skip


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code):
        if token["end"]:
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_section(part) for part in parts)


def _section(tokens: list[re.Match[str]]) -> _Section:
    places = [n for n, t in enumerate(tokens) if t["digit"]]
    first, last = (places[0], places[-1]) if places else (len(tokens), len(tokens))
    behind = tokens[last + 1 :]
    commas = next((n for n, t in enumerate(behind) if t[0] != ","), len(behind))
    brackets = "".join(t[0] for t in tokens if t["bracket"])
    condition = _CONDITION.search(brackets)
    _, _, fraction = "".join(t[0] for t in tokens[first : last + 1]).partition(".")
    return _Section(
        before=_literal(tokens[:first]),
        after=_literal(behind),
        decimals=sum(c in "0#?" for c in fraction) if places else None,
        scale=(100.0 if any(t["sign"] == "%" for t in tokens) else 1.0) / 1000.0**commas,
        whole=any(t["general"] or t["text"] or (t["sign"] or "")[:1] in tuple("/eE") for t in tokens),
        coloured=bool(_COLOUR.search(brackets)),
        condition=(condition[1], float(condition[2])) if condition else None,
    )


def _literal(tokens: list[re.Match[str]]) -> str:
    """What a reader sees of the tokens that are no figures."""
    return "".join(t["quoted"] or t["escaped"] or t["plain"] or ("%" if t[0] == "%" else "") for t in tokens)
