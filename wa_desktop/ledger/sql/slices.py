"""How many rows a slice of bulk work takes: as many as go through in the time it may hold its
locks, found out from the slices before it."""

AIM_SECONDS = 0.012
"""What a slice should take: none may hold its locks for 50 ms, and some take thrice as long."""

SMALLEST = 100
FIRST = 400
LARGEST = 2_000
_GROWTH = 1.3


class SliceSize:
    """The size of the next slice of one kind of work, ``SMALLEST`` to ``LARGEST`` rows."""

    def __init__(self) -> None:
        self._rows = float(FIRST)

    @property
    def rows(self) -> int:
        """The most rows that the next slice should take."""
        return round(min(max(self._rows, SMALLEST), LARGEST))

    def took(self, seconds: float) -> None:
        """Learn from a slice: one that took too long halves the next at most, a short one
        lets it grow by a third."""
        fitting = AIM_SECONDS / seconds if seconds > 0 else _GROWTH
        self._rows = self.rows * min(max(fitting, 0.5), _GROWTH)
