"""PostgreSQL servers and databases that are set up otherwise than by default."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from tests.ledgers import (
    add_account,
    check_counts,
    in_flight,
    running,
    turn,
    waiting_for_locks,
)
from tests.opened import open_ledger
from tests.waiting import wait_until
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.looking import looked_at
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.upgrade import UPGRADE_LOCK


def _set(url: str, setting: str, value: str) -> None:
    """Make it the default of all later sessions of the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {setting} = '{value}'")


def test_workers_take_turns_where_transactions_are_serializable_by_default(
    postgres_url: str,
) -> None:
    _set(postgres_url, "default_transaction_isolation", "serializable")
    with closing(open_ledger(postgres_url)) as ledger:
        add_account(ledger, concurrency=1_000)
        contract = running(ledger, 200)

        def work(worker: int) -> int:
            return sum(len(turn(ledger, worker, free=2).granted) for _ in range(20))

        workers = [ledger.workers.register() for _ in range(3)]
        with ThreadPoolExecutor(3) as pool:
            granted = sum(pool.map(work, workers))
        assert granted == in_flight(ledger) > 0
        check_counts(ledger, contract.id)


def test_a_turn_waits_for_its_account_where_the_server_waits_for_no_lock(
    postgres_url: str,
) -> None:
    _set(postgres_url, "lock_timeout", "10ms")
    with closing(open_ledger(postgres_url)) as ledger, ThreadPoolExecutor(1) as pool:
        add_account(ledger)
        running(ledger, 5)
        worker = ledger.workers.register()
        with psycopg.connect(postgres_url) as other:
            other.execute("SELECT id FROM accounts FOR UPDATE")
            waiting = pool.submit(turn, ledger, worker, free=2)
            wait_until(lambda: waiting_for_locks(postgres_url) > 0 or waiting.done(), "the turn")
            other.execute("SELECT pg_sleep(0.1)")
        assert len(waiting.result().granted) == 2


def test_a_start_waits_for_an_upgrade_where_the_server_ends_long_statements(
    postgres_url: str,
) -> None:
    open_ledger(postgres_url).close()
    _set(postgres_url, "statement_timeout", "200ms")
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(postgres_url) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (UPGRADE_LOCK,))
            other.execute("SET LOCAL statement_timeout = 0")
            starting = pool.submit(open_ledger, postgres_url)
            other.execute("SELECT pg_sleep(0.5)")
        starting.result().close()


def test_texts_are_kept_where_clients_speak_another_encoding_by_default(postgres_url: str) -> None:
    _set(postgres_url, "client_encoding", "WIN1251")
    with closing(Database(postgres_url)) as database, database.write(piped=True):
        ask = "SELECT CAST(? AS text), length(CAST(? AS text))"
        assert database.rows(ask, ("Привет 🎉", "Привет 🎉")) == [("Привет 🎉", 8)]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "WIN1251"])
def test_a_database_that_cannot_keep_every_text_is_refused_and_left_alone(
    postgres_databases: Callable[..., str], encoding: str
) -> None:
    url = postgres_databases(f"ENCODING '{encoding}' LOCALE 'C'")
    with pytest.raises(LedgerError, match=f"encoding {encoding}, .*createdb .*UTF8"):
        open_ledger(url)
    with pytest.raises(LedgerError, match=f"encoding {encoding}"), looked_at(url):
        pass
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchone() is None


@pytest.fixture
def stranger(postgres_url: str) -> Iterator[str]:
    """The database's address for a user who has no rights in it."""
    name = f"stranger_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        yield postgres_url.replace("://wa@", f"://{name}@")
        connection.execute(f"DROP ROLE {name}")


def test_a_user_who_may_make_no_tables_is_told_what_is_missing(stranger: str) -> None:
    with pytest.raises(LedgerError, match=r"does not let this user .*schema public.* owner"):
        open_ledger(stranger)


def test_a_user_who_may_not_read_the_ledger_is_told_what_is_missing(
    postgres_url: str, stranger: str
) -> None:
    open_ledger(postgres_url).close()
    with pytest.raises(LedgerError, match=r"does not let this user .*table .* owner"):
        open_ledger(stranger)
    with pytest.raises(LedgerError, match="does not let this user"), looked_at(stranger):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="the system's names of the options")
def test_a_server_that_falls_silent_is_given_up_within_seconds(postgres_url: str) -> None:
    assert _silence(postgres_url) == (3, 1, 5, 8_000)
    assert _silence(f"{postgres_url}?keepalives_idle=60") == (60, 1, 5, 8_000)


def _silence(url: str) -> tuple[int, ...]:
    """How the system finds out about it: idle, interval, probes, unanswered milliseconds."""
    options = (
        *(socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL),
        *(socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT),
    )
    with closing(Database(url)) as database, database.read():
        end = socket.socket(fileno=os.dup(database.peewee.connection().fileno()))
        with end:
            assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            return tuple(end.getsockopt(socket.IPPROTO_TCP, one) for one in options)
