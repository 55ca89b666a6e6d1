"""Brings a ledger to the present schema, with four guards around the migration runner.

Of two programs that start at once one waits (a lock); a copy is made first (through
SQLite's backup call, since a file copy in WAL mode loses rows); a ledger written by a
newer program is refused; a package without its migrations is an error, not a no-op.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee
from filelock import FileLock, Timeout
from playhouse.migrations import Runner

from wa_desktop.errors import LedgerBusy, LedgerError, LedgerNewer
from wa_desktop.ledger.copies.backup import Series
from wa_desktop.ledger.database import Database
from wa_desktop.ledger.driver_errors import translated_errors
from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.words import words

log = logging.getLogger(__name__)

_LOCK_NUMBER = 7_206_001
_LOCK_SECONDS = 120
_COPIES_KEPT = 3


def upgrade(
    database: Database, directory: Path = MIGRATIONS, *, copy_first: bool = True
) -> tuple[str, ...]:
    """Apply what is missing and return the names applied.

    ``copy_first`` is off for a ledger that is a copy itself. Raises ``LedgerNewer`` for a ledger
    that knows migrations this program does not, and ``LedgerBusy`` when another program
    upgrades it for longer than two minutes.
    """
    with upgrade_lock(database.path), translated_errors(), database.exclusive(_LOCK_NUMBER):
        runner = Runner(database.peewee, str(directory))
        known = {migration.name for migration in runner.migrations()}
        if not known:
            raise LedgerError(
                words("This installation lacks its database migrations. Install it again.")
            )
        applied = set(runner.applied())
        if applied - known:
            raise LedgerNewer(
                words(
                    "This ledger was written by a newer version of wa-desktop (it knows "
                    "{migration}). Update the program.",
                    migration=min(applied - known),
                )
            )
        if applied == known:
            return ()
        if applied and copy_first:
            copy_before_upgrade(database)
        done = tuple(runner.up())
        _name_ledger(database)
        return done


def copy_before_upgrade(database: Database) -> Path | None:
    """Copy a SQLite ledger beside itself, checked; returns the copy, ``None`` on PostgreSQL.

    The newest three copies stay. Raises ``LedgerError`` and its kinds: a ledger that cannot be
    copied is not upgraded.
    """
    path = database.path
    if path is None:
        return None
    copy = Series(path.parent, f"{path.stem}.before-upgrade-").write(path, keep=_COPIES_KEPT)
    log.info("copied the ledger to %s before upgrading it", copy.path.name)
    return copy.path


@contextmanager
def upgrade_lock(path: Path | None) -> Iterator[None]:
    """Hold a SQLite ledger's lock file, for which whoever opens the ledger waits.

    Raises ``LedgerBusy`` when another program holds it for longer than two minutes.
    """
    if path is None:
        yield
        return
    lock = FileLock(path.with_suffix(".upgrade-lock"), timeout=_LOCK_SECONDS)
    try:
        with lock:
            yield
    except Timeout as error:
        raise LedgerBusy(
            words(
                "Another program is upgrading this ledger. Wait until it is done and start again."
            )
        ) from error


def _name_ledger(database: Database) -> None:
    class LedgerInfo(peewee.Model):
        name = peewee.TextField(primary_key=True)
        value = peewee.TextField()

        class Meta:
            database = None
            table_name = "ledger_info"

    with database.peewee.bind_ctx([LedgerInfo]):
        LedgerInfo.insert(name="uid", value=secrets.token_hex(8)).on_conflict_ignore().execute()
