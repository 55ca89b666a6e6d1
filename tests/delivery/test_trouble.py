"""What the engine does when its ledger, its lease or its time is taken away."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.programs import Place, cloud_account, counts, filled_contract, is_completed, phone
from tests.services.postgres import PostgresServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.errors import LedgerBusy
from wa_desktop.events import Event, Notice, NoticeKind
from wa_desktop.ledger.records import RateLimit
from wa_desktop.ledger.states import ContractState


def test_a_stop_lets_what_is_on_the_wire_finish_and_gives_back_the_rest(
    sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.4))
    account = cloud_account(sending, cloud, rate=RateLimit(50, 1_000), concurrency=30)
    contract = filled_contract(sending, account, 200)
    sending.services.contracts.start(contract.id)
    cloud.wait_for(10)
    sending.stop()
    left = counts(sending, contract)
    assert (left.active, left.in_doubt) == (0, 0)
    assert left.sent == cloud.count()
    assert left.sent + left.waiting + left.draft == 200
    assert sending.services.ledger.workers.alive() == ()


def test_what_does_not_finish_in_time_is_in_doubt(light_sending: Program, cloud: StandIn) -> None:
    cloud.behave(Behaviour(shares={"silent": 1.0}))
    account = cloud_account(light_sending, cloud, concurrency=3)
    contract = filled_contract(light_sending, account, 20)
    light_sending.services.contracts.start(contract.id)
    cloud.wait_for(3)
    began = time.monotonic()
    light_sending.stop(grace=0.3)
    assert time.monotonic() - began < 5
    left = counts(light_sending, contract)
    assert (left.in_doubt, left.active) == (3, 0)
    assert left.waiting == 17


def test_a_stop_before_anything_was_sent_is_quick(light_sending: Program) -> None:
    began = time.monotonic()
    light_sending.stop()
    light_sending.stop()
    assert time.monotonic() - began < 5


def test_only_one_program_sends_from_a_ledger_on_sqlite(
    light_sending: Program, home: Path, sqlite_url: str
) -> None:
    with Program.open(Place(home, sqlite_url, None).settings()) as second:
        with pytest.raises(LedgerBusy, match=r"already sends.*close it first"):
            second.start()
        light_sending.stop()
        second.start()
        assert second.sending


def test_two_programs_on_one_postgresql_share_the_work_and_double_nothing(
    home: Path, postgres_url: str, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.005))
    place = Place(home, postgres_url, None)
    with Program.open(place.settings()) as first, Program.open(place.settings()) as second:
        account = cloud_account(first, cloud, concurrency=10)
        contract = filled_contract(first, account, 500)
        first.start()
        second.start()
        first.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(first, contract), "the campaign to be done", 30)
        assert len(first.services.ledger.workers.alive()) == 2
    sent = Counter(one.to for one in cloud.accepted())
    assert (len(sent), max(sent.values())) == (500, 1)


def test_the_concurrency_holds_over_two_programs(
    home: Path, postgres_url: str, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.05))
    place = Place(home, postgres_url, None)
    with Program.open(place.settings()) as first, Program.open(place.settings()) as second:
        account = cloud_account(first, cloud, concurrency=2)
        contract = filled_contract(first, account, 40)
        first.start()
        second.start()
        for program in (first, second):
            program._bell.account(account.id)
        first.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(first, contract), "the campaign to be done", 30)
    arrivals = [one.arrived_ns for one in cloud.accepted()]
    for one, third in zip(arrivals, arrivals[2:], strict=False):
        assert third - one >= 49_000_000


def test_sending_goes_on_when_a_postgresql_that_was_killed_is_back(
    home: Path, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.01))
    told: list[NoticeKind] = []

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            told.append(event.kind)

    url = postgres_server.url(postgres_server.create_database())
    with Program.open(Place(home, url, None).settings()) as program:
        program.events.subscribe(listen)
        account = cloud_account(program, cloud, concurrency=5)
        contract = filled_contract(program, account, 300)
        program.start()
        program.services.contracts.start(contract.id)
        cloud.wait_for(50)
        postgres_server.kill()
        wait_until(lambda: not program.health().ok, "the trouble to be seen")
        assert "out of reach" in program.health().problems[0]
        postgres_server.start()
        wait_until(lambda: is_completed_now(program, contract.id), "the campaign to be done", 30)
        done = counts(program, contract)
        assert done.sent + done.in_doubt == 300
        wait_until(lambda: NoticeKind.TROUBLE_OVER in told, "the news that all is well")
        assert program.health().ok
    sent = Counter(one.to for one in cloud.accepted())
    assert max(sent.values()) == 1
    assert len(sent) >= done.sent
    assert NoticeKind.TROUBLE in told


def test_a_stop_does_not_wait_for_a_ledger_that_is_away(
    home: Path, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.3))
    url = postgres_server.url(postgres_server.create_database())
    with Program.open(Place(home, url, None).settings()) as program:
        account = cloud_account(program, cloud, concurrency=5)
        contract = filled_contract(program, account, 300)
        program.start()
        program.services.contracts.start(contract.id)
        cloud.wait_for(5)
        postgres_server.kill()
        began = time.monotonic()
        program.stop(grace=1.0)
        assert time.monotonic() - began < 8
        assert not program.sending


def test_an_engine_that_was_taken_for_dead_registers_anew_and_goes_on(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    account = cloud_account(light_sending, cloud, rate=RateLimit(100, 1_000), concurrency=10)
    contract = filled_contract(light_sending, account, 150)
    light_sending.services.contracts.start(contract.id)
    cloud.wait_for(20)
    workers = light_sending.services.ledger.workers
    [before] = workers.alive()
    workers.bury(before.id)
    wait_until(lambda: is_completed(light_sending, contract), "the campaign to be done", 30)
    [after] = workers.alive()
    assert after.id != before.id
    sent = Counter(one.to for one in cloud.accepted())
    assert max(sent.values()) == 1
    done = counts(light_sending, contract)
    assert done.sent + done.in_doubt == 150 == len(sent)


def test_pauses_and_resumes_in_quick_turn_lose_and_double_nothing(
    light_sending: Program, cloud: StandIn
) -> None:
    account = cloud_account(light_sending, cloud, rate=RateLimit(200, 1_000), concurrency=50)
    contract = filled_contract(light_sending, account, 200)
    service = light_sending.services.contracts
    service.start(contract.id)
    for share in range(1, 8):
        cloud.wait_for(share * 15)
        service.pause(contract.id)
        service.start(contract.id)
    wait_until(lambda: is_completed(light_sending, contract), "the campaign to be done", 30)
    sent = Counter(one.to.lstrip("+") for one in cloud.accepted())
    assert sent == {phone(number): 1 for number in range(200)}
    assert counts(light_sending, contract).sent == 200


def test_a_contract_deleted_while_it_sends_frees_its_places(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.2))
    account = cloud_account(light_sending, cloud, concurrency=1)
    first = filled_contract(light_sending, account, 20)
    second = filled_contract(light_sending, account, 2)
    service = light_sending.services.contracts
    service.start(first.id)
    cloud.wait_for(1)
    service.delete(first.id, force=True)
    service.start(second.id)
    wait_until(lambda: is_completed(light_sending, second), "the other campaign to be done")
    assert counts(light_sending, second).sent == 2


def test_a_contract_is_told_apart_from_others_on_the_same_engine(
    light_sending: Program, cloud: StandIn
) -> None:
    accounts = [cloud_account(light_sending, cloud, name=f"acc{one}") for one in range(3)]
    contracts = [filled_contract(light_sending, one, 50) for one in accounts]
    starts = [
        threading.Thread(target=light_sending.services.contracts.start, args=(one.id,))
        for one in contracts
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    wait_until(lambda: all(is_completed(light_sending, one) for one in contracts), "all to be done")
    assert [counts(light_sending, one).sent for one in contracts] == [50] * 3
    assert cloud.count() == 150


def is_completed_now(program: Program, contract_id: str) -> bool:
    """As ``is_completed``, false while the ledger does not answer."""
    from wa_desktop.errors import LedgerError

    try:
        found = program.services.ledger.contracts.get(contract_id)
    except LedgerError:
        return False
    return found.state is ContractState.COMPLETED
