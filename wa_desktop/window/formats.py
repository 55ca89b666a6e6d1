"""Numbers, moments and phone numbers as a person of this locale reads them."""

import re
from datetime import datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, QTimeZone

from wa_desktop.clock import SECOND
from wa_desktop.errors import InvalidInput
from wa_desktop.hours.local_time import to_wall, zone_named

_PLACE = re.compile(r"%(\d)")


def fill(text: str, *values: object) -> str:
    """A translated text with ``%1``, ``%2`` … replaced; marks inside the values stay."""
    return _PLACE.sub(lambda match: str(values[int(match[1]) - 1]), text)


def number(value: int) -> str:
    """With the locale's marks between thousands."""
    return QLocale().toString(value)


def percent(value: int) -> str:
    """A whole percentage."""
    return f"{value} %" if QLocale().language() == QLocale.Language.Russian else f"{value}%"


def phone(digits: str) -> str:
    """With the plus that the ledger leaves out."""
    return f"+{digits}"


def moment(at: int | None) -> str:
    """Date and time in the local zone; a dash when there is none."""
    if at is None:
        return "–"
    local = QDateTime.fromMSecsSinceEpoch(at * 1000 // SECOND)
    locale = QLocale()
    date = locale.toString(local.date(), QLocale.FormatType.ShortFormat)
    return f"{date} {local.toString('HH:mm')}"


def day(at: int) -> str:
    """The date in UTC, for what ends with a day."""
    there = QDateTime.fromMSecsSinceEpoch(at * 1000 // SECOND, QTimeZone.utc())
    return QLocale().toString(there.date(), QLocale.FormatType.ShortFormat)


def local_zone() -> str:
    """The computer's time zone by its name in the tz database, UTC where it has none."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    try:
        zone_named(name)
    except InvalidInput:
        return "UTC"
    return name


def moment_there(at: int, zone: str | None) -> str | None:
    """What the clock shows in a zone; ``None`` where it shows the same as this computer's.

    With its date only where that differs from the date here.
    """
    if zone is None:
        return None
    there = to_wall(at, zone)
    local = QDateTime.fromMSecsSinceEpoch(at * 1000 // SECOND)
    here = (local.date().toPython(), local.time().hour(), local.time().minute())
    if here == (there.date(), there.hour, there.minute):
        return None
    return f"{there:%H:%M}" if here[0] == there.date() else wall_clock(there)


def wall_clock(wall: datetime) -> str:
    """Date and time as a clock on the wall shows them."""
    day = QLocale().toString(QDate(wall.year, wall.month, wall.day), QLocale.FormatType.ShortFormat)
    return f"{day} {wall:%H:%M}"


def near_moment(at: int) -> str:
    """The time alone where it is today; rounded up to the minute, as an end should be."""
    local = QDateTime.fromMSecsSinceEpoch(-(-at // (60 * SECOND)) * 60_000)
    if local.date() == QDate.currentDate():
        return str(local.toString("HH:mm"))
    return moment(-(-at // (60 * SECOND)) * 60 * SECOND)


def clock_time(at: int | None) -> str:
    """Date and time with seconds, for single messages."""
    if at is None:
        return "–"
    local = QDateTime.fromMSecsSinceEpoch(at * 1000 // SECOND)
    date = QLocale().toString(local.date(), QLocale.FormatType.ShortFormat)
    return f"{date} {local.toString('HH:mm:ss')}"
