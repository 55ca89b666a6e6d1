"""Questions before what cannot be undone; asked with ``open()``, never with ``exec()``."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget


@dataclass(frozen=True, slots=True)
class Answer:
    """A button of a question and what it does; ``danger`` buttons are never the default."""

    text: str
    act: Callable[[], None]
    danger: bool = False


class Question(QMessageBox):
    """A question with its own buttons and a way back, which is what Escape does."""

    def __init__(
        self, title: str, text: str, answers: tuple[Answer, ...], back: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setIcon(QMessageBox.Icon.Question)
        self.setText(title)
        self.setInformativeText(text)
        self._acts: dict[QAbstractButton, Callable[[], None]] = {}
        for answer in answers:
            role = (
                QMessageBox.ButtonRole.DestructiveRole
                if answer.danger
                else QMessageBox.ButtonRole.AcceptRole
            )
            self._acts[self.addButton(answer.text, role)] = answer.act
        self.back = self.addButton(back, QMessageBox.ButtonRole.RejectRole)
        self.setEscapeButton(self.back)
        self.setDefaultButton(self.back)
        self.buttonClicked.connect(self._answered)

    def button_named(self, text: str) -> QAbstractButton:
        """The button with that text; ``StopIteration`` when there is none."""
        return next(one for one in self.buttons() if one.text() == text)

    def _answered(self, button: QAbstractButton) -> None:
        act = self._acts.get(button)
        if act is not None:
            act()
