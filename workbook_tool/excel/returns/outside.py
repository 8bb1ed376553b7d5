"""What in a workbook reaches out of it: links to other files, connections, formulas that fetch or run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import unquote

from workbook_tool.excel.ooxml.package import Package, Refused

_LONGEST = 60
"""How much of a file's name is repeated."""

_STRINGS = re.compile(r'"(?:[^"]|"")*"')
_FILE = re.compile(r"\[([^\[\]]+)\][^\[\]!'\"(),;+*/]*'?!")
_ACTIVE = re.compile(
    r"(?<![\w.])(?:_XLFN\.)?(?:_XLWS\.)?(WEBSERVICE|FILTERXML|RTD|DDE|IMAGE|CALL|REGISTER(?:\.ID)?|EXEC)\(",
    re.I,
)
_DDE = re.compile(r"[\w'\]]\|['\w]")
_LINK = re.compile(r"(?<![\w.])HYPERLINK\(", re.I)
_SUSPICIOUS = re.compile(r"[\[|]|WEBSERVICE|FILTERXML|RTD|DDE|IMAGE|CALL|REGISTER|EXEC|HYPERLINK", re.I)


@lru_cache(maxsize=4096)  # the returns of one template have the same formulas
def reaches(formula: str) -> tuple[str, str] | None:
    """How a formula reaches out of its workbook, and with what: file, active or link; None for most.

    Args:
        formula: As the formula bar shows it.
    """
    if not _SUSPICIOUS.search(formula):
        return None
    bare = _STRINGS.sub('""', formula)
    active = _ACTIVE.search(bare)
    if active:
        return "active", active[1].upper()
    if _DDE.search(bare):
        return "active", "DDE"
    file = _FILE.search(bare)
    if file:
        return "file", file[1]
    return ("link", "HYPERLINK") if _LINK.search(bare) else None


@dataclass(frozen=True, slots=True)
class Outside:
    """What a workbook is linked with.

    Attributes:
        files: The names of the other files.
        broken: How many links lead nowhere.
        connections: Whether it fetches data from a database or the web.
        programs: Whether it asks another program for data (DDE).
    """

    files: tuple[str, ...] = ()
    broken: int = 0
    connections: bool = False
    programs: bool = False

    def name_of(self, file: str) -> str:
        """The file that formulas call by its number, or as they call it."""
        number = int(file) - 1 if file.isdecimal() and len(file) < 5 else -1
        return self.files[number] if 0 <= number < len(self.files) else file

    def __bool__(self) -> bool:
        return bool(self.files or self.broken or self.connections or self.programs)


def outside(package: Package) -> Outside:
    """What a workbook is linked with, as its parts say; nothing is opened."""
    files: list[str] = []
    broken = 0
    programs = connections = False
    for relation in package.relations(package.workbook).values():
        if relation.kind in ("connections", "volatileDependencies"):
            connections = True
        elif relation.kind == "externalLink":
            names = None if relation.external else _linked(package, relation.target)
            programs |= names is not None and not names
            files += names or ()
            broken += names is None or "" in names
    return Outside(tuple(dict.fromkeys(filter(None, files))), broken, connections, programs)


def _linked(package: Package, part: str) -> list[str] | None:
    """The files that a part links to, empty names for what leads nowhere.

    None where the part is lost; no name at all where it speaks to a program.
    """
    try:
        tree = package.parse(part)
        relations = package.relations(part)
    except Refused:
        return None
    if tree.find("{*}ddeLink") is not None or tree.find("{*}oleLink") is not None:
        return []
    return [_name(r.target) if r.kind != "xlPathMissing" else "" for r in relations.values()] or [""]


def _name(target: str) -> str:
    """The file's name alone: the folders of somebody's machine are nobody's business."""
    return PurePosixPath(unquote(target).replace("\\", "/")).name[:_LONGEST]
