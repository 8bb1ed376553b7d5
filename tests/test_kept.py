"""What is kept of a workbook is all of it: the frames come back as they were."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import packcases
from randomly import Maker
from workbook_tool.assess import assess
from workbook_tool.excel.fill import fill
from workbook_tool.excel.ooxml.source import Source
from workbook_tool.excel.read import read
from workbook_tool.forms.load import available_packs, load_pack
from workbook_tool.model import Assessment, Pack
from workbook_tool.outputs.kept import Reviewed, frames, kept
from workbook_tool.outputs.records import submissions


def assessed(pack: Pack, sources: list[Source]) -> Assessment:
    batch, drafts = read(sources, pack)
    return assess(batch, pack, drafts)


Kept = tuple[Pack, Assessment, list[Reviewed]]


@pytest.fixture(scope="module", params=available_packs())
def kept_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Some cases of a pack, random filings and a file that cannot be read, assessed as one batch."""
    folder = tmp_path_factory.mktemp("kept")
    pack = load_pack(request.param)
    base, maker = packcases.base_of(pack), Maker(pack)
    filings = [packcases.changed(base, case.set, pack) for case in packcases.cases_of(pack)[:4]]
    filings[2:2] = [maker.data(seed) for seed in range(4)]
    sources = []
    for number, filing in enumerate(filings):
        fill(filing, pack, folder / f"{number}.xlsx")
        sources.append(Source.of(folder / f"{number}.xlsx"))
    broken = folder / "坏.xlsx"
    broken.write_bytes(b"PK nothing")
    sources.insert(1, Source.of(broken))
    assessment = assessed(pack, sources)
    return pack, assessment, kept(assessment, pack, sources)


def test_the_frames_come_back(kept_of: Kept) -> None:
    pack, assessment, reviewed = kept_of
    found = frames(reviewed, pack)
    assert list(found) == list(pack.tables)
    for name, frame in found.items():
        pd.testing.assert_frame_equal(frame, assessment.batch.frames[name])


def test_the_result_is_that_of_the_command(kept_of: Kept) -> None:
    pack, assessment, reviewed = kept_of
    assert [one.submission for one in reviewed] == submissions(assessment, pack)


def test_a_workbook_is_known_by_what_it_says(kept_of: Kept) -> None:
    pack, _, reviewed = kept_of
    for one in reviewed:
        readable = one.submission["status"] != "unreadable"
        assert (one.pack, bool(one.values), bool(one.saved)) == (
            pack.name if readable else None,
            *[readable] * 2,
        )
        assert len(one.sha256) == 64 and one.size and one.modified and one.copy is None


def test_every_value_has_its_cell(kept_of: Kept) -> None:
    _, assessment, reviewed = kept_of
    columns, rows = assessment.batch.place_maps
    assert columns == {
        (number, tab, name, label): column
        for number, one in enumerate(reviewed)
        for name, values in one.values.items()
        for tab, places in values["columns"].items()
        for label, column in places.items()
    }
    assert rows == {
        (number, tab, name, label): row
        for number, one in enumerate(reviewed)
        for name, values in one.values.items()
        for tab, places in values["rows"].items()
        for label, row in places.items()
    }


def test_a_computed_total_points_at_its_declared_value(kept_of: Kept) -> None:
    pack, _, reviewed = kept_of
    compared = 0
    for one in reviewed:
        for name, line, label, declared, computed in one.computed:
            values = one.values[name]
            stands = values["lines"][line][4 + values["fields"].index(label)]
            if pack.tables[name].by_label[label].type in ("amount", "points", "count"):
                assert stands == declared
                compared += computed is not None
    assert compared or not any(rule.total for rule in pack.rules)


def test_all_of_it_is_plain_data(kept_of: Kept) -> None:
    for one in kept_of[2]:
        assert json.loads(json.dumps(one.values, allow_nan=False)) == one.values
        assert [tuple(c) for c in json.loads(json.dumps(one.computed, allow_nan=False))] == one.computed


def test_a_choice_of_workbooks_has_frames_too(kept_of: Kept) -> None:
    pack, assessment, reviewed = kept_of
    chosen = [3, 0]
    found = frames([reviewed[number] for number in chosen], pack)
    for name, frame in assessment.batch.frames.items():
        expected = [frame[frame["submission"] == n].assign(submission=i) for i, n in enumerate(chosen)]
        pd.testing.assert_frame_equal(found[name], pd.concat(expected, ignore_index=True))
