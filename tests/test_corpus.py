"""Every real workbook comes to what is expected of it: accepted, or refused with that very code.

A file that is refused and starts to work fails as well: look at it, and write the list anew with
`python tests/corpus.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import corpus
import wholeway

pytestmark = pytest.mark.skipif(not corpus.FILES, reason=corpus.ABSENT)
MADE_BY_EXCEL = "jmcnamara+XlsxWriter/"
GROUP = 40


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in corpus.FILES}))
def test_every_file_comes_to_what_is_expected(folder: str) -> None:
    expected = corpus.expected()
    wrong = []
    for path in (p for p in corpus.FILES if p.parent.name == folder):
        content = path.read_bytes()
        came_to = (len(content), wholeway.gate(content))
        if came_to != expected.get(corpus.name_of(path)):
            wrong.append((corpus.name_of(path), expected.get(corpus.name_of(path)), came_to))
    assert not wrong


def test_nothing_that_excel_saved_is_refused() -> None:
    codes = {code for name, (_, code) in corpus.expected().items() if name.startswith(MADE_BY_EXCEL)}
    assert codes == {wholeway.FINE}


def test_the_list_names_every_file_and_no_other() -> None:
    assert corpus.expected().keys() == {corpus.name_of(path) for path in corpus.FILES}


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, len(corpus.FILES), GROUP))
def test_every_file_goes_the_whole_way(start: int, tmp_path: Path) -> None:
    expected = corpus.expected()
    accepted = [
        p for p in corpus.FILES[start : start + GROUP] if expected[corpus.name_of(p)][1] == wholeway.FINE
    ]
    contents = [path.read_bytes() for path in accepted]
    assessment = wholeway.assessed(contents)
    for number, content in enumerate(contents):
        wholeway.marked(content, assessment, number)
