"""Which of the returned workbooks counts, how each department stands, and what is set aside.

The same files in any order give the same answer: everything is decided by content, times and
paths. The rules stand in `stated.RULES` in the words that the consolidated workbook shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from workbook_tool.county.arrivals import UNREADABLE, Arrival
from workbook_tool.county.identify import Listing, identify
from workbook_tool.county.types import State, Why
from workbook_tool.model import Pack

BEIJING = timezone(timedelta(hours=8))
"""Due dates and all times told are those of the one time zone of the country."""

STATES = {"errors": State.RETURNED, "explain": State.EXPLAIN, "passed": State.PASSED}

SAVED, MODIFIED, SEEN, PATH = "办公软件最后保存的时间", "文件修改时间", "台账见到的先后", "文件路径的先后"
"""By what one version is chosen before another, in this order."""


@dataclass(frozen=True)
class Standing:
    """How a department stands.

    Attributes:
        counted: The version that counts; None where none does.
        versions: How many different files it has sent, those of an old edition and those that
            cannot be read included.
        chosen: Why this version, what else came; empty where there is nothing to tell.
        next: What to do next.
    """

    counted: Arrival | None
    state: State
    late: bool
    versions: int
    chosen: str
    next: str


@dataclass(frozen=True)
class Aside:
    """A file that does not count; `department` is a name, `counted` the path that counts instead."""

    arrival: Arrival
    department: str | None
    why: Why
    sentence: str
    counted: str | None = None


@dataclass
class _Sent:
    """What came from one department, each kind with what is told of it."""

    readable: list[Arrival] = field(default_factory=list)
    unreadable: list[Arrival] = field(default_factory=list)
    outdated: list[Arrival] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


def decide(arrivals: Iterable[Arrival], listing: Listing, pack: Pack) -> tuple[list[Standing], list[Aside]]:
    """How each department of a listing stands, in its order, and all that does not count, by path."""
    sent = [_Sent() for _ in listing.departments]
    different, aside = _different(sorted(arrivals, key=lambda a: a.path))
    remarks: dict[int, list[str]] = {}
    for arrival in different:
        owner = identify(arrival, listing)
        why, sentence = _unfit(arrival, pack)
        name = None if owner.number is None else listing.departments[owner.number].name
        if owner.number is None or why in (Why.FOREIGN, Why.EMPTY):
            if why is None:
                why, sentence = owner.why, owner.sentence
            assert why is not None and sentence is not None
            aside.append(Aside(arrival, name, why, sentence))
            for number in owner.concerns if owner.number is None else (owner.number,):
                remarks.setdefault(number, []).append(f"“{shown(arrival)}”没有计入：{sentence}")
            continue
        if owner.sentence is not None:
            sent[owner.number].told[arrival.path] = owner.sentence
        _pile(sent[owner.number], why).append(arrival)
        if why is not None:
            assert sentence is not None
            aside.append(Aside(arrival, name, why, sentence))
    standings = []
    for number, (department, one) in enumerate(zip(listing.departments, sent, strict=True)):
        standing = _standing(one, department.due, remarks.get(number, []))
        standings.append(standing)
        aside += _superseded(one, standing.counted, department.name)
    return standings, sorted(_pointed(aside, sent, standings, listing), key=lambda a: a.arrival.path)


def shown(arrival: Arrival) -> str:
    """The name of a file without its folders."""
    return re.split("[/!]", arrival.path)[-1]


def local(moment: str | None) -> str:
    """A moment as a clerk reads it; UTC and ISO in, Beijing time out."""
    if moment is None:
        return "时间不明"
    return datetime.fromisoformat(moment).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def _different(arrivals: Sequence[Arrival]) -> tuple[list[Arrival], list[Aside]]:
    """The first of each content, and the others as duplicates; what could not be opened has none."""
    first: dict[str, Arrival] = {}
    different, aside = [], []
    for arrival in arrivals:
        one = first.setdefault(arrival.sha256, arrival) if arrival.sha256 else arrival
        if one is arrival:
            different.append(arrival)
            continue
        sentence = f"与“{shown(one)}”内容完全相同，以那一份为准。"
        if _folder(one) != _folder(arrival):
            sentence = f"与“{one.path}”内容完全相同，以那一份为准。两份放在不同的文件夹，请核对是不是放错了。"
        aside.append(Aside(arrival, None, Why.DUPLICATE, sentence))
    return different, aside


def _folder(arrival: Arrival) -> str:
    return re.sub("[^/!]*$", "", arrival.path)


def _unfit(arrival: Arrival, pack: Pack) -> tuple[Why | None, str | None]:
    """Why a workbook cannot count, whoever sent it."""
    if arrival.sha256 and not arrival.size:
        return Why.EMPTY, "文件是空的，没有内容。请重新报送。"
    if arrival.pack is not None and arrival.pack != pack.name:
        return _of_another(arrival.pack, pack)
    if arrival.foreign is not None:
        return Why.FOREIGN, arrival.foreign
    if arrival.status == UNREADABLE:
        return Why.UNREADABLE, arrival.first or "文件无法读取。"
    if not arrival.entered:
        return Why.EMPTY, "表里什么也没有填。请填好再报。"
    return None, None


def _of_another(named: str, pack: Pack) -> tuple[Why, str]:
    """What is told of a workbook that was made from another pack, or another edition of this one."""
    wanted = f"本次应使用“{pack.title}”({pack.name})的模板。"
    of, _, edition = named.rpartition("/")
    if of == pack.id:
        return Why.OUTDATED, f"这个文件用的是“{edition}”版模板。{wanted}"
    return Why.FOREIGN, f"这个文件是用“{named}”的模板填的。{wanted}"


def _pile(sent: _Sent, why: Why | None) -> list[Arrival]:
    if why is None:
        return sent.readable
    return sent.outdated if why is Why.OUTDATED else sent.unreadable


def _standing(sent: _Sent, due: str | None, remarks: Sequence[str]) -> Standing:
    versions = len(sent.readable) + len(sent.unreadable) + len(sent.outdated)
    told = "".join(remarks)
    if not sent.readable:
        state, next_ = _nothing_counts(sent, due)
        return Standing(None, state, False, versions, told, next_)
    counted = max(sent.readable, key=lambda a: a.age)
    state = STATES[counted.status]
    chosen = "".join(_choice(sent, counted)) + sent.told.get(counted.path, "") + told
    first = min(filter(None, (a.received for a in sent.readable)), default=None)
    return Standing(counted, state, _after(first, due), versions, chosen, _next(state, counted))


def _nothing_counts(sent: _Sent, due: str | None) -> tuple[State, str]:
    """The state of a department of which nothing counts, and what to do next."""
    last = max((*sent.unreadable, *sent.outdated), key=lambda a: a.age, default=None)
    if last is None:
        by = f"应于{due}前报送，" if due else ""
        return State.MISSING, f"{by}还没有收到，请催报。"
    if last in sent.unreadable:
        return State.UNREADABLE, f"收到的“{shown(last)}”无法读取，请联系部门重新报送。"
    return State.OUTDATED, f"收到的“{shown(last)}”用的不是本次的模板，请部门换用本次下发的模板重新填报。"


def _choice(sent: _Sent, counted: Arrival) -> Iterable[str]:
    """Which version was taken, by what, and what newer one was not."""
    if len(sent.readable) > 1:
        second = sorted(sent.readable, key=lambda a: a.age)[-2]
        by = _by(counted, second)
        yield f"收到{len(sent.readable)}个不同的版本，按{by}取最新的“{shown(counted)}”{_when(counted, by)}。"
    for pile, what in ((sent.unreadable, "无法读取"), (sent.outdated, "用的不是本次的模板")):
        for newer in pile:
            if _newer(newer, counted):
                yield f"另有更新的一份“{shown(newer)}”{what}，没有计入，请向部门核实。"


def _by(newer: Arrival, older: Arrival) -> str:
    """By what one version is newer than another."""
    names = (SAVED, MODIFIED, SEEN, PATH)
    return next(n for n, a, b in zip(names, newer.age, older.age, strict=True) if a != b)


def _when(arrival: Arrival, by: str) -> str:
    moments = {
        SAVED: arrival.saved,
        MODIFIED: arrival.modified,
    }
    return f"({local(moments[by])})" if by in moments else ""


def _newer(one: Arrival, counted: Arrival) -> bool:
    """Whether a file that may not say when it was saved is newer: by the files' times then."""
    if one.saved and counted.saved:
        return one.age > counted.age
    return (one.modified or "", one.path) > (counted.modified or "", counted.path)


def _next(state: State, counted: Arrival) -> str:
    """What to do with a return that counts."""
    errors, explains = counted.severities[:2]
    if state is State.RETURNED:
        also = f"、{explains}处需说明" if explains else ""
        return f"有{errors}处错误{also}，请把标注副本退回部门改正。"
    if state is State.EXPLAIN:
        return f"有{explains}处需说明，请部门在说明表中写明原因或改正。"
    return "没有要改的。"


def _after(received: str | None, due: str | None) -> bool:
    """Whether something came after the last day, in Beijing."""
    if received is None or due is None:
        return False
    return datetime.fromisoformat(received).astimezone(BEIJING).date().isoformat() > due


def _superseded(sent: _Sent, counted: Arrival | None, name: str) -> Iterable[Aside]:
    for older in sent.readable:
        if counted is not None and older is not counted:
            by = _by(counted, older)
            sentence = f"同一部门有更新的“{shown(counted)}”{_when(counted, by)}，按{by}取那一份。"
            yield Aside(older, name, Why.SUPERSEDED, sentence)


def _pointed(
    aside: Iterable[Aside], sent: Sequence[_Sent], standings: Sequence[Standing], listing: Listing
) -> Iterable[Aside]:
    """What is set aside, each with its department and the file that counts, where that is known."""
    owners = {
        arrival.sha256: number
        for number, one in enumerate(sent)
        for arrival in (*one.readable, *one.unreadable, *one.outdated)
        if arrival.sha256
    }
    for one in aside:
        number = owners.get(one.arrival.sha256)
        if number is None:
            yield one
            continue
        counted = standings[number].counted
        source = counted.source if counted else None
        yield replace(one, department=listing.departments[number].name, counted=source)
