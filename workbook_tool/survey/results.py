"""The tables of results, each a query over the parts of what counts. All sums are of whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbook_tool.county.tables import ASIDE_HEADS, RETURN_HEADS
from workbook_tool.county.types import State
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.model import Pack, Severity

MOST_ROWS = 1_048_575
"""As many lines a sheet of a spreadsheet takes below its heading; a longer table has no CSV."""

OF_A_ROSTER = frozenset({"contact", "due", "late", "unchanged"})
"""What nobody knows of a department without a roster and a ledger."""

COUNTED = """
CREATE VIEW counted AS SELECT county, number, code, department, state, file FROM returns
WHERE file IS NOT NULL
"""
"""The files that count, each with its county and department."""


@dataclass(frozen=True)
class Result:
    """A table of results.

    Attributes:
        name: Of its files.
        query: Gives its lines in their order.
        scales: The columns that the query gives in so many parts of their unit.
        csv: Whether it is written for spreadsheets too.
    """

    name: str
    query: str
    scales: Mapping[str, int] = field(default_factory=dict)
    csv: bool = True


def results(pack: Pack) -> Iterator[Result]:
    """All tables, the shortest first."""
    yield Result("各县", _COUNTIES)
    for by, ending in (("", ""), ("r.county AS 县, ", "-按县")):
        yield Result(f"金额{ending}", _money(by), {"合计": pack.fen, "填报合计": pack.fen})
        yield Result(f"问题分类{ending}", _codes(by))
        yield Result(f"得分{ending}", _scores(by), dict.fromkeys(_POINTS, POINT))
        yield Result(f"等级{ending}", _grades(by))
    yield Result("上报情况", _listed("returns", RETURN_HEADS, "number"))
    yield Result("不计入", _listed("aside", ASIDE_HEADS, "file"))
    yield Result("几县相同", _SAME)
    fen = dict.fromkeys(("数", "填报"), pack.fen)
    yield Result("金额-按部门", _OF_DEPARTMENTS, fen, csv=False)
    points = dict.fromkeys(("自评得分", "复核得分", "无依据得分"), POINT)
    yield Result("得分-按部门", _SCORED, points, csv=False)
    yield Result("问题", _FINDINGS, csv=False)


def _listed(table: str, heads: Mapping[str, str], order: str) -> str:
    """A table of decisions under the headings of the county's tables."""
    columns = ", ".join(f'"{name}" AS "{head}"' for name, head in heads.items() if name not in OF_A_ROSTER)
    return f'SELECT county AS 县, {columns} FROM {table} ORDER BY county, "{order}"'


_COUNTIES = f"""
WITH states AS (
  SELECT county, count(*) AS departments, count(file) AS counted,
    count(*) FILTER (state = '{State.RETURNED}') AS returned,
    count(*) FILTER (state = '{State.EXPLAIN}') AS explain,
    count(*) FILTER (state = '{State.PASSED}') AS passed,
    sum(errors)::BIGINT AS errors, sum(explains)::BIGINT AS explains, sum(notes)::BIGINT AS notes
  FROM returns GROUP BY county),
left_out AS (SELECT county, count(*) AS files FROM aside GROUP BY county)
SELECT county AS 县, coalesce(counted, 0) + coalesce(files, 0) AS 文件, coalesce(departments, 0) AS 部门,
  coalesce(counted, 0) AS 计入, coalesce(files, 0) AS 不计入, coalesce(returned, 0) AS 退回,
  coalesce(explain, 0) AS 需说明, coalesce(passed, 0) AS 通过, coalesce(errors, 0) AS 错误处数,
  coalesce(explains, 0) AS 需说明处数, coalesce(notes, 0) AS 提示处数
FROM states FULL JOIN left_out USING (county) ORDER BY county
"""

_WANTED = "w.frame = f.frame AND w.row = coalesce(f.row, '') AND w.field = f.field"


def _money(by: str) -> str:
    return f"""
SELECT {by}w.frame AS 表, w.row AS 行名, w.field AS 栏目, w.unit AS 单位, count(*) AS 部门数,
  count(f.value) AS 有数的部门, count(*) FILTER (f.differs) AS 填报与重算不同的部门,
  sum(f.value::HUGEINT * w.up)::DECIMAL(38, 0) AS 合计,
  sum(f.declared::HUGEINT * w.up)::DECIMAL(38, 0) AS 填报合计
FROM figures f JOIN counted r USING (file) JOIN wanted w ON {_WANTED}
GROUP BY {_first(by)}w.number, w.frame, w.row, w.field, w.unit ORDER BY {_first(by)}w.number
"""


_LABELS = " ".join(f"WHEN '{one.value}' THEN '{one.label}'" for one in Severity)


def _codes(by: str) -> str:
    return f"""
SELECT {by}f.code AS 编号, n.title AS 名称, CASE f.severity {_LABELS} END AS 级别, count(*) AS 条数,
  count(DISTINCT f.file) AS 部门数
FROM findings f JOIN counted r USING (file) LEFT JOIN rules n ON n.code = f.code
GROUP BY ALL ORDER BY {_first(by)}条数 DESC, 编号, 级别
"""


_POINTS = ("自评平均", "复核平均", "无依据平均", "复核最低", "复核中位数", "复核最高")


def _mean(column: str) -> str:
    """The mean of whole numbers, rounded half up."""
    return f"((2 * sum({column}) + count({column})) // (2 * count({column})))::DECIMAL(38, 0)"


def _scores(by: str) -> str:
    return f"""
SELECT {by}b.title AS 评分表, count(*) AS 份数, count(s.recomputed) AS 能复核的份数,
  {_mean("s.self")} AS 自评平均, {_mean("s.recomputed")} AS 复核平均, {_mean("s.unproven")} AS 无依据平均,
  min(s.recomputed) AS 复核最低, quantile_disc(s.recomputed, 0.5) AS 复核中位数, max(s.recomputed) AS 复核最高
FROM scores s JOIN counted r USING (file) JOIN rubrics b ON b.id = s.rubric
GROUP BY {_first(by)}b.number, b.title ORDER BY {_first(by)}b.number
"""


def _grades(by: str) -> str:
    return f"""
SELECT {by}b.title AS 评分表, s.grade AS 等级, count(*) AS 份数
FROM scores s JOIN counted r USING (file) JOIN rubrics b ON b.id = s.rubric
GROUP BY {_first(by)}b.number, b.title, s.grade
ORDER BY {_first(by)}b.number, min(-coalesce(s.recomputed + s.unproven, -1)), 等级
"""


def _first(by: str) -> str:
    return "r.county, " if by else ""


_SAME = """
SELECT sha256 AS 文件指纹, county AS 县, department AS 部门名称, file AS 文件 FROM returns
WHERE sha256 IN (SELECT sha256 FROM returns GROUP BY sha256 HAVING count(DISTINCT county) > 1)
ORDER BY sha256, county, file
"""

_OF_DEPARTMENTS = f"""
SELECT r.county AS 县, r.code AS 部门编码, r.department AS 部门名称, w.frame AS 表, w.row AS 行名,
  w.field AS 栏目, w.unit AS 单位, (f.value::HUGEINT * w.up)::DECIMAL(38, 0) AS 数,
  (f.declared::HUGEINT * w.up)::DECIMAL(38, 0) AS 填报, r.file AS 文件
FROM figures f JOIN counted r USING (file) JOIN wanted w ON {_WANTED}
ORDER BY r.county, r.number, w.number
"""

_SCORED = """
SELECT r.county AS 县, r.code AS 部门编码, r.department AS 部门名称, b.title AS 评分表, s.subject AS 对象,
  s.self AS 自评得分, s.recomputed AS 复核得分, s.unproven AS 无依据得分, s.grade AS 等级, r.file AS 文件
FROM scores s JOIN counted r USING (file) JOIN rubrics b ON b.id = s.rubric
ORDER BY r.county, r.number, s.line
"""

_FINDINGS = f"""
SELECT r.county AS 县, r.code AS 部门编码, r.department AS 部门名称, f.code AS 编号,
  CASE f.severity {_LABELS} END AS 级别, f.sheet AS 工作表, f.cell AS 单元格, f.field AS 栏目,
  f.value AS 填报, f.expected AS 应为, f.difference AS 相差, f.message AS 怎样改, r.file AS 文件
FROM findings f JOIN counted r USING (file)
ORDER BY r.county, r.number, f.line
"""
