"""The lines of a score sheet, seen from a cell: the criteria of the pack, and the rows a department wrote."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from workbook_tool.forms.formulas.rows import aggregate
from workbook_tool.forms.formulas.score_methods import PERSON, UNKNOWN, ScoreFormula, chosen
from workbook_tool.forms.formulas.single import Formula, Place, blank_text, ranges
from workbook_tool.forms.formulas.text import blank_test, normal_text, quoted
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.scope import kind_of
from workbook_tool.forms.language.syntax import (
    Binary,
    Expression,
    Fixed,
    Literal,
    Node,
    Own,
    Reference,
    normal,
)
from workbook_tool.forms.score_words import UNPROVEN, as_text
from workbook_tool.forms.scoring import Scorer, as_points
from workbook_tool.model import Criterion, Pack, PackError, Rubric

Cell = tuple[str, str, str | None]
"""Frame, field and fixed key; without a key the record at hand, or a form's only one."""


class ScoreLine(ScoreFormula):
    """The line of a criterion of the pack.

    Args:
        criterion: The criterion.
        rubric: Its rubric.
        pack: What the fields are.
        place: Seen from the cell that the formula is written into.

    Attributes:
        claimed: The cell of the self score.
        explained: The cell where a lower one is explained; None where the form has none.
    """

    def __init__(self, criterion: Criterion, rubric: Rubric, pack: Pack, place: Place):
        formula = Formula(place, pack, aggregate, strict=True)
        subject = rubric.subject.rpartition(".")[0]
        super().__init__(criterion, rubric, formula, subject, Scorer.of(criterion, rubric).full)
        self.criterion = criterion
        self.claimed: Cell = (rubric.on, rubric.self_score, criterion.key)
        self.explained: Cell | None = (rubric.on, rubric.reason, criterion.key)
        if criterion.cell is not None:
            self.claimed, self.explained = cell_of(criterion.cell, rubric, pack), None

    @property
    def title(self) -> str:
        """What findings call it."""
        titles = [criterion.title for criterion in self.rubric.criteria]
        unique = titles.count(self.criterion.title) == 1
        return self.criterion.title if unique else self.criterion.key

    @property
    def blank_counts(self) -> bool:
        """Whether a blank self score is 0."""
        frame, label, _ = self.claimed
        return self.pack.tables[frame].by_label[label].blank == "zero"

    @property
    def claim_cell(self) -> str:
        """The address of the self score."""
        return self.place.cell(*self.claimed)

    @cached_property
    def claim(self) -> str:
        """The self score, unknown where it is blank."""
        return points_at(self.claim_cell, self.formula, self.claimed)

    @property
    def full_known(self) -> str:
        """The most it can give, which is always known."""
        return self.full

    @property
    def claim_known(self) -> str:
        """The self score where it is known that there is one."""
        return f"ROUND({self.claim_cell},4)"

    def item_key(self, position: int) -> str:
        """The fixed key of an item's row; positions count from 0."""
        return f"{self.criterion.key}·{position + 1}"


def cell_of(written: str, rubric: Rubric, pack: Pack) -> Cell:
    """The cell that a rubric names by an expression (`资金[合计].得分`).

    Raises:
        PackError: It is no field for points.
    """
    node = compile_expression(written, pack, rubric.subject.rpartition(".")[0]).node
    if not isinstance(node, Reference) or node.kind != "points":
        raise PackError(f"应是一个填分数的栏目：“{written}”", rubric.file or None)
    return node.frame, node.field, node.key if isinstance(node, Fixed) else None


def points_at(address: str, formula: Formula, cell: Cell) -> str:
    """The points in a cell, unknown where it is blank."""
    frame, label, _ = cell
    kind = kind_of(formula.pack.tables[frame].by_label[label])
    return f"ROUND({formula.value_of(address, Own(kind, frame, label))},4)"


class WrittenLine:
    """A row of the score table that a department wrote, seen from the row.

    Args:
        rubric: Its rubric.
        pack: What the fields are.
        place: Seen from the row.

    Attributes:
        claim: Its self score, unknown where it is blank; claim_known where it is not.
        full: Its weight, unknown where it is blank; full_known where it is not.
    """

    def __init__(self, rubric: Rubric, pack: Pack, place: Place):
        assert rubric.lines is not None
        self.rubric, self.pack, self.place, self.lines = rubric, pack, place, rubric.lines
        self.formula = Formula(place, pack, aggregate, strict=True)
        self.claimed: Cell = (rubric.on, rubric.self_score, None)
        self.explained: Cell = (rubric.on, rubric.reason, None)
        self.weighed: Cell = (rubric.on, rubric.weight, None)
        claim, weight = place.cell(*self.claimed), place.cell(*self.weighed)
        self.claim, self.claim_known = points_at(claim, self.formula, self.claimed), f"ROUND({claim},4)"
        self.full, self.full_known = points_at(weight, self.formula, self.weighed), f"ROUND({weight},4)"

    @property
    def used(self) -> str:
        """Whether the row has a title, a weight or a self score."""
        blank = blank_text(self.place, self.pack, self.rubric.on, self.lines.title)
        numbers = (self.place.cell(*cell) for cell in (self.weighed, self.claimed))
        return f"OR(NOT({blank}),COUNT({','.join(numbers)})>0)"

    @cached_property
    def ways(self) -> list[tuple[Expression, ScoreFormula]]:
        """Every way of scoring, where the weight is known, with the condition under which it holds."""
        return [
            (
                compile_expression(way.when, self.pack, self.rubric.on),
                ScoreFormula(way, self.rubric, self.formula, self.rubric.on, self.full_known),
            )
            for way in self.lines.ways
        ]

    def score(self) -> str:
        """The score by the first way whose condition holds; unknown where an earlier one may."""
        found = self.by_way([way.score() for _, way in self.ways], UNKNOWN)
        return f"IF(ISNUMBER({self.full}),{found},{UNKNOWN})"

    def by_way(self, texts: Sequence[str], otherwise: str) -> str:
        """What goes with the way of this row; unknown where it is not known which that is."""
        nodes = [condition.node for condition, _ in self.ways]
        asked = _asked(nodes)
        if asked is not None:
            field, answers = asked
            given = dict(zip(answers, texts, strict=True))
            return chosen(self.formula.compared(field), given, otherwise=otherwise)
        found = otherwise
        for node, text in reversed(list(zip(nodes, texts, strict=True))):
            found = f"IF({self.formula.of(node)},{text},{found})"
        return found


def _asked(nodes: Sequence[Node]) -> tuple[Node, list[str]] | None:
    """The field and the answers, where each of the conditions asks for another answer in one field."""
    found = [
        (node.left, normal(node.right.value))
        for node in nodes
        if isinstance(node, Binary) and node.operator == "==" and isinstance(node.left, Own)
        if isinstance(node.right, Literal) and isinstance(node.right.value, str)
    ]
    answers = [answer for _, answer in found]
    if len({field for field, _ in found}) != 1 or len(set(answers)) != len(nodes):
        return None
    return found[0][0], answers


class WrittenRows:
    """All the rows that a department wrote, as columns.

    Args:
        rubric: Their rubric.
        pack: What the fields are.
        place: Seen from the cell that the formula is written into.
    """

    def __init__(self, rubric: Rubric, pack: Pack, place: Place):
        assert rubric.lines is not None
        self.pack, self.title = pack, pack.tables[rubric.on].by_label[rubric.lines.title]
        self.claims, self.weights, self.titles = (
            ranges(place.column(rubric.on, label))
            for label in (rubric.self_score, rubric.weight, self.title.label)
        )

    def _titled(self, titles: str) -> str:
        """1 for each row that has a title, else 0."""
        words = self.pack.blank_words(self.title)
        nothing = "+".join(f"EXACT(ASC({quoted(normal(w))}),{normal_text(titles)})" for w in words)
        return f"(1-({blank_test(titles)}))" + (f"*(1-({nothing}>0))" if words else "")

    def claimed(self) -> str:
        """The sum of the self scores, unknown where one is blank in a row that is used."""
        lacking = "+".join(
            f"SUMPRODUCT(({self._titled(t)}+ISNUMBER({w})>0)*(1-ISNUMBER({c})))"
            for t, w, c in zip(self.titles, self.weights, self.claims, strict=True)
        )
        return f"IF({lacking}>0,{UNKNOWN},SUM({','.join(self.claims)}))"

    def counted(self, measured: Sequence[str]) -> str:
        """The sum of the recomputed scores; where a person judges the self score within its bounds."""
        judged = [f"({m}={PERSON})" for m in measured]
        parts = [f"SUM({','.join(measured)})"]
        for j, c, w in zip(judged, self.claims, self.weights, strict=True):
            # as an argument of its own a text in the column counts as nothing instead of breaking the sum
            parts.append(f"SUMPRODUCT({j}*({c}>=0)*({c}<={w}),{c})+SUMPRODUCT({j}*({c}>{w}),{w})")
        lacking = "+".join(
            f"SUMPRODUCT({j}*(1-ISNUMBER({c})))" for j, c in zip(judged, self.claims, strict=True)
        )
        return f"IF({lacking}>0,{UNKNOWN},{'+'.join(parts)})"

    def unproven(self, measured: Sequence[str]) -> str:
        """The self scores without data."""
        pairs = zip(measured, self.claims, strict=True)
        return "+".join(f"SUMPRODUCT(1*({m}={quoted(UNPROVEN)}),{c})" for m, c in pairs)


def total_claim(lines: Sequence[ScoreLine], rows: WrittenRows | None = None) -> str:
    """The sum of self scores, unknown where one is blank."""
    sums = [rows.claimed()] if rows is not None else []
    if any(line.blank_counts for line in lines):
        sums += [line.claim for line in lines]
    elif lines:
        cells = ",".join(line.claim_cell for line in lines)
        sums.append(f"IF(COUNT({cells})={len(lines)},SUM({cells}),{UNKNOWN})")
    return f"ROUND({'+'.join(sums)},4)"


def grade_of(score: str, rubric: Rubric) -> str:
    """The grade of the highest bound that a score reaches; an error below every bound."""
    grades = sorted(rubric.grades, key=lambda grade: grade.least)
    bounds = ",".join(as_text(as_points(grade.least)) for grade in grades)
    return f"LOOKUP({score},{{{bounds}}},{{{','.join(quoted(grade.name) for grade in grades)}}})"


def limit_of(share: str | None, rubric: Rubric) -> str:
    """The points that some criteria hold together."""
    return as_text(as_points(rubric.shares[share or ""]))
