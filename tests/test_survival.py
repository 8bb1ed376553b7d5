"""Real workbooks of other projects, marked and unmarked: nothing is lost, nothing else is touched.

The files are test data that lies beside the project, not in it; without them these tests are
skipped. They were made by Excel, WPS, LibreOffice and a dozen libraries, some damaged on purpose.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest

from anatomy import audited, faults, only_marked, parts_of
from recipes import RECIPES
from workbook_tool.excel.marks import originals
from workbook_tool.excel.marks.marks import Mark, mark_cells
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.ooxml.package import Package, Refused
from workbook_tool.excel.ooxml.stylesheet import StyleSheet

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
FILES = sorted(CORPUS.glob("*/*.xls[xm]"))
LARGE = 90_000
MARKS = {
    "B2": Mark("error", "收入-01 错误\n填的是2437.73，应为2437.74。"),
    "C3": Mark("explain", "请说明 <原因> & “依据”。"),
    "G7": Mark("unproven", "没有数据。", live=False),
}
SLOW_TO_LOAD = {"poc-shared-strings", "comment03", "DrawingSizeInPx", "FilterByCF"}
"""Not opened with openpyxl, which takes minutes or gigabytes for them."""

SLOW_TO_AUDIT = {"__t03.", "__51710."}

ABSENT = "没有真实工作簿的测试数据 (the corpus of real workbooks is not beside the project)"
CASES = [
    pytest.param(p, id=f"{p.parent.name}/{p.name.rpartition('__')[2]}",
                 marks=[pytest.mark.slow] * (p.stat().st_size > LARGE))
    for p in FILES
] or [pytest.param(CORPUS, marks=pytest.mark.skip(reason=ABSENT))]  # fmt: skip


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    try:
        package = Package.open(path)
        package.verify()
    except Refused as refusal:
        assert refusal.message.endswith("。")
        pytest.skip(f"refused: {refusal.code}")
    yield package


def marked(package: Package) -> bytes:
    before = package.members()
    mark_cells(package, {sheet.name: MARKS for sheet in package.sheets}, StyleSheet(package))
    originals.keep(package, before)
    return package.save()


def assert_only_marked(original: bytes, package: Package) -> bytes:
    """Mark a workbook, and look that nothing is lost, nothing else changed, and all comes out again."""
    before = {one.name: one.inflate() for one in package.members()}
    sheets = {s.part for s in package.sheets}
    copy = marked(package)
    after = parts_of(copy)
    assert not before.keys() - after.keys()
    for name, content in before.items():
        if after[name] != content:
            assert only_marked(name, content, after[name], MARKS if name in sheets else None), name
    assert not faults(copy) - faults(original)
    restored = unmarked(Package.open(copy)).members()
    assert [(one.name, one.inflate()) for one in restored] == list(before.items())
    return copy


@pytest.mark.parametrize("path", CASES)
def test_marking_a_real_workbook_loses_nothing_and_comes_out_again(path: Path) -> None:
    with opened(path) as package:
        assert_only_marked(path.read_bytes(), package)


@pytest.mark.parametrize("recipe", RECIPES)
def test_marking_a_delicate_feature_loses_nothing_and_comes_out_again(recipe: str) -> None:
    original = RECIPES[recipe]()
    copy = assert_only_marked(original, Package.open(original))
    assert not audited(copy) - audited(original)


@pytest.mark.slow
@pytest.mark.parametrize("path", CASES)
def test_a_second_opinion_finds_no_fault_that_was_not_there(path: Path) -> None:
    if path.stat().st_size > LARGE or any(word in path.name for word in SLOW_TO_AUDIT):
        pytest.skip("it takes minutes")
    if "123233_charts" in path.name:
        pytest.skip("it misses relationships whose part is spelt with other capitals")
    with opened(path) as package:
        assert not audited(marked(package)) - audited(path.read_bytes())


@pytest.mark.parametrize("path", CASES)
def test_a_marked_workbook_opens_where_the_original_did(path: Path) -> None:
    if any(word in path.name for word in SLOW_TO_LOAD):
        pytest.skip("openpyxl takes too long or too much memory for the original")
    with opened(path) as package:
        copy = marked(package)
    problem = _cannot_open(copy)
    if problem:
        assert _cannot_open(path.read_bytes()), problem


def _cannot_open(workbook: bytes) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            openpyxl.load_workbook(io.BytesIO(workbook))
        except Exception as problem:
            return repr(problem)
    return ""
