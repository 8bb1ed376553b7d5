"""Where a ledger lies and how its database is opened."""

from __future__ import annotations

import logging
import sqlite3
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from workbook_tool.ledger.errors import ALIEN, WAIT, LedgerError, told

MAGIC = b"SQLite format 3\0"

POSTGRESQL = ("postgresql", "postgres")
PASSING_WRITER = 0x6C656467
"""The number of the lock that a writer holds in PostgreSQL; any number that nobody else uses."""

SHARES = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "fuse.glusterfs"}
)
"""File systems of other machines, as Linux names them."""

# What goes wrong is told in a sentence; without this Python would also print SQLAlchemy's traceback.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

KINDS = "台账写文件名，或以 postgresql:// 开头的数据库地址；不支持“{kind}”。"
EXTRA = '要把台账放在 PostgreSQL 里，请先安装：pip install "workbook-tool[postgresql]"。'


def engine_of(place: str | Path) -> tuple[Engine, str]:
    """The engine of a ledger, and what it is called in sentences (without the password).

    Raises:
        LedgerError: The place cannot be a ledger, or what it needs is not installed.
    """
    url = _url(place)
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url), url.database or ""
        shown = url.set(drivername=POSTGRESQL[0], query={})  # a password may stand in the query too
        return _postgresql(url), shown.render_as_string(hide_password=True)
    except ModuleNotFoundError as problem:
        raise LedgerError(EXTRA) from problem


def _url(place: str | Path) -> URL:
    """The address; whatever has no `://` is a file."""
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        url = make_url(place)
        if url.drivername.partition("+")[0] in POSTGRESQL:
            return url.set(drivername="postgresql+psycopg")
        kind = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as problem:
        raise LedgerError(KINDS.format(kind=place.partition("://")[0] + "://")) from problem
    if kind != "sqlite" or not url.database:
        raise LedgerError(KINDS.format(kind=f"{kind}://"))
    return url.set(drivername="sqlite")


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    with told(str(path)):
        if path.is_dir() or (path.exists() and not _is_sqlite(path)):
            raise LedgerError(ALIEN.format(where=path))
    engine = create_engine(url, connect_args={"timeout": WAIT})
    journal = "DELETE" if on_a_share(path) else "WAL"

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, tables included
        connection.execute("PRAGMA foreign_keys=ON")
        # One commit a chunk makes the flush to disk free; NORMAL could forget, in a power cut, what
        # a clerk has already been told was recorded.
        connection.execute("PRAGMA synchronous=FULL")
        if connection.execute("PRAGMA journal_mode").fetchone()[0].upper() != journal:
            connection.execute(f"PRAGMA journal_mode={journal}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _is_sqlite(path: Path) -> bool:
    """Whether a file begins as SQLite's do, or is empty; SQLite itself would overwrite a short one."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) in (MAGIC, b"")


def _postgresql(url: URL) -> Engine:
    given = url.query.get("options", "")  # such as "-c search_path=…", for a ledger in a schema of its own
    options = f"{given} -c lock_timeout={WAIT}s -c client_encoding=UTF8".strip()
    engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "options": options})

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Writers pass one by one, as in SQLite: versions are numbered without gaps, and what one
        # has looked up cannot be overtaken by another.
        if connection.get_execution_options().get("writes"):
            connection.execute(text(f"SELECT pg_advisory_xact_lock({PASSING_WRITER})"))

    return engine


def on_a_share(path: Path) -> bool:
    """Whether a file lies on another machine's disk, where SQLite's write-ahead log is not safe."""
    absolute = path.absolute()
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - what this needs is there on Windows only

        remote = 4
        return absolute.drive.startswith("\\\\") or (
            ctypes.windll.kernel32.GetDriveTypeW(f"{absolute.drive}\\") == remote
        )
    mounts = Path("/proc/self/mounts")
    return mounts.exists() and shared_in(
        mounts.read_text(encoding="utf-8", errors="replace"), absolute.resolve()
    )


def shared_in(mounts: str, path: Path) -> bool:
    """Whether a path lies on a share, going by Linux's list of what is mounted where."""
    kinds: dict[Path, str] = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        kinds[Path(point.replace("\\040", " "))] = kind
    nearest = next((kinds[folder] for folder in (path, *path.parents) if folder in kinds), "")
    return nearest in SHARES
