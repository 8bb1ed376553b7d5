"""All returns at once: the county's workbook, or a province in tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbook_tool.cli.command import (
    ERRORS,
    MENDED,
    PATH,
    command,
    jobs_option,
    must_exist,
    names,
    pack_option,
    target,
)
from workbook_tool.cli.pages import CannotRun, say

if TYPE_CHECKING:
    pass


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
        must_exist(place)
    for option, folder in (("--annotate", annotated), ("--tables", tables)):
        if folder is not None and folder.exists() and not folder.is_dir():
            raise CannotRun(f"“{folder}”是文件，{option} 要写文件夹。")
    done = add_up(
        places,
        target(output) if output else None,
        pack=pack,
        roster=roster,
        ledger=ledger,
        annotated=annotated,
        json_file=target(json_file) if json_file else None,
        jobs=jobs,
        cluster=cluster,
        command=f"consolidate {names(places)}",
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
