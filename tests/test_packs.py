"""Every pack: its clean filing has no finding, and every case finds exactly what it says."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import packcases
from workbook_tool.assess import assess
from workbook_tool.excel.fill import fill
from workbook_tool.excel.read import read
from workbook_tool.forms.load import available_packs, load_pack
from workbook_tool.model import Assessment

PACKS = available_packs()
CASES = [(name, case) for name in PACKS for case in packcases.cases_of(load_pack(name))]


@pytest.fixture(scope="module")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All cases of a pack as one batch of real workbooks: filled, read, assessed."""

    @cache
    def of(name: str) -> Assessment:
        pack = load_pack(name)
        folder = tmp_path_factory.mktemp("cases")
        base = packcases.base_of(pack)
        paths: list[Path] = []
        for number, change in enumerate([{}, *(case.set for _, case in CASES if _ == name)]):
            path = folder / f"{number}.xlsx"
            fill(packcases.changed(base, change, pack), pack, path)
            paths.append(path)
        batch, drafts = read(paths, pack)
        return assess(batch, pack, drafts)

    return of


def found_in(assessment: Assessment, submission: int) -> dict[str, set[str]]:
    findings = assessment.findings
    mine = findings[findings["submission"] == submission]
    found: dict[str, set[str]] = defaultdict(set)
    for code, sheet, cell in zip(mine["code"], mine["sheet"], mine["cell"], strict=True):
        found[code].add(f"{sheet}!{cell}")
    return dict(found)


@pytest.mark.parametrize("name", PACKS)
def test_the_clean_filing_has_no_finding(name: str, assessed: Any) -> None:
    assessment = assessed(name)
    mine = assessment.findings[assessment.findings["submission"] == 0]
    assert mine[["code", "sheet", "cell", "message"]].to_dict("records") == []


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{n}-{c.id}" for n, c in CASES])
def test_case(name: str, case: packcases.Case, assessed: Any) -> None:
    pack, assessment = load_pack(name), assessed(name)
    submission = 1 + [c for n, c in CASES if n == name].index(case)
    expected = {
        code: {packcases.cell_of(path, assessment.batch, submission, pack) for path in paths}
        for code, paths in {case.rule: case.finds, **case.also}.items()
        if paths
    }
    assert found_in(assessment, submission) == expected


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_has_a_passing_and_a_failing_case(name: str) -> None:
    outcomes = defaultdict(set)
    for case in packcases.cases_of(load_pack(name)):
        outcomes[case.rule].add(bool(case.finds))
    lacking = [r.code for r in load_pack(name).rules if outcomes[r.code] != {True, False}]
    assert lacking == []
