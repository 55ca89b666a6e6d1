"""The message's side of a new campaign: a column, one text with fields, or a template."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.content import Content
from wa_desktop.messages.rendering import Unrenderable, shown_content
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.window.formats import fill, phone
from wa_desktop.window.new_campaign.form import MessageChoice, Source
from wa_desktop.window.parts.card import Card
from wa_desktop.window.parts.flow import FlowLayout
from wa_desktop.window.parts.still import StillComboBox

_FIELDS_SHOWN = 24


class MessagePanel(QWidget):
    """Emits ``changed`` at each edit; ``choice`` says what stands there."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: dict[Source, QRadioButton] = {}
        self._pages = QStackedWidget(self)
        self._source_pages: list[QWidget] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for source, name, page in (
            (Source.COLUMN, self.tr("A column with the text for each recipient"), self._column()),
            (Source.TEXT, self.tr("One text for all, with fields"), self._text()),
            (Source.TEMPLATE, self.tr("A template approved by WhatsApp"), self._template()),
        ):
            button = QRadioButton(name, self)
            button.toggled.connect(self._switch)
            self._sources[source] = button
            self._pages.addWidget(page)
            self._source_pages.append(page)
            layout.addWidget(button)
        layout.addWidget(self._pages)
        layout.addWidget(self._preview_card())
        layout.addStretch(1)
        self._sources[Source.TEXT].setChecked(True)

    def choose(self, source: Source) -> None:
        """Switch to a source."""
        self._sources[source].setChecked(True)

    def choice(self) -> MessageChoice:
        """What stands there."""
        lines = self.parameters.toPlainText().strip().splitlines()
        return MessageChoice(
            source=next(one for one, button in self._sources.items() if button.isChecked()),
            column=self.column.currentData(),
            text=self.text.toPlainText(),
            template_name=self.template_name.text().strip(),
            template_language=self.template_language.text().strip(),
            parameters=tuple(line.strip() for line in lines),
        )

    def is_untouched(self) -> bool:
        """Whether nothing that a person wrote stands there."""
        choice = self.choice()
        return not (choice.text or choice.template_name or choice.parameters)

    def show_columns(self, columns: tuple[str, ...], found: str | None, *, new_file: bool) -> None:
        """Offer these columns; for a new file, ``found`` is its message column if it has one."""
        kept = found if new_file else self.column.currentData()
        self.column.blockSignals(True)
        self.column.clear()
        for name in columns:
            self.column.addItem(name, name)
        self.column.setCurrentIndex(max(0, self.column.findData(kept)))
        self.column.blockSignals(False)
        self._sources[Source.COLUMN].setEnabled(bool(columns))
        for fields in (self._text_fields, self._template_fields):
            fields.show_fields(columns)
        if new_file and self.is_untouched():
            self.choose(Source.COLUMN if found else Source.TEXT)
        self.changed.emit()

    def show_first(self, first: tuple[RecipientRow, Content | Unrenderable] | None) -> None:
        """Show what the first recipient will get."""
        self._card.setVisible(first is not None)
        if first is None:
            return
        row, content = first
        self._to.setText(fill(self.tr("The first message, to %1:"), phone(row.phone)))
        if isinstance(content, Unrenderable):
            self.preview.setText(
                fill(self.tr("No value for: %1"), ", ".join(content.fields))
                if content.fields
                else self.tr("There is no text yet.")
            )
        else:
            self.preview.setText(shown_content(content))
        self.preview.setEnabled(not isinstance(content, Unrenderable))

    def _column(self) -> QWidget:
        self.column = StillComboBox(self)
        self.column.setAccessibleName(self.tr("Column with the messages"))
        self.column.currentIndexChanged.connect(self.changed)
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.column)
        layout.addStretch(1)
        return page

    def _text(self) -> QWidget:
        self.text = self._editor(self.tr("Text of the message"), 5)
        self.text.setPlaceholderText(self.tr("Hello {{name}}, …"))
        self._text_fields = FieldButtons(self.text, self)
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        layout.addWidget(self._text_fields)
        layout.addStretch(1)
        return page

    def _template(self) -> QWidget:
        self.template_name = QLineEdit(self)
        self.template_name.setAccessibleName(self.tr("Name of the template"))
        self.template_language = QLineEdit(QLocale().name().split("_")[0], self)
        self.template_language.setAccessibleName(self.tr("Language of the template"))
        for line in (self.template_name, self.template_language):
            line.setAcceptDrops(False)
            line.textChanged.connect(self.changed)
        self.parameters = self._editor(self.tr("Parameters of the template"), 4)
        self.parameters.setPlaceholderText(
            self.tr("One value a line, in the template's order, such as {{name}}")
        )
        self._template_fields = FieldButtons(self.parameters, self)
        page = QWidget(self)
        layout = QFormLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addRow(self.tr("Name:"), self.template_name)
        layout.addRow(self.tr("Language:"), self.template_language)
        layout.addRow(self.tr("Parameters:"), self.parameters)
        layout.addRow(self._template_fields)
        return page

    def _editor(self, name: str, lines: int) -> QPlainTextEdit:
        editor = QPlainTextEdit(self)
        editor.setAcceptDrops(False)  # a file dropped here is meant for the dialog
        editor.setTabChangesFocus(True)
        editor.setAccessibleName(name)
        editor.setMinimumHeight(self.fontMetrics().height() * lines)
        editor.setMaximumHeight(self.fontMetrics().height() * lines * 3 // 2)
        editor.textChanged.connect(self.changed)
        return editor

    def _preview_card(self) -> Card:
        self._card = Card(self)
        self._to = QLabel(self._card)
        self._to.setWordWrap(True)
        self.preview = QLabel(self._card)
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.preview.setWordWrap(True)
        self.preview.setAccessibleName(self.tr("Preview of the first message"))
        layout = QVBoxLayout(self._card)
        layout.addWidget(self._to)
        layout.addWidget(self.preview)
        self._card.hide()
        return self._card

    def _switch(self, on: bool) -> None:
        if on:
            chosen = [button.isChecked() for button in self._sources.values()].index(True)
            # Only the page that is seen has a say in the height.
            for place, page in enumerate(self._source_pages):
                policy = QSizePolicy.Policy.Preferred
                if place != chosen:
                    policy = QSizePolicy.Policy.Ignored
                page.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
            self._pages.setCurrentIndex(chosen)
            self.changed.emit()


class FieldButtons(QWidget):
    """A button for each column, which puts ``{{column}}`` where the cursor is."""

    def __init__(self, editor: QPlainTextEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._layout = FlowLayout(self, spacing=4)
        self.buttons: tuple[QToolButton, ...] = ()

    def show_fields(self, columns: tuple[str, ...]) -> None:
        """Offer these columns."""
        if columns[:_FIELDS_SHOWN] == tuple(one.text() for one in self.buttons):
            return
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self.buttons = tuple(self._button(name) for name in columns[:_FIELDS_SHOWN])
        self._layout.invalidate()
        self.updateGeometry()

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setToolTip(fill(self.tr("Put %1 into the text"), f"{{{{{name}}}}}"))
        button.clicked.connect(self._insert)
        self._layout.addWidget(button)
        button.show()
        return button

    def _insert(self) -> None:
        button = self.sender()
        if isinstance(button, QToolButton):
            self._editor.insertPlainText(f"{{{{{button.text()}}}}}")
            self._editor.setFocus()
