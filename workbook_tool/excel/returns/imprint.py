"""What the template prints in its tables, against what stands there in a return.

A printed cell counts as the pack has it, so a change of it mends nothing and deceives readers.
Compared as names are: programs that save a workbook touch blanks and line ends, clerks the width
of characters, and neither is a change. A blank is none either: of a merged label only the first
cell holds the text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbook_tool.excel.returns.cells import Raw
from workbook_tool.forms.expressions import normal
from workbook_tool.model import CellError, FormField, Severity

_QUOTED = 40
"""How much of a long text a message repeats."""

_NOISE = 1e-9
"""Figures that differ by less were not changed."""

_BEFORE = 10
"""How much of it stands before the place where two long texts part."""


@dataclass(frozen=True, slots=True)
class Altered:
    """A printed cell, or one that the bureau filled, that says something else now.

    Attributes:
        field: Its column.
        printed: What the template prints, or the bureau entered.
        found: What stands there.
    """

    field: FormField
    printed: Raw
    found: Raw

    @property
    def code(self) -> str:
        """Which finding it is."""
        return "文件-17" if self.field.given else "文件-12"

    @property
    def severity(self) -> Severity:
        """A figure must be put back; of other words the department may say why."""
        return Severity.ERROR if is_figure(self.printed) else Severity.EXPLAIN

    def words(self, row: str | None) -> dict[str, object]:
        """What the finding's sentence needs."""
        printed, found = shown(self.printed), shown(self.found)
        start = next((n for n, (a, b) in enumerate(zip(printed, found, strict=False)) if a != b), 0)
        return {
            "row": row,
            "label": self.field.printed,
            "printed": _about(printed, start),
            "value": _about(found, start),
        }


def differs(printed: Raw, found: Raw) -> bool:
    """Whether a cell says something else than is printed there; both hold something.

    Of a figure the figure counts: 5分 and the text 5.0 are 5.
    """
    if isinstance(found, CellError):
        return True
    a, b = normal(shown(printed)), normal(shown(found))
    if is_figure(printed):
        b = "".join(c for c in b if not c.isalpha())
    return a != b and not _equal(a, b)


def is_figure(printed: Raw) -> bool:
    """Whether it is a number or a range of numbers, and no words."""
    return not (isinstance(printed, str) and any(map(str.isalpha, printed)))


def _equal(a: str, b: str) -> bool:
    try:
        return math.isclose(float(a), float(b), rel_tol=0, abs_tol=_NOISE)
    except ValueError:
        return False


def shown(content: Raw) -> str:
    """What a cell holds, as a text."""
    if content is None:
        return "空白"
    if isinstance(content, float):
        return f"{content:.15g}"
    return str(content).upper() if isinstance(content, bool) else str(content)


def _about(text: str, place: int) -> str:
    """The text, or of a long one the part about a place in it."""
    if len(text) <= _QUOTED:
        return text
    start = max(place - _BEFORE, 0)
    end = start + _QUOTED
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
