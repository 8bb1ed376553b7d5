"""Which records a rule is about, and what it comes to for a workbook as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbook_tool.forms.language.compiled import ALL_ROWS, DETAIL_ROWS, CompiledRule
from workbook_tool.forms.language.evaluation import vector
from workbook_tool.forms.language.records import Mask, Positions, Records, Vector
from workbook_tool.model import Frame

PASS, UNKNOWN, FAIL = 0, 1, 2
"""The outcomes in the order in which one outweighs another."""
NAMES = np.array(["pass", "unknown", "fail"], dtype=object)


def applies(compiled: CompiledRule, label: str, records: Records) -> Vector:
    """For every record of the rule's frame whether it is checked; unknown where `when` is."""
    frame, rows = compiled.table.name, compiled.rule.rows
    if rows == ALL_ROWS:
        chosen: Mask = np.ones(records.size(frame), dtype=np.bool_)
    elif rows == DETAIL_ROWS:
        chosen = records.added(frame)
    else:
        chosen = records.keyed(frame, rows)
    condition = compiled.when[label]
    if condition is None:
        return Vector(chosen, np.ones(len(chosen), dtype=np.bool_))
    held = vector(condition, records.batch, records.pack)
    return Vector(chosen & held.values & held.known, held.known | ~chosen)


class Tally:
    """The outcome of a rule for every workbook, put together from its records.

    Args:
        compiled: The rule. A workbook that has lost the rule's table starts as unknown.
        records: The batch.
    """

    def __init__(self, compiled: CompiledRule, records: Records):
        self.code = compiled.rule.code
        self.submissions: Positions = records.batch.submissions["submission"].to_numpy(dtype=np.int64)
        self.states = np.full(len(self.submissions), PASS, dtype=np.int64)
        table = compiled.table
        fixed = table.kind == "form" or any(row.slots == 1 for row in table.rows)
        if fixed and not table.sheet.repeats:
            there = np.isin(self.submissions, records.submissions(table.name))
            self.states[~there] = UNKNOWN

    def add(self, submissions: Positions, state: int) -> None:
        """Records of these workbooks came out so."""
        hit = np.isin(self.submissions, submissions)
        self.states[hit] = np.maximum(self.states[hit], state)

    def frame(self) -> Frame:
        """submission, rule, outcome."""
        return pd.DataFrame(
            {"submission": self.submissions, "rule": self.code, "outcome": NAMES[self.states]}
        )
