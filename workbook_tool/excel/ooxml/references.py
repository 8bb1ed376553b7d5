"""Addresses inside formulas: what a shared formula says in each of its cells."""

from __future__ import annotations

import re
from functools import lru_cache

from workbook_tool.findings import column_letters

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""How far a sheet reaches."""

_TOKEN = re.compile(
    r"""
    (?P<kept>"(?:[^"]|"")*" | '(?:[^']|'')*' | \[[^\]]*\])
    | (?<![\w.$])(?:
        (?P<cell>\$?[A-Za-z]{1,3}\$?[0-9]{1,7})
        | (?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})
        | (?P<rows>\$?[0-9]{1,7}:\$?[0-9]{1,7})
    )(?![\w.(!$])
    """,
    re.VERBOSE,
)
_PART = re.compile(r"(\$?)([A-Za-z]+|[0-9]+)")


_Piece = tuple[str, tuple[int, ...]]
"""A part of a formula, %d for each row in it that moves, and those rows."""


def shift(formula: str, rows: int, columns: int) -> str:
    """The formula as it reads when it is copied down and to the right by so many cells."""
    whole, pieces = _copied_across(formula, columns)
    return _copied_down(whole, rows) or "".join(_copied_down(piece, rows) or "#REF!" for piece in pieces)


def _copied_down(piece: _Piece, rows: int) -> str | None:
    """None where that would be outside of the sheet."""
    text, numbers = piece
    moved = tuple([number + rows for number in numbers])
    return text % moved if not moved or 1 <= min(moved) <= max(moved) <= LAST_ROW else None


@lru_cache(maxsize=64)
def _copied_across(formula: str, columns: int) -> tuple[_Piece, tuple[_Piece, ...]]:
    """The formula copied to the right, whole and in pieces; once for all cells below each other."""
    pieces: list[_Piece] = []
    end = 0
    for token in _TOKEN.finditer(formula):
        if not token["kept"]:
            pieces += ((_plain(formula[end : token.start()]), ()), _reference(token[0], columns))
            end = token.end()
    pieces = [piece for piece in (*pieces, (_plain(formula[end:]), ())) if piece[0]]
    whole = "".join(text for text, _ in pieces), tuple(row for _, rows in pieces for row in rows)
    return whole, tuple(pieces)


def _reference(text: str, columns: int) -> _Piece:
    rows: list[int] = []

    def moved(part: re.Match[str]) -> str:
        fixed, name = part.groups()
        if fixed:
            return part[0]
        if name.isdigit():
            rows.append(int(name))
            return "%d"
        number = column_number(name) + columns
        return column_letters(number) if 1 <= number <= LAST_COLUMN else "#"

    found = _PART.sub(moved, text)
    return ("#REF!", ()) if "#" in found else (found, tuple(rows))


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def column_number(letters: str) -> int:
    """The 1-based number of a column: A -> 1, AB -> 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
