"""A restore on PostgreSQL is whole or not at all, and nobody sends from it unasked."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.ledger.copies.copying import child, done
from tests.ledgers import (
    add_account,
    add_contract,
    check_counts,
    execute,
    in_flight,
    running,
    turn,
    value,
)
from tests.opened import open_ledger
from tests.waiting import wait_until
from wa_desktop.clock import SECOND, now
from wa_desktop.errors import InvalidInput, LedgerBusy, LedgerDamaged, LedgerError, LedgerNewer
from wa_desktop.ledger.copies.backup import back_up, list_backups
from wa_desktop.ledger.copies.pg_dump import check_dump
from wa_desktop.ledger.copies.postgres_restore import place_of, restore_postgres
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import RateLimit
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState, MessageState

Facts = tuple[list[str], list[tuple[object, ...]]]
PASSWORD = "a-password-of-the-tests"


@pytest.fixture
def url(postgres_url: str) -> str:
    """A ledger in which a worker held claimed and begun messages when it ended."""
    with closing(open_ledger(postgres_url)) as ledger:
        add_account(ledger, rate=RateLimit(max=100, duration_ms=1_000), concurrency=100)
        running(ledger, 50, name="running")
        add_contract(ledger, 5, name="draft")
        turn(ledger, ledger.workers.register(), free=100)
    return postgres_url


@pytest.fixture
def dump(url: str, tmp_path: Path) -> Path:
    """Its dump; since then another program had the ledger and its worker is gone."""
    with closing(Database(url)) as database:
        made = back_up(database, tmp_path / "backups")
        with database.write():
            database.run("UPDATE workers SET ended_at = 1")
            database.run("INSERT INTO events (at, kind, text) VALUES (1, 'mark', 'old')")
    alone(url)
    return made.path


def alone(url: str) -> None:
    """Wait until nobody is connected: a backend outlives its program by a moment."""

    def none_left() -> bool:
        name = url.rpartition("/")[2]
        with psycopg.connect(url.rpartition("/")[0] + "/postgres") as connection:
            row = connection.execute(
                "SELECT COUNT(1) FROM pg_stat_activity WHERE datname = %s", (name,)
            ).fetchone()
        return row == (0,)

    wait_until(none_left, "nobody to be connected")


def facts(url: str) -> Facts:
    """The marks in a ledger, and the state of its contracts."""
    with psycopg.connect(url) as connection:
        marks = connection.execute("SELECT text FROM events WHERE kind = 'mark'").fetchall()
        states = connection.execute(
            "SELECT name, state, state_reason FROM contracts ORDER BY id"
        ).fetchall()
    return [row[0] for row in marks], states


OLD: Facts = (["old"], [("running", "running", None), ("draft", "draft", None)])
NEW: Facts = ([], [("running", "paused", "restored"), ("draft", "draft", None)])


def dropped_on(url: str, sql: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql.encode())
    alone(url)


def test_what_was_on_its_way_is_in_doubt_and_the_rest_waits_in_a_paused_contract(
    url: str, dump: Path, tmp_path: Path
) -> None:
    assert facts(url) == OLD
    alone(url)
    made = restore_postgres(dump, url, tmp_path / "backups")
    assert (made.made_safe.contracts_paused, made.made_safe.workers_ended) == (1, 1)
    doubtful = made.made_safe.messages_in_doubt
    assert doubtful
    assert made.made_safe.messages_waiting == 50 - doubtful
    assert facts(url) == NEW
    with closing(open_ledger(url)) as ledger:
        [contract] = ledger.contracts.in_states([ContractState.PAUSED])
        assert (contract.counts.in_doubt, contract.counts.active) == (doubtful, 0)
        check_counts(ledger, contract.id)
        assert in_flight(ledger) == 0
        assert ledger.workers.alive() == ()
        assert ledger.uid() == made.made_safe.ledger
        [first, *_] = ledger.messages.ids(
            contract.id, MessageFilter(states=(MessageState.IN_DOUBT,))
        )
        assert [one.kind for one in ledger.messages.history(first).events] == ["in_doubt"]


def test_a_restored_ledger_takes_new_rows_and_sends_once_it_is_resumed(
    url: str, dump: Path, tmp_path: Path
) -> None:
    restore_postgres(dump, url, tmp_path / "backups")
    with closing(open_ledger(url)) as ledger:
        worker = ledger.workers.register()
        assert turn(ledger, worker, free=100).granted == ()
        more = running(ledger, 3, name="more")
        [paused] = ledger.contracts.in_states([ContractState.PAUSED])
        ledger.contracts.move(paused.id, ContractState.QUEUED)
        while ledger.work.prepare_slice(paused.id):
            pass
        at = now() + 10 * SECOND
        granted = turn(ledger, worker, free=100, at=at).granted
        assert granted
        check_counts(ledger, paused.id, more.id)


def test_the_old_ledger_is_dumped_first_and_can_be_restored_in_its_turn(
    url: str, dump: Path, tmp_path: Path
) -> None:
    made = restore_postgres(dump, url, tmp_path / "backups")
    assert made.replaced is not None
    assert made.replaced.name.startswith("before-restore-20")
    assert stat.S_IMODE(made.replaced.stat().st_mode) == 0o600
    check_dump(made.replaced)
    assert [one.path for one in list_backups(tmp_path / "backups")] == [dump]
    alone(url)
    again = restore_postgres(made.replaced, url, tmp_path / "backups")
    assert facts(url) == (["old"], NEW[1])
    assert again.replaced is not None
    assert made.replaced.exists()


def test_an_empty_database_becomes_the_ledger(
    url: str, dump: Path, tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    target = postgres_databases()
    assert restore_postgres(dump, target, tmp_path / "backups").replaced is None
    assert facts(target) == NEW


def test_tables_of_others_stay_as_they_are(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE others (id serial PRIMARY KEY, x text)")
        connection.execute("CREATE INDEX others_x ON others (x)")
        connection.execute("INSERT INTO others (x) VALUES ('then')")
        connection.execute("UPDATE workers SET ended_at = 1")
    whole = tmp_path / "whole.dump"
    run_pg_dump(url, whole)
    dropped_on(url, "UPDATE others SET x = 'now'")
    restore_postgres(whole, url, tmp_path / "backups")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT x FROM others").fetchall() == [("now",)]
    assert facts(url)[1] == NEW[1]


def run_pg_dump(url: str, target: Path) -> None:
    subprocess.run(
        ["pg_dump", "--format=custom", f"--dbname={url}", f"--file={target}"], check=True
    )
    alone(url)


def test_a_program_that_has_the_ledger_open_is_named_and_refuses_it(
    url: str, dump: Path, tmp_path: Path
) -> None:
    with (
        psycopg.connect(url, application_name="a-report"),
        pytest.raises(LedgerBusy, match=r"open elsewhere: a-report of wa at 127\.0\.0\.1"),
    ):
        restore_postgres(dump, url, tmp_path / "backups")
    assert facts(url) == OLD
    assert list((tmp_path / "backups").glob("before-restore-*")) == []


@pytest.mark.parametrize(("seen", "refused"), [(3, True), (30, False)])
def test_a_worker_that_lives_without_a_connection_is_named_and_refuses_it(
    url: str, dump: Path, tmp_path: Path, seen: int, refused: bool
) -> None:
    last = now() - seen * SECOND
    dropped_on(url, f"UPDATE workers SET ended_at = NULL, host = 'another', last_seen = {last}")
    if refused:
        with pytest.raises(LedgerBusy, match=r"A worker is alive: process \d+ on another, seen"):
            restore_postgres(dump, url, tmp_path / "backups")
        assert facts(url) == OLD
    else:
        restore_postgres(dump, url, tmp_path / "backups")
        assert facts(url) == NEW


def test_a_worker_of_this_machine_whose_process_ended_is_in_nobodys_way(
    url: str, dump: Path, tmp_path: Path
) -> None:
    gone = max(psutil.pids()) + 1_000
    dropped_on(url, f"UPDATE workers SET ended_at = NULL, pid = {gone}, last_seen = {now()}")
    restore_postgres(dump, url, tmp_path / "backups")
    assert facts(url) == NEW


def test_two_restores_at_once_are_one_after_the_other_or_one_refused(
    url: str, dump: Path, tmp_path: Path
) -> None:
    with standing_still(dump, url, tmp_path / "backups", 20) as first:
        with pytest.raises(LedgerBusy):
            restore_postgres(dump, url, tmp_path / "backups")
        first.send_signal(signal.SIGCONT)
        assert first.communicate(timeout=60)[0] == "done\n"
    assert facts(url) == NEW


@contextmanager
def standing_still(
    dump: Path, url: str, folder: Path, statement: int
) -> Iterator["subprocess.Popen[str]"]:
    """A restore in a process of its own, stopped before a statement until SIGCONT."""
    with child("restore-postgres", dump, url, folder, "stop", statement) as process:
        try:
            wait_until(
                lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED,
                "it to stand still",
            )
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("statement", [18, 24, 40, 64])
def test_a_program_that_comes_in_between_finds_all_paused(
    url: str, dump: Path, tmp_path: Path, statement: int
) -> None:
    with (
        standing_still(dump, url, tmp_path / "backups", statement) as restoring,
        child("claim-postgres", url) as worker,
    ):
        wait_until(lambda: waits_or_ended(url, worker.pid), "the worker to wait its turn")
        restoring.send_signal(signal.SIGCONT)
        printed = restoring.communicate(timeout=60)[0]
        claimed = worker.communicate(timeout=60)[0]
    assert (printed, claimed) == ("done\n", "claimed 0\n")
    assert facts(url) == NEW


def waits_or_ended(url: str, pid: int) -> bool:
    if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
        return True
    with psycopg.connect(url.rpartition("/")[0] + "/postgres") as connection:
        row = connection.execute(
            "SELECT COUNT(1) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'",
            (url.rpartition("/")[2],),
        ).fetchone()
    return row != (0,)


@pytest.mark.parametrize("statement", [1, 8, 12, 16, 17, 18, 20, 24, 32, 40, 52, 64, 76, 90])
def test_a_restore_killed_half_way_leaves_the_old_ledger_or_the_new_one(
    url: str, dump: Path, tmp_path: Path, statement: int
) -> None:
    folder = tmp_path / "backups"
    code, printed = done("restore-postgres", dump, url, folder, "die", statement)
    assert code == -signal.SIGKILL or (code, printed) == (0, "done\n")
    alone(url)
    assert facts(url) in (OLD, NEW)
    alone(url)
    restore_postgres(dump, url, folder)
    assert facts(url) == NEW


def test_a_damaged_dump_is_refused_and_the_ledger_stays(
    url: str, dump: Path, tmp_path: Path
) -> None:
    whole = dump.read_bytes()
    for cut in (len(whole) // 3, len(whole) - 700):
        dump.write_bytes(whole[:cut])
        with pytest.raises(LedgerError):
            restore_postgres(dump, url, tmp_path / "backups")
        assert facts(url) == OLD
        alone(url)
    dump.write_bytes(b"PGDMP and nothing more")
    with pytest.raises(LedgerDamaged, match="damaged, or not the dump of a ledger"):
        restore_postgres(dump, url, tmp_path / "backups")
    assert facts(url) == OLD


def test_what_is_no_dump_of_a_ledger_is_refused(
    url: str, dump: Path, tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    with pytest.raises(InvalidInput, match="There is no backup"):
        restore_postgres(tmp_path / "none.dump", url, tmp_path)
    sqlite = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{sqlite}").close()
    with pytest.raises(InvalidInput, match="a ledger on SQLite"):
        restore_postgres(sqlite, url, tmp_path)
    text = tmp_path / "text.dump"
    text.write_text("text")
    with pytest.raises(LedgerDamaged, match="not a dump of PostgreSQL"):
        restore_postgres(text, url, tmp_path)
    other = postgres_databases()
    dropped_on(other, "CREATE TABLE t (x int)")
    run_pg_dump(other, tmp_path / "other.dump")
    with pytest.raises(LedgerDamaged, match="not the dump of a ledger"):
        restore_postgres(tmp_path / "other.dump", url, tmp_path)
    assert facts(url) == OLD


def test_a_dump_of_an_older_schema_is_brought_up_and_one_of_a_newer_refused(
    url: str, tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    from tests.ledger.samples.filled import fill, migrate, samples

    oldest = samples()[0]
    source = postgres_databases()
    with closing(Database(source)) as database:
        migrate(database, oldest.migration)
        fill(database, oldest)
        old = back_up(database, tmp_path / "old")
    dropped_on(url, "UPDATE workers SET ended_at = 1")
    made = restore_postgres(old.path, url, tmp_path / "backups")
    assert made.upgraded
    assert made.made_safe.contracts_paused
    alone(url)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO schema_migration (name, applied) VALUES ('9999_x', '2030-01-01')"
        )
    alone(url)
    newer = tmp_path / "newer.dump"
    run_pg_dump(url, newer)
    with pytest.raises(LedgerNewer, match="9999_x"):
        restore_postgres(old.path, url, tmp_path / "backups")
    alone(url)
    dropped_on(url, "DELETE FROM schema_migration WHERE name = '9999_x'")
    with pytest.raises(LedgerNewer, match="9999_x"):
        restore_postgres(newer, url, tmp_path / "backups")


def test_a_view_on_the_ledger_is_named_and_the_ledger_stays(
    url: str, dump: Path, tmp_path: Path
) -> None:
    dropped_on(url, "CREATE VIEW report AS SELECT phone FROM messages")
    with pytest.raises(LedgerError, match="view report"):
        restore_postgres(dump, url, tmp_path / "backups")
    assert facts(url) == OLD


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the search path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def script(folder: Path, name: str, says: str, code: int) -> None:
    path = folder / name
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{name} (PostgreSQL) {says}"; exit 0; fi\n'
        f"exit {code}\n"
    )
    path.chmod(0o755)


def test_without_pg_restore_or_with_an_old_one_it_says_what_to_install(
    url: str, dump: Path, tools: Path, tmp_path: Path
) -> None:
    with pytest.raises(LedgerError, match=r"pg_restore was not found.*Install PostgreSQL's client"):
        restore_postgres(dump, url, tmp_path)
    script(tools, "pg_restore", "9.6.1", 1)
    with pytest.raises(LedgerError, match=r"of version 9\. Install the client of PostgreSQL 12"):
        restore_postgres(dump, url, tmp_path)
    script(tools, "pg_restore", "13.4", 1)
    spoiled = bytearray(dump.read_bytes())
    spoiled[6] = 16
    dump.write_bytes(spoiled)
    with pytest.raises(LedgerError, match=r"newer PostgreSQL.*the client of PostgreSQL 17"):
        restore_postgres(dump, url, tmp_path)
    assert facts(url) == OLD


def test_a_pg_dump_older_than_the_server_is_told_in_words(
    url: str, dump: Path, tools: Path, tmp_path: Path
) -> None:
    script(tools, "pg_dump", "9.6.1", 1)
    with closing(Database(url)) as database, pytest.raises(LedgerError, match="pg_dump here is of"):
        back_up(database, tmp_path / "backups")


def test_the_place_is_named_without_user_and_password() -> None:
    assert place_of(f"postgresql://u:{PASSWORD}@host:5433/name?x=1") == "database name on host:5433"


def test_no_password_is_on_a_command_line(
    url: str, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, folder = tmp_path / "lines", tmp_path / "bin"
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        path = folder / name
        path.write_text(f'#!/bin/sh\necho {name} "$@" >> {log}\nexec {shutil.which(name)} "$@"\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    restore_postgres(dump, url.replace("@", f":{PASSWORD}@"), tmp_path / "backups")
    lines = log.read_text()
    assert "pg_dump --format=custom" in lines
    assert "pg_restore --no-owner" in lines
    assert PASSWORD not in lines


def test_no_policy_settles_what_a_restore_put_in_doubt(url: str, tmp_path: Path) -> None:
    with closing(open_ledger(url)) as ledger:
        execute(ledger, "UPDATE contracts SET doubt_policy = 'resend', doubt_grace = 1")
        execute(ledger, "UPDATE workers SET ended_at = 1")
        made = ledger.back_up(tmp_path / "backups")
    alone(url)
    restore_postgres(made.path, url, tmp_path / "backups")
    with closing(open_ledger(url)) as ledger:
        assert leave(ledger) == 1


def leave(ledger: Ledger) -> int:
    return value(ledger, "SELECT COUNT(1) FROM contracts WHERE doubt_policy = 'leave'")


@pytest.mark.parametrize("made", [True, False])
def test_a_ledger_in_another_schema_than_public_is_refused_and_left_alone(
    dump: Path, postgres_databases: Callable[..., str], tmp_path: Path, made: bool
) -> None:
    other = postgres_databases()
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA wa")  # the user's own name: PostgreSQL prefers it
    if made:
        with closing(open_ledger(other)) as ledger:
            add_account(ledger)
            running(ledger, 5)
            with pytest.raises(LedgerError, match=r"in the schema wa, .*SET SCHEMA public"):
                ledger.back_up(tmp_path / "others")
        alone(other)
    with pytest.raises(LedgerError, match="in the schema wa"):
        restore_postgres(dump, other, tmp_path / "others")
    if made:
        with closing(open_ledger(other)) as ledger:
            [contract] = ledger.contracts.in_states([ContractState.RUNNING])
            assert contract.counts.waiting == 5
