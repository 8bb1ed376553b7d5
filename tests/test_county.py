"""Whose a return is, which version counts, what is set aside, and what concerns several departments."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbook_tool.county.across import Return, check_across
from workbook_tool.county.alike import alike
from workbook_tool.county.arrivals import Arrival
from workbook_tool.county.build import build
from workbook_tool.county.decide import Aside, Standing, decide
from workbook_tool.county.identify import Department, Listing, found, identify
from workbook_tool.county.types import ACROSS, RETURNS, SET_ASIDE, State, Why, table
from workbook_tool.forms.lint import examine
from workbook_tool.forms.load import load_pack
from workbook_tool.model import AcrossRule, Severity
from workbook_tool.outputs.kept import Reviewed, Values

PACK = load_pack("hunan-yueyang/2023")
LEDGERS = Path(__file__).parent / "packs" / "equipment-ledger" / "2024"
EDUCATION = Department("某县教育局", "101", due="2024-03-31", units=("某县第一中学", "教师进修学校"))
HEALTH = Department("某县卫生健康局", "102", contact="李四", due="2024-03-31")
TRANSPORT = Department("某县交通运输局(本级)", None)
ROSTER = Listing((EDUCATION, HEALTH, TRANSPORT))

FINDING: dict[str, Any] = {
    "sheet": None, "cell": None, "field": None, "value": None, "expected": None, "difference": None,
    "message": "有问题。", "related": [],
}  # fmt: skip


def form(tab: str, **fields: Any) -> Values:
    return {
        "fields": list(fields),
        "lines": [[tab, 0, 2, None, *fields.values()]],
        "columns": {tab: {label: 2 for label in fields}},
        "rows": {tab: {label: n for n, label in enumerate(fields, 2)}},
    }


def rows(tab: str, label: str, *texts: str | None) -> Values:
    lines = [[tab, 0, n, "汇总" if text is None else None, text or "汇总"] for n, text in enumerate(texts, 4)]
    return {"fields": [label], "lines": lines, "columns": {tab: {label: 1}}, "rows": {}}


def returned(
    source: str = "甲.xlsx",
    *,
    stamp: str | None = None,
    typed: str | None = None,
    name: str | None = None,
    pack: str | None = PACK.name,
    status: str = "passed",
    codes: tuple[str, ...] = (),
    content: str | None = None,
    saved: str | None = None,
    modified: str | None = "2024-03-20T02:00:00Z",
    values: dict[str, Values] | None = None,
    size: int = 9000,
) -> Reviewed:
    severity = {"errors": "error", "explain": "explain", "unreadable": "error"}.get(status)
    told = [*codes, *(["收入-01"] if severity and not codes else [])]
    findings: Any = [{**FINDING, "code": code, "severity": severity or "note"} for code in told]
    held = (
        {}
        if status == "unreadable"
        else {"基本情况": form("基本情况", 部门名称=name, 部门编码=typed, 联系人="张三")}
    )
    return Reviewed(
        source=source, sha256=content or f"sha of {source}", size=size, modified=modified, saved=saved,
        pack=pack, code=stamp or typed, department=name,
        submission={
            "file": source, "sha256": content or f"sha of {source}", "department": name, "status": status,
            "findings": findings, "scores": [], "totals": [],
        },
        values=held | (values or {}), computed=[],
    )  # fmt: skip


def arrived(source: str = "甲.xlsx", **more: Any) -> Arrival:
    return Arrival.of(returned(source, **more), PACK)


# ---- whose it is

WHOSE = [
    # stamp, typed code, typed name -> number, why, words of the sentence
    ("101", None, None, 0, None, None),
    ("101", "101", "某县教育局", 0, None, None),
    (" １０１ ", None, "某县教育局", 0, None, None),
    (None, "102", None, 1, None, None),
    (None, "102", "卫健局", 1, None, "与“某县卫生健康局”不同"),
    (None, None, "某县教育局", 0, None, None),
    (None, None, " 某县交通运输局（本 级）", 2, None, None),
    (None, "999", "某县交通运输局（本级）", 2, None, None),  # the roster has no code for it
    ("101", None, "某县卫生健康局", None, Why.NOT_THEIRS, "发给“某县教育局”的，表内填的却是“某县卫生健康局”"),
    ("101", "102", None, None, Why.NOT_THEIRS, "发给“某县教育局”的，表内填的却是“某县卫生健康局”"),
    (None, "101", "某县卫生健康局", None, Why.NOT_THEIRS, "编码是“某县教育局”的，名称却是“某县卫生健康局”"),
    ("999", None, "某县教育局", None, Why.NOT_LISTED, "名册中“某县教育局”的编码是“101”"),
    (None, "999", "某县水利局", None, Why.NOT_LISTED, "名册里没有“某县水利局”(999)"),
    (None, "999", None, None, Why.NOT_LISTED, "名册里没有编码“999”"),
    (None, None, "某县水利局", None, Why.NOT_LISTED, "名册里没有“某县水利局”"),
    (None, None, None, None, Why.NAMELESS, "看不出是哪个部门"),
    (None, None, " ()、", None, Why.NAMELESS, "看不出是哪个部门"),
]  # fmt: skip


@pytest.mark.parametrize("case", WHOSE)
def test_whose_a_return_is(case: tuple[Any, ...]) -> None:
    stamp, typed, name, number, why, says = case
    owner = identify(arrived("某县水利局.xlsx", stamp=stamp, typed=typed, name=name), ROSTER)
    assert (owner.number, owner.why) == (number, why)
    assert (says in owner.sentence) if says and owner.sentence else says == owner.sentence


def test_a_name_that_two_departments_have_names_neither() -> None:
    twins = Listing((Department("某县社区", "1"), Department("某县社区", "2")))
    assert identify(arrived(name="某县社区"), twins).why is Why.NOT_LISTED
    assert identify(arrived(name="某县社区", typed="2"), twins).number == 1


def test_without_a_roster_the_returns_name_the_departments() -> None:
    files = [
        arrived("1", typed="102", name="卫健局"),
        arrived("2", typed="101", name="教育局"),
        arrived("3", stamp="102", typed="102", name="卫生健康局"),
        arrived("4", name="卫 生健康局"),
        arrived("5", typed="102", name="卫生健康局"),
        arrived("6", name="水利局"),
        arrived("7", typed="103"),
        arrived("8"),
    ]
    listing = found(files)
    assert [(d.code, d.name) for d in listing.departments] == [
        ("101", "教育局"), ("102", "卫生健康局"), ("103", "103"), (None, "水利局"),
    ]  # fmt: skip
    assert not listing.known
    assert [identify(f, listing).number for f in files] == [1, 0, 1, 1, 1, 3, 2, None]


# ---- which one counts


@dataclass(frozen=True)
class Case:
    """The files of the education office, and what is decided of them."""

    files: list[Reviewed]
    state: State
    counted: str | None
    aside: dict[str, Why]
    says: tuple[str, ...] = ()
    late: bool = False
    seen: tuple[int, ...] = ()


def ours(source: str, **more: Any) -> Reviewed:
    return returned(source, stamp="101", typed="101", name="某县教育局", **more)


OLD, NEW = "2024-03-01T01:00:00Z", "2024-03-02T01:00:00Z"
CASES = {
    "nothing came": Case([], State.MISSING, None, {}, ("应于2024-03-31前报送", "请催报")),
    "one that passes": Case([ours("a")], State.PASSED, "a", {}, ("没有要改的",)),
    "one with errors": Case([ours("a", status="errors")], State.RETURNED, "a", {}, ("有1处错误", "退回部门改正")),
    "one to explain": Case([ours("a", status="explain")], State.EXPLAIN, "a", {}, ("有1处需说明",)),
    "the same content twice": Case(
        [ours("x/b", content="s"), ours("x/a", content="s")], State.PASSED, "x/a", {"x/b": Why.DUPLICATE}
    ),
    "saved last counts": Case(
        [ours("a", saved=NEW, modified=OLD, status="errors"), ours("b", saved=OLD, modified=NEW)],
        State.RETURNED, "a", {"b": Why.SUPERSEDED},
        ("收到2个不同的版本", "按办公软件最后保存的时间取最新的“a”(2024-03-02 09:00)"),
    ),
    "saved alike: the file's time": Case(
        [ours("b", saved=NEW, modified=OLD), ours("a", saved=NEW, modified=NEW)],
        State.PASSED, "a", {"b": Why.SUPERSEDED}, ("按文件修改时间取最新的“a”(2024-03-02 09:00)",),
    ),
    "times alike: as the ledger saw them": Case(
        [ours("a"), ours("b")], State.PASSED, "a", {"b": Why.SUPERSEDED}, ("按台账见到的先后取最新的“a”。",), seen=(2, 1)
    ),
    "all alike: the path": Case([ours("a"), ours("b")], State.PASSED, "b", {"a": Why.SUPERSEDED}, ("按文件路径的先后",)),
    "a newer one cannot be read": Case(
        [ours("a", modified=OLD), ours("b", status="unreadable", codes=("文件-14",), modified=NEW)],
        State.PASSED, "a", {"b": Why.UNREADABLE}, ("另有更新的一份“b”无法读取，没有计入",),
    ),
    "an older one cannot be read": Case(
        [ours("a", modified=NEW), ours("b", status="unreadable", codes=("文件-14",), modified=OLD)],
        State.PASSED, "a", {"b": Why.UNREADABLE}, ("没有要改的",),
    ),
    "only one that cannot be read": Case(
        [ours("b", status="unreadable", codes=("文件-14",))], State.UNREADABLE, None, {"b": Why.UNREADABLE}, ("重新报送",)
    ),
    "only an old edition": Case(
        [ours("b", pack="hunan-yueyang/2022")], State.OUTDATED, None, {"b": Why.OUTDATED}, ("换用本次下发的模板",)
    ),
    "another pack": Case(
        [ours("b", pack="national/2020-project")], State.MISSING, None, {"b": Why.FOREIGN}, ("“b”没有计入", "请催报")
    ),
    "not one of ours": Case(
        [ours("b", pack=None, status="unreadable", codes=("文件-02",))], State.MISSING, None, {"b": Why.FOREIGN}
    ),
    "an empty file": Case([ours("b", size=0)], State.MISSING, None, {"b": Why.EMPTY}, ("请催报",)),
    "after the last day": Case([ours("a", modified="2024-03-31T16:00:00Z")], State.PASSED, "a", {}, late=True),
    "at the end of the last day": Case([ours("a", modified="2024-03-31T15:59:59Z")], State.PASSED, "a", {}),
    "mended after the last day": Case(
        [ours("a", status="errors", modified=OLD), ours("b", modified="2024-05-01T00:00:00Z")],
        State.PASSED, "b", {"a": Why.SUPERSEDED},
    ),
}  # fmt: skip


def settled(case: Case) -> tuple[list[Standing], list[Aside]]:
    orders = case.seen or (0,) * len(case.files)
    arrivals = [
        replace(Arrival.of(file, PACK), order=order) for file, order in zip(case.files, orders, strict=True)
    ]
    return decide(arrivals, ROSTER, PACK)


@pytest.mark.parametrize("name", CASES)
def test_which_version_counts(name: str) -> None:
    case = CASES[name]
    standings, aside = settled(case)
    one = standings[0]
    assert one.state is case.state
    assert (one.counted.source if one.counted else None) == case.counted
    assert one.late is case.late
    assert {a.arrival.source: a.why for a in aside} == case.aside
    for words in case.says:
        assert words in one.chosen + one.next
    assert [s.state for s in standings[1:]] == [State.MISSING, State.MISSING]
    assert all(a.sentence.endswith("。") and a.department in (EDUCATION.name, None) for a in aside)
    if case.counted and Why.EMPTY not in case.aside.values():
        assert {a.counted for a in aside} <= {case.counted}


def test_the_same_content_in_two_folders_is_told() -> None:
    files = [ours("教育局/a.xlsx", content="s"), ours("卫健局.zip!a.xlsx", content="s")]
    _, (aside,) = decide([Arrival.of(f, PACK) for f in files], ROSTER, PACK)
    assert aside.sentence == (
        "与“卫健局.zip!a.xlsx”内容完全相同，以那一份为准。两份放在不同的文件夹，请核对是不是放错了。"
    )


def test_what_is_nobodys_is_told_to_those_it_concerns() -> None:
    stranger = returned("b.xlsx", stamp="101", name=HEALTH.name)
    standings, (aside,) = decide([Arrival.of(stranger, PACK)], ROSTER, PACK)
    assert (aside.why, aside.department, aside.counted) == (Why.NOT_THEIRS, None, None)
    assert ["“b.xlsx”没有计入：模板是发给" in s.chosen for s in standings] == [True, True, False]
    assert standings[0].versions == 0


def test_a_late_file_that_the_ledger_saw_in_time_is_in_time() -> None:
    late = ours("a", modified="2024-05-01T00:00:00Z")
    seen = replace(Arrival.of(late, PACK), first_seen="2024-03-30T00:00:00Z")
    assert decide([Arrival.of(late, PACK)], ROSTER, PACK)[0][0].late
    assert not decide([seen], ROSTER, PACK)[0][0].late


def test_a_blank_template_is_empty(tmp_path: Path) -> None:
    from workbook_tool.excel.ooxml.source import Source
    from workbook_tool.make import new
    from workbook_tool.outputs.kept import kept
    from workbook_tool.run import assess_files

    new(PACK, tmp_path / "a.xlsx")
    (one,) = kept(assess_files([tmp_path / "a.xlsx"], PACK), PACK, [Source.of(tmp_path / "a.xlsx")])
    _, (aside,) = decide([Arrival.of(one, PACK)], ROSTER, PACK)
    assert aside.why is Why.EMPTY


FILES = st.lists(
    st.builds(
        lambda n, stamp, name, pack, status, content, saved, modified, order: replace(
            arrived(
                f"{n}.xlsx", stamp=stamp, name=name, pack=pack, status=status, saved=saved, modified=modified,
                content=content, codes=("文件-14",) if status == "unreadable" else (),
            ),
            order=order,
        ),
        st.integers(0, 99),
        st.sampled_from(["101", "102", "999", None]),
        st.sampled_from([EDUCATION.name, HEALTH.name, TRANSPORT.name, "某县水利局", None]),
        st.sampled_from([PACK.name, PACK.name, "hunan-yueyang/2022", None]),
        st.sampled_from(["passed", "errors", "explain", "unreadable"]),
        st.sampled_from([None, None, "one", "two"]),
        st.sampled_from([None, OLD, NEW]),
        st.sampled_from([None, OLD, NEW]),
        st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda a: a.source,
)  # fmt: skip


@settings(deadline=None)
@given(files=FILES, shuffle=st.randoms(use_true_random=False), roster=st.booleans())
def test_the_order_of_the_files_does_not_matter(
    files: list[Arrival], shuffle: random.Random, roster: bool
) -> None:
    again = list(files)
    shuffle.shuffle(again)
    listing = ROSTER if roster else found(files)
    assert listing == (ROSTER if roster else found(again))
    assert decide(files, listing, PACK) == decide(again, listing, PACK)


@settings(deadline=None)
@given(files=FILES)
def test_every_file_either_counts_or_is_set_aside(files: list[Arrival]) -> None:
    standings, aside = decide(files, ROSTER, PACK)
    counted = [s.counted.source for s in standings if s.counted]
    assert sorted([*counted, *(a.arrival.source for a in aside)]) == sorted(f.source for f in files)


# ---- what concerns several departments


def rule(code: str) -> AcrossRule:
    assert PACK.county is not None
    return next(r for r in PACK.county.across if r.code == code)


def project(name: str, goal: str = "目标") -> dict[str, Values]:
    return {"项目": form("项目1", 项目名称=name, 预期目标=goal)}


def told(*values: dict[str, Values], pack: Any = PACK) -> list[tuple[str, tuple[int, ...], str]]:
    departments = [*ROSTER.departments, *(Department(f"某县第{n}局", f"2{n:02}") for n in range(40))]
    returns = [Return(n, departments[n], returned(f"{n}.xlsx", values=one)) for n, one in enumerate(values)]
    return [(line["code"], line["departments"], line["message"]) for line in check_across(returns, pack)]


NAMES = [
    # names of the projects of three departments -> which departments are told
    (("河道清淤整治", "河道清淤整治", "危桥改造工程"), [(0, 1)]),
    (("河道清淤(整治)", " 河道清淤（整治）", "河道清淤整治"), [(0, 1, 2)]),
    (("河道清淤整治", "河道清淤整治二期", "危桥改造工程"), []),
    (("信息化建设专项经费", "信息化建设专项经费", "日常运行维护"), []),
    (("2023年度业务工作经费", "2023年度业务工作经费", "设备采购"), []),
    (("", "", "河道清淤整治"), []),
]


@pytest.mark.parametrize(("names", "groups"), NAMES)
def test_a_project_that_two_departments_name(names: tuple[str, ...], groups: list[tuple[int, ...]]) -> None:
    found_ = [line for line in told(*map(project, names)) if line[0] == "跨部门-01"]
    assert [line[1] for line in found_] == groups


def test_the_sentence_names_the_project_and_the_departments() -> None:
    returns = [
        Return(n, d, returned(f"{n}.xlsx", values=project("河道清淤整治")))
        for n, d in enumerate((EDUCATION, HEALTH))
    ]
    (line,) = [line for line in check_across(returns, PACK) if line["code"] == "跨部门-01"]
    assert line["message"].startswith(
        "2个部门都填了名为“河道清淤整治”的项目：“某县教育局”、“某县卫生健康局”。请核对"
    )
    assert line["places"] == ("0.xlsx!项目1!B2", "1.xlsx!项目1!B2")
    assert line["severity"] == Severity.EXPLAIN.value


LONG = (
    "坚持以人民为中心，围绕全年中心工作，强化预算约束，提高资金使用效益，"
    "完成年初确定的各项目标任务，保障机关正常运转，推动事业高质量发展，群众满意度稳步提高，"
    "按时完成上级部门交办的其他工作，不断提升服务水平和工作质量。"
)
OTHER = (
    "全年改造农村公路三十公里，安装护栏十二公里，维修桥梁五座，开展汛期巡查四次，"
    "消除隐患路段八处，公路优良路率达到百分之九十，沿线群众出行更加方便安全。"
)
SAME = [
    # goals of three departments -> groups
    ((LONG, LONG, OTHER), [(0, 1)]),
    ((LONG, LONG.replace("，", ", ").replace("。", "\n"), OTHER), [(0, 1)]),
    ((LONG, LONG.replace("群众满意度", "社会满意度"), OTHER), [(0, 1)]),
    ((f"某县教育局{LONG}", f"某县卫生健康局{LONG}", OTHER), [(0, 1)]),
    ((LONG, LONG[:50] + OTHER[:50], OTHER), []),
    ((LONG[:30], LONG[:30], OTHER), []),  # too short to say anything
    ((LONG, LONG, LONG), [(0, 1, 2)]),
]


@pytest.mark.parametrize(("goals", "groups"), SAME)
def test_the_same_long_text_in_two_departments(goals: tuple[str, ...], groups: list[tuple[int, ...]]) -> None:
    found_ = [
        line
        for line in told(*(project(str(n), goal) for n, goal in enumerate(goals)))
        if line[0] == "跨部门-02"
    ]
    assert [line[1] for line in found_] == groups


def test_many_departments_are_not_all_named() -> None:
    _, numbers, message = next(
        line for line in told(*(project(str(n), LONG) for n in range(30))) if line[0] == "跨部门-02"
    )
    assert len(numbers) == 30
    assert "30个部门填了相同或几乎相同的文字(相似度100%)" in message
    assert "“某县第1局”等。" in message


UNITS = [
    # the rows of the income table -> the units of the roster that are missing
    (("1、局机关", "2、某县第一中学", "3、教师进修学校"), []),
    (("局机关", "（2）第一中学", "三、教师进修学校"), []),
    (("局机关", "一中", "进修校"), []),
    (("局机关", "某县第一中学"), ["教师进修学校"]),
    (("局机关",), ["教师进修学校", "某县第一中学"]),
    ((None, "局机关", "第一中学"), ["教师进修学校"]),
]


@pytest.mark.parametrize(("names", "missing"), UNITS)
def test_a_unit_that_the_tables_do_not_name(names: tuple[str | None, ...], missing: list[str]) -> None:
    found_ = told({"收入": rows("收入", "机构名称", *names)})
    assert [m.split("“")[2].split("”")[0] for _, _, m in found_] == missing
    assert all(m.startswith("名册列有“某县教育局”的二级机构“") for _, _, m in found_)


OTHERS = [
    # pack, what two departments of it hold, the codes that are told
    ("national/2020-project", {"项目": form("项目1", 项目名称="河道清淤整治")}, ["跨部门-01", "跨部门-03", "跨部门-03"]),
    ("national/2020-project", {"项目": form("项目1", 实施单位="某县第一中学")}, ["跨部门-03"]),
    ("national/2020-project", {"项目": form("项目1", 预期目标=LONG)}, ["跨部门-02", "跨部门-03", "跨部门-03"]),
    (str(LEDGERS), {"台账": rows("台账", "设备编号", "D-0001")}, ["跨单位-01"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "codes"), OTHERS)
def test_other_packs_say_what_concerns_several(
    name: str, values: dict[str, Values], codes: list[str]
) -> None:
    assert [code for code, _, _ in told(values, values, pack=load_pack(name))] == codes


def test_a_pack_without_county_yaml_checks_nothing_across() -> None:
    assert (
        told(project("河道清淤整治"), project("河道清淤整治"), pack=PACK.model_copy(update={"county": None}))
        == []
    )


# ---- alike


def plainly_alike(texts: list[str], least: Decimal, run: int) -> list[list[int]]:
    """The same by comparing each with every other."""
    runs = [{t[i : i + run] for i in range(len(t) - run + 1)} for t in texts]
    groups = [{n} for n in range(len(texts))]
    for a, b in itertools.combinations(range(len(texts)), 2):
        if len(runs[a] & runs[b]) >= least * len(runs[a] | runs[b]):
            one, two = (next(g for g in groups if n in g) for n in (a, b))
            if one is not two:
                one |= two
                groups.remove(two)
    return sorted(sorted(g) for g in groups if len(g) > 1)


@settings(deadline=None, max_examples=300)
@given(
    texts=st.lists(st.text("甲乙丙", min_size=2, max_size=12), max_size=12),
    least=st.sampled_from([Decimal("0.5"), Decimal("0.7"), Decimal("0.9"), Decimal(1)]),
)
def test_alike_texts_are_those_that_comparing_all_gives(texts: list[str], least: Decimal) -> None:
    found_ = alike(texts, least, 2)
    assert [positions for positions, _ in found_] == plainly_alike(texts, least, 2)
    assert all(least <= likeness <= 1 for _, likeness in found_)


# ---- the county


def test_the_county_has_a_line_for_every_department() -> None:
    files = [ours("a", status="errors"), ours("b", saved=OLD), returned("c", typed="102", name=HEALTH.name)]
    standings, aside = decide([Arrival.of(f, PACK) for f in files], ROSTER, PACK)
    previous = {"102": {"基本情况.实有人数": 7}, "555": {"基本情况.实有人数": 9}}
    county = build(
        PACK, "某县", ROSTER, standings, aside, counted=files[1:], resent={1: "没有改动。"}, previous=previous
    )
    assert list(county.returns.columns) == list(RETURNS)
    lines = county.returns.to_dict("records")
    assert [(x["department"], x["state"], x["file"], x["unchanged"]) for x in lines] == [
        ("某县教育局", "通过", "b", False), ("某县卫生健康局", "通过", "c", True), (TRANSPORT.name, "未报", None, False),
    ]  # fmt: skip
    assert lines[1]["said"].startswith("没有改动。")
    assert lines[0]["versions"] == 2
    assert county.previous == {1: previous["102"]}
    assert list(county.set_aside["why"]) == ["旧版本"]
    assert list(county.set_aside["counted"]) == ["b"]
    assert county.frames["基本情况"]["submission"].tolist() == [0, 1]
    assert county.rules


def test_frames_of_nothing_have_their_columns() -> None:
    standings, aside = decide([], ROSTER, PACK)
    county = build(PACK, "某县", ROSTER, standings, aside, counted=[])
    assert list(county.set_aside.columns) == list(SET_ASIDE)
    assert list(county.across.columns) == list(ACROSS)
    assert list(table(RETURNS, []).dtypes.astype(str)) == list(RETURNS.values())
    assert county.previous is None


# ---- county.yaml

SLIPS = [
    # what stands in county.yaml, what is written instead, what is said of that line
    ("{title: 支出, frame: 支出,", "{title: 收入, frame: 支出,", "有两张汇总表都叫“收入”"),
    ("frame: 支出, row: 汇总", "frame: 支付, row: 汇总", "没有“支付”这张表"),
    ("frame: 支出, row: 汇总", "frame: 支出, row: 合计", "没有“合计”这个固定行"),
    ("frame: 支出, row: 汇总", "frame: 支出", "要写明取哪一个固定行"),
    ("frame: 支出, row: 汇总", "frame: 综述", "没有金额或个数的栏目"),
    ("per: 基本情况.实有人数", "per: 基本情况.实有人", "没有“基本情况.实有人”这一栏，是否应为“基本情况.实有人数”"),
    ("per: 基本情况.实有人数", "per: 基本情况.联系人", "不是金额或个数栏目"),
    ("per: 基本情况.实有人数", "per: 基本情况", "应写成“表名[行名].栏目”"),
    ("kind: same name", "kind: same nam", "same name"),
    ("fields: [项目.项目名称]", "fields: [项目.项目名]", "没有“项目.项目名”这一栏"),
    ("fields: [项目.项目名称]", "fields: [项目.预定目标数]", "不是文字栏目"),
    ("“{名称}”的项目：{部门}", "“{名字}”的项目：{部门}", "{名字}”不存在"),
    ("code: 跨部门-02", "code: 跨部门-01", "已经用过"),
    ("    at_least: 60", "    at_least: 3", "at_least 至少是 5"),
    ("severity: 需说明", "severty: 需说明", "没有“severty”这一项"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "instead", "says"), SLIPS)
def test_a_slip_in_county_yaml_is_told_with_its_line(
    tmp_path: Path, written: str, instead: str, says: str
) -> None:
    import shutil

    assert PACK.folder is not None
    shutil.copytree(PACK.folder, tmp_path / "pack")
    file = tmp_path / "pack" / "county.yaml"
    text = file.read_text(encoding="utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), encoding="utf-8")
    mistakes = [m for m in examine(tmp_path / "pack").mistakes if Path(m.file or "").name == "county.yaml"]
    assert says in mistakes[0].message
    assert mistakes[0].line == text[: text.index(written)].count("\n") + 1
