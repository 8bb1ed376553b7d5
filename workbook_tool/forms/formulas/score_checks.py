"""The checks on one line of a score sheet, as formulas of a verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import methodcaller

from workbook_tool.forms.figures import plain
from workbook_tool.forms.formulas.live import PASS
from workbook_tool.forms.formulas.live_messages import sentence
from workbook_tool.forms.formulas.score_evidence import spoilt, spoilt_row
from workbook_tool.forms.formulas.score_lines import Cell, ScoreLine, WrittenLine, limit_of, total_claim
from workbook_tool.forms.formulas.score_methods import PERSON, UNKNOWN, ScoreFormula
from workbook_tool.forms.formulas.single import NoFormula, blank_text
from workbook_tool.forms.formulas.text import quoted
from workbook_tool.forms.language.messages import DECLARED, DIFFERENCE, EXPECTED
from workbook_tool.forms.score_words import UNPROVEN, as_text, in_words, lists_all
from workbook_tool.forms.writing.ranges import read_range
from workbook_tool.model import Level

Told = Mapping[str, str | None]
"""What 填报, 应为 and 相差 are, as fragments of a formula."""

Say = Callable[[Cell, Told], str]
"""Writes the fragment that says what is wrong with a cell."""

NOTHING = '""'
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ALL = ("proportional", "levels", "judged")
"""The ways of scoring that can give any score up to the full points."""


class LineCheck:
    """A line that the rules are checked on.

    Args:
        line: The line.
        measured_cell: Where its recomputed score stands.
        say: Writes what is wrong.

    Attributes:
        most: What the self score should be at most.
        points: The self score where it is known that there is one.
        over: Whether the self score is more than the line can give.
        outside: Whether it is out of its bounds: of such a one nothing more is said.
    """

    def __init__(self, line: ScoreLine | WrittenLine, measured_cell: str, say: Say):
        self.measured, self.say = measured_cell, say
        self.rubric, self.pack, self.place = line.rubric, line.pack, line.place
        self.claim, self.points, self.full = line.claim, line.claim_known, line.full_known
        self.most = self.full
        self.claimed, self.explained = line.claimed, line.explained
        self.over = f"{self.claim}>{line.full}"
        self.outside = f"OR({self.claim}<0,{self.points}>{line.full})"

    def fails(
        self, declared: str | None, expected: str | None, difference: str | None, cell: Cell | None = None
    ) -> str:
        """The fragment that says what is wrong with the self score, or with another cell of the line."""
        off = None if difference is None else f"ROUND({difference},4)"
        told = {DECLARED: declared, EXPECTED: expected, DIFFERENCE: off}
        return self.say(cell or self.claimed, told)

    def in_bounds(self, verdict: str) -> str:
        """A verdict on a self score that has no other fault."""
        return f"IF({self.outside},{NOTHING},{verdict})"

    @property
    def quiet(self) -> str:
        """Nothing to say, but that the self score is blank."""
        return f"IF(ISERROR({self.claim}),{UNKNOWN},{NOTHING})"

    def is_unproven(self, then: str, otherwise: str) -> str:
        """One thing where the line has no data, another where it has."""
        return f"IF({self.measured}={quoted(UNPROVEN)},{then},{otherwise})"

    def _within(self, right: str) -> str:
        frame, label, _ = self.claimed
        least = self.pack.tables[frame].by_label[label].min
        below = self.fails(self.points, self.most, self.points)
        if least is not None:  # then the field itself has its finding
            below = NOTHING if right == f'"{PASS}"' else right
        above = self.fails(self.points, self.full, f"{self.points}-{self.full}")
        return f"IF({self.over},{above},IF({self.points}<0,{below},{right}))"

    def _explained(self, cell: Cell) -> str:
        less = f"AND({self.points}<{self.full},{self._no_reason(cell)})"
        wrong = self.fails(None, None, f"{self.points}-{self.full}", cell)
        return self.in_bounds(f'IF({less},{wrong},"{PASS}")')

    def _no_reason(self, cell: Cell) -> str:
        return f"IFERROR({blank_text(self.place, self.pack, *cell)},FALSE)"

    def recalc(self) -> str:
        """A self score that the data contradict."""
        wrong = self.fails(self.points, self.measured, f"{self.points}-{self.measured}")
        claim, score = self.points, self.measured
        if self.rubric.decimals < 4:
            claim, score = (f"ROUND({points},{self.rubric.decimals})" for points in (claim, score))
        text = f'IF({self.measured}={PERSON},{NOTHING},IF({claim}={score},"{PASS}",{wrong}))'
        return self.is_unproven(UNKNOWN, self.in_bounds(text))

    def _proven(self, unusable: str) -> str:
        """Points without data behind them, unless the data are there and cannot be used."""
        wrong = self.fails(self.points, None, None)
        wrong = wrong if unusable == "FALSE" else f"IF({unusable},{UNKNOWN},{wrong})"
        lacking = f"IF({self.points}>0,{wrong},{NOTHING})"
        proven = f'IF({self.measured}={PERSON},{NOTHING},"{PASS}")'
        return self.in_bounds(self.is_unproven(lacking, proven))

    # ---- scores that the method cannot give ----

    def _steps(self, line: ScoreFormula) -> str:
        """Whether the method can give the self score; nothing where it can give any."""
        if line.method.scoring == "levels":
            return self._in_level(line)
        if _gives_all(line):
            return NOTHING
        if line.has_cell:
            raise NoFormula("分值写在行里的，得分只能逐档给出时不能写成公式")
        reachable = line.scorer.reachable
        rows = [(-1, -1), *reachable] if reachable[0][0] > 0 else reachable
        lows, highs = (",".join(_points(row[n]) for row in rows) for n in (0, 1))
        reached = f"LOOKUP({self.points},{{{lows}}},{{{highs}}})>={self.points}"
        wrong = self.fails(self.points, self._nearest(reachable), None)
        return self.is_unproven(f'IF({reached},"{PASS}",{wrong})', NOTHING)

    def _nearest(self, reachable: Sequence[tuple[int, int]]) -> str:
        """The scores that a wrong one is told: all of a few, otherwise the two next to it."""
        if lists_all(reachable):
            return quoted(in_words(reachable, 0))
        starts = [-1, *(high for _, high in reachable)]
        texts = [quoted(in_words(reachable, start + 1)) for start in starts]
        return f"LOOKUP({self.points},{{{','.join(map(_points, starts))}}},{{{','.join(texts)}}})"

    def _in_level(self, line: ScoreFormula) -> str:
        """Whether what a person gave is within the level chosen, where no special case decides."""
        found = line.by_answer({level.name: self._of_level(level) for level in line.method.levels})
        if found is None:
            return NOTHING
        held = [line.formula.of(line.compiled(case.when).node) for case in line.method.cases]
        if held:
            found = f"IF(OR({','.join(f'IFERROR({h},FALSE)' for h in held)}),{NOTHING},{found})"
        return f"IF({self.measured}={PERSON},{found},{NOTHING})"

    def _of_level(self, level: Level) -> str:
        share = read_range(level.range)
        tests = []
        for bound, sign, included in ((share.least, ">", share.least_in), (share.most, "<", share.most_in)):
            if bound is not None:
                off = f"ROUND({self.points}-{self._part(str(bound))},10)"
                tests.append(f"{off}{sign}{'=' if included else ''}0")
        shares = share.in_words("")
        words = {number: self._part(number) for number in _NUMBER.findall(shares)}
        expected = sentence(_NUMBER.sub(r"{\g<0>}", shares), words)
        if None not in (share.least, share.most):  # of no points there is but one part
            expected = f"IF({self.full}=0,0,{expected})"
        return f'IF(AND({",".join(tests or ["TRUE"])}),"{PASS}",{self.fails(self.points, expected, None)})'

    def _part(self, percent: str) -> str:
        return f"ROUND({self.full}*{plain(Decimal(percent) / 100)},10)"


class CriterionCheck(LineCheck):
    """The line of a criterion of the pack."""

    def __init__(self, line: ScoreLine, measured_cell: str, say: Say):
        super().__init__(line, measured_cell, say)
        self.line = line
        name = line.criterion.share
        others = [c for c in line.rubric.criteria if name is not None and c.share == name]
        self.share = [ScoreLine(c, line.rubric, line.pack, line.place) for c in others]

    def within(self) -> str:
        """No self score above its points, no shared ones together above their share."""
        if not self.share or self.share[-1].method.id != self.line.method.id:
            return self._within(f'"{PASS}"')
        limit, total = limit_of(self.line.criterion.share, self.rubric), total_claim(self.share)
        each = ",".join(f"{line.claim}<={limit}" for line in self.share)
        past = self.fails(total, limit, f"{total}-{limit}")
        return self._within(f'IF(AND({total}>{limit},{each}),{past},"{PASS}")')

    def step(self) -> str:
        """No self score that its rule cannot give; where there are data, they say more."""
        found = self._steps(self.line)
        return self.quiet if found == NOTHING else self.in_bounds(found)

    def reason(self) -> str:
        """A self score below its points, or a share not used up, has a reason beside it."""
        if not self.share:
            return self.quiet if self.explained is None else self._explained(self.explained)
        reasons = [line.explained for line in self.share]
        if self.share[0].method.id != self.line.method.id or None in reasons:
            return self.quiet
        limit, total = limit_of(self.line.criterion.share, self.rubric), total_claim(self.share)
        none = ",".join(self._no_reason(cell) for cell in reasons if cell is not None)
        wrong = self.fails(None, None, f"{total}-{limit}", self.explained)
        return f'IF(AND({total}<{limit},{none}),{wrong},"{PASS}")'

    def recalc(self) -> str:
        """A self score that the data contradict."""
        return self.quiet if self.line.is_judged else super().recalc()

    def unproven(self) -> str:
        """Points without data behind them."""
        return self.quiet if self.line.is_judged else self._proven(spoilt(self.line))


class RowCheck(LineCheck):
    """A row that the department writes; its weight may be blank, and then nothing is known of it."""

    def __init__(self, line: WrittenLine, measured_cell: str, say: Say):
        super().__init__(line, measured_cell, say)
        self.line = line
        self.most = f"IFERROR({line.full},{self.points})"
        self.over = f"IFERROR({self.over},FALSE)"
        self.outside = f"IFERROR({self.outside},TRUE)"

    def within(self) -> str:
        """No self score above its points."""
        return self._within(f'"{PASS}"')

    def step(self) -> str:
        """No self score that its way of scoring cannot give."""
        found = [self._steps(way) for _, way in self.line.ways]
        if set(found) == {NOTHING}:
            return NOTHING
        return self.in_bounds(f"IFERROR({self.line.by_way(found, NOTHING)},{NOTHING})")

    def reason(self) -> str:
        """A self score below its points has a reason beside it."""
        return self._explained(self.line.explained)

    def unproven(self) -> str:
        """Points without data behind them."""
        return self._proven(spoilt_row(self.line))


Check = Callable[[CriterionCheck | RowCheck], str]
CHECKS: dict[str, Check] = {
    "score_within": methodcaller("within"),
    "score_step": methodcaller("step"),
    "score_reason": methodcaller("reason"),
    "score_recalc": methodcaller("recalc"),
    "score_unproven": methodcaller("unproven"),
}
"""The rules that have a verdict at every line."""


def _gives_all(line: ScoreFormula) -> bool:
    """Whether the method can give any score up to the full points."""
    if not line.has_cell:
        return line.scorer.reachable == [(0, line.scorer.full)]
    method = line.method
    by_part = method.scoring == "linear" and line.scorer.proportional
    return by_part or method.scoring in _ALL or any(case.points == "judge" for case in method.cases)


def _points(points: int) -> str:
    return "-1" if points < 0 else as_text(points)
