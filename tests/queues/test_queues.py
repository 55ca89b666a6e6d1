"""Jobs may be lost or doubled, and the queue may be away: the ledger knows what is due."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.ledgers import add_account, add_contract, fill
from tests.programs import (
    Place,
    cloud_account,
    counts,
    filled_contract,
    is_completed,
    phone,
)
from tests.services.redis import RedisServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import Event, EventBus, Notice, NoticeKind
from wa_desktop.ledger.states import ContractState
from wa_desktop.queues.consumers import CONTRACTS_AT_ONCE, Consumers
from wa_desktop.queues.hueys import Hueys, QueueBackend, build_hueys
from wa_desktop.queues.jobs import Handlers, HueyBell

AMOUNT = 200


@pytest.fixture
def hueys(queue_url: str | None, tmp_path: Path) -> Iterator[Hueys]:
    """Both queues of one ledger, on SQLite and on Redis."""
    built = build_hueys(redis_url=queue_url, file=tmp_path / "queues.db", ledger_uid="ab12cd34ef")
    yield built
    built.close()


class Ears:
    """Hears the jobs of a bell."""

    def __init__(self, bell: HueyBell) -> None:
        self.contracts: list[str] = []
        self.accounts: list[str] = []
        bell.serve(Handlers(self.contracts.append, self.accounts.append))


def consuming(hueys: Hueys, work: Callable[[], None]) -> None:
    """Do some work while consumers take jobs."""
    consumers = Consumers(hueys)
    consumers.start()
    try:
        work()
    finally:
        consumers.stop()


def test_a_ring_is_heard_once_with_its_id(hueys: Hueys) -> None:
    bell = HueyBell(hueys, EventBus())
    ears = Ears(bell)

    def ring() -> None:
        bell.contract("spring")
        bell.account("acc")
        wait_until(lambda: ears.contracts and ears.accounts, "both jobs")

    consuming(hueys, ring)
    assert (ears.contracts, ears.accounts) == (["spring"], ["acc"])
    assert len(hueys.contracts) == len(hueys.messages) == 0


def test_a_ring_waits_in_the_queue_until_somebody_listens(hueys: Hueys) -> None:
    bell = HueyBell(hueys, EventBus())
    bell.contract("one")
    assert len(hueys.contracts) == 1
    ears = Ears(bell)
    consuming(hueys, lambda: wait_until(lambda: ears.contracts, "the job"))
    assert ears.contracts == ["one"]


def test_five_contracts_are_worked_on_at_once_and_each_by_one_only(hueys: Hueys) -> None:
    bell = HueyBell(hueys, EventBus())
    together = threading.Barrier(CONTRACTS_AT_ONCE, timeout=10)
    begun: list[str] = []
    at_work: Counter[str] = Counter()
    most: list[int] = []

    def work(contract_id: str) -> None:
        at_work[contract_id] += 1
        most.append(at_work[contract_id])
        first = contract_id not in begun
        begun.append(contract_id)
        if first:
            together.wait()
        at_work[contract_id] -= 1

    bell.serve(Handlers(work, lambda _: None))

    def ring() -> None:
        for _ in range(3):
            for number in range(CONTRACTS_AT_ONCE):
                bell.contract(str(number))
        wait_until(lambda: not len(hueys.contracts) and not +at_work, "all jobs to be done")

    consuming(hueys, ring)
    assert set(begun) == {str(one) for one in range(CONTRACTS_AT_ONCE)}
    assert set(most) == {1}


def test_consumers_leave_the_signals_to_the_program(hueys: Hueys) -> None:
    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(one) for one in watched]
    during: list[object] = []
    consuming(hueys, lambda: during.extend(signal.getsignal(one) for one in watched))
    assert during == before == [signal.getsignal(one) for one in watched]


def test_a_consumer_thread_that_died_is_replaced(hueys: Hueys) -> None:
    bell = HueyBell(hueys, EventBus())
    ears = Ears(bell)
    consumers = Consumers(hueys)
    consumers.start()
    consumer = consumers._consumers[1]
    consumer.stop_flag.set()
    consumer.worker_threads[0][1].join(10)
    consumer.stop_flag.clear()
    consumers.check_health()
    bell.account("acc")
    wait_until(lambda: ears.accounts, "the job")
    consumers.stop()


def test_the_queues_of_two_ledgers_on_one_redis_keep_apart(redis_url: str, tmp_path: Path) -> None:
    pairs = [
        build_hueys(redis_url=redis_url, file=tmp_path / "none.db", ledger_uid=uid)
        for uid in ("aaaaaaaa", "bbbbbbbb")
    ]
    bells = [HueyBell(one, EventBus()) for one in pairs]
    ears = [Ears(one) for one in bells]
    bells[1].account("second")
    bells[0].account("first")
    consuming(pairs[0], lambda: wait_until(lambda: ears[0].accounts, "the first's job"))
    assert (ears[0].accounts, ears[1].accounts) == (["first"], [])
    assert len(pairs[1].messages) == 1
    for one in pairs:
        one.close()


def test_an_absent_redis_is_told_once_and_the_work_is_done_on_the_spot(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    redis_server.stop()
    hueys = build_hueys(
        redis_url=redis_server.url, file=tmp_path / "none.db", ledger_uid="aaaaaaaa"
    )
    events = EventBus()
    told: list[Event] = []
    events.subscribe(told.append)
    bell = HueyBell(hueys, events)
    assert hueys.backend is QueueBackend.REDIS
    bell.account("nobody listens")
    ears = Ears(bell)
    for _ in range(3):
        bell.account("acc")
    bell.contract("one")
    wait_until(lambda: ears.contracts, "the contract's work")
    assert (ears.accounts, ears.contracts) == (["acc"] * 3, ["one"])
    assert [one.kind for one in told if isinstance(one, Notice)] == [NoticeKind.TROUBLE]
    assert "Redis is out of reach" in (bell.trouble or "")
    redis_server.start()
    bell.account("acc")
    assert bell.trouble is None
    assert [one.kind for one in told if isinstance(one, Notice)][1:] == [NoticeKind.TROUBLE_OVER]
    hueys.close()


def test_jobs_that_are_lost_are_rung_for_again(
    home: Path, ledger_url: str, redis_url: str, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.01))
    with Program.open(Place(home, ledger_url, redis_url).settings()) as program:
        account = cloud_account(program, cloud)
        contract = filled_contract(program, account, AMOUNT)
        program.services.contracts.start(contract.id)
        with Redis.from_url(redis_url) as redis:
            redis.flushall()
            program.start()
            cloud.wait_for(AMOUNT // 4)
            redis.flushall()
            wait_until(lambda: is_completed(program, contract), "the campaign to be done", 30)
    sent = Counter(one.to for one in cloud.accepted())
    assert (len(sent), max(sent.values())) == (AMOUNT, 1)


def test_jobs_that_come_many_times_double_nothing(program: Program, cloud: StandIn) -> None:
    account = cloud_account(program, cloud)
    contract = filled_contract(program, account, AMOUNT)
    program.start()
    program.services.contracts.start(contract.id)
    for _ in range(100):
        program._bell.contract(contract.id)
        program._bell.account(account.id)
    wait_until(lambda: is_completed(program, contract), "the campaign to be done", 30)
    sent = Counter(one.to for one in cloud.accepted())
    assert sent == {f"+{phone(number)}": 1 for number in range(AMOUNT)}
    assert counts(program, contract).sent == AMOUNT


def test_sending_begins_without_redis_and_goes_on_through_its_coming_and_going(
    home: Path, sqlite_url: str, redis_server: RedisServer, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    redis_server.stop()
    with Program.open(Place(home, sqlite_url, redis_server.url).settings()) as program:
        program.start()
        account = cloud_account(program, cloud, concurrency=5)
        contract = filled_contract(program, account, AMOUNT)
        program.services.contracts.start(contract.id)
        cloud.wait_for(AMOUNT // 4)
        assert any("Redis is out of reach" in one for one in program.health().problems)
        redis_server.start()
        cloud.wait_for(AMOUNT // 2)
        redis_server.kill()
        wait_until(lambda: is_completed(program, contract), "the campaign to be done", 30)
        redis_server.start()
        program._bell.account(account.id)
        assert program.health().ok
    sent = Counter(one.to for one in cloud.accepted())
    assert (len(sent), max(sent.values())) == (AMOUNT, 1)


def test_several_contracts_are_prepared_beside_each_other(light_program: Program) -> None:
    ledger = light_program.services.ledger
    add_account(ledger)
    contracts = [add_contract(ledger) for _ in range(6)]
    for one in contracts:
        fill(ledger, one.id, map(phone, range(2_500)))
    light_program.start()
    for one in contracts:
        light_program.services.contracts.start(one.id)

    def all_prepared() -> bool:
        found = [ledger.contracts.get(one.id) for one in contracts]
        return all(one.counts.draft == 0 for one in found)

    wait_until(all_prepared, "all to be prepared", 20)


def test_what_a_killed_program_left_half_done_is_found_by_the_sweep(
    light_program: Program, cloud: StandIn
) -> None:
    ledger = light_program.services.ledger
    account = cloud_account(light_program, cloud)
    half, gone, spent = (filled_contract(light_program, account, 20) for _ in range(3))
    for one, states in (
        (half, (ContractState.QUEUED, ContractState.PREPARING)),
        (gone, (ContractState.DELETING,)),
        (spent, (ContractState.CANCELLED,)),
    ):
        for state in states:
            ledger.contracts.move(one.id, state)
    light_program.start()
    wait_until(lambda: is_completed(light_program, half), "the half prepared to be done")
    wait_until(lambda: counts(light_program, spent).skipped == 20, "the cancelled to be skipped")
    wait_until(lambda: len(ledger.contracts.in_states(list(ContractState))) == 2, "the deletion")
    assert cloud.count() == 20
