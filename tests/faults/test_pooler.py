"""A PgBouncer between the program and PostgreSQL: used where it is safe, refused where not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.commands.running import run
from tests.faults.scene import begin
from tests.programs import Place, Worker
from tests.services.pgbouncer import PgBouncer
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.reaching import reach
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.driver_errors import SharedConnections

REFUSED = "DATABASE_URL leads to a connection pooler that gives each transaction another session"


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


@contextmanager
def _busy(url: str, clients: int = 4) -> Iterator[None]:
    """Others who use the pool meanwhile."""
    ended = threading.Event()

    def work() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            while not ended.is_set():
                connection.execute("SELECT pg_sleep(0.002)")

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        ended.set()
        for one in threads:
            one.join()


@pytest.mark.parametrize(
    ("mode", "size", "turns"),
    [
        ("transaction", 20, False),
        ("transaction", 20, True),
        ("transaction", 1, False),
        ("transaction", 2, True),
        ("statement", 20, False),
        ("statement", 1, True),
    ],
)
def test_a_pooler_that_shares_sessions_is_refused_in_one_line(
    home: Path, postgres_url: str, mode: str, size: int, turns: bool
) -> None:
    with PgBouncer(_port(postgres_url), mode, size=size, turns=turns) as pooler:
        url = pooler.url(_name(postgres_url))
        place = Place(home, url, None)
        for words in (("worker",), ("contracts", "list")):
            ended = run(*words, extra=place.environment())
            assert ended.code == 1
            [line] = ended.err.strip().splitlines()
            assert line.startswith(REFUSED)
            assert "pool_mode = session" in line
        assert REFUSED in run("doctor", extra=place.environment()).out
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == []


@pytest.mark.parametrize("turns", [False, True])
def test_a_busy_pooler_is_recognised_each_time(postgres_url: str, turns: bool) -> None:
    with PgBouncer(_port(postgres_url), "transaction", turns=turns) as pooler:
        url = pooler.url(_name(postgres_url))
        with _busy(url):
            for _ in range(20):
                with pytest.raises(SharedConnections):
                    reach(url)


def test_a_busy_server_without_a_pooler_is_never_taken_for_one(postgres_url: str) -> None:
    with _busy(postgres_url):
        for _ in range(20):
            reach(postgres_url)


def test_a_pooler_in_session_mode_is_used(home: Path, postgres_url: str, cloud: StandIn) -> None:
    with PgBouncer(_port(postgres_url), "session", size=60) as pooler:
        url = f"{pooler.url(_name(postgres_url))}?schema=public&pgbouncer=true"
        place = Place(home, url, None)
        with Program.open(place.settings()) as program, Worker(place):
            scene = begin(program, cloud, 60)
            scene.finish()


def test_a_pooler_that_is_put_in_between_later_is_named(home: Path, postgres_url: str) -> None:
    with (
        PgBouncer(_port(postgres_url), "transaction", size=1) as pooler,
        psycopg.connect(postgres_url, autocommit=True) as direct,
    ):
        Program.open(Place(home, postgres_url, None).settings()).close()
        database = Database(pooler.url(_name(postgres_url)))
        with database.write(piped=True):
            database.rows("SELECT 1")
        direct.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        wait_until(lambda: _is_named(database), "the pooler to be named")
        database.close()


def _is_named(database: Database) -> bool:
    try:
        with database.write(piped=True):
            database.rows("SELECT 1")
    except SharedConnections:
        return True
    except LedgerError:
        return False
    return False
