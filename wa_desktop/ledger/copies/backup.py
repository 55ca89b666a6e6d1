"""Backups of the ledger: taken while it is in use, checked, named by their moment, rotated.

A backup holds everything but the vault's key (``secret.key`` in the data folder, or the
setting in its place): whoever finds a backup cannot read the accounts' tokens, and whoever
restores one on another machine needs the key, or enters the tokens again.
"""

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import Timeout

from wa_desktop.clock import SECOND, Micros, from_datetime, now, to_datetime
from wa_desktop.errors import LedgerBusy, LedgerDamaged, LedgerError
from wa_desktop.ledger.copies.pg_dump import (
    check_dump,
    dump_ledger,
    dumped_ledger,
    refuse_other_schema,
)
from wa_desktop.ledger.copies.sqlite_copy import copy_ledger, remove_ledger_file, sync_folder
from wa_desktop.ledger.copies.verify import (
    LedgerFacts,
    Stopped,
    check_copy,
    check_whole,
    facts,
    never,
    opened_for_reading,
    told,
)
from wa_desktop.ledger.engine_lock import ledger_file
from wa_desktop.ledger.files import locked
from wa_desktop.ledger.sql.database import Database
from wa_desktop.words import words

log = logging.getLogger(__name__)

KEPT = 7
_PREFIX = "ledger-"
_STAMP = "%Y%m%d-%H%M%S"
_OTHER_WRITER_SECONDS = 60
_FUTURE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup. ``taken_at`` is a whole second, ``size`` in bytes.

    ``schema`` is the newest migration it has seen, ``ledger`` the uid of the ledger it is of;
    in a list both are ``None`` for a dump of PostgreSQL and for a file that cannot be read.
    """

    path: Path
    taken_at: Micros
    size: int
    schema: str | None
    ledger: str | None = None


def back_up(
    source: Database | Path, folder: Path, *, keep: int = KEPT, stopped: Stopped = never
) -> Backup:
    """Back the ledger up into a folder and return the backup, once it is checked and on disk.

    A running engine goes on meanwhile. Of the ledger's backups the newest ``keep`` stay, and
    the newest one of every other ledger whose backups lie in the folder. Raises ``LedgerError``
    and its kinds; nothing half-made is left, and no older backup is touched then.
    """
    return Series(folder, _PREFIX).write(source, keep=keep, stopped=stopped)


def list_backups(folder: Path) -> tuple[Backup, ...]:
    """The backups in a folder, newest first; unreadable ones are among them."""
    return Series(folder, _PREFIX).list()


def latest_good(folder: Path) -> Backup | None:
    """The newest backup that is whole; reads it from end to end."""
    return Series(folder, _PREFIX).latest_good()


def backups_folder(ledger: Path) -> Path:
    """Where the backups of a SQLite ledger lie if nothing else is said."""
    return ledger.parent / "backups"


def usual_folder(url: str, home: Path) -> Path:
    """Where a ledger's backups go: ``backups`` beside it, in the data folder for PostgreSQL."""
    path = ledger_file(url)
    return home / "backups" if path is None else backups_folder(path)


def ledger_uid(database: Database) -> str:
    """The id of the ledger in a database."""
    with database.read():
        return str(database.scalar("SELECT value FROM ledger_info WHERE name = ?", ("uid",)))


class Series:
    """Backups of one purpose in one folder, told from others by how their names begin."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix
        self._part = folder / f".{prefix}partial"
        self._lock = folder / f".{prefix}lock"
        self._name = re.compile(rf"{re.escape(prefix)}(\d{{8}}-\d{{6}})(?:-(\d+))?\.(db|dump)")

    def write(self, source: Database | Path, *, keep: int, stopped: Stopped = never) -> Backup:
        """As ``back_up``."""
        if keep < 1:
            raise ValueError("at least one backup is kept")
        with told(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            # What a killed program left half-made; nobody is at work on it now.
            part = self._part
            remove_ledger_file(part)
            try:
                held, suffix = _write_part(source, part, stopped)
                written = self._publish(part, held, suffix)
            except LedgerDamaged as error:
                raise LedgerDamaged(
                    words("No backup was made, for the copy is of no use: {error}", error=error)
                ) from error
            finally:
                remove_ledger_file(part)
            self._rotate(written, keep)
        log.info("backed the ledger up as %s (%d bytes)", written.path.name, written.size)
        return written

    def remove_half_made(self) -> None:
        """Remove what a killed program left. Raises ``Timeout`` while another is writing."""
        if self._part.exists():
            with locked(self._lock, 0):
                remove_ledger_file(self._part)
            log.info("removed a half-made backup from %s", self._folder)

    def list(self) -> tuple[Backup, ...]:
        """Newest first. One whose name lies in the future (the clock was wrong) comes last."""
        latest = now() + _FUTURE
        found = []
        for path in self._folder.glob(f"{self._prefix}*"):
            named = self._name.fullmatch(path.name)
            if named is not None:
                taken_at = _moment(named[1])
                order = (taken_at <= latest, taken_at, int(named[2] or 0))
                found.append((order, _read(path, taken_at)))
        return tuple(one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True))

    def latest_good(self) -> Backup | None:
        """As the function of that name."""
        for one in self.list():
            try:
                if one.path.suffix == ".dump":
                    check_dump(one.path)
                else:
                    check_whole(one.path)
            except (LedgerError, OSError) as error:
                log.warning("the backup %s is of no use: %s", one.path.name, error)
                continue
            return one
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with locked(self._lock, _OTHER_WRITER_SECONDS):
                yield
        except Timeout as error:
            raise LedgerBusy(
                words(
                    "Another program is writing a backup into {folder}. Wait until it is done.",
                    folder=self._folder,
                )
            ) from error

    def _publish(self, part: Path, held: LedgerFacts, suffix: str) -> Backup:
        taken_at = Micros(now() // SECOND * SECOND)
        path = self._folder / f"{self._free_stem(taken_at)}{suffix}"
        with told(self._folder):
            part.rename(path)
            sync_folder(self._folder)
            return Backup(path, taken_at, path.stat().st_size, held.schema, held.uid)

    def _free_stem(self, taken_at: int) -> str:
        """A name that sorts after all others of its second."""
        stamp = to_datetime(taken_at).strftime(_STAMP)
        named = [self._name.fullmatch(path.name) for path in self._folder.iterdir()]
        numbers = [int(one[2] or 1) for one in named if one is not None and one[1] == stamp]
        number = max(numbers, default=0) + 1
        return f"{self._prefix}{stamp}" + (f"-{number}" if number > 1 else "")

    def _rotate(self, written: Backup, keep: int) -> None:
        """Delete old ones. The one just written and checked stays, whatever its name says."""
        seen: dict[tuple[str, str], int] = {}
        ours = (written.path.suffix, written.ledger)
        for one in self.list():
            is_dump = one.path.suffix == ".dump"
            ledger = dumped_ledger(one.path) if is_dump else one.ledger
            if ledger is None:
                continue
            kind = (one.path.suffix, ledger)
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] > (keep if kind == ours else 1) and one.path != written.path:
                one.path.unlink(missing_ok=True)
                log.info("removed the old backup %s", one.path.name)


def _write_part(source: Database | Path, part: Path, stopped: Stopped) -> tuple[LedgerFacts, str]:
    path = source.path if isinstance(source, Database) else source
    if path is not None:
        held = copy_ledger(path, part, live=True, stopped=stopped)
        check_copy(part, held, stopped)
        return held, ".db"
    assert isinstance(source, Database)
    with source.read():
        refuse_other_schema(source)
        server = int(source.scalar("SHOW server_version_num")) // 10_000
    dump_ledger(source.url, part, server=server)
    return _facts_of(source), ".dump"


def _facts_of(database: Database) -> LedgerFacts:
    with database.read():
        uid = database.scalar("SELECT value FROM ledger_info WHERE name = ?", ("uid",))
        names = database.rows("SELECT name FROM schema_migration ORDER BY name")
        counts = [
            int(database.scalar(f"SELECT COUNT(*) FROM {table}"))
            for table in ("accounts", "contracts", "counters")
        ]
    return LedgerFacts(uid, tuple(row[0] for row in names), *counts)


def _read(path: Path, taken_at: Micros) -> Backup:
    size = 0
    try:
        size = path.stat().st_size
        with opened_for_reading(path) as connection:
            held = facts(connection)
    except (sqlite3.Error, OSError):
        return Backup(path, taken_at, size, None)
    return Backup(path, taken_at, size, held.schema, held.uid)


def _moment(stamp: str) -> Micros:
    try:
        return from_datetime(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC))
    except ValueError:
        return Micros(0)
