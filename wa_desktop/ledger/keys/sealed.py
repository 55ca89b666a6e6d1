"""Secrets of an account as sealed text, bound to the address that they may be sent to."""

import json
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken

from wa_desktop.errors import TokenUnusable
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets
from wa_desktop.number_address import normal_base_url, normal_number_id
from wa_desktop.words import words

_FORM = "2"
"""The first part of a sealed text; texts of earlier versions have no parts."""

MOVED = words(
    "The stored access token belongs to another API address or phone number ID, so it is not sent "
    "there. Check the address and the ID, then enter the token again."
)
UNREADABLE = words(
    "The stored access token cannot be opened with the ledger's key: it was stored with another "
    "key or was changed. Enter the token again."
)
MISSING = words("No access token is stored for this account. Enter the token.")
FORGOTTEN = words(
    "The access token was deleted, because the key that it was stored with is lost. Enter the "
    "token again."
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed: the secrets, and the address they belong to."""

    address: str
    secrets: AccountSecrets


class Seal:
    """Seals and opens with the key of one ledger."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(urlsafe_b64encode(key))

    def close(self, secrets: AccountSecrets, address: str) -> str | None:
        """The secrets as text for the ledger; ``None`` when there are none."""
        given = given_of(secrets)
        if not given:
            return None
        plain = json.dumps({"address": address, "secrets": given})
        return f"{_FORM}:{','.join(given)}:{self._fernet.encrypt(plain.encode()).decode()}"

    def open(self, sealed: str) -> Opened:
        """What was sealed, for whatever address. Raises ``TokenUnusable``."""
        form, _, rest = sealed.partition(":")
        try:
            if form != _FORM:
                raise InvalidToken
            found = json.loads(self._fernet.decrypt(rest.partition(":")[2].encode()))
        except InvalidToken as error:
            raise TokenUnusable(UNREADABLE) from error
        return Opened(found["address"], AccountSecrets(**found["secrets"]))


def is_earlier(sealed: str) -> bool:
    """Whether a version before the fingerprint has sealed it."""
    return not sealed.startswith(f"{_FORM}:")


def opened_earlier(sealed: str, fernet: Fernet | None) -> AccountSecrets | None:
    """Secrets that a version before the fingerprint has sealed; ``None``: with another key."""
    if fernet is None:
        return None
    try:
        return AccountSecrets(**json.loads(fernet.decrypt(sealed.encode())))
    except InvalidToken:
        return None


def names_of(sealed: str) -> tuple[str, ...]:
    """Which secrets a sealed text holds, without opening it; not of earlier versions' texts."""
    return tuple(one for one in sealed.split(":")[1].split(",") if one)


def given_of(secrets: AccountSecrets) -> dict[str, str]:
    """The secrets that are there, by name."""
    return {name: value for name, value in asdict(secrets).items() if value is not None}


def address_of(account: Account) -> str:
    """Where an account's token may be sent: the same for all spellings of one number."""
    return address_of_row(account.kind, account.api_base_url, account.phone_number_id)


def address_of_row(kind: str, base_url: str, number: str | None) -> str:
    """As ``address_of``, from an account's columns."""
    if kind == AccountKind.SANDBOX:
        return AccountKind.SANDBOX.value
    return f"{normal_base_url(base_url)} {normal_number_id(number or '')}"
