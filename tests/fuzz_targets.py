"""What a coverage-guided fuzzer is let loose on: four doors, each with what must hold behind it.

A target takes any bytes. What it raises is a find: that a text is refused in words is none.
`coverage_fuzzing.py` runs them; test_fuzz_targets.py holds their seeds and what was found.
"""

from __future__ import annotations

import ast
import math
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from xml.sax.saxutils import quoteattr

import numpy as np

import smallbooks
from formula_text import as_text
from mutator import TEXTS, small
from smallpack import batch_of, pack_with
from workbook_tool.checks.conform import Cell, cell_reader
from workbook_tool.checks.dates import read_date
from workbook_tool.checks.numbers import exact, read_written, whole_of
from workbook_tool.checks.own_formulas import can_be_written
from workbook_tool.excel.ooxml.archive import Limits, Refused, member, read_members, write_members
from workbook_tool.excel.ooxml.grid import address_of, position
from workbook_tool.excel.ooxml.package import MAIN, Package
from workbook_tool.excel.ooxml.references import shift
from workbook_tool.excel.returns.books import Book, read_book
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.excel.returns.choices import area_of, choices_of
from workbook_tool.excel.returns.sheet_reader import read_sheet
from workbook_tool.findings import column_letters
from workbook_tool.forms.arithmetic.calculate import added_up, work_out
from workbook_tool.forms.arithmetic.syntax import Area, read_formula
from workbook_tool.forms.arithmetic.values import Held, Unclear, Value
from workbook_tool.forms.expressions import compile_expression, evaluate, in_words
from workbook_tool.forms.figures import figure, plain
from workbook_tool.forms.language.compiled import expression_mistakes
from workbook_tool.model import LARGEST, FormField, PackError


@dataclass(frozen=True)
class Target:
    """A door.

    Attributes:
        run: Tries an input; raises where something is wrong with the program.
        seeds: Inputs to begin with.
        words: What the fuzzer may put into them.
        longest: Bytes of an input.
        mutate: Changes an input as the fuzzer itself would not think of.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[str]
    longest: int
    mutate: Callable[[random.Random, bytes], bytes] | None = None


def _text(data: bytes) -> str:
    """A text as XML may hold it: no half characters."""
    return data.decode("utf-8", "replace")


# --- numbers and dates as clerks type them ---

PACK = pack_with(nothing=["无", "—", "/"])
FIELDS = (
    FormField(label="决算", type="amount"),
    FormField(label="编制", type="count", unit="人"),
    FormField(label="数值", type="number", unit="天"),
    FormField(label="比率", type="percent"),
    FormField(label="增幅", type="percent", max=Decimal(1000)),
    FormField(label="自评", type="points"),
)
READERS = [(field, cell_reader(field, PACK)) for field in FIELDS]
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def numbers(data: bytes) -> None:
    """A number or date in a cell: read the same however it is written, and read back as it is told."""
    text = _text(data)
    for field, read in READERS:
        cell = read(text)
        _check_cell(field, cell)
        if text.isascii():
            assert read(text.translate(WIDE)) == cell, "full-width characters read otherwise"
        if isinstance(cell.value, int | float):
            told = figure(cell.value, field, PACK)
            again = read(told)
            assert not again.unreadable, told
            assert figure(again.value, field, PACK) == told, "told otherwise than it is read"
    day = read_date(text)
    assert day is None or read_date(day) == day
    for number in _doubles(data, text):
        _double(number)


def _check_cell(field: FormField, cell: Cell) -> None:
    assert not cell.unreadable or (cell.code and cell.value is None)
    if cell.value is not None:
        whole = field.type in ("amount", "count", "points")
        assert type(cell.value) is (int if whole else float)
        assert abs(cell.value) <= LARGEST


def _doubles(data: bytes, text: str) -> list[float]:
    found = [struct.unpack("<d", data[:8])[0]] if len(data) >= 8 else []
    written = read_written(text)
    found += [float(written.figure)] if written else []
    return [number for number in found if math.isfinite(number)]


def _double(number: float) -> None:
    """A cell's number: one by one as many at once, and as the text that shows it."""
    assert read_date(number) is None or read_date(str(read_date(number))) == read_date(number)
    for field, read in READERS:
        cell = read(number)
        _check_cell(field, cell)
        shown = read(plain(exact(number)))
        at_most = isinstance(shown.value, int | float) and abs(shown.value) == LARGEST
        if isinstance(shown.value, int | float) and not at_most:  # a hair more is shown as the most
            assert isinstance(cell.value, int | float), (
                f"{number!r} is no number for {field.label}, its text is"
            )
            assert math.isclose(shown.value, cell.value, rel_tol=1e-14), "its text reads otherwise"
        if field.type in ("amount", "count", "points"):
            values, sure = whole_of(field, PACK).of_doubles(np.array([number]))
            assert not sure[0] or values[0] == whole_of(field, PACK).of_double(number)


# --- addresses and formulas ---


def references(data: bytes) -> None:
    """An address, a list of choices, a formula: nothing but what it says, and the same when copied."""
    text = _text(data[2:])
    _address(text)
    source = area_of(text)
    if source:
        top, left, bottom, right = source
        assert area_of(f"{column_letters(left)}{top}:{column_letters(right)}{bottom}") == source
    choices_of(text, lambda sheet, area: None)
    SheetCells(merged=[text]).merges  # noqa: B018 - that it does not raise
    rows, columns = (byte - 128 for byte in (data[:2] + b"\x80\x80")[:2])
    _copied(text, rows, columns)
    _formula(text)


def _address(text: str) -> None:
    try:
        row, column = position(text)
    except ValueError:
        row = column = 0
    if row:
        assert address_of(row, column) == text.replace("$", "").upper()
        assert position(address_of(row, column, absolute=True)) == (row, column)
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row><c r={quoteattr(text)}><v>1</v></c></row></sheetData></worksheet>'
    try:
        read = read_sheet(sheet.encode())
    except Refused:
        return
    found = [(r, c) for r, line in read.rows.items() for c in line]
    # An attribute's line breaks are spaces to XML; without `r`, a cell follows the one before.
    assert found == ([(row, column)] if text else [(1, 1)])


def _copied(text: str, rows: int, columns: int) -> None:
    there = shift(text, rows, columns)
    if there.count("#REF!") == text.count("#REF!"):
        assert shift(there, -rows, -columns) == shift(text, 0, 0), "copied there and back it says otherwise"


def _formula(text: str) -> None:
    node = read_formula(text)
    if node is None:
        return
    assert read_formula(as_text(node)) == node, "what is written out is not what was read"
    for look in (_some, _nothing, _unclear):
        work_out(node, look)
        added_up(node, look)


STANDING: Sequence[Value] = (
    Decimal("12.5"), None, "3", "甲", "1,234", True, Held.SOMETHING, Held.UNKNOWN, Held.ERROR,
    Decimal("-1e-30"), "", Decimal("1e300"),
)  # fmt: skip


def _some(area: Area) -> Sequence[Value]:
    return [STANDING[(area.top + area.left + n) % len(STANDING)] for n in range(area.size)]


def _nothing(area: Area) -> Sequence[Value]:
    return [None] * area.size


def _unclear(area: Area) -> Sequence[Value]:
    raise Unclear


# --- the rule language ---

ABOUT = (("情况", None), ("收入", "合计"), ("打分", "得分"), ("项目", "总额"), ("项目.指标", "数值"))
BATCH = batch_of(
    PACK,
    """
情况: {名称: 某局, 编制: 80, 预算: 50, 决算: 45, 比率: 95, 日期: "2023-05-01", 自评: 6.5, 说明: 比上年好}
收入: [{单位: 汇总, 合计: 30.3, 拨款: 20.1}, {单位: 局机关, 合计: 20.2}, {单位: 一中心, 合计: "?"}]
打分: [{行: 管理·制度, 得分: 3}, {行: 总分, 得分: 6.5}]
项目: [{项目名称: 甲, 所属: 局机关, 总额: 5, 指标: [{行: 数量, 内容: 培训, 数值: 28}]}]
""",
)


EXPRESSIONS = (
    "决算 <= 预算 * 1.1", "abs(决算 - 预算) <= 0.5 and not blank(说明)", "sum(收入.合计, 收入.单位 in 叫法) == 决算",
    "本项 == sum(本项)", "收入[汇总].合计 >= 支出[单位].合计", "round(自评 / 10, 2)", "年度 in 说明", "sum(指标.数值) > 0",
    "min(资金.计划)", "0 <= 得分 <= 分值", "单位 in 支出.单位", "count(项目, 项目.所属 == 本行)", "名称 in ['某局', '他局']",
    "first(收入.合计)", "-本项 + 2", "all(得分 <= 分值)", "行 == '安全'", "合计 / 拨款 * 100",
)  # fmt: skip


def rules(data: bytes) -> None:
    """An expression of a pack: understood or refused in words; what is understood can be worked out."""
    on, item = ABOUT[data[0] % len(ABOUT) if data else 0]
    text = _text(data[1:])
    PACK.memo.clear()
    mistakes = list(expression_mistakes(text, PACK, on, item))
    try:
        expression = compile_expression(text, PACK, on, item)
    except PackError as mistake:
        assert mistakes
        assert "\n" not in mistake.message.replace(text, "")
        return
    assert not mistakes
    again = compile_expression(ast.unparse(ast.parse(text.strip(), mode="eval")), PACK, on, item)
    assert again.node == expression.node, "written out anew it means something else"
    assert in_words(expression)
    assert len(evaluate(expression, BATCH, PACK)) == len(BATCH.frames[on])
    assert isinstance(can_be_written(expression), bool)


# --- the package ---


@cache
def _parts() -> dict[str, bytes]:
    return dict(sorted(smallbooks.parts().items()))


def packages(data: bytes) -> None:
    """A file: the first byte names the part that the rest is put in place of; 255: the rest is the file.

    What is let in reads the same when it is saved again.
    """
    content = made_file(data)
    try:
        package = Package.open(content)
        book = read_book(package)
    except Refused as refusal:
        assert refusal.message.endswith("。"), refusal.message
        assert "\n" not in refusal.message, refusal.message
        return
    assert _told(read_book(Package.open(package.save()))) == _told(book), "saved it reads otherwise"


def made_file(data: bytes) -> bytes:
    """The file that an input of `packages` stands for."""
    if not data or data[0] == 255:
        return data[1:]
    name = list(_parts())[data[0] % len(_parts())]
    members = read_members(_sound(), Limits())
    return write_members(
        member(name, data[1:], compress=False) if one.name == name else one for one in members
    )


@cache
def _sound() -> bytes:
    return small(_parts())


def _told(book: Book) -> str:
    """All that was read; as text, since nothing equals a not-a-number."""
    return repr(book)


def in_place_of(part: str, content: bytes) -> bytes:
    """The input of `packages` that puts this in a part's place."""
    return bytes([list(_parts()).index(part)]) + content


SHEET = f"""<worksheet xmlns="{MAIN}"><sheetPr/><dimension ref="A1:C9"/><sheetFormatPr defaultRowHeight="15"/>
<cols><col min="2" max="3" width="0.1" hidden="1"/></cols><sheetData><row><c><v>1</v></c><c t="b"><v>1</v></c></row>
<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><r><t>甲_x000D_</t></r><rPh><t>jia</t></rPh></is></c>
<c r="B3" t="str"><f t="shared" ref="B3:B5" si="0">A3+$A$1</f><v>x</v></c><c r="C3" t="e"><v>#N/A</v></c></row>
<row r="5" ht="0"><c r="A5" t="d"><v>2023-05-01</v></c><c r="B5"><f t="shared" si="0"/></c><c r="C5" s="1"><v>45000</v></c></row>
</sheetData><sheetProtection sheet="1"/><mergeCells count="1"><mergeCell ref="A7:B8"/></mergeCells><dataValidations>
<dataValidation type="list" sqref="A3:A4"><formula1>$C$1:$C$9</formula1></dataValidation></dataValidations></worksheet>"""


def _package_seeds() -> list[bytes]:
    parts = [in_place_of(name, content) for name, content in _parts().items()]
    return [*parts, b"\xff" + _sound(), in_place_of(smallbooks.SHEET, SHEET.encode())]


def _with_other_xml(chance: random.Random, data: bytes) -> bytes:
    return data[:1] + chance.choice(TEXTS)(chance, data[1:])


def _encoded(*texts: str, before: bytes = b"") -> Callable[[], Sequence[bytes]]:
    return lambda: [before + text.encode() for text in texts]


TARGETS = {
    "numbers": Target(
        numbers,
        _encoded(
            "92", "1,234.50", "（12）", "92万元", "¥ 12.5", "-0.5%", "95%", "0.95", "６.5分", "45 人", "无", "1e5",
            "2023-05-01", "2023年5月1日", "20230501", "12345678", "\u200b12\u3000", "−5", "1亿元整", ".5", "5.", "²",
        ),
        ("万元", "亿", "千万", "元整", "%", "％", "分", "人", "天", "（", "）", "，", "．", "¥", "￥", "−", "年", "月", "日", "\u3000",
         "\u200b", "00000000", "T12:00:00", "999999999999999"),
        96,
    ),
    "references": Target(
        references,
        _encoded(
            "A1", "$XFD$1048576", "A1:B2", "=SUM(A1:A3)-B2*50%", "='一 表'!A1+IF(B1=\"\",NA(),B1)", '"是,否"', "表!$A$1:$A$9",
            "=ROUND(SUMPRODUCT((LEN(TRIM(A1:A2&B1:B2))>0)*(1-ISNUMBER(C1:C2))),6)", "=IFERROR(1/0,MAX(A1,-2.5e3))",
            "A:C", "$3:4", "=N(A1)&\"甲\"<>TRUE", "=ABS(-(1+2)/3%)", "=ROWS(A1:A9)-COUNT(A1:A9)>0", before=b"\x85\x7e",
        ),
        ("SUM(", "IF(", "IFERROR(", "ROUND(", "SUMPRODUCT(", "ISNUMBER(", "LEN(TRIM(", "COUNT(", "ROWS(", "NA()", "MIN(",
         "MAX(", "ABS(", "N(", "TRUE", "FALSE", "$A$1", "A1:A2", "B1:B3", "XFD1048576", "'一''表'!", "表!", "<>", ">=", "&",
         '""', "1e308", "#REF!", "[1]", "%"),
        400,
    ),
    "rules": Target(
        rules,
        lambda: [bytes([n % len(ABOUT)]) + text.encode() for n in range(len(ABOUT)) for text in EXPRESSIONS],
        ("本项", "本行", "行", "年度", "收入", "支出", "合计", "拨款", "打分", "得分", "项目.", "指标.", "资金", "数值", "名称", "上限",
         "叫法", "sum(", "count(", "any(", "all(", "first(", "min(", "max(", "round(", "abs(", "blank(", " in ", " not in ",
         " and ", " or ", "not ", "==", "<=", "[", "]", "'甲'", "收入[单位].", "1e999", "lambda:", "**", "//", "0x"),
        400,
    ),
    "packages": Target(
        packages,
        _package_seeds,
        ("<row r=\"", "<c r=\"", "<v>", "</v>", "<f>", "</c>", "</row>", "<is><t>", "t=\"s\"", "t=\"shared\"", "si=\"0\"", "xmlns=\"",
         "r:id=\"", "Target=\"", "TargetMode=\"External\"", "<![CDATA[", "<!--", "<!DOCTYPE", "&#0;", "&amp;", "_x000D_", "PK\x01\x02",
         "PK\x03\x04", "PK\x05\x06", "<mergeCell ref=\"", "<dataValidation ", "hidden=\"1\"", "count=\"", "numFmtId=\"", "1048577"),
        16_000,
        _with_other_xml,
    ),
}  # fmt: skip
