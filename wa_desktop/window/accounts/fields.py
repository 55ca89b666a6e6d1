"""The fields of an account. The stored token is never shown: an empty field leaves it."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from wa_desktop.contracts.accounts import MAX_CONCURRENCY, MAX_DAILY, token_needed
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets
from wa_desktop.window import words
from wa_desktop.window.accounts.limit_fields import CoolDownField, RateField

_BLANK = Account(id="", name="", kind=AccountKind.CLOUD_API)


class AccountFields(QWidget):
    """Of a new account (``account`` is ``None``), or of one that is edited."""

    edited = Signal()

    def __init__(self, account: Account | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._before = account or _BLANK
        self._is_new = account is None
        self._build()
        self._show()
        self._connect()

    @property
    def kind(self) -> AccountKind:
        """What sends for the account."""
        return AccountKind(self.kind_box.currentData())

    def account(self) -> Account:
        """The account as it is typed; the core chooses the id of a new one."""
        before = self._before
        name = self.name.text().strip()
        typed = replace(
            before,
            # The sandbox shows its name in the language of the screen.
            name=before.name if name == words.account_name(before) else name,
            kind=self.kind,
            rate_limit=self.rate.limit(),
            concurrency=self.concurrency.value(),
            daily_limit=self.daily.value() or None,
            portfolio_id=self.portfolio.text().strip() or None,
            cool_down=self.cool_down.limit(),
        )
        if self.kind is AccountKind.SANDBOX:
            share = self.failures.value() / 100
            kept = round(before.sandbox.failure_share * 100) == self.failures.value()
            sandbox = before.sandbox if kept else replace(before.sandbox, failure_share=share)
            return replace(typed, sandbox=sandbox)
        return replace(
            typed,
            phone_number_id=self.phone_number_id.text().strip() or None,
            waba_id=self.waba_id.text().strip() or None,
            api_base_url=self.address.text().strip(),
            api_version=self.version.text().strip(),
        )

    def secrets(self) -> AccountSecrets | None:
        """The token if one is typed."""
        token = self.token.text().strip()
        if not token or self.kind is AccountKind.SANDBOX:
            return None
        return AccountSecrets(access_token=token)

    def field(self, at: str) -> QWidget | None:
        """The field of a place in the core's account, such as ``accessToken``."""
        return {
            "name": self.name,
            "phoneNumberId": self.phone_number_id,
            "accessToken": self.token,
            "rateLimit": self.rate,
            "concurrency": self.concurrency,
            "dailyLimit": self.daily,
            "portfolioId": self.portfolio,
            "coolDown": self.cool_down,
            "apiBaseUrl": self.address,
            "apiVersion": self.version,
            "sandbox": self.failures,
        }.get(at)

    def focus_on(self, field: QWidget) -> None:
        """Put the keyboard into a field, also where it is folded away."""
        if field in self._folded:
            self.more.setChecked(True)
        field.setFocus()
        if isinstance(field, QLineEdit):
            field.selectAll()

    def _build(self) -> None:
        self.kind_box = QComboBox(self)
        for kind in (AccountKind.CLOUD_API, AccountKind.SANDBOX):
            self.kind_box.addItem(words.account_kind(kind), kind)
        self.kind_box.setAccessibleName(self.tr("Kind of account"))
        self.name = self._line(self.tr("Name"), self.tr("As you want to see it here"))
        self.phone_number_id = self._line(
            self.tr("Phone number ID"), self.tr("WhatsApp Manager → Phone numbers, digits only")
        )
        self.waba_id = self._line(
            self.tr("Business account ID (optional)"), self.tr("WhatsApp Manager, top of the page")
        )
        self.token = self._line(self.tr("Access token"), "")
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.rate = RateField(self.tr("Messages at most"), self)
        self.concurrency = self._spin(self.tr("Messages sent at once"), 1, MAX_CONCURRENCY)
        self.daily = self._spin(self.tr("Recipients in 24 hours"), 0, MAX_DAILY)
        self.daily.setSpecialValueText(self.tr("No limit"))
        self.more = QCheckBox(self.tr("More settings"), self)
        self.portfolio = self._line(
            self.tr("Portfolio"), self.tr("Accounts of one portfolio share its daily limit")
        )
        self.cool_down = CoolDownField(self.tr("Messages to one recipient"), self)
        self.address = self._line(self.tr("API address"), _BLANK.api_base_url)
        self.version = self._line(self.tr("API version"), _BLANK.api_version)
        self.failures = self._spin(self.tr("Messages that fail"), 0, 100)
        self.failures.setSuffix(" %")
        self._cloud = (self.phone_number_id, self.waba_id, self.token, self.address, self.version)
        self._folded = (self.portfolio, self.cool_down, self.address, self.version, self.failures)
        self._arrange()

    def _arrange(self) -> None:
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(self.tr("Kind:"), self.kind_box)
        seen = (self.name, self.phone_number_id, self.waba_id, self.token)
        for field in (*seen, self.rate, self.concurrency, self.daily):
            self._form.addRow(f"{field.accessibleName()}:", field)
        self._form.addRow("", self.more)
        for folded in self._folded:
            self._form.addRow(f"{folded.accessibleName()}:", folded)

    def _show(self) -> None:
        before = self._before
        self.kind_box.setCurrentIndex(self.kind_box.findData(before.kind))
        self.name.setText(words.account_name(before))
        self.phone_number_id.setText(before.phone_number_id or "")
        self.waba_id.setText(before.waba_id or "")
        self.rate.show_limit(before.rate_limit)
        self.concurrency.setValue(before.concurrency)
        self.daily.setValue(before.daily_limit or 0)
        self.portfolio.setText(before.portfolio_id or "")
        self.cool_down.show_limit(before.cool_down)
        self.address.setText(before.api_base_url)
        self.version.setText(before.api_version)
        self.failures.setValue(round(before.sandbox.failure_share * 100))
        self.more.setChecked(
            before.portfolio_id is not None
            or before.cool_down is not None
            or before.api_base_url != _BLANK.api_base_url
        )
        self._show_kind()
        self._hint_at_token()

    def _connect(self) -> None:
        for line in (self.phone_number_id, self.address):
            line.textChanged.connect(self._hint_at_token)
        self.kind_box.currentIndexChanged.connect(self._show_kind)
        self.more.toggled.connect(self._show_kind)
        for line in self.findChildren(QLineEdit):
            line.textChanged.connect(lambda _: self.edited.emit())
        for field in (self.rate, self.cool_down):
            field.edited.connect(self.edited)
        self.kind_box.currentIndexChanged.connect(lambda _: self.edited.emit())

    def _show_kind(self) -> None:
        cloud = self.kind is AccountKind.CLOUD_API
        self._form.setRowVisible(self.kind_box, self._is_new)
        for field in (*self._cloud, *self._folded):
            fits = cloud if field in self._cloud else (field is not self.failures or not cloud)
            open_ = field not in self._folded or self.more.isChecked()
            self._form.setRowVisible(field, fits and open_)

    def _hint_at_token(self) -> None:
        """Say in the empty field whether the stored token stays."""
        if self._is_new or "access_token" not in self._before.secrets_set:
            hint = self.tr("Business settings → System users")
        elif token_needed(self._before, self.account()):
            hint = self.tr("Paste the token again: the number or the address has changed")
        else:
            hint = self.tr("Unchanged. Paste a new token to replace it")
        self.token.setPlaceholderText(hint)
        self.token.setToolTip(hint)

    def _line(self, name: str, hint: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAcceptDrops(False)
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        line.setToolTip(hint)
        return line

    def _spin(self, name: str, least: int, most: int) -> QSpinBox:
        spin = QSpinBox(self)
        spin.setRange(least, most)
        spin.setGroupSeparatorShown(True)
        spin.setAccessibleName(name)
        return spin
