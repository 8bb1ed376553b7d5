"""Small spreadsheet formulas: read, and worked out where that is certain."""
