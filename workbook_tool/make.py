"""Workbooks as they are sent out: the blank template, and one filled from data, both with live checks.

What makes workbooks knows no checks, and what checks opens no workbook; here they meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from workbook_tool.checks.rubric import score
from workbook_tool.checks.rules import check_rules
from workbook_tool.checks.totals import recompute
from workbook_tool.excel import blank
from workbook_tool.excel import fill as filling
from workbook_tool.excel.template.addressee import NOBODY, Addressee
from workbook_tool.model import Batch, Frame, Pack


def new(
    pack: Pack,
    out: Path | str | BinaryIO,
    *,
    projects: int | None = None,
    addressee: Addressee = NOBODY,
) -> None:
    """Write the blank template.

    Args:
        pack: The form.
        out: A path or an open binary file.
        projects: How many copies of each repeated sheet; the pack's own number where None.
        addressee: Whom it is for, and what the bureau enters for them; nobody in particular by default.
    """
    blank.write_blank(pack, out, projects=projects, addressee=addressee, scores=_scores)


def fill(data: Mapping[str, Any], pack: Pack, out: Path | str | BinaryIO) -> None:
    """Write the pack's workbook with these values.

    Args:
        data: sheet -> {label: value, block: [rows]}; a sheet of one table may be its rows alone;
            a repeated sheet is a list with one mapping for each tab.
        pack: The form.
        out: A path or an open binary file.

    Raises:
        FillError: A sheet, label, row or value is not one of the form.
    """
    filling.fill(data, pack, out, _scores)


def _scores(batch: Batch, pack: Pack) -> tuple[Frame, Frame, Frame]:
    totals, _ = recompute(batch, pack)
    outcomes, _ = check_rules(batch, totals, pack)
    return score(batch, totals, outcomes, pack)
