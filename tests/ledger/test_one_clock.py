"""On PostgreSQL a computer whose own clock is wrong writes and judges by the server's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.limits.desk import Desk, open_desk, phones
from tests.programs import Place, filled_contract
from tests.services.shifted_clock import ShiftedClock
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, SteadyClock, now
from wa_desktop.errors import InvalidInput
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import AccountState, RateLimit
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.turn import CycleResult, Turn, Want

TEN_MINUTES = 600 * SECOND
FIVE_A_SECOND = RateLimit(5, 1_000)


@pytest.fixture(params=[-600, 600])
def shift(request: pytest.FixtureRequest) -> int:
    """By how many microseconds the server's clock, the right one, is ahead of this computer's."""
    return int(request.param) * SECOND


@pytest.fixture
def program(home: Path, made_postgres_url: str, shift: int) -> Iterator[Program]:
    ShiftedClock(made_postgres_url).set(shift / SECOND)
    with Program.open(Place(home, made_postgres_url, None).settings()) as opened:
        yield opened


def test_all_that_a_program_stamps_is_on_the_servers_clock(program: Program, shift: int) -> None:
    services, ledger = program.services, program.services.ledger
    account = services.accounts.ensure_sandbox()
    contract = filled_contract(program, account, 3)
    services.contracts.start(contract.id)
    while ledger.work.prepare_slice(contract.id):
        pass
    services.contracts.pause(contract.id)
    ledger.accounts.set_state(account.id, AccountState.STOPPED, "for a test")
    found = ledger.contracts.get(contract.id)
    rows = ledger.messages.of_ids(list(ledger.messages.ids(contract.id, MessageFilter())))
    history = ledger.messages.history(rows[0].id)
    stamps = [
        account.created_at,
        found.created_at,
        found.started_at,
        *(one.due_at for one in rows),
        *(one.at for one in history.events),
        ledger.inspection.newest_stamp(),
    ]
    right = now() + shift
    assert all(one is not None and abs(one - right) < 100 * SECOND for one in stamps), stamps


def test_a_worker_is_alive_by_the_servers_clock(program: Program) -> None:
    number = program.services.ledger.workers.register()
    assert [one.id for one in program.services.ledger.workers.alive()] == [number]


def test_a_start_and_an_end_are_judged_by_the_servers_clock(program: Program, shift: int) -> None:
    services = program.services
    account = services.accounts.ensure_sandbox()
    right = now() + shift
    ahead, behind = right + TEN_MINUTES // 2, right - TEN_MINUTES // 2
    for start_at, state in ((ahead, ContractState.SCHEDULED), (behind, ContractState.QUEUED)):
        contract = filled_contract(program, account, 1)
        services.ledger.contracts.change(contract.id, start_at=start_at)
        assert services.contracts.start(contract.id).state is state
    services.contracts.create(NewContract(account.id, "ends ahead", message="x", expires_at=ahead))
    with pytest.raises(InvalidInput):
        services.contracts.create(
            NewContract(account.id, "ends behind", message="x", expires_at=behind)
        )


def _turn(desk: Desk, account: str, clock: SteadyClock, begin: tuple[int, ...] = ()) -> CycleResult:
    """A turn as an engine has it, by its clock."""
    return desk.ledger.cycle.run(
        Turn(desk.worker, clock.now(), begin=begin, wants=[Want(account, 5)], offset=clock.offset)
    )


@pytest.mark.parametrize("step", [-90, 90])
def test_a_turn_by_another_clock_than_the_servers_claims_and_begins_nothing(
    made_postgres_url: str, tmp_path: Path, step: int
) -> None:
    server = ShiftedClock(made_postgres_url)
    desk = open_desk(made_postgres_url, tmp_path)
    account = desk.account(rate_limit=RateLimit(100, 1_000))
    contract = desk.running(account, phones(30))
    desk.ledger.measure_clock()
    clock = SteadyClock(desk.ledger.clock.offset)
    first = _turn(desk, account.id, clock)
    ahead = tuple(one.message_id for one in first.granted if not one.begun)
    assert first.on_time
    assert first.granted
    before = desk.get(contract).counts
    server.set(step)  # or another server took over
    late = _turn(desk, account.id, clock, ahead)
    assert not late.on_time
    assert not late.granted
    assert not late.begun
    counts = desk.get(contract).counts
    assert counts.waiting == before.waiting + len(ahead)
    assert abs(clock.follow() - step * SECOND) < SECOND
    again = desk.ledger.cycle.run(
        Turn(
            desk.worker,
            clock.now(),
            wants=[Want(account.id, 5, clock_set=True)],
            offset=clock.offset,
        )
    )
    assert again.on_time
    desk.ledger.close()


def test_a_turn_on_sqlite_is_always_on_time(sqlite_url: str, tmp_path: Path) -> None:
    desk = open_desk(sqlite_url, tmp_path)
    account = desk.account(rate_limit=FIVE_A_SECOND)
    contract = desk.running(account, phones(3))
    result = _turn(desk, account.id, SteadyClock(lambda: 0))
    assert result.on_time
    assert desk.get(contract).state is ContractState.RUNNING
    desk.ledger.close()


def test_what_was_started_is_due_at_once_on_either_clock(program: Program) -> None:
    ledger = program.services.ledger
    contract = filled_contract(program, program.services.accounts.ensure_sandbox(), 2)
    program.services.contracts.start(contract.id)
    while ledger.work.prepare_slice(contract.id):
        pass
    assert ledger.work.accounts_with_work(ledger.now())
    assert ledger.contracts.get(contract.id).counts.waiting == 2
