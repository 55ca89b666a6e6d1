"""The window away in the tray: it comes back by itself when the desktop's tray goes.

A panel that restarts, or a desktop that drops its tray, would else leave a program that runs
and cannot be seen.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from wa_desktop.window.shell.main_window import MainWindow

EVERY = 2_000
"""Milliseconds between looks at the tray while the window is hidden."""
MISSES = 2
"""Looks in vain before the window comes back: a panel that restarts is gone for a moment."""


class Away(QObject):
    """``in_tray`` puts the icon into the tray and says whether there is one."""

    returned = Signal()
    """The tray went, so the window came back."""

    def __init__(self, window: MainWindow, in_tray: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._in_tray = window, in_tray
        self._missed = 0
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.look)

    def go(self) -> None:
        """Take the window away: into the tray, or onto the task bar where there is no tray."""
        if not self._in_tray():
            self._window.showMinimized()
            return
        self._missed = 0
        self._window.hide()
        self._timer.start()

    def look(self) -> None:
        """See that a hidden window can still be reached."""
        if self._window.isVisible():
            self._timer.stop()
            return
        self._missed = 0 if self._in_tray() else self._missed + 1
        if self._missed >= MISSES:
            self._timer.stop()
            self._window.come_forward()
            self.returned.emit()
