"""The copy that goes back: the workbook as it came, marked, with what to mend and every score listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pandas as pd

from workbook_tool import findings as found
from workbook_tool.excel.marks import originals
from workbook_tool.excel.marks.held import Held
from workbook_tool.excel.marks.marks import LOOKS, Kind, Mark, mark_cells
from workbook_tool.excel.marks.review import (
    OPINION,
    SCORES,
    Card,
    Criterion,
    Line,
    Opinion,
    add_review,
    explained_by,
    status_kind,
)
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.marks.verdict import Row, Verdict, text_of
from workbook_tool.excel.ooxml.output import write_file
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.stylesheet import StyleSheet
from workbook_tool.model import Assessment, Pack, Rubric, Severity

HeldAt = Mapping[tuple[str, str], tuple[str, Held]]


def annotate(
    source: Path | bytes, assessment: Assessment, pack: Pack, out: Path, submission: int = 0
) -> None:
    """Write the marked copy of one workbook. The original is only read.

    A workbook that is a marked copy already has its marks replaced.

    Args:
        source: The workbook as it was returned: a file, or its bytes.
        assessment: What was found in the batch.
        pack: The pack it was made from.
        out: Where the copy goes.
        submission: Which workbook of the batch it is.

    Raises:
        Refused: The workbook cannot be read.
        OutputError: The copy cannot be written.
    """
    write_copy(source, Verdict.of(assessment, pack, submission), out)


def write_copy(source: Path | bytes, verdict: Verdict, out: Path) -> None:
    """Write the marked copy of one workbook of many, as `annotate`, with what is said of it."""
    write_file(Path(out), marked(Package.open(source), verdict).save())


def strip(path: Path, out: Path) -> None:
    """Write a workbook without our marks; what was typed into it since it was marked stays.

    Raises:
        Refused: The workbook cannot be read.
        OutputError: The copy cannot be written.
    """
    write_file(Path(out), unmarked(Package.open(path)).save())


def annotated(package: Package, assessment: Assessment, pack: Pack, submission: int) -> Package:
    """The marked package; `package` itself is changed."""
    return marked(package, Verdict.of(assessment, pack, submission))


def marked(package: Package, verdict: Verdict) -> Package:
    """The package marked with what is said of it; `package` itself is changed."""
    package = unmarked(package)
    signed = package.signed
    before = package.members()
    if signed:
        _drop_signature(package)
    findings = verdict.findings
    if signed and not any(row["code"] == _SIGNATURE for row in findings):
        findings = [*findings, _signature_finding()]
    styles = StyleSheet(package)
    held = mark_cells(package, _marks(findings, verdict.criteria), styles)
    opinion = Opinion(
        verdict.head, verdict.pack.name, _lines(findings, held, verdict.explained_in), _cards(verdict)
    )
    add_review(package, opinion, styles)
    originals.keep(package, before)
    return package


# --- the signature ---

_SIGNATURE = "文件-11"


def _drop_signature(package: Package) -> None:
    """Take the signature out of the copy: any change has made it invalid."""
    for relation in list(package.relations("").values()):
        if "digital-signature" in relation.type:
            package.unrelate("", relation.id)
    for name in package.names:
        if name.casefold().startswith("_xmlsignatures/"):
            package.remove(name)


def _signature_finding() -> Row:
    return dict.fromkeys(found.COLUMNS) | found.notice(_SIGNATURE, 0, {}) | {"cell": None}


# --- marks ---

_WEIGHT: Mapping[str, int] = {kind: weight for weight, kind in enumerate(LOOKS)}


@dataclass
class _Gathered:
    """What is said on one cell: the most severe kind decides how it looks."""

    kind: Kind
    notes: list[str]
    live: bool


def _marks(findings: Sequence[Row], criteria: Sequence[Row]) -> dict[str, dict[str, Mark]]:
    """One mark for each cell, with all that is said of it."""
    cells: dict[tuple[str, str], _Gathered] = {}
    for number, line in enumerate(findings, 1):
        if not text_of(line["cell"]):
            continue
        severity = Severity(line["severity"])
        kind = _KINDS[severity]
        at = cells.setdefault((line["sheet"], line["cell"]), _Gathered(kind, [], True))
        if _WEIGHT[kind] < _WEIGHT[at.kind]:
            at.kind = kind
        at.notes.append(f"{line['code']} {severity.label}（见“{OPINION}”第{number}条）\n{line['message']}")
    for line in criteria:
        score = status_kind(text_of(line["status"]))
        place = (text_of(line["sheet"]), text_of(line["cell"]))
        if score is None or not all(place) or place in cells:
            continue
        cells[place] = _Gathered(score, [_score_note(line)] if score != "agreed" else [], False)
    marks: dict[str, dict[str, Mark]] = {}
    for (sheet, cell), at in cells.items():
        marks.setdefault(sheet, {})[cell] = Mark(at.kind, "\n".join(at.notes) or None, at.live)
    return marks


_KINDS: Mapping[Severity, Kind] = {
    Severity.ERROR: "error",
    Severity.EXPLAIN: "explain",
    Severity.NOTE: "note",
}


def _score_note(line: Row) -> str:
    score = _points(line["score"])
    says = f"自评 {_points(line['self']) or '—'} 分" + (f"，复核 {score} 分" if score else "")
    return f"评分复核：{line['status']}（见“{SCORES}”）\n{says}。{text_of(line['because'])}"


# --- what the sheets say ---


def _lines(findings: Sequence[Row], held: HeldAt, explained_in: tuple[str, int, int] | None) -> list[Line]:
    lines = []
    for row in findings:
        severity = Severity(row["severity"])
        sheet, cell = text_of(row["sheet"]), text_of(row["cell"])
        explained = None
        if severity is Severity.EXPLAIN and explained_in is not None:
            explained = explained_by(*explained_in, row["code"])
        texts = {c: text_of(row[c]) for c in ("value", "expected", "difference", "message")}
        marked = held.get((sheet, cell))
        lines.append(Line(row["code"], severity, sheet, cell, **texts, held=marked, explained=explained))
    return lines


def _cards(verdict: Verdict) -> list[Card]:
    cards = []
    listed: dict[object, list[Criterion]] = {}
    for line in verdict.criteria:
        listed.setdefault((line["rubric"], line["instance"]), []).append(_criterion(line))
    for row in verdict.scores:
        own = _points(row["self"]) or "—"
        subject = _subject(verdict.pack.rubric(row["rubric"]), row)
        cards.append(Card(subject, own, _says(row), listed.get((row["rubric"], row["instance"]), [])))
    return cards


def _subject(rubric: Rubric, row: Row) -> str:
    subject = text_of(row["subject"])
    return f"{rubric.title}：{subject}" if subject else rubric.title


def _says(row: Row) -> str:
    """The recomputed score in words, and what it comes to if all that is unproven proves right."""
    recomputed = _points(row["recomputed"])
    if not recomputed:
        return "没有自评得分，无从复核"
    parts = [_graded(f"复核 {recomputed} 分", row["grade"])]
    if _points(row["unproven"]) not in ("", "0"):
        # a grade of the proven part alone would say nothing
        claimed = _graded(f"全部证实后为 {_points(row['claimed'])} 分", row["claimed_grade"])
        parts = [f"已核定 {recomputed} 分", f"另有 {_points(row['unproven'])} 分无依据，{claimed}"]
    if text_of(row["self_grade"]):
        parts.append(f"自评等级：{text_of(row['self_grade'])}")
    return "；".join(parts)


def _graded(says: str, grade: object) -> str:
    return f"{says}（{text_of(grade)}）" if text_of(grade) else says


def _criterion(line: Row) -> Criterion:
    status, own, score = text_of(line["status"]), line["self"], line["score"]
    stake = ""
    if status == "无依据":
        stake = _points(own)
    elif status == "不一致" and not pd.isna(own) and not pd.isna(score):
        stake = _points(int(own) - int(score))
    return Criterion(
        title=text_of(line["title"]),
        points=_points(line["points"]),
        self_score=_points(own),
        score=_points(score),
        status=status,
        at_stake=stake,
        because=text_of(line["because"]),
        sheet=text_of(line["sheet"]),
        cell=text_of(line["cell"]),
    )


@lru_cache(maxsize=4096)
def _points(value: object) -> str:
    """Points kept as 1/10,000, as shown."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    return format((Decimal(int(str(value))) / 10_000).normalize(), "f")
