"""Redis in every kind of trouble: it is a bell only, so sending does not even stop."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.faults.scene import begin
from tests.programs import Place
from tests.services.process import free_port
from tests.services.redis import RedisServer
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import NoticeKind

AMOUNT = 500


@pytest.fixture
def program(home: Path, sqlite_url: str, redis_server: RedisServer) -> Iterator[Program]:
    with Program.open(Place(home, sqlite_url, redis_server.url).settings()) as opened:
        yield opened


def test_a_redis_that_is_away_at_the_start_holds_nothing_up(
    program: Program, redis_server: RedisServer, cloud: StandIn
) -> None:
    redis_server.stop()
    scene = begin(program, cloud, AMOUNT, start=False)
    program.start()
    program.services.contracts.start(scene.contract.id)
    scene.goes_on()
    scene.shows("Redis is out of reach", "Nothing is lost")
    redis_server.start()
    scene.is_well()
    scene.finish()
    assert scene.told(NoticeKind.TROUBLE)
    assert scene.told(NoticeKind.TROUBLE_OVER)


@pytest.mark.long
def test_a_redis_that_is_killed_and_comes_back_empty_loses_and_doubles_nothing(
    program: Program, redis_server: RedisServer, cloud: StandIn
) -> None:
    program.start()
    scene = begin(program, cloud, AMOUNT)
    scene.wait_for_share(0.2)
    redis_server.kill()
    scene.shows("Redis is out of reach")
    scene.goes_on()
    redis_server.start()
    scene.is_well()
    scene.finish()


def test_a_redis_that_goes_while_nothing_is_due_shows_all_the_same(
    program: Program, redis_server: RedisServer, cloud: StandIn
) -> None:
    program.start()
    scene = begin(program, cloud, 1, start=False)
    redis_server.kill()
    scene.shows("Redis is out of reach")
    redis_server.start()
    scene.is_well()


def test_a_redis_that_hangs_holds_nothing_up(
    program: Program, redis_server: RedisServer, cloud: StandIn
) -> None:
    program.start()
    scene = begin(program, cloud, AMOUNT, start=False)
    with redis_server.hanging():
        scene.shows("Redis is out of reach")
        began = time.monotonic()
        program.services.contracts.start(scene.contract.id)
        assert time.monotonic() - began < 1
        scene.goes_on()
    scene.is_well()
    scene.finish()


@pytest.mark.parametrize("trouble", ["full", "replica"])
def test_a_redis_that_refuses_writes_holds_nothing_up(
    program: Program, redis_server: RedisServer, cloud: StandIn, trouble: str
) -> None:
    program.start()
    scene = begin(program, cloud, AMOUNT)
    scene.wait_for_share(0.1)
    with redis.Redis.from_url(redis_server.url) as client:
        if trouble == "full":
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", 1)
        else:
            client.replicaof("127.0.0.1", free_port())
        scene.shows("Redis refuses")
        scene.goes_on()
        if trouble == "full":
            client.config_set("maxmemory", 0)
        else:
            client.replicaof("NO", "ONE")
    scene.is_well()
    scene.finish()


def test_a_campaign_can_be_started_and_paused_without_redis(
    program: Program, redis_server: RedisServer, cloud: StandIn
) -> None:
    program.start()
    redis_server.kill()
    scene = begin(program, cloud, AMOUNT)
    scene.goes_on()
    program.services.contracts.pause(scene.contract.id)
    wait_until(
        lambda: not program.services.ledger.contracts.get(scene.contract.id).counts.active,
        "what is on the wire",
    )
    before = cloud.count()
    program.services.contracts.start(scene.contract.id)
    cloud.wait_for(before + 1)
    scene.finish()
