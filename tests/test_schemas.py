"""Each field's own limits, over many workbooks at once."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smallpack import FORM, batch_of
from workbook_tool.checks import schemas
from workbook_tool.checks.schemas import check_schemas, schemas_of
from workbook_tool.model import Batch, Pack

FIELDS = {
    "名称": "{label: 名称, required: 错误, max_length: 4, help: 填全称。}",
    "编码": '{label: 编码, pattern: "[0-9]{3}", pattern_says: 编码是三位数字}',
    "编制": "{label: 编制, type: count, min: 1, max: 200}",
    "预算": "{label: 预算, title: 本年预算, type: amount, min: 0, max: 100}",
    "比率": "{label: 比率, type: percent, max: 100}",
    "自评": "{label: 自评, type: points, min: 0.5}",
    "说明": "{label: 说明, type: choice, choices: [是, 否], required: 需说明}",
}


def limited(**changes: Any) -> Pack:
    form = yaml.safe_load(FORM)
    block = form["sheets"][0]["blocks"][0]
    block["fields"] = [
        yaml.safe_load(FIELDS[f["label"]]) if f["label"] in FIELDS else f for f in block["fields"]
    ]
    form["sheets"][1]["blocks"][0]["fields"][1]["required"] = "错误"
    return Pack.model_validate(form | changes)


PACK = limited()
CLEAN = {"名称": "某局", "编制": 10, "预算": 50, "说明": "是"}
PLACES = pd.DataFrame({"submission": [], "tab": [], "frame": [], "field": [], "row": [], "column": []})


def books(*forms: dict[str, Any], pack: Pack = PACK) -> Batch:
    return replace(batch_of(pack, *({"情况": CLEAN | form} for form in forms)), places=PLACES)


def found(batch: Batch, pack: Pack = PACK) -> list[tuple[int, str, str]]:
    drafts = check_schemas(batch, pack)
    return sorted(zip(drafts["submission"], drafts["code"], drafts["field"], strict=True))


@pytest.mark.parametrize(
    ("form", "code", "severity", "message"),
    [
        ({"名称": None}, "填写-01", "error", "“名称”没有填写。填全称。"),
        ({"说明": None}, "填写-01", "explain", "“说明”没有填写。"),
        ({"说明": "也许"}, "填写-02", "error", "“说明”填的是“也许”，只能从这些里选：是、否。"),
        ({"名称": "某某某某局"}, "填写-03", "note", "“名称”写了5字，模板要求不超过4字，请精简。"),
        ({"编制": 0}, "填写-04", "error", "“编制”填的是0，应在1到200之间。"),
        ({"编制": 201}, "填写-04", "error", "“编制”填的是201，应在1到200之间。"),
        ({"预算": -0.01}, "填写-04", "error", "“本年预算”填的是-0.01，应在0到100之间。"),
        ({"预算": 100.000001}, "填写-04", "error", "“本年预算”填的是100.000001，应在0到100之间。"),
        ({"比率": 100.5}, "填写-04", "error", "“比率”填的是100.5%，不能大于100%。"),
        ({"自评": 0.4}, "填写-04", "error", "“自评”填的是0.4，不能小于0.5。"),
        ({"编码": "12"}, "填写-05", "error", "“编码”填的是“12”，编码是三位数字。"),
    ],
)
def test_each_limit(form: dict[str, Any], code: str, severity: str, message: str) -> None:
    drafts = check_schemas(books({}, form), PACK)
    assert drafts[
        ["submission", "code", "severity", "frame", "record", "field", "message"]
    ].values.tolist() == [[1, code, severity, "情况", 1, next(iter(form)), message]]


@pytest.mark.parametrize(
    "form",
    [{"编制": 1}, {"编制": 200}, {"预算": 0}, {"预算": 100}, {"比率": 100}, {"编码": "123"}, {"编制": None}],
)
def test_what_lies_on_a_limit_or_is_left_out_is_right(form: dict[str, Any]) -> None:
    assert found(books(form)) == []


def test_an_unreadable_cell_has_no_second_finding() -> None:
    batch = books({"名称": None}, {"编制": 0})
    for label in ("名称", "编制"):
        batch.unreadable["情况"][label] = True
    assert found(batch) == []


def test_a_total_is_left_to_its_rule() -> None:
    total = {
        "code": "收入-01", "id": "COL", "title": "合计", "severity": "错误", "on": "收入", "rows": "汇总",
        "fields": ["合计"], "total": "sum(本项)", "message": "不等", "basis": "表",
    }  # fmt: skip
    book = {"收入": [{"行": "汇总"}, {"单位": "甲"}]}
    pack = limited(rules=[total])
    with_rule = check_schemas(replace(batch_of(pack, book), places=PLACES), pack)
    without = check_schemas(replace(batch_of(PACK, book), places=PLACES), PACK)
    assert with_rule["record"].tolist() == [1]
    assert sorted(without["record"].tolist()) == [0, 1]


def test_a_lost_column_is_not_reported_for_every_row() -> None:
    batch = books({"名称": None}, {"名称": None})
    lost = [
        (0, "情况", "情况", "编制", 3, 2),
        (1, "情况", "情况", "编制", 3, 2),
        (1, "情况", "情况", "名称", 2, 2),
    ]
    batch = replace(batch, places=pd.DataFrame(lost, columns=list(PLACES.columns)))
    assert found(batch) == [(1, "填写-01", "名称")]


FORMS = st.fixed_dictionaries(
    {},
    optional={
        "名称": st.sampled_from([None, "某局", "某某某某局"]),
        "编码": st.sampled_from([None, "123", "12"]),
        "编制": st.sampled_from([None, 0, 1, 201]),
        "预算": st.sampled_from([None, -1, 50, 101]),
        "说明": st.sampled_from([None, "是", "也许"]),
    },
)


@settings(max_examples=25, deadline=None)
@given(st.lists(FORMS, min_size=1, max_size=5))
def test_the_findings_of_a_batch_are_those_of_its_workbooks(forms: list[dict[str, Any]]) -> None:
    alone = [(n, code, field) for n, form in enumerate(forms) for _, code, field in found(books(form))]
    assert found(books(*forms)) == sorted(alone)


def test_a_column_that_was_not_typed_is_our_mistake() -> None:
    batch = books({})
    batch.frames["情况"]["编制"] = pd.Series([10.0], dtype=object)
    with pytest.raises(TypeError, match=r"情况\.编制 is object"):
        check_schemas(batch, PACK)


def test_a_check_that_breaks_is_our_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(values: Any) -> Any:
        raise ValueError("broken")

    monkeypatch.setattr(schemas, "_filled", broken)
    with pytest.raises(RuntimeError, match="情况"):
        check_schemas(books({}), limited(id="broken"))


def test_schemas_are_built_once_and_travel_with_the_pack() -> None:
    pack = limited()
    assert schemas_of(pack) is schemas_of(pack)
    sent = pickle.loads(pickle.dumps(pack))
    assert found(books({"编制": 0}, pack=sent), sent) == [(0, "填写-04", "编制")]
