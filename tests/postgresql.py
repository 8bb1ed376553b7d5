"""A PostgreSQL server of the tests' own: in a temporary folder, on loopback, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

USER, PASSWORD = "ledger", "台账 p@ss"
NUMBERS = count(1)
SEARCH = "?options=-c%20search_path%3D"
"""Stands in a URL before the name of a schema."""


@dataclass(frozen=True)
class Server:
    """A server that is running."""

    port: int

    def url(self, database: str, password: str = PASSWORD, port: int | None = None) -> str:
        from sqlalchemy import URL

        address = URL.create("postgresql", USER, password, "127.0.0.1", port or self.port, database)
        return address.render_as_string(hide_password=False)

    def new(self) -> str:
        """The URL of a place for a new ledger: a schema of its own, which is quicker than a database."""
        schema = f"ledger_{next(NUMBERS)}"
        self.say(f"CREATE SCHEMA {schema}")
        return f"{self.url('postgres')}{SEARCH}{schema}"

    def say(self, sql: str) -> None:
        """Run a statement beside all that goes on."""
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(sql.encode())


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, those of the newest version."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parent.parent.name)
    )
    path = found[-1] if found else shutil.which("initdb")
    return Path(path).parent if path else None


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Start a server and stop it again.

    Args:
        folder: Where PostgreSQL's programs are.
    """
    home = Path(tempfile.mkdtemp(prefix="workbook-tool-postgresql-"))
    try:
        (home / "password").write_text(PASSWORD, encoding="utf-8")
        other = _other_user(home)
        data, log = str(home / "data"), str(home / "log")
        _run(
            [*other, folder / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "-E", "UTF8"],
            ["--locale=C", "--no-sync", f"--pwfile={home / 'password'}"],
        )
        port = _free_port()
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories="
        _run([*other, folder / "pg_ctl", "-D", data, "-l", log, "-w"], ["-o", settings, "start"])
        try:
            yield Server(port)
        finally:
            _run([*other, folder / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _other_user(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: words that run it as its own user there."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    for path in (home, *home.iterdir()):
        shutil.chown(path, "postgres", "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(*words: Sequence[str | Path]) -> None:
    command = [str(word) for some in words for word in some]
    # The server keeps what it was given for output: a pipe would never end.
    done = subprocess.run(
        command, cwd=tempfile.gettempdir(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, command


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
