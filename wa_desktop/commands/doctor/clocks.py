"""This computer's clock beside those of the servers."""

from collections.abc import Callable, Iterator

import redis

from wa_desktop.clock import SECOND, from_seconds, now
from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.ledger.inspection import Inspection
from wa_desktop.queues.hueys import redis_client
from wa_desktop.settings import Settings

_CLOCK_OFF = 2 * SECOND
_CLOCK_WRONG = 30 * SECOND


def clock(inspection: Inspection | None, settings: Settings) -> Iterator[Finding]:
    """This computer's clock beside those of the servers, else beside what was written down."""
    servers: list[tuple[str, Callable[[], int | None]]] = []
    if inspection is not None:
        servers.append(("PostgreSQL", inspection.server_time))
    url = settings.redis
    if url is not None:
        servers.append(("Redis", lambda: _redis_time(url)))
    compared = False
    for name, ask in servers:
        asked = now()
        theirs = ask()
        if theirs is not None:
            compared = True
            yield _clock_beside(name, theirs - (asked + now()) // 2)
    if compared:
        return
    if inspection is None:
        yield ok("clock", "nothing to compare it with yet")
        return
    ahead = inspection.newest_stamp() - now()
    if ahead > _CLOCK_OFF:
        yield Finding(
            "clock",
            Level.ERROR,
            f"is {ahead / SECOND:,.0f} s behind the newest entry of the ledger: it was set back",
            "Set the clock right; limits and waiting times go by it.",
        )
    else:
        yield ok("clock", "not behind the ledger")


def _redis_time(url: str) -> int | None:
    try:
        with redis_client(url) as client:
            answer = client.time()
    except (redis.RedisError, OSError):
        return None  # told by the queue's own check
    assert isinstance(answer, tuple)
    seconds, micros = answer
    return from_seconds(int(seconds)) + int(micros)


def _clock_beside(name: str, difference: int) -> Finding:
    off = abs(difference)
    text = f"{off / SECOND:,.1f} s {'behind' if difference > 0 else 'ahead of'} {name}'s"
    if off < _CLOCK_OFF:
        return ok("clock", f"agrees with {name}'s")
    level = Level.ERROR if off > _CLOCK_WRONG else Level.WARNING
    return Finding("clock", level, text, "Let both computers take the time from the network (NTP).")
