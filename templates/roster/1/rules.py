"""Checks that compare two columns of many rows; everything else is said in rules.yaml.

Each gives one mapping for every cell that fails: record, field and the related cells.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from workbook_tool.forms.expressions import normal
from workbook_tool.model import Batch, Pack, Rule

Hit = dict[str, Any]


def doubled_names(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """The same name in two lines of the roster."""
    return _doubled(batch, rule, ())


def doubled_projects(batch: Batch, pack: Pack, rule: Rule) -> list[Hit]:
    """The same project named twice under one department."""
    return _doubled(batch, rule, ("部门编码",))


def _doubled(batch: Batch, rule: Rule, within: tuple[str, ...]) -> list[Hit]:
    """Lines of one workbook with equal texts in the rule's field and in the fields beside it."""
    label = rule.fields[0]
    lines = batch.frames[rule.on].dropna(subset=[label, *within])
    places: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for record, submission, *texts in zip(
        lines.index, lines["submission"], *(lines[name] for name in (label, *within)), strict=True
    ):
        places[submission, *(normal(str(text)) for text in texts)].append(int(record))
    return [
        {"record": record, "field": label, "related": tuple((rule.on, r, label) for r in some if r != record)}
        for some in places.values()
        if len(some) > 1
        for record in some
    ]
