"""Seeded mistakes in returned workbooks, each with what must be found and what may follow from it."""
