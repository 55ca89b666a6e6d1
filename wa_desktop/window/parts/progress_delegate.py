"""Paints how far a campaign is as a bar with its percentage."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from wa_desktop.ledger.records import Contract
from wa_desktop.window import words
from wa_desktop.window.formats import percent
from wa_desktop.window.parts.record_model import RECORD_ROLE
from wa_desktop.window.theme import Tone, accent, blend, tone_color


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
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen:
            painter.fillRect(area, palette.color(QPalette.ColorRole.Highlight))
        text = percent(contract.counts.progress)
        room = painter.fontMetrics().horizontalAdvance(percent(100)) + 14
        bar = area.adjusted(6, area.height() * 0.36, -room, -area.height() * 0.36)
        ink = palette.color(
            QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        )
        ground = palette.color(QPalette.ColorRole.Highlight if chosen else QPalette.ColorRole.Base)
        painter.setBrush(blend(ink, ground, 0.18))
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        done = QRectF(bar)
        done.setWidth(bar.width() * contract.counts.progress / 100)
        if done.width() > 0:
            tone = words.contract_tone(contract.state)
            shade = accent(palette) if tone is Tone.BUSY else tone_color(tone, palette)
            painter.setBrush(ink if chosen else shade)
            painter.drawRoundedRect(done, bar.height() / 2, bar.height() / 2)
        painter.setPen(ink)
        painter.drawText(
            area.adjusted(0, 0, -6, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            text,
        )
        painter.restore()
