"""Scores recomputed from the data: every way of scoring, what is unproven, and what rules say of it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smallpack import batch_of
from workbook_tool.checks.rubric import score
from workbook_tool.checks.score_rules import builtin_outcomes
from workbook_tool.forms.load import load_pack
from workbook_tool.forms.scoring import UNKNOWN, Evidence, Scorer
from workbook_tool.forms.writing.ranges import check_bands, read_range
from workbook_tool.model import Band, Criterion, Frame, Linear, Pack, PackError

FORM = """
id: scored
edition: "1"
title: 打分的表
fiscal_year: 2023
unit: 万元
identity: {department: 情况.名称, code: 情况.名称}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
sheets:
  - name: 情况
    grid: [10, 10]
    blocks:
      - kind: form
        fields:
          - {label: 名称}
          - {label: 编制, type: count, unit: 人}
          - {label: 在职, type: count, unit: 人}
          - {label: 预算, type: amount}
          - {label: 决算, type: amount}
          - {label: 时效, type: choice, choices: [及时, 不及时]}
          - {label: 等次, type: choice, choices: [优, 中, 差]}
  - name: 依据
    grid: [10, 10]
    blocks:
      - name: 清单
        kind: table
        items_of: r/checklist
        fields:
          - {label: 指标, static: true}
          - {label: 条目, static: true}
          - {label: 符合, type: choice, choices: [是, 否]}
      - name: 例数
        kind: table
        items_of: r/count_deduct
        fields: [{label: 指标, static: true}, {label: 条目, static: true}, {label: 例, type: count}]
      - name: 扣分
        kind: table
        items_of: r/range_deduct
        fields: [{label: 指标, static: true}, {label: 条目, static: true}, {label: 扣, type: points}]
  - name: 打分
    grid: [10, 10]
    blocks:
      - kind: table
        criteria_of: r
        rows: [{key: 总分, labels: {一级: 总分}, total: true}]
        fields:
          - {label: 一级, static: true}
          - {label: 二级, static: true}
          - {label: 标准, static: true}
          - {label: 分值, type: points, static: true}
          - {label: 得分, type: points}
          - {label: 原因}
rubrics:
  - id: r
    title: 评分表
    "on": 打分
    subject: 情况.名称
    self_score: 得分
    reason: 原因
    points: 50
    shares: {共同: 6}
    levels: [一级, 二级]
    standard: 标准
    weight: 分值
    grade: 情况.等次
    items: {checklist: 依据.清单.符合, count_deduct: 依据.例数.例, range_deduct: 依据.扣分.扣}
    grades: [{name: 差, least: 0}, {name: 中, least: 30}, {name: 优, least: 45}]
    options:
      - {name: 零头, chosen: whole, choices: [whole, proportional], says: {whole: 不足一个百分点的不扣}}
    criteria:
      - {id: rate, labels: [投入, 控制率], points: 5, standard: s, scoring: linear, unit: "%",
         value: 在职 / 编制 * 100, linear: {above: 100, deduct: 0.5, part: 零头}}
      - {id: band, labels: [投入, 执行率], points: 5, standard: s, scoring: bands, unit: "%",
         value: 决算 / 预算 * 100,
         cases: [{when: 预算 == 0 and 决算 == 0, points: full, says: 不适用，计满分},
                 {when: 预算 == 0 and 决算 > 0, points: judge, says: 没有预算，由人评判}],
         bands: [{range: "[90, )", points: 5}, {range: "[60, 90)", points: 2}, {range: "[0, 60)", points: 0}]}
      - {id: part, labels: [过程, 到位率], points: 3, standard: s, scoring: proportional, unit: "%",
         value: 决算 / 预算 * 100}
      - {id: time, labels: [过程, 及时性], points: 2, standard: s, scoring: choice, value: 时效,
         choices: {及时: 2, 不及时: 0}}
      - {id: list, labels: [过程, 制度], points: 4, standard: s, scoring: checklist,
         items: [{text: 甲, points: 2}, {text: 乙, points: 1}, {text: 丙, points: 1}]}
      - {id: count, labels: [过程, 合规], points: 3, standard: s, scoring: count_deduct, deduct: 1,
         items: [{text: 甲}, {text: 乙}]}
      - {id: range, labels: [过程, 使用], points: 7, standard: s, scoring: range_deduct,
         items: [{text: 甲, least: 4, most: 7}, {text: 乙, least: 2, most: 2}]}
      - {id: judge, labels: [产出, 任务], points: 15, standard: s, scoring: judged}
      - {id: one, labels: [效果, 经济], share: 共同, standard: s, scoring: judged}
      - {id: two, labels: [效果, 社会], share: 共同, standard: s, scoring: judged}
"""

WORDS = "{行}|{填报}|{应为}|{相差}"
RULES = [
    {
        "code": f"打分-{number:02}", "id": builtin, "title": builtin, "severity": "错误", "on": on,
        "fields": [field], "builtin": builtin, "rubric": "r", "message": WORDS, "basis": "表",
    }
    for number, (builtin, on, field) in enumerate(
        (
            ("score_within", "打分", "得分"), ("score_step", "打分", "得分"),
            ("score_reason", "打分", "原因"), ("score_recalc", "打分", "得分"),
            ("score_unproven", "打分", "得分"),
            ("score_grade", "情况", "等次"),
        ),
        1,
    )
]  # fmt: skip
NAMES = {str(rule["code"]): str(rule["builtin"]) for rule in RULES}

FULL = """
情况: {名称: 某局, 编制: 50, 在职: 48, 预算: 100, 决算: 100, 时效: 及时, 等次: 优}
依据:
  清单: [{行: 过程·制度·1, 符合: 是}, {行: 过程·制度·2, 符合: 是}, {行: 过程·制度·3, 符合: 是}]
  例数: [{行: 过程·合规·1, 例: 0}, {行: 过程·合规·2, 例: 0}]
  扣分: [{行: 过程·使用·1, 扣: 0}, {行: 过程·使用·2, 扣: 0}]
打分:
  - {行: 投入·控制率, 得分: 5}
  - {行: 投入·执行率, 得分: 5}
  - {行: 过程·到位率, 得分: 3}
  - {行: 过程·及时性, 得分: 2}
  - {行: 过程·制度, 得分: 4}
  - {行: 过程·合规, 得分: 3}
  - {行: 过程·使用, 得分: 7}
  - {行: 产出·任务, 得分: 15}
  - {行: 效果·经济, 得分: 3}
  - {行: 效果·社会, 得分: 3}
"""

NO_TOTALS = pd.DataFrame({c: [] for c in ("submission", "rule", "frame", "record", "field", "outcome")})
NO_OUTCOMES = pd.DataFrame({c: [] for c in ("submission", "rule", "outcome")})


def pack_of(*builtins: str, **rubric: Any) -> Pack:
    form = yaml.safe_load(FORM)
    form["rubrics"][0] |= rubric
    return Pack.model_validate(
        form | {"rules": [r for r in RULES if r["builtin"] in builtins or not builtins]}
    )


PACK = pack_of()
NATIONAL = load_pack("national/2020-project")


def book(changes: dict[str, Any] | None = None, **form: Any) -> dict[str, Any]:
    """The full filing with changes: of the form, or of a row's first value, by its key."""
    data: dict[str, Any] = yaml.safe_load(FULL)
    data["情况"] |= form
    for key, change in (changes or {}).items():
        for rows in (*data["依据"].values(), data["打分"]):
            for row in (r for r in rows if r["行"] == key):
                row.update(change if isinstance(change, dict) else {list(row)[1]: change})
    return data


def scored(*books: dict[str, Any], pack: Pack = PACK) -> tuple[Frame, Frame, Frame]:
    return score(batch_of(pack, *books), NO_TOTALS, NO_OUTCOMES, pack)


def rows_of(frame: Frame) -> list[list[Any]]:
    """The rows as plain values; 空 where there is none."""
    return frame.astype(object).where(frame.notna(), "空").values.tolist()


def line(criterion: str, data: dict[str, Any], pack: Pack = PACK) -> tuple[float | None, str, str]:
    """Score, status and reason of one criterion."""
    _, criteria, _ = scored(data, pack=pack)
    found = criteria[criteria["id"] == criterion].iloc[0]
    return None if pd.isna(found["score"]) else found["score"] / 10_000, found["status"], found["because"]


def found(data: dict[str, Any], pack: Pack = PACK) -> list[tuple[str, str, str]]:
    """Rule, row and message of every finding."""
    batch = batch_of(pack, data)
    _, _, drafts = score(batch, NO_TOTALS, NO_OUTCOMES, pack)
    return [
        (NAMES[d["code"]], str(batch.frames[d["frame"]]["key"].iat[d["record"]]), d["message"])
        for d in drafts.to_dict("records")
    ]


@pytest.mark.parametrize(
    ("criterion", "data", "points", "because"),
    [
        ("rate", book(), 5, "在职48人、编制50人，控制率96%，不高于100%，得5分。口径：不足一个百分点的不扣。"),
        ("rate", book(在职=50), 5, "不高于100%"),
        ("rate", book(在职=51), 4, "高于标准（100%）2个百分点，每1个百分点扣0.5分，扣1分，得4分"),
        ("rate", book(编制=77, 在职=78), 4.5, "控制率101.2987%"),
        ("rate", book(编制=99, 在职=100), 4.5, "扣0.5分"),
        ("rate", book(编制=200, 在职=201), 5, "扣分"[:0]),
        ("rate", book(在职=55), 0, "得0分"),
        ("rate", book(在职=500), 0, "得0分"),
        ("band", book(决算=90), 5, "在“90%（含）以上”一档"),
        ("band", book(决算=89.999999), 2, "在“60%（含）至90%”一档"),
        ("band", book(决算=60), 2, "预算100万元"),
        ("band", book(决算=0), 0, "在“0%（含）至60%”一档，得0分"),
        ("band", book(预算=0, 决算=0), 5, "不适用，计满分，得5分"),
        ("part", book(决算=95), 2.85, "按3分的95%计"),
        ("part", book(决算=120), 3, "按3分的100%计"),
        ("part", book(预算=3, 决算=1), 1, "得1分"),
        ("part", book(预算=7, 决算=1), 0.4286, "得0.4286分"),
        ("time", book(时效="不及时"), 0, "时效“不及时”，得0分"),
        ("list", book(), 4, "各条都符合，得4分"),
        ("list", book({"过程·制度·1": "否"}), 2, "符合第2、3条，得2分"),
        ("list", book({f"过程·制度·{n}": "否" for n in (1, 2, 3)}), 0, "没有一条符合"),
        ("count", book(), 3, "没有发生"),
        ("count", book({"过程·合规·1": 1, "过程·合规·2": 1}), 1, "共发生2例，每例扣1分，扣2分"),
        ("count", book({"过程·合规·1": 9}), 0, "得0分"),
        ("range", book(), 7, "没有应扣分的情形"),
        ("range", book({"过程·使用·1": 4.5}), 2.5, "第1条扣4.5分，扣4.5分"),
        ("range", book({"过程·使用·1": 7, "过程·使用·2": 2}), 0, "第1条扣7分、第2条扣2分，扣9分"),
    ],
)
def test_ways_of_scoring(criterion: str, data: dict[str, Any], points: float, because: str) -> None:
    score_, _, why = line(criterion, data)
    assert score_ == points
    assert because in why


@pytest.mark.parametrize(
    ("criterion", "data", "because"),
    [
        ("rate", book(编制=None), "“编制”没有填写或无法识别，无从核定。"),
        ("rate", book(编制=0), "在职48人、编制0人，算不出结果，无从核定。"),
        ("rate", book(编制="?", 在职=None), "“在职”“编制”没有填写或无法识别，无从核定。"),
        ("band", book(预算=0, 决算=None), "“决算”没有填写或无法识别，无从核定。"),
        ("time", book(时效=None), "“时效”没有填写或无法识别，无从核定。"),
        ("time", book(时效="也许"), "时效“也许”，算不出结果，无从核定。"),
        ("list", book({f"过程·制度·{n}": None for n in (1, 2, 3)}), "各条依据都没有填写，无从核定。"),
        ("list", book({"过程·制度·2": None}), "第2条依据没有填写，无从核定。"),
        ("count", book({"过程·合规·2": None}), "第2条依据没有填写，无从核定。"),
        ("range", book({"过程·使用·2": 3}), "第2条的扣分不在规定的幅度内，无从核定。"),
    ],
)
def test_no_data_no_score(criterion: str, data: dict[str, Any], because: str) -> None:
    assert line(criterion, data) == (None, "无依据", because)


def test_what_a_person_judges() -> None:
    assert line("judge", book({"产出·任务": 12})) == (12, "评判", "由评价人员评判，按自评得分计。")
    assert line("judge", book({"产出·任务": 20}))[:2] == (15, "评判")
    assert line("judge", book({"产出·任务": None}))[:2] == (None, "评判")
    assert line("band", book(预算=0, 决算=5)) == (
        5, "评判", "决算5万元、预算0万元，没有预算，由人评判，按自评得分计。",
    )  # fmt: skip


def test_a_case_that_may_hold_leaves_the_score_open_unless_it_makes_no_difference() -> None:
    criterion = yaml.safe_load("""
        {id: a, labels: [甲], points: 3, standard: s, scoring: bands, bands: [{range: "[0, )", points: 2}],
         cases: [{when: x, points: 2, says: 一}, {when: y, points: full, says: 二}]}""")
    scorer = Scorer.of(Criterion.model_validate(criterion), PACK.rubrics[0])
    given_, open_ = Decimal(1), None
    assert scorer.score(Evidence(given_, (False, False))).points == 20_000
    assert scorer.score(Evidence(given_, (open_, False))).points == 20_000
    assert scorer.score(Evidence(given_, (open_, True))) == UNKNOWN
    assert scorer.score(Evidence(given_, (True, open_))).says == "一"
    assert scorer.score(Evidence(None, (False, True))).points == 30_000


def test_options_are_put_in() -> None:
    options = [{"name": "零头", "chosen": "proportional", "choices": ["whole", "proportional"]}]
    pack = pack_of(options=options)
    assert line("rate", book(编制=77, 在职=78), pack)[0] == 4.3506
    with pytest.raises(PackError, match="part"):
        scored(book(), pack=pack_of(options=[{"name": "零头", "chosen": "都行", "choices": ["都行"]}]))


def test_totals_and_grades() -> None:
    scores, _, _ = scored(book(), book({"投入·控制率": 4}, 编制=None), book({"产出·任务": None}))
    points = ["subject", "self", "recomputed", "unproven", "claimed"]
    assert rows_of(scores[points]) == [
        ["某局", 500_000, 500_000, 0, 500_000],
        ["某局", 490_000, 450_000, 40_000, 490_000],
        ["某局", "空", "空", 0, "空"],
    ]
    assert rows_of(scores[["grade", "self_grade", "claimed_grade", "settled"]]) == [
        ["优", "优", "优", True],
        ["优", "优", "优", True],
        ["空", "空", "空", "空"],
    ]


def test_the_grade_is_open_where_unproven_points_decide() -> None:
    scores, _, _ = scored(book(编制=None, 时效=None))
    assert scores[["grade", "claimed_grade", "settled"]].values.tolist() == [["中", "优", False]]


def test_a_full_and_consistent_sheet_has_no_finding() -> None:
    assert found(book()) == []


@pytest.mark.parametrize(
    ("data", "rule", "row", "message"),
    [
        (book({"投入·控制率": 5.5}), "score_within", "投入·控制率", "投入·控制率|5.5|5|0.5"),
        (book({"产出·任务": 16}), "score_within", "产出·任务", "产出·任务|16|15|1"),
        (book({"效果·经济": 4}), "score_within", "效果·社会", "效果·社会|7|6|1"),
        (book({"过程·制度": {"得分": 3, "原因": "缺"}}), "score_recalc", "过程·制度", "过程·制度|3|4|-1"),
        (book({"产出·任务": 14}), "score_reason", "产出·任务", "产出·任务|空|空|-1"),
        (book({"效果·经济": 2}), "score_reason", "效果·经济", "效果·经济|空|空|-1"),
        (book(编制=None), "score_unproven", "投入·控制率", "投入·控制率|5|空|空"),
        (book(等次="中"), "score_grade", "None", "某局|中|优|空"),
    ],
)
def test_what_is_wrong_with_a_score_is_said_once(
    data: dict[str, Any], rule: str, row: str, message: str
) -> None:
    told = found(data)
    assert [(r, k) for r, k, _ in told] == [(rule, row)]
    assert told[0][2].removeprefix("情况") in (message, message.replace("某局|", "|"))


@pytest.mark.parametrize(
    ("key", "claim", "form", "expected"),
    [
        ("投入·控制率", 4.7, {"编制": None}, "4.5、5等"),
        ("投入·执行率", 3, {"预算": None}, None),
        ("过程·及时性", 1, {"时效": None}, "2、0"),
    ],
)
def test_a_score_that_the_rule_cannot_give(
    key: str, claim: float, form: dict[str, Any], expected: str | None
) -> None:
    told = found(book({key: {"得分": claim, "原因": "有"}}, **form), pack_of("score_step"))
    assert told == ([("score_step", key, f"{key}|{claim}|{expected}|空")] if expected else [])


@pytest.mark.parametrize(
    ("criterion", "reachable"),
    [
        ("rate", [(p, p) for p in range(0, 50_001, 5_000)]),
        ("band", [(0, 50_000)]),
        ("part", [(0, 30_000)]),
        ("time", [(0, 0), (20_000, 20_000)]),
        ("list", [(p, p) for p in range(0, 40_001, 10_000)]),
        ("count", [(p, p) for p in range(0, 30_001, 10_000)]),
        ("range", [(0, 30_000), (50_000, 50_000), (70_000, 70_000)]),
        ("judge", [(0, 150_000)]),
    ],
)
def test_reachable_scores(criterion: str, reachable: list[tuple[int, int]]) -> None:
    rubric = PACK.rubrics[0]
    scorer = Scorer.of(next(c for c in rubric.criteria if c.id == criterion), rubric)
    assert scorer.reachable == reachable


def test_a_deduction_out_of_its_range_is_marked_where_it_stands() -> None:
    assert found(book({"过程·使用·1": 3})) == [("score_step", "过程·使用·1", "过程·使用·1|3|0、4至7|空")]


def test_what_only_follows_from_a_reported_cell_is_not_said_again() -> None:
    assert found(book(编制="?")) == []
    assert found(book(时效="也许")) == []


def test_a_score_that_rests_on_a_wrong_total_says_so() -> None:
    rule = RULES[0] | {"code": "情况-01", "builtin": None, "rubric": None, "on": "情况", "check": "在职 > 0"}
    pack = Pack.model_validate(yaml.safe_load(FORM) | {"rules": [*RULES, rule | {"fields": ["在职"]}]})
    batch = batch_of(pack, book(在职=60))
    wrong = pd.DataFrame([{
        "submission": 0, "rule": "情况-01", "frame": "情况", "record": 0, "field": "在职", "outcome": "fail",
    }])  # fmt: skip
    failed = pd.DataFrame([{"submission": 0, "rule": "情况-01", "outcome": "fail"}])
    for totals, outcomes in ((wrong, NO_OUTCOMES), (NO_TOTALS, failed)):
        _, criteria, drafts = score(batch, totals, outcomes, pack)
        assert criteria["because"][0].endswith("（所用数据有问题：情况-01，改正后应重新核定。）")
        assert drafts.empty


def test_a_rule_that_the_pack_does_not_have_is_not_checked() -> None:
    assert found(book({"投入·控制率": 9}), pack_of("score_grade")) == []


@pytest.mark.parametrize("change", [{"rubric": "x"}, {"rubric": None}])
def test_a_check_that_the_engine_does_not_have(change: dict[str, Any]) -> None:
    pack = Pack.model_validate(yaml.safe_load(FORM) | {"rules": [RULES[0] | change]})
    with pytest.raises(PackError, match="打分-01"):
        scored(book(), pack=pack)


def test_outcomes_of_the_engines_own_rules() -> None:
    books = (book(), book({"投入·控制率": 6}), book(编制=None), book({"产出·任务": None}))
    batch = batch_of(PACK, *books, {"情况": {"名称": "某局"}})
    scores, criteria, drafts = score(batch, NO_TOTALS, NO_OUTCOMES, PACK)
    outcomes = builtin_outcomes(scores, criteria, drafts, PACK)
    found_ = zip(outcomes["rule"].map(NAMES), outcomes["outcome"], strict=True)
    table: dict[str, list[str]] = {}
    for name, outcome in found_:
        table.setdefault(name, []).append(outcome)
    assert table["score_within"] == ["pass", "fail", "pass", "unknown"]
    assert table["score_recalc"] == ["pass", "pass", "unknown", "unknown"]
    assert table["score_unproven"] == ["pass", "pass", "fail", "unknown"]
    assert set(outcomes["submission"]) == {0, 1, 2, 3}


def test_outcomes_are_those_of_the_sheet_even_where_another_finding_says_more() -> None:
    """As with the other rules: what is not said again has still not been held."""
    rule = RULES[0] | {"code": "情况-01", "builtin": None, "rubric": None, "on": "情况", "check": "在职 > 0"}
    pack = Pack.model_validate(yaml.safe_load(FORM) | {"rules": [*RULES, rule | {"fields": ["在职"]}]})
    batch = batch_of(pack, book(在职=60), book(编制="?"), book({"过程·使用·1": 3}), book(编制="?", 在职=None))
    failed = pd.DataFrame([{"submission": 0, "rule": "情况-01", "outcome": "fail"}])
    scores, criteria, drafts = score(batch, NO_TOTALS, failed, pack)
    outcomes = builtin_outcomes(scores, criteria, drafts, pack).set_index(["rule", "submission"])["outcome"]
    assert not drafts["code"].isin({"打分-04", "打分-05"}).any()
    assert outcomes["打分-04"].tolist() == ["fail", "unknown", "unknown", "unknown"]
    assert outcomes["打分-05"].tolist() == ["pass", "unknown", "unknown", "unknown"]
    assert outcomes["打分-02"].tolist() == ["pass", "pass", "fail", "pass"]


def test_a_lost_row_is_not_scored_and_leaves_the_sum_open() -> None:
    batch = batch_of(PACK, book())
    for frames in (batch.frames, batch.unreadable):
        frames["打分"] = frames["打分"].drop(index=3).reset_index(drop=True)
    scores, criteria, drafts = score(batch, NO_TOTALS, NO_OUTCOMES, PACK)
    assert len(criteria) == len(PACK.rubrics[0].criteria) - 1
    assert scores["self"].isna().all() and drafts.empty


@pytest.mark.parametrize(
    ("text", "inside", "outside", "words"),
    [
        ("[80, 90)", ("80", "89.9999999999"), ("79.99", "90"), "80%（含）至90%"),
        ("(0, 10]", ("0.0001", "10"), ("0", "10.01"), "0%至10%（含）"),
        ("[90, )", ("90", "1000"), ("89",), "90%（含）以上"),
        ("(, 0]", ("0", "-3"), ("0.01",), "0%（含）以下"),
        ("［0， 0］", ("0",), ("0.01", "-0.01"), "0%"),
    ],
)
def test_ranges(text: str, inside: tuple[str, ...], outside: tuple[str, ...], words: str) -> None:
    interval = read_range(text)
    assert all(Decimal(v) in interval for v in inside)
    assert not any(Decimal(v) in interval for v in outside)
    assert interval.in_words("%") == words


@pytest.mark.parametrize("text", ["80-90", "[90, 80]", "[a, b]", "[1.2.3, 4)", ""])
def test_ranges_that_are_none(text: str) -> None:
    with pytest.raises(PackError):
        read_range(text)


def test_bands_that_overlap() -> None:
    check_bands([Band(range=r, points=Decimal(1)) for r in ("[90, )", "[80, 90)", "(, 80)")])
    with pytest.raises(PackError, match="重叠"):
        check_bands([Band(range=r, points=Decimal(1)) for r in ("[90, )", "[80, 90]")])


HUNDREDTHS = st.integers(0, 30_000).map(lambda n: Decimal(n) / 100)
QUARTERS = st.integers(1, 20).map(lambda n: Decimal(n) / 4)


@given(HUNDREDTHS, QUARTERS, st.integers(1, 40), st.booleans(), st.booleans())
def test_linear_deductions_are_exact(
    value: Decimal, deduct: Decimal, full: int, above: bool, proportional: bool
) -> None:
    part = "proportional" if proportional else "whole"
    linear = Linear.model_validate({"above" if above else "below": 100, "deduct": deduct, "part": part})
    criterion = Criterion(
        id="a", labels=("甲",), points=Decimal(full), standard="s", scoring="linear", linear=linear
    )
    past = max(Fraction(0), Fraction(value) - 100 if above else 100 - Fraction(value))
    lost = Fraction(deduct) * (past if proportional else past.numerator // past.denominator)
    expected = max(Fraction(0), full - lost) * 10_000
    half_up = (expected + Fraction(1, 2)).__floor__()
    assert Scorer.of(criterion, PACK.rubrics[0]).score(Evidence(value)).points == half_up


@given(st.integers(0, 2 * 10**12).map(lambda n: Decimal(n) / 10**10), st.integers(1, 40))
def test_shares_are_rounded_half_up(rate: Decimal, full: int) -> None:
    criterion = Criterion(
        id="a", labels=("甲",), points=Decimal(full), standard="s", scoring="proportional", unit="%"
    )
    known = Fraction((min(Fraction(rate) / 100, Fraction(1)) * full * 10**8 + Fraction(1, 2)).__floor__())
    expected = (known / 10_000 + Fraction(1, 2)).__floor__()
    assert Scorer.of(criterion, PACK.rubrics[0]).score(Evidence(rate)).points == expected


@pytest.mark.parametrize(
    ("over", "under", "full", "points"),
    [(55, 56, 7, 6.88), (47, 56, 7, 5.88), (77, 80, 10, 9.63), (46, 48, 9, 8.63)],
)
def test_half_a_cent_of_a_quotient_is_rounded_up(over: int, under: int, full: int, points: float) -> None:
    rubric = NATIONAL.rubrics[0]
    assert rubric.lines is not None
    scorer = Scorer.of_method(rubric.lines.ways[0], full * 10_000, rubric)
    rate = round(Decimal(over) / under * 100, 10)  # as expressions give it
    assert scorer.score(Evidence(rate, (False,) * len(rubric.lines.ways[0].cases))).points == round(
        points * 10_000
    )


BOOKS = st.builds(
    book,
    st.dictionaries(
        st.sampled_from(["投入·控制率", "过程·制度", "产出·任务", "过程·合规·1", "过程·使用·1"]),
        st.sampled_from([None, 0, 1, 4, 5, 20]),
    ),
    编制=st.sampled_from([None, 0, 40, 50, "?"]),
    预算=st.sampled_from([None, 0, 100, 120]),
    时效=st.sampled_from([None, "及时", "也许"]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(BOOKS, min_size=1, max_size=4))
def test_a_batch_is_scored_as_its_workbooks(books: list[dict[str, Any]]) -> None:
    whole = scored(*books)
    for number, data in enumerate(books):
        for of_batch, alone in zip(whole, scored(data), strict=True):
            mine = of_batch[of_batch["submission"] == number]
            told = [c for c in alone.columns if c not in ("submission", "record")]
            assert rows_of(mine[told]) == rows_of(alone[told])
