"""Workbooks as files: read, written, patched."""
