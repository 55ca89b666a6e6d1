"""A table of a few records, replaced as a whole or changed in place: accounts, jobs, workers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication

from wa_desktop.window.theme import Tone, tone_color

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
RECORD_ROLE = int(Qt.ItemDataRole.UserRole)
"""The record of a row itself."""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column: its title and how it reads a record; ``tip``: what the mouse over it shows."""

    title: str
    text: Callable[[R], str]
    right: bool = False
    tone: Callable[[R], Tone] | None = None
    tip: Callable[[R], str] | None = None


class RecordModel(QAbstractTableModel, Generic[R]):
    """Shows records by columns; ``key`` tells rows apart, so that a selection survives."""

    def __init__(
        self, columns: Sequence[Column[R]], key: Callable[[R], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._key = key
        self._records: tuple[R, ...] = ()

    @property
    def records(self) -> tuple[R, ...]:
        """What is shown."""
        return self._records

    def set_records(self, records: Sequence[R]) -> None:
        """Show these; rows that stay are changed in place, so selection and place survive."""
        new = tuple(records)
        kept = {self._key(one) for one in new}
        for row in reversed(range(len(self._records))):
            if self._key(self._records[row]) not in kept:
                self._remove(row)
        known = {self._key(one) for one in self._records}
        staying = [self._key(one) for one in new if self._key(one) in known]
        if staying != [self._key(one) for one in self._records]:
            self.beginResetModel()
            self._records = new
            self.endResetModel()
            return
        for row, record in enumerate(new):
            if self._key(record) not in known:
                self._insert(row, record)
            elif self._records[row] != record:
                self._records = (*self._records[:row], record, *self._records[row + 1 :])
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))

    def row_of(self, key: object) -> int | None:
        """The row of a record, ``None`` when it is not shown."""
        for row, record in enumerate(self._records):
            if self._key(record) == key:
                return row
        return None

    def _remove(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        self._records = (*self._records[:row], *self._records[row + 1 :])
        self.endRemoveRows()

    def _insert(self, row: int, record: R) -> None:
        self.beginInsertRows(QModelIndex(), row, row)
        self._records = (*self._records[:row], record, *self._records[row:])
        self.endInsertRows()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record, column = self._records[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(record)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and column.tone is not None:
            return tone_color(column.tone(record), QGuiApplication.palette())
        if role == Qt.ItemDataRole.ToolTipRole:
            return (column.tip or column.text)(record)
        if role == RECORD_ROLE:
            return record
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and self._columns[section].right:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None
