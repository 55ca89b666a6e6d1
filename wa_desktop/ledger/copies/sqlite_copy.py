"""Copies a SQLite ledger while it is in use, through SQLite's own backup call.

The copy is one moment of the ledger: a read transaction holds that moment, so writers go on
beside it and never make the copy begin anew. A file copy would lose what the log still holds.
"""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.copies.verify import (
    CopyStopped,
    LedgerFacts,
    Stopped,
    disk_full,
    facts,
    never,
    opened_for_reading,
    told,
)
from wa_desktop.words import words

_STEP_PAGES = 256
"""Pages copied at a time: 1 MB."""

_STEPS_TO_DISK = 4
"""Steps between two flushes: one big flush at the end would hold up the engine's commits."""

_SIDE_FILES = ("-wal", "-shm", "-journal")
_ROOM_LEFT = 16 * 1024 * 1024
"""Bytes that a copy leaves free: an engine on the same disk goes on writing."""


def copy_ledger(source: Path, target: Path, *, live: bool, stopped: Stopped = never) -> LedgerFacts:
    """Copy the ledger to a new file, on disk when this returns; returns what it holds.

    ``live``: a program may be writing to the source. Only its owner may read the copy. Raises
    ``LedgerError`` and its kinds, ``LedgerFull`` also before it would fill the disk, and
    ``CopyStopped``; the target is gone then.
    """
    if not source.exists():
        raise LedgerUnavailable(words("There is no ledger at {source}.", source=source))
    with told(target.parent):
        _refuse_without_room(source, target.parent)
        remove_ledger_file(target)
        handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with told(target.parent, source.name):
            held = _copy(source, target, handle, live=live, stopped=stopped)
            _flush(handle)
    except BaseException:
        remove_ledger_file(target)
        raise
    finally:
        os.close(handle)
    return held


def remove_ledger_file(path: Path) -> None:
    """Remove a ledger's file with what SQLite may have left beside it."""
    for one in (*(path.with_name(path.name + suffix) for suffix in _SIDE_FILES), path):
        one.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder outlive a power cut, where the system can be asked for it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(source: Path, target: Path, handle: int, *, live: bool, stopped: Stopped) -> LedgerFacts:
    steps = 0

    def after_step(_status: int, _remaining: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        if stopped():
            raise CopyStopped(words("The work was left because the program ends."))
        if steps % _STEPS_TO_DISK == 0:
            _flush(handle)

    opened = _opened_live(source) if live else opened_for_reading(source)
    with opened as connection:
        connection.execute("BEGIN")
        held = facts(connection)
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            # A copy that is cut off is thrown away, so it needs no journal of its own.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            connection.backup(copy, pages=_STEP_PAGES, progress=after_step)
        connection.execute("ROLLBACK")
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        # One file without a log: it can be read from anywhere, also where nothing can be written.
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = DELETE")
    return held


def _opened_live(path: Path) -> closing[sqlite3.Connection]:
    # Not read-only: what a crash left in the log has to be put in order before it is read.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return closing(sqlite3.connect(uri, uri=True, timeout=15, isolation_level=None))


def _flush(handle: int) -> None:
    getattr(os, "fdatasync", os.fsync)(handle)


def _refuse_without_room(source: Path, folder: Path) -> None:
    needed = source.stat().st_size + _ROOM_LEFT
    with suppress(FileNotFoundError):
        needed += source.with_name(f"{source.name}-wal").stat().st_size
    if shutil.disk_usage(folder).free < needed:
        raise disk_full(folder)
