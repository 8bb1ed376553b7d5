"""A small spreadsheet formula read into a tree: what a clerk types, and what the template writes.

Numbers, texts, cells and ranges, `+ - * / %`, comparisons, parentheses and functions. Formulas come
out of files that anybody may have made: a text that is longer or deeper than any honest one, or that
says anything else, is not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

LONGEST = 4096
"""Characters of a formula that is read; Excel takes 8,192."""
DEEPEST = 40
"""Parentheses and functions one in another; Excel takes 64."""
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_KEPT = 256
"""Formulas up to this length are kept, for the returns of one template are alike."""
_SHEET = r"(?P<sheet>'(?:[^'\[\]:]|'')+'|[^\W\d][\w.]*)!"
_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_TOKEN = re.compile(
    rf"""
    \s*(?:
        (?P<text>"(?:[^"]|"")*")
      | (?:{_SHEET})?(?P<area>{_CELL}(?::{_CELL})?)(?![\w.(!:])
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{{1,3}})?)(?![\w.!])
      | (?P<name>[A-Za-z]+)(?![\w.!])
      | (?P<sign><>|<=|>=|[-+*/()=<>,%&])
    )
    """,
    re.VERBOSE,
)
_PART = re.compile(r"\$?([A-Za-z]+)\$?([0-9]+)")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text or a truth value."""

    value: Decimal | str | bool


@dataclass(frozen=True, slots=True)
class Area:
    """A cell or a range; `sheet` is None for the formula's own."""

    sheet: str | None
    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> int:
        """How many cells it has."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)


@dataclass(frozen=True, slots=True)
class Chain:
    """Terms with + or - before each, or factors with * or /, from left to right."""

    parts: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values compared."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function; its name in capitals."""

    name: str
    arguments: tuple[Node, ...]


Node = Constant | Area | Chain | Compare | Call


class _Unread(Exception):
    """The formula says something that is not read here."""


def read_formula(text: str) -> Node | None:
    """The tree of a formula; None where it is not of the kind read here.

    Args:
        text: As the formula bar shows it, with its equals sign.
    """
    if len(text) > LONGEST:
        return None
    return _kept(text) if len(text) <= _KEPT else _read(text)


def _read(text: str) -> Node | None:
    try:
        return _Reader(text.removeprefix("=")).whole()
    except _Unread:
        return None


_kept = lru_cache(maxsize=1024)(_read)


class _Reader:
    """Reads by recursive descent, as deep as DEEPEST and no deeper."""

    def __init__(self, text: str):
        self._tokens = list(_tokens(text))
        self._next = self._depth = 0

    def whole(self) -> Node:
        node = self._compared()
        if self._next < len(self._tokens):
            raise _Unread
        return node

    def _sign(self, *wanted: str) -> str | None:
        """The sign that comes next, if it is one of these; it is then taken."""
        if self._next < len(self._tokens):
            sign = self._tokens[self._next]["sign"]
            if sign in wanted:
                self._next += 1
                return str(sign)
        return None

    def _compared(self) -> Node:
        left = self._joined()
        operator = self._sign("=", "<>", "<", ">", "<=", ">=")
        if operator is None:
            return left
        right = self._joined()
        if self._sign("=", "<>", "<", ">", "<=", ">="):
            raise _Unread
        return Compare(operator, left, right)

    def _joined(self) -> Node:
        """Texts put together with `&`, which binds less than a sum does."""
        parts = [self._sum()]
        while self._sign("&"):
            parts.append(self._sum())
        return parts[0] if len(parts) == 1 else Call("&", tuple(parts))

    def _sum(self) -> Node:
        parts: list[tuple[str, Node]] = [("+", self._product())]
        while sign := self._sign("+", "-"):
            parts.append((sign, self._product()))
        return parts[0][1] if len(parts) == 1 else Chain(tuple(parts))

    def _product(self) -> Node:
        parts: list[tuple[str, Node]] = [("*", self._signed())]
        while sign := self._sign("*", "/"):
            parts.append((sign, self._signed()))
        return parts[0][1] if len(parts) == 1 else Chain(tuple(parts))

    def _signed(self) -> Node:
        negative = False
        while sign := self._sign("+", "-"):
            negative ^= sign == "-"
        node = self._single()
        hundredths: list[tuple[str, Node]] = []
        while self._sign("%"):
            hundredths.append(("/", Constant(Decimal(100))))
        if hundredths:
            node = Chain((("*", node), *hundredths))
        return Chain((("-", node),)) if negative else node

    def _single(self) -> Node:
        if self._sign("("):
            return self._inside()
        if self._next == len(self._tokens):
            raise _Unread
        token = self._tokens[self._next]
        self._next += 1
        if token["number"]:
            return Constant(Decimal(token["number"]))
        if token["text"]:
            return Constant(token["text"][1:-1].replace('""', '"'))
        if token["area"]:
            return _area(token["sheet"], token["area"])
        if token["name"]:
            return self._named(token["name"].upper())
        raise _Unread

    def _inside(self) -> Node:
        """What stands in parentheses, the opening one taken."""
        self._deeper()
        node = self._compared()
        if not self._sign(")"):
            raise _Unread
        self._depth -= 1
        return node

    def _named(self, name: str) -> Node:
        if not self._sign("("):
            if name in ("TRUE", "FALSE"):
                return Constant(name == "TRUE")
            raise _Unread
        self._deeper()
        arguments: list[Node] = []
        if not self._sign(")"):
            arguments.append(self._compared())
            while self._sign(","):
                arguments.append(self._compared())
            if not self._sign(")"):
                raise _Unread
        self._depth -= 1
        return Call(name, tuple(arguments))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _Unread


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            raise _Unread
        at = token.end()
        yield token


def _area(sheet: str | None, text: str) -> Area:
    if sheet and sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    corners = [(int(row), _column(letters)) for letters, row in _PART.findall(text)]
    if not all(1 <= row <= LAST_ROW and column <= LAST_COLUMN for row, column in corners):
        raise _Unread
    rows, columns = sorted(r for r, _ in corners), sorted(c for _, c in corners)
    return Area(sheet, rows[0], columns[0], rows[-1], columns[-1])


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
