"""The consolidated workbook: which sheets there are, and in which order."""

from __future__ import annotations

import errno
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from xlsxwriter.chart import Chart
from xlsxwriter.exceptions import XlsxFileError

from workbook_tool.county.book import charts, cover, details, findings, returned, scores
from workbook_tool.county.book.drawing import Drawing
from workbook_tool.county.book.figures import Figures, money_sheets
from workbook_tool.county.book.listing import Listing
from workbook_tool.county.book.money import Money, money
from workbook_tool.county.book.names import Names
from workbook_tool.county.book.places import Places
from workbook_tool.county.book.ratios import Ratios, ratios
from workbook_tool.county.types import County
from workbook_tool.excel.ooxml.new_workbook import NewWorkbook
from workbook_tool.excel.ooxml.output import OutputError, write_file
from workbook_tool.excel.template.appearance import workbook_options

OURS = (
    cover.NAME, "上报情况", "催报", "不计入", "等级分布", "无依据得分", "问题汇总", "问题分类", "跨部门",
    "说明汇总", charts.CODES,
)  # fmt: skip
"""Tabs whose names no form may take."""


@dataclass(frozen=True)
class Book:
    """All sheets of a county but the cover, before anything is drawn."""

    places: Places
    returns: Listing
    sheets: Sequence[Money]
    ratios: Sequence[Ratios]
    rankings: Sequence[scores.Ranking]
    grades: Listing
    listings: Sequence[Listing]
    spent: Listing | None
    codes: Listing
    details: Sequence[details.Details]


def write(county: County, out: Path, made: datetime | None = None) -> None:
    """Write the consolidated workbook; the same county gives the same bytes.

    Args:
        county: What is known.
        out: The workbook; links to annotated copies lead from its folder.
        made: The moment of the run, told on the cover; without it the latest return's is told alone.

    Raises:
        OutputError: The workbook cannot be written, for instance because it is open in Excel.
    """
    content = io.BytesIO()
    try:
        # The parts are a hundred megabytes before they are packed; they wait on the disk.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            _write(county, out, made, content, scratch)
    except (OSError, XlsxFileError) as problem:
        raise OutputError(errno.ENOSPC, "临时文件夹写不下，请清理磁盘后再试", str(out)) from problem
    write_file(out, content.getvalue())


def _write(county: County, out: Path, made: datetime | None, content: BinaryIO, scratch: str) -> None:
    options = workbook_options() | {"in_memory": False, "tmpdir": scratch}
    workbook = NewWorkbook(content, options)
    workbook.set_properties(
        {"title": county.title, "author": "", "comments": county.pack.name, "created": _created(county, made)}
    )
    workbook.set_calc_mode("auto")
    draw(book_of(county, out), Drawing(workbook, county.pack, county.title), made)
    workbook.close()


def _created(county: County, made: datetime | None) -> datetime:
    """A moment that follows from the county: no clock is read."""
    if made is not None:
        return made
    latest: str = max(filter(None, county.returns["received"]), default="")
    try:
        return datetime.fromisoformat(latest.replace("Z", "+00:00")).replace(tzinfo=None)
    except ValueError:
        return datetime(county.pack.fiscal_year, 12, 31)


def book_of(county: County, out: Path) -> Book:
    """All sheets as plain data."""
    places, figures, names = Places(county, out), Figures(county), Names(*OURS)
    form = county.pack.county
    sheets = [money(sheet, figures, places, names.tab(sheet.title)) for sheet in money_sheets(county.pack)]
    made = [ratios(r, figures, places, names.tab(r.title)) for r in (form.ratios if form else ())]
    ranked = scores.rankings(places, names)
    returns, found = returned.returned(places), findings.problems(places)
    matrix = findings.matrix(places, found)
    by_code = findings.by_code(places, found, matrix)
    grades = scores.grades(places, ranked)
    return Book(
        places=places,
        returns=returns,
        sheets=sheets,
        ratios=made,
        rankings=ranked,
        grades=grades,
        listings=[
            returns,
            returned.owing(places),
            returned.set_aside(places),
            *(m.listing for m in sheets),
            *(r.listing for r in made),
            *(r.listing for r in ranked),
            *([grades, scores.unproven(places)] if ranked else []),
            matrix,
            by_code,
            findings.across(places),
            findings.explained(places),
        ],
        spent=charts.most_spent(places, made, sheets, names.tab("最多的部门")),
        codes=charts.frequent(places, found, by_code, charts.CODES),
        details=[
            details.finding_details(places, names),
            *([details.criterion_details(places, names)] if ranked else []),
            *(details.frame_details(name, places, names) for name in county.frames),
        ],
    )


def draw(book: Book, drawing: Drawing, made: datetime | None) -> None:
    """Draw every sheet, the cover first."""
    front = drawing.add_sheet(cover.NAME, landscape=False)
    listings = [*book.listings, *([book.spent] if book.spent else []), book.codes]
    for listing in listings:
        drawing.draw(listing)
    for number, some in enumerate(book.details, 1):
        details.draw_details(drawing, some, number)
    figures = cover.key_figures(book.places, book.returns)
    contents = [cover.Content(listing.name, listing.about) for listing in listings]
    contents += [cover.Content(some.name, some.about) for some in book.details]
    cover.draw_cover(
        front,
        drawing,
        book.places,
        figures=figures,
        sheets=book.sheets,
        charts=list(_charts(book, drawing)),
        contents=contents,
        made=made,
    )


def _charts(book: Book, drawing: Drawing) -> Iterator[Chart]:
    """The charts of the cover, as far as there is something to be drawn."""
    workbook = drawing.workbook
    yield charts.states(workbook, cover.NAME, cover.FIRST)
    if book.rankings and book.rankings[0].scores:
        yield charts.grades(workbook, book.grades, book.rankings, 0)
    if book.spent and book.spent.rows:
        yield charts.bars(workbook, book.spent, book.spent.title)
    if book.codes.rows:
        yield charts.bars(workbook, book.codes, "最常见的错误(部门数)", "#C00000")
