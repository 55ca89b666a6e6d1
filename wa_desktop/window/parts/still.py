"""Fields that a turn of the mouse wheel does not change: it is meant for the page around them."""

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox


class StillComboBox(QComboBox):
    """A list to choose from; scrolling over it scrolls the page."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class StillSpinBox(QSpinBox):
    """A number; scrolling over it scrolls the page."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
