"""The cases of a pack, tried on real workbooks: filled, read and assessed as one batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from workbook_tool.assess import assess
from workbook_tool.excel.fill import FillError, fill
from workbook_tool.excel.read import read
from workbook_tool.findings import cells_of
from workbook_tool.forms.writing.case_files import Case, CaseFiles, case_files, changed, parse
from workbook_tool.model import Assessment, Batch, Frame, Pack, PackError, Table
from workbook_tool.notices import TYPED_TOTALS

Found = dict[str, set[str]]
"""code -> the cells at which it is found, as `tab!A1`."""


@dataclass(frozen=True)
class Trial:
    """All cases of a pack as one batch; the clean filing is the first workbook.

    Attributes:
        numbers: For each case its workbook; a case that cannot be filled in has none.
        refused: What cannot be filled in, and why.
    """

    pack: Pack
    files: CaseFiles
    assessment: Assessment
    numbers: dict[str, int]
    refused: list[PackError]

    @cached_property
    def _found(self) -> dict[int, Found]:
        found: defaultdict[int, Found] = defaultdict(lambda: defaultdict(set))
        lines = self.assessment.findings
        columns = (lines[name].tolist() for name in ("submission", "code", "sheet", "cell"))
        for number, code, sheet, cell in zip(*columns, strict=True):
            if code != TYPED_TOTALS:  # that cases give totals as numbers is not what they try
                found[number][code].add(f"{sheet}!{cell}")
        return {number: dict(codes) for number, codes in found.items()}

    @property
    def clean(self) -> Found:
        """What is found in the clean filing, which should be nothing."""
        return self._found.get(0, {})

    def found(self, case: Case) -> Found:
        """What is found in the workbook of a case."""
        return self._found.get(self.numbers[case.id], {})

    def expected(self, case: Case) -> Found:
        """What the case says must be found.

        Raises:
            PackError: A path leads to no cell, or to several.
        """
        batch, number = self.assessment.batch, self.numbers[case.id]
        return {
            code: {cell_of(path, batch, number, self.pack) for path in paths}
            for code, paths in case.expected.items()
        }

    def mistakes(self) -> Iterator[PackError]:
        """Every case that finds something else than it says."""
        yield from self.refused
        for code, cells in self.clean.items():
            says = f"这份填报应没有任何问题，却有 {code}（{'、'.join(sorted(cells))}）"
            yield PackError(says, self.files.base_path, 1)
        for case in self.files.cases:
            if case.id in self.numbers:
                says = self._difference(case)
                if says:
                    yield self.files.error(f"{case.rule}“{case.name}”：{says}", case, "finds")

    def _difference(self, case: Case) -> str:
        try:
            expected = self.expected(case)
        except PackError as mistake:
            return mistake.message
        found = self.found(case)
        lacking, more = _named(expected, found), _named(found, expected)
        said = [f"应找到 {lacking}，没有找到" if lacking else "", f"多出 {more}" if more else ""]
        return "；".join(filter(None, said))


def _named(these: Found, those: Found) -> str:
    """What is in the one and not in the other."""
    left = {code: sorted(cells - those.get(code, set())) for code, cells in these.items()}
    return "，".join(f"{code}（{'、'.join(cells)}）" for code, cells in left.items() if cells)


def try_cases(pack: Pack, wanted: Callable[[Case], bool] = lambda case: True) -> Trial:
    """Make a workbook of the clean filing and of every case, read and assess them.

    Args:
        pack: The pack.
        wanted: Tells which of its cases are tried.

    Raises:
        PackError: The cases cannot be read, or the clean filing cannot be filled in.
    """
    files = case_files(pack)
    numbers: dict[str, int] = {}
    refused: list[PackError] = []
    with TemporaryDirectory() as scratch:
        paths = [Path(scratch) / "0.xlsx"]
        try:
            fill(files.base, pack, paths[0])
        except FillError as problem:
            raise PackError(str(problem), files.base_path, 1) from None
        for case in filter(wanted, files.cases):
            path = Path(scratch) / f"{len(paths)}.xlsx"
            try:
                fill(changed(files.base, case.set, pack), pack, path)
            except FillError as problem:
                refused.append(files.error(f"{case.rule}“{case.name}”：{problem}", case, "set"))
                continue
            numbers[case.id] = len(paths)
            paths.append(path)
        batch, drafts = read(paths, pack)
    return Trial(pack, files, assess(batch, pack, drafts), numbers, refused)


def cell_of(path: str, batch: Batch, submission: int, pack: Pack) -> str:
    """`tab!A1` of a path in a workbook that has been read.

    Raises:
        PackError: It leads to no cell, or to several.
    """
    at = parse(path)
    table = pack.tables[at.frame]
    lines = batch.frames[at.frame]
    lines = lines[(lines["submission"] == submission)]
    if table.sheet.repeats:
        lines = lines[lines["instance"] == at.tab - 1]
    if at.row is not None:
        lines = _lines_named(lines, at.row, table)
    if len(lines) != 1:
        raise PackError(f"“{path}”在填好的表里有 {len(lines)} 行，应只有一行")
    tab, cell = cells_of(batch, [(at.frame, int(lines.index[0]), at.field or "")])[0]
    return f"{tab}!{cell}"


def _lines_named(lines: Frame, name: str, table: Table) -> Frame:
    if name.startswith("#"):
        number = int(name[1:])
        return lines.iloc[number - 1 : number]
    named = lines["key"].eq(name)
    if table.key:
        named |= lines[table.key].eq(name).fillna(False)
    return lines.loc[named.astype(bool)]
