"""Sends one campaign and watches it until it ends, or until a signal comes.

This process sends, unless another program already sends from the ledger: then that one does
the work, and this one takes its place should it go away.
"""

import contextlib
from dataclasses import dataclass
from enum import Enum, auto

from wa_desktop.app import Program
from wa_desktop.commands.faults import complain
from wa_desktop.commands.holds import Holds
from wa_desktop.commands.output import CampaignProgress, remark
from wa_desktop.commands.signals import StopSignals
from wa_desktop.commands.troubles import Troubles
from wa_desktop.errors import LedgerBusy, LedgerUnavailable, MoveRefused
from wa_desktop.ledger.records import AccountState, Contract
from wa_desktop.ledger.states import ContractState

_LOOK_EVERY = 0.1
_LOOKS_TO_HEALTH = 20


class End(Enum):
    """Why the watching ended."""

    COMPLETED = auto()
    STOPPED = auto()
    """By a signal; the campaign is paused if this process sent it."""
    LEFT = auto()
    """By a signal, while another program goes on sending."""
    PAUSED = auto()
    CANCELLED = auto()
    ACCOUNT_STOPPED = auto()
    UNCONFIRMED = auto()
    """A copy of the ledger: nothing is sent from it until a person confirms it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a campaign stood when the watching ended; ``reason`` says why it stopped."""

    end: End
    contract: Contract
    reason: str | None = None


def follow(program: Program, contract_id: str, stop: StopSignals) -> Ending:
    """Send a started campaign and show its progress. ``NotFound`` if it is deleted meanwhile."""
    contract = program.services.ledger.contracts.get(contract_id)
    troubles, holds = Troubles(complain), Holds(program.services.outlooks)
    looks = 0
    with CampaignProgress(contract.name) as progress:
        while True:
            contract = _latest(program, contract)
            progress.show(contract)
            if ending := _ended(contract):
                return ending
            if looks % _LOOKS_TO_HEALTH == 0:
                take_the_engine(program, first=looks == 0)
                stop.sends = program.sending
                if ending := _waits_for_a_person(program, contract):
                    return ending
                if looks:
                    health = program.health()
                    troubles.note(health)
                    holds.note(contract, health)
            looks += 1
            if stop.wait(_LOOK_EVERY):
                return _stopped(program, contract_id)


def take_the_engine(program: Program, *, first: bool) -> None:
    """Send from this process if nobody else does; told once if somebody does."""
    if program.sending:
        return
    try:
        program.start()
    except LedgerBusy:
        if first:
            remark("Another wa-desktop sends from this data folder; it sends this campaign, too.")


def _latest(program: Program, before: Contract) -> Contract:
    """The campaign now; as it was while the ledger is out of reach, which is told elsewhere."""
    try:
        return program.services.ledger.contracts.get(before.id)
    except LedgerUnavailable:
        return before


def _ended(contract: Contract) -> Ending | None:
    end = _ENDS.get(contract.state)
    return Ending(end, contract, contract.state_reason) if end else None


_ENDS = {
    ContractState.COMPLETED: End.COMPLETED,
    ContractState.PAUSED: End.PAUSED,
    ContractState.CANCELLED: End.CANCELLED,
}


def _waits_for_a_person(program: Program, contract: Contract) -> Ending | None:
    """Nothing is sent until somebody acts, so there is nothing to wait for."""
    try:
        return _unconfirmed(program, contract) or _account_stopped(program, contract)
    except LedgerUnavailable:
        return None


def _unconfirmed(program: Program, contract: Contract) -> Ending | None:
    """A copy of the ledger sends nothing until it is confirmed; the campaign stays as it is.

    A ledger that went back is waited for: this process may know of messages that it lacks.
    """
    moved = program.services.places.moved()
    if moved is None:
        return None
    contract = program.services.ledger.contracts.get(contract.id)
    # Paused for the copy, by the first program that came to send from it.
    return _ended(contract) or Ending(End.UNCONFIRMED, contract, moved.said)


def _account_stopped(program: Program, contract: Contract) -> Ending | None:
    """A stopped account sends nothing until it is resumed."""
    account = program.services.ledger.accounts.get(contract.account_id)
    if account.state is AccountState.STOPPED and not contract.counts.active:
        return Ending(End.ACCOUNT_STOPPED, contract, account.state_reason)
    return None


def _stopped(program: Program, contract_id: str) -> Ending:
    contracts = program.services.ledger.contracts
    if not program.sending:
        return Ending(End.LEFT, contracts.get(contract_id))
    # Else the next program on this ledger would go on sending at its start. Refused when it
    # was completed, paused or cancelled in this very moment.
    with contextlib.suppress(MoveRefused):
        program.services.contracts.pause(contract_id)
    program.stop()
    contract = contracts.get(contract_id)
    completed = contract.state is ContractState.COMPLETED
    return Ending(End.COMPLETED if completed else End.STOPPED, contract)
