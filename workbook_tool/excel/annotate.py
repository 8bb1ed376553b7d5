"""The copy that goes back: the workbook as it came, marked, with what to mend and every score listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

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
from workbook_tool.excel.ooxml.output import write_file
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.stylesheet import StyleSheet
from workbook_tool.model import Assessment, Frame, Pack, Rubric, Severity

Rows = list[dict[Any, Any]]
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
    package = Package.open(source)
    write_file(Path(out), annotated(package, assessment, pack, submission).save())


def strip(path: Path, out: Path) -> None:
    """Write a workbook without our marks; what was typed into it since it was marked stays.

    Raises:
        Refused: The workbook cannot be read.
        OutputError: The copy cannot be written.
    """
    write_file(Path(out), unmarked(Package.open(path)).save())


def annotated(package: Package, assessment: Assessment, pack: Pack, submission: int) -> Package:
    """The marked package; `package` itself is changed."""
    package = unmarked(package)
    signed = package.signed
    before = package.members()
    if signed:
        _drop_signature(package)
    findings = _of(assessment.findings, submission)
    if signed and not findings["code"].eq(_SIGNATURE).any():
        findings = pd.concat([findings, _signature_finding(submission)], ignore_index=True)
    criteria = _of(assessment.criteria, submission)
    styles = StyleSheet(package)
    found_rows, scored_rows = _rows(findings), _rows(criteria)
    held = mark_cells(package, _marks(found_rows, scored_rows), styles)
    opinion = Opinion(
        _head(assessment, pack, submission),
        pack.name,
        _lines(found_rows, held, _explanations(assessment, pack, submission)),
        _cards(_of(assessment.scores, submission), scored_rows, pack),
    )
    add_review(package, opinion, styles)
    originals.keep(package, before)
    return package


def _of(frame: Frame, submission: int) -> Frame:
    """The rows of one workbook."""
    return frame[frame["submission"] == submission].reset_index(drop=True)


def _rows(frame: Frame) -> Rows:
    """The rows as mappings: four times as fast as pandas' own on columns of texts."""
    names = list(frame.columns)  # once: pandas takes its time to walk an index
    columns = [frame[name].to_numpy(dtype=object) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


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


def _signature_finding(submission: int) -> Frame:
    row = found.notice(_SIGNATURE, submission, {})
    return pd.DataFrame([{c: row.get(c) for c in found.COLUMNS} | {"cell": None}])


# --- marks ---

_WEIGHT: Mapping[str, int] = {kind: weight for weight, kind in enumerate(LOOKS)}


@dataclass
class _Gathered:
    """What is said on one cell: the most severe kind decides how it looks."""

    kind: Kind
    notes: list[str]
    live: bool


def _marks(findings: Rows, criteria: Rows) -> dict[str, dict[str, Mark]]:
    """One mark for each cell, with all that is said of it."""
    cells: dict[tuple[str, str], _Gathered] = {}
    for number, line in enumerate(findings, 1):
        if not _text(line["cell"]):
            continue
        severity = Severity(line["severity"])
        kind = _KINDS[severity]
        at = cells.setdefault((line["sheet"], line["cell"]), _Gathered(kind, [], True))
        if _WEIGHT[kind] < _WEIGHT[at.kind]:
            at.kind = kind
        at.notes.append(f"{line['code']} {severity.label}（见“{OPINION}”第{number}条）\n{line['message']}")
    for line in criteria:
        score = status_kind(_text(line["status"]))
        place = (_text(line["sheet"]), _text(line["cell"]))
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


def _score_note(line: Mapping[Any, Any]) -> str:
    score = _points(line["score"])
    says = f"自评 {_points(line['self']) or '—'} 分" + (f"，复核 {score} 分" if score else "")
    return f"评分复核：{line['status']}（见“{SCORES}”）\n{says}。{_text(line['because'])}"


# --- what the sheets say ---


def _head(assessment: Assessment, pack: Pack, submission: int) -> str:
    known = _of(assessment.batch.submissions, submission)
    name, code = (_text(known[c].iat[0]) if c in known and len(known) else "" for c in ("department", "code"))
    department = f"{name}（{code}）" if name and code else name or code or "（未填部门名称）"
    return f"部门：{department}　　填报表：{pack.title}（{pack.name}）　　年度：{pack.fiscal_year}"


def _lines(findings: Rows, held: HeldAt, explanations: tuple[str, int, int] | None) -> list[Line]:
    lines = []
    for row in findings:
        severity = Severity(row["severity"])
        sheet, cell = _text(row["sheet"]), _text(row["cell"])
        explained = None
        if severity is Severity.EXPLAIN and explanations is not None:
            explained = explained_by(*explanations, row["code"])
        texts = {c: _text(row[c]) for c in ("value", "expected", "difference", "message")}
        marked = held.get((sheet, cell))
        lines.append(Line(row["code"], severity, sheet, cell, **texts, held=marked, explained=explained))
    return lines


def _explanations(assessment: Assessment, pack: Pack, submission: int) -> tuple[str, int, int] | None:
    """The tab of the table of explanations, its column of codes and its column of texts."""
    where = pack.explanations
    if where is None:
        return None
    places = _of(assessment.batch.places, submission)
    places = places[places["frame"] == where.on]
    columns = dict(zip(places["field"], places["column"], strict=True))
    if where.code not in columns or where.text not in columns:
        return None
    return str(places["tab"].iat[0]), int(columns[where.code]), int(columns[where.text])


def _cards(scores: Frame, criteria: Rows, pack: Pack) -> list[Card]:
    cards = []
    for row in _rows(scores):
        key = (row["rubric"], row["instance"])
        listed = [_criterion(line) for line in criteria if (line["rubric"], line["instance"]) == key]
        own = _points(row["self"]) or "—"
        cards.append(Card(_subject(pack.rubric(row["rubric"]), row), own, _says(row), listed))
    return cards


def _subject(rubric: Rubric, row: Mapping[Any, Any]) -> str:
    subject = _text(row["subject"])
    return f"{rubric.title}：{subject}" if subject else rubric.title


def _says(row: Mapping[Any, Any]) -> str:
    """The recomputed score in words, and what it comes to if all that is unproven proves right."""
    recomputed = _points(row["recomputed"])
    if not recomputed:
        return "没有自评得分，无从复核"
    parts = [_graded(f"复核 {recomputed} 分", row["grade"])]
    if _points(row["unproven"]) not in ("", "0"):
        # a grade of the proven part alone would say nothing
        claimed = _graded(f"全部证实后为 {_points(row['claimed'])} 分", row["claimed_grade"])
        parts = [f"已核定 {recomputed} 分", f"另有 {_points(row['unproven'])} 分无依据，{claimed}"]
    if _text(row["self_grade"]):
        parts.append(f"自评等级：{_text(row['self_grade'])}")
    return "；".join(parts)


def _graded(says: str, grade: object) -> str:
    return f"{says}（{_text(grade)}）" if _text(grade) else says


def _criterion(line: Mapping[Any, Any]) -> Criterion:
    status, own, score = _text(line["status"]), line["self"], line["score"]
    stake = ""
    if status == "无依据":
        stake = _points(own)
    elif status == "不一致" and not pd.isna(own) and not pd.isna(score):
        stake = _points(int(own) - int(score))
    return Criterion(
        title=_text(line["title"]),
        points=_points(line["points"]),
        self_score=_points(own),
        score=_points(score),
        status=status,
        at_stake=stake,
        because=_text(line["because"]),
        sheet=_text(line["sheet"]),
        cell=_text(line["cell"]),
    )


def _points(value: object) -> str:
    """Points kept as 1/10,000, as shown."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    shown = format((Decimal(int(str(value))) / 10_000).normalize(), "f")
    return shown
