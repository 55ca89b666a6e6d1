"""A contract's messages as a table of any length: an array of ids and a few blocks of rows."""

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from wa_desktop.errors import NotFound
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Message
from wa_desktop.ledger.states import MessageState
from wa_desktop.window import words
from wa_desktop.window.formats import clock_time, fill, phone
from wa_desktop.window.messages.blocks import BLOCK, BlockCache, ids_of
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import tone_color
from wa_desktop.window.wiring import Wiring

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MESSAGE_ROLE = int(Qt.ItemDataRole.UserRole)
"""The message of a row, ``None`` while it is read."""
LOADING = "…"
EVERY = MessageFilter()


class Place(IntEnum):
    """The columns."""

    PHONE = 0
    STATE = 1
    NOTE = 2
    ATTEMPTS = 3
    SENT = 4
    DELIVERED = 5
    READ = 6


@dataclass(frozen=True, slots=True)
class _Ids:
    """The ids of a question; ``same`` when they are those shown already."""

    ids: "array[int]"
    same: bool


class MessageTableModel(QAbstractTableModel):
    """Never reads on the GUI thread: what is not there is asked for and shown as “…”."""

    loaded = Signal(object)
    """The number of rows, each time the list of ids was read."""
    about_to_reset = Signal()

    def __init__(self, wiring: Wiring, parent: QWidget) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._contract_id: str | None = None
        self._chosen = MessageFilter()
        self._ids: array[int] = array("q")
        self._blocks = BlockCache()
        self._reading = self._broken = False
        self._list = Refresher[_Ids](
            wiring.background, self._plan_list, self._show_list, self, self._failed
        )
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._read_blocks)
        self._titles = {
            Place.PHONE: self.tr("Phone"),
            Place.STATE: self.tr("State"),
            Place.ATTEMPTS: self.tr("Attempts"),
            Place.SENT: self.tr("Sent"),
            Place.DELIVERED: self.tr("Delivered"),
            Place.READ: self.tr("Read"),
            Place.NOTE: self.tr("Note"),
        }

    @property
    def ids(self) -> "array[int]":
        """The ids of the rows, in their order."""
        return self._ids

    def known(self, row: int) -> Message | None:
        """The message of a row as it was read last; ``None`` when it was not, or not lately."""
        return self._blocks.known(row)

    def row_of(self, message_id: int) -> int | None:
        """The row of a message, ``None`` when it is not in the table."""
        row = bisect_left(self._ids, message_id)
        return row if row < len(self._ids) and self._ids[row] == message_id else None

    @property
    def busy(self) -> bool:
        """Whether rows are being read or about to be."""
        return self._reading or self._soon.isActive()

    def ask(self, contract_id: str | None, chosen: MessageFilter = EVERY) -> None:
        """Show the messages of a contract that match."""
        if contract_id != self._contract_id:
            self._replace(array("q"))
        self._contract_id, self._chosen = contract_id, chosen
        self._broken = False
        self._list.ask_anew()

    def reload(self) -> None:
        """Read the list of ids again: rows may have come, gone or changed sides of a filter."""
        self._list.ask()

    def outdate(self, first: int, last: int) -> None:
        """Read again what is shown in these rows; the rest when it comes into view."""
        self._broken = False
        self._blocks.outdate()
        if self._ids and last >= first:
            self._touch(max(0, first), min(last, len(self._ids) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(Place)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[Place(section)]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in _ROLES:
            return None
        message = self._blocks.row(index.row())
        if self._blocks.wants and not self._broken:
            self._soon.start()
        if role == MESSAGE_ROLE:
            return message
        place = Place(index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(place, message)
        if message is None:
            return LOADING if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ToolTipRole and place is not Place.NOTE:
            return None
        return self._text(place, message)

    def _text(self, place: Place, message: Message) -> str:
        texts: dict[Place, Callable[[], str]] = {
            Place.PHONE: lambda: phone(message.phone),
            Place.STATE: lambda: words.message_state(message.state),
            Place.ATTEMPTS: lambda: str(message.attempts),
            Place.SENT: lambda: clock_time(message.sent_at),
            Place.DELIVERED: lambda: clock_time(message.delivered_at),
            Place.READ: lambda: clock_time(message.read_at),
            Place.NOTE: lambda: self._note(message),
        }
        return texts[place]()

    def _note(self, message: Message) -> str:
        note = words.message_note(message.error_code, message.error_text, message.error_subcode)
        if message.held:
            return self.tr("The provider holds it back for now; it sends or drops it by itself.")
        if message.state is MessageState.DELAYED:
            due = fill(self.tr("Next try: %1."), clock_time(message.due_at))
            note = f"{due} {note}".strip()
        return note

    def _color(self, place: Place, message: Message | None) -> Any:
        if place is not Place.STATE or message is None:
            return None
        return tone_color(words.message_tone(message.state), QGuiApplication.palette())

    def _plan_list(self) -> Callable[[], _Ids] | None:
        contract_id, chosen, shown = self._contract_id, self._chosen, self._ids
        if contract_id is None:
            return None
        messages = self._wiring.services.ledger.messages

        def work() -> _Ids:
            ids = messages.ids(contract_id, chosen)
            return _Ids(ids, ids == shown)

        return work

    def _show_list(self, answer: _Ids) -> None:
        if not answer.same:
            self._replace(answer.ids)
        self.loaded.emit(len(self._ids))

    def _replace(self, ids: "array[int]") -> None:
        self.about_to_reset.emit()
        self.beginResetModel()
        self._ids = ids
        self._blocks.clear()
        self.endResetModel()

    def _read_blocks(self) -> None:
        if self._reading or self._broken:
            return
        taken = self._blocks.take_wanted()
        wanted = {block: ids_of(self._ids, block) for block in taken}
        if not wanted:
            return
        self._reading = True
        source, messages = self._ids, self._wiring.services.ledger.messages

        def work() -> "tuple[array[int], dict[int, tuple[Message, ...]]]":
            return source, {block: messages.of_ids(ids) for block, ids in wanted.items()}

        self._wiring.background.run(self, work, self._show_blocks, self._failed)

    def _show_blocks(self, answer: "tuple[array[int], dict[int, tuple[Message, ...]]]") -> None:
        self._reading = False
        source, blocks = answer
        if source is self._ids:
            for block, found in blocks.items():
                ids = ids_of(self._ids, block)
                self._blocks.store(block, ids, found)
                self._touch(block * BLOCK, block * BLOCK + len(ids) - 1)
        if self._blocks.wants:
            self._soon.start()

    def _touch(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(Place) - 1))

    def _failed(self, error: BaseException) -> None:
        self._reading = False
        self._broken = True
        if not isinstance(error, NotFound):  # the contract was deleted meanwhile
            self._wiring.background.report(error)


_ROLES = frozenset(
    {
        int(Qt.ItemDataRole.DisplayRole),
        int(Qt.ItemDataRole.ToolTipRole),
        int(Qt.ItemDataRole.ForegroundRole),
        MESSAGE_ROLE,
    }
)
