"""Where things stand: the workbook being written, the departments, their files and tabs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from workbook_tool.county.book.links import link_to, shown_names
from workbook_tool.county.book.listing import Cell, Colour
from workbook_tool.county.types import County, State

STATE_COLOURS: dict[str, Colour] = {
    State.PASSED: "good",
    State.EXPLAIN: "explain",
    State.RETURNED: "error",
    State.OUTDATED: "unknown",
    State.UNREADABLE: "differs",
    State.MISSING: "none",
}


class Places:
    """What every sheet asks about a county's departments.

    Args:
        county: The county.
        out: The workbook that is written; links lead from its folder.
    """

    def __init__(self, county: County, out: Path) -> None:
        self.county, self.out = county, out
        self.lines: dict[int, dict[str, Any]] = {
            line["number"]: {str(k): v for k, v in line.items()} for line in county.returns.to_dict("records")
        }

    @cached_property
    def names(self) -> dict[str, str]:
        """Paths as they are shown."""
        return shown_names([*self.county.returns["file"], *self.county.set_aside["file"],
                            *self.county.set_aside["counted"]])  # fmt: skip

    def file(self, number: int) -> str | None:
        """The file of a department, as shown."""
        return self.names.get(self.lines[number]["file"] or "")

    def department(self, number: int) -> str:
        """What a department is called."""
        return str(self.lines[number]["department"] or self.lines[number]["code"] or "")

    def who(self, number: int) -> list[Cell]:
        """Code and name, as the first two cells of a line."""
        return [Cell(self.lines[number]["code"]), Cell(self.department(number))]

    def state(self, state: str) -> Cell:
        """A state in its colour."""
        return Cell(str(state), colour=STATE_COLOURS[state])

    def link(self, number: int, sheet: str | None = None, cell: str | None = None) -> str | None:
        """A link into the annotated copy of a department's workbook."""
        return link_to(self.lines[number]["copy"], self.out, sheet, cell)

    def tab(self, number: int, frame: str) -> str | None:
        """The tab of a department's workbook where a frame's first record stands."""
        return self._tabs(frame).get(number)

    def _tabs(self, frame: str) -> dict[int, str]:
        if frame not in self._known_tabs:
            records = self.county.frames[frame].drop_duplicates("submission")
            pairs = zip(records["submission"], records["tab"], strict=True)
            self._known_tabs[frame] = {int(number): str(tab) for number, tab in pairs}
        return self._known_tabs[frame]

    @cached_property
    def _known_tabs(self) -> dict[str, dict[int, str]]:
        return {}
