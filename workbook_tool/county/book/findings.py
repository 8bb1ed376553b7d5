"""What was found: by department and code, by code, across departments, and what was explained."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from workbook_tool.county.book.listing import Cell, Colour, Column, Listing, Says, cells, quoted_tab
from workbook_tool.county.book.places import Places
from workbook_tool.county.plain import plain_lines
from workbook_tool.county.types import State
from workbook_tool.findings import column_letters
from workbook_tool.model import Severity
from workbook_tool.outputs.rulebook import Entry, entries

COLOURS: dict[str, Colour] = {"error": "error", "explain": "explain", "note": "note"}
RANK = {severity.value: n for n, severity in enumerate(Severity)}
WHO = (Column("部门编码", "centred", 11), Column("部门名称", "text", 24))
SUM = "合计"

_NOTHING = Cell(None)


class _Found(NamedTuple):
    """Where a finding is, and how severe."""

    severity: str
    sheet: str | None
    cell: str | None


@dataclass(frozen=True)
class Problem:
    """A code that was found somewhere.

    Attributes:
        severity: The highest with which it was found.
        departments: How many departments have it.
        times: How often it was found.
    """

    code: str
    severity: str
    sentence: str
    departments: int
    times: int


def problems(places: Places) -> list[Problem]:
    """Every code that was found, errors first, those of most departments first."""
    findings = places.county.findings
    words = {entry.code: sentence_of(entry) for entry in entries(places.county.pack)}
    found = []
    for code, lines in findings.groupby("code", sort=False):
        severity = min(lines["severity"], key=lambda s: RANK[s])
        departments = int(lines["submission"].nunique())
        found.append(Problem(str(code), severity, words.get(str(code), ""), departments, len(lines)))
    return sorted(found, key=lambda p: (RANK[p.severity], -p.departments, -p.times, p.code))


def sentence_of(entry: Entry) -> str:
    """What a rule wants, in one sentence."""
    return entry.title if entry.words == entry.title else f"{entry.title}：{entry.words}"


def matrix(places: Places, found: list[Problem]) -> Listing:
    """问题汇总: how often each code was found in each department, linked to the first place."""
    counts: dict[tuple[int, str], list[_Found]] = {}
    wanted = ("submission", "code", "severity", "sheet", "cell")
    for number, code, *found_at in plain_lines(places.county.findings, *wanted):
        counts.setdefault((number, code), []).append(_Found(*found_at))
    last = _letter(len(found))
    rows = []
    for number in places.lines:
        row = [_counted(counts.get((number, p.code)), number, places) for p in found]
        total = sum(int(cell.value or 0) for cell in row)
        formula = f"SUM(D{{r}}:{last}{{r}})" if found else None
        came = places.lines[number]["state"] != State.MISSING
        rows.append([*places.who(number), Cell(total, formula) if came else Cell(None), *row])
    return Listing(
        name="问题汇总",
        title=f"{places.county.title}　问题汇总",
        about="部门和问题编号对照，各有几处，点数字到标注过的报表",
        columns=[*WHO, Column(SUM, "count", 8), *(Column(p.code, "count", 8.5) for p in found)],
        rows=rows,
        says=[
            Says(
                "红色是错误，黄色是需说明，蓝色是提示。点数字打开标注过的报表中第一处；编号的意思见“问题分类”。"
            ),
        ],
        totals=_totals(found, rows) if rows else [],
        pages=1 if len(found) <= 24 else 0,
        fixed=3,
    )


def _letter(number: int) -> str:
    """The column of a code (from 1); before the first stands the sum."""
    return column_letters(3 + number)


def _counted(lines: list[_Found] | None, number: int, places: Places) -> Cell:
    if not lines:
        return _NOTHING
    worst = min(lines, key=lambda line: RANK[line.severity])
    link = places.link(number, worst.sheet, worst.cell)
    return Cell(len(lines), colour=COLOURS[worst.severity], link=link)


def _totals(found: list[Problem], rows: list[list[Cell]]) -> list[list[Cell]]:
    """How many departments, and how often, below each code."""
    blank = Cell(None)
    areas = [f"{_letter(n)}{{first}}:{_letter(n)}{{last}}" for n in range(len(found) + 1)]
    sums = [sum(int(row[2 + n].value or 0) for row in rows) for n in range(len(found) + 1)]
    having = [sum(bool(row[2 + n].value) for row in rows) for n in range(len(found) + 1)]
    return [
        [blank, Cell("处数"), *(Cell(s, f"SUBTOTAL(109,{a})") for s, a in zip(sums, areas, strict=True))],
        [blank, Cell("部门数"), *(Cell(h, f'COUNTIF({a},">0")') for h, a in zip(having, areas, strict=True))],
    ]


def by_code(places: Places, found: list[Problem], table: Listing) -> Listing:
    """问题分类: each code with the sentence of its rule, and how many departments have it."""
    rows = []
    for number, p in enumerate(found, 1):
        column, below = _letter(number), table.last + 1
        area = f"{quoted_tab(table.name)}!{column}{{}}"
        rows.append(
            cells(
                p.code,
                Cell(Severity(p.severity).label, colour=COLOURS[p.severity]),
                Cell(p.departments, area.format(below + 1) if table.rows else None),
                Cell(p.times, area.format(below) if table.rows else None),
                p.sentence,
            )
        )
    return Listing(
        name="问题分类",
        title=f"{places.county.title}　问题分类",
        about="每种问题有多少个部门、多少处，规则是什么",
        columns=[
            Column("编号", "centred", 15), Column("级别", "centred", 9), Column("部门数", "count", 9),
            Column("处数", "count", 9), Column("规则", "text", 84),
        ],
        rows=rows,
        nothing="没有发现问题。",
        fixed=1,
    )  # fmt: skip


def across(places: Places) -> Listing:
    """跨部门: what concerns several departments at once."""
    return Listing(
        name="跨部门",
        title=f"{places.county.title}　跨部门核对",
        about="几个部门放在一起才看得出的问题",
        columns=[
            Column("编号", "centred", 13), Column("级别", "centred", 9), Column("部门", "text", 28),
            Column("问题", "text", 64), Column("位置", "text", 50),
        ],
        rows=[
            cells(
                line["code"],
                Cell(Severity(line["severity"]).label, colour=COLOURS[line["severity"]]),
                "\n".join(places.department(number) for number in line["departments"]),
                line["message"],
                "\n".join(_place(place, places) for place in line["places"]),
            )
            for line in places.county.across.to_dict("records")
        ],
        nothing="没有发现跨部门的问题。",
        fixed=1,
    )  # fmt: skip


def _place(place: str, places: Places) -> str:
    """`file!sheet!cell` with the file as it is shown."""
    for path, shown in places.names.items():
        if place.startswith(f"{path}!"):
            return shown + place[len(path) :]
    return place


def explained(places: Places) -> Listing:
    """说明汇总: what departments wrote against the findings that may be explained."""
    pack, county = places.county.pack, places.county
    titles = {entry.code: entry.title for entry in entries(pack)}
    times = Counter(zip(county.findings["submission"], county.findings["code"], strict=True))
    rows = [
        cells(
            *places.who(number), code or None, titles.get(code), times[number, code] or None, text,
            None if code in titles else "没有这个编号",
        )
        for number, code, text in _explanations(places)
    ]  # fmt: skip
    return Listing(
        name="说明汇总",
        title=f"{county.title}　说明汇总",
        about="各部门对需说明的问题写了什么原因",
        columns=[
            *WHO, Column("编号", "centred", 13), Column("规则", "text", 28), Column("处数", "count", 7),
            Column("部门的说明", "text", 64), Column("备注", "text", 14),
        ],
        rows=rows,
        says=[Says("写了说明的问题不再要求改正，在标注过的报表中改列为提示。说明是否成立，由财政部门审定。")],
        nothing="没有部门写说明。" if pack.explanations else "这套表没有填写说明的地方。",
    )  # fmt: skip


def _explanations(places: Places) -> list[tuple[int, str, str]]:
    where = places.county.pack.explanations
    if where is None:
        return []
    lines = places.county.frames[where.on].dropna(subset=[where.text]).to_dict("records")
    return [
        (
            line["submission"],
            "" if pd.isna(line[where.code]) else str(line[where.code]).strip(),
            str(line[where.text]),
        )
        for line in lines
    ]
