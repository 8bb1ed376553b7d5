"""One return or many: checked, explained, held against the template, stripped of marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbook_tool import __version__
from workbook_tool.cli.command import (
    ERRORS,
    MENDED,
    PATH,
    command,
    jobs_option,
    loaded_pack,
    must_exist,
    named_in,
    names,
    output_option,
    pack_option,
    target,
    why_unreadable,
)
from workbook_tool.cli.pages import CannotRun, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from workbook_tool.model import Pack
    from workbook_tool.outputs.kept import Reviewed, Source


@command(
    "check",
    "审核填好的工作簿，写出标注副本。",
    "可以给文件，也可以给文件夹（含下级）或 .zip。原文件不会改动，标注后的副本",
    "放在旁边的“审核结果”文件夹里，文件名加“_已审核”。",
    "退出状态：0 没有错误；1 有错误；2 无法运行。",
)
@click.argument("places", metavar="文件或文件夹…", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", metavar="文件夹", type=PATH, help="标注副本放到哪里。")
@click.option("--json", "json_file", metavar="文件", type=PATH, help="另把全部结果写成 JSON。")
@jobs_option
@pack_option
def check(
    places: Sequence[Path], output: Path | None, json_file: Path | None, jobs: int | None, pack: str | None
) -> int:
    """Check workbooks, print a summary, write annotated copies and the JSON."""
    from workbook_tool.outputs import records
    from workbook_tool.sources import find_sources, named_pack

    for place in places:
        must_exist(place)
    if output is not None and output.exists() and not output.is_dir():
        raise CannotRun(f"“{output}”是文件，-o 要写文件夹。")
    sources = find_sources(places, output)
    if not sources:
        raise CannotRun(f"{names(places)}里没有工作簿（.xlsx 或 .xlsm）。")
    loaded = loaded_pack(pack or named_pack(sources))
    reviewed = _review(sources, loaded, jobs)
    found = [r.submission for r in reviewed]
    if json_file is not None:
        records.write_json(records.report(found, loaded, __version__), target(json_file))
    return _tell(reviewed, loaded)


def _review(sources: Sequence[Source], pack: Pack, jobs: int | None) -> list[Reviewed]:
    """Check all returns, with a progress bar on standard error where there are many."""
    from workbook_tool.outputs.progress import progress
    from workbook_tool.run import review_as, without_figures

    with progress("审核", len(sources)) as done:
        chunks = review_as(without_figures, sources, pack, jobs=jobs, done=done)
        return [one for chunk in chunks for one in chunk]


def _tell(reviewed: Sequence[Reviewed], pack: Pack) -> int:
    """Print the summary and give the exit status."""
    from workbook_tool.outputs import text

    found = [r.submission for r in reviewed]
    if all(s["status"] == "unreadable" for s in found):
        many = f"{len(found)} 份都无法读取。第一份：" if len(found) > 1 else ""
        raise CannotRun(many + why_unreadable(found[0]))
    screen = text.Screen()
    if len(reviewed) == 1:
        copy = reviewed[0].copy
        screen.print(text.one(found[0], Path(copy) if copy else None, pack))
    else:
        folders = dict.fromkeys(Path(r.copy).parent for r in reviewed if r.copy)
        screen.print(text.many(found, list(folders), pack))
    return ERRORS if any(s["status"] in ("errors", "unreadable") for s in found) else MENDED


@command(
    "explain",
    "说明一条规则；给出文件时逐步列出它是怎么算的。",
    "编号如“收入-01”，就是审核意见里的编号。",
)
@click.argument("code", metavar="编号")
@click.argument("file", metavar="[文件]", required=False, type=PATH)
@pack_option
def explain(code: str, file: Path | None, pack: str | None) -> None:
    """Explain a rule in words, and with a file how its result came about."""
    from workbook_tool.outputs import rulebook, text

    loaded = loaded_pack(pack or named_in(file))
    entry = rulebook.find(code, loaded)
    if entry is None:
        raise CannotRun(f"没有编号“{code}”。用“workbook-tool rules”可列出全部编号。")
    parts = [rulebook.page(entry, loaded)]
    if file is not None:
        parts.append(_traced(entry.code, file, loaded))
    text.Screen().print(*parts, sep="\n")


def _traced(code: str, file: Path, pack: Pack) -> RenderableType:
    """How a rule came to its answer in a file."""
    from workbook_tool import run
    from workbook_tool.outputs import records, trace

    assessment = run.assess_files([file], pack)
    (submission,) = records.submissions(assessment, pack)
    if submission["status"] == "unreadable":
        raise CannotRun(why_unreadable(submission))
    return trace.page(code, file, assessment, pack)


@command(
    "compare",
    "与空白模板对照，列出被改动的地方。",
    "逐张表列出印好的文字、公式、下拉列表、名称和保护哪里与下发的模板不同，填报的内容不算。",
    "退出状态：0 没有改动；1 有改动；2 无法运行。",
)
@click.argument("file", metavar="文件", type=PATH)
@pack_option
def compare(file: Path, pack: str | None) -> int:
    """List what of the template a return has otherwise."""
    from workbook_tool import compare as comparison

    found = comparison.compare(file, loaded_pack(pack or named_in(file)))
    say("\n".join(comparison.lines(found)))
    return ERRORS if found else MENDED


@command("strip", "去掉审核标注，还原成标注前的文件。")
@click.argument("file", metavar="文件", type=PATH)
@output_option("还原的文件写到哪里。")
def strip(file: Path, output: Path) -> None:
    """Take our marks out of an annotated copy."""
    from workbook_tool.excel.annotate import strip as strip_marks

    must_exist(file)
    if output.exists() and output.samefile(file):
        raise CannotRun("还原的文件要写到另一个文件，不能覆盖原来的。")
    strip_marks(file, target(output))
    say(f"已去掉标注：{output}")
