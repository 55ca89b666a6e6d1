"""Counts without records: what a million messages leave behind in a measurement."""

from array import array

from tests.standin.record import Doubled


class Tally:
    """When each message arrived, and how many repeat one before."""

    def __init__(self) -> None:
        self.arrivals = array("q")
        self._doubled = Doubled()

    @property
    def doubled(self) -> int:
        """How many acceptances repeat one before, as exactly as records would tell."""
        return self._doubled.count

    def add(self, arrived_ns: int, to: str, content: str, tracking: str | None) -> None:
        """Count the next message."""
        self.arrivals.append(arrived_ns)
        self._doubled.add(to, content, tracking)
