"""The command line: names the commands; each lies in its own module of ``commands``.

A module is imported when its command is called, so that help and a wrong word cost nothing.
"""

import contextlib
import importlib
import io
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from wa_desktop import __version__
from wa_desktop.commands import faults
from wa_desktop.env_files import NAMED

_COMMANDS = {
    "window": "Open the window. The same as no command at all.",
    "demo": "Send a sample file through the sandbox, to see how it goes.",
    "send": "Send a message to everyone in a file, and watch until it is done.",
    "serve": "Serve the HTTP API, and send what is due.",
    "worker": "Send what is due, without a window.",
    "contracts": "List, start, schedule, pause, retry, copy and delete campaigns.",
    "accounts": "List, add, edit, check and remove accounts to send from.",
    "key": "Show or replace the key that seals the access tokens.",
    "suppressions": "List numbers left out after an error, and let them in again.",
    "backup": "Back the ledger up, while everything goes on.",
    "here": "Confirm that this copy of the ledger is the one to send from.",
    "confirm-ledger": "Send on from a database that lacks its last changes.",
    "restore": "Put a backup in the ledger's place.",
    "doctor": "Check data folder, ledger, queue, clock and workers.",
}

_EPILOG = (
    "Exit codes: 0 all sent or done, 1 an error, 2 wrong words on the command line, "
    "3 finished, with messages that failed, are in doubt or were skipped."
)


class _Commands(TyperGroup):
    """Shows every command, and imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, purpose in _COMMANDS.items():
            self.add_command(TyperCommand(name, help=purpose), name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, _load(name) if name and command else command, rest


app = typer.Typer(
    cls=_Commands,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wa-desktop {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    env: Annotated[
        Path | None,
        typer.Option(
            "--env",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Read settings from this file, before .env in the data folder (WA_DESKTOP_ENV).",
        ),
    ] = None,
    measure_start: Annotated[
        bool,
        typer.Option(
            "--measure-start", help="Open the window, print the time to its first paint, quit."
        ),
    ] = False,
) -> None:
    """Outbound WhatsApp campaigns that lose nothing, double nothing and never send too fast.

    Without a command the window opens.
    """
    del version
    if env is not None:
        # In the environment every part of the program finds it, also in processes it starts.
        os.environ[NAMED] = str(env.absolute())
    if ctx.invoked_subcommand is None:
        arguments = ["--measure-start"] if measure_start else []
        window = _load("window")
        with window.make_context("window", arguments, parent=ctx) as own:
            window.invoke(own)
    elif measure_start:
        raise typer.BadParameter("belongs to the window, not to this command", param_hint=None)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A name the terminal cannot show must not end a campaign.
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(errors="replace")
    with faults.told():
        typer.main.get_command(app).main(prog_name="wa-desktop")


def _load(name: str) -> Any:
    module = importlib.import_module(f"wa_desktop.commands.{name.replace('-', '_')}")
    return typer.main.get_command(module.app)
