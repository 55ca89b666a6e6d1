"""``wa-desktop accounts``: the senders. Tokens come in by ways that leave no trace.

What stands on a command line can be read by every user of the computer and stays in the
shell's history, so a token is taken from a prompt, a file, the standard input or the
environment.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from wa_desktop.app import Program
from wa_desktop.commands.account_limits import (
    CoolDownText,
    DailyLimit,
    GivenLimits,
    Portfolio,
    WarmUpText,
    limit_fields,
    limits,
    rate_limit,
    rate_text,
)
from wa_desktop.commands.faults import ExitCode
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_fields, print_json, print_table, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.errors import InvalidInput, ProviderError
from wa_desktop.ledger.records import (
    DEFAULT_RATE,
    Account,
    AccountKind,
    AccountSecrets,
    SandboxBehaviour,
)
from wa_desktop.senders.message_history import gives_history
from wa_desktop.senders.provider import ProviderNumber, check_number
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.server.account_bodies import AccountChecked, AccountShown

TOKEN_VARIABLE = "WA_ACCESS_TOKEN"  # noqa: S105 - a variable's name
_LONGEST_TOKEN = 4_096

app = new_app("List, add, check and remove accounts to send from.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The account's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _program() -> Program:
    return Program.open(settings_for(least=logging.WARNING))


@app.command("list")
def list_accounts(as_json: Json = False) -> None:
    """List accounts, oldest first."""
    with _program() as program:
        found = program.services.ledger.accounts.list()
    if as_json:
        print_json({"items": [_json(one) for one in found]})
        return
    print_table(
        ("id", "kind", "state", "limit", "in flight", "name"),
        [
            (
                one.id,
                one.kind.value,
                one.state.value,
                rate_text(one.rate_limit),
                one.concurrency,
                one.name,
            )
            for one in found
        ],
    )


@app.command()
def add(
    name: Annotated[str, typer.Option(help="A name of your own.")],
    account_id: Annotated[
        str, typer.Option("--id", help="Its id; else one is made from the name.")
    ] = "",
    kind: Annotated[AccountKind, typer.Option(help="What sends.")] = AccountKind.CLOUD_API,
    phone_number_id: Annotated[
        str | None, typer.Option(help="The number's id, from WhatsApp Manager.")
    ] = None,
    waba_id: Annotated[str | None, typer.Option(help="The business account's id.")] = None,
    access_token: Annotated[
        str | None, typer.Option(metavar="-", help="Only '-': read it from the standard input.")
    ] = None,
    access_token_file: Annotated[Path | None, typer.Option(help="Read it from this file.")] = None,
    rate: Annotated[
        str, typer.Option(help="Messages a time, such as 20/60s or 80/s; none: no limit.")
    ] = f"{DEFAULT_RATE.max}/{DEFAULT_RATE.duration_ms // 1000}s",
    concurrency: Annotated[int, typer.Option(help="Requests in flight at most.")] = 1,
    daily_limit: DailyLimit = None,
    portfolio: Portfolio = None,
    cool_down: CoolDownText = None,
    warm_up: WarmUpText = None,
    api_base_url: Annotated[
        str, typer.Option(help="Where the Cloud API is.")
    ] = "https://graph.facebook.com",
    api_version: Annotated[str, typer.Option(help="Its version.")] = "v25.0",
    sandbox_failures: Annotated[
        float, typer.Option(help="The share of messages that the sandbox fails, 0 to 1.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Add an account.

    The access token is read from --access-token-file, from the standard input
    (--access-token -), from WA_ACCESS_TOKEN, or asked for; never given on the command line.
    """
    account = Account(
        id=account_id,
        name=name,
        kind=kind,
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        api_base_url=api_base_url,
        api_version=api_version,
        rate_limit=rate_limit(rate),
        concurrency=concurrency,
        sandbox=SandboxBehaviour(failure_share=sandbox_failures),
    )
    account = GivenLimits(daily_limit, portfolio, cool_down, warm_up).on(account)
    token = _token(access_token, access_token_file) if kind is AccountKind.CLOUD_API else None
    with _program() as program:
        stored = program.services.accounts.add(account, AccountSecrets(access_token=token))
    if as_json:
        print_json(_json(stored))
    else:
        say(f"Account {stored.id} is added. Try it with: wa-desktop accounts check {stored.id}")


@app.command()
def show(account_id: Id, as_json: Json = False) -> None:
    """Show one account, without its secrets."""
    with _program() as program:
        account = program.services.ledger.accounts.get(account_id)
    if as_json:
        print_json(_json(account))
        return
    cloud = account.kind is AccountKind.CLOUD_API
    print_fields(
        {
            "id": account.id,
            "name": account.name,
            "kind": account.kind.value,
            "state": account.state.value,
            "reason": account.state_reason,
            "phone number id": account.phone_number_id,
            "API": f"{account.api_base_url}/{account.api_version}" if cloud else None,
            **limit_fields(account),
            "secrets": ", ".join(account.secrets_set) or None,
        }
    )


@app.command()
def remove(account_id: Id, as_json: Json = False) -> None:
    """Remove an account that no campaign uses."""
    with _program() as program:
        program.services.accounts.remove(account_id)
    if as_json:
        print_json({"id": account_id, "removed": True})
    else:
        say(f"{account_id} is removed.")


@app.command()
def resume(account_id: Id, as_json: Json = False) -> None:
    """Let a stopped account send again."""
    with _program() as program:
        account = program.services.accounts.resume(account_id)
    if as_json:
        print_json(_json(account))
    else:
        say(f"{account.id} sends again.")


@app.command()
def check(account_id: Id, as_json: Json = False) -> None:
    """Ask the provider about the number, and try the token. Exit code 1 if it cannot send."""
    with _program() as program:
        account = program.services.ledger.accounts.get(account_id)
        if account.kind is AccountKind.SANDBOX:
            found = ProviderNumber(account.id, None, account.name, None, None, None, "CONNECTED")
            history = None
        else:
            try:
                settings = _cloud_settings(program, account)
                found, history = check_number(settings), gives_history(settings)
            except ProviderError as error:
                if not as_json:
                    raise
                print_json(AccountChecked(ok=False, detail=str(error)).model_dump(by_alias=True))
                raise typer.Exit(ExitCode.ERROR) from error
    if as_json:
        print_json(AccountChecked.of(found, history).model_dump(by_alias=True))
        return
    say(f"{account_id} can send.")
    if found.warning is not None:
        say(found.warning)
    print_fields(
        {
            "name": found.display_name,
            "phone": found.phone,
            "quality": found.quality,
            "limit": found.tier,
            "throughput": found.throughput,
            "status": found.status,
            "message history": _HISTORY[history],
        }
    )


_HISTORY = {
    True: "given; messages in doubt are looked for in it",
    False: "not given; messages in doubt wait for news of them, or for you",
    None: None,
}


app.command()(limits)


def _cloud_settings(program: Program, account: Account) -> CloudApiSettings:
    secrets = program.services.ledger.accounts.for_sending(account.id).secrets
    return CloudApiSettings(
        phone_number_id=account.phone_number_id or "",
        access_token=secrets.access_token or "",
        api_base_url=account.api_base_url,
        api_version=account.api_version,
    )


def _token(given: str | None, file: Path | None) -> str:
    if given is not None and given != "-":
        raise typer.BadParameter(
            "takes only '-' (the standard input): on the command line others could read the token",
            param_hint="--access-token",
        )
    if given is not None and file is not None:
        raise typer.BadParameter("Give --access-token - or --access-token-file, not both.")
    if file is not None:
        return _token_of_file(file)
    if given is None and (of_environment := os.environ.get(TOKEN_VARIABLE, "").strip()):
        return of_environment
    if given is None and sys.stdin.isatty():
        return str(typer.prompt("Access token", hide_input=True)).strip()
    return sys.stdin.readline(_LONGEST_TOKEN + 1).strip() if given else _no_token()


def _token_of_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(_LONGEST_TOKEN + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise InvalidInput(
            f"The token cannot be read from {path} ({reason}). Give another file."
        ) from error


def _no_token() -> str:
    raise InvalidInput(
        "An account of the Cloud API needs its access token. Give it with --access-token-file, "
        f"--access-token - (the standard input) or {TOKEN_VARIABLE}."
    )


def _json(account: Account) -> dict[str, Any]:
    return AccountShown.of(account).model_dump(by_alias=True)
