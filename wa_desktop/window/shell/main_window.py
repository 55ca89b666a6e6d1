"""The window's frame: what is opened, and notices at its foot; takes drops and closing."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.file_drop import accept_files, dropped_files
from wa_desktop.window.parts.notice_bar import NoticeBar
from wa_desktop.window.shell.opening import OpeningPage
from wa_desktop.window.theme import Tone


class MainWindow(QMainWindow):
    """Knows no core: it can be painted before anything is read."""

    first_painted = Signal()
    files_dropped = Signal(object)
    """A tuple of ``Path``."""
    close_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("wa-desktop")
        self.setAcceptDrops(True)
        self._painted = False
        self._may_close = False
        self.elsewhere = ActionCard(self)
        self.unconfirmed = ActionCard(self)
        self.opening = OpeningPage(self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.opening)
        self._rooms: QWidget | None = None
        central = QWidget(self)
        self.notices = NoticeBar(central)
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for card in (self.elsewhere, self.unconfirmed):
            card.setContentsMargins(8, 8, 8, 0)
            layout.addWidget(card)
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(central)
        self._set_size()

    def show_rooms(self, rooms: QWidget) -> None:
        """The core is there: show what it is for."""
        self._rooms = rooms
        self._stack.addWidget(rooms)
        self._stack.setCurrentWidget(rooms)

    def show_opening_page(self) -> None:
        """Back to the page of opening and ending."""
        self._stack.setCurrentWidget(self.opening)

    def let_close(self) -> None:
        """Close without asking again."""
        self._may_close = True
        self.close()

    def come_forward(self) -> None:
        """Show the window, wherever it was."""
        # Not showNormal: a window that was maximised is to be so again.
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def event(self, event: QEvent) -> bool:
        answer = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.first_painted.emit)
        return answer

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_wanted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_files(event)

    def dropEvent(self, event: QDropEvent) -> None:
        dropped = dropped_files(event)
        if dropped.refusal:
            self.notices.show_notice(dropped.refusal, Tone.WARN)
        if dropped.paths:
            self.files_dropped.emit(dropped.paths)

    def _set_size(self) -> None:
        room = self.screen().availableGeometry()
        unit, height = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(min(190 * unit, room.width()), min(46 * height, room.height()))
