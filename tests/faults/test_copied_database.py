"""A copy of a ledger on PostgreSQL sends nothing beside the original until it is confirmed."""

from pathlib import Path

import pytest

from tests.commands.running import run
from tests.faults.copies import AMOUNT, COPIED
from tests.faults.scene import begin
from tests.programs import Place, Worker
from tests.services.clusters import copied
from tests.services.postgres import PostgresServer
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program


def test_workers_on_a_copied_database_send_nothing_beside_the_original(
    home: Path,
    postgres_url: str,
    redis_url: str,
    postgres_server: PostgresServer,
    cloud: StandIn,
) -> None:
    place = Place(home, postgres_url, redis_url)
    copy_url = postgres_server.url(postgres_server.create_database())
    # The same key and the same Redis: only the server differs, as in a rehearsal of a move.
    other = Place(home, copy_url, redis_url)
    with Program.open(place.settings()) as program:
        scene = begin(program, cloud, AMOUNT)
        with Worker(place):
            scene.wait_for_share(0.2)
            copied(postgres_url, copy_url)
            logs = [home.with_name(f"copy-{number}.log") for number in (1, 2)]
            with Worker(other, log=logs[0]) as first, Worker(other, log=logs[1]) as second:
                first.says(COPIED, 60)
                second.says(COPIED, 60)
                scene.finish()
                assert first.running
                assert second.running
    assert cloud.count() == AMOUNT


def test_a_server_that_is_replaced_by_one_with_a_dump_beneath_a_worker_is_noticed(
    home: Path, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    """As behind one name of the network, or one address that is handed on."""
    url = postgres_server.url(postgres_server.create_database())
    with Program.open(Place(home, url, None).settings()) as program, PostgresServer() as other:
        scene = begin(program, cloud, AMOUNT)
        program.start()
        scene.wait_for_share(0.2)
        copied(url, other.url(other.create_database()))
        other.stop()
        other.port = postgres_server.port
        postgres_server.stop()
        before = cloud.count()
        other.start()
        scene.shows(COPIED)
        assert cloud.count() <= before + scene.account.concurrency
        assert len({one.to for one in cloud.accepted()}) == cloud.count()
        program.stop()


@pytest.mark.long
def test_a_database_that_moved_to_another_server_goes_on_once_confirmed(
    home: Path,
    postgres_url: str,
    postgres_server: PostgresServer,
    cloud: StandIn,
) -> None:
    place = Place(home, postgres_url, None)
    copy_url = postgres_server.url(postgres_server.create_database())
    other = Place(home, copy_url, None)
    with Program.open(place.settings()) as program:
        scene = begin(program, cloud, AMOUNT)
        program.start()
        scene.wait_for_share(0.2)
        program.stop()
        copied(postgres_url, copy_url)
    before = cloud.count()
    logs = [home.with_name(f"copy-{number}.log") for number in (1, 2)]
    with Worker(other, log=logs[0]) as first, Worker(other, log=logs[1]) as second:
        first.says(COPIED, 60)
        second.says(COPIED, 60)
        assert cloud.count() == before
        assert "1 campaign goes on" in run("here", extra=other.environment()).out
        cloud.wait_for(AMOUNT, 60)
        for worker in (first, second):
            worker.says("the place of the ledger is confirmed", 60)
        with Program.open(other.settings()) as program:
            (contract,) = program.services.ledger.contracts.page().items
            wait_until(
                lambda: not program.services.ledger.contracts.get(contract.id).counts.remaining,
                "the campaign to be done",
            )
    assert before < AMOUNT
    assert len({one.to for one in cloud.accepted()}) == cloud.count() == AMOUNT
