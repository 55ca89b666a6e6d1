"""The one clock that all instants in a ledger go by, on however many machines it is written.

On PostgreSQL it is the server's: each worker measures how far that is ahead of its own monotonic
clock, which goes on evenly while wall clocks are set. On SQLite it is this computer's.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wa_desktop.clock import MILLISECOND, SECOND, STEP, Micros, monotonic, wall_offset

if TYPE_CHECKING:
    from wa_desktop.ledger.sql.database import Database

SERVER_TIME = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint)"
"""PostgreSQL's clock in microseconds."""

_DRIFT_PPM = 200
"""Two clocks that keep time drift apart by less: 0.2 ms a second."""

_CORRECTION = 100 * MILLISECOND
"""What a shorter round trip may better: it costs a limit no more than a tenth of a second's
messages once, where starting the limit anew would cost a slow one an interval each time."""

_OLD = 60 * SECOND
"""After this long without a sample the server's clock is measured again before it is used."""

_RECENT = 250 * MILLISECOND
"""Of the samples of many turns, those that tell nothing new are taken up no more often."""

_SAMPLES = 3
_SHORT = 5 * MILLISECOND
"""The server's clock is asked so often, until a round trip was this short."""

_SET = 500 * MILLISECOND
"""A wall clock that moved by this much beside the monotonic one was set, or the computer slept."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The server's clock, read between two moments of this computer's monotonic clock."""

    before: int
    theirs: int
    after: int

    @property
    def lowest(self) -> int:
        """The server's clock is ahead of the monotonic one by this at least."""
        return self.theirs - self.after

    @property
    def highest(self) -> int:
        """The server's clock is ahead of the monotonic one by this at most."""
        return self.theirs - self.before

    @property
    def error(self) -> int:
        """The middle is wrong by this at most: half the round trip."""
        return (self.after - self.before) // 2


@dataclass(frozen=True, slots=True)
class _Estimate:
    """What the samples say: the offset lies between ``lowest`` and ``highest``; the sample with
    the shortest round trip has its middle at ``middle``, wrong by ``error`` at most."""

    lowest: int
    highest: int
    middle: int
    error: int
    at: int
    wall: int

    @property
    def offset(self) -> int:
        return min(max(self.middle, self.lowest), self.highest)


class LedgerClock:
    """Safe from any thread. ``now`` and ``offset`` neither wait nor fail."""

    def __init__(self, *, of_server: bool) -> None:
        self._of_server = of_server
        self._lock = threading.Lock()
        self._estimate: _Estimate | None = None

    def now(self) -> Micros:
        """The present moment."""
        return Micros(monotonic() + self.offset())

    def offset(self) -> int:
        """How far it is ahead of this computer's monotonic clock."""
        estimate = self._estimate
        return wall_offset() if estimate is None else estimate.offset

    def ahead(self) -> int | None:
        """How far this computer's wall clock is ahead of it, as far as that is certain; ``None``
        where they are one, and before the first sample."""
        estimate = self._estimate
        if estimate is None:
            return None
        ahead = wall_offset() - estimate.offset
        certain = max(0, abs(ahead) - estimate.error)
        return certain if ahead > 0 else -certain

    @property
    def source(self) -> Callable[[], int] | None:
        """For a ``SteadyClock``; ``None`` where it goes by the wall clock."""
        return self.offset if self._of_server else None

    @property
    def step(self) -> int:
        """A change by no more than this is a correction; by more, the clock was set."""
        return _CORRECTION if self._of_server else STEP

    @property
    def is_unsure(self) -> bool:
        """Whether the server's clock should be measured before this one is used.

        So at first, after a while without a sample, and once this computer's clock was set or
        the computer slept, which look alike until the server is asked.
        """
        if not self._of_server:
            return False
        estimate = self._estimate
        if estimate is None:
            return True
        return self.was_disturbed or monotonic() - estimate.at > _OLD

    @property
    def was_disturbed(self) -> bool:
        """Whether the wall clock was set, or the computer slept, since the last sample."""
        estimate = self._estimate
        return estimate is not None and abs(wall_offset() - estimate.wall) > _SET

    def agrees(self, offset: int | None, asked_at: int, theirs: int | None) -> bool:
        """Take up what the server's clock shows now, asked for at a moment of the monotonic clock;
        whether a clock so far ahead of the monotonic one agrees with it.

        Without the server's clock, or a clock to compare it with, there is nothing to disagree.
        """
        if theirs is None:
            return True
        answered_at = monotonic()
        lowest, highest = theirs - answered_at, theirs - asked_at
        known = self._estimate
        if (
            known is None
            or answered_at - known.at > _RECENT
            or not lowest <= known.offset <= highest
            or highest - lowest < 2 * known.error
        ):
            self.note(Sample(asked_at, theirs, answered_at))
        return offset is None or lowest - _CORRECTION <= offset <= highest + _CORRECTION

    def note(self, sample: Sample) -> None:
        """Take up a sample: the offset lies within what all of them allow.

        A sample that contradicts those before shows that the server's clock was set, or that
        another server took over; what was known before is forgotten.
        """
        with self._lock:
            self._estimate = _with(self._estimate, sample)


def _with(known: _Estimate | None, sample: Sample) -> _Estimate:
    fresh = _Estimate(
        sample.lowest,
        sample.highest,
        (sample.lowest + sample.highest) // 2,
        sample.error,
        sample.after,
        wall_offset(),
    )
    if known is None:
        return fresh
    drift = max(0, sample.after - known.at) * _DRIFT_PPM // 1_000_000
    lowest = max(known.lowest - drift, sample.lowest)
    highest = min(known.highest + drift, sample.highest)
    if lowest > highest:
        # Two threads' samples may come in the wrong order: only a later one contradicts.
        return fresh if sample.before >= known.at else known
    better = sample.error <= known.error + drift
    return _Estimate(
        lowest,
        highest,
        fresh.middle if better else known.middle,
        fresh.error if better else known.error + drift,
        max(known.at, sample.after),
        fresh.wall,
    )


def now(database: "Database") -> Micros:
    """The present moment by the ledger's clock, which is measured first where it is not known.

    Raises ``LedgerError`` when the server cannot be asked.
    """
    if database.clock.is_unsure:
        measure(database)
    return database.clock.now()


def measure(database: "Database") -> None:
    """Ask PostgreSQL what time it is, inside a transaction or on its own. Nothing on SQLite."""
    if database.is_sqlite:
        return
    if database.is_connected:
        _sample(database)
    else:
        with database.read():
            _sample(database)


def _sample(database: "Database") -> None:
    for _ in range(_SAMPLES):
        before = monotonic()
        theirs = int(database.scalar(f"SELECT {SERVER_TIME}"))
        sample = Sample(before, theirs, monotonic())
        database.clock.note(sample)
        if sample.after - before < _SHORT:
            break
