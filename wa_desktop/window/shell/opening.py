"""What stands in the window while the core opens, ends, or could not be opened."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.window.theme import app_icon, scaled_font


class OpeningPage(QWidget):
    """Cheap to build: it is what the first paint shows."""

    retry_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        side = self.fontMetrics().height() * 4
        picture = QLabel(self)
        picture.setPixmap(app_icon().pixmap(side, side))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = QLabel(self)
        self.title.setFont(scaled_font(self, 1.4, bold=True))
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.busy = QProgressBar(self)
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setMaximumWidth(side * 4)
        self.retry = QPushButton(self.tr("Try again"), self)
        self.retry.clicked.connect(self.retry_wanted)
        self.leave = QPushButton(self.tr("Quit"), self)
        self.leave.clicked.connect(self.quit_wanted)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.retry)
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        for widget in (picture, self.title, self.words):
            layout.addWidget(widget)
        layout.addWidget(self.busy, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(buttons)
        layout.addStretch(3)
        self.show_opening()

    def show_opening(self) -> None:
        """The core is being opened."""
        self._show(self.tr("Opening…"), "", busy=True)

    def show_waiting(self, text: str) -> None:
        """The core waits for something, and for what; it can be left."""
        self._show(self.tr("Waiting for the database…"), text, busy=True)
        self.leave.show()

    def show_trouble(self, text: str) -> None:
        """The core could not be opened, and why."""
        self._show(self.tr("wa-desktop could not open its data"), text, busy=False)

    def show_finishing(self) -> None:
        """The core is being stopped."""
        self._show(
            self.tr("Finishing…"),
            self.tr("Messages on their way are waited for. This takes at most 10 seconds."),
            busy=True,
        )

    def _show(self, title: str, text: str, *, busy: bool) -> None:
        self.title.setText(title)
        self.words.setText(text)
        self.busy.setVisible(busy)
        self.retry.setVisible(not busy)
        self.leave.setVisible(not busy)
