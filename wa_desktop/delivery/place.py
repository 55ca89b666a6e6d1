"""Whether this is the place to send from: a copy of the ledger sends nothing until it is confirmed.

Lives on the engine's loop.
"""

import time

from wa_desktop.delivery.store import Store
from wa_desktop.delivery.troubles import Cause, Troubles
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql.connecting import Engine

_LOOK_EVERY = 1.0
"""Seconds between looks while a person is to confirm the place, from whichever program."""


class PlaceWatch:
    """Looks when the engine signs on, and from then on until the place is confirmed.

    On PostgreSQL also before anything else when the server is back: it may be another one.
    """

    def __init__(self, ledger: Ledger, store: Store, troubles: Troubles) -> None:
        self._places = ledger.places
        self._on_a_server = ledger.engine is Engine.POSTGRESQL
        self._store = store
        self._troubles = troubles
        self._waits = False
        self._looked_at = 0.0

    async def look(self, *, anew: bool) -> None:
        """Note whether the place is the one. ``anew``: who is about to send signs on.

        A worker that lost its lease may have been cut off from a database that is another one by
        now.
        """
        at = time.monotonic()
        if anew or (self._on_a_server and self._troubles.holds(Cause.LEDGER)):
            moved = await self._store.run(self._places.take_up)
        elif self._waits and at - self._looked_at >= _LOOK_EVERY:
            moved = await self._store.run(self._places.moved)
        else:
            return
        self._looked_at, self._waits = at, moved is not None
        self._troubles.note(Cause.PLACE, None if moved is None else moved.said)
