"""The parts of a workbook as they were before it was marked, kept inside the marked copy.

As long as nobody has saved the copy, taking the marks out gives back the very bytes. Programs that
save it drop this part, or change another one: then the marks are taken out one by one instead.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from workbook_tool.excel.ooxml.archive import Member, Refused, member, read_members, write_members
from workbook_tool.excel.ooxml.package import Package

_PART = "workbookTool/originals.dat"
_RELATION = "urn:workbook-tool:originals"
_TYPE = "application/vnd.workbook-tool.originals"
_LIST, _FOLDER = "list.json", "parts/"


def keep(package: Package, before: Sequence[Member]) -> None:
    """Put a part into the workbook that holds every part as it was before, where it differs now."""
    package.add(_PART, b"", _TYPE, compress=False)
    package.relate(package.workbook, _RELATION, _PART)
    now = {one.key: one for one in package.members()}
    old = {one.key: one for one in before}
    wrote = {
        one.name: _sign(one) for one in now.values() if one.name != _PART and old.get(one.key) is not one
    }
    index = {"order": [one.name for one in before], "wrote": wrote}
    kept = [
        replace(one, name=_FOLDER + one.name, stored_name=_FOLDER.encode() + one.stored_name)
        for one in before
        if now.get(one.key) is not one
    ]
    content = write_members([member(_LIST, json.dumps(index, ensure_ascii=False).encode()), *kept])
    package.replace(_PART, content, compress=False)


def restore(package: Package) -> Package | None:
    """The workbook as it was before it was marked; None where it was changed since, or never marked."""
    if not package.has(_PART):
        return None
    try:
        return _restored(package)
    except (Refused, ValueError, KeyError, TypeError, AttributeError):
        return None  # somebody else's part of that name, or a damaged one


def drop(package: Package) -> None:
    """Take the part with the originals out."""
    if package.has(_PART):
        for relation in list(package.relations(package.workbook).values()):
            if relation.type == _RELATION:
                package.unrelate(package.workbook, relation.id)
        package.remove(_PART)


def _restored(package: Package) -> Package | None:
    kept = {one.key: one for one in read_members(package.read(_PART), package.limits)}
    index = json.loads(kept.pop(_LIST).inflate())
    wrote: dict[str, str] = index["wrote"]
    order: list[str] = index["order"]
    now = {one.key: one for one in package.members()}
    if any(name.casefold() not in now or _sign(now[name.casefold()]) != sign for name, sign in wrote.items()):
        return None
    known = {name.casefold() for name in (*wrote, *order, _PART)}
    if now.keys() - known:
        return None
    members = []
    for name in order:
        original = kept.get((_FOLDER + name).casefold())
        if original is not None:
            stored = original.stored_name[len(_FOLDER) :]
            members.append(replace(original, name=name, stored_name=stored))
        elif name not in wrote:
            members.append(now[name.casefold()])
        else:
            return None
    return package.rebuilt(members)


def _sign(one: Member) -> str:
    """By what a part is known to be as it was written: against chance, since it proves nothing anyway."""
    return f"{one.size}:{one.crc:08x}"
