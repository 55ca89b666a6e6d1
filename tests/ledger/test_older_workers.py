"""A ledger is not upgraded beneath workers of the version before."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.ledger.test_upgrade import NEXT, with_migration
from tests.ledgers import execute
from tests.opened import open_ledger
from tests.programs import Place, Worker
from tests.waiting import wait_until
from wa_desktop.clock import SECOND, now
from wa_desktop.errors import LedgerBusy, LedgerNewer
from wa_desktop.ledger import older_workers
from wa_desktop.ledger.engine_lock import EngineLock
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.turns.turn import Turn
from wa_desktop.ledger.upgrade import standing, upgrade
from wa_desktop.ledger.workers import LeaseLost

SLOW = (
    NEXT
    + """
    import pathlib, time
    db.execute_sql("UPDATE accounts SET name = name")
    pathlib.Path({begun!r}).touch()
    time.sleep(1)
"""
)


@pytest.fixture
def postgres_ledger(made_postgres_url: str) -> Iterator[Ledger]:
    with closing(open_ledger(made_postgres_url)) as opened:
        yield opened


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(older_workers, "LEASE", SECOND)


def _elsewhere(ledger: Ledger, host: str) -> int:
    """A worker of another machine."""
    number = ledger.workers.register()
    execute(ledger, f"UPDATE workers SET host = '{host}', process_started = 1 WHERE id = {number}")
    return number


@contextmanager
def _beating(url: str, worker: int) -> Iterator[None]:
    ended = threading.Event()

    def beat() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not ended.wait(0.1):
                connection.execute(
                    "UPDATE workers SET last_seen = %s WHERE id = %s", (now(), worker)
                )

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_workers_on_other_machines_are_named_and_nothing_is_changed(
    postgres_ledger: Ledger, made_postgres_url: str, tmp_path: Path
) -> None:
    worker = _elsewhere(postgres_ledger, "sender-2")
    with (
        _beating(made_postgres_url, worker),
        pytest.raises(LedgerBusy, match=r"process \d+ on sender-2\. Stop them, then start"),
    ):
        upgrade(postgres_ledger._database, with_migration(tmp_path))
    assert standing(postgres_ledger._database).missing == ()


def test_a_worker_of_an_earlier_version_is_refused_to_a_newer_one(
    home: Path, made_postgres_url: str, tmp_path: Path
) -> None:
    with Worker(Place(home, made_postgres_url, None)) as worker:
        worker.says("Worker started")
        with (
            closing(Database(made_postgres_url)) as database,
            pytest.raises(LedgerBusy, match=f"process {worker.pid} on "),
        ):
            upgrade(database, with_migration(tmp_path))
        worker.kill()
        with closing(Database(made_postgres_url)) as database:
            assert upgrade(database, with_migration(tmp_path / "again"))


@pytest.mark.usefixtures("short_lease")
def test_a_dead_worker_of_another_machine_is_waited_for_and_buried(
    postgres_ledger: Ledger, tmp_path: Path
) -> None:
    worker = _elsewhere(postgres_ledger, "sender-2")
    assert upgrade(postgres_ledger._database, with_migration(tmp_path))
    with pytest.raises(LeaseLost):
        postgres_ledger.cycle.run(Turn(worker, now()))


def test_a_worker_seen_long_ago_is_not_waited_for(postgres_ledger: Ledger, tmp_path: Path) -> None:
    worker = _elsewhere(postgres_ledger, "sender-2")
    execute(postgres_ledger, f"UPDATE workers SET last_seen = 1 WHERE id = {worker}")
    assert upgrade(postgres_ledger._database, with_migration(tmp_path))


def test_on_sqlite_the_program_that_sends_is_named(sqlite_ledger: Ledger, tmp_path: Path) -> None:
    path = sqlite_ledger._database.path
    assert path is not None
    folder = with_migration(tmp_path)
    with EngineLock(path), pytest.raises(LedgerBusy, match=r"still sends from it \(process \d+\)"):
        upgrade(sqlite_ledger._database, folder)
    assert upgrade(sqlite_ledger._database, folder) == ("9000_colour",)


def test_a_program_that_signs_on_during_an_upgrade_is_refused(
    ledger: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    folder = with_migration(tmp_path, SLOW.format(begun=str(begun)))

    def bring_up() -> None:
        with closing(Database(ledger_url)) as database:
            upgrade(database, folder)

    thread = threading.Thread(target=bring_up)
    thread.start()
    wait_until(begun.exists, "the upgrade to begin")
    with pytest.raises(LedgerNewer, match="9000_colour"):
        ledger.workers.register()
    thread.join()
