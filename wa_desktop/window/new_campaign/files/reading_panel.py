"""How a file is read: encoding, header row, quotation marks, numbers; changed on demand."""

from dataclasses import replace

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.recipients.options import Quoting, ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.formats import fill, number
from wa_desktop.window.new_campaign.files.region_choices import region_choices
from wa_desktop.window.parts.still import StillComboBox, StillSpinBox

_ENCODINGS = (
    ("utf-8", QT_TRANSLATE_NOOP("Encoding", "all scripts")),
    ("utf-16", QT_TRANSLATE_NOOP("Encoding", "all scripts")),
    ("windows-1251", QT_TRANSLATE_NOOP("Encoding", "Cyrillic")),
    ("koi8-r", QT_TRANSLATE_NOOP("Encoding", "Cyrillic")),
    ("cp866", QT_TRANSLATE_NOOP("Encoding", "Cyrillic, MS-DOS")),
    ("windows-1252", QT_TRANSLATE_NOOP("Encoding", "Western European")),
    ("windows-1250", QT_TRANSLATE_NOOP("Encoding", "Central European")),
    ("windows-1257", QT_TRANSLATE_NOOP("Encoding", "Baltic")),
    ("windows-1253", QT_TRANSLATE_NOOP("Encoding", "Greek")),
    ("windows-1254", QT_TRANSLATE_NOOP("Encoding", "Turkish")),
    ("windows-1255", QT_TRANSLATE_NOOP("Encoding", "Hebrew")),
    ("windows-1256", QT_TRANSLATE_NOOP("Encoding", "Arabic")),
    ("gb18030", QT_TRANSLATE_NOOP("Encoding", "Chinese")),
    ("big5", QT_TRANSLATE_NOOP("Encoding", "Chinese, traditional")),
    ("shift_jis", QT_TRANSLATE_NOOP("Encoding", "Japanese")),
    ("euc-kr", QT_TRANSLATE_NOOP("Encoding", "Korean")),
)
_LAST_HEADER = 1_000


class ReadingPanel(QWidget):
    """Emits ``chosen`` with new options when a person changes one."""

    chosen = Signal(object)
    """``ReadOptions``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._options = ReadOptions()
        self.head = QToolButton(self)
        self.head.setCheckable(True)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.toggled.connect(self._unfold)
        self._body = QWidget(self)
        self._build_choices()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.head)
        layout.addWidget(self._body)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._unfold(on=False)
        self.hide()

    def show_options(self, options: ReadOptions, preview: FilePreview | None) -> None:
        """Show how a file was read, or is to be read where that failed."""
        self._options = options
        is_text = preview is None or preview.encoding is not None
        for widget in (self.encoding, self.plain_quotes):
            self._form.setRowVisible(widget, is_text)
        is_workbook = preview is not None and preview.sheet is not None
        self._form.setRowVisible(self.region, is_workbook)
        with _Silent(self.encoding, self.header_row, self.plain_quotes, self.region):
            self.region.setCurrentIndex(max(0, self.region.findData(options.region)))
            self.encoding.setCurrentIndex(max(0, self.encoding.findData(options.encoding)))
            self.plain_quotes.setChecked(options.quoting is Quoting.NONE)
            self.header_row.setValue(_header_row(options, preview))
        self.head.setText(self._said(options, preview))
        self.show()

    def _said(self, options: ReadOptions, preview: FilePreview | None) -> str:
        if preview is None:
            return self.tr("How the file is read")
        said = []
        if preview.encoding is not None:
            said.append(fill(self.tr("Encoding %1"), preview.encoding.upper()))
        if preview.header_row is not None:
            said.append(fill(self.tr("header in row %1"), number(preview.header_row)))
        else:
            said.append(self.tr("no header"))
        if options.quoting is Quoting.NONE:
            said.append(self.tr("quotation marks as plain characters"))
        text = " · ".join(said)
        return text[:1].upper() + text[1:]

    def _build_choices(self) -> None:
        self.encoding = StillComboBox(self)
        self.encoding.setAccessibleName(self.tr("Encoding"))
        self.encoding.addItem(self.tr("Find it"), None)
        for name, scripts in _ENCODINGS:
            said = QCoreApplication.translate("Encoding", str(scripts))
            self.encoding.addItem(f"{name.upper()} – {said}", name)
        self.encoding.currentIndexChanged.connect(self._choose_encoding)
        self.header_row = StillSpinBox(self)
        self.header_row.setAccessibleName(self.tr("Row with the names of the columns"))
        self.header_row.setRange(0, _LAST_HEADER)
        self.header_row.setSpecialValueText(self.tr("No header"))
        self.header_row.setKeyboardTracking(False)
        self.header_row.valueChanged.connect(self._choose_header)
        self.plain_quotes = QCheckBox(self.tr("Read quotation marks as plain characters"), self)
        self.plain_quotes.toggled.connect(self._choose_quotes)
        self.region = StillComboBox(self)
        self.region.setAccessibleName(self.tr("How numbers and dates are shown"))
        for sample, tag in region_choices():
            self.region.addItem(sample, tag)
        self.region.currentIndexChanged.connect(self._choose_region)
        self._form = QFormLayout(self._body)
        self._form.setContentsMargins(self.fontMetrics().height(), 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(self.tr("Header in row:"), self.header_row)
        self._form.addRow(self.tr("Encoding:"), self.encoding)
        self._form.addRow(self.plain_quotes)
        self._form.addRow(self.tr("Numbers and dates:"), self.region)

    def _choose_encoding(self) -> None:
        self._choose(replace(self._options, encoding=self.encoding.currentData()))

    def _choose_header(self, row: int) -> None:
        self._choose(replace(self._options, header=None if row else False, header_row=row or None))

    def _choose_quotes(self, on: bool) -> None:
        self._choose(replace(self._options, quoting=Quoting.NONE if on else Quoting.STANDARD))

    def _choose_region(self) -> None:
        self._options = replace(self._options, region=self.region.currentData())
        self.chosen.emit(self._options)

    def _choose(self, options: ReadOptions) -> None:
        # The names of the columns may be others now.
        self._options = replace(options, phone=None, second_phone=None)
        self.chosen.emit(self._options)

    def _unfold(self, on: bool) -> None:
        self.head.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._body.setVisible(on)


class _Silent:
    """Widgets that emit nothing inside the ``with`` block."""

    def __init__(self, *widgets: QWidget) -> None:
        self._widgets = widgets

    def __enter__(self) -> None:
        for widget in self._widgets:
            widget.blockSignals(True)

    def __exit__(self, *_: object) -> None:
        for widget in self._widgets:
            widget.blockSignals(False)


def _header_row(options: ReadOptions, preview: FilePreview | None) -> int:
    if preview is not None:
        return preview.header_row or 0
    return 0 if options.header is False else options.header_row or 1
