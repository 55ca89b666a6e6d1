"""From a machine's key to what seals: slow for a passphrase, with a salt of the ledger.

A passphrase can be guessed, so each guess at the fingerprint, or at a sealed token, costs one
run of scrypt. A key file holds 256 random bits, which nobody guesses.
"""

import hashlib
import hmac
import json
import os
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from typing import Self

from wa_desktop.errors import LedgerDamaged
from wa_desktop.ledger.vault import KeySource, Vault
from wa_desktop.words import words

_COST = 2**15
"""About 100 ms and 32 MB a guess."""

_LEAST_COST = 2**14
_MOST_COST = 2**20
_BLOCKS = 8
_SALT_BYTES = 16
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a ledger keeps about its key: enough to know the key again, not to guess it.

    ``cost`` is scrypt's N for a passphrase, 0 for a key file.
    """

    source: KeySource
    cost: int
    salt: str
    mark: str

    def text(self) -> str:
        """As the ledger keeps it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Self:
        """The opposite of ``text``. Raises ``LedgerDamaged``."""
        try:
            found = json.loads(text)
            made = cls(
                KeySource(found["source"]),
                int(found["cost"]),
                str(found["salt"]),
                str(found["mark"]),
            )
            b64decode(made.salt, validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged() from error
        slow = _LEAST_COST <= made.cost <= _MOST_COST and not made.cost & (made.cost - 1)
        if not (slow if made.source is KeySource.PASSPHRASE else made.cost == 0):
            raise _damaged()
        return made


def new_fingerprint(vault: Vault) -> tuple[Fingerprint, bytes]:
    """A fingerprint of the vault's key with a new salt, and what seals; makes the key file."""
    cost = _COST if vault.source is KeySource.PASSPHRASE else 0
    salt = b64encode(os.urandom(_SALT_BYTES)).decode()
    mark, sealing = _derived(vault.made(), salt, cost)
    return Fingerprint(vault.source, cost, salt, mark), sealing


def sealing_key(vault: Vault, fingerprint: Fingerprint) -> bytes | None:
    """What seals in a ledger of this fingerprint; ``None``: the vault's key is another one."""
    secret = vault.secret()
    if secret is None or vault.source is not fingerprint.source:
        return None
    mark, sealing = _derived(secret, fingerprint.salt, fingerprint.cost)
    return sealing if hmac.compare_digest(mark, fingerprint.mark) else None


def _derived(secret: bytes, salt: str, cost: int) -> tuple[str, bytes]:
    """The mark to know the key by, and the key that seals: neither leads to the other."""
    grain = b64decode(salt)
    if cost:
        root = hashlib.scrypt(
            secret,
            salt=grain,
            n=cost,
            r=_BLOCKS,
            p=1,
            maxmem=2 * 128 * _BLOCKS * cost,
            dklen=_KEY_BYTES,
        )
    else:
        root = hmac.digest(grain, secret, "sha256")
    return (
        hmac.digest(root, b"wa-desktop fingerprint", "sha256").hex(),
        hmac.digest(root, b"wa-desktop seal", "sha256"),
    )


def _damaged() -> LedgerDamaged:
    return LedgerDamaged(
        words(
            "What the ledger keeps about its key cannot be read. Restore a backup: "
            "wa-desktop restore FILE."
        )
    )
