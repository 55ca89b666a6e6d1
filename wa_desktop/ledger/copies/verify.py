"""Whether a file is a whole ledger: what a backup must show before anyone relies on it.

Speaks to SQLite directly, since it opens files that are no ledger yet, or no more.
"""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.errors import LedgerDamaged, LedgerError, LedgerFull, LedgerNewer, LedgerUnavailable
from wa_desktop.ledger.schema import known_migrations
from wa_desktop.words import words

Stopped = Callable[[], bool]
"""Asked now and then whether the work shall be left."""

SQLITE_MAGIC = b"SQLite format 3\0"
CORE = frozenset(
    {"schema_migration", "ledger_info", "accounts", "contracts", "counters", "messages", "workers"}
)
"""The tables without which nothing is a ledger."""

_OPERATIONS = 20_000
"""SQLite's operations between two questions whether to stop: some milliseconds."""

DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
LOCKED = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE"})


class CopyStopped(LedgerError):
    """Copying or checking was left because the program ends."""


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """By what a copy is known to be that of its source. ``schema`` is the newest migration."""

    uid: str | None
    migrations: tuple[str, ...]
    accounts: int
    contracts: int
    counters: int

    @property
    def schema(self) -> str | None:
        """The newest migration it has seen."""
        return max(self.migrations, default=None)


def never() -> bool:
    """For work that is not to be left."""
    return False


@contextmanager
def opened_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; nothing appears beside a file that nobody has open."""
    wal = path.with_name(f"{path.name}-wal")
    # A file in WAL mode without a log, as on a read-only disk, is read as it lies there.
    mode = "mode=ro" if wal.exists() and wal.stat().st_size else "immutable=1"
    uri = f"{path.absolute().as_uri()}?{mode}"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        yield connection


def facts(connection: sqlite3.Connection) -> LedgerFacts:
    """Read them; a table that is missing counts as empty. Raises ``sqlite3.Error``."""
    present = _tables(connection)

    def count(table: str) -> int:
        if table not in present:
            return 0
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    def column(table: str, sql: str) -> tuple[str, ...]:
        return tuple(row[0] for row in connection.execute(sql)) if table in present else ()

    uid = column("ledger_info", "SELECT value FROM ledger_info WHERE name = 'uid'")
    return LedgerFacts(
        uid=uid[0] if uid else None,
        migrations=column("schema_migration", "SELECT name FROM schema_migration ORDER BY name"),
        accounts=count("accounts"),
        contracts=count("contracts"),
        counters=count("counters"),
    )


def check_copy(path: Path, expected: LedgerFacts, stopped: Stopped = never) -> None:
    """Check that a copy is whole and holds what its source held.

    Raises ``LedgerDamaged``, and ``CopyStopped`` when ``stopped`` says so.
    """
    if _checked(path, stopped) != expected:
        raise LedgerDamaged(
            words("The copy {name} does not hold what the ledger holds.", name=path.name)
        )


def check_whole(path: Path, stopped: Stopped = never) -> LedgerFacts:
    """Check every page, every reference and the schema of a file; returns its facts.

    Raises ``LedgerDamaged`` for a file that is no whole ledger and ``LedgerNewer`` for one
    that a newer program wrote.
    """
    found = _checked(path, stopped)
    with told(path.parent, path.name), opened_for_reading(path) as connection:
        missing = CORE - _tables(connection)
    if missing or found.uid is None:
        raise LedgerDamaged(words("{name} is not a ledger of wa-desktop.", name=path.name))
    if found.counters != found.contracts:
        raise LedgerDamaged(
            words("{name} is damaged: its counts do not fit its campaigns.", name=path.name)
        )
    unknown = set(found.migrations) - known_migrations()
    if unknown:
        raise LedgerNewer(
            words(
                "{name} was written by a newer version of wa-desktop (it knows {migration}). "
                "Update the program.",
                name=path.name,
                migration=min(unknown),
            )
        )
    return found


@contextmanager
def told(folder: Path, file: str = "") -> Iterator[None]:
    """Turn errors of SQLite and of the file system into ours, by code.

    They concern the folder, or the file of that name in it.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error, folder, file or words("A file in {folder}", folder=folder)) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full(folder) from error
        raise LedgerError(
            words(
                "The folder {folder} cannot be used ({reason}). Choose one that can be read "
                "and written.",
                folder=folder,
                reason=error.strerror,
            )
        ) from error


def _checked(path: Path, stopped: Stopped) -> LedgerFacts:
    _check_header(path)
    with told(path.parent, path.name), opened_for_reading(path) as connection:
        connection.set_progress_handler(stopped, _OPERATIONS)
        broken = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if broken != "ok":
            raise LedgerDamaged(
                words("{name} is damaged ({reason}).", name=path.name, reason=one_line(broken))
            )
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise LedgerDamaged(
                words("{name} is damaged: rows refer to rows that are missing.", name=path.name)
            )
        return facts(connection)


def _check_header(path: Path) -> None:
    with told(path.parent), path.open("rb") as file:
        magic = file.read(len(SQLITE_MAGIC))
    if magic != SQLITE_MAGIC:
        raise LedgerDamaged(words("{name} is not a ledger of wa-desktop.", name=path.name))


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return frozenset(row[0] for row in rows)


def _ours(error: sqlite3.Error, folder: Path, file: str) -> LedgerError:
    name = getattr(error, "sqlite_errorname", "")
    if name in _FULL:
        return disk_full(folder)
    if name.startswith(tuple(DAMAGED)):
        return LedgerDamaged(
            words("{name} is damaged ({reason}).", name=file, reason=one_line(str(error)))
        )
    if name == "SQLITE_INTERRUPT":
        return CopyStopped(words("The work was left because the program ends."))
    if name.startswith(tuple(LOCKED)):
        return LedgerUnavailable(words("Another program holds the ledger locked. Try again."))
    return LedgerUnavailable(
        words("{name} is out of reach ({reason}).", name=file, reason=one_line(str(error)))
    )


def disk_full(folder: Path) -> LedgerFull:
    """That a copy found no room."""
    return LedgerFull(
        words(
            "The disk that holds {folder} is full, so no copy was made. The ledger is "
            "unharmed; free some space, or choose a folder on another disk.",
            folder=folder,
        )
    )


def one_line(text: str) -> str:
    """The last line of SQLite's words; the ones before only say in which part it looked."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
