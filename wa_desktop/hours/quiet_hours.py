"""Quiet hours: the part of each day in which nobody is written to, by their own clock.

A quiet night runs from the first moment its start shows on the wall to the last moment its
end does, so a night in which the clock is changed is never cut in two. All moments are
microseconds since the epoch. Public holidays are not known here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from wa_desktop.clock import SECOND, to_datetime
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.hours.local_time import last_moment, to_moment, to_wall, zone_named

_MINUTE = 60 * SECOND
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAYS_AROUND = range(-1, 3)
_AHEAD = 36 * 60 * _MINUTE
_SAMPLES = 6
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to ``end`` (whole minutes), over midnight or within a day; equal: none.

    ``zone`` is the clock they are meant by where the recipient's own is not known.
    """

    start: time
    end: time
    zone: str | None = None

    @classmethod
    def from_json(cls, value: Any) -> "QuietHours":
        """From ``{"from": "21:00", "to": "09:00", "zone": …}``; ``InvalidInput`` names what is
        wrong."""
        if not isinstance(value, Mapping) or not {"from", "to"} <= set(value):
            raise _invalid("quietHours", 'an object with "from" and "to"')
        if strange := sorted(str(key) for key in set(value) - {"from", "to", "zone"}):
            raise _invalid(f"quietHours.{strange[0][:40]}", 'only "from", "to" and "zone"')
        zone = value.get("zone")
        if zone is not None:
            if not isinstance(zone, str):
                raise _invalid("quietHours.zone", "a zone such as Europe/Berlin")
            zone_named(zone)
        return cls(_clock(value["from"], "from"), _clock(value["to"], "to"), zone)

    def to_json(self) -> dict[str, str | None]:
        """As the API and the ledger write it."""
        return {"from": f"{self.start:%H:%M}", "to": f"{self.end:%H:%M}", "zone": self.zone}

    def quiet_until(self, at: int, zone: str) -> int | None:
        """When the quiet that holds at that moment ends in the zone; None: it may be sent now."""
        return _quiet_until(self, at // _MINUTE, zone)

    def free_until(self, at: int, zone: str) -> int | None:
        """When the next quiet begins in the zone; None: it is quiet now, or never will be."""
        if self.start == self.end or self.quiet_until(at, zone) is not None:
            return None
        return next(begin for begin, _ in self.nights(at, zone) if begin > at)

    def quiet_until_any(self, at: int, zones: tuple[str, ...]) -> int | None:
        """When someone who may be in any of the zones can be written to; None: now.

        That is when it is quiet in none of them. Zones so far apart that there is no such
        moment get one at which it is quiet in the fewest.
        """
        if len(zones) == 1:
            return self.quiet_until(at, zones[0])
        return _quiet_until_any(self, at // _MINUTE, zones)

    def nights(self, at: int, zone: str) -> tuple[tuple[int, int], ...]:
        """The quiet spans around a moment, begin and end, oldest first."""
        today = to_wall(at, zone).date()
        return tuple(self.night(today + offset * _DAY, zone) for offset in _DAYS_AROUND)

    def night(self, day: date, zone: str) -> tuple[int, int]:
        """Begin and end of the quiet span that begins on that day."""
        last = day + _DAY if self.end < self.start else day
        return (
            to_moment(datetime.combine(day, self.start), zone),
            last_moment(datetime.combine(last, self.end), zone),
        )


@lru_cache(maxsize=4096)
def _quiet_until(hours: QuietHours, minute: int, zone: str) -> int | None:
    """Kept by the minute, at whose ends alone an answer can change."""
    if hours.start == hours.end:
        return None
    at = minute * _MINUTE
    return next(
        (end for begin, end in hours.nights(at, zone) if begin <= at < end),
        None,
    )


@lru_cache(maxsize=4096)
def _quiet_until_any(hours: QuietHours, minute: int, zones: tuple[str, ...]) -> int | None:
    if hours.start == hours.end:
        return None
    at = minute * _MINUTE
    clocks = [hours.nights(at, zone) for zone in _unlike(zones, at)]
    # It becomes quiet in fewer zones only where the quiet of one ends.
    ends = {end for nights in clocks for _, end in nights if at < end <= at + _AHEAD}
    moments = [at, *sorted(ends)]
    best = min(moments, key=lambda moment: sum(_within(moment, nights) for nights in clocks))
    return None if best == at else best


def _unlike(zones: tuple[str, ...], at: int) -> list[str]:
    """One zone of each set whose clocks show the same until all nights looked at are over."""
    by_offsets: dict[tuple[timedelta | None, ...], str] = {}
    samples = [to_datetime(at + part * _AHEAD // _SAMPLES) for part in range(_SAMPLES + 2)]
    for zone in zones:
        place = zone_named(zone)
        offsets = tuple(sample.astimezone(place).utcoffset() for sample in samples)
        by_offsets.setdefault(offsets, zone)
    return list(by_offsets.values())


def _within(moment: int, nights: tuple[tuple[int, int], ...]) -> bool:
    return any(begin <= moment < end for begin, end in nights)


def _clock(value: Any, key: str) -> time:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _invalid(f"quietHours.{key}", "a time from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def _invalid(at: str, allowed: str) -> InvalidInput:
    return InvalidInput(
        f'{at} is wrong: it takes {allowed}. Example: {{"from": "21:00", "to": "09:00"}}.',
        [Problem(at, f"must be {allowed}")],
    )
