"""Keeps account tokens unreadable in the ledger and in its copies.

The key lies outside the database: given by a setting (machines that share a ledger share
it), else in a file of the data folder that only its owner may read.
"""

import json
import os
from base64 import urlsafe_b64encode
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.files import locked, usable
from wa_desktop.ledger.records import AccountSecrets
from wa_desktop.words import words

_FOR_EVER = -1


class Vault:
    """Seals and opens the secrets of accounts."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def from_passphrase(cls, passphrase: str) -> "Vault":
        """A vault whose key is made from a setting of any length."""
        return cls(urlsafe_b64encode(sha256(passphrase.encode()).digest()))

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        """A vault whose key lies in ``path``; the file is made at first use.

        Raises ``LedgerError`` and ``LedgerFull``.
        """
        with usable(path):
            try:
                key = path.read_bytes()
            except FileNotFoundError:
                key = _create_key(path)
        try:
            return cls(key.strip())
        except ValueError as error:
            raise LedgerError(
                words(
                    "The key file {path} is damaged. Restore it from a backup, or delete it and "
                    "enter the access tokens of the accounts again.",
                    path=path,
                )
            ) from error

    def seal(self, secrets: AccountSecrets) -> str | None:
        """The secrets as text for the ledger; ``None`` when there are none."""
        given = {name: value for name, value in asdict(secrets).items() if value is not None}
        if not given:
            return None
        return self._fernet.encrypt(json.dumps(given).encode()).decode()

    def open(self, sealed: str | None) -> AccountSecrets:
        """The secrets again. Raises ``LedgerError`` when they were sealed with another key."""
        if sealed is None:
            return AccountSecrets()
        try:
            plain = self._fernet.decrypt(sealed.encode())
        except InvalidToken as error:
            raise LedgerError(
                words(
                    "The account's tokens were stored with another key. Set WA_SECRET_KEY to the "
                    "key of the machine that stored them, or enter the tokens again."
                )
            ) from error
        return AccountSecrets(**json.loads(plain))


def _create_key(path: Path) -> bytes:
    """Make the file, whole at once, so that of two first starts one reads the other's key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".key-lock"), _FOR_EVER):
        if path.exists():
            return path.read_bytes()
        key = Fernet.generate_key()
        draft = path.with_suffix(".key-draft")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return key
