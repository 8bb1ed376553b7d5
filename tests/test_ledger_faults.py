"""Nothing is lost, doubled or torn, whatever happens to a run; and what happened is said in a sentence."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

import ledgers
import postgresql
from ledgers import contents, reviewed
from smallpack import pack_with
from workbook_tool.ledger import Ledger, LedgerError, fingerprint, open_ledger, opening
from workbook_tool.ledger.opening import shared_in

PACK = pack_with()


# ---- cut off ----


def undisturbed(folder: Path, number: int) -> dict[str, list[str]]:
    place = str(folder / "undisturbed.db")
    list(ledgers.record_missing(place, [reviewed(n) for n in range(number)]))
    with open_ledger(place) as ledger:
        return contents(ledger)


def killed_at_random(place: str, kills: int, number: int, rng: random.Random) -> int:
    """Start recording and kill it, again and again; how often it was not done yet when it was killed."""
    effective = 0
    for _ in range(kills):
        process, begun = ledgers.start(place, 0, number)
        begun.recv()
        time.sleep(rng.uniform(0, 0.25))
        process.kill()
        process.join()
        effective += process.exitcode != 0
    return effective


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kills", [pytest.param(6, id="few"), pytest.param(60, id="many", marks=pytest.mark.slow)]
)
def test_a_run_that_was_killed_is_finished_by_the_next(ledger_place: str, kills: int, tmp_path: Path) -> None:
    number = 80 * kills
    killed = killed_at_random(ledger_place, kills, number, random.Random(kills))
    list(ledgers.record_missing(ledger_place, [reviewed(n) for n in range(number)]))
    with open_ledger(ledger_place) as ledger:
        assert contents(ledger) == undisturbed(tmp_path, number)
        assert sum(run.ended is None for run in ledger.runs()) <= killed
        if ledger_place.endswith(".db"):
            with ledger.engine.connect() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    assert killed >= kills // 2


class Broken(OSError):
    """What a disk says that does not do its part."""


@contextmanager
def failing(ledger: Ledger, what: str, nth: int) -> Iterator[list[int]]:
    """Let the n-th statement or commit fail; the list grows by one with each that is tried."""
    tried: list[int] = []

    def fails(*_: object) -> None:
        tried.append(1)
        if len(tried) == nth:
            raise Broken(5, "Input/output error")

    event.listen(ledger.engine, what, fails)
    try:
        yield tried
    finally:
        event.remove(ledger.engine, what, fails)


@pytest.mark.parametrize("what", ["before_cursor_execute", "commit"])
def test_whichever_write_fails_the_next_run_finishes(ledger_place: str, what: str, tmp_path: Path) -> None:
    with open_ledger(ledger_place) as ledger:
        for nth in range(1, 100):
            some = [reviewed(n) for n in range(5 * nth - 5, 5 * nth)]
            with failing(ledger, what, nth) as tried:
                try:
                    with ledger.run("check", PACK) as run:
                        ledger.record(run, some[:3])
                        ledger.record(run, some[3:])
                except LedgerError as problem:
                    assert "读写台账" in str(problem)
            kept = set(ledger.known([one.sha256 for one in some], fingerprint(PACK)))
            assert kept in (set(), {one.sha256 for one in some[:3]}, {one.sha256 for one in some})
            list(ledgers.record_missing(ledger_place, some))
            if len(tried) < nth:
                break
        else:
            pytest.fail("never got through")
        assert nth > (2 if what == "commit" else 10)
        assert contents(ledger) == undisturbed(tmp_path, 5 * nth)


def test_a_full_disk_is_told_and_the_next_run_finishes(tmp_path: Path) -> None:
    place, some = str(tmp_path / "l.db"), [reviewed(n) for n in range(500)]
    with open_ledger(place) as ledger, ledger.run("check", PACK) as run:
        ledger.record(run, some[:100])
        ledger.engine.dispose()

        @event.listens_for(ledger.engine, "connect")
        def small(connection: DBAPIConnection, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA page_count")
            (pages,) = cursor.fetchone() or (0,)
            cursor.execute(f"PRAGMA max_page_count = {pages + 10}")
            cursor.close()

        with pytest.raises(LedgerError, match="磁盘空间不足，请清理后再试。已经记下的不会丢。"):
            ledger.record(run, some[100:])
        assert len(ledger.known([one.sha256 for one in some], run.fingerprint)) == 100
    list(ledgers.record_missing(place, some))
    with open_ledger(place) as ledger:
        assert contents(ledger) == undisturbed(tmp_path, 500)


# ---- told ----


def told(place: str | Path) -> str:
    """The sentence that opening a ledger ends with: one line, Chinese, no password."""
    with pytest.raises(LedgerError) as problem:
        open_ledger(place)
    says = str(problem.value)
    assert says.endswith("。") and "\n" not in says and "Error" not in says
    assert postgresql.PASSWORD not in says
    return says


@pytest.mark.parametrize("content", [b"x", b"not a ledger " * 100, b"PK\3\4" + bytes(3000)])
def test_another_file_is_no_ledger(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    assert told(path) == f"“{path}”不是台账文件。请换一个文件名，或指明原来的台账。"
    assert path.read_bytes() == content


def test_another_database_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "别的.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE pictures (name TEXT)")
    connection.commit()
    connection.close()
    assert "不是台账文件" in told(path)


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    assert "不是台账文件" in told(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "打不开或写不进去" in told(tmp_path / "没有" / "l.db")


@pytest.mark.skipif(sys.platform == "win32", reason="folders are made read-only in another way there")
def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    shut = tmp_path / "只读"
    shut.mkdir(mode=0o555)
    with as_nobody():
        assert "打不开或写不进去" in told(shut / "l.db")


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user who has no rights: root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    list(ledgers.record_missing(str(path), [reviewed(n) for n in range(50)]))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(content)
    assert "已经损坏，请用备份替换" in told(path)


def test_a_newer_ledger_is_told(ledger_place: str) -> None:
    with open_ledger(ledger_place) as ledger, ledger.engine.begin() as connection:
        connection.execute(text("UPDATE ledger SET version = 99"))
    assert "较新的 workbook-tool 建的（台账版本99，本工具只认到1）。请升级" in told(ledger_place)


def test_a_ledger_in_use_is_waited_for_and_then_told(
    ledger_place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_ledger(ledger_place) as busy, busy.engine.execution_options(writes=True).begin():
        monkeypatch.setattr(opening, "WAIT", 0.05)
        with open_ledger(ledger_place) as ledger, pytest.raises(LedgerError, match="正被另一个程序占用"):
            ledger.run("check", PACK).__enter__()
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://a:b@c/d", "不支持“mysql://”"),
        ("duckdb:///a.db", "不支持“duckdb://”"),
        ("sqlite://", "不支持“sqlite://”"),
        ("postgresql://:x:y:z/", "不支持“postgresql://”"),
    ],
)
def test_other_databases_are_refused(url: str, says: str) -> None:
    assert says in told(url)


def test_a_driver_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert 'pip install "workbook-tool[postgresql]"' in told("postgresql://a:b@c/d")


def test_a_server_that_cannot_be_reached_is_told(postgresql_server: postgresql.Server) -> None:
    assert "连不上台账数据库“postgresql://" in told(postgresql_server.url("x", port=1))


def test_a_wrong_password_is_told(postgresql_server: postgresql.Server) -> None:
    assert "不接受这个用户名或密码" in told(postgresql_server.url("postgres", password="错的"))


def test_a_database_that_is_not_there_is_told(postgresql_server: postgresql.Server) -> None:
    assert "没有这个数据库或用户" in told(postgresql_server.url("nothing_here"))


def test_tables_of_others_are_left_alone(postgresql_server: postgresql.Server) -> None:
    url = postgresql_server.new()
    postgresql_server.say(f"CREATE TABLE {url.rpartition(postgresql.SEARCH)[2]}.runs (distance int)")
    assert "不是台账文件" in told(url)


def test_a_server_that_goes_away_is_told_and_found_again(postgresql_server: postgresql.Server) -> None:
    others = "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    with open_ledger(postgresql_server.new()) as ledger, ledger.run("check", PACK) as run:

        def ended(*_: object) -> None:
            postgresql_server.say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {others}")

        event.listen(ledger.engine, "commit", ended)
        with pytest.raises(LedgerError, match="连接中断了，请稍后再试。已经记下的不会丢。"):
            ledger.record(run, [reviewed(1)])
        event.remove(ledger.engine, "commit", ended)
        assert ledger.versions("001") == []
        ledger.record(run, [reviewed(1)])
        assert len(ledger.versions("001")) == 1


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
//server/share /mnt/公共\\040盘 cifs rw 0 0
/dev/sdb1 /mnt/公共\\040盘/local ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("/home/a/l.db", False),
        ("/mnt/公共 盘/l.db", True),
        ("/mnt/公共 盘/local/l.db", False),
        ("/mnt/l.db", False),
    ],
)
def test_a_share_is_known_by_where_it_is_mounted(path: str, shared: bool) -> None:
    assert shared_in(MOUNTS, Path(path)) is shared


def test_on_a_share_no_write_ahead_log_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "on_a_share", lambda path: True)
    with open_ledger(tmp_path / "l.db") as ledger, ledger.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "delete"
