"""Addresses inside formulas: what a shared formula says in each of its cells."""

from __future__ import annotations

import re

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


def shift(formula: str, rows: int, columns: int) -> str:
    """The formula as it reads when it is copied down and to the right by so many cells."""

    def moved(token: re.Match[str]) -> str:
        if token["kept"]:
            return token[0]
        text = _PART.sub(part, token[0])
        return "#REF!" if "#" in text else text

    def part(match: re.Match[str]) -> str:
        fixed, name = match.groups()
        if fixed:
            return match[0]
        if name.isdigit():
            number = int(name) + rows
            return str(number) if 1 <= number <= LAST_ROW else "#"
        number = column_number(name) + columns
        return column_letters(number) if 1 <= number <= LAST_COLUMN else "#"

    return _TOKEN.sub(moved, formula)


def column_number(letters: str) -> int:
    """The 1-based number of a column: A -> 1, AB -> 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
