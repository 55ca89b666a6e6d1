"""Pools of connections to SQLite or PostgreSQL, set up as the ledger needs them."""

import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit
from weakref import WeakKeyDictionary

import peewee
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from wa_desktop.database_url import without_search_path
from wa_desktop.errors import LedgerError
from wa_desktop.words import words

BUSY_SECONDS = 15
"""How long a writer waits for a lock that another program holds on SQLite."""

_STANDSTILL_MS = 10_000
"""Between two statements of a transaction lie milliseconds; less than a worker's lease."""
_LIFELINE = {
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 5,
    "tcp_user_timeout": 8_000,
}
"""A server whose machine lost its power, or its network, answers nothing and ends nothing; the
system's own settings find out after two hours. Seconds, the last one milliseconds."""

_SQLITE_PRAGMAS = {
    # First, since the others wait for locks too. The pool keeps the keyword `timeout` to itself.
    "busy_timeout": BUSY_SECONDS * 1_000,
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


_SETTINGS = (
    # A program that was stopped, or whose machine is gone, would hold its locks for ever, and
    # with them every other worker: the server ends its transaction.
    f"SET idle_in_transaction_session_timeout = {_STANDSTILL_MS}",
    # The ledger is written for this one: a row that another changed is read anew, where
    # stricter ones end the transaction. And a row that another holds is waited for.
    "SET default_transaction_isolation = 'read committed'",
    "SET lock_timeout = 0",
    "SET jit = off",  # compiling took 30 to 300 ms, running 10
    # A commit must outlive a crash before the request is written (rule 2). Always set, since the
    # server's own may change later; one that waits for a standby, too, is kept.
    "SELECT set_config('synchronous_commit', COALESCE(NULLIF("
    "current_setting('synchronous_commit'), 'off'), 'on'), false)",
)
"""What the ledger needs of a session, whatever the server's own defaults are."""


_FRESH_SECONDS = 1.0
"""A server that is gone for less than this fails one statement, which is tried again; a ledger's
file that was moved away is missed after this at the latest."""


class _Kept(peewee.SqliteDatabase):
    """Connections to one file, which is made by the first of them and by no other.

    A later one would make an empty ledger where a running program's was moved away, and the
    next start would begin with that.
    """

    _seen_at: float | None = None

    def _connect(self) -> Any:
        if self._seen_at is not None:
            self._see()
        connection = super()._connect()  # type: ignore[misc]
        self._seen_at = time.monotonic()
        return connection

    def _see(self) -> None:
        if not os.path.exists(self.database):  # noqa: PTH110 - half the time of a Path's
            raise peewee.OperationalError(f"{self.database} was moved away or removed")
        self._seen_at = time.monotonic()


class _SqlitePool(PooledSqliteDatabase, _Kept):  # type: ignore[misc]
    """Such connections, pooled. To look for the file at each transaction took a tenth of a turn."""

    def _connect(self) -> Any:
        if self._seen_at is not None and time.monotonic() - self._seen_at > _FRESH_SECONDS:
            self._see()
        return super()._connect()


class _Watched(peewee.PostgresqlDatabase):
    """Sets each connection up; ``search_path`` is the schema of the ledger's tables, if not that
    of the user."""

    search_path: str | None = None

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]
        # The driver drops all prepared statements now and then, with them those of a pipe.
        connection.prepare_threshold = None
        with connection.cursor() as cursor:
            cursor.execute("; ".join(_SETTINGS))
            if self.search_path is not None:
                cursor.execute("SELECT set_config('search_path', %s, false)", (self.search_path,))
        return connection


class _Pool(PooledPostgresqlDatabase, _Watched):  # type: ignore[misc]
    """Such connections, pooled.

    One that served a moment ago is handed out without asking the server whether it lives:
    that round trip is a tenth of a turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._given_back: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        super().__init__(*args, **kwargs)

    def _can_reuse(self, conn: Any) -> bool:
        self._given_back[conn] = time.monotonic()
        return bool(super()._can_reuse(conn))

    def _is_closed(self, conn: Any) -> bool:
        if time.monotonic() - self._given_back.get(conn, 0.0) < _FRESH_SECONDS:
            return bool(conn.closed)
        return bool(super()._is_closed(conn))


def connect(url: str) -> tuple[Engine, Any]:
    """The engine that a ledger's URL names, and a pool of its connections, none open yet.

    Raises ``LedgerError`` when the folder of a SQLite ledger cannot be made.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        _make_folder(Path(path).parent)
        sqlite = _SqlitePool(
            path,
            pragmas=_SQLITE_PRAGMAS,
            timeout=BUSY_SECONDS,
            max_connections=64,
            stale_timeout=300,
            check_same_thread=False,
            cached_statements=256,
        )
        # SQLite's own LOWER knows ASCII only; a search must find «Рассылка» too.
        sqlite.register_function(_lower, "lower", 1)
        return Engine.SQLITE, sqlite
    dsn, schema = without_search_path(urlunsplit(parts._replace(scheme="postgresql")))
    given = parse_qs(parts.query)
    pool = _Pool(
        dsn,
        prefer_psycopg3=True,
        max_connections=64,
        stale_timeout=300,
        connect_timeout=10,
        timeout=BUSY_SECONDS,
        application_name="wa-desktop",
        client_encoding="utf8",  # as the pipe speaks, whatever the database's own default is
        **{name: value for name, value in _LIFELINE.items() if name not in given},
    )
    pool.search_path = schema
    return Engine.POSTGRESQL, pool


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
