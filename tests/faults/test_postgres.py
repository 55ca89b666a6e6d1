"""PostgreSQL goes in the middle of claims and settles, and comes back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.scene import Scene, begin
from tests.programs import Place, Worker
from tests.services.postgres import PostgresServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from wa_desktop.app import Program
from wa_desktop.events import NoticeKind
from wa_desktop.ledger.sql.database import Database

AMOUNT = 2_000
CONCURRENCY = 20
FALLS = (0.1, 0.3, 0.5, 0.7)


@pytest.fixture
def place(home: Path, postgres_server: PostgresServer) -> Place:
    return Place(home, postgres_server.url(postgres_server.create_database()), None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


def _let_fall(scene: Scene, server: PostgresServer, end: Callable[[PostgresServer], None]) -> None:
    """End the server under load, again and again; what was on the wire must not be in doubt."""
    for share in FALLS:
        scene.wait_for_share(share)
        end(server)
        scene.shows("The ledger is out of reach")
        server.start()
        scene.goes_on()
    scene.is_well()
    scene.finish()


@pytest.mark.long("stop")
@pytest.mark.parametrize("end", [PostgresServer.stop, PostgresServer.kill])
def test_a_postgresql_that_falls_under_load_loses_doubles_and_leaves_nothing_in_doubt(
    program: Program,
    postgres_server: PostgresServer,
    cloud: StandIn,
    end: Callable[[PostgresServer], None],
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    program.start()
    scene = begin(program, cloud, AMOUNT, rate=None, concurrency=CONCURRENCY)
    _let_fall(scene, postgres_server, end)
    assert scene.told(NoticeKind.TROUBLE)
    assert scene.told(NoticeKind.TROUBLE_OVER)
    assert scene.attempts() == {1}


@pytest.mark.long
def test_a_server_that_does_not_wait_for_its_disk_doubles_nothing_when_it_is_killed(
    program: Program, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")
    cloud.behave(Behaviour(latency=0.02))
    program.start()
    scene = begin(program, cloud, AMOUNT, rate=None, concurrency=CONCURRENCY)
    _let_fall(scene, postgres_server, PostgresServer.kill)


def test_the_server_ends_a_transaction_whose_program_stands_still(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.write():
        assert database.scalar("SHOW idle_in_transaction_session_timeout") == "10s"
    database.close()


def test_a_worker_outlives_its_postgresql(
    place: Place, program: Program, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    scene = begin(program, cloud, 300)
    with Worker(place) as worker:
        scene.wait_for_share(0.2)
        postgres_server.kill()
        worker.says("The ledger is out of reach")
        postgres_server.start()
        scene.goes_on()
        scene.finish()
        assert worker.running
