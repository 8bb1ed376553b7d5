"""What goes into a ledger and comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Run:
    """A run that is being recorded: its number and the fingerprint its results are kept under."""

    id: int
    fingerprint: str


@dataclass(frozen=True)
class RunEntry:
    """Who ran what and when; `ended` is None while it runs, and for ever where it was cut off."""

    id: int
    started: str
    ended: str | None
    who: str
    command: str
    tool: str
    pack: str
    fingerprint: str


@dataclass(frozen=True)
class Sighting:
    """Which file lay where: `sha256` is None where it could not be opened."""

    path: str
    sha256: str | None
    modified: str | None = None


@dataclass(frozen=True)
class Version:
    """One content that came from a department; `number` counts those of a department, from 1."""

    sha256: str
    number: int
    code: str | None
    department: str | None
    pack: str | None
    size: int
    saved: str | None
    first_run: int
    first_seen: str


@dataclass(frozen=True)
class Decision:
    """What was decided on a department in a run.

    Attributes:
        state: 未报, 退回, 需说明, 通过 …
        why: The sentence that says why.
        sha256: The version that counts; None where there is none.
    """

    code: str | None
    department: str | None
    state: str
    why: str
    sha256: str | None


@dataclass(frozen=True)
class State:
    """A decision and the run that took it."""

    run: int
    at: str
    who: str
    decision: Decision


@dataclass(frozen=True)
class Resent:
    """A return that came back as it was when it was last returned to its department.

    Attributes:
        kind: `same` is the very same file; `saved` was saved again with no value changed.
        before: What was decided then.
        says: The sentence for the department.
    """

    kind: Literal["same", "saved"]
    before: State
    says: str


def owner(code: str | None, department: str | None) -> str:
    """What a department's entries are kept under: its code, else its name."""
    return code or department or ""
