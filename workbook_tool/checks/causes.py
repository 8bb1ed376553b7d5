"""Why a total is wrong, where the figures show it, and which are wrong only because another is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from workbook_tool.checks.addresses import Book, Place
from workbook_tool.checks.formula_causes import Blame
from workbook_tool.checks.own_formulas import own_formulas
from workbook_tool.forms.figures import total_figure, whole_scale
from workbook_tool.forms.language.cells import Cell, cells
from workbook_tool.forms.language.compiled import CompiledRule
from workbook_tool.forms.language.evaluation import whole_half_up
from workbook_tool.forms.language.records import Records
from workbook_tool.forms.language.scope import kind_of
from workbook_tool.model import FormField

TYPED = "这一格在模板里是公式，被改成了填写的数。"
SIZES = {"元": 1, "千元": 1_000, "万元": 10_000, "亿元": 100_000_000}
UNIT_STEP = 10_000
POINT_STEP = 100


@dataclass(frozen=True)
class Wrong:
    """A declared total that is not what it should be.

    Attributes:
        declared: None where it is blank.
        computed: As `totals.COLUMNS` keep it.
    """

    compiled: CompiledRule
    submission: int
    record: int
    label: str
    declared: int | None
    computed: int

    @property
    def field(self) -> FormField:
        """The field of the total."""
        return self.compiled.table.by_label[self.label]

    @property
    def place(self) -> Place:
        """Where the total stands."""
        return (self.compiled.table.name, self.record, self.label)

    @property
    def difference(self) -> int:
        """Declared less computed."""
        return (self.declared or 0) - self.computed


@dataclass(frozen=True)
class Cause:
    """Why a total is wrong.

    Attributes:
        says: A sentence to put behind the rule's own.
        cells: The cells that explain it.
        rounding: Whether it is no more than rounding can make.
    """

    says: str
    cells: tuple[Place, ...] = ()
    rounding: bool = False


class Slips:
    """The wrong totals of one workbook, and what they have to do with each other.

    Args:
        wrong: In the order of the pack's rules.
        records: The batch.
        holds: Whether any rule finds a total right.
    """

    def __init__(self, wrong: list[Wrong], records: Records, holds: Callable[[Place], bool]):
        self.wrong, self.records, self.pack, self._holds = wrong, records, records.pack, holds
        self._own = own_formulas(records)
        self._addends: dict[tuple[str, Place], tuple[Cell, ...]] = {}

    def addends(self, wrong: Wrong) -> tuple[Cell, ...]:
        """The cells that a total adds up."""
        key = (wrong.compiled.rule.code, wrong.place)
        if key not in self._addends:
            expression = wrong.compiled.verdicts[wrong.label]
            self._addends[key] = cells(expression, self.records.batch, self.pack, wrong.record)
        return self._addends[key]

    def filled_addends(self, wrong: Wrong) -> list[Cell]:
        """The addends that hold something."""
        return [c for c in self.addends(wrong) if not self.records.blank(c.frame, c.field).values[c.record]]

    def value(self, cell: Cell) -> int:
        """What an addend holds, kept as totals are; 0 where it is blank."""
        held = self.records.column(cell.frame, cell.field)
        field = self.records.table(cell.frame).by_label[cell.field]
        if not held.known[cell.record]:
            return 0
        if kind_of(field) == "number":
            return int(whole_half_up(held.values[cell.record : cell.record + 1] * whole_scale(field))[0])
        return int(held.values[cell.record])

    def text(self, wrong: Wrong, value: int) -> str:
        """An amount as the total's field shows it."""
        return total_figure(value, wrong.field, self.pack)

    # ---- which are worth telling ----

    @cached_property
    def genuine(self) -> list[Wrong]:
        """The wrong totals that are told.

        Left out are those that would hold if the others were mended, and what a second rule says
        alike of the same cell.
        """
        kept: dict[tuple[Place, int], Wrong] = {}
        for wrong in self.wrong:
            if not self._follows(wrong):
                kept.setdefault((wrong.place, wrong.computed), wrong)
        return list(kept.values())

    @cached_property
    def _by_place(self) -> dict[Place, Wrong]:
        found: dict[Place, Wrong] = {}
        for wrong in self.wrong:
            found.setdefault(wrong.place, wrong)
        return found

    @cached_property
    def _of_row(self) -> dict[tuple[str, int], list[Wrong]]:
        """The totals that are told, by their rows: in a long table each has few to be compared with."""
        found: dict[tuple[str, int], list[Wrong]] = {}
        for wrong in self.genuine:
            found.setdefault(wrong.place[:2], []).append(wrong)
        return found

    @cached_property
    def _adding(self) -> dict[Place, list[int]]:
        """By cell the numbers, in `genuine`, of the totals that it is added to."""
        found: dict[Place, list[int]] = {}
        for number, wrong in enumerate(self.genuine):
            for cell in self.addends(wrong):
                if cell.weight == 1:
                    found.setdefault(cell.place, []).append(number)
        return found

    def right(self, wrong: Wrong) -> int:
        """What the total should be, the wrong totals among its addends mended."""
        return self._mended(wrong, frozenset({wrong.place}))

    def _follows(self, wrong: Wrong) -> bool:
        right = self.right(wrong)
        return right != wrong.computed and right == (wrong.declared or 0)

    def _mended(self, wrong: Wrong, seen: frozenset[Place]) -> int:
        """What the total should be once the wrong totals among its addends are mended."""
        right = Decimal(wrong.computed)
        for cell in self.addends(wrong):
            other = self._by_place.get(cell.place)
            if other is None or cell.weight is None or cell.place in seen:
                continue
            mended = self._mended(other, seen | {cell.place})
            right += cell.weight * (mended - (other.declared or 0))
        return int(right)

    # ---- why ----

    def cause(self, wrong: Wrong) -> Cause | None:
        """The first cause that fits; None for a blank total and for plain arithmetic."""
        if wrong.declared is None:
            return None
        return next((c for c in self._causes(wrong) if c is not None), None)

    def _causes(self, wrong: Wrong) -> Iterator[Cause | None]:
        yield self._rounding(wrong)
        yield self._formula(wrong)
        yield self._two_columns(wrong)
        yield self._crossing(wrong)
        yield self._unit_of_addend(wrong)
        yield self._unit(wrong)
        yield self._decimal_point(wrong)
        yield self._sign(wrong)
        yield self._stored_as_text(wrong)
        yield self._one_addend(wrong)
        yield self._only_formula(wrong)

    def _rounding(self, wrong: Wrong) -> Cause | None:
        """No more off than rounding every addend can make it."""
        if wrong.field.type != "amount":
            return None
        terms = len(self.filled_addends(wrong)) + 1
        most = int(self.pack.rounding.per_term * terms * self.pack.fen)
        if abs(wrong.difference) > most:
            return None
        return Cause(
            f"差数不超过四舍五入可能造成的{self.text(wrong, most)}，属于尾差，请确认。", rounding=True
        )

    def _two_columns(self, wrong: Wrong) -> Cause | None:
        """Another column of the same row is off by as much the other way: one slip."""
        for other in self._of_row.get(wrong.place[:2], ()):
            if other.label == wrong.label or other.declared is None:
                continue
            if other.difference != -wrong.difference:
                continue
            over, under = (wrong, other) if wrong.difference > 0 else (other, wrong)
            amount = self.text(over, over.difference)
            says = f"“{over.field.printed}”多{amount}，“{under.field.printed}”少{amount}，是同一处差错"
            moved = [c for c in self.addends(under) if c.weight == 1 and self.value(c) == over.difference]
            if not moved:
                return Cause(f"{says}：有一笔{amount}应计入后者，计到了前者。", (other.place,))
            rows = "或".join(f"{self.where(c.place)}{amount}" for c in moved)
            return Cause(
                f"{says}：{rows}计到了“{over.field.printed}”。", (*(c.place for c in moved), other.place)
            )
        return None

    def _crossing(self, wrong: Wrong) -> Cause | None:
        """A total of the row and one of the column are off alike: the cell where they cross."""
        mine = {c.place: c for c in self.addends(wrong) if c.weight == 1}
        sharing = {number for place in mine for number in self._adding.get(place, ())}
        for other in (self.genuine[number] for number in sorted(sharing)):
            if other.place == wrong.place or other.difference != wrong.difference or other.declared is None:
                continue
            common = [mine[c.place] for c in self.addends(other) if c.weight == 1 and c.place in mine]
            if len(common) != 1:
                continue
            cell = common[0]
            now, then = self.value(cell), self.value(cell) + wrong.difference
            says = (
                f"{self.where(other.place)}也差同样的数，问题可能出在{self.where(cell.place)}"
                f"：现在是{self.text(wrong, now)}，改为{self.text(wrong, then)}两处就都对得上。"
            )
            return Cause(says, (cell.place, other.place))
        return None

    def _unit(self, wrong: Wrong) -> Cause | None:
        """The total was given in another unit of money."""
        assert wrong.declared is not None
        if wrong.field.type != "amount" or not wrong.computed:
            return None
        if wrong.declared == wrong.computed * UNIT_STEP:
            return Cause(f"正好是应填数的一万倍{self._meant(SIZES[self.pack.unit] // UNIT_STEP)}。")
        if wrong.declared * UNIT_STEP == wrong.computed:
            return Cause(f"正好是应填数的万分之一{self._meant(SIZES[self.pack.unit] * UNIT_STEP)}。")
        return None

    def _meant(self, size: int) -> str:
        """Which unit it was probably given in."""
        unit = next((name for name, s in SIZES.items() if s == size), None)
        return f"，像是按{unit}填的，本表以{self.pack.unit}为单位" if unit else ""

    def _unit_of_addend(self, wrong: Wrong) -> Cause | None:
        """One addend was given in another unit of money, and the total reckons it rightly."""
        if wrong.field.type != "amount":
            return None
        for cell in self.addends(wrong):
            value = self.value(cell)
            if cell.weight in (1, -1) and value and value % UNIT_STEP == 0:
                if wrong.difference == cell.weight * (value // UNIT_STEP - value):
                    meant = self._meant(SIZES[self.pack.unit] // UNIT_STEP)
                    return Cause(
                        f"{self.where(cell.place)}{self.text(wrong, value)}大了一万倍{meant}。", (cell.place,)
                    )
        return None

    def _decimal_point(self, wrong: Wrong) -> Cause | None:
        assert wrong.declared is not None
        if wrong.computed and wrong.declared == wrong.computed * POINT_STEP:
            return Cause(f"正好是应填数的{POINT_STEP}倍，请检查小数点。")
        if wrong.declared and wrong.declared * POINT_STEP == wrong.computed:
            return Cause("正好是应填数的百分之一，请检查小数点。")
        return None

    def _sign(self, wrong: Wrong) -> Cause | None:
        return Cause("数字对，正负号反了。") if wrong.declared == -wrong.computed else None

    def _stored_as_text(self, wrong: Wrong) -> Cause | None:
        """The total is the sum of the addends that are not stored as text."""
        texts = [c for c in self.addends(wrong) if c.weight is not None and self._is_text(c)]
        left_out = sum((c.weight or 0) * self.value(c) for c in texts)
        if not texts or left_out != -wrong.difference:
            return None
        named = "、".join(self.where(c.place) + self.text(wrong, self.value(c)) for c in texts)
        return Cause(f"{named}是以文本存放的数字，求和时被漏掉了。", tuple(c.place for c in texts))

    def _is_text(self, cell: Cell) -> bool:
        flags = self.records.batch.text_numbers.get(cell.frame)
        return flags is not None and cell.field in flags and bool(flags[cell.field].iat[cell.record])

    def _one_addend(self, wrong: Wrong) -> Cause | None:
        """Just one addend was added twice or left out."""
        for sign, verb in ((1, "多加了一次"), (-1, "漏加了")):
            fits = [
                c
                for c in self.addends(wrong)
                if c.weight is not None and c.weight * self.value(c) == sign * wrong.difference
            ]
            if len(fits) == 1:
                amount = self.text(wrong, abs(wrong.difference))
                return Cause(f"差数正好是{self.where(fits[0].place)}{amount}，像是{verb}。", (fits[0].place,))
        return None

    # ---- its formula ----

    @cached_property
    def _book(self) -> Book:
        return Book(self.records, self.wrong[0].submission)

    def _blame(self, wrong: Wrong) -> Blame | None:
        """The total's formula, where it gives the wrong figure and no rule finds that right."""
        blame = Blame(wrong.place, self._own, self._book)
        return blame if blame.text and not self._holds(wrong.place) and blame.applies else None

    def _formula(self, wrong: Wrong) -> Cause | None:
        """Its formula leaves something out, or adds too much."""
        blame = self._blame(wrong)
        differs = blame.differs(self.addends(wrong)) if blame else None
        return Cause(*differs) if differs else None

    def _only_formula(self, wrong: Wrong) -> Cause | None:
        """Nothing explains it but that the formula says so."""
        blame = self._blame(wrong)
        return Cause(f"这个数是{blame.formula}算出来的，请检查公式。") if blame else None

    def overwritten(self, wrong: Wrong) -> str:
        """Says that the total was typed over the template's formula; nothing where it was not."""
        frame, record, label = wrong.place
        typed = wrong.declared is not None and self._own.text(wrong.place) is None
        return TYPED if typed and self._own.template_has(frame, label)[record] else ""

    def where(self, place: Place) -> str:
        """A cell in words: `“2、工伤保险”的“其他收入”`, or only the field of a form."""
        frame, record, label = place
        table = self.records.table(frame)
        field = f"“{table.by_label[label].printed}”"
        return field if table.kind == "form" else f"“{self.records.row_names(frame)[record]}”的{field}"
