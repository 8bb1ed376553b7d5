"""Our marks out of a workbook again: byte for byte where nobody saved it since, by meaning else."""

from __future__ import annotations

from workbook_tool.excel.marks import originals
from workbook_tool.excel.marks.held import TOKEN
from workbook_tool.excel.marks.marks import unmark_sheet
from workbook_tool.excel.marks.notes import BEGIN
from workbook_tool.excel.marks.tabs import our_tabs, remove_tab
from workbook_tool.excel.ooxml.package import Package
from workbook_tool.excel.ooxml.stylesheet import NAMED, StyleSheet

_SIGNS = (TOKEN.encode(), BEGIN.encode(), BEGIN.encode("ascii", "xmlcharrefreplace"))


def unmarked(package: Package) -> Package:
    """The workbook without our marks; the same package where it has none.

    What the clerk has typed, formatted or written into notes since stays as it is.
    """
    restored = originals.restore(package)
    if restored is not None:
        return restored
    originals.drop(package)  # what cannot be restored is out of date, or somebody else's
    tabs = our_tabs(package)
    if not tabs and not _has_signs(package):
        return package
    for tab in tabs:
        remove_tab(package, tab)
    styles = StyleSheet(package)
    for sheet in package.sheets:
        if sheet.kind == "worksheet" and not package.is_large(sheet.part):
            unmark_sheet(package, sheet, styles)
    styles.forget()
    return package


def _has_signs(package: Package) -> bool:
    """Whether there is a style, a format or a note of ours anywhere."""
    if any(NAMED.encode() in package.read(p) for p in package.related(package.workbook, "styles")):
        return True
    for sheet in package.sheets:
        parts = [sheet.part, *package.related(sheet.part, "comments")] if sheet.kind == "worksheet" else []
        if any(sign in package.read(part) for part in parts for sign in _SIGNS):
            return True
    return False
