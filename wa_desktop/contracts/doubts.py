"""Messages in doubt: settled by a person for one, some or all, or by the contract's policy.

Never silently: each message's history says that its doubt is over, and by whose decision.
"""

from collections.abc import Sequence

from wa_desktop.clock import now
from wa_desktop.contracts.bell import Bell
from wa_desktop.events import ContractChanged, EventBus
from wa_desktop.ledger.chosen_rows import Action, ActionKind
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.ledger.states import MessageState

_KINDS = {
    DoubtPolicy.RESEND: ActionKind.RETRY,
    DoubtPolicy.TREAT_AS_SENT: ActionKind.TREAT_AS_SENT,
}


class Doubts:
    """Settles doubts. Safe from any thread but the GUI's."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def settle(self, contract_id: str, choice: DoubtPolicy, ids: Sequence[int] = ()) -> int:
        """Settle all doubts of a contract, or those of some messages; returns how many.

        ``MoveRefused`` while another action on the contract is under way. ``leave`` leaves
        them as they are.
        """
        if choice is DoubtPolicy.LEAVE:
            return 0
        ours = (int(MessageState.IN_DOUBT),)
        return self._begin(contract_id, Action(_KINDS[choice], now(), ours, ids=tuple(ids)))

    def settle_by_policy(self, contract_id: str, policy: DoubtPolicy, before: int) -> int:
        """Settle the doubts that are older than the contract's grace time.

        What would be sent again has attempts left: a recipient must not get a copy after each
        grace time for as long as the answers are lost.
        """
        ours = (int(MessageState.IN_DOUBT),)
        return self._begin(contract_id, Action(_KINDS[policy], before, ours, by_policy=True))

    def _begin(self, contract_id: str, action: Action) -> int:
        amount = self._ledger.actions.begin(contract_id, action).rows
        self._bell.contract(contract_id)
        self._events.post(ContractChanged(contract_id))
        return amount
