"""Puts a backup in the place of a SQLite ledger: checked, made safe to send from, in one step.

Whenever this is cut off, the ledger is the old one or the new one, whole. The old one stays
beside it under another name.
"""

import logging
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from wa_desktop.clock import now, to_datetime
from wa_desktop.errors import InvalidInput, LedgerBusy
from wa_desktop.ledger.copies.pg_dump import MAGIC
from wa_desktop.ledger.copies.restored import MadeSafe, Restored, make_safe
from wa_desktop.ledger.copies.sqlite_copy import copy_ledger, remove_ledger_file, sync_folder
from wa_desktop.ledger.copies.verify import LOCKED, SQLITE_MAGIC, check_copy, check_whole, told
from wa_desktop.ledger.engine_lock import EngineLock
from wa_desktop.ledger.places.records import settle_here
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.upgrade import upgrade, upgrade_lock

log = logging.getLogger(__name__)

_OTHERS_SECONDS = 5
_LOG_FILES = ("-wal", "-journal")


def restore(source: Path, ledger_path: Path) -> Restored:
    """Replace the SQLite ledger by a backup; see ``make_safe`` for what is changed in it.

    Raises ``LedgerBusy`` while any program has the ledger open, ``InvalidInput`` for a source
    that cannot be one, ``LedgerDamaged`` and ``LedgerNewer`` for a backup that is of no use,
    ``LedgerFull``. The ledger is as it was then.
    """
    _check_source(source, ledger_path)
    with told(ledger_path.parent):
        ledger_path.parent.mkdir(parents=True, exist_ok=True)
    with EngineLock(ledger_path), upgrade_lock(ledger_path):
        held = check_whole(source)
        new = _restoring(ledger_path)
        try:
            if copy_ledger(source, new, live=False) != held:
                raise LedgerBusy(f"{source.name} changes while it is read. Try again.")
            check_copy(new, held)
            upgraded, made_safe = _prepared(new, ledger_path)
            with told(ledger_path.parent):
                replaced = _swap(new, ledger_path)
        finally:
            _remove_with_locks(new)
    log.info("restored the ledger from %s", source.name)
    return Restored(source, str(ledger_path), replaced, now(), upgraded, made_safe)


def remove_half_restored(ledger_path: Path) -> None:
    """Remove what a restore left that was cut off, for who holds the ledger's upgrade lock."""
    new = _restoring(ledger_path)
    if new.exists():
        remove_ledger_file(new)
        log.info("removed the half-made ledger of a restore that was cut off")
    new.with_suffix(".upgrade-lock").unlink(missing_ok=True)
    if ledger_path.exists():
        _forget_cut_off(ledger_path)


def _restoring(ledger_path: Path) -> Path:
    return ledger_path.with_name(f".{ledger_path.stem}-restoring.db")


def _check_source(source: Path, ledger_path: Path) -> None:
    if not source.is_file():
        raise InvalidInput(f"There is no backup at {source}.")
    if ledger_path.exists() and source.samefile(ledger_path):
        raise InvalidInput(f"{source} is the ledger itself. Name one of its backups.")
    with told(source.parent), source.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            raise InvalidInput(
                f"{source.name} is a dump of a ledger on PostgreSQL. Set DATABASE_URL to the "
                "database it belongs in, then restore it."
            )


def _prepared(path: Path, ledger: Path) -> tuple[tuple[str, ...], MadeSafe]:
    with closing(Database(f"sqlite:///{path.absolute().as_posix()}")) as database:
        upgraded = upgrade(database, copy_first=False, in_use=False)
        made_safe = make_safe(database)
        # It keeps its number when it takes the ledger's name: the next start is no start elsewhere.
        with database.write():
            settle_here(database, named=ledger)
    # The last connection has put the log into the file.
    if path.with_name(f"{path.name}-wal").exists():
        raise LedgerBusy(f"Another program has {path.name} open. Close it, then try again.")
    with told(path.parent), path.open("rb+") as file:
        os.fsync(file.fileno())
    return upgraded, made_safe


def _swap(new: Path, ledger: Path) -> Path | None:
    replaced = None
    if ledger.exists():
        _free_of_others(ledger)
        shutil.copymode(ledger, new)
        replaced = _set_aside(ledger)
    _remove_log(ledger)
    new.replace(ledger)
    sync_folder(ledger.parent)
    return replaced


def _free_of_others(ledger: Path) -> None:
    """Put the old ledger's log into its file, which only works when nobody else has it open.

    A damaged ledger cannot do that; its log is set aside with it instead.
    """
    with ledger.open("rb") as file:
        if file.read(len(SQLITE_MAGIC)) != SQLITE_MAGIC:
            return
    try:
        with closing(sqlite3.connect(ledger, timeout=_OTHERS_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith(tuple(LOCKED)):
            raise LedgerBusy(
                "Another program (a window, a server, a command) has the ledger open. "
                "Close it, then restore."
            ) from error
        log.warning("the old ledger is set aside as it lies: %s", error)


def _set_aside(ledger: Path) -> Path:
    """Give the old ledger, and its log if there is one, a second name."""
    _forget_cut_off(ledger)
    stem = f"{ledger.stem}.replaced-{to_datetime(now()):%Y%m%d-%H%M%S}"
    aside, number = ledger.with_name(f"{stem}.db"), 1
    while aside.exists():
        number += 1
        aside = ledger.with_name(f"{stem}-{number}.db")
    for suffix in (*_LOG_FILES, ""):
        one = ledger.with_name(ledger.name + suffix)
        if one.exists():
            _second_name(one, aside.with_name(aside.name + suffix))
    sync_folder(ledger.parent)
    return aside


def _forget_cut_off(ledger: Path) -> None:
    """Remove second names that a restore gave before it was cut off: the ledger is in place."""
    for one in ledger.parent.glob(f"{ledger.stem}.replaced-*.db"):
        if one.samefile(ledger):
            one.unlink()


def _second_name(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except OSError:
        # Not every file system has links.
        shutil.copy2(path, name)
        with name.open("rb+") as file:
            os.fsync(file.fileno())


def _remove_log(ledger: Path) -> None:
    for suffix in (*_LOG_FILES, "-shm"):
        ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
    sync_folder(ledger.parent)


def _remove_with_locks(new: Path) -> None:
    with suppress(OSError):
        remove_ledger_file(new)
        new.with_suffix(".upgrade-lock").unlink(missing_ok=True)
