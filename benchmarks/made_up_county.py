"""A whole made-up county: departments, projects and planted mistakes with their truth, from one seed.

Nothing here asks the tool what it finds: the figures come from `made_up`, what a mistake must give is
said where it is planted, and where it stands comes from the plan by which the sheets are written.

    python benchmarks/made_up_county.py 县 --departments 150 --projects 2000 --errors 3000 --jobs 2
"""

from __future__ import annotations

import argparse
import io
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import file_plants
import made_up
import xlsxwriter
from made_up_department import PACK, Department, Place, Sum, every_plant, made_own, the_pack
from spots import holder

from workbook_tool.forms.load import load_pack, read_data
from workbook_tool.make import fill
from workbook_tool.model import Pack

__all__ = ["County", "Department", "Place", "Sum", "every_plant", "the_pack"]

MOST_PROJECTS = 40
"""No department has more."""
DUE = "2024-03-31"
UNIT_KINDS = ("中心", "管理站", "执法大队")
CANNOT_BE_PLANTED = {
    "文件-11": "数字签名失效是写标注副本时才说的，核对时没有。",
    "文件-14": "用时过长取决于运行时的限制，不是填报里的错误。",
    "文件-15": "占用内存过多取决于运行时的限制，不是填报里的错误。",
    "文件-16": "处理时程序出错是程序的错，填报里埋不出来。",
    "文件-32": "工作表要大到上百万个标签，埋进去一份就是几十兆。",
    **{
        f"文件-{number}": "动的是文件的样子而不是填报的内容，由 tests/test_audit.py 逐种核对。"
        for number in (*range(18, 22), *range(23, 32), 33, 34)
    },
    "格式-05": "这套表没有百分数栏目。",
    "填写-06": "这套表的选项没有规定别的写法。",
}
"""Codes that no filing of this form can be made to give, and why."""
IN_STRAYS = ("文件-01", "文件-02", "文件-03")
"""Codes that speak of a whole file, of which nothing else can be said: they are given by `strays`."""


@dataclass(frozen=True)
class Stray:
    """A file among the returns that is no department's return."""

    file: str
    content: bytes
    expected: set[Place]


class County:
    """A made-up county.

    Args:
        seed: Equal seeds give equal counties.
        departments: How many departments have returned a workbook.
        projects: How many projects they have together.
        errors: How many mistakes are planted.
        absent: How many more departments stand in the roster and have returned nothing.
        shared: How many times a few departments filled in the same.
        unlisted: How many departments have a unit in the roster that none of their tables names.

    Attributes:
        departments: Each with its expected findings and its sums.
        across: What must be found between departments: code and the codes of the departments.
        unlisted: Those units by the department's code.
    """

    def __init__(
        self,
        seed: int,
        departments: int = 150,
        projects: int = 2000,
        errors: int = 3000,
        *,
        absent: int = 5,
        shared: int = 0,
        unlisted: int = 0,
    ):
        rng = random.Random(seed)
        self.pack, self.seed, self._absent = the_pack(), seed, absent
        assert self.pack.folder is not None
        base = read_data(self.pack.folder / "cases" / "base.yaml")
        counts = _shared(projects, departments, rng)
        self.departments = [
            Department(n, n % 3 == 0, made_own(made_up.filing(seed * 10_000 + n + 1, base, projects=count)))
            for n, count in enumerate(counts)
        ]
        self.across: set[tuple[str, frozenset[str]]] = set()
        for number in range(shared):
            self._share(number, rng)
        self._units = {d.code: _units(d.data) for d in self.departments}
        self.unlisted: dict[str, str] = {}
        self._leave_out(unlisted, random.Random(f"{seed} units"))
        self._plant(errors, rng)
        for department in self.departments:
            department.close(self.pack)

    def _share(self, number: int, rng: random.Random) -> None:
        """Three departments name the same project, or have the same long text in their goals."""
        code, path = (("跨部门-01", "项目#1.项目名称"), ("跨部门-02", "绩效目标.预期目标"))[number % 2]
        free = [d for d in self.departments if path not in d.areas]
        works = rng.sample([p + k for p in made_up.PLACES for k in made_up.KINDS], 14)
        text = f"{works[0]}和{works[1]}联合整治" if number % 2 == 0 else f"全年完成{'、'.join(works)}"
        chosen = rng.sample(free, 3)
        for department in chosen:
            line, label = holder(department.data, path)
            line[label] = text
            department.areas.append(path)
        self.across.add((code, frozenset(d.code for d in chosen)))

    def _leave_out(self, count: int, rng: random.Random) -> None:
        """Units of departments that stand in the roster alone."""
        for department in rng.sample(self.departments, count):
            unit = f"{rng.choice(made_up.PLACES)}{rng.choice(made_up.KINDS)}{rng.choice(UNIT_KINDS)}"
            units = self._units[department.code]
            units.insert(rng.randint(0, len(units)), unit)
            self.unlisted[department.code] = unit
            self.across.add(("跨部门-03", frozenset({department.code})))

    def _plant(self, errors: int, rng: random.Random) -> None:
        """The rarest code first, in one department after the other, while there is room."""
        used: Counter[str] = Counter()
        open_ = list(self.departments)
        while errors > 0 and open_:
            for department in list(open_):
                order = sorted(every_plant(), key=lambda plant: (used[plant.code], rng.random()))
                done = next((plant for plant in order if department.take(plant, rng)), None)
                if done is None:
                    open_.remove(department)
                    continue
                used[done.code] += 1
                errors -= 1
                if not errors:
                    return

    @property
    def codes(self) -> Counter[str]:
        """How many places of each code must be found in the departments' workbooks."""
        return Counter(code for d in self.departments for code, _, _ in d.expected)

    @property
    def sums(self) -> Counter[Sum]:
        """What the county adds up to: amounts in fen, counts as they are."""
        total: Counter[Sum] = Counter()
        for department in self.departments:
            for key, value in department.sums.items():
                total[key] += value
        return total

    @property
    def roster(self) -> list[dict[str, Any]]:
        """The list of departments, those that have returned nothing at its end."""
        lines = [
            {
                "code": d.code,
                "department": d.name,
                "contact": "周四维",
                "due": DUE,
                "units": self._units[d.code],
                "projects": [p["项目名称"] for p in d.data["项目"]],
                "returned": True,
            }
            for d in self.departments
        ]
        for number in range(len(lines) + 1, len(lines) + self._absent + 1):
            code = self.seed * 10_000 + number
            lines.append(
                {
                    "code": f"{300000 + code % 600000:06d}",
                    "department": f"某县第{code}局",
                    "contact": "周四维",
                    "due": DUE,
                    "units": [],
                    "projects": [],
                    "returned": False,
                }
            )
        return lines

    def write_roster(self, path: Path) -> None:
        """Write the roster as the bureau keeps it."""
        lines = [
            {
                "部门编码": line["code"],
                "部门名称": line["department"],
                "联系人": line["contact"],
                "二级机构": "、".join(line["units"]) or None,
            }
            for line in self.roster
        ]
        county = {"县区名称": "某县", "县区编码": "430999", "截止日期": DUE, "填表人": "周四维"}
        fill({"基本信息": county, "部门名册": lines}, load_pack("roster/1"), path)

    def strays(self) -> list[Stray]:
        """Files of which only one thing can be said: damaged, of another form, of another edition."""
        whole = self.departments[0].workbook()
        out = io.BytesIO()
        with xlsxwriter.Workbook(out) as book:
            book.add_worksheet("通讯录").write_row(0, 0, ["姓名", "电话"])
        old = Department(
            len(self.departments),
            False,
            made_own(made_up.filing(self.seed * 10_000 + 9_999, read_data(_base(self.pack)))),
        )
        old.close(self.pack)
        old.edits.append((file_plants.other_edition, PACK, PACK.replace("2023", "2022")))
        contents = {"文件-01": whole[: len(whole) // 2], "文件-02": out.getvalue(), "文件-03": old.workbook()}
        names = dict(zip(IN_STRAYS, ("传坏了的.xlsx", "通讯录.xlsx", "去年的表.xlsx"), strict=True))
        return [Stray(names[code], content, {(code, "", "")}) for code, content in contents.items()]

    def write(self, folder: Path, jobs: int = 1, *, live: bool = False) -> list[Path]:
        """Write every department's workbook.

        Args:
            folder: Where to; it is made.
            jobs: How many processes.
            live: Whether the sheets carry the live checks, which takes several times as long.
        """
        folder.mkdir(parents=True, exist_ok=True)
        tasks = [(department, folder / department.file, live) for department in self.departments]
        if jobs == 1:
            return [_write(task) for task in tasks]
        with get_context("spawn").Pool(jobs) as pool:
            return pool.map(_write, tasks, chunksize=4)


def _write(task: tuple[Department, Path, bool]) -> Path:
    department, path, live = task
    path.write_bytes(department.workbook(live=live))
    return path


def _base(pack: Pack) -> Path:
    assert pack.folder is not None
    return pack.folder / "cases" / "base.yaml"


def _units(data: Mapping[str, Any]) -> list[str]:
    """The units that a filing lists below its total and the department itself, without their numbers."""
    return [line["机构名称"].partition("、")[2] for line in data["收入"][2:]]


def _shared(projects: int, departments: int, rng: random.Random) -> list[int]:
    """How many projects each department has; at least one."""
    counts = [1] * departments
    while sum(counts) < min(projects, departments * MOST_PROJECTS):
        number = rng.randrange(departments)
        counts[number] += counts[number] < MOST_PROJECTS
    return counts


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name, default in {"seed": 1, "departments": 150, "projects": 2000, "errors": 3000, "jobs": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--live", action="store_true", help="with the live checks")
    options = parser.parse_args(words)
    county = County(options.seed, options.departments, options.projects, options.errors)
    paths = county.write(options.folder, options.jobs, live=options.live)
    planted = sum(len(d.planted) for d in county.departments)
    print(f"{len(paths)} workbooks, {planted} mistakes, {len(county.codes)} codes, in {options.folder}")


if __name__ == "__main__":
    main()
