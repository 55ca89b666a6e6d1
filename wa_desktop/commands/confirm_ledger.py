"""``wa-desktop confirm-ledger``: send on from a database that went back."""

import logging
from typing import Annotated

import typer

from wa_desktop.app import Program
from wa_desktop.clock import iso
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import counted, print_json, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.ledger.went_back import Confirmed

app = new_app()


@app.command()
def confirm_ledger(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Send on from a database that lacks its last changes.

    After a failover to a standby that was behind, all workers stop sending. What they know to
    have sent is put in doubt first, so start every worker that ran before, then confirm.
    """
    with Program.open(settings_for(least=logging.WARNING)) as program:
        done = program.services.confirmation.confirm()
    if as_json:
        print_json(_shown(done))
    elif done is None:
        say("There is nothing to confirm: the database did not go back.")
    else:
        doubtful = counted(done.in_doubt, "message is in doubt", "messages are in doubt")
        say(f"Confirmed: sending goes on within seconds; {doubtful}.")
        say("What was changed last before the failover may be missing: check your campaigns.")


def _shown(done: Confirmed | None) -> dict[str, object]:
    if done is None:
        return {"confirmed": False, "foundAt": None, "messagesInDoubt": 0}
    return {
        "confirmed": True,
        "foundAt": iso(done.found.since),
        "messagesInDoubt": done.in_doubt,
    }
