"""From the folders of returns to the county's workbook: checks what is new, decides, adds up.

What the ledger knows is not checked again. Every chunk is booked as soon as its copies are
written, so a run that was cut off goes on where it stopped; what is decided, and the workbook, are
made from the ledger's results alone and are the same whichever run checked them.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from workbook_tool import __version__
from workbook_tool.county.arrivals import UNREADABLE, Arrival
from workbook_tool.county.booking import Booking, booking
from workbook_tool.county.build import build
from workbook_tool.county.decide import Standing, decide
from workbook_tool.county.identify import Department, Listing, found
from workbook_tool.county.summary import report
from workbook_tool.county.types import County
from workbook_tool.excel.ooxml.output import sweep
from workbook_tool.excel.ooxml.package import Refused
from workbook_tool.forms.load import default_pack, load_pack
from workbook_tool.ledger import Decision, Ledger, Run, Sighting, figures, open_ledger
from workbook_tool.model import Pack
from workbook_tool.outputs.kept import Reviewed
from workbook_tool.outputs.records import write_json
from workbook_tool.roster import read as read_roster
from workbook_tool.run import review_as
from workbook_tool.sources import RESULTS, Source, find_sources, named_pack

LEDGER, BOOK = "台账.sqlite", "全县汇总.xlsx"
"""The names of the ledger and of the workbook in the result folder."""

ASKED = 25
"""How many workbooks are asked for their pack; what most of them name is the pack of all."""

Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Told how many workbooks are to be checked; what it opens is told how many more are done."""


class NothingToConsolidate(Exception):
    """There is no workbook at the places given."""


@dataclass(frozen=True)
class Consolidated:
    """What a consolidation came to.

    Attributes:
        county: All that is known of the county.
        book: The consolidated workbook.
        ledger: The ledger's file or address.
        checked: How many workbooks were checked in this run; the others were known.
    """

    county: County
    book: Path
    ledger: str
    checked: int


def consolidate(
    places: Iterable[Path | str],
    output: Path | str | None = None,
    *,
    pack: Pack | str | None = None,
    roster: Path | str | None = None,
    ledger: Path | str | None = None,
    annotated: Path | str | None = None,
    json_file: Path | str | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    command: str = "consolidate",
    progress: Progress = lambda total: nullcontext(lambda number: None),
) -> Consolidated:
    """Check the returns of a county, decide which of them count, and write the consolidated workbook.

    Args:
        places: Folders, archives and workbooks.
        output: The workbook to write; in the result folder beside the returns where it is None.
        pack: The pack that is wanted; the one that most of the workbooks name where it is None.
        roster: The roster; without one the departments are those that the workbooks name.
        ledger: Its file or the URL of a database; a file in the result folder where it is None.
        annotated: Where annotated copies go; the result folder where it is None.
        json_file: Where all results are to be written as JSON too.
        jobs: How many processes.
        cluster: The address of a Dask cluster that checks in their place.
        command: What the ledger notes as the command that was run.
        progress: Shows how far the checks are.

    Raises:
        NothingToConsolidate: There is no workbook.
        PackError: The pack is not there or wrong.
        RosterError: The roster cannot be used.
        LedgerError: The ledger cannot be read or written.
        OSError: A file cannot be read or written.
    """
    folders = [Path(place) for place in places]
    results = _results(folders)
    book = Path(output) if output else results / BOOK
    own = {path.resolve() for path in (book, Path(roster) if roster else book)}
    sources = find_sources(folders, Path(annotated) if annotated else None)
    sources = [source for source in sources if source.file.resolve() not in own]
    if not sources:
        raise NothingToConsolidate("给出的文件夹里没有工作簿(.xlsx 或 .xlsm)。")
    loaded = pack if isinstance(pack, Pack) else load_pack(pack or _usual_pack(sources))
    listing, name = _listing(Path(roster)) if roster else (None, "")
    place = ledger if ledger is not None else results / LEDGER
    for needed in (book, *([Path(place)] if "://" not in str(place) else [])):
        needed.parent.mkdir(parents=True, exist_ok=True)
    sweep(book.parent)
    with open_ledger(place) as opened, opened.run(command, loaded) as run:
        memory = _remember(opened, run, sources)
        given = _given(listing)
        fresh = _check(memory, partial(booking, given), loaded, (jobs, cluster), progress)
        with _nothing_collected():
            arrivals = _arrivals(memory, partial(Arrival.of, pack=loaded, given=given), fresh)
            listing = listing or found(one for one in arrivals if one.is_of(loaded))
            standings, aside = decide(arrivals, listing, loaded)
            counted = _Counted(memory, listing, standings, loaded)
            county = build(
                loaded,
                f"{name}{loaded.fiscal_year}年度{loaded.title}",
                listing,
                standings,
                aside,
                counted=counted,
                resent=_resent(memory, listing, standings, loaded),
                previous=opened.previous(loaded.fiscal_year, [d.code for d in listing.departments if d.code]),
            )
            _write(county, book, json_file)
            opened.decide(run, _decisions(county, listing, standings))
            opened.keep_figures(run, loaded, counted.figures)
        return Consolidated(county, book, opened.where, len(fresh))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without Python's search for objects that hold each other.

    A county's lines and cells are millions that are needed to the end, and none does: the search would
    go through all of them again and again, a tenth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _results(places: Sequence[Path]) -> Path:
    """The result folder: in the first folder, or beside the first file."""
    first = places[0] if places else Path()
    return (first if first.is_dir() else first.parent) / RESULTS


def _usual_pack(sources: Iterable[Source]) -> str:
    """The pack that most of the first workbooks name; of two the one that is named first."""
    named = Counter(named_pack([source]) for source in islice(sources, ASKED))
    named.pop(None, None)
    return max(named, key=lambda name: named[name]) or "" if named else default_pack()


def _listing(roster: Path) -> tuple[Listing, str]:
    """The departments of a roster, and the county's name."""
    read = read_roster(roster)
    departments = (
        Department(
            name=one.name,
            code=one.code,
            contact=" ".join(filter(None, (one.contact, one.phone))) or None,
            due=one.due or None,
            units=one.units,
            projects=tuple(project.name for project in one.projects),
        )
        for one in read.departments
    )
    return Listing(tuple(departments)), read.title


def _given(listing: Listing | None) -> frozenset[str]:
    """The names of projects that the bureau entered in its templates."""
    departments = listing.departments if listing else ()
    return frozenset(name for department in departments for name in department.projects)


# ---- what the ledger knows


@dataclass(frozen=True)
class _Memory:
    """What lies where now, and what the ledger knew of it before.

    Attributes:
        hashes: The content of each source that may be known: None where it cannot be opened.
        known: The status of contents that were checked in the same way before.
        first: In which run a file lay where it lies, by path, content and time.
        last: What lay at a path when it was last seen: content and how it was checked.
        ended: The runs that were not cut off, and this one.
    """

    ledger: Ledger
    run: Run
    sources: Sequence[Source]
    hashes: dict[str, str | None]
    known: dict[str, str]
    first: dict[Sighting, int]
    last: dict[str, tuple[str | None, str]]
    ended: list[int]


def _remember(ledger: Ledger, run: Run, sources: Sequence[Source]) -> _Memory:
    sizes = ledger.sizes()  # a file of a new size is new: it is read once, by who checks it
    hashes = {source.path: _hash(source) for source in sources if source.size in sizes}
    known = ledger.known(filter(None, hashes.values()), run.fingerprint)
    first: dict[Sighting, int] = {}
    last: dict[str, tuple[str | None, str]] = {}
    ended = [run.id]
    for entry in ledger.runs():
        if entry.ended is not None:
            ended.append(entry.id)
        for seen in ledger.sightings(entry):
            first.setdefault(seen, entry.id)
            last[seen.path] = (seen.sha256, entry.fingerprint)
    return _Memory(ledger, run, sources, hashes, known, first, last, sorted(set(ended)))


def _hash(source: Source) -> str | None:
    try:
        return hashlib.sha256(source.read()).hexdigest()
    except (Refused, OSError):
        return None


def _is_done(source: Source, memory: _Memory) -> bool:
    """Whether a source needs no check: its result is known and its copy is the one of this result."""
    sha256 = memory.hashes.get(source.path)
    status = memory.known.get(sha256 or "")
    if status is None:
        return False
    if status == UNREADABLE or source.copy is None:
        return True
    return memory.last.get(source.path) == (sha256, memory.run.fingerprint) and source.copy.is_file()


# ---- what there is


def _check(
    memory: _Memory,
    make: Callable[[Reviewed, Pack], Booking],
    pack: Pack,
    hands: tuple[int | None, str | None],
    progress: Progress,
) -> dict[str, Arrival]:
    """Check what is not known and book it chunk by chunk; what deciding needs of it, by source."""
    wanted = [source for source in memory.sources if not _is_done(source, memory)]
    todo = {source.path for source in wanted}
    fresh: dict[str, Arrival] = {}
    skipped = (s for s in memory.sources if s.path not in todo)
    memory.ledger.saw(memory.run, (Sighting(s.path, memory.hashes[s.path], s.modified) for s in skipped))
    with progress(len(wanted)) as done:
        jobs, cluster = hands
        for chunk in review_as(make, wanted, pack, jobs=jobs, cluster=cluster, done=done):
            sure = [one.packed for one in chunk if not one.is_unsure]
            lost = [one.packed for one in chunk if one.is_unsure]
            memory.ledger.record_packed(memory.run, sure)
            memory.ledger.saw(memory.run, [Sighting(o.source, o.sha256 or None, o.modified) for o in lost])
            fresh |= {one.arrival.source: one.arrival for one in chunk}
    return fresh


def _arrivals(
    memory: _Memory, light: Callable[[Reviewed], Arrival], fresh: dict[str, Arrival]
) -> list[Arrival]:
    """Every return as deciding needs it: those just checked, and of the ledger one after the other."""
    arrivals = list(fresh.values())
    places: dict[str, list[Source]] = {}
    for source in memory.sources:
        if source.path not in fresh:
            places.setdefault(memory.hashes[source.path] or "", []).append(source)
    for one in memory.ledger.reviewed(list(places), memory.run.fingerprint):
        arrivals += (light(_here(source, one)) for source in places[one.sha256])
    dates = memory.ledger.first_seen(one.sha256 for one in arrivals if one.sha256)

    def dated(arrival: Arrival) -> Arrival:
        first, at = dates.get(arrival.sha256, (memory.run.id, None))
        return replace(arrival, first_seen=at, order=min(run for run in memory.ended if run >= first))

    return [dated(arrival) for arrival in arrivals]


def _here(source: Source, known: Reviewed) -> Reviewed:
    """A result as that of the file that lies here: it may have been checked under another name."""
    readable = known.submission["status"] != UNREADABLE and source.copy is not None
    copy = str(source.copy) if readable else None
    return replace(known, source=source.path, modified=source.modified, copy=copy)


class _Counted:
    """The results that count, read from the ledger one after the other, as those of the files that count.

    Attributes:
        figures: By the department's code the content and its figures, of all that have been read.
    """

    def __init__(self, memory: _Memory, listing: Listing, standings: Sequence[Standing], pack: Pack):
        self.figures: dict[str, tuple[str, dict[str, int]]] = {}
        self._memory, self._pack = memory, pack
        both = zip(listing.departments, standings, strict=True)
        self._both = [(department, s.counted) for department, s in both if s.counted]

    def __iter__(self) -> Iterator[Reviewed]:
        hashes = [arrival.sha256 for _, arrival in self._both]
        results = self._memory.ledger.reviewed(hashes, self._memory.run.fingerprint)
        for (department, arrival), one in zip(self._both, results, strict=True):
            if department.code:
                self.figures[department.code] = (one.sha256, figures(one, self._pack))
            yield replace(one, source=arrival.source, modified=arrival.modified, copy=arrival.copy)


def _resent(memory: _Memory, listing: Listing, standings: Sequence[Standing], pack: Pack) -> dict[int, str]:
    """The departments whose return is what was sent back to them before, with the sentence that says so.

    A file that still lies where it lay has not been returned again: only what had been decided
    before it first lay there counts.
    """
    told = {}
    for number, (department, standing) in enumerate(zip(listing.departments, standings, strict=True)):
        if standing.counted is None:
            continue
        one = standing.counted
        came = memory.first.get(Sighting(one.source, one.sha256, one.modified), memory.run.id)
        before = replace(memory.run, id=came)
        resent = memory.ledger.resent(one.sha256, department.code, department.name, pack, run=before)
        if resent is not None:
            told[number] = resent.says
    return told


# ---- what is written


def _write(county: County, book: Path, json_file: Path | str | None) -> None:
    from workbook_tool.county.book import write  # noqa: PLC0415 - xlsxwriter is needed only here

    write(county, book)
    if json_file is not None:
        write_json(report(county, __version__), Path(json_file))


def _decisions(county: County, listing: Listing, standings: Sequence[Standing]) -> Iterator[Decision]:
    """What was decided on each department, as the ledger keeps it."""
    said = county.returns["said"]
    for department, standing, why in zip(listing.departments, standings, said, strict=True):
        sha256 = standing.counted.sha256 if standing.counted else None
        yield Decision(department.code, department.name, standing.state.value, why, sha256)
