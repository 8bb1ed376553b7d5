"""The list of departments that owe a return: read, checked, and turned into their templates."""

from __future__ import annotations

from workbook_tool.roster.distribution import Order, RosterTaken, distribute, file_names, orders
from workbook_tool.roster.previous import last_year
from workbook_tool.roster.reading import ROSTER_PACK, RosterError, read
from workbook_tool.roster.types import Department, Project, Roster

__all__ = [
    "ROSTER_PACK",
    "Department",
    "Order",
    "Project",
    "Roster",
    "RosterError",
    "RosterTaken",
    "distribute",
    "file_names",
    "last_year",
    "orders",
    "read",
]
