"""The choice of a time zone: by its name, its city, its country or its usual name, typed."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    QTimeZone,
    Signal,
)
from PySide6.QtGui import QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QSizePolicy, QWidget

from wa_desktop.errors import InvalidInput
from wa_desktop.hours.local_time import zone_named
from wa_desktop.hours.zones import zone_names

_SEARCHED = Qt.ItemDataRole.UserRole
_AT_A_TIME = 25
"""Zones that get their words between two looks at the screen: all of them take some 100 ms."""


class ZoneBox(QComboBox):
    """Keeps the last zone that exists while another one is being typed."""

    zone_changed = Signal()

    def __init__(self, zone: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._zone = zone
        names = zone_names() if zone in zone_names() else (*zone_names(), zone)
        self._by_name = {name.casefold(): name for name in names}
        self.addItems(names)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._found = _FoundZones(names, self)
        self.setCompleter(_ZoneCompleter(self._found, self))
        self.setCurrentText(zone)
        self._select(zone)
        self.editTextChanged.connect(self._typed)
        field = self.lineEdit()
        assert field is not None
        field.setPlaceholderText(self.tr("Type a city or a country"))
        field.editingFinished.connect(self._finished)

    @property
    def zone(self) -> str:
        """The zone that is chosen; one that is only half typed is none yet."""
        return self._zone

    @property
    def all_named(self) -> bool:
        """Whether each zone can be found by its country and usual name by now."""
        return self._found.all_named

    @property
    def is_known(self) -> bool:
        """Whether what stands in the field is a zone."""
        return self._known(self.currentText()) is not None

    def name_zones(self) -> None:
        """Let the zones be found by country and usual name, too; takes a moment, in slices."""
        self._found.name()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling past the field must not change when a campaign starts."""
        event.ignore()

    def _known(self, text: str) -> str | None:
        text = text.strip()
        listed = self._by_name.get(text.casefold().replace(" ", "_"))
        if listed is not None:
            return listed
        try:
            zone_named(text)
        except InvalidInput:
            return None
        return text

    def _typed(self, text: str) -> None:
        found = self._known(text)
        if found is not None:
            self._zone = found
            self._select(found)
        self.zone_changed.emit()

    def _select(self, zone: str) -> None:
        """Where the arrow keys and the list go on from."""
        place = self.findText(zone)
        if place >= 0 and place != self.currentIndex():
            self.setCurrentIndex(place)

    def _finished(self) -> None:
        """What is no zone goes; what is one is written as it is called."""
        if self.currentText() != self._zone:
            self.setCurrentText(self._zone)


class _FoundZones(QStandardItemModel):
    """The zones with the words that they are found by; apart from the field's own list, whose
    changes would be written into the field."""

    def __init__(self, names: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        for name in names:
            self.appendRow(_item(name))
        self._named = 0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._name_some)

    @property
    def all_named(self) -> bool:
        """Whether each zone can be found by all of its words."""
        return self._named == self.rowCount()

    def name(self) -> None:
        """Add usual names and countries, slice by slice."""
        if not self.all_named:
            self._timer.start()

    def _name_some(self) -> None:
        for row in range(self._named, min(self._named + _AT_A_TIME, self.rowCount())):
            item = self.item(row)
            item.setData(f"{item.text()} {_also_called(item.text())}", _SEARCHED)
            self._named = row + 1
        if self.all_named:
            self._timer.stop()


class _ZoneCompleter(QCompleter):
    """Finds a zone by any part of what it is called, and fills in its own name."""

    def __init__(self, zones: QStandardItemModel, parent: QWidget) -> None:
        super().__init__(zones, parent)
        self.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompletionRole(_SEARCHED)
        self.setMaxVisibleItems(10)

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole))


def _item(name: str) -> QStandardItem:
    item = QStandardItem(name)
    item.setData(f"{name} {name.replace('_', ' ')}", _SEARCHED)
    return item


def _also_called(name: str) -> str:
    """City with blanks, the zone's usual name in the screen's language, its country."""
    zone = QTimeZone(name.encode())
    usual = zone.displayName(QTimeZone.TimeType.GenericTime, QTimeZone.NameType.LongName, QLocale())
    country = QLocale.territoryToString(zone.territory())
    own = QLocale(QLocale.Language.AnyLanguage, zone.territory()).nativeTerritoryName()
    return " ".join((name.replace("_", " "), usual, country, own))
