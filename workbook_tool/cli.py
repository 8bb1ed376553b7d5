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

from workbook_tool import __version__

if TYPE_CHECKING:
    from rich.console import RenderableType

    from workbook_tool.model import Pack
    from workbook_tool.outputs.records import Submission
    from workbook_tool.run import Return, Reviewed

MENDED, ERRORS, FAILED = 0, 1, 2
PATH = click.Path(path_type=Path)

PROGRESS_FROM = 10
"""How many files make a progress bar worth its line."""

TRACEBACK = "WORKBOOK_TOOL_TRACEBACK"
"""An environment variable: set, an unexpected exception is shown in full."""


class CannotRun(Exception):
    """A command cannot do its work; the sentence says why and what to do."""


class ChineseHelp(click.Command):
    """A command whose help page has Chinese headings."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how the command is called."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of options, and that of commands where there are any."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        lines = [line for option in options if (line := option.get_help_record(ctx))]
        with formatter.section("选项"):
            formatter.write_dl([(name, says.replace("[required]", "（必须写）")) for name, says in lines])
        if isinstance(self, click.Group):
            commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
            with formatter.section("命令"):
                formatter.write_dl([(name, command.short_help or "") for name, command in commands])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The `--help` option, explained in Chinese."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本页。"
        return option


class Commands(ChineseHelp, click.Group):
    """The group of commands, in the order of a filing's life."""

    command_class = ChineseHelp

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands as they were declared, not by alphabet."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names."""
        if not args[0].startswith("-") and args[0] not in self.commands:
            raise CannotRun(f"没有“{args[0]}”这个命令。现有：{'、'.join(self.commands)}。")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    options_metavar="[选项]",
    subcommand_metavar="命令 …",
    help="下发、填报、审核预算绩效自评工作簿。\n\n“workbook-tool 命令 --help”显示各命令的用法。",
)
@click.version_option(__version__, message="workbook-tool %(version)s", help="显示版本。")
def commands() -> None:
    """Hold the commands together."""


pack_option = click.option(
    "--pack", metavar="模板包", help="模板包的名称或文件夹。", envvar="WORKBOOK_TOOL_PACK", show_envvar=False
)


def command(name: str, short: str, *more: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command with its Chinese help: a sentence, then further lines kept as they are."""
    page = "\n".join((short, "", "\b", *more)) if more else short
    return commands.command(name, short_help=short, help=page, options_metavar="[选项]")


def output_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The `-o` of a command that must write a file."""
    return click.option("-o", "--output", metavar="文件", required=True, type=PATH, help=what)


@command("new", "生成空白模板。", "下发各部门填报。打开后先看“填报说明”。")
@output_option("模板写到哪里。")
@click.option("--projects", metavar="个数", type=click.IntRange(1, 200), help="预备几张项目表。")
@pack_option
def new(output: Path, projects: int | None, pack: str | None) -> None:
    """Write the blank template of a pack."""
    from workbook_tool.make import new as write_template

    loaded = _load_pack(pack)
    write_template(loaded, _target(output), projects=projects)
    click.echo(f"已生成空白模板：{output}")


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
    click.echo(f"已填好：{output}")


@command(
    "check",
    "审核填好的工作簿，写出标注副本。",
    "可以给文件，也可以给文件夹（含下级）。原文件不会改动，标注后的副本",
    "放在旁边的“审核结果”文件夹里，文件名加“_已审核”。",
    "退出状态：0 没有错误；1 有错误；2 无法运行。",
)
@click.argument("places", metavar="文件或文件夹…", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", metavar="文件夹", type=PATH, help="标注副本放到哪里。")
@click.option("--json", "json_file", metavar="文件", type=PATH, help="另把全部结果写成 JSON。")
@pack_option
def check(places: Sequence[Path], output: Path | None, json_file: Path | None, pack: str | None) -> int:
    """Check workbooks, print a summary, write annotated copies and the JSON."""
    from workbook_tool.outputs import records
    from workbook_tool.run import find_returns, named_pack

    for place in places:
        _must_exist(place)
    if output is not None and output.exists() and not output.is_dir():
        raise CannotRun(f"“{output}”是文件，-o 要写文件夹。")
    returns = find_returns(places, output)
    if not returns:
        raise CannotRun(f"{_names(places)}里没有工作簿（.xlsx 或 .xlsm）。")
    loaded = _load_pack(pack or named_pack(r.path for r in returns))
    reviewed = _review(returns, loaded)
    found = [r.submission for r in reviewed]
    if json_file is not None:
        records.write_json(records.report(found, loaded, __version__), _target(json_file))
    return _tell(reviewed, loaded)


def _review(returns: Sequence[Return], pack: Pack) -> list[Reviewed]:
    """Check all returns, with a progress bar on standard error where there are many."""
    from workbook_tool import run
    from workbook_tool.outputs.text import console

    screen = console(stderr=True)
    if len(returns) < PROGRESS_FROM or not screen.is_terminal:
        return list(run.check(returns, pack))
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("审核"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=len(returns))
        return list(run.check(returns, pack, lambda number: bar.advance(task, number)))


def _tell(reviewed: Sequence[Reviewed], pack: Pack) -> int:
    """Print the summary and give the exit status."""
    from workbook_tool.outputs import text

    found = [r.submission for r in reviewed]
    if all(s["status"] == "unreadable" for s in found):
        many = f"{len(found)} 份都无法读取。第一份：" if len(found) > 1 else ""
        raise CannotRun(many + _why_unreadable(found[0]))
    screen = text.console()
    if len(reviewed) == 1:
        screen.print(text.one(found[0], reviewed[0].copy, pack))
    else:
        folders = dict.fromkeys(r.copy.parent for r in reviewed if r.copy)
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

    loaded = _load_pack(pack or _named_in(file))
    entry = rulebook.find(code, loaded)
    if entry is None:
        raise CannotRun(f"没有编号“{code}”。用“workbook-tool rules”可列出全部编号。")
    parts = [rulebook.page(entry, loaded)]
    if file is not None:
        parts.append(_traced(entry.code, file, loaded))
    text.console().print(*parts, sep="\n")


def _named_in(file: Path | None) -> str | None:
    """The pack that a file says it was made from."""
    if file is None:
        return None
    from workbook_tool.run import named_pack

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
        text.console().print(rulebook.overview(loaded))
        return
    writers = {".xlsx": rulebook.write_workbook, ".md": rulebook.write_markdown}
    writer = writers.get(output.suffix.casefold())
    if writer is None:
        raise CannotRun(f"“{output}”应以 .xlsx 或 .md 结尾。")
    writer(loaded, _target(output))
    click.echo(f"已写出规则手册：{output}")


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
            click.echo(f"{_beside(mistake.file)}:{mistake.line or 1}: {sentence}")
    click.echo(report.summary)
    return ERRORS if report.mistakes else MENDED


def _beside(file: Path | str | None) -> str:
    """A file as seen from the current folder, where it lies below."""
    path = Path(file or "")
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


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
    click.echo(f"已去掉标注：{output}")


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
        click.echo(problem.format_message())
        status = FAILED
    except Exception as problem:
        if os.environ.get(TRACEBACK):
            raise
        click.echo(f"workbook-tool：{_sentence(problem)}", err=True)
        status = FAILED
    sys.exit(status or MENDED)


def _sentence(problem: Exception) -> str:
    """One line that says what went wrong."""
    match problem:
        case click.Abort():
            says = "已中断。"
        case click.UsageError():
            page = problem.ctx.command_path if problem.ctx else "workbook-tool"
            says = f"{_usage(problem)}用法见“{page} --help”。"
        case PermissionError():
            says = f"无法读写“{problem.filename}”：没有权限，或文件正在 Excel、WPS 中打开，请关闭后再试。"
        case OSError():
            says = f"无法读写“{problem.filename}”：{problem.strerror}。"
        case _ if type(problem).__module__.startswith("workbook_tool."):
            says = str(problem)  # an exception of our own says in a sentence what to do
        case _:
            what = f"{type(problem).__name__}: {problem}"
            says = f"程序内部出错（{what}）。请告诉维护者；设置环境变量 {TRACEBACK}=1 可看到详情。"
    return " ".join(says.split())


def _usage(problem: click.UsageError) -> str:
    """What was wrong with the words of the command line."""
    match problem:
        case click.NoSuchOption():
            return f"没有“{problem.option_name}”这个选项。"
        case click.MissingParameter() if problem.param is not None:
            return f"没有写“{_name(problem.param)}”。"
        case click.BadParameter() if problem.param is not None:
            return f"“{_name(problem.param)}”写得不对。"
        case _:
            return "命令写得不对。"


def _name(parameter: click.Parameter) -> str:
    return (
        parameter.opts[0] if isinstance(parameter, click.Option) else parameter.metavar or str(parameter.name)
    )
