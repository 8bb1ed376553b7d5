"""One department of a made-up county: its filing, the mistakes planted in it, and what they must give."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import file_plants
import made_up
from last_year_plants import last_year_plants
from money_plants import money_plants
from planting import Ground, Plant, Planted, overlap, simple_plants
from project_plants import project_plants
from score_plants import score_plants
from spots import Sheets, fixed_key, holder
from workbook_plants import workbook_plants

from workbook_tool.excel import fill as plain
from workbook_tool.forms.load import load_pack
from workbook_tool.make import fill as live_fill
from workbook_tool.model import Pack

PACK = "hunan-yueyang/2023"
TYPED_TOTALS = ("格式-12", "收入", "C6")
"""What every workbook gives whose totals are all typed: the notice stands at the first of them."""

Place = tuple[str, str, str]
"""Code, sheet and cell; empty where a finding has none."""
Sum = tuple[str, str, str]
"""Frame, key of the fixed row (empty for free rows and forms), field."""

FOREWORDS = {
    "基本情况": ("职能职责概述", "年度主要工作内容", "总体运行情况及取得的成绩"),
    "绩效目标": ("预期目标", "实际完成"),
    "项目": (
        "预期目标", "实际完成", "项目基本概况", "项目资金使用及管理情况", "项目组织实施情况",
        "综合评价情况及评价结论", "项目主要绩效情况分析", "主要经验及做法存在问题和建议",
    ),
}  # fmt: skip
"""Texts that are made the department's own; equal ones in two departments would be a finding of the county."""


@cache
def the_pack() -> Pack:
    """The pack of the county."""
    return load_pack(PACK)


@cache
def every_plant() -> tuple[Plant, ...]:
    """Every way of making a mistake."""
    return (
        *simple_plants(),
        *money_plants(),
        *last_year_plants(),
        *score_plants(),
        *project_plants(),
        *workbook_plants(),
    )


@dataclass
class Department:
    """One department's return.

    Attributes:
        typed: Whether its totals are typed over the template's formulas.
        data: Its filing with all totals and every planted mistake.
        contents: What is filled in.
        expected: Everything that must be found in it.
        planted: Code, name and project (0 for none) of each mistake.
        edits: What is changed in the written workbook: function, tab, cell.
    """

    number: int
    typed: bool
    data: dict[str, Any]
    contents: dict[str, Any] = field(default_factory=dict)
    expected: set[Place] = field(default_factory=set)
    planted: list[tuple[str, str, int]] = field(default_factory=list)
    edits: list[tuple[Callable[[file_plants.Workbook, str, str], None], str, str]] = field(
        default_factory=list
    )
    sums: Counter[Sum] = field(default_factory=Counter)
    areas: list[str] = field(default_factory=list)
    _typed_paths: list[str] = field(default_factory=list)
    _found: list[Planted] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.data["基本情况"]["部门名称"])

    @property
    def code(self) -> str:
        """Its code."""
        return str(self.data["基本情况"]["部门编码"])

    @property
    def file(self) -> str:
        """What its workbook is called."""
        return f"{self.number + 1:05d}{self.name}.xlsx"

    def take(self, plant: Plant, rng: random.Random) -> bool:
        """Plant a mistake where there is room for it; whether there was."""
        if plant.style is not None and (plant.style == "typed") != self.typed:
            return False
        numbers = list(range(1, len(self.data["项目"]) + 1)) if plant.in_project else [0]
        for number in rng.sample(numbers, len(numbers)):
            ground = Ground(self.data, rng, number, self.typed)
            areas = [ground.path(area) for area in plant.areas]
            if any(overlap(area, taken) for area in areas for taken in self.areas):
                continue
            planted = plant.make(ground)
            if planted is not None:
                self.areas += areas
                self.planted.append((plant.code, plant.name, number))
                self._typed_paths += map(ground.path, planted.typed)
                self._found.append(_numbered(planted, ground))
                return True
        return False

    def close(self, pack: Pack) -> None:
        """Work out what stands where once everything is planted."""
        sheets = Sheets(self.data, pack)
        for planted in self._found:
            for code, paths in planted.finds.items():
                self.expected |= {(code, *sheets.address(path)) for path in paths}
            self.edits += [(edit, *sheets.address(path)) for edit, path in planted.edits]
        reads = {path: value for planted in self._found for path, value in planted.reads.items()}
        self.sums = _sums(self.data, reads, pack)
        self.contents = _copied(self.data)
        if self.typed:
            self.expected.add(TYPED_TOTALS)
        else:
            made_up.leave_to_formulas(self.contents, self._typed_paths)
        self._found.clear()  # its functions cannot be sent to another process

    def workbook(self, *, live: bool = False) -> bytes:
        """Its workbook, the same each time."""
        out = io.BytesIO()
        (live_fill if live else plain.fill)(self.contents, the_pack(), out)
        if not self.edits:
            return out.getvalue()
        book = file_plants.Workbook(out.getvalue())
        for edit, tab, cell in self.edits:
            edit(book, tab, cell)
        return book.save()


def _copied(data: Any) -> Any:
    """Mappings and lists anew, so that what is filled in can lose its totals."""
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(item) for item in data] if isinstance(data, list) else data


def _numbered(planted: Planted, ground: Ground) -> Planted:
    """The same with the project's number in its paths."""
    return Planted(
        {code: [ground.path(p) for p in paths] for code, paths in planted.finds.items()},
        reads={ground.path(path): value for path, value in planted.reads.items()},
        edits=tuple((edit, ground.path(path)) for edit, path in planted.edits),
    )


def made_own(data: dict[str, Any]) -> dict[str, Any]:
    """Put the department's name into its texts and into the names of its projects."""
    name = data["基本情况"]["部门名称"]
    data.setdefault("上年数据", {})
    for sheet, labels in FOREWORDS.items():
        for form in data[sheet] if sheet == "项目" else [data[sheet]]:
            for label in labels:
                form[label] = f"{name}：{form[label]}"
    for label in data["综述"]:
        data["综述"][label] = f"{name}：{data['综述'][label]}"
    for project in data["项目"]:
        project["项目名称"] = f"{name}{project['项目名称']}"
    return data


def _sums(data: Mapping[str, Any], reads: Mapping[str, float | None], pack: Pack) -> Counter[Sum]:
    """What one workbook adds to the county's sums."""
    read = {(id(line), label): v for path, v in reads.items() for line, label in [holder(data, path)]}
    sums: Counter[Sum] = Counter()
    for frame, table in pack.tables.items():
        fields = {
            f.label: pack.fen if f.type == "amount" else 1
            for f in table.fields
            if f.type in ("amount", "count")
        }
        sheet, _, block = frame.partition(".")
        forms = data.get(sheet, [])
        for form in forms if sheet == "项目" else [forms]:
            part = form.get(block, []) if block else form
            for line in part if isinstance(part, list) else [part]:
                key = fixed_key(table, line) or "" if table.kind == "table" else ""
                for label, scale in fields.items():
                    value = read.get((id(line), label), line.get(label))
                    if value is not None:
                        sums[frame, key, label] += round(Decimal(str(value)) * scale)
    return sums
