"""The command line: reads the words, calls the pipeline, says in Chinese what came of it.

Exit status: 0 nothing to mend; 1 there are errors; 2 could not run (one line on standard error).
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from workbook_tool import TRACEBACK, __version__
from workbook_tool.cli.command import FAILED, MENDED
from workbook_tool.cli.packs import lint, rules
from workbook_tool.cli.pages import Commands, say, why
from workbook_tool.cli.returns import check, compare, explain, strip
from workbook_tool.cli.templates import fill, new
from workbook_tool.cli.whole import consolidate, survey


@click.group(
    cls=Commands,
    options_metavar="[选项]",
    subcommand_metavar="命令 …",
    help="下发、填报、审核预算绩效自评工作簿。\n\n“workbook-tool 命令 --help”显示各命令的用法。",
)
@click.version_option(__version__, message="workbook-tool %(version)s", help="显示版本。")
def commands() -> None:
    """Hold the commands together."""


for one in (new, fill, check, consolidate, survey, explain, rules, lint, compare, strip):
    commands.add_command(one)


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
