"""The file's side of a new campaign: its first rows, the phone column, and what is good."""

from pathlib import Path

import phonenumbers
from PySide6.QtCore import QLocale, Signal
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
from wa_desktop.window.new_campaign.rows_model import RowsModel
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.theme import scaled_font

_ROWS_SEEN = 6


class FilePanel(QWidget):
    """Shows a preview and asks for another one when a choice changes."""

    options_changed = Signal()
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._build_head()
        self._build_table()
        self._build_choices()
        self._build_counts()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._head)
        layout.addWidget(self.progress)
        layout.addWidget(self.table)
        layout.addLayout(self._choices)
        layout.addWidget(self.counts)
        layout.addWidget(self.rejections)
        layout.addStretch(1)

    def options(self) -> ReadOptions:
        """How the file shall be read."""
        return ReadOptions(
            phone=self.phone.currentData(),
            country=self.country.currentData(),
            sheet=self.sheet.currentData() if not self.sheet.isHidden() else None,
        )

    def show_file(self, path: Path) -> None:
        """Turn to another file, nothing of which is known yet."""
        self.file.setText(path.name)
        self.file.setToolTip(str(path))
        for combo in (self.phone, self.sheet):
            combo.clear()
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

    def show_fault(self) -> None:
        """The file cannot be read as it is; the words stand elsewhere."""
        self.progress.hide()
        self.table.hide()
        self.counts.setText("")
        self.rejections.hide()

    def show_columns(self, columns: tuple[str, ...], chosen: int | None = None) -> None:
        """Offer these columns as that of the phone numbers."""
        self.phone.blockSignals(True)
        self.phone.clear()
        if chosen is None:
            self.phone.addItem(self.tr("Choose…") if columns else self.tr("Find it"), None)
        for place, name in enumerate(columns):
            self.phone.addItem(name, str(place + 1) if name.isdecimal() else name)
        if chosen is not None:
            self.phone.setCurrentIndex(chosen)
        self.phone.setEnabled(bool(columns))
        self.phone.blockSignals(False)

    def show_preview(self, preview: FilePreview) -> None:
        """Show what was found."""
        self.progress.hide()
        self.rows.show_preview(preview)
        self.table.show()
        self.table.fit_rows(2, _ROWS_SEEN)
        self.show_columns(preview.columns, preview.plan.phone)
        self._show_sheets(preview.sheets, preview.sheet)
        self.counts.setText(self._counts(preview))
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
        self._head = QHBoxLayout()
        self._head.addWidget(self.file, 1)
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
        self.phone = QComboBox(self)
        self.phone.setAccessibleName(self.tr("Column with the phone numbers"))
        self.phone.currentIndexChanged.connect(self.options_changed)
        self.country = QComboBox(self)
        about = self.tr("Country of numbers without a country code")
        self.country.setAccessibleName(about)
        self.country.setToolTip(about)
        self.country.addItem(self.tr("None"), None)
        for code in sorted(phonenumbers.SUPPORTED_REGIONS):
            self.country.addItem(_country_name(code), code)
        self.country.currentIndexChanged.connect(self.options_changed)
        self.sheet = QComboBox(self)
        self.sheet.setAccessibleName(self.tr("Sheet"))
        self.sheet.currentIndexChanged.connect(self.options_changed)
        self._choices = QFormLayout()
        self._choices.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for combo in (self.phone, self.country, self.sheet):
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(18)
        self._choices.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._choices.addRow(self.tr("Sheet:"), self.sheet)
        self._choices.addRow(self.tr("Phone column:"), self.phone)
        self._choices.addRow(self.tr("Default country:"), self.country)
        self._choices.setRowVisible(self.sheet, False)

    def _build_counts(self) -> None:
        self.counts = QLabel(self)
        self.counts.setFont(scaled_font(self, 1.1, bold=True))
        self.counts.setWordWrap(True)
        self.rejections = QPlainTextEdit(self)
        self.rejections.setReadOnly(True)
        self.rejections.setAcceptDrops(False)  # a file dropped here is meant for the dialog
        self.rejections.setAccessibleName(self.tr("Rows that cannot be used"))
        self.rejections.setMaximumHeight(self.fontMetrics().height() * 6)
        self.rejections.hide()


def _country_name(code: str) -> str:
    """The code with the calling code and the country's own name for itself."""
    name = QLocale(f"und_{code}").nativeTerritoryName()
    calling = phonenumbers.country_code_for_region(code)
    return f"{code}  +{calling}  {name}".rstrip()
