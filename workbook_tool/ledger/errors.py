"""What can go wrong with a ledger, as one sentence a clerk can act on."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

WAIT = 30
"""How many seconds a writer waits for another to finish."""

LOCKED = f"台账“{{where}}”正被另一个程序占用，等了{WAIT}秒仍未空出来。请等它做完或关掉它，然后再试。"
FULL = "台账“{where}”所在的磁盘空间不足，请清理后再试。已经记下的不会丢。"
CLOSED = "台账“{where}”打不开或写不进去：文件夹不存在，或者没有读写的权限。请换一个能写的文件夹。"
ALIEN = "“{where}”不是台账文件。请换一个文件名，或指明原来的台账。"
DAMAGED = "台账“{where}”已经损坏，请用备份替换后再试。"
BROKEN = "读写台账“{where}”时磁盘出错，请检查磁盘或网络盘后再试。"
UNREACHABLE = "连不上台账数据库“{where}”。请检查地址和端口，并确认数据库已经启动。"
REFUSED = "台账数据库“{where}”不接受这个用户名或密码，请核对后再试。"
ABSENT = "台账数据库“{where}”里没有这个数据库或用户，请先建好再试。"
FORBIDDEN = "在台账数据库“{where}”中没有建表或写入的权限，请向管理员申请。"
CUT_OFF = "与台账数据库“{where}”的连接中断了，请稍后再试。已经记下的不会丢。"
OTHER = "读写台账“{where}”时出错（{what}）。请稍后再试，仍不行请告诉维护者。"

SQLITE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": CLOSED,
    "SQLITE_CANTOPEN": CLOSED,
    "SQLITE_PERM": CLOSED,
    "SQLITE_NOTADB": ALIEN,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_IOERR": BROKEN,
}
"""By SQLite's name of the error; its extended names begin with these."""

POSTGRESQL = {
    "28": REFUSED,
    "3D": ABSENT,
    "42501": FORBIDDEN,
    "53100": FULL,
    "55P03": LOCKED,
    "57P": CUT_OFF,
    "08": CUT_OFF,
}
"""By the beginning of PostgreSQL's five-character code."""

WORDS = (
    ("password", REFUSED),
    ("authentication", REFUSED),
    ("pg_hba.conf", REFUSED),
    ("does not exist", ABSENT),
)
"""While a connection is made there is no code, only the words of server and client library."""


class LedgerError(Exception):
    """The ledger cannot be read or written; the sentence says why and what to do."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Let whatever goes wrong with a database come out as a LedgerError.

    Args:
        where: The ledger's file, or its address without the password.

    Raises:
        LedgerError: Something went wrong.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as problem:
        raise LedgerError(sentence(problem, where)) from problem


def sentence(problem: BaseException, where: str) -> str:
    """What a clerk is told about it."""
    cause = _cause(problem)
    lost = isinstance(problem, DBAPIError) and problem.connection_invalidated
    says = _known(cause) or (CUT_OFF if lost else OTHER)
    return says.format(where=where, what=" ".join(str(cause).split()) or type(cause).__name__)


def is_locked(problem: LedgerError) -> bool:
    """Whether another program was in the way."""
    return _known(_cause(problem.__cause__)) == LOCKED


def _cause(problem: BaseException | None) -> BaseException | None:
    """What the driver said, where a driver said anything."""
    return problem.orig if isinstance(problem, DBAPIError) and problem.orig else problem


def _known(cause: BaseException | None) -> str | None:
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", None) or ""
        return _beginning(name, SQLITE)
    if isinstance(cause, OSError):
        closed = isinstance(cause, PermissionError | FileNotFoundError | NotADirectoryError)
        return CLOSED if closed else FULL if cause.errno == errno.ENOSPC else BROKEN
    code = getattr(cause, "sqlstate", None)
    if code:
        return _beginning(code, POSTGRESQL)
    if type(cause).__module__.startswith("psycopg") and type(cause).__name__.endswith(
        ("OperationalError", "Timeout")
    ):
        text = str(cause)
        return next((says for word, says in WORDS if word in text), UNREACHABLE)
    return None


def _beginning(code: str, sentences: dict[str, str]) -> str | None:
    return next((says for start, says in sentences.items() if code.startswith(start)), None)
