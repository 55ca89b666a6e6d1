"""Asks the provider about an account, stored or as it is typed, and says why one has stopped."""

import re
from dataclasses import dataclass

from wa_desktop.ledger.keys.sealed import FORGOTTEN, MISSING, MOVED, UNREADABLE
from wa_desktop.ledger.records import Account, AccountKind, AccountState
from wa_desktop.senders.message_history import gives_history
from wa_desktop.senders.provider import ProviderNumber, check_number
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.senders.vitals import TOKEN_CODES

_CODE = re.compile(r"\(code (\d+)")


@dataclass(frozen=True, slots=True)
class Checked:
    """The provider's answer about an account that can send.

    ``history``: whether the provider gives the number's message history; ``None``: unknown.
    """

    number: ProviderNumber
    history: bool | None = None


def ask_provider(account: Account, token: str) -> Checked:
    """Ask about a valid account; the sandbox always can send.

    Raises ``ProviderError`` where the account cannot send. Blocks for up to a minute.
    """
    if account.kind is AccountKind.SANDBOX:
        return Checked(
            ProviderNumber(account.id, None, account.name, None, None, None, "CONNECTED")
        )
    settings = CloudApiSettings(
        phone_number_id=account.phone_number_id or "",
        access_token=token,
        api_base_url=account.api_base_url,
        api_version=account.api_version,
    )
    return Checked(check_number(settings), gives_history(settings))


def token_refused(account: Account) -> bool:
    """Whether an account has stopped for want of a token: the provider does not take the stored
    one, or it cannot be used here."""
    return account.state is AccountState.STOPPED and is_token_refused(account.state_reason)


def is_token_refused(reason: str | None) -> bool:
    """Whether the reason of a stop is that the account's token cannot be used."""
    if reason in (MOVED, UNREADABLE, FORGOTTEN, MISSING):
        return True
    found = _CODE.search(reason or "")
    return found is not None and int(found[1]) in TOKEN_CODES
