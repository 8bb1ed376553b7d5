"""From addresses full of returns to tables of results: cut, checked, kept, added up.

A run that was cut off, or is done again when more has come, does only the chunks whose tables are not
there; the results are made from the tables alone and are the same whoever made them, and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workbook_tool import __version__
from workbook_tool.forms.load import default_pack, load_pack
from workbook_tool.ledger.fingerprint import fingerprint
from workbook_tool.model import Pack, PackError
from workbook_tool.settings import in_force
from workbook_tool.sources import ASKED, named_pack
from workbook_tool.survey.adding import add_up
from workbook_tool.survey.chunks import cut, listed
from workbook_tool.survey.hands import Errand, hands_of
from workbook_tool.survey.parts import FORMAT, LAST, folder_of
from workbook_tool.survey.storage import Place
from workbook_tool.survey.summary import Summary, summary_of
from workbook_tool.survey.work import Settings, loaded_of, make_ready, packed
from workbook_tool.workers import Limits

MANIFEST, SUMMARY = "manifest.json", "summary.json"

Progress = Callable[[], AbstractContextManager[Callable[[int], None]]]
"""What it opens is told how many more files are done."""


class SurveyError(Exception):
    """It cannot be done; the sentence says why and what to do."""


@dataclass(frozen=True)
class Surveyed:
    """What a run came to.

    Attributes:
        out: Where everything lies.
        summary: The results in short.
        known: How many files lay in chunks that were done before.
    """

    out: str
    summary: Summary
    known: int


def survey(
    addresses: Sequence[str],
    output: str,
    *,
    pack: Pack | str | None = None,
    annotated: str | None = None,
    level: int = 1,
    jobs: int | None = None,
    cluster: str | None = None,
    limits: Limits | None = None,
    progress: Progress = lambda: nullcontext(lambda number: None),
) -> Surveyed:
    """Check all workbooks at some addresses and add them up.

    Args:
        addresses: Folders or files: paths, or URLs of any kind that fsspec knows. Where there are
            several, the last part of each stands before the paths of its files.
        output: The address that takes parts, tables, manifest and summary.
        pack: The pack; the one that the first workbooks name where it is None.
        annotated: The address that takes annotated copies.
        level: How many folders deep the counties lie.
        jobs: How many processes; as many as there are cores where it is None. 1 is this process:
            then no limit holds.
        cluster: The address of a Dask cluster that checks in their place.
        limits: What one workbook may take before it is given up.
        progress: Shows how far the checks are.

    Raises:
        SurveyError: There is nothing to check, or the addresses are in each other's way.
        StorageError: An address cannot be read or written.
        PackError: The pack is not there or wrong.
        WorkersError: The processes cannot be started, or there is no such cluster.
    """
    places, out = [Place(one) for one in addresses], Place(output)
    besides = [out, *([Place(annotated)] if annotated else [])]
    _check_apart(places, besides)
    loaded = pack if isinstance(pack, Pack) else load_pack(pack or _named(places, besides))
    if loaded.folder is None:
        raise PackError("模板包不在文件夹里，不能发给处理进程。")
    settings = Settings(
        places=tuple(place.url for place in places),
        out=out.url,
        annotated=besides[1].url if annotated else None,
        pack=packed(loaded) if cluster else loaded.folder,
        fingerprint=fingerprint(loaded),
    )
    limits = limits or in_force(Limits)
    own = make_ready(Settings(**{**vars(settings), "pack": loaded.folder}))
    there = {name.partition(".")[0] for name in out.names(folder_of(LAST))}
    with progress() as done:
        errand = Errand(own, _way(settings, loaded), there, limits, done)
        with hands_of(settings, jobs, cluster, limits) as hands:
            names = list(errand.run(hands, cut(listed(places, besides))))
    if not names:
        raise SurveyError(f"{'、'.join(f'“{one}”' for one in addresses)}里没有工作簿(.xlsx 或 .xlsm)。")
    _put(out, MANIFEST, _manifest(settings, loaded, level, names))
    rows = add_up(out, names, loaded, level)
    summary = summary_of(out, loaded, rows)
    _put(out, SUMMARY, {"tool": f"workbook-tool {__version__}", "pack": loaded.name, **summary.plain})
    return Surveyed(output, summary, errand.known)


def _check_apart(places: Sequence[Place], besides: Sequence[Place]) -> None:
    """What is read and what is written must be told apart, and so must several inputs."""
    for place in places:
        for other in besides:
            if f"{place.url}/".startswith(f"{other.url}/"):
                raise SurveyError(f"报表所在的“{place.url}”在结果的“{other.url}”里面，请把结果写到别处。")
    names = [place.name for place in places]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SurveyError(f"有两个地址都叫“{twice}”，结果里分不清。请改名，或给出它们的上一级文件夹。")


def _named(places: Sequence[Place], besides: Sequence[Place]) -> str:
    """The pack that one of the first workbooks names, else the usual one."""
    first = list(islice(listed(places, besides), ASKED))
    return named_pack(source for source, _ in loaded_of(first, places)) or default_pack()


def _way(settings: Settings, pack: Pack) -> str:
    """Everything that the parts depend on but the files."""
    county = pack.county.model_dump_json() if pack.county else ""
    digest = hashlib.sha256("\0".join((FORMAT, settings.fingerprint, county)).encode())
    digest.update(f"\0{settings.annotated}".encode())
    return digest.hexdigest()


def _manifest(settings: Settings, pack: Pack, level: int, names: Sequence[str]) -> dict[str, Any]:
    """What a run read and which parts hold its results, in their order."""
    return {
        "tool": f"workbook-tool {__version__}",
        "pack": pack.name,
        "fingerprint": settings.fingerprint,
        "inputs": list(settings.places),
        "annotated": settings.annotated,
        "level": level,
        "parts": list(names),
    }


def _put(out: Place, name: str, content: dict[str, Any]) -> None:
    out.put(name, f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode())
