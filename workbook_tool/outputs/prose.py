"""Chinese running text on a terminal: broken between any two characters, but never before a stop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text

NEVER_FIRST = frozenset("，。、；：！？）》”’…")
NEVER_LAST = frozenset("（《“‘")
TOKEN = re.compile(r"[!-~]+|.")
"""Numbers, codes and Latin words stay whole."""

NARROWEST = 12


class Prose:
    """A paragraph that fills its column; rich itself would break Chinese only at spaces."""

    def __init__(self, text: str, style: str = ""):
        self.text, self.style = text, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for paragraph in self.text.split("\n"):
            for line in lines(paragraph, options.max_width):
                yield Text(line, self.style, no_wrap=True, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = max((cell_len(paragraph) for paragraph in self.text.split("\n")), default=0)
        width = min(widest, options.max_width)
        return Measurement(min(width, NARROWEST), width)


def lines(paragraph: str, width: int) -> Iterator[str]:
    """The lines of a paragraph; none begins with a stop or ends with an opening quote."""
    line: list[str] = []
    for token in _tokens(paragraph, width):
        if line and cell_len("".join(line)) + cell_len(token) > width:
            carried = [token]
            while len(line) > 1 and (carried[0][0] in NEVER_FIRST or line[-1][-1] in NEVER_LAST):
                carried.insert(0, line.pop())
            yield "".join(line)
            line = carried if carried[0] != " " else carried[1:]
        else:
            line.append(token)
    yield "".join(line)


def _tokens(paragraph: str, width: int) -> Iterator[str]:
    for token in TOKEN.findall(paragraph):
        yield from chop_cells(token, width) if cell_len(token) > width else (token,)
