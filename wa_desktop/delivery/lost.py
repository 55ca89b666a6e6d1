"""Messages that a turn claimed without its answer reaching the engine: they are given back.

A connection can be cut while a commit is pending. What it claimed then is held by this worker
and known to nobody, so nobody would ever send it. It never went out either: requests begin only
after the answer. The ledger is asked what the worker holds, in a transaction that waits for the
pending one to end (``Holdings.of``), so one look is enough, however late the commit lands. The
engine also looks every few seconds, whatever may have gone wrong.
"""

import logging

from wa_desktop.clock import SteadyClock
from wa_desktop.delivery.store import Store
from wa_desktop.delivery.wire import Wire
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import Turn

log = logging.getLogger(__name__)

_TRIES_AT_END = 3
"""So often an engine that ends looks; what is not found then is in doubt."""


class LostGrants:
    """Finds such messages. Lives on the engine's loop, beside its turns."""

    def __init__(self, ledger: Ledger, store: Store, wire: Wire, clock: SteadyClock) -> None:
        self._ledger = ledger
        self._store = store
        self._wire = wire
        self._clock = clock
        self._turn: Turn | None = None
        self.suspected = False

    def suspect(self, turn: Turn | None = None) -> None:
        """Look before the next turn. ``turn``: one whose commit may or may not have happened."""
        self.suspected = True
        self._turn = turn or self._turn

    def delays_end(self, failures: int) -> bool:
        """Whether an engine that ends must look first. ``failures``: of the ledger, in a row."""
        return self.suspected and failures <= _TRIES_AT_END

    def lease_lost(self) -> None:
        """Others have given back all that the worker held."""
        self._end(landed=False)

    async def give_back(self, worker: int) -> None:
        """Settle what the worker holds and the wire does not know as returned.

        Raises ``LedgerError``, and then looks again when called again.
        """
        if not self.suspected:
            return
        holding = await self._store.run(self._ledger.holdings.of, worker)
        at = self._clock.now()
        known = self._wire.known()
        outcomes = [
            Outcome(message_id, account_id, OutcomeKind.RETURNED, at, costs_attempt=False)
            for message_id, account_id in holding.messages.items()
            if message_id not in known
        ]
        if outcomes:
            log.warning(
                "%d messages were claimed without an answer of the ledger; they are given back",
                len(outcomes),
            )
        self._wire.put_back(outcomes)
        self._end(landed=self._turn is not None and holding.last_seen == self._turn.at)

    def _end(self, *, landed: bool) -> None:
        """What the provider asked to slow down is not applied twice."""
        if self._turn is not None and not landed:
            self._wire.put_back((), self._turn.throttles)
        self._turn = None
        self.suspected = False
