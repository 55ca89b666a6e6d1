"""``wa-desktop accounts edit``: replaces a token, renames, changes limits and addresses."""

import logging
from dataclasses import replace
from typing import Annotated, Any

import typer

from wa_desktop.app import Program
from wa_desktop.clock import now
from wa_desktop.commands.account_limits import (
    CoolDownText,
    DailyLimit,
    GivenLimits,
    Portfolio,
    WarmUpText,
    rate_limit,
)
from wa_desktop.commands.account_token import TokenFileOption, TokenOption, given_token
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_fields, print_json, remark, say
from wa_desktop.contracts.account_check import Checked
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.errors import InvalidInput
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets, AccountState
from wa_desktop.server.account_bodies import AccountShown

_HISTORY = {
    True: "given; messages in doubt are looked for in it",
    False: "not given; messages in doubt wait for news of them, or for you",
    None: None,
}
_CLOUD_ONLY = ("phone_number_id", "waba_id", "api_base_url", "api_version")


def edit(
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The account's id.")],
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    phone_number_id: Annotated[
        str | None, typer.Option(help="The number's id, from WhatsApp Manager.")
    ] = None,
    waba_id: Annotated[
        str | None, typer.Option(help="The business account's id; none: without one.")
    ] = None,
    access_token: TokenOption = None,
    access_token_file: TokenFileOption = None,
    rate: Annotated[
        str | None, typer.Option(help="Messages a time, such as 20/60s or 80/s; or none.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Requests in flight at most.")] = None,
    daily_limit: DailyLimit = None,
    portfolio: Portfolio = None,
    cool_down: CoolDownText = None,
    warm_up: WarmUpText = None,
    api_base_url: Annotated[str | None, typer.Option(help="Where the Cloud API is.")] = None,
    api_version: Annotated[str | None, typer.Option(help="Its version.")] = None,
    sandbox_failures: Annotated[
        float | None, typer.Option(help="The share of messages that the sandbox fails, 0 to 1.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask the provider first; store nothing if it refuses.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Check, store, and let a stopped account send again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Edit an account: what is not given stays as it is.

    The access token is read from the standard input (--access-token -), at a terminal asked for
    unseen, or from --access-token-file; never given on the command line. Another number or
    address needs the token again: the stored one is sent to no other address.
    """
    typed: dict[str, Any] = {
        "name": name,
        "phone_number_id": phone_number_id,
        "waba_id": waba_id,
        "concurrency": concurrency,
        "api_base_url": api_base_url,
        "api_version": api_version,
    }
    token = given_token(access_token, access_token_file)
    limits = GivenLimits(daily_limit, portfolio, cool_down, warm_up)
    with Program.open(settings_for(least=logging.WARNING)) as program:
        before = program.services.ledger.accounts.get(account_id)
        account = limits.on(_with_typed(before, typed, token))
        if rate is not None:
            account = replace(account, rate_limit=rate_limit(rate))
        if sandbox_failures is not None:
            account = _with_failures(account, sandbox_failures)
        if account == before and token is None and not (check or resume):
            raise typer.BadParameter("Nothing to change was given. See: accounts edit --help")
        stored = _store(program, account, token, check=check, resume=resume)
    if as_json:
        print_json(AccountShown.of(stored, now()).model_dump(by_alias=True))
        return
    sends = before.state is AccountState.STOPPED and stored.state is AccountState.ACTIVE
    say(f"Account {account_id} is saved{', and sends again' if sends else ''}.")
    if stored.state is AccountState.STOPPED:
        say(f"It is stopped still. Let it send again: wa-desktop accounts resume {account_id}")


def tell_checked(account_id: str, checked: Checked) -> None:
    """Print what the provider says of an account that can send."""
    found = checked.number
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
            "message history": _HISTORY[checked.history],
        }
    )


def _store(
    program: Program, account: Account, token: str | None, *, check: bool, resume: bool
) -> Account:
    secrets = None if token is None else AccountSecrets(access_token=token)
    try:
        return _stored(program.services.accounts, account, secrets, check=check, resume=resume)
    except InvalidInput as error:
        if token is None and any(one.at == "accessToken" for one in error.problems):
            raise InvalidInput(f"{error} Add --access-token -.", error.problems) from error
        raise


def _stored(
    accounts: AccountService,
    account: Account,
    secrets: AccountSecrets | None,
    *,
    check: bool,
    resume: bool,
) -> Account:
    if resume:
        return accounts.mend(account, secrets)
    if check:
        warning = accounts.try_out(account, secrets).number.warning
        if warning is not None:
            remark(warning)
    return accounts.change(account, secrets)


def _with_typed(account: Account, typed: dict[str, Any], token: str | None) -> Account:
    changes: dict[str, Any] = {
        field: value.strip() if isinstance(value, str) else value
        for field, value in typed.items()
        if value is not None
    }
    strange = [one for one in _CLOUD_ONLY if one in changes]
    if account.kind is AccountKind.SANDBOX and (strange or token is not None):
        raise InvalidInput(
            f"The account {account.id} is a sandbox: it has no token, number or address."
        )
    if changes.get("waba_id", "").lower() == "none":
        changes["waba_id"] = None
    return replace(account, **changes)


def _with_failures(account: Account, share: float) -> Account:
    if account.kind is not AccountKind.SANDBOX:
        raise InvalidInput(f"The account {account.id} is no sandbox: its messages are real.")
    return replace(account, sandbox=replace(account.sandbox, failure_share=share))
