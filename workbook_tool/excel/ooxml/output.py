"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import tempfile
from pathlib import Path

UNFINISHED = ".tmp-"
"""Begins the name of a file that is being written; the machine and the process that write it follow."""

MACHINE = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
"""Stands for this machine: its name may be one that no file can have."""

FULL = (errno.ENOSPC, errno.EDQUOT)


class OutputError(OSError):
    """A file that could not be written; `strerror` says in Chinese why and what to do."""


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside the target first, then put in its place.

    Raises:
        OutputError: The target is open in another program, or may not be written.
    """
    temporary = ""
    try:
        prefix = f"{UNFINISHED}{MACHINE}-{os.getpid()}-"
        handle, temporary = tempfile.mkstemp(prefix=prefix, suffix=path.suffix, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException as problem:  # Ctrl-C too leaves nothing
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(problem, OSError):
            raise OutputError(problem.errno, reason(problem), str(path)) from problem
        raise


def sweep(folder: Path) -> None:
    """Remove what killed processes of this machine have left unfinished in a folder; those alive go on."""
    for left in folder.glob(f"{UNFINISHED}{MACHINE}-*"):
        process = left.name.removeprefix(f"{UNFINISHED}{MACHINE}-").partition("-")[0]
        if process.isdigit() and not _is_alive(int(process)):
            with contextlib.suppress(OSError):
                left.unlink()


def _is_alive(process: int) -> bool:
    import psutil  # noqa: PLC0415 - hardly ever needed

    return bool(psutil.pid_exists(process))


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def reason(problem: OSError) -> str:
    """Why a file could not be read or written, and what to do, in Chinese and without a full stop."""
    if isinstance(problem, OutputError):
        return str(problem.strerror)
    if isinstance(problem, PermissionError):
        return "没有权限，或文件正在 Excel、WPS 中打开，请关闭后再试"
    if isinstance(problem, FileNotFoundError):
        return "文件或文件夹不存在"
    if problem.errno in FULL:
        return "磁盘空间不足，请清理后再试"
    if problem.errno == errno.EIO:
        return "磁盘出错，请检查磁盘或网络盘后再试"
    return f"系统错误 {problem.errno}"
