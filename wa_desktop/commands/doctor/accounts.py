"""Accounts that were stopped, or whose version of the provider's API ends."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from wa_desktop.commands.account_advice import mending
from wa_desktop.commands.doctor.finding import Finding, Level
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import DEFAULT_API_VERSION, Account, AccountKind, AccountState
from wa_desktop.senders.versions import end_of, ends_soon


def accounts(ledger: Ledger, today: date | None = None) -> Iterator[Finding]:
    """Accounts that were stopped, or whose version of the provider's API ends."""
    for one in ledger.accounts.list():
        if one.kind is AccountKind.CLOUD_API:
            yield from _version_of(one, today or datetime.now(UTC).date())
        if one.state is AccountState.STOPPED:
            yield Finding(
                "account",
                Level.WARNING,
                f"{one.id} is stopped: {one.state_reason or 'no reason given'}",
                mending(one),
            )


def _version_of(account: Account, today: date) -> Iterator[Finding]:
    """Whether the provider answers the account's version still, and for how long."""
    end = end_of(account.api_version)
    if end is None or not ends_soon(account.api_version, today):
        return
    past = today > end
    yield Finding(
        "account",
        Level.ERROR if past else Level.WARNING,
        f"{account.id} asks for version {account.api_version} of the provider's API, which "
        + (f"ended on {end}" if past else f"ends on {end}, in {(end - today).days} days"),
        f"Set a newer one: wa-desktop accounts edit {account.id} --api-version "
        f"{DEFAULT_API_VERSION}",
    )
