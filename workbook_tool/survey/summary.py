"""The results in a few lines, and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workbook_tool.county.types import Why
from workbook_tool.model import Pack
from workbook_tool.survey.adding import rows_of
from workbook_tool.survey.storage import Place

MOST_FREQUENT = 5
"""How many kinds of findings are told."""

COUNTS = ("文件", "部门", "计入", "不计入", "退回", "需说明", "通过", "错误处数", "需说明处数", "提示处数")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Summary:
    """What all counties come to.

    Attributes:
        title: What was surveyed.
        unit: Of amounts.
        counties: How many there are.
        counts: COUNTS, over all of them.
        reasons: How many files do not count, by why.
        codes: The kinds of findings, the most frequent first.
        money: The sums of figures.
        same: How many files count in a county that count in another too.
    """

    title: str
    unit: str
    counties: int
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    codes: Rows
    money: Rows
    same: int

    @property
    def has_errors(self) -> bool:
        """Whether anything has to be mended."""
        return bool(self.counts["退回"] or set(self.reasons) - {Why.DUPLICATE.value, Why.SUPERSEDED.value})

    @property
    def plain(self) -> dict[str, Any]:
        """As plain data: amounts are texts in the form's unit."""
        return {
            "title": self.title, "unit": self.unit, "counties": self.counties, "counts": dict(self.counts),
            "set_aside": dict(self.reasons), "same_in_several_counties": self.same,
            "codes": self.codes, "money": [{k: _plain(v) for k, v in row.items()} for row in self.money],
        }  # fmt: skip

    def lines(self, out: str, known: int) -> list[str]:
        """What a clerk is told."""
        count = self.counts
        said = [
            self.title,
            f"{self.counties} 个县，{count['文件']} 份文件(其中 {known} 份是以前核对过的)，"
            f"{count['部门']} 个部门：退回 {count['退回']} 个、需说明 {count['需说明']} 个、"
            f"通过 {count['通过']} 个。",
        ]
        if self.reasons:
            told = "、".join(f"{why} {number} 份" for why, number in self.reasons.items())
            said.append(f"没有计入 {count['不计入']} 份：{told}。逐份见 tables/不计入.csv。")
        if self.same:
            said.append(f"内容相同的文件计入了几个县，共 {self.same} 份，请核对 tables/几县相同.csv。")
        most = self.codes[:MOST_FREQUENT]
        if most:
            told = "、".join(f"{row['编号']} {row['名称'] or ''}({row['部门数']} 个部门)" for row in most)
            said.append(f"最多的问题：{told}。")
        return [*said, f"结果在：{out}(汇总表在 tables，明细在 parts)"]


def summary_of(out: Place, pack: Pack, rows: Mapping[str, int]) -> Summary:
    """The summary of tables that were just written.

    Args:
        out: Where they lie.
        pack: The pack.
        rows: How many lines each of them has.
    """
    counties = rows_of(out, "各县")
    return Summary(
        title=f"{pack.fiscal_year}年度{pack.title}",
        unit=pack.unit,
        counties=len(counties),
        counts={name: sum(row[name] for row in counties) for name in COUNTS},
        reasons=_counted(row["原因"] for row in rows_of(out, "不计入")),
        codes=rows_of(out, "问题分类"),
        money=rows_of(out, "金额"),
        same=rows["几县相同"],
    )


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    found = list(reasons)
    return {why.value: number for why in Why if (number := found.count(why.value))}


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
