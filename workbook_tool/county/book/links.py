"""Links from the consolidated workbook into the annotated copies, and names of files as shown."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PureWindowsPath

_ESCAPED = {c: f"%{ord(c):02x}" for c in '%"<>[]^`{}# '}
_MEMBER = "!"


def link_to(copy: str | None, out: Path, sheet: str | None = None, cell: str | None = None) -> str | None:
    """A link to a workbook, as seen from the folder of another; to a cell of it where one is named.

    Args:
        copy: The workbook; None where there is none.
        out: The workbook that holds the link.
        sheet: A tab of the copy.
        cell: A cell of that tab; its first where it is not named.
    """
    if not copy:
        return None
    anchor = f"#'{sheet.replace(chr(39), chr(39) * 2)}'!{cell or 'A1'}" if sheet else ""
    if "://" in copy:
        return copy + anchor
    return f"external:{_way(copy, os.path.abspath(out.parent))}{anchor}"


@lru_cache(maxsize=1_000)  # a department's links stand together
def _way(copy: str, folder: str) -> str:
    """From a folder to a file, as it stands in a link."""
    try:
        path = os.path.relpath(os.path.abspath(copy), folder)
    except ValueError:  # on another drive
        path = os.path.abspath(copy)
    return "".join(_ESCAPED.get(c, c) for c in path)


def shown_names(paths: Iterable[str | None]) -> dict[str, str]:
    """Each path without the folders that all of them share: nobody's desk, no change from run to run."""
    found = sorted({p for p in paths if p})
    folders = {os.path.dirname(p.partition(_MEMBER)[0]) for p in found}
    try:
        shared = os.path.commonpath(folders) if folders else ""
    except ValueError:  # some lie on other drives, or some are named from the root and some are not
        shared = ""
    return {p: _below(p, shared) for p in found}


def _below(path: str, shared: str) -> str:
    inside = path[len(shared) :] if shared else path
    return PureWindowsPath(inside.lstrip("/\\")).as_posix() if shared else inside
