"""How a method scores, as a formula: exactly as `forms.scoring` does.

Unknown is an error value. Points are rounded to eight decimals before they are rounded as they are
kept, so that neither the noise of doubles nor the rounding of a rate ever decides a half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property

from workbook_tool.forms.formulas.certainty import NONE, Leaves, divides, leaves, needed, settled, strict
from workbook_tool.forms.formulas.single import Formula
from workbook_tool.forms.formulas.text import normal_text, one_of, quoted
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.scope import kind_of
from workbook_tool.forms.language.syntax import Expression, Literal, Own, normal
from workbook_tool.forms.score_words import JUDGED, as_text
from workbook_tool.forms.scoring import PERCENT, Scorer, as_points
from workbook_tool.forms.writing.ranges import Interval, read_range
from workbook_tool.model import FormField, Item, Method, PackError, Rubric

UNKNOWN = "NA()"
HALF = "5E-11"
"""Half of the last decimal of a figure: so much more keeps a full step a full step."""
ANY, PERSON = "any points", quoted(JUDGED)
OUTCOMES = {"judged": {PERSON}, "cases": {PERSON}, "levels": {PERSON}, "bands": {ANY, PERSON}}
"""What the ways of scoring can come to; the others always give points."""


class ScoreFormula:
    """The score of a line by its method.

    Args:
        method: The method.
        rubric: Its rubric.
        formula: Writes expressions, seen from the cell that the score is written into.
        frame: Whose records the expressions are about.
        full: The most it can give: 1/10,000 points, or where that stands in a cell its value.

    Attributes:
        is_judged: A person judges, whatever the data say.
        may_be_judged: A person may have to judge.
    """

    def __init__(self, method: Method, rubric: Rubric, formula: Formula, frame: str, full: int | str):
        self.method, self.rubric, self.formula, self.frame = method, rubric, formula, frame
        self.pack, self.place = formula.pack, formula.place
        self.full = full if isinstance(full, str) else as_text(full)
        self.scorer = Scorer.of_method(method, full if isinstance(full, int) else 0, rubric)
        self.has_cell = isinstance(full, str)
        outcomes = OUTCOMES.get(method.scoring, {ANY})
        self.is_judged = method.scoring in ("judged", "cases") and not method.cases
        self.may_be_judged = PERSON in outcomes or any(c.points == "judge" for c in method.cases)

    def within(self, points: str) -> str:
        """Points between nothing and all."""
        return f"MAX(0,MIN({self.full},{points}))"

    def kept(self, points: str) -> str:
        """Points as they are kept, between nothing and all."""
        return self.within(f"ROUND(ROUND({points},8),{self.rubric.decimals})")

    def lessened(self, lost: str) -> str:
        """All points less some; nothing at worst (扣完为止)."""
        return self.kept(f"{self.full}-{lost}")

    def given(self, points: Decimal) -> str:
        """Points that the pack names, between nothing and all."""
        if not self.has_cell:
            return as_text(self.scorer.within(points))
        return self.within(self.number(Decimal(as_text(as_points(points, self.rubric.decimals)))))

    def number(self, value: Decimal) -> str:
        """A constant as a formula writes it."""
        return self.formula.literal(Literal("number", value))

    # ---- the evidence ----

    def compiled(self, written: str | dict[str, str]) -> Expression:
        """The expression in force."""
        return compile_expression(self.rubric.in_force(written, self.method), self.pack, self.frame)

    def expressions(self) -> tuple[Expression, ...]:
        """What the score is computed by: the value and the cases."""
        written = (self.method.value, *(case.when for case in self.method.cases))
        return tuple(self.compiled(text) for text in written if text is not None)

    def figure(self) -> str:
        """The figure that is scored."""
        if self.method.value is None:
            return UNKNOWN
        value = self.compiled(self.method.value)
        if value.kind in ("text", "list"):
            return UNKNOWN
        text = self.formula.of(value.node)
        return f"N({text})" if value.kind == "boolean" else self.formula.rounded(text, value.kind)

    @cached_property
    def item_place(self) -> tuple[str, FormField]:
        """The frame and the field where the items are answered.

        Raises:
            PackError: The rubric does not say where.
        """
        where = self.rubric.items.get(self.method.scoring)
        if where is None:
            message = f"指标 {self.method.id}：items 里没有写 {self.method.scoring} 的条目填在哪里"
            raise PackError(message, self.rubric.file or None, self.method.line)
        frame, _, label = where.rpartition(".")
        return frame, self.pack.tables[frame].by_label[label]

    def item_key(self, position: int) -> str:
        """The fixed key of an item's row; positions count from 0."""
        raise NotImplementedError

    @cached_property
    def item_cells(self) -> list[str]:
        """The cells where the items are answered."""
        if not self.method.items:
            return []
        frame, field = self.item_place
        keys = map(self.item_key, range(len(self.method.items)))
        return [self.place.cell(frame, field.label, key) for key in keys]

    def item_number(self, position: int) -> str:
        """The number given for an item, unknown where there is none."""
        frame, field = self.item_place
        if not field.numeric:
            return UNKNOWN
        own = Own(kind_of(field), frame, field.label)
        value = self.formula.value_of(self.item_cells[position], own)
        return f"TRUNC({value})" if field.type in ("number", "percent") else value

    def _answered(self, total: str) -> str:
        """What is made of the answers, unknown where blanks count as 0 and all are blank."""
        if not self.method.items:
            return total
        _, field = self.item_place
        if field.blank != "zero" or not field.numeric:
            return total
        return f"IF(COUNT({','.join(self.item_cells)})=0,{UNKNOWN},{total})"

    # ---- the score ----

    def score(self) -> str:
        """The score by the first case that holds, or by the ordinary rule.

        A case that may hold or not leaves it unknown, unless it makes no difference.
        """
        found, needs = WAYS[self.method.scoring](self), self._ordinary_needs()
        outcomes = OUTCOMES.get(self.method.scoring, {ANY})
        for case in reversed(self.method.cases):
            node = settled(self.compiled(case.when).node)
            points = PERSON if case.points == "judge" else self._points_of(case.points)
            if node is False:
                continue
            if node is True:
                found, needs, outcomes = points, NONE, {points}
                continue
            holds = self.formula.of(node)
            # points that stand in a cell may equal any others
            numbers = outcomes - {PERSON} if self.has_cell else outcomes & {ANY}
            alike = points in outcomes or (case.points != "judge" and bool(numbers))
            if alike and (divides(node) or not leaves(node) <= needs):
                holds = f"IFERROR({holds},IF({found}={points},TRUE,{UNKNOWN}))"
            found = f"IF({holds},{points},{found})"
            needs = (needed(node, True) & needs) | (NONE if alike else strict(node))
            outcomes = outcomes | {points}
        return found

    def _ordinary_needs(self) -> Leaves:
        """The values without which the ordinary rule gives no score."""
        method = self.method
        if method.value is None or method.items or method.scoring in ("judged", "cases"):
            return NONE
        return strict(self.compiled(method.value).node)

    def _points_of(self, points: Decimal | str) -> str:
        return self.full if points == "full" else as_text(as_points(Decimal(points)))

    def judged(self) -> str:
        """A person judges."""
        return PERSON

    def linear(self) -> str:
        """So many points less for every step past a bound."""
        rule = self.method.linear
        if rule is None:
            raise PackError(f"指标 {self.method.id}：没有写 linear", line=self.method.line)
        figure = self.figure()
        if rule.above is not None:
            past = f"{figure}-{self.number(rule.above)}"
        else:
            past = f"{self.number(rule.below or Decimal(0))}-{figure}"
        past = f"MAX(0,ROUND({past},10))"
        if not self.scorer.proportional:
            past = f"({past}+{HALF})"
        steps = past if rule.step == 1 else f"{past}/{self.number(rule.step)}"
        steps = steps if self.scorer.proportional else f"INT({steps})"
        return self.lessened(f"{steps}*{self.number(rule.deduct)}")

    def bands(self) -> str:
        """The points of the interval in which the figure lies."""
        figure = self.figure()
        bands = [(read_range(band.range), band.points) for band in self.method.bands]
        bands.sort(key=lambda band: _start(band[0]))
        found = PERSON
        for interval, points in bands:  # they leave no gaps, so that the lower bounds tell them apart
            if interval.least is None:
                found = self.given(points)
            else:
                sign = ">=" if interval.least_in else ">"
                found = f"IF({figure}{sign}{self.number(interval.least)},{self.given(points)},{found})"
        last = bands[-1][0] if bands else None
        if last is not None and last.most is not None:
            sign = ">" if last.most_in else ">="
            found = f"IF({figure}{sign}{self.number(last.most)},{PERSON},{found})"
        return found if figure in found else f"IF(ISNUMBER({figure}),{found},{UNKNOWN})"

    def proportional(self) -> str:
        """The points times the figure, which is a percentage where the unit says so."""
        whole = "/100" if self.method.unit == PERCENT else ""
        return self.kept(f"{self.full}*MIN(1,MAX(0,{self.figure()}{whole}))")

    def by_level(self) -> str:
        """A person judges, where a level is chosen."""
        return self.by_answer({level.name: PERSON for level in self.method.levels}) or UNKNOWN

    def choice(self) -> str:
        """The points of the answer chosen."""
        answers = {answer: self.given(points) for answer, points in self.method.choices.items()}
        return self.by_answer(answers) or UNKNOWN

    def by_answer(self, answers: Mapping[str, str]) -> str | None:
        """What goes with the answer that is scored; None where the value is no answer."""
        value = None if self.method.value is None else self.compiled(self.method.value)
        if value is None or value.kind != "text" or not answers:
            return None
        return chosen(self.formula.compared(value.node), answers)

    def checklist(self) -> str:
        """The points of the items that are met."""
        if not self.method.items:
            return "0"
        _, field = self.item_place
        terms = []
        for position, (item, cell) in enumerate(zip(self.method.items, self.item_cells, strict=True)):
            worth = self.number(item.points or Decimal(0))
            if field.type == "choice":
                met = {choice: "0" if number else worth for number, choice in enumerate(field.choices)}
                terms.append(chosen(normal_text(cell), met, field.written))
            else:
                terms.append(f"IF({self.item_number(position)}<>0,{worth},0)")
        return self.kept(self._answered("+".join(terms)))

    def count_deduct(self) -> str:
        """So many points less for every breach."""
        numbers = [self.item_number(n) for n in range(len(self.method.items))] or [self.figure()]
        lost = f"{self.number(self.method.deduct or Decimal(0))}*({'+'.join(numbers)})"
        return self.lessened(self._answered(lost))

    def range_deduct(self) -> str:
        """The points that a person deducted, item by item, within the range of each."""
        terms = []
        for position, item in enumerate(self.method.items):
            number = self.item_number(position)
            terms.append(f"IF({self.allows(item, number)},{number},{UNKNOWN})")
        return self.lessened(self._answered(f"({'+'.join(terms or [self.figure()])})"))

    def allows(self, item: Item, number: str) -> str:
        """Whether a deduction is within the range of its item."""
        bounds = [f"{number}>={self.number(item.least or Decimal(0))}"]
        if item.most is not None:
            bounds.append(f"{number}<={self.number(item.most)}")
        return f"OR({number}=0,AND({','.join(bounds)}))"


Written = Mapping[str, tuple[str, ...]]
"""The other ways in which an answer is written."""


def chosen(
    text: str, answers: Mapping[str, str], written: Written | None = None, otherwise: str | None = None
) -> str:
    """What goes with a text as it is compared; an error, or something else, if it is no answer."""
    also = {normal(answer): words for answer, words in (written or {}).items()}
    numbers: dict[str, int] = {}
    for number, answer in enumerate(answers, 1):
        for word in (answer, *also.get(normal(answer), ())):
            numbers.setdefault(normal(word), number)
    listed = ",".join(map(str, numbers.values()))
    which = f"SUMPRODUCT(EXACT({one_of(tuple(numbers))},{text})*{{{listed}}})"
    if otherwise is None:
        return f"CHOOSE({which},{','.join(answers.values())})"
    return f"CHOOSE(1+{which},{otherwise},{','.join(answers.values())})"


def _start(interval: Interval) -> tuple[bool, Decimal, bool]:
    return (interval.least is not None, interval.least or Decimal(0), not interval.least_in)


WAYS: dict[str, Callable[[ScoreFormula], str]] = {
    "linear": ScoreFormula.linear,
    "bands": ScoreFormula.bands,
    "cases": ScoreFormula.judged,
    "proportional": ScoreFormula.proportional,
    "levels": ScoreFormula.by_level,
    "checklist": ScoreFormula.checklist,
    "count_deduct": ScoreFormula.count_deduct,
    "range_deduct": ScoreFormula.range_deduct,
    "choice": ScoreFormula.choice,
    "judged": ScoreFormula.judged,
}
