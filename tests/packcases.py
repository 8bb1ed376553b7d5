"""The cases of a pack, as tests ask for them."""

from __future__ import annotations

from typing import Any

from workbook_tool.cases import cell_of
from workbook_tool.forms.case_files import Case, case_files, changed
from workbook_tool.model import Pack

__all__ = ["Case", "base_of", "cases_of", "cell_of", "changed"]


def base_of(pack: Pack) -> Any:
    """The clean filing."""
    return case_files(pack).base


def cases_of(pack: Pack) -> list[Case]:
    """Every case."""
    return case_files(pack).cases
