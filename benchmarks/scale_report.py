"""The measurements of `scale` as a Markdown table and a plot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import log10
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
WIDTH, HEIGHT, LEFT, TOP = 640, 360, 70, 40
COLOURS = ("#7f7f7f", "#1f77b4", "#d62728", "#2ca02c")

Line = Mapping[str, Any]


def report(
    told: str,
    results: Sequence[Line],
    kinds: Mapping[str, str],
    shares: Mapping[str, float],
    plain: Mapping[str, float],
    *,
    out: Path | None,
) -> None:
    """Print the tables; with a document, put them into it and the plot beside it.

    Args:
        told: What it was measured on.
        results: kind, files, jobs, seconds and memory of each measurement.
        kinds: What the kinds are called, in the order of the table.
        shares: CPU seconds of each stage.
        plain: What `against_plain` measured: milliseconds a file.
        out: The document.
    """
    text = "\n".join([told, "", *_speeds(results, kinds), "", *_shares(shares), "", *_plain(plain, results)])
    if out is None:
        print(text)
        return
    old = out.read_text(encoding="utf-8") if out.exists() else f"# 规模\n\n{BEGIN}\n{END}\n"
    picture = out.with_suffix(".svg")
    text += f"\n\n![不同份数用的时间]({picture.name})"
    new = re.sub(f"{BEGIN}.*?{END}", lambda found: f"{BEGIN}\n{text}\n{END}", old, flags=re.DOTALL)
    out.write_text(new, encoding="utf-8")
    picture.write_text(plot(results, kinds), encoding="utf-8")


def _speeds(results: Sequence[Line], kinds: Mapping[str, str]) -> Iterator[str]:
    yield "| 做什么 | 份数 | 进程 | 秒 | 份/秒 | 毫秒/份 | 是底线的几倍 | 每个进程最多占内存(MB) |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    floors = {(r["files"], r["jobs"]): r["seconds"] for r in results if r["kind"] == "floor"}
    for kind, name in kinds.items():
        for r in sorted((r for r in results if r["kind"] == kind), key=lambda r: (r["files"], r["jobs"])):
            each = r["seconds"] / r["files"]
            times = r["seconds"] / floors[r["files"], r["jobs"]]
            yield (
                f"| {name} | {r['files']:,} | {r['jobs']} | {r['seconds']:.1f} | {1 / each:.1f} "
                f"| {each * 1000:.1f} | {times:.1f} | {r['memory'] / (1 << 20):.0f} |"
            )


def _shares(shares: Mapping[str, float]) -> Iterator[str]:
    whole = sum(shares.values())
    yield "| 步骤 | 占处理器时间 |"
    yield "|---|---:|"
    for name, seconds in shares.items():
        yield f"| {name} | {seconds / whole:.0%} |"


def _plain(plain: Mapping[str, float], results: Sequence[Line]) -> Iterator[str]:
    """The plain way, one process, against ours with all processes at the largest number of files."""
    jobs = max(r["jobs"] for r in results)
    files = max(r["files"] for r in results if (r["kind"], r["jobs"]) == ("assess", jobs))
    ours = {
        r["kind"]: r["seconds"] / r["files"] * 1000
        for r in results
        if (r["files"], r["jobs"]) == (files, jobs)
    }
    reading = plain["plain: read_excel per sheet"] + plain["plain: schemas per workbook"]
    marking = plain["plain: openpyxl load, mark, save"]
    yield f"| 与直接用 pandas、openpyxl 写的相比(毫秒/份) | 直接写，一个进程 | 本工具，{files:,} 份，{jobs} 个进程 | 倍数 |"
    yield "|---|---:|---:|---:|"
    for name, theirs, own in (
        ("读取和核对", reading, ours["assess"]),
        ("直接写的读取、核对、写标注副本 ÷ 本工具的读取和核对", reading + marking, ours["assess"]),
        ("读取、核对、写标注副本", reading + marking, ours["check"]),
    ):
        yield f"| {name} | {theirs:.0f} | {own:.1f} | {theirs / own:.1f} |"
    parsing = plain["inflate + parse (floor of reading)"]
    yield ""
    yield (
        f"只解压并解析读取所需的部件，一个进程就要 {parsing:.1f} 毫秒一份，是“直接写”的读取和核对的 "
        f"{parsing / reading:.1%}，所以“读取和核对”最多快 {reading / parsing * jobs:.0f} 倍。"
    )


def plot(results: Sequence[Line], kinds: Mapping[str, str]) -> str:
    """Seconds by number of workbooks, both logarithmic; one line for each kind and number of processes."""
    files, seconds = [r["files"] for r in results], [r["seconds"] for r in results]
    across, up = _Axis(files, LEFT, WIDTH - 190), _Axis(seconds, HEIGHT - 40, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20">不同份数用的时间(秒)，横竖都是十倍一格</text>',
    ]
    for value in across.ticks:
        x = across.at(value)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - 40}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 22}" text-anchor="middle">{value:,g} 份</text>')
    for value in up.ticks:
        y = up.at(value)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 190}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>')
    for number, (name, colour, dashed, points) in enumerate(_lines(results, kinds)):
        places = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 3"' if dashed else ""
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        for x, y in points:
            parts.append(f'<circle cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="3" fill="{colour}"/>')
        y = TOP + 12 + number * 18
        parts.append(
            f'<line x1="{WIDTH - 180}" y1="{y - 4}" x2="{WIDTH - 155}" y2="{y - 4}" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        parts.append(f'<text x="{WIDTH - 150}" y="{y}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """A logarithmic axis from one place to another."""

    def __init__(self, values: Sequence[float], start: float, end: float):
        self._low, high = int(log10(min(values)) // 1), int(-(-log10(max(values)) // 1))
        self._decades = max(high - self._low, 1)
        self._start, self._end = start, end
        self.ticks = [10.0 ** (self._low + n) for n in range(self._decades + 1)]

    def at(self, value: float) -> float:
        """Where a value stands."""
        return self._start + (self._end - self._start) * (log10(value) - self._low) / self._decades


def _lines(
    results: Sequence[Line], kinds: Mapping[str, str]
) -> Iterator[tuple[str, str, bool, list[tuple[float, float]]]]:
    for colour, (kind, name) in zip(COLOURS, kinds.items(), strict=True):
        for jobs in sorted({r["jobs"] for r in results}):
            points = sorted(
                (r["files"], r["seconds"]) for r in results if (r["kind"], r["jobs"]) == (kind, jobs)
            )
            if points:
                yield f"{name}，{jobs} 个进程", colour, jobs > 1, points
