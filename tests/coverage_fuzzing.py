"""Coverage-guided fuzzing of the doors in fuzz_targets.py, with atheris where it is installed.

    pip install -e .[fuzz]
    python tests/coverage_fuzzing.py numbers --seconds 1800 --out finds

It stops at the first find, whose input lies in the folder afterwards; keep it in
test_fuzz_targets.py. The inputs that reached something new lie there too, and the next run begins
with them. Every target without a name, one after the other; a find in one ends only that one.
"""

from __future__ import annotations

import argparse
import importlib
import random
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

NAMES = ("numbers", "references", "rules", "packages")
HANGS_AFTER = 20
"""Seconds after which an input is a find although it raised nothing …"""
MEGABYTES = 2048
"""… and memory of the whole process."""


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """Run one target in this process, which libFuzzer ends."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["workbook_tool"]):
        target = importlib.import_module("fuzz_targets").TARGETS[name]
    inputs = folder / name
    inputs.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (inputs / f"seed-{number}").write_bytes(seed)
    words = folder / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    options = [f"-max_total_time={seconds}", f"-max_len={target.longest}", f"-dict={words}", f"-timeout={HANGS_AFTER}",
               f"-rss_limit_mb={MEGABYTES}", f"-artifact_prefix={folder / name}-", "-print_final_stats=1"]  # fmt: skip

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if target.mutate is None or not data or chance.random() < 0.5:
            return bytes(atheris.Mutate(data, longest))
        return bytes(target.mutate(chance, bytes(data))[:longest])

    warnings.simplefilter("error")  # figures that overflow are told by no more than that
    atheris.Setup([sys.argv[0], *options, str(inputs)], target.run, custom_mutator=mutate)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    """As libFuzzer's dictionaries write bytes."""
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("target", nargs="?", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=60, help="of each target")
    parser.add_argument("--out", type=Path, default=Path("finds"))
    options = parser.parse_args()
    if find_spec("atheris") is None:
        sys.exit("atheris is not installed: pip install atheris (Linux and macOS only). The same targets are "
                 "tried without it by tests/test_fuzz_targets.py.")  # fmt: skip
    if options.target:
        fuzz(options.target, options.seconds, options.out)
        return
    again = [sys.executable, __file__, "--seconds", str(options.seconds), "--out", str(options.out)]
    failed = [name for name in NAMES if subprocess.run([*again, name], check=False).returncode]
    sys.exit(f"finds: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
