"""Saying that this is the place to send from, after the ledger was copied or moved."""

from wa_desktop.contracts.bell import Bell
from wa_desktop.events import ContractChanged, EventBus, QueuesChanged
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.places.places import Confirmed, Moved


class Places:
    """Answers at once. Safe from any thread but the GUI's."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def moved(self) -> Moved | None:
        """From where it was sent last, if that is another place; nothing is sent from here then."""
        return self._ledger.places.moved()

    def confirm(self) -> Confirmed | None:
        """This is the one: contracts that were paused for it go on, and the engine within seconds.

        ``None`` where this is the place already.
        """
        done = self._ledger.places.confirm()
        if done is None:
            return None
        for contract_id in done.resumed:
            self._bell.contract(contract_id)
            self._events.post(ContractChanged(contract_id))
        self._events.post(QueuesChanged())
        return done
