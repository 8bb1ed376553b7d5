"""How fast is it, against the way a user would write it? Ratios taken in one run on the same files.

The plain way: pandas.read_excel (openpyxl) for every sheet, the same pandera schemas sheet by
sheet for one workbook after another, then openpyxl load, fill and note on every finding, save.
The floor of reading: inflate the parts a workbook's values come from and parse them with lxml.
The floor of annotating: unzip and zip the same file.

    python benchmarks/against_plain.py --files 40 --rounds 3
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import made_up
import openpyxl
import pandas as pd
from lxml import etree
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from workbook_tool.assess import assess
from workbook_tool.checks.conform import conform
from workbook_tool.checks.schemas import check_schemas
from workbook_tool.excel.annotate import write_copy
from workbook_tool.excel.marks.verdict import Verdicts
from workbook_tool.excel.read import read
from workbook_tool.forms.load import load_pack, read_data
from workbook_tool.make import fill
from workbook_tool.model import Assessment, Pack

PACK = "hunan-yueyang/2023"
RED = PatternFill("solid", fgColor="FFFFC7CE")


def make_files(count: int, pack: Pack, folder: Path) -> list[Path]:
    """Filled workbooks, each with one planted mistake; every other one has its totals as formulas."""
    assert pack.folder is not None
    base = read_data(pack.folder / "cases" / "base.yaml")
    paths = []
    for number in range(count):
        data = made_up.filing(number + 1, base, formulas=number % 2 == 1)
        made_up.plant(number, data, number)
        paths.append(folder / f"{number:05d}.xlsx")
        fill(data, pack, paths[-1])
    return paths


def parts_of_values(path: Path) -> None:
    """Floor of reading: inflate and parse sheets, shared strings, styles and workbook."""
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith(("xl/worksheets/sheet", "xl/sharedStrings", "xl/styles", "xl/workbook")):
                etree.fromstring(package.read(name))


def rezip(path: Path) -> None:
    """Floor of annotating: unzip and zip again."""
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            copy.writestr(name, package.read(name))


def plain_reading(path: Path) -> None:
    """read_excel for every sheet."""
    with pd.ExcelFile(path, engine="openpyxl") as book:
        for name in book.sheet_names:
            pd.read_excel(book, sheet_name=name, header=None)


def plain_marking(path: Path, cells: Sequence[tuple[str, str, str]], out: Path) -> None:
    """Load, fill and note, save by openpyxl."""
    book = openpyxl.load_workbook(path)
    for sheet, cell, message in cells:
        book[sheet][cell].fill = RED
        book[sheet][cell].comment = Comment(message, "check")
    book.save(out)


def timed(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def cells_of(assessment: Assessment, submission: int) -> list[tuple[str, str, str]]:
    mine = assessment.findings[assessment.findings["submission"] == submission].dropna(subset=["cell"])
    return list(zip(mine["sheet"], mine["cell"], mine["message"], strict=True))


def one_round(paths: list[Path], pack: Pack, folder: Path) -> dict[str, float]:
    """CPU seconds of every way over all files."""
    singles = [conform(read([p], pack)[0], pack)[0] for p in paths]
    batch, drafts = read(paths, pack)
    assessment = assess(batch, pack, drafts)
    marks = [cells_of(assessment, n) for n in range(len(paths))]

    def ours() -> None:
        batch, drafts = read(paths, pack)
        assess(batch, pack, drafts)

    def annotate() -> None:
        verdicts = Verdicts(assessment, pack)
        for number, path in enumerate(paths):
            write_copy(path, verdicts[number], folder / "a.xlsx")

    def each(action: Callable[[int, Path], object]) -> Callable[[], None]:
        def run() -> None:
            for number, path in enumerate(paths):
                action(number, path)

        return run

    return {
        "inflate + parse (floor of reading)": timed(each(lambda n, p: parts_of_values(p))),
        "unzip + zip (floor of annotating)": timed(each(lambda n, p: rezip(p))),
        "read + assess": timed(ours),
        "read": timed(lambda: read(paths, pack)),
        "annotate": timed(annotate),
        "plain: read_excel per sheet": timed(each(lambda n, p: plain_reading(p))),
        "plain: schemas per workbook": timed(each(lambda n, p: check_schemas(singles[n], pack))),
        "plain: openpyxl load, mark, save": timed(
            each(lambda n, p: plain_marking(p, marks[n], folder / "b.xlsx"))
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pack = load_pack(PACK)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = make_files(options.files, pack, folder)
        one_round(paths[:2], pack, folder)
        rounds = [one_round(paths, pack, folder) for _ in range(options.rounds)]
    medians = {k: statistics.median(r[k] for r in rounds) / len(paths) * 1000 for k in rounds[0]}
    print(f"{options.files} files, {options.rounds} rounds, median CPU milliseconds a file")
    for what, cost in medians.items():
        print(f"  {what:42s}{cost:9.2f}")
    plain_check = medians["plain: read_excel per sheet"] + medians["plain: schemas per workbook"]
    plain_all = plain_check + medians["plain: openpyxl load, mark, save"]
    print("ratios")
    for what, ratio in {
        "read + assess / floor of reading": medians["read + assess"]
        / medians["inflate + parse (floor of reading)"],
        "annotate / floor of annotating": medians["annotate"] / medians["unzip + zip (floor of annotating)"],
        "openpyxl load, mark, save / annotate": medians["plain: openpyxl load, mark, save"]
        / medians["annotate"],
        "plain reading and schemas / read + assess": plain_check / medians["read + assess"],
        "plain everything / read + assess": plain_all / medians["read + assess"],
        "plain everything / read + assess + annotate": plain_all
        / (medians["read + assess"] + medians["annotate"]),
    }.items():
        print(f"  {what:46s}{ratio:7.1f}")


if __name__ == "__main__":
    main()
