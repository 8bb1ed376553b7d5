"""What does a marked copy cost? Against openpyxl's load, mark, save, and against unzip and zip.

On the example (every finding, both review sheets) and on the largest files of the corpus (three
marks on each sheet). Ratios of CPU time, taken in turn in one run; memory is the peak of a process
of its own, less what it held before. Stated, not asserted.

    python benchmarks/annotating.py [--rounds 5] [--files 5]
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import io
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from workbook_tool.assess import assess
from workbook_tool.excel.annotate import annotated
from workbook_tool.excel.marks import originals
from workbook_tool.excel.marks.marks import Mark, mark_cells
from workbook_tool.excel.ooxml.package import Package, Refused
from workbook_tool.excel.read import read
from workbook_tool.forms.load import default_pack, load_pack, read_data
from workbook_tool.make import fill
from workbook_tool.model import Assessment, Pack

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "linxiang-2023" / "data.yaml"
CORPUS = ROOT.parent / "shared" / "corpus"
RED = PatternFill("solid", fgColor="FFFFC7CE")
THREE = ("B2", "C3", "G7")
LARGEST = 3_000_000
"""Bytes inflated up to which openpyxl is asked: it needs minutes or gigabytes for some."""
CLEAR = Path("/proc/self/clear_refs")
Marks = Mapping[str, Mapping[str, str]]


def floor(content: bytes) -> bytes:
    """Unzip and zip again."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as package,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in package.namelist():
            copy.writestr(name, package.read(name))
    return out.getvalue()


def by_openpyxl(content: bytes, marks: Marks) -> bytes:
    """Load, fill and note every cell, list what was said on a new sheet, save."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content))
        listed = book.create_sheet("List")
        for sheet, cells in marks.items():
            for cell, words in cells.items():
                target = book[sheet][cell]
                if not isinstance(target, MergedCell):
                    target.fill = RED
                    target.comment = Comment(words, "check")
                listed.append([sheet, cell, words])
        out = io.BytesIO()
        book.save(out)
    return out.getvalue()


def by_library(content: bytes, marks: Marks) -> bytes:
    """Mark through the library: a workbook of no pack of ours."""
    package = Package.open(content)
    before = package.members()
    mark_cells(package, {s: {c: Mark("error", words) for c, words in m.items()} for s, m in marks.items()})
    originals.keep(package, before)
    return package.save()


def by_us(content: bytes, assessment: Assessment, pack: Pack) -> bytes:
    """The marked copy with its review sheets."""
    return annotated(Package.open(content), assessment, pack, 0).save()


def example(folder: Path, few: int | None = None) -> tuple[bytes, Assessment, Pack]:
    """The example, and what is found in it: all of it, or the first few."""
    pack = load_pack(default_pack())
    path = folder / "example.xlsx"
    fill(read_data(EXAMPLE), pack, path)
    batch, drafts = read([path], pack)
    assessment = assess(batch, pack, drafts)
    findings = assessment.findings[:few] if few else assessment.findings
    return path.read_bytes(), replace(assessment, findings=findings), pack


def said(assessment: Assessment) -> Marks:
    """Sheet -> cell -> what is said of it."""
    marks: dict[str, dict[str, str]] = {}
    placed = assessment.findings.dropna(subset=["sheet", "cell"])
    for sheet, cell, words in zip(placed["sheet"], placed["cell"], placed["message"], strict=True):
        marks.setdefault(sheet, {})[cell] = words
    return marks


def three_each(content: bytes) -> Marks:
    """Three marks on each worksheet."""
    sheets = [s.name for s in Package.open(content).sheets if s.kind == "worksheet"]
    return {name: dict.fromkeys(THREE, "填的是2437.73，应为2437.74。") for name in sheets}


def largest(count: int) -> list[Path]:
    """The largest workbooks of the corpus that we accept and openpyxl can be asked for."""
    found: list[Path] = []
    for path in sorted(CORPUS.glob("*/*.xls[xm]"), key=lambda p: -p.stat().st_size):
        try:
            package = Package.open(path)
            package.verify()
        except Refused:
            continue
        if sum(one.size for one in package.members()) < LARGEST and len(found) < count:
            found.append(path)
    return found


# --- measuring ---


def in_turn(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least CPU seconds of each way, taken in turn so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            way()
            taken[name].append(time.process_time() - start)
    return {name: min(times) for name, times in taken.items()}


def report(title: str, size: int, costs: Mapping[str, float]) -> None:
    """Print the costs of one workbook and what they are to each other."""
    base, ours, theirs = costs["unzip + zip"], costs["ours"], costs["openpyxl"]
    print(f"\n{title} ({size / 1024:.0f} KiB)")
    for way, cost in costs.items():
        print(f"  {way:16s}{cost * 1000:9.1f} ms{cost / base:8.1f} x floor")
    print(f"  openpyxl / ours {theirs / ours:9.1f}")


def peak(way: str, path: Path) -> float:
    """The most MiB that a process of its own takes to make one copy."""
    words = [sys.executable, __file__, "--child", way, "--file", str(path)]
    ran = subprocess.run(words, check=True, capture_output=True, text=True)
    return float(json.loads(ran.stdout)["mib"])


def child(way: str, path: Path) -> None:
    """Make one copy and print the peak of what was taken for it."""
    content = path.read_bytes()
    marks = three_each(content)
    ways = {"ours": by_library, "openpyxl": by_openpyxl}
    gc.collect()
    forget_peak()
    before = most_taken()
    if before is None:
        tracemalloc.start()
    ways[way](content, marks)
    used = tracemalloc.get_traced_memory()[1] if before is None else (most_taken() or 0) - before
    print(json.dumps({"mib": used / 2**20}))


def forget_peak() -> None:
    """Let the peak begin anew, where the system can: else it is that of the imports at least."""
    if CLEAR.exists():
        with contextlib.suppress(AttributeError):  # not every C library can
            ctypes.CDLL(None).malloc_trim(0)  # what the imports left free would hide what we take
        CLEAR.write_text("5", encoding="ascii")


def most_taken() -> int | None:
    """The peak of the bytes the process holds; None where the system does not say (Windows)."""
    if CLEAR.exists():
        status = CLEAR.with_name("status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=5)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.file)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for few in (None, 40):
            time_example(folder, few, options.rounds)
        paths = largest(options.files)
        if not paths:
            print(f"\n{CORPUS} is absent: nothing larger is measured")
        for path in paths:
            time_file(path, max(1, options.rounds // 2))
        print("\nmemory taken for one copy with three marks a sheet, MiB: ours, openpyxl")
        for path in (folder / "example.xlsx", *paths):
            ours, theirs = peak("ours", path), peak("openpyxl", path)
            print(f"  {path.name.rpartition('__')[2]:50s}{ours:8.1f}{theirs:8.1f}")


def time_example(folder: Path, few: int | None, rounds: int) -> None:
    """The example with all that is found in it, or with the first few."""
    content, assessment, pack = example(folder, few)
    ways: dict[str, Callable[[], object]] = {
        "unzip + zip": partial(floor, content),
        "ours": partial(by_us, content, assessment, pack),
        "openpyxl": partial(by_openpyxl, content, said(assessment)),
    }
    title = f"the example, {len(assessment.findings)} findings"
    report(title, len(content), in_turn(ways, rounds))


def time_file(path: Path, rounds: int) -> None:
    """A workbook of the corpus with three marks on each sheet."""
    content = path.read_bytes()
    marks = three_each(content)
    ways: dict[str, Callable[[], object]] = {
        "unzip + zip": partial(floor, content),
        "ours": partial(by_library, content, marks),
        "openpyxl": partial(by_openpyxl, content, marks),
    }
    title = f"{path.name.rpartition('__')[2]}, three marks a sheet"
    report(title, len(content), in_turn(ways, rounds))


if __name__ == "__main__":
    main()
