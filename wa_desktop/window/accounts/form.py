"""A new account: the sandbox, or a phone number of the WhatsApp Cloud API."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.contracts.accounts import MAX_CONCURRENCY
from wa_desktop.errors import InvalidInput
from wa_desktop.ledger.records import (
    DEFAULT_RATE,
    Account,
    AccountKind,
    AccountSecrets,
    RateLimit,
)
from wa_desktop.window import words
from wa_desktop.window.background import Lane
from wa_desktop.window.parts.card import Card
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring

_MINUTE_MS = 60_000
_MOST_A_MINUTE = 60_000


class AccountForm(QDialog):
    """Opened with ``open()``; stays open with the words of what is wrong until it is right."""

    added = Signal(str)
    """The new account's id."""

    def __init__(self, wiring: Wiring, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("New account"))
        self._wiring = wiring
        self._build()
        self._show_kind()

    def account(self) -> Account:
        """What is filled in; an empty id is chosen by the core."""
        kind = AccountKind(self.kind.currentData())
        cloud = kind is AccountKind.CLOUD_API
        return Account(
            id="",
            name=self.name.text().strip(),
            kind=kind,
            phone_number_id=(self.phone_number_id.text().strip() or None) if cloud else None,
            waba_id=(self.waba_id.text().strip() or None) if cloud else None,
            rate_limit=RateLimit(self.rate.value(), _MINUTE_MS),
            concurrency=self.concurrency.value(),
        )

    def save(self) -> None:
        """Add the account; closes once it is stored."""
        account = self.account()
        token = self.token.text().strip() or None
        given = AccountSecrets(
            access_token=token if account.kind is AccountKind.CLOUD_API else None
        )
        accounts = self._wiring.services.accounts
        self._save_button.setEnabled(False)
        self._wiring.background.run(
            self, lambda: accounts.add(account, given), self._stored, self._refused, lane=Lane.SAVE
        )

    def _build(self) -> None:
        self.kind = QComboBox(self)
        for kind in AccountKind:
            self.kind.addItem(words.account_kind(kind), kind)
        self.kind.setAccessibleName(self.tr("Kind of account"))
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.name = self._line(self.tr("Name"))
        self.phone_number_id = self._line(self.tr("Phone number ID"))
        self.waba_id = self._line(self.tr("Business account ID (optional)"))
        self.token = self._line(self.tr("Access token"))
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.rate = self._spin(self.tr("Messages a minute"), DEFAULT_RATE.max, _MOST_A_MINUTE)
        self.concurrency = self._spin(self.tr("Messages sent at once"), 1, MAX_CONCURRENCY)
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(self.tr("Kind:"), self.kind)
        for field in (
            self.name,
            self.phone_number_id,
            self.waba_id,
            self.token,
            self.rate,
            self.concurrency,
        ):
            self._form.addRow(f"{field.accessibleName()}:", field)
        self.trouble = Card(self, Tone.BAD)
        self.trouble_words = QLabel(self.trouble)
        self.trouble_words.setWordWrap(True)
        QVBoxLayout(self.trouble).addWidget(self.trouble_words)
        self.trouble.hide()
        buttons = QDialogButtonBox(self)
        self._save_button = buttons.addButton(
            self.tr("Add account"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        self._arrange(buttons)

    def _arrange(self, buttons: QDialogButtonBox) -> None:
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.addWidget(self.trouble)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        unit = self.fontMetrics().averageCharWidth()
        room = self.screen().availableGeometry()
        height = 24 * self.fontMetrics().height()
        self.resize(min(90 * unit, room.width() - 40), min(height, room.height() - 60))

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAcceptDrops(False)
        line.setAccessibleName(name)
        return line

    def _spin(self, name: str, value: int, most: int) -> QSpinBox:
        spin = QSpinBox(self)
        spin.setRange(1, most)
        spin.setGroupSeparatorShown(True)
        spin.setValue(value)
        spin.setAccessibleName(name)
        return spin

    def _show_kind(self) -> None:
        cloud = self.kind.currentData() == AccountKind.CLOUD_API
        for field in (self.phone_number_id, self.waba_id, self.token):
            self._form.setRowVisible(field, cloud)

    def _stored(self, account: Account) -> None:
        self.added.emit(account.id)
        self.accept()

    def _refused(self, error: BaseException) -> None:
        self._save_button.setEnabled(True)
        if not isinstance(error, InvalidInput):
            self._wiring.background.report(error)
            return
        named = {
            "name": self.tr("Give the account a name of at most 200 characters."),
            "phoneNumberId": self.tr(
                "The phone number ID is the number that WhatsApp Manager shows: digits only."
            ),
            "accessToken": self.tr("An access token is needed to send through the Cloud API."),
            "rateLimit": self.tr("At most 1,000 messages a second are possible."),
        }
        found = dict.fromkeys(
            named.get(one.at, f"{one.at}: {translated(one.reason)}.") for one in error.problems
        )
        self.trouble_words.setText(" ".join(found) or translated(str(error)))
        self.trouble.show()
