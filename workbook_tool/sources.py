"""Which of the given places are returns, and where their annotated copies go."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from workbook_tool.excel.ooxml.bundle import ARCHIVES, bundled
from workbook_tool.excel.ooxml.package import Package, Refused
from workbook_tool.excel.ooxml.source import RESULTS, SUFFIXES, Source, is_skipped
from workbook_tool.excel.returns.books import read_book
from workbook_tool.forms.load import available_packs

__all__ = ["MARK", "RESULTS", "SUFFIXES", "Source", "find_sources", "named_pack", "usable"]

MARK = "_已审核"
"""Ends the name of an annotated copy."""

ASKED = 5
"""How many workbooks are asked for their pack before the usual one is taken."""

_UNUSABLE = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]')
"""What no file of ours has in its name: what some system does not take, and what cannot be seen."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)")
"""What Windows does not let a file be called."""


def find_sources(places: Iterable[Path], out: Path | None = None) -> list[Source]:
    """The workbooks at the given places: files as they are, folders with all below them.

    Archives count as folders. What may be a return and cannot be read is a source with a refusal.

    Args:
        places: Files and folders.
        out: Where annotated copies go; beside the returns, in RESULTS, where it is None.

    Returns:
        Each file once, those of a folder in the order of their names, each with the place of its
        copy: a name that no other has, and that is not the return itself.

    Raises:
        OSError: An archive may not be read.
    """
    found: list[Source] = []
    known: set[Path] = set()
    taken: set[str] = set()
    for place in places:
        folder = place if place.is_dir() else place.parent
        for path in _walk(place, out) if place.is_dir() else [place]:
            identity = path.resolve()
            if identity not in known:
                known.add(identity)
                below = (out or folder / RESULTS) / path.parent.relative_to(folder)
                found += (replace(s, copy=_copy(s, below, taken)) for s in _sources(path))
    return found


def named_pack(sources: Iterable[Source | Path]) -> str | None:
    """The pack that the workbooks say they were made from: what the first says that names one we have.

    Returns:
        None where none of the first few names one; the usual pack then tells what is wrong with them.
    """
    known = set(available_packs())
    for source in islice(sources, ASKED):
        try:
            content = source.read() if isinstance(source, Source) else Source.of(source).read()
            tabs = read_book(Package.open(content)).tabs
        except (Refused, OSError):
            continue
        for tab in tabs:
            if tab.stamp is not None and tab.stamp.pack in known:
                return tab.stamp.pack
    return None


def _sources(path: Path) -> list[Source]:
    is_archive = path.suffix.casefold() in ARCHIVES and path.is_file()
    return bundled(path) if is_archive else [Source.of(path)]


def _walk(folder: Path, out: Path | None) -> Iterator[Path]:
    skipped = out.resolve() if out else None
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if f != RESULTS and (skipped is None or Path(here, f).resolve() != skipped)
        )
        for name in sorted(files):
            if Path(name).suffix.casefold() in SUFFIXES | ARCHIVES and not is_skipped(name):
                path = Path(here, name)
                if not _is_our_table(path):
                    yield path


def _is_our_table(path: Path) -> bool:
    """Whether it is a table that `consolidate` wrote: each is there as Parquet and as CSV."""
    return path.suffix.casefold() == ".csv" and path.with_suffix(".parquet").exists()


def _copy(source: Source, folder: Path, taken: set[str]) -> Path:
    """A name for the copy that no other copy of this run has, and that is not the return itself."""
    _, _, inner = source.path.removeprefix(str(source.file)).partition("!")
    if inner:
        *between, name = (usable(part) for part in inner.split("/") if part not in ("", ".", ".."))
        path = folder.joinpath(source.file.stem, *between, name)
    else:
        path = folder / usable(source.file.name)
    suffix = path.suffix if path.suffix.casefold() in SUFFIXES else ".xlsx"
    stem = path.stem.removesuffix(MARK) + MARK
    number = 1
    while True:
        copy = path.parent / f"{stem}{f'({number})' if number > 1 else ''}{suffix}"
        key = str(copy.resolve()).casefold()
        if key not in taken and copy.resolve() != source.file.resolve():
            taken.add(key)
            return copy
        number += 1


def usable(part: str) -> str:
    """A name as any system can write it."""
    clean = _UNUSABLE.sub("_", part).rstrip(" .") or "_"
    return f"_{clean}" if _RESERVED.match(clean) else clean
