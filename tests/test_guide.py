"""The pack author's guide: what it tells to write is a working pack, its outputs are real, its tables whole.

`python tests/test_guide.py` writes the real outputs into the guide.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from workbook_tool import model
from workbook_tool.forms.language.parsing import FUNCTIONS, compile_expression
from workbook_tool.forms.lint.methods import NEEDS
from workbook_tool.forms.load import load_pack
from workbook_tool.forms.writing.case_files import Case as CaseLine
from workbook_tool.model import Declared, Pack, Scoring
from workbook_tool.model.rules import Builtin

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "pack-author.md"
TEXT = PAGE.read_text(encoding="utf-8")

SNIPPET = re.compile(r"<!-- (\S+\.yaml)( 评分)? -->\n```yaml\n(.*?)```\n", re.S)
OUTPUT = re.compile(r"(<!-- (lint: [^>]+|explain [^>]+) -->\n```\n)(.*?)(?=```\n)", re.S)
TABLE = re.compile(r"<!-- (model|expressions|scoring)(?: (\S+))?(?: (\S+))? -->\n((?:\|.*\n)+)")
NAMED = re.compile(r"`([^`]+)`")
FOLDER = Path("templates/training/2024")

SLIPS = (
    ("rules.yaml", "班次.培训人数 * 班次.培训天数", "班次.培训入数 * 班次.培训天数"),
    ("rules.yaml", "  severity: 需说明\n  on", "  severty: 需说明\n  on"),
    ("cases/经费.yaml", '18000.01}, finds: ["经费[住宿费]', '18000.01}, finds: ["经费[住缩费]'),
)
"""What the guide does wrong on purpose."""

WRITTEN_BY_FILES = {"Pack": {"rules", "rubrics", "county"}}
"""Fields that other files fill."""


def write_pack(root: Path, *, scored: bool, slips: bool = False) -> Path:
    """The pack that the guide builds, as far as it has come."""
    files: dict[str, str] = {}
    for name, later, text in SNIPPET.findall(TEXT):
        if scored or not (later or name.startswith("rubric")):
            files[name] = files.get(name, "") + text
    for name, old, new in SLIPS if slips else ():
        assert files[name].count(old) == 1, old
        files[name] = files[name].replace(old, new)
    for name, text in files.items():
        path = root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / FOLDER


def real_output(what: str, root: Path) -> str:
    """What the command of the guide prints."""
    write_pack(root, scored="有评分" in what, slips="写错" in what)
    if what.startswith("explain"):
        _run(root, "fill", FOLDER / "cases/base.yaml", "--pack", FOLDER, "-o", "县水文站.xlsx")
        out = _run(root, "explain", what.split()[1], "县水文站.xlsx", "--pack", FOLDER)
    else:
        out = _run(root, "lint", FOLDER)
    return "".join(f"{line.rstrip()}\n" for line in out.replace(os.sep, "/").splitlines())


def _run(root: Path, *words: str | Path) -> str:
    command = [sys.executable, "-m", "workbook_tool", *map(str, words)]
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FORCE_COLOR")}
    ran = subprocess.run(
        command, cwd=root, env=environment | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=False
    )
    return ran.stdout.decode("utf-8")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_pack(write_pack(tmp_path_factory.mktemp("guide"), scored=True))


# ---------------------------------------------------------------- snippets and outputs


@pytest.mark.parametrize("scored", [False, True])
def test_the_snippets_make_a_pack_whose_cases_hold(tmp_path: Path, scored: bool) -> None:
    write_pack(tmp_path, scored=scored)
    assert _run(tmp_path, "lint", FOLDER, "--cases").startswith("没有错误")


@pytest.mark.parametrize("what", [name for _, name, _ in OUTPUT.findall(TEXT)])
def test_the_outputs_are_real(what: str, tmp_path: Path) -> None:
    shown = next(text for _, name, text in OUTPUT.findall(TEXT) if name == what)
    assert shown == real_output(what, tmp_path)


# ---------------------------------------------------------------- the language


def tables(kind: str) -> Iterator[tuple[str, str, list[list[str]]]]:
    """The tables of a kind: what their marker says, and their cells without the head."""
    for found, first, second, text in TABLE.findall(TEXT):
        if found == kind:
            rows = [re.split(r"(?<!\\)\|", line.strip("|\n")) for line in text.splitlines()[2:]]
            yield first, second, rows


def examples() -> list[tuple[str, str, str]]:
    return [
        (on, item, text)
        for on, item, rows in tables("expressions")
        for row in rows
        for text in NAMED.findall(row[0])
    ]


@pytest.mark.parametrize(("on", "item", "text"), examples())
def test_an_example_of_the_language_is_understood(on: str, item: str, text: str, pack: Pack) -> None:
    assert compile_expression(text, pack, on, item).kind == "boolean"


def test_every_function_has_an_example() -> None:
    shown = " ".join(text for _, _, text in examples())
    assert [f for f in FUNCTIONS if f"{f}(" not in shown and f"`{f}`" not in TEXT] == []


def test_every_builtin_is_explained() -> None:
    assert [b for b in get_args(Builtin) if f"`{b}`" not in TEXT] == []


def test_every_way_of_scoring_is_explained_with_what_it_needs() -> None:
    ((_, _, rows),) = tables("scoring")
    told = {NAMED.findall(row[0])[0]: set(NAMED.findall(row[2])) for row in rows}
    assert list(told) and set(told) == set(get_args(Scoring))
    for scoring, needs in NEEDS.items():
        assert set(needs) <= told[scoring], scoring


# ---------------------------------------------------------------- what can be written


def declared() -> dict[str, type[Declared]]:
    """Every model that a pack is read into; `Method` is only what criteria and ways have in common."""
    found = {
        name: thing
        for name, thing in vars(model).items()
        if isinstance(thing, type) and issubclass(thing, Declared) and name not in ("Declared", "Method")
    }
    return found | {"CaseLine": CaseLine}


def test_every_model_has_a_table() -> None:
    assert {name for name, _, _ in tables("model")} == set(declared())


@pytest.mark.parametrize("name", sorted(declared()))
def test_a_table_names_every_field_and_no_other(name: str) -> None:
    rows = next(rows for known, _, rows in tables("model") if known == name)
    told = [field for row in rows for field in NAMED.findall(row[0])]
    fields = declared()[name].model_fields
    written = {f for f, info in fields.items() if not info.exclude} - WRITTEN_BY_FILES.get(name, set())
    assert set(told) == written
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", sorted(declared()))
def test_a_table_says_what_must_be_written(name: str) -> None:
    rows = next(rows for known, _, rows in tables("model") if known == name)
    fields = declared()[name].model_fields
    for row in rows:
        for field in NAMED.findall(row[0]):
            if name == "Way" and len(NAMED.findall(row[0])) > 1:
                continue  # told at the criterion
            assert row[1].strip().startswith("必须") == fields[field].is_required(), field


if __name__ == "__main__":

    def anew(match: re.Match[str]) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            return match[1] + real_output(match[2], Path(scratch))

    PAGE.write_text(OUTPUT.sub(anew, TEXT), encoding="utf-8")
