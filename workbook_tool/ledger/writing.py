"""What one transaction writes; the caller holds the writers' lock, so nothing looked up can change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.sql.compiler import SQLCompiler

from workbook_tool.ledger.entries import Decision, Run, Sighting, owner
from workbook_tool.ledger.schema import FIGURES, FINDINGS, RESULTS, SCORES, SIGHTINGS, STATES, VERSIONS
from workbook_tool.outputs.packing import Packed, clean

T = TypeVar("T")

Kept = tuple[str, Mapping[str, int]]
"""A content, and its figures by name."""

ROWS_AT_ONCE = 20_000
"""How many rows are made ready at a time."""

AT_ONCE = 500
"""How many values one statement may ask for; an old SQLite takes 999."""


def groups(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """The items, so many at a time."""
    group: list[T] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def put_versions(connection: Connection, run: Run, packed: Sequence[Packed], now: str) -> None:
    """Keep each content once, numbered within its department in the order first seen.

    A content whose department was not known before is moved to it when it is.
    """
    ours = {sha256: one.version for sha256, one in _each_once(packed).items()}
    known = _known_owners(connection, list(ours))
    owners = {sha256: owner(row["code"], row["department"]) for sha256, row in ours.items()}
    moved = [s for s, was in known.items() if ours[s]["code"] and owners[s] != was]
    new = [s for s in ours if s not in known]
    last = _last_numbers(connection, {owners[s] for s in (*new, *moved)})
    rows = []
    for sha256 in (*moved, *new):
        last[owners[sha256]] = last.get(owners[sha256], 0) + 1
        rows.append(ours[sha256] | {"owner": owners[sha256], "number": last[owners[sha256]]})
    for row in rows[: len(moved)]:
        connection.execute(update(VERSIONS).where(VERSIONS.c.sha256 == row["sha256"]).values(row))
    _insert(connection, VERSIONS, [r | {"first_run": run.id, "first_seen": now} for r in rows[len(moved) :]])


def _each_once(packed: Iterable[Packed]) -> dict[str, Packed]:
    """By content; what could not be read has none."""
    ours: dict[str, Packed] = {}
    for one in packed:
        if one.sha256:
            ours.setdefault(one.sha256, one)
    return ours


def _known_owners(connection: Connection, hashes: Sequence[str]) -> dict[str, str]:
    wanted = select(VERSIONS.c.sha256, VERSIONS.c.owner)
    return {
        sha256: name
        for group in groups(hashes)
        for sha256, name in connection.execute(wanted.where(VERSIONS.c.sha256.in_(group)))
    }


def _last_numbers(connection: Connection, owners: Iterable[str]) -> dict[str, int]:
    wanted = select(VERSIONS.c.owner, func.max(VERSIONS.c.number)).group_by(VERSIONS.c.owner)
    return {
        name: number
        for group in groups(sorted(owners))
        for name, number in connection.execute(wanted.where(VERSIONS.c.owner.in_(group)))
    }


def put_sightings(connection: Connection, run: Run, seen: Iterable[Sighting]) -> None:
    """Note which file lay where; a path seen again in the same run is what it was last."""
    rows = {
        clean(s.path): {
            "run": run.id,
            "path": clean(s.path),
            "sha256": s.sha256 or None,
            "modified": s.modified,
        }
        for s in seen
    }
    for group in groups(rows):
        connection.execute(delete(SIGHTINGS).where(SIGHTINGS.c.run == run.id, SIGHTINGS.c.path.in_(group)))
    _insert(connection, SIGHTINGS, list(rows.values()))


def put_results(connection: Connection, run: Run, packed: Sequence[Packed]) -> None:
    """Keep the result of each content by the run's checks, once.

    A result that is there already is left as it is, but for an annotated copy that lies elsewhere now.
    """
    ours = _each_once(packed)
    known = _known_copies(connection, list(ours), run.fingerprint)
    for sha256, copy in known.items():
        result = ours[sha256].result
        if result["copy"] is not None and result["copy"] != copy:
            changed = {"copy": result["copy"], "content": result["content"]}
            here = (RESULTS.c.sha256 == sha256, RESULTS.c.fingerprint == run.fingerprint)
            connection.execute(update(RESULTS).where(*here).values(changed))
    new = [p for sha256, p in ours.items() if sha256 not in known]
    if not new:
        return
    made = insert(RESULTS).returning(RESULTS.c.id, sort_by_parameter_order=True)
    rows = [p.result | {"fingerprint": run.fingerprint, "run": run.id} for p in new]
    numbers = connection.execute(made, rows).scalars().all()
    numbered = list(zip(numbers, new, strict=True))
    _insert(connection, FINDINGS, [line | {"result": n} for n, p in numbered for line in p.findings])
    _insert(connection, SCORES, [line | {"result": n} for n, p in numbered for line in p.scores])


def _known_copies(connection: Connection, hashes: Sequence[str], fingerprint: str) -> dict[str, str | None]:
    wanted = select(RESULTS.c.sha256, RESULTS.c.copy).where(RESULTS.c.fingerprint == fingerprint)
    return {
        sha256: copy
        for group in groups(hashes)
        for sha256, copy in connection.execute(wanted.where(RESULTS.c.sha256.in_(group)))
    }


def put_states(connection: Connection, run: Run, decisions: Iterable[Decision]) -> None:
    """Keep what was decided on each department; a run that decides again has changed its mind."""
    rows = {
        owner(clean(d.code), clean(d.department)): {
            "run": run.id,
            "owner": owner(clean(d.code), clean(d.department)),
            "code": clean(d.code),
            "department": clean(d.department),
            "state": d.state,
            "why": clean(d.why),
            "sha256": d.sha256 or None,
        }
        for d in decisions
    }
    for group in groups(rows):
        connection.execute(delete(STATES).where(STATES.c.run == run.id, STATES.c.owner.in_(group)))
    _insert(connection, STATES, list(rows.values()))


def put_figures(connection: Connection, run: Run, year: int, counted: Mapping[str, Kept]) -> None:
    """Keep a year's figures of departments (code -> sha256 and figures) in place of those there were."""
    for group in groups(counted):
        connection.execute(delete(FIGURES).where(FIGURES.c.fiscal_year == year, FIGURES.c.code.in_(group)))
    same = {"fiscal_year": year, "run": run.id}
    rows = (
        same | {"code": code, "sha256": sha256, "figure": name, "value": value}
        for code, (sha256, values) in counted.items()
        for name, value in values.items()
    )
    for some in groups(rows, ROWS_AT_ONCE):
        _insert(connection, FIGURES, some)


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of one shape: handed to the database's own bulk insert as they are.

    SQLAlchemy would look through each of them, which takes longer than to write it; nothing here is
    of a type that it would have to convert.
    """
    if not rows:
        return
    made = insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
    assert isinstance(made, SQLCompiler)
    plain = [tuple(row[name] for name in made.positiontup) for row in rows] if made.positiontup else rows
    connection.exec_driver_sql(made.string, plain)
