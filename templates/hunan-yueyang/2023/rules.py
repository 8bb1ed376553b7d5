"""Three checks that read running text; everything else of this form is said in rules.yaml.

Each gives one mapping for every cell that fails: record, field, value, expected, related.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workbook_tool.model import Batch, Pack, Rule

Hit = dict[str, Any]

ON_DUTY = re.compile(r"在职[^0-9，。；、]{0,8}(\d+)\s*[人名]")
FACT = re.compile(r"([\u4e00-\u9fff“”]{4,})(\d+(?:\.\d+)?)([\u4e00-\u9fff])")
NUMBERING = re.compile(r"^[(（]?[0-9一二三四五六七八九十]{1,3}[)）]?[、.．]?\s*")
MARKS = re.compile(r"[\s，。；：、,.;:“”\"]")
LONG = 40
"""So many characters in a row are no coincidence."""


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
