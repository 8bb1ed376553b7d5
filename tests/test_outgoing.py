"""Nothing that a department writes comes alive in what goes out, and nothing is written elsewhere."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
import yaml

import packcases
from conftest import ROOT
from workbook_tool.consolidate import consolidate
from workbook_tool.county.tables import write_tables
from workbook_tool.excel.fill import fill
from workbook_tool.forms.load import load_pack
from workbook_tool.model import Pack

pytestmark = pytest.mark.thorough

PACK = ROOT / "tests" / "packs" / "equipment-ledger" / "2024"
PAYLOADS: list[str] = [
    text
    for texts in yaml.safe_load((ROOT / "tests" / "payloads.yaml").read_text(encoding="utf-8")).values()
    for text in texts
]
LITERAL = re.compile(r'"(?:[^"]|"")*"')
QUOTED_NAME = re.compile(r"'(?:[^']|'')*'!")
OUTWARD = re.compile(
    r"\||\[|https?:|file:|\\\\|\b(?:HYPERLINK|WEBSERVICE|IMPORTXML|IMAGE|RTD|DDE|EXEC|CALL|REGISTER|INDIRECT)\(",
    re.IGNORECASE,
)
"""What no formula of ours needs: commands, other files, other machines."""
NOT_IN_A_TAB = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
NOT_IN_A_FILE = re.compile(r"[/\x00]")


def data_with(text: str, number: int, pack: Pack) -> dict[str, Any]:
    """A filing in which every free text begins with the payload; the code alone is in order."""
    data: dict[str, Any] = json.loads(json.dumps(packcases.base_of(pack), default=str))
    data["单位信息"] |= {"单位名称": text, "单位代码": f"A{number:03}", "盘点人": text}
    for line in data["台账"]:
        line |= {"设备名称": text, "存放地点": text}
    data["台账"][0]["设备编号"] = text
    for line in data["处置单"][0]["审批"]:
        line |= {"审批人": text, "审批意见": text}
    data["处置单"][0]["处置单号"] = text
    for line in data["处置单"][0]["收支"]:
        line["凭证号"] = text
    data["情况说明"] = [{"规则编号": text, "原因": text}]
    return data


def renamed(path: Path, text: str) -> None:
    """Give the second sheet of a kind a payload for its name, as far as Excel lets it."""
    name = NOT_IN_A_TAB.sub("", text).strip("'")[:31].strip()
    if not name or not name.isprintable():
        return
    book = openpyxl.load_workbook(path)
    book["处置单2"].title = name
    book.save(path)


@dataclass(frozen=True)
class Sent:
    """A folder of returns full of payloads, and all that was made of it.

    Attributes:
        returns: The folder that came in, with the hash and the time of every file.
        outputs: The folder in which everything lies that went out.
        said: What the commands printed.
    """

    returns: Path
    before: dict[str, tuple[str, int]]
    outputs: Path
    said: str


def state(folder: Path) -> dict[str, tuple[str, int]]:
    """The hash and the time of every file below."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    pack, home = load_pack(PACK), tmp_path_factory.mktemp("home")
    returns, outputs = home / "收件", home / "结果"
    returns.mkdir()
    for number, text in enumerate(PAYLOADS):
        stem = NOT_IN_A_FILE.sub("", text)[:60]
        path = returns / f"{number}.xlsx"
        fill(data_with(text, number, pack), pack, path)
        renamed(path, text)
        if os.name != "nt":
            path = path.rename(returns / f"{stem}{number}.xlsx")
        if number % 3 == 0:
            with zipfile.ZipFile(returns / f"{number}.zip", "w") as archive:
                archive.write(path, f"{text[:60]}/填报.xlsx")
            path.unlink()
    before = state(returns)
    told = subprocess.run(
        [
            *(sys.executable, "-m", "workbook_tool", "check", str(returns), "--pack", str(PACK)),
            *("-o", str(outputs / "副本"), "--json", str(outputs / "全部.json")),
        ],
        capture_output=True, encoding="utf-8", errors="surrogateescape", cwd=home, check=False,
    )  # fmt: skip
    assert told.returncode == 1, told.stderr
    made = consolidate(
        [returns], outputs / "汇总.xlsx", pack=pack, ledger=outputs / "台账.sqlite",
        annotated=outputs / "标注", jobs=1,
    )  # fmt: skip
    write_tables(made.county, outputs / "数据")
    return Sent(returns, before, outputs, told.stdout + told.stderr)


def workbooks(sent: Sent) -> Iterator[Path]:
    found = sorted(path for path in sent.outputs.rglob("*.xlsx") if path.is_file())
    assert len(found) > len(PAYLOADS)
    return iter(found)


def test_there_are_fifty_payloads_and_more() -> None:
    assert len(set(PAYLOADS)) >= 65


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_formula_comes_from_a_department(sent: Sent) -> None:
    for path in workbooks(sent):
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        bare = LITERAL.sub('""', QUOTED_NAME.sub("表!", str(cell.value)))
                        assert not OUTWARD.search(bare), (path.name, sheet.title, cell.coordinate, bare)


def test_every_payload_is_still_to_be_read(sent: Sent) -> None:
    """Inert is not gone: the officer sees what was written.

    Not so where an archive was refused for its paths, or where the file itself says `=` by `_x003D_`.
    """
    units = pq.read_table(next((sent.outputs / "数据").glob("*单位信息.parquet"))).column("单位名称")
    wanted = {plain(text) for text in PAYLOADS if ".." not in text and "_x00" not in text}
    assert {plain(str(name)) for name in units.to_pylist()} >= wanted


def plain(text: str) -> str:
    """Without what reading leaves out at the ends and between lines."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def test_links_lead_only_into_the_workbook_and_to_the_copies(sent: Sent) -> None:
    for path in workbooks(sent):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                assert not re.search(r"externalLink|ddeLink|vbaProject|connections|queryTable", name)
                if name.endswith(".rels"):
                    for target in re.findall(
                        r'Target="([^"]*)"[^>]*TargetMode="External"', archive.read(name).decode()
                    ):
                        assert path.name == "汇总.xlsx", (path.name, target)
                        assert not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|[\\/]", target), target
                        assert ".." not in target.split("#")[0].replace("\\", "/").split("/"), target


def test_no_cell_of_a_csv_can_become_a_formula(sent: Sent) -> None:
    for path in (sent.outputs / "数据").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in csv.reader(file):
                for text in line:
                    first = next((c for c in text if not c.isspace() and unicodedata.category(c) != "Cf"), "")
                    if unicodedata.normalize("NFKC", first) in tuple("=+-@"):
                        assert re.fullmatch(r"[+-]?[\d,]+(\.\d+)?%?", text), (path.name, text)
    everything = "".join(p.read_text(encoding="utf-8-sig") for p in (sent.outputs / "数据").glob("*.csv"))
    assert everything.count("'=1+1") > 10


def test_the_screen_gets_no_commands(sent: Sent) -> None:
    """No escape sequence of a terminal, no mark-up that was taken for one, no text turned backwards."""
    assert [c for c in sent.said if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"] == []
    assert "[bold red]红" in sent.said and "[link=https" in sent.said


def test_outputs_stay_where_they_were_wanted_and_inputs_as_they_were(sent: Sent) -> None:
    assert state(sent.returns) == sent.before
    assert {path.name for path in sent.returns.parent.iterdir()} == {"收件", "结果"}
    reserved = re.compile(r'(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$|[<>:"|?*\\\x00-\x1f]|[ .]$')
    unsafe = [
        part
        for path in (sent.outputs / "副本").rglob("*")
        for part in path.relative_to(sent.outputs).parts
        if reserved.search(part) or any(unicodedata.category(c) in ("Cc", "Cf") for c in part)
    ]
    assert unsafe == []
