"""A line to PostgreSQL that reads the conversation, and cuts it where it is told, or is slow."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from tests.waiting import wait_until

_SSL, _GSS = 80_877_103, 80_877_104
_DRAINED_FOR = 5.0


class Cut(Enum):
    """What becomes of a message of the program's, while the program sees its connection end."""

    LOST = "lost"
    """It never reaches the server, which sees the connection end, too."""
    UNANSWERED = "unanswered"
    """The server gets it, with all that was sent behind it, and carries it out."""
    LATE = "late"
    """The same, seconds after the program saw the end."""


@dataclass(slots=True)
class Said:
    """A message of the program's: its number on this line, its kind and its statement, if it
    carries one out, and the statements of its transaction before it."""

    number: int
    kind: bytes
    sql: str
    before: list[str]

    @property
    def is_commit(self) -> bool:
        """Whether it ends a transaction."""
        return self.sql == "COMMIT"

    def ends(self, *parts: str) -> bool:
        """Whether it commits a transaction in which one statement holds all these parts."""
        return self.is_commit and any(all(one in sql for one in parts) for sql in self.before)


def claims(said: Said) -> bool:
    """A commit that claims messages."""
    return said.ends("UPDATE messages", "claimed_by = $")


def begins(said: Said) -> bool:
    """A commit that lets claimed messages go on the wire."""
    return said.ends("UPDATE messages SET state = 4", "WHERE state + 0 = 3")


def settles(said: Said) -> bool:
    """A commit that settles what was sent."""
    return said.ends("UPDATE messages", "provider_id = v.column2")


@dataclass(slots=True)
class _Order:
    cut: Cut
    when: Callable[[Said], bool]


@dataclass(slots=True)
class _Talk:
    """One connection: what its statements are called, and what its transaction did so far."""

    names: dict[bytes, str] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    greeted: bool = False


class Line:
    """Stands between a program and a PostgreSQL server on loopback.

    ``late`` is how many seconds a held message comes late; ``delay`` how many each answer
    takes longer. Both may be changed at any time.
    """

    def __init__(self, server_url: str, *, late: float = 1.0) -> None:
        self._server = urlsplit(server_url)
        self.late = late
        self.delay = 0.0
        self.cuts = 0
        self.said = 0
        self._seen = 0
        self._watched: Callable[[Said], bool] | None = None
        self._order: _Order | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The database's address by way of this line."""
        place = f"{self._server.username}@127.0.0.1:{self._listener.getsockname()[1]}"
        return urlunsplit(self._server._replace(netloc=place))

    def cut(self, cut: Cut, when: Callable[[Said], bool]) -> None:
        """Cut the connection at the next message for which ``when`` is true."""
        with self._lock:
            self._order = _Order(cut, when)

    def cut_after(self, messages: int, cut: Cut) -> None:
        """Cut the connection that brings the so many-th message from now on."""
        goal = self.said + messages
        self.cut(cut, lambda said: said.number >= goal)

    def wait_for(self, when: Callable[[Said], bool]) -> None:
        """Return once the server has got a further message for which ``when`` is true."""
        with self._lock:
            self._seen, self._watched = 0, when
        wait_until(lambda: self._seen, "the message on the line", 60)

    def wait_for_cut(self, number: int) -> None:
        """Return once it was cut that often."""
        wait_until(lambda: self.cuts >= number, "the line to be cut", 30)

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._listener.close()
        for one in self._sockets:
            _end(one)
        for thread in self._threads:
            thread.join(10)

    def _run(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(0.05)
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            try:
                server = socket.create_connection((self._server.hostname, self._server.port))
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(one)
            self._run(self._up, client, server)
            self._run(self._down, client, server)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        """Carry answers, each as late as the line is slow."""
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._run(self._answer, client, waiting)
        while data := _read(server):
            waiting.put((time.monotonic() + self.delay, data))
        waiting.put((time.monotonic() + self.delay, b""))

    def _answer(
        self, client: socket.socket, waiting: "queue.SimpleQueue[tuple[float, bytes]]"
    ) -> None:
        while True:
            due, data = waiting.get()
            if (left := due - time.monotonic()) > 0 and self._closed.wait(left):
                return
            try:
                client.sendall(data)
            except OSError:
                return
            if not data:
                _end(client)
                return

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        talk, rest = _Talk(), b""
        while data := _read(client):
            rest += data
            taken, cut = self._take(talk, rest)
            if cut is not None:
                self._carry_out(cut, client, server, rest, taken)
                return
            with contextlib.suppress(OSError):
                server.sendall(rest[:taken])
            rest = rest[taken:]
        _end(server)

    def _take(self, talk: _Talk, data: bytes) -> tuple[int, Cut | None]:
        """How many bytes hold whole messages, up to the one at which the line is cut."""
        start = 0
        while True:
            head = 0 if not talk.greeted else 1
            if len(data) < start + head + 4:
                return start, None
            length = int.from_bytes(data[start + head : start + head + 4]) + head
            if len(data) < start + length:
                return start, None
            message = data[start : start + length]
            if not talk.greeted:
                talk.greeted = int.from_bytes(message[4:8]) not in (_SSL, _GSS)
            elif (cut := self._hear(talk, message[:1], message[5:])) is not None:
                return start, cut
            start += length

    def _hear(self, talk: _Talk, kind: bytes, body: bytes) -> Cut | None:
        sql = _statement(talk, kind, body)
        if sql == "BEGIN":
            talk.statements.clear()
        with self._lock:
            self.said += 1
            said = Said(self.said, kind, sql, talk.statements)
            if self._watched is not None and self._watched(said):
                self._seen, self._watched = 1, None
            order = self._order
            if order is not None and order.when(said):
                self._order = None
                self.cuts += 1
                return order.cut
        if sql:
            talk.statements.append(sql)
        return None

    def _carry_out(
        self, cut: Cut, client: socket.socket, server: socket.socket, data: bytes, before: int
    ) -> None:
        _end(client)
        with contextlib.suppress(OSError):
            if cut is Cut.LOST:
                server.sendall(data[:before])
            else:
                if cut is Cut.LATE:
                    self._closed.wait(self.late)
                server.sendall(data)
                # The end of the connection comes behind the messages, as on a real line.
                server.shutdown(socket.SHUT_WR)
                return
        _end(server)


def _statement(talk: _Talk, kind: bytes, body: bytes) -> str:
    """The statement that a message carries out; empty for the others."""
    if kind == b"Q":
        return body.rstrip(b"\0").decode()
    if kind == b"P":
        name, sql, _ = body.split(b"\0", 2)
        talk.names[name] = sql.decode()
    elif kind == b"B":
        _, name, _ = body.split(b"\0", 2)
        return talk.names.get(name, "")
    return ""


def _read(one: socket.socket) -> bytes:
    try:
        return one.recv(65_536)
    except OSError:
        return b""


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
