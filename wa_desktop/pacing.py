"""An account's rate after the provider throttled it: halved at once, raised by steps.

Additive where the user set a ceiling (a tenth of it each five seconds), by a fifth where
there is none, so that the way back is short from any rate. Rates are messages a second,
moments microseconds. Source of the shape: Cloud API, throughput (2025-11) says only to send
more slowly.
"""

import random
from dataclasses import dataclass

from wa_desktop.clock import MILLISECOND, SECOND

SLOWEST = 20.0
"""Messages a second: the least that the provider allows any number (one that is used in the
Business app, too; Cloud API, throughput, 2025-11). Throttling goes no further than this, or
than a quarter of a lower ceiling: what is refused at such a rate is slowed by its waits, and
an account that was halved on would take minutes to learn that it may send again."""

FASTEST = 1_000.0
"""The provider's highest rate for one number (Cloud API, throughput, 2025-11)."""

_SPREAD = 1_005 * MILLISECOND
"""What the slots of one second are spread over. On an exact grid every other second holds one
message more than the rate, and one that is a little late adds another: at 80 a second 81, at
times 82. A limit says "at most", which is worth half a percent of the speed."""

CLIMB_EVERY = 5 * SECOND

_ASSUMED = 80.0
_BURST = SECOND
_STEP = 0.1
_FACTOR = 1.2
_MOST_STEPS = 1_000
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0
_HIGHEST_POWER = 16


def distance(per_second: float) -> float:
    """Microseconds between two send slots, so that no second holds more than its rate."""
    return _SPREAD / per_second


@dataclass(frozen=True, slots=True)
class Pace:
    """The rate an account was slowed to; None: the ceiling applies. ``changed_at``: when it
    was last halved or raised."""

    per_second: float | None = None
    changed_at: int = 0

    def within(self, ceiling: float | None) -> float | None:
        """The rate that holds under the user's ceiling; None: neither limits."""
        known = [rate for rate in (self.per_second, ceiling) if rate is not None]
        return min(known, default=None)


UNSLOWED = Pace()


def throttled(pace: Pace, ceiling: float | None, measured: float | None, at: int) -> Pace:
    """Halve the present rate: the slowed one, else the ceiling, else the ``measured`` one.

    Refusals within a second of a change belong to one burst and halve once. A rate that
    nobody knows is taken for the provider's usual 80 a second.
    """
    if pace.per_second is not None and 0 <= at - pace.changed_at < _BURST:
        return pace
    present = pace.within(ceiling) or measured or _ASSUMED
    floor = SLOWEST if ceiling is None else min(SLOWEST, ceiling / 4)
    return Pace(min(present, max(present / 2, floor)), at)


def climbed(pace: Pace, ceiling: float | None, at: int) -> Pace:
    """Raise the rate by the steps that have come due; at the ceiling nothing slows any more.

    Steps are counted from the last change; a clock set back begins a new five seconds.
    """
    rate = pace.per_second
    if rate is None:
        return pace
    top = FASTEST if ceiling is None else ceiling
    if rate >= top:
        return Pace(None, at)
    if at < pace.changed_at:
        return Pace(rate, at)
    steps = (at - pace.changed_at) // CLIMB_EVERY
    if not steps:
        return pace
    counted = min(steps, _MOST_STEPS)
    raised = rate * _FACTOR**counted if ceiling is None else rate + counted * _STEP * ceiling
    if raised >= top:
        return Pace(None, at)
    return Pace(raised, pace.changed_at + steps * CLIMB_EVERY)


def wait_after_throttle(
    retry_after: float | None,
    tries: int,
    rng: random.Random,
    *,
    first: float = _FIRST_WAIT,
    longest: float = _LONGEST_WAIT,
) -> float:
    """Seconds until the next send: as told, else ``first`` to ``longest``, growing with the
    ``tries`` (from 1)."""
    if retry_after is not None and retry_after > 0:
        return retry_after
    if tries < 1:
        raise ValueError("tries count from 1")
    span = min(longest, first * 2.0 ** min(tries, _HIGHEST_POWER))
    return rng.uniform(max(first, span / 2), span)
