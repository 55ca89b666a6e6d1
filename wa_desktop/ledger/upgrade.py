"""Brings a ledger to the present schema, with four guards around the migration runner.

Of two programs that start at once one waits (a lock); a copy is made first (through
SQLite's backup call, since a file copy in WAL mode loses rows; by pg_dump on PostgreSQL); a
ledger written by a newer program is refused; a package without its migrations is an error,
not a no-op.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import peewee
from filelock import Timeout
from playhouse.migrations import Runner

from wa_desktop.errors import LedgerBusy, LedgerError, LedgerNewer
from wa_desktop.ledger.copies.backup import Series, ledger_uid
from wa_desktop.ledger.files import locked
from wa_desktop.ledger.older_workers import without_older_workers
from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.driver_errors import translated_errors
from wa_desktop.words import words

log = logging.getLogger(__name__)

UPGRADE_LOCK = 7_206_001
"""PostgreSQL's advisory lock that whoever opens the ledger waits for."""

LOCK_SECONDS = 120
_COPIES_KEPT = 3


def upgrade(
    database: Database,
    directory: Path = MIGRATIONS,
    *,
    copy_first: bool = True,
    backups: Path | None = None,
    in_use: bool = True,
) -> tuple[str, ...]:
    """Apply what is missing and return the names applied.

    All of them or none. ``copy_first`` is off for a ledger that is a copy itself, or whose owner
    has another one; ``backups`` as in ``copy_before_upgrade``. ``in_use`` is off for a ledger that
    nobody else has open; any other is refused while workers of an earlier version run. Raises
    ``LedgerNewer`` for a ledger that knows migrations this program does not, ``LedgerBusy`` when
    another program upgrades it for longer than two minutes, or names the workers that run, and
    ``LedgerError`` which names the migration that failed, or says why no copy could be made.
    """
    with (
        upgrade_lock(database.path),
        translated_errors(),
        database.exclusive(UPGRADE_LOCK, LOCK_SECONDS),
    ):
        _refuse_other_encodings(database)
        _refuse_missing_schema(database)
        runner = Runner(database.peewee, str(directory))
        standing = _standing(runner)
        if not standing.missing:
            return ()
        looked = in_use and bool(standing.applied)
        with without_older_workers(database) if looked else nullcontext() as older:
            if standing.applied and copy_first:
                copy_before_upgrade(database, backups)
            with _all_or_none(database):
                if older is not None:
                    older.hold()
                for name in standing.missing:
                    with _telling_which(name):
                        runner.up(target=name)
                _name_ledger(database)
                if older is not None:
                    older.bury()
    log.info("%s", _what_was_done(standing))
    return standing.missing


@dataclass(frozen=True, slots=True)
class Standing:
    """Which migrations a ledger has seen and which it lacks, oldest first."""

    applied: tuple[str, ...]
    missing: tuple[str, ...]


def standing(database: Database, directory: Path = MIGRATIONS) -> Standing:
    """How far a ledger is, changing nothing; nothing applied: there is no ledger yet.

    Raises ``LedgerNewer`` for one that knows migrations this program does not.
    """
    with translated_errors(), database.read():
        _refuse_other_encodings(database)
        _refuse_missing_schema(database)
        return _standing(Runner(database.peewee, str(directory)))


def _refuse_other_encodings(database: Database) -> None:
    """Refuse a PostgreSQL database that cannot keep every text: some message would be the
    first that does not go in, and with it the turn that settles it.
    """
    if database.is_sqlite:
        return
    encoding, name = database.rows("SELECT pg_catalog.getdatabaseencoding(), current_database()")[0]
    if encoding != "UTF8":
        raise LedgerError(
            words(
                "The database {name} has the encoding {encoding}, which cannot keep every text. "
                "Make another one (createdb --template=template0 --encoding=UTF8) and name it "
                "in DATABASE_URL.",
                name=str(name),
                encoding=str(encoding),
            )
        )


def _refuse_missing_schema(database: Database) -> None:
    if database.is_sqlite:
        return
    schema, path = database.rows("SELECT current_schema(), current_setting('search_path')")[0]
    if schema is None:
        raise LedgerError(
            words(
                "There is no schema {schema} in this database. Make it (CREATE SCHEMA {schema}), "
                "or leave schema out of DATABASE_URL.",
                schema=str(path),
            )
        )


def _standing(runner: Runner) -> Standing:
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
    return Standing(tuple(sorted(applied)), tuple(sorted(known - applied)))


def _what_was_done(before: Standing) -> str:
    if before.applied:
        return f"brought the ledger from {before.applied[-1]} to {before.missing[-1]}"
    return f"made a new ledger (schema {before.missing[-1]})"


@contextmanager
def _all_or_none(database: Database) -> Iterator[None]:
    """One transaction around all migrations."""
    if not database.is_sqlite:
        with database.peewee.atomic():
            yield
        return
    # A table that is made anew is dropped first, which would take the rows that refer to it;
    # the setting cannot be changed inside a transaction.
    database.peewee.pragma("foreign_keys", 0)
    try:
        with database.peewee.atomic("IMMEDIATE"):
            yield
    finally:
        database.peewee.pragma("foreign_keys", 1)


@contextmanager
def _telling_which(migration: str) -> Iterator[None]:
    """Turn what a migration itself does wrong into our error; a full disk stays what it is."""
    try:
        with translated_errors():
            yield
    except LedgerError as error:
        if not _is_of_the_statement(error.__cause__):
            raise
        raise _failed(migration, error.__cause__ or error) from error
    except Exception as error:
        raise _failed(migration, error) from error


def _is_of_the_statement(error: BaseException | None) -> bool:
    """Whether SQLite complains of the statement; it calls that an operational error."""
    codes = {getattr(one, "sqlite_errorname", None) for one in _chain(error)}
    return "SQLITE_ERROR" in codes


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _failed(migration: str, error: BaseException) -> LedgerError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return LedgerError(
        words(
            "The ledger could not be brought to this version: the migration {migration} failed "
            "({reason}). Nothing was changed. Go on with the version of wa-desktop that you had "
            "before, and report this.",
            migration=migration,
            reason=reason,
        )
    )


def copy_before_upgrade(database: Database, backups: Path | None = None) -> Path | None:
    """Copy the ledger, checked; returns the copy.

    SQLite's lies beside the ledger, PostgreSQL's is a dump in ``backups``; where no folder is
    given there, none is made. Of each ledger's copies the newest three stay.

    Raises ``LedgerError``: a ledger that cannot be copied is not upgraded, also where pg_dump
    is missing. A migration that fails is undone without a copy, but one that went through has
    no way back: the version of before refuses the ledger. Refused, nothing has changed yet, and
    that version still sends; whoever has a copy of their own says so (``copy_first``).
    """
    path = database.path
    if path is not None:
        series = Series(path.parent, f"{path.stem}.before-upgrade-")
    elif backups is not None:
        # By the ledger's id, since those of several may lie in the folder.
        series = Series(backups, f"before-upgrade-{ledger_uid(database)}-")
    else:
        return None
    try:
        copy = series.write(database, keep=_COPIES_KEPT)
    except LedgerError as error:
        raise _not_copied(error) from error
    log.info("copied the ledger to %s before upgrading it", copy.path.name)
    return copy.path


def _not_copied(error: LedgerError) -> LedgerError:
    return type(error)(
        words(
            "The ledger was not brought to this version, since no copy of it could be made "
            "first: {error} If you have a copy of your own, start once with "
            "WA_UPGRADE_WITHOUT_BACKUP=1. The version of wa-desktop from before still works.",
            error=error,
        )
    )


@contextmanager
def upgrade_lock(path: Path | None) -> Iterator[None]:
    """Hold a SQLite ledger's lock file, for which whoever opens the ledger waits.

    Raises ``LedgerBusy`` when another program holds it for longer than two minutes.
    """
    if path is None:
        yield
        return
    try:
        with locked(path.with_suffix(".upgrade-lock"), LOCK_SECONDS):
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
