"""The key of this machine, by which account tokens are unreadable in the ledger and its copies.

The key lies outside the database: given by a setting (machines that share a ledger share
it), else in a file of the data folder that only its owner may read. ``keys/`` makes from it
what seals.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.files import locked, usable
from wa_desktop.words import words

_FOR_EVER = -1


class KeySource(StrEnum):
    """Where a key comes from."""

    FILE = "file"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a source


class Vault:
    """A key as this machine has it. The key file is read, and made, only when it is needed."""

    def __init__(self, key: bytes | None, *, path: Path | None = None) -> None:
        """``key``: one as a key file holds it. Raises ``ValueError`` if it is no such key."""
        if key is not None:
            Fernet(key)
        self._key = key
        self._passphrase: str | None = None
        self.path = path

    @classmethod
    def from_passphrase(cls, passphrase: str) -> Self:
        """A vault whose key is made from a setting of any length."""
        made = cls(None)
        made._passphrase = passphrase
        return made

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """A vault whose key lies in ``path``, or will lie there."""
        return cls(None, path=path)

    @property
    def source(self) -> KeySource:
        """Where the key comes from."""
        return KeySource.FILE if self._passphrase is None else KeySource.PASSPHRASE

    def secret(self) -> bytes | None:
        """The key's bytes; ``None`` where the key file does not exist.

        Raises ``LedgerError`` for a key file that is damaged or cannot be read.
        """
        if self._passphrase is not None:
            return self._passphrase.encode()
        if self._key is None and self.path is not None:
            with usable(self.path):
                try:
                    content = self.path.read_bytes()
                except FileNotFoundError:
                    return None
            self._key = _sound(content, self.path)
        return None if self._key is None else urlsafe_b64decode(self._key)

    def made(self) -> bytes:
        """As ``secret``; a key file that does not exist is made first.

        Raises ``LedgerError`` and ``LedgerFull``.
        """
        found = self.secret()
        if found is None:
            assert self.path is not None
            with usable(self.path):
                content = _create_key(self.path)
            self._key = _sound(content, self.path)
            found = urlsafe_b64decode(self._key)
        return found

    def earlier_fernet(self) -> Fernet | None:
        """What versions before the fingerprint sealed with; ``None`` without a key file."""
        secret = self.secret()
        if secret is None:
            return None
        if self.source is KeySource.PASSPHRASE:
            secret = sha256(secret).digest()
        return Fernet(urlsafe_b64encode(secret))


def _sound(content: bytes, path: Path) -> bytes:
    key = content.strip()
    try:
        Fernet(key)
    except ValueError as error:
        raise LedgerError(
            words(
                "The key file {path} is damaged. Restore it from a backup. If there is none, "
                "remove the file and give up the stored tokens: wa-desktop key set "
                "--forget-tokens.",
                path=path,
            )
        ) from error
    return key


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
