"""What may follow from a change: the rules whose words name what was changed, and formulas that read it.

The words of the rules are read here as words, not by the tool: a rule can only speak of a cell
whose field it names. So what is explained is a little more than what can follow, never less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mutation.ground import Ground, Place
from mutation.made import Found, Made, table
from workbook_tool.model import Pack, Rubric, Rule

STALE, TYPED, UNPROVEN = "格式-13", "格式-12", "格式-14"
FieldName = tuple[str, str]
"""Frame and label."""
SKIPPED = "skipped"
"""Only where something else had the formulas of the workbook worked out anew."""
OF_ROW = {"行", "本行"}
_WORDS = re.compile(r"\w+")


def explained(ground: Ground, found: Found, all_made: Iterable[tuple[str, Made]]) -> str | None:
    """The reason why something was found besides what must be; None where there is none."""
    if ground.typed and found[0] == TYPED:
        return "typed"
    reasons = {op.name: op.follows for op in table().operators}
    all_made = list(all_made)
    for name, made in all_made:
        found = _before(found, made)
        for reason in reasons[name]:
            if reason == SKIPPED and len(all_made) == 1:
                continue
            if WAYS[reason](ground, found, made):
                return reason
        if found in made.may or (found[0], found[1], "*") in made.may:
            return "stated"
    return None


def _before(found: Found, made: Made) -> Found:
    """The finding at the address that its cell had before a row above it was taken out."""
    code, tab, cell = found
    number = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if made.gone is None or not number or tab != made.gone[0] or int(number) < made.gone[1]:
        return found
    return code, tab, f"{cell[: -len(number)]}{int(number) + 1}"


def _by_rule(ground: Ground, found: Found, made: Made, *, scores: bool) -> bool:
    rule = next((r for r in ground.pack.rules if r.code == found[0]), None)
    if rule is None or bool(rule.builtin) is not scores:
        return False
    names = changed(ground, made.touched)
    if not _reads(ground.pack, rule) & names:
        return False
    place = ground.by_cell.get((found[1], found[2]))
    return place is None or any(_near(ground, place, one) for one in made.touched)


def _near(ground: Ground, place: Place, one: Place) -> bool:
    """Whether a cell shares a line, a column, a row of totals or a group of lines with another.

    Tables apart do not count.
    """
    if (place.tab, place.frame) != (one.tab, one.frame):
        return (
            ground.pack.tables[place.frame].sheet.repeats is False
            or place.tab == one.tab
            or (ground.pack.tables[one.frame].sheet.repeats is False)
        )
    group = (one.key or "").rpartition("·")[0]
    if group and (place.key or "").startswith(f"{group}·"):
        return True
    return place.line is None or place.row == one.row or place.column == one.column or place.total


def changed(ground: Ground, touched: Iterable[Place]) -> frozenset[FieldName]:
    """The fields that were changed, and those that the template adds up from them."""
    names = {(p.frame, p.label) for p in touched}
    while True:
        more = {
            (rule.on, label)
            for rule in ground.pack.rules
            if rule.total and _reads(ground.pack, rule) & names
            for label in rule.fields
        } - names
        if not more:
            return frozenset(names)
        names |= more


def apart(ground: Ground, one: Made, other: Made) -> bool:
    """Whether neither change can take away what must be found for the other.

    A rule that reads a figure which is no figure any more says nothing; and what is said of a
    workbook as a whole is said once, of all its sheets together.
    """
    if _of_whole(one) & _of_whole(other):
        return False
    return not (_asks(ground, one) & changed(ground, other.touched)) and not (
        _asks(ground, other) & changed(ground, one.touched)
    )


def _of_whole(made: Made) -> set[str]:
    return {code for code, _, cell in made.must if not cell}


def _asks(ground: Ground, made: Made) -> set[FieldName]:
    """The fields that are read by the rules which must speak."""
    codes = {code for code, _, _ in made.must}
    return {name for rule in ground.pack.rules if rule.code in codes for name in _reads(ground.pack, rule)}


_READ: dict[tuple[str, str], frozenset[FieldName]] = {}


def _reads(pack: Pack, rule: Rule) -> frozenset[FieldName]:
    """The fields that a rule names."""
    known = _READ.get((pack.name, rule.code))
    if known is None:
        known = _READ[pack.name, rule.code] = frozenset(_named(pack, rule))
    return known


def _named(pack: Pack, rule: Rule) -> Iterable[FieldName]:
    rubric = next((r for r in pack.rubrics if r.id == rule.rubric), None)
    words = set(rule.fields) | set(_WORDS.findall(f"{rule.when} {rule.check} {rule.total}"))
    if rule.python:
        words |= set(_WORDS.findall(_function(pack, rule.python)))
    if rubric:
        words |= set(_WORDS.findall(rubric.model_dump_json()))
    for name, frame in pack.tables.items():
        parts = set(name.split("."))
        same = name == rule.on or frame.sheet is pack.tables[rule.on].sheet or bool(rubric)
        if not same and not parts & words:
            continue
        for f in frame.fields:
            named = f.label in words or (f.label == frame.key and bool(OF_ROW & words or parts & words))
            if named or (rubric and _items(pack, name, rubric)):
                yield name, f.label


def _items(pack: Pack, name: str, rubric: Rubric) -> bool:
    """Whether a table lists what a rubric's scores are made of."""
    for _, block, frame in pack.walk_blocks():
        if frame.name == name and block.items_of and block.items_of.startswith(f"{rubric.id}/"):
            return True
    return name == rubric.on


def _function(pack: Pack, name: str) -> str:
    assert pack.folder is not None
    text = (pack.folder / "rules.py").read_text(encoding="utf-8")
    return text[text.index(f"def {name}(") :].split("\n\n\n")[0]


def _stale(ground: Ground, found: Found, made: Made) -> bool:
    cells = {p.at for p in made.touched}
    return found[0] == STALE and (found[1], found[2]) in ground.following(cells) | cells


def _typed(ground: Ground, found: Found, made: Made) -> bool:
    return found[0] == TYPED and any((found[1], found[2]) == p.at for p in made.touched)


def _unproven(ground: Ground, found: Found, made: Made) -> bool:
    """A total that was typed, of which nothing can be told now that a figure of its sum is gone."""
    place = ground.by_cell.get((found[1], found[2]))
    if found[0] != UNPROVEN or place is None or not (ground.typed or place in made.touched):
        return False
    names = changed(ground, made.touched)
    return any(
        rule.total and rule.on == place.frame and place.label in rule.fields
        and _reads(ground.pack, rule) & names
        for rule in ground.pack.rules
    )  # fmt: skip


def _links(ground: Ground, found: Found, made: Made) -> bool:
    return found[0] == "文件-25"


def _formats(ground: Ground, found: Found, made: Made) -> bool:
    """What the form says of single cells, at the very cell that was changed."""
    return found[0].startswith(("填写-", "格式-")) and any((found[1], found[2]) == p.at for p in made.touched)


def _shown(ground: Ground, found: Found, made: Made) -> bool:
    return found[0] == "文件-22" and any((found[1], found[2]) == p.at for p in made.touched)


def _sums(ground: Ground, found: Found, made: Made) -> bool:
    return found[0] == "填写-04" and (found[1], found[2]) in ground.following({p.at for p in made.touched})


def _identity(ground: Ground, found: Found, made: Made) -> bool:
    names = {f"{p.frame}.{p.label}" for p in made.touched if (found[1], found[2]) == p.at}
    return found[0] == "文件-31" and ground.pack.identity.code in names


WAYS = {
    "identity": _identity,
    "shown": _shown,
    "sums": _sums,
    "rules": lambda g, f, m: _by_rule(g, f, m, scores=False),
    SKIPPED: lambda g, f, m: _by_rule(g, f, m, scores=False),
    "scores": lambda g, f, m: _by_rule(g, f, m, scores=True),
    "stale": _stale,
    "typed": _typed,
    "unproven": _unproven,
    "links": _links,
    "formats": _formats,
}
"""The reasons by name."""
