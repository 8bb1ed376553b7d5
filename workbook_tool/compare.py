"""A return held against the blank template of its pack, as lines that a person reads."""

from __future__ import annotations

from io import BytesIO
from itertools import groupby
from pathlib import Path

from workbook_tool import make
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.returns.tamper import Difference, differences
from workbook_tool.model import Pack

SAME = "与空白模板一致：印好的文字、公式、下拉列表、保护和工作表都没有改动。"


def compare(file: Path, pack: Pack) -> list[Difference]:
    """What of the template a return has otherwise; marks of ours are taken out first.

    Raises:
        Refused: The file cannot be read.
        OSError: The file is not there or may not be read.
    """
    blank = BytesIO()
    make.new(pack, blank, projects=1)
    return differences(unmarked(Package.open(file)), Package.open(blank.getvalue()), pack)


def lines(found: list[Difference]) -> list[str]:
    """The differences, kind by kind and sheet by sheet, each with its cell."""
    if not found:
        return [SAME]
    told: list[str] = []
    for (tab, kind), some in groupby(found, key=lambda d: (d.tab, d.kind)):
        listed = list(some)
        told.append(f"{f'“{tab}”' if tab else ''}{kind}（{len(listed)}处）")
        told += [f"  {one.cell or '—'}  {one.says}" for one in listed]
    return told
