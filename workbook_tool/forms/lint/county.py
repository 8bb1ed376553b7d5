"""Mistakes in county.yaml: names that do not exist, sheets without a figure, sentences nothing fills."""

from __future__ import annotations

from collections.abc import Iterator

from workbook_tool.forms.language.messages import placeholders
from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.lint.form import doubled, field_names, is_field
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.model import AcrossRule, Figure, MoneySheet, Pack, PackError, Ratio
from workbook_tool.notices import NOTICES

PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "same name": ("名称", "部门", "个数"),
    "same text": ("内容", "部门", "个数", "相似度"),
    "missing unit": ("名称", "部门"),
}
"""What the sentence of each kind of check may name."""

FIGURES = ("amount", "count")
"""The types of fields that can be added up over departments."""


def county_mistakes(pack: Pack, places: Places) -> Iterator[PackError]:
    """Every mistake of what a pack says of the county."""
    county = pack.county
    if county is None:
        return
    titles = [sheet.title for sheet in county.sheets]
    for number in doubled(titles):
        yield places.error(f"有两张汇总表都叫“{titles[number]}”", "county", "sheets", number, "title")
    for number, sheet in enumerate(county.sheets):
        for key, says in _sheet_mistakes(sheet, pack):
            yield places.error(f"汇总表“{sheet.title}”：{says}", "county", "sheets", number, key)
    for number, ratio in enumerate(county.ratios):
        for key, says in _ratio_mistakes(ratio, pack):
            yield places.error(f"“{ratio.title}”：{says}", "county", "ratios", number, key)
    taken = {rule.code for rule in pack.rules} | NOTICES.keys()
    for number, rule in enumerate(county.across):
        if rule.code in taken:
            yield places.error(f"编号“{rule.code}”已经用过", "county", "across", number, "code")
        taken.add(rule.code)
        for key, says in _across_mistakes(rule, pack):
            yield places.error(f"规则 {rule.code}：{says}", "county", "across", number, key)


def _sheet_mistakes(sheet: MoneySheet, pack: Pack) -> Iterator[tuple[str, str]]:
    table = pack.tables.get(sheet.frame)
    if table is None:
        yield "frame", f"没有“{sheet.frame}”这张表{suggest(sheet.frame, pack.tables)}"
        return
    yield from _row_mistakes(sheet.frame, sheet.row, pack, "row")
    if not any(f.type in FIGURES for f in table.fields):
        yield "frame", f"“{sheet.frame}”没有金额或个数的栏目，没有什么可汇总"


def _row_mistakes(frame: str, row: str | None, pack: Pack, key: str) -> Iterator[tuple[str, str]]:
    """Why a row cannot be taken: a table needs a fixed row that stands once, a form has none."""
    table = pack.tables[frame]
    known = {r.key for r in table.rows if r.slots == 1}
    if table.kind == "form" and row is not None:
        yield key, f"“{frame}”不是一行一行的表，不能写行名“{row}”"
    elif table.kind == "table" and row is None:
        yield key, f"“{frame}”有许多行，要写明取哪一个固定行"
    elif row is not None and row not in known:
        yield key, f"“{frame}”没有“{row}”这个固定行{suggest(row, known)}"


def _ratio_mistakes(ratio: Ratio, pack: Pack) -> Iterator[tuple[str, str]]:
    for key, figure in (("amount", ratio.amount), ("per", ratio.per), ("last", ratio.last)):
        if figure is not None:
            yield from _figure_mistakes(figure, pack, key)
    if ratio.per is None and ratio.last is None:
        yield "amount", "per 和 last 至少要写一项"
    if ratio.above is not None and ratio.last is None:
        yield "above", "写了 above，还要用 last 写明上年数"
    if ratio.spread is not None and ratio.per is None:
        yield "spread", "写了 spread，还要用 per 写明除以什么"


def _figure_mistakes(figure: Figure, pack: Pack, key: str) -> Iterator[tuple[str, str]]:
    reference = f"{figure.frame}.{figure.field}"
    if not is_field(reference, pack):
        yield key, f"没有“{reference}”这一栏{suggest(reference, field_names(pack))}"
        return
    yield from _row_mistakes(figure.frame, figure.row, pack, key)
    kind = pack.tables[figure.frame].by_label[figure.field].type
    wanted = FIGURES if key == "per" else ("amount",)
    if kind not in wanted:
        yield key, f"“{reference}”不是{'金额或个数' if key == 'per' else '金额'}栏目"


def _across_mistakes(rule: AcrossRule, pack: Pack) -> Iterator[tuple[str, str]]:
    for reference in rule.fields:
        if not is_field(reference, pack):
            yield "fields", f"没有“{reference}”这一栏{suggest(reference, field_names(pack))}"
            continue
        frame, _, label = reference.rpartition(".")
        if pack.tables[frame].by_label[label].type != "text":
            yield "fields", f"“{reference}”不是文字栏目"
    if rule.kind != "same text" and rule.alike != 1:
        yield "alike", "只有 kind: same text 才能写 alike"
    if rule.kind == "same text" and rule.at_least < rule.run:
        yield "at_least", f"at_least 至少是 {rule.run}（run 的数），再短的文字没法比较"
    for key in ("title", "message", "basis", "fix"):
        if not getattr(rule, key).strip():
            yield key, f"{key} 是空的"
    try:
        names = placeholders(rule.message)
    except PackError as mistake:
        yield "message", mistake.message
        return
    for name in dict.fromkeys(names):
        if name not in PLACEHOLDERS[rule.kind]:
            yield "message", f"说明文字里的“{{{name}}}”不存在{suggest(name, PLACEHOLDERS[rule.kind])}"
