"""The accounts that campaigns are sent from: a list, and the way to add, resume and remove."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from wa_desktop.clock import SECOND
from wa_desktop.ledger.records import Account, AccountState
from wa_desktop.window import words
from wa_desktop.window.accounts.form import AccountForm
from wa_desktop.window.background import Lane
from wa_desktop.window.formats import fill, number
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
        self.model = RecordModel[Account](self._columns(), lambda one: one.id, self)
        self.refresher = Refresher[tuple[Account, ...]](
            wiring.background, self._plan, self._show, self
        )
        self.watched_by(self.refresher)
        self._build()
        wiring.bridge.accounts_changed.connect(self.refresher.ask)

    def _columns(self) -> tuple[Column[Account], ...]:
        return (
            Column(self.tr("Account"), words.account_name),
            Column(self.tr("Kind"), lambda one: words.account_kind(one.kind)),
            Column(
                self.tr("State"),
                lambda one: words.account_state(one.state),
                tone=lambda one: Tone.GOOD if one.state is AccountState.ACTIVE else Tone.BAD,
            ),
            Column(self.tr("Limit"), self._limit),
            Column(self.tr("At once"), lambda one: number(one.concurrency), right=True),
            Column(self.tr("Note"), lambda one: words.state_reason(one.state_reason)),
        )

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
        self.resume = QPushButton(self.tr("Let it send again"), self)
        self.resume.clicked.connect(self._resume)
        self.remove = QPushButton(self.tr("Remove…"), self)
        self.remove.clicked.connect(self.ask_remove)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        for button in (self.resume, self.remove, add):
            head.addWidget(button)
        self.table = Table(self.tr("Accounts"), self)
        self.table.setModel(self.model)
        self.table.set_widths((24, 28, 8, 14, 6, 24), stretched=5)
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
        """Open the form."""
        AccountForm(self._wiring, self).open()

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
        self._judge()

    def _judge(self) -> None:
        account = self.chosen()
        self.remove.setEnabled(account is not None)
        stopped = account is not None and account.state is AccountState.STOPPED
        self.resume.setVisible(stopped)
