"""What becomes of a message that would go out late for its slot.

Slots are evenly spaced, so a limit holds in every window of time as long as each message goes
out less than one interval after its slot; one that is held up longer shares its second with
those in time. Such a message is given back unsent and gets another slot. A machine that is
late all the time would give back everything, so only a small share is: beyond it the limit
holds on average and no longer to the last message.
"""

from wa_desktop.clock import MILLISECOND

_TOLERATED = 10 * MILLISECOND
"""Lateness that every loop has; at more than 100 a second it is longer than an interval."""

_EARNED = 0.01
"""Each message in time allows so much of one to be given back."""

_MOST = 20.0
"""As many may be given back together, after a pause of the whole machine."""


class Punctuality:
    """The messages of one account on one engine. Times in microseconds."""

    def __init__(self) -> None:
        self._allowed = _MOST

    def gives_back(self, late: int, interval: float) -> bool:
        """Whether a message that is ``late`` for its slot should get another one."""
        if late <= max(interval, _TOLERATED):
            self._allowed = min(_MOST, self._allowed + _EARNED)
            return False
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True
