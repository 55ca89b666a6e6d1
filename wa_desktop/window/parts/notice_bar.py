"""Notices at the foot of the window: the way to the user where there is no tray, and beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from wa_desktop.window.parts.card import Card
from wa_desktop.window.parts.focus import hand_over_focus
from wa_desktop.window.theme import Tone

MOST_SHOWN = 4
PASSING = 10_000
"""Milliseconds that a notice of no weight stays."""
_LOOK_AGAIN = 1_000
_MARGIN = 8


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
        hand_over_focus(self, self.window())
        self.hide()
        self.setParent(None)
        self.dismissed.emit()
        self.deleteLater()


class NoticeBar(QWidget):
    """Shows the newest notices, each text once, over the foot of its parent.

    It moves nothing: one notice of a line fills the place that a page keeps free for it, more
    rise over the page until they go. One that stands keeps its place when another comes.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._left = 0
        # Never read from the layout: PySide keeps each item that it was asked for as long as
        # the layout lives, and takes the next one at its place in memory for it. That crashes.
        self._rows: list[NoticeRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(_MARGIN, 0, _MARGIN, _MARGIN)
        self._layout.setSpacing(_MARGIN)
        self.hide()
        parent.installEventFilter(self)

    def place_beside(self, left: int) -> int:
        """Leave so much of the width alone; returns the height to keep free at the foot."""
        self._left = left
        self._place()
        one = NoticeRow(" ", Tone.QUIET, NoticeAction(" ", lambda: None), self)
        height = one.sizeHint().height() + _MARGIN
        one.deleteLater()
        return height

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._ground and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        answer = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return answer

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
        row.dismissed.connect(lambda: self._forget(row))
        self._rows.insert(0, row)
        self._layout.insertWidget(0, row)
        row.show()
        for old in self.rows()[MOST_SHOWN:]:
            old.dismiss()
        self._judge()
        if passing:
            QTimer.singleShot(PASSING, row, lambda: self._pass(row))

    def _pass(self, row: NoticeRow) -> None:
        """Let it go, but not from under the mouse, nor any other that would move."""
        if self.underMouse():
            QTimer.singleShot(_LOOK_AGAIN, row, lambda: self._pass(row))
        else:
            row.dismiss()

    def _forget(self, row: NoticeRow) -> None:
        if row in self._rows:
            self._rows.remove(row)
        self._judge()

    def _judge(self) -> None:
        self.setVisible(bool(self._rows))
        self._place()

    def _place(self) -> None:
        foot, width = self._ground.height(), self._ground.width() - self._left
        height = min(self._layout.totalHeightForWidth(width), foot)
        self.setGeometry(self._left, foot - height, width, height)
        self.raise_()

    def rows(self) -> list[NoticeRow]:
        """The notices that stand, newest first."""
        return list(self._rows)
