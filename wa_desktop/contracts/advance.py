"""The job of the contracts queue: carry a contract on from wherever it stands.

Idempotent and resumable: it reads what is left from the ledger after each slice, so it may
be run twice at once, or killed between any two slices.
"""

from collections.abc import Callable

from wa_desktop.contracts.bell import Bell
from wa_desktop.errors import NotFound
from wa_desktop.events import (
    ContractChanged,
    EventBus,
    Notice,
    NoticeKind,
    NoticeLevel,
    QueuesChanged,
)
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState


def advance(
    ledger: Ledger,
    bell: Bell,
    events: EventBus,
    contract_id: str,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Prepare, skip or delete the contract's rows, whichever its state asks for.

    Returns early when ``stopped`` says so; the sweep rings for the rest. The account is rung
    for after the first slice, so that sending does not wait for the last row.
    """
    try:
        state = ledger.contracts.get(contract_id).state
    except NotFound:
        state = ContractState.DELETING
    account = None
    while not stopped() and (moved := _slice(ledger, state, contract_id)):
        if state in _PREPARED_BY_US and account is None and moved:
            account = ledger.contracts.get(contract_id).account_id
            bell.account(account)
        events.post(ContractChanged(contract_id))
    if state in _PREPARED_BY_US and not stopped():
        _ring_for_account(ledger, bell, events, contract_id)
    events.post(QueuesChanged())


_PREPARED_BY_US = (ContractState.QUEUED, ContractState.PREPARING)


def _slice(ledger: Ledger, state: ContractState, contract_id: str) -> int:
    try:
        if state in _PREPARED_BY_US:
            return ledger.work.prepare_slice(contract_id)
        if state is ContractState.CANCELLED:
            return ledger.work.skip_slice(contract_id)
        if state is ContractState.DELETING:
            return ledger.work.delete_slice(contract_id)
    except NotFound:
        return 0
    return 0


def _ring_for_account(ledger: Ledger, bell: Bell, events: EventBus, contract_id: str) -> None:
    try:
        contract = ledger.contracts.get(contract_id)
    except NotFound:
        return
    if contract.state is ContractState.RUNNING and not contract.counts.remaining:
        finish(ledger, events, ledger.contracts.number(contract_id))
    bell.account(contract.account_id)


def finish(ledger: Ledger, events: EventBus, number: int) -> None:
    """Complete a running contract in which nothing remains, and say so."""
    contract_id = ledger.contracts.complete_if_done(number)
    if contract_id is None:
        return
    events.post(ContractChanged(contract_id))
    events.post(
        Notice(
            NoticeKind.FINISHED,
            NoticeLevel.INFO,
            subject=ledger.contracts.get(contract_id).name,
            contract_id=contract_id,
        )
    )
