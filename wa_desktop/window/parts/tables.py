"""What all tables of the window have in common."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

_ROOMY = "QTableView::item, QHeaderView::section { padding-left: 0.5em; padding-right: 0.5em; }"


class Table(QTableView):
    """Whole rows, no grid, fixed heights: nothing is measured by content, at any length."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widths: tuple[int, ...] = ()
        self._stretched: int | None = None
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setStyleSheet(_ROOMY)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.7))
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def set_widths(self, characters: tuple[int, ...], stretched: int) -> None:
        """Least widths of the columns in digits; one of them takes what is left.

        No column is narrower than its title; what does not fit is scrolled to.
        """
        self._widths, self._stretched = characters, stretched
        digit = self.fontMetrics().horizontalAdvance("0")
        self.horizontalHeader().setMinimumSectionSize(4 * digit)
        for column, width in enumerate(characters):
            self.setColumnWidth(column, self._least(column, width * digit))
        self._stretch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stretch()

    def _least(self, column: int, width: int) -> int:
        title = self.horizontalHeader().sectionSizeFromContents(column).width()
        return max(title, width + self.fontMetrics().height())

    def _stretch(self) -> None:
        if self._stretched is None or not self.model():
            return
        others = sum(
            self.columnWidth(column)
            for column in range(self.model().columnCount())
            if column != self._stretched
        )
        digit = self.fontMetrics().horizontalAdvance("0")
        least = self._least(self._stretched, self._widths[self._stretched] * digit)
        self.setColumnWidth(self._stretched, max(least, self.viewport().width() - others))

    def fit_rows(self, fewest: int, most: int) -> None:
        """As high as its rows need, within bounds."""
        model = self.model()
        rows = max(fewest, min(most, model.rowCount() if model else 0))
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        height += rows * self.verticalHeader().defaultSectionSize()
        if self.horizontalScrollBar().isVisible():
            height += self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(height)
