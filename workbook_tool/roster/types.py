"""What a roster says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Project:
    """A project whose name is known beforehand.

    Attributes:
        budget: In fen; None where the roster does not say.
    """

    name: str
    budget: int | None = None


@dataclass(frozen=True)
class Department:
    """One line of a roster.

    Attributes:
        due: The date by which it must return, as 2024-03-31; its own, else the common one.
        units: The names of its sub-units.
        expected: How many projects it is to report on; None where the roster does not say.
        projects: Those that are named.
        budgets: The amount columns of the roster, label -> fen; without those that are blank.
    """

    code: str
    name: str
    contact: str | None = None
    phone: str | None = None
    due: str = ""
    units: tuple[str, ...] = ()
    expected: int | None = None
    projects: tuple[Project, ...] = ()
    budgets: Mapping[str, int] = field(default_factory=dict)

    @property
    def sheets(self) -> int | None:
        """How many project sheets its template needs; None where nobody has said."""
        return max(self.expected or 0, len(self.projects)) or None


@dataclass(frozen=True)
class Roster:
    """The departments of a county.

    Attributes:
        title: The county's name.
        due: The common date.
        departments: In the order of the roster.
    """

    title: str
    due: str
    departments: tuple[Department, ...]

    def department(self, code: str | None) -> Department | None:
        """The department of that code; None where there is none."""
        return next((d for d in self.departments if d.code == code), None)
