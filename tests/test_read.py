"""Many files into one batch; what is wrong with a file is a finding, never an exception."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import workbook_tool.excel.read
from returns import (
    Formula,
    Tab,
    Xml,
    filled,
    lines_of,
    read_tabs,
    small_pack,
    template,
    write,
)
from test_locate import INCOME, OVERVIEW, SCORES
from workbook_tool.excel.blank import write_blank
from workbook_tool.excel.fill import fill
from workbook_tool.excel.read import read
from workbook_tool.model import Batch, CellError, Pack, Uncalculated

HEAD = ["submission", "tab", "instance", "row", "key"]


def codes(findings: list[tuple[str, str]]) -> list[str]:
    return [code for code, _ in findings]


def test_frames_are_there_without_a_file() -> None:
    pack = small_pack()
    batch, findings = read([], pack)
    assert findings.empty
    assert list(batch.frames) == list(pack.tables)
    for name, frame in batch.frames.items():
        assert list(frame.columns) == HEAD + [f.label for f in pack.tables[name].fields]
        assert frame.empty
    assert list(batch.places.columns) == ["submission", "tab", "frame", "field", "row", "column"]
    assert list(batch.formulas.columns) == ["submission", "frame", "record", "field", "formula"]


def test_columns_have_their_types_with_records_and_without(tmp_path: Path) -> None:
    pack = small_pack()
    for batch in (read([], pack)[0], read_tabs(tmp_path, filled())[0]):
        kinds = [str(kind) for kind in batch.frames["收入"].dtypes]
        assert kinds == ["int64", "object", "int64", "int64", "object", *["object"] * 4]
        assert [str(k) for k in batch.places.dtypes] == [
            "int64",
            "object",
            "object",
            "object",
            "Int64",
            "int64",
        ]
        assert [str(k) for k in batch.formulas.dtypes] == ["int64", "object", "int64", "object", "object"]
        assert str(batch.submissions["submission"].dtype) == "int64"


def test_a_submission_knows_its_file_and_its_department(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsx", filled().values())
    batch, _ = read([path], small_pack())
    assert batch.submissions.to_dict("records") == [
        {
            "submission": 0,
            "path": str(path),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "department": "某局",
            "code": "101",
            "edition": "2023",
            "pack": "hunan/2023",
            "stamped": None,
            "saved": None,
        }
    ]


@pytest.mark.parametrize(("typed", "code"), [(101.0, "101"), (None, "007"), (" 12 ", "12")])
def test_the_code_is_what_was_typed_or_else_what_is_stamped(typed: Any, code: str, tmp_path: Path) -> None:
    tabs = template(code="007")
    if typed is not None:
        tabs["概况"].cells[3, 5] = typed
    batch, _ = read_tabs(tmp_path, tabs)
    assert batch.submissions["code"][0] == code
    assert batch.submissions["department"][0] is None


def test_values_come_raw(tmp_path: Path) -> None:
    tabs = filled()
    tabs["收入"].cells |= {
        (5, 2): "二所", (5, 3): Formula("D5+E5"), (5, 4): Xml(' t="e"><v>#REF!</v>'), (5, 5): "92万元",
        (6, 2): Xml(' t="b"><v>1</v>'), (6, 3): " ", (6, 4): 0.1, (6, 5): 1e-7,
    }  # fmt: skip
    batch, _ = read_tabs(tmp_path, tabs)
    second, third = batch.frames["收入"].iloc[1], batch.frames["收入"].iloc[2]
    assert second["合计"] == Uncalculated("=D5+E5")
    assert isinstance(second["合计"], Uncalculated)
    assert isinstance(second["拨款"], CellError)
    assert (second["其他"], third["机构"], third["合计"], third["拨款"], third["其他"]) == (
        "92万元", True, None, 0.1, 1e-7,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("style", "value", "since_1904", "read_as"),
    [
        (1, 45376.0, False, "2024-03-25"),
        (1, 43914.0, True, "2024-03-25"),
        (0, 45376.0, False, 45376.0),
        (2, 45376.0, False, 45376.0),
        (1, -3.0, False, -3.0),
        (1, "2024.3.25", False, "2024.3.25"),
        (0, Xml(' t="d"><v>2024-03-25</v>'), False, "2024-03-25"),
    ],
)
def test_dates(style: int, value: object, since_1904: bool, read_as: object, tmp_path: Path) -> None:
    tabs = filled()
    tabs["概况"].cells[4, 3] = value
    tabs["概况"].styles[4, 3] = style
    tabs["概况"].styles[4, 5] = 1  # a count that is shown as a date stays a number
    batch, _ = read_tabs(tmp_path, tabs, since_1904=since_1904)
    assert list(batch.frames["概况"].iloc[0, 7:]) == [read_as, 12.0]


def test_formulas_point_at_their_records(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.xlsx", filled().values()) for n in range(2)]
    batch, _ = read(paths, small_pack())
    found = batch.formulas[batch.formulas["frame"] == "收入"]
    assert list(zip(found["submission"], found["record"], found["field"], found["formula"], strict=True)) == [
        (0, 1, "合计", "=D5+E5"), (1, 3, "合计", "=D5+E5"),
    ]  # fmt: skip


@pytest.mark.parametrize("how", [{"strict": True}, {"prefix": "x"}])
def test_other_ways_of_writing_the_same(how: dict[str, Any], tmp_path: Path) -> None:
    assert_meant(*read_tabs(tmp_path, filled(), **how))


def test_a_wrong_dimension_and_hidden_rows_change_nothing(tmp_path: Path) -> None:
    tabs = filled()
    for tab in tabs.values():
        tab.dimension, tab.hidden_rows = "A1", frozenset({1, 5})
    batch, findings = read_tabs(tmp_path, tabs)
    assert {code for code, _ in findings} == {"文件-20"}, "what stands in them is told"
    assert_meant(batch, [])


def assert_meant(batch: Batch, findings: list[tuple[str, str]]) -> None:
    assert findings == []
    assert lines_of(batch.frames["概况"]) == OVERVIEW
    assert lines_of(batch.frames["收入"]) == INCOME
    assert lines_of(batch.frames["打分"]) == SCORES


def test_openpyxl_may_have_saved_it(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsx", filled().values())
    book = openpyxl.load_workbook(path)
    book.save(path)
    batch, drafts = read([path], small_pack())
    assert drafts.empty
    assert lines_of(batch.frames["概况"]) == OVERVIEW
    # openpyxl writes formulas without their values
    assert lines_of(batch.frames["收入"])[1][2] == Uncalculated("=D5+E5")


# What is wrong with a file


def other_edition(tabs: dict[str, Tab]) -> dict[str, Tab]:
    return {n: t.put({(1, 1): str(t.cells[1, 1]).replace("2023", "2022")}) for n, t in tabs.items()}


@pytest.mark.parametrize("cell", [' t="e"><v>#REF!</v>', ' t="b"><v>0</v>'], ids=["error", "truth value"])
def test_what_is_no_code_names_no_other_department(cell: str, tmp_path: Path) -> None:
    tabs = template(code="007")
    tabs["概况"] = tabs["概况"].put({(3, 3): "某局", (3, 5): Xml(cell)})
    batch, findings = read_tabs(tmp_path, tabs)
    assert "文件-31" not in codes(findings)
    assert batch.submissions["code"][0] == "007"


def test_another_edition_is_told_and_read(tmp_path: Path) -> None:
    batch, findings = read_tabs(tmp_path, other_edition(filled()))
    assert findings == [("文件-03", "这个文件用的是“2022”版模板，本次应使用“2023”版。请换用本次下发的模板。")]
    assert lines_of(batch.frames["收入"]) == INCOME
    assert batch.submissions["edition"][0] == "2022"


def test_a_sheet_of_last_year_beside_this_years_gives_way(tmp_path: Path) -> None:
    old = other_edition(template())["收入"].named("收入(旧)")
    batch, findings = read_tabs(tmp_path, [old, *filled().values()])
    assert codes(findings) == ["文件-03", "文件-07"]
    assert lines_of(batch.frames["收入"]) == INCOME


@pytest.mark.parametrize(
    ("tabs", "reason"),
    [
        (template("guangdong/2023").values(), "文件中的标记是“guangdong/2023”"),
        ([Tab("Sheet1", {(1, 1): "收入"})], "没有找到本套表的任何一张工作表"),
    ],
)
def test_another_form_is_told_and_not_read(tabs: list[Tab], reason: str, tmp_path: Path) -> None:
    batch, findings = read_tabs(tmp_path, tabs)
    assert codes(findings) == ["文件-02"]
    assert reason in findings[0][1]
    assert all(frame.empty for frame in batch.frames.values())
    assert len(batch.submissions) == 1


def test_a_missing_sheet(tmp_path: Path) -> None:
    tabs = filled()
    del tabs["收入"], tabs["项目"]  # a department may have no project
    batch, findings = read_tabs(tmp_path, tabs)
    assert findings == [("文件-04", "缺少工作表“收入”。请从下发的模板中补回这张表。")]
    assert batch.frames["收入"].empty


def test_a_copied_sheet(tmp_path: Path) -> None:
    tabs = filled()
    copy = tabs["收入"].named("收入 (2)").put({(5, 2): "别的"})
    batch, findings = read_tabs(tmp_path, [*tabs.values(), copy])
    assert codes(findings) == ["文件-07"]
    assert "“收入”这张表出现了2次" in findings[0][1]
    assert lines_of(batch.frames["收入"]) == INCOME


def test_macros_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsm", filled().values(), extra={"xl/vbaProject.bin": "x"})
    _, drafts = read([path], small_pack())
    assert list(drafts["code"]) == ["文件-10"]


def test_findings_name_the_tab(tmp_path: Path) -> None:
    tabs = filled()
    tabs["打分"] = tabs["打分"].delete_row(5).named("自评")
    path = write(tmp_path / "x.xlsx", tabs.values())
    _, drafts = read([path], small_pack())
    assert list(zip(drafts["code"], drafts["sheet"], strict=True)) == [("文件-08", "自评")]


def broken(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    make.__name__ = name
    return make


def missing(path: Path) -> Path:
    return path


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


def bad_shared_text(path: Path) -> Path:
    return write(path, [Tab("收入", {(1, 1): Xml(' t="s"><v>7</v>')})])


def bad_sheet_xml(path: Path) -> Path:
    return write(path, [Tab("收入", {(1, 1): Xml("><v>1</w>")})])


def bad_address(path: Path) -> Path:
    return write(path, [Tab("收入", {(1, 1): Xml('><v>1</v></c><c r="A2"><v>1</v>')})])


def encrypted_text(path: Path) -> Path:
    return write(path, [Tab("收入", {(1, 1): Xml("><v>&nbsp;</v>")})])


@pytest.mark.parametrize(
    "make",
    [
        missing, a_folder, broken("empty", b""), broken("text", "收入,1\n".encode("gbk")),
        broken("old", bytes.fromhex("d0cf11e0a1b11ae1") + "Workbook".encode("utf-16le")),
        broken("cut", b"PK\3\4" + b"\0" * 50), broken("page", b"<html><table></table></html>"),
        bad_shared_text, bad_sheet_xml, bad_address, encrypted_text,
    ],
    ids=lambda make: make.__name__,
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_a_submission_with_a_finding(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    good = write(tmp_path / "good.xlsx", filled().values())
    bad = make(tmp_path / "bad.xlsx")
    batch, drafts = read([bad, good], small_pack())
    assert list(zip(drafts["submission"], drafts["code"], strict=True)) == [(0, "文件-01")]
    assert drafts["message"][0].endswith("。")
    assert list(batch.submissions["department"]) == [None, "某局"]
    assert set(batch.frames["收入"]["submission"]) == {1}
    assert lines_of(batch.frames["收入"]) == INCOME


def test_a_mistake_of_ours_is_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(workbook_tool.excel.read, "identify", fail)
    with pytest.raises(ValueError, match="a bug"):
        read_tabs(tmp_path, filled())


def test_a_batch_is_its_files_one_after_the_other(tmp_path: Path) -> None:
    pack = small_pack()
    tabs = filled()
    tabs["打分"] = tabs["打分"].delete_row(5)
    paths = [
        write(tmp_path / "a.xlsx", filled().values()),
        write(tmp_path / "b.xlsx", tabs.values()),
        tmp_path / "gone.xlsx",
        write(tmp_path / "d.xlsx", [t.without_map() for t in filled().values()]),
    ]
    together, findings = read(paths, pack)
    for number, path in enumerate(paths):
        alone, own = read([path], pack)
        for name, frame in together.frames.items():
            mine = frame[frame["submission"] == number].assign(submission=0).reset_index(drop=True)
            assert mine.equals(alone.frames[name])
        messages = findings.loc[findings["submission"] == number, "message"]
        assert list(messages) == list(own["message"])


# Templates as they are really made


DATA: dict[str, Any] = {
    "概况": {"部门": "某局", "编码": "101", "成立日期": "2024-03-25", "人数": 12},
    "收入": [{"机构": "汇总", "合计": 8.5, "拨款": 8.5}, {"机构": "一所", "合计": 8.5, "拨款": 8.5}],
    "打分": [{"指标": "甲项", "得分": 4}, {"指标": "乙项", "得分": 5}],
    "项目": [{"名称": "修路", "指标": [{"类": "数量指标", "目标": "三公里"}]}, {"名称": "建桥"}],
}


def filled_template(path: Path) -> Path:
    fill(DATA, small_pack(), path)
    return path


def assert_filled(batch: Batch) -> None:
    assert lines_of(batch.frames["概况"]) == OVERVIEW
    assert lines_of(batch.frames["收入"]) == INCOME
    assert lines_of(batch.frames["打分"]) == SCORES
    assert [line[1] for line in lines_of(batch.frames["项目"])] == ["修路", "建桥"]
    assert lines_of(batch.frames["项目.指标"])[0] == ("数量", "数量指标", "三公里", None)


def test_a_filled_template_is_read_as_it_was_filled(tmp_path: Path) -> None:
    batch, drafts = read([filled_template(tmp_path / "x.xlsx")], small_pack())
    assert list(drafts["message"]) == []
    assert_filled(batch)


def test_a_template_saved_by_libreoffice(tmp_path: Path, office: Callable[[Path, str], Path]) -> None:
    saved = office(filled_template(tmp_path / "x.xlsx"), "xlsx")
    batch, drafts = read([saved], small_pack())
    assert list(drafts["message"]) == []
    assert_filled(batch)


def test_a_template_whose_map_is_gone(tmp_path: Path) -> None:
    path = filled_template(tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book:
        for cell in [*sheet[1], *sheet["A"]]:
            cell.value = None
    book.save(path)
    batch, drafts = read([path], small_pack())
    assert set(drafts["code"]) == {"文件-06"}
    assert_filled(batch)


def test_the_packs_blank_template_has_no_finding_and_no_project(pack: Pack, tmp_path: Path) -> None:
    out = BytesIO()
    write_blank(pack, out)
    path = tmp_path / "blank.xlsx"
    path.write_bytes(out.getvalue())
    batch, drafts = read([path], pack)
    assert list(drafts["message"]) == []
    for name, table in pack.tables.items():
        expected = (
            0 if table.sheet.repeats else 1 if table.kind == "form" else sum(r.slots == 1 for r in table.rows)
        )
        assert len(batch.frames[name]) == expected, name


def test_the_packs_blank_template_is_read_by_its_words_too(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    write_blank(pack, path)
    mapped, _ = read([path], pack)
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book:
        for cell in [*sheet[1], *sheet["A"]]:
            cell.value = None
    book.save(path)
    batch, drafts = read([path], pack)
    assert sorted(set(drafts["message"][drafts["code"] != "文件-06"])) == []
    for name, frame in batch.frames.items():
        assert lines_of(frame) == lines_of(mapped.frames[name]), name
