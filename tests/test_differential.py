"""Cells of real workbooks as two other readers see them: equal, but for rules that have a name."""

from __future__ import annotations

import warnings

import pytest

import corpus
import otherreaders
import wholeway

pytestmark = pytest.mark.skipif(not corpus.FILES, reason=corpus.ABSENT)
LARGE = 20_000
SLOW_TO_LOAD = ("poc-shared-strings", "comment03", "DrawingSizeInPx", "FilterByCF", "clusterfuzz")
"""Not opened with openpyxl, which takes minutes or gigabytes for them."""
LEAST = 0.999
READERS = {"openpyxl": otherreaders.by_openpyxl, "calamine": otherreaders.by_calamine}


def tallied(reader: str, most_bytes: int) -> tuple[otherreaders.Tally, int]:
    """What is equal and what is not, and how many files the other reader opened."""
    tally, opened = otherreaders.Tally(), 0
    expected = corpus.expected()
    for path in corpus.FILES:
        name = corpus.name_of(path)
        slow = reader == "openpyxl" and any(word in name for word in SLOW_TO_LOAD)
        if expected[name][1] != wholeway.FINE or slow or path.stat().st_size > most_bytes:
            continue
        try:
            otherreaders.compare(name, path.read_bytes(), READERS[reader], tally)
            opened += 1
        except KeyboardInterrupt:
            raise
        except BaseException as problem:
            warnings.warn(f"{reader} cannot open {name}: {type(problem).__name__}", stacklevel=1)
    return tally, opened


def assert_equal(reader: str, most_bytes: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tally, opened = tallied(reader, most_bytes)
    assert opened > 200
    assert tally.share >= LEAST, tally.different[:20]
    assert not tally.different, tally.different[:20]
    assert tally.by_rule.keys() <= otherreaders.RULES.keys()


@pytest.mark.parametrize("reader", READERS)
def test_cells_are_what_another_reader_sees(reader: str) -> None:
    assert_equal(reader, LARGE)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_cells_of_large_workbooks_are_what_another_reader_sees(reader: str) -> None:
    assert_equal(reader, 1 << 30)
