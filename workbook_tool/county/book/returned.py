"""Who has returned what, who still owes what, and which files do not count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from workbook_tool.county.book.listing import Cell, Column, Listing, Says, cells
from workbook_tool.county.book.places import Places
from workbook_tool.county.types import State

STATE, LATE, YES = "状态", "迟报", "迟报"
OWING = (State.MISSING, State.UNREADABLE, State.OUTDATED, State.RETURNED, State.EXPLAIN)
"""Who is asked for something, in the order of urgency."""

CHINA = timezone(timedelta(hours=8))
"""The one clock of the country: what an officer reads does not depend on the machine's settings."""

Line = Mapping[str, Any]


def returned(places: Places) -> Listing:
    """上报情况: one line a department."""
    rows = [_returned(line, places) for line in places.lines.values()]
    return Listing(
        name="上报情况",
        title=f"{places.county.title}　上报情况",
        about="每个部门报没报、通过没有、有多少问题、认定的是哪个文件",
        columns=[
            Column("部门编码", "centred", 11), Column("部门名称", "text", 24), Column(STATE, "centred", 10),
            Column(LATE, "centred", 7), Column("错误", "count", 7), Column("需说明", "count", 8),
            Column("提示", "count", 7), Column("收到时间", "centred", 17), Column("报过几版", "count", 8),
            Column("文件", "text", 34), Column("标注过的报表", "centred", 13),
            Column("怎样认定、下一步", "text", 46),
        ],
        rows=rows,
        totals=[_sum_of(rows, places)],
        says=[Says("状态一栏改动后，封面上的个数和比例随着变。“标注过的报表”可以点开。时间是北京时间。")],
        nothing="名册里没有部门，也没有收到报表。",
    )  # fmt: skip


def _returned(line: Line, places: Places) -> list[Cell]:
    link = places.link(line["number"])
    came = line["state"] != State.MISSING
    return cells(
        line["code"],
        line["department"],
        places.state(line["state"]),
        Cell(YES if line["late"] else None, colour="explain" if line["late"] else None),
        Cell(line["errors"] if came else None, colour="error" if line["errors"] else None),
        Cell(line["explains"] if came else None, colour="explain" if line["explains"] else None),
        Cell(line["notes"] if came else None),
        clock(line["received"]),
        line["versions"] or None,
        places.file(line["number"]),
        Cell("打开", link=link) if link else Cell(None),
        line["said"],
    )


def _sum_of(rows: list[list[Cell]], places: Places) -> list[Cell]:
    """The numbers of findings of all departments."""

    def added(column: int, letter: str) -> Cell:
        return Cell(
            sum(int(row[column].value or 0) for row in rows),
            f"SUBTOTAL(109,{letter}{{first}}:{letter}{{last}})",
        )

    late = sum(line["late"] for line in places.lines.values())
    count = Cell(late, f'COUNTIF(D{{first}}:D{{last}},"{YES}")', kind="count")
    blank = Cell(None)
    return [blank, Cell("合计"), blank, count, added(4, "E"), added(5, "F"), added(6, "G"), *[blank] * 5]


def clock(moment: str | None) -> str | None:
    """A moment (UTC, ISO) as an officer reads it."""
    if not moment:
        return None
    try:
        known = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    except ValueError:
        return moment
    known = known if known.tzinfo else known.replace(tzinfo=UTC)
    return known.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def owing(places: Places) -> Listing:
    """催报: who still owes what, with a text that can be sent as it is."""
    lines = sorted(
        (line for line in places.lines.values() if line["state"] in OWING),
        key=lambda line: OWING.index(line["state"]),
    )
    return Listing(
        name="催报",
        title=f"{places.county.title}　催报",
        about="还欠什么、找谁、什么时候到期，催报文字可以直接发出",
        columns=[
            Column("部门编码", "centred", 11), Column("部门名称", "text", 24), Column(STATE, "centred", 10),
            Column("联系方式", "text", 20), Column("期限", "centred", 12), Column("要做什么", "text", 34),
            Column("催报文字", "text", 64),
        ],
        rows=[
            cells(
                line["code"],
                line["department"],
                places.state(line["state"]),
                line["contact"],
                line["due"],
                _to_do(line),
                _letter(line, places),
            )
            for line in lines
        ],
        nothing="没有要催报的部门。",
    )  # fmt: skip


def _to_do(line: Line) -> str:
    counts = "、".join(
        f"{number} 处{what}"
        for number, what in ((line["errors"], "错误"), (line["explains"], "需说明的问题"))
        if number
    )
    return {
        State.MISSING: "报送报表。",
        State.UNREADABLE: "文件打不开，重新报送。",
        State.OUTDATED: "换用本年度的模板填报后重新报送。",
        State.RETURNED: f"改正 {counts}后重新报送。" if counts else "按退回的意见改正后重新报送。",
        State.EXPLAIN: f"对 {counts}作出改正，或写明原因后重新报送。" if counts else "写明原因后重新报送。",
    }[State(line["state"])]


def _letter(line: Line, places: Places) -> str:
    """What is sent to the department."""
    form = f"《{places.county.pack.title}》"
    over = "，已经过期" if line["late"] and line["state"] == State.MISSING else ""
    due = f"(期限 {day(line['due'])}{over})" if line["due"] else ""
    file = places.file(line["number"])
    named = f"(文件“{file}”)" if file else ""
    middle = {
        State.MISSING: f"{form}{due}还没有收到，请尽快报送。",
        State.UNREADABLE: f"报送的{form}{named}打不开，请检查后重新报送{due}。",
        State.OUTDATED: f"报送的{form}{named}用的不是这一版模板，请换用本年度的模板填报后重新报送{due}。",
        State.RETURNED: f"报送的{form}{named}已经退回，问题标注在报表中。请{_to_do(line)}",
        State.EXPLAIN: f"报送的{form}{named}有需要说明的问题，已标注在报表中。请{_to_do(line)}",
    }[State(line["state"])]
    repeated = "送来的文件和退回时一样，没有改动。" if line["unchanged"] else ""
    return f"{line['department'] or line['code']}：你单位{middle}{repeated}"


def day(written: str) -> str:
    """An ISO date in words."""
    parts = written.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return written
    return f"{int(parts[0])} 年 {int(parts[1])} 月 {int(parts[2])} 日"


def set_aside(places: Places) -> Listing:
    """不计入: every file that does not count, and why."""
    rules = [f"{heading}：{sentence}" for heading, sentence in places.county.rules]
    return Listing(
        name="不计入",
        title=f"{places.county.title}　不计入的文件",
        about="重复的、旧的、认不出部门的文件，各为什么不计入",
        columns=[
            Column("文件", "text", 40), Column("部门", "text", 24), Column("原因", "centred", 12),
            Column("说明", "text", 50), Column("计入的是", "text", 40),
        ],
        rows=[
            cells(
                places.names.get(line["file"]),
                line["department"],
                Cell(str(line["why"]), colour="unknown"),
                line["sentence"],
                places.names.get(line["counted"] or ""),
            )
            for line in places.county.set_aside.to_dict("records")
        ],
        says=[Says(rule) for rule in rules],
        nothing="没有。收到的文件都计入了。",
        fixed=1,
    )  # fmt: skip
