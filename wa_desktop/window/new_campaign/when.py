"""When a new campaign may send, as a person has set it. Knows no Qt."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum

from wa_desktop.hours.local_time import ClockNote, resolve, zone_named
from wa_desktop.hours.quiet_hours import QuietHours


class TimeFault(Enum):
    """What is wrong with the times."""

    START_PAST = "start_past"
    EXPIRY_PAST = "expiry_past"
    EXPIRY_BEFORE_START = "expiry_before_start"
    QUIET_EMPTY = "quiet_empty"


@dataclass(frozen=True, slots=True)
class When:
    """Wall times of ``zone``; ``None``: not set.

    Of a wall time that comes twice, ``fold`` says which one is meant.
    """

    zone: str = "UTC"
    start: datetime | None = None
    quiet: tuple[time, time] | None = None
    expiry: datetime | None = None

    @property
    def start_at(self) -> int | None:
        """The moment of the start."""
        return None if self.start is None else resolve(self.start, self.zone).moment

    @property
    def expires_at(self) -> int | None:
        """The moment from which nothing is sent any more."""
        return None if self.expiry is None else resolve(self.expiry, self.zone).moment

    @property
    def quiet_hours(self) -> QuietHours | None:
        """The hours of each day in which nobody is written to."""
        return None if self.quiet is None else QuietHours(*self.quiet, self.zone)

    @property
    def own_zone(self) -> str | None:
        """The zone, where a time is set that needs one."""
        return self.zone if self.start or self.quiet or self.expiry else None

    @property
    def start_note(self) -> ClockNote | None:
        """What is particular about the start: a clock that is changed in that hour."""
        return None if self.start is None else resolve(self.start, self.zone).note

    @property
    def expiry_note(self) -> ClockNote | None:
        """What is particular about the expiry."""
        return None if self.expiry is None else resolve(self.expiry, self.zone).note

    def fault(self, at: int) -> TimeFault | None:
        """The first thing that is wrong at that moment."""
        start, expiry = self.start_at, self.expires_at
        if start is not None and start <= at:
            return TimeFault.START_PAST
        if expiry is not None and expiry <= at:
            return TimeFault.EXPIRY_PAST
        if expiry is not None and start is not None and expiry <= start:
            return TimeFault.EXPIRY_BEFORE_START
        if self.quiet is not None and self.quiet[0] == self.quiet[1]:
            return TimeFault.QUIET_EMPTY
        return None


TWICE = (ClockNote.FIRST_OF_TWO, ClockNote.SECOND_OF_TWO)
"""The notes of a wall time that comes twice."""


def offsets(wall: datetime, zone: str) -> tuple[str, str]:
    """The first and the second offset from UTC of a wall time that comes twice: "+02:00"."""
    place = zone_named(zone)
    first, second = (wall.replace(tzinfo=place, fold=fold).strftime("%z") for fold in (0, 1))
    return f"{first[:3]}:{first[3:5]}", f"{second[:3]}:{second[3:5]}"


AT_ONCE = When()
"""Nothing is set: it sends once it is started."""
