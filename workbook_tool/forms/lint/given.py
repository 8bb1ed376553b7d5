"""Mistakes about what the bureau itself enters: figures given to departments, and the roster."""

from __future__ import annotations

from collections.abc import Iterator

from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.model import Block, FormField, Pack, PackError


def given_mistakes(field: FormField, block: Block, pack: Pack) -> Iterator[tuple[str, str]]:
    """What is wrong with a field that the bureau fills, with the key at fault."""
    if field.given is None:
        return
    if block.kind != "form" or not field.numeric:
        yield "given", "由财政部门填的数(given)只能是数字，只能用在 kind: form 里"
    if field.required is not None:
        yield "required", "由财政部门填的数(given)不能要求部门填写"
    if "." in field.given:
        says = _no_figure(field.given, field, pack)
        if says:
            yield "given", says


def _no_figure(written: str, field: FormField, pack: Pack) -> str | None:
    """Why `frame.field` or `frame[row].field` is no figure of the form; None where it is."""
    place, _, label = written.rpartition(".")
    frame, bracket, row = place.removesuffix("]").partition("[")
    table = pack.tables.get(frame)
    if table is None:
        return f"given 里写的“{frame}”不是一张表{suggest(frame, pack.tables)}"
    keys = [r.key for r in table.rows if r.slots == 1]
    if bracket and row not in keys:
        return f"“{frame}”没有“{row}”这一行{suggest(row, keys)}"
    if bool(bracket) != (table.kind == "table"):
        return f"“{written}”应写成“表名[行名].栏目”，不分行的写成“表名.栏目”"
    if label not in table.by_label:
        return f"“{frame}”没有“{label}”这一栏{suggest(label, table.by_label)}"
    if table.by_label[label].type != field.type:
        return f"“{written}”与这一栏的 type 不同"
    return None


def roster_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    """Every name in the pack's `roster` that means nothing."""
    roster = pack.roster
    if roster is None:
        return
    for key in ("county", "due"):
        frame, _, label = getattr(roster, key).rpartition(".")
        if frame not in pack.tables or label not in pack.tables[frame].by_label:
            yield places.error(f"roster 里写的“{frame}.{label}”不存在", "roster", key)
    for part, columns in (("departments", roster.departments), ("projects", roster.projects)):
        table = pack.tables.get(columns.on)
        if table is None or table.kind != "table":
            says = f"roster 里写的“{columns.on}”不是一张表{suggest(columns.on, pack.tables)}"
            yield places.error(says, "roster", part, "on")
            continue
        for key, label in columns.model_dump(exclude={"on"}).items():
            if label not in table.by_label:
                says = f"“{columns.on}”没有“{label}”这一栏{suggest(label, table.by_label)}"
                yield places.error(says, "roster", part, key)
