"""A field for a country: its name in the window's language is typed, or a code, and found."""

import phonenumbers
from PySide6.QtCore import QLocale, QStringListModel, Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QWidget

from wa_desktop.recipients.phones import Country, countries, matching
from wa_desktop.window.formats import fill
from wa_desktop.window.parts.still import StillComboBox

_MOST_SHOWN = 12


class CountryBox(StillComboBox):
    """``currentData`` is the ISO code of a country, ``None`` for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItem(self.tr("None"), None)
        for country in countries(language()):
            self.addItem(_shown(country), country.code)
        self._offered = QStringListModel(self)
        completer = QCompleter(self._offered, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(_MOST_SHOWN)
        self.setCompleter(completer)
        completer.activated.connect(self._choose_shown)
        edit = self.lineEdit()
        assert edit is not None
        edit.setAcceptDrops(False)  # a file dropped here is meant for the dialog
        edit.textEdited.connect(self._offer)
        edit.editingFinished.connect(self._settle)

    def choose(self, code: str | None) -> None:
        """Choose a country by its ISO code."""
        self.setCurrentIndex(max(0, self.findData(code)))

    def show_code(self, code: str | None) -> None:
        """Show a country that is chosen already; emits nothing."""
        self.blockSignals(True)
        self.choose(code)
        self.blockSignals(False)

    def _offer(self, typed: str) -> None:
        """Before the list of the completer opens."""
        self._offered.setStringList([_shown(one) for one in matching(typed, language())])

    def _choose_shown(self, text: str) -> None:
        place = self.findText(text, Qt.MatchFlag.MatchExactly)
        if place >= 0:
            self.setEditText(text)
            self.setCurrentIndex(place)

    def _settle(self) -> None:
        """Turn what was typed into a country, or back into the country that was chosen."""
        typed = self.currentText().strip()
        if typed == self.itemText(self.currentIndex()):
            return
        place = self.findText(typed, Qt.MatchFlag.MatchFixedString) if typed else 0
        if place < 0:
            found = meant(typed)
            place = self.currentIndex() if found is None else self.findData(found.code)
        self.setEditText(self.itemText(place))
        self.setCurrentIndex(place)


def meant(typed: str) -> Country | None:
    """The one country that a person can mean by a name, its beginning or a code."""
    found = matching(typed, language())
    wanted = typed.strip().casefold().removeprefix("+")
    for one in found:
        if wanted in (one.code.casefold(), one.name.casefold()):
            return one
    if wanted.isdecimal():
        found = tuple(one for one in found if one.calling_code == wanted)
        main = phonenumbers.region_code_for_country_code(int(wanted[:4]))
        return next((one for one in found if one.code == main), None)
    return found[0] if len(found) == 1 else None


def country_name(code: str) -> str:
    """``Germany (+49)`` for an ISO code."""
    return next((_shown(one) for one in countries(language()) if one.code == code), code)


def language() -> str:
    """The language of the screen, such as ``ru``."""
    return QLocale().name().partition("_")[0]


def _shown(country: Country) -> str:
    return fill("%1 (+%2)", country.name, country.calling_code)
