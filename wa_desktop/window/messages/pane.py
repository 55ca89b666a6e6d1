"""The messages of a campaign with a filter by state and a search by phone number."""

from bisect import bisect_left

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.contracts.again import MOST_IDS
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import MessageState
from wa_desktop.window import words
from wa_desktop.window.campaigns.actions import may_send_again, may_treat_as_sent
from wa_desktop.window.formats import fill, number
from wa_desktop.window.messages.selection import NONE, select_ids, selection_of
from wa_desktop.window.messages.table_model import MessageTableModel, Place
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.theme import Tone
from wa_desktop.window.wiring import Wiring

_TYPING = 300  # milliseconds without a key until a search begins
_RELIST = 2_000
"""Milliseconds between two readings of a filtered list whose rows change sides."""
_IN_WORK = (MessageState.CLAIMED, MessageState.SENDING)


_HELD = "held"
"""What the provider holds back is a filter beside the states."""


class MessagePane(QWidget):
    """Holds its place on the screen, and what is chosen, while rows change under it."""

    history_wanted = Signal(object)
    """The id of a message."""
    retry_wanted = Signal(object)
    """A ``Selection``, as of those below."""
    resend_wanted = Signal(object)
    treat_as_sent_wanted = Signal(object)

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = MessageTableModel(wiring, self)
        self.selection = NONE
        self._contract: Contract | None = None
        self._top: int | None = None
        self._kept: tuple[int, ...] = ()
        self._typing = QTimer(self, interval=_TYPING, singleShot=True)
        self._typing.timeout.connect(self._ask)
        self._relist = QTimer(self, interval=_RELIST, singleShot=True)
        self._relist.timeout.connect(self.model.reload)
        self._build()
        self.model.about_to_reset.connect(self._note_place)
        self.model.loaded.connect(self._loaded)
        self.model.dataChanged.connect(self._judge_selection)
        self.model.modelReset.connect(self._judge_selection)
        self.table.selectionModel().selectionChanged.connect(self._judge_selection)

    def show_contract(self, contract: Contract | None) -> None:
        """Show a campaign's messages, or its newest state if it is shown already."""
        before, self._contract = self._contract, contract
        if contract is None or before is None or contract.id != before.id:
            self.table.clearSelection()
            self.states.setCurrentIndex(0)
            self.search.clear()
            self._ask()
            return
        if contract == before:
            return
        self._judge_selection()
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
        picked, search = self.states.currentData() or (), self.search.text().strip()
        if picked == _HELD:
            return MessageFilter(search=search, held=True)
        return MessageFilter(states=picked, search=search)

    def _build(self) -> None:
        self.states = QComboBox(self)
        self.states.setAccessibleName(self.tr("Show messages in the state"))
        self.states.addItem(self.tr("All messages"), ())
        for state in MessageState:
            if state is not MessageState.CLAIMED:
                states = _IN_WORK if state is MessageState.SENDING else (state,)
                self.states.addItem(words.message_state(state), states)
        self.states.addItem(self.tr("Held by the provider"), _HELD)
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
        self.table.setSelectionMode(Table.SelectionMode.ExtendedSelection)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.table.doubleClicked.connect(self._open_history)
        QShortcut(
            QKeySequence(Qt.Key.Key_Return),
            self.table,
            lambda: self._open_history(self.table.currentIndex()),
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        self.chosen_bar = ActionCard(self)
        filters = QHBoxLayout()
        filters.addWidget(self.states)
        filters.addWidget(self.search, 1)
        filters.addWidget(self.shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(filters)
        layout.addWidget(self.table, 1)
        # Below the table: above it, it would move the rows under a double click.
        layout.addWidget(self.chosen_bar)

    def _ask(self) -> None:
        self._typing.stop()
        contract = self._contract
        self.shown.setText(self.tr("Loading…") if contract else "")
        self.model.ask(contract.id if contract else None, self.chosen())

    def menu(self) -> QMenu:
        """What can be done with the rows that are chosen."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.selection.rows == 1 and self.selection.ids:
            (one,) = self.selection.ids
            shown = menu.addAction(self.tr("History…"))
            shown.triggered.connect(lambda: self.history_wanted.emit(one))
        for action in self._selection_actions():
            menu.addAction(action.text).triggered.connect(action.act)
        return menu

    def _open_menu(self, place: QPoint) -> None:
        if self.selection.rows:
            self.menu().popup(self.table.viewport().mapToGlobal(place))

    def _open_history(self, index: QModelIndex) -> None:
        if index.isValid():
            self.history_wanted.emit(self.model.ids[index.row()])

    def _judge_selection(self) -> None:
        self.selection = selection_of(self.table.selectionModel().selection(), self.model)
        rows = self.selection.rows
        text = ""
        actions = self._selection_actions()
        if rows > MOST_IDS:
            text = fill(
                self.tr("%1 chosen. At most %2 can be taken one by one."),
                number(rows),
                number(MOST_IDS),
            )
        elif actions:
            text = fill(self.tr("%1 chosen"), number(rows))
        self.chosen_bar.show_words(text, Tone.QUIET, actions)

    def _selection_actions(self) -> list[NoticeAction]:
        """What the campaign's state and the rows allow; the selection is that of the click."""
        contract, actions = self._contract, []
        if contract is None:
            return []
        again = may_send_again(contract)
        if self.selection.failed and again:
            actions.append(
                NoticeAction(
                    self.tr("Send failed again"), lambda: self.retry_wanted.emit(self.selection)
                )
            )
        if self.selection.doubtful and again:
            actions.append(
                NoticeAction(
                    self.tr("Send again…"), lambda: self.resend_wanted.emit(self.selection)
                )
            )
        if self.selection.doubtful and may_treat_as_sent(contract):
            actions += [
                NoticeAction(
                    self.tr("Treat as sent…"),
                    lambda: self.treat_as_sent_wanted.emit(self.selection),
                ),
                NoticeAction(self.tr("Leave"), self.table.clearSelection),
            ]
        return actions

    def _note_place(self) -> None:
        self._kept = self.selection.ids
        first, _ = self.visible_rows()
        ids = self.model.ids
        self._top = ids[first] if 0 < first < len(ids) else None

    def _loaded(self, count: int) -> None:
        self.shown.setText(fill(self.tr("%1 shown"), number(count)))
        if self._top is not None and count:
            row = min(bisect_left(self.model.ids, self._top), count - 1)
            self.table.scrollTo(self.model.index(row, 0), Table.ScrollHint.PositionAtTop)
        if self._kept:
            select_ids(self.table.selectionModel(), self.model, self._kept)
        self._top, self._kept = None, ()
