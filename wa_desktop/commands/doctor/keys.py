"""The key of the ledger, and the accounts whose stored token or number is not as it should be."""

from collections import defaultdict
from collections.abc import Iterator

from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.contracts.account_check import token_refused
from wa_desktop.ledger.keys.ledger_key import KeyFit
from wa_desktop.ledger.keys.sealed import address_of
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountKind


def keys(ledger: Ledger) -> Iterator[Finding]:
    """Whether this machine's key is the ledger's, and opens what is stored."""
    found = ledger.key.standing()
    if found.refusal is not None:
        what, _, advice = found.refusal.partition(". ")
        yield Finding(
            "key", Level.ERROR, what.rstrip("."), advice.replace("Nothing was changed. ", "")
        )
        return
    if found.fit is KeyFit.NONE_YET:
        yield ok("key", "none yet (the first start takes this machine's key)")
        return
    yield ok("key", "this machine's key is the ledger's")
    accounts = {one.id: one for one in ledger.accounts.list()}
    for account_id, reason in found.unusable:
        if not token_refused(accounts[account_id]):  # else told as a stopped account
            yield Finding(
                "account",
                Level.ERROR,
                f"{account_id}: {reason}",
                f"wa-desktop accounts edit {account_id} --access-token - --check",
            )


def shared_numbers(ledger: Ledger) -> Iterator[Finding]:
    """Accounts that send from one number: each keeps to its own limit, so the number gets the
    sum. Earlier versions let this happen where the address was spelled in two ways."""
    by_address = defaultdict(list)
    for account in ledger.accounts.list():
        if account.kind is AccountKind.CLOUD_API:
            by_address[address_of(account)].append(account.id)
    for ids in by_address.values():
        if len(ids) > 1:
            yield Finding(
                "account",
                Level.WARNING,
                f"{' and '.join(ids)} send from one number, each up to its own limit",
                "Keep one of them: let its campaigns finish, delete those of the others, then "
                "remove the others with wa-desktop accounts remove ID.",
            )
