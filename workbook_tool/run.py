"""Many files: which of a folder are returns, and their way through the pipeline in chunks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from workbook_tool.assess import assess
from workbook_tool.excel.annotate import annotate
from workbook_tool.excel.books import read_book
from workbook_tool.excel.package import Package, Refused
from workbook_tool.excel.read import read
from workbook_tool.forms.load import available_packs
from workbook_tool.model import Assessment, Pack
from workbook_tool.outputs.records import Submission, submissions

RESULTS = "审核结果"
"""The folder beside the returns that takes the annotated copies; never read as returns."""

MARK = "_已审核"
"""Ends the name of an annotated copy."""

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".et", ".ods"})
"""What counts as a workbook in a folder. Those that cannot be read are told as such: a return in
the wrong format must not vanish from the list."""

CHUNK = 200
"""How many workbooks are held in memory at a time."""

ASKED = 5
"""How many workbooks are asked for their pack before the usual one is taken."""


@dataclass(frozen=True)
class Return:
    """A returned workbook and where its annotated copy goes."""

    path: Path
    copy: Path


@dataclass(frozen=True)
class Reviewed:
    """A return after its check; `copy` is None where there was nothing to mark."""

    submission: Submission
    copy: Path | None


def find_returns(places: Iterable[Path], out: Path | None = None) -> list[Return]:
    """The workbooks at the given places: files as they are, folders with all below them.

    Args:
        places: Files and folders.
        out: Where annotated copies go; beside the returns, in RESULTS, where it is None.

    Returns:
        Each file once, those of a folder in the order of their names.
    """
    returns: dict[Path, Return] = {}
    taken: set[str] = set()
    for place in places:
        folder = place if place.is_dir() else place.parent
        for path in _walk(place, out) if place.is_dir() else [place]:
            identity = path.resolve()
            if identity not in returns:
                below = path.parent.relative_to(folder)
                target = _free((out or folder / RESULTS) / below, path, taken)
                returns[identity] = Return(path, target)
    return list(returns.values())


def named_pack(paths: Iterable[Path]) -> str | None:
    """The pack that the workbooks say they were made from: what the first says that names one we have.

    Returns:
        None where none of the first few names one; the usual pack then tells what is wrong with them.
    """
    known = set(available_packs())
    for path in islice(paths, ASKED):
        try:
            tabs = read_book(Package.open(path)).tabs
        except (Refused, OSError):
            continue
        for tab in tabs:
            if tab.stamp is not None and tab.stamp.pack in known:
                return tab.stamp.pack
    return None


def _walk(folder: Path, out: Path | None) -> Iterator[Path]:
    skipped = out.resolve() if out else None
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if f != RESULTS and (skipped is None or Path(here, f).resolve() != skipped)
        )
        for name in sorted(files):
            if Path(name).suffix.casefold() in SUFFIXES and not name.startswith(("~$", ".")):
                yield Path(here, name)


def _free(folder: Path, path: Path, taken: set[str]) -> Path:
    """A name for the copy that no other copy of this run has, and that is not the return itself."""
    stem = path.stem.removesuffix(MARK) + MARK
    number = 1
    while True:
        copy = folder / f"{stem}{f'({number})' if number > 1 else ''}{path.suffix}"
        key = str(copy.resolve()).casefold()
        if key not in taken and copy.resolve() != path.resolve():
            taken.add(key)
            return copy
        number += 1


def check(
    returns: Sequence[Return],
    pack: Pack,
    on_done: Callable[[int], None] = lambda number: None,
    chunk: int = CHUNK,
) -> Iterator[Reviewed]:
    """Check returns and write the annotated copy of each that could be read.

    Args:
        returns: The workbooks, as `find_returns` gives them.
        pack: The pack they were made from.
        on_done: Told after each workbook how many were done since it was last told.
        chunk: How many workbooks are held in memory at a time.

    Yields:
        Each return's result, in the order given.
    """
    for start in range(0, len(returns), chunk):
        yield from check_chunk(returns[start : start + chunk], pack, on_done)


def assess_files(paths: Sequence[Path], pack: Pack) -> Assessment:
    """Read and assess a few hundred workbooks at once; nothing is written."""
    batch, drafts = read(paths, pack)
    return assess(batch, pack, drafts)


def check_chunk(
    returns: Sequence[Return], pack: Pack, on_done: Callable[[int], None] = lambda number: None
) -> list[Reviewed]:
    """Read, assess and mark a few hundred workbooks at once."""
    assessment = assess_files([r.path for r in returns], pack)
    reviewed = []
    for number, (source, submission) in enumerate(zip(returns, submissions(assessment, pack), strict=True)):
        copy = None
        if submission["status"] != "unreadable":
            copy = source.copy
            copy.parent.mkdir(parents=True, exist_ok=True)
            annotate(source.path, assessment, pack, copy, submission=number)
        reviewed.append(Reviewed(submission, copy))
        on_done(1)
    return reviewed
