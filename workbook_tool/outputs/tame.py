"""Texts on a screen: as they are, without what a terminal would obey."""

from __future__ import annotations

_CONTROLS = (*range(9), *range(11, 32), *range(127, 160))
_HIDDEN = (0xAD, 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_TAME: dict[int, str | None] = dict.fromkeys(_CONTROLS, "\N{REPLACEMENT CHARACTER}") | dict.fromkeys(_HIDDEN)


def tame(text: str) -> str:
    """A text without escape sequences, and without what turns it round or cannot be seen.

    It may be the name of a file, or come out of one. Line ends and tabs stay.
    """
    return text.translate(_TAME)
