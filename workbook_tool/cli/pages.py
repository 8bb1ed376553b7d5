"""The words of the command line: help pages in Chinese, and the sentence when a command cannot run."""

from __future__ import annotations

import click

from workbook_tool import TRACEBACK
from workbook_tool.outputs.tame import tame


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


def wrong_words(problem: click.UsageError) -> str:
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


def why(problem: Exception) -> str:
    """One line that says what went wrong."""
    match problem:
        case click.Abort():
            says = "已中断。"
        case click.UsageError():
            page = problem.ctx.command_path if problem.ctx else "workbook-tool"
            says = f"{wrong_words(problem)}用法见“{page} --help”。"
        case OSError():
            from workbook_tool.excel.ooxml.output import reason

            says = f"无法读写“{problem.filename}”：{reason(problem)}。"
        case _ if type(problem).__module__.startswith("workbook_tool."):
            says = str(problem)  # an exception of our own says in a sentence what to do
        case _:
            what = f"{type(problem).__name__}: {problem}"
            says = f"程序内部出错（{what}）。请告诉维护者；设置环境变量 {TRACEBACK}=1 可看到详情。"
    return " ".join(says.split())


def say(text: str, *, err: bool = False) -> None:
    """Print a line in which names of files, or words out of them, may stand."""
    click.echo(tame(text), err=err)
