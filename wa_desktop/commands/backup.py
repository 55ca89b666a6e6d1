"""``wa-desktop backup``: a copy of the ledger, taken while everything goes on."""

import logging
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from wa_desktop.clock import iso
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_fields, print_json, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.ledger.copies.backup import KEPT, Backup, back_up, usual_folder
from wa_desktop.ledger.sql.database import Database

app = new_app()


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="Another folder than the usual one.")] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many to keep; older ones go.")] = KEPT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Back the ledger up: checked, while a running program goes on.

    The key of the accounts' tokens (secret.key in the data folder, or WA_SECRET_KEY) is not
    inside. Keep a copy of it elsewhere, or enter the tokens again after a restore. A ledger on
    PostgreSQL is backed up by pg_dump.
    """
    settings = settings_for(least=logging.WARNING)
    folder = to or usual_folder(settings.ledger_url, settings.home)
    with closing(Database(settings.ledger_url)) as database:
        made = back_up(database, folder, keep=keep)
    if as_json:
        print_json(_shown(made))
        return
    print_fields(
        {
            "backup": made.path,
            "taken": iso(made.taken_at),
            "bytes": f"{made.size:,}",
            "schema": made.schema,
        }
    )
    say("The key of the accounts' tokens is not inside: keep a copy of it elsewhere.")


def _shown(made: Backup) -> dict[str, object]:
    return {
        "path": str(made.path),
        "takenAt": iso(made.taken_at),
        "size": made.size,
        "schema": made.schema,
    }
