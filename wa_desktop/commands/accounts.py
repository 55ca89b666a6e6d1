"""``wa-desktop accounts``: the senders."""

import logging
from typing import Annotated, Any

import typer

from wa_desktop.app import Program
from wa_desktop.clock import now
from wa_desktop.commands.account_advice import correcting, mending
from wa_desktop.commands.account_edit import edit, tell_checked
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
from wa_desktop.commands.account_token import TokenFileOption, TokenOption, new_token
from wa_desktop.commands.faults import ExitCode
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_fields, print_json, print_table, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.errors import ProviderError, TokenUnusable
from wa_desktop.ledger.records import (
    DEFAULT_RATE,
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    SandboxBehaviour,
)
from wa_desktop.server.account_bodies import AccountChecked, AccountShown

app = new_app("List, add, edit, check and remove accounts to send from.")

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
        ("id", "kind", "state", "limit", "in flight", "daily limit", "portfolio", "name"),
        [
            (
                one.id,
                one.kind.value,
                one.state.value,
                rate_text(one.rate_limit),
                one.concurrency,
                one.daily_limit or "none",
                one.portfolio_id,
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
    access_token: TokenOption = None,
    access_token_file: TokenFileOption = None,
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
    token = new_token(access_token, access_token_file) if kind is AccountKind.CLOUD_API else None
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
            "business account id": account.waba_id,
            "API": f"{account.api_base_url}/{account.api_version}" if cloud else None,
            **limit_fields(account),
            "secrets": ", ".join(account.secrets_set) or None,
        }
    )
    if account.state is AccountState.STOPPED:
        say(mending(account))


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
        try:
            checked = program.services.accounts.check(account.id)
        except (ProviderError, TokenUnusable) as error:
            if as_json:
                print_json(AccountChecked(ok=False, detail=str(error)).model_dump(by_alias=True))
                raise typer.Exit(ExitCode.ERROR) from error
            raise ProviderError(f"{error} {correcting(account)}") from error
    if as_json:
        found = AccountChecked.of(checked.number, checked.history)
        print_json(found.model_dump(by_alias=True))
        return
    tell_checked(account_id, checked)


app.command()(edit)
app.command()(limits)


def _json(account: Account) -> dict[str, Any]:
    return AccountShown.of(account, now()).model_dump(by_alias=True)
