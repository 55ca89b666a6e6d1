"""A transaction on PostgreSQL whose statements go out together, over libpq's own pipeline.

The driver's pipeline hands each statement to the socket by itself and asks twice whether it
may, and gives the interpreter away each time: while messages go out on another thread, a turn
of ten statements waited some thirty times to get it back. Here statements gather until rows
are read.

A statement can be sent ahead of the ones that lead up to it being read: a guess. It stands only
if the very next statement turns out to be that one; so the server sees the same statements in
the same order as without it, and only a wait is saved.
"""

import select
from collections import deque
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from wa_desktop.ledger.sql.arrays import array_literal
from wa_desktop.ledger.sql.asked import Row, WrongGuess

_PREPARED_AT_MOST = 200
_DONE_WELL = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.PIPELINE_SYNC)


class Reply:
    """A statement that was sent; its rows are waited for when they are read."""

    def __init__(self, pipe: "Pipe") -> None:
        self._pipe = pipe
        self._rows: list[Row] | None = None
        self.result: PGresult | None = None
        self.is_sync = False
        self.is_flushed = False

    def rows(self) -> list[Row]:
        """The rows, as often as they are asked for. Read inside the transaction."""
        if self._rows is None:
            self._rows = self._pipe.rows_of(self)
        return self._rows


class Pipes:
    """Remembers for each connection which statements are prepared on it."""

    def __init__(self) -> None:
        self._prepared: WeakKeyDictionary[Any, dict[str, bytes]] = WeakKeyDictionary()

    def open(self, connection: "psycopg.Connection[Any]") -> "Pipe":
        """A pipe over a connection that is in no transaction; ``begin`` opens one."""
        return Pipe(connection, self._prepared.setdefault(connection, {}))


class Pipe:
    """One transaction. After an error the connection is of no more use: the caller closes it."""

    def __init__(self, connection: "psycopg.Connection[Any]", prepared: dict[str, bytes]) -> None:
        self._connection = connection
        self._libpq: PGconn = connection.pgconn
        self._prepared = prepared
        self._sent: deque[Reply] = deque()
        self._poll = select.poll()
        self._guess: tuple[str, list[Any], Reply] | None = None

    def begin(self) -> None:
        """Open the transaction."""
        self._libpq.enter_pipeline_mode()
        self.send("BEGIN")

    def commit(self) -> None:
        """End it. Raises the first error of a statement that nobody read."""
        self._end("COMMIT")

    def roll_back(self) -> None:
        """Undo it, where no statement failed. The connection can be used on."""
        self._guess = None
        self._end("ROLLBACK")

    def guess(self, sql: str, params: Sequence[Any]) -> None:
        """Send what the next statement will be, once the answers to those before it are known."""
        self._guess = (sql, list(params), self.send(sql, params))

    def send(self, sql: str, params: Sequence[Any] = ()) -> Reply:
        """Send a statement with a ``?`` for each value. Raises ``WrongGuess`` when another one
        was sent in its place."""
        if self._guess is not None:
            expected, with_params, reply = self._guess
            self._guess = None
            if expected != sql or with_params != list(params):
                raise WrongGuess
            return reply
        name = self._prepared.get(sql)
        if name is None and len(self._prepared) < _PREPARED_AT_MOST:
            name = self._prepared[sql] = b"wa_%d" % len(self._prepared)
            self._libpq.send_prepare(name, _numbered(sql))
            self._sent.append(Reply(self))
        values = [_dumped(value) for value in params]
        if name is None:
            self._libpq.send_query_params(_numbered(sql), values)
        else:
            self._libpq.send_query_prepared(name, values)
        reply = Reply(self)
        self._sent.append(reply)
        return reply

    def rows_of(self, reply: Reply) -> list[Row]:
        """The rows of a reply, once it and all before it have come."""
        if reply.result is None:
            if not reply.is_flushed:
                self._libpq.send_flush_request()
                self._mark_flushed()
            self._receive(reply)
        result = reply.result
        if result is None or not result.ntuples:
            return []
        transformer = Transformer.from_context(self._connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _mark_flushed(self) -> None:
        for reply in reversed(self._sent):
            if reply.is_flushed:
                break
            reply.is_flushed = True

    def _end(self, sql: str) -> None:
        self.send(sql)
        self._libpq.pipeline_sync()
        last = Reply(self)
        last.is_sync = True
        self._sent.append(last)
        self._receive(last)
        self._libpq.exit_pipeline_mode()

    def _receive(self, until: Reply) -> None:
        """Take what the server answers, in the order of sending, up to a reply's end."""
        self._flush()
        while self._sent and until.result is None:
            while self._libpq.is_busy():
                self._wait(select.POLLIN)
                self._libpq.consume_input()
            result = self._libpq.get_result()
            if result is None:
                self._sent.popleft()
                continue
            self._sent[0].result = result
            if result.status not in _DONE_WELL:
                raise psycopg.errors.error_from_result(result)
            if self._sent[0].is_sync:
                self._sent.popleft()

    def _flush(self) -> None:
        while self._libpq.flush():
            if self._wait(select.POLLIN | select.POLLOUT) & select.POLLIN:
                self._libpq.consume_input()

    def _wait(self, events: int) -> int:
        """Until the socket is ready for one of the events; returns for which it is."""
        self._poll.register(self._libpq.socket, events)
        found = self._poll.poll()
        return found[0][1] if found else 0


def _dumped(value: Any) -> bytes | None:
    """A value as text of a type that the server works out."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list | tuple):
        return array_literal(value).encode()
    return str(value).encode()


def _numbered(sql: str) -> bytes:
    """The statement with PostgreSQL's own marks for its values: $1, $2…"""
    parts = sql.split("?")
    marked = [f"${number}{part}" for number, part in enumerate(parts[1:], 1)]
    return "".join([parts[0], *marked]).encode()
