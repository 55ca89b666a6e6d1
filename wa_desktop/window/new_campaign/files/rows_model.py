"""The first rows of a file as they stand, the phone column marked."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QGuiApplication

from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.theme import Tone, tinted

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
_CELL_SHOWN = 200  # characters


class RowsModel(QAbstractTableModel):
    """Read-only."""

    _preview: FilePreview | None = None

    def show_preview(self, preview: FilePreview) -> None:
        """Show another file."""
        self.beginResetModel()
        self._preview = preview
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() or self._preview is None else len(self._preview.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() or self._preview is None else len(self._preview.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._preview is None or not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            cells = self._preview.rows[index.row()]
            return cells[index.column()][:_CELL_SHOWN] if index.column() < len(cells) else ""
        if role == Qt.ItemDataRole.BackgroundRole and index.column() == self._preview.plan.phone:
            return tinted(Tone.GOOD, QGuiApplication.palette())
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self._preview is None or orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._preview.columns[section]
        if role == Qt.ItemDataRole.FontRole and section == self._preview.plan.phone:
            font = QFont()
            font.setBold(True)
            return font
        return None
