"""SIGKILL in the middle of sending and of an upgrade, counted at the far end."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.kill_lives import Phase, Reckoning, begin_anew
from tests.bench.kill_migrating import migrating_life
from tests.faults.scene import soon
from tests.programs import (
    Place,
    Worker,
    cloud_account,
    counts,
    filled_contract,
    is_completed,
    phone,
    text,
)
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.states import MessageState

MESSAGES = 3_000
CONCURRENCY = 20
KILLS = 3


@pytest.fixture(params=["sqlite", "postgresql-redis"])
def place(request: pytest.FixtureRequest, home: Path, sqlite_url: str) -> Place:
    """The stores of one computer and those of a server; the bench ``kill`` has all four pairs."""
    if request.param == "sqlite":
        return Place(home, sqlite_url, None)
    ledger_url: str = request.getfixturevalue("made_postgres_url")
    queue_url: str = request.getfixturevalue("redis_url")
    return Place(home, ledger_url, queue_url)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


@pytest.mark.long("postgresql")
def test_a_worker_killed_three_times_loses_nothing_and_doubles_nothing(
    place: Place, program: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.015))
    account = cloud_account(program, cloud, concurrency=CONCURRENCY)
    contract = filled_contract(program, account, MESSAGES)
    program.services.contracts.start(contract.id)
    pauses = []
    for kill in range(1, KILLS + 1):
        before, began = cloud.count(), time.monotonic()
        with Worker(place) as worker:
            cloud.wait_for(before + 1)
            pauses.append(time.monotonic() - began)
            cloud.wait_for(kill * MESSAGES // (KILLS + 1))
            worker.kill()
    with Worker(place):
        wait_until(lambda: is_completed(program, contract), "the rest to be sent", 60)
    assert max(pauses) < soon()

    accepted = Counter(one.to.lstrip("+") for one in cloud.accepted())
    doubtful = _phones(program, contract.id, MessageState.IN_DOUBT)
    sent = _phones(program, contract.id, MessageState.SENT)
    assert max(accepted.values()) == 1
    assert sent <= accepted.keys()
    assert {phone(number) for number in range(MESSAGES)} == sent | doubtful
    assert len(doubtful) <= KILLS * CONCURRENCY
    assert counts(program, contract).in_doubt == len(doubtful)
    assert {one.content for one in cloud.accepted()} <= {text(number) for number in range(MESSAGES)}


@pytest.mark.long
def test_an_upgrade_that_is_killed_changes_nothing_and_the_next_one_goes_on_with_all(
    home: Path, cloud: StandIn, bare_ledger_url: str
) -> None:
    found = Reckoning(longest_pause=60)
    begin_anew(cloud)
    migrating_life("test", Place(home, bare_ledger_url, None), cloud, random.Random(7), found)
    assert found.faults == []
    assert found.kills[Phase.MIGRATING] >= 1


@pytest.mark.long("postgresql")
def test_an_emptied_redis_loses_nothing_and_doubles_nothing(
    home: Path, cloud: StandIn, ledger_url: str, redis_url: str
) -> None:
    from redis import Redis

    place = Place(home, ledger_url, redis_url)
    cloud.behave(Behaviour(latency=0.01))
    with Program.open(place.settings()) as program, Redis.from_url(redis_url) as redis:
        account = cloud_account(program, cloud, concurrency=CONCURRENCY)
        contract = filled_contract(program, account, MESSAGES)
        redis.flushall()
        with Worker(place):
            program.services.contracts.start(contract.id)
            redis.flushall()
            for share in (1, 2, 3):
                cloud.wait_for(share * MESSAGES // 4)
                redis.flushall()
            wait_until(lambda: is_completed(program, contract), "all to be sent", 60)
    accepted = Counter(one.to for one in cloud.accepted())
    assert len(accepted) == MESSAGES
    assert max(accepted.values()) == 1


def _phones(program: Program, contract_id: str, state: MessageState) -> set[str]:
    messages = program.services.ledger.messages
    ids = messages.ids(contract_id, MessageFilter(states=(state,)))
    return {one.phone for one in messages.of_ids(list(ids))}
