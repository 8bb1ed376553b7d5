"""The ledger keeps what it was given, once, and gives it back as it was; in SQLite and in PostgreSQL."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ledgers import contents, reviewed, start
from smallpack import pack_with
from workbook_tool.ledger import Decision, Ledger, Sighting, figures, fingerprint, open_ledger, schema
from workbook_tool.outputs.kept import Reviewed, Values

PACK = pack_with()
REUSED = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def ledger(ledger_place: str) -> Iterator[Ledger]:
    with open_ledger(ledger_place) as opened:
        yield opened


def recorded(ledger: Ledger, *chunk: Reviewed) -> None:
    with ledger.run("check", PACK) as run:
        ledger.record(run, chunk)


def back(ledger: Ledger, *hashes: str) -> list[Reviewed]:
    return list(ledger.reviewed(hashes, fingerprint(PACK)))


# ---- results ----

anything = st.text(st.characters(), max_size=20)
"""Half a surrogate pair and NUL too: file names and cells have them."""
scalars = st.none() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | anything
findings = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["收入-01", "文件-01"]),
        "severity": st.sampled_from(["error", "explain", "note"]),
        "sheet": st.none() | anything,
        "cell": st.none() | st.just("C6"),
        "field": st.none() | anything,
        "value": st.none() | anything,
        "expected": st.none() | anything,
        "difference": st.none() | anything,
        "message": anything,
        "related": st.lists(anything, max_size=2),
    }
)
frames = st.fixed_dictionaries(
    {
        "fields": st.lists(anything, max_size=3),
        "lines": st.lists(st.lists(scalars, max_size=6), max_size=3),
        "columns": st.dictionaries(
            anything, st.dictionaries(anything, st.integers(1, 99), max_size=2), max_size=2
        ),
        "rows": st.dictionaries(
            anything, st.dictionaries(anything, st.integers(1, 99), max_size=2), max_size=2
        ),
    }
)
whole = st.none() | st.integers(-(10**15), 10**15)
returns = st.builds(
    lambda number, given, found, **others: dataclasses.replace(
        reviewed(number, **others),
        submission={**reviewed(number).submission, "findings": found, "file": given},
    ),
    st.integers(0, 10**9),
    anything,
    st.lists(findings, max_size=4),
    source=anything,
    size=st.integers(0, 2**40),
    pack=st.none() | anything,
    code=anything,
    department=st.none() | anything,
    values=st.dictionaries(anything, frames, max_size=3),
    computed=st.lists(st.tuples(anything, st.integers(0, 99), anything, whole, whole), max_size=3),
    copy=st.none() | anything,
)


@REUSED
@given(returns)
def test_what_is_put_in_comes_out_exactly(ledger: Ledger, one: Reviewed) -> None:
    fresh = dataclasses.replace(one, sha256=f"{one.sha256}{len(ledger.runs())}")
    recorded(ledger, fresh)
    assert back(ledger, fresh.sha256) == [fresh]


def test_results_come_in_the_order_asked_for(ledger: Ledger) -> None:
    some = [reviewed(n) for n in range(250)]
    recorded(ledger, *some)
    asked = [some[n] for n in (249, 0, 120)]
    assert back(ledger, some[249].sha256, "unknown", some[0].sha256, some[120].sha256) == asked
    assert back(ledger, *(one.sha256 for one in some)) == some


@REUSED
@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=8))
def test_contents_are_kept_once_and_numbered_without_gaps(
    ledger: Ledger, chunks: Sequence[Sequence[int]]
) -> None:
    shift = 1000 * (1 + len(ledger.runs()))  # other contents than in the examples before
    code = f"部门{shift}"
    seen: dict[str, None] = {}
    with ledger.run("check", PACK) as run:
        for chunk in chunks:
            some = [
                reviewed(shift + n, code=f"{code}-{n % 2}", source=f"{place}.xlsx")
                for place, n in enumerate(chunk)
            ]
            ledger.record(run, some)
            seen |= dict.fromkeys(one.sha256 for one in some)
    assert ledger.known(seen, fingerprint(PACK)) == dict.fromkeys(seen, "errors")
    versions = [version for n in (0, 1) for version in ledger.versions(f"{code}-{n}")]
    assert {version.sha256 for version in versions} == set(seen)
    for n in (0, 1):
        mine = ledger.versions(f"{code}-{n}")
        assert [v.number for v in mine] == list(range(1, len(mine) + 1))
        assert [v.sha256 for v in mine] == [sha256 for sha256 in seen if sha256 in {v.sha256 for v in mine}]


def test_recording_again_changes_nothing(ledger: Ledger) -> None:
    some = [reviewed(n) for n in range(10)]
    recorded(ledger, *some)
    once = contents(ledger)
    recorded(ledger, *some[3:], *some)
    assert contents(ledger) == once


def test_a_copy_made_later_is_kept(ledger: Ledger) -> None:
    recorded(ledger, reviewed(1))
    marked = reviewed(1, copy="审核结果/甲.xlsx")
    recorded(ledger, marked)
    recorded(ledger, reviewed(1))
    assert back(ledger, marked.sha256) == [marked]


def test_other_checks_have_results_of_their_own(ledger: Ledger) -> None:
    other = pack_with(title="另一套表")
    recorded(ledger, reviewed(1))
    assert ledger.known([reviewed(1).sha256], fingerprint(other)) == {}
    with ledger.run("check", other) as run:
        ledger.record(run, [reviewed(1, findings=0)])
    assert [r.submission["status"] for r in back(ledger, reviewed(1).sha256)] == ["errors"]
    assert len(ledger.versions("001")) == 1


def test_findings_and_scores_can_be_asked_for_in_sql(ledger: Ledger) -> None:
    recorded(ledger, reviewed(1, code="101", findings=4), reviewed(2, code="102", findings=2))
    asked = (
        "SELECT v.code, r.status, count(*), max(s.self) FROM findings f JOIN results r ON r.id = f.result"
        " JOIN versions v ON v.sha256 = r.sha256 JOIN scores s ON s.result = r.id"
        " GROUP BY v.code, r.status ORDER BY v.code"
    )
    with ledger.engine.connect() as connection:
        lines = [tuple(line) for line in connection.execute(text(asked))]
    assert lines == [("101", "errors", 4, 95.5), ("102", "errors", 2, 95.5)]


# ---- runs, places, versions ----


def test_a_run_says_who_ran_what_and_when(ledger: Ledger) -> None:
    with pytest.raises(KeyboardInterrupt), ledger.run("check 上报", PACK):
        raise KeyboardInterrupt
    with ledger.run("consolidate 上报", PACK):
        assert [entry.ended for entry in ledger.runs()] == [None, None]
    cut_off, whole_run = ledger.runs()
    assert (cut_off.command, cut_off.ended) == ("check 上报", None)
    assert (whole_run.pack, whole_run.fingerprint) == ("small/1", fingerprint(PACK))
    assert whole_run.ended is not None and whole_run.started <= whole_run.ended and "@" in whole_run.who


def test_a_run_knows_which_file_lay_where(ledger: Ledger) -> None:
    twice = [reviewed(1, source="甲.xlsx"), reviewed(1, source="下级/甲.xlsx")]
    with ledger.run("check", PACK) as run:
        ledger.record(run, [*twice, reviewed(2, source="打不开.xlsx", sha256="")])
        ledger.saw(run, [Sighting("旧.xlsx", reviewed(3).sha256)])
        ledger.saw(run, [Sighting("旧.xlsx", reviewed(4).sha256)])
        first = reviewed(1)
        assert ledger.sightings(run) == [
            Sighting("下级/甲.xlsx", first.sha256, first.modified),
            Sighting("打不开.xlsx", None, first.modified),
            Sighting("旧.xlsx", reviewed(4).sha256),
            Sighting("甲.xlsx", first.sha256, first.modified),
        ]
    assert len(ledger.versions("001")) == 1


def test_a_content_is_moved_to_its_department_when_that_is_known(ledger: Ledger) -> None:
    recorded(ledger, reviewed(1, code="101"), reviewed(2, code="", department="某局"))
    assert [v.number for v in ledger.versions(None, "某局")] == [1]
    recorded(ledger, reviewed(2, code="101", department="某局"))
    recorded(ledger, reviewed(2, code="", department="某局"))
    assert [(v.sha256, v.number) for v in ledger.versions("101")] == [
        (reviewed(1).sha256, 1),
        (reviewed(2).sha256, 2),
    ]
    assert ledger.versions(None, "某局") == []


# ---- states ----


def decided(ledger: Ledger, state: str, one: Reviewed | None) -> int:
    with ledger.run("consolidate", PACK) as run:
        decision = Decision("001", "第001局", state, "因为……", one.sha256 if one else None)
        ledger.decide(run, [dataclasses.replace(decision, state="未报"), decision])
        ledger.decide(run, [decision])
        return run.id


def test_what_was_decided_can_be_told_later(ledger: Ledger) -> None:
    numbers = [
        decided(ledger, "未报", None),
        decided(ledger, "退回", reviewed(1)),
        decided(ledger, "通过", reviewed(8)),
    ]
    states = ledger.states("001")
    assert [(s.run, s.decision.state, s.decision.sha256) for s in states] == [
        (numbers[0], "未报", None),
        (numbers[1], "退回", reviewed(1).sha256),
        (numbers[2], "通过", reviewed(8).sha256),
    ]
    assert ledger.states("999") == []


RESAVED = reviewed(99, code="001", values=reviewed(1).values)
CHANGED = reviewed(98, code="001")


@pytest.mark.parametrize(
    ("states", "now", "kind", "at"),
    [
        ([("退回", reviewed(1))], reviewed(1), "same", 0),
        ([("需说明", reviewed(1))], reviewed(1), "same", 0),
        ([("退回", reviewed(1))], RESAVED, "saved", 0),
        ([("退回", reviewed(1)), ("退回", reviewed(8))], reviewed(1), "same", 0),
        ([("退回", reviewed(1)), ("退回", reviewed(8))], RESAVED, "saved", 0),
        ([("退回", reviewed(1)), ("退回", reviewed(1))], reviewed(1), "same", 1),
        ([("退回", reviewed(1))], CHANGED, None, None),
        ([("通过", reviewed(1))], reviewed(1), None, None),
        ([("退回", reviewed(1)), ("通过", reviewed(1))], reviewed(1), None, None),
        ([("未报", None)], reviewed(1), None, None),
        ([], reviewed(1), None, None),
    ],
)
def test_a_return_that_comes_back_as_it_was_is_told(
    ledger: Ledger, states: list[tuple[str, Reviewed | None]], now: Reviewed, kind: str | None, at: int | None
) -> None:
    recorded(ledger, reviewed(1), reviewed(8), now)
    runs = [decided(ledger, state, one) for state, one in states]
    resent = ledger.resent(now.sha256, now.code, now.department, PACK)
    assert (resent and resent.kind) == kind
    if resent is not None and at is not None:
        assert resent.before.run == runs[at]
        assert f"日“{states[at][0]}”时" in resent.says


def test_what_this_run_decides_is_not_before(ledger: Ledger) -> None:
    with ledger.run("consolidate", PACK) as run:
        ledger.decide(run, [Decision("001", None, "退回", "", reviewed(1).sha256)])
        assert ledger.resent(reviewed(1).sha256, "001", None, PACK, run=run) is None


# ---- last year ----

LAST_YEAR: dict[str, Values] = {
    "情况": {
        "fields": ["名称", "编制", "预算", "比率", "自评"],
        "lines": [["情况", 0, 2, None, "某局", 12, 345_600_000_000, 0.5, 950_000]],
        "columns": {},
        "rows": {},
    },
    "收入": {
        "fields": ["单位", "合计", "拨款"],
        "lines": [["收入", 0, 4, "汇总", "全部汇总", -5, None], ["收入", 0, 5, None, "本级", 7, 8]],
        "columns": {},
        "rows": {},
    },
    "项目": {
        "fields": ["项目名称", "总额"],
        "lines": [["项目", 0, 2, None, "甲", 1]],
        "columns": {},
        "rows": {},
    },
}


def test_figures_are_kept_for_the_year_after(ledger: Ledger) -> None:
    named = {"情况.编制": 12, "情况.预算": 345_600_000_000, "情况.自评": 950_000, "收入[汇总].合计": -5}
    this = PACK.fiscal_year + 1
    one, other = (reviewed(n, code=code, values=LAST_YEAR) for n, code in ((1, "101"), (2, "102")))
    with ledger.run("consolidate", PACK) as run:
        ledger.keep_figures(run, PACK, {r.code or "": (r.sha256, figures(r, PACK)) for r in (one, other)})
        assert ledger.previous(this) == {"101": named, "102": named}
        later: dict[str, Values] = {
            "情况": {"fields": ["预算"], "lines": [["情况", 0, 2, None, 3]], "columns": {}, "rows": {}}
        }
        changed = figures(dataclasses.replace(one, values=later), PACK)
        ledger.keep_figures(run, PACK, {"101": (one.sha256, changed)})
    assert ledger.previous(this, ["101"]) == {"101": {"情况.预算": 3}}
    assert ledger.previous(this, ["102", "103"]) == {"102": named}
    assert ledger.previous(this - 1) == {}


# ---- the ledger itself ----


def test_a_ledger_is_opened_again_as_it_was(ledger_place: str) -> None:
    with open_ledger(ledger_place) as ledger:
        recorded(ledger, reviewed(1))
        before = contents(ledger)
    with open_ledger(ledger_place) as ledger:
        assert contents(ledger) == before


def test_an_older_ledger_is_brought_up_to_date(ledger_place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ledger(ledger_place) as ledger:
        recorded(ledger, reviewed(1))
    steps = [
        lambda connection: connection.execute(text("ALTER TABLE runs ADD COLUMN place TEXT")),
        lambda connection: connection.execute(text("UPDATE runs SET place = 'here'")),
    ]
    monkeypatch.setattr(schema, "MIGRATIONS", tuple(steps))
    for _ in range(2):
        with open_ledger(ledger_place) as ledger, ledger.engine.connect() as connection:
            assert connection.execute(text("SELECT place FROM runs")).scalars().all() == ["here"]
            assert schema.found(connection) == 3
            assert back(ledger, reviewed(1).sha256) == [reviewed(1)]


def test_two_processes_record_at_once(ledger_place: str) -> None:
    started = [start(ledger_place, first, number) for first, number in ((0, 40), (20, 40), (0, 60))]
    for process, _ in started:
        process.join(120)
    assert [process.exitcode for process, _ in started] == [0, 0, 0]
    some = [reviewed(n) for n in range(60)]
    with open_ledger(ledger_place) as ledger:
        assert back(ledger, *(one.sha256 for one in some)) == some
        assert all(entry.ended for entry in ledger.runs())
        versions = {code: ledger.versions(f"{code:03d}") for code in range(7)}
    assert sum(map(len, versions.values())) == 60
    for mine in versions.values():
        assert [version.number for version in mine] == list(range(1, len(mine) + 1))


def test_the_ledger_flushes_to_disk_and_lets_others_read(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "l.db") as ledger, ledger.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


# ---- the fingerprint ----


def test_a_fingerprint_changes_with_what_is_checked(tmp_path: Path) -> None:
    rule = {"on": "情况", "check": "预算 > 0", "fields": ["预算"]}
    packs = [PACK, pack_with(rule), pack_with(rule, parameters={"上限": 101})]
    for number, python in enumerate((None, "A = 1\n", "A = 2\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        if python:
            (folder / "rules.py").write_text(python, encoding="utf-8")
        packs.append(pack_with(rule, folder=folder))
    words = [fingerprint(pack) for pack in packs]
    assert words[1] == words[3]  # a folder without Python adds nothing
    assert len(set(words)) == 5
    assert words == [fingerprint(pack) for pack in packs]
