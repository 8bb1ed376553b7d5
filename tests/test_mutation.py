"""Each operator's mistake is found at its cell, and nothing that no operator explains; clean workbooks give none.

The operators, what must be found and what may follow stand in mutation/operators.yaml; the sums and the
figures stated twice of each form in mutation/facts.yaml. A mutant is made again by its name and its seed.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from mutation.engine import PACKS, Outcome, clean, clean_ground, double, doubles, findings, judged, singles
from mutation.explained import WAYS, explained
from mutation.made import Made, makers, table
from workbook_tool.notices import NOTICES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "mutations.md"
NAMES = [operator.name for operator in table().operators]
ONE_PACK = {  # operators that need what one form alone has
    "percent_without_sign", "choice_written_otherwise", "rate_on_another_base", "row_inserted", "row_deleted",
    "fixed_row_doubled", "column_hidden", "sheet_dropped", "key_doubled",
}  # fmt: skip
EACH, TWO, CLEAN = 1, 20, 6
EACH_SLOW, TWO_SLOW, CLEAN_SLOW = 37, 1_000, 1_000


def nothing_wrong(outcome: Outcome) -> None:
    """Nothing is missed, and nothing found that is not explained."""
    assert outcome.missed == []
    assert outcome.unexplained == []


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Each operator on each pack, on workbooks with formulas and on some with typed totals."""
    return judged(
        singles(EACH, first=random.Random("sample").randint(2, 90)), tmp_path_factory.mktemp("mutants")
    )


def test_each_mistake_is_found_and_nothing_else(sample: Outcome) -> None:
    nothing_wrong(sample)


@pytest.mark.parametrize("name", NAMES)
def test_every_operator_finds_a_place(name: str, sample: Outcome) -> None:
    assert sample.made[name] >= (1 if name in ONE_PACK else 2) * EACH


@pytest.mark.thorough
def test_two_mistakes_in_one_workbook_are_both_found(tmp_path: Path) -> None:
    outcome = judged(doubles(TWO), tmp_path)
    nothing_wrong(outcome)
    assert sum(outcome.made.values()) == TWO


@pytest.mark.thorough
def test_clean_workbooks_have_no_finding(tmp_path: Path) -> None:
    assert [(name, found) for name, found in clean(CLEAN, tmp_path) if found] == []


@pytest.mark.slow
@pytest.mark.parametrize("first", [100])
def test_six_thousand_mistakes(first: int, tmp_path: Path) -> None:
    outcome = judged(singles(EACH_SLOW, first), tmp_path)
    print(f"seeds from {first}: {sum(outcome.made.values())} mutants")
    nothing_wrong(outcome)
    assert sum(outcome.made.values()) >= 6_000


@pytest.mark.slow
@pytest.mark.parametrize("first", [10_000])
def test_a_thousand_pairs_of_mistakes(first: int, tmp_path: Path) -> None:
    outcome = judged(doubles(TWO_SLOW, first), tmp_path)
    print(f"seeds from {first}: {sum(outcome.made.values())} mutants")
    nothing_wrong(outcome)


@pytest.mark.slow
@pytest.mark.parametrize("first", [1_000])
def test_two_thousand_clean_workbooks(first: int, tmp_path: Path) -> None:
    print(f"seeds from {first}: {CLEAN_SLOW} of each pack")
    assert [(name, found) for name, found in clean(CLEAN_SLOW, tmp_path, first) if found] == []


# --- the engine itself ---


def test_the_table_names_every_operator_once() -> None:
    assert sorted(NAMES) == sorted(set(makers()))
    assert len(NAMES) == len(set(NAMES)) >= 40


@pytest.mark.parametrize("operator", table().operators, ids=NAMES)
def test_the_table_uses_what_is_known(operator: object) -> None:
    declared = next(o for o in table().operators if o is operator)
    assert set(declared.finds) <= set(NOTICES)
    assert set(declared.follows) <= set(WAYS)
    assert not (declared.finds and declared.says)


def test_every_reason_is_given_in_words() -> None:
    assert set(table().reasons) == set(WAYS)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("name", NAMES)
def test_an_operator_makes_what_the_table_says(name: str, pack: str) -> None:
    """The codes that must be found are those of the table, or codes of the form where it says so in words."""
    declared = next(o for o in table().operators if o.name == name)
    codes = {rule.code for rule in clean_ground(pack, 2, False).pack.rules}
    for typed in (False, True):
        made = makers()[name](clean_ground(pack, 3 if typed else 2, typed), random.Random(7))
        if made is not None:
            found = {code for code, _, _ in made.must}
            assert found == set(declared.finds) if not declared.says else found <= codes | {"格式-13"}
            assert bool(found) == bool(declared.finds or declared.says)


def test_equal_seeds_give_equal_mutants() -> None:
    one, other = (double(PACKS[0], 322, 2) for _ in range(2))
    assert (one is None) is (other is None)
    assert one is None or other is None or (one.name, one.content) == (other.name, other.content)


def test_what_nobody_did_is_not_explained() -> None:
    """A finding far from the change, or of a rule that does not read it, has no reason."""
    ground = clean_ground(PACKS[0], 2, False)
    place = next(p for p in ground.places if p.frame == "固定资产" and p.number and not p.total)
    made = (("part_changed", Made((), frozenset(), (place,))),)
    far = next(p for p in ground.places if p.frame == "收入" and p.label == "收入合计")
    assert explained(ground, ("收入-02", *far.at), made) is None
    assert explained(ground, ("格式-01", *far.at), made) is None
    assert explained(ground, ("文件-18", place.tab, ""), made) is None


def test_an_error_that_is_not_found_is_told(tmp_path: Path) -> None:
    """The judge is judged: a clean workbook passed off as a mutant is a miss."""
    mutant = next(m for m in singles(1, 2, ["about"]))
    (tmp_path / "a.xlsx").write_bytes(mutant.ground.content)
    outcome = Outcome()
    outcome.take(mutant, findings([tmp_path / "a.xlsx"], mutant.ground.pack.name)[0])
    assert len(outcome.missed) == 1


def test_the_page_lists_every_operator() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert rows == [
        (o.name, o.does, "、".join(o.finds) or o.says or "无", "、".join(o.follows) or "无")
        for o in table().operators
    ]
