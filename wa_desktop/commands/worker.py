"""``wa-desktop worker``: sends what is due until it is stopped."""

import os

import typer

from wa_desktop.app import Program
from wa_desktop.commands.faults import ExitCode, complain
from wa_desktop.commands.logging_setup import print_held_back
from wa_desktop.commands.opening import patience, settings_for
from wa_desktop.commands.output import say
from wa_desktop.commands.signals import StopSignals
from wa_desktop.commands.typer_app import new_app

_LOOK_EVERY = 2.0

app = new_app()


@app.command()
def worker() -> None:
    """Send what is due, for every account, until stopped (Ctrl+C or SIGTERM).

    Any number of workers on as many machines may share a PostgreSQL ledger (DATABASE_URL) and
    a Redis (REDIS_URL); on SQLite one program sends at a time.
    """
    settings = settings_for()
    with (
        StopSignals() as stop,
        Program.open(settings, patience(settings, stop.wait)) as program,
    ):
        program.start()
        stop.sends = True
        program.report()
        say(f"Worker started (process {os.getpid()}). Ctrl+C stops it.")
        watch(program, stop, sends=True)
    say("Worker stopped.")


def watch(program: Program, stop: StopSignals, *, sends: bool) -> None:
    """Wait for a signal; exit code 1 when the engine ends by itself. Troubles are logged."""
    while not stop.wait(_LOOK_EVERY):
        print_held_back()
        if sends and not program.sending:
            complain("The engine has ended; the log says why. Start the program again.")
            raise typer.Exit(ExitCode.ERROR)
