"""The tree of a compiled expression: every name resolved, every kind known.

Every node is relative to a frame, "the record at hand". Inside an aggregate that is the frame
that is added up; everywhere else it is the frame that the expression was compiled for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal as OneOf

from workbook_tool.model import Pack

Kind = OneOf["amount", "points", "number", "text", "boolean", "list"]
Operator = OneOf["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in"]
Constant = Decimal | str | tuple[Decimal, ...] | tuple[str, ...]

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""What a spreadsheet's ASC makes narrow: a rule and its formula must take the same texts for equal."""
_FOLDED = INVISIBLE | FULL_WIDTH


@lru_cache(maxsize=1 << 16)
def normal(text: str) -> str:
    """A text for comparing: full-width forms made narrow, without whitespace and invisible characters."""
    return "".join(text.translate(_FOLDED).split())


@dataclass(frozen=True)
class Node:
    """A part of an expression.

    Attributes:
        kind: What its value is.
    """

    kind: Kind

    def children(self) -> Iterator[Node]:
        """The nodes below, in the order they are written."""
        for name in self.__dataclass_fields__:  # `fields` takes longer than all the rest
            value = getattr(self, name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Node):
                    yield part

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True)
class Literal(Node):
    """A constant, as written: an amount in the pack's unit, points in points.

    Attributes:
        name: The parameter it came from, or None.
    """

    value: Constant
    name: str | None = None


@dataclass(frozen=True)
class Reference(Node):
    """A field of a frame; its subclasses say of which record."""

    frame: str
    field: str


@dataclass(frozen=True)
class Own(Reference):
    """The field of the record at hand."""


@dataclass(frozen=True)
class Single(Reference):
    """The field of the only record of a form: of the workbook, or of this tab."""

    same_tab: bool


@dataclass(frozen=True)
class Fixed(Reference):
    """The field of the row with a fixed key."""

    key: str
    same_tab: bool


@dataclass(frozen=True)
class Named(Reference):
    """The field of the row whose name equals a text."""

    name: Node
    same_tab: bool


@dataclass(frozen=True)
class RowName(Node):
    """The name of the record at hand: its fixed key, or what its key column says."""

    frame: str


@dataclass(frozen=True)
class Aggregate(Node):
    """Many records of one frame made one value; total rows are left out.

    Attributes:
        frame: The records that are added; `values` and `condition` are relative to it.
        key: Only the lines under this fixed key.
        values: None where records are counted.
        same_tab: Only the records of the tab at hand, not of the whole workbook.
        named: Only the records whose text is the name of the record outside: `text == its name`.
    """

    function: str
    frame: str
    key: str | None
    values: Node | None
    condition: Node | None
    same_tab: bool
    named: Binary | None = None


@dataclass(frozen=True)
class Blank(Node):
    """Whether a cell is blank."""

    reference: Reference


@dataclass(frozen=True)
class Unary(Node):
    """`-` or `not`."""

    operator: OneOf["-", "not"]
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    """Arithmetic, a comparison, `and` or `or`."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True)
class Contains(Node):
    """Whether a text contains one of some texts; the needle may be a list."""

    needle: Node
    text: Node


@dataclass(frozen=True)
class Among(Node):
    """Whether a value is one of a list."""

    item: Node
    choices: Literal


@dataclass(frozen=True)
class Member(Node):
    """Whether a text is among the values of a column."""

    item: Node
    frame: str
    field: str
    same_tab: bool


@dataclass(frozen=True)
class Call(Node):
    """`abs`, `round`, or `min` and `max` of single values.

    Attributes:
        digits: For `round`, decimals in the unit of the value.
    """

    function: str
    arguments: tuple[Node, ...]
    digits: int = 0


@dataclass(frozen=True)
class Expression:
    """A compiled expression.

    Attributes:
        text: As written in the pack.
        on: The frame whose records it is evaluated for.
        item: The field that 本项 stood for, or None.
        pack: Where its names are declared.
    """

    text: str
    on: str
    item: str | None
    node: Node
    pack: Pack = field(compare=False, repr=False)

    @property
    def kind(self) -> Kind:
        """What the value is."""
        return self.node.kind

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Every (frame, field) it reads, once each, in the order they are written."""
        found = [
            (node.frame, node.field) for node in self.node.walk() if isinstance(node, Reference | Member)
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def uses_item(self) -> bool:
        """Whether 本项 is written in it, so that every field has its own verdict."""
        return "本项" in self.text
