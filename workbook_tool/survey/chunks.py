"""Which files are checked together, and the name under which the results of each chunk are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from workbook_tool.excel.ooxml.bundle import ARCHIVES, bundled_in
from workbook_tool.excel.ooxml.source import RESULTS, SUFFIXES, Held, Source, is_skipped
from workbook_tool.survey.storage import Place, StorageError

LEAST, MOST = 48, 192
"""How few and how many workbooks make a chunk: fewer take longer each, more take more memory."""

MOST_BYTES = 20 << 20
"""How large they may be together; they take ten times as much memory. A larger one is a chunk of its own."""

ENDS = 32
"""Of so many paths one ends a chunk that has its LEAST."""


@dataclass(frozen=True)
class Item:
    """A file that may be a return.

    Attributes:
        place: The number of the place it was found at.
        path: From there; of a member of an archive that of the archive.
        file: What it is called in the results: the path, behind the place's name where there are several.
        size: In bytes; None where the store does not say.
        mark: What changes with its content.
        modified: When it was last changed: UTC, ISO.
        held: Where its archive holds it; None for a file.
        refusal: Why it is not even read; None for all others.
    """

    place: int
    path: str
    file: str
    size: int | None
    mark: str
    modified: str | None
    held: Held | None = None
    refusal: str | None = None


def listed(places: Sequence[Place], besides: Sequence[Place]) -> Iterator[Item]:
    """The workbooks at some places and in their archives, those of each in the order of their paths.

    Raises:
        StorageError: A place cannot be read.
    """
    for number, place in enumerate(places):
        for entry in place.walk(besides):
            path = PurePosixPath(entry.path)
            if path.suffix.casefold() not in SUFFIXES | ARCHIVES:
                continue
            if is_skipped(path.name) or RESULTS in path.parts:
                continue
            file = f"{place.name}/{entry.path}" if len(places) > 1 else entry.path
            item = Item(number, entry.path, file, entry.size, entry.mark, entry.modified)
            yield from _members(item, place) if path.suffix.casefold() in ARCHIVES else [item]


def _members(archive: Item, place: Place) -> Iterator[Item]:
    """The workbooks of an archive; one that cannot be read is an item by itself, and says so when it is."""
    whole = Source(archive.file, Path(archive.path), archive.size or 0, archive.modified)
    try:
        with place.reading(archive.path) as content:
            sources = bundled_in(whole, content)
    except StorageError:
        yield archive
        return
    for one in sources:
        if one.held is None:
            yield replace(archive, refusal=one.refusal)
        else:
            mark = f"{archive.mark} {one.held.offset} {one.held.crc}"
            yield replace(
                archive, file=one.path, size=one.size, mark=mark, modified=one.modified, held=one.held,
                refusal=one.refusal,
            )  # fmt: skip


def cut(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in chunks that depend on nothing but the items.

    A chunk ends where the item's path says so, not after a fixed number: then one that comes or goes
    changes its own chunk, and all others stay what they are and need not be done again.
    """
    chunk: list[Item] = []
    size = 0
    for item in items:
        own = item.size or 0
        if chunk and (len(chunk) == MOST or size + own > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += own
        if len(chunk) >= LEAST and _ends(item):
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _ends(item: Item) -> bool:
    return int.from_bytes(hashlib.sha256(item.file.encode()).digest()[:4]) % ENDS == 0


def name_of(items: Sequence[Item], way: str) -> str:
    """The name of a chunk's results: equal for the same contents checked in the same way.

    Args:
        items: The chunk.
        way: A word for everything else that the results depend on.
    """
    digest = hashlib.sha256(way.encode())
    for item in items:
        digest.update(f"\0{item.file}\0{item.size}\0{item.mark}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]
