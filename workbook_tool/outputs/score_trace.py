"""How a score sheet came to its scores: which figures, which way of scoring, every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from workbook_tool.checks.rubric import score_rubric
from workbook_tool.checks.scored import AGREES, DIFFERS, UNPROVEN, Line, Scored
from workbook_tool.forms.expressions import in_words as words_of
from workbook_tool.forms.score_words import as_text, in_words
from workbook_tool.model import Assessment, Pack, Rubric, Rule
from workbook_tool.outputs.prose import Prose
from workbook_tool.outputs.workings import UNKNOWN, Workings, noted

STYLES = {AGREES: "green", DIFFERS: "bold red", UNPROVEN: "yellow"}
NOTHING = "—"


class Scores:
    """The score sheets of one workbook.

    Args:
        assessment: A batch of one.
        pack: Its pack.
    """

    def __init__(self, assessment: Assessment, pack: Pack):
        self.assessment, self.pack = assessment, pack
        self.workings = Workings(assessment.batch, pack)
        self.told = {
            (line["rubric"], line["subject"], line["instance"], line["id"]): str(line["because"])
            for line in assessment.criteria.to_dict("records")
        }

    def scored(self, rubric: Rubric) -> Scored:
        """A rubric, scored with all that the scores rest on."""
        return score_rubric(rubric, self.assessment.batch, self.pack, {})

    def because(self, scored: Scored, number: int, line: Line) -> str:
        """How a score came about, in a sentence."""
        _, rubric, subject, instance = scored.subject(number)
        return self.told.get((rubric, subject, instance, line.id)) or line.because

    # ---- a criterion

    def criteria(self, name: str) -> Iterator[RenderableType]:
        """Everything about the criterion, or row, of that id or title, for each subject."""
        for rubric in self.pack.rubrics:
            scored = self.scored(rubric)
            for number, lines in enumerate(scored.lines):
                for line in lines:
                    if line.there and name in (line.id, line.title):
                        yield self._criterion(scored, number, line)

    def _criterion(self, scored: Scored, number: int, line: Line) -> RenderableType:
        home = scored.subjects.frame
        (address,) = self.workings.addresses([line.place])
        claim, score = _points(line.claim), _points(line.score)
        head = Text.assemble(
            f"\n{address}  {scored.names[number]}·{line.title}：自评 {claim}，复核 {score}，",
            (line.status, STYLES.get(line.status, "")),
        )
        values = self.workings.values([line.place, *line.basis.cells(line.at)], home)
        steps = list(self._steps(line))
        told: list[RenderableType] = [noted("怎样算的"), *steps] if steps else []
        return Group(head, values, *told, noted("怎样得分的"), Prose(self.because(scored, number, line)))

    def _steps(self, line: Line) -> Iterator[RenderableType]:
        """What chose the method, the figure that is scored, and each special case."""
        cases = line.scorer.criterion.cases if line.scorer else ()
        expressions = list(line.basis.expressions)
        ordinary = len(expressions) - len(cases)
        for expression in expressions[:ordinary]:
            yield from self.workings.steps(expression, line.at)
        for case, expression in zip(cases, expressions[ordinary:], strict=True):
            result = self.workings.result(expression, line.at)
            yield Prose(f"特殊情形“{case.says}”：{words_of(expression)}　→　{result}")

    # ---- a check of the engine on a whole score sheet

    def sheets(self, rule: Rule) -> Iterator[RenderableType]:
        """What a builtin rule looked at, for each subject: one line a criterion."""
        scored = self.scored(self.pack.rubric(rule.rubric or ""))
        for number, lines in enumerate(scored.lines):
            there = [line for line in lines if line.there]
            if there:
                yield Text(f"\n{scored.rubric.title}　{scored.names[number]}", "bold")
                yield from self._sheet(rule, scored, number, there)
        yield noted("\n一个指标的算法，用 explain 加指标的名称或编号来看。")

    def _sheet(self, rule: Rule, scored: Scored, number: int, lines: list[Line]) -> Iterator[RenderableType]:
        if rule.builtin == "score_grade":
            yield from self._grade(scored, number)
            return
        last, tell = self._looks_at(rule.builtin or "", scored, number)
        grid = Grid(box=None, pad_edge=False, header_style="dim")
        for title in ("在哪一格", "指标", "分值", "自评", "复核", "结论", last):
            grid.add_column(title, justify="right" if title in ("分值", "自评", "复核") else "left")
        for line, address in zip(lines, self.workings.addresses([x.place for x in lines]), strict=True):
            points = (line.full, line.claim, line.score)
            status = Text(line.status, STYLES.get(line.status, ""), no_wrap=True)
            figures = (Text(_points(p), no_wrap=True) for p in points)
            grid.add_row(Text(address, no_wrap=True), Prose(line.title), *figures, status, Prose(tell(line)))
        yield grid

    def _looks_at(self, builtin: str, scored: Scored, number: int) -> tuple[str, Callable[[Line], str]]:
        """What a rule looks at beside the scores: the head of the column, and its text for a line."""
        match builtin:
            case "score_within":
                return "可以填", lambda line: f"0 至 {_points(line.full)}"
            case "score_step":
                return "评分标准能不能得出这个分", self._reachable
            case "score_reason":
                return (
                    scored.rubric.reason,
                    lambda line: self.workings.shown(line.reason) if line.reason else NOTHING,
                )
        return "怎样得分的", lambda line: self.because(scored, number, line)

    def _reachable(self, line: Line) -> str:
        if line.scorer is None or line.claim is None:
            return NOTHING
        reachable = line.scorer.reachable
        if any(low <= line.claim <= high for low, high in reachable):
            return "能"
        return f"不能，只能是 {in_words(reachable, line.claim)}"

    def _grade(self, scored: Scored, number: int) -> Iterator[RenderableType]:
        """The sum of the self scores, the bounds of the grades, and the grade that was declared."""
        rubric = scored.rubric
        grades = sorted(rubric.grades, key=lambda grade: -grade.least)
        yield Prose("等次：" + "，".join(f"{g.least} 分（含）以上为{g.name}" for g in grades) + "。")
        claim = scored.claim(number)
        total = UNKNOWN if claim is None else f"{as_text(claim)} 分"
        yield Prose(f"各指标自评得分之和　→　{total}")
        if rubric.grade is not None:
            frame, _, label = rubric.grade.rpartition(".")
            record = int(scored.subjects.form(frame)[number])
            if record >= 0:
                yield self.workings.values([(frame, record, label)], scored.subjects.frame)


def _points(points: int | None) -> str:
    return NOTHING if points is None else as_text(points)
