"""Answers that never end, or fill the memory: cut off, and what was sent is in doubt."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.senders.test_cloud_api import send
from wa_desktop.errors import ProviderError
from wa_desktop.senders.message_history import NotNow, history_client, read_page
from wa_desktop.senders.protocol import Outgoing, Refused, Unclear
from wa_desktop.senders.provider import check_number
from wa_desktop.senders.settings import CloudApiSettings

Make = Callable[..., Outgoing]
Pieces = Callable[[], Iterator[bytes]]


@contextmanager
def answering(pieces: Pieces, pause: float = 0.0) -> Iterator[str]:
    """A provider that sends these pieces after each request until the other side has enough."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65_536)
                    for piece in pieces():
                        if over.wait(pause):
                            return
                        connection.sendall(piece)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        with suppress(OSError):
            socket.create_connection(server.getsockname(), timeout=1).close()
        server.close()
        thread.join(10)


def _endless(head: bytes, piece: bytes) -> Pieces:
    def pieces() -> Iterator[bytes]:
        yield head
        while True:
            yield piece

    return pieces


_CHUNK = b"10000\r\n" + b" " * 65_536 + b"\r\n"
_BOMB = gzip.compress(b'{"messages": [{"id": "wamid.A"}]}' + b" " * 50_000_000)


def _head(status: str, more: str = "Transfer-Encoding: chunked") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}\r\n\r\n".encode()


HOSTILE: dict[str, tuple[Pieces, float]] = {
    "endless body": (_endless(_head("200 OK"), _CHUNK), 0.0),
    "endless body of an error": (_endless(_head("400 Bad Request"), _CHUNK), 0.0),
    "slow drip": (_endless(_head("200 OK"), b"1\r\n \r\n"), 0.05),
    "slow headers": (_endless(b"HTTP/1.1 200 OK\r\nX: ", b"a"), 0.05),
    "endless headers": (_endless(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 500), 0.0),
    "endless interim answers": (_endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), 0.0),
    "gzip bomb": (
        lambda: iter(
            [
                _head("200 OK", f"Content-Encoding: gzip\r\nContent-Length: {len(_BOMB)}"),
                _BOMB,
            ]
        ),
        0.0,
    ),
    "redirect": (
        lambda: iter([_head("307 Temporary Redirect", "Location: /\r\nContent-Length: 0")]),
        0.0,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_such_an_answer_to_a_message_leaves_it_in_doubt(name: str, outgoing: Make) -> None:
    pieces, pause = HOSTILE[name]
    with answering(pieces, pause) as url:
        began = time.monotonic()
        assert isinstance(send(url, outgoing(), timeout=2.0), Unclear)
        assert time.monotonic() - began < 10


def test_a_status_that_refuses_counts_however_long_its_body_is(outgoing: Make) -> None:
    head = _head("429 Too Many Requests", "Retry-After: 7\r\nTransfer-Encoding: chunked")
    with answering(_endless(head, _CHUNK)) as url:
        result = send(url, outgoing(), timeout=2.0)
    assert isinstance(result, Refused)
    assert (result.code, result.retry_after) == (429, 7.0)


@pytest.mark.parametrize(
    "name", ["endless body", "slow drip", "endless headers", "gzip bomb", "redirect"]
)
def test_such_an_answer_to_a_question_ends_it_in_words(name: str) -> None:
    pieces, pause = HOSTILE[name]
    with answering(pieces, pause) as url:
        settings = CloudApiSettings("106", "token", url, connect_timeout=1.0, timeout=2.0)
        began = time.monotonic()
        with pytest.raises(ProviderError):
            check_number(settings)
        if name != "slow drip":
            with history_client(settings) as client:
                assert isinstance(read_page(client, settings), NotNow)
        assert time.monotonic() - began < 15
