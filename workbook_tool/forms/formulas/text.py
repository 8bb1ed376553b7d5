"""Texts inside formulas: how they are quoted, and compared as the tool compares them."""

from __future__ import annotations

from workbook_tool.forms.language.syntax import Constant, normal


def quoted(text: str) -> str:
    """A text as a literal of a formula; Excel takes 255 characters in one."""
    pieces = [text[start : start + 200] for start in range(0, len(text), 200)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def normal_text(value: str) -> str:
    """A name for comparing: half-width, without spaces and line breaks."""
    return f'ASC(SUBSTITUTE(SUBSTITUTE({_without_wide_spaces(value)}," ",""),CHAR(10),""))'


def _without_wide_spaces(value: str) -> str:
    """Without the spaces that TRIM leaves: the full-width one, and that of Word and of web pages."""
    return f'SUBSTITUTE(SUBSTITUTE({value},"\u3000",""),"\u00a0","")'


def blank_test(cell: str) -> str:
    """Whether a cell holds nothing but spaces and line breaks."""
    return f"LEN(TRIM(CLEAN({_without_wide_spaces(cell)})))=0"


def unreadable(cells: str) -> str:
    """Whether a text stands where a number is due; a formula may well show the empty text."""
    return f"ISTEXT({cells})*(LEN(TRIM({cells}))>0)"


def one_of(words: Constant) -> str:
    """Texts to look for, as an array that SUMPRODUCT runs through; written as they are compared."""
    several = words if isinstance(words, tuple) else (words,)
    if len(several) == 1:
        return f"ASC({quoted(normal(str(several[0])))})"
    return "ASC({" + ",".join(quoted(normal(str(word))) for word in several) + "})"
