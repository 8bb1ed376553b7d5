"""The real workbooks that lie beside the project, and what each must come to."""

from __future__ import annotations

import csv
from pathlib import Path

import wholeway

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "corpus"
EXPECTED = Path(__file__).with_name("corpus-expected.tsv")
ABSENT = "没有真实工作簿的测试数据 (the corpus of real workbooks is not beside the project)"
FILES = sorted(path for path in FOLDER.glob("*/*") if path.is_file())


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def expected() -> dict[str, tuple[int, str]]:
    """Name -> size in bytes, and the code of the refusal or "ok"."""
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return {row["file"]: (int(row["bytes"]), row["code"]) for row in csv.DictReader(file, delimiter="\t")}


def write_expected() -> None:
    """Write what every file comes to now; look at every line that changes."""
    with EXPECTED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["file", "bytes", "code"])
        for path in FILES:
            content = path.read_bytes()
            writer.writerow([name_of(path), len(content), wholeway.gate(content)])


if __name__ == "__main__":
    write_expected()
