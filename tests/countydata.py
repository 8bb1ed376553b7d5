"""A county as the tests need it: made-up returns with planted mistakes, through the real checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import made_up

from workbook_tool.assess import assess
from workbook_tool.county import types
from workbook_tool.county.types import County, State
from workbook_tool.excel.annotate import annotate
from workbook_tool.excel.ooxml.source import Source
from workbook_tool.excel.read import read
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.make import fill
from workbook_tool.model import Pack
from workbook_tool.outputs.kept import Reviewed, frames, kept

STATES = {
    "errors": State.RETURNED,
    "explain": State.EXPLAIN,
    "passed": State.PASSED,
    "unreadable": State.UNREADABLE,
}
DUE = "2024-04-15"

Data = dict[str, Any]


@dataclass(frozen=True)
class Department:
    """One department of a test's county.

    Attributes:
        data: What it returned; None where it returned nothing.
        said: Overrides of its line in `County.returns`.
        garbage: Whether its file is no workbook.
    """

    name: str
    code: str
    data: Any
    said: Mapping[str, Any] = field(default_factory=dict)
    garbage: bool = False


def county_of(
    pack: Pack,
    departments: Sequence[Department],
    folder: Path,
    *,
    title: str = "某县2023年度绩效自评",
    copies: bool = False,
    **more: Any,
) -> County:
    """A county of these departments; their files and annotated copies lie below the folder."""
    sent = [n for n, d in enumerate(departments) if d.data is not None or d.garbage]
    reviewed = _reviewed(pack, [departments[n] for n in sent], folder, copies)
    lines = []
    for number, department in enumerate(departments):
        one = reviewed[sent.index(number)] if number in sent else None
        lines.append(_line(number, department, one))
    counted = [(number, one) for number, one in zip(sent, reviewed, strict=True)
               if one.submission["status"] != "unreadable"]  # fmt: skip
    long = frames([one for _, one in counted], pack)
    numbers = {at: number for at, (number, _) in enumerate(counted)}
    told = {number: one.submission for number, one in counted}
    county: dict[str, Any] = {
        "pack": pack,
        "title": title,
        "returns": types.table(types.RETURNS, lines),
        "set_aside": types.table(types.SET_ASIDE, []),
        "frames": {k: f.assign(submission=f["submission"].map(numbers).astype("int64")) for k, f in long.items()},
        "computed": types.table(
            types.COMPUTED,
            [{"submission": n, **dict(zip(list(types.COMPUTED)[1:], line, strict=True))}
             for n, one in counted for line in one.computed],
        ),
        "findings": types.table(
            types.FINDINGS,
            [{"submission": n, **f, "related": tuple(f["related"])} for n, s in told.items() for f in s["findings"]],
        ),
        "scores": types.table(types.SCORES, [{"submission": n, **s} for n, t in told.items() for s in t["scores"]]),
        "criteria": types.table(
            types.CRITERIA,
            [{"submission": n, "rubric": s["rubric"], "subject": s["subject"], **c}
             for n, t in told.items() for s in t["scores"] for c in s["criteria"]],
        ),
        "across": types.table(types.ACROSS, []),
    }  # fmt: skip
    return County(**county | more)


def _reviewed(pack: Pack, sent: Sequence[Department], folder: Path, copies: bool) -> list[Reviewed]:
    (folder / "上报").mkdir(parents=True, exist_ok=True)
    paths = []
    for department in sent:
        path = folder / "上报" / f"{department.code} 自评.xlsx"
        if department.garbage:
            path.write_bytes(b"not a workbook")
        else:
            fill(department.data, pack, path)
        paths.append(path)
    batch, drafts = read(paths, pack)
    assessment = assess(batch, pack, drafts)
    reviewed = kept(assessment, pack, [Source.of(p) for p in paths])
    made = []
    for number, (path, one) in enumerate(zip(paths, reviewed, strict=True)):
        copy = folder / "审核结果" / f"{path.stem}_审核.xlsx"
        if copies and one.submission["status"] != "unreadable":
            copy.parent.mkdir(exist_ok=True)
            annotate(path, assessment, pack, copy, submission=number)
        made.append(Reviewed(**vars(one) | {"copy": str(copy)}))
    return made


def _line(number: int, department: Department, one: Reviewed | None) -> dict[str, Any]:
    findings = one.submission["findings"] if one else []
    counts = {s: sum(f["severity"] == s for f in findings) for s in ("error", "explain", "note")}
    return {
        "number": number,
        "code": department.code,
        "department": department.name,
        "contact": f"张三 0730-88000{number:02d}",
        "due": DUE,
        "state": STATES[one.submission["status"]] if one else State.MISSING,
        "late": False,
        "unchanged": False,
        "file": one.source if one else None,
        "copy": one.copy if one and one.submission["status"] != "unreadable" else None,
        "received": f"2024-04-{10 + number % 9:02d}T02:{number:02d}:00Z" if one else None,
        "sha256": one.sha256 if one else None,
        "versions": 1 if one else 0,
        "errors": counts["error"],
        "explains": counts["explain"],
        "notes": counts["note"],
        "said": "只收到这一个文件。" if one else "到期前没有收到报表。",
        **department.said,
    }


def _two_mistakes(number: int) -> Callable[[Data], None]:
    def plant(data: Data) -> None:
        made_up.plant(number, data, number)
        made_up.plant(number + 5, data, number)

    return plant


def made_departments(pack: Pack, count: int) -> list[Department]:
    """Departments with consistent returns; every second one has two planted mistakes."""
    base = case_files(pack).base
    departments = []
    for number in range(count):
        data = made_up.filing(number + 1, base)
        if number % 2:
            _two_mistakes(number)(data)
        departments.append(Department(data["基本情况"]["部门名称"], data["基本情况"]["部门编码"], data))
    return departments
