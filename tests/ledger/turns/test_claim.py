"""The claim takes no more than there are places, slots and messages, in order and in time."""

import threading
from collections import Counter

import psycopg
import psycopg.sql
import pytest

from tests.ledgers import (
    SLICE,
    add_account,
    add_contract,
    check_counts,
    execute,
    in_flight,
    outcome,
    run,
    running,
    turn,
)
from tests.opened import open_ledger
from wa_desktop.clock import MILLISECOND, SECOND, now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountState, RateLimit
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.cycle import BEGIN_AHEAD, RESERVE_AHEAD
from wa_desktop.ledger.turns.settle import OutcomeKind

FAST = RateLimit(max=100, duration_ms=1_000)
SLOW = RateLimit(max=20, duration_ms=60_000)


@pytest.mark.parametrize("places", [1, 7, 50])
def test_a_claim_takes_as_many_as_there_are_free_places(ledger: Ledger, places: int) -> None:
    add_account(ledger, concurrency=100)
    contract = running(ledger, 60)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=places).granted
    assert len(granted) == places
    assert ledger.contracts.get(contract.id).counts.sending == places
    check_counts(ledger, contract.id)


def test_a_claim_takes_no_more_than_the_account_allows(ledger: Ledger) -> None:
    add_account(ledger, concurrency=3)
    contract = running(ledger, 60)
    worker = ledger.workers.register()
    assert len(turn(ledger, worker, free=50).granted) == 3
    assert turn(ledger, worker, free=50).granted == ()
    check_counts(ledger, contract.id)


def test_no_plan_of_postgresql_makes_a_claim_take_more_than_its_places(postgres_url: str) -> None:
    """A sub-select with a lock and a limit may be run once for each row it is joined to."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = psycopg.sql.Identifier(connection.info.dbname)
        for other in ("hashjoin", "mergejoin", "hashagg", "material", "sort", "memoize"):
            option = psycopg.sql.Identifier(f"enable_{other}")
            connection.execute(
                psycopg.sql.SQL("ALTER DATABASE {} SET {} = off").format(name, option)
            )
    ledger = open_ledger(postgres_url)
    add_account(ledger, concurrency=1_000)
    contract = running(ledger, 500)
    worker = ledger.workers.register()
    for _ in range(3):
        assert len(turn(ledger, worker, free=5).granted) == 5
    assert ledger.contracts.get(contract.id).counts.sending == 15
    ledger.close()


def test_two_workers_of_one_account_share_its_places(ledger: Ledger) -> None:
    add_account(ledger, concurrency=5)
    running(ledger, 60)
    first, second = ledger.workers.register(), ledger.workers.register()
    granted = turn(ledger, first, free=3).granted
    assert len(turn(ledger, second, free=5).granted) == 2
    assert turn(ledger, second, free=3).outlooks[0].crowded
    turn(ledger, first, outcomes=[outcome(granted[0])])
    assert len(turn(ledger, second, free=3).granted) == 1
    assert in_flight(ledger) == 5


def test_workers_that_claim_at_once_get_different_messages(ledger: Ledger) -> None:
    add_account(ledger, concurrency=1_000)
    contract = running(ledger, 300)
    workers = [ledger.workers.register() for _ in range(4)]
    taken: list[int] = []

    def claim(worker: int) -> None:
        for _ in range(10):
            taken.extend(one.message_id for one in turn(ledger, worker, free=5).granted)

    threads = [threading.Thread(target=claim, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 200
    check_counts(ledger, contract.id)


def test_slots_stand_exactly_one_interval_apart_over_many_claims(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=1_000)
    running(ledger, 80)
    worker, start = ledger.workers.register(), now()
    slots: list[int] = []
    for step in range(20):
        at = start + step * 30 * MILLISECOND
        slots += [one.slot_at for one in turn(ledger, worker, free=1_000, at=at).granted]
    assert slots == [start + number * FAST.interval for number in range(len(slots))]
    assert len(slots) > 60


def test_slots_are_reserved_a_little_ahead_and_no_further(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=1_000)
    running(ledger, 80)
    worker, at = ledger.workers.register(), now()
    result = turn(ledger, worker, free=1_000, at=at)
    assert [one.slot_at - at for one in result.granted] == [
        number * FAST.interval for number in range(10)
    ]
    assert [one.begun for one in result.granted] == [
        one.slot_at <= at + BEGIN_AHEAD for one in result.granted
    ]
    assert result.outlooks[0].next_try_at == at + 10 * FAST.interval - RESERVE_AHEAD


def test_time_without_sending_saves_up_no_slots(ledger: Ledger) -> None:
    add_account(ledger, rate=SLOW, concurrency=1_000)
    running(ledger, 80)
    worker, at = ledger.workers.register(), now()
    assert len(turn(ledger, worker, free=50, at=at).granted) == 1
    assert turn(ledger, worker, free=50, at=at + 2 * SECOND).granted == ()
    later = at + 600 * SECOND
    assert [one.slot_at for one in turn(ledger, worker, free=50, at=later).granted] == [later]


def test_the_limit_holds_across_workers(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=1_000)
    running(ledger, 80)
    at = now()
    slots = []
    for step in range(12):
        worker = ledger.workers.register()
        slots += [one.slot_at for one in turn(ledger, worker, free=3, at=at + step).granted]
    assert len(slots) == len(set(slots)) == 10
    assert max(slots) <= at + 12 + RESERVE_AHEAD


def test_a_higher_priority_goes_first_however_late_it_was_made(ledger: Ledger) -> None:
    add_account(ledger)
    low = running(ledger, 3, name="low")
    high = running(ledger, 3, name="high", priority=5)
    granted = turn(ledger, ledger.workers.register(), free=4).granted
    numbers = Counter(one.contract for one in granted)
    assert numbers[ledger.contracts.number(high.id)] == 3
    assert numbers[ledger.contracts.number(low.id)] == 1


def test_of_one_contract_the_earlier_due_goes_first_then_the_earlier_place(
    ledger: Ledger,
) -> None:
    add_account(ledger)
    running(ledger, 3)
    worker, at = ledger.workers.register(), now()
    first = turn(ledger, worker, free=1, at=at).granted[0]
    again = outcome(first, OutcomeKind.RETRY, due_at=at + SECOND)
    turn(ledger, worker, at=at, outcomes=[again])
    granted = turn(ledger, worker, free=3, at=at + 2 * SECOND).granted
    assert granted[-1].message_id == first.message_id
    places = [one.message_id for one in granted[:-1]]
    assert places == sorted(places)


def test_contracts_of_equal_priority_take_turns(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=100)
    contracts = [running(ledger, 10, name=str(number)) for number in range(3)]
    worker, at = ledger.workers.register(), now()
    order = [
        turn(ledger, worker, free=1, at=at + step * SECOND).granted[0].contract for step in range(9)
    ]
    numbers = [ledger.contracts.number(one.id) for one in contracts]
    assert order == numbers * 3


def test_a_large_claim_is_shared_evenly_by_equal_contracts(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    for number in range(3):
        running(ledger, 20, name=str(number))
    granted = turn(ledger, ledger.workers.register(), free=30).granted
    assert sorted(Counter(one.contract for one in granted).values()) == [10, 10, 10]


def test_what_is_delayed_is_counted_so_and_waits_for_its_time(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    worker, at = ledger.workers.register(), now()
    granted = turn(ledger, worker, free=1, at=at).granted[0]
    due = at + 60 * SECOND
    result = turn(
        ledger,
        worker,
        free=1,
        at=at,
        outcomes=[outcome(granted, OutcomeKind.RETRY, due_at=due, code=131000)],
    )
    assert result.granted == ()
    assert result.outlooks[0].next_try_at == due
    counts = ledger.contracts.get(contract.id).counts
    assert (counts.delayed, counts.waiting) == (1, 0)
    assert turn(ledger, worker, free=1, at=due - 1).granted == ()
    again = turn(ledger, worker, free=1, at=due).granted[0]
    assert (again.message_id, again.attempts) == (granted.message_id, 1)
    assert ledger.contracts.get(contract.id).counts.delayed == 0
    check_counts(ledger, contract.id)


def test_a_claim_in_vain_says_that_only_a_bell_can_help(ledger: Ledger) -> None:
    add_account(ledger)
    result = turn(ledger, ledger.workers.register(), free=1)
    assert [one.next_try_at for one in result.outlooks] == [None]


@pytest.mark.parametrize("target", [ContractState.PAUSED, ContractState.CANCELLED])
def test_a_stopped_contract_gives_out_nothing(ledger: Ledger, target: ContractState) -> None:
    add_account(ledger)
    contract = running(ledger, 5)
    ledger.contracts.move(contract.id, target)
    assert turn(ledger, ledger.workers.register(), free=5).granted == ()


def test_a_stopped_account_gives_out_nothing(ledger: Ledger) -> None:
    add_account(ledger)
    running(ledger, 5)
    ledger.accounts.set_state("acc", AccountState.STOPPED, "No money.")
    result = turn(ledger, ledger.workers.register(), free=5)
    assert (result.granted, result.outlooks) == ((), ())


@pytest.mark.usefixtures("even_slices")
def test_a_contract_gives_out_messages_while_it_is_prepared(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 1_500)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    assert ledger.work.prepare_slice(contract.id) == SLICE
    assert ledger.contracts.get(contract.id).state is ContractState.PREPARING
    assert len(turn(ledger, ledger.workers.register(), free=5).granted) == 5
    check_counts(ledger, contract.id)


def test_a_message_given_back_goes_before_those_behind_it(ledger: Ledger) -> None:
    add_account(ledger)
    running(ledger, 40)
    worker, at = ledger.workers.register(), now()
    first = turn(ledger, worker, free=5, at=at).granted
    back = [outcome(one, OutcomeKind.RETURNED, at=at) for one in first[:2]]
    again = turn(ledger, worker, free=5, at=at, outcomes=back).granted
    assert [one.message_id for one in again[:2]] == [one.message_id for one in first[:2]]


def test_what_another_program_gives_back_is_found_within_a_second(ledger_url: str) -> None:
    ledger, other = open_ledger(ledger_url), open_ledger(ledger_url)
    add_account(ledger)
    contract = running(ledger, 40)
    worker, at = ledger.workers.register(), now()
    first = [one.message_id for one in turn(ledger, worker, free=3, at=at).granted]
    execute(other, "UPDATE messages SET state = 1, claimed_by = NULL WHERE id = ?", first[0])
    execute(other, "UPDATE counters SET waiting = waiting + 1, sending = sending - 1")
    execute(other, "UPDATE accounts SET in_flight = in_flight - 1")
    later = turn(ledger, worker, free=3, at=at + SECOND).granted
    assert later[0].message_id == first[0]
    check_counts(ledger, contract.id)
    ledger.close()
    other.close()


def test_the_last_rows_are_found_though_they_stand_before_the_front(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    running(ledger, 20)
    worker, at = ledger.workers.register(), now()
    first = [one.message_id for one in turn(ledger, worker, free=10, at=at).granted]
    which = f"id IN ({first[0]}, {first[1]})"
    execute(ledger, f"UPDATE messages SET state = 1, claimed_by = NULL WHERE {which}")
    execute(ledger, "UPDATE counters SET waiting = waiting + 2, sending = sending - 2")
    rest = [one.message_id for one in turn(ledger, worker, free=50, at=at).granted]
    assert len(rest) == 12
    assert set(first[:2]) < set(rest)


def test_what_was_claimed_ahead_is_begun_at_its_slot(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=100)
    contract = running(ledger, 20)
    worker, at = ledger.workers.register(), now()
    granted = turn(ledger, worker, free=100, at=at).granted
    ahead = [one.message_id for one in granted if not one.begun]
    assert ledger.contracts.get(contract.id).counts.claimed == len(ahead) == 5
    result = turn(ledger, worker, begin=ahead, at=at + 80 * MILLISECOND)
    assert result.begun == frozenset(ahead)
    assert ledger.contracts.get(contract.id).counts.sending == len(granted)
    check_counts(ledger, contract.id)


def test_what_was_claimed_for_a_contract_that_is_paused_now_goes_back(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=100)
    contract = running(ledger, 20)
    worker, at = ledger.workers.register(), now()
    granted = turn(ledger, worker, free=100, at=at).granted
    ahead = [one.message_id for one in granted if not one.begun]
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    assert turn(ledger, worker, begin=ahead, at=at).begun == frozenset()
    assert ledger.contracts.get(contract.id).counts.claimed == 0
    assert in_flight(ledger) == len(granted) - len(ahead) == 5
    check_counts(ledger, contract.id)


def test_claims_taken_back_by_a_pause_free_their_places_once(ledger: Ledger) -> None:
    add_account(ledger, rate=FAST, concurrency=100)
    contract = running(ledger, 20)
    worker, at = ledger.workers.register(), now()
    ahead = [one for one in turn(ledger, worker, free=100, at=at).granted if not one.begun]
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    assert ledger.work.release_claims(contract.id) == len(ahead)
    back = [outcome(one, OutcomeKind.RETURNED) for one in ahead]
    turn(ledger, worker, begin=[one.message_id for one in ahead], outcomes=back, at=at)
    check_counts(ledger, contract.id)
    run(ledger, contract.id)
    assert ledger.contracts.get(contract.id).state is ContractState.RUNNING


def test_own_texts_come_with_the_claim_and_shared_ones_do_not(ledger: Ledger) -> None:
    from wa_desktop.ledger.imports import NewMessage

    add_account(ledger)
    contract = add_contract(ledger)
    number = ledger.imports.begin(contract.id)
    rows = [
        NewMessage("1", "Свой текст 🎉"),
        NewMessage("2", None, {"имя": "Аня"}),
        NewMessage("3"),
    ]
    ledger.imports.finish(number, ledger.imports.add(number, rows), own_contents=True)
    run(ledger, contract.id)
    granted = turn(ledger, ledger.workers.register(), free=3).granted
    own = [one.own for one in granted]
    assert own[0] is not None
    assert own[0].body == "Свой текст 🎉"
    assert own[1] is not None
    assert own[1].variables == {"имя": "Аня"}
    assert own[2] is None
    assert {one.own.body for one in granted if one.own} == {"Свой текст 🎉", None}
    states = [one.state for one in ledger.messages.page(contract.id).items]
    assert states == [MessageState.SENDING] * 3
