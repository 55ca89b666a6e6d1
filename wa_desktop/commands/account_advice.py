"""Which command mends an account that cannot send."""

from wa_desktop.contracts.account_check import token_refused
from wa_desktop.ledger.records import Account, AccountKind


def mending(account: Account) -> str:
    """How a stopped account sends again."""
    if account.kind is AccountKind.CLOUD_API and token_refused(account):
        return (
            f"Enter a new token: wa-desktop accounts edit {account.id} --access-token - --resume."
        )
    return (
        f"Correct the account if needed: wa-desktop accounts edit {account.id} --help. "
        f"When the cause is gone: wa-desktop accounts resume {account.id}."
    )


def correcting(account: Account) -> str:
    """How an account that failed its check is edited."""
    return (
        f"Correct the account: wa-desktop accounts edit {account.id} --help. "
        f"A new token: wa-desktop accounts edit {account.id} --access-token - --check."
    )
