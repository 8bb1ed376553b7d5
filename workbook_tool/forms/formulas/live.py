"""Rules as live checks: the formula of a verdict, in the same three answers as the tool gives.

A verdict is a text: ✓ where the rule holds, ✗ and a sentence where it does not, … where it cannot
be told yet, and nothing where the rule does not apply to the record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from workbook_tool.forms.formulas.live_messages import Words, figure, sentence, shown
from workbook_tool.forms.formulas.rows import aggregate
from workbook_tool.forms.formulas.score_lines import cell_of
from workbook_tool.forms.formulas.single import (
    Formula,
    NoFormula,
    Place,
    as_compared,
    blank_cell,
    compared_text,
    ranges,
)
from workbook_tool.forms.formulas.text import blank_test, quoted
from workbook_tool.forms.formulas.writer import LONGEST
from workbook_tool.forms.language.compiled import CompiledRule, compile_rule
from workbook_tool.forms.language.messages import (
    DECLARED,
    DIFFERENCE,
    EXPECTED,
    UNIT,
    optional_parts,
    placeholders,
)
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.scope import ITEM, ROW, YEAR
from workbook_tool.forms.language.syntax import Aggregate, Binary, Expression, Fixed, Kind, Node, Own, Single
from workbook_tool.model import FormField, Pack, Rule, Table

__all__ = [
    "APART",
    "FAIL",
    "OPEN",
    "PASS",
    "Anywhere",
    "advice",
    "as_compared",
    "blank_cell",
    "blank_test",
    "cell_of",
    "compared_fields",
    "compared_text",
    "crossing",
    "first_sentence",
    "is_live",
    "part",
    "printed_fields",
    "ranges",
    "strictly",
    "verdict",
]

PASS, FAIL, OPEN, APART = "✓", "✗", "…", "—"
"""The states of a rule; the last is that of a rule that no formula can say."""

_COMPARED = ("==", "<", "<=", ">", ">=")


def is_live(rule: Rule, pack: Pack) -> bool:
    """Whether the template itself can check the rule."""
    if rule.builtin:
        return True
    if rule.python:
        return False
    compiled = compile_rule(rule, pack)
    try:
        for label in compiled.verdicts:
            verdict(compiled, label, Anywhere(), rule.code)
    except NoFormula:
        return False
    return True


def verdict(compiled: CompiledRule, label: str, place: Place, row: str | None) -> str:
    """The formula of a rule's verdict on one cell, without its equals sign.

    Args:
        compiled: The rule.
        label: The field that is checked.
        place: Seen from the record at hand.
        row: What the record is called, where the template prints it.

    Raises:
        NoFormula: No formula says this rule.
    """
    checked = _Checked(compiled, label, place)
    spoken = checked.words(row)
    for message in (first_sentence(compiled.rule.message), compiled.rule.title):
        if not _speakable(message, spoken):
            continue
        text = checked.judged(f'"{FAIL} "&{sentence(message, spoken)}')
        if len(text) <= LONGEST:
            return text
    raise NoFormula("公式太长")


def first_sentence(message: str) -> str:
    """What is wrong, without what to do about it: the cell where it is read is at hand."""
    return message.partition("。")[0] + "。"


def _speakable(message: str, words: Words) -> bool:
    """Whether all that the sentence must name can be named."""
    whole = optional_parts(message, lambda name: words.get(name) is not None)
    return all(words.get(name) is not None for name in placeholders(whole))


class _Checked:
    """A rule seen from one cell."""

    def __init__(self, compiled: CompiledRule, label: str, place: Place):
        self.rule, self.table, self.place = compiled.rule, compiled.table, place
        self.expression: Expression = compiled.verdicts[label]
        self.condition = compiled.when[label]
        self.field: FormField = self.table.by_label[label]
        self.pack = self.expression.pack
        self.formula = Formula(place, self.pack, aggregate, strict=True)

    def judged(self, failing: str) -> str:
        """The verdict, with the fragment that says it failed."""
        text = f'IF({self._holds()},"{PASS}",{failing})'
        if self.condition is not None:
            text = f'IF({self.formula.of(self.condition.node)},{text},"")'
        return f'IFERROR({text},"{OPEN}")'

    def _holds(self) -> str:
        if not self.rule.total:
            return self.formula.of(self.expression.node)
        kind = self.expression.kind
        return f"ROUND({self._declared()}-({self._computed()}),{self.formula.decimals(kind)})=0"

    def _declared(self) -> str:
        """A total as it stands; a blank one counts as nothing, so that it is only right beside 0."""
        cell = self._cell()
        scale = "*100" if self.field.type == "percent" else ""
        return f"IF({blank_test(cell)},0,IF(ISNUMBER({cell}),{cell}{scale},NA()))"

    def _computed(self) -> str:
        return self.formula.of(self.expression.node)

    def _cell(self, label: str | None = None) -> str:
        return self.place.cell(self.table.name, label or self.field.label)

    def words(self, row: str | None) -> Words:
        """What the placeholders of the message stand for."""
        fixed = {ITEM: self.field.printed, UNIT: self.pack.unit, YEAR: str(self.pack.fiscal_year)}
        words: dict[str, str | None] = {name: quoted(text) for name, text in fixed.items()}
        words[DECLARED] = self._shown(self.field.label)
        words[ROW] = quoted(row) if row is not None else self._named()
        for name in placeholders(self.rule.message):
            if name in self.table.by_label:
                words[name] = self._shown(name)
        return words | self._expected()

    def _named(self) -> str | None:
        return self._shown(self.table.key) if self.table.key else None

    def _shown(self, label: str) -> str:
        kept = self.place.compared(self.table.name, label)
        return shown(self._cell(label), self.table.by_label[label], kept)

    def _expected(self) -> dict[str, str | None]:
        """What should stand in the cell, where the rule compares it; as the tool's findings say it."""
        if self.rule.total:
            return self._figures(self._declared(), self._computed())
        node = self.expression.node
        if not isinstance(node, Binary) or node.operator not in _COMPARED:
            return {EXPECTED: None, DIFFERENCE: None}
        mine = next((side for side in (node.left, node.right) if self._is_own(side)), None)
        if mine is None:
            return {EXPECTED: None, DIFFERENCE: None}
        other = node.right if mine is node.left else node.left
        if self.field.numeric:
            return self._figures(self.formula.of(mine), self.formula.of(other))
        return {EXPECTED: self.formula.of(other), DIFFERENCE: None}

    def _is_own(self, node: Node) -> bool:
        return isinstance(node, Own) and node.field == self.field.label and node.frame == self.table.name

    def _figures(self, declared: str, computed: str) -> dict[str, str | None]:
        kind = self.expression.kind if self.rule.total else _kind_beside(self.expression.node)
        percent = '&"%"' if self.field.type == "percent" else ""
        return {
            EXPECTED: figure(self.formula, computed, kind) + percent,
            DIFFERENCE: figure(self.formula, f"ABS({declared}-({computed}))", kind) + percent,
        }


def _kind_beside(node: Node) -> Kind:
    return node.left.kind if isinstance(node, Binary) else node.kind


class Anywhere:
    """A place that has an address for everything: to try whether a formula can be written."""

    def cell(self, frame: str, field: str, key: str | None = None) -> str:
        """Some cell."""
        return "A1"

    def column(self, frame: str, field: str, key: str | None = None) -> str | tuple[str, ...]:
        """Some rows."""
        return "A1:A9"

    def key_column(self, frame: str, key: str | None = None) -> str | tuple[str, ...] | None:
        """Some rows."""
        return "B1:B9"

    def compared(self, frame: str, field: str, key: str | None = None) -> str | None:
        """Some cell."""
        return "A1"

    def words(self, words: tuple[str, ...]) -> str | None:
        """No list."""
        return None

    def across(self, node: Aggregate) -> str | None:
        """No other tabs."""
        return None


def crossing(pack: Pack) -> dict[Aggregate, str]:
    """Every sum over the tabs of a repeated sheet, seen from outside it, with the sheet's name.

    A tab that is copied later belongs to them too: each tab has its own part of the sum, which a
    formula takes from all tabs at once.
    """
    found: dict[Aggregate, str] = {}
    for expression in _expressions(pack):
        for node in expression.node.walk():
            if isinstance(node, Aggregate) and not node.same_tab and _adds(node, pack):
                found[node] = pack.tables[node.frame].sheet.name
    return found


def part(node: Aggregate, on: str, pack: Pack) -> Expression:
    """One tab's part of a sum over all tabs, seen from a record on that tab."""
    return Expression("", on, None, replace(node, same_tab=True), pack)


def strictly(expression: Expression, place: Place) -> str:
    """The formula of a value, an error where it is unknown, a text in a number's place included."""
    return Formula(place, expression.pack, aggregate, strict=True).of(expression.node)


def printed_fields(pack: Pack) -> list[tuple[str, str]]:
    """Frame and field of every printed column that a rule or its sentence looks at."""
    read = [reference for expression in _expressions(pack) for reference in expression.references]
    labels = (
        (frame, pack.tables[frame].by_label.get(name)) for frame, name in dict.fromkeys([*read, *_told(pack)])
    )
    return [(frame, field.label) for frame, field in labels if field is not None and field.static]


def compared_fields(pack: Pack) -> list[tuple[str, str]]:
    """Frame and field of every text and choice that is looked at time and again, cell by cell."""
    times = Counter(
        (node.frame, node.field)
        for expression in _expressions(pack)
        for node in expression.node.walk()
        if isinstance(node, Own | Single | Fixed)
    )
    times.update(_told(pack))
    labels = ((frame, pack.tables[frame].by_label.get(label), n) for (frame, label), n in times.items())
    return [
        (frame, field.label)
        for frame, field, count in labels
        if field and field.type in ("text", "choice") and not field.static and count > 1
    ]


def _told(pack: Pack) -> Iterator[tuple[str, str]]:
    """Frame and label of what the sentences of rules name."""
    for rule in pack.rules:
        for name in placeholders(rule.message):
            yield rule.on, (pack.tables[rule.on].key or "") if name == ROW else name


def _adds(node: Aggregate, pack: Pack) -> bool:
    table: Table = pack.tables[node.frame]
    return node.function in ("sum", "count") and node.named is None and table.sheet.repeats


def _expressions(pack: Pack) -> Iterator[Expression]:
    for rule in pack.rules:
        compiled = compile_rule(rule, pack)
        yield from compiled.verdicts.values()
        yield from filter(None, compiled.when.values())
    for rubric in pack.rubrics:
        subject = rubric.subject.rpartition(".")[0]
        for criterion in rubric.criteria:
            for written in (criterion.value, *(case.when for case in criterion.cases)):
                if written is not None:
                    yield compile_expression(rubric.in_force(written, criterion), pack, subject)


def advice(message: str) -> str:
    """What to do about it: the sentences of a message that name no figure of the cell."""
    sentences = [s for s in re.split(r"(?<=。)", message)[1:] if s and not placeholders(s)]
    return "".join(sentences)
