"""What the times of a contract may be: its zone, quiet hours, start, expiry and grace."""

from collections.abc import Iterator
from dataclasses import dataclass

from wa_desktop.clock import SECOND
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.hours.local_time import zone_named
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.words import words

LONGEST_GRACE = 366 * 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a contract as they would be; ``None``: not set."""

    zone: str | None
    quiet_hours: QuietHours | None
    start_at: int | None
    expires_at: int | None
    doubt_grace: int | None


def timing_problems(timing: Timing, at: int) -> Iterator[Problem]:
    """What is wrong with them at that moment."""
    if timing.zone is not None and not _known(timing.zone):
        yield Problem("zone", words("must be a time zone such as Europe/Berlin"))
    quiet = timing.quiet_hours
    if quiet is not None and quiet.zone is not None and not _known(quiet.zone):
        yield Problem("quietHours.zone", words("must be a time zone such as Europe/Berlin"))
    if timing.expires_at is not None:
        if timing.expires_at <= at:
            yield Problem("expiresAt", words("must lie ahead"))
        elif timing.start_at is not None and timing.expires_at <= timing.start_at:
            yield Problem("expiresAt", words("must lie after startAt"))
    if timing.doubt_grace is not None and not 0 <= timing.doubt_grace <= LONGEST_GRACE:
        yield Problem(
            "doubtPolicy.after", words("must be 0 to {most} seconds", most=LONGEST_GRACE // SECOND)
        )


def _known(zone: str) -> bool:
    try:
        zone_named(zone)
    except InvalidInput:
        return False
    return True
