"""Times on the command line: starts, expiries and quiet hours, in words a person types."""

import typer

from wa_desktop.clock import now
from wa_desktop.commands.output import remark
from wa_desktop.errors import InvalidInput
from wa_desktop.hours.local_time import read_start
from wa_desktop.hours.quiet_hours import QuietHours


def start_time(text: str, zone: str | None) -> int:
    """When to start; what is particular about the time is told. ``InvalidInput``."""
    found = read_start(text, zone)
    if found.note is not None:
        remark(found.note.value)
    if found.moment <= now():
        raise InvalidInput(f"{text} lies behind. Give a time that lies ahead.")
    return found.moment


def quiet_hours(text: str | None, zone: str | None) -> QuietHours | None:
    """Quiet hours such as ``21:00-09:00``. ``InvalidInput``."""
    if text is None:
        return None
    start, dash, end = text.partition("-")
    if not dash:
        raise typer.BadParameter("must look like 21:00-09:00", param_hint="--quiet-hours")
    return QuietHours.from_json({"from": start.strip(), "to": end.strip(), "zone": zone})
