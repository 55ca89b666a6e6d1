"""The file's side of a new campaign: its first rows, the columns of numbers, and what is good."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window import words
from wa_desktop.window.formats import fill, number
from wa_desktop.window.new_campaign.files.country_box import CountryBox
from wa_desktop.window.new_campaign.files.findings import Findings
from wa_desktop.window.new_campaign.files.listed_files import FileList
from wa_desktop.window.new_campaign.files.proposals import Proposal
from wa_desktop.window.new_campaign.files.reading_panel import ReadingPanel
from wa_desktop.window.new_campaign.files.rows_model import RowsModel
from wa_desktop.window.parts.file_drop import shown_name
from wa_desktop.window.parts.still import StillComboBox
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.theme import scaled_font

_ROWS_SEEN = 4
_WIDEST = 36  # characters


class FilePanel(QWidget):
    """Shows one file of a list and emits new options for it when a person changes a choice."""

    options_changed = Signal(object)
    """``ReadOptions`` of the file that is shown."""
    file_wanted = Signal()
    turned = Signal(int)
    """Another file of the list shall be shown, by its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = ReadOptions()
        self._build_head()
        self._build_table()
        self._build_choices()
        self._build_counts()
        self.reading = ReadingPanel(self)
        self.reading.chosen.connect(self.options_changed)
        self.findings = Findings(self)
        self.findings.hidden_wanted.connect(self._include_hidden)
        self.findings.possible_wanted.connect(self._accept_possible)
        self.findings.country_wanted.connect(self.country.choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._head)
        layout.addWidget(self.progress)
        layout.addWidget(self.table)
        layout.addWidget(self.reading)
        layout.addLayout(self._choices)
        layout.addWidget(self.counts)
        layout.addWidget(self.findings)
        layout.addWidget(self.rejections)
        layout.addStretch(1)

    def show_files(self, files: FileList) -> None:
        """Turn to other files, of which nothing is known yet."""
        several = len(files) > 1
        name = shown_name(files.shown.path)
        self.file.setText(
            fill(self.tr("One list of %1 files"), number(len(files))) if several else name
        )
        self.file.setToolTip("\n".join(shown_name(one.path) for one in files))
        self.which.blockSignals(True)
        self.which.clear()
        for one in files:
            self.which.addItem(shown_name(one.path))
        self.which.setCurrentIndex(files.current)
        self.which.blockSignals(False)
        self.which.setVisible(several)
        self._forget()

    def show_shown(self, files: FileList) -> None:
        """Show the file of the list that is to be shown."""
        self.which.blockSignals(True)
        self.which.setCurrentIndex(files.current)
        self.which.blockSignals(False)
        self._forget()

    def _forget(self) -> None:
        self._show_sheets(())
        self.show_columns(())
        self.show_busy(0)

    def show_busy(self, rows: int) -> None:
        """The file is being read."""
        self.progress.show()
        self.counts.setText(
            fill(self.tr("Reading… %1 rows so far"), number(rows)) if rows else self.tr("Reading…")
        )
        self.rejections.hide()
        self.findings.hide()

    def show_fault(self, options: ReadOptions) -> None:
        """The file cannot be read as it is; the words stand elsewhere."""
        self._options = options
        self.progress.hide()
        self.table.hide()
        self.counts.setText("")
        self.rejections.hide()
        self.findings.hide()
        self.country.show_code(options.country)
        self.reading.show_options(options, None)

    def show_columns(self, columns: tuple[str, ...], chosen: int | None = None) -> None:
        """Offer these columns as that of the phone numbers."""
        self.phone.blockSignals(True)
        self.phone.clear()
        if chosen is None:
            self.phone.addItem(self.tr("Choose…") if columns else self.tr("Find it"), None)
        for name in columns:
            self.phone.addItem(name, name)
        if chosen is not None:
            self.phone.setCurrentIndex(chosen)
        self.phone.setEnabled(bool(columns))
        self.phone.blockSignals(False)
        self._choices.setRowVisible(self.second, False)

    def show_preview(
        self, preview: FilePreview, options: ReadOptions, proposal: Proposal | None
    ) -> None:
        """Show what was found with these options."""
        self._options = options
        self.progress.hide()
        self.rows.show_preview(preview)
        self.table.resizeColumnsToContents()  # of a few rows that stay as they are
        most = self.fontMetrics().averageCharWidth() * _WIDEST
        for column in range(len(preview.columns)):
            self.table.setColumnWidth(column, min(most, self.table.columnWidth(column)))
        self.table.show()
        self.table.fit_rows(2, _ROWS_SEEN)
        self.show_columns(preview.columns, preview.plan.phone)
        self._show_second(preview, options)
        self._show_sheets(preview.sheets, preview.sheet)
        self.country.show_code(options.country)
        self.reading.show_options(options, preview)
        self.counts.setText(self._counts(preview))
        self.findings.show_found(preview, options, proposal)
        self._show_rejections(preview)

    def _show_rejections(self, preview: FilePreview) -> None:
        lines = [
            fill(
                self.tr("Line %1: “%2” – %3"), row.line, row.phone_text, words.rejection(row.reason)
            )
            for row in preview.rejections
        ]
        if preview.rejected > len(lines):
            lines.append(fill(self.tr("… and %1 more"), number(preview.rejected - len(lines))))
        self.rejections.setPlainText("\n".join(lines))
        self.rejections.setVisible(bool(lines))

    def _counts(self, preview: FilePreview) -> str:
        return " · ".join(
            (
                self.tr("%Ln good", "rows", preview.good),
                self.tr("%Ln duplicate(s)", "rows", preview.duplicates),
                self.tr("%Ln bad", "rows", preview.rejected),
            )
        )

    def _show_second(self, preview: FilePreview, options: ReadOptions) -> None:
        """Offer the other columns that hold numbers for rows where the first is empty."""
        counted = dict(preview.phone_columns)
        offered = [
            (fill("%1 (%2)", name, number(counted[name])) if name in counted else name, name)
            for name in preview.columns
            if name in counted or name == options.second_phone
        ]
        others = ", ".join(told for told, _ in offered)
        self.second.blockSignals(True)
        self.second.clear()
        self.second.addItem(fill(self.tr("None. Numbers are also in: %1"), others), None)
        for told, option in offered:
            self.second.addItem(told, option)
        self.second.setCurrentIndex(max(0, self.second.findData(options.second_phone)))
        self.second.blockSignals(False)
        self._choices.setRowVisible(self.second, bool(offered))

    def _choose_phone(self) -> None:
        self._choose(replace(self._options, phone=self.phone.currentData(), second_phone=None))

    def _choose_second(self) -> None:
        chosen = self._options.phone or self.phone.currentData()
        self._choose(replace(self._options, phone=chosen, second_phone=self.second.currentData()))

    def _choose_country(self) -> None:
        self._choose(replace(self._options, country=self.country.currentData()))

    def _choose_sheet(self) -> None:
        self._choose(
            replace(
                self._options,
                sheet=self.sheet.currentData(),
                phone=None,
                second_phone=None,
                header=None,
                header_row=None,
            )
        )

    def _include_hidden(self, on: bool) -> None:
        self._choose(replace(self._options, hidden_rows=on))

    def _accept_possible(self, on: bool) -> None:
        self._choose(replace(self._options, possible_numbers=on))

    def _choose(self, options: ReadOptions) -> None:
        self._options = options
        self.options_changed.emit(options)

    def _show_sheets(self, sheets: tuple[str, ...], chosen: str | None = None) -> None:
        self.sheet.blockSignals(True)
        self.sheet.clear()
        for name in sheets:
            self.sheet.addItem(name, name)
        self.sheet.setCurrentIndex(max(0, self.sheet.findData(chosen)))
        self.sheet.blockSignals(False)
        several = len(sheets) > 1
        self._choices.setRowVisible(self.sheet, several)

    def _build_head(self) -> None:
        self.file = QLabel(self)
        self.file.setFont(scaled_font(self, 1.1, bold=True))
        self.file.setWordWrap(True)
        self.choose = QPushButton(self.tr("Another file…"), self)
        self.choose.clicked.connect(self.file_wanted)
        self.which = StillComboBox(self)
        self.which.setAccessibleName(self.tr("File of the list that is shown"))
        self.which.currentIndexChanged.connect(self.turned)
        self._head = QHBoxLayout()
        self._head.addWidget(self.file, 1)
        self._head.addWidget(self.which)
        self._head.addWidget(self.choose)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)

    def _build_table(self) -> None:
        self.rows = RowsModel(self)
        self.table = Table(self.tr("First rows of the file"), self)
        self.table.setModel(self.rows)
        self.table.horizontalHeader().setDefaultSectionSize(
            self.fontMetrics().averageCharWidth() * 20
        )
        self.table.hide()

    def _build_choices(self) -> None:
        self.phone = StillComboBox(self)
        self.phone.setAccessibleName(self.tr("Column with the phone numbers"))
        self.phone.currentIndexChanged.connect(self._choose_phone)
        self.second = StillComboBox(self)
        second = self.tr("Column that supplies the number where the first is empty")
        self.second.setAccessibleName(second)
        self.second.setToolTip(second)
        self.second.currentIndexChanged.connect(self._choose_second)
        self.country = CountryBox(self)
        about = self.tr("Country of numbers without a country code")
        self.country.setAccessibleName(about)
        self.country.setToolTip(about)
        self.country.currentIndexChanged.connect(self._choose_country)
        self.sheet = StillComboBox(self)
        self.sheet.setAccessibleName(self.tr("Sheet"))
        self.sheet.currentIndexChanged.connect(self._choose_sheet)
        self._choices = QFormLayout()
        self._choices.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for combo in (self.phone, self.second, self.country, self.sheet):
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(18)
        self._choices.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._choices.addRow(self.tr("Sheet:"), self.sheet)
        self._choices.addRow(self.tr("Phone column:"), self.phone)
        self._choices.addRow(self.tr("Second column:"), self.second)
        self._choices.addRow(self.tr("Default country:"), self.country)
        self._choices.setRowVisible(self.sheet, False)
        self._choices.setRowVisible(self.second, False)

    def _build_counts(self) -> None:
        self.counts = QLabel(self)
        self.counts.setFont(scaled_font(self, 1.1, bold=True))
        self.counts.setWordWrap(True)
        self.rejections = QPlainTextEdit(self)
        self.rejections.setReadOnly(True)
        self.rejections.setAcceptDrops(False)  # a file dropped here is meant for the dialog
        self.rejections.setAccessibleName(self.tr("Rows that cannot be used"))
        self.rejections.setMaximumHeight(self.fontMetrics().height() * 4)
        self.rejections.hide()
