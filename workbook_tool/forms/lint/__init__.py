"""What is wrong with a pack, beyond its shape: every name means something, every sum adds up.

Loading a pack stops at the first of these mistakes; `examine` lists them all, together with what
is wrong with the cases, and what is only worth a look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbook_tool.forms.lint.cases import case_mistakes
from workbook_tool.forms.lint.county import county_mistakes
from workbook_tool.forms.lint.form import form_mistakes, structure_mistakes
from workbook_tool.forms.lint.rubrics import rubric_mistakes
from workbook_tool.forms.lint.rules import rule_set_mistakes
from workbook_tool.forms.lint.unused import unused
from workbook_tool.forms.writing.assembly import Places, assemble
from workbook_tool.forms.writing.case_files import Case, read_cases
from workbook_tool.model import Pack, PackError


@dataclass(frozen=True)
class Examined:
    """A pack folder as far as it can be read.

    Attributes:
        pack: None where mistakes stood in the way of looking at all of it.
        hints: What is not wrong, but has probably been forgotten.
    """

    pack: Pack | None
    places: Places
    cases: list[Case]
    mistakes: list[PackError]
    hints: list[PackError]


def examine(folder: Path) -> Examined:
    """Look at every file of a pack, going on after each mistake as far as that makes sense."""
    assembly = assemble(folder)
    cases = read_cases(folder)
    mistakes = [*assembly.mistakes, *cases.mistakes]
    pack, places, hints = assembly.pack, assembly.places, list[PackError]()
    if pack is not None:
        blocking = list(structure_mistakes(pack, places))
        if blocking:
            return Examined(None, places, cases.cases, mistakes + blocking, hints)
        mistakes += _names(pack, places)
        if assembly.rules_known:
            mistakes += case_mistakes(pack, places, cases, assembly.unread)
        hints = list(unused(pack, places))
    return Examined(pack, places, cases.cases, mistakes, hints)


def pack_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    """Every mistake for which a pack cannot be used, in the order of its files."""
    blocking = list(structure_mistakes(pack, places))
    yield from blocking or _names(pack, places)


def _names(pack: Pack, places: Places) -> Iterator[PackError]:
    yield from form_mistakes(pack, places)
    yield from rule_set_mistakes(pack, places)
    for number, _ in enumerate(pack.rubrics):
        yield from rubric_mistakes(pack, number, places)
    yield from county_mistakes(pack, places)
