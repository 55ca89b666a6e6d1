"""The chart of messages sent a minute.

Imported late and off the GUI thread, since pyqtgraph takes some 700 ms to load. Pen width 1,
no antialiasing and no grid: an update takes 1.4 ms so, and 20 to 70 ms otherwise.
"""

from collections.abc import Sequence
from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from wa_desktop.clock import SECOND
from wa_desktop.ledger.records import MinuteFigures
from wa_desktop.window.theme import accent, border

MINUTES = 60
_MINUTE = 60 * SECOND
_LEAST_TOP = 5


def sent_by_minute(figures: Sequence[MinuteFigures], until: int) -> list[int]:
    """Messages sent in each of the last 60 minutes, the present one last; rest is 0."""
    sent = {one.minute: one.sent for one in figures}
    last = until // _MINUTE * _MINUTE
    return [sent.get(last - back * _MINUTE, 0) for back in reversed(range(MINUTES))]


class MinuteChart(QWidget):
    """Steps of one minute; follows the palette."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        axis = pyqtgraph.DateAxisItem(orientation="bottom")
        self._plot: Any = pyqtgraph.PlotWidget(self, axisItems={"bottom": axis})
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.showGrid(False, False)
        room = self.fontMetrics().height() / 2
        item.layout.setContentsMargins(0, room, room, 0)
        self._curve: Any = item.plot([0, 1], [0], stepMode="center", fillLevel=0, antialias=False)
        self._plot.setMinimumHeight(self.fontMetrics().height() * 10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.sent: list[int] = []
        self._paint()

    def show_minutes(self, figures: Sequence[MinuteFigures], until: int) -> None:
        """Show the hour that ends with ``until`` (microseconds)."""
        self.sent = sent_by_minute(figures, until)
        last = until // _MINUTE * 60
        edges = [last - 60 * back for back in reversed(range(-1, MINUTES))]
        self._curve.setData(edges, self.sent)
        self._plot.setXRange(edges[0], edges[-1], padding=0)
        self._plot.setYRange(0, max(_LEAST_TOP, max(self.sent) * 1.1), padding=0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        palette = self.palette()
        shade = accent(palette)
        self._plot.setBackground(palette.color(QPalette.ColorRole.Base))
        self._curve.setPen(pyqtgraph.mkPen(shade, width=1))
        shade.setAlpha(90)
        self._curve.setBrush(shade)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(border(palette))
            axis.setTextPen(palette.color(QPalette.ColorRole.Text))
