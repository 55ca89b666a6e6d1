"""``wa-desktop restore``: a backup in the place of the ledger."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from wa_desktop.app import vault_of
from wa_desktop.clock import iso
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import counted, print_json, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.errors import InvalidInput
from wa_desktop.ledger.copies.backup import usual_folder
from wa_desktop.ledger.copies.postgres_restore import place_of, restore_postgres
from wa_desktop.ledger.copies.restore import restore as restore_ledger
from wa_desktop.ledger.copies.restored import Restored
from wa_desktop.ledger.engine_lock import ledger_file
from wa_desktop.ledger.looking import looked_at
from wa_desktop.settings import Settings

app = new_app()


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup, or its name in the usual folder.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Put a backup in the ledger's place; the old ledger is kept.

    Nothing is sent by itself afterwards: since the backup was taken, messages may have gone
    out that it knows nothing of. Campaigns that would send are paused, and messages that were
    on their way are in doubt.
    """
    settings = settings_for(least=logging.WARNING)
    source = _found(settings, file)
    ledger = ledger_file(settings.ledger_url)
    _ask(str(ledger or place_of(settings.ledger_url)), source, yes=yes)
    if ledger is None:
        folder = usual_folder(settings.ledger_url, settings.home)
        done = restore_postgres(source, settings.ledger_url, folder)
    else:
        done = restore_ledger(source, ledger)
    with looked_at(settings.ledger_url, vault_of(settings)) as seen:
        key = None if seen.ledger is None else seen.ledger.key.standing()
    wrong = None if key is None else key.refusal
    if as_json:
        print_json(_shown(done) | {"keyFits": wrong is None, "keyDetail": wrong})
        return
    _tell(done)
    if wrong is not None:
        say(f"The ledger is restored, but this machine cannot send from it yet. {wrong}")


def _found(settings: Settings, file: Path) -> Path:
    """The backup, before anybody is asked; ``InvalidInput`` names both places without it."""
    usual = usual_folder(settings.ledger_url, settings.home)
    for place in (file, usual / file):
        if place.exists():
            return place
    kept = sorted(one.name for one in usual.glob("*") if one.is_file())
    newest = f" The newest there is {kept[-1]}." if kept else ""
    raise InvalidInput(f"There is no backup {file}, neither here nor in {usual}.{newest}")


def _ask(ledger: str, source: Path, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput("This replaces the ledger, and nobody can be asked here. Add --yes.")
    typer.confirm(f"Replace the ledger {ledger} by {source.name}?", abort=True, err=True)


def _tell(done: Restored) -> None:
    safe = done.made_safe
    say(f"Restored {done.ledger} from {done.source.name}.")
    if done.replaced is not None:
        say(f"The old ledger is kept as {done.replaced}.")
    if done.upgraded:
        say(f"It was brought to the schema {done.upgraded[-1]}.")
    paused = counted(safe.contracts_paused, "campaign is paused", "campaigns are paused")
    waiting = counted(safe.messages_waiting, "message waits", "messages wait")
    doubtful = counted(safe.messages_in_doubt, "message is in doubt", "messages are in doubt")
    say(f"{paused}, in which {waiting}; {doubtful}.")
    if safe.contracts_paused or safe.messages_in_doubt:
        say(
            "Others may have sent since: look at them with wa-desktop contracts list and "
            "wa-desktop contracts show ID before you go on."
        )


def _shown(done: Restored) -> dict[str, object]:
    safe = done.made_safe
    return {
        "ledger": done.ledger,
        "source": str(done.source),
        "replaced": None if done.replaced is None else str(done.replaced),
        "restoredAt": iso(done.restored_at),
        "upgraded": list(done.upgraded),
        "contractsPaused": safe.contracts_paused,
        "messagesWaiting": safe.messages_waiting,
        "messagesInDoubt": safe.messages_in_doubt,
        "workersEnded": safe.workers_ended,
    }
