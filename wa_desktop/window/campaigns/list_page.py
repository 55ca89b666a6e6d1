"""The list of campaigns with their live state, a search and the way to a new one."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.ledger.contracts import ContractFilter, ContractPage
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.window import words
from wa_desktop.window.formats import moment, number, percent
from wa_desktop.window.parts.progress_delegate import ProgressDelegate
from wa_desktop.window.parts.record_model import RECORD_ROLE, Column, RecordModel
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.parts.watched import WatchedPage
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import Tone, scaled_font
from wa_desktop.window.wiring import Wiring

PAGE = 200
_PROGRESS = 2
_TYPING = 250  # milliseconds without a key until a search begins


def _failed_tone(contract: Contract) -> Tone:
    return Tone.BAD if contract.counts.failed else Tone.QUIET


def _doubt_tone(contract: Contract) -> Tone:
    return Tone.WARN if contract.counts.in_doubt else Tone.QUIET


class CampaignListPage(WatchedPage):
    """Newest first; shows more on scrolling to the end."""

    opened = Signal(str)
    new_wanted = Signal()

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._limit = PAGE
        self._more = False
        self.model = RecordModel[Contract](self._columns(), lambda one: one.id, self)
        self.refresher = Refresher[ContractPage](
            wiring.background, self._plan, self._show_page, self
        )
        self.watched_by(self.refresher)
        self._typing = QTimer(self, interval=_TYPING, singleShot=True)
        self._typing.timeout.connect(self._changed_question)
        self._build()
        wiring.bridge.contracts_changed.connect(self._news)
        wiring.bridge.contracts_deleted.connect(self._news)

    def _columns(self) -> tuple[Column[Contract], ...]:
        return (
            Column(self.tr("Campaign"), lambda one: one.name),
            Column(
                self.tr("State"),
                lambda one: words.contract_state(one.state),
                tone=lambda one: words.contract_tone(one.state),
            ),
            Column(
                self.tr("Progress"),
                lambda one: percent(one.counts.progress),
                tip=lambda one: words.all_counts(one.counts),
            ),
            Column(self.tr("Messages"), lambda one: number(one.counts.total), right=True),
            Column(self.tr("Sent"), lambda one: number(one.counts.completed), right=True),
            Column(
                self.tr("Failed"),
                lambda one: number(one.counts.failed),
                right=True,
                tone=_failed_tone,
            ),
            Column(
                self.tr("In doubt"),
                lambda one: number(one.counts.in_doubt),
                right=True,
                tone=_doubt_tone,
            ),
            Column(self.tr("Created"), lambda one: moment(one.created_at)),
        )

    def _build(self) -> None:
        title = QLabel(self.tr("Campaigns"), self)
        title.setFont(scaled_font(self, 1.5, bold=True))
        new = QPushButton(self.tr("New campaign…"), self)
        new.setDefault(True)
        new.setToolTip(self.tr("Ctrl+N, or drop a file on the window"))
        new.clicked.connect(self.new_wanted)
        self.search = QLineEdit(self)
        self.search.setAcceptDrops(False)  # a file dropped here is meant for the window
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(self.tr("Search by name"))
        self.search.setAccessibleName(self.tr("Search campaigns by name"))
        self.search.textChanged.connect(self._typing.start)
        self.states = QComboBox(self)
        self.states.setAccessibleName(self.tr("Show campaigns in the state"))
        self.states.addItem(self.tr("All states"), None)
        for state in ContractState:
            if state is not ContractState.DELETING:
                self.states.addItem(words.contract_state(state), state)
        self.states.currentIndexChanged.connect(self._changed_question)
        QShortcut(QKeySequence.StandardKey.Find, self, self.search.setFocus)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(new)
        filters = QHBoxLayout()
        filters.addWidget(self.search, 1)
        filters.addWidget(self.states)
        self._body = QStackedLayout()
        self._body.addWidget(self._build_table())
        self._body.addWidget(self._build_empty())
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addLayout(filters)
        layout.addLayout(self._body, 1)

    def _build_table(self) -> Table:
        self.table = Table(self.tr("Campaigns"), self)
        self.table.setModel(self.model)
        self.table.set_widths((20, 10, 16, 8, 8, 6, 6, 16), stretched=0)
        self.table.setItemDelegateForColumn(_PROGRESS, ProgressDelegate(self.table))
        self.table.activated.connect(self._open_row)
        self.table.doubleClicked.connect(self._open_row)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        QShortcut(
            QKeySequence(Qt.Key.Key_Return),
            self.table,
            self._open_current,
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        return self.table

    def _build_empty(self) -> QWidget:
        self.empty = QLabel(self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setFont(scaled_font(self, 1.1))
        return self.empty

    def open_contract_at(self, row: int) -> None:
        """Open the campaign of a row."""
        self._open_row(self.model.index(row, 0))

    def _open_current(self) -> None:
        self._open_row(self.table.currentIndex())

    def _open_row(self, index: QModelIndex) -> None:
        contract = index.data(RECORD_ROLE) if index.isValid() else None
        if isinstance(contract, Contract):
            self.opened.emit(contract.id)

    def _chosen(self) -> ContractFilter:
        state = self.states.currentData()
        return ContractFilter(
            states=() if state is None else (ContractState(state),),
            search=self.search.text().strip(),
        )

    def _plan(self) -> Callable[[], ContractPage]:
        chosen, limit = self._chosen(), self._limit
        contracts = self._wiring.services.ledger.contracts
        return lambda: contracts.page(chosen, limit=limit)

    def _show_page(self, page: ContractPage) -> None:
        self._more = page.next_cursor is not None
        self.model.set_records(page.items)
        searching = self._chosen() != ContractFilter()
        self.empty.setText(
            self.tr("No campaign matches.")
            if searching
            else self.tr(
                "There are no campaigns yet.\n\nDrop a .csv or .xlsx file with phone numbers "
                "here, or press “New campaign…”."
            )
        )
        self._body.setCurrentIndex(0 if page.items else 1)

    def _scrolled(self, value: int) -> None:
        if self._more and value >= self.table.verticalScrollBar().maximum():
            self._more = False
            self._limit += PAGE
            self.refresher.ask()

    def _changed_question(self) -> None:
        self._limit = PAGE
        self.refresher.ask_anew()

    def _news(self, _ids: object) -> None:
        if self.isVisible():
            self.refresher.ask()
