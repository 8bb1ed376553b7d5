"""Formulas that know whether a cell still holds what it held when it was marked.

They use only functions that Excel 2010, WPS and LibreOffice share. A cell of Excel's formula
language has limits of its own: a quoted text of 255 characters, a formula of 8,192.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

TOKEN = "workbook-tool:mark"
"""Stands in N("…") in the formulas of our conditional formats, by which they are known again."""

_PIECE = 120
_MOST_PIECES = 24
_CONTROL = re.compile(r"([\x00-\x1f])")


@dataclass(frozen=True)
class Held:
    """What a cell holds: nothing, a number (as written in the file), a text, a truth value, an error."""

    kind: Literal["blank", "number", "text", "boolean", "error"]
    text: str = ""


BLANK = Held("blank")


def unchanged(reference: str, held: Held) -> str:
    """A formula that is TRUE while the cell holds that value, FALSE when it holds another.

    Args:
        reference: The cell, absolute, with its sheet where the formula stands on another.
        held: What it held when it was marked.
    """
    return f"IFERROR({_test(reference, held)},FALSE)"


def _test(cell: str, held: Held) -> str:
    if held.kind == "number":
        number = float(held.text)
        if math.isfinite(number):
            # Excel compares 15 digits, and reads no more of them from a formula
            return f"AND(ISNUMBER({cell}),{cell}={format(number, '.15g').upper()})"
        return f"ISNUMBER({cell})"
    if held.kind == "boolean":
        return f"AND(ISLOGICAL({cell}),{cell}={held.text})"
    if held.kind == "error":
        return f"ISERROR({cell})"
    if held.kind == "blank":
        return f'LEN(TRIM(SUBSTITUTE({cell},"\u3000","")))=0'
    return _same_text(cell, held.text)


def _same_text(cell: str, text: str) -> str:
    pieces = [(start, text[start : start + _PIECE]) for start in range(0, len(text), _PIECE)]
    if len(pieces) == 1:
        return f"AND(ISTEXT({cell}),EXACT({cell},{quoted(text)}))"
    if len(pieces) > _MOST_PIECES:  # the formula would be too long: both ends and the length must do
        half = _MOST_PIECES // 2
        pieces = pieces[:half] + pieces[-half:]
    if max(text) > "\uffff":
        # programs disagree on how long a character beyond the basic plane is: compare the start only
        head = _basic_head(text)
        tests = [f"EXACT(LEFT({cell},{len(head)}),{quoted(head)})"]
    else:
        tests = [f"LEN({cell})={len(text)}"]
        tests += [f"EXACT(MID({cell},{start + 1},{len(p)}),{quoted(p)})" for start, p in pieces]
    return f"AND(ISTEXT({cell}),{','.join(tests)})"


def _basic_head(text: str) -> str:
    """The first characters, up to one that takes two units."""
    end = next((i for i, c in enumerate(text[:_PIECE]) if ord(c) > 0xFFFF), _PIECE)
    return text[:end]


def quoted(text: str) -> str:
    """The text as a literal of a formula; line breaks are written as CHAR(10)."""
    parts = []
    for part in _CONTROL.split(text):
        if _CONTROL.fullmatch(part):
            parts.append(f"CHAR({ord(part)})")
        elif part:
            parts.append('"' + part.replace('"', '""') + '"')
    return "&".join(parts) or '""'


def still_marked(reference: str, held: Held) -> str:
    """The rule of the format that shows while the flagged value stands."""
    return f'AND({unchanged(reference, held)},N("{TOKEN}")=0)'


def since_changed(reference: str, held: Held) -> str:
    """The rule of the format that shows once the cell holds something else."""
    return f'AND(NOT({unchanged(reference, held)}),N("{TOKEN}")=0)'
