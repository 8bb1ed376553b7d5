"""A roster read from its workbook, which is checked as any return is."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd

from workbook_tool.assess import assess
from workbook_tool.excel.read import read as read_workbooks
from workbook_tool.forms.load import load_pack
from workbook_tool.model import Batch, Frame, Pack, PackError, RosterForm, Severity
from workbook_tool.roster.types import Department, Project, Roster

ROSTER_PACK = "roster/1"
"""The pack that rosters are made from where none is named."""

_TOLD = 5
"""How many findings the error repeats."""

_BETWEEN = re.compile(r"[、；;，,\n]")


class RosterError(Exception):
    """A roster that cannot be used: the sentences say what is wrong in which cell."""


def read(path: Path | str, pack: str | Path = ROSTER_PACK) -> Roster:
    """Read a roster.

    Args:
        path: The workbook.
        pack: The pack it was made from.

    Raises:
        RosterError: It has errors, or no department at all.
        PackError: The pack is none of a roster.
    """
    loaded = load_pack(pack)
    if loaded.roster is None:
        raise PackError(f"模板包“{loaded.name}”不是名册：form.yaml 里没有写 roster。")
    batch, drafts = read_workbooks([Path(path)], loaded)
    assessment = assess(batch, loaded, drafts)
    _refuse(Path(path), assessment.findings)
    roster = _roster(assessment.batch, loaded.roster, loaded)
    if not roster.departments:
        raise RosterError(f"名册“{path}”里一个部门也没有。请先填好名册。")
    return roster


def _refuse(path: Path, findings: Frame) -> None:
    wrong = findings[findings["severity"] == Severity.ERROR.value]
    if wrong.empty:
        return
    lines = zip(wrong["sheet"], wrong["cell"], wrong["message"], strict=True)
    told = [f"{_place(sheet, cell)}{message}" for sheet, cell, message in lines]
    more = f"另有 {len(told) - _TOLD} 处。" if len(told) > _TOLD else ""
    says = "\n".join(told[:_TOLD])
    raise RosterError(
        f"名册“{path}”有 {len(told)} 处错误，改正后才能使用：\n{says}\n{more}"
        "用“workbook-tool check”核对名册，可以看到全部错误。"
    )


def _place(sheet: Any, cell: Any) -> str:
    words = [str(word) for word in (sheet, cell) if isinstance(word, str)]
    return f"{'!'.join(words)}：" if words else ""


def _roster(batch: Batch, form: RosterForm, pack: Pack) -> Roster:
    due = _single(batch, form.due) or ""
    columns, lines = form.departments, batch.frames[form.departments.on]
    budgets = [f.label for f in pack.tables[columns.on].fields if f.type == "amount"]
    projects = _projects(batch, form)
    departments = tuple(
        Department(
            code=str(line[columns.code]).strip(),
            name=str(line[columns.name]).strip(),
            contact=_text(line[columns.contact]),
            phone=_text(line[columns.phone]),
            due=_text(line[columns.due]) or due,
            units=_names(line[columns.units]),
            expected=_count(line[columns.expected]),
            projects=tuple(projects[str(line[columns.code]).strip()]),
            budgets={label: int(line[label]) for label in budgets if pd.notna(line[label])},
        )
        for line in lines.to_dict("records")
    )
    return Roster(_single(batch, form.county) or "", due, departments)


def _projects(batch: Batch, form: RosterForm) -> defaultdict[str, list[Project]]:
    columns = form.projects
    found: defaultdict[str, list[Project]] = defaultdict(list)
    for line in batch.frames[columns.on].to_dict("records"):
        project = Project(str(line[columns.name]).strip(), _count(line[columns.budget]))
        found[str(line[columns.code]).strip()].append(project)
    return found


def _single(batch: Batch, reference: str) -> str | None:
    frame, _, label = reference.rpartition(".")
    return next((_text(value) for value in batch.frames[frame][label].tolist()), None)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value).strip() or None


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _names(value: Any) -> tuple[str, ...]:
    parts = (part.strip() for part in _BETWEEN.split(_text(value) or ""))
    return tuple(part for part in dict.fromkeys(parts) if part)
