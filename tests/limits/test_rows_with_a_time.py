"""Rows that bring a time of their own wait for it, however many there are."""

import pytest

from tests.ledgers import SLICE, add_account, add_contract, check_counts
from tests.limits.desk import HOUR, NOON, Desk
from tests.programs import phone
from wa_desktop.clock import now
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState


def prepared(ledger: Ledger, rows: list[NewMessage]) -> str:
    contract = add_contract(ledger)
    number = ledger.imports.begin(contract.id)
    ledger.imports.finish(number, ledger.imports.add(number, rows), own_contents=False)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    while ledger.work.prepare_slice(contract.id):
        check_counts(ledger, contract.id)
    return contract.id


def test_rows_are_delayed_until_their_own_time(desk: Desk) -> None:
    ledger = desk.ledger
    account = desk.account()
    due = NOON + HOUR
    contract_id = prepared(
        ledger,
        [
            NewMessage(phone(0), due_at=due),
            NewMessage(phone(1)),
            NewMessage(phone(2), due_at=now() - HOUR),
            NewMessage(phone(3), due_at=due + 1),
        ],
    )
    contract = ledger.contracts.get(contract_id)
    assert (contract.counts.waiting, contract.counts.delayed) == (2, 2)
    assert contract.next_due_at == due
    assert desk.send(account) == [phone(1), phone(2)]
    desk.at = due - 1
    assert desk.send(account) == []
    desk.at = due
    assert desk.send(account) == [phone(0)]
    desk.at = due + 1
    assert desk.send(account) == [phone(3)]


@pytest.mark.usefixtures("even_slices")
def test_slices_of_timed_rows_come_to_an_end(ledger: Ledger) -> None:
    add_account(ledger)
    later = now() + HOUR
    rows = [
        NewMessage(phone(number), due_at=later if number % 3 or number > SLICE else None)
        for number in range(2 * SLICE + 10)
    ]
    waiting = sum(one.due_at is None for one in rows)
    contract = ledger.contracts.get(prepared(ledger, rows))
    assert contract.state is ContractState.RUNNING
    assert contract.counts.waiting == waiting
    assert contract.counts.delayed == len(rows) - waiting
