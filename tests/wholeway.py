"""The whole way of one returned workbook in memory: opened, read, assessed, marked, saved.

What is hostile goes this way in tests, and not through the reader alone: what the reader lets in
must not break the steps behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from returns import small_pack
from workbook_tool.excel.annotate import annotated
from workbook_tool.excel.marks.unmark import unmarked
from workbook_tool.excel.ooxml.package import Package, Refused
from workbook_tool.excel.ooxml.source import Source
from workbook_tool.excel.returns.books import read_book
from workbook_tool.model import Assessment, Pack
from workbook_tool.run import assess_files

FINE = "ok"


@dataclass(frozen=True)
class Given(Source):
    """A workbook that was never a file."""

    content: bytes = b""

    @classmethod
    def holding(cls, content: bytes) -> Given:
        return cls("return.xlsx", Path("return.xlsx"), len(content), content=content)

    def read(self) -> bytes:
        return self.content


@cache
def pack() -> Pack:
    return small_pack()


def gate(content: bytes) -> str:
    """What reading comes to: the code of its refusal, or FINE."""
    try:
        read_book(Package.open(content))
    except Refused as refusal:
        assert refusal.message.endswith("。"), refusal.message
        assert "\n" not in refusal.message, refusal.message
        return refusal.code
    return FINE


def assessed(contents: Sequence[bytes]) -> Assessment:
    """What is found in workbooks that are checked together."""
    return assess_files([Given.holding(content) for content in contents], pack())


def marked(content: bytes, assessment: Assessment, submission: int = 0) -> bytes:
    """The marked copy, which can be opened again and unmarked."""
    copy = annotated(Package.open(content), assessment, pack(), submission).save()
    unmarked(Package.open(copy)).save()
    return copy


def whole(content: bytes) -> str:
    """What a workbook comes to on the way of `check`: the code of its refusal, or FINE."""
    assessment = assessed([content])
    if not assessment.findings["code"].eq("文件-01").any():
        marked(content, assessment)
        return FINE
    code = gate(content)
    assert code != FINE
    return code
