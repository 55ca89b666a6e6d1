"""What is wrong while a campaign is watched: said when it begins, each minute, and at its end."""

import time
from collections.abc import Callable

from wa_desktop.reports.health import Health, Source

_AGAIN = 60.0
"""Seconds until a trouble that lasts, or comes and goes, is said once more."""

_SURELY_OVER = 2
"""Looks in a row without trouble, so that one that comes and goes does not end each time."""

_ABOUT_SENDING = frozenset(
    {Source.LEDGER, Source.ENGINE, Source.WORKERS, Source.PROVIDER, Source.QUEUE}
)
"""Stopped accounts and paused queues may be other campaigns' than the one that is watched."""


class Troubles:
    """Remembers what was said. ``clock`` gives seconds of any clock that only moves on."""

    def __init__(
        self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._told: dict[tuple[Source, str], float] = {}
        self._well = 0

    def note(self, health: Health) -> None:
        """Say what is new in it."""
        at = self._clock()
        present = [one for one in health.reports if one.source in _ABOUT_SENDING]
        for one in present:
            key = (one.source, one.about)
            if key not in self._told or at - self._told[key] >= _AGAIN:
                self._told[key] = at
                self._tell(one.text)
        self._well = 0 if present else self._well + 1
        if self._told and self._well >= _SURELY_OVER:
            self._told.clear()
            self._tell("All is well again.")
