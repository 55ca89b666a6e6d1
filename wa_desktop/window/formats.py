"""Numbers, moments and phone numbers as a person of this locale reads them."""

import re

from PySide6.QtCore import QDate, QDateTime, QLocale

from wa_desktop.clock import SECOND

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
