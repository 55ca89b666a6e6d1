"""The accounts that campaigns are sent from: a list, and the way to add, edit and remove."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from wa_desktop.clock import SECOND
from wa_desktop.ledger.records import Account, AccountState
from wa_desktop.window import words
from wa_desktop.window.accounts.form import AccountForm
from wa_desktop.window.background import Lane
from wa_desktop.window.formats import fill, number
from wa_desktop.window.parts.focus import hand_over_focus
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.parts.record_model import Column, RecordModel
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.parts.watched import WatchedPage
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import Tone, scaled_font
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring


class AccountsPage(WatchedPage):
    """Simple on purpose."""

    refused = Signal(str)

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self.form: AccountForm | None = None
        self.model = RecordModel[Account](self._columns(), lambda one: one.id, self)
        self.refresher = Refresher[tuple[Account, ...]](
            wiring.background, self._plan, self._show, self
        )
        self.watched_by(self.refresher)
        self._build()
        wiring.bridge.accounts_changed.connect(self.refresher.ask)

    def _columns(self) -> tuple[Column[Account], ...]:
        return (
            Column(self.tr("Account"), self._name),
            Column(self.tr("Kind"), lambda one: words.account_kind(one.kind)),
            Column(
                self.tr("State"),
                lambda one: words.account_state(one.state),
                tone=lambda one: Tone.GOOD if one.state is AccountState.ACTIVE else Tone.BAD,
            ),
            Column(self.tr("Limit"), self._limit),
            Column(self.tr("At once"), lambda one: number(one.concurrency), right=True),
            Column(self.tr("Recipients in 24 h"), self._daily_limit, tip=self._daily_limit_tip),
            Column(self.tr("Note"), lambda one: words.state_reason(one.state_reason)),
        )

    def _name(self, account: Account) -> str:
        return words.account_labels(self.model.records).get(account.id, account.name)

    def _daily_limit(self, account: Account) -> str:
        if account.daily_limit is None:
            return self.tr("none")
        return number(account.daily_limit)

    def _daily_limit_tip(self, account: Account) -> str:
        if account.portfolio_id is None:
            return self._daily_limit(account)
        shared = fill(self.tr("shared by the portfolio %1"), account.portfolio_id)
        return f"{self._daily_limit(account)}, {shared}"

    def _limit(self, account: Account) -> str:
        rate = account.rate_limit
        if rate is None:
            return self.tr("none")
        if rate.duration_ms == 60_000:
            return fill(self.tr("%1 a minute"), number(rate.max))
        if rate.duration_ms * 1000 == SECOND:
            return fill(self.tr("%1 a second"), number(rate.max))
        return fill(self.tr("%1 in %2 ms"), number(rate.max), number(rate.duration_ms))

    def _build(self) -> None:
        title = QLabel(self.tr("Accounts"), self)
        title.setFont(scaled_font(self, 1.5, bold=True))
        add = QPushButton(self.tr("New account…"), self)
        add.clicked.connect(self.ask_new)
        self.edit_button = QPushButton(self.tr("Edit account…"), self)
        self.edit_button.clicked.connect(self.ask_edit)
        self.resume = QPushButton(self.tr("Let it send again"), self)
        self.resume.clicked.connect(self._resume)
        self.remove = QPushButton(self.tr("Remove account…"), self)
        self.remove.clicked.connect(self.ask_remove)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        for button in (self.remove, self.resume, self.edit_button, add):
            head.addWidget(button)
        self.table = Table(self.tr("Accounts"), self)
        self.table.setModel(self.model)
        self.table.set_widths((24, 28, 10, 12, 6, 8, 20), stretched=6)
        self.table.activated.connect(self.ask_edit)
        self.table.selectionModel().selectionChanged.connect(self._judge)
        self.model.modelReset.connect(self._judge)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        self._judge()

    def chosen(self) -> Account | None:
        """The account that is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.records[rows[0].row()] if rows else None

    def ask_new(self) -> None:
        """Open the form of a new account."""
        self._open_form(None)

    def ask_edit(self) -> None:
        """Open the form of the selected account, as it is stored now."""
        account = self.chosen()
        if account is not None:
            self.edit(account.id)

    def edit(self, account_id: str) -> None:
        """Open the form of an account, as it is stored now."""
        accounts = self._wiring.services.ledger.accounts
        self._wiring.background.run(
            self, lambda: accounts.get(account_id), self._open_form, self._failed
        )

    def _open_form(self, account: Account | None) -> None:
        if self.form is not None:
            return  # of a second click
        form = self.form = AccountForm(self._wiring, self, account)
        form.saved.connect(self._acted)
        form.finished.connect(self._closed)
        form.open()

    def _closed(self) -> None:
        self.form = None

    def ask_remove(self) -> None:
        """Remove the selected account after a question."""
        account = self.chosen()
        if account is None:
            return
        accounts = self._wiring.services.accounts
        Question(
            fill(self.tr("Remove “%1”?"), words.account_name(account)),
            self.tr("Its access token is deleted from this computer."),
            (
                Answer(
                    self.tr("Remove"), lambda: self._act(accounts.remove, account.id), danger=True
                ),
            ),
            self.tr("Keep"),
            self,
        ).open()

    def _resume(self) -> None:
        account = self.chosen()
        if account is not None:
            self._act(self._wiring.services.accounts.resume, account.id)

    def _act(self, verb: Callable[[str], object], account_id: str) -> None:
        self._wiring.background.run(
            self, lambda: verb(account_id), self._acted, self._failed, lane=Lane.SAVE
        )

    def _acted(self, _answer: object) -> None:
        self.refresher.ask()

    def _failed(self, error: BaseException) -> None:
        self.refused.emit(translated(str(error)))

    def _plan(self) -> Callable[[], tuple[Account, ...]]:
        return self._wiring.services.ledger.accounts.list

    def _show(self, accounts: tuple[Account, ...]) -> None:
        self.model.set_records(accounts)
        if self.chosen() is None and accounts:
            self.table.selectRow(0)
        self._judge()

    def _judge(self) -> None:
        account = self.chosen()
        stopped = account is not None and account.state is AccountState.STOPPED
        for button, usable in (
            (self.edit_button, account is not None),
            (self.remove, account is not None),
            (self.resume, stopped),
        ):
            if not usable:
                hand_over_focus(button, self.table)
            button.setVisible(usable)
