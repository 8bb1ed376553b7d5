"""Checks that need the returns of several departments at once, as the pack's county.yaml declares them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbook_tool.county.alike import alike
from workbook_tool.county.identify import Department
from workbook_tool.excel.ooxml.texts import normalise
from workbook_tool.findings import column_letters
from workbook_tool.forms.language.messages import say
from workbook_tool.model import AcrossRule, Pack
from workbook_tool.outputs.kept import HEAD, Reviewed, Values
from workbook_tool.outputs.records import Submission

SHOWN = 20
"""How much of a long text is told."""

NAMED = 5
"""How many departments are named one by one."""

_DIGITS = "[0-9０-９一二三四五六七八九十]{1,3}"
_NUMBERING = re.compile(rf"\s*(?:[(（]{_DIGITS}[)）]|{_DIGITS}\s*[、.．,，)）])\s*")


@dataclass(frozen=True)
class Return:
    """A return that counts, and whose it is."""

    number: int
    department: Department
    reviewed: Reviewed


@dataclass(frozen=True)
class Text:
    """What stands in one cell."""

    number: int
    text: str
    place: str


Line = dict[str, Any]
"""A row of `County.across`."""


def check_across(returns: Sequence[Return], pack: Pack) -> list[Line]:
    """All that concerns several departments: by rule, then by the first department."""
    rules = pack.county.across if pack.county else ()
    lines = []
    for rule in rules:
        found = KINDS[rule.kind](rule, returns, pack)
        lines += sorted(found, key=lambda line: (line["departments"], line["message"], line["places"]))
    return lines


def only_compared(one: Return, pack: Pack) -> Return:
    """A return with no more in it than the rules of `check_across` look at."""
    wanted: dict[str, set[str]] = {}
    for rule in pack.county.across if pack.county else ():
        for reference in rule.fields:
            frame, _, label = reference.rpartition(".")
            wanted.setdefault(frame, set()).add(label)
    held = one.reviewed.values
    values = {name: _only(held[name], labels) for name, labels in wanted.items() if name in held}
    told: Submission = {**one.reviewed.submission, "findings": [], "scores": [], "totals": []}
    return replace(one, reviewed=replace(one.reviewed, values=values, computed=[], submission=told))


def _only(values: Values, labels: Collection[str]) -> Values:
    """Some fields of a frame, with their places."""
    fields = [label for label in values["fields"] if label in labels]
    at = [values["fields"].index(label) - len(values["fields"]) for label in fields]

    def places(known: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        return {tab: {k: v for k, v in mine.items() if k in labels} for tab, mine in known.items()}

    return {
        "fields": fields,
        "lines": [[*line[: len(HEAD)], *(line[n] for n in at)] for line in values["lines"]],
        "columns": places(values["columns"]),
        "rows": places(values["rows"]),
    }


def texts(returns: Sequence[Return], rule: AcrossRule, pack: Pack) -> Iterator[Text]:
    """Every text in the fields of a rule, with its cell; what the template prints in a total row is none."""
    for one in returns:
        for reference in rule.fields:
            frame, _, label = reference.rpartition(".")
            values = one.reviewed.values.get(frame)
            if values is None or label not in values["fields"]:
                continue
            at = values["fields"].index(label) - len(values["fields"])
            for line in values["lines"]:
                if line[at] is not None and line[3] not in pack.tables[frame].total_keys:
                    yield Text(one.number, str(line[at]), _place(one.reviewed, values, line, label))


def _place(reviewed: Reviewed, values: Values, line: Sequence[Any], label: str) -> str:
    tab, _, row = line[:3]
    column = values["columns"].get(tab, {}).get(label)
    row = values["rows"].get(tab, {}).get(label, row)
    cell = f"{column_letters(column)}{row}" if column else ""
    return f"{reviewed.source}!{tab}!{cell}"


def _same_name(rule: AcrossRule, returns: Sequence[Return], pack: Pack) -> Iterator[Line]:
    """The same name in two departments; one of general words and digits only says nothing."""
    named: dict[str, list[Text]] = {}
    for text in texts(returns, rule, pack):
        name = normalise(text.text)
        if len(_own_words(name, rule)) >= rule.at_least:
            named.setdefault(name, []).append(text)
    for same in named.values():
        if len({t.number for t in same}) > 1:
            yield _line(rule, same, returns, 名称=min(same, key=lambda t: t.number).text.strip())


def _own_words(name: str, rule: AcrossRule) -> str:
    """What is left of a name without general words and digits."""
    general = sorted(map(normalise, rule.ignore), key=lambda word: (-len(word), word))
    if not general:
        return name
    return re.sub("|".join([*map(re.escape, general), "[0-9]"]), "", name)


def _same_text(rule: AcrossRule, returns: Sequence[Return], pack: Pack) -> Iterator[Line]:
    """The same long text in two departments, or nearly the same; a department's own name is left out."""
    own = {r.number: normalise(r.department.name) for r in returns}
    kept, compared = [], []
    for text in texts(returns, rule, pack):
        plain = normalise(text.text)
        for word in (own[text.number], *map(normalise, rule.ignore)):
            plain = plain.replace(word, "") if word else plain
        if len(plain) >= rule.at_least:
            kept.append(text)
            compared.append(plain)
    for positions, likeness in alike(compared, rule.alike, rule.run):
        same = [kept[p] for p in positions]
        if len({t.number for t in same}) > 1:
            head = "".join(min(same, key=lambda t: t.number).text.split())
            told = head[:SHOWN] + ("…" if len(head) > SHOWN else "")
            yield _line(rule, same, returns, 内容=told, 相似度=str(int(likeness * 100)))


def _missing_unit(rule: AcrossRule, returns: Sequence[Return], pack: Pack) -> Iterator[Line]:
    """A unit of the roster that none of its department's tables names."""
    named: dict[int, set[str]] = {}
    general = set(map(normalise, rule.ignore))
    for text in texts(returns, rule, pack):
        name = _unit(text.text)
        if len(name) >= rule.at_least and name not in general:
            named.setdefault(text.number, set()).add(name)
    for one in returns:
        for unit in one.department.units:
            if not any(_means(name, _unit(unit)) for name in named.get(one.number, ())):
                yield _line(rule, [Text(one.number, unit, one.reviewed.source)], returns, 名称=unit)


def _unit(name: str) -> str:
    """The name of a unit as it is compared: without the number before it."""
    return normalise(name[found.end() :] if (found := _NUMBERING.match(name)) else name)


def _means(written: str, unit: str) -> bool:
    """Whether a name in a table may stand for a unit: short forms keep the order of the characters."""
    short, long = sorted((written, unit), key=len)
    rest = iter(long)
    return bool(short) and all(character in rest for character in short)


def _line(rule: AcrossRule, same: Sequence[Text], returns: Sequence[Return], **words: str) -> Line:
    numbers = tuple(sorted({t.number for t in same}))
    names = [r.department.name for r in returns if r.number in numbers]
    told = "、".join(f"“{name}”" for name in names[:NAMED]) + ("等" if len(names) > NAMED else "")
    figures = {**words, "部门": told, "个数": str(len(numbers))}
    return {
        "code": rule.code,
        "severity": rule.severity.value,
        "departments": numbers,
        "message": say(rule.message, figures) + rule.fix,
        "places": tuple(sorted(t.place for t in same)),
    }


KINDS: Mapping[str, Callable[[AcrossRule, Sequence[Return], Pack], Iterator[Line]]] = {
    "same name": _same_name,
    "same text": _same_text,
    "missing unit": _missing_unit,
}
"""The check of each kind; none knows a word of any form."""
