"""What do the live checks cost whoever opens the template? Time in LibreOffice, and bytes.

The same template with three copies of every repeated sheet, with and without its live checks, blank
and filled with the clean filing, is opened by turns in one LibreOffice that calculates every
formula when it opens a workbook; typing one figure is timed too. Stated, not asserted.

    python benchmarks/opening.py [--rounds 7] [--pack hunan-yueyang/2023]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from libreoffice import Desk, desk

from workbook_tool import make
from workbook_tool.excel import blank
from workbook_tool.excel import fill as filling
from workbook_tool.excel.template.self_check import NAME as SELF_CHECK
from workbook_tool.findings import column_letters
from workbook_tool.forms.load import available_packs, load_pack
from workbook_tool.forms.writing.case_files import case_files
from workbook_tool.model import Pack, Table

COPIES = 3
BARS = {"opening": 2.0, "bytes": 300_000}


def templates(pack: Pack, folder: Path) -> dict[str, Path]:
    """The workbooks that are opened."""
    paths = {
        name: folder / f"{n}.xlsx"
        for n, name in enumerate(("blank, plain", "blank, live", "filled, plain", "filled, live"))
    }
    blank.write_blank(pack, paths["blank, plain"], projects=COPIES)
    make.new(pack, paths["blank, live"], projects=COPIES)
    data = dict(case_files(pack).base)
    for sheet in pack.sheets:
        if sheet.repeats and isinstance(data.get(sheet.name), list):
            data[sheet.name] = (data[sheet.name] * COPIES)[:COPIES]
    filling.fill(data, pack, paths["filled, plain"])
    make.fill(data, pack, paths["filled, live"])
    return paths


def typed_into(pack: Pack) -> tuple[Table, str] | None:
    """A table with free rows and its first column of amounts; None where a pack has none."""
    for table in pack.tables.values():
        for field in table.fields if table.free_rows else ():
            if field.type == "amount" and field.blank == "zero":
                return table, field.label
    return None


def typing(office: Desk, path: Path, table: Table, label: str) -> float:
    """Seconds until all that depends on a figure has followed it."""
    office.open(path)
    tab = next(t for t in office.tabs() if t.startswith(table.sheet.name))
    rows = office.rows(tab)
    column = next(n for n, words in enumerate(rows[0]) if f"{table.name}/{label}" in words.split(";"))
    row = next(n for n, line in enumerate(rows, 1) if f"{table.name}/*" in line[0].split(";"))
    office.rows(SELF_CHECK)
    start = time.perf_counter()
    office.type(tab, f"{column_letters(column + 1)}{row}", 12.34)
    office.rows(SELF_CHECK)  # LibreOffice calculates what somebody looks at
    return time.perf_counter() - start


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--pack", choices=available_packs(), action="append")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch, desk(Path(scratch) / "profile") as office:
        for name in given.pack or available_packs():
            pack = load_pack(name)
            paths = templates(pack, Path(scratch))
            for path in paths.values():
                office.open(path)  # once without the clock
            times: dict[str, list[float]] = {kind: [] for kind in paths}
            for _ in range(given.rounds):
                for kind, path in paths.items():
                    times[kind].append(office.open(path))
            at, path = typed_into(pack), paths["filled, live"]
            typed = [typing(office, path, *at) for _ in range(given.rounds)] if at else []
            report(name, paths, times, typed)


def report(name: str, paths: dict[str, Path], times: dict[str, list[float]], typed: list[float]) -> None:
    print(f"{name}, {COPIES} copies of a repeated sheet")
    for kind, path in paths.items():
        middle = statistics.median(times[kind])
        print(f"  {kind:14} {middle:6.2f} s to open and calculate  {path.stat().st_size / 1000:6.1f} kB")
    for state in ("blank", "filled"):
        ratio = statistics.median(times[f"{state}, live"]) / statistics.median(times[f"{state}, plain"])
        print(f"  {state}: live checks cost {ratio:.2f} times the opening (bar {BARS['opening']})")
    if typed:
        print(f"  one figure typed: {statistics.median(typed):.3f} s")
    size = paths["blank, live"].stat().st_size
    print(f"  size {size / 1000:.1f} kB (bar {BARS['bytes'] / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
