"""Wall clocks and zones to moments, right across changes of the clock.

Two wall times a year are no single moment, and each has its rule: one that does not exist
(the clock is put forward over it) means the first minute that does; one that exists twice
(the clock is put back) means its first occurrence, unless its ``fold`` says the second.
``Start.note`` says which rule was used.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wa_desktop.clock import Micros, from_datetime, to_datetime
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.words import words

_YEARS = range(2000, 2200)
_SECOND = timedelta(seconds=1)
_LONGEST_ZONE = 64
_WRITTEN = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


class ClockNote(StrEnum):
    """What is particular about a wall time, in words for whoever set it."""

    MOVED_FORWARD = (
        "That time does not exist in the zone (the clocks go forward); "
        "the first minute after it is used."
    )
    FIRST_OF_TWO = (
        "That time comes twice in the zone (the clocks go back); the first of the two is used. "
        "For the second, write its offset from UTC behind the time."
    )
    SECOND_OF_TWO = (
        "That time comes twice in the zone (the clocks go back); the second of the two is used."
    )


@dataclass(frozen=True, slots=True)
class Start:
    """A moment in microseconds, and what is to be told about how it was found."""

    moment: Micros
    note: ClockNote | None = None


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A start as a person sets it: a naive wall time and the name of its zone."""

    wall: datetime
    zone: str

    def start(self) -> Start:
        """The moment it means. ``InvalidInput`` for an unknown zone."""
        return resolve(self.wall, self.zone)


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name in the tz database; ``InvalidInput`` that names an unknown one."""
    if name and len(name) <= _LONGEST_ZONE:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # unknown, no name at all, or a folder of zones: the same to whoever wrote it
    raise InvalidInput(
        words(
            "There is no time zone named {name!r}. Use a name such as Europe/Berlin or "
            "Asia/Kolkata.",
            name=name[:_LONGEST_ZONE],
        ),
        [Problem("zone", words("unknown"))],
    )


def to_moment(wall: datetime, zone: str) -> Micros:
    """The moment of a naive wall time in a zone, by this module's two rules."""
    return resolve(wall, zone).moment


def resolve(wall: datetime, zone: str) -> Start:
    """The moment of a naive wall time in a zone, with what is particular about it.

    ``InvalidInput`` for an unknown zone, ``ValueError`` for a wall time that has a zone of
    its own.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no zone of its own")
    place = zone_named(zone)
    earlier, later = (wall.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    before, after = earlier.utcoffset(), later.utcoffset()
    assert before is not None
    assert after is not None
    if before == after:
        return Start(from_datetime(earlier))
    if before > after and wall.fold:
        return Start(from_datetime(later), ClockNote.SECOND_OF_TWO)
    if before > after:
        return Start(from_datetime(earlier), ClockNote.FIRST_OF_TWO)
    return Start(_first_after_gap(wall, place, before, after), ClockNote.MOVED_FORWARD)


def last_moment(wall: datetime, zone: str) -> Micros:
    """Like ``to_moment``, but the second occurrence of a wall time that comes twice."""
    start = resolve(wall.replace(fold=0), zone)
    if start.note is not ClockNote.FIRST_OF_TWO:
        return start.moment
    return from_datetime(wall.replace(tzinfo=zone_named(zone), fold=1))


def to_wall(moment: int, zone: str) -> datetime:
    """What the clock on the wall shows in a zone: naive."""
    return to_datetime(moment).astimezone(zone_named(zone)).replace(tzinfo=None, fold=0)


def parse_start(text: str, zone: str | None) -> Micros:
    """The moment of a written start; see ``read_start``."""
    return read_start(text, zone).moment


def read_start(text: str, zone: str | None) -> Start:
    """Read ``2026-03-29T09:00`` in the zone, or RFC 3339 with its own offset, which goes first.

    ``InvalidInput`` for anything else, a wall time without a zone, an unknown zone, and a
    year outside 2000 to 2199.
    """
    if zone is not None:
        zone_named(zone)
    written = _WRITTEN.fullmatch(text.strip())
    try:
        found = datetime.fromisoformat(written[0].upper()) if written else None
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise InvalidInput(
            words(
                "{text!r} is no time to start at. Write 2026-03-29T09:00 with a zone beside "
                "it, or 2026-03-29T09:00:00+02:00.",
                text=text[:40],
            ),
            [Problem("startAt", words("not a date and time"))],
        )
    if found.tzinfo is not None:
        return Start(from_datetime(found))
    if zone is None:
        raise InvalidInput(
            words(
                "{text!r} does not say in which zone. Add an offset such as +02:00, or a zone "
                "such as Europe/Berlin.",
                text=text[:40],
            ),
            [Problem("startAt", words("no time zone"))],
        )
    return resolve(found, zone)


@lru_cache(maxsize=256)
def _first_after_gap(
    wall: datetime, place: ZoneInfo, before: timedelta, after: timedelta
) -> Micros:
    """When the clock is put forward over ``wall``: that moment, found by halving."""
    naive = wall.replace(tzinfo=UTC, microsecond=0)
    low, high = naive - after, naive - before + _SECOND
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(place).utcoffset() == before:
            low = middle
        else:
            high = middle
    return from_datetime(high)
