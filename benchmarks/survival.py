"""What is left of real workbooks after they were marked? Ours against openpyxl's load and save.

Every file of the corpus is marked on three cells of each sheet by the library, and loaded and saved
by openpyxl without a change. Before and after are counted by what the workbook holds: values
that are calculated, drawings, controls, notes … A file loses a thing where the count falls.

    python benchmarks/survival.py [--office] [--write] [--hostile]

--hostile tries the hostile files of tests/ instead: what each comes to, costs and takes.
--office also opens every original and every marked copy in LibreOffice, which takes minutes.
--write puts the table into docs/survival.md.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import openpyxl
from lxml import etree

from workbook_tool.excel.marks import originals
from workbook_tool.excel.marks.marks import Mark, mark_cells
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.ooxml.package import Package, Refused

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
PAGE = ROOT / "docs" / "survival.md"
TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- /table -->)", re.DOTALL)
HOSTILE = re.compile(r"(?<=<!-- hostile -->\n).*?(?=<!-- /hostile -->)", re.DOTALL)
MARKS = {
    "B2": Mark("error", "填的是2437.73，应为2437.74。"),
    "C3": Mark("explain", "请说明原因。"),
    "G7": Mark("unproven", "没有数据。", live=False),
}
LONGEST = 60
"""Seconds that openpyxl may take for a file: it needs minutes or gigabytes for some."""

PARTS = (  # what a part's name tells of it
    ("数据模型", r"xl/model/"),
    ("宏", r"vbaproject\.bin$"),
    ("打印机设置", r"printersettings/"),
    ("图表", r"xl/charts/chart[^/]*\.xml$"),
    ("图表样式与配色", r"xl/charts/(style|colors)"),
    ("图片等媒体", r"media/"),
    ("嵌入对象与 ActiveX", r"(embeddings|activex)/"),
    ("表单控件", r"ctrlprops/"),
    ("讨论串批注", r"threadedcomments/"),
    ("数据透视表", r"xl/(pivottables|pivotcache)/"),
    ("切片器与日程表", r"xl/(slicers|slicercaches|timelines|timelinecaches)/"),
    ("表格（ListObject）", r"xl/tables/table"),
    ("外部链接", r"xl/externallinks/externallink"),
    ("外部数据连接与查询表", r"xl/(connections\.xml|querytables/)"),
    ("自定义 XML 与 XML 映射", r"(customxml/item|xl/xmlmaps)"),
    ("自定义文档属性", r"docprops/custom\.xml$"),
    ("WPS 单元格图片", r"cellimages\.xml$"),
    ("富值与单元格元数据", r"xl/(metadata\.xml|richdata/)"),
    ("智能图形", r"diagrams/"),
    ("图表工作表等其他工作表", r"xl/(chartsheets|dialogsheets|macrosheets)/"),
    ("数字签名", r"_xmlsignatures/"),
)
SHEET = {  # what an element of a worksheet tells
    "hyperlink": "超链接",
    "mergeCell": "合并单元格",
    "protectedRange": "可编辑区域",
    "sheetProtection": "工作表保护",
    "autoFilter": "筛选",
    "brk": "分页符",
    "ignoredError": "忽略的错误提示",
    "customSheetView": "自定义视图",
    "scenario": "方案",
    "picture": "背景图片",
    "legacyDrawingHF": "页眉页脚图片",
    "cfRule": "条件格式",
    "dataValidation": "数据有效性",
    "sparkline": "迷你图",
}
SHAPES = {"sp": "文本框与形状", "cxnSp": "文本框与形状", "grpSp": "文本框与形状", "pic": "浮动图片"}
NEWER = "2009/9/main"


def holdings(workbook: bytes) -> Counter[str]:
    """What the workbook holds, counted."""
    held: Counter[str] = Counter()
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        for name in package.namelist():
            plain = name.replace("\\", "/").removeprefix("/").casefold()
            if plain.endswith("/") or "_rels/" in plain:
                continue
            held.update(what for what, pattern in PARTS if re.search(pattern, plain))
            if plain.endswith((".xml", ".vml")):
                held.update(_inside(plain, package.read(name)))
    return held


def _inside(name: str, content: bytes) -> Iterator[str]:
    if name.endswith(".vml"):  # seldom well-formed
        kinds = re.findall(rb'ObjectType="(\w+)"', content)
        yield from ("VML 控件与图形" for kind in kinds if kind != b"Note")
        return
    try:
        root = etree.fromstring(content, etree.XMLParser(huge_tree=True, resolve_entities=False))
    except etree.XMLSyntaxError:
        return
    counters: dict[str, Callable[[etree._Element], Iterator[str]]] = {
        "worksheet": _in_sheet,
        "wsDr": _in_drawing,
        "comments": lambda tree: ("批注" for _ in tree.iter("{*}comment")),
        "sst": _in_strings,
        "workbook": _in_workbook,
    }
    count = counters.get(_name(root))
    if count is not None:
        yield from count(root)


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _in_sheet(root: etree._Element) -> Iterator[str]:
    yield "工作表"
    for element in root.iter("{*}*"):
        name = _name(element)
        if name == "c":
            yield from _in_cell(element)
        elif name in SHEET:
            newer = NEWER in str(element.tag) and name in ("cfRule", "dataValidation")
            yield SHEET[name] + ("（2010 扩展）" if newer else "")


def _in_cell(cell: etree._Element) -> Iterator[str]:
    formula, value = cell.find("{*}f"), cell.find("{*}v")
    if formula is not None or (value is not None and value.text) or cell.find("{*}is") is not None:
        yield "有内容的单元格"
    if formula is not None:
        yield "公式"
        if value is not None and value.text:
            yield "公式的计算结果"
    if cell.get("cm") or cell.get("vm"):
        yield "富值与单元格元数据"
    if cell.find("{*}is/{*}r") is not None:
        yield "格内多种字体"


def _in_drawing(root: etree._Element) -> Iterator[str]:
    for element in root.iter("{*}sp", "{*}cxnSp", "{*}grpSp", "{*}pic"):
        if "spreadsheetDrawing" in str(element.tag):
            yield SHAPES[_name(element)]


def _in_strings(root: etree._Element) -> Iterator[str]:
    for item in root.iterchildren("{*}si"):
        if item.find("{*}r") is not None:
            yield "格内多种字体"
        if item.find("{*}rPh") is not None:
            yield "拼音标注"


def _in_workbook(root: etree._Element) -> Iterator[str]:
    for element in root.iter("{*}definedName", "{*}workbookProtection"):
        yield {"definedName": "定义的名称", "workbookProtection": "工作簿保护"}[_name(element)]


# --- the two ways ---


def marked(content: bytes) -> bytes:
    """The marked copy, with three marks on each sheet."""
    package = Package.open(content)
    package.verify()
    before = package.members()
    mark_cells(package, {sheet.name: MARKS for sheet in package.sheets})
    originals.keep(package, before)
    return package.save()


def resaved(content: bytes) -> bytes:
    """What openpyxl makes of it; macros are asked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        macros = any(posixpath.basename(n).casefold() == "vbaproject.bin" for n in package.namelist())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), keep_vba=macros, rich_text=True)
        book.save(out)
    return out.getvalue()


def _resave(path: str, out: str) -> None:
    Path(out).write_bytes(resaved(Path(path).read_bytes()))


def by_openpyxl(path: Path, folder: Path) -> bytes | None:
    """What openpyxl makes of it in a process of its own; None where it gives up, or takes too long."""
    out = folder / "resaved.xlsx"
    out.unlink(missing_ok=True)
    child = multiprocessing.get_context("spawn").Process(target=_resave, args=(str(path), str(out)))
    child.start()
    child.join(LONGEST)
    if child.is_alive():
        child.kill()
        child.join()
    return out.read_bytes() if child.exitcode == 0 and out.exists() else None


def quick_enough(path: Path) -> bool:
    """Whether openpyxl can be trusted with it in this process."""
    with zipfile.ZipFile(path) as package:
        return sum(member.file_size for member in package.infolist()) < 3_000_000


class Tally:
    """Who lost what in how many files."""

    def __init__(self) -> None:
        self.having: Counter[str] = Counter()
        self.losing: dict[str, Counter[str]] = {"ours": Counter(), "openpyxl": Counter()}
        self.files: Counter[str] = Counter()

    def add(self, way: str, before: Counter[str], after: bytes) -> None:
        """Count one file."""
        lost = before - holdings(after)
        self.files[f"{way}: files"] += 1
        self.files[f"{way}: files that lose something"] += bool(lost)
        self.losing[way].update(lost.keys())


def count(paths: Sequence[Path], folder: Path) -> Tally:
    """Mark and resave every file that is accepted, and compare."""
    tally = Tally()
    for number, path in enumerate(paths):
        print(f"\r{number + 1}/{len(paths)}", end="", file=sys.stderr, flush=True)
        content = path.read_bytes()
        try:
            copy = marked(content)
        except Refused:
            tally.files["refused"] += 1
            continue
        (folder / f"{number:04d}-copy{path.suffix}").write_bytes(copy)
        before = holdings(content)
        tally.having.update(before.keys())
        tally.add("ours", before, copy)
        back = {one.name: one.inflate() for one in unmarked(Package.open(copy)).members()}
        tally.files["restored"] += back == {m.name: m.inflate() for m in Package.open(content).members()}
        theirs = _theirs(path, content, folder)
        if theirs is None:
            tally.files["openpyxl: gave up"] += 1
        else:
            tally.add("openpyxl", before, theirs)
    print(file=sys.stderr)
    return tally


def _theirs(path: Path, content: bytes, folder: Path) -> bytes | None:
    if not quick_enough(path):
        return by_openpyxl(path, folder)
    try:
        return resaved(content)
    except Exception:
        return None


def opened_by_office(paths: Sequence[Path], out: Path) -> int:
    """How many of the workbooks LibreOffice can open, twenty at a time."""
    program = shutil.which("soffice")
    if program is None:
        sys.exit("LibreOffice is not installed")
    words = [program, f"-env:UserInstallation={(out / 'profile').as_uri()}", "--headless"]
    for start in range(0, len(paths), 20):
        group = [str(p) for p in paths[start : start + 20]]
        try:
            subprocess.run([*words, "--convert-to", "csv", "--outdir", str(out), *group],
                           capture_output=True, timeout=400, check=False)  # fmt: skip
        except subprocess.TimeoutExpired:
            print("LibreOffice took too long for", *group, file=sys.stderr)
    return sum((out / f"{p.stem}.csv").exists() for p in paths)


def table(tally: Tally) -> str:
    """The table of the page: what, how many files have it, how many lose it."""
    lines = ["| 内容 | 有此内容的文件 | 标注后有缺失 | openpyxl 读入再存后有缺失 |", "|---|--:|--:|--:|"]
    for what, having in sorted(tally.having.items(), key=lambda item: -item[1]):
        ours, theirs = (tally.losing[way][what] for way in ("ours", "openpyxl"))
        lines.append(f"| {what} | {having} | {ours} | {theirs} |")
    f = tally.files
    lines.append(
        f"| **任何一项** | {f['ours: files']} | **{f['ours: files that lose something']}** "
        f"| **{f['openpyxl: files that lose something']}**（另有 {f['openpyxl: gave up']} 份打不开或存不出） |"
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--office", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--hostile", action="store_true")
    options = parser.parse_args()
    if options.hostile:
        shown = hostile_table()
        print(shown)
        if options.write:
            _put(HOSTILE, shown)
        return
    paths = sorted(CORPUS.glob("*/*.xls[xm]"))
    if not paths:
        sys.exit(f"{CORPUS} is absent: there is nothing to count")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tally = count(paths, folder)
        shown = table(tally)
        print(shown)
        for what, number in sorted(tally.files.items()):
            print(f"{what}: {number}")
        if options.office:
            _office(paths, folder)
    if options.write:
        _put(TABLE, shown)


def _put(place: re.Pattern[str], shown: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(place.sub(lambda _: shown, page, count=1), encoding="utf-8")


def hostile_table() -> str:
    """What the hostile files of each kind come to, the slowest and the largest of them."""
    sys.path.insert(0, str(ROOT / "tests"))
    from guarded import tried
    from hostiles import HOSTILE as RECIPES

    lines = [
        "| 种类 | 文件 | 读入并有结果 | 一句话拒收（代码） | 最慢（CPU 秒） | 内存最多（兆） |",
        "|---|--:|--:|---|--:|--:|",
    ]
    found = dict(tried((name, one.make()) for name, one in RECIPES.items()))
    for kind in (*dict.fromkeys(one.kind for one in RECIPES.values()), None):
        some = [one for name, one in found.items() if kind in (None, RECIPES[name].kind)]
        codes = Counter(one.code.splitlines()[-1] for one in some)
        fine = codes.pop("ok", 0)
        said = "、".join(f"{code} {times}" for code, times in codes.most_common())
        lines.append(
            f"| {kind or '**合计**'} | {len(some)} | {fine} | {said if kind else codes.total()} "
            f"| {max(one.seconds for one in some):.1f} | {max(one.megabytes for one in some):.0f} |"
        )
    for name, one in sorted(found.items(), key=lambda item: -item[1].seconds)[:12]:
        print(f"{one.seconds:6.2f} s {one.megabytes:5.0f} MB {one.code[:20]:20} {name}", file=sys.stderr)
    return "\n".join(lines) + "\n"


def _office(paths: Sequence[Path], folder: Path) -> None:
    copies = sorted(folder.glob("*-copy.*"))
    plain = []
    for copy in copies:
        source = paths[int(copy.name[:4])]
        plain.append(folder / f"{copy.name[:4]}-plain{source.suffix}")
        shutil.copyfile(source, plain[-1])
    print("LibreOffice opens", opened_by_office(plain, folder), "originals of", len(plain))
    print("LibreOffice opens", opened_by_office(copies, folder), "marked copies")
    for before, after in zip(plain, copies, strict=True):
        if (folder / f"{before.stem}.csv").exists() and not (folder / f"{after.stem}.csv").exists():
            print("only the original:", paths[int(after.name[:4])])


if __name__ == "__main__":
    main()
