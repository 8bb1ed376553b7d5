"""Workbooks spoilt at random: none may break the program. What once did stands among the hostile recipes."""

from __future__ import annotations

import os
from itertools import count

import pytest

import mutator
from fuzzing import for_seconds, fuzz, seeds

SECONDS = float(os.environ.get("WORKBOOK_TOOL_FUZZ_SECONDS", "5"))
"""How long the usual run takes; CI sets it to a minute."""


def test_a_mutant_is_made_again_by_its_number() -> None:
    assert mutator.mutant(seeds(), 7) == mutator.mutant(seeds(), 7)


def test_no_mutant_breaks_the_program() -> None:
    run = fuzz(count(), for_seconds(SECONDS))
    assert not run.finds, next(iter(run.finds.items()))
    assert run.codes["ok"] and run.codes["damaged"]


@pytest.mark.slow
def test_no_mutant_of_a_long_run_breaks_the_program() -> None:
    run = fuzz(count(10_000_000), for_seconds(1800))
    assert not run.finds, next(iter(run.finds.items()))
