"""Names of tabs and tables that Excel takes, no two alike."""

from __future__ import annotations

import re

_LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class Names:
    """Names already given, whatever their case."""

    def __init__(self, *taken: str) -> None:
        self._taken = {name.casefold() for name in taken}

    def tab(self, wanted: str) -> str:
        """A name for a tab: the one wanted, as far as Excel allows it."""
        plain = _FORBIDDEN.sub("-", wanted).strip("' ") or "表"
        return self._free(plain, _LONGEST)

    def head(self, wanted: str) -> str:
        """A heading that no other column of the table has."""
        return self._free(" ".join(wanted.split()) or "栏", 250)

    def _free(self, plain: str, longest: int) -> str:
        name, number = plain[:longest].rstrip("' "), 2
        while name.casefold() in self._taken:
            end = f"({number})"
            name, number = plain[: longest - len(end)] + end, number + 1
        self._taken.add(name.casefold())
        return name
