"""This computer's clock beside those of the servers."""

from collections.abc import Iterator

import redis

from wa_desktop.clock import SECOND, from_seconds, now
from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.delivery.timekeeping import TOO_FAR
from wa_desktop.ledger.inspection import Inspection
from wa_desktop.queues.hueys import redis_client
from wa_desktop.settings import Settings

_OFF = 2 * SECOND
_ADVICE = "Let both computers take the time from the network (NTP)."


def clock(inspection: Inspection | None, settings: Settings) -> Iterator[Finding]:
    """This computer's clock beside those of the servers, else beside what was written down.

    An engine's own bound for PostgreSQL's; nothing goes by the clock of Redis.
    """
    compared = False
    ahead = None if inspection is None else inspection.clock_ahead()
    if ahead is not None:
        compared = True
        yield _beside_postgresql(ahead)
    if settings.redis is not None:
        ahead = _ahead_of_redis(settings.redis)
        if ahead is not None:
            compared = True
            yield _beside("Redis", ahead)
    if compared:
        return
    if inspection is None:
        yield ok("clock", "nothing to compare it with yet")
        return
    ahead = inspection.newest_stamp() - now()
    if ahead > _OFF:
        yield Finding(
            "clock",
            Level.ERROR,
            f"is {ahead / SECOND:,.0f} s behind the newest entry of the ledger: it was set back",
            "Set the clock right; limits and waiting times go by it.",
        )
    else:
        yield ok("clock", "not behind the ledger")


def _ahead_of_redis(url: str) -> int | None:
    try:
        with redis_client(url) as client:
            asked = now()
            answer = client.time()
            answered = now()
    except (redis.RedisError, OSError):
        return None  # told by the queue's own check
    assert isinstance(answer, tuple)
    seconds, micros = answer
    return (asked + answered) // 2 - from_seconds(int(seconds)) - int(micros)


def _beside_postgresql(ahead: int) -> Finding:
    if abs(ahead) <= TOO_FAR:
        return _beside("PostgreSQL", ahead)
    return Finding(
        "clock",
        Level.ERROR,
        f"{_far(ahead)} PostgreSQL's: nothing is sent from here until the two agree",
        _ADVICE,
    )


def _beside(name: str, ahead: int) -> Finding:
    if abs(ahead) < _OFF:
        return ok("clock", f"agrees with {name}'s")
    return Finding("clock", Level.WARNING, f"{_far(ahead)} {name}'s", _ADVICE)


def _far(ahead: int) -> str:
    return f"{abs(ahead) / SECOND:,.1f} s {'ahead of' if ahead > 0 else 'behind'}"
