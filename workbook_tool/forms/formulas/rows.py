"""Aggregates in formulas: SUM where that says it, SUMPRODUCT over 0 and 1 where not.

SUMPRODUCT reckons with whole columns in every spreadsheet without array entry, but IF and N inside
it do not; so a row's value and whether it is known are two columns, and rows that are not used
(their key cell is blank) are multiplied away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workbook_tool.forms.formulas.single import Formula, NoFormula, ranges
from workbook_tool.forms.formulas.text import blank_test, normal_text, quoted, unreadable
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Among,
    Binary,
    Blank,
    Call,
    Contains,
    Fixed,
    Literal,
    Node,
    Own,
    RowName,
    Single,
    Unary,
    normal,
)
from workbook_tool.model import FormField

ALWAYS = "1"


@dataclass(frozen=True)
class Rows:
    """A column of values and a column of 0 and 1 that says which are known."""

    value: str
    known: str = ALWAYS


def product(*factors: str) -> str:
    """Factors without the ones; the empty text where nothing is left."""
    return "*".join(f for f in factors if f != ALWAYS)


def aggregate(formula: Formula, node: Aggregate) -> str:
    """The formula of an aggregate."""
    if node.named is not None and formula.pack.tables[node.frame].sheet.repeats and not node.same_tab:
        raise NoFormula("按行名汇总几张表不能写成公式：以后复制的表不在公式里")
    parts = None if node.same_tab else formula.place.across(node)
    if parts is not None:
        return f"SUM({parts})"
    plainly = node.condition is None and node.named is None
    plainly &= node.values is None or isinstance(node.values, Own)
    if plainly and isinstance(node.values, Own) and node.function in ("sum", "min", "max"):
        return _plain(formula, node, node.values)
    if node.function not in ("sum", "count", "any", "all"):
        raise NoFormula(f"{node.function} 不能写成这样的公式")
    areas = _areas(formula, node)
    yes, unknown = "+".join(a[0] for a in areas), "+".join(a[1] for a in areas if a[1])
    if node.function in ("sum", "count"):
        return f"IF({unknown}>0,NA(),{yes})" if unknown else _bracketed(yes, len(areas))
    rest = f"IF({unknown}>0,NA(),FALSE)" if unknown else "FALSE"
    found = f"IF({yes}>0,TRUE,{rest})" if unknown else f"({yes})>0"
    return f"NOT({found})" if node.function == "all" else found


def _bracketed(text: str, parts: int) -> str:
    return f"({text})" if parts > 1 else text


def _plain(formula: Formula, node: Aggregate, values: Own) -> str:
    """SUM, MIN or MAX of a column; unknown where a cell of a used row is blank."""
    columns = ranges(formula.place.column(node.frame, values.field, node.key))
    keys = ranges(formula.place.key_column(node.frame, node.key))
    text = f"{node.function.upper()}({','.join(columns)})"
    if formula.field(values).type == "percent":
        text = f"ROUND({text}*100,10)"
    if formula.zero(values):
        if node.function != "sum":
            raise NoFormula("空白按 0 计的栏目不能用 MIN、MAX")
        if not formula.strict:
            return text
        lacking = "+".join(f"SUMPRODUCT({unreadable(c)})" for c in columns)
    elif keys:
        pairs = zip(columns, keys, strict=True)
        lacking = "+".join(f"SUMPRODUCT(({_used(k)})*(1-ISNUMBER({c})))" for c, k in pairs)
    else:
        lacking = "+".join(f"ROWS({c})-COUNT({c})" for c in columns)
    if node.function != "sum":
        lacking += f"+(COUNT({','.join(columns)})=0)"
    return f"IF({lacking}>0,NA(),{text})"


def _used(key: str) -> str:
    return f"LEN(TRIM({key}))>0"


def _areas(formula: Formula, node: Aggregate) -> list[tuple[str, str]]:
    """For each range of rows: what is added, and how many rows leave it unknown ("" for none)."""
    keys = ranges(formula.place.key_column(node.frame, node.key))
    columns = _columns(formula, node)
    found = []
    for number in range(max(len(columns), len(keys), 1)):
        rows = RowFormula(formula, node, number)
        used = f"({_used(keys[number])})" if keys else ALWAYS
        if not keys and node.condition is not None:
            used = f"({_ones(rows)})"  # a condition that is one value for all rows becomes a column
        condition = _condition(rows, node)
        values = _values(rows, node)
        if node.function == "sum":
            added = _sum_of(used, condition, values)
            doubt = _doubt(condition, values)
        else:
            held = conjunction(condition, values)
            added = f"SUMPRODUCT({product(used, held.known, held.value) or _ones(rows)})"
            doubt = f"(1-{held.known})" if held.known != ALWAYS else ""
        unknown = f"SUMPRODUCT({product(used, doubt)})" if doubt else ""
        found.append((added, unknown))
    return found


def _columns(formula: Formula, node: Aggregate) -> tuple[str, ...]:
    field = formula.pack.tables[node.frame].fields[0].label
    return ranges(formula.place.column(node.frame, field, node.key))


def _ones(rows: RowFormula) -> str:
    return f"ROW({rows.any_column()})^0"


def _condition(rows: RowFormula, node: Aggregate) -> Rows:
    condition = rows.of(node.condition) if node.condition is not None else Rows(ALWAYS)
    if node.named is None:
        return condition
    text, name = rows.of(node.named.left), normal_text(rows.formula.of(node.named.right))
    return conjunction(condition, Rows(f"(1*EXACT({text.value},{name}))", text.known))


def _values(rows: RowFormula, node: Aggregate) -> Rows:
    if node.values is None:
        return Rows(ALWAYS)
    if node.function == "count" and isinstance(node.values, Own):
        return Rows(f"(1-{rows.blanks_of(node.values)})")
    found = rows.of(node.values)
    return Rows(f"(1-{found.value})", found.known) if node.function == "all" else found


def _sum_of(used: str, condition: Rows, values: Rows) -> str:
    weights = product(used, condition.known, condition.value)
    # as an argument of its own a text in the column counts as nothing instead of breaking the sum
    return f"SUMPRODUCT(1*{weights},{values.value})" if weights else f"SUMPRODUCT(1*({values.value}))"


def _doubt(condition: Rows, values: Rows) -> str:
    """1 for a row whose condition is unknown, or which counts and whose value is unknown."""
    unsure = f"(1-{values.known})" if values.known != ALWAYS else ""
    if condition.known == ALWAYS:
        return product(condition.value, unsure) if unsure else ""
    counted = f"(1-{product(condition.value, unsure)})" if unsure else ALWAYS
    return f"(1-{product(condition.known, counted)})"


def conjunction(left: Rows, right: Rows) -> Rows:
    """Kleene's and, row by row."""
    if Rows(ALWAYS) in (left, right):
        return right if left == Rows(ALWAYS) else left
    value = product(left.value, right.value) or ALWAYS
    if left.known == right.known == ALWAYS:
        return Rows(value)
    no = "*".join(f"(1-{product(s.known, f'(1-{s.value})')})" for s in (left, right) if s.value != ALWAYS)
    both = product(left.known, right.known)
    return Rows(value, f"(1-(1-{both})*{no})" if no else both)


class RowFormula:
    """Writes nodes for the rows of one range of an aggregate.

    Args:
        formula: Writes the single values among them.
        node: The aggregate.
        number: Which of its ranges.
    """

    def __init__(self, formula: Formula, node: Aggregate, number: int):
        self.formula, self.node, self.number = formula, node, number

    def of(self, node: Node) -> Rows:
        """The column of a node's values; truth values as 0 and 1."""
        way = WAYS.get(type(node))
        if way is None:
            raise NoFormula("汇总各行时不能这样写成公式")
        return way(self, node)

    def column(self, field: str) -> str:
        """The range of a field."""
        found = ranges(self.formula.place.column(self.node.frame, field, self.node.key))
        return found[self.number]

    def any_column(self) -> str:
        """Some range of these rows."""
        return self.column(self.formula.pack.tables[self.node.frame].fields[0].label)

    def own(self, node: Own) -> Rows:
        """A column of the table."""
        cells, field = self.column(node.field), self.formula.field(node)
        if not field.numeric:
            if field.type == "date":
                cells = f'TEXT({cells},"yyyy-mm-dd")'
            return Rows(normal_text(cells), f"(1-{self.blanks(cells, field)})")
        known = f"(1-{unreadable(cells)})" if self.formula.zero(node) else f"(1*ISNUMBER({cells}))"
        return Rows(f"ROUND({cells}*100,10)" if field.type == "percent" else cells, known)

    def blanks_of(self, node: Own) -> str:
        """1 for each row in which a field is blank."""
        return self.blanks(self.column(node.field), self.formula.field(node))

    def blanks(self, cells: str, field: FormField) -> str:
        """1 where a cell is blank or holds a word that means so, 0 elsewhere."""
        words = () if field.numeric else self.formula.pack.blank_words(field)
        same = "".join(f"+EXACT({normal_text(cells)},ASC({quoted(normal(w))}))" for w in words)
        return f"(1*((({blank_test(cells)})){same}>0))" if same else f"(1*({blank_test(cells)}))"

    def row_name(self, node: RowName) -> Rows:
        """The column of the rows' names."""
        key = self.formula.pack.tables[node.frame].key
        if key is None:
            raise NoFormula("这张表没有行名一栏")
        return self.own(Own("text", node.frame, key))

    def single(self, node: Single | Fixed | Aggregate) -> Rows:
        """A value that is the same for every row; where it is unknown, so is everything."""
        text = self._of_tab(node) if node.same_tab and not self.node.same_tab else self.formula.of(node)
        return Rows(normal_text(text) if node.kind == "text" else f"({text})")

    def _of_tab(self, node: Single | Fixed | Aggregate) -> str:
        """The value on the tab of these rows, where every tab has one range of rows."""
        if not isinstance(node, Single):
            raise NoFormula("汇总几张表时只能引用各表自己的表单栏目")
        forms = ranges(self.formula.place.column(node.frame, node.field))
        if len(forms) != len(_columns(self.formula, self.node)):
            raise NoFormula("要汇总的表分成了几段")
        return self.formula.value_of(forms[self.number], node)

    def literal(self, node: Literal) -> Rows:
        """A constant."""
        if isinstance(node.value, str):
            return Rows(f"ASC({quoted(normal(node.value))})")
        return Rows(f"{self.formula.literal(node)}")

    def blank(self, node: Blank) -> Rows:
        """Which cells are blank."""
        if not isinstance(node.reference, Own):
            raise NoFormula("汇总各行时 blank 里只能是本表的栏目")
        cells = self.column(node.reference.field)
        blank = self.blanks(cells, self.formula.field(node.reference))
        if not self.formula.field(node.reference).numeric:
            return Rows(blank)
        return Rows(blank, f"(1-{unreadable(cells)})")

    def unary(self, node: Unary) -> Rows:
        """`-x`, `not x`."""
        inner = self.of(node.operand)
        return Rows(f"(1-{inner.value})" if node.operator == "not" else f"(-{inner.value})", inner.known)

    def binary(self, node: Binary) -> Rows:
        """Arithmetic, comparisons, `and`, `or`."""
        left, right = self.of(node.left), self.of(node.right)
        if node.operator == "and":
            return conjunction(left, right)
        if node.operator == "or":
            neither = conjunction(
                Rows(f"(1-{left.value})", left.known), Rows(f"(1-{right.value})", right.known)
            )
            return Rows(f"(1-{neither.value})", neither.known)
        known = product(left.known, right.known) or ALWAYS
        known = f"({known})" if "*" in known else known
        if node.operator in "+-*/":
            text = f"({left.value}{node.operator}{right.value})"
            return Rows(self.formula.rounded(text, node.kind) if node.operator in "*/" else text, known)
        return Rows(f"(1*({self._compared(node, left.value, right.value)}))", known)

    def _compared(self, node: Binary, left: str, right: str) -> str:
        operator = {"==": "=", "!=": "<>"}.get(node.operator, node.operator)
        if node.left.kind == "text":
            if node.operator in ("==", "!="):
                return f"EXACT({left},{right}){'' if node.operator == '==' else '=FALSE'}"
            return f"{left}{operator}{right}"
        if node.left.kind == "boolean" or (self._as_typed(node.left) and self._as_typed(node.right)):
            # without arithmetic a text in the column does not break the whole
            return f"{left}{operator}{right}"
        return f"ROUND({left}-{right},{self.formula.decimals(node.left.kind)}){operator}0"

    def _as_typed(self, node: Node) -> bool:
        """Whether a column holds what was typed, or a constant stands there: nothing to round."""
        own = isinstance(node, Own) and self.formula.field(node).type != "percent"
        return own or isinstance(node, Literal)

    def contains(self, node: Contains) -> Rows:
        """Which texts contain one of some texts."""
        text = self.of(node.text)
        if not isinstance(node.needle, Literal):
            raise NoFormula("汇总各行时只能查找写明的文字")
        given = node.needle.value
        words = [normal(str(w)) for w in (given if isinstance(given, tuple) else (given,))]
        found = "+".join(f"ISNUMBER(FIND(ASC({quoted(w)}),{text.value}))" for w in words)
        return Rows(f"(1*(({found})>0))", text.known)

    def among(self, node: Among) -> Rows:
        """Which values are in a list."""
        item, choices = self.of(node.item), node.choices.value
        assert isinstance(choices, tuple)
        tests = []
        for choice in choices:
            literal = Literal(node.item.kind, choice if isinstance(choice, str) else Decimal(choice))
            same = Binary("boolean", "==", node.item, literal)
            tests.append(f"({self._compared(same, item.value, self.literal(literal).value)})")
        return Rows(f"(1*(({'+'.join(tests)})>0))", item.known)

    def call(self, node: Call) -> Rows:
        """`abs` and `round`; MIN and MAX would take all rows together."""
        inner = self.of(node.arguments[0])
        if node.function == "abs":
            return Rows(f"ABS({inner.value})", inner.known)
        if node.function == "round":
            return Rows(f"ROUND({inner.value},{node.digits})", inner.known)
        raise NoFormula(f"汇总各行时不能用 {node.function}")


WAYS: dict[type[Node], Callable[[RowFormula, Any], Rows]] = {
    Own: RowFormula.own,
    RowName: RowFormula.row_name,
    Single: RowFormula.single,
    Fixed: RowFormula.single,
    Aggregate: RowFormula.single,
    Literal: RowFormula.literal,
    Blank: RowFormula.blank,
    Unary: RowFormula.unary,
    Binary: RowFormula.binary,
    Contains: RowFormula.contains,
    Among: RowFormula.among,
    Call: RowFormula.call,
}
