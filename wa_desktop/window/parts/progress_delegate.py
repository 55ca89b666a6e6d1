"""Paints how far a campaign is as a bar with its percentage."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from wa_desktop.ledger.records import Contract
from wa_desktop.window.formats import percent
from wa_desktop.window.parts.progress import paint_parts, parts_of
from wa_desktop.window.parts.record_model import RECORD_ROLE


class ProgressDelegate(QStyledItemDelegate):
    """Only paints; the record says all."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        contract = index.data(RECORD_ROLE)
        if not isinstance(contract, Contract):
            super().paint(painter, option, index)
            return
        palette: QPalette = option.palette
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        area = QRectF(option.rect)
        painter.save()
        if chosen:
            painter.fillRect(area, palette.color(QPalette.ColorRole.Highlight))
        room = painter.fontMetrics().horizontalAdvance(percent(100)) + 14
        inset = area.height() * 0.32
        bar = area.adjusted(6, inset, -room, -inset)
        if chosen:  # its colours are made for the ground of the other rows
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Base))
            painter.drawRoundedRect(bar.adjusted(-2, -2, 2, 2), bar.height(), bar.height())
        paint_parts(painter, bar, parts_of(contract.counts), palette)
        ink = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        painter.setPen(palette.color(ink))
        painter.drawText(
            area.adjusted(0, 0, -6, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            percent(contract.counts.progress),
        )
        painter.restore()
