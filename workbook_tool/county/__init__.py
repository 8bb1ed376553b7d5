"""The county: whose each returned workbook is, which one counts, and what they say together."""
