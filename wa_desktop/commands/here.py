"""``wa-desktop here``: of several copies of a ledger, this is the one to send from."""

import logging
from typing import Annotated

import typer

from wa_desktop.app import Program
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import counted, print_json, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.commands.who_sends import ONE_THAT_SENDS
from wa_desktop.ledger.places.places import Confirmed, Moved

app = new_app()


@app.command()
def here(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Confirm that this copy of the ledger is the one to send from.

    A ledger that was copied or moved sends nothing until then. First make sure that no other
    copy sends: both would send the same messages. Campaigns that were paused for it go on.
    """
    with Program.open(settings_for(least=logging.WARNING)) as program:
        places = program.services.places
        moved = places.moved()
        done = places.confirm()
    if as_json:
        print_json(_shown(moved, done))
    elif moved is None or done is None:
        say("There is nothing to confirm: the ledger is sent from here already.")
    else:
        say(f"From now on messages are sent from {moved.here}, no longer from {moved.sent_from}.")
        say("Never start the other copy again: both would send the same messages.")
        if done.resumed:
            say(f"{counted(len(done.resumed), 'campaign goes on', 'campaigns go on')}.")
        say(f"A program that runs here goes on within seconds; else start {ONE_THAT_SENDS}.")


def _shown(moved: Moved | None, done: Confirmed | None) -> dict[str, object]:
    if moved is None or done is None:
        return {"confirmed": False, "sentFrom": None, "resumed": []}
    return {"confirmed": True, "sentFrom": moved.sent_from, "resumed": list(done.resumed)}
