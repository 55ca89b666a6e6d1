"""A sentence on a coloured card with the buttons that answer it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from wa_desktop.window.parts.card import Card
from wa_desktop.window.parts.focus import hand_over_focus
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.theme import Tone


class ActionCard(Card):
    """Shown again and again with the newest words; a button under the mouse stays the same."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions: tuple[NoticeAction, ...] = ()
        self.buttons: list[QPushButton] = []
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 8, 6)
        self._row.addWidget(self._words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def text(self) -> str:
        """The words that are shown; blank when the card is away."""
        return "" if self.isHidden() else self._words.text()

    def show_words(self, text: str, tone: Tone, actions: Sequence[NoticeAction] = ()) -> None:
        """Show these; blank words take the card away."""
        self._words.setText(text)
        self.setAccessibleName(text)
        self.set_tone(tone)
        renewed = [one.text for one in actions] != [one.text for one in self._actions]
        if renewed or not text:
            hand_over_focus(self, self.parentWidget() or self)
        if renewed:
            self._renew_buttons(actions)
        self._actions = tuple(actions)
        self.setVisible(bool(text))

    def button(self, text: str) -> QPushButton:
        """The button with that text; ``StopIteration`` when there is none."""
        return next(one for one in self.buttons if one.text() == text)

    def _renew_buttons(self, actions: Sequence[NoticeAction]) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for place, action in enumerate(actions):
            button = QPushButton(action.text, self)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, chosen=place: self._act(chosen))
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self.buttons.append(button)

    def _act(self, place: int) -> None:
        self._actions[place].act()
