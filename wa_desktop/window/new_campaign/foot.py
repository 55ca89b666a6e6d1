"""The foot of a new campaign: what is missing, how far the import is, and the buttons."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from wa_desktop.window.formats import fill, number


class Foot(QWidget):
    """Shows what the dialog says; emits which button was pressed."""

    cancel_wanted = Signal()
    create_wanted = Signal()
    start_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName(self.tr("Recipients added"))
        self.progress.hide()
        self.create_button = QPushButton(self.tr("Create"), self)
        self.create_button.setAutoDefault(False)
        self.create_button.setToolTip(self.tr("Makes a draft that can be started later"))
        self.create_button.clicked.connect(self.create_wanted)
        self.start_button = QPushButton(self.tr("Create and start"), self)
        self.start_button.clicked.connect(self.start_wanted)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.cancel_wanted)
        row = QHBoxLayout()
        row.addWidget(self.hint, 1)
        row.addWidget(cancel)
        row.addWidget(self.create_button)
        row.addWidget(self.start_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.progress)
        layout.addLayout(row)

    def show_ready(self, ready: bool, *, scheduled: bool) -> None:
        """Turn the buttons on or off."""
        self.create_button.setEnabled(ready)
        self.start_button.setEnabled(ready)
        self.start_button.setText(
            self.tr("Create and schedule") if scheduled else self.tr("Create and start")
        )

    def begin_progress(self, total: int) -> None:
        """The import of so many rows begins."""
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(0)
        self.progress.show()

    def show_progress(self, rows: int) -> None:
        """So many rows are in."""
        self.progress.setValue(min(rows, self.progress.maximum()))
        self.hint.setText(fill(self.tr("Adding recipients: %1"), number(rows)))
