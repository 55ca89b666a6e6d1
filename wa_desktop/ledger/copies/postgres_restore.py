"""Puts a dump in the place of a ledger on PostgreSQL: checked, made safe to send from, at once.

Everything happens in one transaction that holds the ledger's tables from before the last look
at who else is there: whenever it is cut off the old ledger is as it was, and nobody meets the
restored one before its campaigns are paused.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wa_desktop.clock import SECOND, now
from wa_desktop.errors import LedgerBusy, LedgerDamaged, LedgerError, LedgerFull, LedgerNewer
from wa_desktop.ledger.copies.backup import Series
from wa_desktop.ledger.copies.pg_archive import Archive, Rows
from wa_desktop.ledger.copies.pg_dump import refuse_other_schema
from wa_desktop.ledger.copies.restored import Restored, make_safe
from wa_desktop.ledger.copies.verify import CORE
from wa_desktop.ledger.models import TABLES
from wa_desktop.ledger.places.records import settle_here
from wa_desktop.ledger.schema import known_migrations
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now as ledger_now
from wa_desktop.ledger.upgrade import UPGRADE_LOCK, upgrade
from wa_desktop.ledger.workers import Workers
from wa_desktop.words import joined, words

log = logging.getLogger(__name__)

BEFORE_RESTORE = "before-restore-"
"""How the names of the old ledgers' dumps begin; they are never rotated away."""

_OTHERS_SECONDS = 5


def restore_postgres(source: Path, url: str, folder: Path) -> Restored:
    """Replace the ledger in the database by a dump; see ``make_safe`` for what is changed in it.

    The old one is first backed up into ``folder``. Raises ``LedgerBusy``, which says who, while
    a worker is alive or any other program has the database open; ``InvalidInput`` for a source
    that cannot be one; ``LedgerDamaged`` and ``LedgerNewer`` for a dump that is of no use;
    ``LedgerError`` where PostgreSQL's tools are missing or too old. The ledger is as it was then.
    """
    archive = Archive.read(source)
    with closing(Database(url)) as database:
        with database.write():
            refuse_other_schema(database)
            _hold(database)
            present = _present(database)
            replaced = _backed_up(database, folder, present)
            _put_in_place(database, archive, present)
            upgraded = upgrade(database, copy_first=False, in_use=False)
            made_safe = make_safe(database)
            settle_here(database)
        # Without knowing how many rows there are the server claims by reading whole tables.
        with suppress(LedgerError), database.write():
            database.run(f"ANALYZE {', '.join(_full(TABLES))}")
    log.info("restored the ledger from %s", source.name)
    return Restored(source, place_of(url), replaced, now(), upgraded, made_safe)


def place_of(url: str) -> str:
    """The database's name and server, without user and password."""
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2] or "localhost"
    return words(
        "database {name} on {server}", name=parts.path.lstrip("/") or "postgres", server=server
    )


def _hold(database: Database) -> None:
    """Keep everybody else out until the transaction ends; those who are in are named."""
    # A dump of the old ledger, or reading the new one, may take long without a statement.
    database.run("SET LOCAL idle_in_transaction_session_timeout = 0")
    database.run("SET LOCAL statement_timeout = 0")
    database.run(f"SET LOCAL lock_timeout = '{_OTHERS_SECONDS}s'")
    _refuse_others(database)
    if not database.scalar("SELECT pg_try_advisory_xact_lock(?)", (UPGRADE_LOCK,)):
        raise LedgerBusy(
            words("Another program is opening, upgrading or restoring this ledger. Try again.")
        )
    tables = _tables(database)
    if tables:
        with _own_words():
            # Others may read until the old ledger is dropped: pg_dump must.
            _connection(database).execute(
                f"LOCK TABLE {', '.join(_full(tables))} IN EXCLUSIVE MODE"
            )
    # Nobody can have come and gone from here on without leaving things as they are.
    _refuse_others(database)
    if "workers" in tables:
        _refuse_workers(database)


def _refuse_others(database: Database) -> None:
    rows = database.rows(
        "SELECT COALESCE(NULLIF(application_name, ''), 'a program'), COALESCE(usename, 'nobody'), "
        "COALESCE(host(client_addr), 'this server') FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL "
        "AND COALESCE(backend_type, 'client backend') = 'client backend' ORDER BY 1, 2, 3"
    )
    if rows:
        named = (
            words("{program} of {user} at {place}", program=program, user=user, place=place)
            for program, user, place in dict.fromkeys(rows)
        )
        raise LedgerBusy(
            words(
                "The ledger is open elsewhere: {who}. Close every window, server, worker and "
                "other program that uses the database, then restore.",
                who=joined("; ", named),
            )
        )


def _refuse_workers(database: Database) -> None:
    alive = Workers(database).alive()
    if alive:
        named = (
            words(
                "process {pid} on {host}, seen {seconds} s ago",
                pid=str(one.pid),
                host=one.host,
                seconds=max(0, ledger_now(database) - one.last_seen) // SECOND,
            )
            for one in alive
        )
        raise LedgerBusy(
            words(
                "A worker is alive: {who}. Stop every worker, then restore; one that was killed "
                "on another machine counts as alive for 15 seconds.",
                who=joined("; ", named),
            )
        )


def _present(database: Database) -> tuple[str, ...]:
    """The tables of the ledger that is there, none where there is none."""
    tables = _tables(database)
    if tables and CORE - set(tables):
        raise LedgerDamaged(
            words(
                "The database holds some tables of a ledger but not all ({missing} is missing). "
                "Choose an empty database, or drop them if nobody needs them.",
                missing=min(CORE - set(tables)),
            )
        )
    if tables:
        names = {str(row[0]) for row in database.rows("SELECT name FROM schema_migration")}
        if unknown := names - known_migrations():
            raise LedgerNewer(
                words(
                    "This ledger was written by a newer version of wa-desktop (it knows "
                    "{migration}). Update the program.",
                    migration=min(unknown),
                )
            )
    return tables


def _backed_up(database: Database, folder: Path, present: tuple[str, ...]) -> Path | None:
    if not present:
        return None
    return Series(folder, BEFORE_RESTORE).write(database, keep=sys.maxsize).path


def _put_in_place(database: Database, archive: Archive, present: tuple[str, ...]) -> None:
    connection = _connection(database)
    with _own_words(archive.path.name):
        if present:
            connection.execute(f"DROP TABLE {', '.join(_full(present))}")
        with archive.steps() as steps, connection.cursor() as cursor:
            for step in steps:
                if isinstance(step, Rows):
                    with cursor.copy(step.copy) as copy:
                        for block in step.blocks:
                            copy.write(block)
                elif step:
                    cursor.execute(step)
        connection.execute("RESET client_encoding")
    _check(database, archive.path)


def _check(database: Database, path: Path) -> None:
    contracts, counters = (
        int(database.scalar(f"SELECT COUNT(1) FROM {table}")) for table in ("contracts", "counters")
    )
    if contracts != counters:
        raise LedgerDamaged(
            words("{name} is damaged: its counts do not fit its campaigns.", name=path.name)
        )
    if database.scalar("SELECT value FROM ledger_info WHERE name = 'uid'") is None:
        raise LedgerDamaged(words("{name} is not a ledger of wa-desktop.", name=path.name))


@contextmanager
def _own_words(name: str = "") -> Iterator[None]:
    """Turn errors of statements that go to the driver directly into ours, by code."""
    import psycopg  # noqa: PLC0415 - is an extra

    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise LedgerBusy(
            words(
                "Another program (a window, a server, a command) has the ledger open. "
                "Close it, then restore."
            )
        ) from error
    except psycopg.errors.DiskFull as error:
        raise LedgerFull(
            words("The disk of the database is full. The ledger is as it was; free some space.")
        ) from error
    except psycopg.errors.DependentObjectsStillExist as error:
        raise LedgerError(
            words(
                "Something else in the database stands on the ledger's tables ({reason}). Drop "
                "it, restore, then make it again. The ledger is as it was.",
                reason=error.diag.message_detail or error.diag.message_primary,
            )
        ) from error
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise LedgerError(
            words(
                "{name} could not be restored ({reason}). The ledger is as it was.",
                name=name or words("The dump"),
                reason=reason,
            )
        ) from error


def _tables(database: Database) -> tuple[str, ...]:
    chosen, params = database.one_of("tablename", list(TABLES))
    rows = database.rows(
        f"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND {chosen} ORDER BY 1",
        params,
    )
    return tuple(str(row[0]) for row in rows)


def _full(tables: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"public.{one}" for one in tables)


def _connection(database: Database) -> Any:
    return database.peewee.connection()
