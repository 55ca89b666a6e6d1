"""One campaign: its state, what can be done, its counts and its messages."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.clock import now
from wa_desktop.contracts.outlooks import Outlook
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.errors import NotFound
from wa_desktop.ledger.records import Account, Contract
from wa_desktop.ledger.schedule import late_by
from wa_desktop.window import words
from wa_desktop.window.campaigns.action_bar import ActionBar
from wa_desktop.window.campaigns.counts import CountTiles
from wa_desktop.window.campaigns.doubt_card import DoubtCard
from wa_desktop.window.campaigns.priority_box import PriorityBox
from wa_desktop.window.campaigns.settling import Settling
from wa_desktop.window.campaigns.standing_card import StandingCard
from wa_desktop.window.formats import fill, moment, near_moment
from wa_desktop.window.messages.history_dialog import HistoryDialog
from wa_desktop.window.messages.pane import MessagePane
from wa_desktop.window.messages.selection import Selection
from wa_desktop.window.parts.card import Badge
from wa_desktop.window.parts.progress import ProgressBar
from wa_desktop.window.parts.watched import WatchedPage
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import Tone, scaled_font
from wa_desktop.window.wiring import Wiring

_TEXT_SHOWN = 160  # characters of the message in the head


@dataclass(frozen=True, slots=True)
class _News:
    contract: Contract
    account: Account
    outlook: Outlook
    newest_doubt: int | None


class CampaignDetailPage(WatchedPage):
    """Follows one campaign while it is seen."""

    left = Signal()
    refused = Signal(str)
    duplicated = Signal(str)
    account_wanted = Signal(str)

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._contract_id: str | None = None
        self.contract: Contract | None = None
        self.refresher = Refresher[_News](
            wiring.background, self._plan, self._show_answer, self, self._failed
        )
        self.watched_by(self.refresher)
        self._build()
        wiring.bridge.contracts_changed.connect(self._changed)
        wiring.bridge.contracts_deleted.connect(self._deleted)
        wiring.bridge.accounts_changed.connect(self._account_changed)

    def open_contract(self, contract_id: str) -> None:
        """Turn to a campaign."""
        if contract_id != self._contract_id:
            self._contract_id, self.contract = contract_id, None
            self._blank()
        self.refresher.ask_anew()

    def _build(self) -> None:
        self.back = QToolButton(self)
        self.back.setText("←")
        self.back.setAutoRaise(True)
        self.back.setFont(scaled_font(self, 1.3))
        self.back.setToolTip(self.tr("Back to the list (Esc)"))
        self.back.setAccessibleName(self.tr("Back to the list"))
        self.back.clicked.connect(self.left)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.left.emit)
        self.name = QLabel(self)
        self.name.setFont(scaled_font(self, 1.5, bold=True))
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = Badge(self)
        self.action_bar = ActionBar(self._wiring, self)
        self.action_bar.refused.connect(self.refused)
        self.action_bar.deleted.connect(self.left)
        self.action_bar.duplicated.connect(self.duplicated)
        self.facts = self._words()
        self.text = self._words()
        self.priority = PriorityBox(self)
        self.priority.chosen.connect(self._change_priority)
        self.standing = StandingCard(self._wiring, self.action_bar, self)
        self.standing.account_wanted.connect(self.account_wanted)
        self.doubts = DoubtCard(self._wiring, self)
        self.progress = ProgressBar(self)
        self.counts = CountTiles(self)
        self.messages = MessagePane(self._wiring, self)
        self.messages.history_wanted.connect(self.show_history)
        self._build_settling()
        self._arrange()

    def _build_settling(self) -> None:
        self.settling = Settling(self._wiring, self.action_bar, self)
        self.settling.nothing_left.connect(self.refused)
        self.action_bar.acted.connect(self.refresher.ask)
        self.action_bar.retry_wanted.connect(self._retry_all)
        self.doubts.resend_wanted.connect(self._resend_all)
        self.doubts.treat_as_sent_wanted.connect(self._treat_all_as_sent)
        self.messages.retry_wanted.connect(self._retry_chosen)
        self.messages.resend_wanted.connect(self._resend_chosen)
        self.messages.treat_as_sent_wanted.connect(self._treat_chosen_as_sent)

    def show_history(self, message_id: int) -> HistoryDialog | None:
        """Open one message with what happened to it."""
        if self.contract is None:
            return None
        dialog = HistoryDialog(self._wiring, self.contract, message_id, self)
        dialog.open()
        return dialog

    def _words(self) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.back)
        head.addWidget(self.name, 1)
        head.addWidget(self.state)
        inner = QWidget(self)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.action_bar)
        facts = QHBoxLayout()
        facts.addWidget(self.facts, 1)
        facts.addWidget(self.priority)
        layout.addLayout(facts)
        layout.addWidget(self.text)
        layout.addWidget(self.standing)
        layout.addWidget(self.doubts)
        layout.addWidget(self.progress)
        layout.addWidget(self.counts)
        layout.addWidget(self.messages, 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.addLayout(head)
        outer.addWidget(area, 1)
        # In sight also where the table is scrolled to.
        outer.addWidget(self.messages.chosen_bar)

    def _plan(self) -> Callable[[], _News] | None:
        contract_id, services = self._contract_id, self._wiring.services
        if contract_id is None:
            return None

        def work() -> _News:
            contract = services.ledger.contracts.get(contract_id)
            account = services.ledger.accounts.get(contract.account_id)
            doubt = None
            if contract.counts.in_doubt:
                doubt = services.ledger.messages.newest_doubt(contract_id)
            return _News(contract, account, services.outlooks.of(contract), doubt)

        return work

    def _show_answer(self, news: _News) -> None:
        contract = self.contract = news.contract
        self.name.setText(contract.name)
        self.name.setToolTip(contract.name)
        self.state.show_state(
            words.contract_state(contract.state), words.contract_tone(contract.state)
        )
        self.facts.setText(self._facts(news))
        self.text.setText(self._message(contract))
        self.priority.show_contract(contract)
        self.standing.show_standing(contract, news.account, news.outlook, now())
        self.doubts.show_contract(contract, news.newest_doubt)
        self.progress.show_counts(contract.counts)
        self.counts.show_counts(contract.counts)
        self.action_bar.show_contract(contract)
        self.messages.show_contract(contract)

    def _facts(self, news: _News) -> str:
        contract, eta = news.contract, news.outlook.eta
        parts = [
            fill(self.tr("Account: %1"), words.account_name(news.account)),
            fill(self.tr("created %1"), moment(contract.created_at)),
        ]
        if contract.started_at is not None:
            parts.append(self._started(contract))
        if contract.finished_at is not None:
            parts.append(fill(self.tr("ended %1"), moment(contract.finished_at)))
        if eta is not None:
            parts.append(fill(self.tr("done about %1"), near_moment(eta)))
        if contract.expires_at is not None and contract.finished_at is None:
            parts.append(fill(self.tr("expires %1"), moment(contract.expires_at)))
        return " · ".join(parts)

    def _started(self, contract: Contract) -> str:
        late = late_by(contract)
        if late is None:
            return fill(self.tr("started %1"), moment(contract.started_at))
        said = self.tr("started %1, %2 late")
        return fill(said, moment(contract.started_at), words.duration(late))

    def _message(self, contract: Contract) -> str:
        if contract.template is not None:
            return fill(
                self.tr("Template: %1 (%2)"), contract.template.name, contract.template.language
            )
        if contract.message:
            line = " ".join(contract.message.split())
            return line if len(line) <= _TEXT_SHOWN else line[:_TEXT_SHOWN] + "…"
        return self.tr("Each recipient has a text of their own.")

    def _blank(self) -> None:
        self.name.setText("…")
        self.facts.setText("")
        self.priority.show_contract(None)
        self.standing.show_words("", Tone.BUSY)
        self.doubts.show_contract(None)
        self.action_bar.show_contract(None)
        self.messages.show_contract(None)

    def _change_priority(self, value: int) -> None:
        contracts = self._wiring.services.contracts
        changes = ContractChanges(priority=value)
        self.action_bar.act(lambda one: contracts.change(one, changes))

    def _retry_all(self) -> None:
        if self.contract is not None:
            self.settling.ask_retry()

    def _resend_all(self) -> None:
        if self.contract is not None:
            self.settling.ask_resend(self.contract.counts.in_doubt)

    def _treat_all_as_sent(self) -> None:
        if self.contract is not None:
            self.settling.ask_treat_as_sent(self.contract.counts.in_doubt)

    def _retry_chosen(self, chosen: Selection) -> None:
        self.settling.retry(chosen.ids)

    def _resend_chosen(self, chosen: Selection) -> None:
        self.settling.ask_resend(chosen.doubtful, chosen.ids)

    def _treat_chosen_as_sent(self, chosen: Selection) -> None:
        self.settling.ask_treat_as_sent(chosen.doubtful, chosen.ids)

    def _changed(self, ids: frozenset[str]) -> None:
        if self._contract_id in ids and self.isVisible():
            self.refresher.ask()

    def _account_changed(self) -> None:
        if self.isVisible():
            self.refresher.ask()

    def _deleted(self, ids: frozenset[str]) -> None:
        self._wiring.remembered.forget_doubts(ids)
        if self._contract_id in ids:
            self._leave()

    def _leave(self) -> None:
        self._contract_id = None
        if self.isVisible():
            self.left.emit()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, NotFound):
            self._leave()
        else:
            self._wiring.background.report(error)
