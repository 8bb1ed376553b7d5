"""What a rule says when it fails, as a formula that puts the sentence together."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbook_tool.forms.formulas.single import Formula
from workbook_tool.forms.formulas.text import blank_test, quoted
from workbook_tool.forms.language.messages import NOTHING, optional_parts
from workbook_tool.forms.language.syntax import Kind
from workbook_tool.model import FormField

_PIECE = re.compile(r"\{([^{}]*)\}")

Words = Mapping[str, str | None]
"""What each placeholder stands for: the fragment of a formula, or None where nothing can be said."""


def sentence(message: str, words: Words) -> str:
    """The formula of a sentence, without its equals sign.

    Args:
        message: As a rule has it, with placeholders and bracketed parts.
        words: A fragment for each placeholder; a bracketed part with a word that has none is left
            out, and elsewhere such a word is 空.
    """
    whole = optional_parts(message, lambda name: words.get(name) is not None)
    pieces: list[str] = []
    end = 0
    for match in _PIECE.finditer(whole):
        pieces += [quoted(whole[end : match.start()])] if match.start() > end else []
        fragment = words.get(match[1])
        pieces.append(quoted(NOTHING) if fragment is None else fragment)
        end = match.end()
    pieces += [quoted(whole[end:])] if end < len(whole) else []
    return "&".join(pieces) or '""'


def shown(cell: str, field: FormField, kept: str | None = None) -> str:
    """The fragment that shows what stands in a cell, 空 where it is blank.

    Args:
        cell: Its address.
        field: What stands there.
        kept: Where the workbook keeps it as it is compared.
    """
    value = cell
    if field.type == "percent":
        value = f'ROUND({cell}*100,10)&"%"'
    elif field.type == "date":
        value = f'TEXT({cell},"yyyy-mm-dd")'
    blank = f'{kept}=""' if kept else f'TRIM({cell})=""' if field.numeric else blank_test(cell)
    return f'IF({blank},"{NOTHING}",{value})'


def figure(formula: Formula, value: str, kind: Kind) -> str:
    """The fragment that shows a calculated value."""
    return formula.rounded(f"({value})", kind) if kind in ("amount", "points", "number") else f"({value})"
