"""Accounts with secrets, as this version seals them and as earlier versions did."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet

from tests.ledgers import execute
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets
from wa_desktop.ledger.vault import Vault

TOKEN = "EAAG-a-token-that-nobody-may-read"
SECRETS = AccountSecrets(access_token=TOKEN, app_secret="app", verify_token="v")
SHOP = Account("shop", "Магазин", AccountKind.CLOUD_API, phone_number_id="1055")
OTHER = Account("other", "Лавка", AccountKind.CLOUD_API, phone_number_id="1056")

ONE = "one passphrase of the tests"
TWO = "another passphrase of the tests"


def one() -> Vault:
    """The key of the first machine."""
    return Vault.from_passphrase(ONE)


def two() -> Vault:
    """The key of a second machine."""
    return Vault.from_passphrase(TWO)


def random_key() -> Vault:
    """A key as a key file holds it."""
    return Vault(Fernet.generate_key())


@contextmanager
def opened(url: str, vault: Vault) -> Iterator[Ledger]:
    """A ledger, closed at the end."""
    ledger = Ledger.open(url, vault)
    try:
        yield ledger
    finally:
        ledger.close()


def seal_as_before(ledger: Ledger, vault: Vault, account: Account = SHOP) -> None:
    """Put an account's secrets into its row as versions before the fingerprint did."""
    fernet = vault.earlier_fernet()
    assert fernet is not None
    plain = {"access_token": TOKEN, "app_secret": "app", "verify_token": "v"}
    sealed = fernet.encrypt(json.dumps(plain).encode()).decode()
    execute(ledger, "UPDATE accounts SET secrets = ? WHERE id = ?", sealed, account.id)


def sealed_text(ledger: Ledger, account_id: str = "shop") -> str:
    """What the ledger keeps of an account's secrets."""
    return str(_scalar(ledger, "SELECT secrets FROM accounts WHERE id = ?", account_id))


def fingerprint_text(ledger: Ledger) -> str | None:
    """What the ledger keeps of its key."""
    found = _scalar(ledger, "SELECT value FROM ledger_info WHERE name = ?", "key")
    return None if found is None else str(found)


def everything(ledger: Ledger) -> list[object]:
    """All that a key has to do with, to see that nothing was changed."""
    database = ledger._database
    with database.read():
        return [
            *database.rows("SELECT * FROM accounts ORDER BY id"),
            *database.rows("SELECT name, value FROM ledger_info ORDER BY name"),
        ]


def _scalar(ledger: Ledger, sql: str, *params: object) -> object:
    with ledger._database.read():
        return ledger._database.scalar(sql, params)
