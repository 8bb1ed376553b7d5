"""Figures per head and against last year, with those marked that stand out.

What stands out is said by a statistic that an officer can work out by hand: the median of all
departments, and the median of their distances from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median

from workbook_tool.county.book.figures import MONEY, Figures
from workbook_tool.county.book.listing import Cell, Column, Flag, Kind, Listing, Says, cells
from workbook_tool.county.book.names import Names
from workbook_tool.county.book.places import Places
from workbook_tool.forms.figures import plain
from workbook_tool.model import Pack
from workbook_tool.model.county import Ratio

DIGITS = 6
FEWEST = 5
"""Of fewer departments a median says nothing."""
MARK = "标记"


@dataclass(frozen=True)
class Quotient:
    """One department's figures, in the form's unit; None where unknown."""

    number: int
    amount: Fraction | None
    per: Fraction | None
    last: Fraction | None
    quotient: Fraction | None

    @property
    def change(self) -> Fraction | None:
        """Against last year, in percent."""
        if self.amount is None or not self.last or self.last < 0:
            return None
        return rounded((self.amount / self.last - 1) * 100)


@dataclass(frozen=True)
class Spread:
    """The middle of the departments, and how far they are from it."""

    middle: Fraction | None
    distance: Fraction | None
    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True)
class Ratios:
    """A sheet of one ratio, and the headings of its columns."""

    listing: Listing
    ratio: Ratio
    lines: Sequence[Quotient]
    amount: str
    last: str | None


def rounded(value: Fraction) -> Fraction:
    """As the ROUND of a spreadsheet does it."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return Fraction(exact.quantize(Decimal(1).scaleb(-DIGITS), ROUND_HALF_UP))


def quotients(ratio: Ratio, figures: Figures) -> list[Quotient]:
    """The figures of every department."""
    pack = figures.pack
    scale = Fraction(pack.fen, _money_unit(ratio, pack))
    found = []
    for number in figures.county.returns["number"]:
        amount = _in_unit(figures, str(ratio.amount), figures.of(ratio.amount, number).value)
        per = last = None
        if ratio.per is not None:
            per = _in_unit(figures, str(ratio.per), figures.of(ratio.per, number).value)
        if ratio.last is not None:
            kept = ((figures.county.previous or {}).get(number) or {}).get(str(ratio.amount))
            typed = figures.of(ratio.last, number).value
            last = _in_unit(figures, str(ratio.amount), kept if kept is not None else typed)
        quotient = rounded(amount * scale / per) if amount is not None and per and per > 0 else None
        found.append(Quotient(number, amount, per, last, quotient))
    return found


def _in_unit(figures: Figures, named: str, value: int | None) -> Fraction | None:
    if value is None:
        return None
    frame, _, label = named.rpartition(".")
    field = figures.pack.tables[frame.partition("[")[0]].by_label[label]
    return Fraction(value, figures.pack.fen if field.type == "amount" else 1)


def _money_unit(ratio: Ratio, pack: Pack) -> int:
    """How many fen the unit of the quotient is; the form's own where it names none."""
    return MONEY.get(ratio.unit.partition("/")[0].strip(), pack.fen)


def spread(ratio: Ratio, lines: Sequence[Quotient]) -> Spread | None:
    """The bounds beyond which a quotient stands out; None where there are too few to say."""
    known = [line.quotient for line in lines if line.quotient is not None]
    if len(known) < FEWEST:
        return None
    middle = median(known)
    distance = rounded(median(abs(q - middle) for q in known))
    if ratio.spread is None or distance == 0:
        return Spread(middle, distance, None, None)
    reach = Fraction(ratio.spread) * distance
    return Spread(middle, distance, rounded(middle - reach), rounded(middle + reach))


def ratios(ratio: Ratio, figures: Figures, places: Places, name: str) -> Ratios:
    """The sheet of one ratio."""
    lines = quotients(ratio, figures)
    return _Sheet(ratio, lines, spread(ratio, lines), places, name).made()


class _Sheet:
    def __init__(
        self, ratio: Ratio, lines: Sequence[Quotient], found: Spread | None, places: Places, name: str
    ) -> None:
        self.ratio, self.lines, self.spread = ratio, lines, found
        self.places, self.pack, self.name = places, places.county.pack, name
        heads = Names("部门编码", "部门名称", MARK)
        self.amount = heads.head(f"{ratio.amount.field}({self.pack.unit})")
        self.per = heads.head(ratio.per.field) if ratio.per else None
        self.quotient = heads.head(f"{ratio.title}({ratio.unit})") if ratio.per else None
        self.off = heads.head("与中位数相差") if ratio.per else None
        self.last = heads.head(f"上年({self.pack.unit})") if ratio.last else None
        self.change = heads.head("比上年增长") if ratio.last else None
        wanted: list[tuple[str | None, Kind, float]] = [
            ("部门编码", "centred", 11), ("部门名称", "text", 26), (self.amount, "amount", 17),
            (self.per, "count", 12), (self.quotient, "amount", 18), (self.off, "amount", 15),
            (self.last, "amount", 15), (self.change, "percent", 13), (MARK, "text", 36),
        ]  # fmt: skip
        self.columns = [Column(head, kind, width) for head, kind, width in wanted if head]
        self.says = [Says(text) for text in self._sentences()]
        self.plain = Listing(name, "", "", self.columns, [[]] * len(lines), says=self.says)

    def made(self) -> Ratios:
        """The whole sheet."""
        flagged = f'{self.plain.letter(MARK)}{{r}}<>""'
        marked = [head for head in (MARK, self.quotient, self.change) if head]
        listing = Listing(
            name=self.name,
            title=f"{self.places.county.title}　{self.ratio.title}",
            about=f"{self.ratio.title}：各部门对照，异常的标出来",
            columns=self.columns,
            rows=[self._row(line) for line in self.lines],
            says=self.says,
            totals=self._totals(),
            flags=[Flag(head, f"${flagged}", "explain") for head in marked],
        )
        return Ratios(listing, self.ratio, self.lines, self.amount, self.last)

    def _sentences(self) -> list[str]:
        said = []
        if self.ratio.per and self.ratio.spread is not None:
            said.append(
                f"“{self.ratio.title}”怎样标记：先取各部门的中位数，再取各部门与中位数之差的中位数(中位差)；"
                f"与中位数相差超过 {plain(self.ratio.spread)} 倍中位差的，标“偏高”或“偏低”。"
                f"部门不足 {FEWEST} 个或中位差为 0 时不标。这几个数列在表的下方。"
            )
        if self.ratio.last:
            above = f"，增长超过 {plain(self.ratio.above)}% 的标出来" if self.ratio.above is not None else ""
            said.append(f"与上年比{above}。上年数取存档的上年报表；没有存档的，取本年填报的上年数。")
        said.append("标记只提示核对，不等于有错。缺一个数就不计算，不当作 0。")
        return [*said, *([self.ratio.basis] if self.ratio.basis else [])]

    def _at(self, head: str | None) -> str:
        return f"{self.plain.letter(head or '')}{{r}}"

    def _area(self, head: str | None) -> str:
        letter = self.plain.letter(head or "")
        return f"{letter}${{first}}:{letter}${{last}}"

    def _below(self, number: int) -> str:
        """The cell of the quotient in a line below the list."""
        return f"{self.plain.letter(self.quotient or '')}${self.plain.last + 1 + number}"

    def _row(self, line: Quotient) -> list[Cell]:
        row = cells(*self.places.who(line.number), _number(line.amount))
        if self.per:
            middle = self.spread.middle if self.spread else None
            off = None if line.quotient is None or middle is None else abs(line.quotient - middle)
            amount, per, scale = self._at(self.amount), self._at(self.per), self._scale()
            known = f"AND(ISNUMBER({amount}),N({per})>0)"
            quotient = f'IF({known},ROUND({amount}{scale}/{per},{DIGITS}),"")'
            there = f"AND(ISNUMBER({self._at(self.quotient)}),ISNUMBER({self._below(1)}))"
            distance = f'IF({there},ABS({self._at(self.quotient)}-{self._below(1)}),"")'
            row += cells(
                _number(line.per), Cell(_number(line.quotient), quotient), Cell(_number(off), distance)
            )
        if self.last:
            amount, last = self._at(self.amount), self._at(self.last)
            known = f"AND(ISNUMBER({amount}),N({last})>0)"
            change = f'IF({known},ROUND(({amount}/{last}-1)*100,{DIGITS}),"")'
            row += cells(_number(line.last), Cell(_number(line.change), change))
        return [*row, Cell(self._mark(line) or None, self._mark_formula())]

    def _scale(self) -> str:
        scale = Fraction(self.pack.fen, _money_unit(self.ratio, self.pack))
        up = "" if scale.numerator == 1 else f"*{scale.numerator}"
        return up if scale.denominator == 1 else f"{up}/{scale.denominator}"

    def _mark(self, line: Quotient) -> str:
        parts = []
        if self.spread and line.quotient is not None:
            if self.spread.high is not None and line.quotient > self.spread.high:
                parts.append("偏高。")
            elif self.spread.low is not None and line.quotient < self.spread.low:
                parts.append("偏低。")
        above = self.ratio.above
        if above is not None and line.change is not None and line.change > Fraction(above):
            parts.append(self._too_much())
        return "".join(parts)

    def _too_much(self) -> str:
        return f"比上年增长超过 {plain(self.ratio.above or Decimal(0))}%。"

    def _mark_formula(self) -> str:
        parts = []
        if self.per and self.ratio.spread is not None:
            value, low, high = self._at(self.quotient), self._below(4), self._below(5)
            known = f"AND(ISNUMBER({value}),ISNUMBER({high}))"
            parts.append(f'IF({known},IF({value}>{high},"偏高。",IF({value}<{low},"偏低。","")),"")')
        if self.last and self.ratio.above is not None:
            change = self._at(self.change)
            parts.append(f'IF(N({change})>{plain(self.ratio.above)},"{self._too_much()}","")')
        return "&".join(parts) or '""'

    def _totals(self) -> list[list[Cell]]:
        """The county's own ratio, then the statistic."""
        summed = ((self.amount, "amount"), (self.per, "per"), (self.last, "last"))
        county = {
            head: Cell(self._added(what), f"SUBTOTAL(109,{self._area(head)})")
            for head, what in summed
            if head
        }
        lines = [self._below_line("合计", county)]
        if not self.per:
            return lines
        known = self.spread or Spread(None, None, None, None)
        area, apart = self._area(self.quotient), self._area(self.off)
        enough = f"COUNT({area})>={FEWEST}"
        reach = f"{plain(self.ratio.spread or Decimal(0))}*{self._below(3)}"
        wide = f"N({self._below(3)})>0" if self.ratio.spread is not None else "FALSE"
        count = sum(line.quotient is not None for line in self.lines)
        low, high = (f"ROUND({self._below(1)}{sign}{reach},{DIGITS})" for sign in "-+")
        statistic = [
            ("中位数", Cell(_number(known.middle), f'IF({enough},MEDIAN({area}),"")')),
            ("有数的部门(个)", Cell(count, f"COUNT({area})", kind="count")),
            ("中位差", Cell(_number(known.distance),
                         f'IF({enough},ROUND(MEDIAN({apart}),{DIGITS}),"")')),
            ("偏低线", Cell(_number(known.low), f'IF({wide},{low},"")')),
            ("偏高线", Cell(_number(known.high), f'IF({wide},{high},"")')),
        ]  # fmt: skip
        return [*lines, *(self._below_line(title, {self.quotient or "": cell}) for title, cell in statistic)]

    def _below_line(self, title: str, found: dict[str, Cell]) -> list[Cell]:
        return [Cell(None), Cell(title), *(found.get(c.head, Cell(None)) for c in self.columns[2:])]

    def _added(self, what: str) -> int | float | None:
        return _number(sum((getattr(line, what) or Fraction(0) for line in self.lines), Fraction(0)))


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)
