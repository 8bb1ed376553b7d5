"""The shipped examples and templates are what today's code makes of their data.

After a change that is meant to change them: `pytest tests/test_examples.py --update-golden`.
"""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbook_tool.assess import assess
from workbook_tool.excel.annotate import annotate, strip
from workbook_tool.excel.read import read
from workbook_tool.forms.load import available_packs, load_pack, read_data
from workbook_tool.make import fill, new
from workbook_tool.model import Assessment, Pack

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/data.yaml"))
PACKS = {"national-2020": "national/2020-project", "roster": "roster/1"}
PACK = "hunan-yueyang/2023"  # that of all other examples
ORACLE = ROOT.parent / "shared" / "filing" / "oracle.json"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def same_parts(made: Path, shipped: Path, update: bool) -> None:
    """The two packages hold the same parts, whatever zlib made of their bytes."""
    if update:
        shipped.write_bytes(made.read_bytes())
    ours, theirs = parts(made), parts(shipped)
    assert list(ours) == list(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def pack_of(folder: Path) -> Pack:
    return load_pack(PACKS.get(folder.name, PACK))


def assessed(workbook: Path) -> Assessment:
    pack = pack_of(workbook.parent)
    batch, drafts = read([workbook], pack)
    return assess(batch, pack, drafts)


def rows(assessment: Assessment) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in assessment.findings.to_dict("records")]


def listed(assessment: Assessment) -> str:
    """The findings as a list people can read: code, then its cells with value, expected, difference."""
    lines: dict[str, list[str]] = defaultdict(list)
    for finding in rows(assessment):
        told = {"应为": finding["expected"], "相差": finding["difference"]}
        words = "，".join(f"{word} {text.splitlines()[0][:40]}" for word, text in told.items() if text)
        place = f"{finding['sheet']}!{finding['cell']}" + (f"（{words}）" if words else "")
        lines[f"{finding['code']} {finding['severity']}"].append(f"- {place}")
    return "".join(f"{code}\n" + "\n".join(cells) + "\n\n" for code, cells in sorted(lines.items()))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda p: p.name)
def test_the_filled_workbook_is_its_data(folder: Path, tmp_path: Path, update_golden: bool) -> None:
    fill(read_data(folder / "data.yaml"), pack_of(folder), tmp_path / "filled.xlsx")
    same_parts(tmp_path / "filled.xlsx", folder / "填报.xlsx", update_golden)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda p: p.name)
def test_the_findings_are_those_expected(folder: Path, update_golden: bool) -> None:
    found = listed(assessed(folder / "填报.xlsx"))
    if update_golden:
        (folder / "findings.txt").write_text(found, encoding="utf-8")
    assert found == (folder / "findings.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda p: p.name)
def test_the_annotated_workbook_is_as_shipped(folder: Path, tmp_path: Path, update_golden: bool) -> None:
    original, made = folder / "填报.xlsx", tmp_path / "marked.xlsx"
    annotate(original, assessed(original), pack_of(folder), made)
    same_parts(made, folder / "填报_已审核.xlsx", update_golden)
    strip(made, tmp_path / "stripped.xlsx")
    assert parts(tmp_path / "stripped.xlsx") == parts(original)


@pytest.mark.parametrize("name", available_packs())
def test_the_shipped_template_is_the_pack_s(name: str, tmp_path: Path, update_golden: bool) -> None:
    pack = load_pack(name)
    assert pack.folder
    new(pack, tmp_path / "blank.xlsx")
    same_parts(tmp_path / "blank.xlsx", pack.folder / "模板.xlsx", update_golden)


def test_the_real_filing_fails_where_its_oracle_says_and_nowhere_else() -> None:
    """The six sums that do not hold, in their cells; of the 69 that hold none is reported."""
    if not ORACLE.exists():
        pytest.skip("../shared/filing/oracle.json 不在,不能与独立核算的结果比对")
    failing = [check for check in json.loads(ORACLE.read_text(encoding="utf-8")) if not check["ok"]]
    assessment = assessed(ROOT / "examples/linxiang-2023/填报.xlsx")
    findings = assessment.findings
    found = {
        (f["sheet"], f["cell"]): (f["value"], f["expected"], f["difference"])
        for f in rows(assessment)
        if f["difference"] is not None
    }
    cells = {
        "INC-COL-公共财政拨款": ("收入", "E6"),
        "INC-COL-其他收入": ("收入", "H6"),
        "P1-DETAIL": ("项目1", "F31"),
        "XT-PROJ-BUREAU": ("支出", "G7"),
        "XT-PROJ-ALL": ("支出", "G6"),
    }
    for check in failing:
        if check["id"] == "XT-NAME":
            continue
        value, expected, difference = found.pop(cells[check["id"]])
        assert Decimal(value) == Decimal(check["actual"])
        assert Decimal(expected) == Decimal(check["expected"])
        assert abs(Decimal(difference)) == abs(Decimal(check["diff"]))
    # The gap of the department is that of its own row and of two units without any project.
    gaps = [Decimal(found.pop(("支出", cell))[2]) for cell in ("G9", "G10")]
    assert gaps == [149, 49] and 21 + sum(gaps) == 219
    # What is left with a difference: scores, and the blank total of the first project's spending.
    assert {sheet for sheet, _ in found} <= {"自评打分", "项目1"}
    assert {cell for sheet, cell in found if sheet == "项目1"} & {"D14", "F14", "H14"} <= {"H14"}
    names = findings[findings["expected"].eq("2、工伤保险")]
    assert set(names["sheet"]) == {"支出", "三公经费", "固定资产"}
    slip = findings[findings["sheet"].eq("收入") & findings["cell"].eq("E6")].iloc[0]
    assert "工伤保险" in slip["message"] and "14.83" in slip["message"]
    assert "收入!H8" in slip["related"]


def test_the_self_scores_are_confirmed_and_what_has_no_data_is_unproven() -> None:
    assessment = assessed(ROOT / "examples/linxiang-2023/填报.xlsx")
    scores = assessment.scores.set_index("subject")
    points = scores[["self", "recomputed", "unproven"]].iloc[:2] / 10_000
    assert points.to_numpy().tolist() == [[97, 43, 54], [98, 35, 63]]
    assert scores["self_grade"].iloc[:2].tolist() == ["优", "优"]
    criteria = assessment.criteria
    proven = criteria[criteria["status"].eq("一致") & criteria["submission"].eq(0)]
    assert proven["id"].tolist() == ["asset_use_rate", "fund_arrival_rate"]


def test_the_completed_filing_is_caught_only_where_a_wrong_score_was_planted() -> None:
    findings = assessed(ROOT / "examples/linxiang-2023-complete/填报.xlsx").findings
    assert findings[["code", "value", "expected"]].to_numpy().tolist() == [["自评打分-05", "5", "4"]]
