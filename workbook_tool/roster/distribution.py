"""One template a department: what is entered in it, and the name of its file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

from workbook_tool.excel.template.addressee import Addressee
from workbook_tool.forms.load import load_pack
from workbook_tool.make import new
from workbook_tool.model import Pack
from workbook_tool.roster.types import Department, Roster
from workbook_tool.workers import Job, Limits, Workers

Figures = Mapping[str, Mapping[str, int | float]]
"""Department code -> name of the figure (`frame[key].field`) -> last year's value, as a ledger keeps it."""

_NOT_IN_NAMES = set('<>:"/\\|?*')
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(10))}
"""Windows opens a device where a file is called so, whatever its ending."""
_LONGEST = 80
"""Characters of a file's name; Linux counts 255 bytes, of which a Chinese one takes three."""
_SECONDS, _MEGABYTES = 300.0, 2048
"""What the template of one department may take at most; it takes about a second."""
_FEW = 3
"""So few templates are made before a second process has started."""


class RosterTaken(Exception):
    """A file that would have to be written over is there already."""


@dataclass(frozen=True)
class Order:
    """A template to be written."""

    path: Path
    projects: int | None
    addressee: Addressee


def file_names(departments: Sequence[Department]) -> list[str]:
    """A name for each department's file that every system takes, no two alike."""
    taken: set[str] = set()
    names = []
    for department in departments:
        stem = _clean(f"{department.code}_{department.name}")
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}({number})"
        taken.add(name.casefold())
        names.append(f"{name}.xlsx")
    return names


def _clean(text: str) -> str:
    """A text as the stem of a file's name: no separators, no control characters, no device."""
    kept = ("_" if c in _NOT_IN_NAMES else c for c in normalize("NFC", text) if c.isprintable())
    stem = "".join(kept)[:_LONGEST].strip(" .") or "_"
    return f"_{stem}" if stem.partition(".")[0].strip().upper() in _RESERVED else stem


def orders(roster: Roster, folder: Path, previous: Figures | None = None) -> list[Order]:
    """What is to be written for each department of a roster.

    Args:
        roster: The roster.
        folder: Where the files go.
        previous: Last year's figures.
    """
    names = file_names(roster.departments)
    return [
        Order(folder / name, department.sheets, _addressee(department, (previous or {}).get(department.code)))
        for department, name in zip(roster.departments, names, strict=True)
    ]


def _addressee(department: Department, last_year: Mapping[str, int | float] | None) -> Addressee:
    due = date.fromisoformat(department.due) if department.due else None
    told = [f"本模板发给{department.name}(编码 {department.code})，不要转给别的部门使用。"]
    if due:
        told.append(f"请在 {due.year} 年 {due.month} 月 {due.day} 日前(含当日)上报。")
    return Addressee(
        department=department.name,
        code=department.code,
        projects=tuple(project.name for project in department.projects),
        figures={**(last_year or {}), **department.budgets},
        told=tuple(told),
    )


def distribute(
    wanted: Sequence[Order],
    pack: Pack,
    *,
    jobs: int | None = None,
    done: Callable[[int], None] = lambda number: None,
) -> list[Path]:
    """Write the templates.

    Args:
        wanted: As `orders` gives them.
        pack: The form.
        jobs: How many processes; all the machine has where None.
        done: Told how many more are written.

    Returns:
        The files, in the order of the roster.

    Raises:
        RosterTaken: One of them is there already: it may hold what a department has filled in.
    """
    there = [order.path for order in wanted if order.path.exists()]
    if there:
        raise RosterTaken(
            f"“{there[0]}”{f'等 {len(there)} 个文件' if len(there) > 1 else ''}已经存在，没有覆盖。"
            "请换一个空文件夹，或先把旧文件移走。"
        )
    for folder in {order.path.parent for order in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
    count = min(jobs or os.cpu_count() or 1, len(wanted))
    for _ in _written(wanted, pack, 1 if len(wanted) <= _FEW else count):
        done(1)
    return [order.path for order in wanted]


def _written(wanted: Sequence[Order], pack: Pack, jobs: int) -> Iterator[None]:
    if jobs == 1:
        for order in wanted:
            write(pack, order)
            yield
        return
    job = Job(setup=load_pack, settings=pack.folder, task=write)
    with Workers(jobs, job, Limits(_SECONDS, _MEGABYTES)) as workers:
        for future in [workers.submit(order, _SECONDS) for order in wanted]:
            yield future.result()


def write(pack: Pack, order: Order) -> None:
    """Write one template; under its name it is whole or not there."""
    buffer = BytesIO()
    new(pack, buffer, projects=order.projects, addressee=order.addressee)
    partial = order.path.with_name(f"{order.path.name}.tmp")
    partial.write_bytes(buffer.getvalue())
    partial.replace(order.path)
