"""The one road of errors to the user: whatever nobody caught, on any thread, told once.

Hooks only take note and post; the words come on the GUI thread. An error of the
environment (``WaDesktopError``) is said as it is; anything else is a fault of this program,
with its details to copy.
"""

import logging
import sys
import threading
import traceback
from collections import deque
from dataclasses import dataclass
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

from wa_desktop.errors import WaDesktopError

log = logging.getLogger(__name__)
_NOTED = QEvent.Type(QEvent.registerEventType())
_KEPT = 200
"""Failures remembered for telling a repeated one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """``known``: the text is meant for the user. ``details`` is what a report needs."""

    text: str
    details: str
    known: bool


class Failures(QObject):
    """Collects failures and tells each once."""

    reported = Signal(object)
    """A ``Failure``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._new: deque[Failure] = deque()
        self._told: deque[str] = deque(maxlen=_KEPT)
        self._hooks = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        """Take over the hooks of uncaught errors."""
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_thread

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._hooks

    def report(self, error: BaseException) -> None:
        """Take note of an error; on any thread."""
        failure = _failure(error)
        key = f"{type(error).__name__}{failure.text}{_place(error)}"
        with self._lock:
            if key in self._told:
                return
            self._told.append(key)
            self._new.append(failure)
        if failure.known:
            log.warning("%s", failure.text)
        else:
            log.error("a fault of this program:\n%s", failure.details)
        QCoreApplication.postEvent(self, QEvent(_NOTED))

    def forgive(self) -> None:
        """Tell a failure again that was told before: its cause had ended."""
        with self._lock:
            self._told.clear()

    def customEvent(self, _event: QEvent) -> None:
        """Tell what was noted."""
        while self._new:
            self.reported.emit(self._new.popleft())

    def _on_uncaught(
        self,
        _kind: type[BaseException],
        error: BaseException,
        _trace: TracebackType | None,
    ) -> None:
        self.report(error)

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)


def _failure(error: BaseException) -> Failure:
    details = "".join(traceback.format_exception(error))
    known = isinstance(error, WaDesktopError)
    text = str(error) if known else f"{type(error).__name__}: {error}"
    return Failure(text, details, known)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
