"""The job of the contracts queue: carry a contract on from wherever it stands.

Idempotent and resumable: it reads what is left from the ledger after each slice, so it may
be run twice at once, or killed between any two slices.
"""

import time
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
from wa_desktop.ledger.states import CLAIMABLE, ContractState

_AHEAD = 5_000
"""Messages that wait, some seconds of sending at full speed: preparing need not hurry then."""

_LONGEST = 0.05
"""Preparing rests as long as each slice took, at most this (seconds): messages go
out meanwhile, which share the disk and the processors with it."""


def advance(
    ledger: Ledger,
    bell: Bell,
    events: EventBus,
    contract_id: str,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Carry on the contract's action; prepare, skip or delete its rows as its state asks.

    Returns early when ``stopped`` says so; the sweep rings for the rest. The account is rung
    for after the first slice, so that sending does not wait for the last row.
    """

    def act(contract_id: str) -> int:
        """A slice of the action; a start does not wait for the last of them."""
        looked_at = ledger.actions.slice(contract_id)
        if looked_at and _state(ledger, contract_id) is ContractState.QUEUED:
            ledger.work.prepare_slice(contract_id)
            if _state(ledger, contract_id) in CLAIMABLE:
                _ring_for_account(ledger, bell, events, contract_id)
        return looked_at

    state = _state(ledger, contract_id)
    for work in (act, _slice_of(ledger, state), ledger.work.skip_slice):
        rung = False
        began = time.monotonic()
        while not stopped() and _slice(work, contract_id):
            if not rung:
                _ring_for_account(ledger, bell, events, contract_id)
                rung = True
            events.post(ContractChanged(contract_id))
            if work == ledger.work.prepare_slice and ledger.work.waiting(contract_id) > _AHEAD:
                time.sleep(min(time.monotonic() - began, _LONGEST))
            began = time.monotonic()
    if not stopped():
        _ring_for_account(ledger, bell, events, contract_id)
    events.post(QueuesChanged())


_PREPARED_BY_US = (ContractState.QUEUED, ContractState.PREPARING)


def _state(ledger: Ledger, contract_id: str) -> ContractState:
    try:
        return ledger.contracts.get(contract_id).state
    except NotFound:
        return ContractState.DELETING


def _slice_of(ledger: Ledger, state: ContractState) -> Callable[[str], int]:
    if state is ContractState.DELETING:
        return ledger.deleting.slice
    if state in _PREPARED_BY_US:
        return ledger.work.prepare_slice
    return ledger.work.skip_slice


def _slice(work: Callable[[str], int], contract_id: str) -> int:
    """One slice of work on a contract, 0 when the contract is gone."""
    try:
        return work(contract_id)
    except NotFound:
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
