"""The connection to the ledger's database: SQLite or PostgreSQL behind one small surface.

SQL here is written with ``?`` for each value and works on both engines; the two differ in
how they lock, which ``Database`` hides: on SQLite one writer at a time (a fair gate within
the process, ``BEGIN IMMEDIATE`` between processes), on PostgreSQL row locks.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import peewee
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from wa_desktop.errors import LedgerDamaged, LedgerError, LedgerFull, LedgerUnavailable
from wa_desktop.words import words

Row = tuple[Any, ...]

_BUSY_SECONDS = 15
_CLOSING_SECONDS = 5
_STANDSTILL_MS = 10_000
"""Between two statements of a transaction lie milliseconds; less than a worker's lease."""
_SQLITE_PRAGMAS = {
    # First, since the others wait for locks too. The pool keeps the keyword `timeout` to itself.
    "busy_timeout": _BUSY_SECONDS * 1_000,
    "journal_mode": "wal",
    # A commit must outlive a power cut before the request is written (rule 2), so FULL.
    "synchronous": 2,
    "foreign_keys": 1,
    "cache_size": -32_000,
    "temp_store": 2,
    "wal_autocheckpoint": 4_000,
}


class Engine(StrEnum):
    """Which database carries the ledger."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class FairGate:
    """A re-entrant lock that is handed on in the order of asking.

    A plain lock lets a thread that takes it in a loop (preparing) shut out one that needs
    it now and then (the engine's claim).
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiters: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._mutex:
            if self._owner == me:
                self._depth += 1
                return
            if self._owner is None:
                self._owner, self._depth = me, 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiters.append(turn)
        turn.acquire()
        with self._mutex:
            self._owner, self._depth = me, 1

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            if self._waiters:
                # Kept taken until the next in line wakes up, so that nobody overtakes it.
                self._owner = -1
                self._waiters.popleft().release()
            else:
                self._owner = None


class Database:
    """One ledger database. Safe from any thread; connections come from a pool."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine, self._peewee = _connect(url)
        self._gate = FairGate()
        self._in_use = threading.Condition()
        self._users = 0
        self._closed = False
        self._translated: dict[str, str] = {}
        self._later: dict[int, list[tuple[str, Sequence[Any]]]] = {}

    @property
    def is_sqlite(self) -> bool:
        """Whether SQLite carries the ledger."""
        return self.engine is Engine.SQLITE

    @property
    def path(self) -> Path | None:
        """The ledger's file on SQLite, else ``None``."""
        return Path(self._peewee.database) if self.is_sqlite else None

    @property
    def peewee(self) -> Any:
        """The peewee database, for models and migrations."""
        return self._peewee

    @property
    def for_update(self) -> str:
        """The clause that locks the rows read; SQLite's writer already holds the whole file."""
        return "" if self.is_sqlite else " FOR UPDATE"

    @property
    def skip_locked(self) -> str:
        """Locks the rows read and passes over those that another worker holds."""
        return "" if self.is_sqlite else " FOR UPDATE SKIP LOCKED"

    @contextmanager
    def read(self) -> Iterator[None]:
        """A connection to read with; several statements see one state of the ledger."""
        with translated_errors(), self._connected(), self._peewee.atomic():
            yield

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction that is committed at the end, or undone when an error leaves it."""
        with translated_errors():
            if self.is_sqlite:
                with self._gate, self._connected(), self._peewee.atomic("IMMEDIATE"):
                    yield
                return
            try:
                with self._connected(), self._peewee.atomic():
                    yield
                    self._send_later_statements()
            except BaseException:
                self._later.pop(threading.get_ident(), None)
                raise

    @contextmanager
    def exclusive(self, name: int) -> Iterator[None]:
        """Hold a lock that other programs on the same ledger respect, across transactions.

        On SQLite the caller holds a lock file instead (see ``upgrade.py``).
        """
        with translated_errors(), self._connected():
            if self.is_sqlite:
                yield
                return
            self._peewee.execute_sql("SELECT pg_advisory_lock(%s)", (name,))
            try:
                yield
            finally:
                self._peewee.execute_sql("SELECT pg_advisory_unlock(%s)", (name,))

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Run a statement inside ``read`` or ``write`` and return its rows."""
        return list(self._execute(sql, params).fetchall())

    def row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """As ``rows``, the first row or ``None``."""
        found: Row | None = self._execute(sql, params).fetchone()
        return found

    def scalar(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """As ``row``, its first column or ``None``."""
        found = self.row(sql, params)
        return None if found is None else found[0]

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run a statement without rows; returns how many rows it touched."""
        return int(self._execute(sql, params).rowcount)

    def run_later(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run a statement at the end of the transaction, when nobody reads what it changes.

        On PostgreSQL all of them go out together, in one round trip; on SQLite a statement
        costs no trip and runs at once.
        """
        if self.is_sqlite:
            self.run(sql, params)
        else:
            self._later.setdefault(threading.get_ident(), []).append((sql, params))

    def fetch(self, query: Any) -> Any:
        """Execute a peewee query inside ``read`` or ``write``."""
        return query.execute(self._peewee)

    def one_of(self, column: str, chosen: Iterable[Any]) -> tuple[str, list[Any]]:
        """A condition that the column is one of the values, and its parameters.

        One text for any number of values on PostgreSQL, so that it stays prepared there.
        """
        listed = list(chosen)
        if self.is_sqlite:
            return f"{column} IN ({marks(len(listed))})", listed
        return f"{column} = ANY(?)", [listed]

    def table(self, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        """The rows as a table ``v`` with ``column1``, ``column2``… and its parameters.

        ``types`` are the columns' SQL types. Arrays on PostgreSQL, for the same reason.
        """
        if self.is_sqlite:
            width = marks(len(types))
            listed = ", ".join([f"({width})"] * len(rows))
            return f"(VALUES {listed}) AS v", [value for row in rows for value in row]
        arrays = ", ".join(f"CAST(? AS {one}[])" for one in types)
        names = ", ".join(f"column{number}" for number in range(1, len(types) + 1))
        return f"unnest({arrays}) AS v({names})", [
            list(column) for column in zip(*rows, strict=True)
        ]

    def close(self) -> None:
        """Close every connection, those in use when they are given back.

        A connection that is closed beneath a thread that reads with it ends the process.
        Whoever asks for one from now on gets ``LedgerUnavailable``.
        """
        with self._in_use:
            self._closed = True
            idle = self._in_use.wait_for(lambda: not self._users, timeout=_CLOSING_SECONDS)
        if idle:
            self._peewee.close_all()
        else:
            self._peewee.close_idle()

    def _send_later_statements(self) -> None:
        if self._peewee.transaction_depth() > 1:
            return
        statements = self._later.pop(threading.get_ident(), ())
        if not statements:
            return
        with self._peewee.connection().pipeline():
            for sql, params in statements:
                self._execute(sql, params)

    def _execute(self, sql: str, params: Sequence[Any]) -> Any:
        return self._peewee.execute_sql(self._translate(sql), params)

    def _translate(self, sql: str) -> str:
        if self.is_sqlite:
            return sql
        known = self._translated.get(sql)
        if known is None:
            known = sql.replace("%", "%%").replace("?", "%s")
            if len(self._translated) < 2_000:
                self._translated[sql] = known
        return known

    @contextmanager
    def _connected(self) -> Iterator[None]:
        if not self._peewee.is_closed():
            yield
            return
        with self._in_use:
            if self._closed:
                raise LedgerUnavailable("The ledger is closed; the program is ending.")
            self._users += 1
        try:
            self._peewee.connect()
            try:
                yield
            finally:
                self._peewee.close()
        finally:
            with self._in_use:
                self._users -= 1
                self._in_use.notify_all()


class _Watched(peewee.PostgresqlDatabase):
    """Lets the server end a transaction whose program stands still.

    A program that was stopped, or whose machine is gone, would hold its locks for ever, and
    with them every other worker.
    """

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = {_STANDSTILL_MS}")
        return connection


class _Pool(PooledPostgresqlDatabase, _Watched):  # type: ignore[misc]
    """Such connections, pooled."""


def marks(count: int) -> str:
    """``?, ?, ?`` for an IN list of that many values."""
    return ", ".join("?" * count)


def _connect(url: str) -> tuple[Engine, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        _make_folder(Path(path).parent)
        sqlite = PooledSqliteDatabase(
            path,
            pragmas=_SQLITE_PRAGMAS,
            timeout=_BUSY_SECONDS,
            max_connections=64,
            stale_timeout=300,
            check_same_thread=False,
            cached_statements=256,
        )
        # SQLite's own LOWER knows ASCII only; a search must find «Рассылка» too.
        sqlite.register_function(_lower, "lower", 1)
        return Engine.SQLITE, sqlite
    dsn = urlunsplit(parts._replace(scheme="postgresql"))
    return Engine.POSTGRESQL, _Pool(
        dsn,
        prefer_psycopg3=True,
        max_connections=64,
        stale_timeout=300,
        connect_timeout=10,
        timeout=_BUSY_SECONDS,
        application_name="wa-desktop",
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            words(
                "The ledger's folder {folder} cannot be made ({reason}). Choose a folder that "
                "can be written.",
                folder=folder,
                reason=error.strerror,
            )
        ) from error


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"}


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the database driver's errors into ours, by code and never by text."""
    try:
        yield
    except (peewee.OperationalError, peewee.InterfaceError, peewee.InternalError) as error:
        raise _ours(error) from error
    except peewee.DatabaseError as error:
        if isinstance(error, peewee.IntegrityError | peewee.ProgrammingError | peewee.DataError):
            raise
        raise _ours(error) from error


def _ours(error: BaseException) -> LedgerError:
    original = _original(error)
    name = getattr(original, "sqlite_errorname", "")
    state = getattr(original, "sqlstate", None)
    if name in _FULL or state == "53100":
        return LedgerFull(
            words(
                "The disk that holds the ledger is full. Nothing was lost; free some space "
                "and go on."
            )
        )
    if name == "SQLITE_READONLY" or name.startswith("SQLITE_READONLY"):
        return LedgerError(
            words("The ledger's file is read-only. Make it writable and start again.")
        )
    if name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return LedgerDamaged(
            words(
                "The ledger's file is damaged. Restore the latest backup with `wa-desktop "
                "restore FILE`, or move the file away to begin with an empty ledger."
            )
        )
    if name in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
        return LedgerUnavailable(
            words("Another program holds the ledger locked. It is tried again.")
        )
    reason = str(original).strip().splitlines()[0] if str(original).strip() else "no reason given"
    return LedgerUnavailable(
        words("The ledger is out of reach ({reason}). It is tried again.", reason=reason)
    )


def _original(error: BaseException) -> BaseException:
    """The driver's own error; of several the first that says more than "cannot roll back".

    SQLite undoes a transaction by itself when the disk is full, and the rollback that follows
    fails for want of one.
    """
    seen: BaseException = error
    while True:
        deeper = seen.__cause__ or seen.__context__
        tells = isinstance(seen, sqlite3.Error) and seen.sqlite_errorname != "SQLITE_ERROR"
        if deeper is None or tells or hasattr(seen, "sqlstate"):
            return seen
        seen = deeper
