"""What a small spreadsheet formula comes to, over values that somebody else looks up.

Exact where a spreadsheet is not: numbers are decimals, as the cell shows them. What is not known for
certain to be the same in Excel, WPS and LibreOffice is not answered.

* In a range, SUM, COUNT and SUMPRODUCT pass over texts, truth values and blanks.
* In `+ - * /` a blank is 0 and a truth value 1 or 0. A text that is plainly a number ("12", "-3.5")
  counts as that number, as in all three; a text without any figure ("", "none") is an error; what lies
  between ("1,234", "12%", a date) each program reads in its own way: unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, localcontext

from workbook_tool.forms.arithmetic.syntax import Area, Call, Chain, Compare, Constant, Node
from workbook_tool.forms.arithmetic.values import (
    NOT_KNOWN,
    SHOWN,
    SUM,
    Fault,
    Held,
    Unclear,
    Value,
    as_condition,
    as_number,
    chained,
    compared,
    is_filled,
    is_number,
)

MOST_CELLS = 20_000
"""Cells that one formula may look at."""
_DIGITS = 40
_PLACES = 20

Lookup = Callable[[Area], Sequence[Value]]
"""The values of an area, row by row."""
Address = tuple[str | None, int, int]
"""Sheet (None: the formula's own), row, column."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a formula comes to.

    Attributes:
        value: A number, a text or a truth value.
        sure: Whether that is certain; not where a guard (`IF(…,NA(),…)`, `IF(…,"",…)`) looks at
            what is not known: the value is then what it guards.
    """

    value: Decimal | str | bool
    sure: bool


@dataclass(slots=True)
class Added:
    """A formula that only adds: how often each cell, and what besides."""

    cells: dict[Address, Decimal] = field(default_factory=dict)
    besides: Decimal = Decimal(0)


def work_out(node: Node, look: Lookup) -> Result | None:
    """What a formula comes to; None where that cannot be told, or is an error value."""
    work = _Work(look)
    try:
        with localcontext(Context(prec=_DIGITS)):
            value = work.value(node)
    except (Unclear, Fault, DecimalException):
        return None
    if isinstance(value, Held):
        return None
    return Result(Decimal(0) if value is None else value, work.sure)


def added_up(node: Node, look: Lookup) -> Added | None:
    """Which cells a formula adds; None where it does anything but adding."""
    found = Added()
    try:
        with localcontext(Context(prec=_DIGITS)):
            _Work(look).add(node, Decimal(1), found)
    except (Unclear, Fault, DecimalException):
        return None
    return found


class _Work:
    """The values of nodes.

    Attributes:
        sure: Whether no guard had to be taken on trust.
    """

    def __init__(self, look: Lookup):
        self._look, self._left = look, MOST_CELLS
        self.sure = True

    def _count(self, area: Area) -> None:
        """Unclear where the formula has looked at more cells than an honest one does."""
        self._left -= area.size
        if self._left < 0:
            raise Unclear

    def value(self, node: Node) -> Value:
        """A single value; never Held.ERROR."""
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Area):
            if node.size > 1:
                raise Unclear
            self._count(node)
            value = self._look(node)[0]
            if value is Held.ERROR:
                raise Fault
            return value
        if isinstance(node, Chain):
            return chained(node, [self.value(part) for _, part in node.parts])
        if isinstance(node, Compare):
            return compared(node.operator, self.value(node.left), self.value(node.right))
        work = FUNCTIONS.get(node.name)
        if work is None:
            raise Unclear
        return work(self, node.arguments)

    def cells(self, node: Node) -> Sequence[Value]:
        """The values of a range, or the only value of anything else."""
        if not isinstance(node, Area):
            value = self.value(node)
            if not isinstance(value, Decimal):
                raise Unclear  # a text or truth value that is no cell counts after all
            return (value,)
        self._count(node)
        return self._look(node)

    # ---- functions ----

    def numbers(self, arguments: Sequence[Node]) -> list[Decimal]:
        """The numbers among the arguments, as SUM sees them."""
        found = []
        for value in (v for argument in arguments for v in self.cells(argument)):
            if value is Held.ERROR:
                raise Fault
            if value in NOT_KNOWN:
                raise Unclear
            if isinstance(value, Decimal):
                found.append(value)
        return found

    def count(self, arguments: Sequence[Node]) -> Decimal:
        """COUNT: how many are numbers; an error value is none."""
        values = [v for argument in arguments for v in self.cells(argument)]
        if any(v in NOT_KNOWN for v in values):
            raise Unclear
        return Decimal(sum(isinstance(v, Decimal) for v in values))

    def choose(self, arguments: Sequence[Node]) -> Value:
        """IF; where the condition is not known and one side shows nothing, the other is taken on trust."""
        condition, yes, no = _three(arguments)
        try:
            side = yes if as_condition(self.value(condition)) else no
        except Unclear:
            shown = [side for side in (yes, no) if not _shows_nothing(side)]
            if len(shown) != 1:
                raise
            self.sure = False
            side = shown[0]
        return self.value(side)

    def rescue(self, arguments: Sequence[Node]) -> Value:
        """IFERROR."""
        first, second = _many(arguments, 2)
        try:
            return self.value(first)
        except Fault:
            return self.value(second)

    def is_number(self, arguments: Sequence[Node]) -> bool:
        """ISNUMBER."""
        try:
            return is_number(self.value(_many(arguments, 1)[0]))
        except Fault:
            return False

    def plain(self, arguments: Sequence[Node]) -> Decimal:
        """N: a number as it is, 0 for a text or a blank."""
        value = self.value(_many(arguments, 1)[0])
        if value in NOT_KNOWN:
            raise Unclear
        return Decimal(value) if isinstance(value, Decimal | bool) else Decimal(0)

    def rounded(self, arguments: Sequence[Node]) -> Decimal:
        """ROUND: halves away from zero."""
        value, places = (as_number(self.value(a)) for a in _many(arguments, 2))
        if abs(places) > _PLACES:
            raise Unclear
        return SHOWN.plus(value).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)

    def extreme(self, arguments: Sequence[Node], pick: Callable[[list[Decimal]], Decimal]) -> Decimal:
        """MIN, MAX: 0 where there is no number."""
        numbers = self.numbers(arguments)
        return pick(numbers) if numbers else Decimal(0)

    def not_available(self, arguments: Sequence[Node]) -> Value:
        """NA()."""
        raise Fault

    def rows(self, arguments: Sequence[Node]) -> Decimal:
        """ROWS."""
        (area,) = _many(arguments, 1)
        if not isinstance(area, Area):
            raise Unclear
        return Decimal(area.bottom - area.top + 1)

    def products(self, arguments: Sequence[Node]) -> Decimal:
        """SUMPRODUCT: element by element; texts and truth values count as 0."""
        total: list[Decimal] | None = None
        for argument in arguments:
            values = self.spread(argument)
            if any(v in NOT_KNOWN or isinstance(v, bool) for v in values):
                raise Unclear
            factors = [v if isinstance(v, Decimal) else Decimal(0) for v in values]
            if total is not None and len(total) != len(factors):
                raise Unclear
            total = factors if total is None else [a * b for a, b in zip(total, factors, strict=True)]
        return sum(total or [], Decimal(0))

    def spread(self, node: Node) -> list[Value]:
        """The values of a calculation over ranges of one column, element by element."""
        if isinstance(node, Area):
            if node.left != node.right:
                raise Unclear
            values = self.cells(node)
            if Held.ERROR in values:
                raise Fault
            return list(values)
        if isinstance(node, Chain):
            parts = self._alike([self.spread(part) for _, part in node.parts])
            return [chained(node, list(row)) for row in zip(*parts, strict=True)]
        if isinstance(node, Compare):
            if asked := _asks_whether_filled(node):
                joined = asked.arguments if isinstance(asked, Call) and asked.name == "&" else (asked,)
                columns = self._alike([self.spread(column) for column in joined])
                filled = [[is_filled(value) for value in row] for row in zip(*columns, strict=True)]
                return [any(row) for row in filled]
            sides = self._alike([self.spread(node.left), self.spread(node.right)])
            return [compared(node.operator, a, b) for a, b in zip(*sides, strict=True)]
        if isinstance(node, Call) and node.name == "ISNUMBER" and len(node.arguments) == 1:
            return [is_number(value) for value in self.spread(node.arguments[0])]
        return [self.value(node)]

    @staticmethod
    def _alike(columns: list[list[Value]]) -> list[list[Value]]:
        """All as long as the longest: single values stand for as many."""
        longest = max(map(len, columns))
        if any(len(column) not in (1, longest) for column in columns):
            raise Unclear
        return [column * longest if len(column) == 1 else column for column in columns]

    # ---- adding ----

    def add(self, node: Node, weight: Decimal, found: Added) -> None:
        """Note what a node adds; Unclear where it does anything else."""
        if isinstance(node, Area):
            self._count(node)
            for row in range(node.top, node.bottom + 1):
                for column in range(node.left, node.right + 1):
                    address = (node.sheet, row, column)
                    found.cells[address] = found.cells.get(address, Decimal(0)) + weight
        elif isinstance(node, Constant) and isinstance(node.value, Decimal):
            found.besides += weight * node.value
        elif isinstance(node, Chain) and all(sign in SUM for sign, _ in node.parts):
            for sign, part in node.parts:
                self.add(part, weight if sign == "+" else -weight, found)
        elif isinstance(node, Call) and node.name == "SUM":
            for argument in node.arguments:
                self.add(argument, weight, found)
        elif isinstance(node, Call) and node.name in ("ROUND", "N", "IFERROR") and node.arguments:
            self.add(node.arguments[0], weight, found)
        elif isinstance(node, Call) and node.name == "IF":
            self.add(self._chosen(node.arguments), weight, found)
        else:
            raise Unclear

    def _chosen(self, arguments: Sequence[Node]) -> Node:
        condition, yes, no = _three(arguments)
        shown = [side for side in (yes, no) if not _shows_nothing(side)]
        if len(shown) == 1:
            return shown[0]
        return yes if as_condition(self.value(condition)) else no


FUNCTIONS: dict[str, Callable[[_Work, Sequence[Node]], Value]] = {
    "SUM": lambda work, arguments: sum(work.numbers(arguments), Decimal(0)),
    "COUNT": _Work.count,
    "SUMPRODUCT": _Work.products,
    "ROUND": _Work.rounded,
    "IF": _Work.choose,
    "IFERROR": _Work.rescue,
    "ISNUMBER": _Work.is_number,
    "N": _Work.plain,
    "NA": _Work.not_available,
    "ROWS": _Work.rows,
    "ABS": lambda work, arguments: abs(as_number(work.value(_many(arguments, 1)[0]))),
    "MIN": lambda work, arguments: work.extreme(arguments, min),
    "MAX": lambda work, arguments: work.extreme(arguments, max),
}


def _many(arguments: Sequence[Node], count: int) -> Sequence[Node]:
    if len(arguments) != count:
        raise Unclear
    return arguments


def _three(arguments: Sequence[Node]) -> tuple[Node, Node, Node]:
    """The arguments of IF."""
    if len(arguments) == 2:
        arguments = (*arguments, Constant(False))
    condition, yes, no = _many(arguments, 3)
    return condition, yes, no


def _shows_nothing(node: Node) -> bool:
    """Whether a side of IF only says that there is nothing to say."""
    return node in (Constant(""), Call("NA", ()))


def _asks_whether_filled(node: Compare) -> Node | None:
    """What `LEN(TRIM(…))>0` asks about: the only question to a text that is answered here."""
    match node:
        case Compare(">", Call("LEN", (Call("TRIM", (asked,)),)), Constant(Decimal() as none)) if not none:
            return asked
    return None
