"""Returns made up for the ledger's tests, what stands in a ledger, and processes that record."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import select

from workbook_tool.ledger import Ledger, Sighting, open_ledger
from workbook_tool.ledger.schema import META, SIGHTINGS, STATES
from workbook_tool.outputs.kept import Reviewed
from workbook_tool.outputs.records import Finding

CHUNK = 5
TIMES = {"started", "ended", "first_seen"}
"""When something happened is all that may differ between two ledgers of the same returns."""
NUMBERS = {"run", "first_run", "result", "id"}
"""… and how many runs it took."""
EACH_RUN = (SIGHTINGS, STATES)
"""Every run sees every file, and decides on every department."""


def reviewed(
    number: int = 0,
    *,
    code: str | None = None,
    findings: int = 3,
    source: str | None = None,
    values: dict[str, Any] | None = None,
    **others: Any,
) -> Reviewed:
    """One return, the same for the same number."""
    rng = random.Random(number)
    code = f"{number % 7:03d}" if code is None else code
    sha256 = hashlib.sha256(f"{number}".encode()).hexdigest()
    path = source or f"returns/{number}.xlsx"
    given: dict[str, Any] = {
        "source": path,
        "sha256": sha256,
        "size": rng.randrange(10**6),
        "modified": "2024-03-01T08:00:00Z",
        "saved": None,
        "pack": "small/1",
        "code": code or None,
        "department": f"第{code}局",
        "submission": {
            "file": path,
            "sha256": sha256,
            "department": f"第{code}局",
            "status": "errors" if findings else "passed",
            "findings": [_finding(rng, line) for line in range(findings)],
            "scores": [
                {
                    "rubric": "部门", "subject": None, "self": 95.5, "recomputed": 90, "unproven": None,
                    "grade": "优", "criteria": [],
                }
            ],
            "totals": [],
        },
        "values": values if values is not None else _values(rng),
        "computed": [("收入", 0, "合计", 100, None)],
        "copy": None,
    }  # fmt: skip
    return Reviewed(**given | others)


def _finding(rng: random.Random, line: int) -> Finding:
    return {
        "code": f"收入-{line + 1:02d}",
        "severity": rng.choice(("error", "explain", "note")),
        "sheet": "收入",
        "cell": f"C{line + 4}",
        "field": "合计",
        "value": str(rng.random()),
        "expected": None,
        "difference": None,
        "message": f"第{line + 1}处不对，请改正。",
        "related": ["收入!D4"],
    }


def _values(rng: random.Random) -> dict[str, Any]:
    line = ["收入", 0, 4, "汇总", rng.randrange(10**12), None, 0.1, "内容"]
    return {
        "收入": {
            "fields": ["合计", "拨款", "比率", "说明"],
            "lines": [line],
            "columns": {"收入": {"合计": 3}},
            "rows": {},
        }
    }


def contents(ledger: Ledger) -> dict[str, list[str]]:
    """What stands in the tables on returns, but for when it happened and how many runs it took."""
    found = {}
    with ledger.engine.connect() as connection:
        for table in META.sorted_tables:
            columns = [c for c in table.columns if c.name not in TIMES | NUMBERS]
            lines = [repr(tuple(line)) for line in connection.execute(select(*columns))]
            found[table.name] = sorted(set(lines) if table in EACH_RUN else lines)
    del found["runs"]
    return found


def record_missing(place: str, returns: Sequence[Reviewed]) -> Iterator[int]:
    """Record in chunks what is not recorded yet, as a run does that goes on where another stopped."""
    from smallpack import pack_with

    with open_ledger(place) as ledger, ledger.run("check", pack_with()) as run:
        for start in range(0, len(returns), CHUNK):
            chunk = returns[start : start + CHUNK]
            known = ledger.known([r.sha256 for r in chunk], run.fingerprint)
            ledger.saw(run, [Sighting(r.source, r.sha256, r.modified) for r in chunk if r.sha256 in known])
            ledger.record(run, [r for r in chunk if r.sha256 not in known])
            yield start


def start(place: str, first: int, number: int) -> tuple[BaseProcess, Connection]:
    """Record so many returns from the first on, in a process of its own.

    Returns:
        The process, and a pipe that says when it begins.
    """
    # A process that was not begun anew for each is ready much sooner; Windows has none.
    quick = "forkserver" in multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("forkserver" if quick else "spawn")
    if quick:
        multiprocessing.set_forkserver_preload(["workbook_tool.ledger"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_record, args=(place, first, number, theirs))
    process.start()
    theirs.close()
    return process, ours


def _record(place: str, first: int, number: int, begun: Connection) -> None:
    returns = [reviewed(n) for n in range(first, first + number)]
    begun.send(True)
    for _ in record_missing(place, returns):
        pass
