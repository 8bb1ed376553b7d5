"""Checks: typed values, schemas, totals, rules and scores; no file is opened here."""
