"""What was found in a file beside good rows, each with the switch or button that changes it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.recipients.found_rows import LeftOutReason
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import PhoneFault
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.formats import fill, number
from wa_desktop.window.new_campaign.files.country_box import country_name
from wa_desktop.window.new_campaign.files.proposals import Proposal
from wa_desktop.window.parts.card import Card
from wa_desktop.window.theme import Tone

_LINES_NAMED = 5


class Findings(QWidget):
    """Hidden unless there is something to say."""

    hidden_wanted = Signal(bool)
    possible_wanted = Signal(bool)
    country_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._country: str | None = None
        self.card = Card(self, Tone.WARN)
        self._lines = QVBoxLayout(self.card)
        self._lines.setContentsMargins(12, 8, 12, 8)
        self._lines.setSpacing(8)
        self.without_country = self._label()
        self.use_country = QPushButton(self)
        self.use_country.setAutoDefault(False)
        self.use_country.clicked.connect(self._use_country)
        self._row(self.without_country, self.use_country)
        self.hidden = self._label()
        self.include_hidden = QCheckBox(self.tr("Include hidden rows and columns"), self)
        self.include_hidden.toggled.connect(self.hidden_wanted)
        self._row(self.hidden, self.include_hidden)
        self.possible = self._label()
        self.accept_possible = QCheckBox(self.tr("Accept these numbers"), self)
        self.accept_possible.toggled.connect(self.possible_wanted)
        self._row(self.possible, self.accept_possible)
        self.undecodable = self._label()
        self.several_numbers = self._label()
        for label in (self.undecodable, self.several_numbers):
            self._lines.addWidget(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        self.hide()

    def show_found(
        self, preview: FilePreview, options: ReadOptions, proposal: Proposal | None
    ) -> None:
        """Say what a file holds that was read with these options."""
        shown = (
            self._show_country(proposal, options),
            self._show_hidden(preview, options),
            self._show_possible(preview, options),
            _put(self.undecodable, self._undecodable(preview)),
            _put(self.several_numbers, self._several(preview)),
        )
        self.setVisible(any(shown))

    def _show_country(self, proposal: Proposal | None, options: ReadOptions) -> bool:
        self._country = None if proposal is None else proposal.code
        self.use_country.setVisible(self._country is not None)
        if self._country is not None:
            self.use_country.setText(fill(self.tr("Use %1"), country_name(self._country)))
        told = "" if proposal is None else self._country_words(proposal, options)
        return _put(self.without_country, told)

    def _country_words(self, proposal: Proposal, options: ReadOptions) -> str:
        if proposal.instead and options.country is not None:
            told = self.tr("These look like numbers of another country than %1.")
            return fill(told, country_name(options.country))
        told = (
            self.tr("%Ln row(s) are bad only because no country is chosen.", "", proposal.rows)
            if proposal.exact
            else self.tr("Many rows are bad only because no country is chosen.")
        )
        if proposal.code is None:
            choose = self.tr("They fit several countries: choose theirs as the default country.")
            return f"{told} {choose}"
        return told

    def _show_hidden(self, preview: FilePreview, options: ReadOptions) -> bool:
        told = []
        if count := preview.left_out.get(LeftOutReason.HIDDEN, 0):
            told.append(self.tr("%Ln hidden row(s) are left out.", "", count))
        if preview.hidden_columns:
            columns = ", ".join(preview.hidden_columns)
            told.append(fill(self.tr("Hidden columns are left out: %1."), columns))
        if options.hidden_rows:
            told = [self.tr("Hidden rows and columns are included.")]
        _check(self.include_hidden, options.hidden_rows)
        self.include_hidden.setVisible(bool(told))
        return _put(self.hidden, " ".join(told))

    def _show_possible(self, preview: FilePreview, options: ReadOptions) -> bool:
        reasons = [row.reason for row in preview.rejections]
        count = reasons.count(PhoneFault.NOT_IN_PLAN)
        told = ""
        if options.possible_numbers:
            told = self.tr("Numbers are accepted that their country's plan does not contain.")
        elif count and len(reasons) == preview.rejected:
            told = self.tr("%Ln number(s) are not in their country's plan.", "", count)
        elif count:
            told = self.tr("Many numbers are not in their country's plan.")
        _check(self.accept_possible, options.possible_numbers)
        self.accept_possible.setVisible(bool(told))
        return _put(self.possible, told)

    def _undecodable(self, preview: FilePreview) -> str:
        count = preview.left_out.get(LeftOutReason.UNDECODABLE, 0)
        if not count:
            return ""
        lines = preview.left_out_lines.get(LeftOutReason.UNDECODABLE, ())[:_LINES_NAMED]
        more = "" if count <= len(lines) else " …"
        told = self.tr("%Ln row(s) are left out: they hold characters that are not %1.", "", count)
        where = fill(
            self.tr("Lines: %1. Correct them in the file, or choose another encoding."),
            ", ".join(map(number, lines)) + more,
        )
        return f"{fill(told, (preview.encoding or '').upper())} {where}"

    def _several(self, preview: FilePreview) -> str:
        if not preview.more_numbers:
            return ""
        return self.tr(
            "%Ln cell(s) hold several numbers: the first mobile number of each is used.",
            "",
            preview.more_numbers,
        )

    def _use_country(self) -> None:
        if self._country is not None:
            self.country_wanted.emit(self._country)

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        return label

    def _row(self, label: QLabel, control: QWidget) -> None:
        row = QHBoxLayout()
        row.addWidget(label, 1)
        row.addWidget(control)
        self._lines.addLayout(row)


def _put(label: QLabel, text: str) -> bool:
    label.setText(text)
    label.setVisible(bool(text))
    return bool(text)


def _check(box: QCheckBox, on: bool) -> None:
    box.blockSignals(True)
    box.setChecked(on)
    box.blockSignals(False)
