"""Time as the ledger keeps it: whole microseconds since the Unix epoch, UTC.

One unit for stamps, due times and send slots, so that no conversion stands between
a limit of 1,000 messages a second and a limit of one a minute.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NewType

Micros = NewType("Micros", int)

SECOND = 1_000_000
MILLISECOND = 1_000


def now() -> Micros:
    """The present moment."""
    return Micros(time.time_ns() // 1_000)


STEP = 20 * MILLISECOND
"""Corrections that keep a wall clock right are slower than this between two looks at it."""


class SteadyClock:
    """The present moment on a clock that nobody can set: an engine goes by it.

    It begins at the time of its ``source`` and moves on with the monotonic clock, until
    ``follow`` takes up what the source shows meanwhile. Safe from one thread. ``source``: how far
    that clock is ahead of the monotonic one now, in microseconds; the wall clock unless given.
    ``step``: a change by no more than this between two looks is a correction.
    """

    def __init__(self, source: Callable[[], int] | None = None, step: int = STEP) -> None:
        self._source = source or wall_offset
        self._is_wall = source is None
        self._step = step
        self._offset = self._source()
        self._wall = wall_offset()

    @property
    def offset(self) -> int:
        """How far this clock is ahead of the monotonic one."""
        return self._offset

    def now(self) -> Micros:
        """The present moment."""
        return Micros(monotonic() + self._offset)

    def drift(self) -> int:
        """How far the source, or else the wall clock, is ahead: it was set, or the computer
        slept."""
        drift = self._source() - self._offset
        if self._is_wall:
            return drift
        return max(drift, wall_offset() - self._wall, key=abs)

    def follow(self) -> int:
        """Go by the source from here on; returns how far it was set, 0 if it was not."""
        drift = self._source() - self._offset
        self._offset += drift
        self._wall = wall_offset()
        return drift if abs(drift) > self._step else 0


def monotonic() -> int:
    """The monotonic clock in microseconds: it goes on while the others are set."""
    return time.monotonic_ns() // 1_000


def wall_offset() -> int:
    """How far the wall clock is ahead of the monotonic one, in microseconds.

    Of several readings the one that took the least time, since a thread that is held up
    between the two clocks sees a difference that is none.
    """
    best, took = 0, SECOND * 1_000
    for _ in range(3):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        if after - before < took:
            best, took = (wall - (before + after) // 2) // 1_000, after - before
        if took < MILLISECOND * 100:
            break
    return best


def from_seconds(seconds: float) -> int:
    """A duration in seconds as a whole number of microseconds."""
    return round(seconds * SECOND)


def to_datetime(moment: int) -> datetime:
    """The moment as an aware ``datetime`` in UTC."""
    return datetime.fromtimestamp(moment / SECOND, tz=UTC)


def from_datetime(moment: datetime) -> Micros:
    """An aware ``datetime`` as microseconds; a naive one is refused (``ValueError``)."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return Micros(round(moment.timestamp() * SECOND))


def iso(moment: int | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, as the HTTP API writes it; ``None`` stays ``None``."""
    if moment is None:
        return None
    return to_datetime(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")
