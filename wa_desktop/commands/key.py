"""``wa-desktop key``: shows and replaces the key that seals the accounts' access tokens."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from wa_desktop.app import Program, key_file
from wa_desktop.commands.faults import ExitCode
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import counted, print_fields, print_json, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.errors import InvalidInput
from wa_desktop.ledger.keys.ledger_key import KeyFit
from wa_desktop.ledger.keys.rekeying import Rekeyed, keys_in
from wa_desktop.ledger.vault import KeySource, Vault
from wa_desktop.settings import Settings

_SOURCES = {KeySource.FILE: "key file", KeySource.PASSPHRASE: "WA_SECRET_KEY"}
_FITS = {
    KeyFit.NONE_YET: "the ledger has no key yet; the first start takes this machine's",
    KeyFit.FITS: "this machine's key is the ledger's",
    KeyFit.WRONG: "this machine's key is NOT the ledger's",
}

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

app = new_app("Show or replace the key that seals the access tokens.")


@app.command()
def show(as_json: Json = False) -> None:
    """Say whether this machine's key is the ledger's. Exit code 1 if it is not."""
    settings = settings_for(least=logging.WARNING)
    with Program.open(settings) as program:
        found = program.services.ledger.key.standing()
        stored = program.services.ledger.rekeying.sealed_accounts()
    own = _own(settings)
    if as_json:
        print_json(
            {
                "fits": None if found.fit is KeyFit.NONE_YET else found.fit is KeyFit.FITS,
                "ledgerKey": None if found.source is None else found.source.value,
                "ownKey": own.value,
                "accountsWithSecrets": len(stored),
                "detail": found.refusal,
            }
        )
    else:
        print_fields(
            {
                "key": _FITS[found.fit],
                "of this machine": _SOURCES[own],
                "of the ledger": None if found.source is None else _SOURCES[found.source],
                "accounts with secrets": len(stored),
            }
        )
        if found.refusal is not None:
            say(found.refusal)
    raise typer.Exit(ExitCode.ERROR if found.fit is KeyFit.WRONG else ExitCode.DONE)


@app.command(name="set")
def set_key(
    old_key: Annotated[
        str | None,
        typer.Option(
            metavar="-",
            help="Only '-': read the old WA_SECRET_KEY from the standard input; a terminal asks "
            "for it unseen.",
        ),
    ] = None,
    old_key_file: Annotated[
        Path | None,
        typer.Option(help="A file with the old key: a secret.key, or a WA_SECRET_KEY as text."),
    ] = None,
    forget_tokens: Annotated[
        bool,
        typer.Option(
            "--forget-tokens",
            help="The old key is lost: delete the stored tokens and stop their accounts.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Make this machine's key the ledger's: WA_SECRET_KEY, or secret.key in the data folder.

    Set the new WA_SECRET_KEY first (or unset it, for a key file), stop every window, server and
    worker, and name the old key here. Everything is sealed anew with the new key, all or
    nothing. From a key file to WA_SECRET_KEY, the old key file is found in the data folder.
    """
    settings = settings_for(least=logging.WARNING)
    if forget_tokens and (old_key is not None or old_key_file is not None):
        raise typer.BadParameter("Give an old key, or --forget-tokens, not both.")
    old = () if forget_tokens else _old_keys(settings, old_key, old_key_file)
    with Program.open(settings) as program:
        ledger = program.services.ledger
        if forget_tokens:
            _ask_to_forget(ledger.rekeying.sealed_accounts(), yes=yes)
            forgotten = ledger.rekeying.forget(ledger.workers.alive())
            done = Rekeyed((), forgotten)
        else:
            done = ledger.rekeying.seal_anew(old, ledger.workers.alive())
    if as_json:
        lacking = "forgotten" if forget_tokens else "unreadable"
        print_json({"sealedAnew": list(done.sealed_anew), lacking: list(done.unreadable)})
        return
    say(f"The ledger has a new key: this machine's {_SOURCES[_own(settings)]}.")
    say("Every other machine that opens the ledger needs it, too.")
    if done.sealed_anew:
        amount = counted(len(done.sealed_anew), "account", "accounts")
        say(f"The tokens of {amount} are sealed with it: {', '.join(done.sealed_anew)}.")
    if done.unreadable:
        say(
            f"Enter the tokens again of: {', '.join(done.unreadable)} "
            "(wa-desktop accounts edit ID --access-token - --resume)."
        )


def _own(settings: Settings) -> KeySource:
    return KeySource.FILE if settings.secret_key is None else KeySource.PASSPHRASE


def _old_keys(settings: Settings, given: str | None, file: Path | None) -> tuple[Vault, ...]:
    if given is not None and given != "-":
        raise typer.BadParameter(
            "takes only '-' (the standard input): on the command line others could read the key",
            param_hint="--old-key",
        )
    if given is not None and file is not None:
        raise typer.BadParameter("Give --old-key - or --old-key-file, not both.")
    if file is not None:
        return keys_in(file)
    if given is not None:
        return (Vault.from_passphrase(_read_unseen()),)
    if settings.secret_key is not None:
        return (Vault.from_file(key_file(settings)),)
    return ()


def _read_unseen() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Old WA_SECRET_KEY", hide_input=True))
    found = sys.stdin.readline().rstrip("\r\n")
    if not found:
        raise InvalidInput("No old key came from the standard input. Nothing was changed.")
    return found


def _ask_to_forget(names: tuple[str, ...], *, yes: bool) -> None:
    if yes or not names:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(
            "This deletes the stored access tokens, and nobody can be asked here. Add --yes."
        )
    typer.confirm(
        f"Delete the stored access tokens of {', '.join(names)}? Their accounts stop until the "
        "tokens are entered again.",
        abort=True,
        err=True,
    )
