"""A paused queue gives out nothing, on either engine, and goes on from where it stood."""

from tests.ledgers import add_account, add_contract, check_counts, running, turn
from tests.limits.desk import Desk, phones
from wa_desktop.clock import now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.switches import QueueName


def test_a_paused_queue_of_messages_gives_out_nothing(desk: Desk) -> None:
    account = desk.account()
    desk.running(account, phones(5))
    assert len(desk.send(account, free=2)) == 2
    assert desk.ledger.switches.pause(QueueName.MESSAGES)
    assert not desk.ledger.switches.pause(QueueName.MESSAGES)
    result = desk.turn(account)
    assert result.granted == ()
    assert [one.next_try_at for one in result.outlooks] == [None]
    assert desk.ledger.work.accounts_with_work(now()) == ()
    assert desk.ledger.statistics.queues().messages.paused
    assert desk.ledger.switches.resume(QueueName.MESSAGES)
    assert not desk.ledger.statistics.queues().messages.paused
    assert len(desk.send(account)) == 3


def test_what_was_claimed_before_a_pause_goes_back(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    worker = ledger.workers.register()
    at = now()
    ledger._database.peewee.execute_sql(
        f"UPDATE accounts SET rate_max = 1, rate_ms = 60000, next_slot_at = {at + 80_000}"
    )
    [granted] = turn(ledger, worker, free=1, at=at).granted
    assert not granted.begun
    ledger.switches.pause(QueueName.MESSAGES)
    result = turn(ledger, worker, at=at + 50_000, begin=[granted.message_id])
    assert result.begun == frozenset()
    assert ledger.contracts.get(contract.id).counts.waiting == 1
    check_counts(ledger, contract.id)


def test_a_paused_queue_of_contracts_prepares_none(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 3)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    ledger.switches.pause(QueueName.CONTRACTS)
    assert ledger.work.prepare_slice(contract.id) == 0
    assert ledger.work.unfinished(now()) == ()
    assert ledger.contracts.get(contract.id).state is ContractState.QUEUED
    assert ledger.statistics.queues().contracts.paused
    ledger.switches.resume(QueueName.CONTRACTS)
    assert ledger.work.unfinished(now()) == (contract.id,)
    assert ledger.work.prepare_slice(contract.id) == 3
