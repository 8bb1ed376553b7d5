"""The two sheets that go back with a workbook: 审核意见, what to mend, and 评分复核, score by score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from workbook_tool.excel.marks.held import Held, quoted, unchanged
from workbook_tool.excel.marks.marks import CHANGED, LOOKS, Kind
from workbook_tool.excel.marks.page import Cell, Dress, Page
from workbook_tool.excel.marks.tabs import (
    REVIEW,
    activate,
    add_tab,
    define,
    free_title,
    link_to,
    quoted_title,
)
from workbook_tool.excel.ooxml.grid import position
from workbook_tool.excel.ooxml.package import Package, SheetPart
from workbook_tool.excel.ooxml.stylesheet import StyleSheet
from workbook_tool.findings import column_letters
from workbook_tool.model import Severity

OPINION, SCORES = "审核意见", "评分复核"
TO_DO, DONE, EXPLAINED = "未改", "已改", "已说明"

_HEADERS = ("序号", "代码", "严重程度", "工作表", "单元格", "填报值", "应为", "相差", "怎么改", "状态")
_WIDTHS = (5.0, 10.0, 9.0, 13.0, 8.0, 16.0, 16.0, 12.0, 58.0, 8.0)
_SCORE_HEADERS = ("序号", "指标", "分值", "自评得分", "复核得分", "结论", "涉及分值", "依据", "位置")
_SCORE_WIDTHS = (5.0, 26.0, 8.0, 9.0, 9.0, 9.0, 9.0, 62.0, 18.0)
_SCORE_HEADER_ROW = 5
_LONGEST_VALUE, _LONGEST_MESSAGE = 60, 600

_TITLE = Dress(bold=True, size=16, framed=False, across="center")
_PLAIN = Dress(framed=False)
_HINT = Dress(framed=False, colour="FF595959")
_LEFT_TO_DO = Dress(bold=True, size=13, framed=False, colour="FFC00000")
_HEADER = Dress(bold=True, fill="FFD9E1F2", across="center")
_TEXT = Dress()
_CENTRED = Dress(across="center")
_RIGHT = Dress(across="right")
_COUNTED = Dress(across="center", kept_text=False)
_LINK = Dress(across="center", underlined=True, colour="FF0563C1")
_GROUP = Dress(bold=True, fill="FFF2F2F2")


@dataclass(frozen=True)
class Line:
    """One finding as it is listed.

    Attributes:
        held: The marked cell and what it holds; None where no cell is marked.
        explained: A formula that is TRUE once the finding is explained; None where it cannot be.
    """

    code: str
    severity: Severity
    sheet: str
    cell: str
    value: str
    expected: str
    difference: str
    message: str
    held: tuple[str, Held] | None = None
    explained: str | None = None

    @cached_property
    def state(self) -> tuple[str, str | None]:
        """What the 状态 column shows, and the formula that keeps it true."""
        if self.held is None:
            return ("请核对" if self.severity is not Severity.NOTE else "供参考"), None
        address, held = self.held
        row, column = position(address)
        reference = f"{quoted_title(self.sheet)}!${column_letters(column)}${row}"
        open_word = TO_DO if self.severity is not Severity.NOTE else "供参考"
        still = f'IF({self.explained},"{EXPLAINED}","{open_word}")' if self.explained else f'"{open_word}"'
        return open_word, f'IF({unchanged(reference, held)},{still},"{DONE}")'


class Criterion(NamedTuple):
    """One criterion as it is listed; figures are texts as shown."""

    title: str
    points: str
    self_score: str
    score: str
    status: str
    at_stake: str
    because: str
    sheet: str
    cell: str


@dataclass(frozen=True)
class Card:
    """One scored subject: its name, its sums in words, and its criteria."""

    subject: str
    self_score: str
    says: str
    criteria: Sequence[Criterion]


@dataclass(frozen=True)
class Opinion:
    """All that the two sheets say.

    Attributes:
        head: Whose workbook it is, and which form.
        version: Goes into the stamp: the pack's name.
    """

    head: str
    version: str
    lines: Sequence[Line]
    cards: Sequence[Card]


def add_review(package: Package, opinion: Opinion, styles: StyleSheet) -> None:
    """Add both sheets after all others and make the workbook open on the first."""
    title = free_title(package, OPINION)
    page = _opinion_page(opinion, styles)
    sheet = add_tab(package, title, page.content(package.namespace))
    if page.filtered:
        area = f"$A${page.filtered}:$J${page.next_row - 1}"
        define(package, "_xlnm._FilterDatabase", sheet, f"{quoted_title(title)}!{area}", hidden=True)
        _repeat(package, sheet, page.filtered)
    if opinion.cards:
        title = free_title(package, SCORES)
        page = _score_page(opinion, styles)
        _repeat(package, add_tab(package, title, page.content(package.namespace)), _SCORE_HEADER_ROW)
    activate(package, sheet)


def _repeat(package: Package, sheet: SheetPart, row: int) -> None:
    """Print a row at the top of every page."""
    define(package, "_xlnm.Print_Titles", sheet, f"{quoted_title(sheet.name)}!${row}:${row}")


# --- 审核意见 ---


def _opinion_page(opinion: Opinion, styles: StyleSheet) -> Page:
    page = Page(f"{REVIEW}{OPINION}|{opinion.version}", _WIDTHS, styles, active=True)
    page.add(Cell(1, OPINION, _TITLE, last=10), least=30)
    page.add(Cell(1, opinion.head, _PLAIN, last=10))
    first = page.next_row + 4 + max(3, len(opinion.cards)) + 1
    states = f"$J${first}:$J${max(first, first + len(opinion.lines) - 1)}"
    _headline(page, opinion, states)
    _summary(page, opinion, states)
    page.add(least=8)
    titles = page.add(*(Cell(n, text, _HEADER) for n, text in enumerate(_HEADERS, 1)), least=24)
    for number, line in enumerate(opinion.lines, 1):
        page.add(*_finding(number, line))
    if opinion.lines:
        page.filtered = titles
        _colours(page, styles, first)
    else:
        page.add(Cell(1, "没有发现需要修改的地方。", _TEXT, last=10))
    return page


def _headline(page: Page, opinion: Opinion, states: str) -> None:
    count = sum(line.state[0] == TO_DO for line in opinion.lines)
    left = f'COUNTIF({states},"{TO_DO}")'
    formula = f'IF({left}=0,"标出的地方已全部处理","还剩 "&{left}&" 处{TO_DO}")'
    text = f"还剩 {count} 处{TO_DO}" if count else "标出的地方已全部处理"
    page.add(Cell(1, text, _LEFT_TO_DO, formula=formula if opinion.lines else None, last=10), least=26)
    hint = (
        "点击“单元格”一栏可跳到该处。改过之后，格子由红变绿，“状态”变为“已改”；"
        "需说明的事项，可改正，也可在说明表中按代码写明原因。全部处理后保存，上报本文件即可。"
    )
    page.add(Cell(1, hint, _HINT, last=10))


def _summary(page: Page, opinion: Opinion, states: str) -> None:
    """Counts by severity at the left, scores at the right."""
    severities = states.replace("J", "C")
    left = [[Cell(1, "严重程度", _HEADER, last=3), Cell(4, "共", _HEADER), Cell(5, TO_DO, _HEADER)]]
    for severity in Severity:
        of_kind = [line for line in opinion.lines if line.severity is severity]
        open_ones = str(sum(line.state[0] == TO_DO for line in of_kind))
        formula = f'COUNTIFS({severities},"{severity.label}",{states},"{TO_DO}")'
        needed = severity is not Severity.NOTE and opinion.lines
        left.append(
            [
                Cell(1, _MEANING[severity], Dress(fill=LOOKS[_KINDS[severity]].fill), last=3),
                Cell(4, str(len(of_kind)), _COUNTED, number=True),
                Cell(5, open_ones if needed else "—", _COUNTED, formula=formula if needed else None,
                     number=bool(needed)),
            ]
        )  # fmt: skip
    right = [_card_line("评分对象", "自评得分", "复核", _HEADER, _HEADER)] if opinion.cards else []
    right += [_card_line(card.subject, card.self_score, card.says, _TEXT, _CENTRED) for card in opinion.cards]
    for number in range(1 + max(3, len(opinion.cards))):
        page.add(*(cell for side in (left, right) if number < len(side) for cell in side[number]))


def _card_line(subject: str, own: str, says: str, dress: Dress, centred: Dress) -> list[Cell]:
    return [Cell(6, subject, dress, last=7), Cell(8, own, centred), Cell(9, says, dress, last=10)]


_MEANING = {
    Severity.ERROR: "错误：必须改正",
    Severity.EXPLAIN: "需说明：改正或说明",
    Severity.NOTE: "提示：供参考",
}


_KINDS: Mapping[Severity, Kind] = {
    Severity.ERROR: "error",
    Severity.EXPLAIN: "explain",
    Severity.NOTE: "note",
}


@cache
def _coloured_as(kind: Kind | None) -> Dress:
    """A word in the colour of a mark; in none for what is not marked."""
    return Dress(across="center", fill=LOOKS[kind].fill if kind else None)


def _finding(number: int, line: Line) -> list[Cell]:
    state, formula = line.state
    to = link_to(line.sheet, line.cell or "A1") if line.sheet else None
    return [
        Cell(1, str(number), _COUNTED, number=True),
        Cell(2, line.code, _CENTRED),
        Cell(3, line.severity.label, _coloured_as(_KINDS[line.severity])),
        Cell(4, line.sheet, _LINK if to else _CENTRED, to=to),
        Cell(5, line.cell, _LINK if to and line.cell else _CENTRED, to=to if line.cell else None),
        Cell(6, _short(line.value, _LONGEST_VALUE), _RIGHT if _figure(line.value) else _TEXT),
        Cell(7, _short(line.expected, _LONGEST_VALUE), _RIGHT if _figure(line.expected) else _TEXT),
        Cell(8, _short(line.difference, _LONGEST_VALUE), _RIGHT),
        Cell(9, _short(line.message, _LONGEST_MESSAGE), _TEXT),
        Cell(10, state, _COUNTED, formula=formula),
    ]


def _colours(page: Page, styles: StyleSheet, first: int) -> None:
    """Red and green for the states, and green for the headline when all is done."""
    last = page.next_row - 1
    area, cell = f"J{first}:J{last}", f"$J{first}"
    done = styles.append_xml("dxfs", _coloured("FF375623", CHANGED.fill))
    to_do = styles.append_xml("dxfs", _coloured("FF9C0006", LOOKS["error"].fill))
    page.formats.append((area, f'OR({cell}="{DONE}",{cell}="{EXPLAINED}")', done))
    page.formats.append((area, f'{cell}="{TO_DO}"', to_do))
    page.formats.append(("A4:J4", f'COUNTIF($J${first}:$J${last},"{TO_DO}")=0', styles.append_xml(
        "dxfs", '<dxf><font><color rgb="FF375623"/></font></dxf>')))  # fmt: skip


def _coloured(font: str, fill: str) -> str:
    colours = f'<fgColor rgb="{fill}"/><bgColor rgb="{fill}"/>'
    return (
        f'<dxf><font><color rgb="{font}"/></font><fill><patternFill patternType="solid">{colours}'
        "</patternFill></fill></dxf>"
    )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _figure(text: str) -> bool:
    return bool(text) and text.lstrip("-").replace(".", "", 1).replace(",", "").isdigit()


def explained_by(tab: str, code_column: int, text_column: int, code: str) -> str:
    """A formula that is TRUE once the table of explanations has a text against the code."""
    sheet = quoted_title(tab)
    codes, texts = (f"{sheet}!${column_letters(c)}:${column_letters(c)}" for c in (code_column, text_column))
    return f'COUNTIFS({codes},{quoted(code)},{texts},"?*")>0'


# --- 评分复核 ---

_STATUS_KINDS: Mapping[str, Kind] = {"一致": "agreed", "不一致": "differs", "无依据": "unproven"}


def status_kind(status: str) -> Kind | None:
    """How a score of that status is marked; None for one that a person judges."""
    return _STATUS_KINDS.get(status)


def _score_page(opinion: Opinion, styles: StyleSheet) -> Page:
    page = Page(f"{REVIEW}{SCORES}|{opinion.version}", _SCORE_WIDTHS, styles)
    page.add(Cell(1, SCORES, _TITLE, last=9), least=30)
    page.add(Cell(1, opinion.head, _PLAIN, last=9))
    hint = (
        "“一致”：按填报数据复核，得分相同。“不一致”：复核得分不同，请改正。"
        "“无依据”：没有填报复核所需的数据，得分待证实。“评判”：由评价人员判断，不作复核。"
    )
    page.add(Cell(1, hint, _HINT, last=9))
    page.add(*(Cell(n, t, _HEADER) for n, t in enumerate(_SCORE_HEADERS, 1)), least=24)
    for card in opinion.cards:
        page.add(Cell(1, f"{card.subject}　自评 {card.self_score} 分；{card.says}", _GROUP, last=9), least=24)
        for number, criterion in enumerate(card.criteria, 1):
            page.add(*_criterion(number, criterion))
    return page


def _criterion(number: int, one: Criterion) -> list[Cell]:
    kind = status_kind(one.status)
    to = link_to(one.sheet, one.cell) if one.sheet and one.cell else None
    place = f"{one.sheet} {one.cell}".strip()
    return [
        Cell(1, str(number), _COUNTED, number=True),
        Cell(2, one.title, _TEXT),
        *(
            Cell(n, text, _COUNTED, number=True)
            for n, text in enumerate((one.points, one.self_score, one.score), 3)
        ),
        Cell(6, one.status, _coloured_as(kind)),
        Cell(7, one.at_stake, _COUNTED, number=True),
        Cell(8, _short(one.because, _LONGEST_MESSAGE), _TEXT),
        Cell(9, place, _LINK if to else _CENTRED, to=to),
    ]
