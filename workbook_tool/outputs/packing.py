"""A Reviewed as rows and blobs for the ledger, and back out exactly as it was.

Done where the workbook was checked: what a worker sends is small, and is only written where it arrives.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

from workbook_tool.outputs.kept import Reviewed
from workbook_tool.outputs.records import Finding, Score

LEVEL = 1
"""zlib's fastest: 6 makes the blobs a sixth smaller and takes almost three times as long."""

JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
"""Nothing here is circular; not to look takes two fifths off the time."""

UNCLEAN = re.compile("[\0\ud800-\udfff]")

COUNTED = {"error": "errors", "explain": "explains", "note": "notes"}


@dataclass(frozen=True)
class Packed:
    """A Reviewed ready to be written; all that takes time is done before a transaction begins.

    Attributes:
        source: What the workbook is called.
        modified: The file's time: UTC, ISO.
        version: The row of its content, but for its number and its run.
        result: The row of its result, but for what it was checked by and its run.
        findings: The rows of what was found in it, but for the number of the result.
        scores: The rows of its scores, likewise.
    """

    source: str
    modified: str | None
    version: dict[str, Any]
    result: dict[str, Any]
    findings: list[dict[str, Any]]
    scores: list[dict[str, Any]]

    @property
    def sha256(self) -> str:
        """Of its content; empty where there was none to be had."""
        return str(self.version["sha256"])


def pack_up(reviewed: Reviewed) -> Packed:
    """The rows of a Reviewed."""
    submission = reviewed.submission
    counts = Counter(finding["severity"] for finding in submission["findings"])
    content = {f.name: getattr(reviewed, f.name) for f in fields(reviewed) if f.name != "submission"}
    result = {
        "sha256": reviewed.sha256,
        "status": submission["status"],
        **{column: counts[severity] for severity, column in COUNTED.items()},
        "copy": clean(reviewed.copy),
        "submission": _blob(submission),
        "content": _blob(content),
    }
    return Packed(
        reviewed.source,
        reviewed.modified,
        {
            "sha256": reviewed.sha256,
            "code": clean(reviewed.code),
            "department": clean(reviewed.department),
            "pack": clean(reviewed.pack),
            "size": reviewed.size,
            "saved": reviewed.saved,
        },
        result,
        [_finding(number, line) for number, line in enumerate(submission["findings"])],
        [_score(number, line) for number, line in enumerate(submission["scores"])],
    )


def unpack(submission: bytes, content: bytes) -> Reviewed:
    """The Reviewed of the two blobs; what an older tool did not keep is None."""
    parts = _plain(content)
    parts["computed"] = [tuple(line) for line in parts["computed"]]
    kept = {f.name: parts.get(f.name) for f in fields(Reviewed) if f.name != "submission"}
    return Reviewed(**kept, submission=_plain(submission))


def clean(text: str | None) -> str | None:
    """A text as every database takes it: no NUL, no half of a surrogate pair."""
    if text is None or not UNCLEAN.search(text):
        return text
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _blob(content: Any) -> bytes:
    return zlib.compress(JSON.encode(content).encode("utf-8", "surrogatepass"), LEVEL)


def _plain(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob).decode("utf-8", "surrogatepass"))


def _finding(number: int, line: Finding) -> dict[str, Any]:
    return {
        "line": number,
        "code": line["code"],
        "severity": line["severity"],
        "sheet": clean(line["sheet"]),
        "cell": line["cell"],
        "field": clean(line["field"]),
        "value": clean(line["value"]),
        "expected": clean(line["expected"]),
        "difference": clean(line["difference"]),
        "message": clean(line["message"]),
    }


def _score(number: int, line: Score) -> dict[str, Any]:
    return {
        "line": number,
        "rubric": line["rubric"],
        "subject": clean(line["subject"]),
        "self": line["self"],
        "recomputed": line["recomputed"],
        "unproven": line["unproven"],
        "grade": clean(line["grade"]),
    }
