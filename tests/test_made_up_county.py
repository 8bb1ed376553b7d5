"""A made-up county: every planted mistake is found at its cell, nothing else is, and the sums agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import made_up_county
import pytest
from made_up_county import County, Place, Sum
from spots import fixed_key

from workbook_tool.assess import assess
from workbook_tool.consolidate import consolidate
from workbook_tool.excel.read import read
from workbook_tool.model import Frame, Pack
from workbook_tool.notices import NOTICES

CHUNK = 50


def found_in(paths: Sequence[Path], pack: Pack) -> tuple[list[set[Place]], Counter[Sum]]:
    """What is found in each workbook, and what their typed amounts and counts add up to."""
    found: list[set[Place]] = []
    sums: Counter[Sum] = Counter()
    for start in range(0, len(paths), CHUNK):
        some = paths[start : start + CHUNK]
        batch, drafts = read(some, pack)
        assessment = assess(batch, pack, drafts)
        places: list[set[Place]] = [set() for _ in some]
        columns = (assessment.findings[c].tolist() for c in ("submission", "code", "sheet", "cell"))
        for number, code, sheet, cell in zip(*columns, strict=True):
            places[number].add((code, sheet or "", cell or ""))
        found += places
        sums.update(sums_of(assessment.batch.frames, pack))
    return found, sums


def sums_of(frames: Mapping[str, Frame], pack: Pack) -> Counter[Sum]:
    sums: Counter[Sum] = Counter()
    for name, frame in frames.items():
        table = pack.tables[name]
        fixed = {row.key for row in table.rows}
        keys = [key if key in fixed else "" for key in frame["key"]]
        for field in table.fields:
            if field.type in ("amount", "count"):
                for key, value in frame[field.label].groupby(keys).sum().items():
                    sums[name, str(key), field.label] += int(value)
    return sums


def some(sums: Mapping[Sum, int]) -> dict[Sum, int]:
    """Those that are something."""
    return {key: value for key, value in sums.items() if value}


def assert_found(county: County, paths: Sequence[Path]) -> None:
    """Holds the tool against the county's truth."""
    found, sums = found_in(paths, county.pack)
    differences = [
        f"{department.file}: lacking {sorted(lacking)}, more {sorted(more)}"
        for department, there in zip(county.departments, found, strict=True)
        if (lacking := department.expected - there) | (more := there - department.expected)
    ]
    assert not differences, "\n".join(differences)
    assert some(sums) == some(county.sums)


def assert_added_up(county: County, folder: Path, out: Path) -> None:
    """The consolidated county holds every department, and adds up to the generator's truth."""
    names = ("roster.xlsx", "ledger.sqlite", "county.xlsx", "copies")
    roster, ledger, book, copies = (out / name for name in names)
    county.write_roster(roster)
    added_up = consolidate(
        [folder], book, pack=county.pack, roster=roster, ledger=ledger, annotated=copies, jobs=1
    ).county
    assert added_up.returns["code"].tolist() == [line["code"] for line in county.roster]
    missing = added_up.returns["state"].eq("未报").tolist()
    assert missing == [not line["returned"] for line in county.roster]
    assert some(sums_of(added_up.frames, county.pack)) == some(county.sums)
    codes = added_up.returns["code"].tolist()
    between = zip(added_up.across["code"], added_up.across["departments"], strict=True)
    assert {(code, frozenset(codes[n] for n in numbers)) for code, numbers in between} == county.across
    said = added_up.across.query("code == '跨部门-03'")
    told = {
        codes[numbers[0]]: says for numbers, says in zip(said["departments"], said["message"], strict=True)
    }
    assert told.keys() == county.unlisted.keys()
    assert all(f"“{unit}”" in told[code] for code, unit in county.unlisted.items())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[County, Path]:
    county, folder = (
        County(seed=7, departments=6, projects=20, errors=110, shared=2, unlisted=2),
        tmp_path_factory.mktemp("small"),
    )
    county.write(folder)
    return county, folder


def test_a_small_county_has_exactly_its_planted_mistakes_and_its_sums(small: tuple[County, Path]) -> None:
    county, folder = small
    assert_found(county, [folder / department.file for department in county.departments])


def test_a_small_county_is_consolidated_to_its_sums(small: tuple[County, Path], tmp_path: Path) -> None:
    assert_added_up(*small, tmp_path)


@pytest.mark.slow
def test_a_whole_county_has_exactly_its_planted_mistakes_and_its_sums(tmp_path: Path) -> None:
    county = County(seed=1, shared=20, unlisted=10)
    assert sum(len(d.planted) for d in county.departments) == 3000
    assert sum(len(d.data["项目"]) for d in county.departments) == 2000
    wanted = {rule.code for rule in county.pack.rules} | set(NOTICES)
    absent = {*made_up_county.CANNOT_BE_PLANTED, *made_up_county.IN_STRAYS}
    assert wanted - set(county.codes) == absent & wanted
    paths = county.write(tmp_path / "returns")
    assert_found(county, paths)
    assert_added_up(county, tmp_path / "returns", tmp_path)


def test_files_that_are_no_return_give_their_one_finding(tmp_path: Path) -> None:
    strays = County(seed=3, departments=1, projects=1, errors=0).strays()
    for stray in strays:
        (tmp_path / stray.file).write_bytes(stray.content)
    found, _ = found_in([tmp_path / stray.file for stray in strays], made_up_county.the_pack())
    assert found == [stray.expected for stray in strays]


def test_every_check_across_departments_is_planted() -> None:
    county = County(seed=7, departments=6, projects=20, errors=0, shared=2, unlisted=1)
    assert county.pack.county is not None
    assert {code for code, _ in county.across} == {rule.code for rule in county.pack.county.across}


def test_equal_seeds_give_equal_counties() -> None:
    one, other = (County(seed=2, departments=2, projects=4, errors=20) for _ in range(2))
    assert [d.workbook() for d in one.departments] == [d.workbook() for d in other.departments]
    assert [d.expected for d in one.departments] == [d.expected for d in other.departments]


def test_every_code_can_be_planted_or_it_is_said_why_not() -> None:
    pack = made_up_county.the_pack()
    planted = {plant.code for plant in made_up_county.every_plant()}
    excused = {*made_up_county.CANNOT_BE_PLANTED, *made_up_county.IN_STRAYS}
    assert not planted & excused
    assert {rule.code for rule in pack.rules} | set(NOTICES) <= planted | excused


def test_the_roster_lists_the_departments_and_those_that_returned_nothing() -> None:
    county = County(seed=2, departments=3, projects=4, errors=0, absent=2)
    assert [line["returned"] for line in county.roster] == [True] * 3 + [False] * 2
    assert len({line["code"] for line in county.roster}) == 5
    assert sum(len(line["projects"]) for line in county.roster) == 4


def test_a_line_of_the_data_is_known_by_its_row() -> None:
    table = made_up_county.the_pack().tables["项目.打分"]
    assert fixed_key(table, {"二级指标": "项目产出", "三级指标": "产出质量"}) == "项目产出·产出质量"
