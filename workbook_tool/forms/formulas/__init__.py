"""Rules and scores as formulas of a workbook, in the same three answers."""
