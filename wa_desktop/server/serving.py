"""Runs the API: in a thread beside a window, or in the foreground of ``serve``."""

import asyncio
import contextlib
import errno
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from wa_desktop.errors import SettingsError
from wa_desktop.server.access import CALLER
from wa_desktop.server.callers.ends import Connection
from wa_desktop.server.callers.owner import Caller
from wa_desktop.server.problems import ProblemResponse

log = logging.getLogger(__name__)

GRACE: Final = 10
"""Seconds that calls under way may take to finish when the server stops."""

_BACKLOG = 1024
_START_SECONDS = 30


class ApiServer:
    """Serves an application on an address; signals are left to whoever runs the program.

    The address is taken when the server is made, so that a port in use is known at once.
    ``start`` and ``stop``, or ``run`` and ``stop``; each may be called from any thread.
    """

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """Take the address; port 0 takes any free one. Raises ``SettingsError``."""
        self._sockets = _bound(host, port)
        self.host = host
        self.port: int = self._sockets[0].getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # what a header says about the caller proves nothing
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._thread: threading.Thread | None = None
        self._begun = False

    @property
    def url(self) -> str:
        """The address to call, also where the server listens on every address."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serve on this thread until ``stop`` is called."""
        self._begun = True
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._server.serve(sockets=self._sockets))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            self._close_sockets()

    def start(self) -> None:
        """Serve on a thread of its own; returns once calls are answered."""
        self._begun = True
        self._thread = threading.Thread(target=self.run, name="wa-desktop API", daemon=True)
        self._thread.start()
        if not self._server.answering.wait(_START_SECONDS) or not self._thread.is_alive():
            raise RuntimeError("the API did not start; the log says why")

    def stop(self) -> None:
        """Take no more calls, let those under way finish, and end. Safe to repeat.

        Waits for the thread of ``start``; returns at once when ``run`` serves elsewhere.
        """
        self._server.should_exit = True
        if not self._begun:
            self._close_sockets()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _close_sockets(self) -> None:
        for one in self._sockets:
            one.close()


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers, and with word of when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(H11Protocol):
    """HTTP/1.1 whose requests know their connection's caller, and whose answer to what is no
    HTTP has the form of every other refusal."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # uvicorn copies this into the scope of each request of this connection.
        self.app_state = self.app_state | {
            CALLER: Caller(Connection.of(self.client, self.server)),
        }

    def send_400_response(self, msg: str) -> None:
        answer = ProblemResponse(HTTPStatus.BAD_REQUEST, msg, headers={"Connection": "close"})
        for event in (
            h11.Response(status_code=400, headers=answer.raw_headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _bound(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for every address of a host, IPv4 first, all on one port."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise _no_address(host) from error
    places = sorted({(family, address[0]) for family, *_, address in found})
    sockets: list[socket.socket] = []
    for family, address in places:
        number = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_listening(family, str(address), number))
        except OSError as error:
            if sockets and error.errno != errno.EADDRINUSE:
                continue  # a name with an address this machine does not have, such as ::1
            for one in sockets:
                one.close()
            raise _refused(error, host, number) from error
    return sockets


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    own = socket.socket(family, socket.SOCK_STREAM)
    try:
        # On Windows the same option would let two programs share a port.
        if sys.platform != "win32":
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        own.bind((address, port))
        own.listen(_BACKLOG)
        own.setblocking(False)
    except BaseException:
        own.close()
        raise
    return own


def _refused(error: OSError, host: str, port: int) -> SettingsError:
    if error.errno == errno.EADDRINUSE:
        return SettingsError(
            "PORT",
            f"{port}, which another program uses already",
            "a free port. Close that program (perhaps another wa-desktop) or set another PORT",
        )
    if error.errno == errno.EACCES:
        return SettingsError(
            "PORT", f"{port}, which the system does not let you use", "a port from 1024 to 65535"
        )
    return _no_address(host)


def _no_address(host: str) -> SettingsError:
    return SettingsError(
        "HOST", f"{host}, which is no address of this computer", "127.0.0.1, 0.0.0.0 or one of its"
    )
