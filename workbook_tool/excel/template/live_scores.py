"""The live checks of a score sheet: the score that the data give, beside the self score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbook_tool.excel.template.calculated import TabPlace, cell_at, runs_of
from workbook_tool.excel.template.live_tab import LiveTab
from workbook_tool.excel.template.paper import Line
from workbook_tool.excel.template.results import Result
from workbook_tool.forms.formulas.live import PASS, cell_of
from workbook_tool.forms.formulas.score_formulas import (
    grade,
    grade_verdict,
    item_verdict,
    measured,
    measured_row,
    recomputed,
    row_verdict,
    score_verdict,
    unproven,
)
from workbook_tool.model import Criterion, Rubric, Rule

Verdict = tuple[str, int, Line | None, str]
"""The frame, row and line where a verdict stands, and its formula."""


class ScoreCells:
    """The live cells of the rubrics whose scores, items or grade stand on a tab."""

    def __init__(self, checks: LiveTab) -> None:
        self.checks, self.book, self.tab = checks, checks.book, checks.tab
        self.pack, self.layout, self.plan = checks.pack, checks.tab.layout, checks.plan

    def build(self) -> None:
        """Scores first, which the verdicts read."""
        for rubric in self.pack.rubrics:
            if rubric.on in self.layout.lines:
                self._measured(rubric)
        for (code, frame, label), column in self.plan.verdicts.items():
            rule = self.pack.rule(code)
            if rule.builtin and rule.rubric:
                for _, row, line, text in self._verdicts(rule, self.pack.rubric(rule.rubric), frame):
                    self.checks.put_verdict((code, frame, label), column, row, line, text)

    # ---- scores ----

    def _measured(self, rubric: Rubric) -> None:
        scores = self.book.answers.measured()
        for criterion, (frame, label, line) in self._criteria(rubric):
            text = measured(criterion, rubric, self.pack, self._place(frame, line))
            text = self.checks.guarded(text, line.row, False)
            self._score(frame, label, line, text, scores)
        for line in self._rows(rubric):
            text = measured_row(rubric, self.pack, self._place(rubric.on, line))
            self._score(rubric.on, rubric.self_score, line, text, scores)
        self._total(rubric)

    def _score(
        self, frame: str, label: str, line: Line, text: str, scores: Mapping[tuple[str, int], Result]
    ) -> None:
        """One recomputed score, and how far the self score is from it."""
        assert self.plan.measured is not None
        record = self.book.answers.record(frame, self.tab.name, line.row)
        found = "" if record is None else scores.get((frame, record), "")
        self.checks.put(line.row, self.plan.measured, text, found)
        self._gap(frame, label, line, found)

    def _gap(self, frame: str, label: str, line: Line, found: Result) -> None:
        assert self.plan.measured is not None and self.plan.gap is not None
        own = cell_at(line.row, self.layout.columns[frame][label])
        score = cell_at(line.row, self.plan.measured)
        text = f'IF(AND(ISNUMBER({own}),ISNUMBER({score})),ROUND({own}-{score},4),"")'
        record = self.book.answers.record(frame, self.tab.name, line.row)
        claim = self.book.answers.points(frame, label, record)
        known = claim is not None and isinstance(found, float)
        off: Result = round(claim - found, 4) if known and claim is not None else ""  # type: ignore[operator]
        self.checks.put(line.row, self.plan.gap, text, off)

    def _total(self, rubric: Rubric) -> None:
        """The total that the data give, its grade, and the points that no data support."""
        at = self._cell(rubric.total, rubric)
        if at is None:
            return
        frame, label, line = at
        assert self.plan.measured is not None
        place, cells, rows = self._place(frame, line), self._cells(rubric), self._row_cells(rubric)
        total, doubtful, earned = self.book.answers.score(rubric, self.tab.instance)
        if not self.checks.is_filled:
            total, doubtful, earned = "", 0, ""
        text = recomputed(rubric, self.pack, place, cells, rows)
        self.checks.put(line.row, self.plan.measured, self.checks.guarded(text, line.row, False), total)
        self._gap(frame, label, line, total)
        points = unproven(rubric, self.pack, place, cells, rows)
        of = grade(rubric, cell_at(line.row, self.plan.measured))
        fragment = f'"{PASS} 测算等次："&{of}&IF({points}>0,"，另有 "&{points}&" 分无依据","")'
        told = f"{PASS} 测算等次：{earned}" + (f"，另有 {doubtful:g} 分无依据" if doubtful else "")
        self.book.remark(self.tab, line.row, fragment, told)

    # ---- verdicts ----

    def _verdicts(self, rule: Rule, rubric: Rubric, frame: str) -> Iterator[Verdict]:
        if rule.builtin == "score_grade":
            row, _ = self.layout.cells[rule.on][rule.fields[0]]
            yield frame, row, None, grade_verdict(rule, rubric, self.pack, self._place(frame, None))
            return
        cells = self._cells(rubric)
        for criterion, (at, _, line) in self._criteria(rubric):
            if at == frame:
                cell, place = cells[criterion.id], self._place(at, line)
                text = score_verdict(rule, criterion, rubric, self.pack, place, measured_cell=cell)
                if text is not None:
                    yield frame, line.row, line, text
        if frame == rubric.on:
            yield from self._row_verdicts(rule, rubric)
        elif rule.builtin == "score_step":
            yield from self._item_verdicts(rule, rubric, frame)

    def _row_verdicts(self, rule: Rule, rubric: Rubric) -> Iterator[Verdict]:
        assert self.plan.measured is not None
        for line in self._rows(rubric):
            cell, place = cell_at(line.row, self.plan.measured), self._place(rubric.on, line)
            text = row_verdict(rule, rubric, self.pack, place, measured_cell=cell, row=line.key or "")
            if text is not None:
                yield rubric.on, line.row, line, text

    def _item_verdicts(self, rule: Rule, rubric: Rubric, frame: str) -> Iterator[Verdict]:
        lines = {line.key: line for line in self.layout.lines[frame]}
        for criterion in rubric.criteria:
            for position in range(len(criterion.items)):
                line = lines.get(f"{criterion.key}·{position + 1}")
                if line is not None:
                    place = self._place(frame, line)
                    text = item_verdict(rule, criterion, position, rubric, self.pack, place=place)
                    if text is not None:
                        yield frame, line.row, line, text

    # ---- places ----

    def _criteria(self, rubric: Rubric) -> Iterator[tuple[Criterion, tuple[str, str, Line]]]:
        """The pack's criteria with the cell of their self score: frame, field and line."""
        for criterion in rubric.criteria:
            if criterion.cell is not None:
                at = self._cell(criterion.cell, rubric)
            else:
                at = self._found(rubric.on, rubric.self_score, criterion.key)
            if at is not None:
                yield criterion, at

    def _cell(self, written: str | None, rubric: Rubric) -> tuple[str, str, Line] | None:
        """A cell that the rubric names, where it is one of a table on this tab."""
        return None if written is None else self._found(*cell_of(written, rubric, self.pack))

    def _found(self, frame: str, label: str, key: str | None) -> tuple[str, str, Line] | None:
        lines = [line for line in self.layout.lines.get(frame, ()) if line.key == key]
        return (frame, label, lines[0]) if lines and key is not None else None

    def _rows(self, rubric: Rubric) -> list[Line]:
        """The lines in which the department writes criteria of its own."""
        if rubric.lines is None:
            return []
        return [line for line in self.layout.lines[rubric.on] if not line.total]

    def _cells(self, rubric: Rubric) -> dict[str, str]:
        """Where the score of each criterion stands."""
        column = self.plan.measured
        if column is None:
            return {}
        return {criterion.id: cell_at(line.row, column) for criterion, (_, _, line) in self._criteria(rubric)}

    def _row_cells(self, rubric: Rubric) -> list[str]:
        """Where the scores of the rows stand."""
        if rubric.lines is None or self.plan.measured is None:
            return []
        runs = runs_of(self.tab, self.pack.tables[rubric.on], self.plan.measured)
        return [run.address(self.tab.name) for run in runs]

    def _place(self, frame: str, line: Line | None) -> TabPlace:
        return TabPlace(self.book.papers, self.tab, frame, line, copied=True)
