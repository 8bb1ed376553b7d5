"""Mistakes in form.yaml: labels, rows, blocks and sheets that cannot be told apart or mean nothing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from itertools import chain

from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.lint.given import given_mistakes, roster_mistakes
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.forms.writing.documents import Step
from workbook_tool.model import Block, FormField, Pack, PackError, Sheet, Table

ROW_MARKS = ("*", ".")
"""The hidden map marks free rows and the end of a table so."""


def doubled(names: Iterable[Hashable]) -> Iterator[int]:
    """The positions of names that stood before already."""
    seen: set[Hashable] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield number
        seen.add(name)


def structure_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    """What keeps the tables of a pack from being put together, so that no name can be looked up."""
    rubrics = [r.id for r in pack.rubrics]
    for number in doubled(rubrics):
        yield places.error(f"评分表的 id“{rubrics[number]}”用了两次", "rubrics", number, "id")
    for s, sheet in enumerate(pack.sheets):
        for b, block in enumerate(sheet.blocks):
            for key in ("criteria_of", "items_of"):
                written = getattr(block, key)
                rubric = written.partition("/")[0] if written else None
                if rubric is not None and rubric not in rubrics:
                    says = f"没有评分表“{rubric}”{suggest(rubric, rubrics)}"
                    yield places.error(says, "sheets", s, "blocks", b, key)
    printed = {block.criteria_of for sheet in pack.sheets for block in sheet.blocks}
    for r, rubric_ in enumerate(pack.rubrics):
        levels = len(rubric_.levels) if rubric_.id in printed else None
        for c, criterion in enumerate(rubric_.criteria):
            at = ("rubrics", r, "criteria", c)
            if not criterion.labels or len(criterion.labels) != (levels or len(criterion.labels)):
                says = f"labels 有 {len(criterion.labels)} 级，levels 有 {levels} 级，应一样多"
                yield places.error(f"指标 {criterion.id}：{says}", *at, "labels")
            if criterion.points is None and criterion.share not in rubric_.shares:
                says = "没有分值，也没有写明与哪些指标共用分值(share)"
                if criterion.share is not None:
                    says = f"shares 里没有“{criterion.share}”{suggest(criterion.share, rubric_.shares)}"
                yield places.error(f"指标 {criterion.id}：{says}", *at, "share")


def form_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    """Every other mistake of a form, from sheet to field."""
    sheets = [s.name.casefold() for s in pack.sheets]
    for number in doubled(sheets):
        yield places.error(f"有两张工作表都叫“{pack.sheets[number].name}”", "sheets", number, "name")
    for s, sheet in enumerate(pack.sheets):
        yield from _sheet_mistakes(sheet, pack, places, s)
    yield from _reference_mistakes(pack, places)
    yield from roster_mistakes(pack, places)


def _sheet_mistakes(sheet: Sheet, pack: Pack, places: Places, s: int) -> Iterator[PackError]:
    if not sheet.name.isidentifier():
        says = f"工作表名“{sheet.name}”含有标点或空格，或以数字开头，规则里没法写；打印用的写法请放在 title"
        yield places.error(says, "sheets", s, "name")
    if not sheet.blocks:
        yield places.error(f"工作表“{sheet.name}”没有内容(blocks)", "sheets", s, "blocks")
    frames = [sheet.frame_of(b) for b in sheet.blocks]
    labels: dict[str, set[str]] = {}
    for b, block in enumerate(sheet.blocks):
        at = ("sheets", s, "blocks", b)
        if block.name is not None and not block.name.isidentifier():
            yield places.error(f"“{block.name}”含有标点或空格，不能作为 name", *at, "name")
        others = [o for o in sheet.blocks[:b] if sheet.frame_of(o) == frames[b]]
        if any(o.kind == "table" or block.kind == "table" for o in others):
            says = f"“{frames[b]}”已有另一块内容，一张表(table)要有自己的 name"
            yield places.error(says, *at, "name")
        yield from _label_mistakes(block, frames[b], places, at, labels.setdefault(frames[b], set()))
        yield from _block_mistakes(block, pack.tables[frames[b]], places, at)
        for f, field in enumerate(block.fields):
            for key, says in chain(_field_mistakes(field, block), given_mistakes(field, block, pack)):
                yield places.error(f"“{frames[b]}”的“{field.label}”：{says}", *at, "fields", f, key)


def _label_mistakes(
    block: Block, frame: str, places: Places, at: tuple[Step, ...], seen: set[str]
) -> Iterator[PackError]:
    for number, label in enumerate(f.label for f in block.fields):
        place = (*at, "fields", number, "label")
        if not label.isidentifier():
            says = f"“{frame}”的栏目名“{label}”含有标点或空格，或以数字开头；打印用的写法请放在 title"
            yield places.error(says, *place)
        if label in seen:
            yield places.error(f"“{frame}”中有两个栏目都叫“{label}”", *place)
        seen.add(label)


def _block_mistakes(block: Block, table: Table, places: Places, at: tuple[Step, ...]) -> Iterator[PackError]:
    name = table.name
    if not block.fields:
        yield places.error(f"“{name}”没有栏目(fields)", *at, "fields")
    if block.kind == "form":
        for key in ("key", "rows", "free_rows", "criteria_of", "items_of"):
            if getattr(block, key):
                yield places.error(f"“{name}”：只有 kind: table 才能写 {key}", *at, key)
        return
    if block.key is not None and block.key not in table.by_label:
        says = f"“{name}”没有“{block.key}”这一栏，不能作为行名{suggest(block.key, table.by_label)}"
        yield places.error(says, *at, "key")
    if not table.rows and not block.free_rows:
        yield places.error(f"“{name}”没有一行可填：请写 rows 或 free_rows", *at)
    yield from _row_mistakes(block, table, places, at)


def _row_mistakes(block: Block, table: Table, places: Places, at: tuple[Step, ...]) -> Iterator[PackError]:
    name, first = table.name, len(table.rows) - len(block.rows)
    for number in doubled(r.key for r in table.rows):
        if number >= first:  # those of a rubric are told there
            says = f"“{name}”中有两行的 key 都是“{table.rows[number].key}”"
            yield places.error(says, *at, "rows", number - first, "key")
    for number, row in enumerate(block.rows):
        for label in row.labels:
            if label not in table.by_label:
                says = f"“{name}”没有“{label}”这一栏{suggest(label, table.by_label)}"
                yield places.error(says, *at, "rows", number, "labels", label)
        if row.key in ROW_MARKS or set(";/") & set(row.key):
            yield places.error(f"“{row.key}”不能作为 key：不能用 * . 或含有 ; /", *at, "rows", number, "key")
        if row.slots < 1:
            yield places.error(f"“{row.key}”的 slots 至少是 1", *at, "rows", number, "slots")


def _field_mistakes(field: FormField, block: Block) -> Iterator[tuple[str, str]]:
    """What is wrong with a field, with the key at fault."""
    if field.type == "choice" and not field.choices:
        yield "type", "是下拉栏目，却没有写 choices"
    if field.choices and field.type != "choice":
        yield "choices", "写了 choices，type 应是 choice"
    for number in doubled(field.choices):
        yield "choices", f"选项“{field.choices[number]}”写了两次"
    for choice in field.written:
        if choice not in field.choices:
            yield "written", f"没有“{choice}”这个选项{suggest(choice, field.choices)}"
    if field.min is not None and field.max is not None and field.min > field.max:
        yield "min", f"min {field.min} 比 max {field.max} 大"
    for key in ("min", "max"):
        if getattr(field, key) is not None and not field.numeric:
            yield key, f"只有数字栏目才能写 {key}"
    if field.max_length is not None and field.type != "text":
        yield "max_length", "只有文字栏目才能写 max_length"
    if field.blank == "zero" and not field.numeric:
        yield "blank", "只有数字栏目才能写 blank: zero"
    if field.static and block.kind == "form":
        yield "static", "固定文字(static)只能用在表(table)里"
    if field.static and field.required is not None:
        yield "required", "固定文字由模板印好，不能要求填写"
    yield from _pattern_mistakes(field)


def _pattern_mistakes(field: FormField) -> Iterator[tuple[str, str]]:
    if field.pattern is None:
        return
    try:
        re.compile(field.pattern)
    except re.error as problem:
        yield "pattern", f"正则表达式写法有误（{problem}）"
    if field.pattern_says is None:
        yield "pattern", "写了 pattern，还要用 pattern_says 说明应怎样写"


def _reference_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    for key in ("department", "code"):
        reference = getattr(pack.identity, key)
        if not is_field(reference, pack):
            says = f"identity 里写的“{reference}”不存在{suggest(reference, field_names(pack))}"
            yield places.error(says, "identity", key)
    where = pack.explanations
    if where is None:
        return
    table = pack.tables.get(where.on)
    if table is None or table.kind != "table":
        known = [t.name for t in pack.tables.values() if t.kind == "table"]
        says = f"explanations 里写的“{where.on}”不是一张表{suggest(where.on, known)}"
        yield places.error(says, "explanations", "on")
        return
    for key in ("code", "text"):
        label = getattr(where, key)
        if label not in table.by_label:
            says = f"“{where.on}”没有“{label}”这一栏{suggest(label, table.by_label)}"
            yield places.error(says, "explanations", key)


def is_field(reference: str, pack: Pack) -> bool:
    """Whether `frame.field` is a field of the pack."""
    frame, _, label = reference.rpartition(".")
    return frame in pack.tables and label in pack.tables[frame].by_label


def field_names(pack: Pack) -> list[str]:
    """Every `frame.field` of a pack."""
    return [f"{table.name}.{f.label}" for table in pack.tables.values() for f in table.fields]
