"""Last year's figures of the departments, out of the ledger."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from workbook_tool.ledger import open_ledger
from workbook_tool.model import Pack
from workbook_tool.roster.distribution import Figures
from workbook_tool.roster.reading import RosterError


def last_year(place: str, pack: Pack, codes: Collection[str]) -> Figures:
    """What the departments returned for the year before the pack's, as far as the ledger knows.

    Args:
        place: The ledger's file, or the URL of its database.
        pack: This year's form.
        codes: The departments.

    Raises:
        RosterError: There is no ledger, or it knows nothing of that year.
    """
    year = pack.fiscal_year - 1
    if "://" not in place and not Path(place).is_file():
        raise RosterError(f"找不到台账“{place}”。")
    with open_ledger(place) as ledger:
        found = ledger.previous(pack.fiscal_year, codes)
    if not found:
        raise RosterError(f"台账“{place}”里没有名册上各部门 {year} 年度的数。请核对是不是这一年的台账。")
    return found
