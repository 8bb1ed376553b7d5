"""What changed between two versions of a return, cell by cell.

Rows are matched by their key, then by what stands in them, and only then by where they stand: a row
that moved is no change, and a row put in between is one row, not a change of all below it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbook_tool.findings import column_letters
from workbook_tool.forms.figures import figure
from workbook_tool.model import FormField, Pack, Table
from workbook_tool.outputs.kept import Reviewed, Values

Kind = Literal["changed", "added", "removed"]

Pair = tuple["Line | None", "Line | None"]

MOST_COMPARED = 40_000
"""Beyond so many pairs, rows that nothing else matches are not compared one with every other."""


@dataclass(frozen=True)
class Change:
    """One cell that is not as it was.

    Attributes:
        kind: Whether its row stands in both versions, or only in the new or the old one.
        sheet: The tab; of the new version, but for a row that was removed.
        cell: Where on the tab; None where that is not known.
        row: What the row is called; None for a form and for a row without a name.
        field: In the form's words.
        was: As a clerk reads it, amounts in the pack's unit; None for a blank.
        now: The same.
    """

    kind: Kind
    sheet: str
    cell: str | None
    row: str | None
    field: str
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Line:
    """One record of a version: its values by label, and where it stands."""

    tab: str
    row: int
    key: str | None
    name: str | None
    values: dict[str, Any]
    places: Values

    def cell(self, label: str) -> str | None:
        """The address of one of its values."""
        column = self.places["columns"].get(self.tab, {}).get(label)
        row = self.places["rows"].get(self.tab, {}).get(label, self.row)
        return f"{column_letters(column)}{row}" if column else None

    @property
    def blank(self) -> bool:
        """Whether nothing was typed here."""
        return all(value is None for value in self.values.values())

    @property
    def content(self) -> tuple[Hashable, ...]:
        """What stands in it, and nothing of where."""
        return (self.key, *sorted(self.values.items()))


NOWHERE = Line("", 0, None, None, {}, Values(fields=[], lines=[], columns={}, rows={}))


def changes(old: Reviewed, new: Reviewed, pack: Pack) -> list[Change]:
    """Every cell whose value is not as it was, in the order of the form.

    Args:
        old: The earlier version.
        new: The later one.
        pack: The form; fields that it prints itself are not compared.
    """
    if old.values == new.values:
        return []
    before, after = _by_tab(old, pack), _by_tab(new, pack)
    return [
        change
        for sheet in pack.sheets
        for was, now in _same_tabs(sheet.name, old, new, pack)
        for table in dict.fromkeys(pack.tables[sheet.frame_of(block)].name for block in sheet.blocks)
        for pair in _in_order(matched(before.get((table, was), ()), after.get((table, now), ())))
        for change in _cells(pack.tables[table], *pair, pack)
    ]


def _by_tab(reviewed: Reviewed, pack: Pack) -> dict[tuple[str, str | None], list[Line]]:
    """The lines of every frame and tab."""
    found: dict[tuple[str, str | None], list[Line]] = {}
    for name, values in reviewed.values.items():
        for line in _lines(pack.tables[name], values) if name in pack.tables else ():
            found.setdefault((name, line.tab), []).append(line)
    return found


def _in_order(pairs: Iterable[Pair]) -> list[Pair]:
    """As they stand in the new version; a row that was removed, where it stood in the old."""
    return sorted(pairs, key=lambda pair: (pair[1] or pair[0] or NOWHERE).row)


def _lines(table: Table, values: Values) -> list[Line]:
    """The lines of a frame, but for free rows in which nothing was typed."""
    typed = {field.label for field in table.fields if not field.static}
    found = []
    for tab, _, row, key, *content in values["lines"]:
        held = dict(zip(values["fields"], content, strict=True))
        name = key or (held.get(table.key) if table.key else None)
        ours = {label: value for label, value in held.items() if label in typed}
        found.append(Line(tab, row, key, None if name is None else str(name), ours, values))
    return [line for line in found if not line.blank or line.key or table.kind == "form"]


def _same_tabs(sheet: str, old: Reviewed, new: Reviewed, pack: Pack) -> list[tuple[str | None, str | None]]:
    """Which tab of a sheet was which: by name, the rest in their order."""
    before, after = (_tabs(sheet, reviewed, pack) for reviewed in (old, new))
    pairs: list[tuple[str | None, str | None]] = [(tab, tab) for tab in after if tab in before]
    gone = [tab for tab in before if tab not in after]
    come = [tab for tab in after if tab not in before]
    both = min(len(gone), len(come))
    pairs += zip(gone[:both], come[:both], strict=True)
    pairs += [(tab, None) for tab in gone[both:]]
    pairs += [(None, tab) for tab in come[both:]]
    order = {tab: number for number, tab in enumerate(after)}
    return sorted(pairs, key=lambda pair: order.get(pair[1] or "", len(order)))


def _tabs(sheet: str, reviewed: Reviewed, pack: Pack) -> list[str]:
    """The tabs of a sheet in the order of the workbook."""
    numbered = {
        line[0]: line[1]
        for frame, values in reviewed.values.items()
        if frame in pack.tables and pack.tables[frame].sheet.name == sheet
        for line in values["lines"]
    }
    return sorted(numbered, key=lambda tab: numbered[tab])


def matched(before: Sequence[Line], after: Sequence[Line]) -> list[Pair]:
    """Which line was which: lines that match nothing stand alone."""
    old, new, found = list(before), list(after), []
    for same in (_name_and_content, _content, _name):
        found += _take(old, new, same)
    found += _take_alike(old, new)
    return [*found, *((line, None) for line in old), *((None, line) for line in new)]


def _name_and_content(line: Line) -> Hashable:
    return (line.name, line.content)


def _content(line: Line) -> Hashable:
    return line.content


def _name(line: Line) -> Hashable:
    return (line.key, line.name) if line.name is not None else None


def _take(old: list[Line], new: list[Line], same: Callable[[Line], Hashable]) -> list[Pair]:
    """Take from both lists, in their order, what is the same by some account; None is like nothing."""
    waiting: dict[Hashable, list[Line]] = {}
    for line in old:
        waiting.setdefault(same(line), []).append(line)
    waiting.pop(None, None)
    found: list[Pair] = []
    for line in new:
        if some := waiting.get(same(line)):
            found.append((some.pop(0), line))
    _drop(old, (was for was, _ in found))
    _drop(new, (now for _, now in found))
    return found


def _take_alike(old: list[Line], new: list[Line]) -> list[Pair]:
    """Take those of which most is the same; those of which nothing is, where they stand in one place."""
    if len(old) * len(new) > MOST_COMPARED:
        return _take(old, new, lambda line: line.row)
    likeness = sorted(
        (-_alike(was, now), abs(was.row - now.row), i, j)
        for i, was in enumerate(old)
        for j, now in enumerate(new)
        if was.key == now.key and (_alike(was, now) or was.row == now.row)
    )
    ours: dict[int, int] = {}
    for _, _, i, j in likeness:
        if i not in ours and j not in ours.values():
            ours[i] = j
    found: list[Pair] = [(old[i], new[j]) for i, j in ours.items()]
    _drop(old, (was for was, _ in found))
    _drop(new, (now for _, now in found))
    return found


def _alike(was: Line, now: Line) -> int:
    """In how many fields the same stands; a blank says nothing."""
    return sum(value is not None and was.values.get(label) == value for label, value in now.values.items())


def _drop(lines: list[Line], taken: Iterable[Line | None]) -> None:
    gone = {id(line) for line in taken}
    lines[:] = [line for line in lines if id(line) not in gone]


def _cells(table: Table, was: Line | None, now: Line | None, pack: Pack) -> Iterator[Change]:
    here = now or was
    assert here is not None
    kind: Kind = "changed" if was and now else "added" if now else "removed"
    for field in table.fields:
        before = was.values.get(field.label) if was else None
        after = now.values.get(field.label) if now else None
        if before != after:
            yield Change(
                kind,
                here.tab,
                here.cell(field.label),
                here.name,
                field.printed,
                _told(before, field, pack),
                _told(after, field, pack),
            )


def _told(value: Any, field: FormField, pack: Pack) -> str | None:
    return None if value is None else figure(value, field, pack)
