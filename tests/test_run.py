"""Which files of a folder are returns, and where their copies go."""

from __future__ import annotations

from pathlib import Path

import pytest

import packcases
from workbook_tool.excel.fill import fill
from workbook_tool.forms.load import available_packs, load_pack
from workbook_tool.run import find_returns, named_pack


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder: Path, out: Path | None = None) -> dict[str, str]:
    return {
        r.path.relative_to(folder).as_posix(): r.copy.relative_to(folder).as_posix()
        for r in find_returns([folder], out)
    }


def test_a_folder_is_searched_with_all_below_it(tmp_path: Path) -> None:
    touch(tmp_path, "乙.xlsx", "甲.XLSM", "下级/丙.xlsx")
    assert found(tmp_path) == {
        "乙.xlsx": "审核结果/乙_已审核.xlsx",
        "甲.XLSM": "审核结果/甲_已审核.XLSM",
        "下级/丙.xlsx": "审核结果/下级/丙_已审核.xlsx",
    }


@pytest.mark.parametrize(
    "name",
    ["~$甲.xlsx", ".甲.xlsx", "甲.docx", "甲.pdf", "审核结果/甲_已审核.xlsx", "下级/审核结果/甲_已审核.xlsx"],
)
def test_what_is_no_return_is_left_out(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert found(tmp_path) == {}


def test_a_workbook_in_an_old_format_is_not_lost(tmp_path: Path) -> None:
    touch(tmp_path, "甲.xls", "乙.et")
    assert set(found(tmp_path)) == {"甲.xls", "乙.et"}


def test_the_folder_of_copies_is_not_searched(tmp_path: Path) -> None:
    touch(tmp_path, "甲.xlsx", "标注/甲_已审核.xlsx")
    assert found(tmp_path, tmp_path / "标注") == {"甲.xlsx": "标注/甲_已审核.xlsx"}


def test_a_marked_copy_that_comes_back_keeps_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "甲_已审核.xlsx")
    assert found(tmp_path) == {"甲_已审核.xlsx": "审核结果/甲_已审核.xlsx"}


def test_a_copy_never_takes_the_place_of_a_return(tmp_path: Path) -> None:
    touch(tmp_path, "甲_已审核.xlsx")
    assert found(tmp_path, tmp_path) == {"甲_已审核.xlsx": "甲_已审核(2).xlsx"}


def test_equal_names_get_a_number(tmp_path: Path) -> None:
    touch(tmp_path, "一/表.xlsx", "二/表.xlsx")
    returns = find_returns([tmp_path / "一" / "表.xlsx", tmp_path / "二" / "表.xlsx"], tmp_path / "标注")
    assert [r.copy.name for r in returns] == ["表_已审核.xlsx", "表_已审核(2).xlsx"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "甲.xlsx")
    assert len(find_returns([tmp_path / "甲.xlsx", tmp_path])) == 1


@pytest.mark.parametrize("name", available_packs())
def test_workbooks_say_which_pack_they_were_made_from(name: str, tmp_path: Path) -> None:
    pack, workbook = load_pack(name), tmp_path / "甲.xlsx"
    fill(packcases.base_of(pack), pack, workbook)
    touch(tmp_path, "坏.xlsx")
    assert named_pack([tmp_path / "坏.xlsx", tmp_path / "没有.xlsx", workbook]) == name


def test_workbooks_that_do_not_say_it(tmp_path: Path) -> None:
    touch(tmp_path, "坏.xlsx")
    assert named_pack([tmp_path / "坏.xlsx"]) is None
