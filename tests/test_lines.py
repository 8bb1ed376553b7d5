"""Rows that a department writes and weighs itself, each a criterion of its own; and a criterion elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smallpack import batch_of
from workbook_tool.checks.rubric import score
from workbook_tool.forms.scoring import as_points, kept
from workbook_tool.model import Frame, Pack, PackError
from workbook_tool.outputs.rulebook import Scored, criteria, find

FORM = """
id: lines
edition: "1"
title: 自己设指标的表
fiscal_year: 2023
unit: 万元
identity: {department: 情况.名称, code: 情况.名称}
rounding: {per_term: 0.005, severity: 提示, basis: 四舍五入}
sheets:
  - name: 情况
    grid: [10, 10]
    blocks: [{kind: form, fields: [{label: 名称}]}]
  - name: 事项
    repeats: true
    grid: [10, 10, 10, 10, 10, 10, 10, 10]
    blocks:
      - kind: form
        fields: [{label: 事项名称}, {label: 等次, type: choice, choices: [优, 差]}]
      - name: 钱
        kind: table
        rows:
          - {key: 合计, labels: {来源: 合计}, total: true}
          - {key: 本级, labels: {来源: 本级}}
        fields:
          - {label: 来源, static: true}
          - {label: 预算, type: amount, blank: zero}
          - {label: 支出, type: amount, blank: zero}
          - {label: 得分, type: points, min: 0}
      - name: 指标
        kind: table
        key: 指标名
        free_rows: 2
        rows:
          - {key: 数量, slots: 2, labels: {类: 数量}}
          - {key: 质量, slots: 2, labels: {类: 质量}}
          - {key: 共计, labels: {类: 共计}, total: true, after: true}
        fields:
          - {label: 类, static: true}
          - {label: 指标名}
          - {label: 性质, type: choice, choices: [多, 少, 定性]}
          - {label: 目标, type: number}
          - {label: 单位}
          - {label: 实际, type: number}
          - {label: 程度, type: choice, choices: [好, 中, 差]}
          - {label: 分值, type: points}
          - {label: 得分, type: points}
          - {label: 原因}
rubrics:
  - id: r
    title: 评分表
    "on": 事项.指标
    subject: 事项.事项名称
    self_score: 得分
    reason: 原因
    weight: 分值
    decimals: 2
    points: 100
    grade: 事项.等次
    grades: [{name: 差, least: 0}, {name: 优, least: 85}]
    criteria:
      - {id: spent, labels: [执行率], points: 10, cell: "钱[合计].得分", standard: s, scoring: proportional,
         value: "钱[合计].支出 / 钱[合计].预算 * 100", unit: "%"}
    lines:
      title: 指标名
      unit: 单位
      points: 90
      ways:
        - {id: more, name: 完成率, when: 性质 == "多", scoring: proportional, value: 实际 / 目标 * 100, unit: "%",
           cases: [{when: 实际 >= 目标, points: full, says: 达到目标},
                   {when: 目标 == 0, points: 0, says: 目标是零}]}
        - {id: less, name: 节约率, when: 性质 == "少", scoring: proportional, value: 目标 / 实际 * 100, unit: "%",
           cases: [{when: 实际 <= 目标, points: full, says: 没有超过}]}
        - {id: degree, name: 程度, when: 性质 == "定性", scoring: levels, value: 程度,
           levels: [{name: 好, range: "[80, 100]"}, {name: 中, range: "[60, 80)"}, {name: 差, range: "[0, 60)"}]}
"""

BUILTINS = ("score_within", "score_step", "score_reason", "score_recalc", "score_unproven", "score_grade")
RULES = [
    {
        "code": f"指标-{number:02}", "id": builtin, "title": builtin, "severity": "错误",
        "on": "事项" if builtin == "score_grade" else "事项.指标",
        "fields": ["等次" if builtin == "score_grade" else "得分"],
        "builtin": builtin, "rubric": "r", "message": "{行}|{填报}|{应为}|{相差}", "basis": "表",
    }
    for number, builtin in enumerate(BUILTINS, 1)
]  # fmt: skip
NAMES = {str(rule["code"]): str(rule["builtin"]) for rule in RULES}

FULL = """
情况: {名称: 某局}
事项:
  - 事项名称: 修路
    等次: 优
    钱: [{行: 合计, 预算: 200, 支出: 180, 得分: 9}, {行: 本级, 预算: 200, 支出: 180}]
    指标:
      - {行: 数量, 指标名: 里程, 性质: 多, 目标: 30, 单位: 公里, 实际: 29, 分值: 40, 得分: 38.67, 原因: 雨季长}
      - {行: 数量, 指标名: 事故, 性质: 少, 目标: 2, 单位: 起, 实际: 2, 分值: 20, 得分: 20}
      - {行: 质量, 指标名: 路容, 性质: 定性, 程度: 好, 分值: 20, 得分: 18, 原因: 绿化不足}
      - {指标名: 投诉, 性质: 少, 目标: 3, 单位: 件, 实际: 4, 分值: 10, 得分: 7.5, 原因: 噪声}
      - {行: 共计, 得分: 84.17}
"""


def pack_of(**rubric: Any) -> Pack:
    form = yaml.safe_load(FORM)
    form["rubrics"][0] |= rubric
    return Pack.model_validate(form | {"rules": RULES})


PACK = pack_of()


def book(changes: dict[str, dict[str, Any]] | None = None, **form: Any) -> dict[str, Any]:
    """The full filing with changes: of a row, by its name; or of the form."""
    data: dict[str, Any] = yaml.safe_load(FULL)
    tab = data["事项"][0]
    tab.update(form)
    for name, change in (changes or {}).items():
        for row in (*tab["钱"], *tab["指标"]):
            if name in (row.get("指标名"), None if "指标名" in row else row.get("行")):
                row.update(change)
    return data


NO_TOTALS = pd.DataFrame({c: [] for c in ("submission", "rule", "frame", "record", "field", "outcome")})
NO_OUTCOMES = pd.DataFrame({c: [] for c in ("submission", "rule", "outcome")})


def scored(*books: dict[str, Any], pack: Pack = PACK) -> tuple[Frame, Frame, Frame]:
    return score(batch_of(pack, *books), NO_TOTALS, NO_OUTCOMES, pack)


def line(name: str, data: dict[str, Any], pack: Pack = PACK) -> tuple[float | None, str, str]:
    """Score, status and reason of one line, by its title."""
    _, lines, _ = scored(data, pack=pack)
    found = lines[lines["title"] == name].iloc[0]
    return None if pd.isna(found["score"]) else found["score"] / 10_000, found["status"], found["because"]


def found(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Rule, field and message of every finding."""
    _, _, drafts = scored(data)
    return [(NAMES[d["code"]], f"{d['frame']}.{d['field']}", d["message"]) for d in drafts.to_dict("records")]


def test_every_used_row_is_a_line_after_the_criteria() -> None:
    _, lines, drafts = scored(book())
    told = ["id", "title", "points", "self", "score", "status", "frame", "field"]
    assert lines[told].values.tolist() == [
        ["spent", "执行率", 100_000, 90_000, 90_000, "一致", "事项.钱", "得分"],
        ["数量·1", "里程", 400_000, 386_700, 386_700, "一致", "事项.指标", "得分"],
        ["数量·2", "事故", 200_000, 200_000, 200_000, "一致", "事项.指标", "得分"],
        ["质量·1", "路容", 200_000, 180_000, 180_000, "评判", "事项.指标", "得分"],
        ["1", "投诉", 100_000, 75_000, 75_000, "一致", "事项.指标", "得分"],
    ]
    assert drafts.empty


def test_totals_and_grade() -> None:
    scores, _, _ = scored(book(), book({"里程": {"实际": None}}))
    points = scores[["self", "recomputed", "unproven", "claimed"]] / 10_000
    assert points.values.tolist() == [[93.17, 93.17, 0, 93.17], [93.17, 54.5, 38.67, 93.17]]
    assert scores["self_grade"].tolist() == ["优", "优"]


@pytest.mark.parametrize(
    ("name", "changes", "points", "because"),
    [
        ("执行率", {}, 9, "支出180万元、预算200万元，执行率90%，按10分的90%计，得9分。"),
        ("执行率", {"合计": {"支出": 300}}, 10, "按10分的100%计"),
        ("里程", {}, 38.67, "实际29公里、目标30公里，完成率96.6667%，按40分的96.6667%计，得38.67分。"),
        ("里程", {"里程": {"实际": 90}}, 40, "完成率300%，达到目标，得40分。"),
        ("里程", {"里程": {"目标": 0, "实际": -1}}, 0, "目标是零，得0分"),
        ("里程", {"里程": {"单位": None}}, 38.67, "实际29、目标30，"),
        ("投诉", {}, 7.5, "目标3件、实际4件，节约率75%，按10分的75%计，得7.5分。"),
        ("投诉", {"投诉": {"实际": 0}}, 10, "没有超过，得10分"),
        ("投诉", {"投诉": {"目标": 0, "实际": 1}}, 0, "按10分的0%计"),
        ("投诉", {"投诉": {"分值": 7.5, "实际": 7}}, 3.21, "按7.5分的42.8571%计"),
    ],
)
def test_a_row_is_scored_by_the_way_that_fits(
    name: str, changes: dict[str, dict[str, Any]], points: float, because: str
) -> None:
    score_, _, why = line(name, book(changes))
    assert score_ == points
    assert because in why


@pytest.mark.parametrize(
    ("name", "change", "because"),
    [
        ("里程", {"实际": None}, "“实际”没有填写或无法识别，无从核定。"),
        ("里程", {"目标": "?"}, "“目标”没有填写或无法识别，无从核定。"),
        ("里程", {"分值": None}, "“分值”没有填写或无法识别，无从核定。"),
        ("里程", {"性质": None}, "“性质”没有填写或无法识别，无从核定。"),
        ("里程", {"性质": "也许"}, "性质“也许”、分值40分，算不出结果，无从核定。"),
        ("路容", {"程度": None}, "“程度”没有填写或无法识别，无从核定。"),
        ("路容", {"程度": "也许"}, "性质“定性”、程度“也许”，算不出结果，无从核定。"),
        ("投诉", {"目标": 0, "实际": 0, "性质": "多"}, None),
    ],
)
def test_no_data_no_score(name: str, change: dict[str, Any], because: str | None) -> None:
    result = line(name, book({name: change}))
    assert result == (None, "无依据", because) if because else result[:2] == (10, "不一致")


@pytest.mark.parametrize(
    ("level", "claim", "expected"),
    [
        ("好", 20, None), ("好", 16, None), ("好", 15.9999, "16（含）至20（含）"),
        ("中", 12, None), ("中", 15.9999, None), ("中", 16, "12（含）至16"), ("中", 11.9999, "12（含）至16"),
        ("差", 0, None), ("差", 12, "0（含）至12"),
    ],
)  # fmt: skip
def test_a_person_judges_within_the_level_chosen(level: str, claim: float, expected: str | None) -> None:
    data = book({"路容": {"程度": level, "得分": claim}})
    score_, status, why = line("路容", data)
    assert (score_, status) == (claim, "评判")
    assert f"程度“{level}”，由评价人员在" in why and why.endswith("之内评判，按自评得分计。")
    steps = [message for rule, _, message in found(data) if rule == "score_step"]
    assert steps == ([f"路容|{claim}|{expected}|空"] if expected else [])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"事故": {"得分": 21}}, ("score_within", "事项.指标.得分", "事故|21|20|1")),
        ({"投诉": {"得分": -0.01}}, ("score_within", "事项.指标.得分", "投诉|-0.01|10|-0.01")),
        ({"合计": {"得分": 11}}, ("score_within", "事项.钱.得分", "执行率|11|10|1")),
        ({"里程": {"原因": None}}, ("score_reason", "事项.指标.原因", "里程|空|空|-1.33")),
        ({"里程": {"得分": 38.7}}, ("score_recalc", "事项.指标.得分", "里程|38.7|38.67|0.03")),
        ({"合计": {"得分": 10}}, ("score_recalc", "事项.钱.得分", "执行率|10|9|1")),
        ({"事故": {"实际": None}}, ("score_unproven", "事项.指标.得分", "事故|20|空|空")),
        ({"合计": {"预算": None}}, ("score_unproven", "事项.钱.得分", "执行率|9|空|空")),
    ],
)
def test_what_is_wrong_with_a_row_is_said_once(
    changes: dict[str, dict[str, Any]], told: tuple[str, str, str]
) -> None:
    assert found(book(changes)) == [told]


def test_what_was_not_weighed_has_no_bounds() -> None:
    assert [rule for rule, _, _ in found(book({"事故": {"分值": None, "得分": 99}}))] == []


def test_a_grade_that_is_not_earned() -> None:
    assert found(book(等次="差")) == [("score_grade", "事项.等次", "事项|差|优|空")]


def test_a_score_may_be_written_with_more_decimals_than_are_kept() -> None:
    assert line("里程", book({"里程": {"得分": 38.6667}}))[1] == "一致"
    assert line("里程", book({"里程": {"得分": 38.6749}}))[1] == "一致"
    assert line("里程", book({"里程": {"得分": 38.675}}))[1] == "不一致"
    assert line("里程", book({"里程": {"得分": 38.67}}), pack_of(decimals=4))[1] == "不一致"
    assert (as_points(Decimal("2.345"), 2), kept(23_450, 2), kept(23_450, 4)) == (23_500, 23_500, 23_450)


def test_blank_rows_do_not_count_and_rows_are_numbered_in_each_tab() -> None:
    data = book()
    data["事项"].append(yaml.safe_load(FULL)["事项"][0] | {"事项名称": "架桥"})
    data["事项"][0]["指标"].insert(0, {"行": "数量", "单位": "米"})
    _, lines, _ = scored(data)
    first, second = (lines[lines["instance"] == n]["id"].tolist() for n in (0, 1))
    assert first == second == ["spent", "数量·1", "数量·2", "质量·1", "1"]
    assert lines["subject"].unique().tolist() == ["修路", "架桥"]


def test_a_score_that_rests_on_a_wrong_total_says_so() -> None:
    rule = RULES[0] | {"code": "钱-01", "builtin": None, "rubric": None, "on": "事项.钱", "check": "预算 > 0"}
    form = yaml.safe_load(FORM) | {"rules": [*RULES, rule | {"fields": ["预算"]}]}
    pack = Pack.model_validate(form)
    wrong = pd.DataFrame([{
        "submission": 0, "rule": "钱-01", "frame": "事项.钱", "record": 0, "field": "预算", "outcome": "fail",
    }])  # fmt: skip
    _, lines, _ = score(batch_of(pack, book()), wrong, NO_OUTCOMES, pack)
    assert lines["because"][0].endswith("（所用数据有问题：钱-01，改正后应重新核定。）")


def test_a_cell_must_be_one_for_points() -> None:
    form = yaml.safe_load(FORM)["rubrics"][0]
    for cell in ("钱[合计].支出", "1 + 1"):
        with pytest.raises(PackError, match="cell"):
            scored(book(), pack=pack_of(criteria=[form["criteria"][0] | {"cell": cell}]))


def test_the_rule_book_tells_the_ways_and_finds_a_row() -> None:
    assert [entry.code for entry in criteria(PACK)] == ["spent", "more", "less", "degree"]
    degree = find("degree", PACK)
    assert isinstance(degree, Scored)
    assert "中：由评价人员在分值的60%（含）至80%之内评判" in degree.how
    row = find("数量·2", PACK)
    assert isinstance(row, Scored)
    assert row.code == "数量·2" and "完成率" not in row.title and "按比例计分" in row.how
    assert find("3", PACK) is not None
    assert find("没有·1", PACK) is None


ROWS = st.fixed_dictionaries(
    {
        "性质": st.sampled_from([None, "多", "少", "定性", "也许"]),
        "目标": st.sampled_from([None, 0, 3, 30, "?"]),
        "实际": st.sampled_from([None, 0, 2.5, 29]),
        "程度": st.sampled_from([None, "好", "差"]),
        "分值": st.sampled_from([None, 0, 7.5, 40]),
        "得分": st.sampled_from([None, 0, 5, 40]),
    }
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.builds(lambda r: book({"里程": r, "路容": r}), ROWS), min_size=2, max_size=4))
def test_a_batch_is_scored_as_its_workbooks(books: list[dict[str, Any]]) -> None:
    whole = scored(*books)
    for number, data in enumerate(books):
        for of_batch, alone in zip(whole, scored(data), strict=True):
            mine = of_batch[of_batch["submission"] == number]
            told = [c for c in alone.columns if c not in ("submission", "record")]
            assert _plain(mine[told]) == _plain(alone[told])


def _plain(frame: Frame) -> list[list[Any]]:
    return frame.astype(object).where(frame.notna(), "空").values.tolist()
