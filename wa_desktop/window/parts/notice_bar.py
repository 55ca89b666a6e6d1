"""Notices at the top of the window: the way to the user where there is no tray, and beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from wa_desktop.window.parts.card import Card
from wa_desktop.window.theme import Tone

MOST_SHOWN = 4
PASSING = 10_000
"""Milliseconds that a notice of no weight stays."""


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """What a notice offers to do."""

    text: str
    act: Callable[[], None]


class NoticeRow(Card):
    """One notice with its action, if any, and a way to dismiss it."""

    dismissed = Signal()

    def __init__(self, text: str, tone: Tone, action: NoticeAction | None, parent: QWidget) -> None:
        super().__init__(parent, tone)
        self.text = text
        words = QLabel(text, self)
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(words, 1)
        if action is not None:
            button = QToolButton(self)
            button.setText(action.text)
            button.clicked.connect(action.act)
            layout.addWidget(button)
        close = QToolButton(self)
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName(self.tr("Dismiss"))
        close.setToolTip(self.tr("Dismiss"))
        close.clicked.connect(self.dismiss)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(text)

    def dismiss(self) -> None:
        """Go away."""
        self.hide()
        self.setParent(None)
        self.dismissed.emit()
        self.deleteLater()


class NoticeBar(QWidget):
    """Shows the newest notices, each text once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 0)
        self._layout.setSpacing(6)
        self.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_notice(
        self,
        text: str,
        tone: Tone = Tone.BUSY,
        action: NoticeAction | None = None,
        *,
        passing: bool = False,
    ) -> None:
        """Show a notice on top; one with the same text that still stands is replaced."""
        for row in self.rows():
            if row.text == text:
                row.dismiss()
        row = NoticeRow(text, tone, action, self)
        row.dismissed.connect(self._judge)
        self._layout.insertWidget(0, row)
        self.show()
        for old in self.rows()[MOST_SHOWN:]:
            old.dismiss()
        if passing:
            QTimer.singleShot(PASSING, row, row.dismiss)

    def _judge(self) -> None:
        self.setVisible(bool(self.rows()))

    def rows(self) -> list[NoticeRow]:
        """The notices that stand, newest first."""
        found = (self._layout.itemAt(place) for place in range(self._layout.count()))
        widgets = (item.widget() for item in found if item is not None)
        return [one for one in widgets if isinstance(one, NoticeRow)]
