"""The roster: made and checked like any workbook, read, and turned into one template a department."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from conftest import Run
from packcases import base_of, changed
from workbook_tool.excel.fill import fill
from workbook_tool.excel.read import read as read_workbooks
from workbook_tool.forms.load import load_pack
from workbook_tool.make import new
from workbook_tool.model import Pack, PackError
from workbook_tool.roster import (
    ROSTER_PACK,
    Department,
    Project,
    Roster,
    RosterError,
    RosterTaken,
    distribute,
    file_names,
    orders,
    read,
)

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "roster" / "填报.xlsx"
ROSTER = load_pack(ROSTER_PACK)
WAN = 1_000_000


def written(folder: Path, cells: dict[str, Any] | None = None, **sheets: Any) -> Path:
    """The roster of the cases, with some cells or whole sheets changed."""
    path = folder / "名册.xlsx"
    fill(changed(base_of(ROSTER), cells or {}, ROSTER) | sheets, ROSTER, path)
    return path


# ---- reading


def test_what_a_roster_says(tmp_path: Path) -> None:
    assert read(written(tmp_path)) == Roster(
        title="某县",
        due="2024-03-31",
        departments=(
            Department(
                "301001", "某县自然勘测局", "周四维", "0730-5550104", "2024-03-31", ("测绘队", "服务中心"), 2,
                (Project("测量控制网维护", 120 * WAN), Project("集镇地形图更新", 80 * WAN)),
                {"三公经费预算数": 12 * WAN},
            ),
            Department(
                "301002", "某县山林局", "吴六", "0730-5550106", "2024-04-10", (), 1,
                (Project("护林防火", 60 * WAN),), {"三公经费预算数": 8_500_000},
            ),
            Department("301003", "某县文物所", "郑七", "5550107", "2024-03-31"),
        ),
    )  # fmt: skip


def test_a_department_is_found_by_its_code() -> None:
    roster = read(EXAMPLE)
    found = roster.department("302001")
    assert found is not None and found.name == "某县文物所"
    assert roster.department("999") is None and roster.department(None) is None


@pytest.mark.parametrize(
    ("path", "value", "units"),
    [
        ("部门名册[301003].二级机构", "一队；二队，三队\n四队、 一队 、", ("一队", "二队", "三队", "四队")),
        ("部门名册[301003].二级机构", None, ()),
    ],
)
def test_sub_units_are_told_apart(path: str, value: Any, units: tuple[str, ...], tmp_path: Path) -> None:
    assert read(written(tmp_path, {path: value})).departments[2].units == units


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("部门名册[301003].部门编码", "301001", "部门名册!B6：部门编码“301001”在名册里不止一行"),
        ("部门名册[301003].部门名称", "某县山林局", "部门名称“某县山林局”在名册里不止一行"),
        ("部门名册[301003].截止日期", "三月底", "“截止日期”应填日期，现在填的是“三月底”"),
        ("部门名册[301003].部门名称", None, "“部门名称”没有填写"),
        ("部门名册[301003].联系电话", "见通讯录", "请写 7 至 8 位座机号码"),
        ("项目清单[#1].部门编码", "301009", "在“部门名册”表里找不到"),
        ("基本信息.截止日期", None, "基本信息!C4：“截止日期”没有填写"),
    ],
)
def test_a_roster_with_errors_is_refused(path: str, value: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(RosterError) as refused:
        read(written(tmp_path, {path: value}))
    assert says in str(refused.value)


def test_only_the_first_of_many_errors_are_told(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"有 7 处错误[\s\S]*另有 2 处。"):
        read(written(tmp_path, 部门名册=[{"部门名称": f"{n}局"} for n in "甲乙丙丁"]))


def test_an_empty_roster_has_nobody_to_send_to(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="一个部门也没有"):
        read(written(tmp_path, 部门名册=[], 项目清单=[]))


def test_what_is_no_roster_is_told(tmp_path: Path, pack: Pack) -> None:
    new(pack, tmp_path / "x.xlsx")
    with pytest.raises(RosterError, match="这个文件不是“部门名册”的填报表"):
        read(tmp_path / "x.xlsx")
    with pytest.raises(PackError, match="不是名册"):
        read(tmp_path / "x.xlsx", pack.name)


# ---- names of files


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("301001", "某县自然勘测局", "301001_某县自然勘测局.xlsx"),
        ("301001", "../../etc/某局", "301001_.._.._etc_某局.xlsx"),
        ("301001", "C:\\某局*?", "301001_C__某局__.xlsx"),
        ("301001", "某局\n(新)\t. ", "301001_某局(新).xlsx"),
        ("..", "", "_.xlsx"),
        ("con.1", "局", "_con.1_局.xlsx"),
        ("1", "长" * 200, f"1_{'长' * 78}.xlsx"),
    ],
)
def test_a_file_s_name_is_one_that_every_system_takes(code: str, name: str, expected: str) -> None:
    assert file_names([Department(code, name)]) == [expected]


def test_no_two_files_have_the_same_name() -> None:
    departments = [Department("1", name) for name in ("A局", "a局", "a局(2)", "A局")]
    assert file_names(departments) == ["1_A局.xlsx", "1_a局(2).xlsx", "1_a局(2)(2).xlsx", "1_A局(3).xlsx"]


# ---- what is sent out


@pytest.mark.parametrize(
    ("expected", "named", "sheets"), [(None, 0, None), (0, 0, None), (3, 1, 3), (1, 2, 2), (None, 2, 2)]
)
def test_as_many_project_sheets_as_projects(expected: int | None, named: int, sheets: int | None) -> None:
    projects = tuple(Project(f"项目{n}") for n in range(named))
    assert Department("1", "局", expected=expected, projects=projects).sheets == sheets


def test_the_due_date_is_told() -> None:
    roster = Roster("某县", "", (Department("1", "甲局", due="2024-04-05"), Department("2", "乙局")))
    one, two = orders(roster, Path("x"))
    assert one.addressee.told == (
        "本模板发给甲局(编码 1)，不要转给别的部门使用。", "请在 2024 年 4 月 5 日前(含当日)上报。",
    )  # fmt: skip
    assert len(two.addressee.told) == 1


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates of the example's departments."""
    folder = tmp_path_factory.mktemp("sent") / "下发"
    wanted = orders(read(EXAMPLE), folder)
    assert distribute(wanted[:2], load_pack("hunan-yueyang/2023"), jobs=1) == [w.path for w in wanted[:2]]
    return folder


def test_a_template_is_stamped_and_knows_its_projects(sent: Path) -> None:
    book = openpyxl.load_workbook(sent / "301002_某县山林局.xlsx")
    assert {s["A1"].value.rpartition("|")[2] for s in book} == {"301002"}
    assert [name for name in book.sheetnames if name.startswith("项目")] == ["项目1", "项目2", "项目3"]
    said = [cell.value for row in book["填报说明"].iter_rows() for cell in row if cell.value]
    assert "请在 2024 年 3 月 31 日前(含当日)上报。" in said


def test_a_template_returned_as_it_is_is_its_department_s(sent: Path, pack: Pack) -> None:
    paths = sorted(sent.glob("*.xlsx"))
    batch, drafts = read_workbooks(paths, pack)
    assert drafts.empty
    known = batch.submissions
    assert known["code"].tolist() == known["stamped"].tolist() == ["301001", "301002"]
    assert known["department"].tolist() == ["某县自然勘测局", "某县山林局"]
    names = batch.frames["项目"].groupby("submission")["项目名称"].agg(list)
    assert names.tolist() == [["测量控制网维护", "集镇地形图更新"], ["护林防火", "苗圃改造"]]


def test_nothing_is_written_over(sent: Path, pack: Pack, tmp_path: Path) -> None:
    wanted = orders(read(EXAMPLE), tmp_path)[:2]
    wanted[1].path.write_text("填好的")
    with pytest.raises(RosterTaken, match="已经存在，没有覆盖"):
        distribute(wanted, pack)
    assert [p.name for p in tmp_path.iterdir()] == [wanted[1].path.name]


@pytest.mark.thorough
def test_several_processes_write_the_same(sent: Path, pack: Pack, tmp_path: Path) -> None:
    steps: list[int] = []
    wanted = orders(read(EXAMPLE), tmp_path)
    distribute([*wanted[:2], *wanted[4:]], pack, jobs=2, done=steps.append)
    assert sum(steps) == 4 and len(list(tmp_path.iterdir())) == 4
    for path in sent.iterdir():
        with zipfile.ZipFile(path) as one, zipfile.ZipFile(tmp_path / path.name) as other:
            assert [one.read(n) for n in one.namelist()] == [other.read(n) for n in other.namelist()]


def test_the_commands(tmp_path: Path, run: Run) -> None:
    assert run("new", "--pack", ROSTER_PACK, "-o", tmp_path / "空.xlsx").status == 0
    told = run("new", "--roster", tmp_path / "空.xlsx", "-o", tmp_path / "out")
    assert told.status == 2 and "“县(市、区)名称”没有填写" in told.err and told.err.count("\n") == 1
    ran = run("new", "--roster", written(tmp_path), "-o", tmp_path / "out", "--jobs", "1")
    assert (ran.status, ran.out) == (0, f"已为 3 个部门生成模板：{tmp_path / 'out'}\n")
    assert len(list((tmp_path / "out").iterdir())) == 3
    again = run("new", "--roster", written(tmp_path), "-o", tmp_path / "out")
    assert again.status == 2 and "没有覆盖" in again.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--roster", "没有.xlsx", "-o", "out"], "找不到“没有.xlsx”"),
        (["--roster", EXAMPLE, "-o", EXAMPLE], "-o 要写文件夹"),
        (["--roster", EXAMPLE, "--projects", "2", "-o", "out"], "--projects 不能和 --roster 一起用"),
        (["--previous", "x.db", "-o", "out"], "--previous 要和 --roster 一起用"),
        (["--roster", EXAMPLE, "--previous", "没有.db", "-o", "out"], "找不到台账“没有.db”"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str | Path], says: str, run: Run) -> None:
    ran = run("new", *words)
    assert ran.status == 2 and says in ran.err and not ran.out
