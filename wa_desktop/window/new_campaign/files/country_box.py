"""A field for a country: its name in the window's language is typed, or a code, and found."""

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from wa_desktop.window.formats import fill
from wa_desktop.window.new_campaign.files.country_names import (
    Country,
    countries,
    find_country,
)

_SEARCHED = int(Qt.ItemDataRole.UserRole) + 1


class CountryBox(QComboBox):
    """``currentData`` is the ISO code of a country, ``None`` for none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._countries = countries(language())
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItem(self.tr("None"), None)
        for place, country in enumerate(self._countries, start=1):
            self.addItem(shown_country(country), country.code)
            searched = f"{country.name} +{country.calling_code} {country.code}"
            self.setItemData(place, searched, _SEARCHED)
        completer = _Completer(self)
        self.setCompleter(completer)
        edit = self.lineEdit()
        assert edit is not None
        edit.setAcceptDrops(False)  # a file dropped here is meant for the dialog
        edit.setPlaceholderText(self.tr("Type a country's name"))
        edit.editingFinished.connect(self._settle)

    def choose(self, code: str | None) -> None:
        """Choose a country by its ISO code."""
        self.setCurrentIndex(max(0, self.findData(code)))

    def show_code(self, code: str | None) -> None:
        """Show a country that is chosen already; emits nothing."""
        self.blockSignals(True)
        self.choose(code)
        self.blockSignals(False)

    def _settle(self) -> None:
        """Turn what was typed into a country, or back into the country that was chosen."""
        typed = self.currentText().strip()
        if typed == self.itemText(self.currentIndex()):
            return
        found = find_country(typed, language()) if typed else None
        if typed and found is None:
            self.setEditText(self.itemText(self.currentIndex()))
            return
        place = self.findData(found.code) if found is not None else 0
        self.setEditText(self.itemText(place))
        self.setCurrentIndex(place)


class _Completer(QCompleter):
    """Finds a country by any part of its name or by its codes."""

    def __init__(self, box: CountryBox) -> None:
        super().__init__(box.model(), box)
        self.setCompletionRole(_SEARCHED)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """The words that the field shows, not those that are searched."""
        return str(index.data(Qt.ItemDataRole.DisplayRole))


def language() -> str:
    """The language of the screen, such as ``ru``."""
    return QLocale().name().partition("_")[0]


def country_name(code: str) -> str:
    """``Germany (+49)`` for an ISO code."""
    found = next((one for one in countries(language()) if one.code == code), None)
    return code if found is None else shown_country(found)


def shown_country(country: Country) -> str:
    """``Germany (+49)``."""
    return fill("%1 (+%2)", country.name, country.calling_code)
