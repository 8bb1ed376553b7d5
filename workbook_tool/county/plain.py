"""Frames as plain Python values, which loops over single lines take apart much faster than pandas does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbook_tool.model import Frame


def plain_values(series: pd.Series[Any]) -> list[Any]:
    """A column; None for what is missing."""
    if isinstance(series.dtype, pd.api.extensions.ExtensionDtype):
        found: list[Any] = series.array.to_numpy(dtype=object, na_value=None).tolist()
        return found
    missing = series.isna()
    if not missing.any():
        whole: list[Any] = series.tolist()
        return whole
    return [None if gone else value for value, gone in zip(series.tolist(), missing.tolist(), strict=True)]


def plain_lines(frame: Frame, *columns: str) -> Iterator[tuple[Any, ...]]:
    """The lines of some columns."""
    return zip(*(plain_values(frame[column]) for column in columns), strict=True)
