"""An engine's clock: the ledger's, followed when it is set; and this computer's beside it.

All that is compared with another machine's goes by the ledger's clock, so limits hold however
wrong a computer's own clock is. What people see and enter on that computer goes by its own; so
an engine whose computer's clock is wrong claims nothing until it is right.
"""

import logging

from wa_desktop.clock import SECOND, SteadyClock
from wa_desktop.delivery.store import Store
from wa_desktop.delivery.troubles import Cause, Troubles
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.words import words

log = logging.getLogger(__name__)

TOO_FAR = 30 * SECOND
"""A computer's clock that is further from the ledger's than this is wrong. People choose starts,
ends and quiet hours to the minute: a clock that is off by half of one shows another minute more
often than the right one, and one that takes the time from the network is off by milliseconds."""

_WRITTEN_AHEAD = 60 * SECOND
"""A ledger whose newest entry is this far ahead was written before the clock was set back."""


class Timekeeping:
    """Lives on the engine's loop."""

    def __init__(self, ledger: Ledger, store: Store, troubles: Troubles) -> None:
        self._ledger = ledger
        self._store = store
        self._troubles = troubles
        self.clock = SteadyClock(ledger.clock.source, ledger.clock.step)

    async def begin(self) -> None:
        """Measure the ledger's clock, and go by it. Raises ``LedgerError``."""
        await self._store.run(self._ledger.measure_clock)
        self.clock.follow()

    async def distrust_the_future(self) -> None:
        """See to it that nothing waits for a time that a clock since set back had shown."""
        at = self.clock.now()
        newest = await self._store.run(self._ledger.inspection.newest_stamp)
        if newest > at + _WRITTEN_AHEAD:
            log.warning("the ledger was written to %.0f s ahead of now", (newest - at) / SECOND)
            await self._store.run(self._ledger.work.keep_waits, at)

    async def follow(self) -> int:
        """Take up how the ledger's clock was set; returns how far, 0 if it was not.

        Notes the trouble while this computer's own clock is wrong. Raises ``LedgerError``.
        """
        if self._ledger.clock.was_disturbed:
            # The computer slept, or only its own clock was set: the ledger's tells which.
            await self._store.run(self._ledger.measure_clock)
        moved = self.clock.follow()
        if moved:
            log.warning("the clock moved by %.1f s beside the time that passed", moved / SECOND)
        ahead = self._ledger.clock.ahead()
        self._troubles.note(Cause.CLOCK, None if ahead is None else wrong_clock(ahead))
        return moved


def wrong_clock(ahead: int) -> str | None:
    """What to say of a computer whose clock is so far ahead of the ledger's (microseconds, below
    0: behind); ``None`` while it may send."""
    if abs(ahead) <= TOO_FAR:
        return None
    seconds = f"{abs(ahead) / SECOND:,.0f}"
    if ahead > 0:
        return words(
            "This computer's clock is {seconds} s ahead of the PostgreSQL server's. Nothing is "
            "sent from here until the two agree. Let both computers take the time from the "
            "network (NTP).",
            seconds=seconds,
        )
    return words(
        "This computer's clock is {seconds} s behind the PostgreSQL server's. Nothing is sent "
        "from here until the two agree. Let both computers take the time from the network (NTP).",
        seconds=seconds,
    )
