"""Times on the command line: starts, expiries and quiet hours, in words a person types."""

import typer

from wa_desktop.clock import iso, now
from wa_desktop.commands.output import remark
from wa_desktop.errors import InvalidInput
from wa_desktop.hours.local_time import read_start, to_wall
from wa_desktop.hours.quiet_hours import QuietHours


def start_time(text: str, zone: str | None) -> int:
    """When to start; what is particular about the time is told. ``InvalidInput``."""
    found = read_start(text, zone)
    if found.note is not None:
        remark(found.note.value)
    if found.moment <= now():
        raise InvalidInput(f"{text} lies behind. Give a time that lies ahead.")
    return found.moment


def in_zone(at: int | None, zone: str | None) -> str | None:
    """A moment in UTC, and by the clock of the zone where that shows another time."""
    said = iso(at)
    if at is None or zone is None:
        return said
    there = to_wall(at, zone)
    if there == to_wall(at, "UTC"):
        return said
    return f"{said} ({there:%Y-%m-%d %H:%M} in {zone})"


def quiet_hours(text: str | None, zone: str | None) -> QuietHours | None:
    """Quiet hours such as ``21:00-09:00``. ``InvalidInput``."""
    if text is None:
        return None
    start, dash, end = text.partition("-")
    if not dash:
        raise _no_quiet_hours("must look like 21:00-09:00")
    try:
        hours = QuietHours.from_json({"from": start.strip(), "to": end.strip(), "zone": zone})
    except InvalidInput as error:
        raise _no_quiet_hours("must look like 21:00-09:00") from error
    if hours.start == hours.end:
        raise _no_quiet_hours("begins and ends at the same time; leave it out for none")
    return hours


def _no_quiet_hours(why: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint="--quiet-hours")
