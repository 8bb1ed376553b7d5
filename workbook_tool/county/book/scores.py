"""Score sheets of the county: ranking, grades, and the points that nothing proves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from workbook_tool.checks.scored import UNPROVEN, grade_of
from workbook_tool.county.book.listing import Cell, Column, Flag, Listing, Says, cells
from workbook_tool.county.book.names import Names
from workbook_tool.county.book.places import Places
from workbook_tool.forms.formulas.score_formulas import grade as grade_formula
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import Pack, Rubric

RANK, SELF, PROVEN, OPEN, BOTH, OFF, GRADE, SELF_GRADE = (
    "名次", "自评得分", "复核得分", "无依据得分", "复核加无依据", "自评高出", "复核等级", "自评等级",
)  # fmt: skip


@dataclass(frozen=True)
class Score:
    """One score sheet; points in 1/10,000, None where unknown."""

    number: int
    subject: str | None
    claim: int | None
    proven: int | None
    unproven: int | None

    @property
    def both(self) -> int | None:
        """What it comes to if all that is unproven proves right."""
        return None if self.proven is None or self.unproven is None else self.proven + self.unproven


@dataclass(frozen=True)
class Ranking:
    """The ranking of one rubric."""

    rubric: Rubric
    scores: Sequence[Score]
    listing: Listing

    @cached_property
    def ranks(self) -> dict[int, int]:
        """The rank of each score; those alike share it."""
        ranks: dict[int, int] = {}
        for rank, score in enumerate(self.scores, 1):
            if score.both is not None:
                ranks.setdefault(score.both, rank)
        return ranks


def rankings(places: Places, names: Names) -> list[Ranking]:
    """评分排名: one for each rubric of the pack."""
    pack = places.county.pack
    return [_ranking(rubric, places, names.tab(_tab(rubric, pack))) for rubric in pack.rubrics]


def _tab(rubric: Rubric, pack: Pack) -> str:
    return "评分排名" if len(pack.rubrics) == 1 else f"评分排名({pack.tables[rubric.on].sheet.name})"


def scores_of(places: Places, rubric: Rubric) -> list[Score]:
    """The scores of a rubric, the best first, then those that are not known."""
    scores = places.county.scores
    found = [
        Score(
            number=line["submission"],
            subject=None if pd.isna(line["subject"]) else str(line["subject"]),
            claim=_points(line["self"]),
            proven=_points(line["recomputed"]),
            unproven=_points(line["unproven"]),
        )
        for line in scores[scores["rubric"] == rubric.id].to_dict("records")
    ]
    return sorted(found, key=lambda s: (s.both is None, -(s.both or 0)))


def _ranking(rubric: Rubric, places: Places, name: str) -> Ranking:
    scores = scores_of(places, rubric)
    repeats = places.county.pack.tables[rubric.on].sheet.repeats
    subject = [Column("对象", "text", 30)] if repeats else []
    columns = [
        Column("部门编码", "centred", 11), Column("部门名称", "text", 26), *subject,
        Column(RANK, "centred", 8),
        Column(SELF, "points", 11), Column(PROVEN, "points", 11), Column(OPEN, "points", 11),
        Column(BOTH, "points", 13), Column(OFF, "points", 11), Column(GRADE, "centred", 10),
        Column(SELF_GRADE, "centred", 10),
    ]  # fmt: skip
    lacking = len(places.lines) - len({s.number for s in scores})
    plain = Listing(name, "", "", columns, [[]] * len(scores), says=[Says("")] * 3)
    ranking = Ranking(rubric, scores, plain)
    checked, own = (f"{plain.letter(head)}{{r}}" for head in (GRADE, SELF_GRADE))
    both = f"名次和复核等级按“{BOTH}”计，得分相同的名次并列。“{OFF}”是自评减去“{BOTH}”。"
    listing = Listing(
        name=name,
        title=f"{places.county.title}　{rubric.title}排名",
        about=f"{rubric.title}：自评、复核、无依据的得分，等级和名次",
        columns=columns,
        rows=[_ranked(ranking, score, places, repeats) for score in scores],
        says=[
            Says("复核得分是填报数据能证明的得分和评价人员评判的得分；无依据得分是没有数据证明的自评得分。"),
            Says(_grades(rubric) + both),
            Says(
                "没有名次的，是有指标还没有评判或无法复核。"
                f"另有 {lacking} 个部门没有可用的评分表，不在本表。"
            ),
        ],
        flags=[
            Flag(OFF, f"N({plain.letter(OFF)}{{r}})>0", "error"),
            Flag(OPEN, f"N({plain.letter(OPEN)}{{r}})>0", "explain"),
            Flag(GRADE, f'AND({checked}<>"",{checked}<>{own})', "explain"),
        ],
        nothing="没有可用的评分表。",
        fixed=len(subject) + 2,
    )  # fmt: skip
    return Ranking(rubric, scores, listing)


def _grades(rubric: Rubric) -> str:
    ordered = sorted(rubric.grades, key=lambda g: -g.least)
    return (
        "、".join(f"{g.least:f} 分(含)以上为{g.name}" for g in ordered[:-1]) + f"，以下为{ordered[-1].name}。"
    )


def _ranked(ranking: Ranking, score: Score, places: Places, repeats: bool) -> list[Cell]:
    plain, rubric = ranking.listing, ranking.rubric
    at = {head: f"{plain.letter(head)}{{r}}" for head in (SELF, PROVEN, OPEN, BOTH)}
    area = f"${plain.letter(BOTH)}${{first}}:${plain.letter(BOTH)}${{last}}"
    both, off = score.both, None
    if both is not None and score.claim is not None:
        off = score.claim - both
    rank = None if both is None else ranking.ranks[both]
    link = places.link(score.number, places.tab(score.number, rubric.on) if not repeats else None)
    return cells(
        places.lines[score.number]["code"],
        Cell(places.department(score.number), link=link),
        *([score.subject] if repeats else []),
        Cell(rank, f'IF(ISNUMBER({at[BOTH]}),RANK({at[BOTH]},{area}),"")', kind="centred"),
        _in_points(score.claim),
        _in_points(score.proven),
        _in_points(score.unproven),
        Cell(_in_points(both), _both_known(at[PROVEN], at[OPEN], "+")),
        Cell(_in_points(off), _both_known(at[SELF], at[BOTH], "-")),
        Cell(grade_of(both, rubric), grade_formula(rubric, at[BOTH])),
        Cell(grade_of(score.claim, rubric), grade_formula(rubric, at[SELF])),
    )


def _both_known(left: str, right: str, sign: str) -> str:
    """A sum or difference; rounded, since doubles that should be equal must share a rank."""
    return f'IF(AND(ISNUMBER({left}),ISNUMBER({right})),ROUND({left}{sign}{right},4),"")'


def _points(value: Any) -> int | None:
    return None if pd.isna(value) else round(float(value) * POINT)


def _in_points(value: int | None) -> float | None:
    return None if value is None else value / POINT


# --- grades ---


def grades(places: Places, ranked: Sequence[Ranking]) -> Listing:
    """等级分布: how many have which grade, by the check and by their own account."""
    rows = []
    for ranking in ranked:
        for grade in sorted(ranking.rubric.grades, key=lambda g: -g.least):
            checked = [grade_of(s.both, ranking.rubric) for s in ranking.scores].count(grade.name)
            own = [grade_of(s.claim, ranking.rubric) for s in ranking.scores].count(grade.name)
            graded = sum(s.both is not None for s in ranking.scores)
            rows.append(
                cells(
                    ranking.rubric.title,
                    grade.name,
                    float(grade.least),
                    Cell(checked, f'COUNTIF({ranking.listing.range(GRADE)},"{grade.name}")'),
                    Cell(
                        checked / graded * 100 if graded else None,
                        f"IF(COUNT({ranking.listing.range(BOTH)})>0,"
                        f'D{{r}}/COUNT({ranking.listing.range(BOTH)})*100,"")',
                    ),
                    Cell(own, f'COUNTIF({ranking.listing.range(SELF_GRADE)},"{grade.name}")'),
                )
            )
    return Listing(
        name="等级分布",
        title=f"{places.county.title}　等级分布",
        about="各等级有多少个，复核的和自评的对照",
        columns=[
            Column("评分表", "text", 40), Column("等级", "centred", 10), Column("最低得分(含)", "points", 14),
            Column("复核(个)", "count", 12), Column("占比", "percent", 12), Column("自评(个)", "count", 12),
        ],
        rows=rows,
        says=[Says("个数取自评分排名，随排名的得分变动。占比的分母是有复核得分的个数。")],
        nothing="这套表没有评分表。",
    )  # fmt: skip


# --- points without evidence ---


def unproven(places: Places) -> Listing:
    """无依据得分: every criterion that was scored without data."""
    county = places.county
    titles = {rubric.id: rubric.title for rubric in county.pack.rubrics}
    lines = county.criteria[county.criteria["status"] == UNPROVEN].to_dict("records")
    rows = [_unproven(line, titles, places) for line in lines]
    claimed = sum(row[6].value or 0 for row in rows)  # type: ignore[misc]  # points are numbers
    added = Cell(round(claimed, 4), "ROUND(SUBTOTAL(109,G{first}:G{last}),4)")
    return Listing(
        name="无依据得分",
        title=f"{county.title}　无依据得分",
        about="自己打了分、但没有数据能证明的指标",
        columns=[
            Column("部门编码", "centred", 11), Column("部门名称", "text", 24), Column("评分表", "text", 26),
            Column("对象", "text", 24), Column("指标", "text", 26), Column("分值", "points", 8),
            Column("自评得分", "points", 10), Column("为什么没有依据", "text", 52),
        ],
        rows=rows,
        totals=[[Cell(None), Cell("合计"), *[Cell(None)] * 4, added, Cell(None)]] if rows else [],
        says=[Says("按现有数据不能认定这些得分；部门补上数据后重新报送即可复核。没有依据不等于得分有错。")],
        nothing="没有。打了分的指标都有数据。",
    )  # fmt: skip


def _unproven(line: Mapping[Any, Any], titles: Mapping[str, str], places: Places) -> list[Cell]:
    own = None if pd.isna(line["self"]) else float(line["self"])
    return cells(
        *places.who(line["submission"]),
        titles.get(line["rubric"], line["rubric"]),
        None if pd.isna(line["subject"]) else str(line["subject"]),
        line["title"],
        None if pd.isna(line["points"]) else float(line["points"]),
        Cell(own, colour="explain" if own else None),
        None if pd.isna(line["because"]) else str(line["because"]),
    )
