"""The pack's own template with what departments put into it: marked, unmarked, marked again."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from anatomy import audited, faults, only_marked, parts_of
from filed import CELL, FEATURES, HOME, NEXT, SHOWN, checked, filed, pack, typed, with_many
from workbook_tool.assess import assess
from workbook_tool.excel.annotate import annotate, annotated, strip
from workbook_tool.excel.marks.held import TOKEN
from workbook_tool.excel.marks.notes import BEGIN
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.marks.verdict import Verdict, Verdicts
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.stylesheet import NAMED
from workbook_tool.excel.read import read
from workbook_tool.model import Assessment


def found(assessment: Assessment) -> pd.DataFrame:
    return assessment.findings[SHOWN]


def cells_marked(assessment: Assessment) -> dict[str, set[str]]:
    """sheet -> the cells that have a finding or a score."""
    cells: dict[str, set[str]] = {}
    for frame in (assessment.findings, assessment.criteria):
        placed = frame.dropna(subset=["sheet", "cell"])
        for sheet, cell in zip(placed["sheet"], placed["cell"], strict=True):
            cells.setdefault(sheet, set()).add(cell)
    return cells


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """What is found in the example; nothing that people put beside the data changes it."""
    path = tmp_path_factory.mktemp("plain") / "a.xlsx"
    path.write_bytes(filed())
    return checked(path)


@pytest.mark.parametrize("feature", [name for name in FEATURES if name != "signature"])
def test_marking_keeps_what_people_put_in_and_comes_out_again(
    feature: str, assessment: Assessment, tmp_path: Path
) -> None:
    original = FEATURES[feature](filed())
    assert not faults(original)
    package = Package.open(original)
    marked = cells_marked(assessment)
    sheets = {s.part: marked.get(s.name, set()) for s in package.sheets}
    copy = annotated(package, assessment, pack(), 0).save()
    before, after = parts_of(original), parts_of(copy)
    changed = {name for name, content in before.items() if after[name] != content}
    assert {n for n in changed if not only_marked(n, before[n], after[n], sheets.get(n))} == set()
    home = next(s.part for s in package.sheets if s.name == HOME)
    assert after[home].count(TOKEN.encode()) == 2 * len(sheets[home])
    assert not faults(copy)
    assert parts_of(unmarked(Package.open(copy)).save()) == before
    (tmp_path / "b.xlsx").write_bytes(copy)
    assert found(checked(tmp_path / "b.xlsx")).equals(found(assessment))


def test_a_second_opinion_finds_no_fault_in_the_marked_template(assessment: Assessment) -> None:
    original = with_many(filed())
    copy = annotated(Package.open(original), assessment, pack(), 0).save()
    assert not audited(copy) - audited(original)


def test_a_note_on_a_marked_cell_keeps_its_words_before_ours(assessment: Assessment) -> None:
    copy = annotated(Package.open(FEATURES["note on a marked cell"](filed())), assessment, pack(), 0).save()
    note = openpyxl.load_workbook(io.BytesIO(copy))[HOME][CELL].comment.text
    assert note.startswith("科室：此数已与财务核对\n" + BEGIN)


def test_a_signature_cannot_outlive_a_mark_so_it_is_said_and_comes_back(tmp_path: Path) -> None:
    source, copy, back = (tmp_path / f"{n}.xlsx" for n in "abc")
    source.write_bytes(FEATURES["signature"](filed()))
    annotate(source, checked(source), pack(), copy)
    strip(copy, back)
    assert [Package.open(path).signed for path in (source, copy, back)] == [True, False, True]
    assert parts_of(back.read_bytes()) == parts_of(source.read_bytes())
    opinion = openpyxl.load_workbook(copy)["审核意见"]
    assert "文件-11" in {row[1] for row in opinion.iter_rows(values_only=True)}


def test_marking_the_template_twice_is_marking_it_once(assessment: Assessment) -> None:
    once = annotated(Package.open(filed()), assessment, pack(), 0).save()
    assert annotated(Package.open(once), assessment, pack(), 0).save() == once


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_the_loop_holds_after_openpyxl_has_saved_the_copy(assessment: Assessment, tmp_path: Path) -> None:
    plain, copy, back, again = (tmp_path / f"{n}.xlsx" for n in ("a", "b", "c", "d"))
    explained: dict[tuple[str, str], str | float] = {
        (HOME, CELL): 2422.9,
        ("说明", "B5"): "支出-11",
        ("说明", "C5"): "部分项目不需自评。",
    }
    marked = typed(annotated(Package.open(filed()), assessment, pack(), 0).save(), explained)
    for content, path in ((typed(filed(), explained), plain), (marked, copy)):
        openpyxl.load_workbook(io.BytesIO(content)).save(path)
    assert found(checked(copy)).equals(found(checked(plain)))
    strip(copy, back)
    left = b"".join(parts_of(back.read_bytes()).values())
    assert not any(sign.encode() in left for sign in (TOKEN, NAMED, BEGIN, "workbook-tool|审核"))
    annotate(copy, checked(copy), pack(), again)
    book = openpyxl.load_workbook(again)
    assert book.sheetnames[-3:] == ["说明", "审核意见", "评分复核"]
    assert (book["说明"]["C5"].value, book[HOME][CELL].value) == ("部分项目不需自评。", 2422.9)
    assert str(book[HOME][NEXT].comment.text).count(BEGIN) == 1


def test_what_is_said_of_one_of_many_is_what_is_said_of_it_alone(tmp_path: Path) -> None:
    paths = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    paths[0].write_bytes(filed())
    paths[1].write_bytes(typed(filed(), {(HOME, CELL): 1.0}))
    batch, drafts = read(paths, pack())
    assessment = assess(batch, pack(), drafts)
    verdicts = Verdicts(assessment, pack())
    assert verdicts[0].findings and verdicts[0].criteria and verdicts[0].scores
    assert repr(verdicts[0].findings) != repr(verdicts[1].findings)
    for number in (0, 1):
        assert repr(verdicts[number]) == repr(Verdict.of(assessment, pack(), number))
