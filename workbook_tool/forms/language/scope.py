"""What a name in an expression means, seen from the record at hand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TypeVar

from workbook_tool.forms.language.syntax import Constant, Kind, Literal, Node, Own, RowName
from workbook_tool.model import FieldType, FormField, Pack, PackError, Table

T = TypeVar("T")

ITEM, ROW, OUTER_ROW, YEAR = "本项", "行", "本行", "年度"

KINDS: dict[FieldType, Kind] = {
    "text": "text", "choice": "text", "date": "text", "amount": "amount", "points": "points",
    "count": "number", "number": "number", "percent": "number",
}  # fmt: skip


def kind_of(field: FormField) -> Kind:
    """The kind of a field's values."""
    return KINDS[field.type]


def nearest(word: str, known: Iterable[str], least: float = 0.4) -> str | None:
    """The known name that a mistyped word was probably meant to be."""
    return next(iter(get_close_matches(word, list(known), 1, least)), None)


def suggest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that names it."""
    near = nearest(word, known)
    return f"，是否应为“{near}”？" if near else ""


def same(name: str) -> str:
    """A name as Python's parser gives it back."""
    return unicodedata.normalize("NFKC", name)


def lookup(names: Mapping[str, T], word: str) -> T | None:
    """The value of a name that the parser has normalised."""
    return names[word] if word in names else next((v for n, v in names.items() if same(n) == word), None)


@dataclass(frozen=True)
class Scope:
    """Where an expression, or what an aggregate adds up, stands.

    Attributes:
        table: The frame of the record at hand.
        item: The field that 本项 stands for.
        outer: For what an aggregate adds up, the scope of the aggregate itself.
    """

    pack: Pack
    table: Table
    item: str | None
    outer: Scope | None = None

    def inside(self, table: Table) -> Scope:
        """The scope of the records that an aggregate adds up."""
        return Scope(self.pack, table, self.item, self)

    def near(self, table: Table) -> bool:
        """Whether a frame's records stand on the same sheet, hence in the same tab."""
        return table.sheet.name == self.table.sheet.name

    def many(self, table: Table) -> bool:
        """Whether a frame has many records to the record at hand."""
        return table.kind != "form" or (table.sheet.repeats and not self.near(table))

    def at_hand(self, table: Table) -> bool:
        """Whether `frame.field` of that frame means the record at hand."""
        return table.name == self.table.name and (table.kind == "form" or self.outer is not None)

    def named_table(self, parts: tuple[str, ...]) -> Table | None:
        """The frame of that name: `sheet`, `sheet.block`, or a block of the sheet at hand."""
        tables = self.pack.tables
        word = ".".join(parts)
        return lookup(tables, f"{same(self.table.sheet.name)}.{word}") or lookup(tables, word)

    def find_table(self, parts: tuple[str, ...]) -> Table:
        """The frame of that name.

        Raises:
            PackError: There is none.
        """
        table = self.named_table(parts)
        if table is None:
            word = ".".join(parts)
            sheet = self.table.sheet.name + "."
            known = [*self.pack.tables, *(t.removeprefix(sheet) for t in self.pack.tables)]
            raise PackError(f"没有“{word}”这张表{suggest(word, known)}")
        return table

    def field(self, table: Table, word: str) -> FormField:
        """The field of that label in a frame; 本项 is the field of the same label.

        Raises:
            PackError: There is none.
        """
        label = self.checked_item() if word == ITEM else word
        field = lookup(table.by_label, label)
        if field is None:
            raise PackError(f"“{table.name}”没有“{label}”这一栏{suggest(label, table.by_label)}")
        return field

    def checked_item(self) -> str:
        """The field that 本项 stands for.

        Raises:
            PackError: Nothing is being checked here.
        """
        if self.item is None:
            raise PackError("这里不能用“本项”：没有要核对的栏目")
        return self.item

    def is_own(self, word: str) -> bool:
        """Whether a bare word is a field of the record at hand."""
        return word == ITEM or lookup(self.table.by_label, word) is not None

    def bare(self, word: str) -> Node:
        """What a bare word means: a field of the record at hand, 行, a parameter, 年度.

        Raises:
            PackError: It means nothing here.
        """
        if self.is_own(word):
            field = self.field(self.table, word)
            return Own(kind_of(field), self.table.name, field.label)
        if word == ROW:
            return RowName("text", self.table.name)
        constant = self.constant(word)
        if constant is None:
            raise self.unknown(word)
        return constant

    def constant(self, word: str) -> Literal | None:
        """A parameter of the pack, or the fiscal year."""
        value: Constant | None = lookup(self.pack.parameters, word)
        if value is None and word == YEAR:
            value = Decimal(self.pack.fiscal_year)
        if value is None:
            return None
        kind: Kind = "list" if isinstance(value, tuple) else "text" if isinstance(value, str) else "number"
        return Literal(kind, value, word)

    def unknown(self, word: str) -> PackError:
        """Why a bare word means nothing here."""
        if self.named_table((word,)) is not None:
            return PackError(f"“{word}”是一张表，请写出是哪一栏，如“{word}.{self._example(word)}”")
        if self.outer is not None and self.outer.is_own(word):
            return PackError(
                f"汇总“{self.table.name}”各行时不能引用“{self.outer.table.name}”本行的“{word}”；"
                f"请改用 {self.table.name}[{word}] 这样的写法按名称取一行"
            )
        if word == OUTER_ROW:
            return PackError(
                f"“{OUTER_ROW}”只能写在 sum、count 等函数的条件里，写成“栏目 == {OUTER_ROW}”，只写一次"
            )
        known = [*self.table.by_label, *self.pack.parameters, ITEM, ROW, YEAR]
        return PackError(f"“{self.table.name}”没有“{word}”这个栏目，也没有这个参数{suggest(word, known)}")

    def _example(self, word: str) -> str:
        table = self.find_table((word,))
        return table.fields[0].label
