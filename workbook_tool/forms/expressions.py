"""The rule language of a pack: one expression, checked once, used in three places.

An expression is evaluated over the long frames of a whole batch (`evaluate`), written as a live
formula into the template (`to_excel`), and printed in the rule book (`in_words`). It is read with
Python's `ast` against a short white list; nothing is ever handed to Python to run.

What can be written:

* numbers, texts, lists (`["甲", "乙"]`, `[0, 0.5, 1]`); `+ - * /`; comparisons, chained ones too;
  `and or not`; `in`, `not in`; parentheses; the functions
  `abs round min max blank sum count any all first`.
* a bare field label: that field of the record at hand (a row of `on`, or the form); `本项`: the
  field being checked; `行`: the name of the row at hand (its fixed key, or its key column);
  `年度`: the fiscal year; a parameter of the pack: its value.
* `frame.field`: the only record of a form; `frame[key].field`: the row with that fixed key, or
  with that name where the table has a key column; `frame[field].field`: the row whose name equals
  this record's field. None or several such rows: unknown. `本项` may stand after the dot. A block
  of the sheet at hand may be written without its sheet.
* `sum count any all first min max` over the rows of one table (total rows are left out) or over
  every tab of a repeated sheet: `sum(支出明细.金额)`, `sum(本项)` for the rows of the table at
  hand, `sum(单价 * 数量)`, `all(得分 <= 分值)`, and with a condition on the rows that are added
  `sum(指标.分值, 指标.类别 == "产出")`; `count(frame)` counts records; `sum(frame[key].field)` adds
  the lines under one fixed key. Always within this workbook; between blocks of one repeated sheet
  within this tab. Names in them mean the rows that are added.
* `in`: a text (or any text of a list) contained in a text field; a text or number in a list; a
  text in `frame.field`, which is among the names of that column.
* `本行` in the condition of a function of many rows, as `text == 本行`: only the rows whose text is
  the name of the row that the rule is about, as `sum(项目.金额, 项目.单位 == 本行)`.

Kinds: amount (integer fen), points (integer 1/10,000 point), number (count, number, percent in
percent), text (dates too, as YYYY-MM-DD), boolean, list. A literal or parameter is read in the
pack's unit beside an amount, in points beside points; amount / amount is a number; amounts and
points never mix. Quotients are rounded to 10 decimals, so that exactly 90% is exactly 90. Texts
are compared with full-width forms made narrow, without whitespace or invisible characters.

Three answers: a blank or unreadable cell is unknown, and so is all that is computed from it, except
that `and`, `or` and `any`, `all` know better where one side settles it. A blank in a field with
`blank: zero` is 0; `blank(x)` alone still sees it. x / 0 is unknown. A sum of no records is 0; over
a table that the workbook has lost it is unknown.
"""

from workbook_tool.forms.formulas.writer import NoFormula, Place, to_excel
from workbook_tool.forms.language.cells import Cell, cells
from workbook_tool.forms.language.compiled import CompiledRule, compile_rule
from workbook_tool.forms.language.evaluation import evaluate
from workbook_tool.forms.language.messages import check_message
from workbook_tool.forms.language.parsing import compile_expression
from workbook_tool.forms.language.syntax import Aggregate, Expression, Kind, normal
from workbook_tool.forms.language.wording import in_words

__all__ = [
    "Aggregate",
    "Cell",
    "CompiledRule",
    "Expression",
    "Kind",
    "NoFormula",
    "Place",
    "cells",
    "check_message",
    "compile_expression",
    "compile_rule",
    "evaluate",
    "in_words",
    "normal",
    "to_excel",
]
