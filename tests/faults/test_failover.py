"""A standby takes over from a PostgreSQL that is killed while a campaign is being sent."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.running import run
from tests.faults.scene import Scene, begin
from tests.programs import Place, Worker
from tests.services.postgres import PostgresServer
from tests.services.relay import Relay
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import NoticeKind
from wa_desktop.ledger.states import MessageState

AMOUNT = 600
LACKS = "The database lacks its last changes"


@pytest.fixture
def relay(postgres_server: PostgresServer) -> Iterator[Relay]:
    with Relay(postgres_server.port) as running:
        yield running


@pytest.fixture
def place(home: Path, relay: Relay, postgres_server: PostgresServer) -> Place:
    return Place(home, relay.url(postgres_server.create_database()), None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


@pytest.fixture
def standby(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    with postgres_server.standby() as running:
        yield running


@pytest.fixture
def synchronous_standby(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    with postgres_server.standby(synchronous=True) as running:
        yield running


def _caught_up(primary: PostgresServer, standby: PostgresServer) -> None:
    at = primary.ask("SELECT pg_current_wal_lsn()")[0][0]
    wait_until(
        lambda: standby.ask(f"SELECT 1 WHERE pg_last_wal_replay_lsn() >= '{at}'"),
        "the standby to catch up",
    )


def _fail_over(primary: PostgresServer, standby: PostgresServer, relay: Relay) -> None:
    primary.kill()
    standby.promote()
    relay.point_at(standby.port)


def _lag_then_fail_over(
    scene: Scene, primary: PostgresServer, standby: PostgresServer, relay: Relay
) -> int:
    """A third is sent after the standby fell behind; returns how much was sent at the failover."""
    scene.wait_for_share(0.2)
    _caught_up(primary, standby)
    standby.fall_behind()
    scene.wait_for_share(scene.cloud.count() / scene.amount + 0.3)
    _fail_over(primary, standby, relay)
    return scene.cloud.count()


def _doubled(scene: Scene) -> dict[str, int]:
    return {to: n for to, n in Counter(one.to for one in scene.accepted).items() if n > 1}


def test_a_standby_without_the_last_commits_stops_all_sending_until_a_person_confirms(
    program: Program,
    postgres_server: PostgresServer,
    standby: PostgresServer,
    relay: Relay,
    cloud: StandIn,
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    program.start()
    scene = begin(program, cloud, AMOUNT)
    _lag_then_fail_over(scene, postgres_server, standby, relay)
    scene.shows(LACKS, "confirm-ledger")
    wait_until(lambda: not scene.counts().active, "what was on its way to be settled")
    assert scene.told(NoticeKind.UNCONFIRMED)
    paused_at = cloud.count()
    assert paused_at < AMOUNT
    # The worker itself knows what it sent: hardly anything stays in doubt.
    wait_until(lambda: scene.counts().in_doubt <= 20, "the worker's own answers to be noted")
    assert cloud.count() == paused_at
    assert program.services.confirmation.confirm() is not None
    scene.is_well()
    scene.finish(most_in_doubt=20)
    assert not _doubled(scene)


@pytest.mark.long
def test_a_program_that_is_killed_at_the_failover_finds_out_at_its_next_start(
    place: Place,
    program: Program,
    postgres_server: PostgresServer,
    standby: PostgresServer,
    relay: Relay,
    cloud: StandIn,
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    scene = begin(program, cloud, AMOUNT)
    worker = Worker(place).start()
    scene.wait_for_share(0.2)
    _caught_up(postgres_server, standby)
    standby.fall_behind()
    scene.wait_for_share(0.5)
    worker.kill()
    _fail_over(postgres_server, standby, relay)
    sent = cloud.count()
    with Worker(place) as later:
        later.says(LACKS)
        done = run("confirm-ledger", "--json", extra=place.environment())
        assert done.json["confirmed"]
        assert done.json["messagesInDoubt"] == scene.counts().in_doubt
        scene.finish(most_in_doubt=sent)
        assert later.running
    assert not _doubled(scene)
    arrived = {one.to.lstrip("+") for one in scene.accepted}
    # As after any kill, what was being begun may not have gone out; the rest did.
    assert len(scene.phones(MessageState.IN_DOUBT) - arrived) <= 20


@pytest.mark.long
def test_a_worker_that_lost_nothing_waits_for_one_that_did(
    place: Place,
    program: Program,
    tmp_path: Path,
    postgres_server: PostgresServer,
    standby: PostgresServer,
    relay: Relay,
    cloud: StandIn,
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    scene = begin(program, cloud, AMOUNT)
    other = Place(tmp_path / "other", place.ledger_url, None)
    program.settle_key()
    other.home.mkdir(parents=True)
    shutil.copy(place.home / "secret.key", other.home)
    with Worker(place) as first, Worker(other) as second:
        _lag_then_fail_over(scene, postgres_server, standby, relay)
        first.says(LACKS)
        second.says(LACKS)
        run("confirm-ledger", extra=place.environment())
        scene.finish(most_in_doubt=40)
    assert not _doubled(scene)


def _fail_over_in_order(
    primary: PostgresServer, standby: PostgresServer, relay: Relay, scene: Scene
) -> None:
    _fail_over(primary, standby, relay)
    # Its own standby is gone with the primary; else its commits would wait for it for ever.
    standby.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
    standby.execute("SELECT pg_reload_conf()")
    scene.goes_on()


@pytest.mark.long
def test_failovers_that_lost_nothing_pause_nothing(
    program: Program,
    postgres_server: PostgresServer,
    synchronous_standby: PostgresServer,
    relay: Relay,
    cloud: StandIn,
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    program.start()
    scene = begin(program, cloud, AMOUNT)
    scene.wait_for_share(0.2)
    _fail_over_in_order(postgres_server, synchronous_standby, relay, scene)
    with synchronous_standby.standby(synchronous=True) as third:
        scene.wait_for_share(0.5)
        _fail_over_in_order(synchronous_standby, third, relay, scene)
        scene.finish(most_in_doubt=20)
        assert program.services.confirmation.pending() is None
        program.close()
    assert not _doubled(scene)


@pytest.mark.long
def test_a_program_started_anew_on_a_ledger_that_lost_nothing_is_not_stopped(
    place: Place, program: Program, cloud: StandIn
) -> None:
    scene = begin(program, cloud, 60)
    with Worker(place) as worker:
        scene.wait_for_share(0.3)
        worker.kill()
    with Worker(place):
        scene.finish(most_in_doubt=20)
    assert program.services.confirmation.pending() is None
