"""From the text of a rule to its tree: read with `ast`, against a white list."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from workbook_tool.forms.language.evaluation import DECIMALS
from workbook_tool.forms.language.kinds import KIND_NAMES, arithmetic, unify
from workbook_tool.forms.language.scope import Scope, kind_of, same, suggest
from workbook_tool.forms.language.syntax import (
    Aggregate,
    Among,
    Binary,
    Blank,
    Call,
    Contains,
    Expression,
    Fixed,
    Literal,
    Member,
    Named,
    Node,
    Operator,
    Own,
    Reference,
    RowName,
    Single,
    Unary,
)
from workbook_tool.forms.language.written import (
    ROWWISE,
    names_outside,
    number_of,
    outside_aggregates,
    parts_of,
    tree_of,
)
from workbook_tool.model import Pack, PackError, Table

OPERATORS: dict[type[ast.AST], Operator] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip
FUNCTIONS = ("abs", "round", "min", "max", "blank", *ROWWISE)


def compile_expression(text: str, pack: Pack, on: str, item: str | None = None) -> Expression:
    """Read an expression and resolve every name in it.

    Args:
        text: The expression as the pack writes it.
        pack: Where its names are declared.
        on: The frame whose records it is about.
        item: The field that 本项 stands for.

    Raises:
        PackError: A name or function does not exist (the sentence names the nearest), kinds do not
            go together, or the text is no expression.
    """
    if on not in pack.tables:
        raise PackError(f"没有“{on}”这张表{suggest(on, pack.tables)}")
    key = ("expression", text, on, item)
    if key not in pack.memo:
        node = Parser(Scope(pack, pack.tables[on], item)).node(tree_of(text))
        if node.kind == "list":
            raise PackError(f"“{text}”是一组值，只能写在 in 的右边或“in 文字栏目”的左边")
        pack.memo[key] = Expression(text, on, item, node, pack)
    expression = pack.memo[key]
    assert isinstance(expression, Expression)
    return expression


@dataclass(frozen=True)
class Parser:
    """Turns syntax into nodes, seen from one scope."""

    scope: Scope

    def node(self, tree: ast.expr) -> Node:
        """The node of a piece of syntax."""
        way = WAYS.get(type(tree))
        if way is None:
            raise PackError(f"规则里不能这样写：“{ast.unparse(tree)}”")
        return way(self, tree)

    def name(self, tree: ast.Name) -> Node:
        """A bare word."""
        return self._bounded(self.scope.bare(tree.id))

    def _bounded(self, node: Node) -> Node:
        """The node, if it is no number that is too large to stand beside an amount."""
        if isinstance(node, Literal) and isinstance(node.value, Decimal):
            number_of(node.value, self.scope.pack)
        return node

    def constant(self, tree: ast.Constant) -> Literal:
        """A number or a text."""
        if isinstance(tree.value, str):
            return Literal("text", tree.value)
        if isinstance(tree.value, int | float) and not isinstance(tree.value, bool):
            return Literal("number", number_of(tree.value, self.scope.pack))
        raise PackError(f"规则里不能写“{ast.unparse(tree)}”")

    def choices(self, tree: ast.List | ast.Tuple) -> Literal:
        """A list of numbers or of texts."""
        nodes = [self.node(element) for element in tree.elts]
        texts = tuple(n.value for n in nodes if isinstance(n, Literal) and isinstance(n.value, str))
        numbers = tuple(n.value for n in nodes if isinstance(n, Literal) and isinstance(n.value, Decimal))
        if not nodes or len(nodes) not in (len(texts), len(numbers)):
            raise PackError(f"一组值里只能都是文字，或都是数：“{ast.unparse(tree)}”")
        return Literal("list", texts or numbers)

    # ---- references ----

    def reference(self, tree: ast.Attribute) -> Reference:
        """`frame.field` or `frame[key].field`."""
        if isinstance(tree.value, ast.Subscript):
            return self.row(tree.value, tree.attr)
        table = self.scope.find_table(parts_of(tree.value) or self._no_name(tree))
        field = self.scope.field(table, tree.attr)
        if self.scope.at_hand(table):
            return Own(kind_of(field), table.name, field.label)
        if self.scope.many(table):
            raise PackError(
                f"“{ast.unparse(tree)}”不止一个值：请写明是哪一行（如 {table.name}[行名].{field.label}），"
                "或用 sum、count、any、all、min、max、first"
            )
        return Single(kind_of(field), table.name, field.label, self.scope.near(table))

    def row(self, tree: ast.Subscript, word: str) -> Reference:
        """The field of one row of a table."""
        table = self.scope.find_table(parts_of(tree.value) or self._no_name(tree))
        if table.sheet.repeats and not self.scope.near(table):
            raise PackError(f"“{table.sheet.name}”可以有好几张，请用 sum、count、any、all 等函数汇总")
        field, near = self.scope.field(table, word), self.scope.near(table)
        key = self.fixed_key(tree, table)
        if key is None:
            name = self.row_name(tree, table)
            return Named(kind_of(field), table.name, field.label, name, near)
        if next(row.slots for row in table.rows if row.key == key) > 1:
            raise PackError(f"“{table.name}”的“{key}”可以有好几行，请用 sum、count、any、all 等函数汇总")
        return Fixed(kind_of(field), table.name, field.label, key, near)

    def fixed_key(self, tree: ast.Subscript, table: Table) -> str | None:
        """The fixed key in the brackets; None where they hold something else."""
        word = ""
        match tree.slice:
            case ast.Name(id=str() as written) | ast.Constant(value=str() as written):
                word = written
        return next((r.key for r in table.rows if same(r.key) == same(word)), None)

    def row_name(self, tree: ast.Subscript, table: Table) -> Node:
        """The expression in the brackets, which names a row."""
        inner, keys = tree.slice, [row.key for row in table.rows]
        if isinstance(inner, ast.Constant) and (table.key is None or not isinstance(inner.value, str)):
            word = str(ast.literal_eval(inner))
            raise PackError(f"“{table.name}”没有“{word}”这一行{suggest(word, keys)}")
        try:
            name = self.node(inner)
        except PackError as mistake:
            near = suggest(inner.id, keys) if isinstance(inner, ast.Name) else ""
            if not near:
                raise
            raise PackError(f"“{table.name}”没有“{ast.unparse(inner)}”这一行{near}") from mistake
        if name.kind != "text":
            raise PackError(f"“{ast.unparse(tree)}”的方括号里应是行名")
        if any(isinstance(part, Named) for part in name.walk()):  # its formula would double with each
            raise PackError(f"“{ast.unparse(tree)}”的方括号里不能再按名称取一行")
        return name

    def _no_name(self, tree: ast.expr) -> tuple[str, ...]:
        raise PackError(f"规则里不能这样写：“{ast.unparse(tree)}”")

    # ---- operators ----

    def operation(self, tree: ast.UnaryOp | ast.BinOp | ast.BoolOp) -> Node:
        """`-x`, `not x`, arithmetic, `and`, `or`."""
        if isinstance(tree, ast.BoolOp):
            result = self.boolean(tree.values[0])
            for value in tree.values[1:]:
                result = Binary("boolean", OPERATORS[type(tree.op)], result, self.boolean(value))
            return result
        if isinstance(tree, ast.UnaryOp):
            if isinstance(tree.op, ast.Not):
                return Unary("boolean", "not", self.boolean(tree.operand))
            operand = self.numeric(tree.operand)
            if not isinstance(tree.op, ast.USub):
                raise PackError(f"规则里不能这样写：“{ast.unparse(tree)}”")
            if isinstance(operand, Literal) and isinstance(operand.value, Decimal):
                return replace(operand, value=-operand.value, name=None)
            return Unary(operand.kind, "-", operand)
        operator = OPERATORS.get(type(tree.op))
        if operator is None:
            raise PackError(f"规则里只能用 + - * / 四则运算：“{ast.unparse(tree)}”")
        left, right = self.numeric(tree.left), self.numeric(tree.right)
        return self._bounded(arithmetic(operator, left, right, ast.unparse(tree)))

    def boolean(self, tree: ast.expr) -> Node:
        """A node that holds or does not."""
        node = self.node(tree)
        if node.kind != "boolean":
            raise PackError(f"“{ast.unparse(tree)}”应是一个判断（比较、in、blank 等）")
        return node

    def numeric(self, tree: ast.expr) -> Node:
        """A node that can be reckoned with."""
        node = self.node(tree)
        if node.kind not in ("amount", "points", "number"):
            raise PackError(f"“{ast.unparse(tree)}”是{KIND_NAMES[node.kind]}，不能计算")
        return node

    def comparisons(self, tree: ast.Compare) -> Node:
        """One comparison, or a chain of them."""
        sides = [tree.left, *tree.comparators]
        links = [
            self.comparison(left, operator, right)
            for left, operator, right in zip(sides, tree.ops, sides[1:], strict=False)
        ]
        result = links[0]
        for link in links[1:]:
            result = Binary("boolean", "and", result, link)
        return result

    def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Node:
        """`==`, `<` …, `in`, `not in` between two sides."""
        if isinstance(operator, ast.In):
            return self.membership(left, right)
        if isinstance(operator, ast.NotIn):
            return Unary("boolean", "not", self.membership(left, right))
        if type(operator) not in OPERATORS:
            raise PackError("规则里只能用 == != < <= > >= in，不能用 is")
        where = f"{ast.unparse(left)} 与 {ast.unparse(right)}"
        a, b = unify(self.node(left), self.node(right), where)
        if a.kind == "list":
            raise PackError(f"一组值不能比较，请用 in：“{where}”")
        return Binary("boolean", OPERATORS[type(operator)], a, b)

    def membership(self, left: ast.expr, right: ast.expr) -> Node:
        """What `in` means: among a list, contained in a text, a name in a column."""
        item = self.node(left)
        column = self.column(right)
        if column is not None:
            table, label = column
            if item.kind != "text" or kind_of(table.by_label[label]) != "text":
                raise PackError(f"“{ast.unparse(left)} in {ast.unparse(right)}”两边都应是文字")
            return Member("boolean", item, table.name, label, self.scope.near(table))
        container = self.node(right)
        if isinstance(container, Literal) and isinstance(container.value, tuple):
            texts = any(isinstance(value, str) for value in container.value)
            if item.kind in ("list", "boolean") or (texts and item.kind != "text"):
                raise PackError(f"{KIND_NAMES[item.kind]}不会是这组值里的一个：“{ast.unparse(left)}”")
            return Among("boolean", item, container)
        if isinstance(item, Literal) and isinstance(item.value, Decimal):
            item = replace(item, kind="text", value=f"{item.value.normalize():f}")
        if container.kind != "text" or item.kind not in ("text", "list"):
            raise PackError(f"“in”的右边应是一组值、一个文字栏目或一张表的一栏：“{ast.unparse(right)}”")
        return Contains("boolean", item, container)

    def column(self, tree: ast.expr) -> tuple[Table, str] | None:
        """The column of a table of many records; None where it is something else."""
        parts = parts_of(tree)
        if not isinstance(tree, ast.Attribute) or parts is None:
            return None
        table = self.scope.find_table(parts[:-1])
        if not self.scope.many(table) or self.scope.at_hand(table):
            return None
        return table, self.scope.field(table, tree.attr).label

    # ---- functions ----

    def call(self, tree: ast.Call) -> Node:
        """A function of the white list."""
        name = tree.func.id if isinstance(tree.func, ast.Name) else ast.unparse(tree.func)
        if name not in FUNCTIONS:
            raise PackError(f"没有“{name}”这个函数{suggest(name, FUNCTIONS)}")
        if tree.keywords or not tree.args:
            raise PackError(f"函数 {name} 的写法有误：“{ast.unparse(tree)}”")
        if name == "blank":
            return self.blank(tree)
        if name in ROWWISE or (name in ("min", "max") and self.adds_rows(tree)):
            return self.aggregate(name, tree)
        arguments = tuple(self.numeric(a) for a in tree.args[: 1 if name == "round" else None])
        if name == "round":
            return Call(arguments[0].kind, name, arguments, self.digits(tree))
        if len(arguments) != 1 and name == "abs":
            raise PackError(f"函数 abs 只有一个参数：“{ast.unparse(tree)}”")
        for position in range(1, len(arguments)):
            first, other = unify(arguments[0], arguments[position], ast.unparse(tree))
            arguments = (first, *arguments[1:position], other, *arguments[position + 1 :])
        return Call(arguments[0].kind, name, arguments)

    def blank(self, tree: ast.Call) -> Blank:
        """`blank(cell)`."""
        node = self.node(tree.args[0])
        if len(tree.args) != 1 or not isinstance(node, Reference):
            raise PackError(f"blank 里应是一个栏目：“{ast.unparse(tree)}”")
        return Blank("boolean", node)

    def digits(self, tree: ast.Call) -> int:
        """The decimals that `round` keeps."""
        if len(tree.args) == 1:
            return 0
        last = tree.args[1]
        if len(tree.args) == 2 and isinstance(last, ast.Constant) and isinstance(last.value, int):
            if last.value <= DECIMALS:
                return last.value
        raise PackError(f"round 的第二个参数应是小数位数，最多{DECIMALS}：“{ast.unparse(tree)}”")

    def aggregate(self, name: str, tree: ast.Call) -> Aggregate:
        """A function over many records."""
        if len(tree.args) > 2:
            raise PackError(f"函数 {name} 最多两个参数：要汇总的值，和条件：“{ast.unparse(tree)}”")
        whole = self.scope.named_table(parts_of(tree.args[0]) or ())
        if name == "count" and whole is not None and not self.is_field(tree.args[0]):
            return self.over(whole, None, name, None, tree)
        table, key = self.rows_of(tree.args[0])
        if table is None:
            raise PackError(f"“{ast.unparse(tree.args[0])}”不是一张表的栏目，不能用 {name} 汇总")
        if key is not None:
            assert isinstance(tree.args[0], ast.Attribute)
            field = self.scope.field(table, tree.args[0].attr)
            values: Node = Own(kind_of(field), table.name, field.label)
        else:
            values = Parser(self.scope.inside(table)).node(tree.args[0])
        return self.over(table, key, name, values, tree)

    def over(
        self, table: Table, key: str | None, name: str, values: Node | None, tree: ast.Call
    ) -> Aggregate:
        """The aggregate, with its condition and kind."""
        inside = Parser(self.scope.inside(table))
        named, rest = inside.naming(tree.args[1]) if len(tree.args) == 2 else (None, None)
        condition = inside.boolean(rest) if rest is not None else None
        kind = values.kind if values is not None else "number"
        fits = {
            "count": values is None or kind == "boolean" or isinstance(values, Own),
            "any": kind == "boolean",
            "all": kind == "boolean",
            "first": kind != "list",
        }.get(name, kind in ("amount", "points", "number"))
        if not fits:
            raise PackError(f"{name} 不能汇总{KIND_NAMES[kind]}：“{ast.unparse(tree)}”")
        kind = "number" if name == "count" else kind
        return Aggregate(kind, name, table.name, key, values, condition, self.scope.near(table), named)

    def naming(self, tree: ast.expr) -> tuple[Binary | None, ast.expr | None]:
        """The part of a condition that compares a text with the name of the record outside; the rest."""
        parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
        naming = [part for part in parts if names_outside(part)]
        if len(naming) != 1:
            return None, tree
        assert isinstance(naming[0], ast.Compare)
        text = self.node(naming[0].left)
        if text.kind != "text" or self.scope.outer is None:
            raise PackError(f"“{ast.unparse(naming[0])}”的左边应是文字")
        named = Binary("boolean", "==", text, RowName("text", self.scope.outer.table.name))
        rest = [part for part in parts if part is not naming[0]]
        if len(rest) < 2:
            return named, rest[0] if rest else None
        return named, ast.BoolOp(ast.And(), rest)

    def is_field(self, tree: ast.expr) -> bool:
        """Whether a name that is also a frame's means a field of the record at hand."""
        return isinstance(tree, ast.Name) and self.scope.is_own(tree.id)

    def adds_rows(self, tree: ast.Call) -> bool:
        """Whether `min` or `max` runs over the rows of a table, not over single values."""
        table, _ = self.rows_of(tree.args[0])
        dotted = any(self.dotted_tables(tree.args[0]))
        return table is not None and (dotted or len(tree.args) == 1)

    def rows_of(self, tree: ast.expr) -> tuple[Table | None, str | None]:
        """The table an aggregate adds up, and the fixed key where only its lines are meant."""
        if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Subscript):
            table = self.scope.find_table(parts_of(tree.value.value) or self._no_name(tree))
            key = self.fixed_key(tree.value, table)
            if key is None:
                raise PackError(f"“{ast.unparse(tree)}”不能汇总：方括号里应是固定的行名")
            return table, key
        tables = {table.name: table for table in self.dotted_tables(tree)}
        if len(tables) > 1:
            raise PackError(f"一次只能汇总一张表，这里有：{'、'.join(tables)}")
        if tables:
            return tables.popitem()[1], None
        words = {n.id for n in outside_aggregates(tree) if isinstance(n, ast.Name)}
        own = self.scope.table.kind == "table" and any(self.scope.is_own(w) for w in words)
        return (self.scope.table if own else None), None

    def dotted_tables(self, tree: ast.expr) -> Iterator[Table]:
        """The tables of many records whose columns are written as `frame.field`."""
        for node in outside_aggregates(tree):
            parts = parts_of(node) if isinstance(node, ast.Attribute) else None
            if parts:
                table = self.scope.find_table(parts[:-1])
                if self.scope.many(table):
                    yield table


WAYS: dict[type[ast.expr], Callable[[Parser, Any], Node]] = {
    ast.Constant: Parser.constant,
    ast.Name: Parser.name,
    ast.Attribute: Parser.reference,
    ast.List: Parser.choices,
    ast.Tuple: Parser.choices,
    ast.UnaryOp: Parser.operation,
    ast.BinOp: Parser.operation,
    ast.BoolOp: Parser.operation,
    ast.Compare: Parser.comparisons,
    ast.Call: Parser.call,
}
