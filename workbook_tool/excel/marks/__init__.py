"""What goes back: marks, notes and sheets of ours in a workbook, and what it was before."""
