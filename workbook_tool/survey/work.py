"""What one worker does, here or on another machine: a chunk's files in, its tables out.

A worker needs this package and the addresses, nothing else: the pack comes with the task. Tables are
written under the name of what they were made from, so that a chunk that is done twice is harmless.
"""

from __future__ import annotations

import atexit
import io
import os
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

from workbook_tool import TRACEBACK
from workbook_tool.excel.ooxml.archive import Limits
from workbook_tool.excel.ooxml.output import OutputError
from workbook_tool.excel.ooxml.package import Refused
from workbook_tool.excel.ooxml.source import Loaded, Source
from workbook_tool.forms.load import load_pack
from workbook_tool.ledger.fingerprint import fingerprint
from workbook_tool.model import Pack, PackError
from workbook_tool.notices import CRASHED, TOO_MUCH
from workbook_tool.outputs.kept import Reviewed
from workbook_tool.run import Failure, check_chunk
from workbook_tool.settings import in_force
from workbook_tool.sources import MARK, usable
from workbook_tool.survey.chunks import Item
from workbook_tool.survey.counting import IN_ARCHIVE
from workbook_tool.survey.parts import parts_of, place_of
from workbook_tool.survey.storage import Place, StorageError

UNSURE = "-again"
"""Ends the name of a chunk's tables that hold for this run only: something in it could not be read or
checked for reasons that may pass."""

_HEAD = 8192
"""More than what stands before a member of an archive: its name, and what programs note of it."""

_VERSION = (
    "处理进程所在的机器装的 workbook-tool 和这台机器的不是同一版，或模板包不同，结果会不一样。"
    "请在每台机器上安装同一版后再运行。"
)


class WorkError(Exception):
    """A worker that would not do the same as the others; the sentence says what to do."""


@dataclass(frozen=True)
class Settings:
    """What every worker is told.

    Attributes:
        places: The addresses of the inputs.
        out: The address of the output.
        annotated: The address that takes annotated copies; None where none are wanted.
        pack: The pack's folder; for other machines its files that checks need, packed, by name.
        fingerprint: What the pack and this tool's code must come to.
    """

    places: tuple[str, ...]
    out: str
    annotated: str | None
    pack: Path | dict[str, bytes]
    fingerprint: str


@dataclass(frozen=True)
class Ready:
    """What a worker holds ready for its tasks."""

    pack: Pack
    places: tuple[Place, ...]
    out: Place
    annotated: Place | None


@dataclass(frozen=True)
class Task:
    """A chunk to be checked; its tables get this name."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Done:
    """A chunk whose tables lie there under this name."""

    name: str


def packed(pack: Pack) -> dict[str, bytes]:
    """The files of a pack that checks need, to be sent to other machines."""
    assert pack.folder is not None
    files = [file for ending in ("*.yaml", "*.py") for file in sorted(pack.folder.glob(ending))]
    return {file.name: zlib.compress(file.read_bytes(), 9) for file in files}


def make_ready(settings: Settings) -> Ready:
    """Read the pack and open the addresses.

    Raises:
        WorkError: This machine would not find the same as the one that sent the pack.
        PackError: The pack is wrong.
        StorageError: An address cannot be used here.
    """
    pack = load_pack(_unpacked(settings.pack) if isinstance(settings.pack, dict) else settings.pack)
    if fingerprint(pack) != settings.fingerprint:
        raise WorkError(_VERSION)
    places = tuple(Place(url) for url in settings.places)
    annotated = Place(settings.annotated) if settings.annotated else None
    return Ready(pack, places, Place(settings.out), annotated)


def _unpacked(files: dict[str, bytes]) -> Path:
    """The folder of a pack that was sent, for as long as this process lives."""
    folder = Path(tempfile.mkdtemp(prefix="workbook-tool-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).write_bytes(zlib.decompress(content))
    return folder


def work(ready: Ready, task: Task) -> Done | Failure:
    """Check a chunk and write its tables; an error of the program itself is the failure of all of it.

    Raises:
        PackError: The pack is wrong.
        OSError: A copy cannot be written.
        StorageError: The tables cannot be written.
    """
    loaded = loaded_of(task.items, ready.places)
    try:
        reviewed = _checked(ready, task.items, [source for source, _ in loaded])
        unsure = any(again for _, again in loaded)
        return kept(ready, task.name + UNSURE if unsure else task.name, reviewed)
    except (PackError, OutputError, StorageError):
        raise
    except MemoryError:
        return Failure(TOO_MUCH, {"limit": "可用的"})
    except Exception as problem:
        if os.environ.get(TRACEBACK):
            raise
        return Failure(CRASHED, {"reason": type(problem).__name__})


def kept(ready: Ready, name: str, reviewed: Sequence[Reviewed]) -> Done:
    """Write the tables of a chunk; the one by which it counts as done comes last."""
    for part in parts_of(reviewed, ready.pack):
        ready.out.put(place_of(part.table, name), part.content)
    return Done(name)


def _checked(ready: Ready, items: Sequence[Item], loaded: Sequence[Loaded]) -> list[Reviewed]:
    """The results of a chunk, its copies written."""
    if ready.annotated is None:
        return check_chunk(loaded, ready.pack)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        wanted = [replace(one, copy=Path(folder, f"{number}.xlsx")) for number, one in enumerate(loaded)]
        return [
            _copied(ready.annotated, item, one)
            for item, one in zip(items, check_chunk(wanted, ready.pack), strict=True)
        ]


def _copied(place: Place, item: Item, reviewed: Reviewed) -> Reviewed:
    """The result with its copy where it belongs."""
    if reviewed.copy is None:
        return reviewed
    name = name_of_copy(item)
    place.put(name, Path(reviewed.copy).read_bytes())
    return replace(reviewed, copy=place.address(name))


def name_of_copy(item: Item) -> str:
    """What the annotated copy of a file is called, from the address of the copies."""
    path = PurePosixPath(item.file) if item.held is None else _as_a_folder(item.file)
    return str(path.with_name(f"{path.stem}{MARK}{path.suffix}"))


def _as_a_folder(file: str) -> PurePosixPath:
    """Where a member of an archive goes: called as any system can write it, and below the archive.

    One that is called otherwise has a name that no other has. The archive keeps its ending, since it may
    have been unpacked beside itself.
    """
    ending = IN_ARCHIVE.search(file)
    assert ending is not None
    archive, inner = file[: ending.end() - 1], file[ending.end() :]
    parts = [usable(part) for part in inner.split("/") if part not in ("", ".", "..")]
    if "/".join(parts) != inner:
        parts[-1] = f"{sha256(inner.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}-{parts[-1]}"
    return PurePosixPath(archive, *parts)


# ---- what is read


def loaded_of(items: Sequence[Item], places: Sequence[Place]) -> list[tuple[Loaded, bool]]:
    """The files in memory, and whether one could not be read for a reason that may pass."""
    most = in_force(Limits).file_bytes
    empty = [item for item in items if item.size == 0 and item.refusal is None]
    contents: dict[Item, bytes | Exception] = dict.fromkeys(empty, b"")
    for number, place in enumerate(places):
        mine = [i for i in items if i.place == number and i.size != 0 and _refusal(i, most) is None]
        spans = [_span(item, most) for item in mine]
        found = place.fetch([item.path for item in mine], spans) if mine else []
        contents |= {item: _taken_out(item, one) for item, one in zip(mine, found, strict=True)}
    return [_loaded(item, contents.get(item), most) for item in items]


def _span(item: Item, most: int) -> tuple[int, int]:
    """From which byte to before which a file is read: one more than it should have."""
    if item.held is not None:
        return item.held.offset, item.held.offset + item.held.packed + _HEAD
    return 0, 1 + (most if item.size is None else item.size)


def _taken_out(item: Item, content: bytes | Exception) -> bytes | Exception:
    """The content of a file, of a member of an archive as it was before it was packed."""
    if item.held is None or isinstance(content, Exception):
        return content
    member = Source(item.file, Path(item.path), item.size or 0)
    try:
        return member.taken_out(item.held, io.BytesIO(content))
    except Refused as problem:
        return problem


def _loaded(item: Item, content: bytes | Exception | None, most: int) -> tuple[Loaded, bool]:
    """A file with its content, or with the sentence why there is none."""

    def of(content: bytes | None = None, refusal: str | None = None) -> Loaded:
        size = item.size if content is None else len(content)
        return Loaded(item.file, Path(item.file), size or 0, item.modified, None, refusal, None, content)

    if content is None:
        return of(refusal=_refusal(item, most)), False
    if isinstance(content, Exception):
        return of(refusal=_why(content)), True
    if item.size is not None and len(content) != item.size:
        return of(refusal="核对时文件正在变动(可能还在上传)，没有核对。请等它传完再运行一次。"), True
    if len(content) > most:
        return of(refusal=_too_large(len(content), most)), False
    return of(content), False


def _refusal(item: Item, most: int) -> str | None:
    """Why a file is not even read."""
    if item.refusal is not None:
        return item.refusal
    if item.size is not None and item.size > most:
        return _too_large(item.size, most)
    return None


def _too_large(size: int, most: int) -> str:
    return f"文件有{size >> 20}兆，超过上限{most >> 20}兆，未读取。请压缩或删去图片后另存再报。"


def _why(problem: Exception) -> str:
    match problem:
        case Refused():
            return problem.message
        case FileNotFoundError():
            return "列出以后被移走或改名了，没有核对。请再运行一次。"
        case PermissionError():
            return "没有权限读取这个文件。请开放读取权限后再运行一次。"
    return f"读取时出错({type(problem).__name__})，没有核对。请检查网络和存储后再运行一次。"
