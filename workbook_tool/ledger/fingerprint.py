"""One word for everything that decides what a check finds: the pack, its Python, and our own."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from workbook_tool import __version__
from workbook_tool.model import Pack

CHECKING = ("model", "forms", "checks", "excel", "findings.py", "notices.py", "assess.py", "outputs")
"""The parts of this package that a result depends on; a change in one of them means to check anew."""

APART = {"county"}
"""What a pack declares for many workbooks together: no result of one workbook depends on it."""


def fingerprint(pack: Pack) -> str:
    """Equal for equal checks: the pack as declared, the Python of its rules, and this tool's own.

    Comments and the layout of the pack's YAML, its cases and its template file are left out.
    """
    digest = hashlib.sha256(f"{_tool()}\0{pack.name}\0".encode())
    digest.update(pack.model_dump_json(exclude=APART).encode("utf-8", "surrogatepass"))
    if pack.folder is not None:
        _add(digest, pack.folder, sorted(pack.folder.glob("*.py")))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _tool() -> str:
    package = Path(__file__).resolve().parent.parent
    files = [
        file
        for name in CHECKING
        for file in ([package / name] if name.endswith(".py") else sorted((package / name).rglob("*.py")))
    ]
    digest = hashlib.sha256(__version__.encode())
    _add(digest, package, [file for file in files if file.is_file()])
    return digest.hexdigest()


def _add(digest: hashlib._Hash, folder: Path, files: list[Path]) -> None:
    for file in files:
        content = file.read_bytes().replace(b"\r\n", b"\n")  # a checkout on Windows is the same pack
        digest.update(f"{file.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
