"""Workbooks that are sent out, filled in and come back: made, checked, marked and added up."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbook_tool.assess import assess
    from workbook_tool.consolidate import consolidate
    from workbook_tool.excel.annotate import annotate, strip
    from workbook_tool.excel.read import read
    from workbook_tool.forms.load import load_pack
    from workbook_tool.make import fill, new

__all__ = ["annotate", "assess", "consolidate", "fill", "load_pack", "new", "read", "strip"]
__version__ = "0.1.0"

TRACEBACK = "WORKBOOK_TOOL_TRACEBACK"
"""An environment variable: set, an error of the program itself is shown in full and ends the run."""

_HOMES = {
    "annotate": ("excel.annotate", "annotate"),
    "assess": ("assess", "assess"),
    "consolidate": ("consolidate", "consolidate"),
    "fill": ("make", "fill"),
    "load_pack": ("forms.load", "load_pack"),
    "new": ("make", "new"),
    "read": ("excel.read", "read"),
    "strip": ("excel.annotate", "strip"),
}


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used: start-up stays short."""
    if name not in _HOMES:
        raise AttributeError(f"module 'workbook_tool' has no attribute '{name}'")
    module, attribute = _HOMES[name]
    return getattr(import_module(f"workbook_tool.{module}"), attribute)


class _Package(ModuleType):
    """Keeps the module `assess`, once it is imported, from taking the place of the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
