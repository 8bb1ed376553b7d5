"""Every pack: nothing is wrong with it, its clean filing has no finding, every case finds what it says."""

from __future__ import annotations

from functools import cache

import pytest

from workbook_tool.cases import Trial, try_cases
from workbook_tool.forms.case_files import Case, case_files
from workbook_tool.forms.load import available_packs, find_pack, load_pack
from workbook_tool.lint import lint

PACKS = available_packs()
CASES = [(name, case) for name in PACKS for case in case_files(load_pack(name)).cases]


@cache
def tried(name: str) -> Trial:
    """All cases of a pack as one batch of real workbooks."""
    return try_cases(load_pack(name))


@pytest.mark.parametrize("name", PACKS)
def test_nothing_is_wrong_with_it(name: str) -> None:
    report = lint(find_pack(name))
    assert [str(mistake) for mistake in (*report.mistakes, *report.hints)] == []


@pytest.mark.parametrize("name", PACKS)
def test_the_clean_filing_has_no_finding(name: str) -> None:
    assert tried(name).clean == {}


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{n}-{c.id}" for n, c in CASES])
def test_case(name: str, case: Case) -> None:
    trial = tried(name)
    assert trial.refused == []
    assert trial.found(case) == trial.expected(case)
