"""SIGINT and SIGTERM in a Qt program: a wake-up descriptor that Qt's loop watches."""

import contextlib
import os
import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal

_WATCHED = (signal.SIGINT, signal.SIGTERM)


class StopSignals(QObject):
    """The first signal asks for an orderly end, the second ends the process at once."""

    came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seen = 0
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._before_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._before = {one: signal.signal(one, _nothing) for one in _WATCHED}

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        for one, handler in self._before.items():
            signal.signal(one, handler)
        signal.set_wakeup_fd(self._before_fd)
        self._reader.close()
        self._writer.close()

    def _read(self) -> None:
        numbers = b""
        with contextlib.suppress(BlockingIOError):
            numbers = self._reader.recv(64)
        for number in numbers:
            if number not in _WATCHED:
                continue
            self._seen += 1
            if self._seen > 1:
                os._exit(128 + number)
            self.came.emit()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Keeps Python from its own handling; the descriptor says all."""
