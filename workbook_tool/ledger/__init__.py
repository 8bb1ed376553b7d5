"""The ledger: every version of every return, what was found in it, and who ran what and when.

A SQLite file by default, PostgreSQL by URL, both through SQLAlchemy Core. Importing this package
imports SQLAlchemy: a command that keeps no ledger does not.
"""

from __future__ import annotations

from workbook_tool.ledger.book import Ledger, open_ledger
from workbook_tool.ledger.changes import Change, changes
from workbook_tool.ledger.entries import Decision, Resent, Run, RunEntry, Sighting, State, Version
from workbook_tool.ledger.errors import LedgerError
from workbook_tool.ledger.figures import figures
from workbook_tool.ledger.fingerprint import fingerprint

__all__ = [
    "Change",
    "Decision",
    "Ledger",
    "LedgerError",
    "Resent",
    "Run",
    "RunEntry",
    "Sighting",
    "State",
    "Version",
    "changes",
    "figures",
    "fingerprint",
    "open_ledger",
]
