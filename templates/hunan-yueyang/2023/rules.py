"""Checks that read running text; everything else of this form is said in rules.yaml.

Each gives one mapping for every cell that fails: record, field, value, expected, related.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pandas as pd

from workbook_tool.forms.expressions import normal
from workbook_tool.model import Batch, Pack, Rule

Hit = dict[str, Any]
Month = tuple[int, int]
"""Year and month."""

ON_DUTY = re.compile(r"在职[^0-9，。；、]{0,8}(\d+)\s*[人名]")
FACT = re.compile(r"([\u4e00-\u9fff“”]{4,})(\d+(?:\.\d+)?)([\u4e00-\u9fff])")
NUMBERING = re.compile(r"^[(（]?[0-9一二三四五六七八九十]{1,3}[)）]?[、.．]?\s*")
MARKS = re.compile(r"[\s，。；：、,.;:“”\"]")
LONG = 40
"""So many characters in a row are no coincidence."""

YEAR = r"(?:19|20)[0-9]{2}"
MONTH = r"(?:1[0-2]|0?[1-9])(?![0-9])"
DASH = r"(?:至|到|[-‐‑–—―~一])+"
DAY = r"(?:[0-9]{1,2}[日号]?)?"
FROM = rf"(?P<from_year>{YEAR})(?:年度?|[-./])?(?:(?P<from_month>{MONTH})(?:月份?|[-./])?{DAY})?"
UNTIL = rf"(?:(?P<year>{YEAR})(?:年度?|[-./])?)?(?:(?P<month>{MONTH})(?:月份?|[-./])?{DAY})?"
PERIOD = re.compile(rf"[自从]?{FROM}(?:起|开始)?[,，]?{DASH}{UNTIL}(?:止|为止|结束|完成)?")
WHOLE_YEAR = re.compile(rf"({YEAR})年?(?:度|全年)?")
NAMED_DATE = re.compile(
    rf"(?<![0-9])(?P<year>{YEAR})(?:年|[-./](?P<beside>{MONTH})月?)"
    rf"|(?:(?<![0-9])(?P<first>{MONTH})月?{DASH})?(?<![0-9])(?P<month>{MONTH})月"
)
FIGURE = re.compile(r"[0-9〇零一二两三四五六七八九十百千万亿]")
DOTS = normal("…")
TARGET_OF = {"完成情况": "目标值", "实际完成值": "指标值"}


def staff_in_text(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """The number of staff on duty that the report names against the one in its box."""
    hits: list[Hit] = []
    label = rule.fields[0]
    for record, other, declared, text in _beside(batch, rule.on, label, "综述", "部门基本情况"):
        named = ON_DUTY.findall(text)
        if named and str(declared) not in named:
            related = (("综述", other, "部门基本情况"),)
            wanted = "、".join(dict.fromkeys(named))
            hits.append({"record": record, "field": label, "expected": wanted, "related": related})
    return hits


def facts_that_differ(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """The same words with different numbers within one text (就业见习94人 … 就业见习109人)."""
    hits: list[Hit] = []
    for label in rule.fields:
        for record, text in batch.frames[rule.on][label].dropna().items():
            found = _contradictions(str(text))
            if found:
                hits.append({"record": int(str(record)), "field": label, "value": "；".join(found)})
    return hits


def copied_texts(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """Whole paragraphs that a project has in common with the department's own goals."""
    hits: list[Hit] = []
    for label in rule.fields:
        for source in ("预期目标", "实际完成"):
            for record, other, text, own in _beside(batch, rule.on, label, "绩效目标", source):
                if _paragraphs(str(text)) & _paragraphs(own):
                    related = (("绩效目标", other, source),)
                    place = f"绩效目标·{source}"
                    hits.append({"record": record, "field": label, "expected": place, "related": related})
    return hits


def dates_outside_the_project(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """Months and years of a line that lie outside the project's own time.

    A month without a year is outside where no year of the project has it; a line of a project
    whose time cannot be read is unknown. What the rule on foreign years reports is left to it.
    """
    forms = batch.frames["项目"]
    tabs = list(zip(forms["submission"], forms["tab"], strict=True))
    texts = dict(zip(tabs, zip(forms.index, forms["项目起止时间"], strict=True), strict=True))
    foreign = tuple(map(str, pack.parameters["非本年度"]))  # type: ignore[arg-type]
    hits: list[Hit] = []
    lines = batch.frames[rule.on]
    for label in rule.fields:
        some = lines.dropna(subset=[label])
        places = zip(some.index, some["submission"], some["tab"], some[label], strict=True)
        for record, submission, tab, text in places:
            reported = [year for year in foreign if year in normal(str(text))]
            dates = [date for date in dates_in(str(text)) if f"{date[0]}年" not in reported]
            place, written = texts.get((submission, tab), (None, pd.NA))
            time = None if pd.isna(written) else period_of(str(written))
            if not dates or (time and all(_within(date, *time) for date in dates)):
                continue
            hit: Hit = {"record": int(record), "field": label}
            if time is None:
                hits.append(hit | {"unknown": True})
                continue
            (start, first), (end, last) = time
            wanted = f"{start}年{first}月至{end}年{last}月之间"
            related = (("项目", int(str(place)), "项目起止时间"),)
            hits.append(hit | {"expected": wanted, "related": related})
    return hits


def units_that_differ(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """Targets with a figure and a unit whose actual value has no figure in that unit.

    Only units of the pack's list are compared. Targets in per cent are another rule's, and so are
    cells that still hold words of the form.
    """
    groups = [str(group).split("/") for group in pack.parameters["计量单位"]]  # type: ignore[union-attr]
    names = {word: group[0] for group in groups for word in group}
    residue = {normal(str(word)) for word in pack.parameters["样表残留"]}  # type: ignore[union-attr]
    hits: list[Hit] = []
    for label in rule.fields:
        target = TARGET_OF[label]
        lines = batch.frames[rule.on].dropna(subset=[label, target])
        for record, *texts in zip(lines.index, lines[target], lines[label], strict=True):
            wanted, done = (normal(str(text)) for text in texts)
            if done in residue or DOTS in done or ("%" in wanted and "%" not in done):
                continue
            units, others = _units(wanted, names), _units(done, names)
            told = others or not FIGURE.search(done)
            if units and told and not units.keys() & others.keys():
                words = "、".join(f"“{word}”" for word in units.values())
                related = ((rule.on, int(record), target),)
                hit = {"record": int(record), "field": label, "related": related}
                hits.append(hit | {"expected": f"用{words}写的数"})
    return hits


def period_of(text: str) -> tuple[Month, Month] | None:
    """First and last month of a project's time; None where it is written in no way known here."""
    text = normal(text)
    whole = WHOLE_YEAR.fullmatch(text)
    if whole:
        return (int(whole[1]), 1), (int(whole[1]), 12)
    match = PERIOD.fullmatch(text)
    if match is None or not (match["year"] or match["month"]):
        return None
    if (match["from_month"] is None) != (match["month"] is None):
        return None
    start = (int(match["from_year"]), int(match["from_month"] or 1))
    end = (int(match["year"] or match["from_year"]), int(match["month"] or 12))
    return (start, end) if start <= end else None


def dates_in(text: str) -> list[tuple[int | None, int | None]]:
    """Year and month of each date that a text names; of a span its two ends."""
    found: list[tuple[int | None, int | None]] = []
    year: int | None = None
    months = 1
    for match in NAMED_DATE.finditer(normal(text)):
        if match["year"]:
            found += [(year, None)] if not months else []
            year, months = int(match["year"]), 0
        named = [int(m) for m in match.group("beside", "first", "month") if m]
        found += [(year, month) for month in named]
        months += len(named)
    return found if months else [*found, (year, None)]


def _within(date: tuple[int | None, int | None], start: Month, end: Month) -> bool:
    year, month = date
    if month is None:
        return start[0] <= (year or 0) <= end[0]
    years = range(start[0], end[0] + 1) if year is None else [year]
    return any(start <= (y, month) <= end for y in years)


def _units(text: str, names: dict[str, str]) -> dict[str, str]:
    """The units of the quantities in a text: the name of the group -> the word that stands there."""
    found: dict[str, str] = {}
    for match in _quantity(tuple(names)).finditer(text):
        scale, word = match["scale"] or "", match["unit"]
        found.setdefault(scale + names[word], scale + word)
    return found


@lru_cache(maxsize=4)
def _quantity(words: tuple[str, ...]) -> re.Pattern[str]:
    unit = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    number = r"(?<![0-9.月])[0-9][0-9,]*(?:\.[0-9]+)?[余多]?"
    return re.compile(rf"{number}(?:(?P<scale>[十百千]?[万亿]|[十百千])[余多]?)??(?P<unit>{unit})")


def _beside(
    batch: Batch, frame: str, label: str, other: str, field: str
) -> Iterator[tuple[int, int, object, str]]:
    """Every filled cell of a field with the text of another form of the same workbook."""
    forms = batch.frames[other].dropna(subset=[field])
    texts = dict(zip(forms["submission"], zip(forms.index, forms[field], strict=True), strict=True))
    lines = batch.frames[frame].dropna(subset=[label])
    for record, submission, value in zip(lines.index, lines["submission"], lines[label], strict=True):
        if submission in texts:
            place, text = texts[submission]
            yield int(record), int(place), value, str(text)


def _contradictions(text: str) -> list[str]:
    facts = FACT.findall(text)
    found: dict[str, None] = {}
    for number, (words, amount, unit) in enumerate(facts):
        for before, other, same_unit in facts[:number]:
            alike = words.endswith(before) or before.endswith(words)
            if alike and unit == same_unit and amount != other:
                found[f"“{min(words, before, key=len)}”{other}{unit}、{amount}{unit}"] = None
    return list(found)


def _paragraphs(text: str) -> set[str]:
    """The long paragraphs, without their numbering and punctuation."""
    lines = (MARKS.sub("", NUMBERING.sub("", line.strip())) for line in text.splitlines())
    return {line for line in lines if len(line) >= LONG}
