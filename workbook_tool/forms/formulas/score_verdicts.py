"""The engine's own checks on score sheets as live verdicts: what `checks.score_rules` finds.

A line whose self score is blank is open for every one of them.
"""

from __future__ import annotations

from collections.abc import Callable

from workbook_tool.forms.formulas.live import FAIL, OPEN, PASS, first_sentence
from workbook_tool.forms.formulas.live_messages import Words, sentence, shown
from workbook_tool.forms.formulas.rows import aggregate
from workbook_tool.forms.formulas.score_checks import CHECKS, NOTHING, CriterionCheck, RowCheck, Told
from workbook_tool.forms.formulas.score_lines import (
    Cell,
    ScoreLine,
    WrittenLine,
    WrittenRows,
    grade_of,
    total_claim,
)
from workbook_tool.forms.formulas.score_methods import UNKNOWN
from workbook_tool.forms.formulas.single import Formula, NoFormula, Place, blank_text
from workbook_tool.forms.formulas.text import normal_text, one_of, quoted
from workbook_tool.forms.formulas.writer import LONGEST
from workbook_tool.forms.language.messages import DECLARED, DIFFERENCE, EXPECTED, UNIT, placeholders
from workbook_tool.forms.language.messages import NOTHING as EMPTY
from workbook_tool.forms.language.scope import ITEM, ROW, YEAR
from workbook_tool.forms.language.syntax import Own
from workbook_tool.forms.score_words import allowed
from workbook_tool.model import Criterion, Pack, Rubric, Rule


def score_verdict(
    rule: Rule, criterion: Criterion, rubric: Rubric, pack: Pack, place: Place, *, measured_cell: str
) -> str | None:
    """The formula of a rule's verdict at one criterion's line, without its equals sign.

    Args:
        rule: A rule of the engine on this rubric.
        criterion: The line.
        rubric: The rubric.
        pack: What the fields are.
        place: Seen from the line.
        measured_cell: Where the recomputed score of the line stands.

    Returns:
        ✓, ✗ and a sentence, …, or nothing where the rule does not look at such a line; None where
        the rule has no verdict at lines at all.

    Raises:
        NoFormula: It would be too long.
    """
    check = CHECKS.get(rule.builtin or "")
    if check is None or rule.rubric != rubric.id:
        return None
    line = ScoreLine(criterion, rubric, pack, place)
    elsewhere = line.title if line.claimed[0] != rubric.on else None

    def judged(message: str) -> str:
        says = Saying(message, pack, place, elsewhere)
        return check(CriterionCheck(line, measured_cell, says))

    return _shortest(rule, judged, OPEN)


def row_verdict(
    rule: Rule, rubric: Rubric, pack: Pack, place: Place, *, measured_cell: str, row: str
) -> str | None:
    """The same at a row that the department writes.

    Args:
        rule: A rule of the engine on this rubric.
        rubric: The rubric.
        pack: What the fields are.
        place: Seen from the row.
        measured_cell: Where the recomputed score of the row stands.
        row: What the row is called where its key column is blank: the fixed key it stands under.
    """
    check = CHECKS.get(rule.builtin or "")
    if check is None or rule.rubric != rubric.id:
        return None
    line = WrittenLine(rubric, pack, place)

    def judged(message: str) -> str:
        says = Saying(message, pack, place, row)
        found = check(RowCheck(line, measured_cell, says))
        return f"IF({line.used},IF(ISERROR({line.claim}),{UNKNOWN},{found}),{NOTHING})"

    return _shortest(rule, judged, OPEN)


def item_verdict(
    rule: Rule, criterion: Criterion, position: int, rubric: Rubric, pack: Pack, *, place: Place
) -> str | None:
    """The verdict on the deduction for one item; None where the rule has none.

    Args:
        rule: A rule of the engine on this rubric.
        criterion: The criterion.
        position: Which of its items, counted from 0.
        rubric: The rubric.
        pack: What the fields are.
        place: Seen from the item's row.
    """
    if rule.builtin != "score_step" or rule.rubric != rubric.id or criterion.scoring != "range_deduct":
        return None
    line = ScoreLine(criterion, rubric, pack, place)
    frame, field = line.item_place
    item, number = criterion.items[position], line.item_number(position)
    cell = (frame, field.label, line.item_key(position))
    told = {DECLARED: number, EXPECTED: quoted(allowed(item)), DIFFERENCE: None}

    def judged(message: str) -> str:
        says = Saying(message, pack, place)(cell, told)
        return f'IF({line.allows(item, number)},"{PASS}",{says})'

    return _shortest(rule, judged, "")


def grade_verdict(rule: Rule, rubric: Rubric, pack: Pack, place: Place) -> str:
    """The verdict on the declared grade, at its own cell: that of the self scores' sum."""
    frame, _, label = (rubric.grade or "").rpartition(".")
    field, formula = pack.tables[frame].by_label[label], Formula(place, pack, aggregate, strict=True)
    cell = formula.value_of(place.cell(frame, label), Own("text", frame, label))
    rows = None if rubric.lines is None else WrittenRows(rubric, pack, place)
    total = total_claim([ScoreLine(criterion, rubric, pack, place) for criterion in rubric.criteria], rows)
    earned = grade_of(total, rubric)
    told = {DECLARED: cell, EXPECTED: earned, DIFFERENCE: None}
    usable = (
        f"SUMPRODUCT(1*EXACT({one_of(field.choices)},{normal_text(cell)}))>0" if field.choices else "TRUE"
    )

    def judged(message: str) -> str:
        same = f"EXACT({normal_text(cell)},{normal_text(earned)})"
        text = f'IF({same},"{PASS}",{Saying(message, pack, place)((frame, label, None), told)})'
        return f"IF(ISERROR({total}),{UNKNOWN},IFERROR(IF({usable},{text},{NOTHING}),{NOTHING}))"

    return _shortest(rule, judged, OPEN)


def _shortest(rule: Rule, judged: Callable[[str], str], otherwise: str) -> str:
    """A verdict with the rule's sentence, or if that is too long with its title."""
    for message in (first_sentence(rule.message), rule.title):
        text = f'IFERROR({judged(message)},"{otherwise}")'
        if len(text) <= LONGEST:
            return text
    raise NoFormula("公式太长")


class Saying:
    """How a verdict that failed says so.

    Args:
        message: The sentence of the rule.
        pack: What the fields are.
        place: Where other fields of the record stand.
        row: What the record is called, where no fixed row says so.
    """

    def __init__(self, message: str, pack: Pack, place: Place, row: str | None = None):
        self.message, self.pack, self.place, self.row = message, pack, place, row

    def __call__(self, cell: Cell, told: Told) -> str:
        """The fragment about a cell."""
        frame, label, key = cell
        table = self.pack.tables[frame]
        fixed = {ITEM: table.by_label[label].printed, UNIT: self.pack.unit, YEAR: str(self.pack.fiscal_year)}
        words: Words = {name: quoted(text) for name, text in fixed.items()} | {ROW: self._row(frame, key)}
        fields = {
            name: shown(
                self.place.cell(frame, name, key),
                table.by_label[name],
                self.place.compared(frame, name, key),
            )
            for name in placeholders(self.message)
            if name in table.by_label
        }
        return f'"{FAIL} "&{sentence(self.message, {**words, **fields, **told})}'

    def _row(self, frame: str, key: str | None) -> str:
        """What the record is called: by its key column, its fixed key, or the sheet it stands on."""
        table = self.pack.tables[frame]
        if key is None and table.key is not None:
            cell, blank = (
                self.place.cell(frame, table.key),
                blank_text(self.place, self.pack, frame, table.key),
            )
            return f"IF({blank},{quoted(self.row or EMPTY)},{cell})"
        if self.row is not None:
            return quoted(self.row)
        row = next((row for row in table.rows if row.key == key), None)
        return quoted(table.sheet.name if row is None else str(row.labels.get(table.key or "", row.key)))
