"""The consolidated workbook of a county."""

from __future__ import annotations

from workbook_tool.county.book.workbook import write

__all__ = ["write"]
