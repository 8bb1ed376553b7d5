"""What is promised in words is there: commands, options, rules with basis, message and cases.

`python tests/test_docs.py` writes the real output of the example into README.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import pytest

import packcases
from workbook_tool.cli import commands
from workbook_tool.forms.load import available_packs, load_pack
from workbook_tool.outputs.rulebook import entries

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WORDS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
COMMANDS = sorted(commands.commands)
OPTIONS = [
    (name, option.opts[0])
    for name in COMMANDS
    for option in commands.commands[name].params
    if isinstance(option, click.Option) and option.name != "help"
]
EXAMPLE = Path("examples/linxiang-2023/填报.xlsx")
OUTPUT = re.compile(r"(?<=<!-- check -->\n```\n)[^`]*(?=```\n)")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented(name: str) -> None:
    assert f"workbook-tool {name}" in WORDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does(name: str) -> None:
    command = commands.commands[name]
    assert command.help and command.short_help
    assert all(p.help for p in command.params if isinstance(p, click.Option))


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_an_option_is_documented(name: str, option: str) -> None:
    assert option in WORDS


def test_nothing_is_left_to_be_filled_in() -> None:
    assert "@@" not in WORDS


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("name", available_packs())
def test_a_rule_has_basis_message_and_two_cases(name: str) -> None:
    pack = load_pack(name)
    outcomes = {case.rule: set[bool]() for case in packcases.cases_of(pack)}
    for case in packcases.cases_of(pack):
        outcomes[case.rule].add(bool(case.finds))
    lacking = [
        rule.code
        for rule in pack.rules
        if not (rule.basis.strip() and rule.message.strip() and len(outcomes.get(rule.code, ())) > 1)
    ]
    assert lacking == []


@pytest.mark.parametrize("name", available_packs())
def test_the_rule_book_says_every_rule_in_words(name: str) -> None:
    lacking = [e.code for e in entries(load_pack(name)) if not (e.words and e.where and e.basis)]
    assert lacking == []


def output_of_example(folder: Path) -> str:
    """What the command that README gives prints, run in a folder of its own."""
    copy = folder / EXAMPLE
    copy.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / EXAMPLE, copy)
    words = [sys.executable, "-m", "workbook_tool", "check", EXAMPLE.as_posix()]
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FORCE_COLOR")}
    ran = subprocess.run(
        words, cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=False
    )
    lines = ran.stdout.decode("utf-8").replace(os.sep, "/").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def test_readme_shows_the_real_output(tmp_path: Path) -> None:
    shown = OUTPUT.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown and shown[0] == output_of_example(tmp_path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        new = output_of_example(Path(scratch))
    readme = ROOT / "README.md"
    readme.write_text(
        OUTPUT.sub(lambda _: new, readme.read_text(encoding="utf-8"), count=1), encoding="utf-8"
    )
