"""The command line: reads the words, calls the pipeline, says in Chinese what came of it.

Exit status: 0 nothing to mend; 1 there are errors; 2 could not run (one line on standard error).
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from workbook_tool import TRACEBACK, __version__
from workbook_tool.pages import PATH, CannotRun, Commands, jobs_option, output_option, pack_option, say, why

if TYPE_CHECKING:
    from rich.console import RenderableType

    from workbook_tool.model import Pack
    from workbook_tool.outputs.kept import Reviewed, Source
    from workbook_tool.outputs.records import Submission

MENDED, ERRORS, FAILED = 0, 1, 2


@click.group(
    cls=Commands,
    options_metavar="[选项]",
    subcommand_metavar="命令 …",
    help="下发、填报、审核预算绩效自评工作簿。\n\n“workbook-tool 命令 --help”显示各命令的用法。",
)
@click.version_option(__version__, message="workbook-tool %(version)s", help="显示版本。")
def commands() -> None:
    """Hold the commands together."""


def command(name: str, short: str, *more: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command with its Chinese help: a sentence, then further lines kept as they are."""
    page = "\n".join((short, "", "\b", *more)) if more else short
    return commands.command(name, short_help=short, help=page, options_metavar="[选项]")


@command(
    "new",
    "生成空白模板。",
    "下发各部门填报。打开后先看“填报说明”。",
    "给出名册时，每个部门一份，-o 写文件夹；空白的名册用 --pack roster/1 生成。",
)
@output_option("模板写到哪里；按名册生成时写文件夹。")
@click.option("--projects", metavar="个数", type=click.IntRange(1, 200), help="预备几张项目表。")
@click.option("--roster", metavar="名册", type=PATH, help="名册，每个部门生成一份填好部门和项目的模板。")
@click.option("--previous", metavar="台账", help="上年的台账(文件或数据库地址)，带出各部门上年的数。")
@jobs_option
@pack_option
def new(
    *,
    output: Path,
    projects: int | None,
    roster: Path | None,
    previous: str | None,
    jobs: int | None,
    pack: str | None,
) -> None:
    """Write the blank template of a pack, or one for each department of a roster."""
    from workbook_tool.make import new as write_template

    loaded = _load_pack(pack)
    if roster is not None:
        if projects is not None:
            raise CannotRun("--projects 不能和 --roster 一起用：各部门的项目数写在名册里。")
        return _distribute(roster, previous, loaded, output, jobs)
    if previous is not None:
        raise CannotRun("--previous 要和 --roster 一起用。")
    write_template(loaded, _target(output), projects=projects)
    say(f"已生成空白模板：{output}")


def _distribute(place: Path, previous: str | None, pack: Pack, folder: Path, jobs: int | None) -> None:
    """Write one template a department, with a progress bar where there are many."""
    from workbook_tool import roster
    from workbook_tool.outputs.progress import progress

    _must_exist(place)
    if folder.exists() and not folder.is_dir():
        raise CannotRun(f"“{folder}”是文件，-o 要写文件夹。")
    listed = roster.read(place)
    codes = [department.code for department in listed.departments]
    figures = roster.last_year(previous, pack, codes) if previous else {}
    wanted = roster.orders(listed, folder, figures)
    with progress("生成", len(wanted)) as done:
        roster.distribute(wanted, pack, jobs=jobs, done=done)
    say(f"已为 {len(wanted)} 个部门生成模板：{folder}")
    if previous and (unknown := [d.name for d in listed.departments if d.code not in figures]):
        say(f"台账里没有 {len(unknown)} 个部门上年的数，“上年”各格空着：{'、'.join(unknown)}")


@command("fill", "把数据填进模板。", "数据文件是 YAML 或 JSON，栏目名就是表上的名称。")
@click.argument("data", metavar="数据文件", type=PATH)
@output_option("填好的工作簿写到哪里。")
@pack_option
def fill(data: Path, output: Path, pack: str | None) -> None:
    """Fill a template with labels and values."""
    from workbook_tool.forms.load import read_data
    from workbook_tool.make import fill as fill_template

    _must_exist(data)
    fill_template(read_data(data), _load_pack(pack), _target(output))
    say(f"已填好：{output}")


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
        _must_exist(place)
    if output is not None and output.exists() and not output.is_dir():
        raise CannotRun(f"“{output}”是文件，-o 要写文件夹。")
    sources = find_sources(places, output)
    if not sources:
        raise CannotRun(f"{_names(places)}里没有工作簿（.xlsx 或 .xlsm）。")
    loaded = _load_pack(pack or named_pack(sources))
    reviewed = _review(sources, loaded, jobs)
    found = [r.submission for r in reviewed]
    if json_file is not None:
        records.write_json(records.report(found, loaded, __version__), _target(json_file))
    return _tell(reviewed, loaded)


def _review(sources: Sequence[Source], pack: Pack, jobs: int | None) -> list[Reviewed]:
    """Check all returns, with a progress bar on standard error where there are many."""
    from workbook_tool.outputs.progress import progress
    from workbook_tool.run import review

    with progress("审核", len(sources)) as done:
        return [one for chunk in review(sources, pack, jobs=jobs, done=done) for one in chunk]


def _tell(reviewed: Sequence[Reviewed], pack: Pack) -> int:
    """Print the summary and give the exit status."""
    from workbook_tool.outputs import text

    found = [r.submission for r in reviewed]
    if all(s["status"] == "unreadable" for s in found):
        many = f"{len(found)} 份都无法读取。第一份：" if len(found) > 1 else ""
        raise CannotRun(many + _why_unreadable(found[0]))
    screen = text.Screen()
    if len(reviewed) == 1:
        copy = reviewed[0].copy
        screen.print(text.one(found[0], Path(copy) if copy else None, pack))
    else:
        folders = dict.fromkeys(Path(r.copy).parent for r in reviewed if r.copy)
        screen.print(text.many(found, list(folders), pack))
    return ERRORS if any(s["status"] in ("errors", "unreadable") for s in found) else MENDED


@command(
    "consolidate",
    "汇总各部门交回的工作簿，生成全县汇总工作簿。",
    "给出存放各部门报表的文件夹（含下级）或 .zip，文件名不限：看内容认部门，",
    "几个版本取一个，没有计入的逐份列出。",
    "核对过的记在台账里，再次运行只核对新的；中断以后再运行，从断处继续。",
    "退出状态：0 没有要改的；1 有错误；2 无法运行。",
)
@click.argument("places", metavar="文件夹…", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", metavar="文件", type=PATH, help="汇总工作簿写到哪里。")
@click.option("--roster", metavar="名册", type=PATH, help="名册；不给就只列出收到的部门。")
@click.option("--ledger", metavar="台账", help="台账文件或数据库地址，默认放在“审核结果”文件夹。")
@click.option("--annotate", "annotated", metavar="文件夹", type=PATH, help="标注副本放到哪里。")
@click.option("--json", "json_file", metavar="文件", type=PATH, help="另把全部结果写成 JSON。")
@click.option("--tables", metavar="文件夹", type=PATH, help="另把全部明细写成 Parquet 和 CSV。")
@jobs_option
@click.option("--cluster", metavar="地址", help="用 Dask 集群核对，例如 tcp://主机:8786。")
@pack_option
def consolidate(
    *,
    places: Sequence[Path],
    output: Path | None,
    roster: Path | None,
    ledger: str | None,
    annotated: Path | None,
    json_file: Path | None,
    tables: Path | None,
    jobs: int | None,
    cluster: str | None,
    pack: str | None,
) -> int:
    """Check what is new, decide which returns count, and write the county's workbook."""
    from workbook_tool.consolidate import consolidate as add_up
    from workbook_tool.county.summary import has_errors, lines
    from workbook_tool.outputs.progress import progress

    for place in (*places, *([roster] if roster else [])):
        _must_exist(place)
    for option, folder in (("--annotate", annotated), ("--tables", tables)):
        if folder is not None and folder.exists() and not folder.is_dir():
            raise CannotRun(f"“{folder}”是文件，{option} 要写文件夹。")
    done = add_up(
        places,
        _target(output) if output else None,
        pack=pack,
        roster=roster,
        ledger=ledger,
        annotated=annotated,
        json_file=_target(json_file) if json_file else None,
        jobs=jobs,
        cluster=cluster,
        command=f"consolidate {_names(places)}",
        progress=lambda total: progress("审核", total),
    )
    if tables is not None:
        from workbook_tool.county.tables import write_tables

        write_tables(done.county, tables)
    say("\n".join(lines(done.county, done.book, done.checked)))
    return ERRORS if has_errors(done.county) else MENDED


@command(
    "survey",
    "成批审核几万到几十万份，结果写成 Parquet 和汇总表。",
    "给出文件夹或存储地址(如 s3://桶/2023报表)，第一级文件夹就是县。-o 也写文件夹或地址。",
    "一个部门几个版本的，和 consolidate 一样取一份，没有计入的逐份列出。",
    "中断以后再运行，从断处继续；新到几份，只核对这几份所在的一批。",
    "退出状态：0 没有要改的；1 有错误；2 无法运行。",
)
@click.argument("addresses", metavar="地址…", nargs=-1, required=True)
@click.option("-o", "--output", metavar="地址", required=True, help="结果写到哪里。")
@click.option("--annotate", "annotated", metavar="地址", help="另写标注副本，放到这里。")
@click.option(
    "--level", metavar="层数", type=click.IntRange(1, 9), default=1, help="县是第几级文件夹，默认第 1 级。"
)
@jobs_option
@click.option("--cluster", metavar="地址", help="用 Dask 集群核对，例如 tcp://主机:8786。")
@pack_option
def survey(
    *,
    addresses: Sequence[str],
    output: str,
    annotated: str | None,
    level: int,
    jobs: int | None,
    cluster: str | None,
    pack: str | None,
) -> int:
    """Check what is new at some addresses and add everything up."""
    from workbook_tool import survey as whole
    from workbook_tool.outputs.progress import progress

    done = whole.survey(
        addresses,
        output,
        pack=pack,
        annotated=annotated,
        level=level,
        jobs=jobs,
        cluster=cluster,
        progress=lambda: progress("审核", None),
    )
    say("\n".join(done.summary.lines(output, done.known)))
    return ERRORS if done.summary.has_errors else MENDED


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

    loaded = _load_pack(pack or _named_in(file))
    entry = rulebook.find(code, loaded)
    if entry is None:
        raise CannotRun(f"没有编号“{code}”。用“workbook-tool rules”可列出全部编号。")
    parts = [rulebook.page(entry, loaded)]
    if file is not None:
        parts.append(_traced(entry.code, file, loaded))
    text.Screen().print(*parts, sep="\n")


def _named_in(file: Path | None) -> str | None:
    """The pack that a file says it was made from."""
    if file is None:
        return None
    from workbook_tool.sources import named_pack

    _must_exist(file)
    return named_pack([file])


def _traced(code: str, file: Path, pack: Pack) -> RenderableType:
    """How a rule came to its answer in a file."""
    from workbook_tool import run
    from workbook_tool.outputs import records, trace

    assessment = run.assess_files([file], pack)
    (submission,) = records.submissions(assessment, pack)
    if submission["status"] == "unreadable":
        raise CannotRun(_why_unreadable(submission))
    return trace.page(code, file, assessment, pack)


def _why_unreadable(submission: Submission) -> str:
    return f"{submission['file']}：{submission['findings'][0]['message']}"


@command("rules", "列出全部规则，或写成规则手册。", "-o 的文件名以 .xlsx 或 .md 结尾。")
@click.option("-o", "--output", metavar="文件", type=PATH, help="规则手册写到哪里。")
@pack_option
def rules(output: Path | None, pack: str | None) -> None:
    """Print the rule book or write it."""
    from workbook_tool.outputs import rulebook, text

    loaded = _load_pack(pack)
    if output is None:
        text.Screen().print(rulebook.overview(loaded))
        return
    writers = {".xlsx": rulebook.write_workbook, ".md": rulebook.write_markdown}
    writer = writers.get(output.suffix.casefold())
    if writer is None:
        raise CannotRun(f"“{output}”应以 .xlsx 或 .md 结尾。")
    writer(loaded, _target(output))
    say(f"已写出规则手册：{output}")


@command(
    "lint",
    "检查模板包，一次列出全部错误。",
    "每处错误一行：文件、行号和应怎样改。--cases 另把每个例子填成工作簿核对一遍。",
    "退出状态：0 没有错误；1 有错误；2 无法运行。",
)
@click.argument("pack", metavar="模板包")
@click.option("--cases", is_flag=True, help="每个例子都实际填表、读表、核对一遍。")
def lint(pack: str, cases: bool) -> int:
    """List every mistake of a pack with its file and line."""
    from workbook_tool.forms.load import find_pack
    from workbook_tool.lint import lint as lint_pack

    report = lint_pack(find_pack(pack), with_cases=cases)
    for says, found in (("", report.mistakes), ("提示：", report.hints)):
        for mistake in found:
            sentence = " ".join(f"{says}{mistake.message}".split())
            say(f"{_beside(mistake.file)}:{mistake.line or 1}: {sentence}")
    say(report.summary)
    return ERRORS if report.mistakes else MENDED


def _beside(file: Path | str | None) -> str:
    """A file as seen from the current folder, where it lies below."""
    path = Path(file or "")
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


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

    found = comparison.compare(file, _load_pack(pack or _named_in(file)))
    say("\n".join(comparison.lines(found)))
    return ERRORS if found else MENDED


@command("strip", "去掉审核标注，还原成标注前的文件。")
@click.argument("file", metavar="文件", type=PATH)
@output_option("还原的文件写到哪里。")
def strip(file: Path, output: Path) -> None:
    """Take our marks out of an annotated copy."""
    from workbook_tool.excel.annotate import strip as strip_marks

    _must_exist(file)
    if output.exists() and output.samefile(file):
        raise CannotRun("还原的文件要写到另一个文件，不能覆盖原来的。")
    strip_marks(file, _target(output))
    say(f"已去掉标注：{output}")


def _load_pack(name: str | None) -> Pack:
    from workbook_tool.forms.load import default_pack, load_pack

    return load_pack(name or default_pack())


def _must_exist(place: Path) -> None:
    if not place.exists():
        raise CannotRun(f"找不到“{place}”。")


def _target(path: Path) -> Path:
    """The path to write to, with its folder made."""
    if path.is_dir():
        raise CannotRun(f"“{path}”是文件夹，请写明文件名。")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _names(places: Sequence[Path]) -> str:
    return "、".join(f"“{p}”" for p in places)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows pipe still stands on an old code page
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        status = commands.main(arguments, prog_name="workbook-tool", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as problem:
        say(problem.format_message())
        status = FAILED
    except Exception as problem:
        if os.environ.get(TRACEBACK):
            raise
        say(f"workbook-tool：{why(problem)}", err=True)
        status = FAILED
    sys.exit(status or MENDED)
