"""Money sheets: one line a department, one column a figure, and the county's total below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbook_tool.county.book.figures import Figures, Known, figures_of, in_unit
from workbook_tool.county.book.links import link_to
from workbook_tool.county.book.listing import Cell, Column, Flag, Kind, Listing, Says
from workbook_tool.county.book.names import Names
from workbook_tool.county.book.places import Places
from workbook_tool.county.types import State
from workbook_tool.forms.figures import figure as told
from workbook_tool.model import FormField, Pack
from workbook_tool.model.county import Figure, MoneySheet

READ = (State.RETURNED, State.EXPLAIN, State.PASSED)
"""The states of departments whose figures could be read."""

COMPLETE, PARTLY, NOTHING = "齐全", "不全", "没有数"
"""What is said of a department's line."""


@dataclass(frozen=True)
class Money:
    """A money sheet.

    Attributes:
        heads: Figure -> the heading of its column.
        sums: Figure -> the county's total in the form's unit, over what is known.
    """

    listing: Listing
    sheet: MoneySheet
    heads: dict[Figure, str]
    sums: dict[Figure, int | float]

    @property
    def main(self) -> tuple[Figure, Column] | None:
        """What stands for the whole sheet: its first amount, else its first count."""
        columns = {c.head: c for c in self.listing.columns}
        found = [(figure, columns[head]) for figure, head in self.heads.items()]
        return next((pair for pair in found if pair[1].kind == "amount"), next(iter(found), None))


def money(sheet: MoneySheet, figures: Figures, places: Places, name: str) -> Money:
    """A money sheet of the county."""
    pack, county = figures.pack, figures.county
    names = Names()
    code, who, state = (names.head(h) for h in ("部门编码", "部门名称", "状态"))
    fields = figures_of(sheet, pack)
    heads = {figure: names.head(_head(field, pack)) for field, figure in fields}
    complete, remark = names.head("数是否齐全"), names.head("备注")
    columns = [
        Column(code, "centred", 11),
        Column(who, "text", 24),
        Column(state, "centred", 10),
        *(Column(heads[figure], _kind(field), 15) for field, figure in fields),
        Column(complete, "centred", 10),
        Column(remark, "text", 40),
    ]
    plain = Listing(name, "", "", columns, [[]] * len(county.returns), says=[Says("")] * 3)
    rows, known_of = [], []
    for line in county.returns.to_dict("records"):
        known = [figures.of(figure, line["number"]) for _, figure in fields]
        known_of.append(known)
        link = link_to(line["copy"], places.out, places.tab(line["number"], sheet.frame))
        read = line["state"] in READ
        rows.append(
            [
                Cell(line["code"]),
                Cell(line["department"], link=link),
                places.state(line["state"]),
                *(_figure(k, field, pack, read) for k, (field, _) in zip(known, fields, strict=True)),
                _completeness(known, plain, list(heads.values())),
                Cell(_remark(known, fields, pack) if read else None),
            ]
        )
    columns_of = list(zip(*known_of, strict=True)) if known_of else [()] * len(fields)
    sums = {
        figure: in_unit(sum(k.value or 0 for k in column), field, pack) or 0
        for (field, figure), column in zip(fields, columns_of, strict=True)
    }
    return Money(
        Listing(
            name=name,
            title=f"{county.title}　{sheet.title}{_unit(fields, pack)}",
            about=f"各部门“{sheet.title}”的数和全县合计",
            columns=columns,
            rows=rows,
            says=_says(known_of, plain, complete),
            totals=_totals(sums, columns_of, plain, heads),
            flags=[Flag(complete, f'{plain.letter(complete)}{{r}}="{PARTLY}"', "unknown")],
            fixed=2,
        ),
        sheet,
        heads,
        sums,
    )


def _head(field: FormField, pack: Pack) -> str:
    unit = {"count": field.unit}.get(field.type)
    return f"{field.label}({unit})" if unit else field.label


def _kind(field: FormField) -> Kind:
    return "amount" if field.type == "amount" else "count"


def _unit(fields: Sequence[tuple[FormField, Figure]], pack: Pack) -> str:
    return f"(金额单位：{pack.unit})" if any(f.type == "amount" for f, _ in fields) else ""


def _figure(known: Known, field: FormField, pack: Pack, read: bool) -> Cell:
    value = in_unit(known.value, field, pack)
    if known.value is None:
        return Cell(None, colour="unknown" if read else None)
    if known.differs:
        return Cell(value, colour="differs", note=f"{_difference(known, field, pack)}。合计按重算的数。")
    return Cell(value)


def _difference(known: Known, field: FormField, pack: Pack) -> str:
    said = "没有填全或无法识别" if known.declared is None else f"填报 {told(known.declared, field, pack)}"
    return f"{field.label}{said}，重算 {told(known.value, field, pack)}"


def _remark(known: Sequence[Known], fields: Sequence[tuple[FormField, Figure]], pack: Pack) -> str | None:
    """On paper, what the colours and notes say."""
    if not any(k.there for k in known):
        return "没有填这张表，或表中没有这一行。"
    differing = [_difference(k, f, pack) for k, (f, _) in zip(known, fields, strict=True) if k.differs]
    lacking = [f.label for k, (f, _) in zip(known, fields, strict=True) if k.value is None]
    if lacking:
        differing.append(f"{'、'.join(lacking)}空着或无法识别")
    return "；".join(differing) + "。" if differing else None


def _completeness(known: Sequence[Known], plain: Listing, heads: Sequence[str]) -> Cell:
    row = f"{plain.letter(heads[0])}{{r}}:{plain.letter(heads[-1])}{{r}}"
    there = sum(k.value is not None for k in known)
    said = COMPLETE if there == len(known) else PARTLY if there else NOTHING
    formula = f'IF(COUNT({row})={len(known)},"{COMPLETE}",IF(COUNT({row})=0,"{NOTHING}","{PARTLY}"))'
    return Cell(said, formula)


def _says(known_of: Sequence[Sequence[Known]], plain: Listing, complete: str) -> list[Says]:
    there = [sum(k.value is not None for k in known) for known in known_of]
    full = max((len(known) for known in known_of), default=0)
    none, partly = sum(n == 0 for n in there), sum(0 < n < full for n in there)
    cells = f"{plain.letter(complete)}{{first}}:{plain.letter(complete)}{{last}}"
    nothing, some = (f'COUNTIF({cells},"{word}")' for word in (NOTHING, PARTLY))
    parts = ("合计不含没有数的 ", " 个部门；另有 ", " 个部门的数不全，空着的栏目没有计入合计，也没有当作 0。")
    return [
        Says(
            f"{parts[0]}{none}{parts[1]}{partly}{parts[2]}",
            f'"{parts[0]}"&{nothing}&"{parts[1]}"&{some}&"{parts[2]}"',
        ),
        Says("能按明细重算的取重算数，否则取填报数。橙色：填报数与重算数不一致；浅黄色：空着或无法识别。"),
        Says(
            "合计是公式：改动一个部门的数，或用筛选只留下一部分部门，合计随着变。部门名称链接到标注过的报表。"
        ),
    ]


def _totals(
    sums: dict[Figure, int | float],
    columns_of: Sequence[Sequence[Known]],
    plain: Listing,
    heads: dict[Figure, str],
) -> list[list[Cell]]:
    areas = [f"{plain.letter(h)}{{first}}:{plain.letter(h)}{{last}}" for h in heads.values()]
    added = [Cell(s, f"SUBTOTAL(109,{a})") for s, a in zip(sums.values(), areas, strict=True)]
    lacking = [
        Cell(sum(k.value is None for k in column), f"ROWS({a})-COUNT({a})", kind="count")
        for column, a in zip(columns_of, areas, strict=True)
    ]
    blank = Cell(None)
    return [
        [blank, Cell("合计"), blank, *added, blank, blank],
        [blank, Cell("没有数的部门(个)"), blank, *lacking, blank, blank],
    ]
