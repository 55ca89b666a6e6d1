"""A Redis that answers and refuses jobs: said with its remedy, and sending goes on without it."""

from collections import Counter
from pathlib import Path

import pytest
from redis import Redis

from tests.programs import Place, cloud_account, filled_contract, is_completed
from tests.services.redis import RedisServer
from tests.services.redis_refusals import REFUSALS, Refusal, make_clerk
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import Event, Notice, NoticeKind

_NAME = "the queue's name"


def _key(client: Redis) -> str:
    """The list that carries the contracts' jobs; it does not exist while it is empty."""
    name = client.get(_NAME)
    assert isinstance(name, bytes)
    return f"huey.redis.{name.decode()}"


CASES = REFUSALS | {
    "WRONGTYPE": Refusal(
        lambda client: client.set(_key(client), "of another program"),
        lambda client: client.delete(_key(client)),
        "WRONGTYPE",
        "Another program",
    )
}


def _url(server: RedisServer, case: Refusal) -> str:
    return f"redis://{case.asks}127.0.0.1:{server.port}/0"


@pytest.mark.parametrize("refusal", CASES)
def test_it_is_told_once_sending_goes_on_and_its_end_is_told(
    refusal: str, home: Path, sqlite_url: str, cloud: StandIn
) -> None:
    case = CASES[refusal]
    with RedisServer() as server, Redis.from_url(server.url) as admin:
        make_clerk(admin)
        place = Place(home, sqlite_url, _url(server, case))
        with Program.open(place.settings()) as program:
            admin.set(_NAME, program._hueys.contracts.storage.name)
            told: list[Notice] = []

            def listen(event: Event) -> None:
                if isinstance(event, Notice) and event.kind in (
                    NoticeKind.TROUBLE,
                    NoticeKind.TROUBLE_OVER,
                ):
                    told.append(event)

            program.events.subscribe(listen)
            account = cloud_account(program, cloud)
            program.start()
            wait_until(lambda: program.health().ok, "all to be well at first")

            case.cause(admin)
            wait_until(lambda: program.health().problems, "the refusal to show", 5)
            [problem] = program.health().problems
            assert case.says.lower() in problem.lower()
            assert case.advice in problem
            contract = filled_contract(program, account, 20)
            program.services.contracts.start(contract.id)
            wait_until(lambda: is_completed(program, contract), "the campaign to be done", 20)

            case.mend(admin)
            wait_until(lambda: program.health().ok, "the end of the trouble", 10)
    assert [one.kind for one in told] == [NoticeKind.TROUBLE, NoticeKind.TROUBLE_OVER]
    sent = Counter(one.to for one in cloud.accepted())
    assert (len(sent), max(sent.values())) == (20, 1)
