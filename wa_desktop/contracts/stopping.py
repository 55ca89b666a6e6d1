"""The wait at the end of a stop: until no request can begin any more."""

import time
from collections.abc import Callable

from wa_desktop.clock import SECOND
from wa_desktop.ledger.ledger import Ledger

ON_THE_WIRE = 0.03
"""Seconds from the last look at a grant's age until its request is on the wire."""

_FIRST_LOOK = 0.01
_LONGEST_LOOK = 0.25


def outlast_grants(ledger: Ledger, stopped_at: float, active: Callable[[], int]) -> None:
    """Return once nothing begins any more of what was granted before a stop.

    ``stopped_at``: a moment after the commit of the stop, by ``time.monotonic``. ``active``:
    how many messages that it concerns are claimed or sending. With none of them this returns at
    once; else in the lifetime of a grant (``ledger/lifetimes.py``) at most, which follows
    the workers' store.
    """
    if not active():
        return
    until = stopped_at + ledger.lifetimes.longest() / SECOND + ON_THE_WIRE
    pause = _FIRST_LOOK
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, pause))
        pause = min(2 * pause, _LONGEST_LOOK)
        if not active():
            return
