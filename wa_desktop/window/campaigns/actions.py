"""What a campaign's state lets a person do, by the ledger's own table of moves."""

from enum import Enum

from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ENDED, ContractState, contract_may_move


class Action(Enum):
    """Something to do with a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    DELETE = "delete"


WORKING = (ContractState.QUEUED, ContractState.PREPARING, ContractState.RUNNING)
"""States in which messages go out."""


def allowed_actions(contract: Contract) -> frozenset[Action]:
    """What can be done now. A working campaign can be deleted too: it is paused first."""
    state = contract.state
    found = set()
    if contract_may_move(state, ContractState.QUEUED) and state not in ENDED:
        paused = state is ContractState.PAUSED
        found.add(Action.RESUME if paused else Action.START)
    if contract_may_move(state, ContractState.PAUSED):
        found.add(Action.PAUSE)
    if contract_may_move(state, ContractState.CANCELLED):
        found.add(Action.CANCEL)
    if contract_may_move(state, ContractState.DELETING) or state in WORKING:
        found.add(Action.DELETE)
    if not contract.counts.total:
        found -= {Action.START, Action.RESUME}
    return frozenset(found)
