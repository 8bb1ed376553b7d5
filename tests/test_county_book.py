"""The consolidated workbook: its figures, its formulas, its links, and that no text comes alive."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from statistics import median
from typing import Any
from urllib.parse import unquote

import openpyxl
import pyarrow.parquet as pq
import pytest
from libreoffice import Sheets, calculated
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from countydata import Department, county_of, made_departments
from workbook_tool.county import types
from workbook_tool.county.book import details, write
from workbook_tool.county.book.figures import Figures, money_sheets
from workbook_tool.county.book.links import link_to, shown_names
from workbook_tool.county.book.names import Names
from workbook_tool.county.book.places import Places
from workbook_tool.county.book.ratios import FEWEST, quotients, spread
from workbook_tool.county.book.scores import scores_of
from workbook_tool.county.tables import inert, write_tables
from workbook_tool.county.types import County
from workbook_tool.excel.ooxml.output import OutputError
from workbook_tool.forms.load import load_pack
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.model import Pack
from workbook_tool.model.county import Figure

TINY = Path(__file__).parent / "packs" / "equipment-ledger" / "2024"
MONEY = ("收入", "支出", "三公经费", "固定资产")
ALIVE = '=HYPERLINK("http://example.org","点")局'
MISSING, UNREAD, WRONG, BLANK = 2, 4, 5, 6
"""The departments (from 0) that returned nothing, an unreadable figure, a wrong total, a blank one."""


def departments(pack: Pack) -> list[Department]:
    made = made_departments(pack, 8)
    one, plus, at = made[0], made[1], made[3]
    one.data["说明"] = [
        {"规则编号": "收入-01", "说明": "+上级尚未批复"},
        {"规则编号": "没有-99", "说明": "写错了编号"},
    ]
    made[1] = replace(plus, name=ALIVE)
    made[3] = replace(at, name="@内控办", said={"late": True, "contact": "-张三\t1"})
    made[4].data["三公经费"][0]["公务接待费"] = "待核"
    made[4].data["三公经费"][1]["公务接待费"] = "无法确定"
    made[5].data["支出"][0]["支出合计"] += 10
    made[6].data["三公经费"][0]["三公经费合计"] = None
    made[7].data["评分依据"]["应使用公务卡结算支出"] = None
    made[MISSING] = replace(made[MISSING], data=None)
    return [*made, Department("打不开局", "900003", None, garbage=True)]


@pytest.fixture(scope="module")
def sent(pack: Pack) -> list[Department]:
    return departments(pack)


@pytest.fixture(scope="module")
def county(pack: Pack, sent: list[Department], tmp_path_factory: pytest.TempPathFactory) -> County:
    folder = tmp_path_factory.mktemp("县")
    made = county_of(pack, sent, folder, copies=True)
    file = made.returns["file"][0]
    across = {"code": "跨部门-01", "severity": "explain", "departments": (0, 1), "message": "=同名的项目。",
              "places": (f"{file}!项目1!C5",)}  # fmt: skip
    aside = {"file": f"{file[:-5]}(副本).xlsx", "sha256": "x", "department": made.returns["department"][0],
             "why": "重复", "sentence": "内容完全相同。", "counted": file}  # fmt: skip
    return replace(
        made,
        across=types.table(types.ACROSS, [across]),
        set_aside=types.table(types.SET_ASIDE, [aside]),
        rules=(("一个部门几个文件", "以最后保存的为准。"),),
    )


@pytest.fixture(scope="module")
def path(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = Path(str(county.returns["file"][0])).parent.parent / "汇总.xlsx"
    write(county, out)
    return out


@pytest.fixture(scope="module")
def shown(path: Path) -> Any:
    return opened(path, data_only=True)


def opened(path: Path, **how: bool) -> Any:
    return openpyxl.load_workbook(path, **how)


def rows_of(sheet: Any, head: str = "部门编码") -> list[dict[str, Any]]:
    """The lines of a list by their headings, the totals too."""
    lines = list(sheet.iter_rows(values_only=True))
    at = next(n for n, line in enumerate(lines) if head in line)
    return [dict(zip(lines[at], line, strict=True)) for line in lines[at + 1 :]]


def line_of(sheet: Any, name: str, head: str = "部门名称") -> dict[str, Any]:
    return next(line for line in rows_of(sheet) if line[head] == name)


def truth(sent: Sequence[Department], sheet: str, label: str) -> Fraction:
    """What the units of all departments that returned something add up to."""
    return sum(
        (Fraction(str(row[label])) for d in sent if d.data for row in d.data[sheet][1:] if not isinstance(row[label], str)),
        Fraction(0),
    )  # fmt: skip


# --- figures ---


@pytest.mark.parametrize("sheet", MONEY)
def test_county_totals_are_the_sums_of_what_was_filled_in(
    sheet: str, sent: list[Department], shown: Any
) -> None:
    lines = rows_of(shown[sheet])
    total = next(line for line in lines if line["部门名称"] == "合计")
    labels = [label for label in sent[0].data[sheet][0] if label != "机构名称"]
    for label in labels:
        unknown = sum(
            (Fraction(str(r[label])) for r in sent[UNREAD].data[sheet][1:] if not isinstance(r[label], str)),
            Fraction(0),
        )
        left_out = unknown if line_of(shown[sheet], sent[UNREAD].name)[label] is None else 0
        assert Fraction(str(total[label])) == truth(sent, sheet, label) - left_out, label


def test_what_is_unknown_is_blank_and_counted(sent: list[Department], shown: Any) -> None:
    sheet = shown["三公经费"]
    line = line_of(sheet, sent[UNREAD].name)
    assert line["公务接待费"] is None
    assert line["数是否齐全"] == "不全"
    assert line["备注"] == "公务接待费空着或无法识别。"
    assert line_of(sheet, sent[MISSING].name)["数是否齐全"] == "没有数"
    lacking = line_of(sheet, "没有数的部门(个)")
    assert (lacking["公务接待费"], lacking["公务用车运维费"]) == (3, 2)
    assert sheet["A2"].value.startswith("合计不含没有数的 2 个部门；另有 1 个部门的数不全")


def test_a_wrong_total_is_marked_with_both_figures(sent: list[Department], path: Path) -> None:
    sheet = opened(path)["支出"]
    line = line_of(sheet, sent[WRONG].name)
    typed = sent[WRONG].data["支出"][0]["支出合计"]
    assert line["支出合计"] == pytest.approx(typed - 10)
    both = f"填报 {round(typed, 2)}，重算 {round(typed - 10, 2)}"
    assert both in line["备注"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.comment)
    assert both in cell.comment.text
    assert cell.fill.start_color.rgb == "FFF8CBAD"


def test_a_blank_total_is_worked_out(sent: list[Department], shown: Any) -> None:
    units = sent[BLANK].data["三公经费"][1:]
    line = line_of(shown["三公经费"], sent[BLANK].name)
    assert line["三公经费合计"] == pytest.approx(sum(u["三公经费合计"] for u in units))
    assert "没有填全或无法识别，重算" in line["备注"]


def test_key_figures(shown: Any, county: County) -> None:
    cover = shown["封面"]
    found = {row[1]: row[2] for row in cover.iter_rows(min_row=4, max_row=14, values_only=True)}
    states = county.returns["state"].value_counts().to_dict()
    for state in ("通过", "需说明", "退回", "版本旧", "无法读取", "未报"):
        assert found[state] == states.get(state, 0)
    assert (found["应报部门"], found["已报部门"], found["其中迟报"]) == (9, 8, 1)
    assert found["上报率"] == pytest.approx(800 / 9)


def test_what_stands_out_is_said_by_a_statistic(county: County) -> None:
    ratio = county.pack.county.ratios[0]  # type: ignore[union-attr]
    lines = quotients(ratio, Figures(county))
    known = [line.quotient for line in lines if line.quotient is not None]
    middle = median(known)
    distance = median(abs(q - middle) for q in known)
    bounds = spread(ratio, lines)
    assert bounds is not None and bounds.high is not None
    assert float(bounds.high) == pytest.approx(float(middle + Fraction(ratio.spread or 0) * distance))
    assert spread(ratio, [line for line in lines if line.quotient is not None][: FEWEST - 1]) is None


def test_last_year_is_taken_from_the_ledger_where_it_is_known(county: County) -> None:
    ratio = county.pack.county.ratios[0]  # type: ignore[union-attr]
    kept = replace(county, previous={0: {str(ratio.amount): 5 * county.pack.fen}})
    assert quotients(ratio, Figures(kept))[0].last == 5
    assert quotients(ratio, Figures(county))[0].last != 5


def test_ranks_and_grades(county: County, shown: Any) -> None:
    rubric = county.pack.rubrics[0]
    scores = scores_of(Places(county, Path("x.xlsx")), rubric)
    lines = rows_of(shown["评分排名(自评打分)"])
    assert [line["部门名称"] for line in lines] == [county.returns["department"][s.number] for s in scores]
    for line in lines:
        both = line["复核得分"] + line["无依据得分"]
        assert line["复核加无依据"] == pytest.approx(both)
        assert line["名次"] == 1 + sum(o["复核加无依据"] > line["复核加无依据"] for o in lines)
        assert line["复核等级"] == (
            "优" if both >= 90 else "良" if both >= 80 else "中" if both >= 60 else "差"
        )
    tied = rows_of(shown["评分排名(项目)"])
    assert {line["名次"] for line in tied} == {1}


def test_unproven_points_are_listed(sent: list[Department], shown: Any) -> None:
    line = line_of(shown["无依据得分"], sent[7].name)
    assert line["指标"] == "公务卡刷卡率"


def test_who_is_asked_for_what(sent: list[Department], shown: Any, county: County) -> None:
    lines = {line["部门名称"]: line for line in rows_of(shown["催报"])}
    assert lines.keys() == set(county.returns.loc[county.returns["state"] != "通过", "department"])
    assert "还没有收到，请尽快报送" in lines[sent[MISSING].name]["催报文字"]
    assert "期限 2024 年 4 月 15 日" in lines[sent[MISSING].name]["催报文字"]
    assert "打不开" in lines["打不开局"]["催报文字"]
    errors = county.returns.set_index("department")["errors"][sent[WRONG].name]
    assert f"请改正 {errors} 处错误" in lines[sent[WRONG].name]["催报文字"]


def test_explanations_are_collected(sent: list[Department], shown: Any) -> None:
    lines = rows_of(shown["说明汇总"])
    assert [(line["编号"], line["部门的说明"], line["备注"]) for line in lines] == [
        ("收入-01", "+上级尚未批复", None), ("没有-99", "写错了编号", "没有这个编号"),
    ]  # fmt: skip


# --- formulas ---


def same(written: Any, found: str) -> bool:
    if written is None or isinstance(written, str):
        return (written or "") == found.replace("\r\n", "\n")
    return bool(found) and float(found) == pytest.approx(float(written), abs=1e-9)


def assert_recalculates(path: Path, folder: Path) -> None:
    sheets = calculated([path], folder)[0]
    written = opened(path, data_only=True)
    assert set(sheets) == set(written.sheetnames)
    for sheet in written:
        for row in sheet.iter_rows():
            for cell in row:
                found = at(sheets, sheet.title, cell.row, cell.column)
                assert same(cell.value, found), (sheet.title, cell.coordinate, cell.value, found)


def at(sheets: Sheets, tab: str, row: int, column: int) -> str:
    lines = sheets[tab]
    return lines[row - 1][column - 1] if row <= len(lines) and column <= len(lines[row - 1]) else ""


@pytest.mark.thorough
def test_libreoffice_comes_to_the_same_figures(path: Path, libreoffice: str, tmp_path: Path) -> None:
    assert_recalculates(path, tmp_path)


@pytest.mark.thorough
def test_totals_follow_what_an_officer_changes(path: Path, libreoffice: str, tmp_path: Path) -> None:
    book = opened(path)
    before = {"收入合计": line_of(opened(path, data_only=True)["收入"], "合计")["收入合计"]}
    first = next(row for row in book["收入"].iter_rows() if row[0].value == book["上报情况"]["A4"].value)
    first[3].value += 1.5
    book["上报情况"]["C4"].value = "未报"
    ranking = book["评分排名(自评打分)"]
    row = next(n for n in range(1, 20) if ranking.cell(n, 1).value == "部门编码") + 1
    ranking.cell(row, 5).value = 50
    changed = tmp_path / "改动.xlsx"
    book.save(changed)
    sheets = calculated([changed], tmp_path)[0]
    total = next(line for line in sheets["收入"] if line[1] == "合计")
    assert float(total[3]) == pytest.approx(before["收入合计"] + 1.5)
    cover = {line[1]: line[2] for line in sheets["封面"][3:14]}
    assert (cover["未报"], cover["已报部门"]) == ("2", "7")
    assert next(line for line in sheets["封面"] if line[4] == "收入")[6] == total[3]
    last = sheets["评分排名(自评打分)"][row - 1]
    assert last[8] == "差" and int(last[2]) == len(rows_of(ranking))
    assert any(line[1] == "差" and line[3] == "1" for line in sheets["等级分布"])


def test_every_formula_has_its_result(path: Path, shown: Any) -> None:
    formulas = opened(path)
    cells = [
        (s.title, c.coordinate) for s in formulas for r in s.iter_rows() for c in r if c.data_type == "f"
    ]
    assert len(cells) > 100
    empty = {"评分排名(自评打分)", "评分排名(项目)", "人均三公经费", "三公经费预算", "人均公用支出"}
    assert [x for x in cells if shown[x[0]][x[1]].value is None and x[0] not in empty] == []


# --- texts, links, tables ---


def test_no_text_comes_alive(path: Path, sent: list[Department]) -> None:
    book = opened(path)
    found = [c for s in book for r in s.iter_rows() for c in r if c.value == ALIVE]
    assert len(found) > 10
    assert {c.data_type for c in found} <= {"s", "inlineStr"}
    for sheet in book:
        for row in sheet.iter_rows():
            assert not (sheet.title.startswith("明细") and any(c.data_type == "f" for c in row))
    links = [
        c.hyperlink.target
        for s in book
        for r in s.iter_rows()
        for c in r
        if c.hyperlink and c.hyperlink.target
    ]
    assert links and not [link for link in links if "example.org" in link]


def test_counts_lead_to_the_place_in_the_annotated_copy(path: Path, county: County) -> None:
    sheet = opened(path)["问题汇总"]
    linked = [c for row in sheet.iter_rows() for c in row if c.hyperlink]
    assert sum(c.value for c in linked) == len(county.findings[county.findings["submission"] != 8])
    names: dict[Path, list[str]] = {}
    for cell in linked:
        copy = Path(path.parent, *PureWindowsPath(unquote(cell.hyperlink.target)).parts)
        if copy not in names:
            names[copy] = opened(copy, read_only=True).sheetnames
        tab, _, place = (cell.hyperlink.location or "").rpartition("!")
        if tab:
            assert tab.strip("'") in names[copy]
            assert place


@pytest.mark.parametrize(
    ("copy", "sheet", "cell", "link"),
    [
        ("/县/审核/1 局#2.xlsx", "项目'1", "C5", "external:审核/1%20局%232.xlsx#'项目''1'!C5"),
        ("/县/审核/a%20b.xlsx", None, None, "external:审核/a%2520b.xlsx"),
        ("/别处/a.xlsx", "收入", None, "external:../别处/a.xlsx#'收入'!A1"),
        ("https://存储/a.xlsx", "收入", "B2", "https://存储/a.xlsx#'收入'!B2"),
        (None, "收入", "B2", None),
    ],
)
def test_links(copy: str | None, sheet: str | None, cell: str | None, link: str | None) -> None:
    found = link_to(copy, Path("/县/汇总.xlsx"), sheet, cell)
    assert (found or "").replace("\\", "/") == (link or "")


def test_names_of_files_as_shown() -> None:
    paths = ["/县/上报/甲/a.xlsx", "/县/上报/包.zip!内/b.xlsx", "/县/上报/c.xlsx", None]
    assert shown_names(paths) == {
        "/县/上报/甲/a.xlsx": "甲/a.xlsx", "/县/上报/包.zip!内/b.xlsx": "包.zip!内/b.xlsx",
        "/县/上报/c.xlsx": "c.xlsx",
    }  # fmt: skip
    assert shown_names([]) == {}


def test_names_of_tabs() -> None:
    names = Names("封面")
    assert [names.tab(n) for n in ("封面", "a/b:c", "A-B-C", "长" * 40, "长" * 40, "''")] == [
        "封面(2)", "a-b-c", "A-B-C(2)", "长" * 31, "长" * 28 + "(2)", "表",
    ]  # fmt: skip


def test_details_are_excel_tables_with_every_record(path: Path, county: County) -> None:
    book = opened(path)
    for name, frame in county.frames.items():
        sheet = book[f"明细-{name}"]
        assert sheet.max_row == max(len(frame), 0) + 3
        assert len(sheet.tables) == (1 if len(frame) else 0)
        for table in sheet.tables.values():
            assert table.ref == table.autoFilter.ref == f"A3:{sheet.dimensions.split(':')[1]}"
    tables = [t for s in book for t in s.tables]
    assert len(tables) == len(set(tables))


def test_more_records_than_excel_holds(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details, "MOST_ROWS", 12)
    write(county, tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["明细-收入"]
    assert sheet.max_row == 12
    assert (
        sheet["A2"].value
        == f"共 {len(county.frames['收入'])} 行，Excel 的一张表只放得下前 9 行；全部数据在同时输出的 Parquet 和 CSV 文件里。"
    )


def test_the_same_county_gives_the_same_bytes(county: County, path: Path) -> None:
    again = path.with_name("再写.xlsx")
    write(county, again)
    assert again.read_bytes() == path.read_bytes()
    write(county, again, datetime(2024, 5, 1, 9, 30))
    assert "2024-05-01 09:30 汇总" in opened(again)["封面"]["B2"].value
    again.unlink()


def test_every_sheet_prints_on_a4(path: Path, county: County) -> None:
    for sheet in opened(path):
        assert (sheet.oddHeader.left.text.strip(), sheet.oddHeader.left.size) == (county.title, 9)
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage or sheet.page_setup.scale
        assert "第 &P 页" in sheet.oddFooter.center.text.replace("&9", "")
        if sheet.title != "封面":
            assert sheet.page_setup.orientation == "landscape"
            assert sheet.print_title_rows and sheet.freeze_panes


def test_the_workbook_is_one_by_the_standard(path: Path) -> None:
    assert OpenXmlValidator().validate(path).errors == []


def test_a_workbook_that_cannot_be_written_says_so(county: County, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write(county, tmp_path / "没有这个文件夹" / "a.xlsx")


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # a file XlsxWriter leaves open
def test_a_full_disk_says_so(county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(details.DetailSheet, "_write_rows", full)
    with pytest.raises(OutputError, match="临时文件夹写不下"):
        write(county, tmp_path / "a.xlsx")
    gc.collect()
    assert not list(tmp_path.iterdir())


# --- other forms, and nothing at all ---


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["national/2020-project", TINY], ids=["national", "tiny"])
@pytest.mark.parametrize("declared", [True, False], ids=["county.yaml", "none"])
def test_any_form_gives_a_workbook(name: Any, declared: bool, libreoffice: str, tmp_path: Path) -> None:
    pack = load_pack(name)
    pack = pack if declared else pack.model_copy(update={"county": None})
    base = case_files(pack).base
    county = county_of(pack, [Department("甲局", "1", base), Department("乙局", "2", None)], tmp_path / "县")
    out = tmp_path / "汇总.xlsx"
    write(county, out)
    book = opened(out, data_only=True)
    titles = [sheet.title for sheet in money_sheets(pack)]
    assert set(titles) <= set(book.sheetnames)
    for title in titles:
        assert line_of(book[title], "甲局")["数是否齐全"] == "齐全"
    assert ("等级分布" in book.sheetnames) == bool(pack.rubrics)
    assert_recalculates(out, tmp_path)


def test_a_county_without_returns(pack: Pack, tmp_path: Path) -> None:
    county = county_of(pack, [Department("甲局", "1", None)], tmp_path / "县")
    write(county, tmp_path / "a.xlsx")
    book = opened(tmp_path / "a.xlsx", data_only=True)
    assert line_of(book["收入"], "合计")["收入合计"] == 0
    assert line_of(book["收入"], "甲局")["数是否齐全"] == "没有数"
    nobody = county_of(pack, [], tmp_path / "无人")
    write(nobody, tmp_path / "b.xlsx")
    write_tables(nobody, tmp_path / "数据")


# --- figures one by one ---


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure("收入", "汇总", "收入合计"), "收入"),
        (Figure("收入", None, "收入合计"), "收入"),
        (Figure("项目.资金", "合计", "实际支出"), "项目"),
    ],
)
def test_figures_of_a_department(
    figure: Figure, expected: str, county: County, sent: list[Department]
) -> None:
    data = sent[0].data
    if expected == "项目":
        truth = sum(Fraction(str(row["实际支出"])) for p in data["项目"] for row in p["资金"][1:])
    else:
        truth = sum(Fraction(str(row["收入合计"])) for row in data["收入"][1:])
    assert Fraction(Figures(county).of(figure, 0).value or 0, county.pack.fen) == truth


# --- Parquet and CSV ---


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("+上级", "'+上级"), ("-甲", "'-甲"), ("@a", "'@a"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        (" =1", "' =1"), ("＝1", "'＝1"), ("-5.20", "-5.20"), ("+3%", "+3%"), ("甲=乙", "甲=乙"), ("", ""),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
    ],
)  # fmt: skip
def test_texts_are_inert_in_csv(text: str, written: str) -> None:
    assert inert(text) == written


def test_tables_hold_every_record_exactly(county: County, tmp_path: Path) -> None:
    written = write_tables(county, tmp_path / "数据")
    assert len(written) == 2 * (7 + len(county.frames))
    table = pq.read_table(tmp_path / "数据" / "明细-收入.parquet")
    values = [v for v in table["收入合计"].to_pylist() if v is not None]
    assert sum(Fraction(v) for v in values) == Fraction(
        int(county.frames["收入"]["收入合计"].sum()), county.pack.fen
    )
    assert pq.read_table(tmp_path / "数据" / "问题.parquet").num_rows == len(county.findings)


def test_csv_opens_in_excel_as_it_is_meant(county: County, tmp_path: Path) -> None:
    write_tables(county, tmp_path)
    content = (tmp_path / "上报情况.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [line["部门名称"] for line in lines[:4]] == [
        county.returns["department"][0],
        f"'{ALIVE}",
        county.returns["department"][2],
        "'@内控办",
    ]
    assert lines[3]["联系方式"] == "'-张三\t1"
    assert lines[MISSING]["文件"] == ""
    three = list(
        csv.DictReader(io.StringIO((tmp_path / "明细-三公经费.csv").read_text("utf-8-sig"), newline=""))
    )
    assert (
        next(line["公务接待费"] for line in three if line["部门编码"] == county.returns["code"][UNREAD]) == ""
    )
