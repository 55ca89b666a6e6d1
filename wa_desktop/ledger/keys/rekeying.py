"""Another key for a ledger: a step of its own, which nothing else takes.

With the old key everything is sealed anew in one transaction. Where the old key is lost the
stored secrets are given up and their accounts stopped.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.clock import now
from wa_desktop.errors import InvalidInput, LedgerBusy, MoveRefused, TokenUnusable
from wa_desktop.ledger.files import usable
from wa_desktop.ledger.keys.derivation import Fingerprint, new_fingerprint, sealing_key
from wa_desktop.ledger.keys.ledger_key import KeyFit, LedgerKey
from wa_desktop.ledger.keys.refusals import key_changed
from wa_desktop.ledger.keys.sealed import FORGOTTEN, Opened, Seal, is_earlier, opened_earlier
from wa_desktop.ledger.keys.sealed_rows import (
    SealedRow,
    lay_down,
    read_fingerprint,
    replace_fingerprint,
    sealed_rows,
    store_sealed,
)
from wa_desktop.ledger.records import AccountState, WorkerRecord
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.vault import Vault
from wa_desktop.words import words


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What a new key did. The names are those of accounts; ``unreadable`` ones keep secrets that
    the old key did not open, and are to get new ones."""

    sealed_anew: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


def keys_in(path: Path) -> tuple[Vault, ...]:
    """The keys that a file may hold: a key file's, or a passphrase in a line of text."""
    with usable(path):
        content = path.read_bytes()
    found = []
    with suppress(ValueError):
        found.append(Vault(content.strip()))
    try:
        text = content.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if text:
        found.append(Vault.from_passphrase(text))
    return tuple(found)


class Rekeying:
    """Replaces the key of a ledger by the key of this machine."""

    def __init__(self, database: Database, key: LedgerKey) -> None:
        self._database = database
        self._key = key

    def sealed_accounts(self) -> tuple[str, ...]:
        """The names of the accounts whose secrets are stored."""
        with self._database.read():
            return tuple(row.name for row in sealed_rows(self._database))

    def seal_anew(self, old: Sequence[Vault], alive: Sequence[WorkerRecord]) -> Rekeyed:
        """Seal everything with this machine's key; ``old``: keys that may be the ledger's.

        Raises ``MoveRefused`` where this machine's key is the ledger's already,
        ``InvalidInput`` where no old key is the ledger's, ``LedgerBusy`` while a worker lives.
        """
        self._refuse(alive)
        before, rows = self._present()
        opens = self._opener(before, old) if rows else None
        if rows and opens is None:
            raise InvalidInput(
                words(
                    "None of the old keys given here is the key of this ledger. Nothing was "
                    "changed. Give the right one; if it is lost, give up the stored tokens: "
                    "wa-desktop key set --forget-tokens."
                )
            )
        fingerprint, key = new_fingerprint(self._key.vault)
        seal, done, left = Seal(key), [], []
        with self._database.write():
            self._replace(before, fingerprint)
            for row in sealed_rows(self._database, self._database.for_change):
                opened = None if opens is None else opens.opened(row)
                if opened is None:
                    left.append(row.name)
                else:
                    sealed = seal.close(opened.secrets, opened.address)
                    store_sealed(self._database, row.account_id, sealed)
                    done.append(row.name)
        return Rekeyed(tuple(done), tuple(left))

    def forget(self, alive: Sequence[WorkerRecord]) -> tuple[str, ...]:
        """Delete all stored secrets, stop their accounts and take this machine's key.

        Returns the accounts' names. Raises as ``seal_anew``.
        """
        self._refuse(alive)
        before, _ = self._present()
        fingerprint, _ = new_fingerprint(self._key.vault)
        with self._database.write():
            self._replace(before, fingerprint)
            rows = sealed_rows(self._database, self._database.for_change)
            for row in rows:
                store_sealed(self._database, row.account_id, None)
                self._stop(row.account_id)
        return tuple(row.name for row in rows)

    def _refuse(self, alive: Sequence[WorkerRecord]) -> None:
        if self._key.standing().fit is KeyFit.FITS:
            raise MoveRefused(
                words("This machine's key is the ledger's key already. There is nothing to do."),
                state="fits",
            )
        if alive:
            raise LedgerBusy(
                words(
                    "A worker sends from this ledger (process {pid} on {host}). Stop every window, "
                    "server and worker first, then set the new key.",
                    pid=alive[0].pid,
                    host=alive[0].host,
                )
            )

    def _present(self) -> tuple[str | None, tuple[SealedRow, ...]]:
        with self._database.read():
            return read_fingerprint(self._database), sealed_rows(self._database)

    def _opener(self, before: str | None, old: Sequence[Vault]) -> "_Opener | None":
        if before is not None:
            found = Fingerprint.read(before)
            for vault in old:
                key = sealing_key(vault, found)
                if key is not None:
                    return _Opener(Seal(key), vault)
            return None
        with self._database.read():
            rows = sealed_rows(self._database)
        for vault in old:
            opener = _Opener(None, vault)
            if any(opener.opened(row) is not None for row in rows):
                return opener
        return None

    def _replace(self, before: str | None, fingerprint: Fingerprint) -> None:
        """Inside the transaction; ``LedgerError`` where another program was faster."""
        if before is None:
            if not lay_down(self._database, fingerprint.text()):
                raise key_changed()
            return
        if read_fingerprint(self._database, self._database.for_change) != before:
            raise key_changed()
        replace_fingerprint(self._database, fingerprint.text())

    def _stop(self, account_id: str) -> None:
        state = AccountState.STOPPED.value
        self._database.run(
            "UPDATE accounts SET state = ?, state_reason = ? WHERE id = ?",
            (state, FORGOTTEN, account_id),
        )
        self._database.run(
            "INSERT INTO events (at, kind, account_id, text) VALUES (?, ?, ?, ?)",
            (now(), f"account_{state}", account_id, FORGOTTEN),
        )


class _Opener:
    """Opens what the old key sealed, of this version and earlier ones."""

    def __init__(self, seal: Seal | None, vault: Vault) -> None:
        self._seal = seal
        self._vault = vault

    def opened(self, row: SealedRow) -> Opened | None:
        """The secrets with the address they belong to; ``None``: the old key opens them not."""
        try:
            if self._seal is None:
                if not is_earlier(row.sealed):
                    return None
                secrets = opened_earlier(row.sealed, self._vault.earlier_fernet())
                return None if secrets is None else Opened(row.address, secrets)
            return self._seal.open(row.sealed)
        except TokenUnusable:
            return None
