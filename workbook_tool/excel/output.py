"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


class OutputError(OSError):
    """A file that could not be written; `strerror` says in Chinese why and what to do."""


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside the target first, then put in its place.

    Raises:
        OutputError: The target is open in another program, or may not be written.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".tmp-", suffix=path.suffix, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as problem:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise OutputError(problem.errno, _why(problem), str(path)) from problem


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def _why(problem: OSError) -> str:
    if isinstance(problem, PermissionError):
        return "没有权限，或文件正在 Excel、WPS 中打开，请关闭后再试"
    if isinstance(problem, FileNotFoundError):
        return "文件夹不存在"
    if problem.errno == 28:
        return "磁盘空间不足，请清理后再试"
    return problem.strerror or "写不进去"
