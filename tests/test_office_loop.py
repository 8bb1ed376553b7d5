"""The marked copy in LibreOffice: marks that follow the clerk's hand, and the way back after a save."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from anatomy import parts_of
from filed import CELL, HOME, NEXT, SHOWN, checked, filed, pack, typed, with_many
from reviewed import PACK, assessment, workbook
from workbook_tool.excel.annotate import annotate, annotated, strip
from workbook_tool.excel.marks.held import TOKEN
from workbook_tool.excel.marks.notes import BEGIN, END
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.stylesheet import NAMED

pytestmark = pytest.mark.thorough

Offices = Callable[[Sequence[Path], str], list[Path]]
MENDED: dict[tuple[str, str], str | float] = {(HOME, CELL): 2422.9, (HOME, NEXT): 470.18}
EXPLAINED: dict[tuple[str, str], str | float] = {
    ("说明", "B5"): "支出-11",
    ("说明", "C5"): "另有项目不需自评。",
}
SIGNS = (TOKEN, NAMED, BEGIN, END)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The example with many things in it: as it came, marked, and mended by a clerk; a small one too."""
    folder = tmp_path_factory.mktemp("made")
    paths = {name: folder / f"{name}.xlsx" for name in ("plain", "marked", "mended", "small", "small-marked")}
    paths["plain"].write_bytes(with_many(filed()))
    annotate(paths["plain"], checked(paths["plain"]), pack(), paths["marked"])
    paths["mended"].write_bytes(typed(paths["marked"].read_bytes(), MENDED | EXPLAINED))
    paths["small"].write_bytes(workbook())
    annotate(paths["small"], assessment(), PACK, paths["small-marked"])
    return paths


@pytest.fixture(scope="module")
def saved(made: dict[str, Path], offices: Offices) -> dict[str, Path]:
    """All of them as LibreOffice saves them."""
    return dict(zip(made, offices(list(made.values()), "xlsx"), strict=True))


def everything(path: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Value, look and note of every cell that has a value or a note."""
    seen = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl leaves out
        book = openpyxl.load_workbook(path)
    for sheet in book:
        for cell in (c for row in sheet.iter_rows() for c in row if c.value is not None or c.comment):
            sides = [getattr(cell.border, side).style for side in ("left", "right", "top", "bottom")]
            colour = cell.fill.fgColor.rgb if cell.fill.patternType else None
            look = (colour, *sides, cell.number_format, cell.protection.locked, cell.font.b, cell.style)
            note = cell.comment.text.strip() if cell.comment else None
            seen[sheet.title, cell.coordinate] = (cell.value, *look, note)
    return seen


def signs_in(workbook: bytes) -> dict[str, int]:
    content = b"".join(c for n, c in parts_of(workbook).items() if "originals" not in n)
    return {sign: content.count(sign.encode()) for sign in SIGNS}


def test_a_saved_copy_is_found_to_say_what_the_original_said(
    made: dict[str, Path], saved: dict[str, Path]
) -> None:
    findings = checked(made["plain"]).findings[SHOWN]
    assert len(findings) > 100
    for path in (made["marked"], saved["plain"], saved["marked"]):
        assert checked(path).findings[SHOWN].equals(findings), path.parent.name


@pytest.mark.parametrize("name", ["marked", "small-marked"])
def test_a_saved_copy_gives_its_marks_back(name: str, saved: dict[str, Path], tmp_path: Path) -> None:
    strip(saved[name], tmp_path / "a.xlsx")
    plain = {"marked": "plain", "small-marked": "small"}[name]
    assert everything(tmp_path / "a.xlsx") == everything(saved[plain])
    assert not any(signs_in((tmp_path / "a.xlsx").read_bytes()).values())


def test_what_the_clerk_typed_stays_and_the_marks_go(saved: dict[str, Path], tmp_path: Path) -> None:
    strip(saved["mended"], tmp_path / "a.xlsx")
    before, after = everything(saved["plain"]), everything(tmp_path / "a.xlsx")
    changed = {place: after[place] for place in after if before.get(place) != after[place]}
    formulas = {p for p in changed if str(changed[p][0]).startswith("=")}
    assert {p: now[0] for p, now in changed.items() if p not in formulas} == MENDED | EXPLAINED
    for place in MENDED:
        assert after[place][1:] == before[place][1:], "styles are as they were"


def test_a_saved_copy_is_marked_anew_and_nothing_is_stacked(
    made: dict[str, Path], saved: dict[str, Path]
) -> None:
    findings = checked(saved["mended"])
    again = annotated(Package.open(saved["mended"]), findings, pack(), 0).save()
    fresh = annotated(unmarked(Package.open(saved["mended"])), findings, pack(), 0).save()
    assert signs_in(again) == signs_in(fresh)
    assert signs_in(again)[TOKEN] <= signs_in(made["marked"].read_bytes())[TOKEN]
    assert [s.name for s in Package.open(again).sheets][-3:] == ["说明", "审核意见", "评分复核"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl leaves out
        book = openpyxl.load_workbook(io.BytesIO(again))
    assert {(sheet, cell): book[sheet][cell].value for sheet, cell in EXPLAINED} == EXPLAINED
    assert annotated(Package.open(again), findings, pack(), 0).save() == again


def test_red_turns_green_the_state_follows_and_the_count_falls(
    made: dict[str, Path], offices: Offices
) -> None:
    before, after = (p.read_text(encoding="utf-8") for p in offices([made["marked"], made["mended"]], "html"))
    mended = [("FFC7CE", "2437.73"), ("FFC7CE", "455.35")], [("C6EFCE", "2422.9"), ("C6EFCE", "470.18")]
    for page, cells in zip((before, after), mended, strict=True):
        for colour, value in cells:
            assert re.search(rf'bgcolor="#{colour}"[^>]*sdval="{re.escape(value)}"', page), value
    states = [page.count(">已改<") + page.count(">已说明<") for page in (before, after)]
    left = [int(re.search("还剩 ([0-9]+) 处未改", page)[1]) for page in (before, after)]  # type: ignore[index]
    assert states[0] == 0
    assert states[1] == left[0] - left[1] > 2, "two cells mended, and an explanation written"
    assert ">已说明<" in after
