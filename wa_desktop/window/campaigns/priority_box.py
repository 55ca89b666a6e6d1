"""The priority of a campaign, changed in place at any time."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from wa_desktop.contracts.service import PRIORITY_RANGE
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ENDED


class _Spin(QSpinBox):
    """Turned by the wheel only once it was chosen: else scrolling the page would change it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class PriorityBox(QWidget):
    """Tells a new priority once it is entered; what is being typed is left alone."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = 0
        self.spin = _Spin(self)
        self.spin.setRange(PRIORITY_RANGE.start, PRIORITY_RANGE.stop - 1)
        self.spin.setAccessibleName(self.tr("Priority"))
        self.spin.setToolTip(
            self.tr("Of an account's campaigns the one with the higher number goes first.")
        )
        self.spin.setKeyboardTracking(False)
        self.spin.valueChanged.connect(self._entered)
        label = QLabel(self.tr("Priority:"), self)
        label.setBuddy(self.spin)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.spin)
        self.show_contract(None)

    def show_contract(self, contract: Contract | None) -> None:
        """Show a campaign's priority."""
        self.setVisible(contract is not None and contract.state not in ENDED)
        if contract is None or (contract.priority == self._shown and self.spin.hasFocus()):
            return
        self._shown = contract.priority
        self.spin.blockSignals(True)
        self.spin.setValue(contract.priority)
        self.spin.blockSignals(False)

    def _entered(self, value: int) -> None:
        if value != self._shown:
            self._shown = value
            self.chosen.emit(value)
