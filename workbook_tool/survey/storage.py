"""A folder at an address: of this machine, an object store, whatever fsspec knows.

The only module that knows fsspec. Whoever may read and write an address is for each kind of store to
settle, in its own environment variables or settings: no address here holds a password.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from workbook_tool.excel.ooxml.output import reason
from workbook_tool.excel.ooxml.source import RESULTS, timestamp

UNFINISHED = "tmp"
"""The folder that takes files until they are whole; whatever is left in it may be removed."""

_CONTENT = ("ETag", "etag", "content_md5", "md5Hash", "Content-MD5", "crc32c", "checksum")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "Last-Modified", "created")
"""What stores call the mark of a content, and the time of its last change."""


class StorageError(Exception):
    """An address that cannot be read or written; the sentence says in Chinese why and what to do."""


@dataclass(frozen=True)
class Entry:
    """A file of a folder.

    Attributes:
        path: From the folder, with `/` between its parts.
        size: In bytes; None where the store does not say.
        mark: What changes with the content: its checksum, else the time of its last change.
        modified: When it was last changed: UTC, ISO.
    """

    path: str
    size: int | None
    mark: str
    modified: str | None


class Place:
    """A folder, or a single file, at an address.

    Args:
        address: A path of this machine or a URL, e.g. `s3://bucket/returns`.

    Attributes:
        url: The address in full, the same for every process.

    Raises:
        StorageError: There is no such kind of store, or what it needs is not installed.
    """

    def __init__(self, address: str):
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra
        except ImportError as problem:
            raise StorageError(
                "没有安装成批处理所需的组件，请运行 pip install workbook-tool[scale] 安装。"
            ) from problem
        try:
            self._fs, root = url_to_fs(address)
        except ImportError as problem:
            kind = address.partition("://")[0]
            raise StorageError(
                f"读写“{kind}://”的存储要另装它的组件：{problem}。请在每台机器上安装后再试。"
            ) from problem
        except ValueError as problem:
            says = f"看不懂地址“{address}”：{problem}。请写文件夹，或 s3://桶/目录 这样的地址。"
            raise StorageError(says) from problem
        self._root = root.rstrip("/") or root
        self.url = str(self._fs.unstrip_protocol(self._root))

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        protocol = self._fs.protocol
        return "file" in ((protocol,) if isinstance(protocol, str) else protocol)

    @property
    def name(self) -> str:
        """The last part of its address."""
        return str(self._root.rpartition("/")[2])

    def address(self, name: str) -> str:
        """The full address of a file in it; of one of this machine its path."""
        full = self._full(name)
        return full if self.is_local else str(self._fs.unstrip_protocol(full))

    def _full(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    # ---- what is there

    def walk(self, besides: Sequence[Place] = ()) -> Iterator[Entry]:
        """All files below, in the order of their paths, but for folders of results.

        No more than one folder of the first level is held at a time.

        Args:
            besides: Places whose files are left out.

        Raises:
            StorageError: It is not there or may not be read.
        """
        skipped = tuple(place.url.rstrip("/") + "/" for place in besides)
        with told(self.address("")):
            self._fs.invalidate_cache()
            top = self._fs.info(self._root)
            if top["type"] == "file":
                yield self._entry(self.name, self._root, top)
                return
            for found in self._levels(skipped):
                for full in sorted(found, key=lambda path: path.split("/")):
                    path, info = full[len(self._root) :].lstrip("/"), found[full]
                    if info["type"] == "file" and path and not self._is_in(full, skipped):
                        yield self._entry(path, full, info)

    def _is_in(self, full: str, places: tuple[str, ...]) -> bool:
        return f"{self._fs.unstrip_protocol(full)}/".startswith(places)

    def _levels(self, skipped: tuple[str, ...]) -> Iterator[dict[str, Mapping[str, Any]]]:
        """The files of each folder of the first level, and each file that lies beside them."""
        first = {info["name"].rstrip("/"): info for info in self._fs.ls(self._root, detail=True)}
        first.pop(self._root, None)  # a store may list a folder as an empty file in itself
        for path in sorted(first):
            if first[path]["type"] != "directory":
                yield {path: first[path]}
            elif path.rpartition("/")[2] != RESULTS and not self._is_in(path, skipped):
                yield self._fs.find(path, detail=True)

    def _entry(self, path: str, full: str, info: Mapping[str, Any]) -> Entry:
        if not any(info.get(name) for name in (*_CONTENT, *_TIMES)):
            info = {**info, **self._fs.info(full)}  # a list of links tells nothing but names
        moment = next((info[name] for name in _TIMES if info.get(name)), None)
        mark = next((info[name] for name in _CONTENT if info.get(name)), moment)
        return Entry(path, info.get("size"), "" if mark is None else str(mark), _iso(moment))

    def names(self, folder: str) -> set[str]:
        """The names of the files in a folder of it; none where there is no such folder."""
        with told(self.address("")):
            self._fs.invalidate_cache()
            try:
                return {path.rpartition("/")[2] for path in self._fs.find(self._full(folder))}
            except FileNotFoundError:
                return set()

    def fetch(self, paths: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[bytes | Exception]:
        """The contents of many files from one byte to before another; what could not be read says why.

        A store that is far away gives many at once.
        """
        starts, ends = ([span[end] for span in spans] for end in (0, 1))
        found: list[bytes | Exception] = self._fs.cat_ranges(
            [self._full(path) for path in paths], starts, ends, on_error="return"
        )
        return found

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """A file of it to be read.

        Raises:
            StorageError: It is not there or cannot be read.
        """
        with told(self.address(name)), self._fs.open(self._full(name), "rb") as file:
            yield file

    @contextmanager
    def near(self, names: Sequence[str]) -> Iterator[list[str]]:
        """Files of it as files of this machine, for as long as they are needed.

        Those that are far away are copied first, many at once: they are then read several times.

        Raises:
            StorageError: They are not there or cannot be read.
        """
        if self.is_local:
            yield [self._full(name) for name in names]
            return
        with tempfile.TemporaryDirectory(prefix="workbook-tool-") as folder:
            paths = [os.path.join(folder, f"{number}.parquet") for number in range(len(names))]
            with told(self.address("")):
                self._fs.get([self._full(name) for name in names], paths)
            yield paths

    # ---- what is written

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A file to be written that is there under its name only once it is whole.

        Raises:
            StorageError: It cannot be written.
        """
        target = self._full(name)
        temporary = self._full(f"{UNFINISHED}/{uuid.uuid4().hex}")
        with told(self.address(name)):
            for path in (target, temporary):
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            try:
                with self._fs.open(temporary, "wb") as file:
                    yield file
                    if self.is_local:
                        file.flush()
                        os.fsync(file.fileno())
                if self.is_local:
                    os.replace(temporary, target)
                else:
                    self._fs.mv(temporary, target)
            except BaseException:
                with suppress(Exception):
                    self._fs.rm_file(temporary)
                raise

    def put(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all.

        Raises:
            StorageError: It cannot be written.
        """
        with self.writing(name) as file:
            file.write(content)


@contextmanager
def told(address: str) -> Iterator[None]:
    """What goes wrong at an address is told as such, whatever the store calls it."""
    try:
        yield
    except OSError as problem:
        if problem.errno is None and not isinstance(problem, FileNotFoundError | PermissionError):
            raise StorageError(f"无法读写“{address}”：{problem}。请检查地址和网络后再运行一次。") from problem
        raise StorageError(f"无法读写“{address}”：{reason(problem)}。") from problem
    except Exception as problem:
        if type(problem).__module__.startswith(("workbook_tool", "pyarrow", "duckdb", "_duckdb", "builtins")):
            raise
        what = f"{type(problem).__name__}: {problem}"
        raise StorageError(f"无法读写“{address}”({what})。请检查地址、账号和网络后再运行一次。") from problem


def _iso(moment: Any) -> str | None:
    """A moment as a store tells it: seconds, a datetime, or a text of one of two kinds."""
    try:
        if isinstance(moment, int | float):
            return timestamp(moment)
        if isinstance(moment, datetime):
            return timestamp(moment.timestamp())
        if isinstance(moment, str):
            read = parsedate_to_datetime if "," in moment else datetime.fromisoformat
            return timestamp(read(moment).timestamp())
    except (ValueError, TypeError, OverflowError, OSError):
        pass
    return None
