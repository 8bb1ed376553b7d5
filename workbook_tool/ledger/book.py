"""The ledger as the rest of the house sees it: open it, start a run, record, look up."""

from __future__ import annotations

import getpass
import platform
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, insert, select, update

from workbook_tool import __version__
from workbook_tool.ledger import writing
from workbook_tool.ledger.changes import changes
from workbook_tool.ledger.entries import Decision, Resent, Run, RunEntry, Sighting, State, Version, owner
from workbook_tool.ledger.errors import WAIT, LedgerError, is_locked, told
from workbook_tool.ledger.fingerprint import fingerprint
from workbook_tool.ledger.opening import engine_of
from workbook_tool.ledger.schema import (
    FIGURES,
    RESULTS,
    RUNS,
    SIGHTINGS,
    STATES,
    VERSIONS,
    found,
    newest,
    prepare,
)
from workbook_tool.ledger.writing import Kept, groups
from workbook_tool.model import Pack
from workbook_tool.outputs.kept import Reviewed
from workbook_tool.outputs.packing import Packed, clean, pack_up, unpack

RETURNED = ("退回", "需说明")
"""The states in which a return goes back to its department."""

SAME = "与{day}“{state}”时是同一个文件，没有改动。"
SAVED = "与{day}“{state}”时的内容相同，只是重新保存过，一处都没有改。"

READ_AT_ONCE = 100
"""How many results are held unpacked at a time."""


def open_ledger(place: str | Path) -> Ledger:
    """Open a ledger, and make it where there is none.

    Args:
        place: A file, or the URL of a PostgreSQL database.

    Raises:
        LedgerError: It cannot be opened; the sentence says why.
    """
    engine, where = engine_of(place)
    ledger = Ledger(engine, where)
    try:
        ledger.prepare()
    except LedgerError:
        ledger.close()
        raise
    return ledger


class Ledger:
    """An open ledger. Use it as a context manager, or close it.

    Every method that writes is one transaction: all of it is kept or nothing. What is written twice
    is there once. All raise LedgerError where the database does not do its part.

    Attributes:
        where: Its file, or its address without the password.
    """

    def __init__(self, engine: Engine, where: str):
        self.engine, self.where = engine, where

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        with told(self.where):
            self.engine.dispose()

    # ---- runs ----

    @contextmanager
    def run(self, command: str, pack: Pack) -> Iterator[Run]:
        """A run: begun on entry, ended on leaving without an exception; otherwise it was cut off."""
        entry = {
            "started": _now(),
            "who": _who(),
            "command": clean(command),
            "tool": __version__,
            "pack": pack.name,
            "fingerprint": fingerprint(pack),
        }
        with self._writing() as connection:
            number = connection.execute(insert(RUNS).values(entry)).inserted_primary_key
        assert number is not None
        run = Run(int(number[0]), entry["fingerprint"] or "")
        yield run
        with self._writing() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(ended=_now()))

    def runs(self) -> list[RunEntry]:
        """All runs, the first one first."""
        return [RunEntry(*line) for line in self._lines(select(RUNS).order_by(RUNS.c.id))]

    # ---- what was found in the returns ----

    def record(self, run: Run, chunk: Sequence[Reviewed]) -> None:
        """Record what was found in a chunk of returns: contents, where they lay, results."""
        self.record_packed(run, [pack_up(reviewed) for reviewed in chunk])

    def record_packed(self, run: Run, packed: Sequence[Packed]) -> None:
        """Record what was found in a chunk of returns that was packed where they were checked."""
        seen = [Sighting(one.source, one.sha256, one.modified) for one in packed]
        with self._writing() as connection:
            writing.put_versions(connection, run, packed, _now())
            writing.put_sightings(connection, run, seen)
            writing.put_results(connection, run, packed)

    def saw(self, run: Run, seen: Iterable[Sighting]) -> None:
        """Note where files lay whose results are known already."""
        with self._writing() as connection:
            writing.put_sightings(connection, run, seen)

    def known(self, hashes: Iterable[str], fingerprint: str) -> dict[str, str]:
        """Those of the contents that were checked in the same way before, each with its status."""
        wanted = select(RESULTS.c.sha256, RESULTS.c.status).where(RESULTS.c.fingerprint == fingerprint)
        return {
            sha256: status
            for group in groups(dict.fromkeys(hashes))
            for sha256, status in self._lines(wanted.where(RESULTS.c.sha256.in_(group)))
        }

    def sizes(self) -> set[int]:
        """How large the contents are that there are; one of another size is a new one."""
        return {size for (size,) in self._lines(select(VERSIONS.c.size).distinct())}

    def reviewed(self, hashes: Iterable[str], fingerprint: str) -> Iterator[Reviewed]:
        """Results as they were recorded, in the order asked for; contents that are not known are left out.

        `source`, `modified` and `copy` are those of the time when it was recorded.
        """
        wanted = select(RESULTS.c.sha256, RESULTS.c.submission, RESULTS.c.content)
        wanted = wanted.where(RESULTS.c.fingerprint == fingerprint)
        for group in groups(hashes, READ_AT_ONCE):
            lines = self._lines(wanted.where(RESULTS.c.sha256.in_(group)))
            blobs = {sha256: (submission, content) for sha256, submission, content in lines}
            yield from (unpack(*blobs[sha256]) for sha256 in group if sha256 in blobs)

    # ---- who sent what when ----

    def versions(self, code: str | None, department: str | None = None) -> list[Version]:
        """Every content that came from a department (by its code, else its name), the first one first."""
        wanted = select(*(VERSIONS.c[name] for name in Version.__dataclass_fields__))
        mine = VERSIONS.c.owner == owner(clean(code), clean(department))
        return [Version(*line) for line in self._lines(wanted.where(mine).order_by(VERSIONS.c.number))]

    def first_seen(self, hashes: Iterable[str]) -> dict[str, tuple[int, str]]:
        """In which run, and when, contents were first seen."""
        wanted = select(VERSIONS.c.sha256, VERSIONS.c.first_run, VERSIONS.c.first_seen)
        return {
            sha256: (run, at)
            for group in groups(dict.fromkeys(hashes))
            for sha256, run, at in self._lines(wanted.where(VERSIONS.c.sha256.in_(group)))
        }

    def sightings(self, run: Run | RunEntry) -> list[Sighting]:
        """Which file lay where in a run, ordered by path."""
        wanted = select(SIGHTINGS.c.path, SIGHTINGS.c.sha256, SIGHTINGS.c.modified)
        return sorted(
            (Sighting(*line) for line in self._lines(wanted.where(SIGHTINGS.c.run == run.id))),
            key=lambda seen: seen.path,
        )

    def decide(self, run: Run, decisions: Iterable[Decision]) -> None:
        """Record what was decided on each department."""
        with self._writing() as connection:
            writing.put_states(connection, run, decisions)

    def states(self, code: str | None, department: str | None = None) -> list[State]:
        """What was decided on a department, run by run, the first one first."""
        decided = (STATES.c[name] for name in Decision.__dataclass_fields__)
        wanted = select(STATES.c.run, RUNS.c.started, RUNS.c.who, *decided)
        wanted = wanted.join(RUNS, RUNS.c.id == STATES.c.run)
        mine = STATES.c.owner == owner(clean(code), clean(department))
        lines = self._lines(wanted.where(mine).order_by(STATES.c.run))
        return [State(run, at, who, Decision(*decision)) for run, at, who, *decision in lines]

    def resent(
        self,
        sha256: str,
        code: str | None,
        department: str | None,
        pack: Pack,
        *,
        run: Run | None = None,
        states: Collection[str] = RETURNED,
    ) -> Resent | None:
        """Whether a return is what was sent back to its department before: the same file, or only re-saved.

        Args:
            sha256: The return as it is now; it has been recorded.
            code: The department's code.
            department: Its name.
            pack: The pack it was checked by.
            run: The run it is checked in; what was decided there is not "before".
            states: The states in which a return goes back.

        Returns:
            None where something was changed, or nothing was returned.
        """
        returned = self._returned(code, department, run, states)
        for state in returned:
            if state.decision.sha256 == sha256:
                return Resent("same", state, _dated(SAME, state))
        now = self._latest(sha256) if returned else None
        for state in returned:
            before = self._latest(state.decision.sha256 or "")
            if now and before and before.values and not changes(before, now, pack):
                return Resent("saved", state, _dated(SAVED, state))
        return None

    def _returned(
        self, code: str | None, department: str | None, run: Run | None, states: Collection[str]
    ) -> list[State]:
        """The versions of a department whose last state sent them back, the latest first."""
        last: dict[str, State] = {}
        for state in reversed(self.states(code, department)):
            if state.decision.sha256 and (run is None or state.run < run.id):
                last.setdefault(state.decision.sha256, state)
        return [state for state in last.values() if state.decision.state in states]

    def _latest(self, sha256: str) -> Reviewed | None:
        """The newest result of a content, by whatever checks."""
        wanted = select(RESULTS.c.submission, RESULTS.c.content).where(RESULTS.c.sha256 == sha256)
        lines = self._lines(wanted.order_by(RESULTS.c.id.desc()).limit(1))
        return next((unpack(*line) for line in lines), None)

    # ---- last year ----

    def keep_figures(self, run: Run, pack: Pack, counted: Mapping[str, Kept]) -> None:
        """Keep the figures of the returns that count as those of the pack's year, for the year after.

        Args:
            run: The run that decided.
            pack: The pack that the returns were made from.
            counted: By the department's code the content that counts and its figures.
        """
        named = {clean(code) or "": kept for code, kept in counted.items()}
        with self._writing() as connection:
            writing.put_figures(connection, run, pack.fiscal_year, named)

    def previous(self, fiscal_year: int, codes: Collection[str] | None = None) -> dict[str, dict[str, int]]:
        """The figures of the year before `fiscal_year`: department code -> `frame[key].field` -> value.

        Args:
            fiscal_year: This year, as the pack says it.
            codes: The departments wanted; all where it is None.
        """
        wanted = select(FIGURES.c.code, FIGURES.c.figure, FIGURES.c.value)
        wanted = wanted.where(FIGURES.c.fiscal_year == fiscal_year - 1)
        found: dict[str, dict[str, int]] = {}
        for code, name, value in self._lines(wanted.order_by(FIGURES.c.code, FIGURES.c.figure)):
            if codes is None or code in codes:
                found.setdefault(code, {})[sys.intern(name)] = value
        return found

    # ---- the database ----

    def prepare(self) -> None:
        """Make the tables, or bring those of an older tool up to date."""
        end = time.monotonic() + WAIT
        while True:
            try:
                with told(self.where), self.engine.connect() as connection:
                    if found(connection) == newest():
                        return
                with self._writing() as connection:
                    return prepare(connection, self.where)
            except LedgerError as problem:
                # SQLite does not wait for its own change to the write-ahead log.
                if not is_locked(problem) or time.monotonic() > end:
                    raise
            time.sleep(0.05)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told(self.where), self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    def _lines(self, wanted: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        with told(self.where), self.engine.connect() as connection:
            return [tuple(line) for line in connection.execute(wanted)]


def _dated(says: str, state: State) -> str:
    day = datetime.fromisoformat(state.at).astimezone()  # as the clerk's calendar has it
    return says.format(day=f"{day.year}年{day.month}月{day.day}日", state=state.decision.state)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a system that has no name for its user
        user = "?"
    return clean(f"{user}@{platform.node()}") or ""
