"""Rows that bring a time of their own wait for it, however many there are."""

import json
import threading
from pathlib import Path

import pytest

from tests.ledgers import SLICE, add_account, add_contract, check_counts, waiting_for_locks
from tests.limits.desk import HOUR, NOON, Desk, open_desk
from tests.programs import phone
from tests.waiting import wait_until
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


@pytest.mark.usefixtures("even_slices")
@pytest.mark.parametrize("held", [False, True], ids=["come due", "are held"])
def test_a_row_delayed_in_the_moment_others_of_its_campaign_leave_or_join_keeps_its_time(
    postgres_url: str, tmp_path: Path, held: bool
) -> None:
    desk = open_desk(postgres_url, tmp_path)
    ledger, account, then = desk.ledger, desk.account(), NOON + HOUR // 2
    contract = add_contract(ledger)
    rows = [NewMessage(phone(place), due_at=None if held else NOON) for place in range(SLICE)] + [
        NewMessage(phone(SLICE + place), due_at=None if place else then) for place in range(SLICE)
    ]
    number = ledger.imports.begin(contract.id)
    added = ledger.imports.add(number, [*rows, NewMessage(phone(2 * SLICE))])
    ledger.imports.finish(number, added, own_contents=False)
    night = json.dumps({"from": "00:00", "to": "23:59", "zone": None}) if held else None
    ledger.contracts.change(contract.id, quiet_hours=night)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    assert ledger.work.prepare_slice(contract.id) == SLICE
    claim = threading.Thread(target=lambda: desk.turn(account))
    with ledger._database.write():
        assert ledger.work.prepare_slice(contract.id) == SLICE
        claim.start()
        wait_until(lambda: waiting_for_locks(postgres_url) == 1, "the claim to wait")
    claim.join()
    assert ledger.contracts.get(contract.id).next_due_at == then
    ledger.close()
