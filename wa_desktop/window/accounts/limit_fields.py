"""Fields for limits that have two parts: so many in a time."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from wa_desktop.contracts.accounts import MAX_COOL_DOWN, MAX_DAYS, MAX_RATE
from wa_desktop.ledger.records import DEFAULT_RATE, CoolDown, RateLimit
from wa_desktop.window.formats import fill, number

_SECOND_MS, _MINUTE_MS, _HOUR_MS = 1_000, 60_000, 3_600_000


class RateField(QWidget):
    """So many messages in a second, a minute or an hour; or no limit."""

    edited = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.amount = QSpinBox(self)
        self.amount.setRange(1, MAX_RATE * _HOUR_MS // _SECOND_MS)
        self.amount.setGroupSeparatorShown(True)
        self.amount.setAccessibleName(name)
        self.unit = QComboBox(self)
        self.unit.setAccessibleName(self.tr("Time of the limit"))
        self.unit.addItem(self.tr("a second"), _SECOND_MS)
        self.unit.addItem(self.tr("a minute"), _MINUTE_MS)
        self.unit.addItem(self.tr("an hour"), _HOUR_MS)
        self.unit.addItem(self.tr("No limit"), None)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.amount, 1)
        row.addWidget(self.unit, 1)
        self.setFocusProxy(self.amount)
        self.show_limit(DEFAULT_RATE)
        self.amount.valueChanged.connect(lambda _: self.edited.emit())
        self.unit.currentIndexChanged.connect(self._unit_chosen)

    def show_limit(self, limit: RateLimit | None) -> None:
        """Show a limit exactly as it is."""
        duration = limit.duration_ms if limit is not None else None
        place = self.unit.findData(duration)
        if place < 0:
            place = self.unit.count() - 1
            self.unit.insertItem(place, fill(self.tr("in %1 ms"), number(duration or 0)), duration)
        self.unit.setCurrentIndex(place)
        if limit is not None:
            self.amount.setMaximum(max(limit.max, self.amount.maximum()))
            self.amount.setValue(limit.max)
        self.amount.setVisible(limit is not None)

    def limit(self) -> RateLimit | None:
        """What is chosen."""
        duration = self.unit.currentData()
        return None if duration is None else RateLimit(self.amount.value(), duration)

    def _unit_chosen(self) -> None:
        self.amount.setVisible(self.unit.currentData() is not None)
        self.edited.emit()


class CoolDownField(QWidget):
    """At most so many messages to one recipient in some days; or no limit."""

    edited = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.most = QSpinBox(self)
        self.most.setRange(0, MAX_COOL_DOWN)
        self.most.setSpecialValueText(self.tr("No limit"))
        self.most.setAccessibleName(name)
        self.days = QSpinBox(self)
        self.days.setRange(1, MAX_DAYS)
        self.days.setValue(7)
        self.days.setAccessibleName(self.tr("Days"))
        self._between = QLabel(self.tr("in"), self)
        self._behind = QLabel(self.tr("days"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.most, 1)
        row.addWidget(self._between)
        row.addWidget(self.days, 1)
        row.addWidget(self._behind)
        self.setFocusProxy(self.most)
        self._judge()
        self.most.valueChanged.connect(self._changed)
        self.days.valueChanged.connect(self._changed)

    def show_limit(self, limit: CoolDown | None) -> None:
        """Show a limit."""
        if limit is not None:
            self.days.setValue(limit.days)
        self.most.setValue(limit.most if limit is not None else 0)

    def limit(self) -> CoolDown | None:
        """What is chosen."""
        most = self.most.value()
        return CoolDown(most, self.days.value()) if most else None

    def _changed(self) -> None:
        self._judge()
        self.edited.emit()

    def _judge(self) -> None:
        for part in (self._between, self.days, self._behind):
            part.setVisible(self.most.value() > 0)
