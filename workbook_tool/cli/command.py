"""What a command is made of: its help, the options that several have, what must hold before it starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbook_tool.cli.pages import CannotRun, ChineseHelp

if TYPE_CHECKING:
    from workbook_tool.model import Pack
    from workbook_tool.outputs.records import Submission

MENDED, ERRORS, FAILED = 0, 1, 2
"""The exit statuses."""

PATH = click.Path(path_type=Path)

pack_option = click.option(
    "--pack", metavar="模板包", help="模板包的名称或文件夹。", envvar="WORKBOOK_TOOL_PACK", show_envvar=False
)


jobs_option = click.option(
    "--jobs",
    metavar="个数",
    type=click.IntRange(1, 256),
    help="用几个进程。不写时，文件多就用全部处理器；写 1 则只用本进程，不限每个文件的时间和内存。",
)


def output_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The `-o` of a command that must write a file."""
    return click.option("-o", "--output", metavar="文件", required=True, type=PATH, help=what)


def command(name: str, short: str, *more: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command with its Chinese help: a sentence, then further lines kept as they are."""
    page = "\n".join((short, "", "\b", *more)) if more else short
    return click.command(name, cls=ChineseHelp, short_help=short, help=page, options_metavar="[选项]")


def loaded_pack(name: str | None) -> Pack:
    """The pack that was asked for, or the usual one."""
    from workbook_tool.forms.load import default_pack, load_pack

    return load_pack(name or default_pack())


def named_in(file: Path | None) -> str | None:
    """The pack that a file says it was made from."""
    if file is None:
        return None
    from workbook_tool.sources import named_pack

    must_exist(file)
    return named_pack([file])


def must_exist(place: Path) -> None:
    """Say so where a file or folder is not there."""
    if not place.exists():
        raise CannotRun(f"找不到“{place}”。")


def target(path: Path) -> Path:
    """The path to write to, with its folder made."""
    if path.is_dir():
        raise CannotRun(f"“{path}”是文件夹，请写明文件名。")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def names(places: Sequence[Path]) -> str:
    """Some files and folders, in a sentence."""
    return "、".join(f"“{p}”" for p in places)


def why_unreadable(submission: Submission) -> str:
    """The one line about a file that could not be read."""
    return f"{submission['file']}：{submission['findings'][0]['message']}"
