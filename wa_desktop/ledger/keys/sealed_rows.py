"""The ledger's rows that the key has to do with: its fingerprint, and what it sealed."""

from dataclasses import dataclass

from wa_desktop.ledger.keys.sealed import address_of_row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.number_address import normal_base_url, normal_number_id

_NAME = "key"


@dataclass(frozen=True, slots=True)
class SealedRow:
    """The sealed secrets of one account, and the address that its row names."""

    account_id: str
    name: str
    address: str
    sealed: str


def read_fingerprint(database: Database, locking: str = "") -> str | None:
    """The fingerprint's text, inside ``read`` or ``write``."""
    found = database.scalar("SELECT value FROM ledger_info WHERE name = ?" + locking, (_NAME,))
    return None if found is None else str(found)


def lay_down(database: Database, text: str) -> bool:
    """Store a first fingerprint; false where another program did so before."""
    return bool(
        database.touched(
            "INSERT INTO ledger_info (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (_NAME, text),
        )
    )


def replace_fingerprint(database: Database, text: str) -> None:
    """Store another fingerprint."""
    database.run(
        "INSERT INTO ledger_info (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_NAME, text),
    )


def sealed_rows(database: Database, locking: str = "") -> tuple[SealedRow, ...]:
    """All accounts that have secrets, inside ``read`` or ``write``."""
    rows = database.rows(
        "SELECT id, name, kind, api_base_url, phone_number_id, secrets FROM accounts "
        "WHERE secrets IS NOT NULL ORDER BY id" + locking
    )
    return tuple(
        SealedRow(account_id, name, address_of_row(kind, base_url, number), sealed)
        for account_id, name, kind, base_url, number, sealed in rows
    )


def store_sealed(database: Database, account_id: str, sealed: str | None) -> None:
    """Replace what is sealed; engines take it up."""
    database.run(
        "UPDATE accounts SET secrets = ?, revision = revision + 1 WHERE id = ?",
        (sealed, account_id),
    )


def spell_normally(database: Database) -> None:
    """Write the address of every account in its one spelling."""
    rows = database.rows(
        "SELECT id, api_base_url, phone_number_id FROM accounts ORDER BY id" + database.for_change
    )
    for account_id, base_url, number in rows:
        usual = normal_base_url(base_url), number and normal_number_id(number)
        if usual != (base_url, number):
            database.run(
                "UPDATE accounts SET api_base_url = ?, phone_number_id = ?, "
                "revision = revision + 1 WHERE id = ?",
                (*usual, account_id),
            )
