"""All hostile recipes."""

from __future__ import annotations

from hostile import Table
from hostile_files import FILES
from hostile_parts import PARTS
from hostile_sheets import SHEETS
from hostile_xml import XML
from hostile_zip import ZIPS

HOSTILE = Table()
for _table in (FILES, ZIPS, XML, PARTS, SHEETS):
    assert not HOSTILE.keys() & _table.keys(), HOSTILE.keys() & _table.keys()
    HOSTILE.update(_table)
