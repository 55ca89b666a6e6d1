"""Dates and times of workbooks: day numbers, shown by a section of a number format."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wa_desktop.recipients.workbooks.formats.format_codes import Part, Section, Token
from wa_desktop.recipients.workbooks.formats.month_names import DateNames, names_in

_DAYS_TO_1904 = 1462
_LAST_DAY = 2_958_465  # 9999-12-31
_LEAP_DAY_THAT_NEVER_WAS = 60
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no time zone
_MS_A_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A day number as a point in time; ``days`` and ``milliseconds`` since the first day."""

    when: datetime
    days: int
    milliseconds: int


def moment_of(value: float, from_1904: bool) -> Moment | None:
    """The moment of a day number; ``None`` for what no date can show."""
    shift = _DAYS_TO_1904 if from_1904 else 0
    if not 0 <= value + shift < _LAST_DAY + 1:
        return None
    total = round(value * _MS_A_DAY)
    days, milliseconds = divmod(total, _MS_A_DAY)
    real = days + shift
    if real < _LEAP_DAY_THAT_NEVER_WAS and not from_1904:
        real += 1  # the programs believe in a 29 February 1900
    try:
        when = _EPOCH + timedelta(days=real, milliseconds=milliseconds)
    except OverflowError:
        return None
    return Moment(when, days, milliseconds)


def iso_date(moment: Moment) -> str:
    """``2026-12-05``."""
    return moment.when.date().isoformat()


def iso_moment(moment: Moment) -> str:
    """``2026-12-05 09:30``, with seconds where there are any."""
    when = _to_whole_seconds(moment).when
    return when.isoformat(sep=" ", timespec="seconds" if when.second else "minutes")


def dated_text(section: Section, moment: Moment) -> str:
    """A moment by a section's letters; ISO where they ask for names or years we do not know."""
    letters = [text for part, text in section.tokens if part is Part.DATE]
    names = names_in(section.language)
    if any(_is_unknown(text, names) for text in letters):
        return iso_date(moment)
    if any(text.startswith("s") for text in letters) and not any("." in one for one in letters):
        moment = _to_whole_seconds(moment)
    twelve = any(part is Part.HALF_DAY for part, _ in section.tokens)
    beside_a_day = any(text in ("d", "dd") for text in letters)
    return "".join(_shown(token, moment, names, twelve, beside_a_day) for token in section.tokens)


def _is_unknown(letters: str, names: DateNames | None) -> bool:
    if letters[0] in "ebg":
        return True
    if letters[0] == "m" and len(letters) > 2:
        return names is None
    return letters[0] == "d" and len(letters) > 2 and (names is None or names.days is None)


def _to_whole_seconds(moment: Moment) -> Moment:
    total = moment.days * _MS_A_DAY + moment.milliseconds
    seconds = (total + 500) // 1000 * 1000
    days, milliseconds = divmod(seconds, _MS_A_DAY)
    return Moment(moment.when + timedelta(milliseconds=seconds - total), days, milliseconds)


def _shown(
    token: Token, moment: Moment, names: DateNames | None, twelve: bool, beside_a_day: bool
) -> str:
    part, text = token
    if part is Part.DATE:
        if text[0] in "hns":
            return _clock(text, moment.when, twelve)
        return _calendar(text, moment.when, names, beside_a_day)
    if part is Part.ELAPSED:
        unit = {"h": 3_600_000, "m": 60_000, "s": 1_000}[text[0]]
        passed = (moment.days * _MS_A_DAY + moment.milliseconds) // unit
        return str(passed).zfill(len(text))
    if part is Part.HALF_DAY:
        half = "AM" if moment.when.hour < 12 else "PM"
        return half if len(text) > 3 else half[0]
    return text


def _clock(letters: str, when: datetime, twelve: bool) -> str:
    if letters[0] == "h":
        hour = (when.hour % 12 or 12) if twelve else when.hour
        return str(hour).zfill(min(len(letters), 2))
    if letters[0] == "n":
        return str(when.minute).zfill(len(letters))
    whole, _, parts = letters.partition(".")
    seconds = str(when.second).zfill(min(len(whole), 2))
    return (
        f"{seconds}.{when.microsecond:06d}"[: len(seconds) + 1 + len(parts)] if parts else seconds
    )


def _calendar(letters: str, when: datetime, names: DateNames | None, beside_a_day: bool) -> str:
    count = len(letters)
    if letters[0] == "y":
        return f"{when.year % 100:02d}" if count < 3 else f"{when.year:04d}"
    if count < 3:
        return str(when.day if letters[0] == "d" else when.month).zfill(count)
    assert names is not None
    if letters[0] == "d":
        assert names.days is not None
        day = names.days[when.weekday()]
        return day[:3] if count == 3 else day
    if count == 3:
        return names.short_months[when.month - 1]
    months = names.months_beside_a_day if beside_a_day else names.months
    return months[when.month - 1][:1] if count == 5 else months[when.month - 1]
