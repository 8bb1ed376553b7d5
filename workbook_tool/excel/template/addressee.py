"""Whom a template is for, and what the bureau enters for them before it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from workbook_tool.excel.template.paper import Contents, Value
from workbook_tool.model import FormField, Pack

POINT = 10_000


@dataclass(frozen=True)
class Addressee:
    """A department that is sent a template; nobody in particular where all is empty.

    Attributes:
        code: Its code, entered and stamped.
        projects: The names of its projects, one for each copy of the project sheet.
        figures: What the bureau knows of it, by the name that `FormField.given` asks for: fen,
            1/10,000 points, or the number itself.
        told: Sentences that come first in the instructions.
    """

    department: str = ""
    code: str = ""
    projects: tuple[str, ...] = ()
    figures: Mapping[str, int | float] = field(default_factory=dict)
    told: tuple[str, ...] = ()


NOBODY = Addressee()


def entered(pack: Pack, addressee: Addressee) -> dict[str, list[Contents]]:
    """What is entered for an addressee: sheet -> the contents of its copies."""
    forms: dict[str, dict[str, Value]] = {}

    def enter(frame: str, label: str, value: Value) -> None:
        if value not in (None, "") and frame in pack.tables:
            forms.setdefault(frame, {})[label] = value

    for reference, text in (
        (pack.identity.department, addressee.department),
        (pack.identity.code, addressee.code),
    ):
        frame, _, label = reference.rpartition(".")
        enter(frame, label, text)
    for table in pack.tables.values():
        for f in table.fields:
            if f.given and f.given in addressee.figures:
                enter(table.name, f.label, _in_units(addressee.figures[f.given], f, pack))
    contents: dict[str, list[Contents]] = {}
    for frame, values in forms.items():
        sheet = pack.tables[frame].sheet.name
        known = contents.get(sheet, [Contents()])[0]
        contents[sheet] = [Contents({**known.forms, frame: values})]
    place = project_name(pack)
    if place and addressee.projects:
        frame, label = place
        sheet = pack.tables[frame].sheet.name
        contents[sheet] = [Contents({frame: {label: name}}) for name in addressee.projects]
    return contents


def project_name(pack: Pack) -> tuple[str, str] | None:
    """Frame and field of what a repeated sheet is about, as the rubric that scores it says."""
    for rubric in pack.rubrics:
        frame, _, label = rubric.subject.rpartition(".")
        if pack.tables[frame].sheet.repeats:
            return frame, label
    return None


def _in_units(figure: int | float, f: FormField, pack: Pack) -> Value:
    """A figure as the form writes it."""
    if f.type == "amount":
        return Decimal(int(figure)) / pack.fen
    return Decimal(int(figure)) / POINT if f.type == "points" else figure
