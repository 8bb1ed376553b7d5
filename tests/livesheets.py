"""What the live checks of a workbook say, held against what the tool says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
from libreoffice import Sheets, calculated

from workbook_tool.assess import assess
from workbook_tool.excel.locate import map_edge
from workbook_tool.excel.ooxml.grid import position
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.texts import read_strings
from workbook_tool.excel.read import read
from workbook_tool.excel.returns.sheet_reader import read_sheet
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.findings import column_letters
from workbook_tool.forms.load import load_pack
from workbook_tool.make import fill
from workbook_tool.model import Assessment, Pack

STATES = {"✓": "pass", "✗": "fail", "…": "unknown"}
APART = "—"
SCORE = "@测算得分"
POINT = 10_000

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Live:
    """The live answers of one workbook.

    Attributes:
        rules: code -> pass, fail, unknown, or apart where a rule is not live.
        fails: code -> how many cells it fails for.
        scores: tab and row (from 1) of a criterion -> the score in 1/10,000 points, or a word
            instead of it.
    """

    rules: Mapping[str, str]
    fails: Mapping[str, int]
    scores: Mapping[tuple[str, int], int | str]


@dataclass(frozen=True)
class Difference:
    """One answer of the live checks that is not the tool's."""

    workbook: str
    what: str
    live: str
    tool: str
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.workbook}: {self.what}: live {self.live}, tool {self.tool} {'; '.join(self.cells)}"


@dataclass
class Comparison:
    """What came of comparing many workbooks.

    Attributes:
        seen: (rule, outcome of the tool) -> in how many workbooks; apart for rules that are not live.
        scores: (rubric, criterion, kind of score) -> how many: full, part, nothing, or a word.
    """

    workbooks: int = 0
    differences: list[Difference] = field(default_factory=list)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    scores: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def report(self, most: int = 20) -> str:
        """What differs, a line for each; and how often for each rule or criterion."""
        often = Counter(d.what.rpartition("!")[2] for d in self.differences)
        lines = [f"{len(self.differences)} differences in {self.workbooks} workbooks: {dict(often)}"]
        return "\n".join(lines + [str(d) for d in self.differences[:most]])


def live_answers(sheets: Sheets, pack: Pack) -> Live:
    """Read the live answers from what LibreOffice shows.

    Args:
        sheets: All the sheets of a workbook.
        pack: The pack.
    """
    rules: dict[str, str] = {}
    fails: dict[str, int] = {}
    scores: dict[tuple[str, int], int | str] = {}
    for tab, rows in sheets.items():
        head = rows[0] if rows else []
        at = {token: column for column, tokens in enumerate(head) for token in tokens.split(";") if token}
        for number, row in enumerate(rows[1:], 2):
            for token in row[0].split(";"):
                frame, _, key = token.partition("/")
                if frame == "rule" and "state" in at:
                    rules[key] = STATES.get(row[at["state"]], row[at["state"]])
                    fails[key] = int(float(row[at["fails"]] or 0))
                elif f"{frame}/{SCORE}" in at:
                    scores[tab, number] = _points(row[at[f"{frame}/{SCORE}"]])
    return Live(rules, fails, scores)


def _points(shown: str) -> int | str:
    try:
        return round(float(shown) * POINT)
    except ValueError:
        return shown


def compare(pack: Pack, books: Mapping[str, Sheets], assessment: Assessment, into: Comparison) -> None:
    """Hold the live answers of workbooks against the tool's.

    Args:
        pack: The pack.
        books: name -> what LibreOffice shows; in the order of the assessment.
        assessment: What the tool says.
        into: Where the differences go.
    """
    outcomes = _by_workbook(assessment.outcomes)
    criteria = _by_workbook(assessment.criteria)
    for number, (name, sheets) in enumerate(books.items()):
        live = live_answers(sheets, pack)
        into.workbooks += 1
        told = {line["rule"]: line["outcome"] for line in outcomes.get(number, ())}
        for rule in pack.rules:
            mine = told.get(rule.code, "pass")
            answer = live.rules.get(rule.code, "missing")
            into.seen[rule.code, APART if answer == APART else mine] += 1
            if answer not in (APART, mine):
                cells = tuple(_cells(rule.code, number, assessment, sheets))
                into.differences.append(Difference(name, rule.code, answer, mine, cells))
        for line in criteria.get(number, ()):
            _compare_score(name, line, live, into)


def _compare_score(name: str, line: Mapping[Any, Any], live: Live, into: Comparison) -> None:
    mine: int | str = "" if pd.isna(line["score"]) else int(line["score"])
    if line["status"] in ("评判", "无依据"):
        mine = line["status"]
    answer = live.scores.get((line["sheet"], position(line["cell"])[0]), "missing")
    kind = (
        mine if isinstance(mine, str) else "full" if mine == line["points"] else "part" if mine else "nothing"
    )
    into.scores[line["rubric"], line["id"], kind] += 1
    if answer != mine:
        what = f"{line['sheet']}!{line['id']}"
        cells = (f"{line['sheet']}!{line['cell']}", str(line["because"]))
        into.differences.append(Difference(name, what, str(answer), str(mine), cells))


def _by_workbook(frame: pd.DataFrame) -> dict[int, list[dict[Any, Any]]]:
    found: dict[int, list[dict[Any, Any]]] = {}
    for line in frame.to_dict("records"):
        found.setdefault(int(line["submission"]), []).append(line)
    return found


def _cells(code: str, number: int, assessment: Assessment, sheets: Sheets) -> Iterator[str]:
    """Where the tool finds the rule broken, and the row of 自查 where the template says it."""
    found = assessment.findings
    mine = found[(found["submission"] == number) & (found["code"] == code)]
    for sheet, cell, value in list(zip(mine["sheet"], mine["cell"], mine["value"], strict=True))[:3]:
        yield f"tool: {sheet}!{cell}={value!r}"
    for tab, rows in sheets.items():
        for row, line in enumerate(rows, 1):
            if f"rule/{code}" in line[0].split(";"):
                yield f"live: {tab}!{row}: {[c for c in line if c]}"


# ---- many workbooks ----


@dataclass(frozen=True)
class Job:
    """A workbook to be written."""

    name: str
    pack: str
    data: Data
    path: Path


def _write(job: Job) -> None:
    fill(job.data, load_pack(job.pack), job.path)


def written(jobs: Sequence[Job], processes: int = 1) -> None:
    """Write workbooks."""
    if processes == 1:
        for job in jobs:
            _write(job)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write, jobs, chunksize=10))


def assessed(paths: Sequence[Path], pack: Pack) -> Assessment:
    """What the tool says of workbooks."""
    batch, drafts = read(paths, pack)
    return assess(batch, pack, drafts)


def compared(
    pack: str, data: Mapping[str, Data], folder: Path, *, offices: int = 1, into: Comparison | None = None
) -> Comparison:
    """Write workbooks, let LibreOffice calculate them, and compare what both say.

    Args:
        pack: The name of the pack.
        data: A name for each workbook -> what it is filled with.
        folder: Where files are written.
        offices: How many processes write and calculate.
        into: What came of others.
    """
    found = into or Comparison()
    jobs = [Job(name, pack, values, folder / f"{n}.xlsx") for n, (name, values) in enumerate(data.items())]
    written(jobs, offices)
    paths = [job.path for job in jobs]
    shown = calculated(paths, folder, offices)
    loaded = load_pack(pack)
    books = {job.name: sheets for job, sheets in zip(jobs, shown, strict=True)}
    compare(loaded, books, assessed(paths, loaded), found)
    return found


# ---- cell by cell ----


def otherwise(path: Path, sheets: Sheets) -> Iterator[str]:
    """The formulas of a workbook that come to something else than was written beside them.

    Those of the form itself and of the sheet that sums up the live checks. Of a verdict only the state counts: the sentence is written shorter than it is calculated.
    """
    package = Package.open(path.read_bytes())
    strings = read_strings(package.parse(package.related(package.workbook, "sharedStrings")[0]))
    for sheet in package.sheets:
        cells = read_sheet(package.read(sheet.part), strings)
        edge = None if sheet.name == SELF_CHECK else map_edge(cells.rows.get(1, {}))
        shown = sheets[sheet.name]
        for row, formulas in cells.formulas.items():
            for column, formula in formulas.items():
                if edge is not None and column > edge:
                    continue
                line = shown[row - 1] if row <= len(shown) else []
                now = line[column - 1] if column <= len(line) else ""
                was = cells.value(row, column)
                if not _same(was, now):
                    yield f"{sheet.name}!{column_letters(column)}{row}: was {was!r}, is {now!r}: {formula}"


def _same(was: object, now: str) -> bool:
    if isinstance(was, float):
        try:
            number = float(now.removesuffix("%")) / (100 if now.endswith("%") else 1)
            return abs(was - number) <= 1e-9 * max(1.0, abs(was))
        except ValueError:
            return False
    text = "" if was is None else str(was)
    return text == now or (text[:1] == now[:1] and text[:1] in STATES)
