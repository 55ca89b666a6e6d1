"""What a campaign's state lets a person do, by the ledger's own table of moves."""

from enum import Enum

from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ENDED, WORKING, ContractState, contract_may_move


class Action(Enum):
    """Something to do with a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    DUPLICATE = "duplicate"
    CANCEL = "cancel"
    DELETE = "delete"


_NO_MORE_SENDING = (ContractState.CANCELLED, ContractState.DELETING)


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
    if contract.counts.total:
        found.add(Action.DUPLICATE)
    else:
        found -= {Action.START, Action.RESUME}
    if contract.counts.failed and may_send_again(contract):
        found.add(Action.RETRY)
    return frozenset(found)


def may_send_again(contract: Contract) -> bool:
    """Whether messages of it can be sent again: one such action at a time."""
    return contract.action is None and contract.state not in _NO_MORE_SENDING


def may_treat_as_sent(contract: Contract) -> bool:
    """Whether doubts of it can be taken for sent, which sends nothing."""
    return contract.action is None and contract.state is not ContractState.DELETING
