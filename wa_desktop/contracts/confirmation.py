"""A person's word that sending may go on from a ledger that went back."""

from wa_desktop.clock import now
from wa_desktop.contracts.bell import Bell
from wa_desktop.events import EventBus, QueuesChanged
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.went_back import Confirmed, WentBack


class Confirmation:
    """Answers at once. Safe from any thread but the GUI's."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def pending(self) -> WentBack | None:
        """That the ledger went back and nobody confirmed it yet: nothing is sent then."""
        return self._ledger.confirmation.pending()

    def confirm(self) -> Confirmed | None:
        """Let all workers go on; ``None`` where there is nothing to confirm."""
        done = self._ledger.confirmation.confirm()
        if done is not None:
            for account_id in self._ledger.work.accounts_with_work(now()):
                self._bell.account(account_id)
            self._events.post(QueuesChanged())
        return done
