"""A returned workbook as deciding needs it: whose it is, when it came, what is wrong, not its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from workbook_tool.model import FormField, Pack, Severity
from workbook_tool.outputs.kept import HEAD, Reviewed

FOREIGN = "文件-02"
"""The notice that a workbook is not one of the pack's."""

UNREADABLE = "unreadable"
"""The status of a workbook that could not be read."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A returned workbook and what the ledger knows of it; a county's are all held at once.

    Attributes:
        source: What it is called.
        sha256: Of its content; empty where there was none to be had.
        size: In bytes.
        modified: The file's time: UTC, ISO.
        saved: When an office program last saved it: UTC, ISO.
        pack: The pack it says it was made from.
        code: The department's code that its stamps name, else the one that was typed.
        written: The department's code that was typed.
        department: The department's name that was typed.
        copy: The annotated copy.
        status: As `check --json` says it.
        severities: How many errors, matters to explain and notes were found.
        foreign: The sentence that it is not one of the pack's workbooks; None where it is.
        first: The first finding's sentence; None where nothing was found.
        entered: Whether a department has entered anything.
        first_seen: When the ledger first saw this content: UTC, ISO.
        order: Which run first saw it; a run that was cut off and the one that went on are one.
    """

    source: str
    sha256: str
    size: int
    modified: str | None
    saved: str | None
    pack: str | None
    code: str | None
    written: str | None
    department: str | None
    copy: str | None
    status: str
    severities: tuple[int, int, int]
    foreign: str | None
    first: str | None
    entered: bool
    first_seen: str | None = None
    order: int = 0

    @classmethod
    def of(cls, reviewed: Reviewed, pack: Pack, given: Collection[str] = ()) -> Arrival:
        """What deciding needs of a result.

        Args:
            reviewed: The result.
            pack: The pack that returns have to be made from.
            given: Texts that the bureau entered in its templates, such as names of projects.
        """
        findings = reviewed.submission["findings"]
        found = Counter(finding["severity"] for finding in findings)
        return cls(
            source=reviewed.source,
            sha256=reviewed.sha256,
            size=reviewed.size,
            modified=reviewed.modified,
            saved=reviewed.saved,
            pack=reviewed.pack,
            code=reviewed.code,
            written=_typed(reviewed, pack.identity.code),
            department=reviewed.department,
            copy=reviewed.copy,
            status=reviewed.submission["status"],
            severities=(
                found[Severity.ERROR.value],
                found[Severity.EXPLAIN.value],
                found[Severity.NOTE.value],
            ),
            foreign=next((f["message"] for f in findings if f["code"] == FOREIGN), None),
            first=next((f["message"] for f in findings), None),
            entered=_has_entries(reviewed, pack, given),
        )

    def is_of(self, pack: Pack) -> bool:
        """Whether it is of this form, of whatever edition."""
        return self.foreign is None and (self.pack is None or self.pack.rpartition("/")[0] == pack.id)

    @property
    def path(self) -> str:
        """What it is called, the same on every system."""
        return self.source.replace("\\", "/")

    @property
    def received(self) -> str | None:
        """When it came: the file's own time, no later than the ledger first saw it."""
        return min(filter(None, (self.modified, self.first_seen)), default=None)

    @property
    def age(self) -> tuple[str, str, int, str]:
        """What versions of one department are put in order by, the newest last."""
        return (self.saved or "", self.modified or "", self.order, self.path)


def _typed(reviewed: Reviewed, reference: str) -> str | None:
    """What a workbook holds in a form's field, written `frame.field`."""
    frame, _, label = reference.rpartition(".")
    values = reviewed.values.get(frame)
    if not values or label not in values["fields"]:
        return None
    at = values["fields"].index(label) - len(values["fields"])
    return next((str(line[at]) for line in values["lines"] if line[at] is not None), None)


def _has_entries(reviewed: Reviewed, pack: Pack, given: Collection[str]) -> bool:
    """Whether anything was entered, but for what the template gives and whose it is."""
    own = {pack.identity.department, pack.identity.code}
    for name, values in reviewed.values.items():
        table = pack.tables[name]
        entered = [f for f in table.fields if _asked(f) and f"{name}.{f.label}" not in own]
        printed = {row.key: row.labels for row in table.rows}
        for line in values["lines"]:
            key = line[len(HEAD) - 1]
            held = dict(zip(values["fields"], line[len(HEAD) :], strict=True))
            labels = [f.label for f in entered if f.label not in printed.get(key, ())]
            # a total that the template calculates is 0 where nothing was entered
            nothing: set[Any] = {None, *given} if key is None else {None, 0}
            if any(held.get(label) not in nothing for label in labels):
                return True
    return False


def _asked(field: FormField) -> bool:
    """Whether a department fills a field: neither printed nor given by the bureau."""
    return not field.static and field.given is None
