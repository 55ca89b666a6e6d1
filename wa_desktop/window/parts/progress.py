"""How far a campaign is as a bar that also shows what was skipped, is in doubt or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from wa_desktop.ledger.records import Counts
from wa_desktop.window import words
from wa_desktop.window.theme import Tone, blend, tone_color

LEAST = 5
"""Dots that a part takes at least: one failure of a million is to be seen."""

_PATTERNS = {
    Tone.BAD: Qt.BrushStyle.BDiagPattern,
    Tone.WARN: Qt.BrushStyle.VerPattern,
}
_TRACK = 0.18
_HATCH = 0.55


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar; ``share`` is from 0 to 1."""

    share: float
    tone: Tone

    @property
    def pattern(self) -> Qt.BrushStyle:
        """What tells it apart without colours."""
        return _PATTERNS.get(self.tone, Qt.BrushStyle.SolidPattern)


def parts_of(counts: Counts) -> tuple[Part, ...]:
    """What has been worked through, from left to right; what is left is the bare bar."""
    amounts = (
        (counts.completed, Tone.GOOD),
        (counts.skipped, Tone.QUIET),
        (counts.in_doubt, Tone.WARN),
        (counts.failed, Tone.BAD),
    )
    return tuple(Part(amount / counts.total, tone) for amount, tone in amounts if amount)


def paint_parts(painter: QPainter, area: QRectF, parts: Sequence[Part], palette: QPalette) -> None:
    """Paint the bar with round ends; small parts are widened at the cost of the widest."""
    ground = palette.color(QPalette.ColorRole.Base)
    outline = QPainterPath()
    radius = min(area.height() / 2, 6)
    outline.addRoundedRect(area, radius, radius)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
    painter.fillRect(area, blend(palette.color(QPalette.ColorRole.Text), ground, _TRACK))
    widths = _widths(parts, area.width())
    starts = accumulate(widths, initial=area.left())
    for part, start, width in zip(parts, starts, widths, strict=False):
        shade = tone_color(part.tone, palette)
        piece = QRectF(start, area.top(), width, area.height())
        painter.fillRect(piece, shade)
        if part.pattern is not Qt.BrushStyle.SolidPattern:
            painter.fillRect(piece, QBrush(blend(ground, shade, _HATCH), part.pattern))
        painter.fillRect(QRectF(piece.right() - 1, area.top(), 1, area.height()), ground)
    painter.restore()


def _widths(parts: Sequence[Part], width: float) -> list[float]:
    found = [max(LEAST, part.share * width) for part in parts]
    if found:
        over = sum(found) - sum(part.share for part in parts) * width
        found[found.index(max(found))] -= over
    return found


class ProgressBar(QWidget):
    """The bar with its figures beside it, where no colour lies under them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        """The figures shown."""
        self._parts: tuple[Part, ...] = ()
        self.setAccessibleName(self.tr("Progress"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_counts(Counts())

    def show_counts(self, counts: Counts) -> None:
        """Show how far a campaign is."""
        self.text = words.progress(counts)
        self._parts = parts_of(counts)
        said = words.all_counts(counts)
        self.setToolTip(said)
        self.setAccessibleDescription(said)
        self.update()

    def sizeHint(self) -> QSize:
        height = round(self.fontMetrics().height() * 1.4)
        return QSize(self.fontMetrics().horizontalAdvance(self.text) + 8 * height, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        room = self.fontMetrics().horizontalAdvance(self.text) + self.fontMetrics().height()
        inset = area.height() * 0.15
        bar = area.adjusted(0, inset, -room, -inset)
        paint_parts(painter, bar, self._parts, self.palette())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        sides = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, sides, self.text)
