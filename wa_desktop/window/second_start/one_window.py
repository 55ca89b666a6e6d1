"""One window for each data folder and user: a second start brings the first to the front.

A lock in the data folder decides who is first; it belongs to the process and ends with it,
however it ends. A local socket carries what the second start has to say, which only the same
user may do. The socket's file may be left over from a crash: only who holds the lock listens,
and removes it first.
"""

import contextlib
import hashlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from wa_desktop.window.second_start.process_lock import ProcessLock
from wa_desktop.window.second_start.request import Request

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds that a second start waits for the first, which may be starting or ending."""
_PAUSE = 0.1
_MOMENT = 500
"""Milliseconds between two looks at the time while the first is waited for."""
_REQUEST = 3_000
"""Milliseconds that a caller has to say what it wants."""
_MOST = 65_536
"""Bytes of a request; a longer one is from no program of ours."""
_LONGEST = 100
"""Bytes of a socket's path; systems take 103 to 107."""
SHOWN = b"shown\n"


class OneWindow(QObject):
    """The right to the window of a data folder. On the GUI thread."""

    asked = Signal(object)
    """A ``Request`` of a second start."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        user = _user()
        self._address_file = folder / f"window-{user}.address"
        self._lock = ProcessLock(folder / f"window-{user}.lock")
        self._folder = folder
        self._server: QLocalServer | None = None

    def take(self, request: Request, patience: float = PATIENCE) -> bool | None:
        """Become the first window (true), or hand the request to the one there is (false).

        ``None``: another window has the folder and did not answer in ``patience`` seconds.
        """
        deadline = time.monotonic() + patience
        while True:
            if self._is_first():
                self._listen()
                return True
            if self._hand_over(request, deadline):
                return False
            if time.monotonic() > deadline:
                return None
            time.sleep(_PAUSE)

    def stop_listening(self) -> None:
        """The window ends: who starts now waits for that, and becomes the first."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None

    def release(self) -> None:
        """Let another window be the first."""
        self.stop_listening()
        with contextlib.suppress(OSError):
            self._address_file.unlink(missing_ok=True)
        self._lock.release()

    def _is_first(self) -> bool:
        """Whether this process holds the lock; so too where the folder takes no lock at all."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._lock.take()
        except OSError as error:  # the core says what is wrong with the folder
            log.info("the data folder takes no lock: %s", error)
            return True

    def _listen(self) -> None:
        """A failure is no reason to show no window: a second start then says what is wrong."""
        for address in _addresses(self._folder):
            QLocalServer.removeServer(address)
            server = QLocalServer(self)
            server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
            server.newConnection.connect(self._connected)
            if server.listen(address):
                self._server = server
                self._note_address(address)
                return
            log.info("no socket at %s: %s", address, server.errorString())
        log.warning("a second start cannot reach this window: no socket could be made")

    def _note_address(self, address: str) -> None:
        """In one go: who reads it meanwhile reads all of it or none."""
        new = self._address_file.with_suffix(".new")
        with contextlib.suppress(OSError):
            new.write_text(json.dumps({"address": address, "pid": os.getpid()}))
            new.replace(self._address_file)

    def _connected(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            _Caller(self._server.nextPendingConnection(), self)

    def _hand_over(self, request: Request, deadline: float) -> bool:
        try:
            first = json.loads(self._address_file.read_text())
            address, pid = str(first["address"]), int(first["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return False  # it is only just starting, or has ended
        _let_come_forward(pid)
        socket = QLocalSocket()
        socket.connectToServer(address)
        if not socket.waitForConnected(_MOMENT):
            return False
        socket.write(request.to_bytes())
        answer = b""
        # Asked once only: a window that is busy would else open the files more than once.
        while not answer.endswith(b"\n") and time.monotonic() < deadline:
            if not socket.waitForReadyRead(_MOMENT) and not _is_open(socket):
                break
            answer += socket.readAll().data()
        return answer == SHOWN


def _is_open(socket: QLocalSocket) -> bool:
    return socket.state() == QLocalSocket.LocalSocketState.ConnectedState


class _Caller(QObject):
    """One second start: its request is read, answered and told, or dropped."""

    def __init__(self, socket: QLocalSocket, first: OneWindow) -> None:
        super().__init__(first)
        socket.setParent(self)
        self._socket, self._first = socket, first
        self._line = b""
        self._heard = False
        socket.disconnected.connect(self.deleteLater)
        socket.readyRead.connect(self._read)
        self._limit = QTimer(self, singleShot=True, interval=_REQUEST)
        self._limit.timeout.connect(self._drop)
        self._limit.start()
        self._read()

    def _read(self) -> None:
        if self._heard:
            return
        self._line += self._socket.readAll().data()
        if not self._line.endswith(b"\n"):
            if len(self._line) > _MOST:
                self._drop()
            return
        request = Request.from_bytes(self._line)
        if request is None:
            self._drop()
            return
        self._heard = True
        self._socket.write(SHOWN)
        self._socket.disconnectFromServer()
        self._first.asked.emit(request)

    def _drop(self) -> None:
        self._heard = True
        self._socket.abort()
        self.deleteLater()


def _addresses(folder: Path) -> Iterator[str]:
    """Where to listen, best first: a pipe's name on Windows, else a file.

    In the user's own folder for such, in the data folder, or in the one for temporary files
    where the others are not there, take no sockets, or have too long a path.
    """
    name = f"wa-desktop-{hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]}"
    name = f"{name}-{_user()}"
    if sys.platform == "win32":
        yield name
        return
    for place in (os.environ.get("XDG_RUNTIME_DIR"), folder.absolute(), tempfile.gettempdir()):
        address = Path(place or folder) / f"{name}.socket"
        if place and address.parent.is_dir() and len(os.fsencode(address)) <= _LONGEST:
            yield str(address)


def _user() -> str:
    if sys.platform == "win32":
        return hashlib.sha256(os.environ.get("USERNAME", "").encode()).hexdigest()[:12]
    return str(os.getuid())


def _let_come_forward(pid: int) -> None:
    """Windows lets a program come to the front only if the one in front allows it."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - only there

        ctypes.windll.user32.AllowSetForegroundWindow(pid)
