"""Promises held over generated filings: no false alarm, no miss, and a batch is its workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import made_up
import pandas as pd
import pytest

import packcases
from workbook_tool.assess import assess
from workbook_tool.excel.fill import fill
from workbook_tool.excel.read import read
from workbook_tool.forms.load import load_pack
from workbook_tool.model import Assessment, Pack

CLEAN = range(1, 21)
PLANTED = range(2 * len(made_up.PLANTS))
TYPED, FIRST_TOTAL = "格式-12", ["收入", "C6"]
"""The notice that totals were typed, which every planted filing has, and where it stands."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("hunan-yueyang/2023")


def assessed(filings: Sequence[Any], pack: Pack, folder: Path) -> tuple[Assessment, list[Path]]:
    paths = []
    for number, data in enumerate(filings):
        paths.append(folder / f"{number}.xlsx")
        fill(data, pack, paths[-1])
    batch, drafts = read(paths, pack)
    return assess(batch, pack, drafts), paths


def found(assessment: Assessment, submission: int) -> set[tuple[str, str]]:
    mine = assessment.findings[assessment.findings["submission"] == submission]
    return {(c, f"{s}!{at}") for c, s, at in zip(mine["code"], mine["sheet"], mine["cell"], strict=True)}


def test_consistent_filings_have_no_finding_but_that_their_totals_were_typed(
    pack: Pack, tmp_path: Path
) -> None:
    base = packcases.base_of(pack)
    formulas = [seed % 2 == 0 for seed in CLEAN]
    filings = [made_up.filing(seed, base, formulas=left) for seed, left in zip(CLEAN, formulas, strict=True)]
    assessment, _ = assessed(filings, pack, tmp_path)
    columns = ["submission", "code", "sheet", "cell"]
    typed = [n for n, left in enumerate(formulas) if not left]
    assert assessment.findings[columns].to_numpy().tolist() == [[n, TYPED, *FIRST_TOTAL] for n in typed]


@pytest.fixture(scope="module")
def planted(
    pack: Pack, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Assessment, list[Path], list[dict[str, list[str]]]]:
    base = packcases.base_of(pack)
    filings, truths = [], []
    for number in PLANTED:
        data = made_up.filing(1000 + number, base)
        truths.append(made_up.plant(number, data, number))
        filings.append(data)
    return *assessed(filings, pack, tmp_path_factory.mktemp("planted")), truths


@pytest.mark.parametrize(
    "number", PLANTED, ids=lambda n: f"{made_up.PLANTS[n % len(made_up.PLANTS)].name}-{n}"
)
def test_one_planted_mistake_gives_its_own_code_at_its_own_cell(
    number: int, planted: tuple[Assessment, list[Path], list[dict[str, list[str]]]], pack: Pack
) -> None:
    assessment, _, truths = planted
    expected = {
        (code, packcases.cell_of(path, assessment.batch, number, pack))
        for code, paths in truths[number].items()
        for path in paths
    }
    assert found(assessment, number) == expected | {(TYPED, "!".join(FIRST_TOTAL))}


def test_a_batch_is_the_union_of_its_workbooks(
    planted: tuple[Assessment, list[Path], list[dict[str, list[str]]]], pack: Pack
) -> None:
    together, paths, _ = planted
    alone = []
    for number, path in enumerate(paths[:12]):
        batch, drafts = read([path], pack)
        alone.append(assess(batch, pack, drafts).findings.assign(submission=number))
    expected = pd.concat([f for f in alone if len(f)], ignore_index=True)
    same = together.findings[together.findings["submission"] < 12].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, expected, check_dtype=False)
