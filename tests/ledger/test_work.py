"""Preparing, skipping and deleting go in slices that may each be the last."""

import pytest

from tests.ledgers import (
    SLICE,
    add_account,
    add_contract,
    check_counts,
    counted,
    execute,
    in_flight,
    outcome,
    run,
    running,
    turn,
    value,
)
from wa_desktop.clock import SECOND, now
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountState
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.settle import OutcomeKind


@pytest.mark.usefixtures("even_slices")
def test_a_contract_is_prepared_slice_by_slice(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 2 * SLICE + 1)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    left = []
    while ledger.work.prepare_slice(contract.id):
        left.append(ledger.contracts.get(contract.id).counts.draft)
        check_counts(ledger, contract.id)
    assert left == [SLICE + 1, 1, 0]
    shown = ledger.contracts.get(contract.id)
    assert (shown.state, shown.counts.waiting) == (ContractState.RUNNING, 2 * SLICE + 1)
    assert shown.started_at is not None


@pytest.mark.usefixtures("even_slices")
def test_preparing_goes_on_where_a_pause_stopped_it(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 2 * SLICE)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    ledger.work.prepare_slice(contract.id)
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    assert ledger.work.prepare_slice(contract.id) == 0
    assert ledger.contracts.get(contract.id).counts.draft == SLICE
    run(ledger, contract.id)
    assert ledger.contracts.get(contract.id).counts.waiting == 2 * SLICE


@pytest.mark.parametrize("state", [ContractState.DRAFT, ContractState.CANCELLED])
def test_only_a_started_contract_is_prepared(ledger: Ledger, state: ContractState) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 2)
    execute(ledger, "UPDATE contracts SET state = ?", state.value)
    assert ledger.work.prepare_slice(contract.id) == 0
    assert ledger.contracts.get(contract.id).counts.draft == 2


def test_a_cancelled_contract_skips_what_was_not_sent(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 6)
    worker = ledger.workers.register()
    one, two, three = turn(ledger, worker, free=3).granted
    late = outcome(two, OutcomeKind.RETRY, due_at=now() + SECOND)
    turn(ledger, worker, outcomes=[outcome(one), late])
    ledger.contracts.move(contract.id, ContractState.CANCELLED)
    assert ledger.work.unfinished(now()) == (contract.id,)
    while ledger.work.skip_slice(contract.id):
        check_counts(ledger, contract.id)
    counts = ledger.contracts.get(contract.id).counts
    assert (counts.sent, counts.skipped, counts.sending) == (1, 4, 1)
    assert ledger.work.unfinished(now()) == ()
    turn(ledger, worker, outcomes=[outcome(three, OutcomeKind.RETURNED)])
    assert ledger.work.unfinished(now()) == (contract.id,)
    assert ledger.work.skip_slice(contract.id) == 1


def test_only_a_cancelled_contract_skips(ledger: Ledger) -> None:
    add_account(ledger)
    assert ledger.work.skip_slice(running(ledger, 2).id) == 0


@pytest.mark.usefixtures("even_slices")
def test_a_deleted_contract_takes_all_its_rows_along_in_slices(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    number = ledger.imports.begin(contract.id)
    rows = [NewMessage(str(one), "Свой текст") for one in range(2 * SLICE + 5)]
    ledger.imports.finish(number, ledger.imports.add(number, rows), own_contents=True)
    other = add_contract(ledger, 3)
    ledger.contracts.move(contract.id, ContractState.DELETING)
    with pytest.raises(NotFound):
        ledger.contracts.get(contract.id)
    assert ledger.work.unfinished(now()) == (contract.id,)
    slices = []
    while deleted := ledger.deleting.slice(contract.id):
        slices.append(deleted)
    assert max(slices) == SLICE
    with pytest.raises(NotFound):
        ledger.deleting.slice(contract.id)
    assert value(ledger, "SELECT COUNT(1) FROM messages") == 3
    assert value(ledger, "SELECT COUNT(1) FROM contents") == 0
    assert value(ledger, "SELECT COUNT(1) FROM counters") == 1
    check_counts(ledger, other.id)


def test_a_contract_that_is_no_longer_wanted_is_not_deleted_by_chance(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 3)
    assert ledger.deleting.slice(contract.id) == 0
    assert counted(ledger, contract.id).draft == 3


def test_a_message_on_the_wire_outlives_its_contract_until_it_is_settled(ledger: Ledger) -> None:
    add_account(ledger, concurrency=1)
    contract = running(ledger, 5)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=1).granted[0]
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    ledger.contracts.move(contract.id, ContractState.DELETING)
    while ledger.deleting.slice(contract.id):
        pass
    assert in_flight(ledger) == value(ledger, "SELECT COUNT(1) FROM messages") == 1
    turn(ledger, worker, outcomes=[outcome(granted)])
    assert in_flight(ledger) == 0
    while ledger.deleting.slice(contract.id):
        pass
    assert value(ledger, "SELECT COUNT(1) FROM contracts") == 0


def test_a_contract_that_is_being_deleted_shows_in_no_figure(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 5)
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    assert ledger.statistics.totals().waiting == 5
    ledger.contracts.move(contract.id, ContractState.DELETING)
    assert ledger.statistics.totals().total == 0
    assert ledger.statistics.queues().messages.waiting == 0
    assert ledger.contracts.page().items == ()


def test_ids_of_deleted_contracts_and_messages_are_never_given_again(ledger: Ledger) -> None:
    add_account(ledger)
    numbers, ids = [], []
    for _ in range(3):
        contract = add_contract(ledger, 2)
        numbers.append(ledger.contracts.number(contract.id))
        ids += list(ledger.messages.ids(contract.id))
        ledger.contracts.move(contract.id, ContractState.DELETING)
        while ledger.deleting.slice(contract.id):
            pass
    assert len(set(numbers)) == 3
    assert len(set(ids)) == 6


def test_the_sweep_finds_accounts_with_something_due(ledger: Ledger) -> None:
    add_account(ledger)
    at = now()
    assert ledger.work.accounts_with_work(at) == ()
    contract = running(ledger, 1)
    assert ledger.work.accounts_with_work(at) == ("acc",)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=1).granted[0]
    assert ledger.work.accounts_with_work(at) == ()
    later = outcome(granted, OutcomeKind.RETRY, due_at=at + SECOND)
    turn(ledger, worker, outcomes=[later])
    assert ledger.work.accounts_with_work(at) == ()
    assert ledger.work.accounts_with_work(at + SECOND) == ("acc",)
    ledger.accounts.set_state("acc", AccountState.STOPPED, None)
    assert ledger.work.accounts_with_work(at + SECOND) == ()
    ledger.accounts.set_state("acc", AccountState.ACTIVE, None)
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    assert ledger.work.accounts_with_work(at + SECOND) == ()


def test_the_sweep_finds_contracts_in_which_nothing_remains(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    assert ledger.work.worked_through() == ()
    worker = ledger.workers.register()
    turn(ledger, worker, outcomes=[outcome(turn(ledger, worker, free=1).granted[0])])
    assert ledger.work.worked_through() == (ledger.contracts.number(contract.id),)


def test_a_contract_with_an_open_import_does_not_move(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 1)
    ledger.imports.begin(contract.id)
    for target in (ContractState.QUEUED, ContractState.CANCELLED, ContractState.DELETING):
        with pytest.raises(MoveRefused, match="being added") as told:
            ledger.contracts.move(contract.id, target)
        assert told.value.state == "importing"
