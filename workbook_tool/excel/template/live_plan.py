"""Where a sheet keeps its live checks: columns to the right of the printed form.

Beside the form stand, for all to see, the score worked out from the data (on a score sheet) and the
column 校验. Further right, hidden: whether a line is used, how many of its cells must still be
filled, texts as they are compared, whether the cells hold what they should, and one column for each
rule and field; they go along when a line is copied. In the hidden first row of a repeated sheet
stand the sums of its tab, each in a column of its own in which no other sheet has a number there,
so that one reference over all tabs adds them up, those of copied tabs too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from workbook_tool.forms.expressions import Aggregate, compile_rule
from workbook_tool.forms.formulas.live import cell_of, compared_fields, crossing, is_live, printed_fields
from workbook_tool.model import Pack, Rubric, Rule, Sheet

Checked = tuple[str, str, str]
"""The code of a rule, and the frame and field whose cells it judges."""

Sum = str | tuple[str, str] | Aggregate
"""What a tab's sum is of: FILLED, NEEDED, UNFIT; a rule's FAILS or OPENS; a part of an expression."""

FILLED, NEEDED, UNFIT, FAILS, OPENS = "filled", "needed", "unfit", "fails", "opens"


@dataclass(frozen=True)
class SheetPlan:
    """The columns of one sheet, counted from 0 as in a layout.

    Attributes:
        measured: The score worked out from the data; None where nothing is scored on the sheet.
        gap: How far the self score is from it.
        check: 校验, what is wrong in the line.
        used: 1 in a line that is used.
        needed: How many cells of the line must still be filled.
        compared: Texts that rules look at time and again, as they are compared.
        unfit: What cannot stand in a cell of the line.
        printed: The printed fields that rules look at, said again in every line: on the form itself
            equal labels of neighbouring lines are one cell.
        verdicts: One column for each rule and field.
        sums: Columns of the first row, on a repeated sheet.
    """

    measured: int | None
    gap: int | None
    check: int
    used: int
    needed: int
    compared: Mapping[tuple[str, str], int]
    unfit: int
    printed: Mapping[tuple[str, str], int]
    verdicts: Mapping[Checked, int]
    sums: Mapping[Sum, int] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The first of the columns."""
        return self.check if self.measured is None else self.measured

    @property
    def last(self) -> int:
        """The last of the columns that go by line."""
        return max([self.unfit, *self.printed.values(), *self.verdicts.values()])

    def columns_of(self, code: str) -> list[int]:
        """The columns of a rule, which stand side by side."""
        return [column for (of, _, _), column in self.verdicts.items() if of == code]


def plan_checks(pack: Pack) -> dict[str, SheetPlan]:
    """The plan of every sheet of a pack."""
    key = ("live plans",)
    if key not in pack.memo:
        pack.memo[key] = _plans(pack)
    return cast(dict[str, SheetPlan], pack.memo[key])


def _plans(pack: Pack) -> dict[str, SheetPlan]:
    plans = {sheet.name: _plan(pack, sheet) for sheet in pack.sheets}
    column = max(plan.last for plan in plans.values()) + 1
    parts = crossing(pack)
    for sheet in pack.sheets:
        if sheet.repeats:
            plan = plans[sheet.name]
            codes = dict.fromkeys(code for code, _, _ in plan.verdicts)
            sums: list[Sum] = [FILLED, NEEDED, UNFIT]
            sums += [(code, of) for code in codes for of in (FAILS, OPENS)]
            sums += [node for node, name in parts.items() if name == sheet.name]
            plans[sheet.name] = replace(plan, sums={s: column + n for n, s in enumerate(sums)})
            column += len(sums)
    return plans


def _plan(pack: Pack, sheet: Sheet) -> SheetPlan:
    column = len(sheet.grid) + 1
    scored = any(pack.tables[rubric.on].sheet.name == sheet.name for rubric in pack.rubrics)
    check = column + 2 if scored else column
    texts = [name for name in compared_fields(pack) if pack.tables[name[0]].sheet is sheet]
    unfit = check + 3 + len(texts)
    said = [name for name in printed_fields(pack) if pack.tables[name[0]].sheet is sheet]
    first = unfit + 1 + len(said)
    rules = [rule for rule in pack.rules if _on(pack, rule, sheet)]
    checked = [c for rule in rules for c in _checked(pack, rule) if pack.tables[c[1]].sheet is sheet]
    return SheetPlan(
        measured=column if scored else None,
        gap=column + 1 if scored else None,
        check=check,
        used=check + 1,
        needed=check + 2,
        compared={name: check + 3 + n for n, name in enumerate(texts)},
        unfit=unfit,
        printed={name: unfit + 1 + n for n, name in enumerate(said)},
        verdicts={c: first + n for n, c in enumerate(checked)},
    )


def _on(pack: Pack, rule: Rule, sheet: Sheet) -> bool:
    """Whether a rule may judge cells of a sheet; only those on rubrics judge several."""
    return rule.builtin is not None or pack.tables[rule.on].sheet is sheet


def _checked(pack: Pack, rule: Rule) -> Iterator[Checked]:
    """The fields that a rule judges, each for itself."""
    if not is_live(rule, pack):
        return
    if not rule.builtin:
        yield from ((rule.code, rule.on, label) for label in compile_rule(rule, pack).verdicts)
        return
    yield rule.code, rule.on, rule.fields[0]
    if rule.builtin == "score_grade" or not rule.rubric:
        return
    rubric = pack.rubric(rule.rubric)
    elsewhere = [cell_of(c.cell, rubric, pack)[:2] for c in rubric.criteria if c.cell]
    if rule.builtin == "score_step":
        elsewhere += deducted_items(rubric)
    yield from ((rule.code, *cell) for cell in dict.fromkeys(elsewhere))


def deducted_items(rubric: Rubric) -> list[tuple[str, str]]:
    """Frame and field where points are deducted item by item, within the range of each."""
    if not any(criterion.scoring == "range_deduct" for criterion in rubric.criteria):
        return []
    frame, _, label = rubric.items["range_deduct"].rpartition(".")
    return [(frame, label)]
