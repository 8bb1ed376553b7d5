"""The rule book: every check and every score of a pack in words, made from the pack itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workbook_tool.excel.ooxml.new_workbook import NewWorkbook
from workbook_tool.excel.template.measure import TALLEST, height_of, lines_of, units
from workbook_tool.forms.expressions import compile_expression, in_words
from workbook_tool.forms.figures import plain
from workbook_tool.forms.formulas.live import is_live
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.language.messages import optional_parts, placeholders
from workbook_tool.forms.scoring import PERCENT, Scorer
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.forms.writing.ranges import read_range
from workbook_tool.model import Criterion, Method, Pack, Rubric, Rule, Way
from workbook_tool.notices import NOTICES, Notice
from workbook_tool.outputs.prose import Prose

ANYWHERE = "各表"
OURS = "核对程序的通用检查"

LIVE, LATER = "模板内实时核对和上报后核对", "上报后核对"
"""Where a rule is checked."""

BLANKS = {
    "cells": "格子", "choices": "可选的值", "count": "个数", "expected": "应为", "field": "栏目",
    "formula": "公式", "found": "现有版本", "help": "填写提示", "label": "栏目", "least": "单位",
    "length": "字数", "limit": "上限", "pack": "表名", "places": "位数", "printed": "原来的文字",
    "range": "范围", "read": "读作", "reason": "原因", "row": "行名", "says": "应怎样写",
    "sheet": "工作表", "unit": "单位", "value": "填报", "wanted": "应填内容",
}  # fmt: skip
"""What an officer reads where a general check puts in the figures of the cell."""

UNPRINTED = ("formula",)
"""For pack authors; on paper the words say the same."""


@dataclass(frozen=True)
class Entry:
    """One line of the rule book, in texts."""

    code: str
    title: str
    severity: str
    where: str
    words: str
    message: str
    basis: str
    checked: str
    formula: str


@dataclass(frozen=True)
class Scored:
    """One criterion of a score sheet, in texts."""

    rubric: str
    code: str
    title: str
    points: str
    standard: str
    how: str
    option: str


HEADS = {
    "code": "编号", "title": "名称", "severity": "级别", "where": "检查哪里", "words": "检查什么",
    "message": "不符时的提示", "basis": "依据", "checked": "何处核对", "formula": "公式",
    "rubric": "评分表", "points": "分值", "standard": "评分标准", "how": "怎样计分", "option": "口径",
}  # fmt: skip
WIDTHS = {
    "code": 11, "title": 18, "severity": 7, "where": 18, "words": 34, "message": 36, "basis": 26,
    "checked": 12, "formula": 40, "rubric": 14, "points": 7, "standard": 40, "how": 40, "option": 30,
}  # fmt: skip


def entries(pack: Pack) -> list[Entry]:
    """Every rule of the pack, then the checks that any pack has."""
    return [_of_rule(rule, pack) for rule in pack.rules] + [_of_notice(n) for n in NOTICES.values()]


def find(code: str, pack: Pack) -> Entry | Scored | None:
    """The rule or general check of that code, or the criterion or row of that id or name."""
    every: list[Entry | Scored] = [*entries(pack), *criteria(pack)]
    exact = [entry for entry in every if code in (entry.code, entry.title)]
    last = [entry for entry in every if entry.title.rpartition("·")[2] == code]
    named = exact or (last if len(last) == 1 else [])
    return named[0] if named else _line(code, pack)


def _of_rule(rule: Rule, pack: Pack) -> Entry:
    return Entry(
        code=rule.code,
        title=rule.title,
        severity=rule.severity.label,
        where=where_of(rule),
        words=words_of(rule, pack),
        message=optional_parts(rule.message, lambda name: True),
        basis=rule.basis,
        checked=LIVE if is_live(rule, pack) else LATER,
        formula=formula_of(rule),
    )


def _of_notice(notice: Notice) -> Entry:
    return Entry(
        code=notice.code,
        title=notice.title,
        severity=notice.severity.label,
        where=ANYWHERE,
        words=notice.title,
        message=notice.say(**{name: f"{{{BLANKS.get(name, name)}}}" for name in placeholders(notice.says)}),
        basis=OURS,
        checked=LATER,
        formula="",
    )


def where_of(rule: Rule) -> str:
    """The sheet, rows and columns that a rule looks at."""
    rows = {"all": "", "明细": "，除合计行外的每一行"}.get(rule.rows, f"，“{rule.rows}”行")
    return f"{rule.on}{rows}：{'、'.join(rule.fields)}"


def formula_of(rule: Rule) -> str:
    """The rule as the pack writes it."""
    body = rule.check or (f"{rule.fields[0]} = {rule.total}" if rule.total else "")
    if len(rule.fields) > 1 and rule.total:
        body = f"本项 = {rule.total}"
    return f"{body}（当 {rule.when}）" if rule.when and body else body


def words_of(rule: Rule, pack: Pack) -> str:
    """What must hold, in words; the title where the check is a function."""
    item = rule.fields[0]

    def say(text: str) -> str:
        return in_words(compile_expression(text, pack, rule.on, item))

    if rule.total:
        body = f"{item}等于{say(rule.total)}"
    elif rule.check:
        body = say(rule.check)
    else:
        body = rule.title
    when = f"当{say(rule.when)}时，" if rule.when else ""
    example = f"（以“{item}”为例）" if len(rule.fields) > 1 and not rule.builtin else ""
    return f"{when}{body}{example}"


def criteria(pack: Pack) -> list[Scored]:
    """Every criterion of the pack's rubrics, and every way of scoring the rows of a department."""
    return [
        scored
        for rubric in pack.rubrics
        for scored in (
            *(_of_criterion(c, rubric, pack) for c in rubric.criteria),
            *(_of_way(way, rubric, pack) for way in (rubric.lines.ways if rubric.lines else ())),
        )
    ]


def _of_criterion(criterion: Criterion, rubric: Rubric, pack: Pack) -> Scored:
    scorer = Scorer.of(criterion, rubric)
    full = plain(Decimal(scorer.full) / POINT)
    points = full if criterion.points is not None else f"{full}（几项合计）"
    return Scored(
        rubric.title,
        criterion.id,
        criterion.key,
        points,
        criterion.standard,
        "\n".join(_how(criterion, rubric, scorer, pack, rubric.subject.rpartition(".")[0])),
        _options(criterion, rubric),
    )


def _of_way(way: Way, rubric: Rubric, pack: Pack) -> Scored:
    return Scored(
        rubric.title,
        way.id,
        way.name,
        f"按行所填的“{rubric.weight}”",
        f"用于{in_words(compile_expression(way.when, pack, rubric.on))}的行",
        "\n".join(_how(way, rubric, Scorer.of_method(way, 0, rubric), pack, rubric.on)),
        _options(way, rubric),
    )


def _line(code: str, pack: Pack) -> Scored | None:
    """A row of a department by its id: the key of the row that the form prints, and its number."""
    key, _, number = code.rpartition("·")
    for rubric in pack.rubrics:
        if rubric.lines and number.isdigit() and key in {"", *(r.key for r in pack.tables[rubric.on].rows)}:
            ways = [_of_way(way, rubric, pack) for way in rubric.lines.ways]
            how = "\n".join(f"{way.standard}：{'；'.join(way.how.splitlines())}" for way in ways)
            return Scored(rubric.title, code, f"第 {number} 行", ways[0].points, "", how, "")
    return None


def _options(method: Method, rubric: Rubric) -> str:
    named = {method.option, method.linear.part if method.linear else None}
    options = [o for o in rubric.options if o.name in named]
    return "\n".join(f"{o.name}：{o.says.get(o.chosen, o.chosen)}。{o.basis}" for o in options)


def _how(criterion: Method, rubric: Rubric, scorer: Scorer, pack: Pack, frame: str) -> Iterator[str]:
    """How the points come about, a clause at a time."""
    unit = criterion.unit or ""

    def say(written: str | dict[str, str]) -> str:
        return in_words(compile_expression(rubric.in_force(written, criterion), pack, frame))

    if criterion.value is not None:
        yield f"取值 {say(criterion.value)}{f'（{unit}）' if unit else ''}"
    for case in criterion.cases:
        points = {"full": "得满分", "judge": "由评价人员判断"}.get(str(case.points), f"得 {case.points} 分")
        yield f"{say(case.when)}时{points}"
    if (linear := criterion.linear) is not None:
        side, bound = ("高于", linear.above) if linear.above is not None else ("低于", linear.below)
        step = f"{plain(linear.step)} {'个百分点' if unit == PERCENT else unit}".strip()
        part = "不足的部分按比例扣" if scorer.proportional else "不足的部分不扣"
        least = f"{plain(bound or Decimal(0))}{unit}"
        yield f"{side} {least} 的，每 {step}扣 {linear.deduct} 分，{part}，扣完为止"
    for band in criterion.bands:
        yield f"{read_range(band.range).in_words(unit)} 得 {band.points} 分"
    yield from _how_by_kind(criterion)


def _how_by_kind(criterion: Method) -> Iterator[str]:
    match criterion.scoring:
        case "proportional":
            yield "按比例计分"
        case "levels":
            for level in criterion.levels:
                yield f"{level.name}：由评价人员在分值的{read_range(level.range).in_words('%')}之内评判"
        case "checklist":
            yield from (f"{item.text} {item.points} 分" for item in criterion.items)
        case "count_deduct":
            yield f"每出现一例扣 {criterion.deduct} 分，扣完为止"
        case "range_deduct":
            for item in criterion.items:
                most = f" 至 {item.most}" if item.most != item.least else ""
                yield f"{item.text}扣 {item.least}{most} 分"
        case "choice":
            yield from (f"{answer}得 {points} 分" for answer, points in criterion.choices.items())
        case "judged":
            yield "由评价人员判断"


def overview(pack: Pack) -> RenderableType:
    """The short list that `rules` prints."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("编号", "级别", "名称", "检查哪里"):
        table.add_column(head, no_wrap=head in ("编号", "级别"))
    for entry in entries(pack):
        where = entry.where.partition("：")[0]
        table.add_row(Text(entry.code), Text(entry.severity), Prose(entry.title), Prose(where))
    scored = len(criteria(pack))
    says = f"规则 {len(pack.rules)} 条，通用检查 {len(NOTICES)} 条，评分指标 {scored} 项。"
    return Group(
        Text(f"{pack.title}（{pack.name}）：{says}", "bold"),
        table,
        Text("用“workbook-tool explain 编号”看一条规则的说明。"),
    )


def page(entry: Entry | Scored, pack: Pack) -> RenderableType:
    """One rule in full: what `explain` prints."""
    grid = Table.grid(padding=(0, 2))
    for part in fields(entry):
        text = getattr(entry, part.name)
        if text and part.name not in ("code", "title"):
            grid.add_row(Text(HEADS[part.name], "dim", no_wrap=True), Prose(text))
    for number, example in enumerate(examples(entry.code, pack)):
        grid.add_row(Text("" if number else "举例", "dim"), Prose(example))
    return Group(Text(f"{entry.code}  {entry.title}", "bold"), grid)


def examples(code: str, pack: Pack) -> list[str]:
    """The cases that hold this rule, each as one line: what is changed and what is then found."""
    lines = []
    for case in case_files(pack).cases if pack.folder else ():
        if case.rule == code:
            change = "，".join(f"{place} 填 {_shown(value)}" for place, value in case.set.items())
            found = "、".join(case.finds) or "没有问题"
            lines.append(f"{case.name}——{change or '原样'} → {found}")
    return lines


def _shown(value: object) -> str:
    return "空白" if value is None else str(value)


def write_markdown(pack: Pack, out: Path) -> None:
    """The rule book as Markdown."""
    parts = [f"# {pack.title}：规则手册\n", f"模板包 `{pack.name}`。本页由 `workbook-tool rules` 生成。\n"]
    for title, lines in _tables(pack).items():
        parts.append(f"## {title}\n")
        parts.append("\n".join(_markdown(lines)) + "\n")
    out.write_text("\n".join(parts), encoding="utf-8")


def _tables(pack: Pack) -> dict[str, Sequence[Entry | Scored]]:
    every = entries(pack)
    ours = len(pack.rules)
    return {"规则": every[:ours], "通用检查": every[ours:], "评分标准": criteria(pack)}


def _columns(lines: Sequence[Entry | Scored]) -> list[str]:
    return [f.name for f in fields(lines[0]) if any(getattr(line, f.name) for line in lines)]


def _markdown(lines: Sequence[Entry | Scored]) -> Iterator[str]:
    if not lines:
        return
    names = _columns(lines)
    yield "| " + " | ".join(HEADS[n] for n in names) + " |"
    yield "|" + "---|" * len(names)
    for line in lines:
        texts = (str(getattr(line, n)).replace("|", "\\|").replace("\n", "<br>") for n in names)
        yield "| " + " | ".join(texts) + " |"


def write_workbook(pack: Pack, out: Path) -> None:
    """The rule book as a workbook to be printed on A4."""
    book = NewWorkbook(str(out), {})
    font = {"font_name": "宋体", "font_size": 10, "border": 1, "text_wrap": True, "valign": "vcenter"}
    head = book.add_format(font | {"bold": True, "bg_color": "#D9E2F3", "align": "center"})
    body = book.add_format(font)
    for title, lines in _tables(pack).items():
        if lines:
            _write_sheet(book.add_worksheet(title), lines, head, body, f"{pack.title}　{title}")
    book.close()


def _write_sheet(sheet: Any, lines: Sequence[Entry | Scored], head: Any, body: Any, printed: str) -> None:
    names = _columns(lines)
    codes = max(units(line.code) for line in lines)
    widths = WIDTHS | {"code": max(WIDTHS["code"], codes + 1)}  # a code that is broken cannot be copied
    for column, name in enumerate(names):
        sheet.set_column(column, column, widths[name])
        sheet.write_string(0, column, HEADS[name], head)
    for row, line in enumerate(lines, 1):
        texts = {name: str(getattr(line, name)) for name in names}
        for column, text in enumerate(texts.values()):
            sheet.write_string(row, column, text, body)
        most = max(lines_of(text, widths[name]) for name, text in texts.items() if name not in UNPRINTED)
        sheet.set_row(row, min(height_of(most), TALLEST))
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(lines), len(names) - 1)
    sheet.print_area(0, 0, len(lines), len([n for n in names if n not in UNPRINTED]) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&C{printed}")
    sheet.set_footer("&C第 &P 页，共 &N 页")
