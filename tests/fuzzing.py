"""A run of the mutator: every mutant goes the whole way, and what breaks is written out.

    python tests/fuzzing.py --inputs 1000000 --first 0 --out finds

A find is a mutant that raises anything but a refusal in words. It is told by the number that makes
it; keep its cause as a recipe in hostile_*.py. A run that is stopped goes on with `--first`, which
it prints every so often.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import mutator
import recipes
import smallbooks
import wholeway
from workbook_tool.model import Assessment

GROUP = 200
"""How many accepted mutants are assessed together."""

EVERY = 6
"""Of the accepted ones, one in so many goes on: assessing and marking cost ten times as much as reading,
which refuses most of what breaks anything."""

_REPORT_EVERY = 10_000


@dataclass
class Run:
    """What came of a run.

    Attributes:
        codes: How often which refusal, or none.
        whole: How many went on behind the reader.
        finds: The number of a mutant -> what it raised.
    """

    codes: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    finds: dict[int, str] = field(default_factory=dict)

    @property
    def inputs(self) -> int:
        return self.codes.total()


@cache
def seeds() -> list[bytes]:
    """Workbooks that are taken apart: a filled return twice as often as the others."""
    filled = mutator.small(smallbooks.parts())
    compressed = recipes.zipped(smallbooks.parts())
    delicate = [recipes.RECIPES[name]() for name in ("thread of comments", "picture in a cell, WPS", "table")]
    return [filled, filled, filled, compressed, *delicate]


def fuzz(numbers: Iterator[int], go_on: Callable[[], bool]) -> Run:
    """Try one mutant after the other, as long as `go_on` says."""
    run = Run()
    waiting: dict[int, bytes] = {}
    while go_on():
        number = next(numbers)
        content = mutator.mutant(seeds(), number)
        code = _caught(run, number, lambda content=content: wholeway.gate(content))  # type: ignore[misc]
        run.codes[code or "find"] += 1
        if code == wholeway.FINE and number % EVERY == 0:
            waiting[number] = content
        if len(waiting) == GROUP:
            _finish(run, waiting)
            waiting = {}
    _finish(run, waiting)
    return run


def _finish(run: Run, waiting: dict[int, bytes]) -> None:
    """Assess and mark what was accepted; where that fails, one after the other."""
    if not waiting:
        return
    run.whole += len(waiting)
    try:
        assessment = wholeway.assessed(list(waiting.values()))
    except Exception:
        for number, content in waiting.items():
            _caught(run, number, lambda content=content: wholeway.whole(content))  # type: ignore[misc]
        return
    for at, (number, content) in enumerate(waiting.items()):
        _caught(run, number, lambda at=at, content=content: _marked(content, assessment, at))  # type: ignore[misc]


def _marked(content: bytes, assessment: Assessment, at: int) -> str:
    wholeway.marked(content, assessment, at)
    return wholeway.FINE


def _caught(run: Run, number: int, step: Callable[[], str]) -> str | None:
    try:
        return step()
    except Exception:
        run.finds[number] = traceback.format_exc()
        return None


def for_seconds(seconds: float) -> Callable[[], bool]:
    """Whether there is time left."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def kept(run: Run, folder: Path) -> None:
    """Write out what broke: the mutant, and what it raised."""
    for number, what in run.finds.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(what, encoding="utf-8")
        (folder / f"{number}.xlsx").write_bytes(mutator.mutant(seeds(), number))


def for_inputs(inputs: int) -> Callable[[], bool]:
    """Whether there are some left of so many."""
    left = iter(range(inputs))
    return lambda: next(left, None) is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--inputs", type=int, default=_REPORT_EVERY)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("finds"))
    options = parser.parse_args()
    numbers, run = count(options.first), Run()
    while run.inputs < options.inputs:
        piece = fuzz(numbers, for_inputs(min(_REPORT_EVERY, options.inputs - run.inputs)))
        run.codes += piece.codes
        run.whole += piece.whole
        run.finds |= piece.finds
        kept(piece, options.out)
        rate = run.inputs / time.process_time()
        print(f"{run.inputs} mutants, {run.whole} of them the whole way, {len(run.finds)} finds, "
              f"{rate:.0f} a second of processor time; next: --first {options.first + run.inputs}", flush=True)  # fmt: skip
    for code, times in run.codes.most_common():
        print(f"{times:9} {code}")


if __name__ == "__main__":
    main()
