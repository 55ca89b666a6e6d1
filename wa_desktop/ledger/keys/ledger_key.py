"""The key of one ledger: checked once per program, never changed by the way.

A ledger without a fingerprint is new, or of an earlier version. The first program that needs
its key stores the fingerprint and seals what is there anew, in one transaction.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.errors import TokenUnusable, WrongKey
from wa_desktop.ledger.keys.derivation import Fingerprint, new_fingerprint, sealing_key
from wa_desktop.ledger.keys.refusals import earlier_workers, key_changed, wrong_key
from wa_desktop.ledger.keys.sealed import (
    MOVED,
    UNREADABLE,
    Opened,
    Seal,
    given_of,
    is_earlier,
    names_of,
    opened_earlier,
)
from wa_desktop.ledger.keys.sealed_rows import (
    SealedRow,
    lay_down,
    read_fingerprint,
    sealed_rows,
    spell_normally,
    store_sealed,
)
from wa_desktop.ledger.records import AccountSecrets, WorkerRecord
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.vault import KeySource, Vault

Alive = Callable[[], tuple[WorkerRecord, ...]]


class KeyFit(StrEnum):
    """Whether this machine's key is the ledger's."""

    NONE_YET = "none yet"
    FITS = "fits"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """How the ledger's key stands; ``refusal`` says what a start would say. ``source`` is where
    the ledger's key comes from, where it is known; ``unusable`` are the ids of accounts whose
    secrets do not open with a key that fits, and why."""

    fit: KeyFit
    source: KeySource | None = None
    refusal: str | None = None
    unusable: tuple[tuple[str, str], ...] = ()


class LedgerKey:
    """Seals and opens secrets. Safe from any thread; the first use takes about 100 ms where
    the key is a passphrase."""

    def __init__(self, database: Database, vault: Vault, alive: Alive) -> None:
        self._database = database
        self.vault = vault
        self._alive = alive
        self._lock = threading.Lock()
        self._seal: Seal | None = None
        self._fingerprint: str | None = None

    def settle(self) -> bool:
        """See that this machine's key is the ledger's, which a new ledger takes over.

        Returns whether this was the first time. Raises ``WrongKey``, with nothing changed;
        ``LedgerBusy`` where secrets must be sealed anew while an earlier version runs.
        """
        with self._lock:
            if self._seal is not None:
                return False
            while True:
                with self._database.read():
                    text = read_fingerprint(self._database)
                if text is not None:
                    self._take(text)
                    return True
                self._adopt()

    def standing(self) -> KeyStanding:
        """Whether the key fits; makes and changes nothing. Raises ``LedgerError``."""
        with self._database.read():
            text = read_fingerprint(self._database)
            rows = sealed_rows(self._database)
        if text is None:
            return self._standing_of_earlier(rows)
        found = Fingerprint.read(text)
        key = sealing_key(self.vault, found)
        if key is None:
            refusal = str(wrong_key(self.vault, found.source))
            return KeyStanding(KeyFit.WRONG, found.source, refusal)
        return KeyStanding(KeyFit.FITS, found.source, None, tuple(_unusable(Seal(key), rows)))

    def _standing_of_earlier(self, rows: tuple[SealedRow, ...]) -> KeyStanding:
        if not rows:
            return KeyStanding(KeyFit.NONE_YET)
        try:
            self._refuse_other_key(rows)
        except WrongKey as error:
            return KeyStanding(KeyFit.WRONG, None, str(error))
        earlier = self.vault.earlier_fernet()
        shut = (row for row in rows if opened_earlier(row.sealed, earlier) is None)
        unusable = tuple((row.account_id, str(UNREADABLE)) for row in shut)
        return KeyStanding(KeyFit.FITS, self.vault.source, None, unusable)

    def seal(self, secrets: AccountSecrets, address: str) -> str | None:
        """The secrets for the ledger, inside a ``write`` and after ``settle``.

        Raises ``WrongKey`` when the ledger has got another key since.
        """
        assert self._seal is not None
        with_lock = "" if self._database.is_sqlite else " FOR SHARE"
        if read_fingerprint(self._database, with_lock) != self._fingerprint:
            raise key_changed()
        return self._seal.close(secrets, address)

    def open(self, sealed: str, address: str) -> AccountSecrets:
        """The secrets, for the address that they were stored for, after ``settle``.

        Raises ``TokenUnusable`` for another address or what does not open, ``WrongKey`` when
        the ledger has got another key since.
        """
        opened = self._opened(sealed)
        if opened.address != address:
            raise TokenUnusable(MOVED)
        return opened.secrets

    def kept_beside_token(self, sealed: str | None) -> AccountSecrets:
        """What stays when a token is entered: the secrets that are sent nowhere."""
        if sealed is None:
            return AccountSecrets()
        try:
            before = self._opened(sealed).secrets
        except TokenUnusable:
            return AccountSecrets()
        return AccountSecrets(app_secret=before.app_secret, verify_token=before.verify_token)

    def names(self, sealed: str | None) -> tuple[str, ...]:
        """Which secrets are stored. Needs no key, but for what an earlier version stored."""
        if sealed is None:
            return ()
        if not is_earlier(sealed):
            return names_of(sealed)
        found = opened_earlier(sealed, self.vault.earlier_fernet())
        return () if found is None else tuple(given_of(found))

    def _opened(self, sealed: str) -> Opened:
        assert self._seal is not None
        try:
            return self._seal.open(sealed)
        except TokenUnusable:
            with self._database.read():
                now = read_fingerprint(self._database)
            if now != self._fingerprint:
                raise key_changed() from None
            raise

    def _take(self, text: str) -> None:
        found = Fingerprint.read(text)
        key = sealing_key(self.vault, found)
        if key is None:
            raise wrong_key(self.vault, found.source)
        self._seal, self._fingerprint = Seal(key), text

    def _adopt(self) -> None:
        """Give the ledger its fingerprint and seal anew what an earlier version stored."""
        with self._database.read():
            rows = sealed_rows(self._database)
        self._refuse_other_key(rows)
        if rows and (alive := self._alive()):
            raise earlier_workers(alive)
        fingerprint, key = new_fingerprint(self.vault)  # slow, so before the transaction
        seal, earlier = Seal(key), self.vault.earlier_fernet()
        with self._database.write():
            if not lay_down(self._database, fingerprint.text()):
                return  # another program was faster: see whether its key is ours
            for row in sealed_rows(self._database, self._database.for_change):
                secrets = opened_earlier(row.sealed, earlier)
                if secrets is not None:
                    store_sealed(self._database, row.account_id, seal.close(secrets, row.address))
            spell_normally(self._database)

    def _refuse_other_key(self, rows: tuple[SealedRow, ...]) -> None:
        """Of an earlier version's secrets some must open; the others are of an earlier mishap."""
        if not rows:
            return
        earlier = self.vault.earlier_fernet()
        if all(opened_earlier(row.sealed, earlier) is None for row in rows):
            raise wrong_key(self.vault, None)


def _unusable(seal: Seal, rows: tuple[SealedRow, ...]) -> Iterator[tuple[str, str]]:
    for row in rows:
        try:
            if seal.open(row.sealed).address != row.address:
                yield row.account_id, str(MOVED)
        except TokenUnusable as error:
            yield row.account_id, str(error)
