"""What an engine does when the ledger lacks what it held before: says so, and sends nothing.

Lives on the engine's loop.
"""

import time
from collections.abc import Callable

from wa_desktop.delivery.store import Store
from wa_desktop.delivery.troubles import Cause, Troubles
from wa_desktop.delivery.wire import Wire
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.turns.proofs import LedgerWentBack
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.ledger.workers import LeaseLost

_LOOK_EVERY = 1.0
"""Seconds between looks. The ledger itself gives out nothing meanwhile, so none is too late."""


class GoneBackWatch:
    """Notes whether the ledger went back, whoever found it out, until a person confirms it."""

    def __init__(
        self, ledger: Ledger, store: Store, troubles: Troubles, confirmed: Callable[[], None]
    ) -> None:
        """``confirmed`` is called when sending may go on."""
        self._confirmation = ledger.confirmation
        self._store = store
        self._troubles = troubles
        self._confirmed = confirmed
        self._looked_at: float | None = None

    def look_soon(self) -> None:
        """Look at the next chance: the worker lost its lease."""
        self._looked_at = None

    async def look(self) -> None:
        """Note what is so now."""
        at = time.monotonic()
        if self._looked_at is not None and at - self._looked_at < _LOOK_EVERY:
            return
        found = await self._store.run(self._confirmation.pending)
        self._looked_at = at
        if self._troubles.note(Cause.WENT_BACK, None if found is None else found.said):
            self._confirmed()


def carry_over(wire: Wire, worker: int | None, error: LeaseLost) -> None:
    """Settle anew what the lost turns knew to be sent, once the worker's lease is lost.

    What was to be given back stays in doubt: by the ledger that went back it seems never sent.
    """
    if not isinstance(error, LedgerWentBack) or worker is None:
        return
    kept = [one for one in wire.collect() if one.kind is not OutcomeKind.RETURNED]
    wire.put_back([*error.sent, *kept])
    wire.outlive(worker)
