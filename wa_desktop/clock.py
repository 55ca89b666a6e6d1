"""Time as the ledger keeps it: whole microseconds since the Unix epoch, UTC.

One unit for stamps, due times and send slots, so that no conversion stands between
a limit of 1,000 messages a second and a limit of one a minute.
"""

import time
from datetime import UTC, datetime
from typing import NewType

Micros = NewType("Micros", int)

SECOND = 1_000_000
MILLISECOND = 1_000


def now() -> Micros:
    """The present moment."""
    return Micros(time.time_ns() // 1_000)


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
