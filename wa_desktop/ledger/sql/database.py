"""The connection to the ledger's database: SQLite or PostgreSQL behind one small surface.

SQL here is written with ``?`` for each value and works on both engines; the two differ in
how they lock, which ``Database`` hides: on SQLite one writer at a time (a fair gate within
the process, ``BEGIN IMMEDIATE`` between processes), on PostgreSQL row locks.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.sql.arrays import array_literal
from wa_desktop.ledger.sql.asked import Answered, Asked, Row, WrongGuess
from wa_desktop.ledger.sql.connecting import BUSY_SECONDS, Engine, connect
from wa_desktop.ledger.sql.driver_errors import commit_unknown, is_cut_off, translated_errors
from wa_desktop.ledger.sql.fair_gate import FairGate
from wa_desktop.ledger.sql.ledger_clock import SERVER_TIME, LedgerClock
from wa_desktop.ledger.sql.slices import SliceSize

if TYPE_CHECKING:
    from wa_desktop.ledger.sql.pipe import Pipe, Pipes

_CLOSING_SECONDS = 5


def _set_config(**settings: str) -> str:
    """Columns of a SELECT that set these until the transaction ends."""
    return ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())


# Rows are found in an index's order, never by sorting many: PostgreSQL's statistics lag behind a
# million rows that were just written or moved; it then takes them for few and sorts all of them
# for a handful (95 to 135 ms at 300,000). A turn repeats the same statements, and planning took
# as long as they do; a slice meets rows in ever other numbers, and is planned for its own.
_TURN_SETTINGS = _set_config(enable_sort="off", plan_cache_mode="force_generic_plan")
_SLICE_SETTINGS = _set_config(
    synchronous_commit="off",
    plan_cache_mode="force_custom_plan",
    enable_sort="off",
    enable_incremental_sort="off",
    enable_seqscan="off",
)


class _Thread(threading.local):
    """The pipe that carries this thread's transaction, if one does."""

    pipe: "Pipe | None" = None


class Database:
    """One ledger database. Safe from any thread; connections come from a pool."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine, self._peewee = connect(url)
        self.clock = LedgerClock(of_server=self.engine is Engine.POSTGRESQL)
        self._gate = FairGate()
        self._locked_out = False
        self._in_use = threading.Condition()
        self._users = 0
        self._closed = False
        self._translated: dict[str, str] = {}
        self._later: dict[int, list[tuple[str, Sequence[Any]]]] = {}
        self._thread = _Thread()
        self._pipes = None if self.is_sqlite else _pipes()
        self._slice_sizes: defaultdict[str, SliceSize] = defaultdict(SliceSize)

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
    def is_connected(self) -> bool:
        """Whether this thread is inside ``read`` or ``write``."""
        return self._thread.pipe is not None or not self._peewee.is_closed()

    @property
    def for_update(self) -> str:
        """The clause that locks the rows read; SQLite's writer already holds the whole file."""
        return "" if self.is_sqlite else " FOR UPDATE"

    @property
    def for_change(self) -> str:
        """As ``for_update``, for a change of other columns than the key: rows that refer to
        the one locked can be written meanwhile."""
        return "" if self.is_sqlite else " FOR NO KEY UPDATE"

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
    def write(self, *, piped: bool = False) -> Iterator[None]:
        """A transaction that is committed at the end, or undone when an error leaves it.

        ``piped``: on PostgreSQL statements go out without waiting for those before them, down
        to the commit; only reading rows waits. What ``ask`` and ``run`` send costs no round
        trip then, and an error of theirs shows when rows are next read, or at the end.
        """
        with translated_errors():
            if self.is_sqlite:
                with self._gate as waited, self._connected(), self._immediate(waited):
                    yield
                return
            ending = False
            try:
                with self._connected(), self._piped() if piped else self._peewee.atomic():
                    yield
                    self._send_later_statements()
                    ending = piped or self._peewee.transaction_depth() == 1
            except BaseException as error:
                self._later.pop(threading.get_ident(), None)
                if ending and is_cut_off(error):
                    raise commit_unknown(error) from error
                raise

    @contextmanager
    def slice(self, work: str) -> Iterator[int]:
        """As ``write``, for a slice of many rows, which may be done again.

        Yields how many rows to take at most, by how long slices of that kind of work took
        before. On PostgreSQL its end does not wait for the disk, so that it holds its locks no
        longer than its work takes: a power cut may undo the last slices, in their order, never
        a part.
        """
        size = self._slice_sizes[work]
        with self.write():
            began = time.monotonic()
            if not self.is_sqlite:
                self.run(f"SELECT {_SLICE_SETTINGS}")
            yield size.rows
        size.took(time.monotonic() - began)

    @property
    def server_time(self) -> str:
        """A column with the server's clock in microseconds; NULL on SQLite, which has none."""
        return "NULL" if self.is_sqlite else SERVER_TIME

    @property
    def turn_settings(self) -> str:
        """Columns that set what the rest of a turn's transaction goes by."""
        return "NULL" if self.is_sqlite else _TURN_SETTINGS

    @contextmanager
    def exclusive(self, name: int, patience: float) -> Iterator[None]:
        """Hold a lock that other programs on the same ledger respect, across transactions.

        Raises ``LedgerBusy`` when another holds it for longer than ``patience`` seconds. On
        SQLite the caller holds a lock file instead (see ``upgrade.py``).
        """
        with translated_errors(), self._connected():
            if self.is_sqlite:
                yield
                return
            # What takes long under such a lock is meant to: only the waiting has its limit.
            limit = self.scalar("SHOW statement_timeout")
            self._peewee.execute_sql("SET statement_timeout = 0")
            self._peewee.execute_sql(f"SET lock_timeout = {round(patience * 1000)}")
            try:
                self._peewee.execute_sql("SELECT pg_advisory_lock(%s)", (name,))
            finally:
                self._peewee.execute_sql("SET lock_timeout = 0")
            try:
                yield
            finally:
                self._peewee.execute_sql("SELECT pg_advisory_unlock(%s)", (name,))
                self._peewee.execute_sql(f"SET statement_timeout = '{limit}'")

    def ask(self, sql: str, params: Sequence[Any] = ()) -> Asked:
        """Send a statement inside ``read`` or ``write``; its rows may be read later."""
        pipe = self._thread.pipe
        if pipe is not None:
            return pipe.send(sql, params)
        return Answered(list(self._execute(sql, params).fetchall()))

    def guess(self, sql: str, params: Sequence[Any]) -> None:
        """Send the statement that the next one is expected to be, ahead of those before it being
        read. When another follows, ``WrongGuess`` leaves the transaction, undone; it must be
        done again. Nothing where statements do not go out together."""
        if self._thread.pipe is not None:
            self._thread.pipe.guess(sql, params)

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Run a statement inside ``read`` or ``write`` and return its rows."""
        return self.ask(sql, params).rows()

    def row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """As ``rows``, the first row or ``None``."""
        pipe = self._thread.pipe
        if pipe is not None:
            return next(iter(pipe.send(sql, params).rows()), None)
        found: Row | None = self._execute(sql, params).fetchone()
        return found

    def scalar(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """As ``row``, its first column or ``None``."""
        found = self.row(sql, params)
        return None if found is None else found[0]

    def run(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run a statement without rows."""
        pipe = self._thread.pipe
        if pipe is not None:
            pipe.send(sql, params)
        else:
            self._execute(sql, params)

    def touched(self, sql: str, params: Sequence[Any] = ()) -> int:
        """As ``run``; returns how many rows it touched. Not inside a piped transaction."""
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
            array_literal(column) for column in zip(*rows, strict=True)
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
        pipe = self._thread.pipe
        if pipe is None and self._peewee.transaction_depth() > 1:
            return
        statements = self._later.pop(threading.get_ident(), ())
        if pipe is not None:
            for sql, params in statements:
                pipe.send(sql, params)
        elif statements:
            with self._peewee.connection().pipeline():
                for sql, params in statements:
                    self._execute(sql, params)

    @contextmanager
    def _immediate(self, waited: float) -> Iterator[None]:
        """A transaction that holds SQLite's lock.

        While another program holds it, those behind the first in the gate have waited for it as
        long as for the gate: each waits for what is left of its own patience, not for all of it
        after all of everybody before it.
        """
        hurried, began = self._locked_out, False
        if hurried:
            self._set_patience(max(0.0, BUSY_SECONDS - waited))
        try:
            with self._peewee.atomic("IMMEDIATE"):
                began, self._locked_out = True, False
                if hurried:
                    self._set_patience(BUSY_SECONDS)
                yield
        except BaseException:
            if not began:
                self._locked_out = True
                if hurried:
                    self._set_patience(BUSY_SECONDS)
            raise

    def _set_patience(self, seconds: float) -> None:
        self._peewee.execute_sql(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    @contextmanager
    def _piped(self) -> Iterator[None]:
        """Statements of this thread go out together; after an error its connection is closed."""
        assert self._pipes is not None
        try:
            self._thread.pipe = pipe = self._pipes.open(self._peewee.connection())
            pipe.begin()
            yield
            pipe.commit()
        except WrongGuess:
            self._roll_back(pipe)
            raise
        except BaseException:
            self._peewee.manual_close()
            raise
        finally:
            self._thread.pipe = None

    def _roll_back(self, pipe: "Pipe") -> None:
        try:
            pipe.roll_back()
        except BaseException:
            self._peewee.manual_close()
            raise

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


def _pipes() -> "Pipes":
    from wa_desktop.ledger.sql.pipe import Pipes  # noqa: PLC0415 - psycopg is an extra

    return Pipes()


def marks(count: int) -> str:
    """``?, ?, ?`` for an IN list of that many values."""
    return ", ".join("?" * count)
