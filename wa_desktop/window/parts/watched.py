"""A page that keeps itself fresh while it can be seen, and is still when it cannot."""

from typing import Any

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from wa_desktop.window.refresher import Refresher


class WatchedPage(QWidget):
    """Turns its refreshers on when shown and off when hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watched: list[Refresher[Any]] = []

    def watched_by(self, refresher: Refresher[Any]) -> None:
        """Let a refresher follow whether the page is seen."""
        self._watched.append(refresher)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for one in self._watched:
            one.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        for one in self._watched:
            one.watch(False)
