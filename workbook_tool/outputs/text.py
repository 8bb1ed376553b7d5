"""The short summary that `check` prints, by rich, from the plain records of each workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from workbook_tool.model import Pack, Severity
from workbook_tool.notices import NOTICES
from workbook_tool.outputs.prose import Prose
from workbook_tool.outputs.tame import tame

if TYPE_CHECKING:
    from workbook_tool.outputs.records import Finding, Score, Submission

STATUS = {"passed": "通过", "errors": "退回修改", "explain": "需说明", "unreadable": "无法读取"}
STYLES = {Severity.ERROR: "red", Severity.EXPLAIN: "yellow", Severity.NOTE: "cyan"}

MOST_LINES = 12
"""Findings (grouped by code) listed for one file; the annotated copy has them all."""

MOST_FILES = 100
"""Files listed for a folder; the JSON has them all."""

MOST_CELLS = 2
MOST_CODES = 5


class Screen(Console):
    """A console that prints texts as they are; 100 columns wide where the output is a file."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)
        if not self.is_terminal:
            self.width = 100

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of what is printed, tamed."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=tame(segment.text))


def count(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many findings of each severity."""
    counts = Counter(f["severity"] for f in findings)
    return {s: counts[s.value] for s in Severity}


def one(submission: Submission, copy: Path | None, pack: Pack) -> RenderableType:
    """The summary of a single file: counts, scores, and the findings grouped by code."""
    counts = count(submission["findings"])
    head = Text.assemble(
        (submission["department"] or "（未填部门名称）", "bold"),
        f"  {submission['file']}  {STATUS[submission['status']]}：",
        *(part for s in Severity for part in ((f"{s.label} ", ""), (f"{counts[s]}  ", _style(s, counts[s])))),
    )
    parts: list[RenderableType] = [head]
    if submission["scores"]:
        parts.append(_score_table(submission["scores"], pack))
    if submission["findings"]:
        parts.append(_finding_table(submission["findings"]))
    if copy is not None:
        parts.append(Text(f"审核副本：{copy}"))
    return Group(*parts)


def many(found: Sequence[Submission], folders: Sequence[Path], pack: Pack) -> RenderableType:
    """The summary of many files: a line each, the sum, and the commonest problems."""
    table = _table("文件", "部门", "结论", *(s.label for s in Severity), "自评", "复核", "无依据")
    for submission in found[:MOST_FILES]:
        counts = count(submission["findings"])
        score = submission["scores"][0] if submission["scores"] else None
        table.add_row(
            Text(Path(submission["file"]).name),
            Text(submission["department"] or "—"),
            STATUS[submission["status"]],
            *(Text(str(counts[s]), _style(s, counts[s])) for s in Severity),
            *(_number(score[k]) if score else "—" for k in ("self", "recomputed", "unproven")),
        )
    statuses = Counter(s["status"] for s in found)
    says = "、".join(f"{word} {statuses[key]}" for key, word in STATUS.items() if statuses[key])
    parts: list[RenderableType] = [table]
    if len(found) > MOST_FILES:
        parts.append(Text(f"其余 {len(found) - MOST_FILES} 份没有列出，可用 --json 写出全部结果。"))
    parts.append(Text(f"共 {len(found)} 份：{says}。"))
    parts.extend(_commonest(found, pack))
    parts.extend(Text(f"审核副本：{folder}") for folder in folders)
    return Group(*parts)


def _table(*headers: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    numbers = {s.label for s in Severity} | {"自评", "复核", "无依据"}
    for header in headers:
        # Chinese has no spaces to wrap at: fold wherever the column ends.
        table.add_column(header, justify="right" if header in numbers else "left", overflow="fold")
    return table


def _style(severity: Severity, number: int) -> str:
    return f"bold {STYLES[severity]}" if number else "dim"


def _number(points: int | float | None) -> str:
    return "—" if points is None else f"{points:g}"


def _score_table(scores: Sequence[Score], pack: Pack) -> Table:
    titles = {r.id: r.title for r in pack.rubrics}
    table = _table("评分表", "对象", "自评", "复核", "无依据", "等级")
    for score in scores:
        table.add_row(
            Text(titles.get(score["rubric"], score["rubric"])),
            Text(score["subject"] or "—"),
            *(_number(score[k]) for k in ("self", "recomputed", "unproven")),
            Text((score["grade"] or "—") + ("（待证实）" if score["grade"] and score["unproven"] else "")),
        )
    return table


def _finding_table(findings: Sequence[Finding]) -> RenderableType:
    order = list(Severity)
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: order.index(Severity(f["severity"]))):
        groups.setdefault(finding["code"], []).append(finding)
    table = _table("编号", "位置", "问题")
    for code, group in list(groups.items())[:MOST_LINES]:
        severity = Severity(group[0]["severity"])
        times = f"\n{len(group)} 处" if len(group) > 1 else ""
        table.add_row(Text(code + times, STYLES[severity]), _cells(group), Prose(group[0]["message"]))
    rest = sum(len(g) for g in list(groups.values())[MOST_LINES:])
    return Group(table, Text(f"其余 {rest} 条见审核意见。")) if rest else table


def _cells(group: Sequence[Finding]) -> Text:
    places = [f"{f['sheet']}!{f['cell']}" if f["cell"] else f["sheet"] or "" for f in group]
    shown = list(dict.fromkeys(p for p in places if p))
    text = "\n".join(shown[:MOST_CELLS])
    return Text(text + ("\n…" if len(shown) > MOST_CELLS else ""), no_wrap=True, overflow="fold")


def _commonest(found: Sequence[Submission], pack: Pack) -> list[RenderableType]:
    files = Counter(
        code
        for submission in found
        for code in sorted(
            {f["code"] for f in submission["findings"] if f["severity"] != Severity.NOTE.value}
        )
    )
    if not files:
        return []
    titles = {r.code: r.title for r in pack.rules} | {n.code: n.title for n in NOTICES.values()}
    lines = [Text(f"  {code} {titles.get(code, '')}：{n} 份") for code, n in files.most_common(MOST_CODES)]
    return [Text("最常见的问题："), *lines]
