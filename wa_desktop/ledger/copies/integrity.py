"""A quick look at a SQLite ledger before the program relies on it.

Bound in time: what is too large to be read at each start is checked in part, and said so.
"""

import logging
import os
import shlex
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.clock import to_datetime
from wa_desktop.errors import LedgerDamaged, LedgerError
from wa_desktop.ledger.copies.backup import Series, backups_folder, latest_good
from wa_desktop.ledger.copies.verify import DAMAGED, SQLITE_MAGIC, one_line
from wa_desktop.words import words

log = logging.getLogger(__name__)

SECONDS = 2.0
"""What the check may take of a start."""

_WHOLE_UP_TO = 64 * 1024 * 1024
_LARGE_TABLES = ("events", "contents", "messages")
_LARGE_UP_TO = 512 * 1024 * 1024
"""Beyond this size the large tables are left out: SQLite cannot be interrupted while it walks
through the pages of one."""

_OPERATIONS = 1_000
_HEADER = 100
_NO_LEDGER = words("it is not a ledger, or its beginning was overwritten")


@dataclass(frozen=True, slots=True)
class StartCheck:
    """How far the check came; ``whole`` is false when time ended it."""

    whole: bool
    seconds: float


def check_at_start(path: Path, *, seconds: float = SECONDS) -> StartCheck:
    """Check the ledger's file; one that is missing or empty is a new ledger.

    Raises ``LedgerDamaged``, which names the latest good backup and how to restore it.
    """
    began = time.monotonic()
    if not path.exists() or not path.stat().st_size:
        return StartCheck(whole=True, seconds=0.0)
    if not path.is_file():
        raise LedgerError(
            words("{path} is no file. Move it away, or choose another place.", path=path)
        )
    _refuse_read_only(path)
    _check_beginning(path)
    whole = _check_pages(path, began + seconds)
    found = StartCheck(whole, time.monotonic() - began)
    if not whole:
        log.info("the ledger is too large to be checked fully at each start; a backup checks it")
    return found


def _refuse_read_only(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise LedgerDamaged(
            words(
                "The ledger's file {path} is read-only. Make it writable and start again. "
                "Nothing in it is lost. {advice}",
                path=path,
                advice=_offer(path),
            )
        )
    if not os.access(path.parent, os.W_OK):
        raise LedgerDamaged(
            words(
                "The ledger's folder {path} is read-only. Make it writable and start again. "
                "Nothing in it is lost. {advice}",
                path=path.parent,
                advice=_offer(path),
            )
        )


def _check_beginning(path: Path) -> None:
    """Refuse what is too short for a ledger; whether a longer one is whole, SQLite knows.

    A longer one is never opened here but by SQLite: when a process closes a file, by whatever
    handle, the system drops all locks that it has on it, and with them those of a ledger that
    this process has open already. Another program would then take it for closed and put its
    log away, and what was written from here on would be lost.
    """
    if path.stat().st_size >= _HEADER:
        return
    if path.read_bytes().startswith(SQLITE_MAGIC):
        raise _damaged(path, words("it was cut short"))
    raise _damaged(path, _NO_LEDGER)


def _check_pages(path: Path, deadline: float) -> bool:
    """Whether everything was looked at. Errors that are no damage are left to the opening."""
    size = path.stat().st_size
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=1, isolation_level=None)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _OPERATIONS)
            if size <= _WHOLE_UP_TO:
                _check(connection, path, "PRAGMA quick_check(1)")
                return True
            return _check_by_tables(connection, path, size, deadline)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_NOTADB":
            raise _damaged(path, _NO_LEDGER) from error
        if name.startswith(tuple(DAMAGED)):
            raise _damaged(path, one_line(str(error))) from error
        log.info("the ledger could not be checked: %s", one_line(str(error)))
        return False


def _check_by_tables(
    connection: sqlite3.Connection, path: Path, size: int, deadline: float
) -> bool:
    names = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    small = sorted(name for name in names if name not in _LARGE_TABLES)
    large = [name for name in _LARGE_TABLES if name in names and size <= _LARGE_UP_TO]
    for name in (*small, *large):
        if time.monotonic() > deadline:
            return False
        _check(connection, path, f'PRAGMA quick_check("{name}")')
    return size <= _LARGE_UP_TO


def _check(connection: sqlite3.Connection, path: Path, pragma: str) -> None:
    found = connection.execute(pragma).fetchone()[0]
    if found != "ok":
        raise _damaged(path, one_line(found))


def _damaged(path: Path, what: str) -> LedgerDamaged:
    return LedgerDamaged(
        words(
            "The ledger {path} is damaged ({what}). {advice}",
            path=path,
            what=what,
            advice=_offer(path),
        )
    )


def _offer(path: Path) -> str:
    """What there is to go back to: of the backups and the copies before upgrades the newest."""
    beside = Series(path.parent, f"{path.stem}.before-upgrade-")
    good = [one for one in (latest_good(backups_folder(path)), beside.latest_good()) if one]
    if not good:
        return words(
            "There is no good backup in {folder}. Restore one from elsewhere with `wa-desktop "
            "restore FILE`, or move the file away to begin with an empty ledger.",
            folder=backups_folder(path),
        )
    best = max(good, key=lambda one: one.taken_at)
    return words(
        "The latest good backup is {name}, of {taken} UTC. Restore it with: wa-desktop restore "
        "{file}",
        name=best.path.name,
        taken=to_datetime(best.taken_at).strftime("%Y-%m-%d %H:%M"),
        file=shlex.quote(str(best.path)),
    )
