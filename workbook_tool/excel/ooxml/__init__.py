"""Packages, parts, sheets and styles as the file has them: what is read, patched and written."""
