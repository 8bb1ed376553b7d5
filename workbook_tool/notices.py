"""The findings that every pack has: what can be wrong with any workbook, whatever the form."""

from __future__ import annotations

from dataclasses import dataclass

from workbook_tool.model import Severity


@dataclass(frozen=True)
class Notice:
    """What the tool itself can find in any workbook, whatever the form.

    Attributes:
        says: The sentence, with placeholders filled by `say`.
    """

    code: str
    title: str
    severity: Severity
    says: str

    def say(self, **words: object) -> str:
        """The sentence with its placeholders filled."""
        return self.says.format(**words)


TYPED_TOTALS, UNPROVEN_TOTALS = "格式-12", "格式-14"
TOO_LONG, TOO_MUCH, CRASHED = "文件-14", "文件-15", "文件-16"

_E, _X, _N = Severity.ERROR, Severity.EXPLAIN, Severity.NOTE

NOTICES: dict[str, Notice] = {
    n.code: n
    for n in (
        Notice("文件-01", "文件无法读取", _E, "{reason}"),
        Notice(
            "文件-02",
            "不是本套表",
            _E,
            "这个文件不是“{pack}”的填报表：{reason}。请在下发的模板中填报后再上报。",
        ),
        Notice(
            "文件-03",
            "模板版本不符",
            _E,
            "这个文件用的是“{found}”版模板，本次应使用“{expected}”版。请换用本次下发的模板。",
        ),
        Notice("文件-04", "缺少工作表", _E, "缺少工作表“{sheet}”。请从下发的模板中补回这张表。"),
        Notice(
            "文件-05", "缺少栏目", _E, "工作表“{sheet}”中找不到“{field}”这一栏。请不要删除模板中的行和列。"
        ),
        Notice(
            "文件-06",
            "按表头识别",
            _N,
            "工作表“{sheet}”中的定位标记已不在，已按表名和表头文字识别，请核对识别结果。",
        ),
        Notice(
            "文件-07",
            "工作表重复",
            _E,
            "“{sheet}”这张表出现了{count}次，只能保留一张。已按第一张核对，请删除多余的。",
        ),
        Notice(
            "文件-08",
            "缺少固定行",
            _E,
            "工作表“{sheet}”中找不到“{row}”这一行。请从模板中补回，不要删除固定行。",
        ),
        Notice(
            "文件-09",
            "固定行重复",
            _E,
            "工作表“{sheet}”中“{row}”这一行出现了{count}次。已按第一行核对，请删除多余的。",
        ),
        Notice("文件-10", "含有宏", _N, "文件中含有宏。核对时不会运行宏，请确认来源可靠。"),
        Notice(
            "文件-11",
            "数字签名失效",
            _N,
            "原文件带有数字签名。标注后的副本不再带签名，原文件未改动，签名仍然有效。",
        ),
        Notice(
            "文件-12",
            "固定内容被改动",
            _E,
            "“{row}”一行的“{label}”，模板印的是“{printed}”，现在是“{value}”。请改回模板的内容；核对和计分仍按模板印的算。",
        ),
        Notice(
            "文件-17",
            "财政部门给的数被改动",
            _E,
            "“{label}”是财政部门填好的，原来是“{printed}”，现在是“{value}”。请改回原来的数；核对时仍按原来的数算。有出入的，请与财政部门联系。",
        ),
        Notice(
            "文件-18",
            "工作表被隐藏",
            _X,
            "工作表“{sheet}”被隐藏（{how}），里面有填报的内容，核对和汇总都算了它。请取消隐藏，核对后再上报；取消不了的，请在下发的模板中重新填这张表。",
        ),
        Notice(
            "文件-19",
            "多出的工作表",
            _N,
            "文件里有{count}张工作表不是本套表的：{sheets}。这些表没有核对，也不汇总。上报前请删去。",
        ),
        Notice(
            "文件-20",
            "行列被隐藏",
            _X,
            "工作表“{sheet}”的{what}看不见（隐藏、筛选，或行高列宽太小），里面有{count}格填报的内容（{cells}），核对和汇总都算了它。请取消隐藏和筛选，核对后再上报。",
        ),
        Notice(
            "文件-21",
            "字看不见",
            _X,
            "工作表“{sheet}”有{count}格（{cells}）的字与底色几乎同色，打开看不见，核对和汇总却都算了它。请把字改成黑色，核对后再上报。",
        ),
        Notice(
            "文件-22",
            "显示的不是实际的数",
            _X,
            "工作表“{sheet}”有{count}格（{cells}）显示的与实际填的不同：{cell}填的是“{value}”，因为数字格式显示成“{shown}”。核对和汇总按实际填的算。请把数字格式改为“常规”，核对后再上报。",
        ),
        Notice(
            "文件-23",
            "合并格下有内容",
            _X,
            "工作表“{sheet}”有{count}格（{cells}）被合并单元格盖住，打开看不见，里面还有内容“{value}”，{says}。请取消合并，核对或删去这些内容后再上报。",
        ),
        Notice(
            "文件-24",
            "引用其他文件",
            _X,
            "工作表“{sheet}”有{count}格（{cells}）的公式引用其他文件“{what}”，这里存的只是上次的结果，无法核对。请改为直接填数。",
        ),
        Notice(
            "文件-25",
            "含有外部链接",
            _N,
            "文件与{what}有链接。核对时不会打开，也不会更新。请在“数据”中断开链接后再上报。",
        ),
        Notice(
            "文件-26",
            "公式会联网或调用程序",
            _X,
            "工作表“{sheet}”有{count}格（{cells}）的公式用了{what}，打开时可能联网或调用其他程序。核对时不会运行。请删去公式，直接填写内容。",
        ),
        Notice(
            "文件-27",
            "下拉列表被改动",
            _N,
            "工作表“{sheet}”中“{label}”的下拉列表被改动：模板是“{expected}”，现在是“{value}”。核对仍按模板的选项。请在下发的模板中填报。",
        ),
        Notice(
            "文件-28",
            "印好的文字被改动",
            _X,
            "工作表“{sheet}”有{count}处印好的文字被改动（{cells}）：{cell}模板印的是“{printed}”，现在是“{value}”。核对仍按模板印的算。请改回模板的文字。",
        ),
        Notice(
            "文件-29",
            "工作表保护已取消",
            _N,
            "工作表{sheets}的保护已取消，锁定的格子可能被改动。请不要取消保护；本次不用重填，请核对表头、公式是否与模板一致。",
        ),
        Notice(
            "文件-30",
            "别的部门的工作表",
            _E,
            "工作表“{sheet}”是发给部门编码“{found}”的，文件中其他表是发给“{expected}”的。请在发给本部门的模板中重新填这张表。",
        ),
        Notice(
            "文件-31",
            "部门编码与模板不符",
            _E,
            "“{label}”填的是“{value}”，这份模板是发给部门编码“{expected}”的。请改回原来的编码；用错了模板的，请换用发给本部门的模板。",
        ),
        Notice(
            "文件-32",
            "工作表过大，没有标注",
            _N,
            "工作表“{sheet}”过大（多为整行整列设置了格式），问题只列在“审核意见”里，没有标在格子上。请删去多余的空白行列后另存。",
        ),
        Notice(
            "文件-33",
            "条件格式会遮住内容",
            _X,
            "工作表“{sheet}”的条件格式会使{count}格填报的内容（{cells}）看不见或显示成别的，核对和汇总却都算了它。请在“条件格式”的“管理规则”中删去这些规则，核对后再上报。",
        ),
        Notice(
            "文件-34",
            "锁定的格子被解锁",
            _N,
            "工作表“{sheet}”有{count}个模板锁定的格子（{cells}）被解除了锁定，里面的文字或公式可能被改动。请不要改动保护；本次不用重填，请核对这些格子是否与模板一致。",
        ),
        Notice(
            TOO_LONG,
            "处理时间过长",
            _E,
            "处理这个文件用时超过{limit}秒，已停止，没有核对。请删去多余的空白行列和图片、另存后再报；仍不行请联系维护者。",
        ),
        Notice(
            TOO_MUCH,
            "占用内存过多",
            _E,
            "处理这个文件占用的内存超过{limit}上限，已停止，没有核对。请删去多余的空白行列和图片、另存后再报；仍不行请联系维护者。",
        ),
        Notice(
            CRASHED,
            "处理时程序出错",
            _E,
            "处理这个文件时程序出错（{reason}），没有核对。请把这个文件发给维护者。",
        ),
        Notice("格式-01", "不是数字", _E, "“{label}”应填数字，现在填的是“{value}”，无法识别。请只填数字。"),
        Notice(
            "格式-02",
            "数字带单位",
            _N,
            "“{label}”填的是“{value}”，已按{read}{unit}核对。单位在表头，格内请只填数字{read}，否则求和时会被漏掉。",
        ),
        Notice(
            "格式-03",
            "数字存为文本",
            _N,
            "“{label}”填的“{value}”是文本，已按{read}核对。请改为数字格式，否则求和时会被漏掉。",
        ),
        Notice(
            "格式-04",
            "小数位过多",
            _E,
            "“{label}”填的{value}小数位过多，最多{places}位（精确到{least}）。请核对后改正。",
        ),
        Notice("格式-05", "百分数写法", _N, "“{label}”填的是“{value}”，已按{read}%核对。请确认。"),
        Notice(
            "格式-06", "公式出错", _E, "“{label}”显示为{value}，是公式出错的结果。请检查公式或直接填写数字。"
        ),
        Notice(
            "格式-07",
            "公式没有结果",
            _E,
            "“{label}”是公式，但文件中没有保存计算结果。请用 Excel 或 WPS 打开，重新计算并保存后再上报。",
        ),
        Notice(
            "格式-08",
            "不是日期",
            _E,
            "“{label}”应填日期，现在填的是“{value}”。请写成 2024-03-25 这样的形式。",
        ),
        Notice("格式-09", "含不可见字符", _N, "“{label}”的内容里夹有不可见字符，核对时已略去。"),
        Notice("格式-10", "数字过大", _E, "“{label}”填的{value}超出合理范围，请检查是否多写了位数。"),
        Notice("格式-11", "类型不对", _E, "“{label}”填的是逻辑值{value}，请改为{wanted}。"),
        Notice(
            TYPED_TOTALS,
            "公式改成了数",
            _N,
            "模板里自动计算的格子有{count}处填成了数字（{cells}），数目都对，不用改。以后请保留公式，不要在上面填数。",
        ),
        Notice(
            "格式-13",
            "公式结果没有更新",
            _E,
            "“{label}”是公式“{formula}”，文件里存的结果是{value}，没有更新，按公式重新计算应为{expected}。请用 Excel 或 WPS 打开，重新计算并保存后再上报。",
        ),
        Notice(
            UNPROVEN_TOTALS,
            "公式改成了数，无法核对",
            _X,
            "模板里自动计算的格子有{count}处填成了数字（{cells}），要用来核对的数缺少或读不出来，现在不知道对不对。请先改正那些数，再把这里改回公式。",
        ),
        Notice("填写-01", "未填", _E, "“{label}”没有填写。{help}"),
        Notice("填写-02", "不在可选范围", _E, "“{label}”填的是“{value}”，只能从这些里选：{choices}。"),
        Notice("填写-03", "文字过长", _N, "“{label}”写了{length}字，模板要求不超过{limit}字，请精简。"),
        Notice("填写-04", "超出范围", _E, "“{label}”填的是{value}，{range}。"),
        Notice("填写-05", "写法不对", _E, "“{label}”填的是“{value}”，{says}。"),
        Notice(
            "填写-06",
            "选项写法不同",
            _N,
            "“{label}”填的是“{value}”，已按“{read}”核对。请从下拉列表中选“{read}”，否则表内的公式认不出来。",
        ),
    )
}
"""The findings every pack has, by code."""
