"""A ceiling on an engine's own speed, for one that shares its process with a window.

Time in the interpreter is what makes a window stutter; the provider's ceiling for one
number is 1,000 messages a second anyway. Headless workers have no such brake.
"""

from wa_desktop.clock import SECOND

_BURST = 0.1


class Brake:
    """A bucket of messages that refills evenly. ``per_second`` None: no brake."""

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._level = 0.0
        self._filled_at = 0

    def allowed(self, at: int) -> int:
        """How many messages may be claimed now."""
        if self._per_second is None:
            return 1_000_000
        self._fill(at)
        return int(self._level)

    def spend(self, amount: int, at: int) -> None:
        """Note that many messages as claimed."""
        if self._per_second is not None:
            self._fill(at)
            self._level -= amount

    def ready_at(self, moment: int) -> int:
        """``moment``, or later if the brake holds until then."""
        if self._per_second is None or self._level >= 1:
            return moment
        return max(moment, self._filled_at + round((1 - self._level) / self._per_second * SECOND))

    def _fill(self, at: int) -> None:
        assert self._per_second is not None
        passed = max(0, at - self._filled_at) / SECOND
        most = max(1.0, self._per_second * _BURST)
        self._level = min(most, self._level + passed * self._per_second)
        self._filled_at = at
