"""The tables of a ledger, and how an older ledger becomes one of today.

Texts and whole numbers only, so that SQLite and PostgreSQL keep the same; times are UTC, in ISO 8601.
The tables `findings` and `scores` say again what lies in the blobs of `results`, for people with SQL.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from workbook_tool.ledger.errors import ALIEN, LedgerError

META = MetaData()
LONG = BigInteger().with_variant(Integer, "sqlite")
NUMBER: TypeEngine[float] = Double().with_variant(REAL, "sqlite")


def _table(name: str, *parts: Column[object] | UniqueConstraint | Index) -> Table:
    return Table(name, META, *parts, sqlite_strict=True)


def _result() -> Column[object]:
    return Column("result", ForeignKey("results.id"), primary_key=True)


LEDGER = _table("ledger", Column("version", Integer, nullable=False))

RUNS = _table(
    "runs",
    Column("id", Integer, primary_key=True),
    Column("started", Text, nullable=False),
    Column("ended", Text),  # null while running, and for ever where it was cut off
    Column("who", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
)

# `owner` is the department's code, else its name, else empty: what versions are numbered by.
VERSIONS = _table(
    "versions",
    Column("sha256", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("code", Text),
    Column("department", Text),
    Column("pack", Text),
    Column("size", LONG, nullable=False),
    Column("saved", Text),
    Column("first_run", ForeignKey("runs.id"), nullable=False),
    Column("first_seen", Text, nullable=False),
    UniqueConstraint("owner", "number"),
)

SIGHTINGS = _table(
    "sightings",
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text),  # null where the file could not even be opened
    Column("modified", Text),
    Index("sightings_sha256", "sha256"),
)

RESULTS = _table(
    "results",
    Column("id", Integer, primary_key=True),
    Column("sha256", ForeignKey("versions.sha256"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("run", ForeignKey("runs.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("explains", Integer, nullable=False),
    Column("notes", Integer, nullable=False),
    Column("copy", Text),
    Column("submission", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("sha256", "fingerprint"),
)

FINDINGS = _table(
    "findings",
    _result(),
    Column("line", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("sheet", Text),
    Column("cell", Text),
    Column("field", Text),
    Column("value", Text),
    Column("expected", Text),
    Column("difference", Text),
    Column("message", Text, nullable=False),
    Index("findings_code", "code"),
)

SCORES = _table(
    "scores",
    _result(),
    Column("line", Integer, primary_key=True),
    Column("rubric", Text, nullable=False),
    Column("subject", Text),
    Column("self", NUMBER),
    Column("recomputed", NUMBER),
    Column("unproven", NUMBER),
    Column("grade", Text),
)

STATES = _table(
    "states",
    Column("run", ForeignKey("runs.id"), primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("code", Text),
    Column("department", Text),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("sha256", Text),
    Index("states_owner", "owner"),
)

FIGURES = _table(
    "figures",
    Column("fiscal_year", Integer, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("figure", Text, primary_key=True),
    Column("value", LONG, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("run", ForeignKey("runs.id"), nullable=False),
)

MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
"""What turns version 1 into 2, 2 into 3, and so on. Only added to; `META` is always the newest."""

NEWER = (
    "台账“{where}”是用较新的 workbook-tool 建的（台账版本{found}，本工具只认到{known}）。"
    "请升级 workbook-tool 后再用。"
)


def newest() -> int:
    """The version of a ledger that this tool makes."""
    return 1 + len(MIGRATIONS)


def found(connection: Connection) -> int | None:
    """The version of the ledger that is there; None where there is none."""
    if not inspect(connection).has_table(LEDGER.name):
        return None
    number: int | None = connection.execute(select(func.max(LEDGER.c.version))).scalar_one()
    return number


def prepare(connection: Connection, where: str) -> None:
    """Make the tables, or bring those there are up to date.

    Raises:
        LedgerError: A newer tool made this ledger, or this is something else.
    """
    version = found(connection)
    if version is None:
        there = set(inspect(connection).get_table_names())
        if there if connection.dialect.name == "sqlite" else there & set(META.tables):
            raise LedgerError(ALIEN.format(where=where))
        META.create_all(connection)
        connection.execute(insert(LEDGER).values(version=newest()))
    elif version > newest():
        raise LedgerError(NEWER.format(where=where, found=version, known=newest()))
    elif version < newest():
        for migrate in MIGRATIONS[version - 1 :]:
            migrate(connection)
        connection.execute(update(LEDGER).values(version=newest()))
