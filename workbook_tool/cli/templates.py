"""What goes out: the blank template of a pack, or one for each department; and a filled one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbook_tool.cli.command import (
    PATH,
    command,
    jobs_option,
    loaded_pack,
    must_exist,
    output_option,
    pack_option,
    target,
)
from workbook_tool.cli.pages import CannotRun, say

if TYPE_CHECKING:
    from workbook_tool.model import Pack


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

    loaded = loaded_pack(pack)
    if roster is not None:
        if projects is not None:
            raise CannotRun("--projects 不能和 --roster 一起用：各部门的项目数写在名册里。")
        return _distribute(roster, previous, loaded, output, jobs)
    if previous is not None:
        raise CannotRun("--previous 要和 --roster 一起用。")
    write_template(loaded, target(output), projects=projects)
    say(f"已生成空白模板：{output}")


def _distribute(place: Path, previous: str | None, pack: Pack, folder: Path, jobs: int | None) -> None:
    """Write one template a department, with a progress bar where there are many."""
    from workbook_tool import roster
    from workbook_tool.outputs.progress import progress

    must_exist(place)
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

    must_exist(data)
    fill_template(read_data(data), loaded_pack(pack), target(output))
    say(f"已填好：{output}")
