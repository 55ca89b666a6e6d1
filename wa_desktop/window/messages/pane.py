"""The messages of a campaign with a filter by state and a search by phone number."""

from bisect import bisect_left

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import MessageState
from wa_desktop.window import words
from wa_desktop.window.formats import fill, number
from wa_desktop.window.messages.table_model import MessageTableModel, Place
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.wiring import Wiring

_TYPING = 300  # milliseconds without a key until a search begins
_RELIST = 2_000
"""Milliseconds between two readings of a filtered list whose rows change sides."""
_IN_WORK = (MessageState.CLAIMED, MessageState.SENDING)


class MessagePane(QWidget):
    """Holds its place on the screen while rows change under it."""

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = MessageTableModel(wiring, self)
        self._contract: Contract | None = None
        self._top: int | None = None
        self._typing = QTimer(self, interval=_TYPING, singleShot=True)
        self._typing.timeout.connect(self._ask)
        self._relist = QTimer(self, interval=_RELIST, singleShot=True)
        self._relist.timeout.connect(self.model.reload)
        self._build()
        self.model.about_to_reset.connect(self._note_place)
        self.model.loaded.connect(self._loaded)

    def show_contract(self, contract: Contract | None) -> None:
        """Show a campaign's messages, or its newest state if it is shown already."""
        before, self._contract = self._contract, contract
        if contract is None or before is None or contract.id != before.id:
            self.states.setCurrentIndex(0)
            self.search.clear()
            self._ask()
            return
        if contract == before:
            return
        self.outdate()
        if contract.counts.total != before.counts.total:
            self.model.reload()
        elif self.chosen() != MessageFilter() and not self._relist.isActive():
            self._relist.start()

    def outdate(self) -> None:
        """Read the rows on the screen again."""
        first, last = self.visible_rows()
        self.model.outdate(first, last)

    def visible_rows(self) -> tuple[int, int]:
        """The first and last row on the screen."""
        first = self.table.rowAt(0)
        last = self.table.rowAt(self.table.viewport().height() - 1)
        return first, last if last >= 0 else self.model.rowCount() - 1

    def chosen(self) -> MessageFilter:
        """What the filters ask for."""
        return MessageFilter(
            states=self.states.currentData() or (), search=self.search.text().strip()
        )

    def _build(self) -> None:
        self.states = QComboBox(self)
        self.states.setAccessibleName(self.tr("Show messages in the state"))
        self.states.addItem(self.tr("All messages"), ())
        for state in MessageState:
            if state is not MessageState.CLAIMED:
                states = _IN_WORK if state is MessageState.SENDING else (state,)
                self.states.addItem(words.message_state(state), states)
        self.states.currentIndexChanged.connect(self._ask)
        self.search = QLineEdit(self)
        self.search.setAcceptDrops(False)  # a file dropped here is meant for the window
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(self.tr("Search by phone number"))
        self.search.setAccessibleName(self.tr("Search messages by phone number"))
        self.search.textChanged.connect(self._typing.start)
        QShortcut(QKeySequence.StandardKey.Find, self, self.search.setFocus)
        self.shown = QLabel(self)
        self.table = Table(self.tr("Messages"), self)
        self.table.setModel(self.model)
        self.table.set_widths((14, 13, 14, 4, 18, 18, 18), stretched=Place.NOTE)
        self.table.setMinimumHeight(self.fontMetrics().height() * 13)
        filters = QHBoxLayout()
        filters.addWidget(self.states)
        filters.addWidget(self.search, 1)
        filters.addWidget(self.shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(filters)
        layout.addWidget(self.table, 1)

    def _ask(self) -> None:
        self._typing.stop()
        contract = self._contract
        self.shown.setText(self.tr("Loading…") if contract else "")
        self.model.ask(contract.id if contract else None, self.chosen())

    def _note_place(self) -> None:
        first, _ = self.visible_rows()
        ids = self.model.ids
        self._top = ids[first] if 0 < first < len(ids) else None

    def _loaded(self, count: int) -> None:
        self.shown.setText(fill(self.tr("%1 shown"), number(count)))
        if self._top is not None and count:
            row = min(bisect_left(self.model.ids, self._top), count - 1)
            self.table.scrollTo(self.model.index(row, 0), Table.ScrollHint.PositionAtTop)
        self._top = None
