"""Every pack: nothing is wrong with it, its clean filing has no finding, every case finds what it says."""

from __future__ import annotations

from functools import cache

import pytest

from workbook_tool.cases import Trial, try_cases
from workbook_tool.forms.load import available_packs, find_pack, load_pack
from workbook_tool.forms.writing.case_files import Case, case_files
from workbook_tool.lint import lint

PACKS = available_packs()
CASES = [(name, case) for name in PACKS for case in case_files(load_pack(name)).cases]
FAILING = [(name, case) for name, case in CASES if case.finds]
HOLDING = [(name, case) for name, case in CASES if not case.finds]


@cache
def tried(name: str, failing: bool) -> Trial:
    """The cases of a pack in which its rules fail, or those in which they hold, as one batch."""
    return try_cases(load_pack(name), lambda case: bool(case.finds) == failing)


@pytest.mark.parametrize("name", PACKS)
def test_nothing_is_wrong_with_it(name: str) -> None:
    report = lint(find_pack(name))
    assert [str(mistake) for mistake in (*report.mistakes, *report.hints)] == []


@pytest.mark.parametrize("name", PACKS)
def test_the_clean_filing_has_no_finding(name: str) -> None:
    assert tried(name, True).clean == {}


@pytest.mark.parametrize(("name", "case"), FAILING, ids=[f"{n}-{c.id}" for n, c in FAILING])
def test_a_rule_that_fails(name: str, case: Case) -> None:
    found_as_expected(tried(name, True), case)


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "case"), HOLDING, ids=[f"{n}-{c.id}" for n, c in HOLDING])
def test_a_rule_that_holds(name: str, case: Case) -> None:
    found_as_expected(tried(name, False), case)


def found_as_expected(trial: Trial, case: Case) -> None:
    """Exactly the codes that the case names, at the cells it names."""
    assert trial.refused == []
    assert trial.found(case) == trial.expected(case)
