"""Reads a file's preview in a child process, one at a time; the newest question wins."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.recipients.reading import PreviewReading
from wa_desktop.window.background import Background, Lane, Task

_LOOK_EVERY = 200  # milliseconds


class _Attempt:
    """One reading, shared by the pool thread that waits for it and the GUI that may end it."""

    def __init__(self) -> None:
        self.rows = 0
        self._lock = threading.Lock()
        self._reading: PreviewReading | None = None
        self._cancelled = False

    def read(self, path: Path, options: ReadOptions) -> FilePreview:
        """On a pool thread. Raises as ``PreviewReading``."""
        with PreviewReading(path, options) as reading:
            with self._lock:
                self._reading = reading
                if self._cancelled:
                    reading.cancel()
            try:
                return reading.result(self._note)
            finally:
                with self._lock:
                    self._reading = None

    def cancel(self) -> None:
        """End the child, now or as soon as it is there."""
        with self._lock:
            self._cancelled = True
            if self._reading is not None:
                self._reading.cancel()

    def _note(self, rows: int) -> None:
        self.rows = rows


class PreviewReader(QObject):
    """Signals come on the GUI thread."""

    ready = Signal(object)
    """A ``FilePreview``."""
    failed = Signal(object)
    """An exception."""
    progressed = Signal(object)
    """Rows read so far."""

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._attempt: _Attempt | None = None
        self._task: Task | None = None
        self._timer = QTimer(self, interval=_LOOK_EVERY)
        self._timer.timeout.connect(self._look)

    def read(self, path: Path, options: ReadOptions) -> None:
        """Begin; a reading under way is ended."""
        self.stop()
        attempt = self._attempt = _Attempt()
        self._task = self._background.run(
            self, lambda: attempt.read(path, options), self._done, self._fail, lane=Lane.FILES
        )
        self._timer.start()

    def stop(self) -> None:
        """End the reading under way, if any."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        self._attempt = self._task = None

    def _look(self) -> None:
        if self._attempt is not None:
            self.progressed.emit(self._attempt.rows)

    def _done(self, preview: FilePreview) -> None:
        self._ended()
        self.ready.emit(preview)

    def _fail(self, error: BaseException) -> None:
        self._ended()
        self.failed.emit(error)

    def _ended(self) -> None:
        self._timer.stop()
        self._attempt = self._task = None
