"""How a rule came to its answer in one workbook: every value with its cell, every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from workbook_tool.checks.applies import applies
from workbook_tool.findings import cells_of
from workbook_tool.forms.compiled import CompiledRule, compile_rule
from workbook_tool.forms.evaluation import POINT
from workbook_tool.forms.expressions import Expression, Kind, cells, compile_expression, evaluate, in_words
from workbook_tool.forms.figures import figure, plain, rounded
from workbook_tool.forms.records import Records
from workbook_tool.forms.scope import ITEM
from workbook_tool.forms.syntax import Aggregate, Literal, Node, Own
from workbook_tool.model import Assessment, Batch, Pack
from workbook_tool.outputs.prose import Prose
from workbook_tool.outputs.records import points

MOST_RECORDS = 6
"""Records shown of one rule, those that fail first."""

ANSWERS = {"fail": ("不符", "bold red"), "unknown": ("无法判断", "yellow"), "pass": ("符合", "green")}


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one field of one record."""

    record: int
    label: str
    answer: str
    expression: Expression


def page(code: str, file: Path, assessment: Assessment, pack: Pack) -> RenderableType:
    """What `explain CODE FILE` prints of the file, which is a batch of one."""
    rule = next((r for r in pack.rules if r.code == code), None)
    compiled = compile_rule(rule, pack) if rule is not None else None
    if compiled is not None and compiled.verdicts:
        parts = list(_verdict_pages(compiled, assessment, pack))
    else:
        parts = [*_findings(code, assessment), *_criteria(code, assessment)]
    head = Text(f"\n{file}", "bold")
    return Group(head, *(parts or [Text("这份表里没有这一条的问题。")]))


def _findings(code: str, assessment: Assessment) -> Iterator[Prose]:
    found = assessment.findings[assessment.findings["code"] == code]
    for line in found.to_dict("records"):
        place = f"{line['sheet'] or ''}!{line['cell']}" if line["cell"] else line["sheet"] or ""
        yield Prose(f"{place}  {line['message']}".strip())


def _criteria(name: str, assessment: Assessment) -> Iterator[Prose]:
    """How a criterion was scored, for each subject."""
    frame = assessment.criteria
    for line in frame[frame["id"].eq(name) | frame["title"].eq(name)].to_dict("records"):
        own, again = (_points(line[k]) for k in ("self", "score"))
        says = f"自评 {own}，复核 {again}，{line['status']}。{_none(line['because']) or ''}"
        yield Prose(f"{line['sheet']}!{line['cell']}  {_none(line['subject']) or ''}：{says}")


def _points(value: Any) -> str:
    number = points(value)
    return "—" if number is None else f"{number:g}"


def _none(value: Any) -> Any:
    return None if pd.isna(value) else value


# ---- rules with an expression


def _verdict_pages(compiled: CompiledRule, assessment: Assessment, pack: Pack) -> Iterator[RenderableType]:
    order = list(ANSWERS)
    verdicts = sorted(
        _verdicts(compiled, assessment.batch, pack), key=lambda v: (order.index(v.answer), v.record)
    )
    counts = {a: sum(v.answer == a for v in verdicts) for a in order}
    if verdicts:
        says = "，".join(f"{ANSWERS[a][0]} {n} 处" for a, n in counts.items() if n)
        yield Text(f"核对了 {len(verdicts)} 处：{says}。")
    shown = [v for v in verdicts if v.answer != "pass"] or verdicts[:1]
    for verdict in shown[:MOST_RECORDS]:
        yield _verdict_page(verdict, compiled, assessment.batch, pack)
    if len(shown) > MOST_RECORDS:
        yield Text(f"\n其余 {len(shown) - MOST_RECORDS} 处没有列出。")


def _verdicts(compiled: CompiledRule, batch: Batch, pack: Pack) -> Iterator[Verdict]:
    """The answer for every record and field that the rule looks at."""
    frame = batch.frames[compiled.table.name]
    for label, expression in compiled.verdicts.items():
        holds = evaluate(expression, batch, pack)
        if expression.kind != "boolean":
            declared = compile_expression(ITEM, pack, compiled.table.name, label)
            holds = evaluate(declared, batch, pack) == holds
        checked = applies(compiled, label, Records(batch, pack)).values
        for record in frame.index[checked]:
            known = bool(pd.notna(holds[record]))
            answer = ("pass" if holds[record] else "fail") if known else "unknown"
            yield Verdict(int(record), label, answer, expression)


def _verdict_page(verdict: Verdict, compiled: CompiledRule, batch: Batch, pack: Pack) -> RenderableType:
    table = compiled.table
    fields = [verdict.label] if verdict.expression.uses_item or compiled.rule.total else compiled.rule.fields
    places = _addresses(batch, [(table.name, verdict.record, label) for label in fields])
    word, style = ANSWERS[verdict.answer]
    row = _row_name(table.name, verdict.record, batch, pack)
    head = Text.assemble(f"\n{'、'.join(places)}  {row}{'、'.join(fields)}：", (word, style))
    values = Grid(box=None, pad_edge=False, header_style="dim")
    for title in ("数从哪里来", "在哪一格", "值"):
        values.add_column(title, justify="right" if title == "值" else "left")
    targets = dict.fromkeys(
        [(table.name, verdict.record, label) for label in fields]
        + [cell.place for cell in cells(verdict.expression, batch, pack, verdict.record)]
    )
    for target, place in zip(targets, _addresses(batch, list(targets)), strict=True):
        values.add_row(
            Text(_name(target, table.name, batch, pack)), Text(place), Text(_shown(target, batch, pack))
        )
    steps = [Prose(f"{says}　→　{value}") for says, value in _steps(verdict, batch, pack)]
    told: list[RenderableType] = [head, values]
    if steps:
        told += [Text("怎样算的", "dim"), *steps]
    return Group(*told)


def _addresses(batch: Batch, targets: list[tuple[str, int, str]]) -> list[str]:
    return [f"{tab}!{cell}" if cell else tab for tab, cell in cells_of(batch, targets)]


def _row_name(frame: str, record: int, batch: Batch, pack: Pack) -> str:
    """How a row of a table is called, with a stop after it; nothing for a form."""
    table, lines = pack.tables[frame], batch.frames[frame]
    if table.kind == "form":
        return ""
    name: Any = lines["key"].iat[record]
    if table.key and not _none(name):
        name = lines[table.key].iat[record]
    row: Any = lines["row"].iat[record]
    return f"{_none(name) or f'第 {int(row)} 行'}·"


def _name(target: tuple[str, int, str], home: str, batch: Batch, pack: Pack) -> str:
    frame, record, label = target
    sheet = "" if frame == home else f"{frame}·"
    return f"{sheet}{_row_name(frame, record, batch, pack)}{label}"


def _shown(target: tuple[str, int, str], batch: Batch, pack: Pack) -> str:
    """What a cell holds, as a clerk reads it."""
    frame, record, label = target
    value: Any = batch.frames[frame][label].iat[record]
    if _none(value) is not None:
        return figure(value, pack.tables[frame].by_label[label], pack)
    unreadable = batch.unreadable.get(frame)
    wrong = unreadable is not None and bool(unreadable[label].iat[record])
    if wrong:
        return "（认不出来）"
    return "（没有填，按 0 算）" if pack.tables[frame].by_label[label].blank == "zero" else "（没有填）"


def _steps(verdict: Verdict, batch: Batch, pack: Pack) -> Iterator[tuple[str, str]]:
    """Every part of the expression with its value, the innermost first."""
    said: set[str] = set()
    for node in _parts(verdict.expression.node):
        part = replace(verdict.expression, node=node)
        says = in_words(part)
        if says not in said:
            said.add(says)
            value = evaluate(part, batch, pack)[verdict.record]
            yield says, _in_unit(value, part.kind, pack)


def _parts(node: Node) -> Iterator[Node]:
    """The nodes that have a value of their own to show; what is added up stays whole."""
    if not isinstance(node, Aggregate):
        for child in node.children():
            yield from _parts(child)
    if not isinstance(node, Literal | Own) and node.kind != "list":
        yield node


def _in_unit(value: Any, kind: Kind, pack: Pack) -> str:
    if pd.isna(value):
        return "不知道（有的格子没有填或认不出来）"
    match kind:
        case "amount":
            return f"{plain(Decimal(int(value)) / pack.fen)} {pack.unit}"
        case "points":
            return f"{plain(Decimal(int(value)) / POINT)} 分"
        case "number":
            return plain(rounded(float(value)))
        case "boolean":
            return "成立" if value else "不成立"
        case _:
            return f"“{value}”"
