"""The cases of a pack, as tests ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbook_tool.cases import cell_of
from workbook_tool.excel.fill import fill
from workbook_tool.forms.writing.case_files import Case, case_files, changed
from workbook_tool.model import Pack

__all__ = ["Case", "base_of", "cases_of", "cell_of", "changed", "write_returns"]


def base_of(pack: Pack) -> Any:
    """The clean filing."""
    return case_files(pack).base


def cases_of(pack: Pack) -> list[Case]:
    """Every case."""
    return case_files(pack).cases


def write_returns(pack: Pack, folder: Path) -> Path:
    """A folder of returns: nine right and wrong ones below three folders, and one that is no workbook."""
    base = base_of(pack)
    for number, case in enumerate(cases_of(pack)[:9]):
        path = folder / f"镇{number % 3}" / f"{number}.xlsx"
        path.parent.mkdir(exist_ok=True)
        fill(changed(base, case.set, pack), pack, path)
    (folder / "坏.xlsx").write_bytes(b"PK nothing")
    return folder
