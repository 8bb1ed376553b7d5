"""What an expression did for one record: the cells it took its values from, and every step's result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.table import Table as Grid
from rich.text import Text

from workbook_tool.findings import cells_of
from workbook_tool.forms.expressions import Expression, Kind, cells, evaluate, in_words
from workbook_tool.forms.figures import figure, plain, rounded
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Binary,
    Fixed,
    Literal,
    Named,
    Node,
    Own,
    RowName,
    Single,
)
from workbook_tool.model import Batch, Pack
from workbook_tool.outputs.prose import Prose

Target = tuple[str, int, str]
"""frame, record, field."""

LONGEST = 24
"""So much of a text is shown."""

UNKNOWN = "不知道（有的格子没有填或认不出来）"
CHAINED = ("+", "-", "and", "or")


@dataclass(frozen=True)
class Workings:
    """A workbook, as a batch of one, and how its figures came about."""

    batch: Batch
    pack: Pack

    # ---- cells

    def addresses(self, targets: Sequence[Target]) -> list[str]:
        """`tab!A1` of each cell."""
        return [f"{tab}!{cell}" if cell else tab for tab, cell in cells_of(self.batch, targets)]

    def targets(self, expressions: Iterable[Expression], record: int) -> list[Target]:
        """The cells that some expressions read for a record."""
        return [c.place for e in expressions for c in cells(e, self.batch, self.pack, record)]

    def values(self, targets: Iterable[Target], home: str) -> Grid:
        """A line for each cell: what it is called, where it stands, what it holds."""
        grid = Grid(box=None, pad_edge=False, header_style="dim")
        for title in ("数从哪里来", "在哪一格", "值"):
            grid.add_column(title, justify="right" if title == "值" else "left")
        each = list(dict.fromkeys(targets))
        for target, address in zip(each, self.addresses(each), strict=True):
            grid.add_row(Text(self.name(target, home)), Text(address), Text(self.shown(target)))
        return grid

    def row_name(self, frame: str, record: int) -> str:
        """How a row of a table is called, with a stop after it; nothing for a form."""
        table, lines = self.pack.tables[frame], self.batch.frames[frame]
        if table.kind == "form":
            return ""
        name: Any = lines["key"].iat[record]
        if table.key and pd.isna(name):
            name = lines[table.key].iat[record]
        row: Any = lines["row"].iat[record]
        return f"{f'第 {int(row)} 行' if pd.isna(name) else name}·"

    def name(self, target: Target, home: str) -> str:
        """What a cell is called, seen from a frame."""
        frame, record, label = target
        sheet = "" if frame == home else f"{frame.replace('.', '·')}·"
        return f"{sheet}{self.row_name(frame, record)}{label}"

    def shown(self, target: Target) -> str:
        """What a cell holds, as a clerk reads it."""
        frame, record, label = target
        field = self.pack.tables[frame].by_label[label]
        value: Any = self.batch.frames[frame][label].iat[record]
        if not pd.isna(value):
            text = " ".join(figure(value, field, self.pack).split())
            return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        unreadable = self.batch.unreadable.get(frame)
        if unreadable is not None and bool(unreadable[label].iat[record]):
            return "（认不出来）"
        return "（没有填，按 0 算）" if field.blank == "zero" else "（没有填）"

    # ---- steps

    def steps(self, expression: Expression, record: int) -> Iterator[Prose]:
        """Every part of an expression with its value, the innermost first."""
        known = set[str]()
        for node in parts(expression.node):
            part = replace(expression, node=node)
            words = in_words(part)
            if words not in known:
                known.add(words)
                yield Prose(f"{words}　→　{self.result(part, record)}")

    def result(self, expression: Expression, record: int) -> str:
        """The value of an expression for a record, with the reason where there is none."""
        value = evaluate(expression, self.batch, self.pack)[record]
        node = expression.node
        if pd.isna(value):
            return _why_unknown(node)
        none = isinstance(node, Aggregate) and not cells(expression, self.batch, self.pack, record)
        return self.in_unit(value, expression.kind) + ("（没有符合条件的行）" if none and not value else "")

    def in_unit(self, value: Any, kind: Kind) -> str:
        """A value of an expression as a form writes it."""
        match kind:
            case "amount":
                return f"{plain(Decimal(int(value)) / self.pack.fen)} {self.pack.unit}"
            case "points":
                return f"{plain(Decimal(int(value)) / POINT)} 分"
            case "number":
                return plain(rounded(float(value)))
            case "boolean":
                return "成立" if value else "不成立"
            case _:
                return f"“{value}”"


def parts(node: Node, *, chained: bool = False) -> Iterator[Node]:
    """The nodes with a value worth showing; a cell has its line already, what is added up stays whole.

    Args:
        node: The whole.
        chained: Whether it is only the beginning of a longer sum, or of a longer list of conditions.
    """
    if not isinstance(node, Aggregate):
        for child in node.children():
            yield from parts(child, chained=_begins(child, node))
    plain_value = isinstance(node, Literal | Own | Single | Fixed | RowName)
    if not (chained or plain_value or node.kind == "list"):
        yield node


def _begins(child: Node, node: Node) -> bool:
    """Whether a sum goes on a sum, so that nobody wants its middle."""
    if not isinstance(node, Binary) or not isinstance(child, Binary) or child is not node.left:
        return False
    return node.operator in CHAINED and (child.operator in "+-") == (node.operator in "+-")


def _why_unknown(node: Node) -> str:
    match node:
        case Named():
            return "不知道（没有同名的一行，或有几行同名，或那一格没有填）"
        case Binary(operator="/"):
            return "不知道（除数是 0，或有的格子没有填、认不出来）"
    return UNKNOWN


def noted(text: str) -> RenderableType:
    """A line between the parts of a page."""
    return Text(text, "dim")
