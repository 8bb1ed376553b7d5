"""Everything that is wrong with a pack: its files, what does not fit on paper, and its cases if asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbook_tool.cases import try_cases
from workbook_tool.excel.blank import check_tab_name
from workbook_tool.excel.marks.review import OPINION, SCORES
from workbook_tool.excel.template.calculated import GUIDE
from workbook_tool.excel.template.layout import lay_out
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.forms.lint import examine
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.forms.writing.documents import Step
from workbook_tool.model import Block, Pack, PackError, Sheet

OURS = (GUIDE, SELF_CHECK, OPINION, SCORES)
"""The tabs that every workbook gets from us."""

MOST_COPIES = 99
"""A repeated sheet's tabs are numbered; the name must have room for so many."""


@dataclass(frozen=True)
class Report:
    """What was found in a pack.

    Attributes:
        pack: None where mistakes stood in the way of looking at all of it.
        cases: How many cases it has.
        mistakes: In the order of the files.
        hints: What is not wrong, but has probably been forgotten.
    """

    folder: Path
    pack: Pack | None
    cases: int
    mistakes: list[PackError]
    hints: list[PackError]

    @property
    def summary(self) -> str:
        """What came of it, in a line."""
        if self.mistakes:
            again = "" if self.pack else "有的检查要等这些改好才能做，改好以后请再检查一次。"
            return f"共 {len(self.mistakes)} 处错误。{again}"
        assert self.pack is not None
        counts = {
            "张工作表": len(self.pack.sheets),
            "条规则": len(self.pack.rules),
            "个例子": self.cases,
            "张评分表": len(self.pack.rubrics),
        }
        told = "、".join(f"{number} {what}" for what, number in counts.items() if number)
        return f"没有错误：{self.pack.name} 有 {told}。"


def lint(folder: Path, *, with_cases: bool = False) -> Report:
    """Look at all of a pack.

    Args:
        folder: The folder of the pack.
        with_cases: Whether every case is tried on a real workbook too, where nothing else is wrong.
    """
    examined = examine(folder)
    mistakes, pack = list(examined.mistakes), examined.pack
    if pack is not None:
        mistakes += _misfits(pack, examined.places)
    if pack is not None and with_cases and not mistakes:
        mistakes += try_cases(pack).mistakes()
    mistakes.sort(key=lambda mistake: (_order(folder, mistake), mistake.line or 0))
    return Report(folder, pack, len(examined.cases), mistakes, examined.hints)


def _order(folder: Path, mistake: PackError) -> tuple[int, str]:
    """The form first, then rules and rubrics, the cases last."""
    path = Path(mistake.file or folder)
    first = ("form.yaml", "rules.yaml", "rules.py")
    return (first.index(path.name) if path.name in first else len(first) + (path.parent != folder), str(path))


def _misfits(pack: Pack, places: Places) -> Iterator[PackError]:
    """What does not fit the grid of its sheet, and names that no tab can have."""
    for s, sheet in enumerate(pack.sheets):
        for says in _name_mistakes(sheet, pack):
            yield places.error(says, "sheets", s, "name")
        for b, block in enumerate(sheet.blocks):
            for at, alone in _parts(block):
                try:
                    lay_out(pack, sheet.model_copy(update={"blocks": (alone,)}))
                except PackError as mistake:
                    yield places.error(mistake.message, "sheets", s, "blocks", b, *at)


def _name_mistakes(sheet: Sheet, pack: Pack) -> Iterator[str]:
    """Why a tab cannot have the name of a sheet."""
    try:
        check_tab_name(f"{sheet.name}{MOST_COPIES if sheet.repeats else ''}")
    except PackError as mistake:
        yield mistake.message
    if sheet.name in OURS:
        yield f"“{sheet.name}”是程序自己要用的工作表名，请换一个"
    for other in pack.sheets:
        number = sheet.name.removeprefix(other.name)
        if other.repeats and other is not sheet and number.isdigit() and sheet.name.startswith(other.name):
            yield f"“{sheet.name}”和重复的工作表“{other.name}”的第 {number} 张同名，请换一个"


def _parts(block: Block) -> Iterator[tuple[tuple[Step, ...], Block]]:
    """A table as a whole; a form field by field, since each stands for itself."""
    if block.kind == "table":
        yield (), block
        return
    for number, field in enumerate(block.fields):
        yield ("fields", number), block.model_copy(update={"fields": (field,)})
