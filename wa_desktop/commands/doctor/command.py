"""``wa-desktop doctor``: looks at everything the program stands on, and says what to do."""

import logging
import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from wa_desktop.app import vault_of
from wa_desktop.commands.doctor import (
    accounts,
    clocks,
    keys,
    ledger,
    location,
    machine,
    queue,
    sending,
    workers,
)
from wa_desktop.commands.doctor.access import access
from wa_desktop.commands.doctor.finding import Finding, Level, guarded
from wa_desktop.commands.doctor.settings import settings_files
from wa_desktop.commands.faults import ExitCode
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_json, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.ledger.looking import looked_at
from wa_desktop.settings import Settings

_MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.ERROR: "✗"}
_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.ERROR: "31"}

app = new_app()


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check versions, data folder, ledger, queue, clock and workers; change nothing.

    Exit code 1 if something is wrong (✗); a warning (!) is none.
    """
    settings = settings_for(least=logging.ERROR)
    findings = _examine(settings)
    well = all(one.level is not Level.ERROR for one in findings)
    if as_json:
        print_json({"ok": well, "checks": [_as_json(one) for one in findings]})
    else:
        width = max(len(one.subject) for one in findings) + 1
        for one in findings:
            say_finding(one, width)
    raise typer.Exit(ExitCode.DONE if well else ExitCode.ERROR)


def _examine(settings: Settings) -> list[Finding]:
    """Looks, and makes or changes nothing."""
    folder = list(machine.data_folder(settings))
    findings = [*machine.versions(), *folder]
    findings += guarded("settings file", lambda: settings_files(settings))
    findings += guarded("API access", lambda: access(settings))
    usable = all(one.level is not Level.ERROR for one in folder)
    findings += guarded("location", lambda: location.location(settings))
    if usable or settings.database_url is not None:
        findings += guarded("ledger", lambda: _of_the_ledger(settings))
    if usable or settings.redis is not None:
        findings += guarded("queue", lambda: queue.queue(settings))
    return findings


def _of_the_ledger(settings: Settings) -> Iterator[Finding]:
    with looked_at(settings.ledger_url, vault_of(settings)) as seen:
        yield from guarded("ledger", lambda: ledger.ledger(seen))
        yield from guarded("ledger", lambda: ledger.writing(seen))
        yield from guarded("ledger", lambda: ledger.room(seen))
        yield from guarded("ledger", lambda: ledger.safeguards(seen))
        yield from guarded("ledger", lambda: ledger.dumping(seen))
        yield from guarded("clock", lambda: clocks.clock(seen.inspection, settings))
        yield from guarded("place", lambda: location.place(seen))
        opened = seen.ledger
        if opened is not None or seen.is_new:
            yield from guarded("worker", lambda: workers.workers(opened))
        if opened is not None:
            yield from guarded("sending", lambda: sending.sending(opened))
            yield from guarded("account", lambda: accounts.accounts(opened))
            yield from guarded("account", lambda: keys.shared_numbers(opened))
            yield from guarded("key", lambda: keys.keys(opened))


def say_finding(finding: Finding, width: int) -> None:
    """One line, and a second one with what to do."""
    mark = _MARKS[finding.level]
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        print(f"\x1b[{_COLOURS[finding.level]}m{mark}\x1b[0m", end=" ")
    else:
        print(mark, end=" ")
    say(f"{finding.subject:<{width}} {finding.text}")
    if finding.advice:
        say(f"  {'':<{width}} {finding.advice}")


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "subject": finding.subject,
        "level": finding.level.value,
        "text": finding.text,
        "advice": finding.advice,
    }
