"""The rules of a pack: printed as a rule book, looked over for mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbook_tool.cli.command import (
    ERRORS,
    MENDED,
    PATH,
    command,
    loaded_pack,
    pack_option,
    target,
)
from workbook_tool.cli.pages import CannotRun, say

if TYPE_CHECKING:
    pass


@command("rules", "列出全部规则，或写成规则手册。", "-o 的文件名以 .xlsx 或 .md 结尾。")
@click.option("-o", "--output", metavar="文件", type=PATH, help="规则手册写到哪里。")
@pack_option
def rules(output: Path | None, pack: str | None) -> None:
    """Print the rule book or write it."""
    from workbook_tool.outputs import rulebook, text

    loaded = loaded_pack(pack)
    if output is None:
        text.Screen().print(rulebook.overview(loaded))
        return
    writers = {".xlsx": rulebook.write_workbook, ".md": rulebook.write_markdown}
    writer = writers.get(output.suffix.casefold())
    if writer is None:
        raise CannotRun(f"“{output}”应以 .xlsx 或 .md 结尾。")
    writer(loaded, target(output))
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
