"""The settings of the window itself: its language."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

_OWN_NAMES = {"en": "English", "ru": "Русский"}


class SettingsMenu(QMenu):
    """Tells which language was chosen; ``None`` is the system's."""

    language_chosen = Signal(object)

    def __init__(self, language: str | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.languages = self.addMenu(self.tr("Language (from the next start on)"))
        group = QActionGroup(self)
        for code, name in ((None, self.tr("System")), *_OWN_NAMES.items()):
            action = self.languages.addAction(name)
            action.setCheckable(True)
            action.setChecked(code == language)
            action.triggered.connect(lambda _=False, chosen=code: self.language_chosen.emit(chosen))
            group.addAction(action)
