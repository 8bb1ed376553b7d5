"""What an auditor sees: each manipulation has its code, at its cell; clean workbooks have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import openpyxl
import pytest

import tampering as by_hand
from conftest import Run
from tampering import (
    Change,
    add_sheet,
    both,
    conditional,
    hide_sheet,
    link,
    merge,
    other_list,
    put,
    restamp,
    restyle,
    set_column,
    set_row,
    tampered,
    unprotect,
)
from workbook_tool.assess import assess
from workbook_tool.excel.annotate import annotate
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.read import read
from workbook_tool.forms.load import load_pack
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.make import fill, new
from workbook_tool.model import Assessment, Frame
from workbook_tool.run import assess_files
from workbook_tool.settings import in_force

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "linxiang-2023" / "填报.xlsx"
SEEN = {f"文件-{number}" for number in (*range(18, 32), 33, 34)}
PACKS = ("hunan-yueyang/2023", "national/2020-project", str(ROOT / "tests/packs/equipment-ledger/2024"))
WHITE = {"rgb": "FFFFFFFF"}
GROUP = '"优,良,中,差"'
WHITE_TEXT = "<font><color rgb='FFFFFFFF'/></font>"
NOTHING = "<numFmt numFmtId='998' formatCode=';;;'/>"

# name, what is done, code, severity, sheet, cell, further cells
Case = tuple[str, Change, str, str, str | None, str | None, int]
CASES: list[Case] = [
    ("a hidden sheet", hide_sheet("收入", "hidden"), "文件-18", "explain", "收入", None, 0),
    ("a very hidden sheet", hide_sheet("支出", "veryHidden"), "文件-18", "explain", "支出", None, 0),
    ("a sheet of one's own", add_sheet("底稿"), "文件-19", "note", "底稿", None, 0),
    ("a hidden one", add_sheet("底稿", state="veryHidden"), "文件-19", "note", "底稿", None, 0),
    ("a hidden row", set_row("收入", 8, hidden="1"), "文件-20", "explain", "收入", "B8", 3),
    ("a row without height", set_row("收入", 8, ht="0", customHeight="1"), "文件-20", "explain", "收入", "B8", 3),
    ("a hidden column", set_column("收入", 8, hidden="1"), "文件-20", "explain", "收入", "H6", 4),
    ("a column without width", set_column("收入", 8, width="0"), "文件-20", "explain", "收入", "H6", 4),
    ("white text", restyle("收入", "E8", colour={"rgb": "FFFFFBE5"}), "文件-21", "explain", "收入", "E8", 0),
    ("the theme's white", restyle("收入", "E8", colour={"theme": "0"}), "文件-21", "explain", "收入", "E8", 0),
    ("white words", restyle("收入", "B8", colour=WHITE), "文件-21", "explain", "收入", "B8", 0),
    ("shows nothing", restyle("收入", "E8", code=";;;"), "文件-22", "explain", "收入", "E8", 0),
    ("shows a text", restyle("收入", "E8", code='"0.00"'), "文件-22", "explain", "收入", "E8", 0),
    ("shows thousands", restyle("收入", "E8", code="0.00,"), "文件-22", "explain", "收入", "E8", 0),
    ("hides the sign", both(put("收入", "E8", -140.9), restyle("收入", "E8", code="0.00;0.00")),
     "文件-22", "explain", "收入", "E8", 0),
    ("0 over 0.4", both(put("收入", "H9", 0.4), restyle("收入", "H9", code="0")), "文件-22", "explain", "收入", "H9", 0),
    ("rounds", restyle("收入", "E8", code="0"), "文件-22", "note", "收入", "E8", 0),
    ("shows a day", restyle("收入", "E8", code="m/d"), "文件-22", "explain", "收入", "E8", 0),
    ("hides words", restyle("收入", "B8", code=";;;"), "文件-22", "explain", "收入", "B8", 0),
    ("a figure under a merge", merge("收入", "D8:E8"), "文件-23", "explain", "收入", "E8", 0),
    ("a text under a form's cell", put("基本情况", "D7", "另记"), "文件-23", "note", "基本情况", "D7", 0),
    ("another file", both(link("file:///C:/a/去年.xlsx"), put("收入", "E8", 140.9, "[1]收入!E8")),
     "文件-24", "explain", "收入", "E8", 0),
    ("a link nobody uses", link("file:///C:/a/去年.xlsx"), "文件-25", "note", None, None, 0),
    ("a broken link", link(None), "文件-25", "note", None, None, 0),
    ("a connection", by_hand.connect, "文件-25", "note", None, None, 0),
    ("a program asked", by_hand.ask_a_program, "文件-25", "note", None, None, 0),
    ("a web service", put("收入", "E8", 140.9, '_xlfn.WEBSERVICE("http://a.b/c")'), "文件-26", "explain", "收入", "E8", 0),
    ("a program called", put("收入", "E8", 140.9, "cmd|'/C calc'!A0"), "文件-26", "explain", "收入", "E8", 0),
    ("LibreOffice's way to ask a program", put("收入", "E8", 140.9, 'DDE("soffice","a.ods","A1")'),
     "文件-26", "explain", "收入", "E8", 0),
    ("a link in a cell", put("收入", "B8", "工伤", 'HYPERLINK("http://a.b")'), "文件-26", "note", "收入", "B8", 0),
    ("another list", other_list("项目1", GROUP, '"优,良,不知道"'), "文件-27", "note", "项目1", "I56", 0),
    ("a list elsewhere", other_list("项目1", GROUP, "收入!$B$7:$B$9"), "文件-27", "note", "项目1", "I56", 0),
    ("a list of INDIRECT", other_list("项目1", GROUP, 'INDIRECT("收入!$B$"&7)'), "文件-27", "note", "项目1", "I56", 0),
    ("a list of a lost name", other_list("项目1", GROUP, "档次"), "文件-27", "note", "项目1", "I56", 0),
    ("white text where a formula says so", conditional("收入", "E8:F9", WHITE_TEXT), "文件-33", "explain", "收入", "E8", 1),
    ("white text above a figure", conditional("收入", "E8", WHITE_TEXT, "cellIs", "greaterThan", formula="100"),
     "文件-33", "explain", "收入", "E8", 0),
    ("a black ground", conditional("收入", "B8", "<fill><patternFill><bgColor rgb='FF000000'/></patternFill></fill>"),
     "文件-33", "explain", "收入", "B8", 0),
    ("a format of nothing where a formula says so", conditional("收入", "A1:XFD1048576", NOTHING),
     "文件-33", "explain", "收入", "C6", 18),
    ("a bar in place of the figure", conditional("收入", "E8", "<dataBar showValue='0'><cfvo type='min'/><cfvo type='max'/>"
     "<color rgb='FF638EC6'/></dataBar>", "dataBar"), "文件-33", "explain", "收入", "E8", 0),
    ("an unlocked header", restyle("收入", "E5", locked=False), "文件-34", "note", "收入", "E5", 0),
    ("an unlocked label", restyle("项目1", "B9", locked=False), "文件-34", "note", "项目1", "B9", 0),
    ("an unlocked printed row", restyle("支出", "B6", locked=False), "文件-34", "note", "支出", "B6", 0),
    ("another header", put("收入", "E5", "公共财政拨款(元)"), "文件-28", "explain", "收入", "E5", 0),
    ("another label", put("项目1", "B9", "项目经办人"), "文件-28", "explain", "项目1", "B9", 0),
    ("another title", put("收入", "B2", "年度收入情况(元)"), "文件-28", "note", "收入", "B2", 0),
    ("no protection", unprotect("收入"), "文件-29", "note", None, None, 0),
    ("another department's sheet", restamp("336001$", "336002", "支出"),
     "文件-30", "error", "支出", None, 0),
    ("another year", restamp("/2023", "/2022"), "文件-03", "error", None, None, 0),
    ("a typed total", put("收入", "C7", 1806.88), "格式-12", "note", "收入", "C6", 0),
]  # fmt: skip
IDS = [case[0] for case in CASES]


@cache
def example() -> bytes:
    return EXAMPLE.read_bytes()


def checked(path: Path, pack: str = PACKS[0]) -> Assessment:
    loaded = load_pack(pack)
    batch, drafts = read([path], loaded)
    return assess(batch, loaded, drafts)


def seen(path: Path, pack: str = PACKS[0]) -> list[str]:
    """The codes of what an auditor sees."""
    _, drafts = read([path], load_pack(pack))
    return [code for code in drafts["code"] if code in SEEN]


@pytest.fixture(scope="module")
def manipulated(tmp_path_factory: pytest.TempPathFactory) -> Frame:
    """What is found where each case was done to the example, one workbook for each."""
    folder = tmp_path_factory.mktemp("manipulated")
    paths = [folder / f"{number}.xlsx" for number in range(len(CASES))]
    for path, (_, change, *_) in zip(paths, CASES, strict=True):
        path.write_bytes(tampered(example(), change))
    return assess_files(paths, load_pack(PACKS[0])).findings


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_manipulation_is_told_at_its_cell(case: Case, manipulated: Frame) -> None:
    _, _, code, severity, sheet, cell, more = case
    findings = manipulated[manipulated["submission"] == CASES.index(case)]
    line = findings[findings["code"] == code]
    told = list(zip(line["severity"], line["sheet"], line["cell"], map(len, line["related"]), strict=True))
    if code in SEEN:
        assert told == [(severity, sheet, cell, more)], line["message"].tolist()
        others = SEEN - {code, "文件-25"}
        assert not set(findings["code"]) & others, "nothing else is seen"
    else:
        assert told and told[0][0] == severity
    assert "{" not in "".join(line["message"])


def test_a_code_that_is_not_the_stamps_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(tampered(example(), restamp("336001$", "999999")))
    findings = checked(path).findings
    line = findings[findings["code"] == "文件-31"].iloc[0]
    assert (line["severity"], line["expected"], line["sheet"]) == ("error", "999999", "基本情况")


@pytest.mark.parametrize("name", ["linxiang-2023", "linxiang-2023-complete", "national-2020"])
def test_the_examples_show_nothing(name: str) -> None:
    pack = PACKS[1] if name.startswith("national") else PACKS[0]
    assert seen(ROOT / "examples" / name / "填报.xlsx", pack) == []
    assert seen(ROOT / "examples" / name / "填报_已审核.xlsx", pack) == []


@pytest.mark.parametrize("name", PACKS)
def test_blank_and_filled_templates_show_nothing(name: str, tmp_path: Path) -> None:
    pack = load_pack(name)
    new(pack, tmp_path / "blank.xlsx")
    fill(case_files(pack).base, pack, tmp_path / "filled.xlsx")
    assert [seen(tmp_path / f, name) for f in ("blank.xlsx", "filled.xlsx")] == [[], []]


def test_what_a_clerk_may_do_shows_nothing(tmp_path: Path) -> None:
    """Blank rows hidden, an empty sheet put in, a filter without effect, a money format."""
    innocent = both(
        set_row("收入", 12, hidden="1"),
        restyle("收入", "E8", code='_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '),
        restyle("收入", "H8", code='0.00"万元"'),
        put("收入", "E5", "公共财政拨款 "),
        conditional("收入", "E7:H9", WHITE_TEXT, "cellIs", "equal", formula="0"),
        conditional("收入", "B12:H13", WHITE_TEXT),
        conditional("收入", "E7:H9", "<fill><patternFill><bgColor rgb='FFFFC7CE'/></patternFill></fill>"),
        conditional("收入", "E7:H9", "<numFmt numFmtId='997' formatCode='#,##0.00'/>"),
        restyle("收入", "E8", locked=True),
    )
    path = tmp_path / "a.xlsx"
    path.write_bytes(tampered(example(), innocent))
    assert seen(path) == []


def test_an_unlocked_formula_of_the_template_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    new(load_pack(PACKS[0]), path)
    blank = path.read_bytes()
    filled = both(put("收入", "D7", 2), put("收入", "C7", 2, "SUM(D7:H7)"))
    path.write_bytes(tampered(blank, both(filled, restyle("收入", "C7", locked=False))))
    line = checked(path).findings.set_index("code").loc["文件-34"]
    assert (line["severity"], line["sheet"], line["cell"]) == ("note", "收入", "C7")
    path.write_bytes(tampered(blank, both(filled, put("收入", "D7", 2, "1+1"))))
    assert seen(path) == [], "a formula in a cell to be filled is the department's own"


def test_a_typed_total_is_told_where_no_formula_has_a_result(tmp_path: Path) -> None:
    """Some programs save formulas without what they come to: no sum over them can be told."""
    book = openpyxl.load_workbook(EXAMPLE.parent.parent / "linxiang-2023-complete" / "填报.xlsx")
    book["固定资产"]["C6"] = 999
    book.save(tmp_path / "a.xlsx")
    findings = checked(tmp_path / "a.xlsx").findings
    (line,) = findings[findings["code"] == "格式-14"].to_dict("records")
    assert (line["severity"], line["sheet"], line["cell"]) == ("explain", "固定资产", "C6")
    assert not set(findings["code"]) & {"格式-12"}
    assert "格式-07" in set(findings["code"])


SAVED = ("a hidden sheet", "a hidden row", "a hidden column", "white text", "shows nothing", "another header",
         "another list", "no protection", "a sheet of one's own", "a list of INDIRECT", "an unlocked header",
         "white text above a figure", "a format of nothing where a formula says so")  # fmt: skip


@pytest.mark.thorough
def test_libreoffice_hides_nothing_and_adds_nothing(
    offices: Callable[[Sequence[Path], str], list[Path]], tmp_path: Path
) -> None:
    wanted = {name: (change, code) for name, change, code, *_ in CASES if name in SAVED}
    paths = [tmp_path / "clean.xlsx", tmp_path / "marked.xlsx", tmp_path / "national.xlsx"]
    paths[0].write_bytes(example())
    annotate(paths[0], checked(paths[0]), load_pack(PACKS[0]), paths[1])
    paths[2].write_bytes((ROOT / "examples/national-2020/填报.xlsx").read_bytes())
    for number, (change, _) in enumerate(wanted.values()):
        paths.append(tmp_path / f"{number}.xlsx")
        paths[-1].write_bytes(tampered(example(), change))
    saved = offices(paths, "xlsx")
    assert [seen(saved[0]), seen(saved[1]), seen(saved[2], PACKS[1])] == [[], [], []]
    found = {name: seen(path) for name, path in zip(wanted, saved[3:], strict=True)}
    assert found == {name: [code] for name, (_, code) in wanted.items()}


def test_what_differs_from_the_template_is_listed(tmp_path: Path, run: Run) -> None:
    filled, other = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    pack = load_pack(PACKS[0])
    fill(case_files(pack).base, pack, filled)
    change = both(
        put("收入", "E5", "公共财政拨款(元)"), put("收入", "C7", 7.0), unprotect("支出"), add_sheet("底稿"),
        other_list("项目1", GROUP, '"优,良"'),
    )  # fmt: skip
    other.write_bytes(tampered(filled.read_bytes(), change))
    before, after = (run("compare", path) for path in (filled, other))
    told = [line for line in after.out.splitlines() if line not in before.out.splitlines()]
    assert after.status == 1
    for words in ("E5  “公共财政拨款”→“公共财政拨款(元)”", "C7  公式改成了“7”", "“支出”的保护已取消", "“底稿”",
                  "I56  “\"优,良,中,差\"”→“\"优,良\"”"):  # fmt: skip
        assert any(words in line for line in told), words


def test_a_blank_template_is_like_itself(tmp_path: Path, run: Run) -> None:
    new(load_pack(PACKS[0]), tmp_path / "a.xlsx")
    assert run("compare", tmp_path / "a.xlsx").status == 0


def test_a_sheet_too_large_to_be_marked_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The findings are listed all the same."""
    package = Package.open(example())
    part = next(sheet.part for sheet in package.sheets if sheet.name == "收入")
    rows = "".join(f'<row r="{number}" spans="1:20" ht="15"/>' for number in range(1000, 131_000))
    package.replace(part, package.read(part).replace(b"</sheetData>", f"{rows}</sheetData>".encode()))
    path, copy = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    path.write_bytes(package.save())
    in_force.cache_clear()
    monkeypatch.setenv("WORKBOOK_TOOL_TREE_MARKS", "300000")
    try:
        found = checked(path)
        told = found.findings[found.findings["code"] == "文件-32"]
        assert told["sheet"].tolist() == ["收入"] and "“收入”过大" in told["message"].iloc[0]
        assert "收入-01" in set(found.findings["code"])
        annotate(path.read_bytes(), found, load_pack(PACKS[0]), copy)
        sheets = Package.open(copy)
        assert sheets.read(part) == Package.open(path).read(part)
    finally:
        in_force.cache_clear()
