"""Limits as they are in force: their defaults, unless the machine's environment says otherwise."""

from __future__ import annotations

import os
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

PREFIX = "WORKBOOK_TOOL_"
T = TypeVar("T")


class SettingError(Exception):
    """A setting that is no number above zero; the message says in Chinese which."""


@cache
def in_force(limits: type[T]) -> T:
    """The limits of a kind.

    Each has a variable: `WORKBOOK_TOOL_` and its name in capitals, `WORKBOOK_TOOL_FILE_BYTES` for
    `file_bytes`. Processes that are started get the same environment, so the same limits.

    Args:
        limits: A dataclass of numbers, each with its default.

    Raises:
        SettingError: A variable is set to something else than a number above zero.
    """
    given = {field.name: (field.default, PREFIX + field.name.upper()) for field in fields(limits)}  # type: ignore[arg-type]
    found: dict[str, Any] = {
        name: _number(os.environ[variable], type(default), variable)
        for name, (default, variable) in given.items()
        if os.environ.get(variable, "").strip()
    }
    return limits(**found)


def _number(text: str, kind: type[Any], variable: str) -> Any:
    try:
        number = kind(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise SettingError(
            f"环境变量 {variable} 应是大于 0 的{'整数' if kind is int else '数'}，现在是“{text}”。"
        )
    return number
