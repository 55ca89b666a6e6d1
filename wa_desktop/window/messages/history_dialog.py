"""One message: what it says, the fields of its recipient, and what happened to it so far."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.content import Content
from wa_desktop.errors import NotFound
from wa_desktop.ledger.messages import MessageHistory
from wa_desktop.ledger.records import Contract, LoggedEvent
from wa_desktop.messages.rendering import Unrenderable, compose, shown_content
from wa_desktop.window import words
from wa_desktop.window.formats import clock_time, fill, phone
from wa_desktop.window.messages.event_words import event_kind
from wa_desktop.window.parts.card import Badge
from wa_desktop.window.parts.record_model import Column, RecordModel
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import scaled_font
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the history; ``place`` tells it from one that says the same."""

    place: int
    event: LoggedEvent


class HistoryDialog(QDialog):
    """Follows its message while it is open."""

    def __init__(self, wiring: Wiring, contract: Contract, message_id: int, page: QWidget) -> None:
        super().__init__(page)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Message"))
        self._wiring = wiring
        self._contract = contract
        self._message_id = message_id
        self.events = RecordModel[_Line](self._event_columns(), lambda one: one.place, self)
        self.fields = RecordModel[tuple[str, str]](self._field_columns(), lambda one: one[0], self)
        self.refresher = Refresher[MessageHistory](
            wiring.background, self._plan, self._show, self, self._failed
        )
        self._build()
        self.refresher.watch(True)
        wiring.bridge.contracts_changed.connect(self._changed)

    def done(self, result: int) -> None:
        """Closed: nothing is read behind it."""
        self.refresher.watch(False)
        super().done(result)

    def _event_columns(self) -> tuple[Column[_Line], ...]:
        return (
            Column(self.tr("Time"), lambda one: clock_time(one.event.at)),
            Column(self.tr("Event"), lambda one: event_kind(one.event.kind)),
            Column(
                self.tr("Reason"),
                lambda one: words.message_note(one.event.code, one.event.text, one.event.subcode),
            ),
        )

    def _field_columns(self) -> tuple[Column[tuple[str, str]], ...]:
        return (
            Column(self.tr("Field"), lambda one: one[0]),
            Column(self.tr("Value"), lambda one: one[1]),
        )

    def _build(self) -> None:
        self.phone = QLabel("…", self)
        self.phone.setFont(scaled_font(self, 1.3, bold=True))
        self.phone.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state = Badge(self)
        self.facts = QLabel(self)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Text of the message"))
        self.text.setFixedHeight(self.fontMetrics().height() * 6)
        self.fields_table = Table(self.tr("Fields"), self)
        self.fields_table.setModel(self.fields)
        self.fields_table.set_widths((20, 30), stretched=1)
        self.fields_table.hide()
        self.events_table = Table(self.tr("History"), self)
        self.events_table.setModel(self.events)
        self.events_table.set_widths((20, 18, 30), stretched=2)
        head = QHBoxLayout()
        head.addWidget(self.phone, 1)
        head.addWidget(self.state)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        for widget in (self.facts, self.text, self.fields_table):
            layout.addWidget(widget)
        layout.addWidget(self.events_table, 1)
        layout.addWidget(buttons)
        room = self.screen().availableGeometry()
        unit, line = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(min(110 * unit, room.width() - 40), min(34 * line, room.height() - 60))

    def _plan(self) -> Callable[[], MessageHistory]:
        messages, chosen = self._wiring.services.ledger.messages, self._message_id
        return lambda: messages.history(chosen)

    def _show(self, found: MessageHistory) -> None:
        message = found.message
        self.phone.setText(phone(message.phone))
        self.state.show_state(words.message_state(message.state), words.message_tone(message.state))
        parts = [fill(self.tr("Attempts: %1"), message.attempts)]
        if message.provider_id is not None:
            parts.append(fill(self.tr("WhatsApp's id: %1"), message.provider_id))
        self.facts.setText(" · ".join(parts))
        text = self._text(found)
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
        self.fields.set_records(tuple(found.own.variables.items()))
        self.fields_table.fit_rows(1, 4)
        self.fields_table.setVisible(bool(found.own.variables))
        self.events.set_records([_Line(place, one) for place, one in enumerate(found.events)])

    def _text(self, found: MessageHistory) -> str:
        contract, own = self._contract, found.own
        content: Content | Unrenderable = compose(
            contract.message, contract.template, own.body, own.variables
        )
        if isinstance(content, Unrenderable):
            return translated(content.reason)
        return shown_content(content)

    def _changed(self, ids: frozenset[str]) -> None:
        if self._contract.id in ids and self.isVisible():
            self.refresher.ask()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, NotFound):
            self.reject()
        else:
            self._wiring.background.report(error)
