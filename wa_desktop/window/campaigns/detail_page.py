"""One campaign: its state, what can be done, its counts and its messages."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.errors import NotFound
from wa_desktop.ledger.records import Contract
from wa_desktop.window import words
from wa_desktop.window.campaigns.action_bar import ActionBar
from wa_desktop.window.campaigns.counts import CountTiles
from wa_desktop.window.formats import fill, moment, percent
from wa_desktop.window.messages.pane import MessagePane
from wa_desktop.window.parts.card import Badge
from wa_desktop.window.parts.watched import WatchedPage
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import scaled_font
from wa_desktop.window.wiring import Wiring

_TEXT_SHOWN = 160  # characters of the message in the head


class CampaignDetailPage(WatchedPage):
    """Follows one campaign while it is seen."""

    left = Signal()
    refused = Signal(str)

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._contract_id: str | None = None
        self._account = ""
        self.contract: Contract | None = None
        self.refresher = Refresher[tuple[Contract, str]](
            wiring.background, self._plan, self._show_answer, self, self._failed
        )
        self.watched_by(self.refresher)
        self._build()
        wiring.bridge.contracts_changed.connect(self._changed)
        wiring.bridge.contracts_deleted.connect(self._deleted)

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
        self.facts = self._words()
        self.text = self._words()
        self.reason = self._words()
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.counts = CountTiles(self)
        self.messages = MessagePane(self._wiring, self)
        self._arrange()

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
        layout.addWidget(self.facts)
        layout.addWidget(self.text)
        layout.addWidget(self.reason)
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

    def _plan(self) -> Callable[[], tuple[Contract, str]] | None:
        contract_id, ledger = self._contract_id, self._wiring.services.ledger
        if contract_id is None:
            return None

        def work() -> tuple[Contract, str]:
            contract = ledger.contracts.get(contract_id)
            return contract, ledger.accounts.get(contract.account_id).name

        return work

    def _show_answer(self, answer: tuple[Contract, str]) -> None:
        contract, self._account = answer
        self.contract = contract
        self.name.setText(contract.name)
        self.name.setToolTip(contract.name)
        self.state.show_state(
            words.contract_state(contract.state), words.contract_tone(contract.state)
        )
        self.facts.setText(self._facts(contract))
        self._show_words(self.text, self._message(contract))
        self._show_words(self.reason, words.state_reason(contract.state_reason))
        self.progress.setValue(contract.counts.progress)
        self.progress.setFormat(percent(contract.counts.progress))
        self.counts.show_counts(contract.counts)
        self.action_bar.show_contract(contract)
        self.messages.show_contract(contract)

    def _facts(self, contract: Contract) -> str:
        parts = [
            fill(self.tr("Account: %1"), self._account),
            fill(self.tr("created %1"), moment(contract.created_at)),
        ]
        if contract.started_at is not None:
            parts.append(fill(self.tr("started %1"), moment(contract.started_at)))
        if contract.finished_at is not None:
            parts.append(fill(self.tr("ended %1"), moment(contract.finished_at)))
        return " · ".join(parts)

    def _message(self, contract: Contract) -> str:
        if contract.template is not None:
            return fill(
                self.tr("Template: %1 (%2)"), contract.template.name, contract.template.language
            )
        if contract.message:
            line = " ".join(contract.message.split())
            return line if len(line) <= _TEXT_SHOWN else line[:_TEXT_SHOWN] + "…"
        return self.tr("Each recipient has a text of their own.")

    def _show_words(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    def _blank(self) -> None:
        self.name.setText("…")
        self.facts.setText("")
        self.action_bar.show_contract(None)
        self.messages.show_contract(None)

    def _changed(self, ids: frozenset[str]) -> None:
        if self._contract_id in ids and self.isVisible():
            self.refresher.ask()

    def _deleted(self, ids: frozenset[str]) -> None:
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
