"""Single values in formulas: cells, calculations, comparisons, Kleene's and and or."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from workbook_tool.forms.figures import plain
from workbook_tool.forms.formulas.logic import kleene
from workbook_tool.forms.formulas.text import blank_test, normal_text, one_of, quoted, unreadable
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Among,
    Binary,
    Blank,
    Call,
    Constant,
    Contains,
    Fixed,
    Kind,
    Literal,
    Member,
    Named,
    Node,
    Own,
    Reference,
    RowName,
    Single,
    Unary,
    normal,
)
from workbook_tool.model import FormField, Pack

FEW = 3
"""So many words are written into a formula; a longer list is kept once in the workbook."""


class NoFormula(Exception):
    """An expression that a spreadsheet formula cannot say."""


class Place(Protocol):
    """Where values stand, seen from the cell that the formula is written into.

    Addresses are as Excel writes them, with the quoted sheet name where that is another sheet:
    `B5`, `'支出'!$C$6`, `C6:C20`.
    """

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        """One cell.

        Args:
            frame: The frame of the record at hand, of a form, or of a table with fixed rows.
            field: The label.
            key: A fixed row; None for the record at hand or the form.
        """

    def column(self, frame: str, field: str, key: str | None = None) -> str | tuple[str, ...]:
        """The rows of a column that are not totals, spare rows included.

        One range, or several where a total row stands between them or a repeated sheet has several
        tabs; the ranges of all the fields of a frame are alike. With a key, only its lines.
        """

    def key_column(self, frame: str, key: str | None = None) -> str | tuple[str, ...] | None:
        """Alike to `column`: a text of each line that is not empty where the line is used.

        None where every line counts, as in a table of fixed rows.
        """

    def compared(self, frame: str, field: str, key: str | None = None) -> str | None:
        """Where the workbook says once more what a cell holds, as `compared_text` has it.

        None where it does not.
        """

    def words(self, words: tuple[str, ...]) -> str | None:
        """Where the workbook keeps a list of texts; None where it keeps none."""

    def across(self, node: Aggregate) -> str | None:
        """Cells that hold each tab's part of a sum over all tabs of a repeated sheet.

        None where the sheet has no such cells: then the sum is written out.
        """


Many = Callable[["Formula", Aggregate], str]


class Formula:
    """Writes nodes for one cell.

    Args:
        place: Where values stand.
        pack: What the fields are.
        many: Writes an aggregate.
        strict: Whether a text in a cell that may be blank is unknown.
        checked: Whether the cells are known to hold numbers.
    """

    def __init__(self, place: Place, pack: Pack, many: Many, strict: bool, checked: bool = False):
        self.place, self.pack, self.many = place, pack, many
        self.strict, self.checked = strict, checked

    def of(self, node: Node) -> str:
        """The formula of a single value."""
        return WAYS[type(node)](self, node)

    def field(self, node: Reference) -> FormField:
        """What the pack says of the field."""
        return self.pack.tables[node.frame].by_label[node.field]

    def zero(self, node: Reference) -> bool:
        """Whether a blank there is 0."""
        return self.field(node).blank == "zero" and self.field(node).numeric

    def sure(self, node: Node) -> bool:
        """Whether a value is never unknown: sums of cells where a blank is 0."""
        match node:
            case Own() | Single() | Fixed():
                return self.zero(node)
            case Aggregate(function="sum", condition=None, values=Own() as values, named=None):
                return self.zero(values)
            case Binary(operator="+" | "-"):
                return self.sure(node.left) and self.sure(node.right)
            case _:
                return isinstance(node, Literal)

    def decimals(self, kind: Kind) -> int:
        """To how many decimals values of a kind are exact: down to fen, 1/10,000 point, 1e-10."""
        return {"amount": len(str(self.pack.fen)) - 1, "points": 4}.get(kind, 10)

    def rounded(self, text: str, kind: Kind) -> str:
        """The value without the noise of doubles."""
        return f"ROUND({text},{self.decimals(kind)})" if kind in ("amount", "points", "number") else text

    # ---- single cells ----

    def address(self, node: Reference) -> str:
        """The cell a reference means."""
        if isinstance(node, Named):
            raise NoFormula("按名称取的一行没有固定的地址")
        return self.place.cell(node.frame, node.field, node.key if isinstance(node, Fixed) else None)

    def reference(self, node: Reference) -> str:
        """The value of a cell, unknown where it is blank."""
        return self.value_of(self.address(node), node)

    def value_of(self, cell: str, node: Reference) -> str:
        """The value of the cell at an address."""
        field = self.field(node)
        if not field.numeric:
            if field.type == "date":
                cell = f'IF(ISNUMBER({cell}),TEXT({cell},"yyyy-mm-dd"),{cell})'
            return f"IF({blank_cell(cell, field, self.pack)},NA(),{_as_chosen(cell, field)})"
        if self.zero(node):
            value = f"IF({unreadable(cell)},NA(),N({cell}))" if self.strict else f"N({cell})"
        else:
            value = cell if self.checked else f"IF(ISNUMBER({cell}),{cell},NA())"
        return f"ROUND({value}*100,10)" if field.type == "percent" else value

    def compared(self, node: Node) -> str:
        """A text as it is compared, unknown where it is blank."""
        if isinstance(node, Literal):
            return f"ASC({quoted(normal(str(node.value)))})"
        kept = self.kept(self.row_reference(node) if isinstance(node, RowName) else node)
        return normal_text(self.of(node)) if kept is None else f'IF({kept}="",NA(),{kept})'

    def kept(self, node: Node) -> str | None:
        """Where the workbook keeps a text as it is compared."""
        if not isinstance(node, Own | Single | Fixed):
            return None
        return self.place.compared(node.frame, node.field, node.key if isinstance(node, Fixed) else None)

    def named(self, node: Named) -> str:
        """The value of the row of that name: a row the template prints, or one of the rest."""
        name = self.compared(node.name)
        found, times = self._among_free_rows(node, name)
        for row in self.pack.tables[node.frame].rows:
            if not row.total and self.pack.tables[node.frame].key:
                continue  # stands in the key column with the rest
            if row.slots == 1:
                key = self.pack.tables[node.frame].key or ""
                names = dict.fromkeys([row.key, str(row.labels.get(key, row.key))])
                same = "+".join(f"EXACT({name},ASC({quoted(normal(n))}))" for n in names)
                cell = self.value_of(self.place.cell(node.frame, node.field, row.key), node)
                once = f"IF({times}=0,{cell},NA())" if times else cell
                found = f"IF(({same})>0,{once},{found})"
        return found

    def _among_free_rows(self, node: Named, name: str) -> tuple[str, str]:
        """The value among the rows named in the key column, and how many have that name."""
        key = self.pack.tables[node.frame].key
        if key is None:
            return "NA()", ""
        keys = ranges(self.place.column(node.frame, key))
        column = ranges(self.place.column(node.frame, node.field))
        if len(keys) != 1 or len(column) != 1:
            raise NoFormula("要按名称查找的表分成了几段")
        same = f"EXACT({normal_text(keys[0])},{name})"
        row = f"SUMPRODUCT({same}*(ROW({keys[0]})-MIN(ROW({keys[0]}))+1))"
        value = self.value_of(f"INDEX({column[0]},{row})", node)
        times = f"SUMPRODUCT(1*{same})"
        return f"IF({times}=1,{value},NA())", times

    def row_name(self, node: RowName) -> str:
        """What the record at hand is called."""
        return self.of(self.row_reference(node))

    def row_reference(self, node: RowName) -> Own:
        """The cell that says what the record at hand is called."""
        key = self.pack.tables[node.frame].key
        if key is None:
            raise NoFormula("这张表没有行名一栏")
        return Own("text", node.frame, key)

    def literal(self, node: Literal) -> str:
        """A number or a text."""
        if isinstance(node.value, Decimal):
            text = plain(node.value)
            return f"({text})" if text.startswith("-") else text
        if isinstance(node.value, str):
            return quoted(node.value)
        raise NoFormula("一组值不能单独成公式")

    def blank(self, node: Blank) -> str:
        """Whether a cell is blank."""
        if isinstance(node.reference, Named):
            raise NoFormula("blank 里不能按名称取行")
        cell = self.address(node.reference)
        if self.field(node.reference).numeric:  # a text there is unreadable, not blank
            return f"IF({blank_test(cell)},TRUE,IF(ISTEXT({cell}),NA(),FALSE))"
        kept = self.kept(node.reference)
        return f'{kept}=""' if kept else blank_cell(cell, self.field(node.reference), self.pack)

    # ---- operators ----

    def unary(self, node: Unary) -> str:
        """`-x`, `not x`."""
        inner = self.of(node.operand)
        return f"NOT({inner})" if node.operator == "not" else f"-({inner})"

    def binary(self, node: Binary) -> str:
        """Arithmetic, comparisons, `and`, `or`."""
        if node.operator in ("and", "or"):
            return self.kleene(node)
        if node.left.kind == "text":
            return self.compared_texts(node)
        left, right = self.of(node.left), self.of(node.right)
        if node.operator in "+-":
            right = f"({right})" if node.operator == "-" and is_sum(node.right) else right
            return f"{left}{node.operator}{right}"
        if node.operator in "*/":
            left = f"({left})" if is_sum(node.left) else left
            right = f"({right})" if not isinstance(node.right, Own | Single | Fixed | Literal) else right
            return self.rounded(f"{left}{node.operator}{right}", node.kind)
        return self.comparison(node, left, right)

    def compared_texts(self, node: Binary) -> str:
        """A comparison of names."""
        left, right = self.compared(node.left), self.compared(node.right)
        same = f"EXACT({left},{right})"
        return {"==": same, "!=": f"NOT({same})"}.get(node.operator, f"{left}{node.operator}{right}")

    def comparison(self, node: Binary, left: str, right: str) -> str:
        """A comparison; numbers by their rounded difference."""
        operator = {"==": "=", "!=": "<>"}.get(node.operator, node.operator)
        kind = node.left.kind
        if kind == "boolean":
            return f"({left}){operator}({right})"
        if isinstance(node.right, Literal) and node.right.value == 0:
            return f"ROUND({left},{self.decimals(kind)}){operator}0"
        right = f"({right})" if is_sum(node.right) else right
        return f"ROUND({left}-{right},{self.decimals(kind)}){operator}0"

    def kleene(self, node: Binary) -> str:
        """`and`, `or`: settled where one side settles it, else unknown if any is."""
        sides = flat(node, node.operator)
        return kleene(node.operator, sides, self.of, lambda reference: self.field(reference).numeric)

    def contains(self, node: Contains) -> str:
        """Whether a text contains one of some texts."""
        text, kept = self.compared(node.text), self.kept(node.text)
        if isinstance(node.needle, Literal):
            words = self.words(node.needle.value)
            if kept:
                return f'IF({kept}="",NA(),SUMPRODUCT(1*ISNUMBER(FIND({words},{kept})))>0)'
        else:
            words = self.compared(node.needle)
        # ISNUMBER would hide an unknown text: LEN of it brings the error back
        return f"SUMPRODUCT(1*ISNUMBER(FIND({words},{text})))+0*LEN({text})>0"

    def among(self, node: Among) -> str:
        """Whether a value is one of a list."""
        choices = node.choices.value
        assert isinstance(choices, tuple)
        if node.item.kind == "text":
            return f"SUMPRODUCT(1*EXACT({self.words(choices)},{self.compared(node.item)}))>0"
        item = self.of(node.item)
        digits = self.decimals(node.item.kind)
        numbers = ",".join(plain(Decimal(choice)) for choice in choices)
        return f"SUMPRODUCT(1*(ROUND({item}-{{{numbers}}},{digits})=0))>0"

    def member(self, node: Member) -> str:
        """Whether a text is among the names of a column."""
        item = self.compared(node.item)
        areas = ranges(self.place.column(node.frame, node.field))
        return f"({'+'.join(f'SUMPRODUCT(1*EXACT({normal_text(a)},{item}))' for a in areas)})>0"

    def words(self, words: Constant) -> str:
        """Texts to look for: where the workbook keeps a long list, or written out."""
        several = words if isinstance(words, tuple) else (words,)
        kept = self.place.words(tuple(normal(str(word)) for word in several)) if len(several) > FEW else None
        return f"ASC({kept})" if kept else one_of(words)

    def call(self, node: Call) -> str:
        """`abs`, `round`, `min`, `max` of single values."""
        inner = ",".join(self.of(a) for a in node.arguments)
        digits = f",{node.digits}" if node.function == "round" else ""
        return f"{node.function.upper()}({inner}{digits})"

    def aggregate(self, node: Aggregate) -> str:
        """One value of many rows."""
        return self.many(self, node)


def _as_chosen(cell: str, field: FormField) -> str:
    """A choice as the form has it, where clerks write it in other ways too."""
    text = cell
    for choice, spellings in field.written.items():
        # as they are, too: ASC does not make half-width all that the tool reads as such
        raw = ",".join(quoted(spelling) for spelling in spellings)
        alike = f"SUMPRODUCT(1*EXACT({one_of(spellings)},{normal_text(cell)}))"
        text = f"IF({alike}+SUMPRODUCT(1*EXACT({{{raw}}},TRIM({cell})))>0,{quoted(choice)},{text})"
    return text


def compared_text(cell: str, field: FormField, pack: Pack) -> str:
    """What a cell for texts or choices holds, as it is compared; the empty text where it is blank."""
    return f'IF({blank_cell(cell, field, pack)},"",{normal_text(_as_chosen(cell, field))})'


def as_compared(value: str, field: FormField, pack: Pack) -> str:
    """What `compared_text` comes to where a text stands in the cell."""
    text = normal(value)
    if text in map(normal, pack.blank_words(field)):
        return ""
    chosen = (choice for choice, ways in field.written.items() if text in map(normal, ways))
    return normal(next(chosen, text))


def blank_text(place: Place, pack: Pack, frame: str, field: str, key: str | None = None) -> str:
    """Whether a cell for texts is blank, or holds a word that means so."""
    kept = place.compared(frame, field, key)
    if kept:
        return f'{kept}=""'
    return blank_cell(place.cell(frame, field, key), pack.tables[frame].by_label[field], pack)


def blank_cell(cell: str, field: FormField, pack: Pack) -> str:
    """Whether a cell is blank, or holds a word that means so."""
    words = () if field.numeric else pack.blank_words(field)
    if not words:
        return blank_test(cell)
    return f"OR({blank_test(cell)},SUMPRODUCT(1*EXACT({one_of(words)},{normal_text(cell)}))>0)"


def ranges(found: str | Sequence[str] | None) -> tuple[str, ...]:
    """What a place answers as a tuple of ranges."""
    return () if found is None else (found,) if isinstance(found, str) else tuple(found)


def is_sum(node: Node) -> bool:
    """Whether it must stand in brackets beside a minus, a product or a quotient."""
    return isinstance(node, Unary) or (isinstance(node, Binary) and node.operator in "+-")


def flat(node: Node, operator: str) -> list[Node]:
    """The sides of a chain of the same operator."""
    if isinstance(node, Binary) and node.operator == operator:
        return [*flat(node.left, operator), *flat(node.right, operator)]
    return [node]


WAYS: dict[type[Node], Callable[[Formula, Any], str]] = {
    Own: Formula.reference,
    Single: Formula.reference,
    Fixed: Formula.reference,
    Named: Formula.named,
    RowName: Formula.row_name,
    Literal: Formula.literal,
    Blank: Formula.blank,
    Unary: Formula.unary,
    Binary: Formula.binary,
    Contains: Formula.contains,
    Among: Formula.among,
    Member: Formula.member,
    Call: Formula.call,
    Aggregate: Formula.aggregate,
}
