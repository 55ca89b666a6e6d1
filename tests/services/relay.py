"""A relay on loopback between a program and a server, which can be pointed at another one."""

import select
import socket
import threading
from contextlib import suppress
from typing import Self


class Relay:
    """Carries connections to ``target``, a port; ``point_at`` cuts those that are open."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._ended = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._listener.close()
        self.cut()
        self._thread.join(5)

    def url(self, database: str = "postgres") -> str:
        """The address of a PostgreSQL behind it."""
        return f"postgresql://wa@127.0.0.1:{self.port}/{database}"

    def point_at(self, target: int) -> None:
        """From now on connections go to that port."""
        self._target = target
        self.cut()

    def cut(self) -> None:
        """End all connections."""
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._ended:
            if not select.select([self._listener], [], [], 0.1)[0]:
                continue
            with suppress(OSError):
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near:
            try:
                far = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                return
            with far:
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._open |= {near, far}
                try:
                    _carry(near, far)
                finally:
                    with self._lock:
                        self._open -= {near, far}


def _carry(near: socket.socket, far: socket.socket) -> None:
    far.settimeout(None)
    with suppress(OSError):
        while True:
            for one in select.select([near, far], [], [])[0]:
                data = one.recv(65_536)
                if not data:
                    return
                (far if one is near else near).sendall(data)
