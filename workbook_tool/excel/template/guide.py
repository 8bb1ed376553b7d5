"""The first sheet of a workbook, 填报说明： how to fill it, generated from the pack."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from workbook_tool.excel.template.appearance import CALCULATED, HEADER, INPUT, Formats, set_up_page
from workbook_tool.excel.template.calculated import GUIDE
from workbook_tool.excel.template.measure import height_of, lines_of
from workbook_tool.excel.template.paper import Tab
from workbook_tool.model import Block, Pack, Sheet

GRID = (6.0, 18.0, 68.0)
_LISTS = 8
"""The first hidden column for lists of choices that are too long to stand in a cell's validation."""
_MANY, _FEW = 9, 3
"""How many fields a description names, of a sheet's only block and of one among several."""

_COLOURS = (
    (INPUT, "浅黄", "请填写。没有内容的可以空着；没有发生的金额填 0；空着表示“没有填”。"),
    (CALCULATED, "浅绿", "公式，自动计算，不用填。"),
    (HEADER, "浅蓝、浅灰", "表头和固定文字，不能改动。"),
)
_ALWAYS = (
    "各表加了保护，没有密码。行高、列宽可以自己调整：文字显示不全时，把行拉高就能看到。",
    "从别的文件粘贴时，请用“选择性粘贴—数值”，以免带入格式、冲掉公式。",
    "选中格子会出现填写提示；表头右上角有红色小三角的，把鼠标移上去可以看到说明。",
)
_INSERT = (
    "表内行数不够时：点“审阅—撤销工作表保护”，选中表中一整行空行并复制，再右键“插入复制的单元格”插在表的中间，"
    "格式和公式会一起带下来，合计也会算上新插入的行。"
)
_COPY = (
    "“{name}”要填几张就有几张。不够时：按住 Ctrl 键，把一张空白“{name}”的标签拖到旁边，就复制出一张；"
    "也可以右键点标签，选“移动或复制”、勾选“建立副本”，放在原来那几张的中间。新表的名字可以自己取。"
    "多出来的空白表留着即可，不影响核对。"
)
_LIVE = (
    "填的时候可以随时看“自查”表：还有几处错误、几处待填都写在上面。"
    "每张表右边的“校验”一栏写明错在哪里，不会打印出来。"
)
_EXPLAIN = (
    "收到审核意见后：标“错误”的请改正；标“需说明”而又确实无误的，"
    "在“{name}”表中照抄编号、写明原因，再次上报即可。"
)


class Guide:
    """The instructions sheet; it comes first and also keeps the long lists of choices."""

    def __init__(self, pack: Pack, workbook: Workbook, styles: Formats, stamp: str, *, live: bool) -> None:
        self.pack, self.styles, self.stamp, self.live = pack, styles, stamp, live
        self.sheet = workbook.add_worksheet(GUIDE)
        self.lists: list[tuple[str, ...]] = []
        self.row = 1

    def choice_range(self, choices: tuple[str, ...]) -> str:
        """The range that holds these texts, as a formula writes it."""
        if choices not in self.lists:
            self.lists.append(choices)
        column = xl_col_to_name(_LISTS + self.lists.index(choices))
        return f"'{GUIDE}'!${column}$2:${column}${len(choices) + 1}"

    def write(self, tabs: Sequence[Tab]) -> None:
        """Fill the sheet, once all tabs are known."""
        for column, width in enumerate(GRID, 1):
            self.sheet.set_column(column, column, width)
        self.sheet.set_column(0, 0, None, None, {"hidden": True})
        self.sheet.set_row(0, None, None, {"hidden": True})
        self.sheet.write_string(0, 0, self.stamp)
        self._wide("title", GUIDE, 44)
        self._wide("subtitle", f"{self.pack.title}({self.pack.fiscal_year} 年度)", 26)
        self._section("填报要求", self.pack.instructions)
        self._colours()
        self._sheets(tabs)
        self._section("操作提示", self._hints())
        self._lists()
        set_up_page(self.pack, self.sheet, landscape=False)
        self.sheet.protect("", {"format_columns": True, "format_rows": True})
        self.sheet.activate()

    def _wide(self, role: str, text: str, height: float) -> None:
        self.sheet.merge_range(self.row, 1, self.row, len(GRID), text, self.styles.role(role))
        self.sheet.set_row(self.row, height)
        self.row += 1

    def _section(self, title: str, paragraphs: Sequence[str]) -> None:
        if not paragraphs:
            return
        self._wide("heading", title, 30)
        text_style = self.styles.role("label", border=0, align="left", valign="top", bg_color="#FFFFFF")
        number_style = self.styles.role("label", border=0, align="right", valign="top", bg_color="#FFFFFF")
        for number, text in enumerate(paragraphs, 1):
            self.sheet.write_string(self.row, 1, f"{number}.", number_style)
            self.sheet.merge_range(self.row, 2, self.row, 3, "", text_style)
            self.sheet.write_string(self.row, 2, text, text_style)
            self.sheet.set_row(self.row, height_of(lines_of(text, GRID[1] + GRID[2])))
            self.row += 1

    def _colours(self) -> None:
        self._wide("heading", "格子的颜色", 30)
        for colour, name, meaning in _COLOURS:
            self.sheet.write_blank(self.row, 1, None, self.styles.role("label", bg_color=colour))
            self.sheet.write_string(self.row, 2, name, self.styles.role("label"))
            self.sheet.write_string(
                self.row, 3, meaning, self.styles.role("label", align="left", bg_color="#FFFFFF")
            )
            self.sheet.set_row(self.row, height_of(1))
            self.row += 1

    def _sheets(self, tabs: Sequence[Tab]) -> None:
        """What each sheet asks for, with a link to it."""
        self._wide("heading", "各张表填什么", 30)
        for column, text in enumerate(("序号", "工作表", "内容"), 1):
            self.sheet.write_string(self.row, column, text, self.styles.role("header"))
        self.sheet.set_row(self.row, 24)
        self.row += 1
        first = [t for t in tabs if t.instance == 0]
        for number, tab in enumerate(first, 1):
            sheet = tab.layout.sheet
            text = describe(sheet)
            self.sheet.write_number(self.row, 1, number, self.styles.role("label"))
            link = self.styles.role("label", font_color="#0563C1", underline=1)
            quoted = tab.name.replace("'", "''")
            self.sheet.write_url(self.row, 2, f"internal:'{quoted}'!A2", link, sheet.name)
            self.sheet.write_string(
                self.row, 3, text, self.styles.role("label", align="left", bg_color="#FFFFFF")
            )
            self.sheet.set_row(self.row, height_of(lines_of(text, GRID[2])))
            self.row += 1

    def _hints(self) -> list[str]:
        hints = [_LIVE] if self.live else []
        hints += _ALWAYS
        if any(b.free_rows for s in self.pack.sheets for b in s.blocks):
            hints.append(_INSERT)
        hints += [_COPY.format(name=s.name) for s in self.pack.sheets if s.repeats]
        if self.pack.explanations:
            sheet = self.pack.tables[self.pack.explanations.on].sheet
            hints.append(_EXPLAIN.format(name=sheet.name))
        return hints

    def _lists(self) -> None:
        for number, choices in enumerate(self.lists):
            self.sheet.set_column(_LISTS + number, _LISTS + number, None, None, {"hidden": True})
            for row, choice in enumerate(choices, 1):
                self.sheet.write_string(row, _LISTS + number, choice)


def describe(sheet: Sheet) -> str:
    """What a sheet asks for, in a sentence."""
    many = len(sheet.blocks) > 1
    parts = [
        (b.title or b.name if many else None) or _fields(b, _FEW if many else _MANY) for b in sheet.blocks
    ]
    every = "每项一张，张数不限。" if sheet.repeats else ""
    return every + "；".join(p for p in parts if p) + "。"


def _fields(block: Block, most: int) -> str:
    names = [f.label for f in block.inputs]
    return "、".join(names[:most]) + (f"等 {len(names)} 项" if len(names) > most else "")
