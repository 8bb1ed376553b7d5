"""What everything read from YAML has in common: it is frozen, and a mistake in it has a place."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class PackError(Exception):
    """A mistake in a pack: ours or its author's, never a department's.

    Args:
        message: What is wrong and how to mend it.
        file: The file of the pack that holds the mistake.
        line: The line in that file, counted from 1.
    """

    def __init__(self, message: str, file: Path | str | None = None, line: int | None = None):
        self.message, self.file, self.line = message, file, line
        place = f"{file}:{line}: " if line else f"{file}: " if file else ""
        super().__init__(place + message)


class Severity(StrEnum):
    """How much a finding weighs; the values are those of `check --json`."""

    ERROR = "error"
    EXPLAIN = "explain"
    NOTE = "note"

    @property
    def label(self) -> str:
        """The word a clerk reads."""
        return {"error": "错误", "explain": "需说明", "note": "提示"}[self.value]


def _severity(value: object) -> object:
    return {"错误": "error", "需说明": "explain", "提示": "note", True: "error"}.get(value, value)


SeverityField = Annotated[Severity, BeforeValidator(_severity)]


class Declared(BaseModel):
    """Base of all that is read from YAML: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
