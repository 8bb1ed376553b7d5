"""What a rule says when it fails: its sentence with the figures of the cell put in.

A part in square brackets is left out where a placeholder in it has no value, so that
`“{填报}”不在支出表中[，是否应为“{应为}”？]` reads well with and without a suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from string import Formatter

from workbook_tool.forms.figures import figure
from workbook_tool.forms.language.records import Records
from workbook_tool.forms.language.scope import ITEM, ROW, YEAR, suggest
from workbook_tool.model import FormField, Pack, PackError, Rule, Table

DECLARED, EXPECTED, DIFFERENCE, UNIT = "填报", "应为", "相差", "单位"
PLACEHOLDERS = (ITEM, DECLARED, EXPECTED, DIFFERENCE, ROW, UNIT, YEAR)
NOTHING = "空"
Figures = Mapping[str, str | None]
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


@lru_cache(maxsize=1024)
def placeholders(message: str) -> tuple[str, ...]:
    """The names in braces.

    Raises:
        PackError: The braces do not match.
    """
    try:
        return tuple(name for _, name, _, _ in Formatter().parse(message) if name is not None)
    except ValueError:
        raise PackError(f"说明文字里的花括号不成对：“{message}”") from None


def check_message(rule: Rule, pack: Pack) -> None:
    """Refuse a message with a placeholder that nothing will fill.

    Raises:
        PackError: The placeholder, and the nearest that exists.
    """
    for says in message_mistakes(rule, pack):
        raise PackError(says)


def message_mistakes(rule: Rule, pack: Pack) -> Iterator[str]:
    """Every placeholder of a message that nothing will fill."""
    own = pack.tables[rule.on].by_label if rule.on in pack.tables else {}
    known = [*PLACEHOLDERS, *own]
    try:
        names = placeholders(rule.message)
    except PackError as mistake:
        yield mistake.message
        return
    for name in dict.fromkeys(names):
        if name not in known:
            yield f"说明文字里的“{{{name}}}”不存在{suggest(name, known)}"


def shown(table: Table, record: int, label: str, records: Records) -> str | None:
    """What stands in a cell as text; None where it is blank or unreadable."""
    blank = records.blank(table.name, label)
    if not blank.known[record] or blank.values[record]:
        return None
    value = records.column(table.name, label).values[record]
    return figure(value, table.by_label[label], records.pack)


class Words(Mapping[str, str | None]):
    """What the placeholders stand for in one cell, looked up only where a sentence asks.

    Args:
        table: Where the cell stands.
        record: Its row.
        field: Its column.
        records: The batch.
        figures: What 填报, 应为 and 相差 are, and whatever else the sentence needs.
    """

    def __init__(
        self, table: Table, record: int, field: FormField, records: Records, *, figures: Figures | None = None
    ):
        self.table, self.record, self.field, self.records = table, record, field, records
        self.figures: Figures = figures or {}

    def __or__(self, figures: Figures) -> Words:
        more = {**self.figures, **figures}
        return Words(self.table, self.record, self.field, self.records, figures=more)

    def __getitem__(self, name: str) -> str | None:
        if name in self.figures:
            return self.figures[name]
        if name in self.table.by_label:
            return shown(self.table, self.record, name, self.records)
        if name == ROW:
            return self.records.row_names(self.table.name)[self.record]
        pack = self.records.pack
        return {ITEM: self.field.printed, UNIT: pack.unit, YEAR: str(pack.fiscal_year)}[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.figures, *self.table.by_label, ITEM, ROW, UNIT, YEAR]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def words_of(table: Table, record: int, field: FormField, records: Records) -> Words:
    """The placeholders that any message may use, for one cell; figures are put in with `|`."""
    return Words(table, record, field, records)


def optional_parts(message: str, has: Callable[[str], bool]) -> str:
    """The message without the bracketed parts in which a placeholder has no value."""

    def optional(part: re.Match[str]) -> str:
        return part[1] if all(map(has, placeholders(part[1]))) else ""

    return _OPTIONAL.sub(optional, message)


def say(message: str, words: Mapping[str, str | None]) -> str:
    """The sentence; what has no value is 空, or takes its bracketed part along."""
    whole = optional_parts(message, lambda name: words.get(name) is not None)
    return whole.format_map({name: words.get(name) or NOTHING for name in placeholders(whole)})
