"""How a rule came to its answer in one workbook: every value with its cell, every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from workbook_tool.checks.applies import applies
from workbook_tool.forms.expressions import Expression, compile_expression, evaluate, in_words
from workbook_tool.forms.figures import total_figure
from workbook_tool.forms.language.compiled import CompiledRule, compile_rule
from workbook_tool.forms.language.records import Records
from workbook_tool.forms.language.scope import ITEM
from workbook_tool.model import Assessment, Batch, Pack
from workbook_tool.outputs.prose import Prose
from workbook_tool.outputs.score_trace import Scores
from workbook_tool.outputs.workings import Target, Workings, noted

MOST_RECORDS = 6
"""Records shown of one rule, those that fail first."""

ANSWERS = {"fail": ("不符", "bold red"), "unknown": ("无法判断", "yellow"), "pass": ("符合", "green")}


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one field of one record; without an expression where a function judges."""

    record: int
    label: str
    answer: str
    expression: Expression | None = None


def page(code: str, file: Path, assessment: Assessment, pack: Pack) -> RenderableType:
    """What `explain CODE FILE` prints of the file, which is a batch of one."""
    rule = next((r for r in pack.rules if r.code == code), None)
    parts: list[RenderableType] = [Text(f"\n{file}", "bold")]
    if rule is None:
        found = [*_sentences(_findings(code, assessment)), *Scores(assessment, pack).criteria(code)]
        parts += found or [Text("这份表里没有这一条的问题。")]
    elif rule.builtin:
        found = [*_sentences(_findings(code, assessment))] or [Text("这份表里没有这一条的问题。")]
        parts += [*found, *Scores(assessment, pack).sheets(rule)]
    else:
        parts += _Traced(compile_rule(rule, pack), assessment, pack).pages()
    return Group(*parts)


def _findings(code: str, assessment: Assessment) -> list[dict[Any, Any]]:
    found = assessment.findings
    return found[found["code"] == code].to_dict("records")


def _sentences(findings: Sequence[dict[Any, Any]]) -> Iterator[Prose]:
    for line in findings:
        place = f"{line['sheet'] or ''}!{line['cell']}" if line["cell"] else line["sheet"] or ""
        yield Prose(f"{place}  {line['message']}".strip())


class _Traced:
    """A rule of the pack in one workbook."""

    def __init__(self, compiled: CompiledRule, assessment: Assessment, pack: Pack):
        self.compiled, self.assessment, self.pack = compiled, assessment, pack
        self.rule, self.table = compiled.rule, compiled.table
        self.batch: Batch = assessment.batch
        self.workings = Workings(self.batch, pack)
        self.findings = _findings(self.rule.code, assessment)

    def pages(self) -> Iterator[RenderableType]:
        """How many records came out how, then those worth a look."""
        order = list(ANSWERS)
        verdicts = sorted(self._verdicts(), key=lambda v: (order.index(v.answer), v.record))
        if not verdicts:
            yield Text("这份表里没有要按这一条核对的格子。")
            return
        counts = {a: sum(v.answer == a for v in verdicts) for a in order}
        says = "，".join(f"{ANSWERS[a][0]} {n} 处" for a, n in counts.items() if n)
        yield Text(f"核对了 {len(verdicts)} 处：{says}。")
        shown = [v for v in verdicts if v.answer != "pass"] or verdicts[:1]
        for verdict in shown[:MOST_RECORDS]:
            yield self._verdict_page(verdict)
        if len(shown) > MOST_RECORDS:
            yield Text(f"\n其余 {len(shown) - MOST_RECORDS} 处没有列出。")

    # ---- verdicts

    def _verdicts(self) -> Iterator[Verdict]:
        """The answer for every record and field that the rule looks at."""
        frame, records = self.batch.frames[self.table.name], Records(self.batch, self.pack)
        if self.rule.python:
            yield from self._found_by_function(records)
        for label, expression in self.compiled.verdicts.items():
            holds = evaluate(expression, self.batch, self.pack)
            if expression.kind != "boolean":
                declared = compile_expression(ITEM, self.pack, self.table.name, label)
                holds = evaluate(declared, self.batch, self.pack) == holds
            checked = applies(self.compiled, label, records).values
            for record in frame.index[checked]:
                known = bool(pd.notna(holds[record]))
                answer = ("pass" if holds[record] else "fail") if known else "unknown"
                yield Verdict(int(record), label, answer, expression)

    def _found_by_function(self, records: Records) -> Iterator[Verdict]:
        """A function tells only what fails; of the rest no more is known than that it does not."""
        failed = {f"{line['sheet']}!{line['cell']}" for line in self.findings}
        for label in self.rule.fields:
            checked = applies(self.compiled, label, records).values
            lines = [int(record) for record in self.batch.frames[self.table.name].index[checked]]
            targets = [(self.table.name, record, label) for record in lines]
            for record, address in zip(lines, self.workings.addresses(targets), strict=True):
                yield Verdict(record, label, "fail" if address in failed else "pass")

    # ---- one verdict

    def _verdict_page(self, verdict: Verdict) -> RenderableType:
        frame, record = self.table.name, verdict.record
        fields = [verdict.label] if self._alone(verdict) else list(self.rule.fields)
        own: list[Target] = [(frame, record, label) for label in fields]
        word, style = ANSWERS[verdict.answer]
        places = "、".join(self.workings.addresses(own))
        name = f"{self.workings.row_name(frame, record)}{'、'.join(fields)}"
        told: list[RenderableType] = [Text.assemble(f"\n{places}  {name}：", (word, style))]
        condition = self.compiled.when[verdict.label]
        used = [e for e in (condition, verdict.expression) if e is not None]
        related = [] if used else self._related(places)
        told.append(self.workings.values([*own, *self.workings.targets(used, record), *related], frame))
        told += self._steps(verdict, condition)
        sentences = [line["message"] for line in self.findings if self._at(line) in places.split("、")]
        return Group(*told, *(Prose(f"意见：{says}") for says in sentences))

    def _alone(self, verdict: Verdict) -> bool:
        """Whether the verdict is about its own field alone, not about all the fields of the rule."""
        return verdict.expression is None or verdict.expression.uses_item or bool(self.rule.total)

    def _steps(self, verdict: Verdict, condition: Expression | None) -> Iterator[RenderableType]:
        if verdict.expression is None:
            yield noted(f"由模板包里的函数“{self.rule.python}”核对。上面是要核对的格子和它提到的格子。")
            return
        if condition is not None:
            yield Prose(f"前提：{in_words(condition)}　→　{self.workings.result(condition, verdict.record)}")
        steps: list[RenderableType] = list(self.workings.steps(verdict.expression, verdict.record))
        if self.rule.total:
            steps += self._difference(verdict)
        if steps:
            yield noted("怎样算的")
            yield from steps

    def _difference(self, verdict: Verdict) -> Iterator[Prose]:
        """What was declared beside what was computed."""
        totals = self.assessment.totals
        mine = totals[
            totals["rule"].eq(self.rule.code)
            & totals["record"].eq(verdict.record)
            & totals["field"].eq(verdict.label)
        ]
        field = self.table.by_label[verdict.label]
        for line in mine.to_dict("records"):
            known = {k: line[k] for k in ("declared", "computed", "difference") if not pd.isna(line[k])}
            told = {k: total_figure(int(v), field, self.pack) for k, v in known.items()}
            if len(told) == len(("declared", "computed", "difference")):
                off = told["difference"].removeprefix("-")
                says = f"填的是 {told['declared']}，应为 {told['computed']}"
                yield Prose(f"{says}，{f'相差 {off}' if known['difference'] else '相符'}")

    # ---- findings

    def _at(self, line: dict[Any, Any]) -> str:
        return f"{line['sheet']}!{line['cell']}"

    def _related(self, places: str) -> list[Target]:
        """The other cells that a function has named beside these."""
        named = {at for line in self.findings if self._at(line) == places for at in line["related"]}
        if not named:
            return []
        every = [
            (name, int(record), field.label)
            for name, lines in self.batch.frames.items()
            for field in self.pack.tables[name].fields
            for record in lines.index
        ]
        return [t for t, at in zip(every, self.workings.addresses(every), strict=True) if at in named]
